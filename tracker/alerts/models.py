"""Organisational alerts: what inspectors raised about a place, its concerns and what is required."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from inspections.models import Inspection, Organisation, PublishedAlert
from tracker.people.models import Post
from tracker.people.scope import Scoped, organisations_of
from tracker.working_days import NO_DATE

from .ladder import DUTIES, RUNGS
from .rules import ALERT_KINDS, ALERT_STATES, OPEN_ALERT


class AlertCaseQuerySet(Scoped):
    def visible_to(self, user):
        """What is open to be read by everyone in scope; a restricted alert by its circle only: the inspectors named
        on it, leads and post holders of the place and of each level above, and the owners of its actions."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.access.sees_everything:
            return self.filter(Q(restricted=False) | self._circle(user))
        return self.in_scope_of(user)

    def in_scope_of(self, user):
        wide = organisations_of(user, "lead", "viewer")
        return self.filter(Q(restricted=False, organisation__in=wide) | self._circle(user))

    def hidden_from(self, user):
        """The restricted alerts whose circle ``user`` does not belong to."""
        return self.filter(restricted=True).exclude(self._circle(user))

    def _circle(self, user):
        leads = {place for role, place, _ in user.access.roles if role == "lead" and place is not None}
        held = Post.objects.filter(holder__in=user.acts_for).order_by()
        covered = held.filter(covers__isnull=False).values("covers")
        theirs = Q()
        for places in (leads, held.values("organisation"), covered):
            # HMPPS stands two levels above a PDU.
            theirs |= Q(pk__in=places) | Q(parent__in=places) | Q(parent__parent__in=places)
        below = Organisation.objects.filter(theirs).order_by().values("pk")
        actions = AlertCase.actions.rel.related_model.objects.owned_by(user)
        named = AlertCase.inspectors.through.objects.filter(user__in=user.acts_for)
        return (
            Q(organisation__in=below)
            | Q(pk__in=named.values("alertcase"))
            | Q(pk__in=actions.filter(alert__isnull=False).order_by().values("alert"))
        )

    def open(self):
        return self.filter(state__in=OPEN_ALERT)

    def running(self):
        """Those with a clock."""
        return self.filter(live=True, state__in=OPEN_ALERT, raised_at__isnull=False)


def _person():
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")


