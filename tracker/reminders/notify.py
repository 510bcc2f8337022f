"""GOV.UK Notify as the sender: its errors, its states, and the one template that all our mails are drawn with.

The template holds nothing but ((subject)) and ((body)). Each mail has a reference of its own, so that a second try
finds what the first one did.
"""

import re

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient

from .senders import Failure, NotMade, ServerGone, Taken, one_line, way_out

DELIVERED, WRONG_ADDRESS = "delivered", "permanent-failure"
RETURNED = {
    "temporary-failure": "GOV.UK Notify could not deliver it: the mailbox is full, or a filter refused it.",
    "technical-failure": "GOV.UK Notify could not send it: something was wrong between it and its provider.",
}
FINAL = {DELIVERED, WRONG_ADDRESS, *RETURNED}
ADDRESS_REFUSED = "GOV.UK Notify could not deliver it: there is no such address."
# Without a label for the key: service id, then the secret, 36 characters each.
_KEY = re.compile(r".*[0-9a-f-]{36}-[0-9a-f-]{36}", re.I)
_UNDERLINED = re.compile(r"^(\S.*)\n-{3,}$", re.M)


class NotifySender:
    name, remembers = "notify", True

    def __init__(self):
        self._client = None

    def open(self) -> None:
        """Nothing is asked of Notify yet: only whether we know what to ask it with."""
        for setting in ("NOTIFY_API_KEY", "NOTIFY_TEMPLATE_ID"):
            if not getattr(settings, setting):
                raise ServerGone(f"GOV.UK Notify cannot be used: {setting} is not set.")
        if not _KEY.fullmatch(settings.NOTIFY_API_KEY):
            raise ServerGone("GOV.UK Notify cannot be used: NOTIFY_API_KEY is not the whole key.")

    def close(self) -> None:
        if self._client:
            self._client.request_session.close()
        self._client = None

    @property
    def client(self) -> NotificationsAPIClient:
        if self._client is None:
            self._client = NotificationsAPIClient(
                settings.NOTIFY_API_KEY, base_url=settings.NOTIFY_BASE_URL, timeout=settings.EMAIL_TIMEOUT
            )
        return self._client

    def send(self, mail) -> Taken:
        try:
            way = way_out(mail)
        except Exception as error:
            raise NotMade(f"{type(error).__name__}: {error}") from error
        # Notify refuses any other, as a demonstration has it.
        way = way if way.startswith("https:") else None
        return self.send_text(mail.address, mail.subject, mail.text, reference_of(mail), way)

    def send_text(self, address, subject, text, reference=None, way_out=None) -> Taken:
        answer = self.client.send_email_notification(
            email_address=address, template_id=settings.NOTIFY_TEMPLATE_ID, reference=reference,
            one_click_unsubscribe_url=way_out,
            personalisation={"subject": subject, "body": body_of(text)},
        )  # fmt: skip
        return Taken(answer["id"])

    def find(self, mail) -> Taken | None:
        """What an earlier try left there, if it got so far."""
        reference = reference_of(mail)
        answer = self.client.get_all_notifications(template_type="email", reference=reference)
        found = [one["id"] for one in answer["notifications"] if one["reference"] == reference]
        return Taken(found[0]) if found else None

    def status_of(self, remote_id) -> str:
        return self.client.get_notification_by_id(remote_id)["status"]

    def meaning(self, error: Exception) -> Failure:
        if isinstance(error, NotMade):
            return Failure(f"This mail could not be written: {one_line(error)}"[:250], ours=True)
        if not isinstance(error, HTTPError) or error.response is None:
            return Failure(f"GOV.UK Notify did not answer: {_said(error)}"[:250], known=False, pause=True)
        status, said = error.status_code, _said(error)
        if status == 429:
            return Failure(f"GOV.UK Notify takes no more for now: {said}"[:250], pause=True)
        if status >= 500:
            # It may have kept what it then stumbled over.
            return Failure(f"GOV.UK Notify failed: {status} {said}"[:250], known=False, pause=status != 500)
        if status == 400 and any(
            one.get("error") == "ValidationError" and str(one.get("message", "")).startswith("email_address ")
            for one in _errors(error)
        ):
            return Failure(f"GOV.UK Notify refused the address: {said}"[:250], final=True, bad_address=True)
        if status == 403:
            hint = "Check NOTIFY_API_KEY, and the clock of this machine."
            return Failure(f"GOV.UK Notify does not let us in: {said[:150]}. {hint}", ours=True, pause=True)
        hint = "Check NOTIFY_TEMPLATE_ID, the template's ((subject)) and ((body)), and the kind of key."
        return Failure(f"GOV.UK Notify refused what we sent: {status} {said[:130]}. {hint}", ours=True)


class Backend(BaseEmailBackend):
    """What Django itself sends, such as the link for a new password, through Notify too."""

    def send_messages(self, messages) -> int:
        sender = NotifySender()
        sender.open()
        sent = 0
        try:
            for message in messages:
                for address in message.recipients():
                    sender.send_text(address, message.subject, message.body)
                sent += 1
        except HTTPError as error:
            if not self.fail_silently:
                raise OSError(sender.meaning(error).sentence) from error
        finally:
            sender.close()
        return sent


def reference_of(mail) -> str:
    """The same for every try at the same mail; another once Notify gave the mail back."""
    reference = mail.message_id.strip("<>")
    return f"{reference}#{mail.returned}" if mail.returned else reference


def message_id_of(reference: str) -> tuple[str, int]:
    """The Message-ID that a reference was made of, and how often that mail had been given back before."""
    reference, _, returned = reference.partition("#")
    return f"<{reference}>", int(returned) if returned.isdecimal() and len(returned) < 4 else 0


def body_of(text: str) -> str:
    """Our plain text as Notify's Markdown: underlined lines are headings, and what people wrote makes no link that
    hides where it leads."""
    text = _UNDERLINED.sub(r"# \1", text.strip())
    return "\n".join(line.lstrip() for line in text.splitlines()).replace("](", "] (")


def _errors(error) -> list[dict]:
    said = error.message
    return [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []


def _said(error) -> str:
    """ "RateLimitError: Exceeded rate limit ..." """
    if not isinstance(error, HTTPError):
        return f"{type(error).__name__} {one_line(error)}"
    if error.response is None:
        return one_line(error.__cause__ or error)
    return "; ".join(f"{e.get('error')}: {e.get('message')}" for e in _errors(error)) or one_line(error.message)
