"""The page of an action, and the pages on which something is done to one. Each calls one operation.

A refusal is shown in the form with everything that was typed; when somebody else was first, the answer is 409 and
the page shows theirs beside mine.
"""

import uuid

from django.contrib import messages
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.shortcuts import redirect, render
from django.utils import timezone

from tracker.journal.models import Event
from tracker.refusals import Refusal
from tracker.reminders.ledger import in_short, said_about
from tracker.reminders.models import OverduePause
from tracker.reminders.overdue import Ahead, heads_of, may_pause, what_next
from tracker.words import day
from tracker.working_days import london_day

from . import guard, operations, rules, verifying
from .action_words import date_is_fixed, if_nobody_acts_on, revisions
from .evidence import evidence_of, free_for_claim
from .external import outsiders_of
from .forms import (
    AssignForm,
    CancelForm,
    ClaimForm,
    EditActionForm,
    PlanActionForm,
    UpdateForm,
    default_owner,
    owner_value,
    owners_to_choose,
)
from .models import Action, Claim, FollowUp, UpdateLink
from .replies import combined, may, name_of, owner_now, read_or_post, refused, told, warn
from .rules import OPEN_ACTION, OPEN_FOLLOW_UP, TargetDate
from .sentences import shortened
from .views import (
    EVENTS_FIRST,
    EVENTS_SHOWN,
    HAS_PLACE,
    action_for,
    alert_around,
    dates_ahead,
    follow_up_for,
    possible_on,
    timeline_items,
)
from .your_work import mark

OFFERED = 60  # recommendations or actions to tick: those nearest to this one


# What the page asks of an action beside its row; the queries that would find nothing are left out by it.
ON_PAGE = {
    "placed": HAS_PLACE,
    "waits": Exists(Action.waits_for_actions.through.objects.filter(from_action=OuterRef("pk"))),
    "was_paused": Exists(OverduePause.objects.filter(action=OuterRef("pk"), ended_at=None)),
    "was_claimed": Exists(Claim.objects.filter(action=OuterRef("pk"))),
    "had_links": Exists(UpdateLink.objects.filter(action=OuterRef("pk"))),
}


def _fixed(action) -> bool:
    return date_is_fixed(action.has_date, action.plan.state if action.plan else None)


# --- The page, with the update form right there ----------------------------------------------------------------


@read_or_post
def action(request, pk):
    """The action's page; its update form posts here."""
    row = action_for(request.user, pk, **ON_PAGE)
    if request.method != "POST":
        return action_page(request, row, UpdateForm())
    may(request, row, "post_update", rules.ACTION_STEPS)
    form = UpdateForm(request.POST)
    if not form.is_valid():
        return action_page(request, row, form, status=422)
    given = form.cleaned_data
    try:
        operations.post_update(
            row, given["done"], confidence=given["confidence"], next_step=given["next_step"], key=given["key"],
            by=request.user, at=timezone.now(),
        )  # fmt: skip
    except Refusal as refusal:
        status, _ = refused(form, refusal)
        return action_page(request, action_for(request.user, pk, **ON_PAGE), form, status=status)
    messages.success(
        request,
        f"Update saved: {rules.CONFIDENCE[given['confidence']].lower()}, “{shortened(row.what)}”. No e-mail is sent.",
    )
    warn(request, given["done"], given["next_step"])
    return redirect("action", pk)


def action_page(request, row, form, status=200):
    """Sixteen queries at most, whatever has happened to the action."""
    now, user = timezone.now(), request.user
    today = london_day(now)
    updates = list(row.updates.select_related("by")[:EVENTS_SHOWN])
    mark(row, updates[0] if updates else None, today)
    helpers = list(row.helpers.all())
    deeds = possible_on(row, user, helpers=[person.pk for person in helpers])
    changes = list(row.date_changes.select_related("asked_by", "decided_by"))
    question = next((change for change in changes if change.state == "asked"), None)
    # All that moved the date, and of the rest the newest.
    events = Event.objects.about(row)
    newest = events.values("pk")[:EVENTS_FIRST]
    events = list(events.filter(Q(deed="action_changed") | Q(pk__in=newest)).select_related("actor"))
    claims = claims_on(row) if row.was_claimed else []
    heads = heads_of(row.organisation.line) if row.is_open and row.live else {}
    said = said_about(user, row, now=now)
    dates = dates_ahead([row], today, heads=heads, said=said) if row.is_open and row.live else []
    ahead = what_next(row, today, dates[0].limits, paused=row.was_paused, heads=heads) if dates else Ahead()
    context = {
        "action": row,
        "alert": alert_around(row),
        **_linked(row, user),
        "helpers": helpers,
        "outsiders": _outsiders(row, helpers, now),
        "key": uuid.uuid4(),
        "may": deeds,
        "fixed": _fixed(row),
        "with_level_above": row.plan is not None and row.plan.state == "submitted",
        "question": question,
        "may_decide": question is not None and may_decide_date(question, row, user),
        "decider": who_decides(row.organisation),
        "revisions": revisions(changes, events),
        "sent_back": claims[0].decided if row.is_open and claims and claims[0].cycle == row.cycle else None,
        "claims": claims,
        "evidence": evidence_of(row),
        "next": if_nobody_acts_on(row.state, row.live, dates, today),
        "ahead": ahead,
        "may_pause": bool(dates) and may_pause(row, user),
        "form": form,
        "updates": updates,
        "timeline": timeline_items(events[:EVENTS_FIRST]),
        "reminders": said,
        "reminders_short": in_short(said, today, dates if row.live else (), ahead),
        "today": today,
    }
    return render(request, "actions/detail.html", context, status=status)


