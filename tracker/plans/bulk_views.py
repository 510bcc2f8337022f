"""A deed on many rows of a list: what is selected, then what became of it. Calls `bulk.do`."""

from collections.abc import Callable
from dataclasses import dataclass

from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tracker.refusals import NotAllowed, Refusal
from tracker.working_days import london_day

from . import bulk
from .bulk_forms import FORMS, BulkAssignForm, as_seen
from .filters import ActionFilter, FollowUpFilter
from .models import Action, BulkDeed, FollowUp
from .replies import read_or_post, warn
from .sentences import shortened


@dataclass(frozen=True)
class Listed:
    """One of the two lists. ``name``: a row's words in an answer."""

    model: type
    filter: type
    date: str
    noun: str
    page: str  # names of addresses
    bulk: str
    row: str
    name: Callable


LISTS = {
    "followup": Listed(
        FollowUp, FollowUpFilter, "next_due", "recommendation", "recommendations", "bulk_recommendations",
        "recommendation",
        lambda row: f"Recommendation {row.recommendation.number} to {row.addressee}: "
        f"{shortened(row.recommendation.wording, 60)}",
    ),
    "action": Listed(
        Action, ActionFilter, "due_by", "action", "actions", "bulk_actions", "action",
        lambda row: f"{shortened(row.what, 80)} ({row.organisation})",
    ),
}  # fmt: skip
TITLES = {"assign": "Choose the owner of", "move": "Give another date to", "note": "Add a note to"}
BUTTONS = {"assign": "Give to this owner", "move": "Move the date", "note": "Add the note"}
NAMED = 25  # rows named before the deed


@read_or_post
def recommendations(request):
    return _select(request, LISTS["followup"])


@read_or_post
def actions(request):
    return _select(request, LISTS["action"])


def _select(request, listed: Listed):
    offered = bulk.offered(listed.model, request.user.access)
    deed = (request.POST if request.method == "POST" else request.GET).get("deed", "")
    if not offered or (deed in FORMS and deed not in offered):
        raise NotAllowed(f"You cannot do this to {listed.noun}s: a lead of the place they belong to can.")
    if deed not in offered:
        return render(request, "bulk/nothing.html", {"listed": listed, "kept": _kept(request.GET)})
    if request.method == "POST":
        return _do(request, listed, deed)
    rows, asked = _selected(request, listed)
    if not rows:
        context = {"listed": listed, "kept": _kept(request.GET, "deed")}
        return render(request, "bulk/nothing.html", context)
    form = _form(deed, rows, request.user, initial={"rows": as_seen(rows)})
    return _confirm(request, listed, deed, rows, form, unseen=asked - len(rows))


def _kept(query, *without) -> str:
    """The filters that the list was under, for the way back."""
    query = query.copy()
    for name in ("row", "all", "deed", *without):
        query.pop(name, None)
    return query.urlencode()


def _selected(request, listed) -> tuple[list, int]:
    """(the rows, how many were asked for): those that were ticked, or the first of all that match the filters."""
    rows = listed.model.objects.visible_to(request.user).select_related(*bulk.PARTS[listed.model], *bulk.OWNERS)
    if request.GET.get("all"):
        found = listed.filter(request.GET, rows, request=request, today=london_day(timezone.now()))
        rows = list(found.qs.order_by(listed.date, "pk")[: bulk.MOST])
        return rows, len(rows)
    ids = {int(pk) for pk in request.GET.getlist("row")[: bulk.MOST] if pk.isdecimal() and len(pk) <= 18}
    return list(rows.filter(pk__in=ids).order_by("pk")), len(ids)


def _form(deed, rows, user, data=None, initial=None):
    form = FORMS[deed](data, initial=initial)
    if isinstance(form, BulkAssignForm):
        refused = bulk.refusals(deed, rows, user)
        places = {bulk.place_of(row).pk: bulk.place_of(row) for row in rows if row.pk not in refused}
        form.offer(places.values())
    return form


def _do(request, listed, deed):
    ids = {int(pair.partition(".")[0]) for pair in request.POST.get("rows", "").split() if _is_pair(pair)}
    rows = listed.model.objects.visible_to(request.user).select_related(*bulk.PARTS[listed.model], *bulk.OWNERS)
    rows = list(rows.filter(pk__in=list(ids)[: bulk.MOST]).order_by("pk"))
    form = _form(deed, rows, request.user, request.POST)
    if not form.is_valid():
        return _confirm(request, listed, deed, rows, form, status=422)
    try:
        answer = bulk.do(
            deed, listed.model, form.cleaned_data["rows"], said=form.said(), key=form.cleaned_data["key"],
            by=request.user, at=timezone.now(), **form.how(),
        )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal.sentence)
        return _confirm(request, listed, deed, rows, form, status=409)
    warn(request, *form.texts())
    return redirect("bulk_deed", answer.pk)


def _is_pair(pair) -> bool:
    pk, dot, _ = pair.partition(".")
    return bool(dot) and pk.isdecimal() and len(pk) <= 18


def _confirm(request, listed, deed, rows, form, unseen=0, status=200):
    refused = bulk.refusals(deed, rows, request.user)
    able = [row for row in rows if row.pk not in refused]
    context = {
        "listed": listed,
        "deed": deed,
        "title": TITLES[deed],
        "button": BUTTONS[deed],
        "form": form,
        "count": len(able),
        "named": [(listed.name(row), row.pk) for row in able[:NAMED]],
        "skipped": _grouped([(row, refused[row.pk].sentence) for row in rows if row.pk in refused], listed),
        "unseen": unseen,
        "most": bulk.MOST if request.GET.get("all") and len(rows) == bulk.MOST else None,
    }
    return render(request, "bulk/confirm.html", context, status=status)


def _grouped(pairs, listed) -> list[tuple[str, list]]:
    """(why, [(a row's words, its id)]), the reason with the most rows first."""
    groups: dict[str, list] = {}
    for row, why in pairs:
        groups.setdefault(why, []).append((listed.name(row), row.pk))
    return sorted(groups.items(), key=lambda group: -len(group[1]))


@require_safe
def answer(request, pk):
    """What became of a deed on many rows; only for whoever did it."""
    made = get_object_or_404(BulkDeed.objects.filter(by=request.user), pk=pk)
    listed = LISTS[made.kind]
    rows = listed.model.objects.visible_to(request.user).select_related(*bulk.PARTS[listed.model])
    rows = {row.pk: row for row in rows.filter(pk__in=[pk for pk, _ in made.done + made.skipped])}
    context = {
        "made": made,
        "listed": listed,
        "done": _grouped([(rows[pk], how) for pk, how in made.done if pk in rows], listed),
        "skipped": _grouped([(rows[pk], why) for pk, why in made.skipped if pk in rows], listed),
    }
    return render(request, "bulk/answer.html", context)
