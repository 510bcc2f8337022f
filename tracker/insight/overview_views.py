"""The overview of a place: five numbers, each the door to its list, and what lies behind them."""

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from inspections.models import Level, Organisation
from tracker.exports.pack_forms import usual
from tracker.refusals import NotAllowed
from tracker.working_days import london_day

from .as_at import overview_as_at, places_as_at
from .day_forms import DayForm
from .numbers import overview
from .ratings import latest_ratings, look_of


@require_safe
def own(request):
    """The overview of the highest place whose work the reader sees all of."""
    access = request.user.access
    places = Organisation.objects.all()
    if not access.sees_everything:
        wide = [place for role, place, _ in access.roles if role in ("lead", "viewer")]
        places = places.filter(pk__in=wide)
    order = {Level.HMPPS: 0, Level.REGION: 1, Level.PDU: 2}
    found = min(places, key=lambda place: (order[place.level], place.name), default=None)
    if found is None:
        raise NotAllowed("The overview is for who leads or reads the work of a place. What is yours is in Your work.")
    return redirect("overview", found.slug)


@require_safe
def place(request, slug):
    row = get_object_or_404(Organisation.objects.select_related("parent__parent"), slug=slug)
    if not request.user.access.sees_work_of(row.line):
        raise NotAllowed(f"The overview of {row} is for its own people and the levels above.")
    today = london_day(timezone.now())
    form = DayForm(request, today=today)
    # Three facts of a past day: the place as it was then, its numbers, the places below it.
    was, numbers, below = row, None, []
    if form.is_valid() and (on := form.cleaned_data["on"]):
        places = places_as_at(on)
        if (was := places.get(row.pk)) is None:
            was = row
            form.add_error("on", f"{row} was not here yet on that day")
        else:
            numbers = overview_as_at(request.user, was, on, places)
            below = sorted((one for one in places.values() if one.parent_id == row.pk), key=str)
    elif form.is_valid():
        numbers = overview(request.user, row, today)
        below = Organisation.objects.filter(parent=row).order_by("name") if row.level != Level.PDU else []
    context = {
        "row": row, "was": was, "numbers": numbers, "below": below, "today": today, "form": form,
        "recommendations": _link("recommendations", row), "actions": _link("actions", row),
        "pack": f"{reverse('committee_pack', args=[slug])}?{urlencode(usual(numbers.day))}" if numbers else "",
        "most": max((age.count for age in numbers.ages), default=0) if numbers else 0,
    }  # fmt: skip
    return render(request, "overview/place.html", context, status=200 if numbers else 422)


def _link(name, row):
    """A function that gives the address of a list for this place and all below it, with further filters."""

    def link(**filters) -> str:
        where = (
            {} if row.level == Level.HMPPS else {"region" if row.level == Level.REGION else "organisation": row.slug}
        )
        return f"{reverse(name)}?{urlencode(where | filters)}"

    return link


@require_safe
def ratings(request):
    """Organisations by standards, from the newest inspection of each: published, and so for everyone signed in."""
    return render(request, "overview/ratings.html", {"maps": latest_ratings(), "look_of": look_of})