def _outsiders(row, helpers, now) -> list:
    """One query where anybody outside has or had a part in it, else none."""
    owner = row.owner_person
    outside = row.had_links or (owner and owner.external) or any(person.external for person in helpers)
    return outsiders_of(row, helpers, now) if outside else []


def claims_on(action) -> list[Claim]:
    """Newest first, each with ``decided``: its verification, or None. One query."""
    claims = list(Claim.objects.filter(action=action).select_related("by", "verification__verified_by"))
    for claim in claims:
        claim.decided = getattr(claim, "verification", None)
    return claims


def may_decide_date(change, action, user) -> bool:
    standing = guard.standing_above(action.organisation, user, change.asked_by)
    allowed = rules.possible(rules.DATE_CHANGE_STEPS, change.state, standing)
    return change.asked_by_id not in user.acts_for and any(step.deed == "agree_date" for step in allowed)


def who_decides(organisation) -> str:
    """The level above: "London region", "HMPPS", "another lead of HMPPS"."""
    above = organisation.parent
    if above is None:
        return f"another lead of {organisation}"
    return above.full_name if above.level == "region" else str(above)


def _linked(row, user) -> dict:
    """What the action answers and what it waits for, as far as ``user`` may see it. Two queries."""
    own = {"action": row}
    answers, waits = Action.follow_ups.through.objects, Action.waits_for_follow_ups.through.objects
    near = Q(pk__in=answers.filter(**own).values("followup")) | Q(pk__in=waits.filter(**own).values("followup"))
    found = FollowUp.objects.visible_to(user).filter(near)
    found = found.annotate(
        answered=Exists(answers.filter(followup=OuterRef("pk"), **own)),
        waited=Exists(waits.filter(followup=OuterRef("pk"), **own)),
    )
    found = found.select_related("recommendation", "inspection__organisation", "addressee")
    found = list(found.order_by("inspection", "recommendation__number"))
    first = Action.objects.visible_to(user).filter(holds_up=row)
    return {
        "answered": [one for one in found if one.answered],
        "waits_for": [one for one in found if one.waited],
        "waits_for_actions": first.order_by("due_by", "pk") if row.waits else [],
    }


# --- Adding and changing ---------------------------------------------------------------------------------------


def _people(groups, now=()) -> list[tuple[str, str, object]]:
    """The people among those who can own it, and who helps ``now``."""
    people = [one for _, ones in groups for one in ones if hasattr(one, "email")]
    found = {person.pk: person for person in [*people, *now]}
    return [(str(pk), person.known_as, person) for pk, person in found.items()]


def _near(rows, visit):
    """Those of the inspection ``visit`` first, with all that `_label` names."""
    rows = rows.select_related("recommendation", "inspection__organisation", "addressee")
    here = Case(When(inspection=visit, then=0), default=1) if visit else Value(0)
    return rows.order_by(*["-chosen"] * ("chosen" in rows.query.annotations), here, "recommendation__number", "pk")


def _label(row, visit) -> str:
    number = f"Recommendation {row.recommendation.number} to {row.addressee}"
    if row.inspection_id != visit:
        number += f", inspection of {row.inspection.organisation}"
        number += f", {row.inspection.fieldwork_month:%B %Y}" if row.inspection.fieldwork_month else ""
    return f"{number}: {shortened(row.recommendation.wording)}"


def _answerable(row, user) -> list:
    """Open recommendations to the place of the action ``row``, and those that it answers now: these with ``chosen``."""
    now = Action.follow_ups.through.objects.filter(action=row)
    rows = FollowUp.objects.visible_to(user).annotate(chosen=Exists(now.filter(followup=OuterRef("pk"))))
    rows = rows.filter(Q(addressee=row.organisation_id, state__in=OPEN_FOLLOW_UP) | Q(pk__in=now.values("followup")))
    return list(_near(rows, _visit(row))[:OFFERED])


