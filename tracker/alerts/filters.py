"""The filters of the list of alerts."""

import django_filters
from django.db.models import Q

from inspections.models import Organisation
from tracker.lists import Sort
from tracker.plans.filters import choice

from .models import AlertCase
from .rules import ALERT_STATES, OPEN_ALERT

SORTS = {"newest": Sort("Newest first", "opened_at", descending=True)}
LATEST = {"late": Sort("By how late they are", "next_due")}  # of the open ones
ENDED = ("stood_down", "withdrawn")
STATES = [
    *[(state, words) for state, words in ALERT_STATES.items() if state in OPEN_ALERT],
    ("historic", "Historic: no clock"),
    *[(state, words) for state, words in ALERT_STATES.items() if state in ENDED],
    ("all", "All, ended ones too"),
]


class AlertFilter(django_filters.FilterSet):
    """Without a state: the open ones."""

    state = django_filters.ChoiceFilter(label="State", method="by_state", choices=STATES, empty_label="Open")
    organisation = choice("Organisation, with those below it", "by_organisation")

    class Meta:
        model = AlertCase
        fields = []

    def __init__(self, data, queryset):
        super().__init__(data, queryset)
        places = Organisation.objects.only("slug", "name", "short_name", "level", "parent_id")
        self.places = {place.slug: place for place in places}
        self.filters["organisation"].extra["choices"] = [(p.slug, str(p)) for p in self.places.values()]

    def filter_queryset(self, queryset):
        found = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("state") else found.open()

    def by_state(self, queryset, name, value):
        if value == "all":
            return queryset
        if value == "historic":
            return queryset.open().filter(live=False)
        return queryset.filter(state=value)

    def by_organisation(self, queryset, name, value):
        pk = self.places[value].pk
        below = Q(organisation__parent=pk) | Q(organisation__parent__parent=pk)
        return queryset.filter(Q(organisation=pk) | below)

    @property
    def given(self) -> dict:
        return self.form.cleaned_data if self.form.is_valid() else {}

    @property
    def only_open(self) -> bool:
        return self.given.get("state", "") not in (*ENDED, "all")

    def words(self) -> str:
        """The filters in force as the end of a sentence: " about HFKCW, monitoring"."""
        place, state = self.given.get("organisation"), self.given.get("state")
        said = f" about {self.places[place]}" if place else ""
        if state and state != "all":
            said += f", {dict(STATES)[state].split(':')[0].lower()}"
        return said
