"""The secret address of a person's calendar: made, renewed and taken back by that person alone."""

import secrets

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.urls import reverse

from tracker.journal.operations import record
from tracker.refusals import NotAllowed, Refusal

from .models import CalendarFeed

# The address is the name with a signature: the table alone gives nobody an address, and its owner can read it again on
# any day, for another telephone or computer.
_signer = Signer(salt="tracker.exports.calendar", sep=".")


def feed_of(person) -> CalendarFeed | None:
    return CalendarFeed.objects.filter(person=person, ended_at=None).first()


def address_of(feed) -> str:
    """In full."""
    return settings.BASE_URL + reverse("calendar_feed", args=[_signer.sign(feed.name)])


def opened(secret: str) -> CalendarFeed | None:
    """The feed at this address, while it is in use and the account of its owner too. No query for a forged one."""
    try:
        name = _signer.unsign(secret)
    except BadSignature:
        return None
    found = CalendarFeed.objects.filter(name=name, ended_at=None, person__is_active=True, person__external=False)
    return found.select_related("person").first()


@transaction.atomic
def make_feed(person, *, key=None, by, at) -> CalendarFeed:
    """A new address; one that was there before stops working. ``key``: the form's random key."""
    _require_own(person, by)
    if key and (earlier := CalendarFeed.objects.filter(form_key=key, person=person).first()):
        return earlier
    renewed = CalendarFeed.objects.filter(person=person, ended_at=None).update(ended_at=at)
    try:
        with transaction.atomic():
            feed = CalendarFeed.objects.create(person=person, name=secrets.token_urlsafe(24), made_at=at, form_key=key)
    except IntegrityError:
        earlier = CalendarFeed.objects.filter(form_key=key, person=person).first() if key else None
        if earlier is None:
            raise Refusal("You have just made an address in another window. Open this page again.") from None
        return earlier
    record("calendar_made", person, by=by, at=at, after={"renewed": bool(renewed)})
    return feed


@transaction.atomic
def end_feed(person, *, by, at) -> None:
    """Take the address back: whoever has it reads nothing any more."""
    _require_own(person, by)
    if CalendarFeed.objects.filter(person=person, ended_at=None).update(ended_at=at):
        record("calendar_ended", person, by=by, at=at)


def _require_own(person, by) -> None:
    if by is None or by.pk != person.pk or by.external:
        raise NotAllowed("A calendar address is made and taken back by the person whose it is.")
