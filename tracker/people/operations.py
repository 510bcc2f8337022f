"""Every deed on people, posts and memberships, all an administrator's; and on cover, which people name themselves."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from inspections.models import Organisation
from tracker.journal.operations import notify, record
from tracker.refusals import NotAllowed, Refusal
from tracker.words import day
from tracker.working_days import london_day

from .models import NATIONAL_ROLES, RUNG_POSTS, Cover, Membership, Post, Role, StoppedAddress, User


def require_administrator(by) -> None:
    """``by`` None is the command line, where whoever can type commands is trusted."""
    if by is not None and not by.access.is_administrator:
        raise NotAllowed("Only an administrator can do this.")


@transaction.atomic
def add_person(email, first_name, last_name, *, by, at, demonstration=False) -> User:
    """Add somebody who can then be given roles and posts. They choose a password by the reset link."""
    require_administrator(by)
    email = email.strip().lower()
    if earlier := User.objects.filter(email__iexact=email).first():
        if earlier.external:
            raise Refusal(f"{email} is known as somebody outside. Open that person's page to give them an account.")
        raise Refusal(f"{email} is already here. Open that person's page to change their roles.")
    person = User(
        email=email, first_name=first_name.strip(), last_name=last_name.strip(), added_at=at,
        demonstration=demonstration,
    )  # fmt: skip
    person.set_unusable_password()
    person.save()
    record(
        "person_added", person, by=by, at=at, after={"email": email, "name": person.name},
        demonstration=demonstration,
    )  # fmt: skip
    return person


@transaction.atomic
def change_person(person, first_name, last_name, *, by, at) -> User:
    require_administrator(by)
    before = {"name": person.name}
    person.first_name, person.last_name = first_name.strip(), last_name.strip()
    person.save(update_fields=["first_name", "last_name"])
    record("person_changed", person, by=by, at=at, before=before, after={"name": person.name})
    return person


@transaction.atomic
def switch_off(person, *, by, at) -> User:
    """A leaver: signs in no more, and every post they held is vacant from today, so their work shows as unowned."""
    require_administrator(by)
    if by is not None and by.pk == person.pk:
        raise Refusal("You cannot switch off your own account. Ask another administrator.")
    if not User.objects.filter(pk=person.pk, is_active=True).update(is_active=False):
        raise Refusal(f"{person.name}'s account is already switched off.")
    for post in Post.objects.filter(holder=person):
        hold_post(post, None, by=by, at=at)
    record("person_switched_off", person, by=by, at=at, after={"email": person.email})
    person.refresh_from_db()
    return person


@transaction.atomic
def switch_on(person, *, by, at) -> User:
    require_administrator(by)
    if not User.objects.filter(pk=person.pk, is_active=False).update(is_active=True):
        raise Refusal(f"{person.name}'s account is already in use.")
    record("person_switched_on", person, by=by, at=at, after={"email": person.email})
    person.refresh_from_db()
    return person


@transaction.atomic
def give_account(person, *, by, at) -> User:
    """Somebody outside who comes to work here: from now on a person as any other, with roles to be given. The links in
    their mails stop working; they choose a password by the reset link."""
    require_administrator(by)
    before = {"works_for": person.works_for}
    if not User.objects.filter(pk=person.pk, external=True).update(external=False, works_for=""):
        raise Refusal(f"{person.name} has an account already.")
    record("account_given", person, by=by, at=at, before=before, after={"email": person.email})
    person.refresh_from_db()
    return person


def _not_outside(person) -> None:
    if person.external:
        raise Refusal(f"{person.name} is somebody outside, without an account. Give them an account first.")


@transaction.atomic
def stop_address(address, why, *, mail=None, at) -> StoppedAddress:
    """Send nothing more to an address that failed for good; stopping it again changes nothing. The service's own
    deed: what waits for whoever has that address passes to the next above."""
    address = address.lower()
    stopped, created = StoppedAddress.objects.get_or_create(
        address=address, lifted_at=None, defaults={"since": at, "why": why[:300], "mail": mail}
    )
    if not created:  # what this mail said has to be passed on, too
        StoppedAddress.objects.filter(pk=stopped.pk).update(passed_on=False)
    person = User.objects.filter(email__iexact=address).first()
    if created and person:
        record("address_stopped", person, by=None, at=at, after={"email": address, "why": why[:300]})
    return stopped


@transaction.atomic
def lift_stop(person, *, by, at) -> User:
    """Mail goes to this person's address again."""
    require_administrator(by)
    stops = StoppedAddress.objects.filter(address=person.email.lower(), lifted_at=None)
    if not stops.update(lifted_at=at, lifted_by=by):
        raise Refusal(f"Mail to {person.email} is not stopped.")
    record("stop_lifted", person, by=by, at=at, after={"email": person.email})
    return person


