"""The named people and places that every test's story is told with.

HMPPS has two regions; London has two PDUs, and the invented region of Northmoor one. Nobody here is real.
"""

import datetime as dt
from dataclasses import dataclass

from inspections.models import Inspection, Organisation, Recommendation
from tracker.people.models import Membership, Post, User
from tracker.plans.models import FollowUp

PASSWORD = "a-password-for-tests"
TODAY = dt.date(2026, 11, 20)  # a Friday
NOW = dt.datetime(2026, 11, 20, 9, 30, tzinfo=dt.UTC)


@dataclass
class Cast:
    hmpps: Organisation
    london: Organisation
    northmoor: Organisation
    hfkcw: Organisation
    lambeth: Organisation
    eastvale: Organisation  # a PDU of Northmoor
    amira: User  # Head of PDU, HFKCW; lead
    ben: User  # Head of PDU, Lambeth; lead
    rosa: User  # Regional Probation Director, London; lead
    niall: User  # Regional Probation Director, Northmoor; lead
    helen: User  # lead, HMPPS
    ivy: User  # inspector
    idris: User  # second inspector
    omar: User  # probation officer, contributor in HFKCW
    vera: User  # viewer, Lambeth
    ada: User  # administrator
    head_of_hfkcw: Post
    head_of_lambeth: Post
    director_of_london: Post
    spo_of_hfkcw: Post  # Senior Probation Officer, vacant

    def person(self, name: str) -> User:
        """A fresh copy, as a new request would load it."""
        return User.objects.get(pk=getattr(self, name).pk)


def place(level, name, parent=None, short_name="", slug=None):
    slug = slug or (short_name or name).lower().replace(",", "").replace(" ", "-")
    return Organisation.objects.create(level=level, name=name, parent=parent, short_name=short_name, slug=slug)


def person(first_name, last_name, role=None, organisation=None) -> User:
    user = User(
        email=f"{first_name}.{last_name}@probation.example".lower(),
        first_name=first_name,
        last_name=last_name,
        added_at=NOW,
    )
    user.set_password(PASSWORD)
    user.save()
    if role:
        Membership.objects.create(user=user, role=role, organisation=organisation)
    return user


def post(organisation, title, holder=None, *, head=False, role="lead") -> Post:
    return Post.objects.create(
        organisation=organisation,
        title=title,
        holder=holder,
        head=head,
        role=role,
        vacant_since=None if holder else TODAY,
    )


def assemble() -> Cast:
    """Put everyone in their place."""
    hmpps = place("hmpps", "HM Prison and Probation Service", short_name="HMPPS")
    london = place("region", "London", hmpps)
    northmoor = place("region", "Northmoor", hmpps)
    hfkcw = place("pdu", "Hammersmith, Fulham, Kensington, Chelsea and Westminster", london, "HFKCW")
    lambeth = place("pdu", "Lambeth", london)
    eastvale = place("pdu", "Eastvale", northmoor)
    amira = person("Amira", "Khan", "lead", hfkcw)
    ben = person("Ben", "Hall", "lead", lambeth)
    rosa = person("Rosa", "Diaz", "lead", london)
    niall = person("Niall", "Byrne", "lead", northmoor)
    helen = person("Helen", "Marsh", "lead", hmpps)
    ivy = person("Ivy", "Clarke", "inspector")
    idris = person("Idris", "Cole", "inspector")
    omar = person("Omar", "Farah", "contributor", hfkcw)
    vera = person("Vera", "Lund", "viewer", lambeth)
    ada = person("Ada", "Frost", "administrator")
    return Cast(
        hmpps, london, northmoor, hfkcw, lambeth, eastvale,
        amira, ben, rosa, niall, helen, ivy, idris, omar, vera, ada,
        head_of_hfkcw=post(hfkcw, "Head of PDU", amira, head=True),
        head_of_lambeth=post(lambeth, "Head of PDU", ben, head=True),
        director_of_london=post(london, "Regional Probation Director", rosa, head=True),
        spo_of_hfkcw=post(hfkcw, "Senior Probation Officer", role="contributor"),
    )  # fmt: skip


def inspection(
    organisation,
    addressees,
    *,
    published=dt.date(2026, 10, 1),
    live=True,
    by=None,
    at=NOW,
    fieldwork=dt.date(2026, 8, 1),
    slug="",
) -> Inspection:
    """A small published report on ``organisation`` with follow-ups opened.

    ``addressees``: (organisation, number of recommendations) pairs, in report order.
    """
    from tracker.plans.opening import open_follow_ups

    report = Inspection.objects.create(
        organisation=organisation,
        slug=slug or organisation.slug,
        title=f"An inspection of probation services in: {organisation.full_name}",
        published=published,
        fieldwork_month=fieldwork,
        overall_rating="Inadequate",
        score_points=3,
        score_out_of=27,
    )
    number = 0
    for group, (addressee, count) in enumerate(addressees, start=1):
        for _ in range(count):
            number += 1
            Recommendation.objects.create(
                inspection=report,
                group=group,
                number=number,
                level=addressee.level,
                addressee_as_printed=addressee.full_name,
                addressee=addressee,
                wording=f"improve matter {number} in {addressee}",
            )
    open_follow_ups(report, live=live, by=by, at=at)
    return report


def follow_up(report, number) -> FollowUp:
    return FollowUp.objects.select_related(
        "recommendation", "addressee__parent__parent", "inspection__organisation", "owner_post__holder", "owner_person"
    ).get(inspection=report, recommendation__number=number)
