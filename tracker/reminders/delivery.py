"""Delivery: notices become mails, and mails are handed to the mail server.

The database is the truth. A mail is written and claims its notices in one transaction, is then handed over outside
of any, and then recorded as sent. Killed at any moment, the next run goes on from what the database says; only a
mail that was handed over and not recorded may go out once more, and then it says so.
"""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import parseaddr
from functools import partial

from django.conf import settings
from django.db import transaction

from tracker.alerts.models import AlertCase
from tracker.journal.models import Notice
from tracker.journal.operations import notify_all
from tracker.people.models import StoppedAddress, User
from tracker.plans.models import Action, DateChange
from tracker.words import plural
from tracker.working_days import london_day

from . import brake, turns, view_mails, weekly
from .alert_letter import compose_alert
from .digest import compose
from .handing_over import REPEATED, TOO_LATE, can_be_asked, chosen_sender, hand_over, settle, surely_not_taken
from .models import Mail
from .rechecking import Known, merged, recheck, saying_of
from .rules import ALERTS, NOT_THEIRS, PASSED_TO_OTHERS
from .senders import ServerGone

log = logging.getLogger(__name__)

LONGEST_RUN = dt.timedelta(minutes=4)  # the next run goes on; far below the broker's visibility timeout
NOTICED_WITHIN = dt.timedelta(days=4)  # an address that does not exist; Notify's provider tries for three
MOST_NOTICES = 1000  # claimed at once for one person

MOST_COPIES = 5
UNKNOWN = "Handed over again and again without an answer: it may or may not have arrived."
ARRIVED_OR_NOT = "Handed over without an answer; by now nothing in it is still to be said, so it was not sent again."


@dataclass
class Outcome:
    """What one run of delivery did; ``sentence`` is kept with the run."""

    sent: int = 0
    repeated: int = 0
    put_off: int = 0
    failed: int = 0
    superseded: int = 0
    broken: int = 0  # people whose mail could not be written
    held: int = 0  # people whose mail waits until somebody has looked, because there are so many at once
    stopped: str = ""

    @property
    def trouble(self) -> bool:
        """Somebody has to look."""
        return bool(self.broken or self.held or self.stopped)

    @property
    def sentence(self) -> str:
        parts = [f"{plural(self.sent, 'mail')} sent."]
        for number, words in (
            (self.repeated, "of them for the second time"),
            (self.put_off, "to be tried again"),
            (self.failed, "could not be sent"),
            (self.superseded, "notices no longer needed"),
            (self.broken, "could not be written, see the log"),
        ):
            if number:
                parts.append(f"{number} {words}.")
        if self.held:
            parts.append(f"{plural(self.held, 'mail')} held until an administrator has looked.")
        return " ".join([*parts, self.stopped]).strip()


def did_something(outcome: Outcome) -> bool:
    """Beyond holding on to what is held, which has a row of its own, and would be one here every half minute."""
    return replace(outcome, held=0) != Outcome()


class SomebodyWasFirst(Exception):
    """Another deliverer took these rows in the meantime."""


def deliver(clock: Callable[[], dt.datetime], *, at_once=False, release=False, connection=None) -> Outcome:
    """Send what is decided to those whose turn it is, and what an earlier run left unsettled.

    ``at_once``: whatever the hour and the day. ``release``: also when there are so many that somebody should look
    first, and what was held before. ``connection``: to another mail server than the settings name.
    """
    outcome, began, known = Outcome(), clock(), Known()
    _pass_on_failed(began, known)
    # Of alerts: at no hour of their own, and never held back.
    alone = Notice.objects.filter(state=Notice.State.DECIDED, kind__in=ALERTS).order_by("pk")
    alone = list(alone.values_list("pk", flat=True)[:MOST_NOTICES])
    unsettled = Mail.objects.filter(state=Mail.State.CLAIMED, try_after__lte=began).order_by("try_after", "pk")
    unsettled = list(unsettled.values_list("pk", flat=True)[:MOST_NOTICES])
    outcome.superseded += turns.give_up_unwanted()
    people, released_at = _whose_turn(began, at_once, release, outcome)
    holds = Notice.objects.filter(state=Notice.State.DECIDED, kind=turns.HELD).order_by("recipient")
    holds = list(holds.values_list("recipient", flat=True).distinct())
    if not any((alone, unsettled, people, holds)):
        return outcome
    claim = partial(_claim, released_at=released_at, at_once=at_once)
    sender = chosen_sender(connection)
    try:
        sender.open()  # before anything is claimed: while the server is away, the notices simply wait
        jobs = [(_claim_alone, alone), (_claim_hold, holds), (_again, unsettled), (claim, people)]
        for job, key in [(job, key) for job, keys in jobs for key in keys]:
            if clock() - began > LONGEST_RUN:
                break
            _one(job, key, sender, clock, outcome, known)
    except ServerGone as gone:
        outcome.stopped = str(gone)
        log.warning(outcome.stopped)
    finally:
        sender.close()
    return outcome


