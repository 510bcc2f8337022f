"""Pages on which something is done to a recommendation. Each calls one operation.

A refusal is shown in the form with everything that was typed; when somebody else was first, the answer is 409 and
the page shows theirs beside mine.
"""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from tracker.refusals import Refusal

from . import opening, operations, rules
from .forms import (
    AnswerForm,
    AssignForm,
    Seen,
    default_owner,
    owner_value,
    owners_to_choose,
)
from .replies import combined, may, name_of, owner_now, read_or_post, refused, told, warn
from .views import follow_up_for

ANSWER_FIELDS = ("response", "response_text", "part_agreed", "part_not_agreed", "reason", "approver")


def _answer_now(row) -> dict:
    return {n: getattr(row, n) for n in ANSWER_FIELDS} | {"response": rules.RESPONSES[row.response]}


@read_or_post
def answer(request, pk):
    row = follow_up_for(request.user, pk)
    may(request, row, "answer")
    now = {n: getattr(row, n) for n in ANSWER_FIELDS}
    if now["response"] == "awaiting":
        now["response"] = ""
    form = AnswerForm(request.POST or None, initial=now | {"seen": row.version})
    status, conflict = (422 if form.errors else 200), None
    if request.method == "POST" and "combine" in request.POST:
        status, conflict = 200, combined(form, row, _answer_now)
    elif request.method == "POST" and form.is_valid():
        given = {n: form.cleaned_data[n] for n in ANSWER_FIELDS}
        try:
            row = operations.answer(
                row, given.pop("response"), **given, seen_version=form.cleaned_data["seen"], by=request.user,
                at=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            status, conflict = refused(form, refusal, _answer_now)
        else:
            messages.success(request, f"Saved: {rules.RESPONSES[row.response].lower()}, {name_of(row)}.")
            warn(request, *given.values())
            return redirect("recommendation", pk)
    context = {"row": row, "form": form, "conflict": conflict}
    return render(request, "recommendations/answer.html", context, status=status)


@read_or_post
def assign(request, pk):
    row = follow_up_for(request.user, pk)
    may(request, row, "assign")
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
            status, conflict = refused(form, refusal, owner_now)
        else:
            messages.success(request, f"{row.owner_words} now owns {name_of(row)}. {told(row, request.user)}")
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
        request, f"The clock of {name_of(row)} is running. From now on its owners are reminded of its dates."
    )
    return redirect("recommendation", pk)
