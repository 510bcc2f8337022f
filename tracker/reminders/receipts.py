"""What became of mails after GOV.UK Notify took them: it tells us (callback), and we ask (polling)."""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import F

from tracker.journal.models import Notice
from tracker.people.operations import stop_address
from tracker.words import plural

from .handing_over import NOT_TAKEN
from .models import Mail
from .notify import ADDRESS_REFUSED, DELIVERED, FINAL, RETURNED, WRONG_ADDRESS, NotifySender, message_id_of
from .senders import ServerGone

log = logging.getLogger(__name__)

MOST_ASKED = 200  # in one run; Notify answers 3,000 requests a minute
LONGEST_RUN = dt.timedelta(minutes=2)
ASKED_FOR = dt.timedelta(days=4)  # its provider tries for three days
GIVEN_BACK = 2  # so often a mail that Notify gave back is sent anew
WAIT = dt.timedelta(hours=1)


@dataclass
class Outcome:
    """What one round of asking did; ``sentence`` is kept with the run."""

    asked: int = 0
    settled: int = 0
    stopped: str = ""

    @property
    def trouble(self) -> bool:
        return bool(self.stopped)

    @property
    def sentence(self) -> str:
        return f"Asked about {plural(self.asked, 'mail')}, {self.settled} settled. {self.stopped}".strip()


def did_something(outcome: Outcome) -> bool:
    return outcome != Outcome()


def hear(*, reference, remote_id, status, at) -> bool:
    """Notify tells what became of a mail. False: nothing came of it, as the mail is not known here, was settled
    before, or is on its way anew."""
    message_id, returned = message_id_of(reference)
    mail = Mail.objects.filter(message_id=message_id, returned=returned, sender=NotifySender.name).first()
    if mail is None or mail.remote_id not in ("", remote_id):
        return False
    return record_status(mail, status, remote_id=remote_id, at=at)


@transaction.atomic
def record_status(mail, status, *, remote_id, at) -> bool:
    """Record one of Notify's states of a mail; True when that ended something. It may come before our own record that
    Notify took the mail, and twice."""
    open_ones = Mail.objects.filter(
        pk=mail.pk, returned=mail.returned, tried__gt=0, state__in=[Mail.State.CLAIMED, Mail.State.SENT]
    )
    notices = Notice.objects.filter(mail=mail, state__in=[Notice.State.CLAIMED, Notice.State.SENT])
    settled = {"remote_id": remote_id, "ask_after": None, "try_after": None}
    sent_at = mail.sent_at or at
    if status == DELIVERED:
        if not open_ones.update(state=Mail.State.DELIVERED, delivered_at=at, sent_at=sent_at, **settled):
            return False
        notices.update(state=Notice.State.DELIVERED)
        return True
    if status in RETURNED and mail.returned < GIVEN_BACK:
        again = open_ones.update(
            state=Mail.State.CLAIMED, returned=F("returned") + 1, sent_at=None, remote_id="", ask_after=None,
            try_after=at + WAIT, error=f"{NOT_TAKEN}. {RETURNED[status]}",
        )  # fmt: skip
        if again:
            notices.update(state=Notice.State.CLAIMED)
        return bool(again)
    if status == WRONG_ADDRESS or status in RETURNED:
        why = RETURNED.get(status, ADDRESS_REFUSED)
        if not open_ones.update(state=Mail.State.FAILED, sent_at=None, error=why, **settled):
            return False
        notices.update(state=Notice.State.FAILED)
        if status == WRONG_ADDRESS:
            stop_address(mail.address, why, mail=mail, at=at)
        return True
    return False


def ask(clock: Callable[[], dt.datetime]) -> Outcome:
    """Ask Notify about the mails of which it has not told the end, each less and less often."""
    outcome, began = Outcome(), clock()
    waiting = Mail.objects.filter(state=Mail.State.SENT, ask_after__lte=began).order_by("ask_after", "pk")
    waiting = list(waiting.defer("text", "html")[:MOST_ASKED])
    if not waiting or NotifySender.name != settings.MAIL_SENDER:
        return outcome
    sender = NotifySender()
    try:
        sender.open()
        for mail in waiting:
            if clock() - began > LONGEST_RUN:
                break
            outcome.settled += _ask_about(mail, sender, clock)
            outcome.asked += 1
    except ServerGone as gone:
        outcome.stopped = str(gone)
        log.warning(outcome.stopped)
    finally:
        sender.close()
    return outcome


def _ask_about(mail, sender, clock) -> bool:
    try:
        status = sender.status_of(mail.remote_id)
    except Exception as error:
        if (failure := sender.meaning(error)).pause:
            raise ServerGone(failure.sentence) from error
        log.warning("Mail %s: %s", mail.pk, failure.sentence)
        status = ""
    if status in FINAL and record_status(mail, status, remote_id=mail.remote_id, at=clock()):
        return True
    age = clock() - mail.sent_at
    later = clock() + max(age, dt.timedelta(minutes=5)) if age < ASKED_FOR else None
    Mail.objects.filter(pk=mail.pk, state=Mail.State.SENT).update(ask_after=later)
    return False
