"""Is the service ready, and are its jobs running? For the machine that watches it, and for administrators."""

import datetime as dt
import time
from dataclasses import dataclass

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from tracker.words import moment, plural, verb

from .brake import open_hold
from .models import Mail, Run
from .timetable import FAILED, SILENT, SILENT_AFTER, WEEK, jobs, summary

REMEMBERED = 60  # seconds
QUEUE = "celery"  # Celery's own name for the one that beat fills
_started = time.monotonic()
_answer = [float("-inf"), ""]  # when it was asked, and the banner


def running_for() -> dt.timedelta:
    """How long this process has been here."""
    return dt.timedelta(seconds=time.monotonic() - _started)


def last_sweep() -> dt.datetime | None:
    """When the timetable last ended a sweep."""
    ended = Run.objects.filter(job="sweep", finished_at__isnull=False)
    return ended.order_by("-started_at").values_list("finished_at", flat=True).first()


def silence(last: dt.datetime | None, now: dt.datetime, running_for: dt.timedelta) -> str:
    """A sentence when no reminder was looked for in 15 minutes; empty when all is well, or has only just begun."""
    if min(now - last if last else running_for, running_for) <= SILENT_AFTER:
        return ""
    since = f"since {moment(last)}" if last else "since the service was started"
    return f"No reminders have been looked for {since}: the worker or the scheduler is not running."


def who_is_silent(queue: int | None) -> str:
    """What the length of the queue says about it: what nobody fills is empty, what nobody empties is full."""
    if queue is None:
        return "The queue cannot be reached, so neither of them can do anything."
    if queue:
        return f"{plural(queue, 'message')} {verb(queue, 'waits', 'wait')} in the queue: no worker takes them."
    return "The queue is empty: no scheduler fills it."


def warning(now: dt.datetime) -> str:
    """What administrators are told on every page; empty when all is well."""
    said = []
    if sentence := silence(last_sweep(), now, running_for()):
        said += [sentence, who_is_silent(queue_length())]
    elif quiet := [job for job in jobs(now, running_for()) if job.state == SILENT]:
        said.append(f"{summary(quiet)} for more than 15 minutes.")
    if held := open_hold():
        said.append(f"{plural(held.mails, 'mail')} {verb(held.mails)} held until an administrator has looked.")
    return " ".join([*said, "See Timetable."]) if said else ""


@dataclass(frozen=True)
class Need:
    """Something of the service itself that waits for an administrator."""

    sentence: str
    words: str
    link: str


def needs(now: dt.datetime) -> list[Need]:
    """For administrators' own page, the worst first. Three queries."""
    found = []
    if held := open_hold():
        said = f"{plural(held.mails, 'mail')} {verb(held.mails)} held until you have looked."
        found.append(Need(said, "See who would get what", f"/timetable/held/{held.pk}/"))
    every = jobs(now, running_for())
    for state in (SILENT, FAILED):
        if wrong := [job for job in every if job.state == state]:
            found.append(Need(f"{summary(wrong)}.", "Timetable", "/timetable/"))
    week = Mail.objects.filter(state=Mail.State.FAILED, claimed_at__gt=now - WEEK)
    if failed := week.count():
        said = f"{plural(failed, 'mail')} could not be sent this week."
        found.append(Need(said, "Which", "/sent/?state=failed"))
    return found


def banner(now: dt.datetime) -> str:
    """`warning`, asked of the database once a minute for each web process at most."""
    asked, said = _answer
    clock = time.monotonic()
    if clock - asked > REMEMBERED:
        said = warning(now)
        _answer[:] = clock, said
    return said


def readiness(now: dt.datetime) -> dict:
    """Ready is a service with its database and its latest tables; pages do without broker and scheduler."""
    database = _database()
    ready = database == "ok"
    return {
        "ready": ready,
        "version": settings.VERSION,
        "database": database,
        "broker": _broker(),
        "scheduler": _scheduler(now) if ready else "unknown",
    }


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "away"
    return f"{len(missing)} migrations not applied" if missing else "ok"


def _broker() -> str:
    try:
        with _redis() as broker:
            broker.ping()
    except (redis.RedisError, ValueError, OSError):
        return "away"
    return "ok"


def queue_length() -> int | None:
    """How many messages wait for a worker; None when the broker is away."""
    try:
        with _redis() as broker:
            return broker.llen(QUEUE)
    except (redis.RedisError, ValueError, OSError):
        return None


def _redis():
    return redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_connect_timeout=0.5, socket_timeout=0.5)


def _scheduler(now) -> dict:
    """ "not yet" while this process is so young that nothing had the time to run."""
    last, been_here = last_sweep(), running_for()
    if silence(last, now, been_here):
        state = "silent for more than 15 minutes"
    else:
        state = "ok" if last and now - last <= SILENT_AFTER else "not yet"
    silent = [job.name for job in jobs(now, been_here) if job.state == SILENT]
    return {"last_sweep": last.isoformat() if last else None, "state": state, "silent": silent}