def _whose_turn(now, at_once, release, outcome) -> tuple[list[int], dt.datetime | None]:
    """(ids of the people whose mail goes now, when held mails were last let go); nobody's while they are held."""
    held = brake.open_hold()
    if held and release:
        brake.release_hold(held, by=None, at=now)
        held = None
    released_at = brake.last_release()
    run = turns.run_at(now, released_at, at_once=at_once)
    if not held and not release and run.news > brake.ALWAYS_FINE:
        usual = brake.usual(london_day(now))
        held = brake.hold(run.news, usual, at=now) if brake.is_a_storm(run.news, usual) else None
    if not held:
        return run.people, released_at
    if run.people:
        brake.tell(held, at=now)
    outcome.held = len(run.people)
    return [], released_at


def _one(job, key, sender, clock, outcome, known):
    """One person's mail; whatever is wrong with it, the next person gets theirs."""
    failed = outcome.failed
    try:
        if mail := job(key, clock(), outcome, known):
            hand_over(mail, sender, clock, outcome)
        if outcome.failed > failed:
            known.forget()  # its address may be stopped now
    except (ServerGone, SomebodyWasFirst) as known:
        if isinstance(known, ServerGone):
            raise
    except Exception:
        log.exception("%s %s", getattr(job, "func", job).__name__, key)
        outcome.broken += 1


# --- Claiming ------------------------------------------------------------------------------------------------


@transaction.atomic
def _claim(recipient_id, now, outcome, known, *, released_at=None, at_once=False) -> Mail | None:
    """Write the mail of the day for one person."""
    person = _lock(recipient_id)
    waiting = turns.notices_of(person, now, released_at, at_once=at_once) if person else []
    return _write(person, waiting[:MOST_NOTICES], now, outcome, known) if person else None


@transaction.atomic
def _claim_hold(recipient_id, now, outcome, known) -> Mail | None:
    """Write the mail that tells an administrator of mails that are held."""
    person = _lock(recipient_id)
    waiting = Notice.objects.filter(recipient=recipient_id, state=Notice.State.DECIDED, kind=turns.HELD)
    return _write(person, list(waiting.order_by("pk")), now, outcome, known) if person else None


def _lock(recipient_id) -> User | None:
    """So that a second deliverer passes by (PostgreSQL), or waits and finds nothing (SQLite). With what they wish."""
    people = User.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).select_related("preference")
    return people.filter(pk=recipient_id).first()


def _write(person, notices, now, outcome, known) -> Mail | None:
    """One mail of these notices, each asked again whether it still is true."""
    letter, said, untrue, instead, unwritten, free = _letter(person, notices, now, now, known)
    outcome.superseded += _give_up(untrue, Notice.State.DECIDED)
    # As old as what it comes from: whoever had no mail today reads it today.
    _pass_on(instead, min((notice.decided_at for notice in notices), default=now))
    outcome.broken += unwritten
    if letter is None:
        return None
    mail = Mail.objects.create(
        recipient=person, address=person.email, kind=turns.kind_of_mail({n.kind for n in said}),
        subject=letter.subject, text=letter.text, html=letter.html, message_id=_message_id(said[0]), claimed_at=now,
        try_after=now, demonstration=person.demonstration,
        restricted=_speaks_of_restricted(letter.about.union(*(one.changes.about for one in letter.views)) - free),
    )  # fmt: skip
    claimed = Notice.objects.filter(pk__in=[n.pk for n in said], state=Notice.State.DECIDED)
    if claimed.update(state=Notice.State.CLAIMED, mail=mail) != len(said):
        raise SomebodyWasFirst
    view_mails.keep_seen(letter.views, now)
    return mail


