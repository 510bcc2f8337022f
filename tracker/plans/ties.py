"""Whether a recommendation is tied to the alert of its inspection: proposed by the import, decided by an inspector."""

from django.db import transaction

from tracker.journal.operations import record
from tracker.refusals import Refusal

from .guard import claim_row, guard, standing_for_follow_up
from .models import FollowUp
from .rules import FOLLOW_UP_STATES, FOLLOW_UP_STEPS, TIES


@transaction.atomic
def decide_tie(follow_up, confirm: bool, *, seen_version, by, at) -> FollowUp:
    """Confirm or decline a tie; what was decided can be decided otherwise. A tied one is not closed before the
    actions that the alert requires are verified."""
    guard(FOLLOW_UP_STEPS["tie"], follow_up, standing_for_follow_up(follow_up, by), FOLLOW_UP_STATES)
    if follow_up.tie == "none":
        raise Refusal("No tie is proposed for this recommendation. Tie it to the alert of its inspection by hand.")
    return _set(follow_up, "confirmed" if confirm else "declined", follow_up.alert, seen_version, by, at)


@transaction.atomic
def tie_by_hand(follow_up, case, *, seen_version, by, at) -> FollowUp:
    """Tie a recommendation that the import did not propose to the alert ``case`` of the same inspection."""
    guard(FOLLOW_UP_STEPS["tie"], follow_up, standing_for_follow_up(follow_up, by), FOLLOW_UP_STATES)
    if case.inspection_id != follow_up.inspection_id:
        raise Refusal("A recommendation can be tied only to the alert of its own inspection.")
    if case.state == "withdrawn":
        raise Refusal("This alert was withdrawn.")
    return _set(follow_up, "confirmed", case, seen_version, by, at)


def _set(follow_up, tie, case, seen_version, by, at) -> FollowUp:
    if (follow_up.tie, follow_up.alert_id) == (tie, case.pk):
        return follow_up
    deed = f"tie_{tie}"
    before, after = {"tie": TIES[follow_up.tie]}, {"tie": TIES[tie]}
    from_ = FOLLOW_UP_STEPS["tie"].from_
    if claim_row(follow_up, seen_version, from_, deed, by, after, tie=tie, alert=case):
        record(deed, follow_up, by=by, at=at, organisation=follow_up.addressee, before=before, after=after)
    return follow_up