def _can_come_first(row, user) -> list:
    """Open actions and recommendations of the same inspection, and those that ``row`` waits for now: these with
    ``chosen``. Two queries."""
    visit = _visit(row)
    now = Action.waits_for_actions.through.objects.filter(from_action=row)
    acts = Action.objects.visible_to(user).annotate(chosen=Exists(now.filter(to_action=OuterRef("pk"))))
    here = Q(plan__inspection=visit) if visit else Q(alert=row.alert_id)
    acts = acts.filter(Q(here, state__in=OPEN_ACTION) | Q(pk__in=now.values("to_action"))).exclude(pk=row.pk)
    acts = acts.select_related("organisation").order_by("-chosen", "due_by", "pk")
    now = Action.waits_for_follow_ups.through.objects.filter(action=row)
    rows = FollowUp.objects.visible_to(user).annotate(chosen=Exists(now.filter(followup=OuterRef("pk"))))
    rows = rows.filter(Q(inspection=visit, state__in=OPEN_FOLLOW_UP) | Q(pk__in=now.values("followup")))
    return [*acts[:OFFERED], *_near(rows, visit)[:OFFERED]]


def _visit(row) -> int | None:
    return row.plan.inspection_id if row.plan else None


def _link(row) -> str:
    return f"{row._meta.model_name}-{row.pk}"


def _link_label(row, visit) -> str:
    return f"{shortened(row.what)} ({row.organisation})" if isinstance(row, Action) else _label(row, visit)


