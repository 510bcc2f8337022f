"""Is every event still there, and as it was written? Reads only, one event after the other."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from django.db import connection

from tracker.words import plural

from . import triggers
from .chain import SEALED, SERVICE, hash_of
from .models import ChainHead, Event

AT_ONCE = 1000  # events in memory


@dataclass
class Report:
    """``faults``: a sentence each."""

    events: int = 0
    chains: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        counted = f"{plural(self.events, 'event')} in {plural(self.chains, 'chain')}"
        return f"{counted}, {plural(len(self.faults), 'fault')}." if self.faults else f"{counted}, all whole."


def verify(expected: Iterable[str] = ()) -> Report:
    """Walk every chain to its end, while others go on recording. ``expected``: hashes that were mailed; each must
    still be a link of some chain. Memory: `AT_ONCE` events."""
    report = Report()
    for chain in _chains():
        report.chains += 1
        _walk(chain, report)
    newest = Event.objects.filter(subject_kind="chainhead", subject_id=SERVICE, deed=SEALED).first()
    if newest:
        _check_seal(newest, report)
    for wanted in expected:
        _look_for(wanted.strip().lower(), newest, report)
    report.faults += [
        f"The database does not refuse changes to the journal: the trigger {name} is missing."
        for name in triggers.missing(connection)
    ]
    return report


def _chains() -> list[int]:
    with_events = Event.objects.order_by().values_list("organisation_id", flat=True).distinct()
    return sorted({pk or SERVICE for pk in with_events} | set(ChainHead.objects.values_list("chain", flat=True)))


def name_of(chain: int) -> str:
    return f"chain {chain}" if chain else "chain 0 (the service's own)"


def _events(chain: int):
    return Event.objects.filter(organisation=chain if chain != SERVICE else None)


def _walk(chain: int, report: Report) -> None:
    name, link, newest, until = name_of(chain), 0, "", None
    while True:
        for event in _after(chain, link, until):
            report.events += 1
            report.faults += _faults_of(event, name, link, newest)
            link, newest = event.link, event.hash
        # Read after the events: what was recorded meanwhile is walked up to here, once.
        head = ChainHead.objects.filter(chain=chain).first()
        if until is not None or head is None or head.link <= link:
            break
        until = head.link
    report.faults += _faults_at_the_end(head, name, link, newest)
    loose = _events(chain).filter(link=0)
    if count := loose.count():
        first = loose.order_by("pk").values_list("pk", flat=True)[0]
        report.events += count
        report.faults.append(
            f"In {name}, {plural(count, 'event')} {'is' if count == 1 else 'are'} not chained, the first is event "
            f"{first}."
        )


def _after(chain: int, link: int, until: int | None) -> Iterator[Event]:
    """The chain's events with a higher link, in order; batch by batch, so that no lock is held and memory stays."""
    rows = _events(chain).filter(link__gt=link).order_by("link", "pk")
    if until is not None:
        rows = rows.filter(link__lte=until)
    batch = list(rows[:AT_ONCE])
    while batch:
        yield from batch
        last = batch[-1]
        batch = list(rows.filter(link__gte=last.link).exclude(link=last.link, pk__lte=last.pk)[:AT_ONCE])


def _faults_of(event, name, link, newest) -> list[str]:
    found = []
    if event.link > link + 1:
        lost = f"link {link + 1} is" if event.link == link + 2 else f"links {link + 1} to {event.link - 1} are"
        found.append(f"In {name}, {lost} missing before event {event.pk}: what stood there was removed.")
    elif event.link <= link:
        found.append(f"In {name}, link {event.link} is there twice: event {event.pk} was put beside another.")
    elif event.previous_hash != newest:
        found.append(
            f"In {name}, link {event.link} (event {event.pk}) does not follow from the link before it: one of the two "
            "was changed."
        )
    if event.hash != hash_of(event):
        found.append(f"In {name}, link {event.link} (event {event.pk}) is not as it was written: it was changed.")
    return found


def _faults_at_the_end(head, name, link, newest) -> list[str]:
    if head is None:
        return [f"The head of {name} is missing; its last event is link {link}."] if link else []
    if head.link > link:
        lost = f"link {head.link} is" if head.link == link + 1 else f"links {link + 1} to {head.link} are"
        return [f"The end of {name} was cut: after link {link}, {lost} missing."]
    if head.link < link or head.hash != newest:
        return [f"The head of {name} was changed: it does not name its last event, link {link}."]
    return []


# --- Hashes that were mailed ---------------------------------------------------------------------------------


def _look_for(wanted: str, newest, report: Report) -> None:
    event = Event.objects.filter(hash=wanted).order_by().first()
    if event is None:
        report.faults.append(f"No link of any chain has the hash {wanted}: the end of a chain was cut, or rewritten.")
    elif event.deed == SEALED and event != newest:
        _check_seal(event, report)


def _check_seal(event, report: Report) -> None:
    """Whether the newest link of each chain, as it was on the day of the seal, is still a link of it."""
    heads = event.after.get("heads") or {}
    named = iter(heads.items())
    on = event.at.astimezone(dt.UTC)
    while some := list(islice(named, AT_ONCE)):
        there = set(
            Event.objects.filter(hash__in=[newest for _, (_, newest) in some], link__gt=0)
            .order_by()
            .values_list("organisation_id", "link", "hash")
        )
        report.faults += [
            f"Link {link} of {name_of(int(chain))} is not what it was when the journal was sealed on {on:%Y-%m-%d} "
            f"(event {event.pk}): the end of the chain was cut, or rewritten."
            for chain, (link, newest) in some
            if (int(chain) or None, link, newest) not in there
        ]
