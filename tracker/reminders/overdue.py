"""Overdue work is passed up, stage by stage; a lead of the level above may pause that for a reason. What happens next.

Which stage is whose, and when, is in `rules` and `clocks.rules`; the sweep records and tells.
"""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from django.db import transaction

from tracker.clocks.rules import overdue_reached, overdue_turns
from tracker.journal.inserting import insert_many
from tracker.journal.operations import record
from tracker.people.models import Post
from tracker.plans.guard import guard, lock, standing_above
from tracker.plans.models import Action
from tracker.plans.rules import ACTION_STATES, PLAN_STATES
from tracker.refusals import AlreadyMoved, Refusal
from tracker.words import day
from tracker.working_days import NO_DATE, london_day

from .models import OverduePause, OverdueStep
from .rules import LONGEST_PAUSE, PAUSE_STEPS, answering_place, own_turns, turn_place

ONE_DAY = dt.timedelta(days=1)

# --- Stages ------------------------------------------------------------------------------------------------------


class NewStep(NamedTuple):
    """A stage that is reached and not recorded yet, as a row of `OverdueStep`."""

    action_id: int | None
    plan_id: int | None
    cycle: int
    due: dt.date
    stage: str
    reached_on: dt.date
    recorded_at: dt.datetime
    post_id: int | None
    passed_on_from: str


def new_steps(subject_kind, matters, today, facts, at) -> list[NewStep]:
    """Every stage that is reached and not recorded. One query. ``matters``: as "overdue_step" speaks of them, of one
    kind of subject."""
    of_action = subject_kind == "action"
    name, ids = "action" if of_action else "plan", [matter.subject_id for matter in matters]
    rows = OverdueStep.objects.filter(**{f"{name}__gte": min(ids), f"{name}__lte": max(ids)}).order_by()
    recorded = set(rows.values_list(f"{name}_id", "cycle", "due", "stage"))
    return [
        NewStep(
            matter.subject_id if of_action else None, None if of_action else matter.subject_id, matter.cycle,
            matter.due, turn.name, turn.on, at, *_answering(turn.name, matter.line, facts),
        )
        for matter in matters
        for turn in overdue_reached(matter.due, today, facts.limits(matter.line))
        if (matter.subject_id, matter.cycle, matter.due, turn.name) not in recorded
    ]  # fmt: skip


def keep_steps(steps: list[NewStep]) -> None:
    """Each stage once, whoever else records it at this moment."""
    insert_many(OverdueStep, NewStep._fields, steps)


def _answering(turn, line, facts) -> tuple[int | None, str]:
    """Whose turn it is now, and past whom it went because nobody there can be told."""
    place = answering_place(turn, line, facts.circle)
    own = line[turn_place(turn, line) :]
    vacant = own if place is None else own[: own.index(place)]
    post = facts.head_posts[place][0] if place is not None else None
    return post, "; ".join(_vacant(one, facts) for one in vacant)[:200]


def _vacant(place, facts) -> str:
    title = facts.head_posts[place][1] if place in facts.head_posts else "Head"
    return f"{title}, {facts.names[place]} (vacant)"


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
def end_pause(row, *, by, at) -> None:
    """End the pause of an action or a plan before its last day: from now on it is passed up again, and of the stages
    reached meanwhile the latest is told. Pressing twice is once."""
    _require(row, by)
    lock(row)
    pause = pause_of(row, london_day(at))
    if pause is None:
        if row.overdue_pauses.filter(ended_by=by).exists():
            return
        raise AlreadyMoved("It is not paused.", row)
    row.overdue_pauses.filter(pk=pause.pk).update(ended_at=at, ended_by=by)
    record(
        "escalation_resumed", row, by=by, at=at, organisation=row.organisation, before={"to": pause.ends.isoformat()}
    )


def may_pause(row, by) -> bool:
    try:
        _require(row, by)
    except Refusal:
        return False
    return row.due_by != NO_DATE


def _require(row, by) -> None:
    of_action = isinstance(row, Action)
    step = PAUSE_STEPS["pause_action" if of_action else "pause_plan"]
    guard(step, row, standing_above(row.organisation, by), ACTION_STATES if of_action else PLAN_STATES)


# --- What happens next -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ahead:
    """What a record's page says of being passed up. ``on``: the day of the next stage if nobody acts, ``whose``: the
    post that is then told, with its holder; None and "" when all stages are reached, or nothing can be. ``vacant``: the
    post whose turn it would have been. ``steps``: those reached for this date and cycle, in turn."""

    on: dt.date | None = None
    whose: str = ""
    vacant: str = ""
    pause: OverduePause | None = None
    steps: tuple[OverdueStep, ...] = ()

    @property
    def sentence(self) -> str:
        """ "On 7 December 2026 it is passed up to Head of PDU, HFKCW (Amira Khan)." """
        if self.on is None:
            return ""
        if not self.whose:
            return f"On {day(self.on)} it would be passed up, but {self.vacant} is vacant and nobody is above."
        past = f", because {self.vacant} is vacant" if self.vacant else ""
        return f"On {day(self.on)} it is passed up to {self.whose}{past}."


def heads_of(line) -> dict[int, Post]:
    """Organisation id to the post that heads it, held or vacant."""
    posts = Post.objects.filter(organisation__in=line, head=True).select_related("holder__preference", "organisation")
    return {post.organisation_id: post for post in posts}


def what_next(row, today: dt.date, limits, *, cycle=None, paused=True, heads=None) -> Ahead:
    """What becomes of an open, live action, or of a plan that is awaited, if nobody acts: by the rule of the sweep.

    One query for the posts, unless the page has read them (``heads``); one for the stages once it is overdue; one for
    the pause, unless the page knows that there is none (``paused``). ``cycle``: of a plan, that of the recommendations
    that wait.
    """
    if row.due_by == NO_DATE:
        return Ahead()
    line, cycle = row.organisation.line, cycle or row.cycle
    pause = pause_of(row, today) if paused else None
    steps = ()
    if row.due_by < today:
        steps = row.overdue_steps.filter(due=row.due_by, cycle=cycle).select_related("post__organisation")
        steps = tuple(steps.order_by("reached_on", "pk"))
    turn = _next_turn(row.due_by, today, limits, line, pause, {step.stage for step in steps})
    if turn is None:
        return Ahead(pause=pause, steps=steps)
    on, name = turn
    heads = heads_of(line) if heads is None else heads
    own = line[turn_place(name, line)]
    holder = next((heads[place] for place in line[line.index(own) :] if _is_held(heads.get(place))), None)
    vacant = "" if _is_held(heads.get(own)) else str(heads[own]) if own in heads else "the head of the place"
    return Ahead(on, f"{holder} ({holder.holder.name})" if holder else "", vacant, pause, steps)


def _next_turn(due, today, limits, line, pause, recorded) -> tuple[dt.date, str] | None:
    turns = overdue_turns(due, limits, own_turns(line))
    goes_on = pause.ends + ONE_DAY if pause else today + ONE_DAY
    if pause:  # of the stages reached by then only the latest is told
        reached = [turn for turn in turns if turn.on <= goes_on]
        if reached and reached[-1].name not in recorded:
            return goes_on, reached[-1].name
    return next(((turn.on, turn.name) for turn in turns if turn.on >= goes_on and turn.name not in recorded), None)


def _is_held(post) -> bool:
    return post is not None and post.holder is not None and post.holder.is_active
