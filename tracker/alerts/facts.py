"""What the clocks of alerts depend on, read in a number of queries that does not grow.

Many alerts are read in bulk, as plain columns (`read`); the page of one gives the rows that it shows (`of_page`).
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import F, Max, Q

from tracker.clocks.operations import Limits
from tracker.journal.models import Event
from tracker.plans.models import Action
from tracker.working_days import NO_DATE, london_day

from . import ladder
from .models import Checkpoint, Concern, Measure, Pause, Reading
from .posts import Posts

# Readings from so far back are looked at one by one: so long an outage of the scheduler is caught up with.
LOOK_BACK = dt.timedelta(days=92)
_ON_ACTIONS = ("action_added", "action_changed", "assigned", "action_cancelled", "concerns_linked")
_ON_ALERTS = ("alert_responded", "alert_returned")


@dataclass(frozen=True)
class Clock:
    """The clocks of one alert: its facts and the limits in force for its place."""

    facts: ladder.Facts
    limits: dict[str, int]

    def duties(self) -> list[ladder.Duty]:
        return ladder.duties(self.facts, self.limits)

    def rungs(self) -> list[ladder.Rung]:
        return ladder.rungs(self.facts, self.limits)

    def look(self, now: dt.datetime, recorded=()) -> ladder.Look:
        return ladder.look(self.facts, now, self.limits, recorded)

    def next_up(self, now: dt.datetime) -> tuple[ladder.Duty | None, ladder.Rung | None]:
        return ladder.next_up(self.facts, now, self.limits)


@dataclass(frozen=True)
class Known:
    """By alert id. ``checkpoints`` and ``series``: of this cycle; ``rounds``: of those of which one was returned."""

    pauses: dict[int, list[ladder.Pause]]
    checkpoints: dict[int, list[dt.datetime]]
    series: dict[int, list[ladder.Series]]
    covered: dict[int, dt.date | None]
    rounds: dict[int, tuple]


def clocks(
    cases, now: dt.datetime, posts: Posts | None = None, limits: Limits | None = None, known: Known | None = None
) -> dict[int, Clock]:
    """By alert id. The organisation of each case has to be loaded with the levels above it."""
    cases = list(cases)
    posts, limits = posts or Posts(london_day(now)), limits or Limits()
    known = known or read([case for case in cases if is_running(case)], now)
    found, of_place = {}, {}
    for case in cases:
        if case.organisation_id not in of_place:
            line = limits.for_line(case.organisation.line)
            of_place[case.organisation_id] = (posts.without(case.organisation), line)
        without, in_force = of_place[case.organisation_id]
        single = ((_day(case.responded_at), None),) if case.responded_at else ()
        found[case.pk] = Clock(
            ladder.Facts(
                alert=case.pk,
                state=case.state,
                cycle=case.cycle,
                live=case.live,
                raised_on=_day(case.raised_at),
                acknowledged_on=_day(case.acknowledged_at),
                covered_on=known.covered.get(case.pk),
                rounds=known.rounds.get(case.pk, single),
                accepted_on=_day(case.accepted_at),
                checkpoints=tuple(known.checkpoints.get(case.pk, ())),
                series=tuple(known.series.get(case.pk, ())),
                pauses=tuple(known.pauses.get(case.pk, ())),
                without=without,
            ),
            in_force,
        )
    return found


def is_running(case) -> bool:
    return case.live and case.raised_at is not None and case.state not in ladder.ENDED


def _day(at: dt.datetime | None) -> dt.date | None:
    return at and london_day(at)


# --- In bulk -----------------------------------------------------------------------------------------------------


def read(cases, now) -> Known:
    """At most nine queries, however many cases."""
    ids = [case.pk for case in cases]
    held = Checkpoint.objects.filter(alert__in=ids, cycle=F("alert__cycle")).order_by("at", "pk")
    ask = [case for case in cases if _asks_for_cover(case, now)]
    concerns = _grouped(Concern.objects.filter(alert__in=[one.pk for one in ask]), "alert_id", "pk", "position")
    actions = Action.objects.filter(alert__in=[one.pk for one in ask]).order_by("pk", "concerns")
    actions = _grouped(
        actions, "alert_id", "pk", "added_at", "owner_post_id", "owner_person_id", "due_by", "state", "concerns"
    )
    covered, rounds = _from_journal(cases, ask, concerns, actions)
    return Known(
        pauses=pauses_of(ids),
        checkpoints={alert: [at for (at,) in its] for alert, its in _grouped(held, "alert_id", "at").items()},
        series=_series(ids, now),
        covered=covered,
        rounds=rounds,
    )


def pauses_of(ids) -> dict[int, list[ladder.Pause]]:
    """One query."""
    rows = _grouped(Pause.objects.filter(alert__in=ids).order_by("starts", "pk"), "alert_id", "starts", "ends")
    return {alert: [ladder.Pause(*days) for days in its] for alert, its in rows.items()}


def _grouped(rows, by, *columns) -> dict[int, list[tuple]]:
    found = defaultdict(list)
    for key, *values in rows.values_list(by, *columns):
        found[key].append(tuple(values))
    return found


def _series(alerts, now) -> dict[int, list[ladder.Series]]:
    """The measures of each alert with what was read in this cycle; older readings only by their latest day."""
    measures = Measure.objects.filter(alert__in=alerts).order_by("alert", "position")
    measures = list(measures.values_list("alert_id", "pk", "name", "worse"))
    ids = [pk for _, pk, *_ in measures]
    of_cycle = Reading.objects.filter(measure__in=ids, at__gt=F("measure__alert__accepted_at"))
    earlier = of_cycle.filter(at__lt=now - LOOK_BACK).order_by().values("measure").annotate(last=Max("as_at"))
    read_before = dict(earlier.values_list("measure", "last"))
    rows = of_cycle.filter(at__gte=now - LOOK_BACK).order_by("at", "pk")
    recent = _grouped(rows, "measure_id", "pk", "at", "as_at", "value", "worsened")
    worse = [measure for measure, its in recent.items() if any(worsened for *_, worsened in its)]
    values = _grouped(Reading.objects.filter(measure__in=worse).order_by("pk"), "measure_id", "as_at", "value")
    found = defaultdict(list)
    for alert, pk, name, how in measures:
        entries = _entries(recent.get(pk, ()), values.get(pk, ()))
        found[alert].append(ladder.Series(pk, name, how, entries, read_before.get(pk)))
    return found


def _entries(rows, values) -> tuple[ladder.Entry, ...]:
    """``rows``: (reading, at, as_at, value, worsened) in the order of entering; ``values``: (as_at, value) of all that
    were ever entered, asked for where one got worse."""
    by_day = {as_at or dt.date.min: value for as_at, value in values}
    found = []
    for pk, at, as_at, value, worsened in rows:
        was = None
        if worsened and as_at is not None:
            was = by_day.get(max((day for day in by_day if day < as_at), default=None))
        found.append(ladder.Entry(pk, at, as_at, value, worsened, was))
    return tuple(found)


# --- Of one page -------------------------------------------------------------------------------------------------


def of_page(case, now, *, pauses, checkpoints, measures, concerns, actions) -> Known:
    """What the clocks of ``case`` depend on, out of the rows that its page shows: measures with ``rows``, all their
    readings, and actions with ``answers``, ids of concerns. One query, for the journal."""
    if not is_running(case):
        return Known({}, {}, {}, {}, {})
    series = []
    for one in measures:
        entered = sorted(one.rows, key=lambda row: (row.at, row.pk))
        of_cycle = [row for row in entered if case.accepted_at is not None and row.at > case.accepted_at]
        recent = [row for row in of_cycle if row.at >= now - LOOK_BACK]
        days = [row.as_at for row in of_cycle if row.at < now - LOOK_BACK and row.as_at is not None]
        facts = [(row.pk, row.at, row.as_at, row.value, row.worsened) for row in recent]
        values = [(row.as_at, row.value) for row in sorted(one.rows, key=lambda row: row.pk)]
        series.append(ladder.Series(one.pk, one.name, one.worse, _entries(facts, values), max(days, default=None)))
    acts = [
        (act.pk, act.added_at, act.owner_post_id, act.owner_person_id, act.due_by, act.state, concern)
        for act in actions
        for concern in act.answers or [None]
    ]
    ask = [case] if _asks_for_cover(case, now) else []
    covered, rounds = _from_journal(
        [case], ask, {case.pk: [(one.pk, one.position) for one in concerns]}, {case.pk: acts}
    )  # fmt: skip
    return Known(
        pauses={case.pk: [ladder.Pause(one.starts, one.ends) for one in pauses]},
        checkpoints={case.pk: sorted(one.at for one in checkpoints if one.cycle == case.cycle)},
        series={case.pk: series},
        covered=covered,
        rounds=rounds,
    )


# --- As the journal tells it -------------------------------------------------------------------------------------


def _asks_for_cover(case, now) -> bool:
    """Of an alert accepted long ago nobody asks any more whether its concerns were covered in time."""
    return case.cycle == 1 and not (case.accepted_at and case.accepted_at <= now - LOOK_BACK)


def _from_journal(cases, ask, concerns, actions) -> tuple[dict[int, dt.date | None], dict[int, tuple]]:
    """(the day on which for the first time each concern had an action with owner and date; every response with its
    return, of alerts of which one was returned: the row itself knows the last only). One query.

    An action that is given up later was there all the same. ``concerns``: {alert: [(id, position)]}; ``actions``:
    {alert: [(id, added at, owner's post, owner, date, state, a concern or None)]}, a line for each concern.
    """
    returned = [case.pk for case in cases if case.cycle == 1 and case.returned_at is not None]
    ids = {pk for its in actions.values() for pk, *_ in its}
    events = Event.objects.filter(
        Q(subject_kind="alertcase", subject_id__in=returned, deed__in=_ON_ALERTS)
        | Q(subject_kind="action", subject_id__in=ids, deed__in=_ON_ACTIONS)
    )
    told, rounds = defaultdict(list), defaultdict(list)
    lines = events.order_by("at", "pk").values_list("subject_kind", "subject_id", "at", "pk", "deed", "after")
    for kind, pk, at, turn, deed, after in lines:
        if kind == "action":
            told[pk].append((at, turn, deed, after))
        elif deed == "alert_responded":
            rounds[pk].append((london_day(at), None))
        elif rounds[pk]:
            rounds[pk][-1] = (rounds[pk][-1][0], london_day(at))
    covered = {case.pk: _day(case.raised_at) for case in cases if case.cycle == 1}
    for case in ask:
        its = {position: pk for pk, position in concerns.get(case.pk, ())}
        changes = sorted(_changes(actions.get(case.pk, ()), told, its), key=lambda one: one[:2])
        covered[case.pk] = ladder.first_covered(its.values(), [(at, act, ids) for at, _, act, ids in changes])
    return covered, {alert: tuple(its) for alert, its in rounds.items()}


def _changes(lines, told, concerns):
    """(when, turn, action, the concerns that it answers from then on) of each change of an alert's actions."""
    rows, answers = {}, defaultdict(set)
    for pk, *row, concern in lines:
        rows[pk] = row
        if concern is not None:
            answers[pk].add(concern)
    for pk, (at, post, person, due, state) in rows.items():
        if told[pk] and told[pk][0][2] == "action_added":
            yield from _told(pk, told[pk], concerns, answers[pk])
        else:  # what came in by another way than by a deed is taken as it is
            counts = bool(post or person) and due != NO_DATE and state != "cancelled"
            yield at, 0, pk, answers[pk] if counts else ()


def _told(action, its, concerns, answers):
    """What the events of one action, from its first on, make of it. Where none says which concerns it answers, it
    always answered ``answers``."""
    owner = date = given_up = False
    linked = () if any("concerns" in after for *_, after in its) else answers
    for at, turn, deed, after in its:
        if deed == "action_added":
            owner = after.get("owner", "No owner") != "No owner"
        elif {"owner_post", "owner_person"} & set(after):
            owner = any(after.get(name) is not None for name in ("owner_post", "owner_person"))
        if "due_by" in after:
            date = after["due_by"] != "no date"
        if "concerns" in after:
            linked = [concerns[n] for n in positions(after["concerns"]) if n in concerns]
        given_up = given_up or deed == "action_cancelled"
        yield at, turn, action, linked if owner and date and not given_up else ()


def positions(words: str) -> list[int]:
    """Those of the concerns that the journal names: "1, 3"."""
    return [int(word) for word in words.split(", ") if word.isdecimal()]
