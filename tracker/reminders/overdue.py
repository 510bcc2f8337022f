"""Overdue work is passed up, stage by stage; a lead of the level above may pause that for a reason. What happens next.

Which stage is whose, and when, is in `rules` and `clocks.rules`; the sweep records and tells.
"""

import datetime as dt

from django.db import transaction

from tracker.clocks.rules import overdue_reached
from tracker.journal.operations import record
from tracker.plans.guard import guard, lock, standing_above
from tracker.plans.models import Action
from tracker.plans.rules import ACTION_STATES, PLAN_STATES
from tracker.refusals import AlreadyMoved, Refusal
from tracker.words import day
from tracker.working_days import NO_DATE, london_day

from .models import OverduePause, OverdueStep
from .rules import LONGEST_PAUSE, PAUSE_STEPS, answering_place, turn_place

# --- Stages ------------------------------------------------------------------------------------------------------


def new_steps(subject_kind, matters, today, facts, at) -> list[OverdueStep]:
    """Every stage that is reached and not recorded, not saved yet. One query. ``matters``: as "overdue_step" speaks of
    them, of one kind of subject."""
    name = _name(subject_kind)
    ids = [matter.subject_id for matter in matters]
    rows = OverdueStep.objects.filter(**{f"{name}__in": ids}).order_by()
    recorded = set(rows.values_list(f"{name}_id", "cycle", "due", "stage"))
    return [
        OverdueStep(
            **{f"{name}_id": matter.subject_id}, cycle=matter.cycle, due=matter.due, stage=turn.name,
            reached_on=turn.on, recorded_at=at, **_answering(turn.name, matter.line, facts),
        )
        for matter in matters
        for turn in overdue_reached(matter.due, today, facts.limits(matter.line))
        if (matter.subject_id, matter.cycle, matter.due, turn.name) not in recorded
    ]  # fmt: skip


def _name(subject_kind) -> str:
    return "action" if subject_kind == "action" else "plan"


def _answering(turn, line, facts) -> dict:
    """Whose turn it is now, and past whom it went because nobody there can be told."""
    place = answering_place(turn, line, facts.circle)
    own = line[turn_place(turn, line) :]
    vacant = own if place is None else own[: own.index(place)]
    return {
        "post_id": facts.head_posts[place][0] if place is not None else None,
        "passed_on_from": "; ".join(_vacant(one, facts) for one in vacant)[:200],
    }


def _vacant(place, facts) -> str:
    title = facts.head_posts[place][1] if place in facts.head_posts else "Head"
    return f"{title}, {facts.names[place]} (vacant)"


def recorded(row) -> list[OverdueStep]:
    """The stages that this action or plan has reached, those of earlier dates and cycles too, in turn."""
    return list(row.overdue_steps.select_related("post__organisation"))


# --- A pause -----------------------------------------------------------------------------------------------------


def pause_of(row, today: dt.date) -> OverduePause | None:
    """The pause in force."""
    pauses = row.overdue_pauses.filter(starts__lte=today, ends__gte=today, ended_at=None)
    return pauses.select_related("by").first()


@transaction.atomic
def pause_escalation(row, ends: dt.date, reason, *, key=None, by, at) -> OverduePause:
    """Do not pass an action, or a plan, up until the end of that day, however long it is overdue. Reminders go on.

    ``key``: the form's random key; the same key gives the same pause.
    """
    if key and (earlier := OverduePause.objects.filter(form_key=key).first()):
        return earlier
    _require(row, by)
    today = london_day(at)
    if not reason.strip():
        raise Refusal("Say why it is not passed up for now.")
    if ends < today:
        raise Refusal("The last day of the pause is already past.")
    if (ends - today).days > LONGEST_PAUSE:
        raise Refusal(f"A pause is at most {LONGEST_PAUSE} days long. Pause again then, should it still be needed.")
    if row.due_by == NO_DATE:
        raise Refusal("It has no date, so it is not passed up.")
    lock(row)
    if now := pause_of(row, today):
        if (now.by_id, now.ends, now.reason) == (by.pk, ends, reason.strip()):
            return now
        raise AlreadyMoved(f"{now.by.name} has paused it already, until {day(now.ends)}.", row)
    made = row.overdue_pauses.create(starts=today, ends=ends, reason=reason.strip(), by=by, at=at, form_key=key)
    record(
        "escalation_paused", row, by=by, at=at, organisation=row.organisation,
        after={"to": ends.isoformat(), "reason": made.reason},
    )  # fmt: skip
    return made


@transaction.atomic
def end_pause(pause, *, by, at) -> OverduePause:
    """End a pause before its last day: from now on it is passed up again, the latest stage first."""
    row = pause.action or pause.plan
    _require(row, by)
    mine = OverduePause.objects.filter(pk=pause.pk, ended_at=None, ends__gte=london_day(at))
    if not mine.update(ended_at=at, ended_by=by):
        pause.refresh_from_db()
        if pause.ended_by_id == by.pk:
            return pause
        raise AlreadyMoved("The pause has ended already.", row)
    record(
        "escalation_resumed", row, by=by, at=at, organisation=row.organisation, before={"to": pause.ends.isoformat()}
    )
    pause.refresh_from_db()
    return pause


def _require(row, by) -> None:
    of_action = isinstance(row, Action)
    step = PAUSE_STEPS["pause_action" if of_action else "pause_plan"]
    guard(step, row, standing_above(row.organisation, by), ACTION_STATES if of_action else PLAN_STATES)
