"""Everything that runs by itself. Each body is one call; how often is in `tracker.celery`.

A message from beat is only a nudge: each of these asks the database what is to be done, so a lost, late or doubled
one does no harm.
"""

from celery import shared_task
from django.utils import timezone

from tracker.reminders import delivery
from tracker.reminders import sweep as sweeping
from tracker.reminders.runs import run_job


@shared_task
def sweep():
    """Decide what is due by now and not yet said."""
    run_job("sweep", lambda: sweeping.sweep(timezone.now()), timezone.now)


@shared_task
def deliver():
    """Send what was decided."""
    run_job("deliver", lambda: delivery.deliver(timezone.now), timezone.now, worth_keeping=delivery.did_something)
