"""The inspection record: what reading one published report gives.

The classes mirror ``inspection-record.schema.json`` field by field and in its order; ``Record.to_dict`` gives
exactly that JSON, ``from_dict`` takes it back (also after somebody corrected values by hand) and says in one
sentence which field it cannot accept.
"""

import dataclasses
import re
import types
import typing
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Level = Literal["pdu", "region", "hmpps"]
RatingWord = Literal["Outstanding", "Good", "Requires improvement", "Inadequate"]
StandardRating = Literal["Outstanding", "Good", "Requires improvement", "Inadequate", "Not applicable"]
ActionStatus = Literal["completed", "in progress", "ongoing"]
FrameworkStatus = Literal["red", "amber", "green"]


@dataclass(frozen=True, slots=True)
class Pdu:
    """A probation delivery unit: its name without "PDU", and the short form the report itself uses."""

    name: str
    short_name: str | None = None


@dataclass(frozen=True, slots=True)
class Month:
    """A month of publication."""

    year: int
    month: int


@dataclass(frozen=True, slots=True)
class Fieldwork:
    """When inspectors were there: "2022-08", "2022-08-15", "2022-08-19"; an end only where it is printed."""

    started_month: str | None = None
    start_date: str | None = None
    end_date: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """Points and maximum as printed: 3 out of 27."""

    points: int
    out_of: int


@dataclass(frozen=True, slots=True)
class Standard:
    """One line of the ratings page."""

    number: str
    name: str
    rating: StandardRating


@dataclass(frozen=True, slots=True)
class KeyQuestion:
    """One row of a table of percentages; ``percent_yes`` is None where the report prints none."""

    standard: str
    question: str
    percent_yes: int | None = None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One recommendation; ``group`` counts the addressee headings in print order, from 1."""

    number: int
    group: int
    level: Level
    addressee: str
    text: str


@dataclass(frozen=True, slots=True)
class ResponseAction:
    """One bullet of the answer to an organisational alert, with the state printed in it, if any."""

    text: str
    status: ActionStatus | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """An organisational alert that a report prints."""

    unallocated_caseload: int | None
    cases_with_no_next_appointment: int | None
    concerns: tuple[str, ...]
    response_actions: tuple[ResponseAction, ...]
    respondent: str | None


@dataclass(frozen=True, slots=True)
class PpfStatus:
    """Status under the Prioritising Probation Framework, and the month since when ("2022-06")."""

    status: FrameworkStatus | None
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """The facts of one report, as printed; a fact that the document does not state is None."""

    title: str | None
    pdu: Pdu | None
    region: str | None
    published: Month | None
    isbn: str | None
    lead_inspector: str | None
    fieldwork: Fieldwork
    cases_inspected: int | None
    practitioner_interviews: int | None
    score: Score | None
    overall_rating: RatingWord | None
    standards: tuple[Standard, ...]
    key_questions: tuple[KeyQuestion, ...]
    recommendations: tuple[Recommendation, ...]
    organisational_alert: Alert | None
    ppf_status: PpfStatus | None

    def to_dict(self) -> dict[str, Any]:
        """The record as the schema's JSON: plain dicts, lists, strings and numbers."""
        return _plain(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Record":
        """Take the schema's JSON; ``ValueError`` names the first field that is missing or cannot be so."""
        record = _build(cls, values, "")
        _check_shapes(record)
        return record


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person should look at: a sentence, and where in the document or record."""

    text: str
    where: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading one document: a record and what to look at, or why it was refused."""

    record: Record | None
    refused: str | None = None
    problems: tuple[Problem, ...] = ()


class Refused(Exception):
    """The document cannot be read as an inspection report; ``str()`` is one plain sentence saying why."""


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


def _build(kind: Any, value: Any, where: str) -> Any:
    """Turn JSON into ``kind`` (a dataclass, a tuple, a Literal, an optional or a plain type)."""
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        if value is None:
            return None
        return _build(next(one for one in typing.get_args(kind) if one is not type(None)), value, where)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise ValueError(f"{where} must be a list.")
        return tuple(_build(typing.get_args(kind)[0], one, f"{where}[{i}]") for i, one in enumerate(value))
    if origin is Literal:
        if value not in typing.get_args(kind):
            raise ValueError(f"{where} must be one of {', '.join(typing.get_args(kind))}, not {value!r}.")
        return value
    if dataclasses.is_dataclass(kind):
        return _build_object(kind, value, where)
    # bool is an int in Python, and never a fact here.
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{where} must be {'a whole number' if kind is int else 'text'}, not {value!r}.")
    if kind is str and not value.strip():
        raise ValueError(f"{where} must not be empty.")
    return value


def _build_object(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"{where or 'The record'} must be an object.")
    hints = typing.get_type_hints(kind)
    inside = f"{where}." if where else ""
    for name in hints:
        if name not in value:
            raise ValueError(f"{inside}{name} is missing.")
    for name in value:
        if name not in hints:
            raise ValueError(f"{inside}{name} is not a field of the record.")
    return kind(**{name: _build(hint, value[name], f"{inside}{name}") for name, hint in hints.items()})


def _check_shapes(record: Record) -> None:
    """What types alone do not say: months, dates, percentages, (group, number) once only."""
    if record.published and not 1 <= record.published.month <= 12:
        raise ValueError(f"published.month must be 1 to 12, not {record.published.month}.")
    _month(record.fieldwork.started_month, "fieldwork.started_month")
    if record.ppf_status:
        _month(record.ppf_status.since, "ppf_status.since")
    start = _day(record.fieldwork.start_date, "fieldwork.start_date")
    end = _day(record.fieldwork.end_date, "fieldwork.end_date")
    if start and end and end < start:
        raise ValueError("fieldwork.end_date is before fieldwork.start_date.")
    for i, row in enumerate(record.key_questions):
        if row.percent_yes is not None and not 0 <= row.percent_yes <= 100:
            raise ValueError(f"key_questions[{i}].percent_yes must be 0 to 100, not {row.percent_yes}.")
    for name in ("cases_inspected", "practitioner_interviews"):
        if (getattr(record, name) or 0) < 0:
            raise ValueError(f"{name} must not be negative.")
    if record.score and not 0 <= record.score.points <= record.score.out_of:
        raise ValueError("score.points must be between 0 and score.out_of.")


def _month(value: str | None, where: str) -> None:
    if value is not None and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", value):
        raise ValueError(f"{where} must be a month such as 2022-08, not {value!r}.")


def _day(value: str | None, where: str) -> date | None:
    if value is None:
        return None
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{where} must be a date such as 2022-08-15, not {value!r}.") from None
