"""What the open alerts ask of one person now, for Your work. Two queries, however many alerts there are. Reads only.

Whose turn it is goes by what is due first, as it is stored with the alert (`moments`); by the state, where the next
step is a decision; and by the rungs that were reached for what is late, whose posts were told.
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Case, CharField, Count, Exists, IntegerField, OuterRef, Q, Value, When, Window

from tracker.words import day
from tracker.working_days import NO_DATE, london_day

from .facts import pauses_of
from .ladder import DUTIES, Calendar, Duty
from .models import AlertCase, Escalation
from .words import ASKS, DECISIONS, asked_sentence, countdown, how_late, how_long, others_sentence

SHOWN = 20
AHEAD = 7  # days: a reading or a checkpoint of a later day asks for nothing yet
# Of the place itself, and of the level above.
OF_PLACE, OF_ABOVE = ("acknowledge", "immediate", "response", "reading"), ("checkpoint", "worsened")
RETURNING = ("reading", "checkpoint")
# Turns, in the order in which they are said where several hold: the decisions, what is due, what was missed by others.
JUDGE, CONFIRM, AGREE, DUTY, TOLD, NOT_MINE = "judge", "confirm", "agree", "duty", "told", ""


@dataclass(frozen=True)
class Asked:
    """What one alert asks. ``do``: the deed in words; ``sentence``: where it stands; ``late``: "2 working days", or ""
    where it is not; ``left``: how long there is, or since when it waits."""

    alert: int
    name: str
    do: str
    sentence: str
    late: str
    left: str
    due: dt.date


@dataclass(frozen=True)
class AskedOf:
    """``rows``: late ones first, at most `SHOWN`. ``sentence``: the first thing to be read, "" where nothing is asked.
    ``others``: of the other open alerts in scope, in one line, or ""."""

    rows: list[Asked]
    more: bool
    sentence: str
    others: str


def asked_of(user, today: dt.date) -> AskedOf | None:
    """None for who neither leads a place, nor inspects: of them no alert asks anything but its actions."""
    if not (user.access.is_lead or user.access.is_inspector):
        return None
    turns = _turns(user, today)
    whens = (When(its, then=Value(turn)) for turn, its in turns.items())
    turn = Case(*whens, default=Value(NOT_MINE), output_field=CharField())
    last = Case(When(turn=NOT_MINE, then=1), default=0, output_field=IntegerField())
    open_ones = AlertCase.objects.visible_to(user).open()
    rows = open_ones.annotate(turn=turn, count=Window(Count("pk")))
    rows = rows.select_related("organisation__parent").order_by(last, "next_due", "pk")
    rows = list(rows[: SHOWN + 1])
    mine = [row for row in rows if row.turn != NOT_MINE]
    pauses = pauses_of([row.pk for row in mine]) if mine else {}
    asked = [_asked(row, today, Calendar(pauses.get(row.pk, ()))) for row in mine[:SHOWN]]
    asked.sort(key=lambda one: (not one.late, one.due, one.alert))
    more = len(mine) > SHOWN
    others = 0 if more or not rows else rows[0].count - len(mine)
    return AskedOf(asked, more, asked_sentence(asked, more), others_sentence(others, bool(mine)))


def _turns(user, today) -> dict[str, Q]:
    """{turn: the alerts of which it is this person's}."""
    led = [place for role, place, _ in user.access.roles if role == "lead"]
    top = [place for role, place, level in user.access.roles if role == "lead" and level == "hmpps"]
    # Nothing is above HMPPS: there a second lead is the level above.
    place, above = Q(organisation__in=led), Q(organisation__parent__in=led) | Q(organisation__in=top)
    asked_by_others = ~Q(end_asked_by__in=user.acts_for)
    now = ~Q(next_duty__in=RETURNING) | Q(next_due__lte=today + dt.timedelta(days=AHEAD))
    told = Escalation.objects.filter(
        alert=OuterRef("pk"), duty=OuterRef("next_duty"), due=OuterRef("next_due"), post__holder__in=user.acts_for
    )
    turns = {
        AGREE: above & Q(live=True, state="stand_down_asked", end_agreed_by=None) & asked_by_others,
        DUTY: now & (place & Q(next_duty__in=OF_PLACE) | above & Q(next_duty__in=OF_ABOVE)),
        TOLD: Q(Exists(told)),
    }
    if user.access.is_inspector:
        agreed = Q(live=True, state="stand_down_asked", end_agreed_by__isnull=False) & asked_by_others
        turns = {
            JUDGE: Q(live=True, state="responded"),
            CONFIRM: agreed & ~Q(end_agreed_by__in=user.acts_for),
            **turns,
        }
    return turns


def _asked(case, today, calendar) -> Asked:
    name, duty = str(case), None
    if case.next_duty:
        duty = Duty(case.next_due, case.next_duty, "", DUTIES[case.next_duty])
    if case.turn in DECISIONS:
        since = {JUDGE: case.responded_at, CONFIRM: case.end_agreed_at}.get(case.turn, case.end_asked_at)
        left = f"Since {day(london_day(since))}" if since else ""
        return Asked(case.pk, name, DECISIONS[case.turn], "", "", left, NO_DATE)
    late = how_late(duty, today, calendar).removesuffix(" late") if duty.is_late(today) else ""
    do = ASKS["told" if case.turn == TOLD else duty.kind]
    left = "" if late else how_long(duty, today, calendar)
    return Asked(case.pk, name, do, countdown(duty, today, calendar), late, left, duty.due)
