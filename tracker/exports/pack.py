"""The pack for a committee: what a place's recommendations came to between two days, both included.

A period that has ended is told as things stood at its end, read from the journal: made again a year later, the pack
says the same.
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q

from inspections.models import Organisation
from tracker.alerts.models import AlertCase
from tracker.alerts.rules import ALERT_STATES, OPEN_ALERT
from tracker.insight import as_at
from tracker.insight.numbers import ADDS, TAKES, Age, Month, ages, flow, late_responses, places_of
from tracker.insight.put_back import actions_as_at
from tracker.journal.models import Event
from tracker.papers import Block, Facts, Heading, Paper, Paragraph, Table, chart_of
from tracker.plans.models import Action, DateChange, FollowUp, Verification
from tracker.plans.rules import DATE_CHANGE_STATES, OPEN_ACTION, OPEN_FOLLOW_UP
from tracker.words import day, month, plural, short_day
from tracker.working_days import day_begins, london_day

MOST = 500  # rows of one table; a paper for a committee is not a data file
LONGEST = 36  # months
ROOMY = 16  # months that each have room for a label under a chart


def name_of(place) -> str:
    return f"{place} committee pack"


@dataclass(frozen=True)
class Standing:
    """How things stood at the end of ``on``. ``below``: the places, as a subquery or ids."""

    on: dt.date
    below: object
    open: int
    months: tuple[Month, ...]
    ages: tuple[Age, ...]
    unanswered: list[tuple[str, ...]]
    late: list[tuple[str, ...]]
    alerts: list[tuple[str, ...]]


def pack_of(user, place: Organisation, since: dt.date, until: dt.date, today: dt.date) -> Paper:
    """``since`` to ``until``, which is not after ``today``. A fixed number of queries."""
    begins = as_at.journal_begins() if until < today else None
    past = begins is not None and begins <= until
    stood = _then(user, place, since, until) if past else _now(user, place, since, until, today)
    actions = Action.objects.visible_to(user).filter(organisation__in=stood.below).order_by()
    moved = Table(
        ("Month", "Opening", "New", "Opened again", "Closed", "Closing"),
        tuple(
            (month(one.first), *map(str, (one.opening, one.new, one.reopened, one.closed, one.closing)))
            for one in stood.months
        ),
        "Whole months, the last as far as the period goes",
    )
    old = Table(("Days since publication", "Open"), tuple((one.words, str(one.count)) for one in stood.ages))
    blocks: list[Block] = [
        Heading("How the number of open recommendations moved"),
        *chart_of(moved, "Closing", "Open recommendations at the end of each month", _under(stood.months)),
        moved,
        Heading(f"How long ago the open ones were published, as on {day(stood.on)}"),
        *chart_of(old, "Open", "Open recommendations by days since publication"),
        old,
        *_section("Late responses", UNANSWERED, stood.unanswered, "No response is late."),
        *_section("Newly overdue", LATE, stood.late, "No action that is still not done."),
        *_section(
            "Dates that moved, or were asked to", MOVED, moved_rows(actions, stood.below, since, until), "No date."
        ),
        *_section("Claims that were decided", DECIDED, decided_rows(actions, since, until), "No claim."),
        *_section("Organisational alerts", ALERTS, stood.alerts, "No alert."),
    ]
    period, count = f"{day(since)} to {day(until)}", plural(stood.open, "recommendation")
    made = Facts((("Period", period), ("Made", day(today)), ("Open at its end" if past else "Open now", count)))
    return Paper(f"Committee pack: {place.full_name}", (made, *blocks), f"From {period}.", landscape=True)


def _now(user, place, since, until, today) -> Standing:
    below = places_of(place)
    follow_ups = FollowUp.objects.visible_to(user).filter(addressee__in=below).order_by()
    actions = Action.objects.visible_to(user).filter(organisation__in=below).order_by()
    open_ones = follow_ups.filter(state__in=OPEN_FOLLOW_UP)
    count = open_ones.count()
    return Standing(
        today, below, count, months_of(below, since, until, count, today), ages(open_ones, today),
        unanswered_rows(late_responses(follow_ups, today)), late_rows(actions, since, until, today),
        alert_rows(user, below, since, until),
    )  # fmt: skip


def _then(user, place, since, until) -> Standing:
    places = as_at.places_as_at(until)
    ids = as_at.below(places, place)
    numbers = as_at.overview_as_at(user, place, until, places)
    return Standing(
        until, ids, numbers.open, flow(ids, until, numbers.open, months_in(since, until)), numbers.ages,
        unanswered_rows_then(user, ids, until, places), late_rows_then(user, ids, since, until, places),
        alert_rows_then(user, ids, since, until, places),
    )  # fmt: skip


def _under(months) -> list[str]:
    """ "Jan" under each column, with the year at the first and in each January; in all where not all have room."""
    return [
        f"{one.first:%b}" + (f"\n{one.first.year}" if not n or one.first.month == 1 or len(months) > ROOMY else "")
        for n, one in enumerate(months)
    ]


def _section(heading, columns, rows, nothing):
    yield Heading(heading)
    if not rows:
        yield Paragraph(nothing)
        return
    if len(rows) > MOST:
        yield Paragraph(f"More than {MOST}: the first {MOST} are here.")
    yield Table(columns, tuple(rows[:MOST]))


def _moments(since, until):
    """From the first moment of ``since`` to the first after ``until``, in London."""
    return day_begins(since), as_at.ends(until)


def months_of(below, since, until, open_now, today) -> tuple[Month, ...]:
    """Each month that the period touches, oldest first. What happened after ``until`` is taken back from what is open
    now."""
    _, end = _moments(since, until)
    later = Event.objects.filter(subject_kind="followup", organisation__in=below, at__gte=end).order_by()
    counts = later.aggregate(
        adds=Count("pk", filter=Q(deed__in=[*ADDS])), takes=Count("pk", filter=Q(deed__in=[*TAKES]))
    )
    return flow(below, until, open_now - counts["adds"] + counts["takes"], months_in(since, until))


def months_in(since: dt.date, until: dt.date) -> int:
    """How many months a period touches."""
    return (until.year - since.year) * 12 + until.month - since.month + 1


UNANSWERED = ("Due", "Recommendation", "Organisation")


def unanswered_rows(follow_ups) -> list[tuple[str, ...]]:
    rows = follow_ups.select_related("recommendation", "addressee").order_by("next_due", "pk")[: MOST + 1]
    return [_unanswered(row.next_due, row, row.addressee) for row in rows]


def unanswered_rows_then(user, ids, until, places) -> list[tuple[str, ...]]:
    """The same as it was at the end of ``until``."""
    late = as_at.late_responses(ids, until)
    rows = FollowUp.objects.visible_to(user).filter(pk__in=late).select_related("recommendation").order_by()
    rows = sorted(rows, key=lambda row: (late[row.pk][0], row.pk))[: MOST + 1]
    return [_unanswered(late[row.pk][0], row, places[late[row.pk][1]]) for row in rows]


def _unanswered(due, row, place) -> tuple[str, ...]:
    return short_day(due), f"{row.recommendation.number}. {row.recommendation.wording}", str(place)


LATE = ("Due", "Action", "Organisation", "Owner")


def late_rows(actions, since, until, today) -> list[tuple[str, ...]]:
    """What became overdue in the period and is not done today. Due on one day, an action is late on the next."""
    one = dt.timedelta(days=1)
    rows = actions.filter(state__in=OPEN_ACTION, live=True, due_by__gte=since - one, due_by__lte=until - one)
    rows = rows.filter(due_by__lt=today).select_related("organisation", "owner_post__holder", "owner_person")
    return [
        (short_day(row.due_by), row.what, str(row.organisation), row.owner_words)
        for row in rows.order_by("due_by", "pk")[: MOST + 1]
    ]


def late_rows_then(user, ids, since, until, places) -> list[tuple[str, ...]]:
    """The same as it was at the end of ``until``."""
    late = as_at.overdue(ids, since - dt.timedelta(days=1), until)
    rows = Action.objects.visible_to(user).filter(pk__in=late).select_related("owner_post__holder", "owner_person")
    rows = sorted(rows.order_by(), key=lambda row: (late[row.pk][0], row.pk))[: MOST + 1]
    return [
        (short_day(row.due_by), row.what, str(places[late[row.pk][1]]), row.owner_then or row.owner_words)
        for row in actions_as_at(rows, until, places)
    ]


MOVED = ("Asked", "Action", "From", "To", "Reason", "Decided")


def moved_rows(actions, below, since, until) -> list[tuple[str, ...]]:
    """Each question about another date that was asked or decided in the period, and each date that its place moved
    before the plan was with the level above, which the journal alone keeps. Three queries."""
    begin, end = _moments(since, until)
    within = Q(asked_at__gte=begin, asked_at__lt=end) | Q(decided_at__gte=begin, decided_at__lt=end)
    rows = DateChange.objects.filter(within, action__in=actions.values("pk")).select_related("action__organisation")
    found = [
        (
            row.asked_at, row.pk, f"{row.action.what} ({row.action.organisation})", short_day(row.old_due_by),
            short_day(row.new_due_by), row.reason, _decision(row, end),
        )
        for row in rows.order_by("asked_at", "pk")[: MOST + 1]
    ]  # fmt: skip
    drafts = Event.objects.filter(
        subject_kind="action", deed="action_changed", organisation__in=below, at__gte=begin, at__lt=end,
        before__has_key="due_by", after__has_key="reason",
    )  # fmt: skip
    drafts = drafts.order_by("at", "pk").values_list("subject_id", "at", "pk", "before__due_by", "after")[: MOST + 1]
    drafts = list(drafts)
    named = actions.filter(pk__in={pk for pk, *_ in drafts}).select_related("organisation").in_bulk()
    found += [
        (
            at, line, f"{named[pk].what} ({named[pk].organisation})", _day_said(due), _day_said(after["due_by"]),
            after["reason"], "Moved in the draft",
        )
        for pk, at, line, due, after in drafts if pk in named
    ]  # fmt: skip
    return [(short_day(london_day(at)), *row) for at, _, *row in sorted(found)[: MOST + 1]]


def _day_said(text: str) -> str:
    return "No date" if text == "no date" else short_day(dt.date.fromisoformat(text))


def _decision(row, end) -> str:
    if row.decided_at and row.decided_at >= end:
        return DATE_CHANGE_STATES["asked"]
    return row.get_state_display() + (f": {row.comment}" if row.comment else "")


DECIDED = ("Decided", "Action", "Outcome", "Judgement", "Reason")


def decided_rows(actions, since, until) -> list[tuple[str, ...]]:
    begin, end = _moments(since, until)
    rows = Verification.objects.filter(at__gte=begin, at__lt=end, action__in=actions.values("pk"))
    rows = rows.select_related("action__organisation").order_by("at", "pk")
    return [
        (
            short_day(london_day(row.at)), f"{row.action.what} ({row.action.organisation})", row.get_outcome_display(),
            row.get_judgement_display(), row.reason or "None given",
        )
        for row in rows[: MOST + 1]
    ]  # fmt: skip


ALERTS = ("Organisation", "About", "Raised", "State", "Ended")


def alert_rows(user, below, since, until) -> list[tuple[str, ...]]:
    """Those that were open at any time of the period."""
    begin, end = _moments(since, until)
    rows = AlertCase.objects.visible_to(user).filter(organisation__in=below, opened_at__lt=end)
    rows = rows.filter(Q(state__in=OPEN_ALERT) | Q(ended_at__gte=begin)).select_related("organisation")
    return [
        _alert(row, row.organisation, row.state, row.ended_at) for row in rows.order_by("opened_at", "pk")[: MOST + 1]
    ]


def alert_rows_then(user, ids, since, until, places) -> list[tuple[str, ...]]:
    """The same as it was at the end of ``until``."""
    begin, end = _moments(since, until)
    then = dict(as_at.lives("alertcase", ids, end))
    rows = AlertCase.objects.visible_to(user).filter(pk__in=then).select_related("organisation")
    found = []
    for row in rows.order_by("opened_at", "pk"):
        state = then[row.pk]["state"]
        ended = row.ended_at if state not in OPEN_ALERT else None
        if ended is None or ended >= begin:
            found.append(_alert(row, places[then[row.pk]["place"]], state, ended))
    return found[: MOST + 1]


def _alert(row, place, state, ended) -> tuple[str, ...]:
    return (
        str(place), row.get_kind_display(),
        short_day(london_day(row.raised_at)) if row.raised_at else "The report prints no day",
        ALERT_STATES[state], short_day(london_day(ended)) if ended else "Not ended",
    )  # fmt: skip
