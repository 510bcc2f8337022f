"""When a mail goes: a person's wishes and a moment in; whether it is their turn, and when next, out. No ORM, no clock.

Hours are London's, days working days of England and Wales: at 8 is at 8 on both sides of a change of the clocks.
"""

import datetime as dt
from dataclasses import dataclass

from tracker.working_days import LONDON, is_working_day, london_day

DAILY, WEEKLY, URGENT = "daily", "weekly", "urgent"
HOURS = range(6, 20)  # that may be chosen
MORNING = 8
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Wish:
    """How somebody wants their mail; whoever chose nothing has this. ``summary``: the weekly one."""

    frequency: str = DAILY
    hour: int = MORNING
    summary: bool = True


@dataclass(frozen=True)
class Turn:
    """What goes in a mail that is written now: what was decided by these moments; None: nothing of that sort.

    ``always``: of what comes daily whatever was chosen. ``chosen``: of all else.
    """

    always: dt.datetime | None = None
    chosen: dt.datetime | None = None


def moment(day: dt.date, hour: int) -> dt.datetime:
    """That hour of a day in London, in UTC: two moments of LONDON would be compared by the hands of the clock."""
    return dt.datetime.combine(day, dt.time(hour), tzinfo=LONDON).astimezone(dt.UTC)


def first_working_day(day: dt.date) -> dt.date | None:
    """The first of the week, Monday to Sunday, in which ``day`` lies."""
    monday = day - ONE_DAY * day.weekday()
    return next((on for n in range(7) if is_working_day(on := monday + ONE_DAY * n)), None)


def is_mail_day(day: dt.date, *, weekly=False) -> bool:
    return day == first_working_day(day) if weekly else is_working_day(day)


def last_moment(hour: int, at: dt.datetime, *, weekly=False) -> dt.datetime:
    """The latest moment at which mail went, or should have, by ``at``; that moment itself included."""
    day = london_day(at)
    while not is_mail_day(day, weekly=weekly) or moment(day, hour) > at:
        day -= ONE_DAY
    return moment(day, hour)


def next_moment(hour: int, at: dt.datetime, *, weekly=False) -> dt.datetime:
    """The first moment after ``at`` at which mail goes."""
    day = london_day(at)
    while not is_mail_day(day, weekly=weekly) or moment(day, hour) <= at:
        day += ONE_DAY
    return moment(day, hour)


def is_turn_today(hour: int, at: dt.datetime) -> bool:
    """Whether ``at`` is a working day on which the hour is reached. Later that day counts, for who was not mailed yet;
    another day does not."""
    return london_day(last_moment(hour, at)) == london_day(at)


def turn(wish: Wish, at: dt.datetime) -> Turn:
    """What a mail written at ``at`` would hold. A weekly one that its day did not see goes on the next working day."""
    if not is_turn_today(wish.hour, at):
        return Turn()
    always = last_moment(wish.hour, at)
    if wish.frequency == URGENT:
        return Turn(always)
    return Turn(always, last_moment(wish.hour, at, weekly=True) if wish.frequency == WEEKLY else always)


def turn_at_once(wish: Wish, at: dt.datetime) -> Turn:
    """The same, whatever the hour and the day."""
    return Turn(at, None if wish.frequency == URGENT else at)


def let_go(wish: Wish, released_at: dt.datetime) -> Turn:
    """What goes when held mails are released: all that was decided until then, but of a weekly reader only what was
    their turn already."""
    if wish.frequency == WEEKLY:
        return Turn(released_at, last_moment(wish.hour, released_at, weekly=True))
    return turn_at_once(wish, released_at)


def next_mail(wish: Wish, at: dt.datetime) -> dt.datetime:
    """When mail of the chosen sort goes next; with urgent mails only, when those would."""
    return next_moment(wish.hour, at, weekly=wish.frequency == WEEKLY)


def mail_day(wish: Wish, day: dt.date, *, daily=False) -> dt.date | None:
    """The day of the mail that holds what is decided as ``day`` begins; None: they have asked for urgent mails only.
    ``daily``: of what comes each working day whatever was chosen."""
    if wish.frequency == URGENT and not daily:
        return None
    weekly = wish.frequency == WEEKLY and not daily
    while not is_mail_day(day, weekly=weekly):
        day += ONE_DAY
    return day


def goes_on(wish: Wish, decided_at: dt.datetime, now: dt.datetime, *, daily=False) -> dt.date | None:
    """The same of what is decided and in no mail yet: not before ``now``, and what its day did not see on the next
    working day."""
    if wish.frequency == URGENT and not daily:
        return None
    weekly = wish.frequency == WEEKLY and not daily
    first = next_moment(wish.hour, decided_at - dt.timedelta(microseconds=1), weekly=weekly)
    if first <= now and not is_turn_today(wish.hour, now):
        first = next_moment(wish.hour, now)
    return max(london_day(first), london_day(now))


def reached(decided_at: dt.datetime | None, by: dt.datetime | None) -> bool:
    return decided_at is not None and by is not None and decided_at <= by
