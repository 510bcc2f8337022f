"""The sweep: what is due by now and not yet said becomes notices. It may run at any moment, twice at once, or late."""

import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import DatabaseError, transaction

from tracker.journal.models import Notice
from tracker.journal.operations import notify_all
from tracker.words import plural
from tracker.working_days import london_day

from .facts import Facts
from .rules import LATER, Saying, to_say

log = logging.getLogger(__name__)
BATCH = 1000


@dataclass
class Outcome:
    """What one sweep did; ``sentence`` is kept with the run."""

    looked_at: int = 0
    decided: int = 0
    superseded: int = 0
    nobody: list[tuple[str, int]] = field(default_factory=list)  # matters without anybody to tell: kind, id
    failed: int = 0

    @property
    def trouble(self) -> bool:
        """Somebody has to look."""
        return bool(self.failed)

    @property
    def sentence(self) -> str:
        parts = [f"Looked at {plural(self.looked_at, 'date')}, {plural(self.decided, 'new notice')}."]
        if self.superseded:
            parts.append(f"{plural(self.superseded, 'earlier notice')} replaced.")
        if self.nobody:
            shown = ", ".join(f"{kind} {pk}" for kind, pk in self.nobody[:5])
            more = ", ..." if len(self.nobody) > 5 else ""
            parts.append(f"Nobody to tell about {len(self.nobody)}: {shown}{more}.")
        if self.failed:
            parts.append(f"{plural(self.failed, 'row')} failed, see the log.")
        return " ".join(parts)


@dataclass
class Batch:
    """One batch of decisions. ``new`` were never decided; ``again`` and ``replaced`` are ids of notices."""

    new: list[Saying] = field(default_factory=list)
    again: list[int] = field(default_factory=list)  # given up earlier, true once more
    replaced: list[int] = field(default_factory=list)  # undelivered, and overtaken by a later stage
    revived: list[Saying] = field(default_factory=list)  # what ``again`` says


def sweep(now: dt.datetime) -> Outcome:
    """Decide what is to be said by ``now``. Queries: a handful per thousand rows, none per row."""
    outcome = Outcome()
    for batch in decide(now, outcome):
        try:
            outcome.decided += _write(batch, now)
            outcome.superseded += len(batch.replaced)
        except DatabaseError:
            # Whichever row the database refuses, the others are still said.
            log.exception("A batch of notices could not be written; trying each by itself")
            for part in _singly(batch):
                try:
                    outcome.decided += _write(part, now)
                except DatabaseError:
                    log.exception("This notice could not be written: %s", part)
                    outcome.failed += 1
    return outcome


def decide(now: dt.datetime, outcome: Outcome) -> Iterator[Batch]:
    """What is to be written, batch by batch; reads only, so that a preview is this and nothing else."""
    today = london_day(now)
    facts = Facts(today)
    until = today + dt.timedelta(days=facts.horizon)
    for due_after in (facts.actions_due, facts.plans_due):
        position = None
        while rows := due_after(until, position, BATCH):
            position = rows[-1][0]
            yield _compare(_sayings([matter for _, matter in rows], today, facts, outcome))
            if len(rows) < BATCH:
                break


def _sayings(matters, today, facts, outcome) -> list[Saying]:
    found = []
    for matter in matters:
        outcome.looked_at += 1
        try:
            sayings = to_say(matter, today, facts.limits(matter.line), facts.circle)
        except Exception:  # one broken row must not silence the others
            log.exception("Nothing could be decided about %s %s", matter.subject_kind, matter.subject_id)
            outcome.failed += 1
            continue
        if sayings is None:
            outcome.nobody.append((matter.subject_kind, matter.subject_id))
        found += sayings or []
    return found


def _compare(sayings) -> Batch:
    """Leave out what was decided before: one query for the batch, which is about one kind of subject."""
    batch = Batch()
    if not sayings:
        return batch
    wanted = {(s.recipient, s.kind, s.subject_id, s.occasion): s for s in sayings}
    current = {(s.recipient, s.kind, s.subject_id): s.occasion for s in sayings}
    rows = Notice.objects.filter(
        subject_kind=sayings[0].subject_kind, subject_id__in={s.subject_id for s in sayings}, kind=sayings[0].kind
    ).order_by()
    for pk, *key, state in rows.values_list("pk", "recipient_id", "kind", "subject_id", "occasion", "state"):
        saying = wanted.pop(tuple(key), None)
        if saying and state == Notice.State.SUPERSEDED:
            batch.again.append(pk)
            batch.revived.append(saying)
        elif not saying and state == Notice.State.DECIDED and current.get(tuple(key[:3]), key[3]) != key[3]:
            batch.replaced.append(pk)
    batch.new = list(wanted.values())
    return batch


@transaction.atomic
def _write(batch: Batch, now) -> int:
    if batch.replaced:
        waiting = Notice.objects.filter(pk__in=batch.replaced, state=Notice.State.DECIDED)
        waiting.update(state=Notice.State.SUPERSEDED, why=LATER)
    again = 0
    if batch.again:
        given_up = Notice.objects.filter(pk__in=batch.again, state=Notice.State.SUPERSEDED)
        again = given_up.update(state=Notice.State.DECIDED, why="", decided_at=now, mail=None)
    if batch.new:
        notify_all([(s.recipient, s.kind, s.subject_kind, s.subject_id, s.occasion) for s in batch.new], at=now)
    return again + len(batch.new)


def _singly(batch: Batch) -> Iterator[Batch]:
    yield Batch(again=batch.again, replaced=batch.replaced)
    for saying in batch.new:
        yield Batch(new=[saying])
