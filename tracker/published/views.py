"""Pages of what was published: inspections, their source files, and organisations. Everyone signed in reads these;
what is being done about it shows only where it is in the reader's scope.
"""

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from inspections.models import Inspection, Level, Organisation
from tracker.alerts.models import AlertCase
from tracker.exports import progress
from tracker.insight.as_at import ends, places_as_at
from tracker.insight.day_forms import DayForm
from tracker.insight.put_back import came_later
from tracker.insight.ratings import NEWEST_FIRST
from tracker.insight.standing import standing, standing_as_at
from tracker.journal.models import Event
from tracker.lists import Sort, chips, page_of
from tracker.people.models import Post
from tracker.plans import previous
from tracker.plans.models import ActionPlan, FollowUp
from tracker.saved.bar import bar_of
from tracker.working_days import london_day

from . import figures, operations
from .filters import BEFORE_ALL, INSPECTION_SORTS, InspectionFilter, OrganisationFilter

ORGANISATION_SORTS = {"name": Sort("Name", "name")}
INSPECTIONS_SHOWN = 10
CONTENT_TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
HEADINGS = {"pdu": "To the PDU", "region": "To the region", "hmpps": "To HMPPS"}


@require_safe
def inspections(request):
    rows = Inspection.objects.select_related("organisation__parent").annotate(
        listed=Coalesce("published", Value(BEFORE_ALL)), recommended=Count("recommendations")
    )
    found = InspectionFilter(request.GET, rows)
    page = page_of(request, found.qs, INSPECTION_SORTS)
    context = {
        "filter": found, "chips": chips(found), "page": page, "may_import": request.user.access.is_inspector,
        "saved": bar_of(request.user, "inspections", found),
    }  # fmt: skip
    return render(request, "inspections/list.html", context)


@require_safe
def inspection(request, slug):
    rows = Inspection.objects.select_related("organisation__parent__parent", "framework", "alert")
    rows = rows.annotate(followed=Exists(Organisation.objects.filter(successor=OuterRef("organisation"))))
    row = get_object_or_404(rows, slug=slug)
    plans = ActionPlan.objects.visible_to(request.user).filter(pk=OuterRef("plan"))
    seen = FollowUp.objects.visible_to(request.user).filter(inspection=row).annotate(plan_seen=Exists(plans))
    seen = seen.select_related("plan__organisation")
    recommendations = row.recommendations.annotate(recurs=F("grouped__group"), places=F("grouped__group__places"))
    recommendations = list(recommendations.select_related("addressee").prefetch_related("corrections"))
    by_recommendation = {f.recommendation_id: f for f in seen}
    for one in recommendations:
        one.seen = by_recommendation.get(one.pk)
    names = {one.number: one.name for one in row.framework.standards.all()} if row.framework else {}
    ratings = list(row.ratings.all())
    names |= {one.number: one.name for one in ratings}
    others = previous.with_predecessors(row, row.followed)
    alerts = AlertCase.objects.visible_to(request.user).select_related("organisation")
    alerts = list(alerts.filter(Q(inspection=row) | Q(organisation=row.organisation)))
    context = {
        "row": row,
        "ratings": ratings,
        "charts": charts(row.key_question_results.all(), names),
        "groups": in_groups(recommendations),
        "count": len(recommendations),
        "seen": len(by_recommendation),
        "still_open": sum(f.state in ("awaiting", "open") for f in by_recommendation.values()),
        "historic": bool(by_recommendation) and not any(f.live for f in by_recommendation.values()),
        "source": row.readings.exclude(source=None).select_related("source").order_by("-pk").first(),
        "journal": imported_by(row),
        "plans": list({f.plan_id: f.plan for f in by_recommendation.values() if f.plan_seen}.values()),
        "alerts": alerts,
        "cases": [case for case in alerts if case.inspection_id == row.pk],
        "last_time": previous.last_time(request.user, row, previous.earlier_of(row, others)),
        "others": [one for one in others if one.organisation_id == row.organisation_id],
        "undo": operations.undoable(row) if request.user.access.is_inspector else None,
        "may_import": request.user.access.is_inspector,
    }
    return render(request, "inspections/detail.html", context)


@require_safe
def inspection_previous(request, slug):
    """What became of the recommendations of the inspections before this one; printed, it is the report's annexe."""
    row = get_object_or_404(Inspection.objects.select_related("organisation"), slug=slug)
    today = london_day(timezone.now())
    form = DayForm(request, today=today)
    refused, earlier = not form.is_valid(), previous.what_became(request.user, row)
    on = None if refused else form.cleaned_data["on"]
    if on:
        row, earlier = progress.as_at(request.user, row, earlier, on)
    context = {
        "row": row, "earlier": [] if refused else earlier, "today": today, "form": form, "on": on, "refused": refused,
    }  # fmt: skip
    return render(request, "inspections/previous.html", context, status=422 if refused else 200)


