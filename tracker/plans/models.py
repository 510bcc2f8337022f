"""What is done about each recommendation: follow-ups, action plans, actions and updates."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from inspections.models import Inspection, Organisation, Recommendation
from tracker.people.models import Post
from tracker.people.scope import Scoped, organisations_of
from tracker.working_days import NO_DATE

from .rules import (
    ACTION_STATES,
    CONFIDENCE,
    DATE_CHANGE_STATES,
    FOLLOW_UP_STATES,
    JUDGEMENTS,
    OPEN_ACTION,
    OPEN_FOLLOW_UP,
    OUTCOMES,
    PLAN_STATES,
    RESPONSES,
    SCAN_STATES,
    TIES,
    follow_up_tag,
)

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
            return self.owner_person.known_as + ("" if self.owner_person.is_active else " (has left)")
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
    state = models.CharField(max_length=20, choices=list(PLAN_STATES.items()), default="draft")
    version = models.PositiveIntegerField(default=1)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True, help_text="signed off or sent back")
    comments = models.TextField(blank=True, help_text="of the level above, with its last decision")

    objects = ActionPlanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["inspection", "organisation"], name="one_plan_per_organisation_and_inspection"
            ),
            models.CheckConstraint(
                name="nobody_signs_off_their_own_plan",
                condition=~Q(state="signed_off")
                | Q(submitted_by__isnull=False, decided_by__isnull=False) & ~Q(decided_by=F("submitted_by")),
            ),
            models.CheckConstraint(
                name="a_submitted_plan_names_who", condition=~Q(state="submitted") | Q(submitted_by__isnull=False)
            ),
            models.CheckConstraint(
                name="a_plan_is_sent_back_with_comments", condition=~Q(state="sent_back") | ~Q(comments="")
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "due_by", "id"], name="plan_by_organisation"),
            models.Index(fields=["state", "due_by", "id"], name="plan_by_state"),
        ]

    def __str__(self):
        return f"Action plan of {self.organisation} for {self.inspection}"


class FollowUpQuerySet(Scoped):
    def in_scope_of(self, user):
        wide = organisations_of(user, "lead", "viewer")
        # Each arm is a list of ids and no join, so that the database can take each from its own index.
        seen = Q(addressee__in=wide) | Q(inspection__in=inspections_of(wide))
        answers = Action.follow_ups.through.objects
        people = user.acts_for
        named, held = (
            answers.filter(action__owner_person__in=people),
            answers.filter(action__owner_post__holder__in=people),
        )
        helped = answers.filter(action__in=Action.helped_by(user))
        mine = [Q(pk__in=rows.values("followup")) for rows in (named, held, helped)]
        return self.filter(seen | mine[0] | mine[1] | mine[2])

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
    risk_accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    risk_reason = models.TextField(blank=True)
    review_on = models.DateField(default=NO_DATE, help_text="when an accepted risk comes back by itself")
    superseded_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="supersedes")
    carried_to = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="carried_from",
        help_text="the same matter in a later inspection of the place",
    )  # fmt: skip
    alert = models.ForeignKey("tracker.AlertCase", models.PROTECT, null=True, blank=True, related_name="follow_ups")
    tie = models.CharField(max_length=10, choices=list(TIES.items()), default="none")

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
            models.CheckConstraint(
                name="not_implemented_is_not_agreed_or_risk_accepted",
                condition=~Q(state="not_implemented")
                | Q(response="not_agreed")
                | Q(risk_accepted_by__isnull=False, review_on__lt=NO_DATE) & ~Q(risk_reason=""),
            ),
            models.CheckConstraint(
                name="superseded_names_its_successor",
                condition=Q(state="superseded", superseded_by__isnull=False)
                | ~Q(state="superseded") & Q(superseded_by__isnull=True),
            ),
            models.CheckConstraint(
                name="nothing_follows_itself",
                condition=(Q(superseded_by__isnull=True) | ~Q(superseded_by=F("id")))
                & (Q(carried_to__isnull=True) | ~Q(carried_to=F("id"))),
            ),
            models.CheckConstraint(
                name="a_tie_names_its_alert",
                condition=Q(tie="none", alert__isnull=True) | ~Q(tie="none") & Q(alert__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["review_on"], name="follow_up_by_review", condition=Q(review_on__lt=NO_DATE)),
            models.Index(fields=["next_due", "id"], name="follow_up_by_date"),
            models.Index(fields=["addressee", "next_due", "id"], name="follow_up_by_addressee"),
            models.Index(fields=["inspection", "next_due", "id"], name="follow_up_by_inspection"),
            models.Index(fields=["state", "next_due", "id"], name="follow_up_by_state"),
            models.Index(fields=["owner_person", "next_due", "id"], name="follow_up_by_person"),
            # What the overview counts by: it reads these two and no row.
            models.Index(fields=["addressee", "state", "live", "response"], name="follow_up_standing"),
            models.Index(fields=["inspection"], name="follow_up_open", condition=Q(state__in=OPEN_FOLLOW_UP)),
        ]

    def __str__(self):
        return f"Recommendation {self.recommendation.number}, {self.inspection}"

    @property
    def tag(self) -> str:
        return follow_up_tag(self.state)


class ActionQuerySet(Scoped):
    def visible_to(self, user):
        """Of a restricted alert's actions everyone outside its circle sees only what they own or help with, also who
        else sees everything."""
        found = super().visible_to(user)
        if not user.is_authenticated or not user.is_active:
            return found
        hidden = self.model.alert.field.related_model.objects.hidden_from(user)
        theirs = self.model.owned_by(user) | Q(pk__in=self.model.helped_by(user))
        return found.filter(Q(alert=None) | ~Q(alert__in=hidden.order_by().values("pk")) | theirs)

    def kept_from(self, user):
        """The few that `visible_to` leaves out for somebody who sees everything else."""
        hidden = self.model.alert.field.related_model.objects.hidden_from(user)
        theirs = self.model.owned_by(user) | Q(pk__in=self.model.helped_by(user))
        return self.filter(alert__in=hidden.order_by().values("pk")).exclude(theirs)

    def in_scope_of(self, user):
        wide = organisations_of(user, "lead", "viewer")
        plans = ActionPlan.objects.filter(Q(organisation__in=wide) | Q(inspection__in=inspections_of(wide)))
        alerts = self.model.alert.field.related_model.objects.visible_to(user)
        seen = Q(plan__in=plans.values("pk")) | Q(alert__in=alerts.order_by().values("pk"))
        return self.filter(seen | self.model.owned_by(user) | Q(pk__in=self.model.helped_by(user)))

    def owned_by(self, user):
        return self.filter(self.model.owned_by(user))

    def open(self):
        return self.filter(state__in=OPEN_ACTION)


class Action(Owned):
    """One step of a plan: what, who, by when. It may answer several recommendations."""

    plan = models.ForeignKey(ActionPlan, models.PROTECT, null=True, blank=True, related_name="actions")
    alert = models.ForeignKey("tracker.AlertCase", models.PROTECT, null=True, blank=True, related_name="actions")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="actions")
    follow_ups = models.ManyToManyField(FollowUp, related_name="actions")
    helpers = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="helped_actions")
    waits_for_actions = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="holds_up")
    waits_for_follow_ups = models.ManyToManyField(FollowUp, blank=True, related_name="holds_up")
    concerns = models.ManyToManyField("tracker.Concern", blank=True, related_name="actions")
    position = models.PositiveIntegerField(default=0, help_text="order in its plan; equal ones by id")
    required = models.BooleanField(default=False, help_text="an alert cannot end before it is verified")
    published_status = models.CharField(max_length=60, blank=True, help_text="as a report printed it")
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
    # Days from which reminders count; both empty: from the day on which it was added.
    clock_from = models.DateField(null=True, blank=True, help_text="its clock was started, or it was opened again")
    heard_on = models.DateField(null=True, blank=True, help_text="its last update, or it was last sent back")
    form_key = models.UUIDField(null=True, unique=True, help_text="a double click is one deed")

    objects = ActionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="an_action_says_what", condition=~Q(what="")),
            models.CheckConstraint(name="an_action_has_one_owner", condition=Q(owner_post=None) | Q(owner_person=None)),
            models.CheckConstraint(
                name="an_action_belongs_to_a_plan_or_an_alert",
                condition=Q(plan__isnull=False) | Q(alert__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["due_by", "id"], name="action_by_date"),
            models.Index(fields=["organisation", "due_by", "id"], name="action_by_organisation"),
            models.Index(fields=["state", "due_by", "id"], include=["live", "organisation"], name="action_by_state"),
            models.Index(fields=["owner_person", "due_by", "id"], name="action_by_person"),
            models.Index(fields=["owner_post", "due_by", "id"], name="action_by_post"),
            # For counts of dates that moved, which read no row.
            models.Index(
                fields=["organisation"],
                name="action_dated",
                condition=Q(due_by__lt=NO_DATE, first_due_by__lt=NO_DATE),
            ),
            models.Index(
                fields=["organisation", "id"],
                include=["due_by", "first_due_by", "times_moved"],
                name="action_moved",
                condition=Q(times_moved__gt=0),
            ),
        ]

    def __str__(self):
        return self.what

    @staticmethod
    def owned_by(user) -> Q:
        """What ``user`` owns in person or by a post, and what those own for whom they stand in."""
        people = user.acts_for
        return Q(owner_person__in=people) | Q(owner_post__in=Post.objects.filter(holder__in=people).values("pk"))

    @classmethod
    def helped_by(cls, user):
        """Ids of the actions with which ``user`` helps, for a subquery."""
        return cls.helpers.through.objects.filter(user__in=user.acts_for).values("action")

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


class UpdateLink(models.Model):
    """A secret address at which one person outside posts updates on one action, and does nothing else. Of the token
    only the hash is here; the token itself stands in the mail that carries it."""

    action = models.ForeignKey(Action, models.PROTECT, related_name="update_links")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="update_links")
    token_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="when an update was posted by it")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="a_link_ends_after_it_begins", condition=Q(expires_at__gt=F("made_at"))),
            models.CheckConstraint(
                name="a_link_is_revoked_by_somebody",
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["action", "person"], name="update_link_by_action")]

    def __str__(self):
        return f"link of {self.person} for {self.action}"


class Claim(models.Model):
    """Somebody says that an action is done. It counts for nothing until it is verified."""

    action = models.ForeignKey(Action, models.PROTECT, related_name="claims")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="claims")
    at = models.DateTimeField()
    comment = models.TextField()
    cycle = models.PositiveSmallIntegerField(help_text="of the action")
    form_key = models.UUIDField(null=True, unique=True, help_text="a double click is one deed")

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(name="a_claim_says_why", condition=~Q(comment=""))]
        indexes = [models.Index(fields=["at", "id"], name="claim_by_age")]

    def __str__(self):
        return self.comment


class Verification(models.Model):
    """The Inspectorate's decision on a claim: verified, or sent back with a reason. Each claim is decided once."""

    claim = models.OneToOneField(Claim, models.PROTECT, related_name="verification")
    action = models.ForeignKey(Action, models.PROTECT, related_name="verifications")
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="verifications")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=list(OUTCOMES.items()))
    judgement = models.CharField(max_length=15, choices=list(JUDGEMENTS.items()))
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(name="nobody_verifies_their_own_work", condition=~Q(claimed_by=F("verified_by"))),
            models.CheckConstraint(name="sent_back_with_a_reason", condition=~Q(outcome="sent_back") | ~Q(reason="")),
        ]
        indexes = [models.Index(fields=["action", "at"], name="verification_by_action")]

    def __str__(self):
        return self.get_outcome_display()


