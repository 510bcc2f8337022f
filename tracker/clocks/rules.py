"""When somebody is told about a date: facts and limits in; what has been reached, and what comes next, out.

The nightly sweep and the line "what happens next if nobody acts" both call this, so they cannot disagree.
"""

import datetime as dt
import itertools
from functools import lru_cache
from typing import NamedTuple

from tracker.working_days import add_working_days

# Days. Each may be set otherwise for an organisation (`clocks.models.Limit`); none is an Inspectorate rule.
DEFAULT_LIMITS = {
    "plan_due": 28,  # after publication
    "first_reminder": 45,  # before the date
    "second_reminder": 14,
    "weekly_for": 28,  # overdue: a reminder each week for so many days ...
    "then_every": 28,  # ... and after that once in so many
    "stale_after": 30,  # an open action without an update, and again after each further such span
    "alert_stale_after": 7,  # the same for an action of an alert
    "claim_waiting": 20,  # WORKING days that a claim waits for a decision, and again
    "date_waiting": 5,  # WORKING days that a question about a date waits, and again
    "risk_ending": 28,  # before the day on which an accepted risk comes back
    "sustain_after": 182,  # after verification: does it still hold?
    "vacant_after": 7,  # a vacant post that owns work; then once in `then_every`
    "no_date_after": 14,  # an open action without a date; then once in `then_every`
    "overdue_head": 7,  # overdue: who is told, and after how many days
    "overdue_region": 14,
    "overdue_hmpps": 28,
    "free_slip": 0,  # a date may move so far from the first one without the level above; 0: it always decides
    "historic_after": 90,  # a report published longer ago is proposed as historic
    "alert_acknowledge": 1,  # working days from the raising of an alert
    "alert_immediate": 3,
    "alert_response": 10,
    "alert_returned": 5,  # working days from the return of a response
    "alert_reading": 7,  # days between readings of a measure, from the acceptance of the response
    "alert_checkpoint": 28,  # days between checkpoints at the level above
    "alert_worsening": 10,  # per cent: a reading that much worse than the one before climbs the ladder by itself
    "rung_head": 0,  # working days past a limit: the head of the organisation at once
    "rung_region": 1,
    "rung_area": 2,
    "rung_chief_officer": 3,
    "rung_chief_executive": 5,
}
LIMIT_WORDS = {
    "plan_due": "Action plan due, after publication",
    "first_reminder": "First reminder, before the date",
    "second_reminder": "Second reminder, before the date",
    "weekly_for": "Weekly reminders while overdue, for",
    "then_every": "After that a reminder every",
    "stale_after": "An update is expected every",
    "alert_stale_after": "An update on an action of an alert is expected every",
    "claim_waiting": "Inspectors are reminded of a claim that waits every",
    "date_waiting": "The level above is reminded of a date that was asked for every",
    "risk_ending": "A reminder that an accepted risk ends, before its review date",
    "sustain_after": "Asked whether verified work still holds, after",
    "vacant_after": "A vacant post with open work is passed up after",
    "no_date_after": "A reminder that an action has no date, after",
    "overdue_head": "Overdue: the head of the organisation is told after",
    "overdue_region": "Overdue: the Regional Probation Director is told after",
    "overdue_hmpps": "Overdue: HMPPS is told after",
    "free_slip": "A date moves without being asked for, from the first date up to",
    "historic_after": "A report is proposed as historic after",
    "alert_acknowledge": "Alert: acknowledged within",
    "alert_immediate": "Alert: an action for every concern within",
    "alert_response": "Alert: written response within",
    "alert_returned": "Alert: a returned response is answered again within",
    "alert_reading": "Alert: a reading of each measure every",
    "alert_checkpoint": "Alert: a checkpoint at the level above every",
    "alert_worsening": "Alert: a reading goes up the ladder when it is worse by more than",
    "rung_head": "Alert past a limit: the head of the organisation is told after",
    "rung_region": "Alert past a limit: the Regional Probation Director is told after",
    "rung_area": "Alert past a limit: the Area Executive Director is told after",
    "rung_chief_officer": "Alert past a limit: the Chief Probation Officer is told after",
    "rung_chief_executive": "Alert past a limit: the chief executive is told after",
}


class Stage(NamedTuple):
    """One moment at which a date is spoken of. ``offset``: days from the date, negative before it."""

    on: dt.date
    offset: int

    @property
    def words(self) -> str:
        """In the occasion of a notice."""
        return f"day {self.offset:+d}"

    def occasion(self, due: dt.date, cycle: int = 1) -> str:
        """What a notice about this stage is unique by: a moved date or a new cycle arms it anew."""
        return f"{due.isoformat()} cycle {cycle} {self.words}"


