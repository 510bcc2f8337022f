"""People, the offices they hold, and what they may see."""

import datetime as dt
from functools import cached_property

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Lower

from inspections.models import Organisation

from .access import Access


class Role(models.TextChoices):
    VIEWER = "viewer", "Viewer"
    CONTRIBUTOR = "contributor", "Contributor"
    LEAD = "lead", "Lead"
    INSPECTOR = "inspector", "Inspector"
    ADMINISTRATOR = "administrator", "Administrator"


# Offices that the ladder of an alert climbs to beyond the heads of the place and of its region.
RUNG_POSTS = {
    "rung_area": "Area Executive Director",
    "rung_chief_officer": "Chief Probation Officer",
    "rung_chief_executive": "Chief executive of HMPPS",
}
NATIONAL_ROLES = [Role.INSPECTOR, Role.ADMINISTRATOR]


class UserManager(BaseUserManager):
    def get_by_natural_key(self, username):
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    email = models.EmailField("email address", unique=True)
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    is_active = models.BooleanField(default=True)
    added_at = models.DateTimeField()
    demonstration = models.BooleanField(default=False)
    external = models.BooleanField(default=False, help_text="named by address on an action; no account")
    works_for = models.CharField(max_length=200, blank=True, help_text="of somebody outside: the organisation")
    start_view = models.ForeignKey(
        "tracker.SavedView", models.SET_NULL, null=True, blank=True, related_name="starters",
        help_text="to which “/” leads, as long as they may see it; null: to Your work",
    )  # fmt: skip

    objects = UserManager()

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    class Meta:
        ordering = ["last_name", "first_name"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="an_address_belongs_to_one_person"),
            models.CheckConstraint(
                name="who_is_outside_works_for_somebody_else",
                condition=Q(external=False, works_for="") | Q(external=True) & ~Q(works_for=""),
            ),
            # What Django writes where there is no password that could ever be right.
            models.CheckConstraint(
                name="who_is_outside_has_no_password", condition=Q(external=False) | Q(password__startswith="!")
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    get_full_name = get_short_name = lambda self: self.name

    @property
    def known_as(self) -> str:
        """The name; of somebody outside also for whom they work: "Grace Obi, Crown Lodge Housing"."""
        return f"{self.name}, {self.works_for}" if self.external else self.name

    # The London day on which this copy of the person acts: set for each request. None: a command or the service itself
    # at work, for which nobody stands in.
    _acting_on = None

    @property
    def acting_on(self) -> dt.date | None:
        return self._acting_on

    @acting_on.setter
    def acting_on(self, day: dt.date | None):
        if day != self._acting_on:
            self._acting_on = day
            self._forget()

    def _forget(self):
        """What was read about this person is read anew."""
        for name in ("_rows", "_roles", "access"):
            self.__dict__.pop(name, None)

    def refresh_from_db(self, *args, **kwargs):
        super().refresh_from_db(*args, **kwargs)
        self._forget()

    @cached_property
    def _rows(self) -> list[tuple]:
        """All that is known of roles and cover, in one query kept for the life of this object (one request, one deed).

        (role, organisation id, level, name, short name, whose it is, until): of the roles of this person, and of those
        lent by whom they stand in for. Of cover itself a row without a role: first name, last name, person, last day.
        """
        if not (self.is_active and self.pk):
            return []
        nobody = {"until": Value(None, models.DateField())}
        place = ["role", "organisation_id", "organisation__level", "organisation__name", "organisation__short_name"]
        own = Membership.objects.filter(user=self).order_by().annotate(**nobody).values_list(*place, "user_id", "until")
        posts = Post.objects.order_by().annotate(**nobody)
        held = posts.values_list(*place, "holder_id", "until")
        over = ["role", "covers__id", "covers__level", "covers__name", "covers__short_name", "holder_id", "until"]
        covering = posts.filter(covers__isnull=False).values_list(*over)
        if self.acting_on is None:
            return list(own.union(held.filter(holder=self), covering.filter(holder=self), all=True))
        cover = Cover.objects.on(self.acting_on).filter(stand_in=self).order_by()
        empty = {"no_role": Value("", models.CharField()), "no_level": Value("", models.CharField())}
        absent = cover.annotate(**empty, no_place=Value(None, models.BigIntegerField())).values_list(
            "no_role", "no_place", "no_level", "person__first_name", "person__last_name", "person_id", "ends"
        )
        away = cover.values("person")
        # A national role is never lent.
        lent = Membership.objects.filter(user__in=away, organisation__isnull=False).order_by().annotate(**nobody)
        mine = Q(holder=self) | Q(holder__in=away)
        arms = [own, held.filter(mine), covering.filter(mine), lent.values_list(*place, "user_id", "until")]
        # Cover comes first: its columns have the types that the empty ones of the others take.
        return list(absent.union(*arms, all=True))

    @cached_property
    def _roles(self) -> list[tuple]:
        """The rows of `_rows` that are a role, this person's own before those lent, highest place first."""
        levels = ["hmpps", "region", "pdu"]
        return sorted(
            (row for row in self._rows if row[0]),
            key=lambda row: (row[5] != self.pk, levels.index(row[2]) if row[2] else 0, row[3] or ""),
        )

    @property
    def acts_for(self) -> list[int]:
        """Ids of this person and of those for whom they stand in on ``acting_on``. Not of those for whom these in turn
        stand in: cover is not passed on."""
        return [self.pk, *dict.fromkeys(row[5] for row in self._rows if not row[0])]

    @property
    def stands_in_for(self) -> list[tuple[str, dt.date]]:
        """For the header: (name, last day) of each person for whom this one stands in on ``acting_on``."""
        return sorted((f"{row[3]} {row[4]}".strip(), row[6]) for row in self._rows if not row[0])

    @cached_property
    def access(self) -> Access:
        """What this person is, where: their own roles, and for those days those of whom they stand in for."""
        return Access(frozenset(row[:3] for row in self._roles))

    @property
    def role_text(self) -> str:
        """For the header, their own: "Lead, HFKCW"."""
        own = next((row for row in self._roles if row[5] == self.pk), None)
        if own is None:
            return "No role yet"
        role, _, _, name, short_name, *_ = own
        return Role(role).label + (f", {short_name or name}" if name else "")

    # The admin asks for these two; reference data is an administrator's, and nobody else gets in.
    @property
    def is_staff(self) -> bool:
        return self.is_active and self.access.is_administrator

    is_superuser = False

    def has_perm(self, perm, obj=None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label) -> bool:
        return self.is_staff


class Membership(models.Model):
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=15, choices=Role)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="memberships")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "organisation"], name="a_role_is_given_once"),
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=Q(organisation__isnull=True),
                name="a_national_role_is_given_once",
            ),
            models.CheckConstraint(
                name="exactly_national_roles_have_no_organisation",
                condition=Q(role__in=NATIONAL_ROLES, organisation__isnull=True)
                | (~Q(role__in=NATIONAL_ROLES) & Q(organisation__isnull=False)),
            ),
        ]

    def __str__(self):
        return f"{self.user}: {self.get_role_display()}" + (f", {self.organisation}" if self.organisation else "")


