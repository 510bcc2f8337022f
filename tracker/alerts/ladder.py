"""The clocks of an alert and the ladder past them: facts, limits and a moment in; duties and rungs reached out.

Working day 1 is the next working day after the day in London on which the alert was raised. A deadline means 11:59pm
in London on its day, so a rung is reached with the day after. No ORM, no request, no clock.
"""

import datetime as dt
from dataclasses import dataclass, field

from tracker.clocks.rules import DEFAULT_LIMITS
from tracker.working_days import LONDON, is_working_day, london_day

RUNGS = {
    "rung_head": "Head of the organisation",
    "rung_region": "Regional Probation Director",
    "rung_area": "Area Executive Director",
    "rung_chief_officer": "Chief Probation Officer",
    "rung_chief_executive": "Chief executive of HMPPS",
}
DUTIES = {
    "acknowledge": "Acknowledge the alert",
    "immediate": "An action with owner and date for every concern",
    "response": "Written response",
    "reading": "Reading",
    "checkpoint": "Checkpoint at the level above",
    "worsened": "A reading got worse",
}


@dataclass(frozen=True)
class Pause:
    """Days on which no clock of the alert runs, both included."""

    starts: dt.date
    ends: dt.date


@dataclass(frozen=True)
class Series:
    """One measure: when it was last read (a day in London), and when the last reading got worse beyond the margin."""

    measure: int
    name: str
    read_on: dt.date | None
    worsened_on: dt.date | None = None


@dataclass(frozen=True)
class Facts:
    """An alert as far as its clocks depend on it. Days are days in London. ``covered_on``: the day by which every
    concern had an action with owner and date; None while one has not."""

    alert: int
    state: str
    cycle: int
    live: bool
    raised_on: dt.date | None
    acknowledged_on: dt.date | None = None
    covered_on: dt.date | None = None
    responded_on: dt.date | None = None
    returned_on: dt.date | None = None
    accepted_on: dt.date | None = None
    checkpoint_on: dt.date | None = None
    series: tuple[Series, ...] = ()
    pauses: tuple[Pause, ...] = field(default=())


@dataclass(frozen=True, order=True)
class Duty:
    """One thing that is to be done by the end of a day. ``done_on`` None: not yet. ``occasion`` tells it apart from
    the same duty at another time."""

    due: dt.date
    kind: str
    occasion: str
    words: str = ""
    done_on: dt.date | None = None

    def is_late(self, today: dt.date) -> bool:
        return self.done_on is None and today > self.due


@dataclass(frozen=True, order=True)
class Rung:
    """One step of the ladder past one duty. ``reached_on``: the first day on which it stands."""

    reached_on: dt.date
    name: str
    kind: str
    occasion: str
    due: dt.date


class Calendar:
    """Working days of England and Wales on which the alert is not paused."""

    def __init__(self, pauses=()):
        self.pauses = pauses

    def paused(self, day: dt.date) -> bool:
        return any(pause.starts <= day <= pause.ends for pause in self.pauses)

    def add(self, day: dt.date, count: int) -> dt.date:
        """The ``count``-th working day after ``day``."""
        while count > 0:
            day += dt.timedelta(days=1)
            count -= is_working_day(day) and not self.paused(day)
        return day

    def add_days(self, day: dt.date, count: int) -> dt.date:
        """``count`` days after ``day``, those of a pause not counted."""
        while count > 0:
            day += dt.timedelta(days=1)
            count -= not self.paused(day)
        return day


def duties(facts: Facts, limits=DEFAULT_LIMITS) -> list[Duty]:
    """All that was and is to be done in this cycle, by date. Empty for one that is historic, has ended, or whose day of
    raising nobody has entered."""
    if not facts.live or facts.raised_on is None or facts.state in ("stood_down", "withdrawn"):
        return []
    calendar, raised = Calendar(facts.pauses), facts.raised_on
    found = []

    def duty(kind, due, done_on=None, words="", turn=""):
        occasion = f"cycle {facts.cycle} {kind} {turn or due.isoformat()}"
        found.append(Duty(due, kind, occasion, words or DUTIES[kind], done_on))

    if facts.cycle == 1:
        duty("acknowledge", calendar.add(raised, limits["alert_acknowledge"]), facts.acknowledged_on, turn="first")
        duty("immediate", calendar.add(raised, limits["alert_immediate"]), facts.covered_on, turn="first")
        if facts.returned_on:
            due = calendar.add(facts.returned_on, limits["alert_returned"])
            again = facts.responded_on if facts.responded_on and facts.responded_on >= facts.returned_on else None
            answered = again if facts.state != "acknowledged" else None
            duty("response", due, answered, "Written response, after its return", f"returned {facts.returned_on}")
        else:
            duty("response", calendar.add(raised, limits["alert_response"]), facts.responded_on, turn="first")
    if facts.accepted_on:
        for one in facts.series:
            since = max(filter(None, [one.read_on, facts.accepted_on]))
            due = calendar.add_days(since, limits["alert_reading"])
            duty("reading", due, words=f"Reading of {one.name}", turn=f"{one.measure} {due.isoformat()}")
            if one.worsened_on:
                # It is late the day it is read: nobody waits for a limit when people are less safe than before.
                before = one.worsened_on - dt.timedelta(days=1)
                words = f"{one.name} got worse"
                duty("worsened", before, words=words, turn=f"{one.measure} {one.worsened_on.isoformat()}")
        since = max(filter(None, [facts.checkpoint_on, facts.accepted_on]))
        duty("checkpoint", calendar.add_days(since, limits["alert_checkpoint"]))
    return sorted(found)


def rungs(facts: Facts, limits=DEFAULT_LIMITS) -> list[Rung]:
    """Every rung of every duty that is not done yet, or was done too late, with the day on which it stands or would.

    Rungs past the day on which the duty was done are left out: they never stood.
    """
    calendar, found = Calendar(facts.pauses), []
    for duty in duties(facts, limits):
        for name in RUNGS:
            last_day = calendar.add(duty.due, limits[name])
            on = last_day + dt.timedelta(days=1)
            while calendar.paused(on):
                on += dt.timedelta(days=1)
            if duty.done_on is None or duty.done_on >= on:
                found.append(Rung(on, name, duty.kind, duty.occasion, duty.due))
    return sorted(found)


def reached(facts: Facts, now: dt.datetime, limits=DEFAULT_LIMITS) -> list[Rung]:
    """The rungs that stand at the moment ``now``. On a day of a pause none is added."""
    today = london_day(now)
    if Calendar(facts.pauses).paused(today):
        return []
    return [rung for rung in rungs(facts, limits) if rung.reached_on <= today]


def next_up(facts: Facts, now: dt.datetime, limits=DEFAULT_LIMITS) -> tuple[Duty | None, Rung | None]:
    """What is due next, the latest first if late, and the next rung that will be reached if it does not happen."""
    today = london_day(now)
    open_ones = [duty for duty in duties(facts, limits) if duty.done_on is None and duty.kind != "worsened"]
    ahead = [rung for rung in rungs(facts, limits) if rung.reached_on > today]
    return min(open_ones, default=None), min(ahead, default=None)


def has_worsened(earlier: float, later: float, worse: str, margin: int) -> bool:
    """Whether a reading is worse than the one before by more than ``margin`` per cent. ``worse``: "up" or "down"."""
    change = later - earlier if worse == "up" else earlier - later
    return change > abs(earlier) * margin / 100


def deadline(day: dt.date) -> dt.datetime:
    """11:59pm in London on that day, summer time or not."""
    return dt.datetime.combine(day, dt.time(23, 59), tzinfo=LONDON)
