"""A reading as text that a person likes to read, and as one JSON object. Pure: no file, no clock, no Django."""

import textwrap
from datetime import date
from itertools import groupby
from typing import Any

from .record import Alert, Fieldwork, KeyQuestion, Month, Problem, Reading, Recommendation, Record

_WIDTH = 100
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def as_json(path: str, reading: Reading) -> dict[str, Any]:
    """``{"path", "record", "refused", "problems"}``; each problem is one sentence that says where it is."""
    return {
        "path": path,
        "record": reading.record.to_dict() if reading.record else None,
        "refused": reading.refused,
        "problems": [sentence(problem) for problem in reading.problems],
    }


def sentence(problem: Problem) -> str:
    """A problem with its place: "recommendations[3]: The text is cut off."."""
    return f"{problem.where}: {problem.text}" if problem.where else problem.text


def as_text(path: str, reading: Reading) -> str:
    """The whole reading on lines of at most 100 characters, ending with what somebody should look at."""
    record = reading.record
    if record is None:
        return f"{path}\n  Refused: {reading.refused}\n"
    parts = [
        _wrapped(record.title or path, ""),
        _columns(_facts(record)),
        _columns([(f"{one.number} {one.name}", one.rating) for one in record.standards], "Ratings"),
        _questions(record.key_questions),
        _recommendations(record.recommendations),
        _alert(record.organisational_alert) if record.organisational_alert else "",
        _problems(reading.problems),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _facts(record: Record) -> list[tuple[str, str]]:
    pdu, status = record.pdu, record.ppf_status
    facts = {
        "PDU": pdu and (f"{pdu.name} ({pdu.short_name})" if pdu.short_name else pdu.name),
        "Region": record.region,
        "Published": record.published and _month(record.published),
        "ISBN": record.isbn,
        "Lead inspector": record.lead_inspector,
        "Fieldwork": _fieldwork(record.fieldwork),
        "Cases inspected": record.cases_inspected,
        "Interviews": record.practitioner_interviews,
        "Score": record.score and f"{record.score.points}/{record.score.out_of}",
        "Overall rating": record.overall_rating,
        "PPF status": status and " since ".join(filter(None, (status.status, _month_of(status.since)))),
    }
    return [(name, "not stated" if value in (None, "") else str(value)) for name, value in facts.items()]


def _month(month: Month) -> str:
    return f"{_MONTHS[month.month - 1]} {month.year}"


def _month_of(value: str | None) -> str:
    return f"{_MONTHS[int(value[5:7]) - 1]} {value[:4]}" if value else ""


def _day(value: str) -> str:
    day = date.fromisoformat(value)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _fieldwork(fieldwork: Fieldwork) -> str:
    if fieldwork.start_date and fieldwork.end_date:
        return f"{_day(fieldwork.start_date)} to {_day(fieldwork.end_date)}"
    if fieldwork.start_date:
        return f"from {_day(fieldwork.start_date)}"
    return _month_of(fieldwork.started_month)


def _columns(rows: list[tuple[str, str]], title: str = "") -> str:
    if not rows:
        return ""
    width = max(len(name) for name, _ in rows)
    return "\n".join(([title] if title else []) + [f"  {name:<{width}}  {value}" for name, value in rows])


def _questions(questions: tuple[KeyQuestion, ...]) -> str:
    out = []
    for standard, rows in groupby(questions, lambda one: one.standard):
        for i, row in enumerate(rows):
            percent = "     -" if row.percent_yes is None else f"{row.percent_yes:>5}%"
            out.append(_wrapped(row.question, f"  {standard if i == 0 else '':<5} {percent}  "))
    return "\n".join(["Key questions, per cent 'yes'", *out]) if out else ""


def _recommendations(recommendations: tuple[Recommendation, ...]) -> str:
    out = [f"Recommendations ({len(recommendations)})"]
    for _, group in groupby(recommendations, lambda one: one.group):
        rows = list(group)
        out.append(f"  {rows[0].addressee} [{rows[0].level}]")
        out += [_wrapped(row.text, f"  {row.number:>4}. ") for row in rows]
    return "\n".join(out)


def _alert(alert: Alert) -> str:
    facts = [
        ("Unallocated cases", _count(alert.unallocated_caseload)),
        ("With no next appointment", _count(alert.cases_with_no_next_appointment)),
        ("Answered by", alert.respondent or "not stated"),
    ]
    out = [_columns(facts, "Organisational alert"), "  Concerns", *(_wrapped(one, "    - ") for one in alert.concerns)]
    out.append("  Response")
    for action in alert.response_actions:
        out.append(_wrapped(f"{action.text} [{action.status or 'no state printed'}]", "    - "))
    return "\n".join(out)


def _count(value: int | None) -> str:
    return "not stated" if value is None else f"{value:,}"


def _problems(problems: tuple[Problem, ...]) -> str:
    if not problems:
        return ""
    return "\n".join(["To look at", *(_wrapped(sentence(one), "  ! ") for one in problems)])


def _wrapped(text: str, first: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent=first, subsequent_indent=" " * len(first))
