"""What happens when a limit is passed: rungs recorded once, and the posts now responsible told."""

import datetime as dt
import logging
from collections import defaultdict
from dataclasses import dataclass

from django.db import DatabaseError, transaction
from django.db.models import Q

from inspections.models import Organisation
from tracker.clocks.operations import Limits
from tracker.journal.inserting import insert_many
from tracker.journal.operations import notify_all, record_all
from tracker.words import day
from tracker.working_days import london_day

from .facts import clocks
from .ladder import DUTIES, RUNGS, Look, in_turn
from .models import AlertCase, Escalation
from .moments import ground, recorded_of, store, write_down
from .posts import Posts

log = logging.getLogger(__name__)
BATCH = 500
# Of an alert's many columns: what its clocks depend on.
NEEDED = (
    "organisation", "live", "state", "cycle", "raised_at", "acknowledged_at", "responded_at", "returned_at",
    "accepted_at",
)  # fmt: skip
WRITTEN = (
    "alert_id", "duty", "occasion", "rung", "due", "reached_on", "recorded_at", "post_id", "passed_on_from",
)  # fmt: skip


@dataclass
class Outcome:
    """What one run did; ``sentence`` is kept with the run."""

    looked_at: int = 0
    rungs: int = 0
    told: int = 0
    nobody: int = 0  # rungs at which nobody is there to be told
    failed: int = 0

    @property
    def trouble(self) -> bool:
        return bool(self.nobody or self.failed)

    @property
    def sentence(self) -> str:
        parts = [f"{self.looked_at:,} open alerts looked at, {self.rungs:,} rungs reached, {self.told:,} told."]
        if self.nobody:
            parts.append(f"{self.nobody:,} rungs were reached at which every post is vacant.")
        if self.failed:
            parts.append(f"{self.failed:,} alerts could not be looked at, see the log.")
        return " ".join(parts)


def did_something(outcome: Outcome) -> bool:
    return bool(outcome.rungs or outcome.failed)


def climb(now: dt.datetime, *, batch=BATCH) -> Outcome:
    """Record every rung that stands now and was not recorded, and decide who is told. Two at once record each once.

    Asked for are those alerts only whose moment is reached, and those that were worked out on another ground.
    """
    outcome, after = Outcome(), 0
    posts, limits, places = Posts(london_day(now)), Limits(), _places()
    worked_out_on = ground(posts, limits, places)
    waiting = AlertCase.objects.running().filter(
        Q(next_moment__lte=london_day(now)) | Q(worked_out_on__lt=worked_out_on) | Q(worked_out_on__gt=worked_out_on)
    )
    waiting = waiting.order_by("pk")
    while ids := list(waiting.filter(pk__gt=after).values_list("pk", flat=True)[:batch]):
        after = ids[-1]
        try:
            _climb_together(waiting.filter(pk__in=ids), now, posts, limits, places, worked_out_on, outcome)
        except DatabaseError:
            # Whichever row the database refuses, the others still climb.
            log.exception("A batch of alerts could not climb; trying each by itself")
            for pk in ids:
                try:
                    _climb_together(waiting.filter(pk=pk), now, posts, limits, places, worked_out_on, outcome)
                except DatabaseError:
                    log.exception("Alert %s could not climb", pk)
                    outcome.failed += 1
        if len(ids) < batch:
            break
    return outcome


def would_tell(now: dt.datetime) -> tuple[list[int], bool]:
    """(ids of those whom a climb at ``now`` would tell, once for each mail; whether more alerts are open than were
    looked at). Reads only."""
    posts, limits, places = Posts(london_day(now)), Limits(), _places()
    cases = _placed(AlertCase.objects.running().order_by("pk")[: BATCH + 1], places)
    cases, more = cases[:BATCH], len(cases) > BATCH
    recorded = recorded_of([case.pk for case in cases])
    looks = _looked_at(cases, now, posts, limits, recorded, Outcome())
    cases = [case for case in cases if case.pk in looks]
    return [reader for reader, *_ in _to_tell(cases, looks, recorded, posts)], more


