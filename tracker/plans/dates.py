"""Another date for an action: asked with a reason, decided by the level above, or at once where the setting allows."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Count, DurationField, Exists, ExpressionWrapper, F, OuterRef, Q, Sum

from tracker.clocks.operations import Limits
from tracker.journal.operations import record
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal
from tracker.words import day
from tracker.working_days import NO_DATE, london_day

from .guard import guard, plain, refresh_next_due, standing_above, standing_for_action, who_was_first
from .models import Action, DateChange, FollowUp
from .rules import (
    ACTION_STATES,
    ACTION_STEPS,
    DATE_CHANGE_STATES,
    DATE_CHANGE_STEPS,
    OPEN_ACTION,
    TargetDate,
    moves_at_once,
)
from .telling import heads_above, tell


@transaction.atomic
def ask_date(action, target: TargetDate, reason, *, key=None, seen_version, by, at) -> DateChange:
    """Ask for another date. Agreed at once up to `free_slip` days after the first date; else the level above decides.

    The first date, this question and its reason stay on show either way.
    """
    if key and (earlier := DateChange.objects.filter(form_key=key).first()):
        return earlier
    guard(ACTION_STEPS["ask_date"], action, standing_for_action(action, by), ACTION_STATES)
    if sentence := why_no_other_date(action, target, reason, at):
        raise Refusal(sentence)
    at_once = moves_at_once(
        action.first_due_by, target.due_by, Limits().for_line(action.organisation.line)["free_slip"]
    )
    try:
        with transaction.atomic():
            change = DateChange.objects.create(
                action=action, organisation=action.organisation, old_due_by=action.due_by,
                old_wording=action.target_wording, new_due_by=target.due_by, new_wording=target.wording,
                new_precision=target.precision, reason=reason.strip(), asked_by=by, asked_at=at, form_key=key,
                at_once=at_once, state="agreed" if at_once else "asked", decided_at=at if at_once else None,
            )  # fmt: skip
    except IntegrityError:
        open_one = DateChange.objects.filter(action=action, state="asked").select_related("asked_by").first()
        if open_one is None:
            raise
        if key and open_one.form_key == key:
            return open_one
        raise AlreadyMoved(asked_already(open_one), action) from None
    if at_once:
        _move(change, seen_version)
    record(
        "date_moved" if at_once else "date_asked", action, by=by, at=at, organisation=action.organisation,
        before={"due_by": plain(change.old_due_by)},
        after={"due_by": plain(change.new_due_by), "reason": change.reason},
    )  # fmt: skip
    if not at_once:
        tell("date_asked", change, heads_above(action.organisation, by), f"asked {change.pk}", by=by, at=at)
    return change


def why_no_other_date(action, target: TargetDate, reason: str, at) -> str | None:
    """Why this date cannot be asked for, whoever asks; None when it can."""
    if action.due_by == NO_DATE:
        return "This action has no date yet. Change the action to give it one."
    if target.due_by == NO_DATE:
        return "A date that was set is not taken away. Ask for a later one, or for Ongoing with a review date."
    if target.due_by == action.due_by:
        return f"The date is {day(action.due_by)} already."
    if target.due_by < london_day(at):
        return "The new date is already past."
    if not reason.strip():
        return "Say why the date has to move: whoever decides will read it."
    return None


def asked_already(question) -> str:
    return f"{question.asked_by.name} has asked for {day(question.new_due_by)} already, and it is not decided yet."


@transaction.atomic
def agree_date(change, comment="", *, by, at) -> DateChange:
    """Agree: the action's date moves now."""
    return _decide(change, "agree_date", "date_agreed", comment.strip(), by, at)


@transaction.atomic
def refuse_date(change, comment, *, by, at) -> DateChange:
    if not comment.strip():
        raise Refusal("Say why the date has to stay.")
    return _decide(change, "refuse_date", "date_refused", comment.strip(), by, at)


@transaction.atomic
def withdraw_date(change, *, by, at) -> DateChange:
    """Take the question back before it is decided."""
    return _decide(change, "withdraw_date", "date_withdrawn", "", by, at)


def _decide(change, deed, event, comment, by, at):
    step, action = DATE_CHANGE_STEPS[deed], change.action
    if change.state == step.to and change.decided_by_id == by.pk and change.comment == comment:
        return change
    withdrawn = step.to == "withdrawn"
    standing = (
        standing_for_action(action, by) if withdrawn else standing_above(action.organisation, by, change.asked_by)
    )
    guard(step, change, standing, DATE_CHANGE_STATES)
    if not withdrawn and change.asked_by_id in by.acts_for:
        raise NotAllowed("You cannot decide on a date that you asked for yourself, or whom you stand in for asked for.")
    changes = {"state": step.to, "decided_by": by, "decided_at": at, "comment": comment}
    if not DateChange.objects.filter(pk=change.pk, state__in=step.from_).update(**changes):
        raise AlreadyMoved(who_was_first(action), action)
    change.refresh_from_db()
    if step.to == "agreed":
        _move(change)
    record(
        event, action, by=by, at=at, organisation=action.organisation,
        before={"due_by": plain(change.old_due_by)},
        after={"due_by": plain(change.new_due_by)} | ({"comment": comment} if comment else {}),
    )  # fmt: skip
    if not withdrawn:
        told = [person for person in (change.asked_by, action.owner) if person is not None]
        tell(event, change, told, f"decided {change.pk}", by=by, at=at)
    return change


def _move(change, seen_version=None):
    """Move the action's date, if it still is the one that the question was about."""
    action = change.action
    rows = Action.objects.filter(pk=action.pk, state__in=OPEN_ACTION, due_by=change.old_due_by)
    if seen_version is not None:
        rows = rows.filter(version=seen_version)
    moved = rows.update(
        due_by=change.new_due_by, target_wording=change.new_wording, target_precision=change.new_precision,
        times_moved=F("times_moved") + 1, version=F("version") + 1,
    )  # fmt: skip
    if not moved:
        raise AlreadyMoved(who_was_first(action), Action.objects.get(pk=action.pk))
    action.refresh_from_db(fields=["due_by", "target_wording", "target_precision", "times_moved", "version"])
    refresh_next_due(FollowUp.objects.filter(actions=action))


# --- Counts ----------------------------------------------------------------------------------------------------


# How much later than first set, of actions that have both dates.
LATER = ExpressionWrapper(F("due_by") - F("first_due_by"), DurationField())
DATED = Q(due_by__lt=NO_DATE, first_due_by__lt=NO_DATE)


def slip_of(actions) -> dict:
    """{"moved": how many of ``actions`` moved, "times": how often in all, "days": after their first dates in all,
    "asked": questions not decided}. One query, however many there are."""
    asked = DateChange.objects.filter(action=OuterRef("pk"), state="asked")
    found = actions.order_by().aggregate(
        moved=Count("pk", filter=Q(times_moved__gt=0)),
        times=Sum("times_moved", default=0),
        slip=Sum(LATER, filter=DATED & Q(times_moved__gt=0), default=dt.timedelta()),
        asked=Count("pk", filter=Exists(asked)),
    )
    return found | {"days": found.pop("slip").days}
