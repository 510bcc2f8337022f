"""Importing, step by step: hand in a file or type it in, check and correct, confirm, undo. Inspectors only."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from inspections.models import Inspection
from inspections.reading.record import Record
from tracker.intake import Choices, require_inspector
from tracker.journal.models import Event
from tracker.refusals import AlreadyMoved, Refusal
from tracker.words import day, month, plural
from tracker.working_days import london_day

from . import operations
from .forms import PARTS, ConfirmForm, EnterForm, Once, Seen, UploadForm
from .models import ImportDraft

read_or_post = require_http_methods(["GET", "HEAD", "POST"])


@read_or_post
def import_report(request):
    require_inspector(request.user)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            draft = operations.start_draft(
                file.read(), file.name, key=form.cleaned_data["key"], by=request.user, at=timezone.now()
            )
            return redirect("import_draft", draft.pk)
        except Refusal as refusal:
            form.add_error("file", refusal.sentence)
    waiting = ImportDraft.objects.filter(state="draft").select_related("source", "by")
    return render(request, "inspections/import.html", {"form": form, "waiting": waiting})


@read_or_post
def enter_inspection(request):
    require_inspector(request.user)
    form = EnterForm(request.POST or None, today=london_day(timezone.now()))
    if request.method == "POST" and form.is_valid():
        values, choices = form.record_values()
        try:
            draft = operations.start_by_hand(
                operations.empty_record(**values), choices, key=form.cleaned_data["key"], by=request.user,
                at=timezone.now(),
            )  # fmt: skip
            return redirect(f"{draft_address(draft)}?part=recommendations")
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
    return render(request, "inspections/enter.html", {"form": form})


@require_POST
def inspection_correct(request, slug):
    require_inspector(request.user)
    row = get_object_or_404(Inspection, slug=slug)
    form = Once(request.POST)
    key = form.cleaned_data["key"] if form.is_valid() else None
    draft = operations.start_correction(row, key=key, by=request.user, at=timezone.now())
    return redirect("import_draft", draft.pk)


def draft_for(request, pk) -> ImportDraft:
    require_inspector(request.user)
    return get_object_or_404(ImportDraft.objects.select_related("source", "inspection", "by"), pk=pk)


def draft_address(draft) -> str:
    return redirect("import_draft", draft.pk).url


@read_or_post
def import_draft(request, pk):
    """The preview, and ``?part=...`` to correct one part of it."""
    draft = draft_for(request, pk)
    part = request.GET.get("part", "")
    if part == "places":
        return correct_places(request, draft)
    if part in PARTS:
        return correct_part(request, draft, part)
    if request.method == "POST" and request.POST.get("deed") == "discard":
        return discard(request, draft)
    today = london_day(timezone.now())
    proposal = operations.proposal_of(draft, today=today)
    form = ConfirmForm(
        request.POST if request.method == "POST" else None, proposal=proposal, version=draft.version
    )  # fmt: skip
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            return confirm(request, draft, form, today)
        except AlreadyMoved as refusal:
            draft.refresh_from_db()
            if draft.inspection:
                messages.info(request, refusal.sentence)
                return redirect("inspection", draft.inspection.slug)
            proposal = operations.proposal_of(draft, today=today)
            form = ConfirmForm(_with_version(request.POST, draft), proposal=proposal, version=draft.version)
            form.is_valid()
            form.add_error(None, refusal.sentence)
            status = 409
        except Refusal as refusal:
            draft.refresh_from_db()
            form.add_error(None, refusal.sentence)
            status = 409
    return render(request, "inspections/draft.html", preview(draft, proposal, form), status=status)


def _with_version(posted, draft):
    """What was typed, on the draft as it is now: sending it again is a decision made with theirs in view."""
    data = posted.copy()
    data["seen"] = str(draft.version)
    return data


def confirm(request, draft, form, today):
    draft, taken = operations.confirm_draft(
        draft, form.choices(), seen_version=form.cleaned_data["seen"], today=today, by=request.user, at=timezone.now()
    )
    row = draft.inspection
    if taken is None or not taken.changed:
        messages.info(request, f"{row.organisation}: this inspection was here already, and nothing changed.")
    elif taken.created:
        opened = f"with {plural(taken.opened, 'recommendation')}" if taken.opened else "without recommendations"
        runs = taken.opened and form.cleaned_data["live"] == "live"
        told = "Clocks run from now on." if runs else "No clock runs, and nobody is told."
        messages.success(request, f"Imported the inspection of {row.organisation} {opened}. {told}")
    else:
        messages.success(request, f"Corrected the inspection of {row.organisation}.")
    return redirect("inspection", row.slug)


def discard(request, draft):
    form = Seen(request.POST)
    seen = form.cleaned_data["seen"] if form.is_valid() else 0
    operations.discard_draft(draft, seen_version=seen, by=request.user, at=timezone.now())
    messages.success(request, "Discarded. Nothing was imported; the file and what was read are kept.")
    return redirect("import_report")


def preview(draft, proposal, form) -> dict:
    """What the preview's template needs."""
    record = proposal.record
    as_read = Record.from_dict(draft.as_read) if draft.as_read else None
    return {
        "draft": draft,
        "form": form,
        "proposal": proposal,
        "record": record,
        "facts": facts(record, as_read, proposal.choices),
        "problems": [(p, part_of(p)) for p in proposal.problems],
        "read_wordings": read_wordings(record, as_read),
        "changed_parts": changed_parts(record, as_read),
        "events": Event.objects.about(draft).select_related("actor")[:20],
    }


