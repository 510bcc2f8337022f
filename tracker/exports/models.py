"""What leaves the service by an address of its own."""

import uuid

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


def _unguessable(export, name) -> str:
    """Files of one month in one folder; what a browser saves one as is said when it is handed over."""
    return f"exports/{export.asked_at:%Y/%m}/{uuid.uuid4().hex}.xlsx"


class Export(models.Model):
    """All rows of a list as one XLSX, which somebody asked for because it takes longer than they wait."""

    LISTS = [(name, name.capitalize()) for name in ("recommendations", "actions", "alerts", "inspections")]
    STATES = [
        ("waiting", "Waiting"), ("making", "Being made"), ("ready", "Ready"), ("cancelled", "Cancelled"),
        ("failed", "Failed"), ("gone", "Deleted"),
    ]  # fmt: skip

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="exports")
    list = models.CharField(max_length=20, choices=LISTS)
    query = models.CharField(max_length=1000, blank=True, help_text="as in the list's address")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=STATES, default="waiting")
    rows_in_all = models.PositiveIntegerField(null=True, blank=True, help_text="counted when it was begun")
    rows_done = models.PositiveIntegerField(default=0)
    # Each try has its number, so that one that was given up says nothing about the next.
    tries = models.PositiveSmallIntegerField(default=0)
    held_until = models.DateTimeField(null=True, blank=True, help_text="whoever makes it has said nothing: again")
    ended_at = models.DateTimeField(null=True, blank=True)
    kept_until = models.DateTimeField(null=True, blank=True)
    file = models.FileField(upload_to=_unguessable, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="bytes")
    why = models.CharField(max_length=300, blank=True, help_text="it failed")
    form_key = models.UUIDField(null=True, unique=True, help_text="a double click is one deed")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="an_export_that_is_ready_has_a_file",
                condition=~Q(state="ready") | ~Q(file="") & Q(kept_until__isnull=False),
            ),
            models.CheckConstraint(name="an_export_fails_for_a_reason", condition=~Q(state="failed") | ~Q(why="")),
        ]
        indexes = [
            models.Index(fields=["id"], name="export_to_be_made", condition=Q(state__in=["waiting", "making"])),
            models.Index(fields=["kept_until"], name="export_by_end", condition=Q(state="ready")),
        ]

    def __str__(self):
        return f"{self.get_list_display()}, {self.get_state_display().lower()}"

    @property
    def is_open(self) -> bool:
        return self.state in ("waiting", "making")
