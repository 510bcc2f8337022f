"""The action plan of a place for one inspection: the list, its page, and its way to the level above and back.

A refusal is shown on the page of the plan with everything that was typed.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tracker.clocks.operations import Limits
from tracker.journal.models import Event, Notice
from tracker.lists import Sort, chips, page_of
from tracker.refusals import NotAllowed, Refusal
from tracker.reminders.ledger import in_no_mail, in_short, reader_on, said_about
from tracker.reminders.overdue import Ahead, heads_of, may_pause, what_next
from tracker.reminders.rules import Matter, occasion_of, stage_now
from tracker.words import verb
from tracker.working_days import NO_DATE, london_day

from . import guard, operations, rules, submitting
from .action_views import who_decides
from .forms import Seen
from .models import Action, ActionPlan, FollowUp
from .plan_forms import UNSENT, MoveForm, PlanFilter, SendBackForm, SignOffForm
from .replies import refused, warn
from .sentences import Waiting, shortened
from .views import OWNER_NAMED
from .your_work import plans_to_decide

PLAN_SORTS = {
    "due": Sort("Date", "due_by"),
    "latest": Sort("Latest date first", "due_by", descending=True),
    "newest": Sort("Newest first", "pk", descending=True),
}
PLAN_PARTS = ("organisation__parent__parent", "inspection__organisation", "submitted_by")
LINES_SHOWN = 20  # recommendations on one page of a long plan
MISSING_SHOWN = 50
DECIDED = {"plan_signed_off": "Signed off", "plan_sent_back": "Sent back"}


@require_safe
def plans(request):
    today, user = london_day(timezone.now()), request.user
    mine = plans_to_decide(user)
    rows = ActionPlan.objects.visible_to(user).select_related("organisation", "inspection__organisation")
    found = PlanFilter(request.GET, rows, waiting=mine, today=today)
    page = page_of(request, found.qs, PLAN_SORTS)
    counts = FollowUp.objects.visible_to(user).filter(plan__in=[plan.pk for plan in page.rows]).order_by()
    counts = counts.values("plan").annotate(all=Count("pk"), awaiting=Count("pk", filter=Q(state="awaiting")))
    counts = {one["plan"]: one for one in counts}
    for plan in page.rows:
        plan.counts = counts.get(plan.pk, {"all": 0, "awaiting": 0})
    if found.only_waiting:
        sentence = f"{page.count_words('action plan')} {verb(page.count, 'waits', 'wait')} for your sign-off"
    else:
        sentence = page.count_words("action plan")
    context = {
        "filter": found,
        "chips": chips(found),
        "page": page,
        "sentence": sentence + found.words(),
        "waiting": mine.count() if user.access.is_lead and not found.only_waiting else 0,
        "unsent": UNSENT,
        "today": today,
    }
    return render(request, "plans/list.html", context)


def plan_for(user, pk) -> ActionPlan:
    return get_object_or_404(ActionPlan.objects.visible_to(user).select_related(*PLAN_PARTS), pk=pk)


@require_safe
def plan(request, pk):
    return plan_page(request, plan_for(request.user, pk))


def plan_page(request, row, form=None, status=200):
    """Fifteen queries at most, however much is in the plan. ``form``: one that was refused, with what was typed."""
    user, now = request.user, timezone.now()
    today = london_day(now)
    may = deeds_on(row, user)
    answered = submitting.answered_rows(row)
    missing = rules.missing_from_plan(answered)
    ready = len(answered) - len({one.follow_up for one in missing})
    begin, end = _shown(request, len(answered))
    named = [] if row.state == "submitted" else missing[:MISSING_SHOWN]
    lines, acts = lines_of(row, user, [one.follow_up for one in answered[begin:end]], [one.action for one in named])
    mends = "submit" in may or (row.state == "signed_off" and "lead" in _standing(row, user))
    responses = {one.follow_up: one.response for one in answered}
    said = said_about(user, row, now=now)
    dates, ahead = _ahead(row, today, said)
    context = {
        "plan": row,
        "sentence": sentence_of(row, ready, len(answered), may, who_decides(row.organisation)),
        "decider": who_decides(row.organisation),
        "missing": [_named(one, responses, acts, mends) for one in named],
        "missing_more": len(missing) - len(named) if named else 0,
        "lines": lines,
        "first": begin + 1,
        "last": end,
        "count": len(answered),
        "may": may,
        "ordering": request.GET.get("order") == "on" and "reorder" in may,
        "decided": _last_decision(row),
        "ahead": ahead,
        "reminders": said,
        "reminders_short": in_short(said, today, dates, ahead),
        "may_pause": may_pause(row, user),
        "form": form if form is not None else SignOffForm(initial={"seen": row.version}),
        "seen": row.version,
        "key": uuid.uuid4(),
        "unsent": row.state in UNSENT,
        "today": today,
    }
    return render(request, "plans/detail.html", context, status=status)


def _ahead(row, today, said) -> tuple[list[Waiting], Ahead]:
    """Of a plan that is awaited: its date, and when it is passed up. Five queries at most."""
    cycle = row.follow_ups.filter(state="awaiting", live=True).aggregate(latest=Max("cycle"))["latest"]
    if cycle is None or row.due_by == NO_DATE:
        return [], Ahead()
    line = row.organisation.line
    limits, heads = Limits().for_line(line), heads_of(line)
    head = next((heads[place].holder for place in line if place in heads and heads[place].holder), None)
    plan = Matter("plan_due", "actionplan", row.pk, row.due_by, cycle, line, of_head=True)
    stage = stage_now(plan, today, limits)
    response = Waiting(
        row.due_by, "the response", lambda stage: [reader_on(head, stage.on)] if head else [], limits,
        decided=in_no_mail(said, plan, occasion_of(plan, stage)) if stage else (),
    )  # fmt: skip
    return [response], what_next(row, today, limits, cycle=cycle, heads=heads)


def _shown(request, count) -> tuple[int, int]:
    """Which recommendations are on this page, by place: a plan of the usual length is on one. All of them for print."""
    if request.GET.get("all") == "on":
        return 0, count
    asked = request.GET.get("from", "")
    begin = int(asked) - 1 if asked.isdecimal() and len(asked) < 6 else 0
    begin = begin if 0 <= begin < count else 0
    return begin, min(begin + LINES_SHOWN, count)


def _standing(row, user) -> frozenset[str]:
    return user.access.standing(row.organisation.line) | guard.standing_above(row.organisation, user, row.submitted_by)


def deeds_on(row, user) -> set[str]:
    """What this person may do with the plan now: steps of the plan, and "reorder" while it is being written."""
    standing = _standing(row, user)
    may = {step.deed for step in rules.possible(rules.PLAN_STEPS, row.state, standing)}
    if submitting.why_not_decided_by(row, user):
        may -= {"sign_off", "send_plan_back"}
    if row.state in UNSENT and standing & rules.ACTION_STEPS["reorder"].who:
        may |= {"reorder"}
    return may


def sentence_of(row, ready: int, count: int, may: set[str], decider: str) -> str:
    """The first thing that is read: how far the plan is, or where it is."""
    if row.state == "submitted":
        return "Waiting for your sign-off" if "sign_off" in may else f"Sent to {decider} for sign-off"
    if row.state == "signed_off":
        return "Signed off"
    return f"{ready:,} of {count:,} ready to submit"


def lines_of(row, user, ids, more) -> tuple[list[FollowUp], dict[int, Action]]:
    """The recommendations ``ids`` of the plan in report order, each with its ``acts``, cancelled ones too; and all
    actions that were read, by id. ``more``: ids of actions to read besides. Three queries."""
    follow_ups = FollowUp.objects.visible_to(user).filter(plan=row, pk__in=ids)
    follow_ups = follow_ups.select_related("recommendation").order_by("recommendation__group", "recommendation__number")
    follow_ups = list(follow_ups)
    answers = list(
        Action.follow_ups.through.objects.filter(followup__in=ids).order_by().values_list("followup", "action")
    )
    acts = Action.objects.visible_to(user).filter(pk__in={*(act for _, act in answers), *filter(None, more)})
    acts = {act.pk: act for act in acts.select_related(*OWNER_NAMED).order_by("position", "pk")}
    place = {pk: n for n, pk in enumerate(acts)}
    for act in acts.values():
        act.tag = rules.action_tag(act.state)
        act.slip = rules.slip_words(act.times_moved, act.slip_days)
        act.lasting = act.target_precision not in ("day", "none") and bool(act.target_wording)
    answered_by: dict[int, list[int]] = {}
    for follow_up, act in answers:
        if act in acts:
            answered_by.setdefault(follow_up, []).append(act)
    for one in follow_ups:
        one.acts = [acts[pk] for pk in sorted(answered_by.get(one.pk, ()), key=place.get)]
    return follow_ups, acts


def _named(one, responses, acts, linked) -> dict:
    """{"text", "href"} of a thing that is missing; the address is that of the form which mends it."""
    act = acts.get(one.action)
    if one.action is not None:
        href = reverse("edit_action", args=[one.action])
    else:
        lacks_action = responses[one.follow_up] in ("agreed", "partly_agreed")
        href = reverse("add_action" if lacks_action else "answer", args=[one.follow_up])
    text = f"Recommendation {one.number} {one.what}" + (f": “{shortened(act.what, 60)}”" if act else "")
    return {"text": text, "href": href if linked else ""}


def _last_decision(row) -> dict | None:
    """Of the level above, also after the plan was sent again: {"words", "by", "at", "comments"}."""
    event = Event.objects.about(row).filter(deed__in=DECIDED).select_related("actor").first()
    if event is None:
        return None
    by = event.actor.name if event.actor else ""
    return {"words": DECIDED[event.deed], "by": by, "at": event.at, "comments": event.after.get("comments", "")}


# --- Deeds -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deed:
    """``done``: the banner's first words. ``notice``: the kind by which people are told, if anybody is."""

    step: str
    form: type[Seen]
    operation: Callable
    done: str
    notice: str = ""


