"""Everything that runs by itself. Each body is one call; how often is in `tracker.celery`.

A message from beat is only a nudge: each of these asks the database what is to be done, so a lost, late or doubled
one does no harm.
"""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from tracker.alerts import escalating
from tracker.exports import long_lists
from tracker.insight import recurring
from tracker.plans import closing, evidence
from tracker.reminders import delivery, receipts, sealing
from tracker.reminders import sweep as sweeping
from tracker.reminders.runs import Done, run_job
from tracker.working_days import london_day


@shared_task
def sweep():
    """Decide what is due by now and not yet said."""
    run_job("sweep", lambda: sweeping.sweep(timezone.now()), timezone.now)


@shared_task
def deliver(at_once=False):
    """Send what was decided to those whose turn it is. ``at_once``: to everybody, as `sweep --now`."""
    run_job(
        "deliver",
        lambda: delivery.deliver(timezone.now, at_once=at_once),
        timezone.now,
        worth_keeping=delivery.did_something,
    )


@shared_task
def ask_for_receipts():
    """Ask GOV.UK Notify what became of mails, where it did not tell."""
    run_job("receipts", lambda: receipts.ask(timezone.now), timezone.now, worth_keeping=receipts.did_something)


@shared_task
def climb_alerts():
    """Record which limits of alerts were passed, and decide who is told."""
    run_job("climb", lambda: escalating.climb(timezone.now()), timezone.now, worth_keeping=escalating.did_something)


@shared_task
def scan_evidence():
    """Scan what was not scanned yet, where a scanner is configured."""
    run_job(
        "scan",
        lambda: evidence.scan_waiting(settings.CLAMAV_ADDRESS, timezone.now),
        timezone.now,
        worth_keeping=bool,
    )


@shared_task
def tidy_evidence():
    """Delete the files of removed evidence, and those without a row, that a killed process left."""
    run_job("tidy", lambda: evidence.tidy(timezone.now()), timezone.now, worth_keeping=bool)


@shared_task
def tidy_long_lists():
    """Delete the files of lists after their week, and those without a row."""
    run_job(
        "tidy_lists",
        lambda: Done("Files of lists deleted", long_lists.tidy(timezone.now())),
        timezone.now,
        worth_keeping=lambda outcome: outcome.number,
    )


@shared_task
def make_long_lists():
    """Make the files of long lists that wait, and those that a killed worker had begun."""
    run_job("lists", lambda: long_lists.make(timezone.now), timezone.now, worth_keeping=bool)


@shared_task
def return_accepted_risks():
    """Open again what was accepted as a risk until a day that is reached."""
    now = timezone.now()
    run_job(
        "risks",
        lambda: Done("Accepted risks that came back", closing.return_accepted_risks(today=london_day(now), at=now)),
        timezone.now,
    )


@shared_task
def seal_journal():
    """Write down the newest link of every chain of the journal once a day, and give administrators its hash."""
    run_job("seal", lambda: sealing.seal(timezone.now()), timezone.now, worth_keeping=bool)


@shared_task
def find_recurring():
    """Find the recommendations that say the same, when any was imported, corrected, joined or split since."""
    run_job(
        "recurring",
        lambda: recurring.find_groups(timezone.now()),
        timezone.now,
        worth_keeping=lambda outcome: outcome.changed,
    )
