"""Deeds on alert cases: opened at intake, tied to what the report recommends, taken back; an action added by hand."""

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from tracker.journal.operations import record
from tracker.plans.guard import claim_row, lock, plain, said_of_clock, tell_new_owner
from tracker.plans.models import Action, FollowUp
from tracker.plans.rules import ACTION_STATES, OPEN_FOLLOW_UP, TIES, TargetDate, why_not_allowed, why_not_now
from tracker.refusals import NotAllowed, Refusal
from tracker.working_days import london_day

from .guard import require
from .models import AlertCase, Concern
from .moments import refresh
from .rules import ALERT_STATES, ALERT_STEPS, raised_during, speaks_of_alert, state_of_printed

# --- At intake -----------------------------------------------------------------------------------------------


@transaction.atomic
def open_case(published, *, live, by, at) -> tuple[AlertCase, bool]:
    """The case of an alert that a report prints: opened, or the one raised during the visit tied to the report.

    Gives (case, whether anything changed). A case that is here already follows a correction of the report only while
    nobody has worked on it.
    """
    inspection = published.inspection
    case = AlertCase.objects.filter(published=published).first()
    if case is not None:
        changed = _follow(case, published, by=by, at=at)
    elif (case := _raised_for(inspection)) is not None:
        changed = _tie_to_report(case, published, by=by, at=at)
    else:
        case = AlertCase.objects.create(
            organisation=inspection.organisation, inspection=inspection, published=published, live=live, opened_at=at,
            state="responded" if _printed_actions(published) else "raised",
        )  # fmt: skip
        concerns, actions = _write_concerns(case, published), _write_actions(case, published)
        record(
            "alert_opened", case, by=by, at=at, organisation=case.organisation,
            after={"concerns": concerns, "actions": len(actions), "live": live},
            demonstration=inspection.demonstration,
        )  # fmt: skip
        for action in actions:
            record(
                "action_added", action, by=by, at=at, organisation=action.organisation,
                after={"what": action.what}
                | ({"published as": status} if (status := action.published_status) else {})
                | said_of_clock(action),
                demonstration=inspection.demonstration,
            )  # fmt: skip
        changed = True
    proposed = propose_ties(case, by=by, at=at)
    return case, changed or bool(proposed)


def _printed_concerns(published) -> list[str]:
    return [text.strip() for text in published.concerns if text.strip()]


def _printed_actions(published) -> list[tuple[str, str]]:
    """(text, state as printed or "") in print order"""
    printed = [(one["text"].strip(), (one.get("status") or "").strip()[:60]) for one in published.response_actions]
    return [(text, status) for text, status in printed if text]


def _raised_for(inspection) -> AlertCase | None:
    """The alert that was raised here during this visit and waits for its report."""
    waiting = AlertCase.objects.filter(organisation=inspection.organisation, published=None).exclude(state="withdrawn")
    visit = (inspection.fieldwork_month, inspection.fieldwork_start, inspection.fieldwork_end)
    for case in waiting.filter(Q(inspection=inspection) | Q(inspection=None)).order_by("raised_at", "pk"):
        if case.inspection_id or (case.raised_at and raised_during(london_day(case.raised_at), *visit)):
            return case
    return None


def _tie_to_report(case, published, *, by, at) -> bool:
    """Everyone can read it now: the report says it all."""
    before = {"restricted": case.restricted}
    AlertCase.objects.filter(pk=case.pk).update(
        published=published, inspection=published.inspection, restricted=False, version=F("version") + 1
    )
    case.refresh_from_db()
    record(
        "alert_published", case, by=by, at=at, organisation=case.organisation, before=before,
        after={"report": str(published.inspection), "restricted": False},
        demonstration=published.inspection.demonstration,
    )  # fmt: skip
    return True


def _write_concerns(case, published) -> int:
    texts = _printed_concerns(published)
    Concern.objects.bulk_create(
        Concern(alert=case, position=position, text=text) for position, text in enumerate(texts, start=1)
    )
    return len(texts)