def part_of(problem) -> str:
    """The part of the preview in which a problem is mended."""
    where = problem.where.casefold()
    for word, part in (
        ("alert", "alert"), ("key question", "questions"), ("rating", "ratings"), ("standard", "ratings"),
        ("fact", "facts"), ("title", "facts"), ("score", "facts"), ("fieldwork", "facts"),
    ):  # fmt: skip
        if word in where:
            return part
    return "recommendations"


def facts(record, as_read, choices) -> list[tuple[str, str, str]]:
    """(fact, value, value as read where that is another) each, in words."""
    now = fact_words(record, choices.published_on)
    read = fact_words(as_read) if as_read else now
    return [(name, now[name], read[name] or "nothing" if read[name] != now[name] else "") for name in now]


def fact_words(record, published_on=None) -> dict[str, str]:
    part = operations.importing.facts_of(record, published_on=published_on)
    score, ppf = record.score, part["ppf_status"]
    fieldwork = month(part["fieldwork_month"]) if part["fieldwork_month"] else ""
    if part["fieldwork_start"]:
        fieldwork = day(part["fieldwork_start"])
        fieldwork += f" to {day(part['fieldwork_end'])}" if part["fieldwork_end"] else ", end not stated"
    published = part["published"]
    since = f", since {month(part['ppf_since'])}" if part["ppf_since"] else ""
    return {
        "Title": part["title"],
        "PDU": record.pdu.name + (f" ({record.pdu.short_name})" if record.pdu.short_name else "") if record.pdu else "",
        "Region": part["region_name"],
        "Published": (day(published) if published_on else month(published)) if published else "",
        "Fieldwork": fieldwork,
        "Overall rating": part["overall_rating"],
        "Score": f"{score.points} out of {score.out_of}" if score else "",
        "Cases inspected": _number(record.cases_inspected),
        "Interviews with practitioners": _number(record.practitioner_interviews),
        "Lead inspector": part["lead_inspector"],
        "ISBN": part["isbn"],
        "Prioritisation status": f"{ppf.capitalize()}{since}" if ppf or since else "",
    }


def _number(value) -> str:
    return "" if value is None else f"{value:,}"


def read_wordings(record, as_read) -> dict[tuple[int, int], str]:
    """(group, number) to the wording as read, where it was corrected."""
    if as_read is None:
        return {}
    read = {(r.group, r.number): r.text for r in as_read.recommendations}
    now = {(r.group, r.number): r.text for r in record.recommendations}
    return {key: read[key] for key in now if key in read and read[key] != now[key]}


