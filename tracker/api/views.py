"""The addresses under /api/. Each reads or does what a page does: the same rows in sight, the same filters, the same
rules of what is possible, the same operations."""

from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Value
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from inspections.models import Inspection, Organisation
from tracker.alerts import monitoring
from tracker.alerts import views as alert_pages
from tracker.alerts.filters import AlertFilter
from tracker.alerts.guard import standing_for_alert
from tracker.alerts.models import AlertCase, Measure, Reading
from tracker.alerts.rules import ALERT_STATES, ALERT_STEPS
from tracker.alerts.words import DEED_WORDS
from tracker.lists import page_of
from tracker.plans import guard, operations, rules, verifying
from tracker.plans import views as plan_pages
from tracker.plans.action_words import date_is_fixed
from tracker.plans.filters import ActionFilter, FollowUpFilter
from tracker.plans.models import Action, DateChange, FollowUp
from tracker.plans.replies import may, may_step
from tracker.published.filters import InspectionFilter, OrganisationFilter
from tracker.published.views import BEFORE_ALL, INSPECTION_SORTS, ORGANISATION_SORTS
from tracker.refusals import Refusal
from tracker.working_days import london_day

from . import schema as schemas
from . import serializers as s
from .errors import BadInput
from .parsing import check_question, key_of, version_of
from .schema import SEEN, deed, detail, listing

UPDATES_SHOWN = 40
# Where a deed is done: on the page of this name; in the API at the address of this name.
RECOMMENDATION_PAGES = {
    name: name
    for name in (
        "answer", "assign", "add_action", "close", "close_not_agreed", "accept_risk", "supersede", "carry_forward",
        "reopen",
    )
} | {"start_clock": "recommendation", "tie": "recommendation", "note": "recommendation"}  # fmt: skip
ACTION_PAGES = {
    "edit": "edit_action", "reassign": "reassign_action", "post_update": "action", "add_evidence": "add_evidence",
    "claim": "claim_action", "verify": "verify_action", "send_back": "verify_action", "cancel": "cancel_action",
    "ask_date": "ask_date",
}  # fmt: skip
ALERT_PAGES = {
    "acknowledge": "acknowledge_alert", "add_action": "add_alert_action", "respond": "respond_alert",
    "judge": "judge_alert", "add_reading": "add_readings", "hold_checkpoint": "hold_checkpoint",
    "ask_end": "ask_stand_down", "decide_end": "decide_stand_down", "reopen": "reopen_alert",
    "withdraw": "withdraw_alert", "pause": "pause_alert", "start_clock": "start_alert_clock",
    "change_circle": "change_circle",
}  # fmt: skip
IN_API = {"post_update": "api_updates", "claim": "api_claim", "add_reading": "api_readings"}


def resource(*methods):
    """An address of the API: what it answers is for its reader alone and for now."""

    def wrap(view):
        return cache_control(private=True, no_store=True)(api_view(list(methods))(view))

    return wrap


# --- The page that says how, and the schema --------------------------------------------------------------------


@require_safe
def guide(request):
    return render(request, "api/guide.html", {"here": request.build_absolute_uri(reverse("api"))})


@require_safe
@login_not_required
def schema(request):
    return HttpResponse(schemas.printed(), content_type="application/vnd.oai.openapi+json")


@extend_schema(exclude=True)
@resource("GET", "POST", "PUT", "PATCH", "DELETE")
def nothing(request, rest):
    raise NotFound


# --- What the reader may do next -------------------------------------------------------------------------------


def _deeds(request, row, words: dict[str, str], pages: dict[str, str]) -> list[dict]:
    """``words``: of each deed that is possible now."""

    def address(name):
        return request.build_absolute_uri(reverse(name, args=[row.pk])) if name else None

    return [
        {"deed": deed, "words": said, "api": address(IN_API.get(deed)), "page": address(pages.get(deed))}
        for deed, said in words.items()
    ]


