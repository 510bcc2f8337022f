"""Delivery: notices become mails, and mails are handed to the mail server.

The database is the truth. A mail is written and claims its notices in one transaction, is then handed over outside
of any, and then recorded as sent. Killed at any moment, the next run goes on from what the database says; only a
mail that was handed over and not recorded may go out once more, and then it says so.
"""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import parseaddr
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Value, When

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
from .handing_over import (
    ANOTHER_DAY,
    PERHAPS_ANOTHER_DAY,
    REPEATED,
    TOO_LATE,
    can_be_asked,
    chosen_sender,
    hand_over,
    settle,
    surely_not_taken,
)
from .models import Mail
from .rechecking import Known, merged, recheck, saying_of
from .rules import ALERTS, NOT_THEIRS, PASSED_TO_OTHERS
from .senders import ServerGone

log = logging.getLogger(__name__)

LONGEST_RUN = dt.timedelta(minutes=4)  # the next run goes on; far below the broker's visibility timeout
NOTICED_WITHIN = dt.timedelta(days=4)  # an address that does not exist; Notify's provider tries for three
MOST_NOTICES = 1000  # claimed at once for one person
TOGETHER = 20  # people whose mails are written in one transaction, which asks for all of them at once

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
        jobs = [(_claim_alone, [pk]) for pk in alone] + [(_claim_hold, [pk]) for pk in holds]
        jobs += [(_again, [pk]) for pk in unsettled]
        jobs += [(claim, people[n : n + TOGETHER]) for n in range(0, len(people), TOGETHER)]
        for job, keys in jobs:
            if clock() - began > LONGEST_RUN:
                break
            for mail in _written(job, keys, clock, outcome, known):
                _send(mail, sender, clock, outcome, known)
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


def _written(job, keys, clock, outcome, known) -> list[Mail]:
    """The mails of these; whatever is wrong with one of them, the others get theirs."""
    try:
        return job(keys, clock(), outcome, known)
    except SomebodyWasFirst:
        pass
    except Exception:
        if len(keys) == 1:
            log.exception("%s %s", getattr(job, "func", job).__name__, keys[0])
            outcome.broken += 1
    if len(keys) == 1:
        return []
    return [mail for key in keys for mail in _written(job, [key], clock, outcome, known)]


def _send(mail, sender, clock, outcome, known) -> None:
    """Hand one mail over; asked again first where those written with it took so long that somebody else may have it."""
    failed = outcome.failed
    mails = [mail] if clock() < mail.try_after or mail.tried else _written(_again, [mail.pk], clock, outcome, known)
    for mail in mails:
        try:
            hand_over(mail, sender, clock, outcome)
        except ServerGone:
            raise
        except Exception:
            log.exception("Mail %s could not be handed over", mail.pk)
            outcome.broken += 1
    if outcome.failed > failed:
        known.forget()  # its address may be stopped now


# --- Claiming ------------------------------------------------------------------------------------------------


@transaction.atomic
def _claim(people, now, outcome, known, *, released_at=None, at_once=False) -> list[Mail]:
    """Write the mails of the day for some people."""
    read = partial(turns.notices_of, now=now, released_at=released_at, at_once=at_once)
    return _write(_lock(people), read, now, outcome, known)


@transaction.atomic
def _claim_hold(people, now, outcome, known) -> list[Mail]:
    """Write the mails that tell administrators of mails that are held."""
    waiting = Notice.objects.filter(state=Notice.State.DECIDED, kind=turns.HELD).order_by("pk")
    read = lambda some: {person: list(waiting.filter(recipient=person)) for person in some}  # noqa: E731
    return _write(_lock(people), read, now, outcome, known)


def _lock(people) -> list[User]:
    """So that a second deliverer passes by (PostgreSQL), or waits and finds nothing (SQLite). With what they wish."""
    rows = User.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).select_related("preference")
    return sorted(rows.filter(pk__in=people), key=lambda person: people.index(person.pk))


