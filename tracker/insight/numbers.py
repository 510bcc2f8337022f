"""What a place's recommendations come to on a day: rows in, frozen numbers out. Pages draw these and papers print them.

Open are follow-ups that are not closed, whether or not their clock runs; overdue is only what has one. Every number
here has a list with filters that shows exactly its rows.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Q, Sum, Value
from django.db.models.functions import TruncMonth

from inspections.models import Level, Organisation
from tracker.alerts.models import AlertCase
from tracker.alerts.rules import ALERT_STATES, OPEN_ALERT
from tracker.journal.models import Event
from tracker.plans.dates import DATED, LATER
from tracker.plans.filters import closed_in
from tracker.plans.models import Action, FollowUp
from tracker.plans.rules import CLOSINGS, OPEN_ACTION, OPEN_FOLLOW_UP, RESPONSES
from tracker.working_days import LONDON, NO_DATE, day_begins, first_of

MONTHS = 12
# Days since publication, both ends included; None: no end.
AGES = ((0, 30), (31, 90), (91, 180), (181, 365), (366, None))
# What a line of the journal does to the number of open recommendations.
ADDS = {"follow_up_opened": "new", "reopened": "reopened", "risk_review_due": "reopened"}
TAKES = (*CLOSINGS, "follow_up_withdrawn")
# A corrected report names another place: among all places of an overview that comes to nothing.
MOVES = {"follow_up_moved_here": 1, "follow_up_moved_away": -1}


@dataclass(frozen=True)
class Month:
    """How the number of open recommendations moved: opening + new + reopened - closed = closing."""

    first: dt.date
    opening: int
    new: int
    reopened: int
    closed: int
    closing: int


@dataclass(frozen=True)
class Age:
    """How many open ones were published so many days ago; ``youngest`` None: the day of publication is not known."""

    youngest: int | None
    oldest: int | None
    count: int

    @property
    def words(self) -> str:
        if self.youngest is None:
            return "Not known"
        return f"{self.youngest} to {self.oldest} days" if self.oldest else f"Over {self.youngest - 1} days"


@dataclass(frozen=True)
class Slip:
    """Of one organisation's actions with a date: how many moved, how often, and how many days they are later in all."""

    organisation: Organisation
    dated: int
    moved: int
    times: int
    days: int


@dataclass(frozen=True)
class Responses:
    """Of one level's open and closed recommendations, how they were answered."""

    level: str
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def answered(self) -> int:
        return self.total - self.counts.get("awaiting", 0)


@dataclass(frozen=True)
class Overview:
    """``newly`` overdue since the first of the month of ``day``, ``carried`` from before; both count actions."""

    day: dt.date
    open: int
    historic: int  # of these, without a clock
    awaiting: int
    late_responses: int  # of these, past the day by which they were to be answered
    claimed: int
    newly: int
    carried: int
    closed: int  # recommendations in the month of ``day``; `months` counts every closing
    months: tuple[Month, ...]
    ages: tuple[Age, ...]
    slips: tuple[Slip, ...]
    responses: tuple[Responses, ...]
    alerts: tuple[tuple[str, int], ...]  # state in words, how many

    @property
    def overdue(self) -> int:
        return self.newly + self.carried


def overview(user, place: Organisation, day: dt.date) -> Overview:
    """The numbers of ``place`` and all below it as they are on ``day``, today, for somebody who may see its work.

    Nine queries, however many rows; those of a hundred thousand are answered by an index alone.
    """
    below = None if place.level == Level.HMPPS else places_of(place)
    places, first = Organisation.objects.in_bulk(), day.replace(day=1)
    follow_ups, actions = work_of(user, place, below)
    late = actions.filter(state__in=OPEN_ACTION, live=True, due_by__lt=day)
    before = first - dt.timedelta(days=1)  # due on the last of a month, it is late on the first of the next
    counted, answered = standing(follow_ups, places)
    counted |= how_many(
        late_responses=late_responses(follow_ups, day),
        claimed=actions.filter(state="claimed"),
        newly=late.filter(due_by__gte=before),
        carried=late.filter(due_by__lt=before),
        closed=follow_ups.filter(closed_in(first)),
    )
    return Overview(
        day=day,
        **counted,
        months=flow(below, day, counted["open"]),
        ages=ages(follow_ups.filter(state__in=OPEN_FOLLOW_UP), day, counted["open"]),
        slips=slips(actions, places),
        responses=answered,
        alerts=alerts(user, below),
    )


def late_responses(follow_ups, day: dt.date):
    """Those that are still awaited after the day on which something of them was due. As the list's filters say it."""
    return follow_ups.filter(state="awaiting", live=True, next_due__lt=day)


def work_of(user, place, below) -> tuple:
    """(follow-ups, actions) of ``place`` and all ``below`` it, as far as ``user`` sees them.

    Who sees the work of a place sees all of it but what is restricted. That is looked up first: it is little, and
    mostly nothing, and then nothing is to be asked of each row.
    """
    follow_ups, actions = FollowUp.objects.order_by(), Action.objects.order_by()
    if user.access.sees_work_of(place.line):
        actions = actions.exclude(pk__in=list(actions.kept_from(user).values_list("pk", flat=True)))
    else:
        follow_ups, actions = follow_ups.visible_to(user), actions.visible_to(user)
    return within(follow_ups, below, "addressee"), within(actions, below)


def within(rows, below, place="organisation"):
    """Those of the places ``below``; None: of all, and then no row is asked for its place."""
    return rows if below is None else rows.filter(**{f"{place}__in": below})