def _of_recommendation(request, row) -> list[dict]:
    user = request.user
    standing = guard.standing_for_follow_up(row, user) | guard.standing_above(row.addressee, user)
    steps = rules.FOLLOW_UP_STEPS | {"note": rules.NOTE_STEPS["follow_up"]}
    words = {step.deed: step.words for step in rules.possible(steps, row.state, standing)}
    if row.live:
        words.pop("start_clock", None)
    return _deeds(request, row, words, RECOMMENDATION_PAGES)


def _of_action(request, row) -> list[dict]:
    possible = plan_pages.possible_on(row, request.user, helpers=[request.user.pk] if row.i_help else [])
    with_level_above = row.plan is not None and row.plan.state == "submitted"
    if with_level_above:
        possible -= {"edit", "cancel"}
    if row.asked or not date_is_fixed(row.has_date, row.plan.state if row.plan else None):
        possible -= {"ask_date"}
    # What is done to a plan or to a file is in no record of an action.
    words = {deed: rules.ACTION_STEPS[deed].words for deed in ACTION_PAGES if deed in possible}
    return _deeds(request, row, words, ACTION_PAGES)


def _of_alert(request, row) -> list[dict]:
    possible = alert_pages.possible_on(row, request.user) - (set() if row.measured else {"add_reading"})
    words = {deed: said[0].lower() + said[1:] for deed, said in DEED_WORDS.items() if deed in possible}
    return _deeds(request, row, words, ALERT_PAGES)


def _of_inspector(request, deed, words, page) -> list[dict]:
    """The deeds on what was published are an inspector's, and have no state."""
    if not request.user.access.is_inspector:
        return []
    return [{"deed": deed, "words": words, "api": None, "page": request.build_absolute_uri(page)}]


# --- Reading ---------------------------------------------------------------------------------------------------


def _page(request, found, sorts):
    """The page that is asked for, of what the filterset ``found`` lets through."""
    check_question(request, found.filters, sorts)
    if not found.form.is_valid():
        name, (sentence, *_) = next(iter(found.form.errors.items()))
        raise BadInput(name, sentence)
    page = page_of(request, found.qs, sorts)
    if request.GET.get("after") and page.previous is None and page.rows:
        raise BadInput("after", "Take it from “next” of the page before.")
    return page


def _listed(request, page, serializer) -> Response:
    following = page.next and request.build_absolute_uri(f"{request.path}{page.next}")
    listed = {"count": page.count, "capped": page.capped, "next": following, "results": page.rows}
    return Response(serializer(listed, context={"request": request}).data)


def _one(request, row, serializer) -> Response:
    data = serializer(row, context={"request": request}).data
    return Response(data, headers={"ETag": f'"{row.version}"'})


def _place(found, rows) -> None:
    """Give the rows their places with the levels above, out of those that the filters have read already."""
    found.name_places(rows)
    by_pk = {place.pk: place for place in found.places.values()}
    for place in by_pk.values():
        place.parent = by_pk.get(place.parent_id)


def _hangs_on_it(user) -> dict:
    """What decides on the deeds on an action, beside its row."""
    helped = Action.helpers.through.objects.filter(action=OuterRef("pk"), user__in=user.acts_for)
    return {"i_help": Exists(helped), "asked": Exists(DateChange.objects.filter(action=OuterRef("pk"), state="asked"))}


def _shown(row) -> Action:
    """What of an action hangs on its reader, or on its plan."""
    row.seen_alert = row.alert_id if row.sees_alert else None
    row.inspection_slug = row.plan.inspection.slug if row.plan else None
    return row


@listing("Recommendations", s.RecommendationPageSerializer, FollowUpFilter, plan_pages.FOLLOW_UP_SORTS)
@resource("GET")
def recommendations(request):
    """What is done about each recommendation that the reader may see, 25 at a time."""
    rows = FollowUp.objects.visible_to(request.user)
    rows = rows.select_related("recommendation", "inspection", *plan_pages.OWNER_NAMED)
    found = FollowUpFilter(request.GET, rows, request=request, today=london_day(timezone.now()))
    page = _page(request, found, plan_pages.FOLLOW_UP_SORTS)
    _place(found, page.rows)
    for row in page.rows:
        row.may = _of_recommendation(request, row)
    return _listed(request, page, s.RecommendationPageSerializer)


