"""The filters of the list of recurring recommendations."""

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q

from inspections.models import Framework, Level

from .models import Grouped, RecurringGroup

LEVELS = [(Level.PDU, "PDUs"), (Level.REGION, "Regions"), (Level.HMPPS, "HMPPS")]


class RecurringFilter(django_filters.FilterSet):
    """One query: the frameworks, for the choices."""

    text = django_filters.CharFilter(label="Words", method="by_text", max_length=200)
    level = django_filters.ChoiceFilter(label="Said to", method="by_level", choices=LEVELS, empty_label="Any level")
    framework = django_filters.ChoiceFilter(label="Framework", method="by_framework", empty_label="Any")
    systemic = django_filters.BooleanFilter(
        label="Only systemic: said in several places, or to HMPPS", method="by_systemic", widget=forms.CheckboxInput
    )

    class Meta:
        model = RecurringGroup
        fields = []

    def __init__(self, data, queryset):
        super().__init__(data, queryset)
        self.frameworks = dict(Framework.objects.values_list("code", "name"))
        self.filters["framework"].extra["choices"] = list(self.frameworks.items())

    def _with(self, **facts):
        return Exists(Grouped.objects.filter(group=OuterRef("pk"), **facts))

    def by_text(self, queryset, name, value):
        return queryset.filter(self._with(recommendation__wording__icontains=value))

    def by_level(self, queryset, name, value):
        return queryset.filter(self._with(recommendation__addressee__level=value))

    def by_framework(self, queryset, name, value):
        return queryset.filter(self._with(recommendation__inspection__framework__code=value))

    def by_systemic(self, queryset, name, value):
        if not value:
            return queryset
        return queryset.filter(Q(places__gt=1) | self._with(recommendation__addressee__level=Level.HMPPS))

    def words(self) -> str:
        """The filters in force as the end of a sentence: " to regions, systemic"."""
        given = self.form.cleaned_data if self.form.is_valid() else {}
        said = ""
        if given.get("level"):
            said += {"pdu": " to PDUs", "region": " to regions", "hmpps": " to HMPPS"}[given["level"]]
        if given.get("framework"):
            said += f", {self.frameworks[given['framework']]}"
        if given.get("systemic"):
            said += ", systemic"
        if given.get("text"):
            said += f", with “{given['text']}”"
        return said