def changed_parts(record, as_read) -> set[str]:
    """Which parts were corrected by hand."""
    if as_read is None:
        return set()
    fields = {
        "ratings": "standards", "questions": "key_questions", "recommendations": "recommendations",
        "alert": "organisational_alert",
    }  # fmt: skip
    return {part for part, name in fields.items() if getattr(record, name) != getattr(as_read, name)}


def _only_while_draft(draft):
    if draft.state != ImportDraft.State.DRAFT:
        raise Refusal("This import is no longer a draft. Open the inspection and correct it there.")


def correct_part(request, draft, name):
    _only_while_draft(draft)
    record, choices = Record.from_dict(draft.as_corrected), Choices.from_json(draft.choices)
    data, today = request.POST if request.method == "POST" else None, london_day(timezone.now())
    part = PARTS[name](record, choices, draft.version, data, today)
    status, conflict, mistakes = 200, "", []
    if data is not None:
        if part.is_valid():
            corrected, chosen = part.corrected()
            try:
                operations.correct_draft(
                    draft, record=corrected, choices=chosen, seen_version=part.seen.cleaned_data["seen"],
                    by=request.user, at=timezone.now(),
                )  # fmt: skip
                messages.success(request, f"{part.title} saved. What was read is kept beside it.")
                return redirect("import_draft", draft.pk)
            except AlreadyMoved as refusal:
                draft.refresh_from_db()
                _only_while_draft(draft)
                part = PARTS[name](record, choices, draft.version, _with_version(data, draft), today)
                part.is_valid()
                conflict, status = refusal.sentence, 409
                mistakes = [(f"{conflict} Compare with what is saved now, then save again.", "")]
            except Refusal as refusal:
                mistakes, status = [(refusal.sentence, "")], 409
        mistakes += part.mistakes
    context = {"draft": draft, "part": part, "name": name, "mistakes": mistakes, "conflict": conflict}
    if conflict:
        context["theirs"] = PARTS[name](Record.from_dict(draft.as_corrected), choices, draft.version)
    return render(request, "inspections/correct.html", context, status=status)


def correct_places(request, draft):
    """Choose another organisation for a name that was recognised."""
    _only_while_draft(draft)
    today = london_day(timezone.now())
    proposal = operations.proposal_of(draft, today=today)
    data = request.POST if request.method == "POST" else None
    form, status = ConfirmForm(data, proposal=proposal, version=draft.version, everything=True), 200
    if data is not None and form.is_valid():
        try:
            operations.correct_draft(
                draft, choices=form.choices(), seen_version=form.cleaned_data["seen"], by=request.user,
                at=timezone.now(),
            )  # fmt: skip
            messages.success(request, "Organisations saved.")
            return redirect("import_draft", draft.pk)
        except AlreadyMoved as refusal:
            draft.refresh_from_db()
            _only_while_draft(draft)
            form = ConfirmForm(
                _with_version(data, draft), proposal=proposal, version=draft.version, everything=True
            )  # fmt: skip
            form.is_valid()
            form.add_error(None, refusal.sentence)
            status = 409
    return render(request, "inspections/places.html", {"draft": draft, "form": form}, status=status)


@read_or_post
def import_undo(request, pk):
    draft = draft_for(request, pk)
    if request.method == "POST":
        row = draft.inspection
        operations.undo_import(draft, by=request.user, at=timezone.now())
        if row and Inspection.objects.filter(pk=row.pk).exists():
            messages.success(request, f"The correction was undone: the inspection of {row.organisation} is as it was.")
            return redirect("inspection", row.slug)
        messages.success(request, "The import was undone. The file and its history are kept.")
        return redirect("import_draft", draft.pk)
    undo = operations.undoable(draft.inspection) if draft.inspection else None
    context = {"draft": draft, "whole": undo[1] if undo and undo[0] == draft else None, "next": undo}
    return render(request, "inspections/undo.html", context)
