"""The limits of each organisation: whoever works there reads them and who set them; administrators set them."""

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from inspections.models import Organisation
from tracker.lists import Sort, chips, page_of
from tracker.people.operations import require_administrator
from tracker.published.filters import OrganisationFilter
from tracker.reminders.forecast import next_digests, what_if, when_words
from tracker.words import plural

from .forms import LimitsForm, held_words, sections
from .models import Limit
from .operations import LimitsMoved, LimitsRefused, change_limits, in_force, problems_with
from .rules import limit_value

SORTS = {"name": Sort("Name", "name")}
SET_SHOWN = 20


def places_for(user):
    """The organisations whose limits this person keeps, or sets."""
    rows = Organisation.objects.select_related("parent__parent__parent")
    if user.access.sees_everything:
        return rows
    own = {place for _, place, _ in user.access.roles if place is not None}
    return rows.filter(Q(pk__in=own) | Q(parent__in=own) | Q(parent__parent__in=own))


@require_safe
def limits(request):
    """What was set otherwise than by the service, and every organisation to choose from."""
    mine = places_for(request.user)
    held = Limit.objects.filter(organisation__in=mine.order_by().values("pk"))
    found = OrganisationFilter(request.GET, mine.annotate(own=Count("limits")))
    count = held.count()
    context = {
        "filter": found, "chips": chips(found), "page": page_of(request, found.qs, SORTS), "count": count,
        "held": held.select_related("organisation", "set_by").order_by("-set_at", "-pk")[:SET_SHOWN] if count else [],
    }  # fmt: skip
    return render(request, "limits/list.html", context)


@require_safe
def limits_of(request, slug):
    """Every limit of one organisation in words, where it comes from and who set it."""
    place = get_object_or_404(places_for(request.user), slug=slug)
    found = in_force(place)
    own = {name: limit.set_here.days for name, limit in found.items() if limit.set_here}
    context = {
        "place": place, "limits": found, "sections": sections(found), "own": own, "seen": held_words(own),
        "may_set": request.user.access.is_administrator,
    }  # fmt: skip
    return render(request, "limits/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_limits(request, slug):
    """Typed first, then shown with what it would send, then saved: "save" and "back" come from the second page."""
    require_administrator(request.user)
    place = get_object_or_404(places_for(request.user), slug=slug)
    found = in_force(place)
    form = LimitsForm(request.POST if request.method == "POST" else None, found)
    status, conflict = 200, None
    if request.method == "POST" and "back" not in request.POST:
        if form.is_valid() and "save" in request.POST:
            try:
                changed = change_limits(
                    place, form.changes, seen=form.cleaned_data["seen"], by=request.user, at=timezone.now()
                )
            except LimitsRefused as refusal:
                form.refuse(refusal.problems)
            except LimitsMoved as refusal:
                conflict = _conflict(form, refusal)
            else:
                messages.success(request, _said(place, changed))
                return redirect("limits_of", slug)
        elif form.is_valid():
            form.refuse(problems_with(place, form.changes) if form.changes else {"": "Nothing is changed yet."})
            if not form.errors:
                return _preview(request, place, found, form)
        status = 409 if conflict else 422
    context = {"place": place, "limits": found, "form": form, "sections": sections(found), "conflict": conflict}
    return render(request, "limits/edit.html", context, status=status)


def _preview(request, place, found, form):
    now = timezone.now()
    as_it_is, then = what_if(place, form.changes, now)
    changes = [
        (found[name].words, found[name].value, _value(found[name], number)) for name, number in form.changes.items()
    ]
    context = {
        "place": place, "given": form, "changes": changes, "names": list(found), "as_it_is": as_it_is, "then": then,
        "on": when_words(next_digests(now), now),
    }  # fmt: skip
    return render(request, "limits/confirm.html", context)


def _value(limit, number) -> str:
    return f"{limit.inherited_value}, {limit.inherited_from}" if number is None else limit_value(limit.name, number)


def _conflict(form, refusal) -> dict:
    """What `conflict_panel` shows; the form then knows theirs."""
    typed = form.cleaned_data
    fields = [
        (now.words, f"{now.value}{'' if now.set_here else ', ' + now.inherited_from}", _value(now, typed[name]))
        for name, now in refusal.theirs.items()
    ]
    form.add_error(None, refusal.sentence)
    form.see_again()
    return {"sentence": refusal.sentence, "fields": fields, "marked": {}, "can_combine": False, "combined": False}


def _said(place, changed) -> str:
    if not changed:
        return f"The limits of {place} are so already."
    return f"Saved: {plural(len(changed), 'limit')} of {place}. They hold from now on, here and below."
