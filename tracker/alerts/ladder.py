"""The clocks of an alert and the ladder past them: facts, limits and a moment in; duties and rungs reached out.

Working day 1 is the next working day after the day in London on which the alert was raised. A deadline means 11:59pm
in London on its day, so a rung is reached with the day after. No ORM, no request, no clock.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from tracker.clocks.rules import DEFAULT_LIMITS
from tracker.words import marked as _
from tracker.working_days import LONDON, NO_DATE, is_working_day, london_day

RUNGS = {
    "rung_head": "Head of the organisation",
    "rung_region": "Regional Probation Director",
    "rung_area": "Area Executive Director",
    "rung_chief_officer": "Chief Probation Officer",
    "rung_chief_executive": "Chief executive of HMPPS",
}
DUTIES = {
    "acknowledge": _("Acknowledge the alert"),
    "immediate": _("An action with owner and date for every concern"),
    "response": _("Written response"),
    "reading": _("Reading"),
    "checkpoint": _("Checkpoint at the level above"),
    "worsened": _("A reading got worse"),
}
ENDED = ("stood_down", "withdrawn")
ONE_DAY = dt.timedelta(days=1)


# --- Facts -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pause:
    """Days on which no clock of the alert runs, both included."""

    starts: dt.date
    ends: dt.date


@dataclass(frozen=True)
class Entry:
    """One reading of a measure, in the order in which they were entered. ``was``: the value before it, where it got
    worse beyond the margin and that value is known."""

    reading: int
    entered: dt.datetime
    as_at: dt.date | None
    value: Decimal
    worsened: bool = False
    was: Decimal | None = None


@dataclass(frozen=True)
class Series:
    """One measure. ``worse``: "up" or "down". ``read_before``: the latest day that it was read for by a reading of this
    cycle which is not among ``entries``."""

    measure: int
    name: str
    worse: str = "up"
    entries: tuple[Entry, ...] = ()
    read_before: dt.date | None = None


@dataclass(frozen=True)
class Facts:
    """An alert as far as its clocks depend on it. Days are days in London.

    ``covered_on``: the day by which, for the first time, every concern had an action with owner and date. ``rounds``:
    (day of the response, day of its return or None) each. ``accepted_on``, ``checkpoints``, ``series``: of this cycle.
    ``without``: rungs that the place does not have.
    """

    alert: int
    state: str
    cycle: int
    live: bool
    raised_on: dt.date | None
    acknowledged_on: dt.date | None = None
    covered_on: dt.date | None = None
    rounds: tuple[tuple[dt.date, dt.date | None], ...] = ()
    accepted_on: dt.date | None = None
    checkpoints: tuple[dt.datetime, ...] = ()
    series: tuple[Series, ...] = ()
    pauses: tuple[Pause, ...] = field(default=())
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, order=True)
class Duty:
    """One thing that is to be done by the end of a day. ``done_on`` None: not yet. ``occasion`` tells it apart from
    the same duty at another time; it holds no limit, so that one that is set otherwise does not climb anew."""

    due: dt.date
    kind: str
    occasion: str
    words: str = field(default="", compare=False)
    done_on: dt.date | None = field(default=None, compare=False)

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


@lru_cache(maxsize=4096)
def _working_day(day: dt.date, count: int, works) -> dt.date:
    """Asked thousands of times about the same few days when thousands of alerts are looked at."""
    while count > 0:
        day += ONE_DAY
        count -= works(day)
    return day


class Calendar:
    """Working days of England and Wales on which the alert is not paused."""

    def __init__(self, pauses=()):
        self.pauses = pauses

    def paused(self, day: dt.date) -> bool:
        return bool(self.pauses) and any(pause.starts <= day <= pause.ends for pause in self.pauses)

    def add(self, day: dt.date, count: int) -> dt.date:
        """The ``count``-th working day after ``day``."""
        if not self.pauses:
            return _working_day(day, count, is_working_day)
        while count > 0:
            day += ONE_DAY
            count -= is_working_day(day) and not self.paused(day)
        return day

    def add_days(self, day: dt.date, count: int) -> dt.date:
        """``count`` days after ``day``, those of a pause not counted."""
        if not self.pauses:
            return day + dt.timedelta(days=count)
        while count > 0:
            day += ONE_DAY
            count -= not self.paused(day)
        return day

    def running(self, day: dt.date) -> dt.date:
        """``day``, or the first one after it that is not paused."""
        while self.paused(day):
            day += ONE_DAY
        return day


# --- Duties ------------------------------------------------------------------------------------------------------


def duties(facts: Facts, limits=DEFAULT_LIMITS) -> list[Duty]:
    """All that was and is to be done in this cycle, by date. Empty for one that is historic, has ended, or whose day of
    raising nobody has entered."""
    if not facts.live or facts.raised_on is None or facts.state in ENDED:
        return []
    calendar = Calendar(facts.pauses)
    found = list(_first_steps(facts, limits, calendar)) if facts.cycle == 1 else []
    if facts.accepted_on:
        for one in facts.series:
            found += _readings(facts, one, limits, calendar)
            found += _worsenings(facts, one)
        found += _checkpoints(facts, limits, calendar)
    return sorted(found)


def _duty(facts, kind, due, turn, done_on=None, words="") -> Duty:
    return Duty(due, kind, f"cycle {facts.cycle} {kind} {turn}", words or DUTIES[kind], done_on)


def _first_steps(facts, limits, calendar) -> Iterator[Duty]:
    """Acknowledged, covered and answered; after a reopening none of these is asked for again."""
    raised = facts.raised_on
    # What a report prints as answered was acknowledged, on a day that nobody knows.
    answered = raised if facts.state != "raised" else None
    yield _duty(
        facts, "acknowledge", calendar.add(raised, limits["alert_acknowledge"]), "first",
        facts.acknowledged_on or answered,
    )  # fmt: skip
    # An accepted response is enough, also when its actions were not written down here.
    covered = facts.covered_on or facts.accepted_on
    yield _duty(facts, "immediate", calendar.add(raised, limits["alert_immediate"]), "first", covered)
    due, turn, words = calendar.add(raised, limits["alert_response"]), "first", ""
    rounds = facts.rounds
    if not rounds and facts.state not in ("raised", "acknowledged"):
        rounds = ((raised, None),)
    for number, (responded_on, returned_on) in enumerate(rounds, start=1):
        yield _duty(facts, "response", due, turn, responded_on, words)
        if returned_on is None:
            return
        due = calendar.add(returned_on, limits["alert_returned"])
        turn, words = f"after return {number}", _("Written response, after its return")
    yield _duty(facts, "response", due, turn, None, words)


def _readings(facts, one, limits, calendar) -> Iterator[Duty]:
    """One for each day up to which the measure was read: done by the next reading for a later day."""
    read_for = max(filter(None, [one.read_before, facts.accepted_on]))
    entered_on, words = facts.accepted_on, f"Reading of {one.name}"

    def duty(done_on=None):
        # A late reading of long ago does not make the next one late before it could be entered.
        due = max(calendar.add_days(read_for, limits["alert_reading"]), entered_on)
        return _duty(facts, "reading", due, f"{one.measure} since {read_for}", done_on, words)

    for entry in one.entries:
        if entry.as_at is not None and entry.as_at > read_for:
            yield duty(london_day(entry.entered))
            read_for, entered_on = entry.as_at, london_day(entry.entered)
    yield duty()


def _worsenings(facts, one) -> Iterator[Duty]:
    """Late on the day on which it is read: nobody waits for a limit when people are less safe than before."""
    for entry in one.entries:
        answered = answered_at(entry, one, facts.checkpoints) if entry.worsened else None
        if entry.worsened and (answered is None or answered > entry.entered):
            before = london_day(entry.entered) - ONE_DAY
            done_on = answered and london_day(answered)
            yield _duty(facts, "worsened", before, entry.reading, done_on, f"{one.name} got worse")


def answered_at(entry: Entry, one: Series, checkpoints: Iterable[dt.datetime]) -> dt.datetime | None:
    """When a worsening was answered: by a checkpoint at the level above, by a reading for a later day that is back
    where it was, or by another reading for the same day, which corrects it. None while it is not."""
    found = [at for at in checkpoints if at > entry.entered]
    for other in one.entries:
        if other.as_at is None or entry.as_at is None:
            continue
        if other.as_at == entry.as_at and other.reading > entry.reading:
            found.append(other.entered)
        elif other.as_at > entry.as_at and entry.was is not None and not _is_worse(entry.was, other.value, one.worse):
            found.append(max(other.entered, entry.entered))
    return min(found, default=None)


def _checkpoints(facts, limits, calendar) -> Iterator[Duty]:
    since = facts.accepted_on
    for at in [*facts.checkpoints, None]:
        due = calendar.add_days(since, limits["alert_checkpoint"])
        held_on = at and london_day(at)
        yield _duty(facts, "checkpoint", due, f"since {since}", held_on)
        since = held_on


# --- Rungs -------------------------------------------------------------------------------------------------------


def rungs_past(duty: Duty, facts: Facts, limits, calendar: Calendar) -> Iterator[Rung]:
    """Each rung past this duty. One that would have come after the duty was done is left out: it never stood."""
    if duty.done_on is not None and duty.done_on <= duty.due:
        return
    for name in RUNGS:
        if name not in facts.without:
            on = calendar.running(calendar.add(duty.due, limits[name]) + ONE_DAY)
            if duty.done_on is None or duty.done_on >= on:
                yield Rung(on, name, duty.kind, duty.occasion, duty.due)


def rungs(facts: Facts, limits=DEFAULT_LIMITS) -> list[Rung]:
    """Every rung that stands or would stand if nobody acts, in the order of their days."""
    calendar = Calendar(facts.pauses)
    return sorted(rung for duty in duties(facts, limits) for rung in rungs_past(duty, facts, limits, calendar))


@dataclass(frozen=True)
class Look:
    """What the clocks of an alert come to at a moment. ``unsaid``: every rung that was not recorded, by day;
    ``stands``: those of them that stand now; ``late``: the occasions of what is late; ``first``: what is due first."""

    unsaid: list[Rung]
    stands: list[Rung]
    late: frozenset[str]
    first: Duty | None

    @property
    def next_moment(self) -> dt.date:
        """The day from which on there is a rung to record; `NO_DATE` where there will be none."""
        return min((rung.reached_on for rung in self.unsaid), default=NO_DATE)

    @property
    def moment_after(self) -> dt.date:
        """The same, once what stands is recorded."""
        stands = set(self.stands)
        return min((rung.reached_on for rung in self.unsaid if rung not in stands), default=NO_DATE)


def look(facts: Facts, now: dt.datetime, limits=DEFAULT_LIMITS, recorded: Collection[tuple[str, str]] = ()) -> Look:
    """``recorded``: (occasion, name of the rung) each. On a day of a pause no rung is added."""
    today, calendar = london_day(now), Calendar(facts.pauses)
    found = duties(facts, limits)
    unsaid = sorted(
        (
            rung
            for duty in found
            for rung in rungs_past(duty, facts, limits, calendar)
            if (rung.occasion, rung.name) not in recorded
        ),
        key=in_turn,
    )
    stands = [] if calendar.paused(today) else [rung for rung in unsaid if rung.reached_on <= today]
    late = frozenset(duty.occasion for duty in found if duty.is_late(today))
    return Look(unsaid, stands, late, next((duty for duty in found if duty.done_on is None), None))


def reached(facts: Facts, now: dt.datetime, limits=DEFAULT_LIMITS) -> list[Rung]:
    """The rungs that stand at the moment ``now``."""
    return look(facts, now, limits).stands


def in_turn(rung: Rung):
    """By day; on the same day lower rungs first."""
    return rung.reached_on, rung.due, rung.occasion, list(RUNGS).index(rung.name)


def next_up(facts: Facts, now: dt.datetime, limits=DEFAULT_LIMITS) -> tuple[Duty | None, Rung | None]:
    """What is due next, the latest first if late, and the next rung that will be reached if it does not happen."""
    today = london_day(now)
    open_ones = [duty for duty in duties(facts, limits) if duty.done_on is None]
    ahead = [rung for rung in rungs(facts, limits) if rung.reached_on > today]
    return min(open_ones, default=None), min(ahead, key=in_turn, default=None)


# --- Readings ----------------------------------------------------------------------------------------------------


def _is_worse(earlier, later, worse: str) -> bool:
    return later > earlier if worse == "up" else later < earlier


def has_worsened(earlier, later, worse: str, margin: int) -> bool:
    """Whether a reading is worse than the one before by more than ``margin`` per cent. ``worse``: "up" or "down"."""
    change = later - earlier if worse == "up" else earlier - later
    return change * 100 > abs(earlier) * margin


def meets(value, target, worse: str) -> bool:
    """Whether a value is as good as its target, or better; without a target every one is."""
    return target is None or not _is_worse(target, value, worse)


def deadline(day: dt.date) -> dt.datetime:
    """11:59pm in London on that day, summer time or not."""
    return dt.datetime.combine(day, dt.time(23, 59), tzinfo=LONDON)


# --- What was covered when ---------------------------------------------------------------------------------------


def first_covered(
    concerns: Iterable[int], changes: Iterable[tuple[dt.datetime, int, Collection[int]]]
) -> dt.date | None:
    """The day on which, for the first time, every concern had an action that counts. None: never, or no concern.

    ``changes``: (when, action, the concerns that it answers from then on; none while it lacks an owner or a date, or
    is cancelled), in the order of time.
    """
    concerns, answered = set(concerns), {}
    for at, action, its in changes:
        answered[action] = its
        if its and concerns and concerns <= set().union(*answered.values()):
            return london_day(at)
    return None
