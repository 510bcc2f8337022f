"""Which recommendations say the same thing, and what people said about that."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from inspections.models import Recommendation


class RecurringGroup(models.Model):
    """Recommendations that say the same thing. Found by the service, so only what an address and a sort need is kept:
    who is in it is `Grouped`; how they stand is counted when somebody looks."""

    wording = models.TextField(help_text="the wording that most of them have, or the shortest")
    size = models.PositiveIntegerField(help_text="recommendations in it; 0: it is gone")
    places = models.PositiveIntegerField(help_text="organisations that were inspected when it was said")
    last_said = models.DateField(help_text="newest publication; 1900-01-01 where none is dated")
    found_at = models.DateTimeField()
    gone_to = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="came_from", help_text="where most of a gone group's went"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(name="one_alone_does_not_recur", condition=~Q(size=1)),
            models.CheckConstraint(name="only_what_is_gone_went_somewhere", condition=Q(gone_to=None) | Q(size=0)),
        ]
        indexes = [
            models.Index(fields=["places", "id"], name="recurring_by_places"),
            models.Index(fields=["last_said", "id"], name="recurring_by_day"),
        ]

    def __str__(self):
        return self.wording


class Grouped(models.Model):
    """A recommendation that recurs, in its one group. Those that say what no other says have no such row."""

    recommendation = models.OneToOneField(Recommendation, models.CASCADE, related_name="grouped")
    group = models.ForeignKey(RecurringGroup, models.CASCADE, related_name="members")

    def __str__(self):
        return f"{self.recommendation_id} in {self.group_id}"


class GroupingChoice(models.Model):
    """What a person said about a grouping: these are one, or these are not. It holds until it is taken back."""

    class Kind(models.TextChoices):
        JOIN = "join", "Joined"
        SPLIT = "split", "Split off"

    kind = models.CharField(max_length=5, choices=Kind)
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    form_key = models.UUIDField(null=True, unique=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.get_kind_display()} on {self.at:%Y-%m-%d}"


class ChoicePart(models.Model):
    """One recommendation that a choice is about. Of a split, ``apart``: it does not say what those without it say."""

    choice = models.ForeignKey(GroupingChoice, models.CASCADE, related_name="parts")
    recommendation = models.ForeignKey(Recommendation, models.CASCADE, related_name="grouping_parts")
    apart = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["choice", "recommendation"], name="a_choice_names_each_once"),
        ]

    def __str__(self):
        return f"{self.recommendation_id} of {self.choice_id}"


class GroupingState(models.Model):
    """The one row that says what the groups were found from; whoever changes groups holds it."""

    found_from = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(name="there_is_one_grouping_state", condition=Q(id=1))]

    def __str__(self):
        return self.found_from