def _letter(person, notices, now, at, known):
    """(the mail or None, the notices that it speaks of, {why: [id]} of those no longer true, whom to tell instead,
    whether something true could not be written, what surely is of no alert). ``at`` None: only to be looked at."""
    weeks = [notice for notice in notices if notice.kind == turns.SUMMARY]
    true, untrue, instead = recheck([notice for notice in notices if notice.kind not in turns.OF_THE_WEEK], now, known)
    viewed = [notice for notice in notices if notice.kind == turns.VIEW]
    views, said, gone = view_mails.sections_of(person, viewed, now)
    untrue, week = {**untrue, **gone}, None
    for notice in weeks:
        why = weekly.why_not_summed_up(person, notice.occasion, london_day(now))
        if why is None and (week := week or weekly.sum_up(person, now)):
            said.append(notice)
        else:
            untrue.setdefault(why or weekly.NOTHING, []).append(notice.pk)
    letter = None
    if true or week or views:
        letter = compose(person, merged(true), london_day(now), at, week=week, views=views)
    about = letter.about if letter else ()
    spoken = [notice for notice, *_ in true if (notice.subject_kind, notice.subject_id) in about]
    free = {("action", matter.subject_id) for *_, matter in true if matter.subject_kind == "action"}
    free -= {("action", matter.subject_id) for *_, matter in true if matter.of_alert}
    return letter, spoken + said, untrue, instead, len(spoken) < len(true), free


def _speaks_of_restricted(about) -> bool:
    """Whether a digest is about an alert that only its circle may read, or about actions of one."""
    ids = {kind: [pk for its_kind, pk in about if its_kind == kind] for kind in ("action", "datechange", "alertcase")}
    actions = ids["action"] and Action.objects.filter(pk__in=ids["action"], alert__restricted=True)
    changes = ids["datechange"] and DateChange.objects.filter(
        pk__in=ids["datechange"], action__alert__restricted=True
    )  # fmt: skip
    cases = ids["alertcase"] and AlertCase.objects.filter(pk__in=ids["alertcase"], restricted=True)
    return any(rows.exists() for rows in (actions, changes, cases) if rows != [])


@transaction.atomic
def _claim_alone(notice_id, now, outcome, known) -> Mail | None:
    """Write the mail for one notice of an alert."""
    waiting = Notice.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    notice = waiting.filter(pk=notice_id, state=Notice.State.DECIDED).select_related("recipient").first()
    if notice is None:
        raise SomebodyWasFirst
    person = notice.recipient
    written, untrue, instead = _about_alert(person, notice, now, known)
    if written is None:
        outcome.superseded += _give_up(untrue, Notice.State.DECIDED)
        _pass_on(instead, now)
        return None
    letter, restricted = written
    mail = Mail.objects.create(
        recipient=person, address=person.email, kind="alert", subject=letter.subject, text=letter.text,
        html=letter.html, message_id=_message_id(notice), claimed_at=now, try_after=now,
        demonstration=person.demonstration, restricted=restricted,
    )  # fmt: skip
    claimed = Notice.objects.filter(pk=notice.pk, state=Notice.State.DECIDED)
    if not claimed.update(state=Notice.State.CLAIMED, mail=mail):
        raise SomebodyWasFirst
    return mail


def _about_alert(person, notice, now, known):
    """((letter, restricted) or None, {why: [id]}, whom to tell instead) of one notice of an alert."""
    true, untrue, instead = recheck([notice], now, known)
    if not true:
        return None, untrue, instead
    written = compose_alert(person, notice, true[0][1], now)
    return written, {} if written else {NOT_THEIRS: [notice.pk]}, []


