"""What runs by itself, and what it would send: administrators only."""

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from tracker.journal.models import Notice
from tracker.people.operations import require_administrator
from tracker.words import plural

from . import brake
from .forecast import Forecast, forecast, held_mails, next_digests, when_words
from .health import queue_length, running_for, who_is_silent
from .models import Hold, Mail
from .timetable import SILENT, WEEK, failures, jobs, summary


@require_safe
def timetable(request):
    """Each job with its last and next run, what failed, what waits, and the next mails."""
    require_administrator(request.user)
    now = timezone.now()
    found, hold, at = jobs(now, running_for()), brake.open_hold(), next_digests(now)
    ahead, queue = forecast(at), queue_length()
    mails = Mail.objects.visible_to(request.user).order_by()
    context = {
        "sentence": f"{summary(found)}; {_next_words(ahead, when_words(at, now), hold)}",
        "jobs": found, "silent": who_is_silent(queue) if any(job.state == SILENT for job in found) else "",
        "failures": failures(now), "hold": hold, "why_held": hold and brake.why_held(hold.mails, hold.usual),
        "ahead": ahead, "when": when_words(at, now), "queue": queue, "now": now,
        "waiting": Notice.objects.filter(state=Notice.State.DECIDED).count(),
        **mails.filter(Q(state=Mail.State.CLAIMED) | Q(claimed_at__gt=now - WEEK)).aggregate(
            sending=Count("pk", filter=Q(state=Mail.State.CLAIMED)),
            this_week=Count("pk", filter=Q(claimed_at__gt=now - WEEK)),
            failed=Count("pk", filter=Q(state=Mail.State.FAILED, claimed_at__gt=now - WEEK)),
        ),
    }  # fmt: skip
    return render(request, "timetable/timetable.html", context)


def _next_words(ahead: Forecast, when: str, hold) -> str:
    if hold:
        return f"{plural(hold.mails, 'mail')} are held until you have looked"
    if not ahead.digests:
        return f"no digest is to go {when}"
    least = "at least " if ahead.more else ""
    return f"next digest {when} to {least}{plural(ahead.digests, 'person', 'people')}"


@require_http_methods(["GET", "HEAD", "POST"])
def held_run(request, pk):
    """Who would get what of a run that is held, and the word that lets it go. A double click finds it let go."""
    require_administrator(request.user)
    hold = get_object_or_404(Hold.objects.select_related("released_by"), pk=pk)
    now = timezone.now()
    if request.method == "POST":
        brake.release_hold(hold, by=request.user, at=now)
        messages.success(request, f"Released: {plural(hold.mails, 'mail')}. They go out with the next run.")
        return redirect("timetable")
    is_open = hold.state == Hold.State.OPEN
    people, count = held_mails(now) if is_open else ([], 0)
    context = {
        "hold": hold, "is_open": is_open, "why_held": brake.why_held(hold.mails, hold.usual), "people": people,
        "count": count,
    }  # fmt: skip
    return render(request, "timetable/held.html", context)
