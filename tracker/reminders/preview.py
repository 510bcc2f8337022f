"""Who would get what: the mails that a run would send now, by the code that sends them; nothing is written."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tracker.journal.models import Notice
from tracker.people.models import User
from tracker.words import plural
from tracker.working_days import london_day

from . import brake, sweep, weekly
from .digest import compose
from .models import Preference
from .rechecking import Known, merged, recheck
from .rules import ALERTS
from .times import Turn, Wish, let_go, turn, turn_at_once
from .turns import EACH_DAY, HELD, OF_THE_WEEK, SUMMARY, VIEW, mailed_on

AT_ONCE = 5000  # notices asked again together


@dataclass
class Planned:
    """One mail. ``told``: (notice, as what the reader is told of it, what it is about); ``summary``: it carries the
    weekly summary; ``views``: so many saved views, should they have changed."""

    person: User
    told: list = field(default_factory=list)
    summary: bool = False
    views: int = 0

    @property
    def count(self) -> int:
        return len(self.told) + self.summary + self.views

    @property
    def lines(self) -> int:
        """As many as it has: what is said of one thing is one line, the weekly summary another."""
        return len(merged(self.told)) + self.summary + self.views

    def subject(self, now: dt.datetime) -> str:
        """As the mail would have it: some ten queries."""
        week = weekly.sum_up(self.person, now) if self.summary else None
        letter = compose(self.person, merged(self.told), london_day(now), week=week) if self.told or week else None
        if letter is None and self.views:
            return f"What changed in {plural(self.views, 'saved view')}"
        return letter.subject if letter else ""


@dataclass(frozen=True)
class Preview:
    """``news``: mails that count for the brake; ``usual``: median of mails a working day."""

    mails: list[Planned]
    news: int
    usual: float | None

    @property
    def would_be_held(self) -> bool:
        return brake.is_a_storm(self.news, self.usual)

    @property
    def words(self) -> str:
        """ "12 mails to 12 people" """
        return f"{plural(len(self.mails), 'mail')} to {plural(len(self.mails), 'person', 'people')}"


def preview(now: dt.datetime, *, at_once=False, released=False, decided_at: dt.datetime | None = None) -> Preview:
    """The mails of a run now, after a sweep, now or at ``decided_at``. A number of queries that grows with thousands of
    notices only. ``at_once``: as `sweep --now`, whatever the hour and the day. ``released``: were held mails let go."""
    waiting = _waiting(now, decided_at or now)
    wishes = {row.person_id: Wish(row.frequency, row.hour, row.summary) for row in Preference.objects.all()}
    mailed = set() if at_once else mailed_on(london_day(now))
    due = {
        person: found
        for person, its in waiting.items()
        if person not in mailed and (found := _due(its, wishes.get(person, Wish()), now, at_once, released))
    }
    news = sum(any(notice.kind not in OF_THE_WEEK for notice in found) for found in due.values())
    return Preview(_planned(due, now), news, brake.usual(london_day(now)))


def _waiting(now, decided_at) -> dict[int, list[Notice]]:
    """What is decided, and what a sweep would decide now, by person."""
    decided = Notice.objects.filter(state=Notice.State.DECIDED).exclude(kind__in=[*ALERTS, HELD])
    found, replaced = list(decided), set()
    for batch in sweep.decide(now, sweep.Outcome()):
        replaced.update(batch.replaced)
        found += [_not_saved(saying, decided_at) for saying in batch.new + batch.revived]
    waiting = defaultdict(list)
    for notice in found:
        if notice.pk is None or notice.pk not in replaced:
            waiting[notice.recipient_id].append(notice)
    return waiting


def _not_saved(saying, decided_at) -> Notice:
    return Notice(
        recipient_id=saying.recipient, kind=saying.kind, subject_kind=saying.subject_kind,
        subject_id=saying.subject_id, occasion=saying.occasion, decided_at=decided_at,
    )  # fmt: skip


def _due(notices, wish, now, at_once, released) -> list[Notice]:
    if at_once or (released and _by(let_go(wish, now), notices)):
        return _by(turn_at_once(wish, now), notices)
    return _by(turn(wish, now), notices)


def _by(turn: Turn, notices) -> list[Notice]:
    ends = [(turn.always if notice.kind in EACH_DAY else turn.chosen, notice) for notice in notices]
    return [notice for end, notice in ends if end and notice.decided_at <= end]


def _planned(due, now) -> list[Planned]:
    """Each notice asked again, as it is before it is sent; whoever has most to read first."""
    mails = defaultdict(lambda: Planned(None))
    for one in _still_true([n for found in due.values() for n in found if n.kind not in OF_THE_WEEK], now):
        mails[one[0].recipient_id].told.append(one)
    for found in due.values():
        for notice in found:
            if notice.kind == SUMMARY:
                mails[notice.recipient_id].summary = True
            elif notice.kind == VIEW:
                mails[notice.recipient_id].views += 1
    people = User.objects.in_bulk(mails.keys())
    for pk, mail in mails.items():
        mail.person = people[pk]
    return sorted(mails.values(), key=lambda mail: (-mail.count, mail.person.last_name, mail.person.pk))


def _still_true(notices, now) -> Iterator[tuple]:
    known = Known()
    for start in range(0, len(notices), AT_ONCE):
        some = notices[start : start + AT_ONCE]
        yield from recheck(some, known.circumstances(some, now))[0]
