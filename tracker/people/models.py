"""People, the offices they hold, and what they may see."""

from functools import cached_property

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from inspections.models import Organisation

from .access import Access


class Role(models.TextChoices):
    VIEWER = "viewer", "Viewer"
    CONTRIBUTOR = "contributor", "Contributor"
    LEAD = "lead", "Lead"
    INSPECTOR = "inspector", "Inspector"
    ADMINISTRATOR = "administrator", "Administrator"


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

    objects = UserManager()

    acting_on = None  # the London day on which this copy of the person acts; set for each request and mail

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    class Meta:
        ordering = ["last_name", "first_name"]
        constraints = [models.UniqueConstraint(Lower("email"), name="an_address_belongs_to_one_person")]

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    get_full_name = get_short_name = lambda self: self.name

    @cached_property
    def acts_for(self) -> list[int]:
        """Ids of this person and of those for whom they stand in on ``acting_on``. No query when nobody ever named
        a day: a person who acts on no day stands in for nobody."""
        if self.acting_on is None or not self.is_active:
            return [self.pk]
        absent = Cover.objects.on(self.acting_on).filter(stand_in=self).order_by().values_list("person", flat=True)
        return [self.pk, *absent]

    @cached_property
    def _roles(self) -> list[tuple]:
        """(role, organisation id, level, name, short name) of memberships and posts held, highest place first."""
        if not (self.is_active and self.pk):
            return []
        place = ["role", "organisation_id"] + [f"organisation__{f}" for f in ("level", "name", "short_name")]
        held = Post.objects.filter(holder__in=self.acts_for).order_by().values_list(*place)
        covered = Post.objects.filter(holder__in=self.acts_for, covers__isnull=False).order_by()
        covered = covered.values_list("role", *[f"covers__{f}" for f in ("id", "level", "name", "short_name")])
        own = Membership.objects.filter(user=self).order_by().values_list(*place)
        # A stand-in has the absent person's roles of a place; a national role is never lent.
        lent = Membership.objects.filter(user__in=self.acts_for[1:], organisation__isnull=False).order_by()
        rows = own.union(held, covered, lent.values_list(*place)) if self.acts_for[1:] else own.union(held, covered)
        return sorted(rows, key=lambda row: (["hmpps", "region", "pdu"].index(row[2]) if row[2] else 0, row[3] or ""))

    @cached_property
    def access(self) -> Access:
        """What this person is, where: one query, kept for the life of this object (one request, one deed)."""
        return Access(frozenset(row[:3] for row in self._roles))

    @property
    def role_text(self) -> str:
        """For the header: "Lead, HFKCW"."""
        if not self._roles:
            return "No role yet"
        role, _, _, name, short_name = self._roles[0]
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
        """Those in force on ``day``."""
        return self.filter(starts__lte=day, ends__gte=day, ended_at__isnull=True)


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
