"""Pages that are read: your work, the two lists and a recommendation. The deeds are in the other views."""

import uuid
from dataclasses import replace

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from inspections.models import Inspection, WordingCorrection
from tracker.alerts.asking import asked_of
from tracker.alerts.models import AlertCase
from tracker.clocks.operations import Limits
from tracker.insight.day_forms import DayForm
from tracker.insight.recurring import also_said
from tracker.journal.models import Event
from tracker.journal.sentences import BY_THE_SERVICE, lines_of, title_of
from tracker.lists import chips, page_of
from tracker.people.models import Cover, Membership, Post
from tracker.published.models import ImportDraft
from tracker.reminders.health import needs
from tracker.reminders.ledger import in_no_mail, in_short, reader_on, said_about
from tracker.reminders.overdue import heads_of
from tracker.reminders.rules import (
    ASKED_FOR,
    Circle,
    Matter,
    counted_from,
    for_kind,
    next_time,
    occasion_of,
    stage_now,
    who_is_told,
)
from tracker.reminders.unreached import unreached
from tracker.saved.bar import bar_of, start_of
from tracker.working_days import NO_DATE, london_day

from . import bulk, closing, guard, previous, rules, ties
from .filters import ACTION_SORTS, FOLLOW_UP_SORTS, OWNER_NAMED, ActionFilter, FollowUpFilter
from .models import Action, Claim, FollowUp
from .sentences import Waiting, if_nobody_acts, shortened
from .your_work import marked, your_work

EVENTS_SHOWN = 40  # a page has a link to the whole timeline
EVENTS_FIRST = 10  # on the page of a recommendation
FOLLOW_UP_PARTS = (
    "recommendation", "plan", "inspection__organisation", "addressee__parent__parent", "risk_accepted_by", "alert",
)  # fmt: skip
ACTION_PARTS = ("organisation__parent__parent", "plan__inspection__organisation", "alert__organisation")
HAS_PLACE = Exists(Membership.objects.filter(user=OuterRef("owner_person"))) | Exists(
    Post.objects.filter(holder=OuterRef("owner_person"))
)
OWNER_PARTS = ("owner_post__organisation", "owner_post__holder", "owner_person")
MAIL_PARTS = ("owner_post__holder__preference", "owner_person__preference")  # for `dates_ahead`


@require_safe
def home(request):
    """Your work, or the saved view that the reader starts with."""
    if start := start_of(request.user):
        return redirect("open_view", start.pk)
    return work(request)


@require_safe
def work(request):
    today = london_day(timezone.now())
    drafts = ImportDraft.objects.filter(state="draft").order_by("pk").select_related("source", "by")
    work = your_work(request.user, today, drafts, asked_of(request.user, today))
    context = {"work": work, "today": today, "unreached": unreached(request.user)}
    if work["kind"] == "administrator" and (found := needs(timezone.now())):
        context["needs"] = found
        work |= {"sentence": found[0].sentence.rstrip("."), "also": [work["sentence"]]}
    return render(request, f"your_work/{work['kind']}.html", context)


@require_safe
def recommendations(request):
    today = london_day(timezone.now())
    rows = FollowUp.objects.visible_to(request.user).select_related("recommendation", "inspection", *OWNER_NAMED)
    found = FollowUpFilter(request.GET, rows, request=request, today=today)
    page = page_of(request, found.qs, FOLLOW_UP_SORTS)
    found.name_places(page.rows)
    context = {
        "filter": found, "chips": chips(found), "page": page, "today": today, **_bulk(request, FollowUp),
        "saved": bar_of(request.user, "recommendations", found),
    }  # fmt: skip
    return render(request, "recommendations/list.html", context)


@require_safe
def actions(request):
    today = london_day(timezone.now())
    rows = Action.objects.visible_to(request.user).select_related(*OWNER_NAMED)
    found = ActionFilter(request.GET, rows, request=request, today=today)
    page = page_of(request, found.qs, ACTION_SORTS)
    found.name_places(page.rows)
    marked(page.rows, today)
    context = {
        "filter": found, "chips": chips(found), "page": page, "today": today, **_bulk(request, Action),
        "saved": bar_of(request.user, "actions", found),
    }  # fmt: skip
    return render(request, "actions/list.html", context)


def _bulk(request, model) -> dict:
    """What can be done to several rows of a list, and the filters it is under."""
    other = ("after", "before", "sort", "row", "all", "deed")
    kept = [(k, v) for k, values in request.GET.lists() if k not in other for v in values if v]
    return {"deeds": bulk.offered(model, request.user.access), "kept": kept}


def follow_up_for(user, pk, **more) -> FollowUp:
    """The follow-up with all that its page names, or 404 where the person may not see it. ``more``: annotations."""
    rows = FollowUp.objects.visible_to(user).select_related(*FOLLOW_UP_PARTS, *OWNER_PARTS).annotate(**more)
    return get_object_or_404(rows, pk=pk)


