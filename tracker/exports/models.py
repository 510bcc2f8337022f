"""What leaves the service by an address of its own."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class CalendarFeed(models.Model):
    """The secret address of one person's calendar. The address is signed from ``name``, so that whoever reads this
    table does not have it, and its owner can read it again."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="calendar_feeds")
    name = models.CharField(max_length=40, unique=True, help_text="random")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="taken back, or another took its place")
    form_key = models.UUIDField(null=True, unique=True, help_text="a double click is one deed")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(ended_at__isnull=True), name="one_calendar_address_per_person"
            )
        ]

    def __str__(self):
        return f"calendar of {self.person}"