def charts(results, names) -> list[tuple[str, list]]:
    """(heading, results) for each standard, in print order: "2.2 Assessment"."""
    found: dict[str, list] = {}
    for result in results:
        found.setdefault(result.standard, []).append(result)
    return [(f"{number} {names.get(number, '')}".strip(), rows) for number, rows in found.items()]


def in_groups(recommendations) -> list[tuple[str, str, list]]:
    """(level in words, addressee as printed, recommendations) for each heading of the report, in print order."""
    found: dict[int, list] = {}
    for one in recommendations:
        found.setdefault(one.group, []).append(one)
    return [(HEADINGS[rows[0].level], rows[0].addressee_as_printed, rows) for rows in found.values()]


def imported_by(row) -> list[Event]:
    deeds = ["inspection_imported", "inspection_corrected"]
    return list(Event.objects.about(row).filter(deed__in=deeds).select_related("actor")[:20])


@require_safe
def inspection_source(request, slug):
    """The report's file as it was handed in; always a download, for a browser would run what HTML holds."""
    row = get_object_or_404(Inspection, slug=slug)
    reading = row.readings.exclude(source=None).select_related("source").order_by("-pk").first()
    if reading is None:
        raise Http404
    source = reading.source
    suffix = "." + source.name.lower().rpartition(".")[2]
    try:
        opened = source.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    kind = CONTENT_TYPES.get(suffix, "application/octet-stream")
    return FileResponse(opened, as_attachment=True, filename=source.name, content_type=kind)


@require_safe
def organisations(request):
    heads = Prefetch("posts", Post.objects.filter(head=True).select_related("holder"), to_attr="heads")
    latest = Inspection.objects.filter(organisation=OuterRef("pk")).order_by(
        F("fieldwork_month").desc(nulls_last=True), "-pk"
    )
    rows = Organisation.objects.select_related("parent").prefetch_related(heads)
    rows = rows.annotate(
        inspected=Count("inspections"),
        latest_slug=Subquery(latest.values("slug")[:1]),
        latest_rating=Subquery(latest.values("overall_rating")[:1]),
    )
    found = OrganisationFilter(request.GET, rows)
    context = {"filter": found, "chips": chips(found), "page": page_of(request, found.qs, ORGANISATION_SORTS)}
    return render(request, "organisations/list.html", context)


@require_safe
def organisation(request, slug):
    """Its own work and what was published about it, today or as at a past day; contacts are today's."""
    row = get_object_or_404(Organisation.objects.select_related("parent__parent", "successor"), slug=slug)
    sees_work = request.user.access.sees_work_of(row.line)
    form = DayForm(request, today=london_day(timezone.now()))
    on = form.cleaned_data["on"] if form.is_valid() else None
    places = places_as_at(on) if on else {}
    if on and row.pk not in places:
        form.add_error("on", f"{row} was not here yet on that day")
    refused = not form.is_valid()
    if on and not refused:
        was = places[row.pk]
        stood = standing_as_at(request.user, was, on, places)
        below = sorted((one for one in places.values() if one.parent_id == row.pk), key=str)
    else:
        was, stood = row, standing(request.user, row, form.today)
        below = Organisation.objects.filter(parent=row) if row.level != Level.PDU else []
    posts = [] if on else list(row.posts.select_related("holder").order_by("-head", "title", "pk"))
    visits = list(Inspection.objects.filter(organisation=row).order_by(*NEWEST_FIRST))
    if on:
        later = came_later([one.pk for one in visits], ends(on))
        visits = [one for one in visits if one.pk not in later]
    context = {
        "row": row,
        "was": was,
        "form": form,
        "refused": refused,
        "past": on is not None and not refused,
        "stood": stood,
        "posts": posts,
        "head": next((one for one in posts if one.head), None),
        "in_scope": bool(stood.open) or sees_work,
        "sees_work": sees_work,
        "below": below,
        "inspections": visits[:INSPECTIONS_SHOWN],
        "figures": figures.by_measure(row, ends(on) if on else None),
        "may_enter": request.user.access.is_inspector,
        "aliases": row.aliases.all(),
    }
    return render(request, "organisations/detail.html", context, status=422 if refused else 200)
