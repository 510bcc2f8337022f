"""Papers that people take away: each from what its reader may see, as a page, a Word file, a PDF or a sheet."""

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.views.decorators.http import require_safe

from inspections.models import Inspection, Organisation
from tracker.insight.day_forms import DayForm
from tracker.papers import NAMES, NO_PDF, TYPES, can_make_pdf, drawn, file_name
from tracker.plans.models import FollowUp
from tracker.plans.previous import what_became
from tracker.refusals import NotAllowed, Refusal
from tracker.working_days import london_day

from . import evidence_pack as evidence
from . import pack, progress
from .action_plan import joined_plan, paper_of, table_of
from .pack_forms import PeriodForm, usual
from .sheets import comma_separated, workbook

SHEETS = ("xlsx", "csv")
WRITTEN = ("docx", "pdf")


def attachment(body, name, kind=HttpResponse):
    headers = {
        "Content-Disposition": content_disposition_header(True, name),
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return kind(body, content_type=TYPES[name.rpartition(".")[2]], headers=headers)


def cannot(request) -> HttpResponse:
    """Where there is no Pango: said in words, for asking again does not help."""
    return render(request, "papers/cannot.html", {"sentence": NO_PDF}, status=503)


def links(name, args, suffixes, query="") -> dict:
    """For the page: {"files": (words, address) of each that can be made here, "note"}."""
    had = [suffix for suffix in suffixes if suffix != "pdf" or can_make_pdf()]
    files = [(f"Download as {NAMES[suffix]}", reverse(name, args=[*args, suffix]) + query) for suffix in had]
    return {"files": files, "note": "" if len(had) == len(suffixes) else NO_PDF}


def written(request, paper, first, name, today, suffix) -> HttpResponse:
    """``first``: a day of the month that the file is sorted by."""
    if suffix not in WRITTEN:
        raise Http404
    if suffix == "pdf" and not can_make_pdf():
        return cannot(request)
    return attachment(drawn(paper, suffix), file_name(first, name, today, suffix))


def _day(request) -> DayForm:
    """The day that a paper is asked for in the address: "?on=2026-03-31", or today."""
    return DayForm(request, today=london_day(timezone.now()))


def _joined_plan(request, slug):
    """The inspection, the form with the day, and the plan: None where there is none on that day."""
    row = get_object_or_404(Inspection.objects.select_related("organisation"), slug=slug)
    form = _day(request)
    past = form.is_valid() and form.cleaned_data["on"] is not None
    plan = joined_plan(request.user, row, form.day if past else form.today, past)
    if not plan.seen:
        if not (past and FollowUp.objects.visible_to(request.user).filter(inspection=row).exists()):
            raise Http404
        form.add_error("on", "This inspection was not here yet on that day")
    return row, form, plan if form.is_valid() else None


def _above(inspection):
    return [
        ("Inspections", reverse("inspections")),
        (f"Inspection of {inspection.organisation}", reverse("inspection", args=[inspection.slug])),
    ]


@require_safe
def action_plan(request, slug):
    row, form, plan = _joined_plan(request, slug)
    context = {"row": row, "form": form, "plan": plan, "up": _above(row), "paper": None, "asks": "on" in request.GET}
    if plan is None:
        return render(request, "papers/action_plan.html", context, status=422)
    context["paper"] = paper_of(plan)
    context |= links("action_plan_file", [slug], (*WRITTEN, *SHEETS), _on(plan))
    return render(request, "papers/action_plan.html", context)


def _on(plan) -> str:
    return "?" + urlencode({"on": plan.day.isoformat()}) if plan.past else ""


@require_safe
def action_plan_file(request, slug, suffix):
    if suffix not in (*WRITTEN, *SHEETS):
        raise Http404
    _, form, plan = _joined_plan(request, slug)
    if plan is None:
        raise Refusal(_sentence(form))
    first = plan.inspection.fieldwork_month or plan.inspection.published
    if suffix in WRITTEN:
        return written(request, paper_of(plan), first, plan.name, plan.day, suffix)
    table = table_of(plan)
    if suffix == "csv":
        body = b"".join(comma_separated(table.headings, table.rows))
    else:
        body = workbook(paper_of(plan).title, "Action plan", [("", table)])
    return attachment(body, file_name(first, plan.name, plan.day, suffix))


@require_safe
def progress_file(request, slug, suffix):
    """What the page "What became of earlier recommendations" shows, as a paper."""
    row = get_object_or_404(Inspection.objects.select_related("organisation"), slug=slug)
    form, earlier = _day(request), what_became(request.user, row)
    if not form.is_valid():
        raise Refusal(_sentence(form))
    past = form.cleaned_data["on"] is not None
    if past:
        row, earlier = progress.as_at(request.user, row, earlier, form.day)
    paper = progress.paper_of(row, earlier, form.day, past)
    return written(request, paper, row.fieldwork_month or row.published, progress.name_of(row), form.day, suffix)


def _sentence(form) -> str:
    return f"{form.errors['on'][0]}."


def _pack(request, slug):
    """The place, the form with the period that was asked for, and today."""
    row = get_object_or_404(Organisation.objects.select_related("parent__parent"), slug=slug)
    if not request.user.access.sees_work_of(row.line):
        raise NotAllowed(f"The committee pack of {row} is for its own people and the levels above.")
    today = london_day(timezone.now())
    asked = {name: request.GET.get(name, default) for name, default in usual(today).items()}
    return row, PeriodForm(asked, today=today), today


@require_safe
def committee_pack(request, slug):
    row, form, today = _pack(request, slug)
    context = {"place": row, "form": form, "paper": None, "files": [], "note": ""}
    context["up"] = [(f"Overview of {row}", reverse("overview", args=[slug]))]
    if not form.is_valid():
        return render(request, "papers/pack.html", context, status=422)
    since, until = form.cleaned_data["from"], form.cleaned_data["to"]
    context["paper"] = pack.pack_of(request.user, row, since, until, today)
    query = "?" + urlencode({"from": since.isoformat(), "to": until.isoformat()})
    return render(request, "papers/pack.html", context | links("committee_pack_file", [slug], WRITTEN, query))


@require_safe
def committee_pack_file(request, slug, suffix):
    row, form, today = _pack(request, slug)
    if not form.is_valid():
        raise Refusal(" ".join(error for errors in form.errors.values() for error in errors) + ".")
    since, until = form.cleaned_data["from"], form.cleaned_data["to"]
    paper = pack.pack_of(request.user, row, since, until, today)
    return written(request, paper, until, pack.name_of(row), today, suffix)


EVIDENCE_PARTS = ("recommendation", "addressee", "inspection__organisation")


@require_safe
def evidence_pack(request, pk, suffix):
    """What is done about a recommendation with what proves it: as a paper, or as a ZIP with the files in it."""
    if suffix not in (*WRITTEN, "zip"):
        raise Http404
    row = get_object_or_404(FollowUp.objects.visible_to(request.user).select_related(*EVIDENCE_PARTS), pk=pk)
    form = _day(request)
    if not form.is_valid():
        raise Refusal(_sentence(form))
    of_day = evidence.evidence_as_at if form.cleaned_data["on"] else evidence.evidence_behind
    found = of_day(request.user, row, form.day)
    if found is None:
        raise Refusal("This recommendation was not here yet on that day.")
    paper = evidence.paper_of(request.user, found)
    first, name = row.inspection.fieldwork_month or row.inspection.published, evidence.name_of(row)
    if suffix != "zip":
        return written(request, paper, first, name, found.on, suffix)
    kind = "pdf" if can_make_pdf() else "docx"
    parts = evidence.zipped(file_name(first, name, found.on, kind), drawn(paper, kind), found.pieces)
    return attachment(parts, file_name(first, name, found.on, suffix), StreamingHttpResponse)