def action_for(user, pk, **more) -> Action:
    """The action with all that its page names. ``sees_alert``: whether the person may open the alert that it belongs
    to: who only helps with it may not."""
    rows = Action.objects.visible_to(user).select_related(*ACTION_PARTS, *OWNER_PARTS, *MAIL_PARTS).annotate(**more)
    alerts = AlertCase.objects.visible_to(user).filter(pk=OuterRef("alert"))
    return get_object_or_404(rows.annotate(sees_alert=Exists(alerts)), pk=pk)


@require_safe
def recommendation(request, pk):
    now, user = timezone.now(), request.user
    today = london_day(now)
    row = follow_up_for(
        user, pk,
        recurs=F("recommendation__grouped__group"),
        corrected=Exists(WordingCorrection.objects.filter(recommendation=OuterRef("recommendation"))),
        visited_later=Exists(
            Inspection.objects.annotate(held=Coalesce("fieldwork_month", "published")).filter(
                organisation=OuterRef("inspection__organisation"),
                held__gt=Coalesce(OuterRef("inspection__fieldwork_month"), OuterRef("inspection__published")),
            )
        ),
        all_actions=_number(Action.follow_ups.through.objects.filter(followup=OuterRef("pk")).values("followup")),
    )  # fmt: skip
    helped = Action.helpers.through.objects.filter(action=OuterRef("pk"), user__in=user.acts_for)
    acts = Action.objects.visible_to(user).filter(follow_ups=row).order_by("due_by", "pk")
    acts = acts.select_related("organisation__parent__parent", *OWNER_PARTS, *MAIL_PARTS)
    acts = acts.annotate(i_help=Exists(helped), placed=HAS_PLACE)
    acts = marked(acts, today)
    for act in acts:
        act.may = possible_on(act, user, helpers=[user.pk] if act.i_help else [])
    standing = guard.standing_for_follow_up(row, user) | guard.standing_above(row.addressee, user)
    may = {step.deed for step in rules.possible(rules.FOLLOW_UP_STEPS, row.state, standing)}
    if row.live:
        may -= {"start_clock"}
    may |= {step.deed for step in rules.possible({"note": rules.NOTE_STEPS["follow_up"]}, row.state, standing)}
    events = timeline(row, acts)
    said = said_about(user, row, row.plan, *acts, now=now)
    dates = dates_ahead(acts, today, row, said=said)
    alert, alerts = ties.alerts_around(row, user)
    context = {
        "row": row,
        "key": uuid.uuid4(),
        "past_day": DayForm(request, today=today),
        "corrections": row.recommendation.corrections.select_related("reading") if row.corrected else [],
        "actions": acts,
        "may": may,
        "closing": _closing(row, may, acts),
        "alert": alert,
        "alerts": alerts,
        "claims": _claims(acts),
        **_linked(row, user),
        "also": also_said(row.recommendation_id, row.recurs, user, today),
        "next": if_nobody_acts(row.state, row.live, dates, today, row.review_on),
        "timeline": events[:EVENTS_FIRST],
        "events": len(events),
        "reminders": said,
        "reminders_short": in_short(said, today, dates if row.live else ()),
        "today": today,
    }
    return render(request, "recommendations/detail.html", context)


def _number(rows):
    return Subquery(rows.annotate(n=Count("pk")).values("n"), output_field=IntegerField())


def _closing(row, may, acts) -> dict:
    """For who may end it now: {"deed", "hindrance"}. ``deed`` is the one with which it ends properly, ``hindrance`` why
    not yet; empty for everybody else."""
    if "close" not in may:
        return {}
    if row.response == "not_agreed":
        return {"deed": "close_not_agreed", "hindrance": closing.why_not_as_not_agreed(row)}
    # Those of a restricted alert are asked for where the reader does not see them all.
    seen = [(act.state, act.cycle) for act in acts] if len(acts) == (row.all_actions or 0) else None
    return {"deed": "close", "hindrance": closing.what_stands_in_the_way(row, seen)}


def _claims(acts) -> dict[int, list[Claim]]:
    """Action to its claims, newest first, each with its verification where it was decided. One query."""
    found = {}
    for claim in Claim.objects.filter(action__in=acts).select_related("by", "verification__verified_by"):
        claim.decided = getattr(claim, "verification", None)
        found.setdefault(claim.action_id, []).append(claim)
    return found


def _linked(row, user) -> dict:
    """Which recommendations it goes on as, and which go on as it, as far as ``user`` may see them. One query; for an
    inspector two more where another place followed the inspected one."""
    rows = FollowUp.objects.visible_to(user).select_related("recommendation", "inspection__organisation", "addressee")
    ahead = [pk for pk in (row.carried_to_id, row.superseded_by_id) if pk]
    # Each arm by its own index, of which neither is long.
    behind = FollowUp.objects.visible_to(user).filter(Q(carried_to=row) | Q(superseded_by=row)).order_by().values("pk")
    found = list(rows.filter(Q(pk__in=ahead) | Q(pk__in=behind)).order_by("pk"))
    by_pk = {one.pk: one for one in found}
    return {
        "carried": {
            "to": by_pk.get(row.carried_to_id),
            "from": [one for one in found if one.carried_to_id == row.pk],
            "later": user.access.is_inspector and _has_later(row.inspection, row.visited_later),
        },
        "superseded_by": by_pk.get(row.superseded_by_id),
        "supersedes": [one for one in found if one.superseded_by_id == row.pk],
    }


