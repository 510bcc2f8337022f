"""Pages on which something is done to a recommendation or an action. Each calls one operation.

A refusal is shown in the form with everything that was typed; when somebody else was first, the answer is 409 and
the page shows theirs beside mine.
"""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tracker.refusals import AlreadyMoved, NotAllowed, Refusal
from tracker.words import day
from tracker.working_days import london_day

from . import guard, opening, operations, rules
from .forms import (
    ActionForm,
    AnswerForm,
    AssignForm,
    CancelForm,
    EditActionForm,
    Seen,
    UpdateForm,
    default_owner,
    owner_label,
    owner_value,
    owners_to_choose,
)
from .sentences import shortened
from .views import action_for, action_page, follow_up_for, possible_on

read_or_post = require_http_methods(["GET", "HEAD", "POST"])
ANSWER_FIELDS = ("response", "response_text", "part_agreed", "part_not_agreed", "reason", "approver")


def _may(request, row, deed, steps=rules.FOLLOW_UP_STEPS):
    """A form that nobody could send is not shown: 403 for the wrong role. The state is left to the operation."""
    follow_up = steps is rules.FOLLOW_UP_STEPS
    standing = (guard.standing_for_follow_up if follow_up else guard.standing_for_action)(row, request.user)
    if sentence := rules.why_not_allowed(steps[deed], standing):
        raise NotAllowed(sentence)
    words = rules.FOLLOW_UP_STATES if follow_up else rules.ACTION_STATES
    if request.method != "POST" and (sentence := rules.why_not_now(steps[deed], row.state, words)):
        raise Refusal(sentence)


def _refused(form, refusal, theirs=None):
    """Put the refusal into the form. When somebody was first: what they saved, beside what was typed here.

    Returns (status, conflict): conflict is None or {"sentence", "fields": [(label, theirs, mine)]}.
    ``theirs``: makes {field name: text as saved now} out of the row as it is now.
    """
    if isinstance(refusal, NotAllowed):
        raise refusal
    if not isinstance(refusal, AlreadyMoved) or theirs is None:
        form.refuse(refusal.sentence)
        return 409, None
    form.refuse(refusal.sentence)
    # Sending the form again is now a decision made with theirs in view.
    form.data = form.data.copy()
    form.data["seen"] = str(refusal.theirs.version)
    fields = []
    for name, now in theirs(refusal.theirs).items():
        mine = _shown(form, name)
        if now.strip() != mine.strip():
            fields.append((form.fields[name].label, now, mine))
    return 409, {"sentence": refusal.sentence, "fields": fields}


def _shown(form, name) -> str:
    """What was typed or chosen, as it is read."""
    value = form.data.get(name, "")
    for key, label in getattr(form.fields[name], "choices", []):
        if isinstance(label, list | tuple):
            value = dict(label).get(value, value)
        elif key == value:
            return str(label)
    return str(value)


def _answer_now(row) -> dict:
    return {n: getattr(row, n) for n in ANSWER_FIELDS} | {"response": rules.RESPONSES[row.response]}


def _owner_now(row) -> dict:
    owner = row.owner_person or row.owner_post
    return {"owner": owner_label(owner) if owner else "Nobody yet"}


def _action_now(row) -> dict:
    written = row.target_wording or (day(row.due_by) if row.has_date else "")
    return {"what": row.what, "target": written, "success_measure": row.success_measure}


def _told(row, by) -> str:
    """Who will be told that they own this, as the end of the banner."""
    if not row.live:
        return "Nobody is told: its clock has not been started."
    if row.owner is None:
        return "Nobody is told: it has no owner who could be." if row.owner_words != "No owner" else "It has no owner."
    if row.owner.pk == by.pk:
        return "You own it."
    return f"{row.owner.name} will be told by e-mail."


def _warn(request, *texts) -> None:
    if found := rules.case_numbers(*texts):
        messages.warning(
            request,
            f"What you saved seems to hold the number of a person on probation: {', '.join(found)}. "
            "Please take it out, or tell an administrator.",
        )


def _name(follow_up) -> str:
    return f"recommendation {follow_up.recommendation.number} to {follow_up.addressee}"


# --- Recommendations -----------------------------------------------------------------------------------------


