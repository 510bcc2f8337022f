"""Pages on which something is done to an action. Each calls one operation.

A refusal is shown in the form with everything that was typed; when somebody else was first, the answer is 409 and
the page shows theirs beside mine.
"""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone

from tracker.refusals import Refusal
from tracker.words import day
from tracker.working_days import london_day

from . import operations, rules
from .forms import ActionForm, CancelForm, EditActionForm, UpdateForm, default_owner, owner_value, owners_to_choose
from .replies import may, name_of, owner_now, read_or_post, refused, told, warn
from .sentences import shortened
from .views import action_for, action_page, follow_up_for, possible_on


def _action_now(row) -> dict:
    written = row.target_wording or (day(row.due_by) if row.has_date else "")
    return {"what": row.what, "target": written, "success_measure": row.success_measure}


@read_or_post
def add_action(request, pk):
    row = follow_up_for(request.user, pk)
    may(request, row, "add_action")
    groups = owners_to_choose(row.addressee)
    form = ActionForm(request.POST or None, initial={"owner": owner_value(default_owner(groups))})
    form.fields["owner"].offer(groups)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            action = operations.add_action(
                row, given["what"], **given["owner"], target=given["target"],
                success_measure=given["success_measure"], key=given["key"], by=request.user, at=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            status, _ = refused(form, refusal)
        else:
            late = " Its date is already past." if action.due_by < london_day(timezone.now()) else ""
            messages.success(
                request, f"Added to {name_of(row)}: “{shortened(action.what)}”. {told(action, request.user)}{late}"
            )
            warn(request, given["what"], given["success_measure"])
            return redirect("recommendation", pk)
    return render(request, "actions/new.html", {"row": row, "form": form}, status=status)


@read_or_post
def action(request, pk):
    """The action's page; its update form posts here."""
    row = action_for(request.user, pk)
    if request.method != "POST":
        return action_page(request, row, UpdateForm())
    may(request, row, "post_update", rules.ACTION_STEPS)
    form = UpdateForm(request.POST)
    if not form.is_valid():
        return action_page(request, row, form, status=422)
    given = form.cleaned_data
    try:
        operations.post_update(
            row, given["done"], confidence=given["confidence"], next_step=given["next_step"], key=given["key"],
            by=request.user, at=timezone.now(),
        )  # fmt: skip
    except Refusal as refusal:
        status, _ = refused(form, refusal)
        return action_page(request, action_for(request.user, pk), form, status=status)
    messages.success(
        request,
        f"Update saved: {rules.CONFIDENCE[given['confidence']].lower()}, “{shortened(row.what)}”. No e-mail is sent.",
    )
    warn(request, given["done"], given["next_step"])
    return redirect("action", pk)


@read_or_post
def edit_action(request, pk):
    row = action_for(request.user, pk)
    may(request, row, "edit", rules.ACTION_STEPS)
    now = row.owner_person or row.owner_post
    groups = owners_to_choose(row.organisation, now)
    form = EditActionForm(
        request.POST or None, initial=_action_now(row) | {"owner": owner_value(now), "seen": row.version}
    )
    form.fields["owner"].offer(groups)
    status, conflict = (422 if form.errors else 200), None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        owner_before = (row.owner_post_id, row.owner_person_id)
        try:
            row = operations.edit_action(
                row, what=given["what"], **given["owner"], target=given["target"],
                success_measure=given["success_measure"], date_reason=given["date_reason"],
                seen_version=given["seen"], by=request.user, at=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            status, conflict = refused(form, refusal, lambda theirs: _action_now(theirs) | owner_now(theirs))
        else:
            whom = told(row, request.user) if owner_before != (row.owner_post_id, row.owner_person_id) else ""
            messages.success(request, f"Changed: “{shortened(row.what)}”. {whom}".strip())
            warn(request, given["what"], given["success_measure"], given["date_reason"])
            return redirect("action", pk)
    context = {"action": row, "form": form, "conflict": conflict}
    return render(request, "actions/edit.html", context, status=status)


@read_or_post
def cancel_action(request, pk):
    row = action_for(request.user, pk)
    may(request, row, "cancel", rules.ACTION_STEPS)
    form = CancelForm(request.POST or None, initial={"seen": row.version})
    status, conflict = (422 if form.errors else 200), None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            operations.cancel_action(
                row, given["reason"], seen_version=given["seen"], by=request.user, at=timezone.now()
            )
        except Refusal as refusal:
            status, conflict = refused(form, refusal, lambda theirs: {})
        else:
            messages.success(request, f"Cancelled: “{shortened(row.what)}”. Nobody is reminded of it any more.")
            warn(request, given["reason"])
            return redirect("action", pk)
    context = {"action": row, "form": form, "conflict": conflict, "may": possible_on(row, request.user)}
    return render(request, "actions/cancel.html", context, status=status)
