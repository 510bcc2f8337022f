"""Every deed on follow-ups and actions: one function each, called by page, command and demonstration alike.

Each runs in one transaction: guard by the rules, compare-and-set, rows, journal, notices. ``by`` is who does it,
``at`` when; a refusal is an exception with a sentence (`tracker.refusals`).
"""

from django.db import IntegrityError, transaction
from django.db.models import F

from tracker.journal.operations import record
from tracker.refusals import AlreadyMoved, Refusal
from tracker.working_days import NO_DATE

from .guard import (
    changes,
    claim_row,
    guard,
    is_repeat,
    plain,
    refresh_next_due,
    standing_for_action,
    standing_for_follow_up,
    tell_new_owner,
)
from .models import Action, FollowUp, Update
from .rules import (
    ACTION_STATES,
    ACTION_STEPS,
    CONFIDENCE,
    FOLLOW_UP_STATES,
    FOLLOW_UP_STEPS,
    RESPONSES,
    TargetDate,
    response_problems,
    why_not_now,
)

# --- Deeds on a follow-up ------------------------------------------------------------------------------------


@transaction.atomic
def answer(
    follow_up, response, *, response_text="", part_agreed="", part_not_agreed="", reason="", approver="",
    seen_version, by, at,
) -> FollowUp:  # fmt: skip
    """Answer a recommendation in the terms of the HMPPS action plan; answering again changes the answer."""
    step = FOLLOW_UP_STEPS["answer"]
    guard(step, follow_up, standing_for_follow_up(follow_up, by), FOLLOW_UP_STATES)
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
    before, after = changes(follow_up, **new)
    if not before:
        return follow_up
    for side in (before, after):
        if "response" in side:
            side["response"] = RESPONSES[side["response"]]
    if not claim_row(follow_up, seen_version, step.from_, "answered", by, after, state=step.to, **new):
        return follow_up
    refresh_next_due(FollowUp.objects.filter(pk=follow_up.pk))
    follow_up.refresh_from_db(fields=["next_due"])
    record("answered", follow_up, by=by, at=at, organisation=follow_up.addressee, before=before, after=after)
    return follow_up


@transaction.atomic
def assign(follow_up, *, owner_post=None, owner_person=None, seen_version, by, at) -> FollowUp:
    """Choose the one accountable owner of a recommendation: a post, or a person."""
    step = FOLLOW_UP_STEPS["assign"]
    guard(step, follow_up, standing_for_follow_up(follow_up, by), FOLLOW_UP_STATES)
    before, after = changes(follow_up, owner_post=owner_post, owner_person=owner_person)
    if not before:
        return follow_up
    owners = {"owner_post": owner_post, "owner_person": owner_person}
    if not claim_row(follow_up, seen_version, step.from_, "assigned", by, after, **owners):
        return follow_up
    record("assigned", follow_up, by=by, at=at, organisation=follow_up.addressee, before=before, after=after)
    tell_new_owner(follow_up, by=by, at=at)
    return follow_up


# --- Deeds on an action --------------------------------------------------------------------------------------


@transaction.atomic
def add_action(
    follow_up, what, *, owner_post=None, owner_person=None, target: TargetDate, success_measure="", key=None, by, at,
) -> Action:  # fmt: skip
    """Add a step that answers ``follow_up``. ``key``: the form's random key; the same key gives the same action."""
    guard(FOLLOW_UP_STEPS["add_action"], follow_up, standing_for_follow_up(follow_up, by), FOLLOW_UP_STATES)
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
    refresh_next_due(FollowUp.objects.filter(actions=action))
    record(
        "action_added", action, by=by, at=at, organisation=action.organisation,
        after={
            "what": action.what, "owner": action.owner_words, "due_by": plain(action.due_by),
            "recommendation": follow_up.recommendation.number,
        },
    )  # fmt: skip
    tell_new_owner(action, by=by, at=at)
    return action


@transaction.atomic
def edit_action(
    action, *, what, owner_post=None, owner_person=None, target: TargetDate, success_measure="", date_reason="",
    seen_version, by, at,
) -> Action:  # fmt: skip
    """Change what, who or when. A date that was set never moves without a reason; the first date stays on show."""
    step = ACTION_STEPS["edit"]
    guard(step, action, standing_for_action(action, by), ACTION_STATES)
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
    before, after = changes(action, **new)
    if not before:
        return action
    if moved:
        after["reason"] = date_reason.strip()
        new["times_moved"] = F("times_moved") + 1
    if action.first_due_by == NO_DATE:
        new["first_due_by"] = target.due_by
    if not claim_row(action, seen_version, step.from_, "action_changed", by, after, **new):
        return action
    refresh_next_due(FollowUp.objects.filter(actions=action))
    record("action_changed", action, by=by, at=at, organisation=action.organisation, before=before, after=after)
    if new_owner:
        tell_new_owner(action, by=by, at=at)
    return action


@transaction.atomic
def cancel_action(action, reason, *, seen_version, by, at) -> Action:
    """Give a step up, saying why. Nothing reminds of it any more; it stays on show."""
    step, after = ACTION_STEPS["cancel"], {"state": ACTION_STATES["cancelled"], "reason": reason.strip()}
    if action.state == step.to and is_repeat(action, "action_cancelled", by, after):
        return action
    guard(step, action, standing_for_action(action, by), ACTION_STATES)
    if not reason.strip():
        raise Refusal("Say why this action is cancelled.")
    before = {"state": ACTION_STATES[action.state]}
    if not claim_row(action, seen_version, step.from_, "action_cancelled", by, after, state=step.to):
        return action
    refresh_next_due(FollowUp.objects.filter(actions=action))
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
    guard(step, action, standing_for_action(action, by), ACTION_STATES)
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
