"""What became of every notice and mail, in words: for the pages that show it. Reads only."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from tracker.alerts.models import AlertCase
from tracker.journal.models import Notice
from tracker.plans.models import Action, DateChange
from tracker.plans.sentences import Reader, Waiting, shortened
from tracker.words import day, plural, verb
from tracker.working_days import london_day

from .handing_over import NOT_TAKEN, REPEATED
from .models import Mail
from .notify import NotifySender
from .rules import ALERTS, KINDS, REMINDERS, Matter
from .times import goes_on, mail_day
from .turns import EACH_DAY, HELD, wish_for

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
SHOWN = 20  # on one record
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


# --- On the record itself ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """One mail about a record, or a notice that is in none. ``link``: to the mail, for who may read it. ``notices``:
    those that go with one person's next mail, on the day ``on``; None: they have asked for urgent mails only."""

    at: dt.datetime
    whom: str
    words: str
    link: str = ""
    reminder: bool = False
    notices: tuple[Notice, ...] = ()
    on: dt.date | None = None


def said_about(user, *rows, now: dt.datetime) -> list[Said]:
    """What was said about these rows by mail, or is to be, newest first; what goes with the same mail is one. One
    query."""
    found, mails, waiting = [], set(), {}
    notices = _notices_about(rows).select_related("mail", "recipient__preference").order_by("-pk")
    for notice in notices[:SHOWN]:
        mail, whom, is_reminder = notice.mail, notice.recipient.name, notice.kind in REMINDERS
        if mail is None and notice.state == Notice.State.SUPERSEDED:
            found.append(Said(notice.decided_at, whom, f"not sent. {notice.why}"))
        elif mail is None and notice.kind in (*ALERTS, HELD):
            found.append(Said(notice.decided_at, whom, "goes at once"))
        elif mail is None:
            daily = notice.kind in EACH_DAY
            with_mail = (notice.recipient_id, goes_on(wish_for(notice.recipient), notice.decided_at, now, daily=daily))
            if with_mail not in waiting:
                waiting[with_mail] = []
                found.append(with_mail)
            waiting[with_mail].append(notice)
        elif mail.pk not in mails:
            mails.add(mail.pk)
            mine = user.access.is_administrator or mail.recipient_id == user.pk
            its = fate(mail)
            words = ", ".join(part for part in (f"{its.words[0].lower()}{its.words[1:]}", its.more) if part)
            found.append(Said(its.at, whom, words, f"/sent/{mail.pk}/" if mine else "", is_reminder))
    return [one if isinstance(one, Said) else _together(waiting[one], one[1], rows) for one in found]


def _together(notices, on, rows) -> Said:
    """ "3 things go with their next mail, on 23 November 2026: an update on an action is expected (“Train all”; “Keep a
    register”); another date was agreed" """
    names = {(row._meta.model_name, row.pk): f"“{shortened(row.what, 60)}”" for row in rows if hasattr(row, "what")}
    about = {}
    for notice in notices:
        which = about.setdefault(KINDS.get(notice.kind, notice.kind), [])
        which.append(names.get((notice.subject_kind, notice.subject_id), "") if len(rows) > 1 else "")
    listed = []
    for words, which in about.items():
        which = "; ".join(dict.fromkeys(filter(None, which)))
        listed.append(f"{words[0].lower()}{words[1:]}" + (f" ({which})" if which else ""))
    number = len(notices)
    if on is None:
        said = "is not sent: they have asked for urgent mails only"
    else:
        said = f"{verb(number, 'goes', f'{number} things go')} with their next mail, on {day(on)}"
    newest = notices[0]
    return Said(newest.decided_at, newest.recipient.name, f"{said}: {', '.join(listed)}", notices=tuple(notices), on=on)


def in_no_mail(said: list[Said], matter: Matter, occasion: str) -> tuple[Reader, ...]:
    """Who is to be told of ``matter`` on this occasion, as is decided already, each with the day of their mail."""
    about = (matter.kind, matter.subject_kind, matter.subject_id, occasion)
    return tuple(
        Reader(one.whom, one.on)
        for one in said
        for notice in one.notices
        if (notice.kind, notice.subject_kind, notice.subject_id, notice.occasion) == about
    )


def reader_on(person, on: dt.date) -> Reader:
    """``person`` with the day of the mail that tells what is decided on the day ``on``."""
    return Reader(person.name, mail_day(wish_for(person), on))


def in_short(said: list[Said], today: dt.date, dates: Iterable[Waiting] = (), ahead=None) -> str:
    """ "Reminded 3 March 2026, delivered; next 10 March 2026; then Regional Probation Director, London (Rosa Bell),
    14 March 2026." The next one is the day of a mail, of one that is decided already too. ``dates``: what somebody is
    reminded of. ``ahead``: of `overdue.what_next`.
    """
    last = next((one for one in said if one.reminder), None)
    parts = [f"Reminded {day(london_day(last.at))}, {last.words}"] if last else ["Nobody was reminded yet"]
    mails = [mail for one in dates if (mail := one.next_mail(today))]
    following = min((on for on, readers in mails if any(one.on for one in readers)), default=None)
    ahead_on = ahead.on if ahead and ahead.on and ahead.whose and not ahead.pause else None
    coming = [f"next {day(following)}"] if following else []
    if ahead_on:  # whichever is first stands first
        turn = f"{ahead.whose}, {day(ahead_on)}"
        coming = (
            [f"next {turn}", f"then {day(following)}"]
            if following and ahead_on < following
            else [*coming, f"{'then' if coming else 'next'} {turn}"]
        )
    parts += coming
    return "; ".join(parts) + "."


def _notices_about(rows):
    kinds = {}
    for row in rows:
        kinds.setdefault(row._meta.model_name, []).append(row.pk)
    wanted = Q(pk__in=[])
    for kind, ids in kinds.items():
        wanted |= Q(subject_kind=kind, subject_id__in=ids)
    # By its own index first, then the newest of those.
    return Notice.objects.filter(pk__in=Notice.objects.filter(wanted).order_by().values("pk"))
