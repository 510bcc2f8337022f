"""Whether a recommendation is tied to the alert of its inspection: proposed by the import, decided by an inspector."""

from django.db import transaction
from django.db.models import Q

from tracker.journal.operations import record
from tracker.refusals import Refusal

from .guard import claim_row, guard, standing_for_follow_up
from .models import Action, FollowUp
from .rules import CLOSED_FOLLOW_UP, FOLLOW_UP_STATES, FOLLOW_UP_STEPS, TIES, why_not_closed


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


# --- What the pages ask --------------------------------------------------------------------------------------


def alert_of(follow_up, user):
    """The alert it is or was to be tied to; for an inspector else the one of its inspection. None where there is none
    or ``user`` may not see it. At most one query."""
    cases = FollowUp.alert.field.related_model.objects.visible_to(user)
    if follow_up.alert_id:
        return cases.filter(pk=follow_up.alert_id).first()
    if not user.access.is_inspector:
        return None
    return cases.filter(inspection=follow_up.inspection_id).exclude(state="withdrawn").first()


def alerts_around(follow_up, user) -> tuple:
    """(what `alert_of` gives, the open alerts about its inspection or the inspected place that ``user`` may see). One
    query."""
    rows = FollowUp.alert.field.related_model.objects.visible_to(user).select_related("organisation")
    inspection = follow_up.inspection
    about = Q(inspection=inspection.pk) | Q(organisation=inspection.organisation_id) | Q(pk=follow_up.alert_id)
    found = list(rows.filter(about))
    if follow_up.alert_id:
        tied = [one for one in found if one.pk == follow_up.alert_id]
    elif user.access.is_inspector:
        tied = [one for one in found if one.inspection_id == inspection.pk and one.state != "withdrawn"]
    else:
        tied = []
    return next(iter(tied), None), [one for one in found if one.state not in ("stood_down", "withdrawn")]


def mark_what_stands_in_the_way(follow_ups, required_states) -> None:
    """Give each tied follow-up ``in_the_way``: why it cannot be closed yet, "" when it can. One query.

    ``required_states``: of the actions that the alert requires.
    """
    of = {one.pk: [] for one in follow_ups}
    links = Action.follow_ups.through.objects.filter(followup__in=of)
    for pk, *fact in links.values_list("followup_id", "action__state", "action__cycle"):
        of[pk].append(fact)
    for one in follow_ups:
        if one.state in CLOSED_FOLLOW_UP:
            one.in_the_way = ""
            continue
        verified_now = any(state == "verified" and cycle == one.cycle for state, cycle in of[one.pk])
        states = [state for state, _ in of[one.pk]]
        one.in_the_way = why_not_closed(states, verified_now, one.tie, required_states) or ""
