"""What went out, and when the service looked."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class MailQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own mails; administrators see all."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.access.is_administrator else self.filter(recipient=user)


class Mail(models.Model):
    """What went to one address, as it went out. It carries one or more notices."""

    class State(models.TextChoices):
        CLAIMED = "claimed", "Being sent"
        SENT = "sent", "Accepted by the mail server"
        FAILED = "failed", "Could not be sent"

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="mails")
    address = models.EmailField()
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField()
    message_id = models.CharField(max_length=120, unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.CLAIMED)
    claimed_at = models.DateTimeField()
    tried = models.PositiveSmallIntegerField(default=0, help_text="how often it was handed to the mail server")
    try_after = models.DateTimeField(null=True, help_text="not before; null when settled")
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    demonstration = models.BooleanField(default=False)
    restricted = models.BooleanField(default=False, help_text="read by its recipient only: of a restricted alert")

    objects = MailQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="a_sent_mail_knows_when", condition=~Q(state="sent") | Q(sent_at__isnull=False))
        ]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="mail_by_recipient"),
            models.Index(fields=["try_after", "id"], name="mail_unsettled", condition=Q(state="claimed")),
        ]

    def __str__(self):
        return self.subject

    def is_hidden_from(self, user) -> bool:
        """Administrators see that a restricted mail is there, and its state, and nothing else of it."""
        return self.restricted and self.recipient_id != user.pk


class Run(models.Model):
    """One time that a job ran by itself, or did not manage to."""

    job = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=300, blank=True)
    failed = models.BooleanField(default=False)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["job", "-started_at"], name="run_by_job")]

    def __str__(self):
        return f"{self.job} {self.started_at:%Y-%m-%d %H:%M}"
