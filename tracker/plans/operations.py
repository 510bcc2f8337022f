"""Every deed on follow-ups and actions: one function each, called by page, command and demonstration alike.

Each runs in one transaction: guard by the rules, compare-and-set, rows, journal, notices. ``by`` is who does it,
``at`` when; a refusal is an exception with a sentence (`tracker.refusals`).
"""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Case, DateField, F, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce, Least

from tracker.clocks.rules import DEFAULT_LIMITS
from tracker.journal.models import Event
from tracker.journal.operations import notify, record
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal
from tracker.working_days import LONDON, NO_DATE

from .models import Action, ActionPlan, FollowUp, Update
from .rules import (
    ACTION_STATES,
    ACTION_STEPS,
    CONFIDENCE,
    FOLLOW_UP_STATES,
    FOLLOW_UP_STEPS,
    OPEN_ACTION,
    RESPONSES,
    TargetDate,
    response_problems,
    why_not_allowed,
    why_not_now,
)

# --- Who somebody is, for one row ----------------------------------------------------------------------------


def standing_for_follow_up(follow_up, by) -> frozenset[str]:
    return by.access.standing(follow_up.addressee.line)


def standing_for_action(action, by) -> frozenset[str]:
    standing = by.access.standing(action.organisation.line)
    owner = action.owner
    return standing | {"owner"} if owner is not None and owner.pk == by.pk else standing


def _guard(step, row, standing, states):
    if sentence := why_not_allowed(step, standing):
        raise NotAllowed(sentence)
    if sentence := why_not_now(step, row.state, states):
        raise Refusal(sentence)


def _claim(row, seen_version, from_, deed, by, after, **changes) -> bool:
    """Change the row only if it still is what was seen; else raise `AlreadyMoved`, saying who was first.

    False when it was changed already by this very deed: a form that was sent twice. Then there is nothing to record.
    """
    changed = (
        type(row)
        .objects.filter(pk=row.pk, version=seen_version, state__in=from_)
        .update(version=F("version") + 1, **changes)
    )
    if changed:
        row.refresh_from_db()
        return True
    if _is_repeat(row, deed, by, after):
        row.refresh_from_db()
        return False
    theirs = type(row).objects.get(pk=row.pk)
    last = Event.objects.about(row).select_related("actor").first()
    who = last.actor.name if last and last.actor else "Somebody"
    when = f" at {last.at.astimezone(LONDON):%-I:%M%p}".lower() if last else ""
    raise AlreadyMoved(f"{who} changed this{when} while you were writing. Nothing of yours was saved yet.", theirs)


def _is_repeat(row, deed, by, after) -> bool:
    """Whether the last thing that happened to the row is the same deed by the same person with the same values."""
    last = Event.objects.about(row).first()
    return last is not None and (last.deed, last.actor_id, last.after) == (deed, by.pk, after)


def _changes(row, **new):
    """(before, after) of the fields that differ, as text."""
    before = {name: getattr(row, name) for name in new}
    differ = [name for name in new if before[name] != new[name]]
    return {n: _plain(before[n]) for n in differ}, {n: _plain(new[n]) for n in differ}


def _plain(value):
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, dt.date):
        return "no date" if value == NO_DATE else value.isoformat()
    return str(value)


# --- Intake --------------------------------------------------------------------------------------------------


@transaction.atomic
def open_follow_ups(inspection, *, live, by, at) -> list[FollowUp]:
    """One action plan per addressee and one follow-up per recommendation; those already there stay as they are.

    A live plan is due 28 days after publication (from the month's last day where only the month is known).
    """
    have = set(FollowUp.objects.filter(inspection=inspection).values_list("recommendation_id", flat=True))
    due_by = plan_due_by(inspection) if live else NO_DATE
    opened = []
    for recommendation in inspection.recommendations.select_related("addressee"):
        if recommendation.pk in have:
            continue
        plan, created = ActionPlan.objects.get_or_create(
            inspection=inspection, organisation=recommendation.addressee, defaults={"due_by": due_by}
        )
        if created:
            record(
                "plan_opened", plan, by=by, at=at, organisation=plan.organisation,
                after={"due_by": _plain(due_by)}, demonstration=inspection.demonstration,
            )  # fmt: skip
        follow_up = FollowUp.objects.create(
            recommendation=recommendation, plan=plan, addressee=recommendation.addressee, inspection=inspection,
            live=live, next_due=plan.due_by if live else NO_DATE,
        )  # fmt: skip
        record(
            "follow_up_opened", follow_up, by=by, at=at, organisation=follow_up.addressee,
            after={"number": recommendation.number, "live": live}, demonstration=inspection.demonstration,
        )  # fmt: skip
        opened.append(follow_up)
    return opened


