"""Opening the book of an inspection: its plans and follow-ups, at intake; taking it back; starting its clock."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from tracker.clocks.rules import DEFAULT_LIMITS
from tracker.journal.operations import record
from tracker.refusals import NotAllowed, Refusal
from tracker.working_days import NO_DATE, london_day

from .guard import claim_row, guard, is_repeat, plain, refresh_next_due, standing_for_follow_up
from .models import Action, ActionPlan, FollowUp
from .rules import FOLLOW_UP_STATES, FOLLOW_UP_STEPS


@transaction.atomic
def open_follow_ups(inspection, *, live, by, at) -> list[FollowUp]:
    """One action plan per addressee and one follow-up per recommendation; those already there stay as they are.

    A live plan is due 28 days after publication (from the month's last day where only the month is known).
    """
    have = set(FollowUp.objects.filter(inspection=inspection).values_list("recommendation_id", flat=True))
    due_by = plan_due_by(inspection) if live else NO_DATE
    opened = []
    for recommendation in inspection.recommendations.select_related("addressee"):
        if recommendation.pk in have:
            continue
        plan, created = ActionPlan.objects.get_or_create(
            inspection=inspection, organisation=recommendation.addressee, defaults={"due_by": due_by}
        )
        if created:
            record(
                "plan_opened", plan, by=by, at=at, organisation=plan.organisation,
                after={"due_by": plain(due_by)}, demonstration=inspection.demonstration,
            )  # fmt: skip
        follow_up = FollowUp.objects.create(
            recommendation=recommendation, plan=plan, addressee=recommendation.addressee, inspection=inspection,
            live=live, next_due=plan.due_by if live else NO_DATE,
        )  # fmt: skip
        record(
            "follow_up_opened", follow_up, by=by, at=at, organisation=follow_up.addressee,
            after={"number": recommendation.number, "live": live}, demonstration=inspection.demonstration,
        )  # fmt: skip
        opened.append(follow_up)
    return opened


def plan_due_by(inspection, limits=DEFAULT_LIMITS) -> dt.date:
    """28 days after publication; a report known to the month counts from its last day; undated: no clock."""
    if inspection.published is None:
        return NO_DATE
    published = inspection.published
    if not inspection.published_to_the_day:
        published = (published.replace(day=1) + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
    return published + dt.timedelta(days=limits["plan_due"])


@transaction.atomic
def close_book(inspection, *, by, at) -> None:
    """Take back what `open_follow_ups` made, for the undo of an import; refused once anybody has worked on it."""
    follow_ups = FollowUp.objects.filter(inspection=inspection)
    plans = ActionPlan.objects.filter(inspection=inspection)
    touched = follow_ups.exclude(state="awaiting", version=1).count()
    actions = Action.objects.filter(plan__in=plans).count()
    if touched or actions:
        raise Refusal(
            f"This import can no longer be undone: {touched} recommendations have been answered or assigned "
            f"and {actions} actions were added. Correct the report instead."
        )
    pointed_at = FollowUp.objects.exclude(inspection=inspection)
    if pointed_at.filter(Q(carried_to__in=follow_ups) | Q(superseded_by__in=follow_ups)).exists():
        raise Refusal(
            "This import can no longer be undone: recommendations of an earlier inspection were carried forward to it. "
            "Correct the report instead."
        )
    for follow_up in follow_ups.select_related("recommendation", "addressee"):
        record(
            "follow_up_withdrawn", follow_up, by=by, at=at, organisation=follow_up.addressee,
            before=what_goes(follow_up, inspection), demonstration=inspection.demonstration,
        )  # fmt: skip
    follow_ups.delete()
    plans.delete()


def what_goes(follow_up, inspection) -> dict:
    """What the journal keeps of a follow-up whose row is removed: also for whoever asks about the days before."""
    recommendation = follow_up.recommendation
    return {
        "number": recommendation.number, "wording": recommendation.wording, "published": plain(inspection.published)
    }  # fmt: skip


@transaction.atomic
def start_clock(follow_up, *, seen_version, by, at) -> FollowUp:
    """Make a historic follow-up live: from now on its dates are spoken of."""
    guard(FOLLOW_UP_STEPS["start_clock"], follow_up, standing_for_follow_up(follow_up, by), FOLLOW_UP_STATES)
    deed, after = "clock_started", {"live": True}
    if follow_up.live and not is_repeat(follow_up, deed, by, after):
        raise Refusal("The clock of this recommendation is already running.")
    if follow_up.live or not claim_row(
        follow_up, seen_version, FOLLOW_UP_STEPS["start_clock"].from_, deed, by, after, live=True
    ):
        return follow_up
    resting = follow_up.actions.filter(live=False)
    before = {"live": False, "resting_actions": sorted(resting.values_list("pk", flat=True))}
    resting.update(live=True, clock_from=london_day(at))
    refresh_next_due(FollowUp.objects.filter(pk=follow_up.pk))
    record(deed, follow_up, by=by, at=at, organisation=follow_up.addressee, before=before, after=after)
    return follow_up


@transaction.atomic
def set_plan_due(plan, due_by, *, by, at) -> ActionPlan:
    """Enter the day by which a place answers: for a report whose day of publication is not known, or another agreed."""
    if not by.access.is_inspector:
        raise NotAllowed("Only an inspector can set when an action plan is due.")
    before = plan.due_by
    if before == due_by:
        return plan
    plan.due_by = due_by
    plan.save(update_fields=["due_by"])
    refresh_next_due(plan.follow_ups.all())
    record(
        "plan_due_set", plan, by=by, at=at, organisation=plan.organisation, before={"due_by": plain(before)},
        after={"due_by": plain(due_by)},
    )  # fmt: skip
    return plan