def _places() -> dict[int, Organisation]:
    """Every place with the levels above it; read once, not with each alert."""
    places = Organisation.objects.in_bulk()
    for place in places.values():
        if place.parent_id is not None:
            place.parent = places[place.parent_id]
    return places


def _placed(cases, places) -> list[AlertCase]:
    cases = list(cases)
    for case in cases:
        case.organisation = places[case.organisation_id]
    return cases


def _looked_at(cases, now, posts, limits, recorded, outcome) -> dict[int, Look]:
    """{alert: what its clocks come to}; reads only."""
    found = {}
    for pk, clock in clocks(cases, now, posts, limits).items():
        try:
            found[pk] = clock.look(now, recorded[pk])
        except Exception:  # one broken alert must not silence the others
            log.exception("Nothing could be decided about alert %s", pk)
            outcome.failed += 1
    return found


def _climb_together(waiting, now, posts, limits, places, worked_out_on, outcome) -> None:
    with transaction.atomic():
        # Locked, and only then read: a deed in this moment, or another scheduler, is first or waits.
        cases = _placed(waiting.select_for_update(of=("self",)).only(*NEEDED), places)
        recorded = recorded_of([case.pk for case in cases])
        looks = _looked_at(cases, now, posts, limits, recorded, outcome)
        cases = [case for case in cases if case.pk in looks]
        rows = [
            (case.pk, rung.kind, rung.occasion, rung.name, rung.due, rung.reached_on, now, *_post(posts, rung, case))
            for case in cases
            for rung in looks[case.pk].stands
        ]
        wanted = list(_to_tell(cases, looks, recorded, posts))
        insert_many(Escalation, WRITTEN, rows)
        record_all([_line(case, its) for case in cases if (its := looks[case.pk].stands)], by=None, at=now)
        notify_all(wanted, at=now)
        for case in cases:
            write_down(case, looks[case.pk], looks[case.pk].moment_after, worked_out_on)
        store(cases)
    outcome.looked_at += len(cases)
    outcome.rungs += len(rows)
    outcome.told += len(wanted)
    outcome.nobody += sum(post is None for *_, post, _ in rows)


def _post(posts, rung, case) -> tuple[int | None, str]:
    answering = posts.at(rung.name, case.organisation)
    return answering.post and answering.post.pk, answering.passed_on_from


def _line(case, rungs) -> dict:
    latest = max(rungs, key=in_turn)
    said = "; ".join(f"{RUNGS[rung.name]} on {day(rung.reached_on)}: {DUTIES[rung.kind]}" for rung in rungs[:20])
    return {
        "deed": "escalated", "subject": case, "organisation": case.organisation,
        "after": {"rungs": said, "number": len(rungs), "latest": RUNGS[latest.name]},
    }  # fmt: skip


def _to_tell(cases, looks, recorded, posts):
    """One notice for each post that is newly responsible for something which still is late.

    A post that was told of a duty at an earlier rung, its own or as the one above a vacant post, is not told again.
    """
    for case in cases:
        latest, told = {}, defaultdict(set)
        for (occasion, _), post in recorded[case.pk].items():
            told[occasion].add(post)
        for rung in looks[case.pk].stands:
            answering = posts.at(rung.name, case.organisation)
            if answering.post is None or rung.occasion not in looks[case.pk].late:
                continue
            before = told[rung.occasion]
            if answering.post.pk not in before:
                before.add(answering.post.pk)
                latest[answering.post.pk] = (answering.reader, rung)
        readers = {}
        for reader, rung in latest.values():  # who holds two of the posts reads one message
            readers[reader.pk] = rung
        for reader, rung in readers.items():
            yield reader, "alert_rung", "alertcase", case.pk, f"{rung.occasion} {rung.name}"