@transaction.atomic
def give_role(person, role, organisation=None, *, by, at, demonstration=False) -> Membership:
    """Give ``person`` a role; giving it again changes nothing."""
    require_administrator(by)
    _not_outside(person)
    if (role in NATIONAL_ROLES) != (organisation is None):
        raise Refusal(
            "Inspectors and administrators work nationally: leave the organisation empty."
            if organisation
            else f"Choose the organisation in which {person.name} is {Role(role).label.lower()}."
        )
    membership, created = Membership.objects.get_or_create(user=person, role=role, organisation=organisation)
    if created:
        record(
            "role_given", person, by=by, at=at, organisation=organisation,
            after={"role": Role(role).label, "organisation": str(organisation or "")}, demonstration=demonstration,
        )  # fmt: skip
    return membership


@transaction.atomic
def take_role(membership, *, by, at) -> None:
    require_administrator(by)
    if by is not None and membership.user_id == by.pk and membership.role == Role.ADMINISTRATOR:
        raise Refusal("You cannot take your own administrator role. Ask another administrator.")
    person, organisation, role = membership.user, membership.organisation, membership.get_role_display()
    membership.delete()
    record(
        "role_taken", person, by=by, at=at, organisation=organisation,
        before={"role": role, "organisation": str(organisation or "")},
    )  # fmt: skip


@transaction.atomic
def add_post(
    organisation, title, role=Role.LEAD, *, head=False, rung="", covers=(), vacant_since, by, at, demonstration=False
) -> Post:
    """Add an office, vacant until somebody is put in it. ``rung``, ``covers``: see `place_on_ladder`."""
    require_administrator(by)
    try:
        with transaction.atomic():
            post = Post.objects.create(
                organisation=organisation,
                title=title.strip(),
                role=role,
                head=head,
                vacant_since=vacant_since,
            )
    except IntegrityError:
        raise Refusal(
            f"{organisation} already has a post called {title.strip()}, or a head. Change that one instead."
        ) from None
    record(
        "post_added", post, by=by, at=at, organisation=organisation, after={"title": post.title},
        demonstration=demonstration,
    )  # fmt: skip
    if rung or covers:
        place_on_ladder(post, rung, covers, by=by, at=at, demonstration=demonstration)
    return post


@transaction.atomic
def place_on_ladder(post, rung, covers=(), *, by, at, demonstration=False) -> Post:
    """Say which rung of the ladder of alerts the post is: a key of `RUNG_POSTS`, "" for none. ``covers``: the regions
    of an Area Executive Director, who then has the post's role there too."""
    require_administrator(by)
    covers = sorted(covers, key=lambda place: place.name)
    # One after another: two posts are not put on the same rung at once.
    list(Post.objects.select_for_update(of=("self",)).filter(Q(pk=post.pk) | ~Q(rung="")).order_by("pk").values("pk"))
    if sentence := _why_not_on_ladder(post, rung, covers):
        raise Refusal(sentence)
    before = _on_ladder(post.rung, sorted(post.covers.all(), key=lambda place: place.name))
    after = _on_ladder(rung, covers)
    if before == after:
        return post
    post.rung = rung
    post.save(update_fields=["rung"])
    post.covers.set(covers)
    record(
        "post_on_ladder", post, by=by, at=at, organisation=post.organisation, before=before, after=after,
        demonstration=demonstration,
    )  # fmt: skip
    return post


def _on_ladder(rung, covers) -> dict:
    return {
        "rung": RUNG_POSTS.get(rung, "none"), "covers": ", ".join(str(place) for place in covers) or "no region",
    }  # fmt: skip


