"""Pausing the passing up of overdue work, and ending a pause: of an action and of an action plan."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from tracker.plans.forms import Once
from tracker.plans.guard import standing_above
from tracker.plans.plan_views import plan_for
from tracker.plans.replies import may_step, read_or_post, refused, warn
from tracker.plans.rules import ACTION_STATES, PLAN_STATES
from tracker.plans.sentences import shortened
from tracker.plans.views import action_for
from tracker.refusals import Refusal
from tracker.words import day
from tracker.working_days import london_day

from . import overdue
from .overdue_forms import PauseForm
from .rules import PAUSE_STEPS


@read_or_post
def pause_action(request, pk):
    row = action_for(request.user, pk)
    return _pause(request, row, "action", ACTION_STATES, f"“{shortened(row.what)}”")


@read_or_post
def pause_plan(request, pk):
    row = plan_for(request.user, pk)
    return _pause(request, row, "plan", PLAN_STATES, f"action plan of {row.organisation}")


def _pause(request, row, kind, states, name):
    may_step(request, row, PAUSE_STEPS[f"pause_{kind}"], standing_above(row.organisation, request.user), states)
    now = timezone.now()
    form = PauseForm(request.POST or None)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = overdue.pause_escalation(
                row, given["ends"], given["reason"], key=given["key"], by=request.user, at=now
            )
        except Refusal as refusal:
            status, _ = refused(form, refusal)
        else:
            messages.success(
                request,
                f"Paused until {day(made.ends)}: {name} is not passed up. Reminders to its owner go on. "
                "Nobody is told of the pause by e-mail.",
            )
            warn(request, given["reason"])
            return redirect(kind, row.pk)
    context = {
        "row": row, "kind": kind, "name": name, "form": form, "pause": overdue.pause_of(row, london_day(now)),
        "once": Once(),
    }  # fmt: skip
    return render(request, "overdue/pause.html", context, status=status)


@require_POST
def end_pause_action(request, pk):
    return _end(request, action_for(request.user, pk), "action")


@require_POST
def end_pause_plan(request, pk):
    return _end(request, plan_for(request.user, pk), "plan")


def _end(request, row, kind):
    now = timezone.now()
    overdue.end_pause(row, by=request.user, at=now)
    messages.success(request, "The pause has ended: overdue, it is passed up again to whoever’s turn it is by now.")
    return redirect(kind, row.pk)
