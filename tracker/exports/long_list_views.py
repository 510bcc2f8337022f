"""Long lists as files: asking for one, how far it is, and the file when it is ready. Each is its reader's own."""

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from inspections.models import Organisation
from tracker.papers import TYPES
from tracker.plans.forms import Once
from tracker.refusals import Refusal
from tracker.saved.asking import in_words
from tracker.working_days import london_day

from . import lists
from . import long_lists as operations
from .models import Export

SHOWN = 20
LOOK_AGAIN = 10  # seconds, for who wants that
NOT_OF_THE_QUESTION = ("after", "before", "page")


def _question(request) -> str:
    """What the list is asked, without which page of it was open."""
    data = request.GET.copy()
    for name in NOT_OF_THE_QUESTION:
        data.pop(name, None)
    for name in list(data):
        data.setlist(name, [value for value in data.getlist(name) if value])
    return data.urlencode()


def _own(request, pk) -> Export:
    return get_object_or_404(request.user.exports, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def new_export(request, name):
    if name not in dict(Export.LISTS):
        raise Http404
    query, now = _question(request), timezone.now()
    if request.method == "POST":
        form = Once(request.POST)
        if not form.is_valid():
            raise Refusal("This page was too old. Open it again.")
        key = form.cleaned_data["key"]
        export = operations.ask_for(request.user, name, query, key=key, by=request.user, at=now)
        return redirect("export", export.pk)
    asked = lists.asked(name, request.GET, request.user, london_day(now))
    most = lists.MOST_IN_A_LONG_SHEET
    rows = asked.count(most)
    context = {
        "form": Once(),
        "export": Export(list=name, query=query),
        "said": _said(Export(list=name, query=query), asked.found.places),
        "rows": min(rows, most),
        "too_many": rows > most,
        "at_once": rows <= lists.MOST_IN_A_SHEET,
        "list_address": _address(reverse(name), query),
        "csv": _address(reverse(f"{name}_csv"), query),
        "xlsx": _address(reverse(f"{name}_xlsx"), query),
        "kept_days": operations.KEPT.days,
    }
    return render(request, "exports/new.html", context)


@require_safe
def exports(request):
    rows = request.user.exports.all()[:SHOWN]
    return render(request, "exports/list.html", {"exports": rows, "kept_days": operations.KEPT.days})


@require_http_methods(["GET", "HEAD", "POST"])
def export(request, pk):
    row = _own(request, pk)
    if request.method == "POST":
        operations.cancel(row, by=request.user, at=timezone.now())
        messages.success(request, "Cancelled: the file is not made.")
        return redirect("export", row.pk)
    now = timezone.now()
    again = row.is_open and request.GET.get("again") == "on"
    places = {place.slug: place for place in Organisation.objects.only("slug", "name", "short_name")}
    context = {
        "export": row,
        "said": _said(row, places),
        "before": Export.objects.filter(state__in=("waiting", "making"), pk__lt=row.pk).count() if row.is_open else 0,
        "late": row.state == "ready" and row.kept_until < now,
        "again": again,
        "look_again": LOOK_AGAIN,
        "list_address": _address(reverse(row.list), row.query),
        "ask_again": _address(reverse("new_export", args=[row.list]), row.query),
    }
    response = render(request, "exports/detail.html", context)
    response["Cache-Control"] = "private, no-store"
    if again:
        response["Refresh"] = str(LOOK_AGAIN)
    return response


@require_safe
def export_file(request, pk):
    row = _own(request, pk)
    if row.state != "ready" or row.kept_until < timezone.now():
        raise Http404
    try:
        file = row.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    name = f"{row.list}-{london_day(row.ended_at).isoformat()}.xlsx"
    answer = FileResponse(file, as_attachment=True, filename=name, content_type=TYPES["xlsx"])
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _said(row, places) -> list[tuple[str, str]]:
    """(filter, what is chosen) of the question."""
    return in_words(row, {slug: str(place) for slug, place in places.items()})


def _address(path, query) -> str:
    return path + (f"?{query}" if query else "")
