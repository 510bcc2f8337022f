"""Imports before and after they are confirmed."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from inspections.models import Inspection, Source


class ImportDraft(models.Model):
    """One handed-in report on its way to an inspection: what was read, what a person corrected, what became of it."""

    class State(models.TextChoices):
        DRAFT = "draft", "To check"
        IMPORTED = "imported", "Imported"
        UNDONE = "undone", "Undone"
        DISCARDED = "discarded", "Discarded"

    source = models.ForeignKey(Source, models.PROTECT, null=True, related_name="drafts")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    as_read = models.JSONField(null=True, help_text="the record as the reader gave it; null where typed in")
    as_corrected = models.JSONField(help_text="the record with corrections by hand")
    problems = models.JSONField(default=list)
    choices = models.JSONField(default=dict, help_text="organisations chosen by hand, framework, live or historic")
    version = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="import_drafts")
    at = models.DateTimeField()
    inspection = models.ForeignKey(Inspection, models.SET_NULL, null=True, related_name="drafts")
    form_key = models.UUIDField(null=True, unique=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="an_import_names_its_inspection",
                condition=~Q(state="imported") | Q(inspection__isnull=False),
            )
        ]

    def __str__(self):
        return f"Import {self.pk}"
