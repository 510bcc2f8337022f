"""Every deed on people, posts and memberships. All are an administrator's."""

from django.db import IntegrityError, transaction

from inspections.models import Organisation
from tracker.journal.operations import record
from tracker.refusals import NotAllowed, Refusal

from .models import NATIONAL_ROLES, Membership, Post, Role, User


def require_administrator(by) -> None:
    """``by`` None is the command line, where whoever can type commands is trusted."""
    if by is not None and not by.access.is_administrator:
        raise NotAllowed("Only an administrator can do this.")


@transaction.atomic
def add_person(email, first_name, last_name, *, by, at, demonstration=False) -> User:
    """Add somebody who can then be given roles and posts. They choose a password by the reset link."""
    require_administrator(by)
    email = email.strip().lower()
    if User.objects.filter(email__iexact=email).exists():
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
def give_role(person, role, organisation=None, *, by, at, demonstration=False) -> Membership:
    """Give ``person`` a role; giving it again changes nothing."""
    require_administrator(by)
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
def add_post(organisation, title, role=Role.LEAD, *, head=False, vacant_since, by, at, demonstration=False) -> Post:
    """Add an office, vacant until somebody is put in it."""
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
    return post


@transaction.atomic
def hold_post(post, person, *, by, at, demonstration=False) -> Post:
    """Put ``person`` in the post, or leave it vacant from today (None). The work of the post stays with it."""
    require_administrator(by)
    if person is not None and not person.is_active:
        raise Refusal(f"{person.name}'s account is switched off, so they cannot hold a post.")
    if post.holder == person:
        return post
    before = {"holder": post.holder.name if post.holder else "vacant"}
    post.holder = person
    post.vacant_since = None if person else at.date()
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
