"""Pages of alerts that are read: the list, one alert, its papers. Then what is tied to an alert, adding an action to
it, and carrying a recommendation forward."""

import datetime as dt

from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inspections.models import Organisation
from tracker.clocks.operations import Limits
from tracker.lists import chips, page_of
from tracker.plans import previous, rules, ties
from tracker.plans.forms import default_owner, owner_value, owners_to_choose
from tracker.plans.models import Action, FollowUp
from tracker.plans.replies import may, refused
from tracker.plans.sentences import shortened
from tracker.plans.views import OWNER_PARTS, follow_up_for, timeline
from tracker.plans.your_work import marked
from tracker.refusals import NotAllowed, Refusal
from tracker.reminders.ledger import said_about
from tracker.saved.bar import bar_of
from tracker.working_days import london_day

from . import operations, papers, words
from .chart import Point, chart_of
from .facts import clocks, of_page, pauses_of
from .filters import LATEST, SORTS, AlertFilter
from .forms import AlertActionForm, CarryForm, TieForm
from .guard import standing_for_alert
from .ladder import DUTIES, RUNGS, Duty, Facts
from .models import AlertCase, AlertDraft, Reading
from .posts import Posts
from .rules import ALERT_STEPS, OPEN_ALERT

read_or_post = require_http_methods(["GET", "HEAD", "POST"])
EVENTS_SHOWN = 20
PEOPLE = (
    "raised_by", "acknowledged_by", "responded_by", "judged_by", "end_asked_by", "end_agreed_by", "end_confirmed_by",
)  # fmt: skip


def alert_for(user, pk) -> AlertCase:
    """The case with all that its page names, or 404 for whoever is not to know that it exists."""
    rows = AlertCase.objects.visible_to(user).select_related(
        "organisation__parent__parent", "inspection__organisation", "published", *PEOPLE
    )
    return get_object_or_404(rows, pk=pk)


def possible_on(case, user) -> set[str]:
    """What the reader can do on the alert now, by the names of `words.DEED_WORDS`."""
    may = {step.deed for step in rules.possible(ALERT_STEPS, case.state, standing_for_alert(case, user))}
    if "accept" in may:
        may |= {"judge"}
    if choices_at_the_end(case, user, may):
        may |= {"decide_end"}
    if not words.can_start(case):
        may -= {"start_clock"}
    if words.without_clock(case):
        may -= {"pause"}
    return may & {*words.DEED_WORDS, "link_concerns"}


def choices_at_the_end(case, user, may) -> list[str]:
    """Of "agree", "confirm" and "refuse" what the reader may say to a stand-down that was asked for."""
    if case.state != "stand_down_asked" or case.end_asked_by_id in user.acts_for:
        return []
    found = ["agree"] if "agree_end" in may and case.end_agreed_by_id is None else []
    if "confirm_end" in may and case.end_agreed_by_id and case.end_agreed_by_id not in user.acts_for:
        found.append("confirm")
    return found + (["refuse"] if "refuse_end" in may else [])


# --- The list ------------------------------------------------------------------------------------------------


@require_safe
def alerts(request):
    """Open ones by how late they are: what was due first stands first, alerts without a clock come last."""
    now = timezone.now()
    rows = AlertCase.objects.visible_to(request.user).select_related("organisation__parent__parent")
    found = AlertFilter(request.GET, rows)
    page = page_of(request, found.qs, LATEST if found.only_open else SORTS)
    _say_how_late(page.rows, now)
    may_raise = request.user.access.is_inspector
    context = {
        "filter": found, "chips": chips(found), "page": page, "may_raise": may_raise, "today": london_day(now),
        "draft": AlertDraft.objects.filter(by=request.user).first() if may_raise else None,
        "saved": bar_of(request.user, "alerts", found),
    }  # fmt: skip
    return render(request, "alerts/list.html", context)