class AlertCase(models.Model):
    """One organisational alert and what becomes of it. ``published``: as a report printed it, once one has."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="alerts")
    inspection = models.ForeignKey(Inspection, models.PROTECT, null=True, blank=True, related_name="alerts")
    published = models.OneToOneField(PublishedAlert, models.PROTECT, null=True, blank=True, related_name="case")
    restricted = models.BooleanField(default=False, help_text="read by its circle only, until the report is published")
    inspectors = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="alerts_named_on")
    live = models.BooleanField(help_text="False: historic, no running clock and no notice until someone starts it")
    state = models.CharField(max_length=20, choices=list(ALERT_STATES.items()), default="raised")
    cycle = models.PositiveSmallIntegerField(default=1)
    version = models.PositiveIntegerField(default=1)
    raised_at = models.DateTimeField(null=True, blank=True, help_text="null: the report prints no day")
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField(help_text="when it came into this service")
    kind = models.CharField(max_length=30, choices=list(ALERT_KINDS.items()), default="unallocated")
    required_text = models.TextField(blank=True, help_text="what is required of the place, as the inspector put it")
    respondent = models.CharField(max_length=300, blank=True, help_text="who answers, as a report prints it")
    acknowledged_by = _person()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    response_text = models.TextField(blank=True)
    responded_by = _person()
    responded_at = models.DateTimeField(null=True, blank=True)
    judged_by = _person()
    returned_at = models.DateTimeField(null=True, blank=True, help_text="of the last response that was returned")
    return_reason = models.TextField(blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True, help_text="of this cycle; readings and checkpoints run")
    exit_plan = models.TextField(blank=True)
    exception = models.TextField(blank=True, help_text="why it ends although not all is done; named when asked for")
    end_asked_by = _person()
    end_asked_at = models.DateTimeField(null=True, blank=True)
    end_agreed_by = _person()
    end_agreed_at = models.DateTimeField(null=True, blank=True)
    end_confirmed_by = _person()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="stood down or withdrawn")
    end_reason = models.TextField(blank=True, help_text="why it was withdrawn or opened again")
    form_key = models.UUIDField(null=True, unique=True, help_text="a double click is one deed")
    # What the clocks came to, stored for lists and for the climb: see `moments`.
    next_due = models.DateField(default=NO_DATE, help_text="of what is due first; 9999-12-31: nothing is")
    next_duty = models.CharField(
        max_length=20, choices=list(DUTIES.items()), blank=True, default="", help_text="what that is"
    )
    next_moment = models.DateField(default=NO_DATE, help_text="from this day on there is a rung to record")
    worked_out_on = models.CharField(
        max_length=40, blank=True, default="", help_text="limits, posts, holidays; other now: anew"
    )

    objects = AlertCaseQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="an_alert_is_stood_down_by_three_people",
                condition=~Q(state="stood_down")
                | Q(end_asked_by__isnull=False, end_agreed_by__isnull=False, end_confirmed_by__isnull=False)
                & ~Q(end_asked_by=F("end_agreed_by"))
                & ~Q(end_asked_by=F("end_confirmed_by"))
                & ~Q(end_agreed_by=F("end_confirmed_by")),
            ),
            models.CheckConstraint(
                name="an_alert_is_withdrawn_for_a_reason", condition=~Q(state="withdrawn") | ~Q(end_reason="")
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state"], name="alert_by_organisation"),
            models.Index(fields=["live", "state", "id"], name="alert_by_state"),
            models.Index(fields=["next_due", "id"], name="alert_by_date"),
            models.Index(fields=["next_moment", "id"], name="alert_by_moment", condition=Q(next_moment__lt=NO_DATE)),
        ]

    def __str__(self):
        return f"Organisational alert, {self.organisation}"


class Concern(models.Model):
    """One thing that puts people at risk, as stated."""

    alert = models.ForeignKey(AlertCase, models.PROTECT, related_name="concerns")
    position = models.PositiveSmallIntegerField()
    text = models.TextField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["alert", "position"], name="a_concern_has_its_place")]

    def __str__(self):
        return self.text


class Measure(models.Model):
    """A number that is watched: cases without a named practitioner. Worse when it goes up, or when it goes down."""

    alert = models.ForeignKey(AlertCase, models.PROTECT, related_name="measures")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    unit = models.CharField(max_length=40, blank=True, help_text="cases, per cent")
    target = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    worse = models.CharField(max_length=4, choices=[("up", "Higher is worse"), ("down", "Lower is worse")])

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["alert", "position"], name="a_measure_has_its_place")]

    def __str__(self):
        return self.name


class Reading(models.Model):
    """The value of a measure on a day; corrected by a later reading of the same day, never overwritten."""

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="readings")
    value = models.DecimalField(max_digits=12, decimal_places=2)
    as_at = models.DateField(null=True, blank=True, help_text="null: as published, no date is printed")
    note = models.CharField(max_length=300, blank=True, help_text="shown beside it on the chart")
    worsened = models.BooleanField(default=False, help_text="worse than the one before by more than the margin")
    by = _person()
    at = models.DateTimeField()
    form_key = models.UUIDField(null=True, unique=True, help_text="a double click is one deed")

    class Meta:
        ordering = ["as_at", "pk"]
        indexes = [models.Index(fields=["measure", "as_at", "id"], name="reading_by_day")]

    def __str__(self):
        return f"{self.value} {self.measure.unit}"


class Checkpoint(models.Model):
    """The level above looked at the whole alert."""

    alert = models.ForeignKey(AlertCase, models.PROTECT, related_name="checkpoints")
    cycle = models.PositiveSmallIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField()
    form_key = models.UUIDField(null=True, unique=True, help_text="a double click is one deed")

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(name="a_checkpoint_says_what_was_seen", condition=~Q(text=""))]

    def __str__(self):
        return self.text


class Pause(models.Model):
    """Days on which the clocks of an alert stand still, by name and for a reason. Itself visible."""

    alert = models.ForeignKey(AlertCase, models.PROTECT, related_name="pauses")
    starts = models.DateField()
    ends = models.DateField(help_text="the last day")
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    form_key = models.UUIDField(null=True, unique=True, help_text="a double click is one deed")

    class Meta:
        ordering = ["-starts", "-pk"]
        constraints = [
            models.CheckConstraint(name="a_pause_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(name="a_pause_ends_after_it_starts", condition=Q(ends__gte=F("starts"))),
        ]

    def __str__(self):
        return f"{self.starts} to {self.ends}: {self.reason}"


class Escalation(models.Model):
    """One rung of the ladder that was reached, recorded once. ``post`` null: nobody is there to be told."""

    alert = models.ForeignKey(AlertCase, models.PROTECT, related_name="escalations")
    duty = models.CharField(max_length=20, choices=list(DUTIES.items()))
    occasion = models.CharField(max_length=80, help_text="tells the duty apart from the same one at another time")
    rung = models.CharField(max_length=30, choices=list(RUNGS.items()))
    due = models.DateField(help_text="the limit that was passed")
    reached_on = models.DateField()
    recorded_at = models.DateTimeField()
    post = models.ForeignKey("tracker.Post", models.PROTECT, null=True, blank=True, related_name="+")
    passed_on_from = models.CharField(max_length=200, blank=True, help_text="the vacant posts whose turn it was")

    class Meta:
        ordering = ["reached_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["alert", "occasion", "rung"], name="one_escalation_per_rung"),
        ]

    def __str__(self):
        return f"{self.get_rung_display()}: {self.get_duty_display()}, {self.reached_on}"


class AlertDraft(models.Model):
    """An alert being written, as typed, kept for the person who writes it."""

    by = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="alert_draft")
    typed = models.JSONField(default=dict)
    at = models.DateTimeField()

    def __str__(self):
        return f"Draft of {self.by}"
