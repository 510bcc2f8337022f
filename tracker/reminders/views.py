"""What went out: a person's own mails; for administrators, everybody's. And what the machine that watches asks."""

import datetime as dt
import json
import secrets

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Q
from django.http import Http404, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from tracker.alerts.models import AlertCase
from tracker.lists import Sort, page_of
from tracker.people.models import Cover, Post, User
from tracker.plans.models import Action, ActionPlan, DateChange, FollowUp
from tracker.saved.models import SavedView
from tracker.secret_addresses import masked
from tracker.words import day, plural

from . import ledger, receipts
from .health import readiness
from .items import address
from .models import Hold, Mail
from .rules import KINDS
from .runs import latest_runs

MOST_BYTES = 10_000  # of what Notify tells about one mail
SORTS = {"newest": Sort("Newest first", "pk", descending=True), "oldest": Sort("Oldest first", "pk")}
SUBJECTS = {
    "action": Action.objects.visible_to,
    "actionplan": lambda user: ActionPlan.objects.visible_to(user).select_related("organisation", "inspection"),
    "followup": lambda user: FollowUp.objects.visible_to(user).select_related("recommendation", "inspection"),
    "datechange": lambda user: DateChange.objects.filter(
        action__in=Action.objects.visible_to(user).order_by().values("pk")
    ).select_related("action"),
    "alertcase": lambda user: AlertCase.objects.visible_to(user).select_related("organisation"),
    "post": lambda user: Post.objects.select_related("organisation"),
    "hold": lambda user: Hold.objects.all() if user.access.is_administrator else Hold.objects.none(),
    "savedview": SavedView.objects.visible_to,
    "user": lambda user: User.objects.all(),  # whose week it is: the mail's own reader
    "cover": lambda user: Cover.objects.filter(stand_in=user).select_related("person", "stand_in"),
}


@require_safe
def sent(request):
    """The mails one may see; ?state= one of `ledger.STATES`. What is in no mail, or no more, is a list of its own."""
    mine = Mail.objects.visible_to(request.user)
    week = mine.filter(claimed_at__gt=timezone.now() - dt.timedelta(days=7)).order_by()
    this_week = week.aggregate(mails=Count("pk"), failed=Count("pk", filter=Q(state=Mail.State.FAILED)))
    state = request.GET.get("state", "")
    everybodys = request.user.access.is_administrator
    context = {
        "this_week": week_words(**this_week),
        "state": state if state in ledger.STATES else "",
        "states": ledger.STATES,
        "everybodys": everybodys,
        "runs": latest_runs() if everybodys else [],
        "reader": request.user,
    }
    if state in ledger.NOTICES:
        context["page"] = page_of(request, ledger.notices_of(request.user, state), SORTS)
        context["notices"] = ledger.told(context["page"].rows, request.user)
        _name_subjects(context["notices"], request.user)
        return render(request, "sent/notices.html", context)
    rows = mine.filter(ledger.MAILS[state][1]) if state in ledger.MAILS else mine
    context["page"] = page_of(request, rows.select_related("recipient").defer("text", "html"), SORTS)
    context["mails"] = ledger.with_fates(context["page"].rows)
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
    context = {"mail": one, "fate": ledger.fate(one), "reasons": reasons, "reader": request.user}
    context["text"] = masked(one.text)  # the link in a mail to somebody outside is theirs alone
    return render(request, "sent/mail.html", context)


@require_safe
@csp_replace({"default-src": [NONE], "style-src": [UNSAFE_INLINE], "frame-ancestors": [NONE], "sandbox": True})
def mail_html(request, pk):
    """The HTML part by itself: the browser runs, loads and sends nothing on its behalf."""
    one = get_object_or_404(Mail.objects.visible_to(request.user), pk=pk)
    if one.is_hidden_from(request.user) or one.sender == "notify":
        raise Http404  # what Notify drew of the text is not known here
    return HttpResponse(masked(one.html))


def _reasons(one, user) -> dict:
    """{kind in words: [(subject, its address)]}, a query for each kind; None for what the reader may not see."""
    notices = list(one.notices.all())
    seen, reasons = _seen(notices, user), {}
    for notice in notices:
        subject = seen.get((notice.subject_kind, notice.subject_id))
        found = (words_of(subject), address(subject)) if subject else (None, "")
        reasons.setdefault(KINDS.get(notice.kind, notice.kind), []).append(found)
    return reasons


def _seen(notices, user) -> dict:
    """{(kind of subject, id): the subject}, as far as ``user`` may see it. A query for each kind."""
    seen = {}
    for kind, visible_to in SUBJECTS.items():
        if ids := {n.subject_id for n in notices if n.subject_kind == kind}:
            seen |= {(kind, row.pk): row for row in visible_to(user).filter(pk__in=ids)}
    return seen


def _name_subjects(notices, user) -> None:
    """Give each notice ``subject`` and ``address``: what it is about, where the reader may know it; else None."""
    seen = _seen([one for one in notices if not one.hidden], user)
    for notice in notices:
        found = seen.get((notice.subject_kind, notice.subject_id))
        named = found is not None and not isinstance(found, User)  # a summary is about no one thing
        notice.subject, notice.address = (words_of(found), address(found)) if named else (None, "")


def words_of(subject) -> str:
    """A subject as a link is read."""
    if isinstance(subject, DateChange):
        return f"{subject.action.what}: {day(subject.new_due_by)} instead of {day(subject.old_due_by)}"
    return str(subject)


@csrf_exempt
@login_not_required
@never_cache
def notify_callback(request):
    """GOV.UK Notify tells what became of a mail: POST of JSON, with our token. Of a mail that is not known here it
    need not tell again."""
    token = settings.NOTIFY_CALLBACK_TOKEN
    given = request.headers.get("Authorization", "").encode()
    if not token or not secrets.compare_digest(given, f"Bearer {token}".encode()):
        return HttpResponse("not allowed\n", status=403, content_type="text/plain")
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
            raise ValueError("too long")
        told = json.loads(request.body)
        reference, remote_id, status = told["reference"] or "", told["id"], told["status"]
        if not all(value.isascii() and value.isprintable() for value in (reference, remote_id, status)):
            raise ValueError("not such text")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return HttpResponse("not understood\n", status=400, content_type="text/plain")
    noted = receipts.hear(reference=reference, remote_id=remote_id[:40], status=status, at=timezone.now())
    return HttpResponse("noted\n" if noted else "nothing to note\n", content_type="text/plain")


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