def _say_how_late(rows, now) -> None:
    """Give each row ``due``, what is due first on it as it is stored, or None; and ``sentence``, where it stands. Three
    queries."""
    today = london_day(now)
    posts, limits, pauses = Posts(today), Limits(), pauses_of([row.pk for row in rows])
    for row in rows:
        row.due = None
        if row.next_duty:
            duty = Duty(row.next_due, row.next_duty, "", DUTIES[row.next_duty])
            facts = Facts(
                row.pk, row.state, row.cycle, row.live, None, pauses=tuple(pauses.get(row.pk, ())),
                without=posts.without(row.organisation),
            )  # fmt: skip
            in_force = limits.for_line(row.organisation.line)
            row.due = words.due_of(duty, facts, in_force, today, _asked_of(posts, row))
        row.sentence = row.due.sentence if row.due else words.without_clock(row) or words.waits_for(row)


def _asked_of(posts, case):
    return lambda rung: posts.at(rung, case.organisation)


# --- One alert -----------------------------------------------------------------------------------------------


@require_safe
def alert(request, pk):
    now = timezone.now()
    today, case = london_day(now), alert_for(request.user, pk)
    acts = Action.objects.visible_to(request.user).filter(alert=case).order_by("position", "pk")
    acts = marked(acts.select_related("organisation__parent__parent", *OWNER_PARTS), today)
    concerns = _answered(case, acts)
    tied = FollowUp.objects.visible_to(request.user).filter(alert=case, tie__in=["proposed", "confirmed"])
    tied = list(
        tied.select_related("recommendation", "addressee", "inspection__organisation").order_by(
            "recommendation__group", "recommendation__number"
        )
    )
    ties.mark_what_stands_in_the_way(tied, [act.state for act in acts if act.required])
    posts, measures = Posts(today), _measures(case)
    pauses, checkpoints = (list(its.select_related("by")) for its in (case.pauses, case.checkpoints))
    known = of_page(
        case, now, pauses=pauses, checkpoints=checkpoints, measures=measures, concerns=concerns, actions=acts
    )
    clock = clocks([case], now, posts, known=known)[case.pk]
    dues = words.open_duties(clock, today, _asked_of(posts, case))
    escalations = list(case.escalations.select_related("post__organisation"))
    may = possible_on(case, request.user)
    if not measures:
        may -= {"add_reading"}
    first = words.primary(case, may, dues)
    context = {
        "case": case,
        "is_open": case.state in OPEN_ALERT,
        "sentence": dues[0].sentence if dues else words.without_clock(case) or words.waits_for(case),
        "waits_for": words.waits_for(case),
        "dues": dues,
        "steps": _steps(clock, dues, escalations, today, posts, case),
        "escalations": escalations,
        "primary": first,
        "may": may,
        "deed_words": words.DEED_WORDS,
        "named": list(case.inspectors.all()),
        "concerns": concerns,
        "unanswered": [concern for concern in concerns if not concern.answered_by],
        "measures": measures,
        "required": [act for act in acts if act.required],
        "others": [act for act in acts if not act.required],
        "verified": sum(act.required and act.state == "verified" for act in acts),
        "tied": tied,
        "pauses": pauses,
        "checkpoints": checkpoints,
        "papers": papers.available(case),
        "timeline": timeline(case, acts)[:EVENTS_SHOWN],
        "reminders": said_about(request.user, case, now=now),
        "today": today,
    }
    return render(request, "alerts/detail.html", context)


def _answered(case, acts) -> list:
    """The concerns, each with ``answered_by``: the actions that answer it and are not cancelled, of those that the
    reader may see. Gives each action ``answers``: ids of all its concerns. One query."""
    by_id, concerns = {act.pk: act for act in acts}, {}
    for act in acts:
        act.answers = []
    for one in case.concerns.annotate(act=F("actions")).order_by("position", "act"):
        concern = concerns.setdefault(one.pk, one)
        concern.answered_by = getattr(concern, "answered_by", [])
        if act := by_id.get(one.act):
            act.answers.append(concern.pk)
            if act.state != "cancelled":
                concern.answered_by.append(act)
    for act in acts:
        numbers = [str(concerns[pk].position) for pk in act.answers]
        listed = " and ".join(filter(None, [", ".join(numbers[:-1]), *numbers[-1:]]))
        act.answers_words = f"Answers concern{'s' if len(numbers) > 1 else ''} {listed}" if numbers else ""
    return list(concerns.values())