def _why_not_on_ladder(post, rung, covers) -> str | None:
    if rung and rung not in RUNG_POSTS:
        return "Choose a rung of the ladder."
    level = post.organisation.level
    if covers and (rung != "rung_area" or level != "hmpps"):
        return "Only an Area Executive Director of HMPPS covers regions."
    if any(place.level != "region" for place in covers):
        return "Only regions are covered."
    if rung == "rung_area" and level == "pdu":
        return "An Area Executive Director is a post of HMPPS, or of a region."
    if rung == "rung_area" and level == "hmpps" and not covers:
        return "Choose the regions that this Area Executive Director covers."
    if rung in ("rung_chief_officer", "rung_chief_executive") and level != "hmpps":
        return f"The {RUNG_POSTS[rung]} is a post of HMPPS."
    others = Post.objects.filter(rung=rung).exclude(pk=post.pk) if rung else Post.objects.none()
    if rung == "rung_area":
        regions = [place.pk for place in covers] or [post.organisation_id]
        others = others.filter(Q(covers__in=regions) | Q(organisation__in=regions))
    if other := others.select_related("organisation").first():
        return f"{other} is on this rung already. Take it off first."
    return None


@transaction.atomic
def hold_post(post, person, *, by, at, demonstration=False) -> Post:
    """Put ``person`` in the post, or leave it vacant from today (None). The work of the post stays with it."""
    require_administrator(by)
    if person is not None and not person.is_active:
        raise Refusal(f"{person.name}'s account is switched off, so they cannot hold a post.")
    if person is not None:
        _not_outside(person)
    if post.holder == person:
        return post
    before = {"holder": post.holder.name if post.holder else "vacant"}
    post.holder = person
    post.vacant_since = None if person else london_day(at)
    post.save(update_fields=["holder", "vacant_since"])
    record(
        "post_held", post, by=by, at=at, organisation=post.organisation, before=before,
        after={"holder": person.name if person else "vacant"}, demonstration=demonstration,
    )  # fmt: skip
    return post


def head_of(organisation: Organisation) -> Post | None:
    """The office that answers for a place, if it has one."""
    return Post.objects.filter(organisation=organisation, head=True).select_related("holder").first()


@transaction.atomic
def invite(email, first_name, last_name, role, organisation=None, *, by, at) -> User:
    """Add a person with their first role. The page then mails them the link to choose a password."""
    person = add_person(email, first_name, last_name, by=by, at=at)
    give_role(person, role, organisation, by=by, at=at)
    return person


@transaction.atomic
def create_administrator(email, first_name, last_name, password, *, at) -> User:
    """The first administrator, from the command line; they add everyone else."""
    person = add_person(email, first_name, last_name, by=None, at=at)
    person.set_password(password)
    person.save(update_fields=["password"])
    give_role(person, Role.ADMINISTRATOR, by=None, at=at)
    return person


# --- Cover ---------------------------------------------------------------------------------------------------

LONGEST_COVER = dt.timedelta(days=366)


def places_of(person) -> set[int]:
    """Ids of the organisations in which a person has a role or a post of their own. Two queries."""
    places = Membership.objects.filter(user=person, organisation__isnull=False).order_by()
    held = Post.objects.filter(holder=person).order_by().values_list("organisation_id", "covers")
    return {*places.values_list("organisation_id", flat=True), *(pk for row in held for pk in row)} - {None}


def stand_ins_for(person):
    """Who could stand in for ``person``: people in use of the same organisations, of every level above, of the next
    below; of a national role those who have it too. Inspectors and others never for each other: whoever checks work
    does not also answer for it."""
    places = places_of(person)
    parents = dict(Organisation.objects.filter(level__in=["pdu", "region"]).values_list("pk", "parent_id"))
    near = places | {pk for pk, parent in parents.items() if parent in places}
    for place in places:
        while place := parents.get(place):
            near.add(place)
    national = set(
        Membership.objects.filter(user=person, organisation__isnull=True).order_by().values_list("role", flat=True)
    )
    members = Membership.objects.filter(user=OuterRef("pk"))
    posts = Post.objects.filter(Q(organisation__in=near) | Q(covers__in=near), holder=OuterRef("pk"))
    is_inspector = Exists(members.filter(role=Role.INSPECTOR))
    others = User.objects.filter(is_active=True).exclude(pk=person.pk)
    if Role.INSPECTOR in national:
        return others.filter(is_inspector)
    return others.filter(
        Exists(members.filter(Q(organisation__in=near) | Q(role__in=national))) | Exists(posts), ~is_inspector
    )


