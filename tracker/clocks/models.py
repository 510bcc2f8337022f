from django.conf import settings
from django.db import models
from django.db.models import Q

from .rules import (
    COMES_AGAIN,
    IN_PER_CENT,
    IN_WORKING_DAYS,
    LIMIT_WORDS,
    MOST_DAYS,
    MOST_PER_CENT,
    MOST_WORKING_DAYS,
    limit_value,
)


class Limit(models.Model):
    """A number of days held for one organisation and inherited by all below it."""

    organisation = models.ForeignKey("inspections.Organisation", models.PROTECT, related_name="limits")
    name = models.CharField(max_length=30, help_text="a key of clocks.rules.LIMIT_WORDS")
    days = models.PositiveSmallIntegerField(help_text="working days or per cent where the name says so")
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="a_limit_is_set_once_per_organisation"),
            models.CheckConstraint(name="a_limit_is_two_years_at_most", condition=Q(days__lte=MOST_DAYS)),
            models.CheckConstraint(
                name="a_limit_of_working_days_is_a_year_at_most",
                condition=~Q(name__in=IN_WORKING_DAYS) | Q(days__lte=MOST_WORKING_DAYS),
            ),
            models.CheckConstraint(
                name="a_margin_is_100_per_cent_at_most", condition=~Q(name__in=IN_PER_CENT) | Q(days__lte=MOST_PER_CENT)
            ),
            models.CheckConstraint(
                name="what_comes_again_waits_for_a_day", condition=~Q(name__in=COMES_AGAIN) | Q(days__gte=1)
            ),
        ]

    def __str__(self):
        return f"{self.words} {self.value}: {self.organisation}"

    @property
    def words(self) -> str:
        return LIMIT_WORDS.get(self.name, self.name)

    @property
    def value(self) -> str:
        return limit_value(self.name, self.days)
