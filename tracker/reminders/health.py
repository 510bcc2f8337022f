"""Is the service ready, and are its jobs running? For the machine that watches it, and for administrators."""

import datetime as dt
import time

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from tracker.words import moment

from .models import Run

SILENT_AFTER = dt.timedelta(minutes=15)
REMEMBERED = 60  # seconds
_started = time.monotonic()
_answer = [float("-inf"), ""]  # when it was asked, and the banner


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


def banner(now: dt.datetime) -> str:
    """`silence`, asked of the database once a minute for each web process at most."""
    asked, said = _answer
    clock = time.monotonic()
    if clock - asked > REMEMBERED:
        said = silence(last_sweep(), now, dt.timedelta(seconds=clock - _started))
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
    short = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
    try:
        with redis.Redis.from_url(settings.CELERY_BROKER_URL, **short) as broker:
            broker.ping()
    except (redis.RedisError, ValueError, OSError):
        return "away"
    return "ok"


def _scheduler(now) -> dict:
    last = last_sweep()
    silent = last is None or now - last > SILENT_AFTER
    return {
        "last_sweep": last.isoformat() if last else None,
        "state": "silent for more than 15 minutes" if silent else "ok",
    }
