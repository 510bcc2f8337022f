"""The filter of the inspectors' queue."""

import django_filters

from inspections.models import Level, Organisation

from .models import Claim


class QueueFilter(django_filters.FilterSet):
    """Claims that wait, by region. One query for the choices."""

    region = django_filters.ChoiceFilter(label="Region", method="by_region", empty_label="Any")

    class Meta:
        model = Claim
        fields = []

    def __init__(self, data, queryset):
        super().__init__(data, queryset)
        regions = Organisation.objects.filter(level=Level.REGION).order_by("name").only("slug", "name")
        self.regions = {place.slug: place for place in regions}
        self.filters["region"].extra["choices"] = [(slug, place.name) for slug, place in self.regions.items()]

    def by_region(self, queryset, name, value):
        place = self.regions[value].pk
        there = Organisation.objects.filter(pk=place) | Organisation.objects.filter(parent=place)
        return queryset.filter(action__organisation__in=there.order_by().values("pk"))

    def words(self) -> str:
        """ " in London", or nothing."""
        chosen = self.form.cleaned_data.get("region") if self.form.is_valid() else ""
        return f" in {self.regions[chosen].name}" if chosen else ""
