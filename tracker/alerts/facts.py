"""What the clocks of alerts depend on, read in a number of queries that does not grow."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import F, Max, Q

from tracker.clocks.operations import Limits
from tracker.journal.models import Event
from tracker.plans.models import Action
from tracker.working_days import NO_DATE, london_day

from . import ladder
from .models import AlertCase, Checkpoint, Concern, Escalation, Measure, Pause, Reading
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
    found = {}
    for case in cases:
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
                without=posts.without(case.organisation),
            ),
            limits.for_line(case.organisation.line),
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
    measures = list(Measure.objects.filter(alert__in=alerts).order_by("alert", "position"))
    ids = [measure.pk for measure in measures]
    of_cycle = Reading.objects.filter(measure__in=ids, at__gt=F("measure__alert__accepted_at"))
    earlier = of_cycle.filter(at__lt=now - LOOK_BACK).order_by().values("measure").annotate(last=Max("as_at"))
    read_before = dict(earlier.values_list("measure", "last"))
    entries = _entries(of_cycle.filter(at__gte=now - LOOK_BACK), ids)
    found = defaultdict(list)
    for one in measures:
        own = tuple(entries.get(one.pk, ()))
        found[one.alert_id].append(ladder.Series(one.pk, one.name, one.worse, own, read_before.get(one.pk)))
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
    action that is given up later was there all the same. Not of alerts accepted long ago."""
    ids = [case.pk for case in cases if case.accepted_at is None or case.accepted_at > now - LOOK_BACK]
    concerns = _grouped(Concern.objects.filter(alert__in=ids), "alert_id", "pk")
    answers = defaultdict(set)
    links = Action.concerns.through.objects.filter(concern__alert__in=ids)
    for concern, action in links.values_list("concern_id", "action_id"):
        answers[concern].add(action)
    actions = Action.objects.filter(pk__in={pk for its in answers.values() for pk in its}).order_by("pk")
    actions = {action.pk: action for action in actions}
    changes = _changes(actions)
    found = {}
    for alert, its in concerns.items():
        its = [concern for (concern,) in its]
        mine = {action for concern in its for action in answers[concern]}
        told = sorted((at, turn, action, counts) for action in mine for at, turn, counts in changes[action])
        found[alert] = ladder.first_covered(its, [(at, action, counts) for at, _, action, counts in told], answers)
    return found


def _changes(actions) -> dict[int, list[tuple]]:
    """{action: (when, turn, whether it has an owner and a date from then on) each}"""
    events = Event.objects.filter(subject_kind="action", subject_id__in=actions, deed__in=_ON_ACTIONS)
    lines = _grouped(events.order_by("at", "pk"), "subject_id", "at", "pk", "deed", "after")
    found = {}
    for pk, action in actions.items():
        its = lines.get(pk, [])
        if not its or its[0][2] != "action_added":  # it came in by another way than by a deed
            counts = bool(action.owner_post_id or action.owner_person_id) and action.due_by != NO_DATE
            found[pk] = [(action.added_at, 0, counts and action.state != "cancelled")]
            continue
        owner = date = given_up = False
        found[pk] = []
        for at, turn, deed, after in its:
            if deed == "action_added":
                owner = after.get("owner", "No owner") != "No owner"
            elif {"owner_post", "owner_person"} & set(after):
                owner = any(after.get(name) is not None for name in ("owner_post", "owner_person"))
            if "due_by" in after:
                date = after["due_by"] != "no date"
            given_up = given_up or deed == "action_cancelled"
            found[pk].append((at, turn, owner and date and not given_up))
    return found


# --- For the mails -----------------------------------------------------------------------------------------------


def late_for(cases, now) -> dict[int, list[tuple]]:
    """{alert: (post id or None, duty) each}: what is late now, with each post that was told of it."""
    cases = list(cases)
    told = defaultdict(set)
    rows = Escalation.objects.filter(alert__in=[case.pk for case in cases])
    for alert, occasion, post in rows.values_list("alert_id", "occasion", "post_id"):
        told[alert, occasion].add(post)
    today = london_day(now)
    return {
        pk: [
            (post, duty)
            for duty in clock.duties()
            if duty.is_late(today)
            for post in sorted(told[pk, duty.occasion], key=lambda post: post or 0)
        ]
        for pk, clock in clocks(cases, now).items()
    }


def is_running() -> Q:
    """Alerts whose clocks run."""
    return Q(live=True, raised_at__isnull=False) & ~Q(state__in=ladder.ENDED)
