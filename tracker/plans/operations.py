"""Every deed on follow-ups and actions: one function each, called by page, command and demonstration alike.

Each runs in one transaction: guard by the rules, compare-and-set, rows, journal, notices. ``by`` is who does it,
``at`` when; a refusal is an exception with a sentence (`tracker.refusals`).
"""

from django.db import IntegrityError, transaction
from django.db.models import Case, F, Q, Value, When

from tracker.journal.models import Event
from tracker.journal.operations import record
from tracker.refusals import AlreadyMoved, Refusal
from tracker.working_days import NO_DATE, london_day

from . import bulk
from .guard import (
    changes,
    claim_row,
    done_lately,
    drop_question,
    guard,
    is_repeat,
    lock,
    look_again_at_alerts,
    plain,
    plan_allows,
    refresh_next_due,
    said_of_clock,
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
    OPEN_FOLLOW_UP,
    PLAN_STATES,
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
    plan_allows(step.words, follow_up.plan_id, follow_up.response)
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
    return bulk.assign(
        [follow_up], owner_post=owner_post, owner_person=owner_person, seen={follow_up.pk: seen_version}, by=by, at=at
    ).of_one()


# --- Deeds on an action --------------------------------------------------------------------------------------


def _past_needs_reason(target, reason, at):
    if target.due_by < london_day(at) and not reason.strip():
        raise Refusal("This date is already past. Say why, or choose a later one.")


def _also_answers(organisation, also):
    """An action answers recommendations to its own place only: each place answers for itself."""
    for follow_up in also:
        if follow_up.addressee_id != organisation.pk:
            raise Refusal(f"Recommendation {follow_up.recommendation.number} is to {follow_up.addressee}, not to you.")
        if follow_up.state not in OPEN_FOLLOW_UP:
            raise Refusal(f"Recommendation {follow_up.recommendation.number} is closed, so nothing more answers it.")


@transaction.atomic
def add_action(
    follow_up, what, *, owner_post=None, owner_person=None, target: TargetDate, success_measure="", helpers=(), also=(),
    date_reason="", key=None, by, at,
) -> Action:  # fmt: skip
    """Add a step that answers ``follow_up``, and those in ``also``. ``helpers``: people who may update it.

    ``date_reason``: for a date that is already past. ``key``: the form's random key; the same key gives the same
    action. So do the same words minutes later (`guard.done_lately`), while nothing was changed since.
    """
    if key and (earlier := Action.objects.filter(form_key=key).first()):
        return earlier
    step = FOLLOW_UP_STEPS["add_action"]
    guard(step, follow_up, standing_for_follow_up(follow_up, by), FOLLOW_UP_STATES)
    if not what.strip():
        raise Refusal("Say what will be done.")
    _past_needs_reason(target, date_reason, at)
    _also_answers(follow_up.addressee, also)
    plan_allows(step.words, follow_up.plan_id, "awaiting")
    # Closed meanwhile, or being closed: whoever is first wins.
    state = FollowUp.objects.select_for_update().values_list("state", flat=True).get(pk=follow_up.pk)
    if state not in step.from_:
        raise AlreadyMoved(why_not_now(step, state, FOLLOW_UP_STATES), follow_up)
    action = Action(
        plan_id=follow_up.plan_id, organisation=follow_up.addressee, what=what.strip(),
        success_measure=success_measure.strip(), owner_post=owner_post, owner_person=owner_person,
        target_wording=target.wording, target_precision=target.precision, due_by=target.due_by,
        first_due_by=target.due_by, live=follow_up.live, cycle=follow_up.cycle, added_at=at, form_key=key,
    )  # fmt: skip
    after = {
        "what": action.what, "owner": action.owner_words, "due_by": plain(action.due_by),
        "recommendation": follow_up.recommendation.number,
        "also_answers": _numbers(also), "helpers": _names(helpers), "reason": date_reason.strip(),
    } | said_of_clock(action)  # fmt: skip
    after = {name: value for name, value in after.items() if value != ""}
    lately = done_lately(Event.objects.filter(organisation=action.organisation), "action_added", by, at)
    same = [event.subject_id for event in lately if event.after == after]
    untouched = Action.objects.filter(pk__in=same, follow_ups=follow_up, version=1, cycle=action.cycle)
    untouched = untouched.filter(success_measure=action.success_measure, target_wording=action.target_wording)
    if same and (earlier := untouched.order_by("-pk").first()):
        return earlier
    try:
        with transaction.atomic():
            action.save()
    except IntegrityError:
        earlier = Action.objects.filter(form_key=key).first() if key else None
        if earlier is None:
            raise
        return earlier
    action.follow_ups.add(follow_up, *also)
    if helpers:
        action.helpers.add(*helpers)
    refresh_next_due(FollowUp.objects.filter(actions=action))
    record("action_added", action, by=by, at=at, organisation=action.organisation, after=after)
    tell_new_owner(action, by=by, at=at)
    return action


def _names(people) -> str:
    return ", ".join(sorted(person.name for person in people))


def _numbers(follow_ups) -> str:
    return ", ".join(str(n) for n in sorted(one.recommendation.number for one in follow_ups))


@transaction.atomic
def edit_action(
    action, *, what, owner_post=None, owner_person=None, target: TargetDate, success_measure="", date_reason="",
    helpers=None, also=None, waits_for=None, seen_version, by, at,
) -> Action:  # fmt: skip
    """Change what, who or, until the plan is submitted, when. A date that was set never moves without a reason; once
    the plan is with the level above, another date is asked for (`dates.ask_date`).

    ``helpers`` (people), ``also`` (all the recommendations it answers), ``waits_for`` (actions and recommendations
    that have to come first): None leaves them as they are.
    """
    step = ACTION_STEPS["edit"]
    guard(step, action, standing_for_action(action, by), ACTION_STATES)
    if not what.strip():
        raise Refusal("Say what will be done.")
    # Also when the date was taken away and is set again: the first one still stands.
    moved = action.first_due_by != NO_DATE and target.due_by != action.due_by
    if moved and action.due_by != NO_DATE and (action.plan is None or action.plan.state in ("submitted", "signed_off")):
        raise Refusal("The date of this action is part of what the level above has seen: ask for another date instead.")
    if moved and not date_reason.strip():
        raise Refusal("Say why the date moves: the first date stays on show beside the new one.")
    if target.due_by != action.due_by:
        _past_needs_reason(target, date_reason, at)
    plan_allows(step.words, action.plan_id, "awaiting")
    new_owner = (owner_post, owner_person) != (action.owner_post, action.owner_person)
    new = {
        "what": what.strip(), "success_measure": success_measure.strip(), "owner_post": owner_post,
        "owner_person": owner_person, "due_by": target.due_by, "target_wording": target.wording,
        "target_precision": target.precision,
    }  # fmt: skip
    before, after = changes(action, **new)
    linked = _changed_links(action, helpers, also, waits_for, before, after)
    if not before:
        return action
    if moved:
        after["reason"] = date_reason.strip()
        new["times_moved"] = F("times_moved") + 1
    if action.first_due_by == NO_DATE:
        new["first_due_by"] = target.due_by
    look_again_at_alerts([action])
    if not claim_row(action, seen_version, step.from_, "action_changed", by, after, **new):
        return action
    if "due_by" in after:
        drop_question(action, at)
    earlier_follow_ups = list(action.follow_ups.values_list("pk", flat=True)) if also is not None else []
    for relation, rows in linked:
        relation.set(rows)
    refresh_next_due(FollowUp.objects.filter(Q(actions=action) | Q(pk__in=earlier_follow_ups)))
    record("action_changed", action, by=by, at=at, organisation=action.organisation, before=before, after=after)
    if new_owner:
        tell_new_owner(action, by=by, at=at)
    return action


def _changed_links(action, helpers, also, waits_for, before, after) -> list:
    """(relation, rows) of the links that change; says in ``before`` and ``after`` what."""
    linked = []

    def differs(name, relation, rows, words):
        now = list(relation.all())
        if {row.pk for row in now} != {row.pk for row in rows}:
            before[name], after[name] = words(now), words(rows)
            linked.append((relation, rows))

    if helpers is not None:
        differs("helpers", action.helpers, helpers, _names)
    if also is not None:
        if not also and action.alert_id is None:
            raise Refusal("An action of a plan answers at least one recommendation.")
        new_ones = [one for one in also if one.pk not in set(action.follow_ups.values_list("pk", flat=True))]
        _also_answers(action.organisation, new_ones)
        differs("answers", action.follow_ups, also, _numbers)
    if waits_for is not None:
        actions = [one for one in waits_for if isinstance(one, Action)]
        follow_ups = [one for one in waits_for if isinstance(one, FollowUp)]
        if circle := _circle(action, actions):
            raise Refusal(f"“{circle.what}” waits for this action itself, so this one cannot wait for it.")
        differs("waits_for", action.waits_for_actions, actions, lambda rows: "; ".join(row.what for row in rows))
        differs("waits_for_recommendations", action.waits_for_follow_ups, follow_ups, _numbers)
    return linked


def _circle(action, wanted):
    """The first of ``wanted`` that, directly or through others, waits for ``action``. A query for each step away."""
    waits = Action.waits_for_actions.through.objects
    for one in wanted:
        seen, ahead = set(), {one.pk}
        while ahead:
            if action.pk in ahead:
                return one
            seen |= ahead
            further = waits.filter(from_action__in=ahead).values_list("to_action", flat=True)
            ahead = set(further) - seen
    return None


@transaction.atomic
def reassign(action, *, owner_post=None, owner_person=None, seen_version, by, at) -> Action:
    """Give an action to another owner: a post, a person, or nobody for now."""
    return bulk.assign(
        [action], owner_post=owner_post, owner_person=owner_person, seen={action.pk: seen_version}, by=by, at=at
    ).of_one()


@transaction.atomic
def move_action(plan, action, places: int, *, seen_version, by, at) -> None:
    """Move an action up (-1) or down (1) in its plan. Three statements, however many actions there are."""
    step = ACTION_STEPS["reorder"]
    guard(step, action, standing_for_action(action, by), ACTION_STATES)
    order = list(Action.objects.filter(plan=plan).order_by("position", "pk").values_list("pk", flat=True))
    was = order.index(action.pk)
    now = min(max(was + places, 0), len(order) - 1)
    if was == now:
        return
    order.insert(now, order.pop(was))
    after = {"action": action.what, "place": now + 1}
    if not claim_row(plan, seen_version, PLAN_STATES, "actions_reordered", by, after):
        return
    Action.objects.filter(plan=plan).update(
        position=Case(*(When(pk=pk, then=Value(place)) for place, pk in enumerate(order, start=1)))
    )
    record(
        "actions_reordered", plan, by=by, at=at, organisation=plan.organisation, before={"place": was + 1}, after=after
    )


@transaction.atomic
def cancel_action(action, reason, *, seen_version, by, at) -> Action:
    """Give a step up, saying why. Nothing reminds of it any more; it stays on show."""
    step, after = ACTION_STEPS["cancel"], {"state": ACTION_STATES["cancelled"], "reason": reason.strip()}
    if action.state == step.to and is_repeat(action, "action_cancelled", by, after):
        return action
    guard(step, action, standing_for_action(action, by), ACTION_STATES)
    if not reason.strip():
        raise Refusal("Say why this action is cancelled.")
    plan_allows(step.words, action.plan_id, "awaiting")
    before = {"state": ACTION_STATES[action.state]}
    look_again_at_alerts([action])
    if not claim_row(action, seen_version, step.from_, "action_cancelled", by, after, state=step.to):
        return action
    drop_question(action, at)
    refresh_next_due(FollowUp.objects.filter(actions=action))
    record(
        "action_cancelled", action, by=by, at=at, organisation=action.organisation, before=before, after=after,
    )  # fmt: skip
    return action


@transaction.atomic
def post_update(action, done, *, confidence, next_step="", key=None, by, at) -> Update:
    """Say what was done, how sure the date is and what is next. Two people may do so at once: nothing is overwritten.

    ``key``: the form's random key; the same key gives the same update, and so do the words that this person said of
    it last, said again minutes later (`guard.done_lately`).
    """
    step = ACTION_STEPS["post_update"]
    if key and (earlier := Update.objects.filter(form_key=key).first()):
        return earlier
    guard(step, action, standing_for_action(action, by), ACTION_STATES)
    if not done.strip():
        raise Refusal("Say what has been done. If nothing has, say so and why.")
    if confidence not in CONFIDENCE:
        raise Refusal("Choose how sure you are of the date: on track, at risk or off track.")
    lock(action)
    after = {"done": done.strip(), "confidence": CONFIDENCE[confidence], "next": next_step.strip()}
    after |= {"address": by.email} if by.external else {}
    last = next(iter(done_lately(Event.objects.about(action), "update_posted", by, at)), None)
    if last and last.after == after and (earlier := Update.objects.filter(action=action, by=by, at=last.at).first()):
        return earlier
    # The state may have moved since the page was opened; only an open action takes an update.
    mine = Action.objects.filter(pk=action.pk, state__in=step.from_)
    if not mine.update(state=step.to, heard_on=london_day(at)):
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
    record("update_posted", action, by=by, at=at, organisation=action.organisation, before=before, after=after)
    return update
