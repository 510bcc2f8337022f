"""Who would get a mail on the next working day, by the code that will decide it; nothing is written."""

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass

from django.db.models import Count

from tracker.alerts import escalating
from tracker.clocks.operations import supposing
from tracker.journal.models import Notice
from tracker.people.models import User
from tracker.words import day, plural, time_of_day
from tracker.working_days import london_day

from . import sweep, times, turns
from .models import Preference
from .rules import ALERTS, KINDS

PEOPLE_SHOWN = 100
MOST_DATES = 20_000  # looked at for one answer; a page does not wait for more


@dataclass(frozen=True)
class Forecast:
    """Mails of one day: digests, one for each person, and mails of alerts, which go alone. ``more``: there is more
    than was looked at, so that the numbers are the least that there will be."""

    digests: int
    alert_mails: int
    people: int
    more: bool = False

    @property
    def words(self) -> str:
        """ "12 mails to 12 people" """
        mails = self.digests + self.alert_mails
        if not mails:
            return "no mails" if not self.more else "no mails that could be counted quickly"
        least = "at least " if self.more else ""
        return f"{least}{plural(mails, 'mail')} to {least}{plural(self.people, 'person', 'people')}"


def next_digests(now: dt.datetime) -> dt.datetime:
    """The moment at which digests go next to whoever chose no other hour."""
    return times.next_moment(times.MORNING, now)


def when_words(at: dt.datetime, now: dt.datetime) -> str:
    """ "today at 8:00am", "tomorrow at 8:00am", "on Monday 23 November 2026 at 8:00am" """
    on = london_day(at)
    the_day = {0: "today", 1: "tomorrow"}.get((on - london_day(now)).days, f"on {on:%A} {day(on)}")
    return f"{the_day} at {time_of_day(at)}"


def forecast(at: dt.datetime) -> Forecast:
    """Of the mails that would go on the day of ``at``, were nothing sent or done before."""
    read = Counter(Notice.objects.filter(state=Notice.State.DECIDED).order_by().values_list("recipient", "kind"))
    outcome, more = sweep.Outcome(), False
    for batch in sweep.decide(at, outcome):
        read.update((saying.recipient, saying.kind) for saying in batch.new + batch.revived)
        if batch.replaced:
            read.subtract(Counter(Notice.objects.filter(pk__in=batch.replaced).values_list("recipient", "kind")))
        if outcome.looked_at >= MOST_DATES:
            more = True
            break
    rungs, unseen = escalating.would_tell(at)
    read.update((reader, "alert_rung") for reader in rungs)
    alone = {key: count for key, count in read.items() if key[1] in ALERTS or key[1] == turns.HELD}
    wishes = dict(Preference.objects.values_list("person", "frequency"))
    weekly = times.is_mail_day(london_day(at), weekly=True)
    digests = {
        person
        for (person, kind), count in read.items()
        if count > 0 and (person, kind) not in alone and _goes(kind, wishes.get(person, times.DAILY), weekly)
    }
    mails = sum(count for count in alone.values() if count > 0)
    return Forecast(len(digests), mails, len(digests | {person for person, _ in alone}), more or unseen)


def _goes(kind, wish, weekly) -> bool:
    """Whether this kind of notice goes on that day to whoever wishes their mail so."""
    if kind in turns.EACH_DAY or wish == times.DAILY:
        return True
    return wish == times.WEEKLY and weekly


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
    """(the first of those whose mail would go if it were let go now, how many there are), whoever waits longest
    first."""
    people = turns.run_at(now, now).people
    shown = people[:PEOPLE_SHOWN]
    notices = Notice.objects.filter(state=Notice.State.DECIDED, recipient__in=shown).exclude(
        kind__in=[*ALERTS, turns.HELD]
    )
    things = defaultdict(list)
    for person, kind, count in notices.order_by().values_list("recipient", "kind").annotate(Count("pk")):
        things[person].append((KINDS.get(kind, kind), count))
    users = User.objects.in_bulk(shown)
    return [Held(users[pk], sorted(things[pk])) for pk in shown], len(people)