SUBMIT = Deed("submit", Seen, submitting.submit, "Sent for sign-off", "plan_submitted")
TAKE_BACK = Deed("take_back", Seen, submitting.take_back, "Taken back")
SIGN_OFF = Deed("sign_off", SignOffForm, submitting.sign_off, "Signed off", "plan_signed_off")
SEND_BACK = Deed("send_plan_back", SendBackForm, submitting.send_back, "Sent back", "plan_sent_back")


@require_POST
def submit_plan(request, pk):
    return _do(request, pk, SUBMIT)


@require_POST
def take_back_plan(request, pk):
    return _do(request, pk, TAKE_BACK)


@require_POST
def sign_off_plan(request, pk):
    return _do(request, pk, SIGN_OFF)


@require_POST
def send_plan_back(request, pk):
    return _do(request, pk, SEND_BACK)


def _do(request, pk, deed):
    row = plan_for(request.user, pk)
    if sentence := rules.why_not_allowed(rules.PLAN_STEPS[deed.step], _standing(row, request.user)):
        raise NotAllowed(sentence)
    form = deed.form(request.POST)
    if not form.is_valid():
        return plan_page(request, row, form, status=422)
    said = {"comments": form.cleaned_data["comments"]} if "comments" in form.fields else {}
    try:
        row = deed.operation(row, **said, seen_version=form.cleaned_data["seen"], by=request.user, at=timezone.now())
    except Refusal as refusal:
        status, _ = refused(form, refusal, lambda theirs: {})
        return plan_page(request, plan_for(request.user, pk), form, status=status)
    messages.success(request, f"{deed.done}: action plan of {row.organisation}. {_told(row, deed)}")
    warn(request, *said.values())
    return redirect("plan", pk)


