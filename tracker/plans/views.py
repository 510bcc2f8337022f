"""Pages that are read: your work, the two lists, a recommendation and an action. The deeds are in `deed_views`."""

import uuid

from django.db.models import Q
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from inspections.models import WordingCorrection
from tracker.clocks.operations import Limits
from tracker.journal.models import Event, Notice
from tracker.lists import Sort, chips, page_of
from tracker.people.models import Post, User
from tracker.published.models import ImportDraft
from tracker.reminders.rules import Circle, Matter, who_is_told
from tracker.working_days import london_day

from . import guard, rules
from .filters import ActionFilter, FollowUpFilter
from .models import Action, FollowUp
from .sentences import Waiting, if_nobody_acts, lines_of, shortened, title_of
from .your_work import marked, your_work

FOLLOW_UP_SORTS = {
    "due": Sort("Next date", "next_due"),
    "latest": Sort("Latest date first", "next_due", descending=True),
    "newest": Sort("Newest first", "pk", descending=True),
}
ACTION_SORTS = {
    "due": Sort("Date", "due_by"),
    "latest": Sort("Latest date first", "due_by", descending=True),
    "newest": Sort("Newest first", "pk", descending=True),
}
EVENTS_SHOWN = 100
FOLLOW_UP_PARTS = ("recommendation", "plan", "inspection__organisation", "addressee__parent__parent")
ACTION_PARTS = ("organisation__parent__parent", "plan__inspection__organisation")
OWNER_NAMED = ("owner_post__holder", "owner_person")
OWNER_PARTS = ("owner_post__organisation", "owner_post__holder", "owner_person")


@require_safe
def home(request):
    today = london_day(timezone.now())
    drafts = ImportDraft.objects.filter(state="draft").order_by("pk").select_related("source", "by")
    work = your_work(request.user, today, drafts)
    return render(request, f"your_work/{work['kind']}.html", {"work": work, "today": today})


@require_safe
def recommendations(request):
    today = london_day(timezone.now())
    rows = FollowUp.objects.visible_to(request.user).select_related("recommendation", "inspection", *OWNER_NAMED)
    found = FollowUpFilter(request.GET, rows, request=request, today=today)
    page = page_of(request, found.qs, FOLLOW_UP_SORTS)
    found.name_places(page.rows)
    context = {"filter": found, "chips": chips(found), "page": page, "today": today}
    return render(request, "recommendations/list.html", context)


@require_safe
def actions(request):
    today = london_day(timezone.now())
    rows = Action.objects.visible_to(request.user).select_related(*OWNER_NAMED)
    found = ActionFilter(request.GET, rows, request=request, today=today)
    page = page_of(request, found.qs, ACTION_SORTS)
    found.name_places(page.rows)
    marked(page.rows, today)
    context = {"filter": found, "chips": chips(found), "page": page, "today": today}
    return render(request, "actions/list.html", context)


def follow_up_for(user, pk) -> FollowUp:
    """The follow-up with all that its page names, or 404 where the person may not see it."""
    rows = FollowUp.objects.visible_to(user).select_related(*FOLLOW_UP_PARTS, *OWNER_PARTS)
    return get_object_or_404(rows, pk=pk)


def action_for(user, pk) -> Action:
    rows = Action.objects.visible_to(user).select_related(*ACTION_PARTS, *OWNER_PARTS)
    return get_object_or_404(rows, pk=pk)


@require_safe
def recommendation(request, pk):
    today = london_day(timezone.now())
    row = follow_up_for(request.user, pk)
    acts = Action.objects.visible_to(request.user).filter(follow_ups=row).order_by("due_by", "pk")
    acts = marked(acts.select_related("organisation__parent__parent", *OWNER_PARTS), today)
    standing = guard.standing_for_follow_up(row, request.user)
    may = {step.deed for step in rules.possible(rules.FOLLOW_UP_STEPS, row.state, standing)}
    if row.live:
        may -= {"start_clock"}
    for act in acts:
        act.may = possible_on(act, request.user)
    context = {
        "row": row,
        "key": uuid.uuid4(),
        "corrections": WordingCorrection.objects.filter(recommendation=row.recommendation_id).select_related("reading"),
        "actions": acts,
        "may": may,
        "next": if_nobody_acts(row.state, row.live, _waiting(row, acts), today),
        "timeline": timeline(row, acts),
        "reminders": reminders(request.user, row, row.plan, *acts),
        "today": today,
    }
    return render(request, "recommendations/detail.html", context)


