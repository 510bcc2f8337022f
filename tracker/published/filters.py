"""The filters of the lists of inspections and organisations; the same filterset serves page and, later, export."""

import datetime as dt

import django_filters
from django.db.models import Q

from inspections.models import RATINGS, Inspection, Level, Organisation
from tracker.lists import Sort

INSPECTION_SORTS = {
    "newest": Sort("Newest first", "listed", descending=True),
    "oldest": Sort("Oldest first", "listed"),
    "name": Sort("Organisation", "slug"),
}
BEFORE_ALL = dt.date(1900, 1, 1)  # where an undated report stands among the dated


def choice(label, method, choices=()):
    return django_filters.ChoiceFilter(label=label, method=method, choices=choices, empty_label="Any")


class ByPlace(django_filters.FilterSet):
    """One query: all places, for the choices."""

    region = choice("Region", "by_region")
    text = django_filters.CharFilter(label="Words", method="by_text", max_length=200)

    def __init__(self, data, queryset):
        super().__init__(data, queryset)
        self.places = {p.slug: p for p in Organisation.objects.only("slug", "name", "short_name", "level", "parent_id")}
        regions = [(p.slug, p.name) for p in self.places.values() if p.level == Level.REGION]
        self.filters["region"].extra["choices"] = regions


class InspectionFilter(ByPlace):
    organisation = choice("Organisation", "by_organisation")
    rating = choice("Overall rating", "by_rating", [*((r, r) for r in RATINGS), ("none", "Not rated")])
    year = django_filters.NumberFilter(label="Year of publication", method="by_year", min_value=1990, max_value=2200)

    class Meta:
        model = Inspection
        fields = []

    def __init__(self, data, queryset):
        super().__init__(data, queryset)
        self.filters["organisation"].extra["choices"] = [(p.slug, str(p)) for p in self.places.values()]

    def by_region(self, queryset, name, value):
        place = self.places[value].pk
        return queryset.filter(Q(organisation=place) | Q(organisation__parent=place))

    def by_organisation(self, queryset, name, value):
        return queryset.filter(organisation=self.places[value].pk)

    def by_rating(self, queryset, name, value):
        return queryset.filter(overall_rating="" if value == "none" else value)

    def by_year(self, queryset, name, value):
        return queryset.filter(published__year=int(value))

    def by_text(self, queryset, name, value):
        of_place = Q(organisation__name__icontains=value) | Q(organisation__short_name__icontains=value)
        said = Q(title__icontains=value) | Q(lead_inspector__icontains=value)
        return queryset.filter(of_place | said)


class OrganisationFilter(ByPlace):
    level = choice("Level", "by_level", [("pdu", "PDU"), ("region", "Region"), ("hmpps", "HMPPS")])

    class Meta:
        model = Organisation
        fields = []

    def by_region(self, queryset, name, value):
        place = self.places[value].pk
        return queryset.filter(Q(pk=place) | Q(parent=place))

    def by_level(self, queryset, name, value):
        return queryset.filter(level=value)

    def by_text(self, queryset, name, value):
        return queryset.filter(
            Q(name__icontains=value) | Q(short_name__icontains=value) | Q(code__iexact=value)
            | Q(pk__in=Organisation.objects.filter(aliases__name__icontains=value).order_by().values("pk"))
        )  # fmt: skip
