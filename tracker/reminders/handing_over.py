"""Handing over: one claimed mail goes to the sender, outside of any transaction, and its answer is recorded."""

import datetime as dt
import logging

from django.conf import settings
from django.db import transaction

from tracker.journal.models import Notice
from tracker.people.operations import stop_address
from tracker.working_days import day_begins, london_day

from .models import Mail
from .notify import NotifySender
from .senders import DjangoSender, Failure, ServerGone
from .times import ONE_DAY
from .turns import OF_THE_DAY

log = logging.getLogger(__name__)

MINUTE = dt.timedelta(minutes=1)
GIVE_UP = dt.timedelta(days=2)
ASK_AFTER = dt.timedelta(minutes=10)  # a sender that tells of deliveries by itself has done so by then

# How an error begins that leaves no doubt: the sender does not have this mail.
NOT_TAKEN = "Not taken yet"
PERHAPS = "It may have arrived"  # and how one begins that leaves one
REPEATED = "Handed over again: an earlier time ended without an answer, so it may have arrived twice."
TOO_LATE = "It was not taken in time; by then nothing in it was still to be said."
ANOTHER_DAY = "It was not taken on its day; what is still to be said of it goes with the next mail."
PERHAPS_ANOTHER_DAY = f"{PERHAPS}, without an answer; what is still to be said of it goes with the next mail too."


def chosen_sender(connection=None):
    """The sender that MAIL_SENDER names. ``connection``: to another mail server than the settings name."""
    if connection is None and settings.MAIL_SENDER == "notify":
        return NotifySender()
    return DjangoSender(connection)


def surely_not_taken(mail) -> bool:
    """True when the sender certainly does not have this mail; False when nobody can know without asking it."""
    return mail.tried == 0 or mail.error.startswith(NOT_TAKEN)


def can_be_asked(mail) -> bool:
    """Whether the sender that may have this mail can be asked whether it does."""
    return mail.sender == NotifySender.name == settings.MAIL_SENDER


def hand_over(mail, sender, clock, outcome) -> None:
    """Give one claimed mail to the sender, and record its answer. Two at once: the first takes it.

    A mail that may have arrived is first asked for, where the sender remembers it; elsewhere it goes out again, and
    says so.
    """
    now, doubt = clock(), not surely_not_taken(mail)
    ask = doubt and sender.remembers and mail.sender == sender.name
    repeat = doubt and not ask
    lease = dt.timedelta(seconds=settings.MAIL_LEASE)
    mine = Mail.objects.filter(pk=mail.pk, state=Mail.State.CLAIMED, tried=mail.tried)
    error = REPEATED if repeat else ""
    if not mine.update(tried=mail.tried + 1, try_after=now + lease, error=error, sender=sender.name):
        return
    mail.tried, mail.error, mail.sender = mail.tried + 1, error, sender.name
    try:
        taken = sender.find(mail) if ask else None
        doubt = repeat  # it was asked, and said so
        if taken is None and mail.only_ask:
            settle(mail, Mail.State.FAILED, clock(), outcome, mail.only_ask, again=mail.only_ask == ANOTHER_DAY)
            return
        taken = taken or sender.send(mail)
    except Exception as fault:
        _put_off(mail, sender, clock, outcome, sender.meaning(fault), doubt)
    else:
        outcome.repeated += repeat
        settle(mail, Mail.State.SENT, clock(), outcome, mail.error, taken=taken)


def _put_off(mail, sender, clock, outcome, failure: Failure, doubt) -> None:
    """Try it later, or no more. ``doubt``: it may have arrived before this try."""
    log.warning("Mail %s: %s", mail.pk, failure.sentence)
    if failure.final or (not failure.ours and clock() - mail.claimed_at > GIVE_UP):
        settle(mail, Mail.State.FAILED, clock(), outcome, failure.sentence, bad_address=failure.bad_address)
    else:
        known = NOT_TAKEN if failure.known and not doubt else PERHAPS
        wait = MINUTE * min(2 ** (mail.tried - 1), 60)
        if known != NOT_TAKEN and not sender.remembers:  # each further try may be one copy more
            wait = MINUTE * min(5 * 4 ** min(mail.tried - 1, 5), 12 * 60)
        now, ends = clock(), day_begins(london_day(mail.claimed_at) + ONE_DAY)
        if mail.kind in OF_THE_DAY and now < ends:  # then it goes with the mail of another day
            wait = min(wait, ends - now)
        mine = Mail.objects.filter(pk=mail.pk, state=Mail.State.CLAIMED, tried=mail.tried)
        mine.update(try_after=now + wait, error=f"{known}. {failure.sentence}"[:300])
        outcome.put_off += 1
    if failure.reopen:
        sender.close()
        sender.open()
    if failure.pause:
        raise ServerGone(failure.sentence)


@transaction.atomic
def settle(mail, state, now, outcome, error="", *, taken=None, bad_address=False, again=False) -> None:
    """Record that a mail was taken, or never will be; and of its notices the same. ``bad_address``: nothing more is
    sent to where it went. ``again``: its notices wait for another mail."""
    sent, remote_id = state == Mail.State.SENT, taken.remote_id if taken else ""
    mine = Mail.objects.filter(pk=mail.pk, state=Mail.State.CLAIMED, tried=mail.tried)
    if not mine.update(
        state=state, sent_at=now if sent else None, try_after=None, error=error[:300], remote_id=remote_id,
        ask_after=now + ASK_AFTER if sent and remote_id else None,
    ):  # fmt: skip
        return  # it took so long that another deliverer has it, or the sender told of its end before
    notices = Notice.objects.filter(mail=mail, state=Notice.State.CLAIMED)
    if again:
        notices.update(state=Notice.State.DECIDED, mail=None)
    else:
        notices.update(state=state)
    if bad_address:
        stop_address(mail.address, error, mail=mail, at=now)
    if sent:
        outcome.sent += 1
    elif not again:
        outcome.failed += 1
