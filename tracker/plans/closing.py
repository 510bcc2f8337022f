"""How a recommendation ends, and how it comes back: closed, not agreed, risk accepted, superseded, reopened."""

import datetime as dt

from django.db import transaction
from django.db.models import F

from tracker.journal.operations import record
from tracker.refusals import Refusal
from tracker.working_days import NO_DATE, london_day

from .guard import claim_row, guard, is_repeat, lock, refresh_next_due, standing_above, standing_for_follow_up
from .models import Action, FollowUp
from .rules import FOLLOW_UP_STATES, FOLLOW_UP_STEPS, OPEN_ACTION, is_answered_anew, why_not_closed
from .telling import heads_above, leads_of, tell


def what_stands_in_the_way(follow_up, actions=None) -> str | None:
    """Why an inspector cannot close it as implemented yet; None when they can. At most two queries.

    ``actions``: (state, cycle) of each, where a page has read them all.
    """
    if actions is None:
        actions = list(Action.objects.filter(follow_ups=follow_up).order_by("pk").values_list("state", "cycle"))
    required = []
    if follow_up.tie == "confirmed":
        required = list(Action.objects.filter(alert=follow_up.alert_id, required=True).values_list("state", flat=True))
    verified_now = any(state == "verified" and cycle == follow_up.cycle for state, cycle in actions)
    return why_not_closed([state for state, _ in actions], verified_now, follow_up.tie, required)


def why_not_as_not_agreed(follow_up) -> str | None:
    """Why an inspector cannot close it as not agreed; None when they can. One query, and the plan."""
    if follow_up.response != "not_agreed":
        return "Its response is another one."
    if follow_up.plan.state != "signed_off":
        return "The level above has not signed this answer off yet."
    open_ones = Action.objects.filter(follow_ups=follow_up).exclude(state__in=["verified", "cancelled"]).count()
    if open_ones:
        return (
            f"{open_ones} of its actions {'is' if open_ones == 1 else 'are'} still open: verified or cancelled first."
        )
    return None


def _end(follow_up, deed, event, standing, seen_version, by, at, after, **changes) -> bool:
    """The step itself; False when it is a repeat of the same deed."""
    step = FOLLOW_UP_STEPS[deed]
    after = {"state": FOLLOW_UP_STATES[step.to]} | after
    if follow_up.state == step.to and is_repeat(follow_up, event, by, after):
        return False
    guard(step, follow_up, standing, FOLLOW_UP_STATES)
    before = {"state": FOLLOW_UP_STATES[follow_up.state]}
    if not claim_row(follow_up, seen_version, step.from_, event, by, after, state=step.to, **changes):
        return False
    refresh_next_due(FollowUp.objects.filter(pk=follow_up.pk))
    record(event, follow_up, by=by, at=at, organisation=follow_up.addressee, before=before, after=after)
    return True


def _tell_owner(kind, follow_up, by, at):
    """Leaves in ``follow_up.told`` who will be, for the page to say so."""
    owner = follow_up.owner
    whom = [owner] if owner is not None else leads_of(follow_up.addressee)
    follow_up.told = tell(kind, follow_up, whom, f"cycle {follow_up.cycle} version {follow_up.version}", by=by, at=at)


@transaction.atomic
def close(follow_up, reason="", *, seen_version, by, at) -> FollowUp:
    """Close as implemented: at least one action verified, all others verified or cancelled, the alert's too."""
    after = {"reason": reason.strip()} if reason.strip() else {}
    standing = standing_for_follow_up(follow_up, by)
    if follow_up.state in FOLLOW_UP_STEPS["close"].from_:
        guard(FOLLOW_UP_STEPS["close"], follow_up, standing, FOLLOW_UP_STATES)
        lock(follow_up)  # nobody adds an action between the question and the answer
        if follow_up.alert_id:
            lock(follow_up.alert)
        if sentence := what_stands_in_the_way(follow_up):
            raise Refusal(f"You cannot close this recommendation yet. {sentence}")
    if _end(follow_up, "close", "closed", standing, seen_version, by, at, after):
        _tell_owner("closed", follow_up, by, at)
    return follow_up


@transaction.atomic
def close_not_agreed(follow_up, reason="", *, seen_version, by, at) -> FollowUp:
    """Close what was not agreed, once the level above has signed that answer off."""
    standing = standing_for_follow_up(follow_up, by)
    if follow_up.state in FOLLOW_UP_STEPS["close_not_agreed"].from_:
        guard(FOLLOW_UP_STEPS["close_not_agreed"], follow_up, standing, FOLLOW_UP_STATES)
        if sentence := why_not_as_not_agreed(follow_up):
            raise Refusal(f"You cannot close this recommendation as not agreed. {sentence}")
    after = {"reason": reason.strip()} if reason.strip() else {}
    if _end(follow_up, "close_not_agreed", "closed_not_agreed", standing, seen_version, by, at, after):
        _tell_owner("closed_not_agreed", follow_up, by, at)
    return follow_up