def how_many(**rows) -> dict[str, int]:
    """How many each of the querysets has. One query."""
    first, *others = (
        found.annotate(which=Value(name)).values_list("which").annotate(count=Count("pk"))
        for name, found in rows.items()
    )
    return dict.fromkeys(rows, 0) | dict(first.union(*others, all=True))


def standing(follow_ups, places) -> tuple[dict[str, int], tuple[Responses, ...]]:
    """How many are open, historic and awaiting; and how they were answered by level, from the PDUs up; a level without
    a recommendation is left out. ``places``: every organisation by its id."""
    counts = {"open": 0, "historic": 0, "awaiting": 0}
    found = defaultdict(lambda: defaultdict(int))
    rows = follow_ups.values_list("addressee", "state", "live", "response").annotate(count=Count("*"))
    for addressee, state, live, response, count in rows:
        is_open = state in OPEN_FOLLOW_UP
        counts["open"] += is_open * count
        counts["historic"] += (is_open and not live) * count
        counts["awaiting"] += (state == "awaiting") * count
        found[places[addressee].level][response] += count
    return counts, by_level(found)


def places_of(place: Organisation):
    """``place`` and all below it, as a subquery of ids."""
    found = Q(pk=place.pk) | Q(parent=place.pk) | Q(parent__parent=place.pk)
    return Organisation.objects.filter(found).order_by().values("pk")


def flow(below, day, open_now, months=MONTHS) -> tuple[Month, ...]:
    """The last ``months`` months up to ``day``, oldest first: by the journal, back from what is open now."""
    firsts = [first_of(day, back) for back in range(months - 1, -1, -1)]
    since, until = day_begins(firsts[0]), day_begins(day + dt.timedelta(days=1))
    rows = Event.objects.filter(subject_kind="followup", deed__in=[*ADDS, *TAKES, *MOVES], at__gte=since, at__lt=until)
    rows = within(rows, below).order_by().annotate(month=TruncMonth("at", tzinfo=LONDON)).values_list("month", "deed")
    moved, came = defaultdict(lambda: {"new": 0, "reopened": 0, "closed": 0}), defaultdict(int)
    for month, deed, count in rows.annotate(count=Count("*")):
        if deed in MOVES:
            came[month.date()] += MOVES[deed] * count
        else:
            moved[month.date()][ADDS.get(deed, "closed")] += count
    for first, net in came.items():
        moved[first]["new" if net > 0 else "closed"] += abs(net)
    found, closing = [], open_now
    for first in reversed(firsts):
        one = moved[first]
        opening = closing - one["new"] - one["reopened"] + one["closed"]
        found.append(Month(first=first, opening=opening, closing=closing, **one))
        closing = opening
    return tuple(reversed(found))


def ages(open_ones, day, total=None) -> tuple[Age, ...]:
    """``total``: how many ``open_ones`` are, where that is known. Only the young ones are looked at: the old ones are
    the rest."""
    total = open_ones.count() if total is None else total
    bands, found = [band(day, young, old) for young, old in AGES], defaultdict(int)
    young = open_ones.filter(Q(inspection__published__gte=bands[-2][0]) | Q(inspection__published=None))
    for published, count in young.values_list("inspection__published").annotate(count=Count("*")):
        ours = (n for n, (first, last) in enumerate(bands) if published and first <= published <= last)
        found[next(ours, -1)] += count
    found[len(bands) - 1] = total - sum(found.values())
    return in_bands(found)


def in_bands(rows: dict[int, int]) -> tuple[Age, ...]:
    """``rows``: how many by position in `AGES`; -1: the day of publication is not known."""
    found = [Age(young, old, rows.get(n, 0)) for n, (young, old) in enumerate(AGES)]
    if unknown := rows.get(-1, 0):
        found.append(Age(None, None, unknown))
    return tuple(found)


def band(day: dt.date, youngest: int, oldest: int | None) -> tuple[dt.date, dt.date]:
    """(first, last) day of publication of what is so many days old; what is not published yet counts as of today."""
    last = day - dt.timedelta(days=youngest) if youngest else NO_DATE
    return (day - dt.timedelta(days=oldest) if oldest is not None else dt.date.min), last


def slips(actions, places) -> tuple[Slip, ...]:
    """By organisation, those that slipped most first; only those of which something moved. ``places``: every
    organisation by its id."""
    dated = actions.filter(DATED).values_list("organisation")
    moved = list(
        dated.filter(times_moved__gt=0).annotate(
            moved=Count("pk"), times=Sum("times_moved"), days=Sum(LATER, default=dt.timedelta())
        )
    )
    dated = dict(dated.annotate(count=Count("*")))
    return most_first(Slip(places[pk], dated[pk], count, times, days.days) for pk, count, times, days in moved)


def most_first(slips) -> tuple[Slip, ...]:
    return tuple(sorted(slips, key=lambda one: (-one.days, one.organisation.name)))


def by_level(found: dict[str, dict[str, int]]) -> tuple[Responses, ...]:
    order = {response: n for n, response in enumerate(RESPONSES)}
    return tuple(
        Responses(level, dict(sorted(found[level].items(), key=lambda pair: order[pair[0]])))
        for level in (Level.PDU, Level.REGION, Level.HMPPS)
        if found.get(level)
    )


def alerts(user, below) -> tuple[tuple[str, int], ...]:
    """How many alerts the reader may know of are in each state; open ones first."""
    rows = within(AlertCase.objects.visible_to(user), below).order_by()
    return open_ones_first(dict(rows.values_list("state").annotate(count=Count("pk"))))


def open_ones_first(counts: dict[str, int]) -> tuple[tuple[str, int], ...]:
    order = [*OPEN_ALERT, *(state for state in ALERT_STATES if state not in OPEN_ALERT)]
    return tuple((ALERT_STATES[state], counts[state]) for state in order if state in counts)