def _told(row, deed) -> str:
    notices = Notice.objects.filter(
        kind=deed.notice, subject_kind="actionplan", subject_id=row.pk, occasion=f"version {row.version}"
    )
    names = sorted({notice.recipient.name for notice in notices.select_related("recipient")}) if deed.notice else []
    return f"{' and '.join(names)} will be told by e-mail." if names else "No e-mail is sent."


@require_POST
def move_plan_action(request, pk):
    """One place up or down among the actions that answer the same recommendation."""
    row = plan_for(request.user, pk)
    if sentence := rules.why_not_allowed(rules.ACTION_STEPS["reorder"], _standing(row, request.user)):
        raise NotAllowed(sentence)
    form = MoveForm(request.POST)
    if not form.is_valid():
        raise Refusal("This page was too old to change the order from. Open the action plan again.")
    if row.state not in UNSENT:
        raise Refusal(f"You cannot change the order of actions while the plan is {row.get_state_display().lower()}.")
    step, follow_up, action = form.cleaned_data["move"]
    acts = Action.objects.visible_to(request.user).filter(plan=row).order_by("position", "pk")
    order = list(acts.values_list("pk", flat=True))
    together = list(acts.filter(follow_ups=follow_up).select_related("organisation__parent__parent"))
    at = next((n for n, act in enumerate(together) if act.pk == action), None)
    if at is None:
        raise Http404
    if 0 <= at + step < len(together):
        places = order.index(together[at + step].pk) - order.index(action)
        operations.move_action(
            row, together[at], places, seen_version=form.cleaned_data["seen"], by=request.user, at=timezone.now()
        )
        which = "up" if step < 0 else "down"
        messages.success(request, f"Moved {which}: “{shortened(together[at].what, 60)}”. No e-mail is sent.")
    where = {"order": "on"} | ({"from": request.POST["from"]} if request.POST.get("from", "1") != "1" else {})
    return redirect(f"{reverse('plan', args=[pk])}?{urlencode(where)}#action-{follow_up}-{action}")
