"""The page on which an inspector raises an alert, on a telephone if need be; what was typed is kept on the server."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from inspections.models import Level, Organisation
from tracker.people.models import Role, User
from tracker.plans.replies import refused, warn
from tracker.refusals import NotAllowed, Refusal
from tracker.words import time_of_day
from tracker.working_days import london_day

from . import raising
from .deed_views import told
from .forms import MOST_CONCERNS, MOST_MEASURES, RaiseForm
from .models import AlertDraft
from .views import read_or_post
from .words import long_day

OF_THE_PAGE = ("csrfmiddlewaretoken", "deed")
MOST_TYPED = 100_000  # letters of a draft


@read_or_post
def raise_alert(request):
    """One form with several buttons: "deed" says which was pressed; without it the alert is raised. A script posts the
    same form with the deed "keep" while it is written."""
    user = request.user
    if not user.access.is_inspector:
        raise NotAllowed("You cannot raise an organisational alert: only an inspector can.")
    now = timezone.now()
    draft = AlertDraft.objects.filter(by=user).first()
    deed = request.POST.get("deed", "")
    if request.method != "POST":
        typed = draft.typed if draft else {}
        return _page(request, _form(user, now, typed=typed), draft)
    if deed == "drop":
        raising.drop_draft(by=user)
        messages.success(request, "Thrown away: what you had typed. No alert was raised and nobody was told.")
        return redirect("raise_alert")
    typed = _typed(request.POST)
    if deed == "keep":  # static/draft.js
        raising.keep_draft(typed, by=user, at=now)
        return HttpResponse(f"Saved at {time_of_day(now)}", content_type="text/plain; charset=utf-8")
    if deed in ("concern", "measure", "later"):
        for rows, most in (("concern_rows", MOST_CONCERNS), ("measure_rows", MOST_MEASURES)):
            typed[rows] = min(_number(typed.get(rows)) + (deed == rows.split("_")[0]), most)
        raising.keep_draft(typed, by=user, at=now)
        if deed == "later":
            messages.success(request, "Kept as you typed it. No alert was raised yet, and nobody was told.")
            return redirect("alerts")
        return _page(request, _form(user, now, typed=typed), None)
    return _raised(request, now, typed)


def _raised(request, now, typed):
    user, form = request.user, _form(request.user, now, data=request.POST)
    status = 422
    if form.is_valid():
        given = form.cleaned_data
        try:
            case = raising.raise_alert(
                Organisation.objects.select_related("parent__parent").get(slug=given["organisation"]), given["kind"],
                concerns=form.concerns(), measures=form.measures(), required_text=given["required_text"],
                restricted=given["restricted"],
                inspectors=[one for one in _inspectors(user) if str(one.pk) in given["inspectors"]],
                key=given["key"], by=user, at=now,
            )  # fmt: skip
        except Refusal as refusal:
            status, _ = refused(form, refusal)
        else:
            whom = told(case, now) or "Nobody could be told: no post of the place or above it is filled."
            messages.success(request, f"Raised: the organisational alert about {case.organisation}. {whom}")
            warn(request, given["required_text"], *form.concerns())
            return redirect("alert", case.pk)
    # What is sent back with mistakes is kept too: a train has tunnels.
    raising.keep_draft(typed, by=user, at=now)
    return _page(request, form, None, status)


def _page(request, form, draft, status=200):
    saved = f"{long_day(london_day(draft.at))} at {time_of_day(draft.at)}" if draft else ""
    context = {
        "form": form, "saved": saved, "more_concerns": len(form.concern_names) < MOST_CONCERNS,
        "more_measures": len(form.measure_numbers) < MOST_MEASURES,
    }  # fmt: skip
    return render(request, "alerts/raise.html", context, status=status)


def _form(user, now, *, data=None, typed=None) -> RaiseForm:
    source = data if data is not None else typed
    return RaiseForm(
        data, initial=typed, places=_places(), inspectors=_inspectors(user),
        concerns=max(1, min(_number(source.get("concern_rows"), 1), MOST_CONCERNS)),
        measures=min(_number(source.get("measure_rows"), 1), MOST_MEASURES), today=london_day(now),
    )  # fmt: skip


def _typed(posted) -> dict:
    """What was typed, as it will be shown again."""
    found = {name: posted[name][:MOST_TYPED] for name in posted if name not in OF_THE_PAGE}
    found["inspectors"] = posted.getlist("inspectors")
    return found


def _number(text, default=0) -> int:
    return int(text) if str(text).isdecimal() and len(str(text)) < 4 else default


def _inspectors(user) -> list[User]:
    """The others."""
    people = User.objects.filter(is_active=True, memberships__role=Role.INSPECTOR).exclude(pk=user.pk)
    return list(people.distinct())


def _places() -> list[tuple[str, list]]:
    """Those in being, in groups: the PDUs of each region, then regions and HMPPS."""
    rows = list(Organisation.objects.filter(valid_to=None).select_related("parent").order_by("name"))
    groups: dict[str, list] = {}
    for place in rows:
        if place.level == Level.PDU:
            groups.setdefault(f"PDUs of {place.parent}", []).append((place.slug, place.full_name))
    higher = [(p.slug, p.full_name) for p in rows if p.level != Level.PDU]
    return [*sorted(groups.items()), ("Regions and HMPPS", higher)]
