"""Claimed work and the Inspectorate's decision on it. Closed never means "the owner said so"."""

from django.db import IntegrityError, transaction

from tracker.journal.operations import record
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal
from tracker.working_days import london_day

from .evidence import attach_to_claim
from .guard import claim_row, drop_question, guard, is_repeat, refresh_next_due, standing_for_action, who_was_first
from .models import Action, Claim, Evidence, FollowUp, Update, Verification
from .rules import ACTION_STATES, ACTION_STEPS, JUDGEMENTS
from .telling import inspectors_for, tell


@transaction.atomic
def claim(action, comment, *, evidence=(), key=None, seen_version, by, at) -> Claim:
    """Say that an action is done. ``evidence``: ids of what proves it, of this action and of no earlier claim."""
    step = ACTION_STEPS["claim"]
    if key and (earlier := Claim.objects.filter(form_key=key).first()):
        return earlier
    guard(step, action, standing_for_action(action, by), ACTION_STATES)
    if not comment.strip():
        raise Refusal("Say what was done and how it can be seen: an inspector will check it.")
    before = {"state": ACTION_STATES[action.state]}
    after = {"state": ACTION_STATES[step.to], "comment": comment.strip()}
    if not claim_row(action, seen_version, step.from_, "claimed", by, after, state=step.to):
        return Claim.objects.filter(action=action).first()
    drop_question(action, at)
    made = Claim.objects.create(action=action, by=by, at=at, comment=comment.strip(), cycle=action.cycle, form_key=key)
    if proof := attach_to_claim(evidence, made):
        after["evidence"] = ", ".join(one.name for one in proof)
    refresh_next_due(FollowUp.objects.filter(actions=action))
    record("claimed", action, by=by, at=at, organisation=action.organisation, before=before, after=after)
    tell("claimed", action, inspectors_for(action), f"claim {made.pk}", by=by, at=at)
    return made


def workers_on(action) -> set[int]:
    """Ids of everyone whose work this is, in this cycle: owner, helpers, claimants, authors of updates and evidence."""
    found = {action.owner.pk} if action.owner else set()
    found |= set(action.helpers.values_list("pk", flat=True))
    claims = Claim.objects.filter(action=action, cycle=action.cycle).order_by()
    found |= set(
        Update.objects.filter(action=action).order_by().values_list("by")
        .union(
            Evidence.objects.filter(action=action).order_by().values_list("by"),
            claims.values_list("by"),
        )
        .values_list("by", flat=True)
    )  # fmt: skip
    return found


def why_not_verified_by(action, by) -> str | None:
    if workers_on(action) & set(by.acts_for):
        return "You cannot verify this action: you worked on it yourself, or stand in for somebody who did."
    return None


@transaction.atomic
def verify(action, judgement, reason="", *, seen_version, by, at) -> Verification:
    """Verify claimed work, with a judgement in the words of independent reviews of progress."""
    return _decide(action, "verify", "verified", judgement, reason.strip(), seen_version, by, at)


@transaction.atomic
def send_back(action, judgement, reason, *, seen_version, by, at) -> Verification:
    """Send claimed work back to its owner, saying what is lacking."""
    return _decide(action, "send_back", "sent_back", judgement, reason.strip(), seen_version, by, at)


def _decide(action, deed, outcome, judgement, reason, seen_version, by, at):
    step = ACTION_STEPS[deed]
    after = {"state": ACTION_STATES[step.to], "judgement": JUDGEMENTS.get(judgement, "")}
    after |= {"reason": reason} if reason else {}
    if action.state == step.to and is_repeat(action, outcome, by, after):
        return Verification.objects.filter(action=action).first()
    guard(step, action, standing_for_action(action, by), ACTION_STATES)
    if sentence := why_not_verified_by(action, by):
        raise NotAllowed(sentence)
    if judgement not in JUDGEMENTS:
        raise Refusal("Choose how much progress you judge there is.")
    if outcome == "sent_back" and not reason:
        raise Refusal("Say what is lacking, so that the owner knows what to do.")
    proved = Claim.objects.filter(action=action, verification=None).select_related("by").first()
    if proved is None:
        raise AlreadyMoved(who_was_first(action), Action.objects.get(pk=action.pk))
    before = {"state": ACTION_STATES[action.state]}
    heard = {"heard_on": london_day(at)} if outcome == "sent_back" else {}
    if not claim_row(action, seen_version, step.from_, outcome, by, after, state=step.to, **heard):
        return Verification.objects.filter(action=action).first()
    try:
        with transaction.atomic():
            decision = Verification.objects.create(
                claim=proved, action=action, claimed_by=proved.by, verified_by=by, at=at, outcome=outcome,
                judgement=judgement, reason=reason,
            )  # fmt: skip
    except IntegrityError:
        if not Verification.objects.filter(claim=proved).exists():
            raise
        raise AlreadyMoved(who_was_first(action), action) from None
    refresh_next_due(FollowUp.objects.filter(actions=action))
    record(outcome, action, by=by, at=at, organisation=action.organisation, before=before, after=after)
    told = [person for person in (proved.by, action.owner) if person is not None]
    tell(outcome, action, told, f"claim {proved.pk}", by=by, at=at)
    return decision
