"""Who would get a mail on the next working day, by the code that will decide it; nothing is written."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from tracker.alerts import escalating
from tracker.clocks.operations import supposing
from tracker.journal.models import Notice
from tracker.people.models import User
from tracker.plans.models import Action
from tracker.plans.rules import OPEN_ACTION
from tracker.words import day, plural
from tracker.working_days import day_begins, london_day

from . import sweep, times, turns
from .models import Preference
from .preview import preview
from .rules import ALERTS, KINDS

PEOPLE_SHOWN = 100
MOST_DATES = 5_000  # looked at for one answer; a page does not wait for more


@dataclass(frozen=True)
class Forecast:
    """Mails of one day: digests, one for each person, and mails of alerts, which go alone. ``more``: there is more
    than was looked at, so that the numbers are the least that there will be. ``lines``: in all of them together; None
    where they were not counted."""

    digests: int
    alert_mails: int
    people: int
    more: bool = False
    lines: int | None = None

    @property
    def mails(self) -> int:
        return self.digests + self.alert_mails

    @property
    def words(self) -> str:
        """ "12 mails to 12 people" """
        if not self.mails:
            return "no mails" if not self.more else "no mails that could be counted quickly"
        least = "at least " if self.more else ""
        return f"{least}{plural(self.mails, 'mail')} to {least}{plural(self.people, 'person', 'people')}"


def next_digests(now: dt.datetime) -> dt.datetime:
    """The moment at which digests go next to whoever chose no other hour; it names the day."""
    return times.next_moment(times.MORNING, now)


def when_words(at: dt.datetime, now: dt.datetime) -> str:
    """ "today", "tomorrow", "on Monday 23 November 2026" """
    on = london_day(at)
    return {0: "today", 1: "tomorrow"}.get((on - london_day(now)).days, f"on {on:%A} {day(on)}")


def forecast(at: dt.datetime) -> Forecast:
    """Of the mails that would go on the day of ``at``, at whatever hour their readers chose, were nothing sent or done
    before."""
    alone = Notice.objects.filter(state=Notice.State.DECIDED, kind__in=[*ALERTS, turns.HELD])
    rungs, unseen = escalating.would_tell(at)
    alone = [*alone.values_list("recipient", flat=True), *rungs]
    dates = Action.objects.filter(live=True, state__in=OPEN_ACTION).order_by()
    more = dates[: MOST_DATES + 1].count() > MOST_DATES
    lines = {} if more else readers_on(london_day(at))
    digests = _counted_quickly(at) if more else set(lines)
    return Forecast(
        len(digests), len(alone), len(digests | set(alone)), more or unseen,
        None if more else sum(lines.values()) + len(alone),
    )  # fmt: skip


def readers_on(on: dt.date) -> dict[int, int]:
    """Whose digest would go that day, with how many lines: decided as it begins, and by the last hour everybody's turn
    has been."""
    last = times.moment(on, times.HOURS[-1])
    return {mail.person.pk: mail.lines for mail in preview(last, decided_at=day_begins(on)).mails}


def _counted_quickly(at: dt.datetime) -> set[int]:
    """Whose digest would go, as far as a page can wait: not each notice is asked again whether it still is true."""
    waiting = Notice.objects.filter(state=Notice.State.DECIDED).exclude(kind__in=[*ALERTS, turns.HELD])
    read = Counter(waiting.order_by().values_list("recipient", "kind"))
    outcome = sweep.Outcome()
    for batch in sweep.decide(at, outcome):
        read.update((saying.recipient, saying.kind) for saying in batch.new + batch.revived)
        if batch.replaced:
            read.subtract(Counter(Notice.objects.filter(pk__in=batch.replaced).values_list("recipient", "kind")))
        if outcome.looked_at >= MOST_DATES:
            break
    wishes = dict(Preference.objects.values_list("person", "frequency"))
    weekly = times.is_mail_day(london_day(at), weekly=True)

    def goes(person, kind):
        wish = wishes.get(person, times.DAILY)
        return kind in turns.EACH_DAY or wish == times.DAILY or (wish == times.WEEKLY and weekly)

    return {person for (person, kind), count in read.items() if count > 0 and goes(person, kind)}


def what_if(organisation, changes: dict[str, int | None], now: dt.datetime) -> tuple[Forecast, Forecast]:
    """(as the limits are, as they would be with these changes at ``organisation``) on the next working day."""
    at = next_digests(now)
    as_it_is = forecast(at)
    with supposing(organisation.pk, changes):
        return as_it_is, forecast(at)


@dataclass(frozen=True)
class Held:
    """What one person's held mail speaks of. ``things``: [(why, how many)]"""

    person: User
    things: list[tuple[str, int]]


def held_mails(now: dt.datetime) -> tuple[list[Held], int]:
    """(the first of the mails that would go if they were let go now, how many there are), the longest first."""
    mails = preview(now, released=True).mails
    shown = []
    for mail in mails[:PEOPLE_SHOWN]:
        things = Counter(KINDS.get(notice.kind, notice.kind) for notice, *_ in mail.told)
        if mail.summary:
            things[KINDS[turns.SUMMARY]] += 1
        if mail.views:
            things[KINDS[turns.VIEW]] += mail.views
        shown.append(Held(mail.person, sorted(things.items())))
    return shown, len(mails)