def _has_later(inspection, visited_later) -> bool:
    return bool(visited_later or (inspection.organisation.successor_id and previous.after(inspection)))


def possible_on(action, user, helpers=None) -> set[str]:
    standing = guard.standing_for_action(action, user, helpers)
    return {step.deed for step in rules.possible(rules.ACTION_STEPS, action.state, standing)}


def alert_around(action):
    """The alert that the action belongs to; None where there is none, or for a helper who is not in its circle."""
    return action.alert if action.sees_alert else None


def dates_ahead(acts, today, row=None, heads=None, said=()) -> list[Waiting]:
    """The dates that somebody will be reminded of, and whom: by the rule that the nightly sweep goes by.

    ``acts``: marked and with ``placed`` (`HAS_PLACE`); ``row``: the recommendation, when its response counts too;
    ``heads``: of `overdue.heads_of`, where the page has read them; ``said``: of `said_about`, for what was decided
    already and is in no mail yet.
    """
    line = (row.addressee if row else acts[0].organisation).line
    limits = Limits().for_line(line)
    heads = heads_of(line) if heads is None else heads
    heads = {place: post.holder for place, post in heads.items() if post.holder and post.holder.is_active}
    holders = {a.owner_post_id: a.owner_post.holder for a in acts if a.owner_post and a.owner_post.holder}
    named = {a.owner_person_id: a.owner_person for a in acts if a.owner_person}
    placed = {a.owner_person_id for a in acts if a.placed or (a.owner_person and a.owner_person.external)}
    people = {p.pk: p for p in [*heads.values(), *holders.values(), *named.values()]}
    # Who stands in for them, and who of these is away themselves: `Circle.reach` goes no further.
    ahead = Cover.objects.from_day(today).order_by()
    known = Q(person__in=people) | Q(person__in=ahead.filter(person__in=people).values("stand_in"))
    covers = list(ahead.filter(known).select_related("stand_in__preference"))
    people |= {c.stand_in_id: c.stand_in for c in covers}
    placed |= {c.stand_in_id for c in covers}  # without a role nobody could be named
    circle = Circle(
        in_use=frozenset(pk for pk, p in people.items() if p.is_active and (pk in placed or pk not in named)),
        holders={post: p.pk for post, p in holders.items() if p.is_active},
        heads={place: p.pk for place, p in heads.items()},
    )

    def waiting(matter, what):
        def whom(stage):
            on_that_day = {c.person_id: c.stand_in_id for c in covers if c.starts <= stage.on <= c.ends}
            told = who_is_told(matter, stage, limits, replace(circle, covers=on_that_day))
            return [reader_on(people[one.recipient], stage.on) for one in told]

        return Waiting(matter.due, what, whom, limits, decided=decided(matter))

    def decided(matter):
        stage = stage_now(matter, today, limits)
        return in_no_mail(said, matter, occasion_of(matter, stage)) if stage else ()

    def asked(matter, kind, asked_for, what):
        """What is asked for although no date is near: an update, a date."""
        one = for_kind(matter, kind)
        on = next_time(one, today, limits)
        return replace(waiting(one, what), due=NO_DATE, asked_for=asked_for, on=on)

    found = []
    if row and row.state == "awaiting":
        plan = Matter("plan_due", "actionplan", row.plan_id, row.plan.due_by, row.cycle, line, of_head=True)
        found.append(waiting(plan, "the response"))
    for act in acts:
        if act.is_open and act.live:
            matter = Matter(
                "action_due", "action", act.pk, act.due_by, act.cycle, act.organisation.line,
                owner_person=act.owner_person_id, owner_post=act.owner_post_id, of_alert=act.alert_id is not None,
                since=counted_from(act.due_by, act.added_at, act.clock_from, act.heard_on),
            )  # fmt: skip
            what = f"“{shortened(act.what)}”"
            found.append(waiting(matter, what))
            found += [asked(matter, kind, ASKED_FOR[kind], what) for kind in matter.since]
    return found


def timeline(row, acts=()) -> list[dict]:
    """Items for the MoJ timeline, newest first, out of the journal. One query."""
    return timeline_items(Event.objects.about(row, *acts).select_related("actor")[:EVENTS_SHOWN], acts)


def timeline_items(events, acts=()) -> list[dict]:
    about = {("action", act.pk): shortened(act.what, 60) for act in acts}
    items = []
    for event in events:
        lines = lines_of(event.deed, event.before, event.after)
        title = title_of(event.deed, event.before, event.after)
        if (event.subject_kind, event.subject_id) in about and event.deed != "action_added":
            title += f": {about[event.subject_kind, event.subject_id]}"
        by = event.actor.name if event.actor else BY_THE_SERVICE
        items.append({"title": title, "by": by, "at": event.at, "text": "\n".join(lines), "html": ""})
    return items
