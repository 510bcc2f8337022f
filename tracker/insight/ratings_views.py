"""Key questions of all organisations side by side, and the ratings of one over time: published, and so for everyone
signed in."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from inspections.models import Organisation

from .ratings import compared, look_of, over_time, standards_asked


@require_safe
def key_questions(request):
    """The key questions of one standard, across the newest inspections."""
    standards = standards_asked()
    numbers = [number for number, _ in standards]
    chosen = request.GET.get("standard", "")
    if chosen not in numbers:
        chosen = numbers[0] if numbers else ""
    context = {"standards": standards, "chosen": chosen, "questions": compared(chosen) if chosen else ()}
    return render(request, "overview/key_questions.html", context)


@require_safe
def ratings_over_time(request, slug):
    row = get_object_or_404(Organisation, slug=slug)
    return render(request, "overview/over_time.html", {"row": row, "found": over_time(row), "look_of": look_of})
