"""Whom a step puts work on. They are told once; the mail asks `reminders.rules.STEPS` again whom, and whether it still
is so."""

from tracker.journal.operations import notify
from tracker.people.models import Cover, Membership, Post, Role, User
from tracker.working_days import london_day


def tell(kind, subject, recipients, occasion, *, by, at) -> list[User]:
    """Decide that each of ``recipients``, or whoever stands in for them today, is told of a step.

    Never the doer ``by``, nobody twice, nobody switched off, and nothing about what is historic. ``occasion``: names
    this time that the step was taken. Gives those who will be told, for the page to say so.
    """
    if not _is_live(subject):
        return []
    told = readers(recipients, by=by, at=at)
    for person in told:
        notify(person, kind, subject, occasion, at=at)
    return told


def readers(recipients, *, by, at) -> list[User]:
    """Who of ``recipients`` is to read it, or whoever stands in for them today; never ``by``."""
    wanted = {person.pk: person for person in recipients if person is not None}
    covers = Cover.objects.on(london_day(at)).filter(person__in=wanted).select_related("stand_in") if wanted else ()
    stands_in = {cover.person_id: cover.stand_in for cover in covers}
    told = {}
    for person in wanted.values():
        if person.is_active and (by is None or person.pk != by.pk):
            # A stand-in who has left cannot be told; the mail then finds the line above.
            reader = stands_in.get(person.pk)
            reader = reader if reader is not None and reader.is_active else person
            told[reader.pk] = reader
    return [person for person in told.values() if by is None or person.pk != by.pk]


def _is_live(subject) -> bool:
    """Whether a clock runs for it: its own, its action's, or that of one of a plan's recommendations."""
    if hasattr(subject, "live"):
        return subject.live
    if hasattr(subject, "action"):
        return subject.action.live
    return subject.follow_ups.filter(live=True).exists()


def heads_above(organisation, not_person=None) -> list[User]:
    """The head, else the leads, of the nearest level above at which somebody is in use.

    Nothing is above HMPPS: there its other leads are. ``not_person``: who asks, and so does not decide.
    """
    if organisation.parent_id is None:
        found = _answering([organisation.pk], not_person)
        return list({person.pk: person for people in found for person in people}.values())
    return next(iter(_answering(organisation.line[1:], not_person)), [])


def leads_of(organisation) -> list[User]:
    """The head of a place, else its leads."""
    return next(iter(_answering([organisation.pk])), [])


def _answering(line, not_person=None) -> list[list[User]]:
    """For each place of ``line`` its head, then its leads: those in use, nobody who is ``not_person``. Two queries."""
    posts = Post.objects.filter(organisation__in=line, holder__is_active=True).select_related("holder").order_by("pk")
    members = Membership.objects.filter(organisation__in=line, role=Role.LEAD, user__is_active=True)
    members = members.select_related("user").order_by("pk")
    heads, leads = {place: [] for place in line}, {place: [] for place in line}
    for post in posts:
        if post.head:
            heads[post.organisation_id].append(post.holder)
        if post.role == Role.LEAD:
            leads[post.organisation_id].append(post.holder)
    for member in members:
        leads[member.organisation_id].append(member.user)
    found = []
    for place in line:
        for people in (heads[place], leads[place]):
            people = {p.pk: p for p in people if not_person is None or p.pk != not_person.pk}
            if people:
                found.append(list(people.values()))
    return found


def inspectors_for(action) -> list[User]:
    """The inspectors who decided on this action before; the queue reaches the others (docs/decisions/0005)."""
    decided = action.verifications.order_by().values("verified_by")
    return list(
        User.objects.filter(pk__in=decided, is_active=True, memberships__role=Role.INSPECTOR).distinct().order_by("pk")
    )