def plan_due_by(inspection, limits=DEFAULT_LIMITS) -> dt.date:
    """28 days after publication; a report known to the month counts from its last day; undated: no clock."""
    if inspection.published is None:
        return NO_DATE
    published = inspection.published
    if not inspection.published_to_the_day:
        published = (published.replace(day=1) + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
    return published + dt.timedelta(days=limits["plan_due"])


@transaction.atomic
def close_book(inspection, *, by, at) -> None:
    """Take back what `open_follow_ups` made, for the undo of an import; refused once anybody has worked on it."""
    follow_ups = FollowUp.objects.filter(inspection=inspection)
    plans = ActionPlan.objects.filter(inspection=inspection)
    touched = follow_ups.exclude(state="awaiting", version=1).count()
    actions = Action.objects.filter(plan__in=plans).count()
    if touched or actions:
        raise Refusal(
            f"This import can no longer be undone: {touched} recommendations have been answered or assigned "
            f"and {actions} actions were added. Correct the report instead."
        )
    for follow_up in follow_ups.select_related("recommendation", "addressee"):
        record(
            "follow_up_withdrawn", follow_up, by=by, at=at, organisation=follow_up.addressee,
            before={"number": follow_up.recommendation.number, "wording": follow_up.recommendation.wording},
            demonstration=inspection.demonstration,
        )  # fmt: skip
    follow_ups.delete()
    plans.delete()


@transaction.atomic
def start_clock(follow_up, *, seen_version, by, at) -> FollowUp:
    """Make a historic follow-up live: from now on its dates are spoken of."""
    _guard(FOLLOW_UP_STEPS["start_clock"], follow_up, standing_for_follow_up(follow_up, by), FOLLOW_UP_STATES)
    deed, after = "clock_started", {"live": True}
    if follow_up.live and not _is_repeat(follow_up, deed, by, after):
        raise Refusal("The clock of this recommendation is already running.")
    if follow_up.live or not _claim(
        follow_up, seen_version, FOLLOW_UP_STEPS["start_clock"].from_, deed, by, after, live=True
    ):
        return follow_up
    follow_up.actions.update(live=True)
    _refresh_next_due(FollowUp.objects.filter(pk=follow_up.pk))
    record(deed, follow_up, by=by, at=at, organisation=follow_up.addressee, after=after)
    return follow_up


@transaction.atomic
def set_plan_due(plan, due_by, *, by, at) -> ActionPlan:
    """Enter the day by which a place answers: for a report whose day of publication is not known, or another agreed."""
    if not by.access.is_inspector:
        raise NotAllowed("Only an inspector can set when an action plan is due.")
    before = plan.due_by
    if before == due_by:
        return plan
    plan.due_by = due_by
    plan.save(update_fields=["due_by"])
    _refresh_next_due(plan.follow_ups.all())
    record(
        "plan_due_set", plan, by=by, at=at, organisation=plan.organisation, before={"due_by": _plain(before)},
        after={"due_by": _plain(due_by)},
    )  # fmt: skip
    return plan


# --- Deeds on a follow-up ------------------------------------------------------------------------------------


@transaction.atomic
def answer(
    follow_up, response, *, response_text="", part_agreed="", part_not_agreed="", reason="", approver="",
    seen_version, by, at,
) -> FollowUp:  # fmt: skip
    """Answer a recommendation in the terms of the HMPPS action plan; answering again changes the answer."""
    step = FOLLOW_UP_STEPS["answer"]
    _guard(step, follow_up, standing_for_follow_up(follow_up, by), FOLLOW_UP_STATES)
    if problems := response_problems(response, part_agreed, part_not_agreed, reason, approver):
        raise Refusal(" ".join(problems.values()))
    new = {
        "response": response,
        "response_text": response_text.strip(),
        "part_agreed": part_agreed.strip() if response == "partly_agreed" else "",
        "part_not_agreed": part_not_agreed.strip() if response == "partly_agreed" else "",
        "reason": reason.strip() if response == "not_agreed" else "",
        "approver": approver.strip() if response == "not_agreed" else "",
    }
    before, after = _changes(follow_up, **new)
    if not before:
        return follow_up
    for side in (before, after):
        if "response" in side:
            side["response"] = RESPONSES[side["response"]]
    if not _claim(follow_up, seen_version, step.from_, "answered", by, after, state=step.to, **new):
        return follow_up
    _refresh_next_due(FollowUp.objects.filter(pk=follow_up.pk))
    follow_up.refresh_from_db(fields=["next_due"])
    record("answered", follow_up, by=by, at=at, organisation=follow_up.addressee, before=before, after=after)
    return follow_up


@transaction.atomic
def assign(follow_up, *, owner_post=None, owner_person=None, seen_version, by, at) -> FollowUp:
    """Choose the one accountable owner of a recommendation: a post, or a person."""
    step = FOLLOW_UP_STEPS["assign"]
    _guard(step, follow_up, standing_for_follow_up(follow_up, by), FOLLOW_UP_STATES)
    before, after = _changes(follow_up, owner_post=owner_post, owner_person=owner_person)
    if not before:
        return follow_up
    owners = {"owner_post": owner_post, "owner_person": owner_person}
    if not _claim(follow_up, seen_version, step.from_, "assigned", by, after, **owners):
        return follow_up
    record("assigned", follow_up, by=by, at=at, organisation=follow_up.addressee, before=before, after=after)
    _tell_new_owner(follow_up, by=by, at=at)
    return follow_up


def _tell_new_owner(row, *, by, at):
    owner = row.owner
    if row.live and owner is not None and (by is None or owner.pk != by.pk):
        notify(owner, "assigned", row, f"cycle {row.cycle} version {row.version}", at=at)


# --- Deeds on an action --------------------------------------------------------------------------------------


@transaction.atomic
def add_action(
    follow_up, what, *, owner_post=None, owner_person=None, target: TargetDate, success_measure="", key=None, by, at,
) -> Action:  # fmt: skip
    """Add a step that answers ``follow_up``. ``key``: the form's random key; the same key gives the same action."""
    _guard(FOLLOW_UP_STEPS["add_action"], follow_up, standing_for_follow_up(follow_up, by), FOLLOW_UP_STATES)
    if not what.strip():
        raise Refusal("Say what will be done.")
    try:
        with transaction.atomic():
            action = Action.objects.create(
                plan=follow_up.plan, organisation=follow_up.addressee, what=what.strip(),
                success_measure=success_measure.strip(), owner_post=owner_post, owner_person=owner_person,
                target_wording=target.wording, target_precision=target.precision, due_by=target.due_by,
                first_due_by=target.due_by, live=follow_up.live, added_at=at, form_key=key,
            )  # fmt: skip
    except IntegrityError:
        earlier = Action.objects.filter(form_key=key).first() if key else None
        if earlier is None:
            raise
        return earlier
    action.follow_ups.add(follow_up)
    _refresh_next_due(FollowUp.objects.filter(actions=action))
    record(
        "action_added", action, by=by, at=at, organisation=action.organisation,
        after={
            "what": action.what, "owner": action.owner_words, "due_by": _plain(action.due_by),
            "recommendation": follow_up.recommendation.number,
        },
    )  # fmt: skip
    _tell_new_owner(action, by=by, at=at)
    return action


@transaction.atomic
def edit_action(
    action, *, what, owner_post=None, owner_person=None, target: TargetDate, success_measure="", date_reason="",
    seen_version, by, at,
) -> Action:  # fmt: skip
    """Change what, who or when. A date that was set never moves without a reason; the first date stays on show."""
    step = ACTION_STEPS["edit"]
    _guard(step, action, standing_for_action(action, by), ACTION_STATES)
    if not what.strip():
        raise Refusal("Say what will be done.")
    # Also when the date was taken away and is set again: the first one still stands.
    moved = action.first_due_by != NO_DATE and target.due_by != action.due_by
    if moved and not date_reason.strip():
        raise Refusal("Say why the date moves: the first date stays on show beside the new one.")
    new_owner = (owner_post, owner_person) != (action.owner_post, action.owner_person)
    new = {
        "what": what.strip(), "success_measure": success_measure.strip(), "owner_post": owner_post,
        "owner_person": owner_person, "due_by": target.due_by, "target_wording": target.wording,
        "target_precision": target.precision,
    }  # fmt: skip
    before, after = _changes(action, **new)
    if not before:
        return action
    if moved:
        after["reason"] = date_reason.strip()
        new["times_moved"] = F("times_moved") + 1
    if action.first_due_by == NO_DATE:
        new["first_due_by"] = target.due_by
    if not _claim(action, seen_version, step.from_, "action_changed", by, after, **new):
        return action
    _refresh_next_due(FollowUp.objects.filter(actions=action))
    record("action_changed", action, by=by, at=at, organisation=action.organisation, before=before, after=after)
    if new_owner:
        _tell_new_owner(action, by=by, at=at)
    return action


@transaction.atomic
def cancel_action(action, reason, *, seen_version, by, at) -> Action:
    """Give a step up, saying why. Nothing reminds of it any more; it stays on show."""
    step, after = ACTION_STEPS["cancel"], {"state": ACTION_STATES["cancelled"], "reason": reason.strip()}
    if action.state == step.to and _is_repeat(action, "action_cancelled", by, after):
        return action
    _guard(step, action, standing_for_action(action, by), ACTION_STATES)
    if not reason.strip():
        raise Refusal("Say why this action is cancelled.")
    before = {"state": ACTION_STATES[action.state]}
    if not _claim(action, seen_version, step.from_, "action_cancelled", by, after, state=step.to):
        return action
    _refresh_next_due(FollowUp.objects.filter(actions=action))
    record(
        "action_cancelled", action, by=by, at=at, organisation=action.organisation, before=before, after=after,
    )  # fmt: skip
    return action


@transaction.atomic
def post_update(action, done, *, confidence, next_step="", key=None, by, at) -> Update:
    """Say what was done, how sure the date is and what is next. Two people may do so at once: nothing is overwritten.

    ``key``: the form's random key; the same key gives the same update.
    """
    step = ACTION_STEPS["post_update"]
    if key and (earlier := Update.objects.filter(form_key=key).first()):
        return earlier
    _guard(step, action, standing_for_action(action, by), ACTION_STATES)
    if not done.strip():
        raise Refusal("Say what has been done. If nothing has, say so and why.")
    if confidence not in CONFIDENCE:
        raise Refusal("Choose how sure you are of the date: on track, at risk or off track.")
    # The state may have moved since the page was opened; only an open action takes an update.
    if not Action.objects.filter(pk=action.pk, state__in=step.from_).update(state=step.to):
        theirs = Action.objects.get(pk=action.pk)
        raise AlreadyMoved(why_not_now(step, theirs.state, ACTION_STATES), theirs)
    try:
        with transaction.atomic():
            update = Update.objects.create(
                action=action, by=by, at=at, done=done.strip(), confidence=confidence, next_step=next_step.strip(),
                form_key=key,
            )  # fmt: skip
    except IntegrityError:
        earlier = Update.objects.filter(form_key=key).first() if key else None
        if earlier is None:
            raise
        return earlier
    before = {"state": ACTION_STATES[action.state]} if action.state != step.to else {}
    action.refresh_from_db()
    record(
        "update_posted", action, by=by, at=at, organisation=action.organisation, before=before,
        after={"done": update.done, "confidence": CONFIDENCE[confidence], "next": update.next_step},
    )  # fmt: skip
    return update


def _refresh_next_due(follow_ups) -> None:
    """Set each follow-up's ``next_due``: its earliest open action's date, or the response's while that is awaited
    and comes first."""
    earliest = (
        Action.objects.filter(follow_ups=OuterRef("pk"), state__in=OPEN_ACTION).order_by("due_by").values("due_by")
    )
    response = ActionPlan.objects.filter(pk=OuterRef("plan_id")).values("due_by")
    follow_ups.update(
        next_due=Least(
            Coalesce(Subquery(earliest[:1]), Value(NO_DATE)),
            Case(When(state="awaiting", live=True, then=Subquery(response)), default=Value(NO_DATE)),
            output_field=DateField(),
        )
    )
