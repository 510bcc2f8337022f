"""What takes our mails: Django's e-mail backend (SMTP, or a folder) or GOV.UK Notify, chosen by MAIL_SENDER.

A sender has ``name``; ``remembers``, when it can say whether it has a mail; ``open()``, ``close()``, ``send(mail)`` and
``meaning(error)`` of what ``send`` raised; one that remembers also ``find(mail)``.
"""

import contextlib
import re
import smtplib
from dataclasses import dataclass

from django.conf import settings
from django.core import mail as django_mail
from django.core.mail.backends.smtp import EmailBackend as SMTPBackend

from .preferences import stop_address, stops

_ENHANCED = re.compile(r"\b5\.(\d{1,3})\.(\d{1,3})\b")


class ServerGone(Exception):
    """The sender cannot be reached, or takes nothing now; there is no point in going on."""


class NotMade(Exception):
    """The message could not even be written: nothing was handed over."""


@dataclass(frozen=True)
class Taken:
    """The sender has the mail. ``remote_id``: the sender's own name for it, where it has one."""

    remote_id: str = ""


@dataclass(frozen=True)
class Failure:
    """What an error means.

    ``final``: no later try will do. ``known``: the sender surely does not have the mail. ``bad_address``: it is the
    address that will never do. ``ours``: our set-up is wrong, not this mail. ``pause``: the next mail would meet the
    same. ``reopen``: the connection is gone.
    """

    sentence: str
    final: bool = False
    known: bool = True
    bad_address: bool = False
    ours: bool = False
    pause: bool = False
    reopen: bool = False


class DjangoSender:
    """Whatever EMAIL_URL names: an SMTP server, or a folder that the mails are written to."""

    name, remembers = "email", False

    def __init__(self, connection=None):
        self.connection = connection or django_mail.get_connection()
        self._told_all = True

    def open(self) -> None:
        if not isinstance(self.connection, SMTPBackend):
            return  # others open for themselves; a file would be made even if nothing is written
        try:
            self.connection.open()
        except OSError as error:  # every smtplib error is one, a refused password too
            raise ServerGone(f"The mail server cannot be reached: {one_line(error)}"[:250]) from error

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.close()

    def send(self, mail) -> Taken:
        try:
            message = message_of(mail, self.connection)
        except Exception as error:
            raise NotMade(f"{type(error).__name__}: {error}") from error
        self._told_all = not isinstance(self.connection, SMTPBackend)
        self._watch()
        self.connection.send_messages([message])
        return Taken()

    def _watch(self) -> None:
        """Notice when the mail itself begins to be sent: what breaks off before that surely has not arrived."""
        server = getattr(self.connection, "connection", None)
        if not isinstance(server, smtplib.SMTP) or "data" in vars(server):
            return
        data = server.data

        def watched(message):
            self._told_all = True
            return data(message)

        server.data = watched

    def meaning(self, error: Exception) -> Failure:
        gone = isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException)
        reopen = gone or isinstance(error, smtplib.SMTPServerDisconnected)
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            code, text = next(iter(error.recipients.values()))
            sentence = f"The mail server refused the address: {code} {one_line(text)}"[:250]
            return Failure(sentence, final=code >= 500, bad_address=_names_address(code, one_line(text)))
        if isinstance(error, smtplib.SMTPSenderRefused):
            said = f"{error.smtp_code} {one_line(error.smtp_error)}"
            return Failure(f"The mail server refused us as the sender: {said}"[:250], ours=True)
        if isinstance(error, smtplib.SMTPResponseException):
            text = one_line(error.smtp_error)
            # Before the mail itself is sent, a refusal is of the address; after it, only where the code says so.
            bad = bool(_ENHANCED.search(text)) and _names_address(error.smtp_code, text)
            sentence = f"The mail server refused it: {error.smtp_code} {text}"[:250]
            return Failure(sentence, final=error.smtp_code >= 500, bad_address=bad)
        if isinstance(error, NotMade):
            return Failure(f"This mail could not be written: {one_line(error)}"[:250], ours=True)
        if isinstance(error, ValueError | UnicodeError | smtplib.SMTPNotSupportedError):
            return Failure(f"No mail can be made for this address: {one_line(error)}"[:250], final=True)
        sentence = f"The connection broke off: {type(error).__name__} {one_line(error)}"[:250]
        return Failure(sentence, known=not self._told_all, reopen=reopen)


def _names_address(code: int, text: str) -> bool:
    """Whether a refusal is of the address itself. Of what was said, of a full mailbox, of our right to send it is not:
    by the enhanced code (RFC 3463), else by the plain one."""
    if code < 500:
        return False
    if enhanced := _ENHANCED.search(text):
        return enhanced[1] == "1" or enhanced.groups() == ("2", "1")
    return code in (550, 551, 553)


def message_of(mail, connection=None) -> django_mail.EmailMultiAlternatives:
    """The mail as it goes out: text with an HTML alternative, no picture, nothing that tracks."""
    message = django_mail.EmailMultiAlternatives(
        mail.subject, mail.text, settings.DEFAULT_FROM_EMAIL, [mail.address], connection=connection,
        headers={
            "Message-ID": mail.message_id,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        } | _how_to_stop(mail),
    )  # fmt: skip
    message.attach_alternative(mail.html, "text/html")
    return message


def way_out(mail) -> str:
    """The address of one click without signing in (RFC 8058), where the reader may do without this mail."""
    what = stops(mail)
    return stop_address(mail.recipient, what) if what else ""


def _how_to_stop(mail) -> dict[str, str]:
    if not (way := way_out(mail)):
        return {}
    return {"List-Unsubscribe": f"<{way}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def one_line(text) -> str:
    return " ".join((text.decode(errors="replace") if isinstance(text, bytes) else str(text)).split())