def possible_on(action, user) -> set[str]:
    standing = guard.standing_for_action(action, user)
    return {step.deed for step in rules.possible(rules.ACTION_STEPS, action.state, standing)}


def action_page(request, action, form, warning="", status=200):
    """The page of an action with the update form right there; the deed of that form is in `deed_views`."""
    today = london_day(timezone.now())
    marked([action], today)
    answered = FollowUp.objects.visible_to(request.user).filter(actions=action).order_by("recommendation__number")
    context = {
        "action": action,
        "answered": answered.select_related("recommendation", "inspection__organisation", "addressee"),
        "may": possible_on(action, request.user),
        "form": form,
        "updates": action.updates.select_related("by")[:EVENTS_SHOWN],
        "timeline": timeline(action),
        "reminders": reminders(request.user, action),
        "today": today,
    }
    return render(request, "actions/detail.html", context, status=status)


def _waiting(row, acts) -> list[Waiting]:
    """The dates that somebody will be reminded of, and whom: by the rule that the nightly sweep goes by."""
    limits, line = Limits().for_line(row.addressee.line), row.addressee.line
    heads = Post.objects.filter(organisation__in=line, head=True, holder__is_active=True).select_related("holder")
    heads = {post.organisation_id: post.holder for post in heads}
    holders = {a.owner_post_id: a.owner_post.holder for a in acts if a.owner_post and a.owner_post.holder}
    named = {a.owner_person_id: a.owner_person for a in acts if a.owner_person}
    has_place = Q(memberships__isnull=False) | Q(posts__isnull=False)
    placed = set(User.objects.filter(has_place, pk__in=named).values_list("pk", flat=True))
    people = {p.pk: p for p in [*heads.values(), *holders.values(), *named.values()]}
    circle = Circle(
        in_use=frozenset(pk for pk, p in people.items() if p.is_active and (pk in placed or pk not in named)),
        holders={post: p.pk for post, p in holders.items() if p.is_active},
        heads={place: p.pk for place, p in heads.items()},
    )

    def waiting(matter, what):
        def whom(stage):
            return [people[told.recipient].name for told in who_is_told(matter, stage, limits, circle)]

        return Waiting(matter.due, what, whom, limits)

    found = []
    if row.state == "awaiting":
        plan = Matter("plan_due", "actionplan", row.plan_id, row.plan.due_by, row.cycle, line, of_head=True)
        found.append(waiting(plan, "the response"))
    for act in acts:
        if act.is_open and act.live:
            matter = Matter(
                "action_due", "action", act.pk, act.due_by, act.cycle, act.organisation.line,
                owner_person=act.owner_person_id, owner_post=act.owner_post_id,
            )  # fmt: skip
            found.append(waiting(matter, f"“{shortened(act.what)}”"))
    return found


def timeline(row, acts=()) -> list[dict]:
    """Items for the MoJ timeline, newest first, out of the journal. One query."""
    about = {("action", act.pk): shortened(act.what, 60) for act in acts}
    items = []
    for event in Event.objects.about(row, *acts).select_related("actor")[:EVENTS_SHOWN]:
        lines = lines_of(event.deed, event.before, event.after)
        title = title_of(event.deed, event.before, event.after)
        if (event.subject_kind, event.subject_id) in about and event.deed != "action_added":
            title += f": {about[event.subject_kind, event.subject_id]}"
        by = event.actor.name if event.actor else "the service"
        items.append({"title": title, "by": by, "at": event.at, "text": "\n".join(lines), "html": ""})
    return items


def reminders(user, *rows) -> list[dict]:
    """Mails that went out about these rows, newest first; each links to the mail only for who may read it."""
    notices = Notice.objects.filter(mail__isnull=False).select_related("mail", "recipient")
    found = {}
    for notice in notices.filter(pk__in=_notices_about(rows)).order_by("-pk")[:EVENTS_SHOWN]:
        mine = user.access.is_administrator or notice.mail.recipient_id == user.pk
        found.setdefault(
            notice.mail_id,
            {
                "at": notice.mail.sent_at or notice.mail.claimed_at,
                "whom": notice.recipient.name,
                "state": notice.mail.get_state_display(),
                "sent": notice.mail.state == "sent",
                "link": f"/sent/{notice.mail_id}/" if mine else "",
            },
        )
    return list(found.values())


def _notices_about(rows):
    kinds = {}
    for row in rows:
        kinds.setdefault(row._meta.model_name, []).append(row.pk)
    wanted = Notice.objects.none()
    for kind, ids in kinds.items():
        wanted = wanted | Notice.objects.filter(subject_kind=kind, subject_id__in=ids)
    return wanted.order_by().values("pk")
