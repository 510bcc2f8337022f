"""Working days of England and Wales, and London's days."""

import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo

from govuk_bank_holidays.bank_holidays import BankHolidays

LONDON = ZoneInfo("Europe/London")
NO_DATE = dt.date(9999, 12, 31)  # sorts last, and is never reached


def london_day(at: dt.datetime) -> dt.date:
    """The calendar day in London at the moment ``at``."""
    return at.astimezone(LONDON).date()


def day_begins(day: dt.date) -> dt.datetime:
    """The first moment of that day in London, in UTC."""
    return dt.datetime.combine(day, dt.time(), tzinfo=LONDON).astimezone(dt.UTC)


def first_of(day: dt.date, back: int) -> dt.date:
    """The first of the month so many months before that of ``day``."""
    months = day.year * 12 + day.month - 1 - back
    return dt.date(months // 12, months % 12 + 1, 1)


@cache
def bank_holidays() -> frozenset[dt.date]:
    # The package's own file, current to 2028; asking the network from a task would be a second thing to fail.
    holidays = BankHolidays(use_cached_holidays=True).get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
    return frozenset(holiday["date"] for holiday in holidays)


def is_working_day(day: dt.date) -> bool:
    return day.weekday() < 5 and day not in bank_holidays()


def add_working_days(day: dt.date, count: int) -> dt.date:
    """The ``count``-th working day after ``day``; working day 1 is the next working day."""
    while count > 0:
        day += dt.timedelta(days=1)
        count -= is_working_day(day)
    return day


def working_days_until(day: dt.date, today: dt.date) -> int:
    """How many working days lie after ``today`` up to and with ``day``; 0 when ``day`` is not ahead."""
    span = (day - today).days
    return sum(is_working_day(today + dt.timedelta(days=n)) for n in range(1, span + 1))
