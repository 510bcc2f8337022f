"""The number of open alerts in the navigation of every page. Remembered by each process for half a minute, so that it
costs the page nothing, and forgotten by it with every deed on an alert."""

import hashlib

from django.core.cache import caches
from django.db import transaction

from .models import AlertCase

COUNTED = 99  # further than it is shown nobody counts
REMEMBERED = 30  # seconds


def open_alerts(user) -> int:
    """Those that ``user`` may see; at most one more than `COUNTED`. Under the reader's own name and roles, as what one
    may see is another's secret: nobody is ever shown the number of somebody else."""
    known, whose = caches["memory"], _whose(user)
    count = known.get(whose)
    if count is None:
        count = AlertCase.objects.visible_to(user).open().order_by()[: COUNTED + 1].count()
        known.set(whose, count, REMEMBERED)
    return count


def _whose(user) -> str:
    scope = repr((user.acts_for, sorted(map(str, user.access.roles))))
    return hashlib.sha256(scope.encode()).hexdigest()


def forget() -> None:
    """Whoever raised or ended an alert sees so on their next page."""
    caches["memory"].clear()
    transaction.on_commit(caches["memory"].clear)  # somebody may have counted before the deed was to be seen