def _write_actions(case, published) -> list[Action]:
    """Each as an action of the inspected place, whoever is to do it: a lead gives it to its owner."""
    return [
        Action.objects.create(
            alert=case, organisation=case.organisation, what=text, published_status=status,
            state=state_of_printed(status), required=True, live=case.live, position=position, added_at=case.opened_at,
        )
        for position, (text, status) in enumerate(_printed_actions(published), start=1)
    ]  # fmt: skip


def worked_on(case) -> bool:
    """Whether anybody did more to a case than to take it in."""
    # What intake adds is added in the moment in which the case is opened.
    touched = (
        Q(version__gt=1)
        | Q(required=False)
        | ~Q(added_at=case.opened_at)
        | Q(updates__isnull=False)
        | Q(claims__isnull=False)
    )
    touched |= Q(evidence__isnull=False) | Q(date_changes__isnull=False) | Q(helpers__isnull=False)
    touched |= Q(follow_ups__isnull=False) | Q(concerns__isnull=False) | Q(holds_up__isnull=False)
    touched |= Q(waits_for_actions__isnull=False) | Q(waits_for_follow_ups__isnull=False)
    return case.version > 1 or case.raised_at is not None or case.actions.filter(touched).exists()


def _follow(case, published, *, by, at) -> bool:
    """Bring concerns and actions to what the corrected report prints; False when they are so or were worked on."""
    now = [concern.text for concern in case.concerns.all()]
    doing = list(case.actions.filter(added_at=case.opened_at).order_by("position", "pk"))
    concerns, actions = _printed_concerns(published), _printed_actions(published)
    if (now, [(a.what, a.published_status) for a in doing]) == (concerns, actions) or worked_on(case):
        return False
    before, after = {"concerns": len(now), "actions": len(doing)}, {"concerns": len(concerns), "actions": len(actions)}
    case.concerns.all().delete()
    case.actions.all().delete()
    _write_concerns(case, published)
    _write_actions(case, published)
    record(
        "alert_corrected", case, by=by, at=at, organisation=case.organisation, before=before, after=after,
        demonstration=published.inspection.demonstration,
    )  # fmt: skip
    return True


@transaction.atomic
def propose_ties(case, *, by, at) -> list[FollowUp]:
    """Propose the tie of what the report recommends about the alert's actions; a decision once made is never asked
    for again. A proposal goes when the corrected wording no longer speaks of the alert."""
    rows = FollowUp.objects.filter(
        inspection=case.inspection_id, state__in=OPEN_FOLLOW_UP, tie__in=["none", "proposed"]
    )
    proposed = []
    for follow_up in rows.select_related("recommendation", "addressee", "inspection").order_by("pk"):
        speaks = speaks_of_alert(follow_up.recommendation.wording)
        if speaks == (follow_up.tie == "proposed"):
            continue
        before, follow_up.tie = follow_up.tie, "proposed" if speaks else "none"
        follow_up.alert = case if speaks else None
        follow_up.save(update_fields=["tie", "alert"])
        record(
            "tie_proposed" if speaks else "tie_not_proposed", follow_up, by=by, at=at,
            organisation=follow_up.addressee, before={"tie": TIES[before]}, after={"tie": TIES[follow_up.tie]},
            demonstration=follow_up.inspection.demonstration,
        )  # fmt: skip
        proposed.append(follow_up)
    return proposed


