"""When a person's mail comes, as they wish it; and the secret address in a mail by which most of it stops."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse

from tracker.journal.operations import record
from tracker.people.models import User
from tracker.people.operations import first_place
from tracker.refusals import NotAllowed, Refusal
from tracker.saved.operations import unsubscribe_all

from .models import Preference
from .times import HOURS, URGENT, Wish
from .turns import want_again, wish_for

# What an address in a mail stops. The signature is all the proof there is, so it may do no more than this.
STOPS = {"digest": {"frequency": URGENT}, "summary": {"summary": False}, "views": {}, "week": {"summary": False}}
STOPS_VIEWS = ("views", "week")  # and the mails of saved views with it
_signer = Signer(salt="tracker.unsubscribe", sep=".")
SUMS_UP = ("lead", "inspector")  # whose roles a weekly summary is for


@transaction.atomic
def set_preference(person, *, frequency, hour, summary, by, at) -> Wish:
    """Each for themselves. Setting it as it is changes nothing, so a form that is sent twice is one deed."""
    if by.pk != person.pk:
        raise NotAllowed("Each person chooses for themselves when their mail comes.")
    if frequency not in Preference.Frequency.values or hour not in HOURS:
        raise Refusal("Choose how often and at what hour from the list.")
    return _set(person, {"frequency": frequency, "hour": hour, "summary": summary}, by=by, at=at)


def _set(person, wanted, *, by, at, **said) -> Wish:
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    before = wish_for(person)
    changed = {name: value for name, value in wanted.items() if value != getattr(before, name)}
    if changed:
        row, _ = Preference.objects.update_or_create(
            person=person, defaults=wanted, create_defaults=vars(before) | wanted
        )
        record(
            "preference_set", person, by=by, at=at, organisation=first_place(person),
            before=_words(before, changed), after=_words(row, changed) | said, demonstration=person.demonstration,
        )  # fmt: skip
        if before.frequency == URGENT != row.frequency:
            want_again(person, at=at)
        before = Wish(row.frequency, row.hour, row.summary)
    return before


def _words(wish, names) -> dict:
    words = {
        "frequency": Preference.Frequency(wish.frequency).label,
        "hour": f"{wish.hour}:00",
        "summary": "yes" if wish.summary else "no",
    }
    return {name: words[name] for name in names}


# --- One click, without signing in ---------------------------------------------------------------------------


def stop_address(person, what: str) -> str:
    """``what``: of `STOPS`."""
    return settings.BASE_URL + reverse("unsubscribe", args=[stop_token(person, what)])


def stop_token(person, what: str) -> str:
    """The same for the same person, so that it stays true in every mail ever sent."""
    return _signer.sign(f"{person.pk}-{what}")


def read_stop(token: str) -> tuple[User, str] | None:
    """(whose, what) an address stops, or None when nobody signed it."""
    try:
        person, _, what = _signer.unsign(token).partition("-")
    except BadSignature:
        return None
    found = User.objects.filter(pk=person).first()
    return (found, what) if found and what in STOPS else None


@transaction.atomic
def stop(person, what: str, *, at) -> Wish:
    """What the address in a mail does. Nobody signed in, so the journal says only that the address was used."""
    said = {"by_mail": "the address in a mail was used"}
    if what in STOPS_VIEWS:
        unsubscribe_all(person, by=None, at=at, **said)
    return _set(person, STOPS[what], by=None, at=at, **said)


def stops(mail) -> str:
    """What the mail may be stopped from coming, or nothing: mails of alerts, and urgent ones only, always come."""
    return mail.kind if mail.kind in STOPS else ""