def require_own_cover(person, by) -> None:
    """Oneself, or an administrator for anybody."""
    if by.pk != person.pk and not by.access.is_administrator:
        raise NotAllowed("You can name who stands in for yourself only. An administrator can do it for somebody else.")


@transaction.atomic
def name_stand_in(person, stand_in, starts, ends, *, key=None, by, at) -> Cover:
    """Say who stands in for ``person`` from ``starts`` to ``ends``, both days included.

    ``key``: the form's random key; the same key gives the same cover.
    """
    require_own_cover(person, by)
    if key and (earlier := Cover.objects.filter(form_key=key, person=person).first()):
        return earlier
    # One after another for each person, so that two forms at once cannot name two for the same day.
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if sentence := _why_no_cover(person, stand_in, starts, ends, london_day(at)):
        raise Refusal(sentence)
    cover = Cover.objects.create(
        person=person, stand_in=stand_in, starts=starts, ends=ends, named_by=by, named_at=at, form_key=key
    )
    record("cover_named", person, by=by, at=at, organisation=first_place(person), after=_cover_words(cover))
    if stand_in.pk != by.pk:
        notify(stand_in, "cover_named", cover, "named", at=at)
    return cover


def _why_no_cover(person, stand_in, starts, ends, today) -> str | None:
    if not person.is_active:
        return f"{person.name}'s account is switched off. Give their work to somebody else."
    if stand_in.pk == person.pk:
        return "Nobody stands in for themselves. Choose somebody else."
    if not stand_in.is_active:
        return f"{stand_in.name}'s account is switched off, so they cannot stand in for anybody."
    if not (stand_in.memberships.exists() or stand_in.posts.exists()):
        return f"{stand_in.name} has no role in this service, so they cannot stand in for anybody."
    if not stand_ins_for(person).filter(pk=stand_in.pk).exists():
        inspectors = set(
            Membership.objects.filter(user__in=[person, stand_in], role=Role.INSPECTOR).values_list("user", flat=True)
        )
        if len(inspectors) == 1:
            return "Only an inspector stands in for an inspector, and an inspector stands in for nobody else."
        return (
            f"{stand_in.name} is not of the same organisation as {person.name}, nor of a level above or the next below."
        )
    if ends < starts:
        return "The last day is before the first."
    if ends < today:
        return "These days are past. Choose a last day that is today or later."
    if ends - starts > LONGEST_COVER:
        return "Somebody stands in for a year at most. Give the post to another holder instead."
    overlapping = Cover.objects.from_day(starts).filter(person=person, starts__lte=ends).select_related("stand_in")
    if other := overlapping.first():
        return (
            f"{other.stand_in.name} stands in from {day(other.starts)} to {day(other.ends)} already. "
            "End that first, or choose other days."
        )
    away = Cover.objects.from_day(starts).filter(person=stand_in, starts__lte=ends).first()
    if away:
        return (
            f"{stand_in.name} is away from {day(away.starts)} to {day(away.ends)}, and cover is not passed on. "
            "Choose somebody else, or other days."
        )
    return None


@transaction.atomic
def end_cover(cover, *, by, at) -> Cover:
    """Take cover back before its last day: from now on mail and rights are the person's own again."""
    require_own_cover(cover.person, by)
    if cover.ends < london_day(at) and cover.ended_at is None:
        raise Refusal(f"It ended by itself on {day(cover.ends)}.")
    if Cover.objects.filter(pk=cover.pk, ended_at__isnull=True).update(ended_at=at):
        place = first_place(cover.person)
        record("cover_ended", cover.person, by=by, at=at, organisation=place, before=_cover_words(cover))
    cover.refresh_from_db()
    return cover


def first_place(person) -> Organisation | None:
    """The highest of the organisations in which a person has a role or a post; None for somebody who works
    nationally."""
    found = Organisation.objects.filter(pk__in=places_of(person))
    return min(found, key=lambda place: (["hmpps", "region", "pdu"].index(place.level), place.name), default=None)


def _cover_words(cover) -> dict:
    return {"stand_in": cover.stand_in.name, "from": cover.starts.isoformat(), "to": cover.ends.isoformat()}
