"""What became of every notice and mail, in words: for the pages that show it. Reads only."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from tracker.alerts.models import AlertCase
from tracker.journal.models import Notice
from tracker.plans.models import Action, DateChange
from tracker.words import plural

from .handing_over import NOT_TAKEN, REPEATED
from .models import Mail
from .notify import NotifySender
from .rules import KINDS

NOTIFY = "GOV.UK Notify"
_CLAIMED, _TRIED = Q(state=Mail.State.CLAIMED), ~Q(error="")
# As ?state= names them: (in words, which mails).
MAILS = {
    "being_sent": ("Being sent", _CLAIMED & ~_TRIED),
    "again": ("To be tried again", _CLAIMED & _TRIED),
    "sent": ("Accepted", Q(state=Mail.State.SENT)),
    "delivered": ("Delivered", Q(state=Mail.State.DELIVERED)),
    "failed": ("Could not be sent", Q(state=Mail.State.FAILED)),
}
# What is in no mail: not yet, or no more.
NOTICES = {
    "decided": ("Decided, in no mail yet", Q(state=Notice.State.DECIDED)),
    "superseded": ("No longer needed", Q(state=Notice.State.SUPERSEDED)),
}
STATES = {key: words for key, (words, _) in (MAILS | NOTICES).items()}
COLOURS = {"being_sent": "blue", "again": "yellow", "sent": "green", "delivered": "green", "failed": "red"}


@dataclass(frozen=True)
class Fate:
    """What became of one mail. ``more``: when, and what there is to know besides. ``at``: of its last step."""

    key: str
    words: str
    more: str
    at: dt.datetime

    @property
    def colour(self) -> str:
        return COLOURS[self.key]


def fate(mail) -> Fate:
    key, words, more = mail.state, "", []
    if mail.state == Mail.State.CLAIMED:
        key = "again" if mail.error else "being_sent"
        if mail.returned and mail.error.startswith(NOT_TAKEN):
            more.append("it came back")
        if mail.tried:
            more.append(f"tried {plural(mail.tried, 'time')}")
    elif mail.state == Mail.State.SENT:
        words = f"Accepted by {NOTIFY if mail.sender == NotifySender.name else 'the mail server'}"
    if mail.error == REPEATED and mail.state in (Mail.State.SENT, Mail.State.DELIVERED):
        more.append("may have arrived twice")
    at = mail.delivered_at or mail.sent_at or mail.claimed_at
    return Fate(key, words or STATES[key], ", ".join(more), at)


def with_fates(mails) -> list:
    mails = list(mails)
    for mail in mails:
        mail.fate = fate(mail)
    return mails


def notices_of(user, state):
    """Notices without a mail: one's own; for administrators everybody's."""
    rows = Notice.objects.filter(NOTICES[state][1]).select_related("recipient")
    return rows if user.access.is_administrator else rows.filter(recipient=user)


def told(notices, user) -> list:
    """The notices, each with ``words`` and ``hidden``: of a restricted alert somebody else's is there, and its state,
    and nothing more. Three queries at most."""
    notices = list(notices)
    restricted = _restricted(notices)
    for notice in notices:
        notice.words = KINDS.get(notice.kind, notice.kind)
        about = (notice.subject_kind, notice.subject_id)
        notice.hidden = about in restricted and notice.recipient_id != user.pk
    return notices


def _restricted(notices) -> set:
    rows = {
        "alertcase": AlertCase.objects.filter(restricted=True),
        "action": Action.objects.filter(alert__restricted=True),
        "datechange": DateChange.objects.filter(action__alert__restricted=True),
    }
    found = set()
    for kind, those in rows.items():
        if ids := {n.subject_id for n in notices if n.subject_kind == kind}:
            found |= {(kind, pk) for pk in those.filter(pk__in=ids).order_by().values_list("pk", flat=True)}
    return found