class Time(NamedTuple):
    """One of the moments that return at the same distance from a day, the first of them number 1."""

    on: dt.date
    number: int

    @property
    def words(self) -> str:
        return f"time {self.number}"


# Whose turn it is when work stays overdue, by the name of the limit.
OVERDUE_STAGES = {
    "overdue_head": "Head of the organisation",
    "overdue_region": "Regional Probation Director",
    "overdue_hmpps": "HMPPS",
}


class Turn(NamedTuple):
    """One stage of the escalation of overdue work. ``name``: of `OVERDUE_STAGES`."""

    on: dt.date
    name: str

    @property
    def words(self) -> str:
        return self.name


def overdue_offsets(limits, up_to: int):
    """Days after the date, up to ``up_to``, on which an overdue matter is spoken of: 7, 14, 21, 28, 56, 84 ..."""
    day = 7
    while day <= limits["weekly_for"] and day <= up_to:
        yield day
        day += 7
    day = limits["weekly_for"] + limits["then_every"]
    while day <= up_to:
        yield day
        day += limits["then_every"]


def reached(due: dt.date, today: dt.date, limits=DEFAULT_LIMITS) -> Stage | None:
    """The latest stage that ``today`` has reached: the only one still worth saying. None before the first."""
    passed = (today - due).days
    if passed >= 0:
        offset = _overdue_offset(limits["weekly_for"], limits["then_every"], passed)
    elif passed >= -limits["second_reminder"]:
        offset = -limits["second_reminder"]
    elif passed >= -limits["first_reminder"]:
        offset = -limits["first_reminder"]
    else:
        return None
    return Stage(due + dt.timedelta(days=offset), offset)


@lru_cache(maxsize=4096)  # a night asks it of every overdue row
def _overdue_offset(weekly_for, then_every, passed) -> int:
    """The last of `overdue_offsets` by then, or the day itself."""
    return max(overdue_offsets({"weekly_for": weekly_for, "then_every": then_every}, passed), default=0)


def next_stage(due: dt.date, today: dt.date, limits=DEFAULT_LIMITS) -> Stage:
    """The first stage after ``today``: there always is one while the matter stays open."""
    passed = (today - due).days
    ahead = [o for o in (-limits["first_reminder"], -limits["second_reminder"], 0) if o > passed]
    horizon = max(passed, 0) + limits["weekly_for"] + limits["then_every"] + 7
    ahead += [o for o in overdue_offsets(limits, horizon) if o > passed]
    return Stage(due + dt.timedelta(days=min(ahead)), min(ahead))


def time_reached(since: dt.date, today: dt.date, first: int, then: int | None, *, working=False) -> Time | None:
    """The latest time reached: ``first`` days after ``since`` (negative: before it), and again after each further
    ``then`` days; None: once. ``working``: working days. None before the first."""
    if working:
        return _working_time_reached(since, today, first, then)
    on = since + dt.timedelta(days=first)
    if on > today:
        return None
    number = 1 + (today - on).days // then if then else 1
    return Time(on + dt.timedelta(days=(then or 0) * (number - 1)), number)


def time_after(since: dt.date, today: dt.date, first: int, then: int) -> Time:
    """The first time after ``today``."""
    last = time_reached(since, today, first, then)
    if last is None:
        return Time(since + dt.timedelta(days=first), 1)
    return Time(last.on + dt.timedelta(days=then), last.number + 1)


@lru_cache(maxsize=4096)  # counted day by day, and asked of many claims of the same day
def _working_time_reached(since, today, first, then) -> Time | None:
    on, number = add_working_days(since, first), 1
    if on > today:
        return None
    while then and (after := add_working_days(on, then)) <= today:
        on, number = after, number + 1
    return Time(on, number)


def overdue_turns(due: dt.date, limits=DEFAULT_LIMITS, names=tuple(OVERDUE_STAGES)) -> list[Turn]:
    """Every stage of the escalation, in the order of the levels."""
    return list(_turns(due, tuple(limits[name] for name in names), tuple(names)))


@lru_cache(maxsize=16384)  # a night asks it three times of every overdue row
def _turns(due, days, names) -> tuple[Turn, ...]:
    return tuple(Turn(due + dt.timedelta(days=after), name) for name, after in zip(names, days, strict=True))


