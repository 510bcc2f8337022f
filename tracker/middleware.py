"""A refusal raised anywhere becomes a page that says why."""

from django.contrib.auth.middleware import get_user
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from tracker.refusals import Refusal
from tracker.reminders.health import banner
from tracker.working_days import london_day


def act_today(get_response):
    """Who is signed in acts on London's today, and so for whom they stand in for; asked of nobody before a page is."""

    def middleware(request):
        request.user = SimpleLazyObject(lambda: _acting(request))
        return get_response(request)

    def _acting(request):
        user = get_user(request)
        if user.is_authenticated:
            user.acting_on = london_day(timezone.now())
        return user

    return middleware


def answer_refusals(get_response):
    def middleware(request):
        return get_response(request)

    def process_exception(request, exception):
        if isinstance(exception, Refusal):
            template = "403.html" if exception.status == 403 else "409.html"
            return render(request, template, {"sentence": exception.sentence}, status=exception.status)
        return None

    middleware.process_exception = process_exception
    return middleware


def warn_administrators(get_response):
    """``request.banner``: looked up only by a page that is drawn for an administrator (see `banner`)."""

    def middleware(request):
        request.banner = SimpleLazyObject(
            lambda: (
                banner(timezone.now()) if request.user.is_authenticated and request.user.access.is_administrator else ""
            )
        )
        return get_response(request)

    return middleware


def csrf_failure(request, reason=""):
    sentence = "This form was open for too long, or cookies are switched off. Go back, reload the page and try again."
    return render(request, "403.html", {"sentence": sentence}, status=403)