def _write(people, read, now, outcome, known) -> list[Mail]:
    """A mail for each of these, of the notices that ``read`` gives of them, each asked again whether it still is true.
    A number of queries for all of them, and more only for what is read into one mail."""
    waiting = read(people)
    circumstances = known.circumstances([notice for notices in waiting.values() for notice in notices], now)
    letters, gone, broken = [], defaultdict(list), 0
    for place, person in enumerate(people, start=1):
        notices = waiting.get(person, [])[:MOST_NOTICES]
        letter, said, untrue, instead, unwritten, free = _letter(person, notices, now, now, circumstances)
        for why, ids in untrue.items():
            gone[why] += ids
        # As old as what it comes from: whoever had no mail today reads it today.
        _pass_on(instead, min((notice.decided_at for notice in notices), default=now))
        if {recipient for recipient, *_ in instead} & {later.pk for later in people[place:]}:
            waiting = read(people[place:])
            circumstances = known.circumstances([notice for notices in waiting.values() for notice in notices], now)
        broken += unwritten
        if letter is not None:
            about = letter.about.union(*(one.changes.about for one in letter.views)) - free
            letters.append((person, letter, said, about))
    superseded = _give_up(gone, Notice.State.DECIDED)
    mails = _mails_of(letters, now) if letters else []
    outcome.superseded += superseded
    outcome.broken += broken
    return mails


def _mails_of(letters, now) -> list[Mail]:
    """Nobody else takes them up before what was asked again has become old; then anybody may, and asks once more."""
    restricted = _restricted_among(set().union(*(about for *_, about in letters)))
    mails = Mail.objects.bulk_create(
        Mail(
            recipient=person, address=person.email, kind=turns.kind_of_mail({n.kind for n in said}),
            subject=letter.subject, text=letter.text, html=letter.html, message_id=_message_id(said[0], now),
            claimed_at=now, try_after=now + Known.LASTS, demonstration=person.demonstration,
            restricted=not restricted.isdisjoint(about),
        )
        for person, letter, said, about in letters
    )  # fmt: skip
    said = [notice.pk for _, _, said, _ in letters for notice in said]
    mine = Case(*[When(recipient=mail.recipient_id, then=Value(mail.pk)) for mail in mails])
    claimed = Notice.objects.filter(pk__in=said, state=Notice.State.DECIDED)
    if claimed.update(state=Notice.State.CLAIMED, mail=mine) != len(said):
        raise SomebodyWasFirst
    for _, letter, *_ in letters:
        view_mails.keep_seen(letter.views, now)
    return mails


def _letter(person, notices, now, at, circumstances):
    """(the mail or None, the notices that it speaks of, {why: [id]} of those no longer true, whom to tell instead,
    whether something true could not be written, what surely is of no alert). ``at`` None: only to be looked at."""
    weeks = [notice for notice in notices if notice.kind == turns.SUMMARY]
    true, untrue, instead = recheck(
        [notice for notice in notices if notice.kind not in turns.OF_THE_WEEK], circumstances
    )
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


def _restricted_among(about) -> set[tuple[str, int]]:
    """Which of these (kind, id) are an alert that only its circle may read, or are of its actions."""
    rows = {
        "action": Action.objects.filter(alert__restricted=True),
        "datechange": DateChange.objects.filter(action__alert__restricted=True),
        "alertcase": AlertCase.objects.filter(restricted=True),
    }
    ids = {kind: [pk for its, pk in about if its == kind] for kind in rows}
    return {
        (kind, pk) for kind in rows if ids[kind]
        for pk in rows[kind].filter(pk__in=ids[kind]).order_by().values_list("pk", flat=True)
    }  # fmt: skip


@transaction.atomic
def _claim_alone(ids, now, outcome, known) -> list[Mail]:
    """Write the mail for one notice of an alert."""
    waiting = Notice.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    notice = waiting.filter(pk__in=ids, state=Notice.State.DECIDED).select_related("recipient").first()
    if notice is None:
        raise SomebodyWasFirst
    person = notice.recipient
    written, untrue, instead = _about_alert(person, notice, now, known)
    if written is None:
        outcome.superseded += _give_up(untrue, Notice.State.DECIDED)
        _pass_on(instead, now)
        return []
    letter, restricted = written
    mail = Mail.objects.create(
        recipient=person, address=person.email, kind="alert", subject=letter.subject, text=letter.text,
        html=letter.html, message_id=_message_id(notice, now), claimed_at=now, try_after=now + Known.LASTS,
        demonstration=person.demonstration, restricted=restricted,
    )  # fmt: skip
    claimed = Notice.objects.filter(pk=notice.pk, state=Notice.State.DECIDED)
    if not claimed.update(state=Notice.State.CLAIMED, mail=mail):
        raise SomebodyWasFirst
    return [mail]


