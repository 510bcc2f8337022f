"""Organisational alerts: what inspectors raised about a place, its concerns and what is required."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from inspections.models import Inspection, Organisation, PublishedAlert
from tracker.people.scope import Scoped, organisations_of

from .rules import ALERT_STATES, OPEN_ALERT


class AlertCaseQuerySet(Scoped):
    def visible_to(self, user):
        """What is open to be read by everyone in scope; a restricted alert by its circle only: the inspectors named
        on it, leads of the place and of each level above, and the owners of its actions."""
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
        places = {place for role, place, _ in user.access.roles if role == "lead" and place is not None}
        # HMPPS stands two levels above a PDU.
        leads = (
            Organisation.objects.filter(Q(pk__in=places) | Q(parent__in=places) | Q(parent__parent__in=places))
            .order_by()
            .values("pk")
        )
        actions = AlertCase.actions.rel.related_model.objects.owned_by(user)
        named = AlertCase.inspectors.through.objects.filter(user__in=user.acts_for)
        return (
            Q(organisation__in=leads)
            | Q(pk__in=named.values("alertcase"))
            | Q(pk__in=actions.filter(alert__isnull=False).order_by().values("alert"))
        )

    def open(self):
        return self.filter(state__in=OPEN_ALERT)


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

    objects = AlertCaseQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        indexes = [models.Index(fields=["organisation", "state"], name="alert_by_organisation")]

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