@transaction.atomic
def take_back_case(inspection, *, by, at) -> None:
    """Take back what `open_case` made, for the undo of an import; refused once anybody has worked on it.

    An alert that was raised here, and not by the report, stays and waits for its report again.
    """
    case = AlertCase.objects.filter(inspection=inspection, published__isnull=False).first()
    if case is None:
        return
    # Whoever works on its actions at this moment is waited for, and then counts as work.
    list(case.actions.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    if case.follow_ups.exclude(tie="proposed").exists():
        raise Refusal(
            "This import can no longer be undone: an inspector has decided which recommendations are tied to the "
            "alert. Correct the report instead."
        )
    if case.raised_at is None and worked_on(case):
        raise Refusal(
            "This import can no longer be undone: somebody has worked on the actions of the alert. Correct the report "
            "instead."
        )
    case.follow_ups.update(tie="none", alert=None)
    counts = {"concerns": case.concerns.count(), "actions": case.actions.count()}
    if case.raised_at is not None:
        AlertCase.objects.filter(pk=case.pk).update(published=None, inspection=None, version=F("version") + 1)
        deed, before = "alert_unpublished", {"report": str(inspection)}
    else:
        deed, before = "alert_taken_back", counts
    record(
        deed, case, by=by, at=at, organisation=case.organisation, before=before,
        demonstration=inspection.demonstration,
    )  # fmt: skip
    if case.raised_at is None:
        case.actions.all().delete()
        case.concerns.all().delete()
        case.delete()


# --- By hand -------------------------------------------------------------------------------------------------


@transaction.atomic
def add_alert_action(
    case, what, *, organisation, owner_post=None, owner_person=None, target: TargetDate, success_measure="",
    concerns=(), key=None, by, at,
) -> Action:  # fmt: skip
    """Add a step that answers ``concerns`` of the alert. ``organisation``: the alert's place or one above it of which
    ``by``, or somebody above that, is a lead. ``key``: the form's random key; the same key gives the same action."""
    if key and (earlier := Action.objects.filter(form_key=key).first()):
        return earlier
    step = ALERT_STEPS["add_action"]
    if sentence := why_not_allowed(step, by.access.standing(case.organisation.line)):
        raise NotAllowed(sentence)
    if organisation.pk not in case.organisation.line:
        raise Refusal("Choose the place that the alert is about, or a level above it.")
    if not by.access.standing(organisation.line) & step.who:
        raise NotAllowed(f"You cannot add an action of {organisation}: you are no lead there or above.")
    # Whoever withdraws or ends the alert in this moment takes turns with us.
    state = AlertCase.objects.select_for_update().values_list("state", flat=True).get(pk=case.pk)
    if sentence := why_not_now(step, state, ALERT_STATES):
        raise Refusal(sentence)
    if not what.strip():
        raise Refusal("Say what will be done.")
    concerns = list(concerns)
    if any(concern.alert_id != case.pk for concern in concerns):
        raise Refusal("Choose concerns of this alert.")
    try:
        with transaction.atomic():
            action = Action.objects.create(
                alert=case, organisation=organisation, what=what.strip(), success_measure=success_measure.strip(),
                owner_post=owner_post, owner_person=owner_person, target_wording=target.wording,
                target_precision=target.precision, due_by=target.due_by, first_due_by=target.due_by, live=case.live,
                position=case.actions.count() + 1, added_at=at, form_key=key,
            )  # fmt: skip
    except IntegrityError:
        earlier = Action.objects.filter(form_key=key).first() if key else None
        if earlier is None:
            raise
        return earlier
    action.concerns.set(concerns)
    after = {"what": action.what, "owner": action.owner_words, "due_by": plain(action.due_by)}
    after |= said_of_clock(action)
    if concerns:
        after["concerns"] = _positions(concerns)
    record("action_added", action, by=by, at=at, organisation=action.organisation, after=after)
    refresh(case, at)
    tell_new_owner(action, by=by, at=at)
    return action


@transaction.atomic
def link_concerns(action, concerns, *, seen_version, by, at) -> Action:
    """Say which concerns of its alert an action answers: all of them. Also of one that a report printed without."""
    case, concerns = action.alert, sorted(concerns, key=lambda one: one.position)
    require("link_concerns", case, by)
    # The alert before its actions, as everywhere; whoever withdraws or ends it in this moment takes turns with us.
    lock(case)
    case.refresh_from_db(fields=["state"])
    require("link_concerns", case, by)
    if any(concern.alert_id != case.pk for concern in concerns):
        raise Refusal("Choose concerns of this alert.")
    if action.state == "cancelled":
        raise Refusal("This action was cancelled, so it answers nothing any more.")
    before, after = _positions(action.concerns.order_by("position")), _positions(concerns)
    if before == after:
        return action
    said = {"concerns": after}
    if not claim_row(action, seen_version, set(ACTION_STATES) - {"cancelled"}, "concerns_linked", by, said):
        return action
    action.concerns.set(concerns)
    record(
        "concerns_linked", action, by=by, at=at, organisation=action.organisation, before={"concerns": before},
        after=said,
    )  # fmt: skip
    refresh(case, at)
    return action


def _positions(concerns) -> str:
    return ", ".join(str(concern.position) for concern in concerns)
