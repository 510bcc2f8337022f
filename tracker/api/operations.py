"""Tokens are made by people for themselves, and revoked by them or by an administrator."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Q

from tracker.journal.operations import record
from tracker.people.operations import require_administrator
from tracker.refusals import Refusal
from tracker.secret_addresses import hash_of, new_token
from tracker.working_days import london_day

from .models import ApiToken

BEGINS = "tir_"  # whoever finds one in a file can see what it is
LIFETIMES = (30, 90, 365)  # days
MOST = 10  # of one person that work at the same time


@transaction.atomic
def make_token(name, days, *, key=None, by, at) -> tuple[ApiToken, str | None]:
    """A token for ``by`` that works for ``days`` days, and its text: nobody sees that again.

    ``key``: the form's random key; the same key gives the same token, and None for the text.
    """
    if key and (earlier := ApiToken.objects.filter(form_key=key, person=by).first()):
        return earlier, None
    today, name = london_day(at), name.strip()
    if not name:
        raise Refusal("Say what the token is for.")
    if days not in LIFETIMES:
        raise Refusal("Choose how long the token works.")
    if ApiToken.objects.filter(person=by, revoked_at__isnull=True, expires_on__gte=today).count() >= MOST:
        raise Refusal(f"You have {MOST} tokens that work. Revoke one that you no longer use first.")
    text = BEGINS + new_token()
    try:
        with transaction.atomic():
            token = ApiToken.objects.create(
                person=by, name=name, hash=hash_of(text), made_at=at, expires_on=today + dt.timedelta(days=days),
                form_key=key,
            )  # fmt: skip
    except IntegrityError:
        earlier = ApiToken.objects.filter(form_key=key, person=by).first() if key else None
        if earlier is None:
            raise
        return earlier, None
    record("token_made", by, by=by, at=at, after={"name": name, "expires": token.expires_on.isoformat()})
    return token, text


@transaction.atomic
def revoke_token(token, *, by, at) -> ApiToken:
    """From now on it opens nothing. Revoking it again changes nothing."""
    if token.person_id != by.pk:  # to stand in for somebody is not to hold their keys
        require_administrator(by)
    if ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=at, revoked_by=by):
        record("token_revoked", token.person, by=by, at=at, before={"name": token.name})
    token.refresh_from_db()
    return token


def token_with(text: str) -> ApiToken | None:
    """The token of this text, with its person, whether or not it still works."""
    return ApiToken.objects.filter(hash=hash_of(text)).select_related("person").first()


def note_use(token, today) -> None:
    """No deed, so nothing for the journal: the day on which it was last used, written once a day."""
    if token.last_used_on != today:
        never = Q(last_used_on__isnull=True) | Q(last_used_on__lt=today)
        ApiToken.objects.filter(never, pk=token.pk).update(last_used_on=today)