@detail("One recommendation", s.WholeRecommendationSerializer)
@resource("GET")
def recommendation(request, pk):
    """With its actions."""
    row = plan_pages.follow_up_for(request.user, pk)
    acts = Action.objects.visible_to(request.user).filter(follow_ups=row).order_by("due_by", "pk")
    row.action_ids = acts.values_list("pk", flat=True)
    row.may = _of_recommendation(request, row)
    return _one(request, row, s.WholeRecommendationSerializer)


@listing("Actions", s.ActionPageSerializer, ActionFilter, plan_pages.ACTION_SORTS)
@resource("GET")
def actions(request):
    """The steps that answer recommendations and alerts, those that the reader may see, 25 at a time."""
    user = request.user
    rows = Action.objects.visible_to(user).select_related("plan__inspection", *plan_pages.OWNER_NAMED)
    seen = AlertCase.objects.visible_to(user).filter(pk=OuterRef("alert"))
    rows = rows.annotate(**_hangs_on_it(user), sees_alert=Exists(seen))
    found = ActionFilter(request.GET, rows, request=request, today=london_day(timezone.now()))
    page = _page(request, found, plan_pages.ACTION_SORTS)
    _place(found, page.rows)
    for row in page.rows:
        _shown(row).may = _of_action(request, row)
    return _listed(request, page, s.ActionPageSerializer)


@detail("One action", s.WholeActionSerializer)
@resource("GET")
def action(request, pk):
    """With the recommendations that it answers and its updates."""
    row = _action(request, pk)
    answered = FollowUp.objects.visible_to(request.user).filter(actions=row).order_by("pk")
    row.answered_ids = answered.values_list("pk", flat=True)
    row.newest = row.updates.select_related("by")[:UPDATES_SHOWN]
    row.may = _of_action(request, row)
    return _one(request, row, s.WholeActionSerializer)


def _action(request, pk) -> Action:
    return _shown(plan_pages.action_for(request.user, pk, **_hangs_on_it(request.user)))


@listing("Organisational alerts", s.AlertPageSerializer, AlertFilter, alert_pages.SORTS)
@resource("GET")
def alerts(request):
    """Those that the reader may see, 25 at a time: the open ones by what is due first, others the newest first."""
    rows = AlertCase.objects.visible_to(request.user).select_related("organisation__parent__parent", "end_asked_by")
    rows = rows.prefetch_related(Prefetch("measures", to_attr="measured"))
    found = AlertFilter(request.GET, rows)
    page = _page(request, found, alert_pages.LATEST if found.only_open else alert_pages.SORTS)
    for row in page.rows:
        row.may = _of_alert(request, row)
    return _listed(request, page, s.AlertPageSerializer)


@detail("One organisational alert", s.WholeAlertSerializer)
@resource("GET")
def alert(request, pk):
    """With its measures and all their readings."""
    row = alert_pages.alert_for(request.user, pk)
    # One as published, without a day, stands before all.
    by_day = Reading.objects.select_related("by").order_by(F("as_at").asc(nulls_first=True), "pk")
    readings = Prefetch("readings", by_day, to_attr="rows")
    row.measured = list(row.measures.prefetch_related(readings))
    row.may = _of_alert(request, row)
    return _one(request, row, s.WholeAlertSerializer)


@listing("Inspections", s.InspectionPageSerializer, InspectionFilter, INSPECTION_SORTS)
@resource("GET")
def inspections(request):
    """What was published, 25 at a time. Everyone with an account reads this."""
    rows = Inspection.objects.select_related("organisation").annotate(
        listed=Coalesce("published", Value(BEFORE_ALL)), recommended=Count("recommendations")
    )
    page = _page(request, InspectionFilter(request.GET, rows), INSPECTION_SORTS)
    for row in page.rows:
        row.may = _of_inspector(request, "correct", "correct this report", reverse("inspection", args=[row.slug]))
    return _listed(request, page, s.InspectionPageSerializer)


