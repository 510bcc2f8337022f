"""The place answers: acknowledged, responded; and the inspector judges: accepted, or returned with reasons."""

from django.db import transaction

from tracker.plans.models import Action
from tracker.plans.telling import tell
from tracker.refusals import Refusal
from tracker.working_days import NO_DATE

from .guard import done_already, head_of, inspectors_of, require, take
from .models import AlertCase, Concern


@transaction.atomic
def acknowledge(case, *, seen_version, by, at) -> AlertCase:
    if done_already("acknowledge", "alert_acknowledged", case, by, {}):
        return case
    require("acknowledge", case, by)
    changes = {"acknowledged_by": by, "acknowledged_at": at}
    if take("acknowledge", "alert_acknowledged", case, {}, seen_version=seen_version, by=by, at=at, **changes):
        tell("alert_acknowledged", case, inspectors_of(case), _occasion(case), by=by, at=at)
    return case


def concerns_without_action(case) -> list[Concern]:
    """The concerns that no action with an owner and a date answers, cancelled ones aside."""
    answered = Action.concerns.through.objects.filter(action__alert=case).exclude(action__state="cancelled")
    answered = answered.exclude(action__due_by=NO_DATE).exclude(
        action__owner_post=None, action__owner_person=None
    )  # fmt: skip
    return list(case.concerns.exclude(pk__in=answered.values("concern")))


@transaction.atomic
def respond(case, text, *, seen_version, by, at) -> AlertCase:
    """Send the written response. Refused, naming them, while concerns have no action with an owner and a date."""
    more = {"response_text": text.strip()}
    if done_already("respond", "alert_responded", case, by, more):
        return case
    require("respond", case, by)
    if not text.strip():
        raise Refusal("Write the response: what is being done about each concern, and what you need from others.")
    if missing := concerns_without_action(case):
        one = len(missing) == 1
        which = ", ".join(f"{concern.position} (“{_short(concern.text)}”)" for concern in missing)
        raise Refusal(
            f"{'Concern' if one else 'Concerns'} {which} {'has' if one else 'have'} no action with an owner and a date "
            "yet. Add one, then send the response."
        )
    changes = {"response_text": text.strip(), "responded_by": by, "responded_at": at}
    if take("respond", "alert_responded", case, more, seen_version=seen_version, by=by, at=at, **changes):
        tell("alert_responded", case, inspectors_of(case), _occasion(case), by=by, at=at)
    return case


def _short(text) -> str:
    return text if len(text) <= 60 else text[:59].rstrip() + "…"


@transaction.atomic
def accept(case, *, seen_version, by, at) -> AlertCase:
    """Accept the response: from now on readings and checkpoints are due, and all actions in it are required."""
    if done_already("accept", "alert_accepted", case, by, _required(case)):
        return case
    require("accept", case, by)
    AlertCase.objects.select_for_update().filter(pk=case.pk).values_list("pk").get()
    case.actions.exclude(state="cancelled").filter(required=False).update(required=True)
    changes = {"judged_by": by, "accepted_at": at}
    if take("accept", "alert_accepted", case, _required(case), seen_version=seen_version, by=by, at=at, **changes):
        tell("alert_accepted", case, head_of(case), _occasion(case), by=by, at=at)
    return case


def _required(case) -> dict:
    return {"required_actions": case.actions.filter(required=True).count()}


@transaction.atomic
def return_response(case, reasons, *, seen_version, by, at) -> AlertCase:
    """Return the response, saying why: a new, shorter clock runs."""
    more = {"reason": reasons.strip()}
    if done_already("return_response", "alert_returned", case, by, more):
        return case
    require("return_response", case, by)
    if not reasons.strip():
        raise Refusal("Say what the response lacks, so that the place knows what to do.")
    changes = {"judged_by": by, "returned_at": at, "return_reason": reasons.strip()}
    if take("return_response", "alert_returned", case, more, seen_version=seen_version, by=by, at=at, **changes):
        tell("alert_returned", case, head_of(case), _occasion(case), by=by, at=at)
    return case


def _occasion(case) -> str:
    return f"cycle {case.cycle} version {case.version}"
