"""What went out: a person's own mails; for administrators, everybody's. And what the machine that watches asks."""

import datetime as dt

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Q
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tracker.alerts.models import AlertCase
from tracker.lists import Sort, page_of
from tracker.people.models import Cover
from tracker.plans.models import Action, ActionPlan, DateChange, FollowUp
from tracker.words import day, plural

from .digest import address
from .handing_over import REPEATED
from .health import readiness
from .models import Mail
from .rules import KINDS
from .runs import latest_runs

SORTS = {"newest": Sort("Newest first", "pk", descending=True), "oldest": Sort("Oldest first", "pk")}
SUBJECTS = {
    "action": Action.objects.visible_to,
    "actionplan": lambda user: ActionPlan.objects.visible_to(user).select_related("organisation", "inspection"),
    "followup": lambda user: FollowUp.objects.visible_to(user).select_related("recommendation", "inspection"),
    "datechange": lambda user: DateChange.objects.filter(
        action__in=Action.objects.visible_to(user).order_by().values("pk")
    ).select_related("action"),
    "alertcase": lambda user: AlertCase.objects.visible_to(user).select_related("organisation"),
    "cover": lambda user: Cover.objects.filter(stand_in=user).select_related("person", "stand_in"),
}


@require_safe
def sent(request):
    """The mails one may see; ?state=failed shows those that could not be delivered."""
    mine = Mail.objects.visible_to(request.user)
    week = mine.filter(claimed_at__gt=timezone.now() - dt.timedelta(days=7)).order_by()
    this_week = week.aggregate(mails=Count("pk"), failed=Count("pk", filter=Q(state=Mail.State.FAILED)))
    state = request.GET.get("state", "")
    rows = mine.filter(state=state) if state in Mail.State.values else mine
    everybodys = request.user.access.is_administrator
    context = {
        "page": page_of(request, rows.select_related("recipient").defer("text", "html"), SORTS),
        "this_week": week_words(**this_week),
        "failed": state == Mail.State.FAILED,
        "everybodys": everybodys,
        "runs": latest_runs() if everybodys else [],
        "reader": request.user,
        "REPEATED": REPEATED,
    }
    return render(request, "sent/list.html", context)


def week_words(mails: int, failed: int) -> str:
    """ "12 mails this week, 1 could not be delivered" """
    words = f"{plural(mails, 'mail')} this week" if mails else "No mails this week"
    return f"{words}, {failed} could not be delivered" if failed else words


@require_safe
def mail(request, pk):
    """One mail as it went out, why it was sent and what became of it."""
    one = get_object_or_404(Mail.objects.visible_to(request.user).select_related("recipient"), pk=pk)
    reasons = {} if one.is_hidden_from(request.user) else _reasons(one, request.user)
    context = {"mail": one, "reasons": reasons, "reader": request.user, "REPEATED": REPEATED}
    return render(request, "sent/mail.html", context)


@require_safe
@csp_replace({"default-src": [NONE], "style-src": [UNSAFE_INLINE], "frame-ancestors": [NONE], "sandbox": True})
def mail_html(request, pk):
    """The HTML part by itself: the browser runs, loads and sends nothing on its behalf."""
    one = get_object_or_404(Mail.objects.visible_to(request.user), pk=pk)
    if one.is_hidden_from(request.user):
        raise Http404
    return HttpResponse(one.html)


def _reasons(one, user) -> dict:
    """{kind in words: [(subject, its address)]}, a query for each kind; None for what the reader may not see."""
    notices = list(one.notices.all())
    seen = {}
    for kind, visible_to in SUBJECTS.items():
        if ids := {n.subject_id for n in notices if n.subject_kind == kind}:
            seen |= {(kind, row.pk): row for row in visible_to(user).filter(pk__in=ids)}
    reasons = {}
    for notice in notices:
        subject = seen.get((notice.subject_kind, notice.subject_id))
        found = (words_of(subject), address(subject)) if subject else (None, "")
        reasons.setdefault(KINDS.get(notice.kind, notice.kind), []).append(found)
    return reasons


def words_of(subject) -> str:
    """A subject as a link is read."""
    if isinstance(subject, DateChange):
        return f"{subject.action.what}: {day(subject.new_due_by)} instead of {day(subject.old_due_by)}"
    return str(subject)


@require_safe
@login_not_required
@never_cache
def healthz(request):
    """Alive: asks nothing of anybody."""
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
@login_not_required
@never_cache
def readyz(request):
    """Ready for people: 503 only without the database or its latest tables."""
    found = readiness(timezone.now())
    return JsonResponse(found, status=200 if found["ready"] else 503)
