"""What a saved view asks, put to its list: through the list's own filters, and for one reader's scope."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django_filters import FilterSet

from inspections.models import Inspection
from tracker.alerts.filters import AlertFilter
from tracker.alerts.models import AlertCase
from tracker.lists import Sort
from tracker.plans.filters import ACTION_SORTS, FOLLOW_UP_SORTS, ActionFilter, FollowUpFilter
from tracker.plans.models import Action, FollowUp
from tracker.published.filters import INSPECTION_SORTS, InspectionFilter
from tracker.refusals import Refusal

from .rules import LONGEST_QUESTION


@dataclass(frozen=True)
class Listing:
    """One list. ``noun``: as the address of a row's page is named, too. ``rows``: of one reader's scope, with what a
    title takes; ``filter``: the list's filterset on them, of (data, rows, reader, today); ``sorts``: those that
    can be asked for, what it has without being asked first."""

    words: str
    noun: str
    filterset: type[FilterSet]
    rows: Callable[[object], QuerySet]
    filter: Callable[[QueryDict, QuerySet, object, dt.date], FilterSet]
    sorts: dict[str, Sort]

    @property
    def kind(self) -> str:
        """Of its rows, as the journal names it."""
        return self.filterset._meta.model._meta.model_name

    def asked(self, query: str, reader, today: dt.date) -> FilterSet:
        """The filterset of a saved query, for the rows that ``reader`` may see. Two queries at most."""
        return self.filter(QueryDict(query), self.rows(reader), reader, today)


def _work(filterset):
    return lambda data, rows, reader, today: filterset(data, rows, request=SimpleNamespace(user=reader), today=today)


LISTS = {
    "recommendations": Listing(
        "Recommendations", "recommendation", FollowUpFilter,
        lambda reader: FollowUp.objects.visible_to(reader).select_related("recommendation", "addressee"),
        _work(FollowUpFilter), FOLLOW_UP_SORTS,
    ),
    "actions": Listing(
        "Actions", "action", ActionFilter,
        lambda reader: Action.objects.visible_to(reader).select_related("organisation", "alert"),
        _work(ActionFilter), ACTION_SORTS,
    ),
    "alerts": Listing(
        "Alerts", "alert", AlertFilter,
        lambda reader: AlertCase.objects.visible_to(reader).select_related("organisation"),
        lambda data, rows, reader, today: AlertFilter(data, rows), {},
    ),
    "inspections": Listing(
        "Inspections", "inspection", InspectionFilter,
        lambda reader: Inspection.objects.select_related("organisation"),  # what was published is everybody's
        lambda data, rows, reader, today: InspectionFilter(data, rows), INSPECTION_SORTS,
    ),
}  # fmt: skip


def canonical(found: FilterSet, sorts: dict[str, Sort]) -> str:
    """What is asked, always in the same words: the filters in force in the order of the form, then the order unless it
    is the list's own. Of a form that is not valid only what is."""
    found.form.is_valid()
    given, pairs = getattr(found.form, "cleaned_data", {}), []
    for name in found.form.fields:
        value = given.get(name)
        if value not in (None, "", False):
            pairs.append((name, "on" if value is True else str(value)))
    sort = found.data.get("sort", "")
    if sort in list(sorts)[1:]:
        pairs.append(("sort", sort))
    return urlencode(pairs)


def to_save(name: str, query: str, reader, today: dt.date) -> str:
    """The query as it is kept; `Refusal` when the list does not understand it."""
    if name not in LISTS:
        raise Refusal("Open a list, and save the view from there.")
    listing = LISTS[name]
    found = listing.asked(query, reader, today)
    if not found.form.is_valid():
        labels = ", ".join(found.form.fields[field].label for field in found.form.errors)
        raise Refusal(f"The list does not understand what was chosen for: {labels}. Choose it again, then save.")
    kept = canonical(found, listing.sorts)
    if len(kept) > LONGEST_QUESTION:
        raise Refusal("These filters are too long to be kept. Use fewer words.")
    return kept


def lost(found: FilterSet, sorts: dict[str, Sort]) -> list[str]:
    """What of a saved query its list no longer understands, a sentence each."""
    said = []
    for name in found.data:
        if name in found.form.errors:
            said.append(f"“{found.form.fields[name].label}”: what was chosen is no longer there.")
        elif name not in found.form.fields and name != "sort":
            said.append(f"“{_spoken(name)}” is no longer a filter of this list.")
    if found.data.get("sort", "") not in ("", *sorts):
        said.append("The order that was chosen is no longer there.")
    return said


def _spoken(name: str) -> str:
    return name.replace("_", " ").capitalize()


def address(view) -> str:
    """Of the list under the view's filters."""
    return reverse(view.list) + (f"?{view.query}" if view.query else "")


def in_words(view, places: dict[str, str]) -> list[tuple[str, str]]:
    """(filter, what is chosen) pairs without a query; ``places``: the names of organisations by slug. What the list no
    longer has stands there as it was saved."""
    filters, said = LISTS[view.list].filterset.base_filters, []
    for name, value in QueryDict(view.query).items():
        its = filters.get(name)
        label = "In this order" if name == "sort" else getattr(its, "label", None) or _spoken(name)
        words = "Yes" if value == "on" else _choice(view.list, its, name, value, places)
        said.append((label, words))
    return said


def _choice(page, its, name, value, places) -> str:
    if name == "sort":
        return LISTS[page].sorts[value].words if value in LISTS[page].sorts else value
    if name in ("organisation", "region"):
        return places.get(value, value)
    return str(dict(its.extra.get("choices", ())).get(value, value)) if its else value
