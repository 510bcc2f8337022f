"""Days and months as reports print them."""

import re
from datetime import date

MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)"
)
_FIRST_LETTERS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_DATE = rf"(?:[MTWFS]\w+day,?\s+)?{_DAY}(?:\s+of)?\s+({MONTH})\b(?:,?\s+(\d{{4}}))?"
_TO = (
    r"\s*(?:and|to|until|till|through to|through|up to|–|—|-|,)\s*(?:and\s+)?(?:(?:ending|finishing"
    r"|concluding)(?:\s+on)?\s+)?"
)
_RANGE = re.compile(rf"{_DATE}{_TO}{_DATE}", re.I)
_SHORT_RANGE = re.compile(rf"{_DAY}{_TO}{_DATE}", re.I)
# "23-27 January and 30 January-3 February 2023": two spans, the year printed once.
_SHORT_FIRST = re.compile(rf"(?<![\d.,])\d{{1,2}}\s*[–—-]\s*\d{{1,2}}\s+{MONTH}", re.I)
_AND_MORE = re.compile(rf"\s*,?\s*and\s+(?=\d{{1,2}}(?:\s+{MONTH})?\s*[–—-]\s*\d{{1,2}}\s+{MONTH})", re.I)
_SINGLE = re.compile(_DATE, re.I)
_FIGURES = re.compile(r"(?<!\d)(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?!\d)")
_WEEKS = re.compile(
    r"(?:\bweeks?\s+(?:beginning|commencing|starting|of)|\bw/[cb]|\bbeginning|\bcommencing)\W*(?:on\s+)?$", re.I
)
_ENDING = re.compile(r"ending|finish|conclud|until|\bto\b", re.I)


def month_number(name: str) -> int:
    """1 to 12 from "October" or "Oct"."""
    return _FIRST_LETTERS.index(name[:3].lower()) + 1


def period(text: str, year: int | None) -> tuple[date | None, date | None]:
    """The first day or span of days in a text; ``year`` is used where the text prints none.

    "A week beginning 15 August" has no end: only a stated date is one.
    """
    text = _FIGURES.sub(lambda m: _spelt(m), text)
    single = _SINGLE.search(text)
    if not single:
        return None, None
    shapes = [_SHORT_RANGE, _RANGE] if _SHORT_FIRST.search(text[: single.end()]) else [_RANGE, _SHORT_RANGE]
    for shape in shapes:
        found = shape.search(text)
        if found and found.start() <= single.start():
            start, end = _span(text, found, year)
            more = _AND_MORE.match(text, found.end())
            if start and end and more:
                last = period(text[more.end() :], end.year)
                return start, last[1] or end
            return start, end
    return _day(single[1], single[2], single[3] or year), None


def _spelt(found: re.Match) -> str:
    month = int(found[2])
    return f"{found[1]} {_FIRST_LETTERS[month - 1].capitalize()} {found[3]}" if 1 <= month <= 12 else found[0]


def _span(text: str, found: re.Match, year: int | None) -> tuple[date | None, date | None]:
    parts = found.groups()
    last_day, last_month, last_year = parts[-3:]
    last_year = last_year or (parts[2] if len(parts) == 6 else None) or year
    first_month = parts[1] if len(parts) == 6 else last_month
    first_year = (parts[2] if len(parts) == 6 else None) or last_year
    end = _day(last_day, last_month, last_year)
    start = _day(parts[0], first_month, first_year)
    # "12 December to 6 January 2023": the year printed once is that of the end.
    if start and end and start > end and not (len(parts) == 6 and parts[2]):
        start = start.replace(year=start.year - 1)
    weeks_only = _WEEKS.search(text[: found.start()]) and not _ENDING.search(found[0])
    # "the weeks beginning 3 July and 10 July" are two beginnings; "beginning 3 July – 14 July" is a span.
    if weeks_only and not re.search(r"[–—-]\s*\d", found[0]):
        return start, None
    return start, end


def _day(day: str, month: str, year: str | int | None) -> date | None:
    try:
        return date(int(year), month_number(month), int(day)) if year else None
    except ValueError:
        return None


def month_and_year(text: str) -> tuple[int, int] | None:
    """(2022, 10) from the first "October 2022" in a text."""
    found = re.search(rf"\b({MONTH})\b,?\s+(\d{{4}})\b", text, re.I)
    return (int(found[2]), month_number(found[1])) if found else None
