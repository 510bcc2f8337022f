"""What a place's recommendations come to on a day: rows in, frozen numbers out. Pages draw these and papers print them.

Open are follow-ups that are not closed, whether or not their clock runs; overdue is only what has one. Every number
here has a list with filters that shows exactly its rows.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Case, Count, Q, Sum, Value, When
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

    Ten queries, however many rows.
    """
    below = places_of(place)
    follow_ups = FollowUp.objects.visible_to(user).filter(addressee__in=below).order_by()
    actions = Action.objects.visible_to(user).filter(organisation__in=below).order_by()
    is_open = Q(state__in=OPEN_FOLLOW_UP)
    first = day.replace(day=1)
    late = Q(state__in=OPEN_ACTION, live=True, due_by__lt=day)
    counted = follow_ups.aggregate(
        open=Count("pk", filter=is_open),
        historic=Count("pk", filter=is_open & Q(live=False)),
        awaiting=Count("pk", filter=Q(state="awaiting")),
    )
    work = actions.aggregate(
        claimed=Count("pk", filter=Q(state="claimed")),
        # Due on the last of a month, it is late on the first of the next.
        newly=Count("pk", filter=late & Q(due_by__gte=first - dt.timedelta(days=1))),
        carried=Count("pk", filter=late & Q(due_by__lt=first - dt.timedelta(days=1))),
    )
    return Overview(
        day=day,
        **counted,
        **work,
        closed=follow_ups.filter(closed_in(first)).count(),
        months=flow(below, day, counted["open"]),
        ages=ages(follow_ups.filter(is_open), day),
        slips=slips(actions),
        responses=responses(follow_ups),
        alerts=alerts(user, below),
    )


def places_of(place: Organisation):
    """``place`` and all below it, as a subquery of ids."""
    found = Q(pk=place.pk) | Q(parent=place.pk) | Q(parent__parent=place.pk)
    return Organisation.objects.filter(found).order_by().values("pk")


def flow(below, day, open_now, months=MONTHS) -> tuple[Month, ...]:
    """The last ``months`` months up to ``day``, oldest first: by the journal, back from what is open now."""
    firsts = [first_of(day, back) for back in range(months - 1, -1, -1)]
    since, until = day_begins(firsts[0]), day_begins(day + dt.timedelta(days=1))
    rows = Event.objects.filter(
        subject_kind="followup", organisation__in=below, deed__in=[*ADDS, *TAKES, *MOVES], at__gte=since, at__lt=until
    )
    rows = rows.order_by().annotate(month=TruncMonth("at", tzinfo=LONDON)).values_list("month", "deed")
    moved, came = defaultdict(lambda: {"new": 0, "reopened": 0, "closed": 0}), defaultdict(int)
    for month, deed, count in rows.annotate(count=Count("pk")):
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


def ages(open_ones, day) -> tuple[Age, ...]:
    published = "inspection__published"
    bands = [(n, band(day, young, old)) for n, (young, old) in enumerate(AGES)]
    which = Case(*[When(**{f"{published}__range": span, "then": Value(n)}) for n, span in bands], default=Value(-1))
    return in_bands(dict(open_ones.annotate(band=which).values_list("band").annotate(count=Count("pk"))))


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


def slips(actions) -> tuple[Slip, ...]:
    """By organisation, those that slipped most first; only those of which something moved."""
    rows = actions.filter(DATED).values("organisation").annotate(
        dated=Count("pk"), moved=Count("pk", filter=Q(times_moved__gt=0)), times=Sum("times_moved"),
        days=Sum(LATER, default=dt.timedelta()),
    )  # fmt: skip
    rows = [row for row in rows if row["moved"]]
    places = Organisation.objects.in_bulk([row["organisation"] for row in rows])
    return most_first(
        Slip(places[row["organisation"]], row["dated"], row["moved"], row["times"], row["days"].days) for row in rows
    )


def most_first(slips) -> tuple[Slip, ...]:
    return tuple(sorted(slips, key=lambda one: (-one.days, one.organisation.name)))


def responses(follow_ups) -> tuple[Responses, ...]:
    """By level, from the PDUs up; a level without a recommendation is left out."""
    rows = follow_ups.values_list("addressee__level", "response").annotate(count=Count("pk"))
    found = defaultdict(dict)
    for level, response, count in rows:
        found[level][response] = count
    return by_level(found)


def by_level(found: dict[str, dict[str, int]]) -> tuple[Responses, ...]:
    order = {response: n for n, response in enumerate(RESPONSES)}
    return tuple(
        Responses(level, dict(sorted(found[level].items(), key=lambda pair: order[pair[0]])))
        for level in (Level.PDU, Level.REGION, Level.HMPPS)
        if found.get(level)
    )


def alerts(user, below) -> tuple[tuple[str, int], ...]:
    """How many alerts the reader may know of are in each state; open ones first."""
    rows = AlertCase.objects.visible_to(user).filter(organisation__in=below).order_by()
    return open_ones_first(dict(rows.values_list("state").annotate(count=Count("pk"))))


def open_ones_first(counts: dict[str, int]) -> tuple[tuple[str, int], ...]:
    order = [*OPEN_ALERT, *(state for state in ALERT_STATES if state not in OPEN_ALERT)]
    return tuple((ALERT_STATES[state], counts[state]) for state in order if state in counts)