class Post(models.Model):
    """An office of an organisation, held or vacant. Work belongs to the office, so it stays when people go."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts")
    title = models.CharField(max_length=100, help_text="Head of PDU, Regional Probation Director, ...")
    head = models.BooleanField(default=False, help_text="The office that answers for the organisation.")
    rung = models.CharField(
        max_length=30, choices=list(RUNG_POSTS.items()), blank=True,
        help_text="of the ladder of alerts, where it is not the head of the organisation or of its region",
    )  # fmt: skip
    role = models.CharField(max_length=15, choices=[(r.value, r.label) for r in Role if r not in NATIONAL_ROLES])
    covers = models.ManyToManyField(Organisation, blank=True, related_name="covering_posts")
    holder = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="posts")
    vacant_since = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["organisation__name", "-head", "title"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "title"], name="an_office_is_named_once"),
            models.UniqueConstraint(fields=["organisation"], condition=Q(head=True), name="one_head_per_organisation"),
            models.CheckConstraint(
                name="a_post_is_held_or_vacant_since_a_day",
                condition=Q(holder__isnull=False, vacant_since__isnull=True)
                | Q(holder__isnull=True, vacant_since__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.title}, {self.organisation}"


class CoverQuerySet(models.QuerySet):
    def on(self, day):
        """Those in force on ``day``. Somebody who has left is not away: nobody stands in for them."""
        return self.filter(starts__lte=day, ends__gte=day, ended_at__isnull=True, person__is_active=True)

    def from_day(self, day):
        """Those in force on ``day``, and those ahead of it."""
        return self.filter(ends__gte=day, ended_at__isnull=True, person__is_active=True)


class Cover(models.Model):
    """A person names a stand-in from one day to another: mail and rights follow for those days only."""

    person = models.ForeignKey(User, models.PROTECT, related_name="covers", help_text="who is away")
    stand_in = models.ForeignKey(User, models.PROTECT, related_name="stands_in")
    starts = models.DateField()
    ends = models.DateField(help_text="the last day")
    named_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    named_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="taken back before its last day")
    form_key = models.UUIDField(null=True, unique=True, help_text="a double click is one deed")

    objects = CoverQuerySet.as_manager()

    class Meta:
        ordering = ["-starts", "-pk"]
        constraints = [
            models.CheckConstraint(name="nobody_stands_in_for_themselves", condition=~Q(person=models.F("stand_in"))),
            models.CheckConstraint(name="cover_ends_after_it_starts", condition=Q(ends__gte=models.F("starts"))),
        ]
        indexes = [models.Index(fields=["stand_in", "ends"], name="cover_by_stand_in")]

    def __str__(self):
        return f"{self.stand_in} for {self.person}, {self.starts} to {self.ends}"


class StoppedAddress(models.Model):
    """An address that mail does not reach, for good: nothing is sent to it until that is lifted."""

    address = models.EmailField(help_text="in lower case")
    since = models.DateTimeField()
    why = models.CharField(max_length=300)
    mail = models.ForeignKey("tracker.Mail", models.SET_NULL, null=True, related_name="+", help_text="that failed")
    passed_on = models.BooleanField(default=False, help_text="others were told of what failed")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", help_text="null: by the command line"
    )

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["address"], condition=Q(lifted_at__isnull=True), name="an_address_is_stopped_once"
            )
        ]

    def __str__(self):
        return self.address


def is_stopped(email="email") -> Exists:
    """For a query: whether mail to the address in that column is stopped."""
    return Exists(StoppedAddress.objects.filter(address=Lower(OuterRef(email)), lifted_at=None))
