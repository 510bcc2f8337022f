"""An alert ends by three people, and may come back: asked for, agreed to or refused, confirmed, opened again."""

from django.db import transaction
from django.db.models import F

from tracker.plans.telling import tell
from tracker.refusals import NotAllowed, Refusal
from tracker.words import plural, verb

from . import ladder
from .guard import above, done_already, head_of, inspectors_of, require, take
from .models import AlertCase, Reading

NOBODY = {
    "exit_plan": "", "exception": "", "end_asked_by": None, "end_asked_at": None, "end_agreed_by": None,
    "end_agreed_at": None, "end_confirmed_by": None, "ended_at": None,
}  # fmt: skip


def latest_readings(case) -> dict[int, Reading]:
    """By measure: that for the latest day; of one day the last entered; one as published before all."""
    found = {}
    rows = Reading.objects.filter(measure__alert=case).order_by(F("as_at").asc(nulls_first=True), "pk")
    for reading in rows:
        found[reading.measure_id] = reading
    return found


def what_stands_in_the_way(case) -> list[str]:
    """A sentence for each thing that has to be so before an alert is stood down, and is not; else an exception is to
    be named."""
    states = list(case.actions.filter(required=True).values_list("state", flat=True))
    left = [state for state in states if state != "verified"]
    found = []
    if not states:
        found.append("No action is required and verified.")
    elif left:
        found.append(f"{len(left)} of the {plural(len(states), 'required action')} {verb(len(left))} not verified.")
    latest = latest_readings(case)
    for measure in case.measures.all():
        reading = latest.get(measure.pk)
        if reading is None:
            found.append(f"{measure.name}: there is no reading.")
        elif not ladder.meets(reading.value, measure.target, measure.worse):
            found.append(f"{measure.name}: the latest reading does not meet the target.")
    return found


def why_not_decided_by(case, by) -> str | None:
    """Why ``by`` is not another person than those who asked, and agreed, so far; None when they are."""
    if case.end_asked_by_id in by.acts_for:
        return "You cannot decide on a stand-down that you, or somebody you stand in for, asked for."
    if case.end_agreed_by_id in by.acts_for:
        return "You cannot confirm a stand-down that you, or somebody you stand in for, agreed to."
    return None


def _occasion(case) -> str:
    return f"cycle {case.cycle} version {case.version}"


@transaction.atomic
def ask_end(case, exit_plan, exception="", *, seen_version, by, at) -> AlertCase:
    """Ask for the stand-down. ``exception``: the reason why it ends although not all is done; needed exactly then."""
    more = {"exit_plan": exit_plan.strip(), "exception": exception.strip()}
    if done_already("ask_end", "end_asked", case, by, more):
        return case
    require("ask_end", case, by)
    if not exit_plan.strip():
        raise Refusal("Write the exit plan: how what was reached will be kept, and who will watch over it.")
    AlertCase.objects.select_for_update().filter(pk=case.pk).values_list("pk").get()
    missing = what_stands_in_the_way(case)
    if missing and not exception.strip():
        raise Refusal(f"Not all is done: {' '.join(missing)} Say why the alert can end all the same.")
    if not missing and exception.strip():
        raise Refusal("All that was required is done, so there is no exception to name. Leave it empty.")
    changes = NOBODY | more | {"end_asked_by": by, "end_asked_at": at}
    if take("ask_end", "end_asked", case, more, seen_version=seen_version, by=by, at=at, **changes):
        tell("end_asked", case, [*above(case, by), *inspectors_of(case)], _occasion(case), by=by, at=at)
    return case


@transaction.atomic
def agree_end(case, *, seen_version, by, at) -> AlertCase:
    if done_already("agree_end", "end_agreed", case, by, {}) and case.end_agreed_by_id == by.pk:
        return case
    require("agree_end", case, by)
    if case.end_agreed_by_id is not None:
        raise Refusal("The level above has agreed already. An inspector confirms it now.")
    if sentence := why_not_decided_by(case, by):
        raise NotAllowed(sentence)
    changes = {"end_agreed_by": by, "end_agreed_at": at}
    if take("agree_end", "end_agreed", case, {}, seen_version=seen_version, by=by, at=at, **changes):
        tell("end_agreed", case, inspectors_of(case), _occasion(case), by=by, at=at)
    return case


@transaction.atomic
def refuse_end(case, reason, *, seen_version, by, at) -> AlertCase:
    """Back to monitoring, whose clocks never stopped. Who asked and who agreed is in the journal."""
    more = {"reason": reason.strip()}
    if done_already("refuse_end", "end_refused", case, by, more):
        return case
    require("refuse_end", case, by)
    if case.end_asked_by_id in by.acts_for:
        raise NotAllowed(why_not_decided_by(case, by))
    if not reason.strip():
        raise Refusal("Say why the alert does not end yet.")
    if take("refuse_end", "end_refused", case, more, seen_version=seen_version, by=by, at=at, **NOBODY):
        tell("end_refused", case, head_of(case), _occasion(case), by=by, at=at)
    return case


@transaction.atomic
def confirm_end(case, *, seen_version, by, at) -> AlertCase:
    """Stand the alert down: the third person, after one who asked and one who agreed. Asked again whether all is done:
    an action may have come back since, or a reading."""
    if done_already("confirm_end", "alert_stood_down", case, by, {}):
        return case
    require("confirm_end", case, by)
    if sentence := why_not_decided_by(case, by):
        raise NotAllowed(sentence)
    if case.end_agreed_by_id is None:
        raise Refusal("A lead of a higher level has to agree first.")
    AlertCase.objects.select_for_update().filter(pk=case.pk).values_list("pk").get()
    if not case.exception and (missing := what_stands_in_the_way(case)):
        raise Refusal(
            f"Since it was asked for, this is no longer so: {' '.join(missing)} Refuse the stand-down and say so."
        )
    changes = {"end_confirmed_by": by, "ended_at": at}
    if take("confirm_end", "alert_stood_down", case, {}, seen_version=seen_version, by=by, at=at, **changes):
        told = [*head_of(case), *above(case), *inspectors_of(case)]
        tell("alert_stood_down", case, told, _occasion(case), by=by, at=at)
    return case


@transaction.atomic
def reopen(case, reason, *, seen_version, by, at) -> AlertCase:
    """Open a stood-down alert again, for a reason: monitoring, in a new cycle. Its clocks run from this moment."""
    more = {"reason": reason.strip()}
    if done_already("reopen", "alert_reopened", case, by, more):
        return case
    require("reopen", case, by)
    if not reason.strip():
        raise Refusal("Say why the alert is opened again.")
    changes = NOBODY | {"cycle": case.cycle + 1, "accepted_at": at, "end_reason": reason.strip()}
    if take("reopen", "alert_reopened", case, more, seen_version=seen_version, by=by, at=at, **changes):
        told = [*head_of(case), *above(case), *inspectors_of(case)]
        tell("alert_reopened", case, told, _occasion(case), by=by, at=at)
    return case
