"""Dates, times and counts as people read them: the filters of the pages and mails, and the views' sentences."""

import re
from datetime import date, datetime

from django.utils import timezone
from markupsafe import Markup, escape

NO_DATE = date(9999, 12, 31)  # how a column that may not be null says that there is none

# How people write a day; at most one of these reads it.
DAY_FORMATS = ["%d %B %Y", "%d %b %Y", "%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y"]


def marked(text: str) -> str:
    """For `_`: a text that stands in a table and is translated where it is shown, so that translators find it."""
    return text


# Dates and times, always as read in London


def local(value: datetime) -> datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value


def as_day(value: date) -> date:
    return local(value).date() if isinstance(value, datetime) else value


def day(value: date | None) -> str:
    """30 November 2026"""
    if value is None or as_day(value) == NO_DATE:
        return "no date"
    value = as_day(value)
    return f"{value.day} {value:%B %Y}"


def short_day(value: date | None) -> str:
    """30 Nov 2026"""
    if value is None or as_day(value) == NO_DATE:
        return "no date"
    value = as_day(value)
    return f"{value.day} {value:%b %Y}"


def month(value: date) -> str:
    """October 2022"""
    return f"{as_day(value):%B %Y}"


def published_on(inspection) -> str:
    """1 October 2022, or "October 2022" where the report prints no day; "" where nothing is known."""
    if inspection.published is None:
        return ""
    return day(inspection.published) if inspection.published_to_the_day else month(inspection.published)


def time_of_day(value: datetime) -> str:
    """10:42am, midday, 11:59pm"""
    value = local(value)
    if value.minute == 0 and value.hour in (0, 12):
        return "midday" if value.hour else "midnight"
    return f"{value.hour % 12 or 12}:{value:%M}{'am' if value.hour < 12 else 'pm'}"


def moment(value: datetime) -> str:
    """30 November 2026 at 10:42am"""
    return f"{day(value)} at {time_of_day(value)}"


def iso(value: date) -> str:
    """For `<time datetime>`: 2026-11-30 or 2026-11-30T10:42:00+00:00"""
    return local(value).isoformat() if isinstance(value, datetime) else value.isoformat()


def relative_days(value: date, today: date) -> str:
    """today, tomorrow, in 4 days, yesterday, 12 days ago"""
    distance = (as_day(value) - today).days
    if abs(distance) <= 1:
        return {-1: "yesterday", 0: "today", 1: "tomorrow"}[distance]
    return f"in {plural(distance, 'day')}" if distance > 0 else f"{plural(-distance, 'day')} ago"


# Words


def plural(number: int, one: str, many: str = "") -> str:
    """1 action, 4 actions, 1,204 actions; give the plural where it is not an s: plural("reply", "replies")"""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def days(number: int) -> str:
    """1 day, 12 days"""
    return plural(number, "day")


def verb(number: int, one: str = "is", many: str = "are") -> str:
    """The word that agrees with a count: {{ n | plural("action") }} {{ n | verb }} overdue"""
    return one if number == 1 else many


def linebreaks(text: str, bare: bool = False) -> Markup:
    """What somebody typed, as paragraphs: a blank line starts a new one, a line break stays. ``bare``: without a
    class, for hundreds of cells."""
    begin = Markup("<p>" if bare else '<p class="govuk-body">')
    paragraphs = re.split(r"\n\s*\n", str(text).replace("\r\n", "\n").strip())
    return Markup("\n").join(
        begin + Markup("<br>").join(map(escape, p.split("\n"))) + Markup("</p>") for p in paragraphs if p.strip()
    )
