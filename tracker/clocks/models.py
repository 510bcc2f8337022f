from django.conf import settings
from django.db import models

from .rules import LIMIT_WORDS


class Limit(models.Model):
    """A number of days held for one organisation and inherited by all below it."""

    organisation = models.ForeignKey("inspections.Organisation", models.PROTECT, related_name="limits")
    name = models.CharField(max_length=30, choices=list(LIMIT_WORDS.items()))
    days = models.PositiveSmallIntegerField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="a_limit_is_set_once_per_organisation")
        ]

    def __str__(self):
        return f"{self.get_name_display()} {self.days} days: {self.organisation}"
