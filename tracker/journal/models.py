"""The append-only journal, and what somebody is to be told."""

from django.conf import settings
from django.core import checks
from django.db import connections, models
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Q

from . import triggers


class AppendOnly(Exception):
    """Raised by any try to change or remove a line of the journal."""


class EventQuerySet(models.QuerySet):
    def update(self, **kwargs):
        raise AppendOnly("The journal is append-only: an event is never changed.")

    def delete(self):
        raise AppendOnly("The journal is append-only: an event is never removed.")

    def about(self, *subjects):
        """Events whose subject is one of the given rows."""
        wanted = Q(pk__in=[])
        for subject in subjects:
            wanted |= Q(subject_kind=subject._meta.model_name, subject_id=subject.pk)
        return self.filter(wanted)


class Event(models.Model):
    """Who did what to what, when, with before and after. ``actor`` is null for what the service did itself."""

    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="events")
    deed = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=40, help_text="model name, lower case")
    subject_id = models.BigIntegerField()
    organisation = models.ForeignKey("inspections.Organisation", models.PROTECT, null=True, related_name="events")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    demonstration = models.BooleanField(default=False)
    # One chain per organisation (null: the service's own): each event holds the hash of the one before it.
    link = models.PositiveBigIntegerField(default=0, help_text="its place in the chain, from 1; 0: not chained")
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 of its content and the hash before")

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "at", "id"], name="event_by_subject"),
            models.Index(fields=["organisation", "at", "id"], name="event_by_organisation"),
            models.Index(
                fields=["deed", "at"],
                include=["organisation", "subject_id"],
                name="event_of_follow_up",
                condition=Q(subject_kind="followup"),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "link"], condition=Q(link__gt=0), name="one_event_per_link"
            ),
            # To a database, one null organisation is not the same as another.
            models.UniqueConstraint(
                fields=["link"],
                condition=Q(link__gt=0, organisation__isnull=True),
                name="one_event_per_link_of_the_service",
            ),
        ]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.deed} {self.subject_kind} {self.subject_id}"

    def save(self, *args, **kwargs):
        if self.pk is not None:
            raise AppendOnly("The journal is append-only: an event is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise AppendOnly("The journal is append-only: an event is never removed.")

    @classmethod
    def check(cls, **kwargs):
        """With ``check --database default``: whether the database still refuses to change or remove an event."""
        found = super().check(**kwargs)
        for name in kwargs.get("databases") or []:
            applied = MigrationRecorder(connections[name]).applied_migrations()
            if ("tracker", "0004_journal") in applied and (gone := triggers.missing(connections[name])):
                found.append(
                    checks.Warning(
                        f"The database no longer refuses to change the journal: {', '.join(gone)} missing.",
                        hint="A migration rebuilt the table: it has to call tracker.journal.triggers.install.",
                        obj=cls,
                        id="tracker.W001",
                    )
                )
        return found


class ChainHead(models.Model):
    """The newest link of one organisation's chain of events; locked while the next one is added."""

    chain = models.BigIntegerField(primary_key=True, help_text="the organisation's id; 0: the service's own")
    link = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    def __str__(self):
        return f"chain {self.chain}, link {self.link}"


class Notice(models.Model):
    """Something that one person is to be told about one subject on one occasion, once."""

    class State(models.TextChoices):
        DECIDED = "decided", "Decided"
        CLAIMED = "claimed", "Being sent"
        SENT = "sent", "Sent"
        DELIVERED = "delivered", "Delivered"
        SUPERSEDED = "superseded", "No longer needed"
        FAILED = "failed", "Could not be sent"

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=40, help_text="model name, lower case")
    subject_id = models.BigIntegerField()
    occasion = models.CharField(max_length=80, help_text="names the due date, so that a moved date re-arms it")
    state = models.CharField(max_length=10, choices=State, default=State.DECIDED)
    why = models.CharField(max_length=200, blank=True, help_text="why it is no longer needed")
    decided_at = models.DateTimeField()
    mail = models.ForeignKey("tracker.Mail", models.SET_NULL, null=True, related_name="notices")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "kind", "subject_kind", "subject_id", "occasion"],
                name="nobody_is_told_twice",
            ),
            models.CheckConstraint(
                name="a_sent_notice_names_its_mail",
                condition=~Q(state__in=["claimed", "sent", "delivered"]) | Q(mail__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "id"], name="notice_waiting", condition=Q(state="decided")),
            models.Index(fields=["subject_kind", "subject_id"], name="notice_by_subject"),
            # What a sweep asks, however much was said before of what it looks at.
            models.Index(fields=["subject_kind", "occasion", "subject_id"], name="notice_by_occasion"),
            models.Index(
                fields=["subject_kind", "subject_id"], name="notice_undelivered", condition=Q(state="decided")
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.subject_kind} {self.subject_id} {self.occasion}"
