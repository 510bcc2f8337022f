"""Questions to a list that somebody kept under a name, and what hangs on them: a start page, a weekly mail."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from inspections.models import Organisation

from .rules import LONGEST_NAME, LONGEST_QUESTION

LISTS = [
    ("recommendations", "Recommendations"),
    ("actions", "Actions"),
    ("alerts", "Alerts"),
    ("inspections", "Inspections"),
]


class SavedViewQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own, and those shared within an organisation where one has a role, or within a level above it. What a
        view shows is another matter: the rows of the reader's own scope."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(Q(owner=user) | self._shared_with(user))

    def _shared_with(self, user):
        places = {place for _, place, _ in user.access.roles if place is not None}
        own = Organisation.objects.filter(pk__in=places).order_by()
        return (
            Q(shared_with__in=places)
            | Q(shared_with__in=own.values("parent"))
            | Q(shared_with__in=own.values("parent__parent"))
        )


class SavedView(models.Model):
    """The filters and the order of a list. It holds no rows: each reader sees those of their own scope."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="saved_views")
    name = models.CharField(max_length=LONGEST_NAME)
    list = models.CharField(max_length=20, choices=LISTS)
    query = models.CharField(
        max_length=LONGEST_QUESTION, blank=True, help_text="as in the list's address, in the order of its filters"
    )
    shared_with = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    saved_at = models.DateTimeField()
    form_key = models.UUIDField(null=True, unique=True, help_text="a double click is one deed")

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = [Lower("name"), "pk"]
        constraints = [
            models.CheckConstraint(name="a_saved_view_has_a_name", condition=~Q(name="")),
            models.UniqueConstraint(F("owner"), Lower("name"), name="a_persons_views_differ_in_name"),
            models.UniqueConstraint(
                F("shared_with"), Lower("name"), condition=Q(shared_with__isnull=False),
                name="views_shared_in_one_place_differ_in_name",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.name


class Subscription(models.Model):
    """A weekly mail of what changed in a view, and what its reader last saw there, as ids of rows.

    A mail compares ``before`` with now; what it showed is kept as ``latest``, and becomes ``before`` when the mail of
    another week is written. So a mail that is written twice in its week says the same again.
    """

    view = models.ForeignKey(SavedView, models.CASCADE, related_name="subscriptions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="view_subscriptions")
    since = models.DateTimeField()
    week = models.CharField(max_length=20, blank=True, help_text="of the mail that was written last")
    before = models.JSONField(default=list)
    before_at = models.DateTimeField()
    latest = models.JSONField(default=list)
    latest_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["view", "person"], name="a_view_is_mailed_once")]

    def __str__(self):
        return f"{self.person}: {self.view}"
