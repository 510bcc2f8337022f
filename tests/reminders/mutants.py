"""Faults put into the code on purpose, one at a time: the simulated year has to notice each."""

import datetime as dt
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from unittest.mock import patch

from tests.reminders import oracle
from tracker.clocks.rules import DEFAULT_LIMITS
from tracker.reminders import delivery, rechecking, rules, sweep, times, turns
from tracker.reminders.facts import Facts

LIMITS = tuple(oracle.DAYS)


@contextmanager
def shifted(name, days):
    was = DEFAULT_LIMITS[name]
    DEFAULT_LIMITS[name] = was + days
    try:
        yield
    finally:
        DEFAULT_LIMITS[name] = was


@contextmanager
def unchecked(*reasons):
    """What was found untrue for one of these reasons is sent all the same."""
    judge = rechecking._judge

    def careless(notice, matter, facts):
        why, told = judge(notice, matter, facts)
        return (None, [rules.Told(notice.recipient_id, rules.OWNER)]) if why in reasons else (why, told)

    with patch.object(rechecking, "_judge", careless):
        yield


@contextmanager
def nobody_covers():
    made = Facts.__init__

    def without(self, today):
        made(self, today)
        self.circle = replace(self.circle, covers={})

    with patch.object(Facts, "__init__", without):
        yield


@contextmanager
def said_again(kind):
    with patch.dict(rules.REMINDERS, {kind: replace(rules.REMINDERS[kind], once=False)}):
        yield


@contextmanager
def no_bank_holidays():
    def weekday(day):
        return day.weekday() < 5

    with ExitStack() as all_of:
        for module in ("tracker.working_days", "tracker.reminders.times"):
            all_of.enter_context(patch(f"{module}.is_working_day", weekday))
        yield


@contextmanager
def hours_of_greenwich():
    def moment(day, hour):
        return dt.datetime.combine(day, dt.time(hour), tzinfo=dt.UTC)

    with patch.object(times, "moment", moment):
        yield


def patched(*args, **kwargs):
    return lambda: patch.object(*args, **kwargs)


def _without_replacing(sayings):
    return replace(_compare(sayings), replaced=[])


_compare = sweep._compare
MUTANTS = {
    **{f"{name} {days:+d}": lambda name=name, days=days: shifted(name, days) for name in LIMITS for days in (-1, 1)},
    "whoever answers for it is not asked again": lambda: unchecked(rules.SOMEBODY_ELSE),
    "whether the account is in use is not asked again": lambda: unchecked(rules.SWITCHED_OFF),
    "the state is not asked again": lambda: unchecked(rules.NOTHING_TO_DO),
    "the date is not asked again": lambda: unchecked(rules.MOVED),
    "the day of the last update is not asked again": lambda: unchecked(rules.NO_LONGER_SO),
    "a later moment is not asked for": lambda: unchecked(rules.LATER),
    "a pause is not asked for": lambda: unchecked(rules.PAUSED),
    "cover is forgotten": nobody_covers,
    "overdue work is passed up to everybody anew": lambda: said_again("overdue_step"),
    "whether it still holds is asked of everybody anew": lambda: said_again("sustain_due"),
    "bank holidays are forgotten": no_bank_holidays,
    "hours are those of Greenwich": hours_of_greenwich,
    "a second mail on one day": patched(turns, "mailed_on", lambda day, people=None: set()),
    "an earlier moment is said beside the later": patched(sweep, "_compare", _without_replacing),
    "what somebody else is to be told is dropped": patched(delivery, "_pass_on", lambda instead, now: None),
    "urgent mails only is forgotten": patched(turns, "give_up_unwanted", lambda: 0),
}
