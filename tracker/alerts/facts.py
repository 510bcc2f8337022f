"""What the clocks of alerts depend on, read in a number of queries that does not grow."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import F, Max

from tracker.clocks.operations import Limits
from tracker.journal.models import Event
from tracker.plans.models import Action
from tracker.working_days import NO_DATE, london_day

from . import ladder
from .models import AlertCase, Checkpoint, Concern, Measure, Pause, Reading
from .posts import Posts

# Readings from so far back are looked at one by one: so long an outage of the scheduler is caught up with.
LOOK_BACK = dt.timedelta(days=92)
_ON_ACTIONS = ("action_added", "action_changed", "assigned", "action_cancelled")


@dataclass(frozen=True)
class Clock:
    """The clocks of one alert: its facts and the limits in force for its place."""

    facts: ladder.Facts
    limits: dict[str, int]

    def duties(self) -> list[ladder.Duty]:
        return ladder.duties(self.facts, self.limits)

    def rungs(self) -> list[ladder.Rung]:
        return ladder.rungs(self.facts, self.limits)

    def reached(self, now: dt.datetime) -> list[ladder.Rung]:
        return ladder.reached(self.facts, now, self.limits)

    def next_up(self, now: dt.datetime) -> tuple[ladder.Duty | None, ladder.Rung | None]:
        return ladder.next_up(self.facts, now, self.limits)


def clocks(cases, now: dt.datetime, posts: Posts | None = None, limits: Limits | None = None) -> dict[int, Clock]:
    """By alert id. The organisation of each case has to be loaded with the levels above it."""
    cases = list(cases)
    posts, limits = posts or Posts(london_day(now)), limits or Limits()
    running = [case for case in cases if case.live and case.raised_at is not None and case.state not in ladder.ENDED]
    ids = [case.pk for case in running]
    pauses = _grouped(Pause.objects.filter(alert__in=ids).order_by("starts", "pk"), "alert_id", "starts", "ends")
    held = Checkpoint.objects.filter(alert__in=ids, cycle=F("alert__cycle")).order_by("at", "pk")
    checkpoints = _grouped(held, "alert_id", "at")
    series = _series(ids, now)
    covered = _covered([case for case in running if case.cycle == 1], now)
    rounds = _rounds([case for case in running if case.cycle == 1 and case.returned_at is not None])
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
                covered_on=covered.get(case.pk),
                rounds=rounds.get(case.pk, single),
                accepted_on=_day(case.accepted_at),
                checkpoints=tuple(at for (at,) in checkpoints.get(case.pk, ())),
                series=tuple(series.get(case.pk, ())),
                pauses=tuple(ladder.Pause(*days) for days in pauses.get(case.pk, ())),
                without=without,
            ),
            in_force,
        )
    return found


def _day(at: dt.datetime | None) -> dt.date | None:
    return at and london_day(at)


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
    entries = _entries(of_cycle.filter(at__gte=now - LOOK_BACK), ids)
    found = defaultdict(list)
    for alert, pk, name, worse in measures:
        found[alert].append(ladder.Series(pk, name, worse, tuple(entries.get(pk, ())), read_before.get(pk)))
    return found


def _entries(rows, measures) -> dict[int, list[ladder.Entry]]:
    rows = list(rows.order_by("at", "pk").values_list("measure_id", "pk", "at", "as_at", "value", "worsened"))
    worse = {measure for measure, *_, worsened in rows if worsened}
    values = defaultdict(dict)  # of measures that got worse: what was read for each day
    known = Reading.objects.filter(measure__in=worse & set(measures)).order_by("pk")
    for measure, as_at, value in known.values_list("measure_id", "as_at", "value"):
        values[measure][as_at or dt.date.min] = value
    found = defaultdict(list)
    for measure, pk, at, as_at, value, worsened in rows:
        was = None
        if worsened and as_at is not None:
            before = max((day for day in values[measure] if day < as_at), default=None)
            was = values[measure].get(before)
        found[measure].append(ladder.Entry(pk, at, as_at, value, worsened, was))
    return found


def _rounds(cases) -> dict[int, tuple]:
    """Every response and its return, of alerts of which one was returned: the row itself knows the last only."""
    events = Event.objects.filter(
        subject_kind=AlertCase._meta.model_name, subject_id__in=[case.pk for case in cases],
        deed__in=["alert_responded", "alert_returned"],
    )  # fmt: skip
    found = defaultdict(list)
    for alert, at, deed in events.order_by("at", "pk").values_list("subject_id", "at", "deed"):
        if deed == "alert_responded":
            found[alert].append((london_day(at), None))
        elif found[alert]:
            found[alert][-1] = (found[alert][-1][0], london_day(at))
    return {alert: tuple(rounds) for alert, rounds in found.items()}


def _covered(cases, now) -> dict[int, dt.date | None]:
    """The day on which for the first time each concern had an action with owner and date, as the journal tells it: an
    action that is given up later was there all the same. Of an alert accepted long ago nobody asks any more."""
    old = now - LOOK_BACK
    found = {case.pk: _day(case.raised_at) for case in cases if case.accepted_at and case.accepted_at <= old}
    ids = [case.pk for case in cases if case.pk not in found]
    concerns = _grouped(Concern.objects.filter(alert__in=ids), "alert_id", "pk")
    answers = defaultdict(set)
    links = Action.concerns.through.objects.filter(concern__alert__in=ids)
    for concern, action in links.values_list("concern_id", "action_id"):
        answers[concern].add(action)
    changes = _changes({pk for its in answers.values() for pk in its})
    for alert, its in concerns.items():
        its = [concern for (concern,) in its]
        mine = {action for concern in its for action in answers[concern]}
        told = sorted((at, turn, action, counts) for action in mine for at, turn, counts in changes[action])
        found[alert] = ladder.first_covered(its, [(at, action, counts) for at, _, action, counts in told], answers)
    return found


def _changes(ids) -> dict[int, list[tuple]]:
    """{action: (when, turn, whether it has an owner and a date from then on) each}"""
    events = Event.objects.filter(subject_kind="action", subject_id__in=ids, deed__in=_ON_ACTIONS)
    lines = _grouped(events.order_by("at", "pk"), "subject_id", "at", "pk", "deed", "after")
    found = {pk: _told(its) for pk, its in lines.items() if its[0][2] == "action_added"}
    # What came in by another way than by a deed is taken as it is.
    rest = Action.objects.filter(pk__in=set(ids) - set(found))
    for pk, at, post, person, due, state in rest.values_list(
        "pk", "added_at", "owner_post_id", "owner_person_id", "due_by", "state"
    ):
        found[pk] = [(at, 0, bool(post or person) and due != NO_DATE and state != "cancelled")]
    return found


def _told(its) -> list[tuple]:
    """What the events of one action, from its first on, make of it."""
    owner = date = given_up = False
    found = []
    for at, turn, deed, after in its:
        if deed == "action_added":
            owner = after.get("owner", "No owner") != "No owner"
        elif {"owner_post", "owner_person"} & set(after):
            owner = any(after.get(name) is not None for name in ("owner_post", "owner_person"))
        if "due_by" in after:
            date = after["due_by"] != "no date"
        given_up = given_up or deed == "action_cancelled"
        found.append((at, turn, owner and date and not given_up))
    return found
