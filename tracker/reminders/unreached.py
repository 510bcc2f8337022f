"""People whom no mail reaches, as far as it concerns one reader: told on Your work. Reads only."""

from dataclasses import dataclass

from django.db.models import Q

from tracker.people.models import Membership, Post, StoppedAddress, User, is_stopped
from tracker.plans.models import Action
from tracker.words import day
from tracker.working_days import london_day

SHOWN = 5


@dataclass(frozen=True)
class Unreached:
    """``link``: to the page of the person, for who may do something about it."""

    sentence: str
    link: str = ""


def unreached(user) -> list[Unreached]:
    """For administrators everybody; for a lead those of the places they lead, and who heads a place below; for
    everybody themselves. One query where all mail arrives, and three or four where it does not."""
    people = {person.pk: person for person in User.objects.filter(is_stopped(), is_active=True).order_by("pk")}
    if not people:
        return []
    stops = StoppedAddress.objects.filter(lifted_at=None, address__in=[p.email.lower() for p in people.values()])
    since = dict(stops.values_list("address", "since"))
    everybodys = user.access.is_administrator
    concerned = set(people) if everybodys else _led(user, people) | ({user.pk} & set(people))
    found = []
    for pk in sorted(concerned, key=lambda pk: pk != user.pk):
        person = people[pk]
        when = day(london_day(since[person.email.lower()]))
        if pk == user.pk:
            said = f"Mail to {person.email}, your address, does not arrive: nothing is sent there since {when}."
        else:
            said = f"Mail to {person.name} does not arrive: since {when} what is for them goes to the next above."
        found.append(Unreached(said, f"/people/{pk}/" if everybodys else ""))
    return found[:SHOWN]


def _led(user, people) -> set[int]:
    places = [place for role, place, _ in user.access.roles if role == "lead"]
    if not places:
        return set()
    members = Membership.objects.filter(user__in=people, organisation__in=places).values_list("user_id", flat=True)
    posts = Post.objects.filter(Q(organisation__in=places) | Q(organisation__parent__in=places, head=True))
    held = posts.filter(holder__in=people).values_list("holder_id", flat=True)
    found = set(members) | set(held)
    if outside := [pk for pk, person in people.items() if person.external]:
        found |= set(
            Action.objects.filter(organisation__in=places, owner_person__in=outside).values_list(
                "owner_person", flat=True
            )
        )
    return found
