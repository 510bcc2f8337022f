"""What went out, and when the service looked."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from tracker.clocks.rules import OVERDUE_STAGES

from . import times


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
        DELIVERED = "delivered", "Delivered"  # known of GOV.UK Notify only
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
    sender = models.CharField(max_length=10, blank=True, help_text="whom it was handed to last: email or notify")
    remote_id = models.CharField(max_length=40, blank=True, help_text="what that sender calls it")
    ask_after = models.DateTimeField(null=True, help_text="whether it was delivered; null: no more, or of no use")
    delivered_at = models.DateTimeField(null=True)
    returned = models.PositiveSmallIntegerField(default=0, help_text="how often it was accepted and then given back")
    demonstration = models.BooleanField(default=False)
    restricted = models.BooleanField(default=False, help_text="read by its recipient only: of a restricted alert")

    objects = MailQuerySet.as_manager()

    # Set for one hand-over: why its sender is asked for it and not given it anew.
    only_ask = ""

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="a_sent_mail_knows_when", condition=~Q(state__in=["sent", "delivered"]) | Q(sent_at__isnull=False)
            ),
            models.CheckConstraint(
                name="a_delivered_mail_knows_when",
                condition=Q(state="delivered", delivered_at__isnull=False)
                | (~Q(state="delivered") & Q(delivered_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["remote_id"], name="mail_by_remote_id", condition=~Q(remote_id="")),
            models.Index(fields=["ask_after", "id"], name="mail_to_ask_about", condition=Q(ask_after__isnull=False)),
            models.Index(fields=["recipient", "-id"], name="mail_by_recipient"),
            models.Index(fields=["try_after", "id"], name="mail_unsettled", condition=Q(state="claimed")),
            models.Index(fields=["claimed_at"], name="mail_by_day"),
        ]

    def __str__(self):
        return self.subject

    def is_hidden_from(self, user) -> bool:
        """Administrators see that a restricted mail is there, and its state, and nothing else of it."""
        return self.restricted and self.recipient_id != user.pk


class Heartbeat(models.Model):
    """When a job last looked for something to do: one row for each job, also where there mostly is nothing to keep."""

    job = models.CharField(max_length=40, primary_key=True)
    looked_at = models.DateTimeField(help_text="when it began")
    took = models.FloatField(help_text="seconds")
    failed = models.BooleanField(default=False)

    def __str__(self):
        return f"{self.job} {self.looked_at:%Y-%m-%d %H:%M}"


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


class Preference(models.Model):
    """How one person wants their mail; whoever has no row wants it as `times.Wish` says."""

    class Frequency(models.TextChoices):
        DAILY = times.DAILY, "Every working day"
        WEEKLY = times.WEEKLY, "Once a week"
        URGENT = times.URGENT, "Only what is urgent"

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="preference")
    frequency = models.CharField(max_length=10, choices=Frequency, default=Frequency.DAILY)
    hour = models.PositiveSmallIntegerField(default=times.MORNING, help_text="in London")
    summary = models.BooleanField(default=True, help_text="the weekly summary, for leads and inspectors")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="mail_is_wanted_at_an_hour_of_the_day",
                condition=Q(hour__gte=times.HOURS[0], hour__lte=times.HOURS[-1]),
            )
        ]

    def __str__(self):
        return f"{self.person}: {self.get_frequency_display()} at {self.hour}"


class Hold(models.Model):
    """A run of mails that was so large that none goes out before an administrator has looked."""

    class State(models.TextChoices):
        OPEN = "open", "Held"
        RELEASED = "released", "Released"

    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    held_at = models.DateTimeField()
    mails = models.PositiveIntegerField(help_text="that the run would have sent")
    usual = models.FloatField(null=True, help_text="median of mails a working day before it; null: there was none")
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", help_text="null: by the command line"
    )

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="open"), name="one_open_hold"),
            models.CheckConstraint(
                name="a_released_hold_knows_when",
                condition=Q(state="open", released_at__isnull=True) | Q(state="released", released_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.mails} mails held"


def _one_subject(name) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(action__isnull=False, plan__isnull=True) | Q(action__isnull=True, plan__isnull=False),
    )


class OverdueStep(models.Model):
    """One stage of the escalation of overdue work, reached. Another date or a new cycle begins anew."""

    action = models.ForeignKey("tracker.Action", models.CASCADE, null=True, related_name="overdue_steps")
    plan = models.ForeignKey("tracker.ActionPlan", models.CASCADE, null=True, related_name="overdue_steps")
    cycle = models.PositiveSmallIntegerField()
    due = models.DateField(help_text="the date that was passed")
    stage = models.CharField(max_length=20, choices=list(OVERDUE_STAGES.items()))
    reached_on = models.DateField()
    recorded_at = models.DateTimeField()
    post = models.ForeignKey(
        "tracker.Post", models.PROTECT, null=True, related_name="+", help_text="whose turn it was; null: nobody's"
    )
    passed_on_from = models.CharField(max_length=200, blank=True, help_text="the vacant posts below, in words")

    class Meta:
        ordering = ["reached_on", "pk"]
        constraints = [
            _one_subject("a_stage_is_of_an_action_or_a_plan"),
            models.UniqueConstraint(fields=["action", "cycle", "due", "stage"], name="one_row_per_stage_of_an_action"),
            models.UniqueConstraint(fields=["plan", "cycle", "due", "stage"], name="one_row_per_stage_of_a_plan"),
        ]

    def __str__(self):
        return f"{self.get_stage_display()}, {self.reached_on}"


class OverduePause(models.Model):
    """Days on which overdue work is not passed up, by name and for a reason. It goes on from there afterwards."""

    action = models.ForeignKey("tracker.Action", models.CASCADE, null=True, related_name="overdue_pauses")
    plan = models.ForeignKey("tracker.ActionPlan", models.CASCADE, null=True, related_name="overdue_pauses")
    starts = models.DateField()
    ends = models.DateField(help_text="the last day")
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="before its last day")
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    form_key = models.UUIDField(null=True, unique=True, help_text="a double click is one deed")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            _one_subject("a_pause_is_of_an_action_or_a_plan"),
            models.CheckConstraint(name="an_overdue_pause_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="an_overdue_pause_ends_after_it_starts", condition=Q(ends__gte=models.F("starts"))
            ),
            models.CheckConstraint(
                name="an_overdue_pause_is_ended_by_somebody",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["ends"], name="overdue_pause_by_end", condition=Q(ended_at__isnull=True))]

    def __str__(self):
        return f"{self.starts} to {self.ends}: {self.reason}"
