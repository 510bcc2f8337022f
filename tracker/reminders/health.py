"""Is the service alive, ready, and are its jobs running? For the machine that watches it, and for administrators."""

import datetime as dt
import time

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

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


def banner() -> str:
    """`silence`, asked of the database once a minute for each web process at most."""
    asked, said = _answer
    clock = time.monotonic()
    if clock - asked > REMEMBERED:
        said = silence(last_sweep(), timezone.now(), dt.timedelta(seconds=clock - _started))
        _answer[:] = clock, said
    return said


def warn_administrators(get_response):
    """Middleware: ``request.banner``, asked for only by a page that is drawn for an administrator."""

    def middleware(request):
        request.banner = SimpleLazyObject(
            lambda: banner() if request.user.is_authenticated and request.user.access.is_administrator else ""
        )
        return get_response(request)

    return middleware


@require_safe
@login_not_required
@never_cache
def healthz(request):
    """Alive: asks nothing of anybody."""
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
@login_not_required
@never_cache
def readyz(request):
    """Ready for people: 503 only without the database or its latest tables. Pages do without broker and scheduler."""
    database = _database()
    ready = database == "ok"
    body = {
        "ready": ready,
        "version": settings.VERSION,
        "database": database,
        "broker": _broker(),
        "scheduler": _scheduler() if ready else "unknown",
    }
    return JsonResponse(body, status=200 if ready else 503)


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "away"
    return f"{len(missing)} migrations not applied" if missing else "ok"


def _broker() -> str:
    try:
        with redis.Redis.from_url(
            settings.CELERY_BROKER_URL, socket_connect_timeout=0.5, socket_timeout=0.5
        ) as broker:  # fmt: skip
            broker.ping()
    except (redis.RedisError, ValueError, OSError):
        return "away"
    return "ok"


def _scheduler() -> dict:
    last, now = last_sweep(), timezone.now()
    silent = last is None or now - last > SILENT_AFTER
    return {
        "last_sweep": last.isoformat() if last else None,
        "state": "silent for more than 15 minutes" if silent else "ok",
    }
