"""Who would get a mail on the next working day, by the code that will decide it; nothing is written."""

import datetime as dt
from dataclasses import dataclass

from tracker.alerts import escalating
from tracker.clocks.operations import supposing
from tracker.journal.models import Notice
from tracker.words import plural
from tracker.working_days import LONDON, add_working_days, london_day

from . import sweep
from .rules import ALERTS

HOUR = 8
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
    """The moment at which the next working day's digests begin to go out."""
    return dt.datetime.combine(add_working_days(london_day(now), 1), dt.time(HOUR), tzinfo=LONDON)


def forecast(at: dt.datetime) -> Forecast:
    """Of the mails that would go out by ``at``, were nothing sent or done before."""
    waiting = Notice.objects.filter(state=Notice.State.DECIDED).order_by()
    readers: dict[int, int] = {}  # how many notices each would read; a later stage takes the place of an earlier one
    for pk in waiting.exclude(kind__in=ALERTS).values_list("recipient", flat=True).iterator():
        readers[pk] = readers.get(pk, 0) + 1
    outcome, more = sweep.Outcome(), False
    for batch in sweep.decide(at, outcome):
        for saying in batch.new + batch.revived:
            readers[saying.recipient] = readers.get(saying.recipient, 0) + 1
        if batch.replaced:
            for pk in Notice.objects.filter(pk__in=batch.replaced).values_list("recipient", flat=True):
                readers[pk] -= 1
        if outcome.looked_at >= MOST_DATES:
            more = True
            break
    digests = {pk for pk, count in readers.items() if count > 0}
    alone = [*waiting.filter(kind__in=ALERTS).values_list("recipient", flat=True)]
    rungs, unseen = escalating.would_tell(at)
    alone += rungs
    return Forecast(len(digests), len(alone), len(digests | set(alone)), more or unseen)


def what_if(organisation, changes: dict[str, int | None], now: dt.datetime) -> tuple[Forecast, Forecast]:
    """(as the limits are, as they would be with these changes at ``organisation``) on the next working day."""
    at = next_digests(now)
    as_it_is = forecast(at)
    with supposing(organisation.pk, changes):
        return as_it_is, forecast(at)
