"""The timelines: everything that happened to a recommendation, an action, an action plan or an organisation.

Each shows what its reader may see: of actions and alerts only those that are theirs to see, whatever the journal holds.
"""

from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from inspections.models import Organisation
from tracker.alerts.models import AlertCase
from tracker.lists import Sort, page_of
from tracker.people.models import Post, User
from tracker.plans.models import Action, ActionPlan, FollowUp
from tracker.plans.sentences import shortened

from .filters import TimelineFilter
from .models import Event
from .sentences import BY_THE_SERVICE, lines_of, title_of

SORTS = {"newest": Sort("Newest first", "at", descending=True), "oldest": Sort("Oldest first", "at")}
# What everyone may read who sees the work of a place; actions and alerts are asked for one by one.
OF_A_PLACE = (
    "followup", "actionplan", "inspection", "importdraft", "organisation", "user", "post", "cover", "limit",
)  # fmt: skip


@require_safe
def recommendation_timeline(request, pk):
    rows = FollowUp.objects.visible_to(request.user).select_related("recommendation", "addressee")
    row = get_object_or_404(rows, pk=pk)
    events = about(
        followup=[row.pk],
        action=ids(Action.objects.visible_to(request.user).filter(follow_ups=row)),
        actionplan=ids(ActionPlan.objects.visible_to(request.user).filter(pk=row.plan_id)),
    )
    name = f"Recommendation {row.recommendation.number} to {row.addressee}"
    levels = [("Recommendations", reverse("recommendations")), (name, reverse("recommendation", args=[pk]))]
    return page(request, events, name, levels, own="followup")


@require_safe
def action_timeline(request, pk):
    row = get_object_or_404(Action.objects.visible_to(request.user), pk=pk)
    levels = [("Actions", reverse("actions")), (shortened(row.what, 40), reverse("action", args=[pk]))]
    return page(request, about(action=[pk]), shortened(row.what), levels, own="action")


@require_safe
def plan_timeline(request, pk):
    rows = ActionPlan.objects.visible_to(request.user).select_related("organisation", "inspection__organisation")
    row = get_object_or_404(rows, pk=pk)
    events = about(
        actionplan=[pk],
        followup=ids(FollowUp.objects.visible_to(request.user).filter(plan=row)),
        action=ids(Action.objects.visible_to(request.user).filter(plan=row)),
    )
    visit = f"Inspection of {row.inspection.organisation}"
    levels = [("Inspections", reverse("inspections")), (visit, reverse("inspection", args=[row.inspection.slug]))]
    return page(request, events, f"Action plan of {row.organisation}", levels, own="actionplan")


@require_safe
def organisation_timeline(request, slug):
    row = get_object_or_404(Organisation.objects.select_related("parent__parent"), slug=slug)
    if not request.user.access.sees_work_of(row.line):
        raise Http404
    alerts, actions = AlertCase.objects.visible_to(request.user), Action.objects.visible_to(request.user)
    # The few that this reader is not to know of.
    hidden = {
        "alertcase": ids(row.alerts.filter(restricted=True).exclude(pk__in=alerts.order_by().values("pk"))),
        "action": ids(row.actions.filter(alert__restricted=True).exclude(pk__in=actions.order_by().values("pk"))),
    }
    seen = Q(subject_kind__in=OF_A_PLACE)
    for kind, those in hidden.items():
        seen |= Q(subject_kind=kind) & ~Q(subject_id__in=those)
    events = Event.objects.filter(seen, organisation=row)
    levels = [("Organisations", reverse("organisations")), (str(row), reverse("organisation", args=[slug]))]
    return page(request, events, row.full_name, levels, own="organisation")


def ids(rows) -> list[int]:
    """Read first: with a list the database takes each subject from the index, with a subquery it reads all events."""
    return list(rows.order_by().values_list("pk", flat=True))


def about(**subjects):
    """Events about the subjects: ids by kind."""
    wanted = Q(pk__in=[])
    for kind, those in subjects.items():
        if those:
            wanted |= Q(subject_kind=kind, subject_id__in=those)
    return Event.objects.filter(wanted)


def page(request, events, name, levels, own):
    """``own``: the kind of subject that the page is about, and that its items need not name."""
    found = TimelineFilter(request.GET, events.select_related("actor"))
    shown = page_of(request, found.qs, SORTS)
    context = {
        "name": name,
        "levels": levels,
        "filter": found,
        "chips": found.chips(),
        "page": shown,
        "items": items_of(shown.rows, request.user, own),
    }
    return render(request, "timeline/page.html", context)


def items_of(events, user, own) -> list[dict]:
    """For the MoJ timeline. Each names its subject, with a link where there is a page of it."""
    subjects = subjects_of(events, user, own)
    return [
        {
            "title": title_of(event.deed, event.before, event.after),
            "by": event.actor.name if event.actor else BY_THE_SERVICE,
            "at": event.at,
            "about": subjects.get((event.subject_kind, event.subject_id)),
            "text": "\n".join(lines_of(event.deed, event.before, event.after)),
        }
        for event in events
    ]


def subjects_of(events, user, own) -> dict:
    """{(kind, id): {"text", "href"}} of what the events are about: one query for each kind, five at most."""
    kinds: dict[str, set[int]] = {}
    for event in events:
        if event.subject_kind != own:
            kinds.setdefault(event.subject_kind, set()).add(event.subject_id)
    found = {}

    def named(kind, rows, text, address=None):
        for row in rows:
            href = reverse(address, args=[row.pk]) if address else ""
            found[kind, row.pk] = {"text": text(row), "href": href}

    if wanted := kinds.get("followup"):
        rows = FollowUp.objects.visible_to(user).filter(pk__in=wanted)
        rows = rows.select_related("recommendation", "inspection__organisation")
        named("followup", rows, follow_up_words, "recommendation")
    if wanted := kinds.get("action"):
        rows = Action.objects.visible_to(user).filter(pk__in=wanted)
        named("action", rows, lambda row: shortened(row.what), "action")
    if wanted := kinds.get("actionplan"):
        rows = ActionPlan.objects.visible_to(user).filter(pk__in=wanted)
        rows = rows.select_related("organisation", "inspection__organisation")
        named("actionplan", rows, plan_words, "plan_timeline")
    if wanted := kinds.get("user"):
        named("user", User.objects.filter(pk__in=wanted), lambda row: row.name)
    if wanted := kinds.get("post"):
        named("post", Post.objects.filter(pk__in=wanted), lambda row: row.title)
    return found


def follow_up_words(row) -> str:
    return f"Recommendation {row.recommendation.number}, inspection of {row.inspection.organisation}"


def plan_words(row) -> str:
    return f"Action plan of {row.organisation}, inspection of {row.inspection.organisation}"