class DateChange(models.Model):
    """Another date asked for an action, with its reason, and what was decided. The first date stays for ever."""

    action = models.ForeignKey(Action, models.PROTECT, related_name="date_changes")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="date_changes", help_text="copy of the action's, for counts"
    )
    old_due_by = models.DateField()
    old_wording = models.CharField(max_length=60, blank=True)
    new_due_by = models.DateField()
    new_wording = models.CharField(max_length=60, blank=True)
    new_precision = models.CharField(max_length=10, choices=PRECISIONS)
    reason = models.TextField()
    state = models.CharField(max_length=10, choices=list(DATE_CHANGE_STATES.items()), default="asked")
    at_once = models.BooleanField(default=False, help_text="agreed by the setting, not by a person")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="date_changes")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    comment = models.TextField(blank=True)
    form_key = models.UUIDField(null=True, unique=True, help_text="a double click is one deed")

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["action"], condition=Q(state="asked"), name="one_open_question_per_date"),
            models.CheckConstraint(name="a_date_change_says_why", condition=~Q(reason="")),
            models.CheckConstraint(name="a_date_really_changes", condition=~Q(old_due_by=F("new_due_by"))),
            models.CheckConstraint(
                name="nobody_agrees_to_their_own_date",
                condition=Q(state__in=["asked", "withdrawn"])
                | Q(at_once=True, state="agreed")
                | Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by")),
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state"], name="date_change_by_organisation"),
            models.Index(fields=["state", "asked_at", "id"], name="date_change_by_state"),
        ]

    def __str__(self):
        return f"{self.old_due_by} to {self.new_due_by}"