@transaction.atomic
def _again(pk, now, outcome, known) -> Mail | None:
    """An unsettled mail, when it is still worth sending; rewritten when the server surely does not have it."""
    mail = Mail.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).filter(
        pk=pk, state=Mail.State.CLAIMED, try_after__lte=now
    ).select_related("recipient").first()  # fmt: skip
    if mail is None:
        return None
    if mail.error == REPEATED and mail.tried >= MOST_COPIES:  # killed each time
        settle(mail, Mail.State.FAILED, now, outcome, UNKNOWN)
        return None
    letter, untrue, instead = _letter_again(mail, now, known)
    if letter is None:
        if surely_not_taken(mail):
            outcome.superseded += _give_up(untrue, Notice.State.CLAIMED)
            _pass_on(instead, now)
            settle(mail, Mail.State.FAILED, now, outcome, TOO_LATE)
        elif can_be_asked(mail):
            mail.only_ask = True
            return mail
        else:
            settle(mail, Mail.State.FAILED, now, outcome, ARRIVED_OR_NOT)
        return None
    if surely_not_taken(mail):
        outcome.superseded += _give_up(untrue, Notice.State.CLAIMED)
        _pass_on(instead, now)
        mail.address, mail.subject, mail.text, mail.html = (
            mail.recipient.email, letter.subject, letter.text, letter.html,
        )  # fmt: skip
        mail.save(update_fields=["address", "subject", "text", "html"])
        view_mails.keep_seen(getattr(letter, "views", ()), now)  # a letter of an alert has none
    return mail


def _letter_again(mail, now, known):
    """(what is still to be said or None, {why: [id]} of what is not, whom to tell instead)"""
    notices = list(mail.notices.filter(state=Notice.State.CLAIMED))
    if mail.kind == "alert" and notices:
        written, untrue, instead = _about_alert(mail.recipient, notices[0], now, known)
        return written and written[0], untrue, instead
    at = now if surely_not_taken(mail) else None  # else only whether something is still to be said
    letter, _, untrue, instead, *_ = _letter(mail.recipient, notices, now, at, known)
    return letter, untrue, instead


@transaction.atomic
def _pass_on_failed(now, known) -> None:
    """What failed because nothing reaches an address is told to whoever is next in line. Of dates the sweep does."""
    stops = StoppedAddress.objects.select_for_update(skip_locked=True).filter(passed_on=False)
    for stop in stops:
        lately = stop.since - NOTICED_WITHIN
        failed = Notice.objects.filter(
            state=Notice.State.FAILED, mail__address__iexact=stop.address, mail__claimed_at__gte=lately
        )
        _, _, instead = recheck(list(failed.order_by("pk")), now, known)
        _pass_on(instead, now)
        stop.passed_on = True
        stop.save(update_fields=["passed_on"])


def _pass_on(instead, now) -> None:
    """Decide that others are told of what somebody else answers for now: cover began or ended, a post was filled.
    Whoever was told of that occasion is not told again."""
    if not instead:
        return
    wanted = set(instead)
    given_up = Notice.objects.filter(
        state=Notice.State.SUPERSEDED, why__in=PASSED_TO_OTHERS,
        recipient__in={row[0] for row in wanted}, subject_id__in={row[3] for row in wanted},
    )  # fmt: skip
    again = [notice.pk for notice in given_up if (notice.recipient_id, *saying_of(notice)) in wanted]
    if again:
        Notice.objects.filter(pk__in=again, state=Notice.State.SUPERSEDED).update(
            state=Notice.State.DECIDED, why="", decided_at=now, mail=None
        )
    notify_all(sorted(wanted), at=now)


def _give_up(untrue, state) -> int:
    return sum(
        Notice.objects.filter(pk__in=ids, state=state).update(state=Notice.State.SUPERSEDED, why=why, mail=None)
        for why, ids in untrue.items()
    )


def _message_id(notice) -> str:
    """The same for the same notice, whoever writes the mail: a notice is claimed by one mail only."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<digest.{notice.pk}.{notice.decided_at:%Y%m%d%H%M%S}@{domain}>"