@read_or_post
def add_action(request, pk):
    row = follow_up_for(request.user, pk)
    may(request, row, "add_action")
    groups = owners_to_choose(row.addressee)
    form = PlanActionForm(request.POST or None, initial={"owner": owner_value(default_owner(groups))})
    form.fields["owner"].offer(groups)
    form.fields["helpers"].offer(_people(groups))
    others = FollowUp.objects.visible_to(request.user).filter(addressee=row.addressee_id, state__in=OPEN_FOLLOW_UP)
    others = _near(others.exclude(pk=row.pk), row.inspection_id)[:OFFERED]
    form.fields["also"].offer([(str(one.pk), _label(one, row.inspection_id), one) for one in others])
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            action = operations.add_action(
                row, given["what"], **given["owner"], target=given["target"],
                success_measure=given["success_measure"], helpers=given["helpers"], also=given["also"],
                date_reason=given["date_reason"], key=given["key"], by=request.user, at=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            status, _ = refused(form, refusal)
        else:
            late = " Its date is already past." if action.due_by < london_day(timezone.now()) else ""
            messages.success(
                request, f"Added to {name_of(row)}: “{shortened(action.what)}”. {told(action, request.user)}{late}"
            )
            warn(request, given["what"], given["success_measure"], given["date_reason"])
            return redirect("recommendation", pk)
    return render(request, "actions/new.html", {"row": row, "form": form}, status=status)


def _written(row) -> dict:
    """The date of an action as its form shows it: as written, and when ongoing the day of its review."""
    if row.target_precision == "ongoing":
        return {"target": row.target_wording or "Ongoing", "review": day(row.due_by) if row.has_date else ""}
    return {"target": row.target_wording or (day(row.due_by) if row.has_date else ""), "review": ""}


def _text_now(row) -> dict:
    return {"what": row.what, "success_measure": row.success_measure} | _written(row)


@read_or_post
def edit_action(request, pk):
    row = action_for(request.user, pk)
    may(request, row, "edit", rules.ACTION_STEPS)
    if request.method != "POST" and row.plan and row.plan.state == "submitted":
        raise Refusal(rules.why_not_while_with_the_level_above("change this action", row.plan.state, "awaiting"))
    now = row.owner_person or row.owner_post
    groups = owners_to_choose(row.organisation, now)
    helpers, visit = list(row.helpers.all()), _visit(row)
    answers, first = _answerable(row, request.user), _can_come_first(row, request.user)
    ticked = {
        "helpers": [str(person.pk) for person in helpers],
        "also": [str(one.pk) for one in answers if one.chosen],
        "waits_for": [_link(one) for one in first if one.chosen],
    }
    form = EditActionForm(
        request.POST or None, initial=_text_now(row) | ticked | {"owner": owner_value(now), "seen": row.version}
    )
    form.fields["owner"].offer(groups)
    form.fields["helpers"].offer(_people(groups, helpers))
    form.fields["also"].offer([(str(one.pk), _label(one, visit), one) for one in answers])
    form.fields["waits_for"].offer([(_link(one), _link_label(one, visit), one) for one in first])
    if fixed := _fixed(row):
        form.fix_date()

    def theirs(one):
        labels = {"helpers": one.helpers.all(), "also": one.follow_ups.all()}
        first = [*one.waits_for_actions.all(), *one.waits_for_follow_ups.all()]
        ticked = {name: [str(each.pk) for each in rows] for name, rows in labels.items()}
        ticked["waits_for"] = [_link(each) for each in first]
        chosen = {
            name: "; ".join(label for value, label in form.fields[name].choices if value in values)
            for name, values in ticked.items()
            if "links" in form.data
        }
        return _text_now(one) | owner_now(one) | chosen

    status, conflict = (422 if form.errors else 200), None
    if request.method == "POST" and "combine" in request.POST:
        status, conflict = 200, combined(form, row, theirs)
    elif request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        owner_before = (row.owner_post_id, row.owner_person_id)
        target = TargetDate(row.target_wording, row.target_precision, row.due_by) if fixed else given["target"]
        links = {name: given[name] if given["links"] else None for name in ("helpers", "also", "waits_for")}
        try:
            row = operations.edit_action(
                row, what=given["what"], **given["owner"], target=target, success_measure=given["success_measure"],
                date_reason=given.get("date_reason", ""), **links, seen_version=given["seen"], by=request.user,
                at=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            status, conflict = refused(form, refusal, theirs)
        else:
            whom = told(row, request.user) if owner_before != (row.owner_post_id, row.owner_person_id) else ""
            messages.success(request, f"Changed: “{shortened(row.what)}”. {whom}".strip())
            warn(request, given["what"], given["success_measure"], given.get("date_reason", ""))
            return redirect("action", pk)
    context = {"action": row, "form": form, "conflict": conflict, "fixed": fixed, "may": possible_on(row, request.user)}
    return render(request, "actions/edit.html", context, status=status)


@read_or_post
def reassign_action(request, pk):
    row = action_for(request.user, pk)
    may(request, row, "reassign", rules.ACTION_STEPS)
    now = row.owner_person or row.owner_post
    form = AssignForm(request.POST or None, initial={"owner": owner_value(now), "seen": row.version})
    form.fields["owner"].offer(owners_to_choose(row.organisation, now))
    status, conflict = (422 if form.errors else 200), None
    if request.method == "POST" and form.is_valid():
        try:
            row = operations.reassign(
                row, **form.cleaned_data["owner"], seen_version=form.cleaned_data["seen"], by=request.user,
                at=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            status, conflict = refused(form, refusal, owner_now)
        else:
            owner = row.owner_words if row.owner_words != "No owner" else "Nobody"
            messages.success(request, f"{owner} now owns “{shortened(row.what)}”. {told(row, request.user)}")
            return redirect("action", pk)
    context = {"action": row, "form": form, "conflict": conflict}
    return render(request, "actions/assign.html", context, status=status)


@read_or_post
def cancel_action(request, pk):
    row = action_for(request.user, pk)
    may(request, row, "cancel", rules.ACTION_STEPS)
    form = CancelForm(request.POST or None, initial={"seen": row.version})
    status, conflict = (422 if form.errors else 200), None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            operations.cancel_action(
                row, given["reason"], seen_version=given["seen"], by=request.user, at=timezone.now()
            )
        except Refusal as refusal:
            status, conflict = refused(form, refusal, lambda theirs: {})
        else:
            messages.success(request, f"Cancelled: “{shortened(row.what)}”. Nobody is reminded of it any more.")
            warn(request, given["reason"])
            return redirect("action", pk)
    context = {"action": row, "form": form, "conflict": conflict, "may": possible_on(row, request.user)}
    return render(request, "actions/cancel.html", context, status=status)


# --- Claiming --------------------------------------------------------------------------------------------------


@read_or_post
def claim_action(request, pk):
    row = action_for(request.user, pk)
    may(request, row, "claim", rules.ACTION_STEPS)
    proofs = free_for_claim(row).select_related("by")
    form = ClaimForm(request.POST or None, initial={"seen": row.version})
    form.fields["evidence"].offer([(str(one.pk), _proof(one), one) for one in proofs])
    status, conflict = (422 if form.errors else 200), None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            verifying.claim(
                row, given["comment"], evidence=[one.pk for one in given["evidence"]], key=given["key"],
                seen_version=given["seen"], by=request.user, at=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            status, conflict = refused(form, refusal, lambda theirs: {})
        else:
            messages.success(
                request, f"Completion claimed: “{shortened(row.what)}”. It is now in the queue of the inspectors."
            )
            warn(request, given["comment"])
            return redirect("action", pk)
    sent_back = Claim.objects.filter(action=row, verification__outcome="sent_back")
    context = {
        "action": row,
        "form": form,
        "conflict": conflict,
        "sent_back": sent_back.select_related("by", "verification__verified_by").first(),
        "may": possible_on(row, request.user),
    }
    return render(request, "actions/claim.html", context, status=status)


def _proof(one) -> str:
    return f"{one.name}, added by {one.by.name} on {day(one.at)}"
