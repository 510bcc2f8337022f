"""Each list as a file: the rows of the page for the same question, all pages of it, in the order of the page.

The filterset, the scope and the sorts are the page's own, so that neither can show what the other does not.
"""

from django.db.models import Count, Value
from django.db.models.functions import Coalesce
from django.http import FileResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from inspections.models import Inspection
from tracker.alerts.filters import AlertFilter
from tracker.alerts.models import AlertCase
from tracker.alerts.views import LATEST
from tracker.alerts.views import SORTS as ALERT_SORTS
from tracker.papers import TYPES
from tracker.plans.filters import ActionFilter, FollowUpFilter
from tracker.plans.models import Action, FollowUp
from tracker.plans.views import ACTION_SORTS, FOLLOW_UP_SORTS, OWNER_NAMED
from tracker.published.filters import InspectionFilter
from tracker.published.views import BEFORE_ALL, INSPECTION_SORTS
from tracker.working_days import london_day

from . import lists
from .sheets import comma_separated


@require_safe
def recommendations(request, suffix):
    today = london_day(timezone.now())
    rows = FollowUp.objects.visible_to(request.user).select_related("recommendation", "inspection", *OWNER_NAMED)
    found = FollowUpFilter(request.GET, rows, request=request, today=today)
    return _file(request, suffix, lists.follow_ups(today), found, found.qs, FOLLOW_UP_SORTS, "recommendation")


@require_safe
def actions(request, suffix):
    today = london_day(timezone.now())
    rows = Action.objects.visible_to(request.user).select_related(*OWNER_NAMED)
    found = ActionFilter(request.GET, rows, request=request, today=today)
    rows = lists.with_what_is_said(found.qs, request.user)
    return _file(request, suffix, lists.actions(today), found, rows, ACTION_SORTS, "action")


@require_safe
def alerts(request, suffix):
    today = london_day(timezone.now())
    found = AlertFilter(request.GET, AlertCase.objects.visible_to(request.user))
    sorts = LATEST if found.only_open else ALERT_SORTS
    return _file(request, suffix, lists.alerts(today), found, found.qs, sorts, "alert")


@require_safe
def inspections(request, suffix):
    rows = Inspection.objects.annotate(
        listed=Coalesce("published", Value(BEFORE_ALL)), recommended=Count("recommendations")
    )
    found = InspectionFilter(request.GET, rows)
    listing = lists.inspections(london_day(timezone.now()))
    return _file(request, suffix, listing, found, found.qs, INSPECTION_SORTS, "inspection")


def _file(request, suffix, listing, found, rows, sorts, page):
    """``found``: the filterset, which has read all places; ``rows``: what it lets through. ``page``: the name of a
    row's own page, to which the last column leads."""
    sort = sorts.get(request.GET.get("sort", "")) or next(iter(sorts.values()))
    sign = "-" if sort.descending else ""
    rows = rows.order_by(f"{sign}{sort.field}", f"{sign}pk")
    places = {place.pk: place for place in found.places.values()}
    by_slug = page == "inspection"
    pattern = request.build_absolute_uri(reverse(page, args=["0"])).removesuffix("0/")

    def address_of(row):
        return f"{pattern}{row.slug if by_slug else row.pk}/"

    written = lists.lines(listing, rows, places, address_of)
    name = f"{listing.name.lower()}-{london_day(timezone.now()).isoformat()}.{suffix}"
    if suffix == "csv":
        answer = StreamingHttpResponse(comma_separated(listing.headings, written), content_type=TYPES["csv"])
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
    else:
        more = rows.order_by().values("pk")[: lists.MOST_IN_A_SHEET + 1].count() > lists.MOST_IN_A_SHEET
        # Not the address of these rows but of all that this question finds.
        csv = request.build_absolute_uri().replace("export.xlsx", "export.csv", 1) if more else None
        sheet = lists.worksheet(listing, written, all_of_them=csv)
        answer = FileResponse(sheet, as_attachment=True, filename=name, content_type=TYPES["xlsx"])
    answer["Cache-Control"] = "private, no-store"  # whose rows they are depends on who asks
    return answer
