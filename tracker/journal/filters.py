"""What a timeline is filtered by."""

import datetime as dt
from dataclasses import replace

import django_filters
from django import forms
from django.db.models import Q

from tracker.lists import Chip, chips
from tracker.people.models import User
from tracker.words import DAY_FORMATS, day
from tracker.working_days import LONDON

from .models import Event
from .sentences import BY_THE_SERVICE, DEEDS, GROUPS

DATES = ("since", "until")


def date(label, method):
    return django_filters.DateFilter(
        label=label, method=method, widget=forms.DateInput, input_formats=DAY_FORMATS,
        error_messages={"invalid": "Write a date as 30 November 2026."},
    )  # fmt: skip


class TimelineFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(
        label="What was done", method="by_kind", choices=list(GROUPS.items()), empty_label="Anything"
    )
    person = django_filters.CharFilter(label="Who did it", method="by_person", max_length=100)
    since = date("From", "by_first_day")
    until = date("To", "by_last_day")

    class Meta:
        model = Event
        fields = []

    def by_kind(self, queryset, name, value):
        wanted = Q(deed__in=[deed for deed, (_, group) in DEEDS.items() if group == value])
        if value == "dates":
            wanted |= Q(deed="action_changed", after__has_key="due_by")
        return queryset.filter(wanted)

    def by_person(self, queryset, name, value):
        value = value.replace("\x00", "")  # PostgreSQL takes no such character
        if value.casefold() in (BY_THE_SERVICE, BY_THE_SERVICE.removeprefix("the ")):
            return queryset.filter(actor=None)
        people = User.objects.all()
        for part in value.split():
            people = people.filter(Q(first_name__icontains=part) | Q(last_name__icontains=part))
        return queryset.filter(actor__in=people.order_by().values("pk"))

    def by_first_day(self, queryset, name, value):
        return queryset.filter(at__gte=dt.datetime.combine(value, dt.time.min, LONDON))

    def by_last_day(self, queryset, name, value):
        return queryset.filter(at__lte=dt.datetime.combine(value, dt.time.max, LONDON))

    def chips(self) -> list[Chip]:
        dated = {self.form.fields[name].label for name in DATES}
        return [
            replace(chip, value=day(dt.date.fromisoformat(chip.value))) if chip.label in dated else chip
            for chip in chips(self)
        ]
