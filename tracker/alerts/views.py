"""Pages of alerts: one alert, adding an action to it, what is tied to it; and carrying a recommendation forward."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inspections.models import Organisation
from tracker.plans import guard, previous, rules, ties
from tracker.plans.forms import default_owner, owner_value, owners_to_choose
from tracker.plans.models import Action, FollowUp
from tracker.plans.sentences import shortened
from tracker.plans.views import OWNER_PARTS, follow_up_for, timeline
from tracker.plans.your_work import marked
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal
from tracker.working_days import london_day

from . import operations
from .forms import AlertActionForm, CarryForm, TieForm
from .models import AlertCase
from .rules import ALERT_STEPS, OPEN_ALERT

read_or_post = require_http_methods(["GET", "HEAD", "POST"])
EVENTS_SHOWN = 20


def alert_for(user, pk) -> AlertCase:
    """The case with all that its page names, or 404 for whoever is not to know that it exists."""
    rows = AlertCase.objects.visible_to(user).select_related(
        "organisation__parent__parent", "inspection__organisation", "published"
    )
    return get_object_or_404(rows, pk=pk)


@require_safe
def alert(request, pk):
    today = london_day(timezone.now())
    case = alert_for(request.user, pk)
    acts = Action.objects.visible_to(request.user).filter(alert=case).order_by("position", "pk")
    acts = marked(acts.select_related("organisation__parent__parent", *OWNER_PARTS), today)
    by_id = {act.pk: act for act in acts}
    concerns = list(case.concerns.all())
    answering = ties.actions_of(concerns)
    for concern in concerns:
        concern.answered_by = [by_id[pk] for pk in answering[concern.pk] if pk in by_id]
    tied = FollowUp.objects.visible_to(request.user).filter(alert=case, tie__in=["proposed", "confirmed"])
    tied = list(
        tied.select_related("recommendation", "addressee", "inspection__organisation").order_by(
            "recommendation__group", "recommendation__number"
        )
    )
    ties.mark_what_stands_in_the_way(tied, [act.state for act in acts if act.required])
    standing = request.user.access.standing(case.organisation.line)
    context = {
        "case": case,
        "is_open": case.state in OPEN_ALERT,
        "concerns": concerns,
        "unanswered": [concern for concern in concerns if not concern.answered_by],
        "required": [act for act in acts if act.required],
        "others": [act for act in acts if not act.required],
        "verified": sum(act.required and act.state == "verified" for act in acts),
        "tied": tied,
        "may": {step.deed for step in rules.possible(ALERT_STEPS, case.state, standing)},
        "timeline": timeline(case, acts)[:EVENTS_SHOWN],
        "today": today,
    }
    return render(request, "alerts/detail.html", context)


@read_or_post
def add_action(request, pk):
    case = alert_for(request.user, pk)
    step = ALERT_STEPS["add_action"]
    if sentence := rules.why_not_allowed(step, request.user.access.standing(case.organisation.line)):
        raise NotAllowed(sentence)
    places = [p for p in _line(case.organisation) if request.user.access.standing(p.line) & step.who]
    own = [p for p in places if "lead" in request.user.access.standing(p.line)]
    concerns = list(case.concerns.all())
    owners = _owners(places)
    form = AlertActionForm(
        request.POST or None,
        initial={"organisation": str(own[0].pk) if own else "", "owner": owner_value(default_owner(owners))},
    )
    form.offer(places, concerns, owners)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            action = operations.add_alert_action(
                case, given["what"], organisation=next(p for p in places if str(p.pk) == given["organisation"]),
                **given["owner"], target=given["target"], success_measure=given["success_measure"],
                concerns=[one for one in concerns if str(one.pk) in given["concerns"]], key=given["key"],
                by=request.user, at=timezone.now(),
            )  # fmt: skip
        except NotAllowed:
            raise
        except Refusal as refusal:
            form.refuse(refusal.sentence)
            status = 409
        else:
            messages.success(request, f"Added to the alert: “{shortened(action.what)}”. {_told(action, request.user)}")
            if found := rules.case_numbers(given["what"], given["success_measure"]):
                messages.warning(
                    request,
                    f"What you saved seems to hold the number of a person on probation: {', '.join(found)}. "
                    "Please take it out, or tell an administrator.",
                )
            return redirect("alert", pk)
    return render(request, "alerts/new_action.html", {"case": case, "form": form, "places": places}, status=status)


def _line(place) -> list[Organisation]:
    return [place, *(_line(place.parent) if place.parent_id else [])]


def _owners(places) -> list[tuple[str, list]]:
    """Who can own work of any of ``places``, each once."""
    groups, offered = [], set()
    for place in places:
        for heading, ones in owners_to_choose(place):
            fresh = [one for one in ones if owner_value(one) not in offered]
            offered |= {owner_value(one) for one in fresh}
            groups.append((heading, fresh))
    return groups


def _told(action, by) -> str:
    if not action.live:
        return "Nobody is told: its clock has not been started."
    if action.owner is None or action.owner.pk == by.pk:
        return "You own it." if action.owner else "It has no owner who could be told."
    return f"{action.owner.name} will be told by e-mail."


# --- On the page of a recommendation -------------------------------------------------------------------------


@require_POST
def tie(request, pk):
    """Confirm or decline that a recommendation is tied to the alert, or tie it by hand."""
    row = follow_up_for(request.user, pk)
    if sentence := rules.why_not_allowed(rules.FOLLOW_UP_STEPS["tie"], guard.standing_for_follow_up(row, request.user)):
        raise NotAllowed(sentence)
    form = TieForm(request.POST)
    if not form.is_valid():
        raise Refusal("This page was too old to decide from. Open the recommendation again.")
    decision = form.cleaned_data["decision"]
    known = {"seen_version": form.cleaned_data["seen"], "by": request.user, "at": timezone.now()}
    if decision == "tie":
        case = ties.alert_of(row, request.user)
        if case is None:
            raise Refusal("No alert of this inspection is here that it could be tied to.")
        row = ties.tie_by_hand(row, case, **known)
    else:
        row = ties.decide_tie(row, decision == "confirm", **known)
    name = f"recommendation {row.recommendation.number} to {row.addressee}"
    if row.tie == "confirmed":
        messages.success(
            request, f"Tied to the alert: {name}. It closes only when all that the alert requires is verified."
        )
    else:
        messages.success(request, f"Not tied to the alert: {name}. No e-mail is sent.")
    return redirect("recommendation", pk)


@read_or_post
def carry_forward(request, pk):
    row = follow_up_for(request.user, pk)
    step = rules.FOLLOW_UP_STEPS["carry_forward"]
    if sentence := rules.why_not_allowed(step, guard.standing_for_follow_up(row, request.user)):
        raise NotAllowed(sentence)
    if request.method != "POST" and (sentence := rules.why_not_now(step, row.state, rules.FOLLOW_UP_STATES)):
        raise Refusal(sentence)
    offered, now = previous.offered(row, request.user), previous.carried(row, request.user)["to"]
    chosen = str(row.carried_to_id or "")
    form = CarryForm(request.POST or None, initial={"later": chosen, "seen": row.version})
    form.offer(offered, now)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        later = next((one for one in [*offered, now] if one and str(one.pk) == form.cleaned_data["later"]), None)
        try:
            row = previous.carry_forward(
                row, later, seen_version=form.cleaned_data["seen"], by=request.user, at=timezone.now()
            )
        except NotAllowed:
            raise
        except Refusal as refusal:
            form.refuse(refusal.sentence)
            if isinstance(refusal, AlreadyMoved):
                form.data = form.data.copy()
                form.data["seen"] = str(refusal.theirs.version)
            status = 409
        else:
            name = f"recommendation {row.recommendation.number} to {row.addressee}"
            where = f"to recommendation {later.recommendation.number}" if later else "nowhere any more"
            messages.success(request, f"Carried forward: {name} {where}. It stays open. No e-mail is sent.")
            return redirect("recommendation", pk)
    return render(
        request, "recommendations/carry_forward.html", {"row": row, "form": form, "offered": offered}, status=status
    )