def _about_alert(person, notice, now, known):
    """((letter, restricted) or None, {why: [id]}, whom to tell instead) of one notice of an alert."""
    true, untrue, instead = recheck([notice], known.circumstances([notice], now))
    if not true:
        return None, untrue, instead
    written = compose_alert(person, notice, true[0][1], now)
    return written, {} if written else {NOT_THEIRS: [notice.pk]}, []


@transaction.atomic
def _again(ids, now, outcome, known) -> list[Mail]:
    """An unsettled mail, when it is still worth sending; rewritten when the server surely does not have it."""
    mail = Mail.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).filter(
        pk__in=ids, state=Mail.State.CLAIMED, try_after__lte=now
    ).select_related("recipient").first()  # fmt: skip
    if mail is None:
        return []
    if mail.error == REPEATED and mail.tried >= MOST_COPIES:  # killed each time
        settle(mail, Mail.State.FAILED, now, outcome, UNKNOWN)
        return []
    if mail.kind in turns.OF_THE_DAY and london_day(mail.claimed_at) != london_day(now):
        return _put_back(mail, now, outcome)
    letter, untrue, instead = _letter_again(mail, now, known)
    if letter is None:
        if surely_not_taken(mail):
            outcome.superseded += _give_up(untrue, Notice.State.CLAIMED)
            _pass_on(instead, now)
            settle(mail, Mail.State.FAILED, now, outcome, TOO_LATE)
        elif can_be_asked(mail):
            mail.only_ask = TOO_LATE
            return [mail]
        else:
            settle(mail, Mail.State.FAILED, now, outcome, ARRIVED_OR_NOT)
        return []
    if surely_not_taken(mail):
        outcome.superseded += _give_up(untrue, Notice.State.CLAIMED)
        _pass_on(instead, now)
        mail.address, mail.subject, mail.text, mail.html = (
            mail.recipient.email, letter.subject, letter.text, letter.html,
        )  # fmt: skip
        mail.try_after = now + Known.LASTS
        mail.save(update_fields=["address", "subject", "text", "html", "try_after"])
        view_mails.keep_seen(getattr(letter, "views", ()), now)  # a letter of an alert has none
    return [mail]


def _put_back(mail, now, outcome) -> list[Mail]:
    """What was not taken on its day goes with the mail of another, and not beside it: nobody has two on one day, or one
    on a day without work. Whether it was taken is asked first where that can be asked."""
    if surely_not_taken(mail):
        settle(mail, Mail.State.FAILED, now, outcome, ANOTHER_DAY, again=True)
    elif not can_be_asked(mail):
        settle(mail, Mail.State.FAILED, now, outcome, PERHAPS_ANOTHER_DAY, again=True)
    else:
        mail.only_ask = ANOTHER_DAY
        return [mail]
    return []


def _letter_again(mail, now, known):
    """(what is still to be said or None, {why: [id]} of what is not, whom to tell instead)"""
    notices = list(mail.notices.filter(state=Notice.State.CLAIMED))
    if mail.kind == "alert" and notices:
        written, untrue, instead = _about_alert(mail.recipient, notices[0], now, known)
        return written and written[0], untrue, instead
    at = now if surely_not_taken(mail) else None  # else only whether something is still to be said
    letter, _, untrue, instead, *_ = _letter(mail.recipient, notices, now, at, known.circumstances(notices, now))
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
        failed = list(failed.order_by("pk"))
        _, _, instead = recheck(failed, known.circumstances(failed, now))
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


def _message_id(notice, now) -> str:
    """The same for the same notice and day, whoever writes the mail: a notice is claimed by one mail of a day only."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<digest.{notice.pk}.{notice.decided_at:%Y%m%d%H%M%S}.{london_day(now):%Y%m%d}@{domain}>"
