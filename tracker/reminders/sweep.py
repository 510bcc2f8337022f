"""The sweep: what is due by now and not yet said becomes notices. It may run at any moment, twice at once, or late."""

import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from django.db import DatabaseError, transaction
from django.db.models import Q

from tracker.journal.models import Notice
from tracker.journal.operations import notify_all
from tracker.words import plural
from tracker.working_days import london_day

from .facts import SOURCES, Facts, Source
from .overdue import NewStep, keep_steps, new_steps
from .rules import LATER, REMINDERS, URGENT_ONLY, Matter, Saying, spoken_of, to_say, turns_on_the_way
from .view_mails import to_mail
from .weekly import to_sum_up

log = logging.getLogger(__name__)
BATCH = 1000


@dataclass
class Outcome:
    """What one sweep did; ``sentence`` is kept with the run."""

    looked_at: int = 0
    decided: int = 0
    superseded: int = 0
    passed_up: int = 0  # stages of overdue work that were recorded
    nobody: list[tuple[str, int]] = field(default_factory=list)  # matters without anybody to tell: kind, id
    failed: int = 0

    @property
    def trouble(self) -> bool:
        """Somebody has to look."""
        return bool(self.failed)

    @property
    def sentence(self) -> str:
        parts = [f"Looked at {plural(self.looked_at, 'date')}, {plural(self.decided, 'new notice')}."]
        if self.passed_up:
            parts.append(f"{plural(self.passed_up, 'stage')} of overdue work reached.")
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
    steps: list[NewStep] = field(default_factory=list)  # of overdue work


def sweep(now: dt.datetime) -> Outcome:
    """Decide what is to be said by ``now``. Queries: a handful per thousand rows, none per row."""
    outcome = Outcome()
    for batch in decide(now, outcome):
        try:
            outcome.decided += _write(batch, now)
            outcome.superseded += len(batch.replaced)
            outcome.passed_up += len(batch.steps)
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
    for source in SOURCES:
        for matters in _batches(source, facts):
            spoken = list(_spoken_of(matters, source, today, facts, outcome))
            sayings = _sayings(spoken, today, facts, outcome)
            overdue = [one for one in spoken if one.kind == "overdue_step"]
            steps = new_steps(source.subject_kind, overdue, today, facts, now) if overdue else []
            if sayings or steps:
                yield replace(_compare(sayings), steps=steps)
    if weeks := to_sum_up(facts) + to_mail(facts):
        yield Batch(new=weeks)


def _batches(source: Source, facts: Facts) -> Iterator[list[Matter]]:
    position = 0
    while True:
        ids = source.rows(facts).filter(pk__gt=position).order_by("pk").values_list("pk", flat=True)
        ids = list(ids[:BATCH])
        if ids:
            position = ids[-1]
            yield list(facts.again(source.subject_kind, ids, source.kinds).values())
        if len(ids) < BATCH:
            return


def _spoken_of(matters, source, today, facts, outcome) -> Iterator[Matter]:
    """Each as every kind speaks of it that has something to say now."""
    for matter in matters:
        outcome.looked_at += 1
        try:
            yield from spoken_of(matter, source.kinds, today, facts.limits(matter.line))
        except Exception:  # one broken row must not silence the others
            _failed(matter, outcome)


def _failed(matter, outcome) -> None:
    log.exception("Nothing could be decided about %s %s", matter.subject_kind, matter.subject_id)
    outcome.failed += 1


def _sayings(matters, today, facts, outcome) -> list[Saying]:
    found = []
    for matter in matters:
        try:
            sayings = to_say(matter, today, facts.limits(matter.line), facts.circle)
        except Exception:
            _failed(matter, outcome)
            continue
        if sayings is None:
            outcome.nobody.append((matter.subject_kind, matter.subject_id))
        found += sayings or []
    return found


_OVER = (Notice.State.SUPERSEDED, Notice.State.DECIDED)  # not on its way to anybody


def _compare(sayings) -> Batch:
    """Leave out what was decided before, and what the reader did not want to hear: one query for the batch, which is
    about one kind of subject."""
    batch = Batch()
    if not sayings:
        return batch
    wanted = {(s.recipient, s.kind, s.subject_id, s.occasion): s for s in sayings}
    current = {(s.recipient, s.kind, s.subject_id): s.occasion for s in sayings}
    told, reached = set(), set()  # (kind, subject, occasion) that somebody is told of; (recipient, subject, count)
    for pk, *key, state, why in _earlier(sayings):
        recipient, kind, subject, occasion = key
        saying = wanted.pop(tuple(key), None)
        if state != Notice.State.SUPERSEDED:
            told.add((kind, subject, occasion))
        if kind == "overdue_step" and state not in _OVER:
            reached.add((recipient, subject, occasion.rpartition(" ")[0]))
        if saying and state == Notice.State.SUPERSEDED and why != URGENT_ONLY:
            batch.again.append((pk, saying))
        elif not saying and state == Notice.State.DECIDED and current.get(tuple(key[:3]), occasion) != occasion:
            batch.replaced.append(pk)

    def is_due(saying):
        if not REMINDERS[saying.kind].once:
            return True
        count = (saying.recipient, saying.subject_id, saying.occasion.rpartition(" ")[0])
        if saying.kind == "overdue_step" and count in reached:
            return False
        return (saying.kind, saying.subject_id, saying.occasion) not in told

    batch.new = [saying for saying in wanted.values() if is_due(saying)]
    revived = [(pk, saying) for pk, saying in batch.again if is_due(saying)]
    batch.again, batch.revived = [pk for pk, _ in revived], [saying for _, saying in revived]
    return batch


def _earlier(sayings):
    """Notices of these kinds about these subjects: those of the same occasions, and those that still wait. Of overdue
    work those of every turn."""
    occasions = {s.occasion for s in sayings}
    for saying in sayings:
        if saying.kind == "overdue_step":
            occasions.update(turns_on_the_way(saying.occasion))
    subjects = {s.subject_id for s in sayings}  # a batch is a stretch of ids, and a list of a thousand costs more
    about = {"subject_kind": sayings[0].subject_kind, "subject_id__range": (min(subjects), max(subjects))}
    # Each side names all that its own index wants.
    rows = Notice.objects.filter(Q(occasion__in=occasions, **about) | Q(state=Notice.State.DECIDED, **about))
    rows = rows.filter(kind__in={s.kind for s in sayings})
    return rows.order_by().values_list("pk", "recipient_id", "kind", "subject_id", "occasion", "state", "why")


@transaction.atomic
def _write(batch: Batch, now) -> int:
    if batch.replaced:
        waiting = Notice.objects.filter(pk__in=batch.replaced, state=Notice.State.DECIDED)
        waiting.update(state=Notice.State.SUPERSEDED, why=LATER)
    again = 0
    if batch.again:
        given_up = Notice.objects.filter(pk__in=batch.again, state=Notice.State.SUPERSEDED)
        again = given_up.update(state=Notice.State.DECIDED, why="", decided_at=now, mail=None)
    keep_steps(batch.steps)
    if batch.new:
        notify_all([(s.recipient, s.kind, s.subject_kind, s.subject_id, s.occasion) for s in batch.new], at=now)
    return again + len(batch.new)


def _singly(batch: Batch) -> Iterator[Batch]:
    yield Batch(again=batch.again, replaced=batch.replaced)
    for saying in batch.new:
        yield Batch(new=[saying])
    for step in batch.steps:
        yield Batch(steps=[step])