def _steps(clock, dues, escalations, today, posts, case) -> list[words.Step]:
    """The ladder past what is due first."""
    if not dues:
        return []
    duty = dues[0].duty
    told = {row.rung: row for row in escalations if row.occasion == duty.occasion and row.rung in RUNGS}
    return words.steps(duty, clock.facts, clock.limits, today, _asked_of(posts, case), told)


def _measures(case) -> list:
    """The measures, each with its readings by day, its latest and its chart. Two queries."""
    measures = list(case.measures.all())
    readings = Reading.objects.filter(measure__alert=case).select_related("by").order_by("pk")
    of = {measure.pk: [] for measure in measures}
    for reading in readings:
        of[reading.measure_id].append(reading)
    for measure in measures:
        rows = sorted(of[measure.pk], key=lambda row: (row.as_at is not None, row.as_at or dt.date.min, row.pk))
        last = {row.as_at: row.pk for row in rows}
        for row in rows:
            row.corrected = row.as_at is not None and last[row.as_at] != row.pk
            row.words = words.amount(row.value, measure.unit)
        counted = [row for row in rows if not row.corrected]
        measure.rows = rows
        measure.latest = counted[-1] if counted else None
        measure.target_words = words.amount(measure.target, measure.unit) if measure.target is not None else ""
        points = [Point(row.as_at, row.value, row.note, row.worsened) for row in counted]
        measure.chart = chart_of(points, measure.unit, measure.target)
    return measures


@require_safe
def letter_docx(request, pk):
    return _paper(request, pk, "letter", "docx")


@require_safe
def letter_pdf(request, pk):
    return _paper(request, pk, "letter", "pdf")


@require_safe
def response_docx(request, pk):
    return _paper(request, pk, "response", "docx")


@require_safe
def response_pdf(request, pk):
    return _paper(request, pk, "response", "pdf")


def _paper(request, pk, kind, suffix):
    """The letter of the alert, or the response to it, as a file."""
    case = alert_for(request.user, pk)
    if (kind, suffix) not in [(one.kind, one.suffix) for one in papers.available(case)]:
        raise Http404
    now = timezone.now()
    acts = Action.objects.visible_to(request.user).filter(alert=case).order_by("position", "pk")
    acts = list(acts.select_related("organisation", *OWNER_PARTS))
    if kind == "letter":
        clock = clocks([case], now)[case.pk]
        made = papers.letter(case, list(case.concerns.all()), _measures(case), clock, list(case.inspectors.all()))
    else:
        made = papers.response(case, _answered(case, acts), acts)
    body, content_type = papers.drawn(made, suffix)
    return HttpResponse(
        body, content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{papers.file_name(case, kind)}.{suffix}"',
            "Cache-Control": "private, no-store",
        },
    )  # fmt: skip


# --- Its actions ---------------------------------------------------------------------------------------------


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
        except Refusal as refusal:
            status, _ = refused(form, refusal)
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
    may(request, row, "tie")
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
    may(request, row, "carry_forward")
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
        except Refusal as refusal:
            status, _ = refused(form, refusal, lambda theirs: {})
        else:
            name = f"recommendation {row.recommendation.number} to {row.addressee}"
            where = f"to recommendation {later.recommendation.number}" if later else "nowhere any more"
            messages.success(request, f"Carried forward: {name} {where}. It stays open. No e-mail is sent.")
            return redirect("recommendation", pk)
    return render(
        request, "recommendations/carry_forward.html", {"row": row, "form": form, "offered": offered}, status=status
    )