class Evidence(models.Model):
    """A file or a link that shows what was done. A later version names the one it replaces; nothing is deleted here:
    of a removed file the row and its hash stay, the bytes go."""

    action = models.ForeignKey(Action, models.PROTECT, related_name="evidence")
    claim = models.ForeignKey(Claim, models.PROTECT, null=True, blank=True, related_name="evidence")
    name = models.CharField(max_length=200, help_text="of the file as handed in, or what the link leads to")
    note = models.CharField(max_length=500, blank=True, help_text="What it shows")
    url = models.URLField(max_length=1000, blank=True)
    file = models.FileField(upload_to="evidence/%Y/%m/", blank=True)
    media_type = models.CharField(max_length=100, blank=True, help_text="told from the content")
    size = models.PositiveBigIntegerField(default=0, help_text="bytes")
    sha256 = models.CharField(max_length=64, blank=True)
    effective_on = models.DateField(null=True, blank=True, help_text="the day that it speaks of")
    number = models.PositiveSmallIntegerField(default=1, help_text="version")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    scan = models.CharField(max_length=12, choices=list(SCAN_STATES.items()), default="not_scanned")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="evidence")
    at = models.DateTimeField()
    removed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_because = models.TextField(blank=True)
    form_key = models.UUIDField(null=True, unique=True, help_text="a double click is one deed")

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="evidence_is_a_file_or_a_link",
                condition=Q(url="") & ~Q(sha256="") | ~Q(url="") & Q(sha256="", file=""),
            ),
            models.CheckConstraint(
                name="evidence_is_removed_by_somebody_for_a_reason",
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False) & ~Q(removed_because=""),
            ),
        ]
        indexes = [models.Index(fields=["action", "at"], name="evidence_by_action")]

    def __str__(self):
        return self.name


class BulkDeed(models.Model):
    """What became of a deed on many rows: an answer to whoever did it. What was done to each row is in the journal."""

    DEEDS = [("assign", "Owner chosen"), ("move", "Date moved"), ("note", "Note added")]
    KINDS = [("action", "Action"), ("followup", "Recommendation")]

    deed = models.CharField(max_length=10, choices=DEEDS)
    kind = models.CharField(max_length=10, choices=KINDS)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    said = models.TextField(blank=True, help_text="the new owner, date or note")
    done = models.JSONField(default=list, help_text="[id, how] of each row that it was done to")
    skipped = models.JSONField(default=list, help_text="[id, why] of each row that it was not done to")
    unseen = models.PositiveIntegerField(default=0, help_text="asked for, and not this person's to see")
    told = models.JSONField(default=list, help_text="names of those who are told")
    form_key = models.UUIDField(unique=True, help_text="a double click is one deed")

    def __str__(self):
        return f"{self.get_deed_display()}: {len(self.done)} done, {len(self.skipped)} skipped"
