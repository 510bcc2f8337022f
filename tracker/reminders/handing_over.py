"""Handing over: one claimed mail goes to the mail server, outside of any transaction, and its answer is recorded."""

import contextlib
import datetime as dt
import logging
import smtplib

from django.conf import settings
from django.core import mail as django_mail
from django.core.mail.backends.smtp import EmailBackend as SMTPBackend
from django.db import transaction

from tracker.journal.models import Notice

from .models import Mail

log = logging.getLogger(__name__)

GIVE_UP = dt.timedelta(days=2)

# How an error begins that leaves no doubt: the mail server does not have this mail.
NOT_TAKEN = "Not taken yet"
REPEATED = "Handed over twice: the first time ended without an answer, so it may have arrived twice."


class ServerGone(Exception):
    """The mail server cannot be reached; there is no point in going on now."""


def surely_not_taken(mail) -> bool:
    """True when the mail server certainly does not have this mail; False when nobody can know."""
    return mail.tried == 0 or mail.error.startswith(NOT_TAKEN)


def open_connection(connection):
    if not isinstance(connection, SMTPBackend):
        return  # others open for themselves; a file would be made even if nothing is written
    try:
        connection.open()
    except OSError as error:  # every smtplib error is one, a refused password too
        raise ServerGone(f"The mail server cannot be reached: {one_line(error)}"[:250]) from error


def hand_over(mail, connection, clock, outcome) -> None:
    """Give one claimed mail to the mail server, and record its answer. Two at once: the first takes it."""
    now, repeat = clock(), not surely_not_taken(mail)
    lease = dt.timedelta(seconds=settings.MAIL_LEASE)
    mine = Mail.objects.filter(pk=mail.pk, state=Mail.State.CLAIMED, tried=mail.tried)
    if not mine.update(tried=mail.tried + 1, try_after=now + lease, error=REPEATED if repeat else ""):
        return
    mail.tried, mail.error = mail.tried + 1, REPEATED if repeat else ""
    try:
        connection.send_messages([message_of(mail, connection)])
    except Exception as error:
        final, known, sentence = answer(error)
        log.warning("Mail %s: %s", mail.pk, sentence)
        if final or clock() - mail.claimed_at > GIVE_UP:
            settle(mail, Mail.State.FAILED, clock(), outcome, sentence)
        else:
            wait = dt.timedelta(minutes=min(2 ** (mail.tried - 1), 60))
            doubt = NOT_TAKEN if known and not repeat else "It may have arrived"
            mine = Mail.objects.filter(pk=mail.pk, state=Mail.State.CLAIMED, tried=mail.tried)
            mine.update(try_after=clock() + wait, error=f"{doubt}. {sentence}"[:300])
            outcome.put_off += 1
        if (isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException)) or isinstance(
            error, smtplib.SMTPServerDisconnected
        ):
            with contextlib.suppress(OSError):
                connection.close()
            open_connection(connection)
    else:
        outcome.repeated += repeat
        settle(mail, Mail.State.SENT, clock(), outcome, mail.error)


@transaction.atomic
def settle(mail, state, now, outcome, error="") -> None:
    """Record the end of a mail, and of its notices with it."""
    mine = Mail.objects.filter(pk=mail.pk, state=Mail.State.CLAIMED, tried=mail.tried)
    sent_at = now if state == Mail.State.SENT else None
    if not mine.update(state=state, sent_at=sent_at, try_after=None, error=error[:300]):
        return  # it took so long that another deliverer has it
    Notice.objects.filter(mail=mail, state=Notice.State.CLAIMED).update(state=state)
    if state == Mail.State.SENT:
        outcome.sent += 1
    else:
        outcome.failed += 1


def message_of(mail, connection=None) -> django_mail.EmailMultiAlternatives:
    """The mail as it goes out: text with an HTML alternative, no picture, nothing that tracks."""
    message = django_mail.EmailMultiAlternatives(
        mail.subject, mail.text, settings.DEFAULT_FROM_EMAIL, [mail.address], connection=connection,
        headers={
            "Message-ID": mail.message_id,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )  # fmt: skip
    message.attach_alternative(mail.html, "text/html")
    return message


def answer(error: Exception) -> tuple[bool, bool, str]:
    """What a failure means: (for good, the server surely does not have it, a sentence)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return code >= 500, True, f"The mail server refused the address: {code} {one_line(text)}"[:250]
    if isinstance(error, smtplib.SMTPSenderRefused):
        # Our own set-up is wrong, not this mail: it waits until somebody has mended that.
        return False, True, f"The mail server refused us as the sender: {error.smtp_code} {one_line(error.smtp_error)}"
    if isinstance(error, smtplib.SMTPResponseException):
        sentence = f"The mail server refused it: {error.smtp_code} {one_line(error.smtp_error)}"[:250]
        return error.smtp_code >= 500, True, sentence
    if isinstance(error, ValueError | UnicodeError | smtplib.SMTPNotSupportedError):
        return True, True, f"No mail can be made for this address: {one_line(error)}"[:250]
    return False, False, f"The connection broke off: {type(error).__name__} {one_line(error)}"[:250]


def one_line(text) -> str:
    return " ".join((text.decode(errors="replace") if isinstance(text, bytes) else str(text)).split())
