"""What is done about each recommendation: follow-ups, action plans, actions and updates."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from inspections.models import Inspection, Organisation, Recommendation
from tracker.people.models import Post
from tracker.people.scope import Scoped, organisations_of
from tracker.working_days import NO_DATE

from .rules import ACTION_STATES, CONFIDENCE, FOLLOW_UP_STATES, OPEN_ACTION, OPEN_FOLLOW_UP, RESPONSES, follow_up_tag

PRECISIONS = [(p, p.capitalize()) for p in ("day", "month", "quarter", "season", "ongoing", "none")]


class Owned(models.Model):
    """One accountable owner: a post (and so whoever holds it), or a person; or nobody yet."""

    owner_post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="%(class)ss")
    owner_person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="owned_%(class)ss"
    )

    class Meta:
        abstract = True

    @property
    def owner(self):
        """The person who answers for it now, only if their account is in use; None when vacant or gone."""
        person = self.owner_person or (self.owner_post.holder if self.owner_post else None)
        return person if person is not None and person.is_active else None

    @property
    def owner_words(self) -> str:
        """ "Ben Hall", "Head of PDU (Ben Hall)", "Head of PDU (vacant)" or "No owner"."""
        if self.owner_person:
            return self.owner_person.name + ("" if self.owner_person.is_active else " (has left)")
        if self.owner_post:
            holder = self.owner_post.holder
            return f"{self.owner_post.title} ({holder.name if holder else 'vacant'})"
        return "No owner"


def inspections_of(places):
    """Ids of the inspections of ``places``, for a subquery."""
    return Inspection.objects.filter(organisation__in=places).order_by().values("pk")


class ActionPlanQuerySet(Scoped):
    def in_scope_of(self, user):
        wide = organisations_of(user, "lead", "viewer")
        return self.filter(Q(organisation__in=wide) | Q(inspection__organisation__in=wide))


class ActionPlan(models.Model):
    """All follow-ups and actions of one organisation for one inspection."""

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="plans")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="plans")
    due_by = models.DateField(default=NO_DATE, help_text="9999-12-31: no clock")

    objects = ActionPlanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["inspection", "organisation"], name="one_plan_per_organisation_and_inspection"
            )
        ]

    def __str__(self):
        return f"Action plan of {self.organisation} for {self.inspection}"


class FollowUpQuerySet(Scoped):
    def in_scope_of(self, user):
        wide = organisations_of(user, "lead", "viewer")
        # Each arm is a list of ids and no join, so that the database can take each from its own index.
        seen = Q(addressee__in=wide) | Q(inspection__in=inspections_of(wide))
        answers = Action.follow_ups.through.objects
        named, held = answers.filter(action__owner_person=user), answers.filter(action__owner_post__holder=user)
        return self.filter(seen | Q(pk__in=named.values("followup")) | Q(pk__in=held.values("followup")))

    def open(self):
        return self.filter(state__in=OPEN_FOLLOW_UP)


class FollowUp(Owned):
    """The one tracker row of a recommendation, opened at intake.

    ``addressee`` and ``inspection`` are copies of the recommendation's, so that one index serves the list.
    """

    recommendation = models.OneToOneField(Recommendation, models.PROTECT, related_name="follow_up")
    plan = models.ForeignKey(ActionPlan, models.PROTECT, related_name="follow_ups")
    addressee = models.ForeignKey(Organisation, models.PROTECT, related_name="follow_ups")
    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="follow_ups")
    live = models.BooleanField(help_text="False: historic, no running clock and no notice until someone starts it")
    state = models.CharField(max_length=20, choices=list(FOLLOW_UP_STATES.items()), default="awaiting")
    response = models.CharField(max_length=20, choices=list(RESPONSES.items()), default="awaiting")
    response_text = models.TextField(blank=True, help_text="The response: how and by when.")
    part_agreed = models.TextField(blank=True)
    part_not_agreed = models.TextField(blank=True, help_text="and why")
    reason = models.TextField(blank=True, help_text="for not agreeing")
    approver = models.CharField(max_length=200, blank=True, help_text="of not agreeing")
    cycle = models.PositiveSmallIntegerField(default=1)
    version = models.PositiveIntegerField(default=1)
    # While the response is awaited and its clock runs, no later than the plan's date.
    next_due = models.DateField(default=NO_DATE, help_text="earliest due_by of its open actions")

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="an_open_follow_up_was_answered", condition=~Q(state="open") | ~Q(response="awaiting")
            ),
            models.CheckConstraint(
                name="not_agreed_has_reason_and_approver",
                condition=~Q(response="not_agreed") | (~Q(reason="") & ~Q(approver="")),
            ),
            models.CheckConstraint(
                name="partly_agreed_states_both_parts",
                condition=~Q(response="partly_agreed") | (~Q(part_agreed="") & ~Q(part_not_agreed="")),
            ),
            models.CheckConstraint(
                name="a_follow_up_has_one_owner", condition=Q(owner_post=None) | Q(owner_person=None)
            ),
        ]
        indexes = [
            models.Index(fields=["next_due", "id"], name="follow_up_by_date"),
            models.Index(fields=["addressee", "next_due", "id"], name="follow_up_by_addressee"),
            models.Index(fields=["inspection", "next_due", "id"], name="follow_up_by_inspection"),
            models.Index(fields=["state", "next_due", "id"], name="follow_up_by_state"),
            models.Index(fields=["owner_person", "next_due", "id"], name="follow_up_by_person"),
        ]

    def __str__(self):
        return f"Recommendation {self.recommendation.number}, {self.inspection}"

    @property
    def tag(self) -> str:
        return follow_up_tag(self.state)


class ActionQuerySet(Scoped):
    def in_scope_of(self, user):
        wide = organisations_of(user, "lead", "viewer")
        plans = ActionPlan.objects.filter(Q(organisation__in=wide) | Q(inspection__in=inspections_of(wide)))
        return self.filter(Q(plan__in=plans.values("pk")) | self.model.owned_by(user))

    def owned_by(self, user):
        return self.filter(self.model.owned_by(user))

    def open(self):
        return self.filter(state__in=OPEN_ACTION)


class Action(Owned):
    """One step of a plan: what, who, by when. It may answer several recommendations."""

    plan = models.ForeignKey(ActionPlan, models.PROTECT, related_name="actions")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="actions")
    follow_ups = models.ManyToManyField(FollowUp, related_name="actions")
    what = models.TextField()
    success_measure = models.TextField(blank=True)
    state = models.CharField(max_length=20, choices=list(ACTION_STATES.items()), default="not_started")
    target_wording = models.CharField(max_length=60, blank=True)
    target_precision = models.CharField(max_length=10, choices=PRECISIONS, default="none")
    due_by = models.DateField(default=NO_DATE, help_text="the last day of the period; 9999-12-31: no date")
    first_due_by = models.DateField(default=NO_DATE, help_text="as first set; stays for ever")
    times_moved = models.PositiveSmallIntegerField(default=0)
    live = models.BooleanField(help_text="False: historic, no running clock")
    cycle = models.PositiveSmallIntegerField(default=1)
    version = models.PositiveIntegerField(default=1)
    added_at = models.DateTimeField()
    form_key = models.UUIDField(null=True, unique=True, help_text="a double click is one deed")

    objects = ActionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="an_action_says_what", condition=~Q(what="")),
            models.CheckConstraint(name="an_action_has_one_owner", condition=Q(owner_post=None) | Q(owner_person=None)),
        ]
        indexes = [
            models.Index(fields=["due_by", "id"], name="action_by_date"),
            models.Index(fields=["organisation", "due_by", "id"], name="action_by_organisation"),
            models.Index(fields=["state", "due_by", "id"], name="action_by_state"),
            models.Index(fields=["owner_person", "due_by", "id"], name="action_by_person"),
            models.Index(fields=["owner_post", "due_by", "id"], name="action_by_post"),
        ]

    def __str__(self):
        return self.what

    @staticmethod
    def owned_by(user) -> Q:
        return Q(owner_person=user) | Q(owner_post__in=Post.objects.filter(holder=user).values("pk"))

    @property
    def has_date(self) -> bool:
        return self.due_by != NO_DATE

    @property
    def slip_days(self) -> int:
        """Days that the date has moved from the one first set; 0 when there is none."""
        return (self.due_by - self.first_due_by).days if NO_DATE not in (self.due_by, self.first_due_by) else 0


class Update(models.Model):
    """An append-only note on an action."""

    action = models.ForeignKey(Action, models.PROTECT, related_name="updates")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="updates")
    at = models.DateTimeField()
    done = models.TextField(help_text="What has been done?")
    confidence = models.CharField(max_length=10, choices=list(CONFIDENCE.items()))
    next_step = models.TextField(blank=True, help_text="What is next?")
    form_key = models.UUIDField(null=True, unique=True, help_text="a double click is one deed")

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(name="an_update_says_what_was_done", condition=~Q(done=""))]
        indexes = [models.Index(fields=["action", "at"], name="update_by_action")]

    def __str__(self):
        return self.done
