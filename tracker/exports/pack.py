"""The pack for a committee: what a place's recommendations came to between two days, both included."""

import datetime as dt

from django.db.models import Count, Q

from inspections.models import Organisation
from tracker.alerts.models import AlertCase
from tracker.alerts.rules import OPEN_ALERT
from tracker.insight.numbers import ADDS, TAKES, Month, ages, flow, places_of
from tracker.journal.models import Event
from tracker.papers import Block, Facts, Heading, Paper, Paragraph, Table, chart_of
from tracker.plans.models import Action, DateChange, FollowUp, Verification
from tracker.plans.rules import OPEN_ACTION, OPEN_FOLLOW_UP
from tracker.words import day, month, plural, short_day
from tracker.working_days import day_begins, london_day

MOST = 500  # rows of one table; a paper for a committee is not a data file
LONGEST = 36  # months
ROOMY = 16  # months that each have room for a label under a chart


def name_of(place) -> str:
    return f"{place} committee pack"


def pack_of(user, place: Organisation, since: dt.date, until: dt.date, today: dt.date) -> Paper:
    """``since`` to ``until``, which is not after ``today``. A fixed number of queries."""
    below = places_of(place)
    follow_ups = FollowUp.objects.visible_to(user).filter(addressee__in=below).order_by()
    actions = Action.objects.visible_to(user).filter(organisation__in=below).order_by()
    now_open = follow_ups.filter(state__in=OPEN_FOLLOW_UP)
    months = months_of(below, since, until, now_open.count(), today)
    moved = Table(
        ("Month", "Opening", "New", "Opened again", "Closed", "Closing"),
        tuple(
            (month(one.first), *map(str, (one.opening, one.new, one.reopened, one.closed, one.closing)))
            for one in months
        ),
        "Whole months, the last as far as the period goes",
    )
    old = Table(("Days since publication", "Open"), tuple((one.words, str(one.count)) for one in ages(now_open, today)))
    blocks: list[Block] = [
        Heading("How the number of open recommendations moved"),
        *chart_of(moved, "Closing", "Open recommendations at the end of each month", _under(months)),
        moved,
        Heading(f"How long ago the open ones were published, as on {day(today)}"),
        *chart_of(old, "Open", "Open recommendations by days since publication"),
        old,
        *_section("Newly overdue", LATE, late_rows(actions, since, until, today), "No action that is still not done."),
        *_section("Dates that moved, or were asked to", MOVED, moved_rows(actions, since, until), "No date."),
        *_section("Claims that were decided", DECIDED, decided_rows(actions, since, until), "No claim."),
        *_section("Organisational alerts", ALERTS, alert_rows(user, below, since, until), "No alert."),
    ]
    period = f"{day(since)} to {day(until)}"
    made = Facts((("Period", period), ("Made", day(today)), ("Open now", plural(now_open.count(), "recommendation"))))
    return Paper(f"Committee pack: {place.full_name}", (made, *blocks), f"From {period}.", landscape=True)


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
    return day_begins(since), day_begins(until + dt.timedelta(days=1))


def months_of(below, since, until, open_now, today) -> tuple[Month, ...]:
    """Each month that the period touches, oldest first. What happened after ``until`` is taken back from what is open
    now."""
    _, end = _moments(since, until)
    later = Event.objects.filter(subject_kind="followup", organisation__in=below, at__gte=end).order_by()
    counts = later.aggregate(
        adds=Count("pk", filter=Q(deed__in=[*ADDS])), takes=Count("pk", filter=Q(deed__in=[*TAKES]))
    )
    count = (until.year - since.year) * 12 + until.month - since.month + 1
    return flow(below, until, open_now - counts["adds"] + counts["takes"], count)


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


MOVED = ("Asked", "Action", "From", "To", "Reason", "Decided")


def moved_rows(actions, since, until) -> list[tuple[str, ...]]:
    begin, end = _moments(since, until)
    within = Q(asked_at__gte=begin, asked_at__lt=end) | Q(decided_at__gte=begin, decided_at__lt=end)
    rows = DateChange.objects.filter(within, action__in=actions.values("pk")).select_related("action__organisation")
    return [
        (
            short_day(london_day(row.asked_at)), f"{row.action.what} ({row.action.organisation})",
            short_day(row.old_due_by), short_day(row.new_due_by), row.reason,
            row.get_state_display() + (f": {row.comment}" if row.comment else ""),
        )
        for row in rows.order_by("asked_at", "pk")[: MOST + 1]
    ]  # fmt: skip


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


ALERTS = ("Organisation", "About", "Raised", "State now", "Ended")


def alert_rows(user, below, since, until) -> list[tuple[str, ...]]:
    """Those that were open at any time of the period."""
    begin, end = _moments(since, until)
    rows = AlertCase.objects.visible_to(user).filter(organisation__in=below, opened_at__lt=end)
    rows = rows.filter(Q(state__in=OPEN_ALERT) | Q(ended_at__gte=begin)).select_related("organisation")
    return [
        (
            str(row.organisation), row.get_kind_display(),
            short_day(london_day(row.raised_at)) if row.raised_at else "The report prints no day",
            row.get_state_display(), short_day(london_day(row.ended_at)) if row.ended_at else "Not ended",
        )
        for row in rows.order_by("opened_at", "pk")[: MOST + 1]
    ]  # fmt: skip
