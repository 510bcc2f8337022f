"""The inspectors' queue of claimed work, and the page on which a claim is verified or sent back."""

from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Min
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from tracker.lists import Sort, chips, page_of
from tracker.refusals import NotAllowed, Refusal
from tracker.working_days import london_day

from . import rules, verifying
from .action_views import claims_on
from .evidence import evidence_of
from .forms import VerifyForm
from .models import Action, Claim, FollowUp
from .queue_filters import QueueFilter
from .replies import may, read_or_post, refused, warn
from .sentences import shortened
from .views import action_for
from .your_work import claims_sentence

QUEUE_SORTS = {"oldest": Sort("Oldest first", "at"), "newest": Sort("Newest first", "at", descending=True)}
UPDATES_SHOWN = 5


def _waiting(user):
    """Claims that are not decided yet, of actions that ``user`` may see."""
    claimed = Action.objects.visible_to(user).filter(state="claimed").order_by().values("pk")
    return Claim.objects.filter(verification=None, action__in=claimed)


@require_safe
def verify_queue(request):
    if not request.user.access.is_inspector:
        raise NotAllowed("Only an inspector verifies what is claimed.")
    today = london_day(timezone.now())
    found = QueueFilter(request.GET, _waiting(request.user))
    rows = found.qs.select_related("by", "action__organisation__parent", "action__owner_post__holder")
    page = page_of(request, rows.select_related("action__owner_person"), QUEUE_SORTS)
    for claim in page.rows:
        claim.days = (today - london_day(claim.at)).days
    oldest = found.qs.order_by().aggregate(at=Min("at"))["at"]
    days = (today - london_day(oldest)).days if oldest else 0
    context = {
        "filter": found,
        "chips": chips(found),
        "page": page,
        "sentence": claims_sentence(page.count, days, page.count_words("claim"), found.words()),
        "today": today,
        "query": _query(request),
    }
    return render(request, "verify/queue.html", context)


def _query(request) -> str:
    """The region that the queue is narrowed to: kept on the way from claim to claim."""
    region = request.GET.get("region", "")
    return f"?{urlencode({'region': region})}" if region else ""


def _next_in_queue(request, claim) -> Claim | None:
    """The one that has waited next longest, else the oldest of all. Three queries at most."""
    queue = QueueFilter(request.GET, _waiting(request.user)).qs
    if claim is not None:
        queue = queue.exclude(pk=claim.pk)
    queue = queue.order_by("at", "pk")
    return (queue.filter(at__gte=claim.at).first() if claim is not None else None) or queue.first()


@read_or_post
def verify_action(request, pk):
    """A claim, its evidence and the earlier judgements; decided here, and on to the next."""
    row = action_for(request.user, pk)
    may(request, row, "verify", rules.ACTION_STEPS)
    form = VerifyForm(request.POST or None, initial={"seen": row.version})
    status, conflict = (422 if form.errors else 200), None
    claims = claims_on(row)
    claim = next((one for one in claims if one.decided is None), None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        deed = verifying.verify if given["outcome"] == "verified" else verifying.send_back
        try:
            decision = deed(
                row, given["judgement"], given["reason"], seen_version=given["seen"], by=request.user, at=timezone.now()
            )
        except Refusal as refusal:
            status, conflict = refused(form, refusal, lambda theirs: {})
        else:
            done = "Verified" if decision.outcome == "verified" else "Sent back"
            messages.success(request, f"{done}: “{shortened(row.what)}”. {_told(decision, row, request.user)}".strip())
            warn(request, given["reason"])
            following = _next_in_queue(request, decision.claim)
            where = reverse("verify_action", args=[following.action_id]) if following else reverse("verify_queue")
            return redirect(where + _query(request))
    own = verifying.why_not_verified_by(row, request.user)
    answered = FollowUp.objects.visible_to(request.user).filter(actions=row).order_by("recommendation__number")
    context = {
        "action": row,
        "form": form,
        "conflict": conflict,
        "claim": claim,
        "earlier": [one for one in claims if one.decided],
        "evidence": evidence_of(row),
        "answered": answered.select_related("recommendation", "inspection__organisation", "addressee"),
        "updates": row.updates.select_related("by")[:UPDATES_SHOWN],
        "own": own,
        "may": set(),
        "following": _next_in_queue(request, claim) if own else None,
        "days": (london_day(timezone.now()) - london_day(claim.at)).days if claim else 0,
        "query": _query(request),
    }
    return render(request, "verify/detail.html", context, status=status)


def _told(decision, row, by) -> str:
    people = {person.pk: person for person in (decision.claimed_by, row.owner) if person is not None}
    names = sorted(p.name for p in people.values() if p.is_active and p.pk != by.pk)
    if not row.live or not names:
        return ""
    return f"{' and '.join(names)} will be told by e-mail."