@transaction.atomic
def accept_risk(follow_up, reason, review_on: dt.date, *, seen_version, by, at) -> FollowUp:
    """Accept, by name, the risk of not acting until a day on which the recommendation comes back by itself."""
    after = {"reason": reason.strip(), "accepted_by": by.name, "review_on": review_on.isoformat()}
    standing = standing_above(follow_up.addressee, by)
    guard_first = follow_up.state in FOLLOW_UP_STEPS["accept_risk"].from_
    if guard_first:
        guard(FOLLOW_UP_STEPS["accept_risk"], follow_up, standing, FOLLOW_UP_STATES)
        if not reason.strip():
            raise Refusal("Say why the risk of not acting is accepted.")
        if not london_day(at) < review_on < NO_DATE:
            raise Refusal("Choose a day in the future on which this is looked at again.")
    changes = {"risk_accepted_by": by, "risk_reason": reason.strip(), "review_on": review_on}
    if _end(follow_up, "accept_risk", "risk_accepted", standing, seen_version, by, at, after, **changes):
        _tell_owner("risk_accepted", follow_up, by, at)
    return follow_up


@transaction.atomic
def supersede(follow_up, successor, reason, *, seen_version, by, at) -> FollowUp:
    """Say which later recommendation takes its place."""
    standing = standing_for_follow_up(follow_up, by)
    after = {"successor": str(successor), "reason": reason.strip()}
    if follow_up.state in FOLLOW_UP_STEPS["supersede"].from_:
        guard(FOLLOW_UP_STEPS["supersede"], follow_up, standing, FOLLOW_UP_STATES)
        if not reason.strip():
            raise Refusal("Say why this recommendation is superseded.")
        if successor.pk == follow_up.pk:
            raise Refusal("A recommendation cannot take its own place.")
        if successor.state == "superseded":
            raise Refusal("That recommendation is superseded itself. Choose the one that took its place.")
        if successor.addressee_id not in (follow_up.addressee_id, *follow_up.addressee.line):
            raise Refusal("Choose a recommendation to the same place, or to a level above it.")
    if _end(follow_up, "supersede", "superseded", standing, seen_version, by, at, after, superseded_by=successor):
        _tell_owner("superseded", follow_up, by, at)
    return follow_up


@transaction.atomic
def reopen(follow_up, reason, *, seen_version, by, at) -> FollowUp:
    """Open it again in a new cycle. What was not agreed is to be answered anew; everything else has to be done anew:
    it takes an action verified in the new cycle to close it."""
    step = FOLLOW_UP_STEPS["reopen"]
    after = {"reason": reason.strip()}
    if follow_up.state not in step.from_ and is_repeat(follow_up, "reopened", by, after):
        return follow_up
    guard(step, follow_up, standing_for_follow_up(follow_up, by), FOLLOW_UP_STATES)
    if not reason.strip():
        raise Refusal("Say why this recommendation is opened again.")
    _again(follow_up, "reopened", after, seen_version, by, at)
    _tell_owner("reopened", follow_up, by, at)
    return follow_up


def _again(follow_up, event, after, seen_version, by, at) -> bool:
    before = {"state": FOLLOW_UP_STATES[follow_up.state]}
    anew = is_answered_anew(follow_up.response)
    changes = {
        "state": "awaiting" if anew else "open", "cycle": F("cycle") + 1, "superseded_by": None,
        "risk_accepted_by": None, "risk_reason": "", "review_on": NO_DATE,
    }  # fmt: skip
    if anew:
        changes |= {"response": "awaiting", "response_text": "", "reason": "", "approver": ""}
    if not claim_row(follow_up, seen_version, FOLLOW_UP_STEPS["reopen"].from_, event, by, after, **changes):
        return False
    follow_up.actions.filter(state__in=OPEN_ACTION).update(clock_from=london_day(at))
    refresh_next_due(FollowUp.objects.filter(pk=follow_up.pk))
    record(event, follow_up, by=by, at=at, organisation=follow_up.addressee, before=before, after=after)
    return True


def return_accepted_risks(*, today: dt.date, at) -> int:
    """Open again what was accepted as a risk until a day that is reached: the service's own deed. Gives how many.

    May run twice at once: each comes back once.
    """
    due = FollowUp.objects.filter(review_on__lte=today, state="not_implemented").select_related(
        "addressee__parent__parent", "owner_post__holder", "owner_person"
    )
    returned = 0
    for row in due.order_by("pk"):
        after = {"reason": f"The review date of the accepted risk, {row.review_on.isoformat()}, is reached."}
        with transaction.atomic():
            if not FollowUp.objects.select_for_update().filter(pk=row.pk, version=row.version).exists():
                continue
            if not _again(row, "risk_review_due", after, row.version, None, at):
                continue
            told = [*heads_above(row.addressee, None), *leads_of(row.addressee)]
            tell("risk_review_due", row, told, f"cycle {row.cycle}", by=None, at=at)
        returned += 1
    return returned
