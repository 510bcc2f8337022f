"""What ran by itself, and what came of it: one row each, kept for five weeks; and of each job when it looked last."""

import datetime as dt
from dataclasses import dataclass

from .models import Heartbeat, Run

KEPT = dt.timedelta(days=35)


@dataclass(frozen=True)
class Done:
    """The outcome of a job that only counts what it did: "Accepted risks that came back: 3."."""

    what: str
    number: int
    trouble: bool = False

    @property
    def sentence(self) -> str:
        return f"{self.what}: {self.number:,}."


def run_job(job: str, work, clock, *, worth_keeping=None):
    """Do ``work()``, which gives an outcome with a ``sentence``, and keep a row about it. An error is kept, and raised.

    A job that mostly has nothing to do says which outcomes are ``worth_keeping``; any other has its row from the
    beginning, so that one that was killed is seen without an end. That it looked is known of each.
    """
    started = clock()
    run = None if worth_keeping else _begin(job, started)
    try:
        outcome = work()
    except Exception as error:
        _end(run or _begin(job, started), f"{type(error).__name__}: {error}", clock(), failed=True)
        _beat(job, started, clock(), failed=True)
        raise
    trouble = False
    if run or worth_keeping(outcome):
        trouble = outcome.trouble
        _end(run or _begin(job, started), outcome.sentence, clock(), failed=trouble)
    _beat(job, started, clock(), failed=trouble)
    return outcome


def latest_runs() -> list[Run]:
    """The last time that each job ran by itself, with what came of it: also whom nobody could be told about."""
    latest = [Run.objects.filter(job=job).order_by("-started_at").first() for job in ("sweep", "climb", "deliver")]
    return [run for run in latest if run]


def _begin(job, started) -> Run:
    Run.objects.filter(job=job, started_at__lt=started - KEPT).delete()
    return Run.objects.create(job=job, started_at=started)


def _end(run, sentence, now, *, failed):
    run.finished_at, run.outcome, run.failed = now, sentence[:300], failed
    run.save(update_fields=["finished_at", "outcome", "failed"])


def _beat(job, started, now, *, failed):
    """One statement, also for two at once."""
    beat = Heartbeat(job=job, looked_at=started, took=(now - started).total_seconds(), failed=failed)
    Heartbeat.objects.bulk_create(
        [beat], update_conflicts=True, unique_fields=["job"], update_fields=["looked_at", "took", "failed"]
    )
