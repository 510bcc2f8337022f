"""Pages of evidence on an action: adding, replacing, removing, one piece with its versions, and the download."""

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_safe

from tracker.refusals import NotAllowed, Refusal
from tracker.working_days import london_day

from . import evidence as operations
from . import rules
from .evidence_forms import EvidenceForm, OneFile, RemoveForm
from .models import Action, Evidence
from .replies import may, read_or_post, refused, warn
from .views import action_for, possible_on

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
}


def evidence_for(user, pk) -> Evidence:
    """The evidence with its action, or 404 where the person may not see that."""
    rows = Evidence.objects.filter(pk=pk, action__in=Action.objects.visible_to(user).order_by().values("pk"))
    row = rows.select_related("by", "removed_by").first()
    if row is None:
        raise Http404
    row.action = action_for(user, row.action_id)
    return row


def _taking_one_file(request):
    """Called before anything reads the form: the view is exempt from the check of the form's token until then.

    So only somebody who may add evidence can make the service take in a file, and never more than is accepted.
    """
    request.too_large = ""
    if request.method == "POST":
        request.upload_handlers = [OneFile(request, "file")]


@csrf_exempt
@read_or_post
def add(request, pk):
    action = action_for(request.user, pk)
    may(request, action, "add_evidence", rules.ACTION_STEPS)
    _taking_one_file(request)
    return _handed_in(request, action, None)


@csrf_exempt
@read_or_post
def replace(request, pk):
    row = evidence_for(request.user, pk)
    may(request, row.action, "add_evidence", rules.ACTION_STEPS)
    if request.method != "POST" and row.removed_at:
        raise Refusal("This evidence was removed. Add yours as new evidence.")
    _taking_one_file(request)
    return _handed_in(request, row.action, row)


@csrf_protect
def _handed_in(request, action, replaced):
    same = {"url": replaced.url, "name": replaced.name} if replaced and replaced.url else {}
    form = EvidenceForm(
        request.POST or None, request.FILES or None, initial=same | ({"note": replaced.note} if replaced else {}),
        too_large=request.too_large, today=london_day(timezone.now()),
    )  # fmt: skip
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        how = {name: given[name] for name in ("note", "effective_on", "key")}
        how |= {"by": request.user, "at": timezone.now()}
        try:
            if replaced:
                made = operations.replace(replaced, upload=given["file"], url=given["url"], name=given["name"], **how)
            elif given["file"]:
                made = operations.add_file(action, given["file"], **how)
            else:
                made = operations.add_link(action, given["url"], given["name"], **how)
        except Refusal as refusal:
            status, _ = refused(form, refusal)
        else:
            messages.success(request, _said(made))
            warn(request, made.name, made.note)
            return redirect("action", action.pk)
    context = {"action": action, "replaced": replaced, "form": form}
    return render(request, "evidence/new.html", context, status=status)


def _said(made) -> str:
    done = f"Version {made.number} of the evidence saved" if made.number > 1 else "Evidence added"
    if made.url:
        return f"{done}: “{made.name}”, a link. No e-mail is sent."
    scan = "It will be scanned in a few minutes." if settings.CLAMAV_ADDRESS else "It is not scanned."
    return f"{done}: “{made.name}”. {scan} No e-mail is sent."


@require_safe
def evidence(request, pk):
    """One piece with all its versions, whichever of them was asked for."""
    row = evidence_for(request.user, pk)
    versions = next(
        [latest, *latest.earlier]
        for latest in operations.evidence_of(row.action)
        if pk in {latest.pk, *(one.pk for one in latest.earlier)}
    )
    context = {"action": row.action, "versions": versions, "may": possible_on(row.action, request.user)}
    return render(request, "evidence/detail.html", context)


@require_safe
def download(request, pk):
    """The file as it was handed in; always a download, for a browser might run what it holds."""
    row = evidence_for(request.user, pk)
    if row.url:
        raise Http404
    sentence, status = _why_withheld(row)
    if not sentence:
        try:
            opened = row.file.open("rb")
        except FileNotFoundError:
            sentence, status = "The file is not where it was kept. Please tell an administrator.", 410
    if sentence:
        return render(request, "evidence/withheld.html", {"row": row, "sentence": sentence}, status=status)
    return FileResponse(opened, as_attachment=True, filename=row.name, content_type=row.media_type, headers=ALWAYS)


def _why_withheld(row) -> tuple[str, int]:
    if row.removed_at:
        return "This file was removed. What was in it is gone.", 410
    if row.scan == "infected":
        return "This file is blocked: the scanner found something in it. Remove it, and add a clean copy.", 409
    return "", 200


@read_or_post
def remove(request, pk):
    row = evidence_for(request.user, pk)
    standing = operations.standing_for_evidence(row, request.user)
    if sentence := rules.why_not_allowed(rules.ACTION_STEPS["remove_evidence"], standing):
        raise NotAllowed(sentence)
    if request.method != "POST" and row.removed_at:
        raise Refusal("This evidence was removed already.")
    form = RemoveForm(request.POST or None)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            operations.remove(row, form.cleaned_data["reason"], by=request.user, at=timezone.now())
        except Refusal as refusal:
            status, _ = refused(form, refusal)
        else:
            messages.success(request, f"Removed: “{row.name}”. It stays on show as removed.")
            warn(request, form.cleaned_data["reason"])
            return redirect("action", row.action_id)
    return render(request, "evidence/remove.html", {"row": row, "form": form}, status=status)
