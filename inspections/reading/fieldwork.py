"""When the fieldwork was, how many cases were inspected and how many practitioners interviewed."""

import re
from datetime import date

from .dates import MONTH, month_and_year, period
from .numbers import NUMBER, value
from .paragraphs import Document
from .record import Fieldwork

_STARTED = re.compile(
    rf"work (?:started|began|commenced)\s*(?:in|on|[:–-])?\s*(?:\d{{1,2}}(?:st|nd|rd"
    rf"|th)?\s+)?({MONTH}\s+\d{{4}})",
    re.I,
)
_IN_MONTH = re.compile(rf"\bfieldwork\b[^.]{{0,60}}?\b(?:in|during|:)\s+({MONTH}\s+\d{{4}})", re.I)
_DONE = re.compile(
    r"\b(?:conducted|carried out|took place|undertook|undertaken|completed|held|started|began|was|were"
    r"|visited|ran|spent)\b",
    re.I,
)
_INSPECTION_WAS = re.compile(
    r"\b(?:inspection (?:took place|was (?:conducted|carried out|undertaken))|we (?:inspected|visited"
    r"|were on site)|inspectors (?:visited|were))\b",
    re.I,
)
_NOT_FIELDWORK = re.compile(
    r"\b(?:sentences?|licen[cs]es?|commenced|announce\w*|previous|published|unification)\b", re.I
)

_CASE = r"(?:[a-z'-]+\s+){0,3}?cases\b"
_CASES = (
    re.compile(
        rf"\b(?:we|inspectors|inspectorate)\s+(?:also\s+)?(?:inspected|examined|reviewed|looked at|assessed"
        rf"|read)\s+(?:a (?:total|sample|cohort) of\s+|in total\s+)?{NUMBER}\s+{_CASE}",
        re.I,
    ),
    re.compile(rf"\b(?:inspected|examined)\s+(?:a (?:total|sample|cohort) of\s+)?{NUMBER}\s+{_CASE}", re.I),
    re.compile(
        rf"(?<!out of )(?<!\bof )(?<!in )\b{NUMBER}\s+{_CASE}\s+(?:were|was)\s+(?:inspected"
        rf"|examined|assessed)",
        re.I,
    ),
    re.compile(rf"\b(?:a total of|sample of|cohort of)\s+{NUMBER}\s+{_CASE}", re.I),
    re.compile(rf"\bcases (?:inspected|examined)\s*:?\s+{NUMBER}\b", re.I),
)
_STAFF = r"(?:[a-z'-]+\s+){0,3}?practitioners\b"
_INTERVIEWS = (
    re.compile(rf"\binterviews? with\s+(?:a total of\s+)?{NUMBER}\s+{_STAFF}", re.I),
    re.compile(rf"\b{NUMBER}\s+(?:[a-z-]+\s+){{0,2}}?interviews? (?:with|of)\s+(?:the\s+)?{_STAFF}", re.I),
    re.compile(rf"\binterviewed\s+(?:a total of\s+)?{NUMBER}\s+{_STAFF}", re.I),
    re.compile(rf"\b{NUMBER}\s+{_STAFF}\s+(?:were|was)\s+interviewed", re.I),
    re.compile(rf"\bspoke (?:to|with)\s+{NUMBER}\s+{_STAFF}", re.I),
    re.compile(rf"\b(?:practitioner interviews|practitioners interviewed)\s*:?\s+{NUMBER}\b", re.I),
)  # fmt: skip


def sentences(document: Document) -> list[str]:
    """The sentences of all running text; a table's row or list item ends one too."""
    out: list[str] = []
    for block in document.blocks:
        out += re.split(r"(?:(?<=[a-z0-9%)'\"][.!?])|(?<=[A-Z]{2}[.!?]))['\"]?\s+(?=[A-Z'\"])", block.text)
    return out


def fieldwork(said: list[str], ratings_page: str) -> Fieldwork:
    """Days as stated; the month that the ratings page prints, else that of the first day."""
    whole = " ".join(said)
    started = _STARTED.search(ratings_page) or _STARTED.search(whole) or _IN_MONTH.search(ratings_page)
    month = month_and_year(started[1]) if started else None
    start, end = _days(said, month[0] if month else None)
    if not month and start:
        month = (start.year, start.month)
    if not month and (found := _IN_MONTH.search(whole)):
        month = month_and_year(found[1])
    return Fieldwork(
        f"{month[0]}-{month[1]:02}" if month else None,
        start.isoformat() if start else None,
        end.isoformat() if end else None,
    )


def _days(said: list[str], year: int | None) -> tuple[date | None, date | None]:
    fieldwork = [one for one in said if re.search(r"\bfieldwork\b", one, re.I)]
    done = [one for one in fieldwork if _DONE.search(one)]
    other = [one for one in said if _INSPECTION_WAS.search(one)]
    for one in (*done, *fieldwork, *other):
        # The rest of such a sentence may tell when the inspected sentences began.
        head = _NOT_FIELDWORK.split(one[:400])[0]
        start, end = period(head, year)
        if start:
            return start, end
    return None, None


def cases_inspected(said: list[str]) -> int | None:
    """How many cases were inspected."""
    return _first(_CASES, said)


def practitioner_interviews(said: list[str]) -> int | None:
    """How many practitioners were interviewed."""
    return _first(_INTERVIEWS, said)


def _first(shapes: tuple[re.Pattern, ...], said: list[str]) -> int | None:
    for shape in shapes:
        for one in said:
            if found := shape.search(one):
                return value(found[1])
    return None