@listing("Organisations", s.OrganisationPageSerializer, OrganisationFilter, ORGANISATION_SORTS)
@resource("GET")
def organisations(request):
    """HMPPS, the regions and the PDUs, by name, 25 at a time. Everyone with an account reads this."""
    found = OrganisationFilter(request.GET, Organisation.objects.select_related("parent"))
    page = _page(request, found, ORGANISATION_SORTS)
    for row in page.rows:
        row.may = _of_inspector(request, "raise_alert", "raise an organisational alert", reverse("raise_alert"))
    return _listed(request, page, s.OrganisationPageSerializer)


# --- Deeds -----------------------------------------------------------------------------------------------------


def _given(request, serializer, **context) -> dict:
    found = serializer(data=request.data, context=context)
    found.is_valid(raise_exception=True)
    return found.validated_data


def _done(request, at, made, same: bool, serializer, texts, **said) -> Response:
    """201 for what was done now; 200 for what this very request did before. ``same``: whether what was done is what
    is asked for: else the key was used for something else, and this would be lost."""
    now = made.at == at
    if not now and not same:
        raise Refusal("This key was sent before, with something else. Nothing of this was saved: choose another key.")
    numbers = rules.case_numbers(*texts)
    warning = (
        f"What you saved seems to hold the number of a person on probation: {', '.join(numbers)}. "
        "Please take it out, or tell an administrator."
        if numbers
        else None
    )
    data = serializer(said | {"warning": warning}, context={"request": request}).data
    return Response(data, status=201 if now else 200)


def _after(request, pk) -> Action:
    row = _action(request, pk)
    row.may = _of_action(request, row)
    return row


@deed("Post an update on an action", s.UpdateInputSerializer, s.UpdateDoneSerializer)
@resource("POST")
def updates(request, pk):
    """What was done, how sure the date is and what is next. Nothing that somebody else wrote is overwritten."""
    row = plan_pages.action_for(request.user, pk)
    may(request, row, "post_update", rules.ACTION_STEPS)
    given, key, at = _given(request, s.UpdateInputSerializer), key_of(request, "update", pk), timezone.now()
    made = operations.post_update(row, **given, key=key, by=request.user, at=at)
    same = all(getattr(made, name) == text for name, text in given.items())
    texts = (given["done"], given["next_step"])
    return _done(request, at, made, same, s.UpdateDoneSerializer, texts, update=made, action=_after(request, pk))


@deed("Claim that an action is completed", s.ClaimInputSerializer, s.ClaimDoneSerializer, SEEN)
@resource("POST")
def claim(request, pk):
    """It counts when an inspector has verified it. Files that prove it are added on its page."""
    row = plan_pages.action_for(request.user, pk)
    may(request, row, "claim", rules.ACTION_STEPS)
    given, key, at = _given(request, s.ClaimInputSerializer), key_of(request, "claim", pk), timezone.now()
    made = verifying.claim(
        row, given["comment"], key=key, seen_version=version_of(request), by=request.user, at=at
    )  # fmt: skip
    same, texts = made.comment == given["comment"], (given["comment"],)
    return _done(request, at, made, same, s.ClaimDoneSerializer, texts, claim=made, action=_after(request, pk))


@deed("Enter readings of an alert's measures", s.ReadingsInputSerializer, s.ReadingsDoneSerializer)
@resource("POST")
def readings(request, pk):
    """One or many, all or none. A later reading of the same day corrects the one before; both stay on show."""
    case = alert_pages.alert_for(request.user, pk)
    may_step(request, case, ALERT_STEPS["add_reading"], standing_for_alert(case, request.user), ALERT_STATES)
    at = timezone.now()
    measures = {one.pk: one for one in Measure.objects.filter(alert=case)}
    given = _given(request, s.ReadingsInputSerializer, measures=measures, today=london_day(at))["readings"]
    key = key_of(request, "readings", pk)
    new = [monitoring.NewReading(**one) for one in given]
    made = monitoring.add_readings(case, new, key=key, by=request.user, at=at)
    for row in made:
        row.by = request.user  # whose key it is
    same = {(one.measure.pk, one.value, one.as_at, one.note) for one in new} == {
        (row.measure_id, row.value, row.as_at, row.note) for row in made
    }
    texts = [one.note for one in new]
    return _done(request, at, made[0], same, s.ReadingsDoneSerializer, texts, readings=made)
