"""An action plan on its way: submitted, taken back, signed off or sent back by the level above."""

from django.db import transaction

from tracker.journal.operations import record
from tracker.refusals import NotAllowed, Refusal
from tracker.working_days import NO_DATE

from .guard import claim_row, guard, is_repeat, lock, standing_above
from .models import Action, ActionPlan, FollowUp
from .rules import PLAN_STATES, PLAN_STEPS, Answered, missing_from_plan
from .telling import heads_above, leads_of, tell


def answered_rows(plan) -> list[Answered]:
    """What submitting the plan depends on, in report order. Two queries."""
    follow_ups = FollowUp.objects.filter(plan=plan).order_by("recommendation__group", "recommendation__number")
    follow_ups = follow_ups.values_list("pk", "recommendation__number", "state", "response", "reason", "approver")
    actions = {}
    found = Action.objects.filter(follow_ups__plan=plan).exclude(state="cancelled")
    found = found.values_list("follow_ups", "pk", "owner_post", "owner_person__is_active", "due_by", "state").order_by(
        "pk"
    )
    for follow_up, pk, post, in_use, due_by, state in found:
        # What is verified needs neither any more.
        done = state == "verified"
        entry = (pk, done or bool(post or in_use), done or due_by != NO_DATE)
        actions.setdefault(follow_up, []).append(entry)
    return [Answered(*row, tuple(actions.get(row[0], ()))) for row in follow_ups]


def _occasion(plan) -> str:
    return f"version {plan.version}"


@transaction.atomic
def submit(plan, *, seen_version, by, at) -> ActionPlan:
    """Send the plan to the level above for sign-off. Refused while anything is missing, naming the first of it."""
    step, after = PLAN_STEPS["submit"], {"state": PLAN_STATES["submitted"]}
    if plan.state == step.to and is_repeat(plan, "plan_submitted", by, after):
        return plan
    guard(step, plan, by.access.standing(plan.organisation.line), PLAN_STATES)
    lock(plan)
    if missing := missing_from_plan(answered_rows(plan)):
        first = f"Recommendation {missing[0].number} {missing[0].what}."
        more = f" {len(missing) - 1} more {'thing is' if len(missing) == 2 else 'things are'} missing." * (
            len(missing) > 1
        )
        raise Refusal(f"The plan is not ready to be sent. {first}{more}")
    before = {"state": PLAN_STATES[plan.state]}
    changes = {"submitted_by": by, "submitted_at": at, "decided_by": None, "decided_at": None, "comments": ""}
    if not claim_row(plan, seen_version, step.from_, "plan_submitted", by, after, state=step.to, **changes):
        return plan
    record("plan_submitted", plan, by=by, at=at, organisation=plan.organisation, before=before, after=after)
    tell("plan_submitted", plan, heads_above(plan.organisation, by), _occasion(plan), by=by, at=at)
    return plan


@transaction.atomic
def take_back(plan, *, seen_version, by, at) -> ActionPlan:
    """Take a plan back from the level above, to go on working on it."""
    step, after = PLAN_STEPS["take_back"], {"state": PLAN_STATES["draft"]}
    if plan.state == step.to and is_repeat(plan, "plan_taken_back", by, after):
        return plan
    guard(step, plan, by.access.standing(plan.organisation.line), PLAN_STATES)
    before = {"state": PLAN_STATES[plan.state]}
    changes = {"submitted_by": None, "submitted_at": None}
    if not claim_row(plan, seen_version, step.from_, "plan_taken_back", by, after, state=step.to, **changes):
        return plan
    record("plan_taken_back", plan, by=by, at=at, organisation=plan.organisation, before=before, after=after)
    return plan


def why_not_decided_by(plan, by) -> str | None:
    """Nobody signs off their own plan, nor that of somebody they stand in for."""
    if plan.submitted_by_id in by.acts_for:
        return "You cannot decide on a plan that you, or somebody you stand in for, submitted."
    return None


@transaction.atomic
def sign_off(plan, comments="", *, seen_version, by, at) -> ActionPlan:
    return _decide(plan, "sign_off", "plan_signed_off", comments.strip(), seen_version, by, at)


@transaction.atomic
def send_back(plan, comments, *, seen_version, by, at) -> ActionPlan:
    """Send the plan back to its leads, saying what is to be done; also after it was signed off."""
    return _decide(plan, "send_plan_back", "plan_sent_back", comments.strip(), seen_version, by, at)


def _decide(plan, deed, event, comments, seen_version, by, at):
    step = PLAN_STEPS[deed]
    after = {"state": PLAN_STATES[step.to]} | ({"comments": comments} if comments else {})
    if plan.state == step.to and is_repeat(plan, event, by, after):
        return plan
    guard(step, plan, standing_above(plan.organisation, by, plan.submitted_by), PLAN_STATES)
    if sentence := why_not_decided_by(plan, by):
        raise NotAllowed(sentence)
    if step.to == "sent_back" and not comments:
        raise Refusal("Say what has to change before you can sign it off.")
    before = {"state": PLAN_STATES[plan.state]}
    submitter = plan.submitted_by
    changes = {"decided_by": by, "decided_at": at, "comments": comments}
    if not claim_row(plan, seen_version, step.from_, event, by, after, state=step.to, **changes):
        return plan
    record(event, plan, by=by, at=at, organisation=plan.organisation, before=before, after=after)
    told = [*leads_of(plan.organisation), *([submitter] if submitter else [])]
    tell(event, plan, told, _occasion(plan), by=by, at=at)
    return plan