def overdue_reached(due: dt.date, today: dt.date, limits=DEFAULT_LIMITS, names=tuple(OVERDUE_STAGES)) -> list[Turn]:
    """Those that ``today`` has reached: no sooner than the day after the date, whatever the limits."""
    return [turn for turn in overdue_turns(due, limits, names) if turn.on <= today] if due < today else []


def due_state(due: dt.date, today: dt.date, limits=DEFAULT_LIMITS) -> str | None:
    """ "overdue", "due soon" or None, for an open matter. A deadline means 11:59pm in London on its day."""
    if due < today:
        return "overdue"
    if (due - today).days <= limits["second_reminder"]:
        return "due soon"
    return None


# --- Limits that somebody sets -----------------------------------------------------------------------------------

# Where each stands on the page, in this order.
LIMIT_SECTIONS = {
    "Action plans and dates": ("plan_due", "free_slip", "historic_after"),
    "Reminders": (
        "first_reminder", "second_reminder", "weekly_for", "then_every", "stale_after", "alert_stale_after",
        "claim_waiting", "date_waiting", "risk_ending", "sustain_after", "vacant_after", "no_date_after",
    ),
    "Overdue work: who is told": ("overdue_head", "overdue_region", "overdue_hmpps"),
    "Organisational alerts": (
        "alert_acknowledge", "alert_immediate", "alert_response", "alert_returned", "alert_reading",
        "alert_checkpoint", "alert_worsening",
    ),
    "Organisational alerts past a limit: who is told": (
        "rung_head", "rung_region", "rung_area", "rung_chief_officer", "rung_chief_executive",
    ),
}  # fmt: skip
IN_WORKING_DAYS = (
    "alert_acknowledge", "alert_immediate", "alert_response", "alert_returned", "claim_waiting", "date_waiting",
    "rung_area", "rung_chief_executive", "rung_chief_officer", "rung_head", "rung_region",
)  # fmt: skip
IN_PER_CENT = ("alert_worsening",)
# What comes again and again: with 0 it would never end.
COMES_AGAIN = (
    "alert_checkpoint", "alert_reading", "alert_stale_after", "claim_waiting", "date_waiting", "stale_after",
    "then_every",
)  # fmt: skip
MOST_DAYS, MOST_WORKING_DAYS, MOST_PER_CENT = 730, 250, 100
# Each is told no sooner than the one before.
IN_TURN = (
    ("rung_head", "rung_region", "rung_area", "rung_chief_officer", "rung_chief_executive"),
    ("overdue_head", "overdue_region", "overdue_hmpps"),
)


def limit_unit(name: str) -> str:
    """ "days", "working days" or "per cent" """
    return "per cent" if name in IN_PER_CENT else "working days" if name in IN_WORKING_DAYS else "days"


def limit_value(name: str, number: int) -> str:
    """ "45 days", "1 working day", "10 per cent" """
    unit = limit_unit(name)
    return f"{number:,} {unit.removesuffix('s') if number == 1 else unit}"


def limit_range(name: str) -> tuple[int, int]:
    """The least and the most that it can be set to."""
    most = {"days": MOST_DAYS, "working days": MOST_WORKING_DAYS, "per cent": MOST_PER_CENT}[limit_unit(name)]
    return (1 if name in COMES_AGAIN else 0), most


def limit_problems(limits: dict[str, int]) -> dict[str, str]:
    """What cannot be in force for one place, a sentence for each limit that is wrong. ``limits``: all of the place,
    inherited ones too."""
    problems = {}
    for name, number in limits.items():
        least, most = limit_range(name)
        if not least <= number <= most:
            problems[name] = (
                f"“{LIMIT_WORDS[name]}”: enter a whole number of {limit_unit(name)} from {least} to {most}."
            )
    if problems:
        return problems
    first, second = limits["first_reminder"], limits["second_reminder"]
    if second > first:
        problems["second_reminder"] = (
            f"The second reminder would come before the first: {limit_value('second_reminder', second)} before the "
            f"date, and the first {limit_value('first_reminder', first)} before."
        )
    for turn in IN_TURN:
        names = [name for name in turn if name in limits]
        for before, after in itertools.pairwise(names):
            if limits[after] < limits[before]:
                problems[after] = (
                    f"{limit_value(after, limits[after])} is sooner than “{LIMIT_WORDS[before]} "
                    f"{limit_value(before, limits[before])}”: nobody is told before the level below."
                )
    return problems
