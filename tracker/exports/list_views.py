"""Each list as a file: the rows of the page for the same question, all pages of it, in the order of the page."""

from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from tracker.papers import TYPES
from tracker.working_days import london_day

from . import lists
from .sheets import comma_separated


@require_safe
def recommendations(request, suffix):
    return _file(request, "recommendations", suffix)


@require_safe
def actions(request, suffix):
    return _file(request, "actions", suffix)


@require_safe
def alerts(request, suffix):
    return _file(request, "alerts", suffix)


@require_safe
def inspections(request, suffix):
    return _file(request, "inspections", suffix)


def _file(request, name, suffix):
    today = london_day(timezone.now())
    asked = lists.asked(name, request.GET, request.user, today)
    base = request.build_absolute_uri("/").removesuffix("/")
    written = lists.lines(asked.listing, asked.rows, asked.places, asked.addresses(base))
    file_name = f"{name}-{today.isoformat()}.{suffix}"
    if suffix == "csv":
        lines = comma_separated(asked.listing.headings, written)
        answer = StreamingHttpResponse(lines, content_type=TYPES["csv"])
        answer["Content-Disposition"] = f'attachment; filename="{file_name}"'
    else:
        more = asked.count(lists.MOST_IN_A_SHEET) > lists.MOST_IN_A_SHEET
        # Not the address of these rows but of all that this question finds.
        csv = request.build_absolute_uri().replace("export.xlsx", "export.csv", 1) if more else None
        sheet = lists.worksheet(asked.listing, written, all_of_them=csv)
        answer = FileResponse(sheet, as_attachment=True, filename=file_name, content_type=TYPES["xlsx"])
    answer["Cache-Control"] = "private, no-store"  # whose rows they are depends on who asks
    return answer