@read_or_post
def answer(request, pk):
    row = follow_up_for(request.user, pk)
    _may(request, row, "answer")
    now = {name: getattr(row, name) for name in ANSWER_FIELDS}
    if now["response"] == "awaiting":
        now["response"] = ""
    form = AnswerForm(request.POST or None, initial=now | {"seen": row.version})
    status, conflict = (422 if form.errors else 200), None
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ANSWER_FIELDS}
        try:
            row = operations.answer(
                row, given.pop("response"), **given, seen_version=form.cleaned_data["seen"], by=request.user,
                at=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            status, conflict = _refused(form, refusal, _answer_now)
        else:
            messages.success(request, f"Saved: {rules.RESPONSES[row.response].lower()}, {_name(row)}.")
            _warn(request, *given.values())
            return redirect("recommendation", pk)
    context = {"row": row, "form": form, "conflict": conflict}
    return render(request, "recommendations/answer.html", context, status=status)


@read_or_post
def assign(request, pk):
    row = follow_up_for(request.user, pk)
    _may(request, row, "assign")
    now = row.owner_person or row.owner_post
    groups = owners_to_choose(row.addressee, now)
    form = AssignForm(request.POST or None, initial={
        "owner": owner_value(now or default_owner(groups)), "seen": row.version,
    })  # fmt: skip
    form.fields["owner"].offer(groups)
    status, conflict = (422 if form.errors else 200), None
    if request.method == "POST" and form.is_valid():
        try:
            row = operations.assign(
                row, **form.cleaned_data["owner"], seen_version=form.cleaned_data["seen"], by=request.user,
                at=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            status, conflict = _refused(form, refusal, _owner_now)
        else:
            messages.success(request, f"{row.owner_words} now owns {_name(row)}. {_told(row, request.user)}")
            return redirect("recommendation", pk)
    context = {"row": row, "form": form, "conflict": conflict}
    return render(request, "recommendations/assign.html", context, status=status)


@require_POST
def start_clock(request, pk):
    row = follow_up_for(request.user, pk)
    form = Seen(request.POST)
    if not form.is_valid():
        raise Refusal("This page was too old to start the clock from. Open the recommendation again.")
    row = opening.start_clock(row, seen_version=form.cleaned_data["seen"], by=request.user, at=timezone.now())
    messages.success(
        request, f"The clock of {_name(row)} is running. From now on its owners are reminded of its dates."
    )
    return redirect("recommendation", pk)


@read_or_post
def add_action(request, pk):
    row = follow_up_for(request.user, pk)
    _may(request, row, "add_action")
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
            status, _ = _refused(form, refusal)
        else:
            late = " Its date is already past." if action.due_by < london_day(timezone.now()) else ""
            messages.success(
                request, f"Added to {_name(row)}: “{shortened(action.what)}”. {_told(action, request.user)}{late}"
            )
            _warn(request, given["what"], given["success_measure"])
            return redirect("recommendation", pk)
    return render(request, "actions/new.html", {"row": row, "form": form}, status=status)


# --- Actions -------------------------------------------------------------------------------------------------


@read_or_post
def action(request, pk):
    """The action's page; its update form posts here."""
    row = action_for(request.user, pk)
    if request.method != "POST":
        return action_page(request, row, UpdateForm())
    _may(request, row, "post_update", rules.ACTION_STEPS)
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
        status, _ = _refused(form, refusal)
        return action_page(request, action_for(request.user, pk), form, status=status)
    messages.success(
        request,
        f"Update saved: {rules.CONFIDENCE[given['confidence']].lower()}, “{shortened(row.what)}”. No e-mail is sent.",
    )
    _warn(request, given["done"], given["next_step"])
    return redirect("action", pk)


@read_or_post
def edit_action(request, pk):
    row = action_for(request.user, pk)
    _may(request, row, "edit", rules.ACTION_STEPS)
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
            status, conflict = _refused(form, refusal, lambda theirs: _action_now(theirs) | _owner_now(theirs))
        else:
            told = _told(row, request.user) if owner_before != (row.owner_post_id, row.owner_person_id) else ""
            messages.success(request, f"Changed: “{shortened(row.what)}”. {told}".strip())
            _warn(request, given["what"], given["success_measure"], given["date_reason"])
            return redirect("action", pk)
    context = {"action": row, "form": form, "conflict": conflict}
    return render(request, "actions/edit.html", context, status=status)


@read_or_post
def cancel_action(request, pk):
    row = action_for(request.user, pk)
    _may(request, row, "cancel", rules.ACTION_STEPS)
    form = CancelForm(request.POST or None, initial={"seen": row.version})
    status, conflict = (422 if form.errors else 200), None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            operations.cancel_action(
                row, given["reason"], seen_version=given["seen"], by=request.user, at=timezone.now()
            )
        except Refusal as refusal:
            status, conflict = _refused(form, refusal, lambda theirs: {})
        else:
            messages.success(request, f"Cancelled: “{shortened(row.what)}”. Nobody is reminded of it any more.")
            _warn(request, given["reason"])
            return redirect("action", pk)
    context = {"action": row, "form": form, "conflict": conflict, "may": possible_on(row, request.user)}
    return render(request, "actions/cancel.html", context, status=status)
