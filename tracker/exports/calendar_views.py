"""A person's dates in their own calendar: the page with its secret address, and what is read there."""

import hashlib
import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tracker.how_often import WINDOW, network_of, too_often
from tracker.plans.forms import Once
from tracker.refusals import Refusal

from . import calendar_feeds as feeds
from .calendar import calendar_of

# In five minutes: addresses of no calendar that one network may try; how often one calendar is read.
MOST_UNKNOWN, MOST_READ = 30, 30


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def calendar(request):
    """Each small form posts here with the name of its deed."""
    if request.method == "POST":
        form = Once(request.POST)
        if not form.is_valid():
            raise Refusal("This page was too old. Open it again.")
        how = {"by": request.user, "at": timezone.now()}
        if request.POST.get("deed") == "end":
            feeds.end_feed(request.user, **how)
            messages.success(request, "Taken back: nobody reads your dates at that address any more.")
        else:
            before = feeds.feed_of(request.user)
            feed = feeds.make_feed(request.user, key=form.cleaned_data["key"], **how)
            renewed = before is not None and before.pk != feed.pk
            ended = " The one before does not work any more." if renewed else ""
            messages.success(request, f"Your calendar has {'a new' if renewed else 'an'} address.{ended}")
        return redirect("calendar")
    feed = feeds.feed_of(request.user)
    address = feeds.address_of(feed) if feed else ""
    context = {
        "feed": feed,
        "address": address,
        "subscribe": "webcal:" + address.partition(":")[2],
        "key": uuid.uuid4(),
    }
    return render(request, "calendar/page.html", context)


@login_not_required
@require_safe
def calendar_feed(request, secret):
    """For a calendar program, which signs in nowhere: the address is the secret."""
    now, network = timezone.now(), network_of(request)
    if too_often("unknown calendar", network, MOST_UNKNOWN, now, count=False):
        return _later()
    feed = feeds.opened(secret)
    if feed is None:
        too_often("unknown calendar", network, MOST_UNKNOWN, now)
        raise Http404
    if too_often("calendar", feed.name, MOST_READ, now):
        return _later()
    text = calendar_of(feed.person, now)
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="inspection-recommendations.ics"'
    response["ETag"] = f'"{hashlib.sha256(text).hexdigest()}"'
    response["Cache-Control"] = "private, no-cache"  # kept by the calendar alone, which asks whether it still is so
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return get_conditional_response(request, etag=response["ETag"], response=response)


def _later():
    return HttpResponse(
        "Asked too often: try again in five minutes.\n", status=429, content_type="text/plain",
        headers={"Retry-After": str(WINDOW)},
    )  # fmt: skip
