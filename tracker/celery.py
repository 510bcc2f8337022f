"""The timetable: what runs by itself, and how often. The database is the truth, a message only a nudge."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")

app = Celery("tracker")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["tracker"])
app.conf.update(
    task_ignore_result=True,
    # A task that a killed worker held comes back. All of them may run twice, or twice at once.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_time_limit=600,
    # Above the longest task, so that a running one is never handed out twice.
    broker_transport_options={
        "visibility_timeout": 900,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    },
    # The broker may be away for as long as it likes: what is due then is due when it is back.
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # A running task goes on when the broker goes away: what it does is in the database, not in its message.
    worker_cancel_long_running_tasks_on_connection_loss=False,
    timezone="Europe/London",
    beat_schedule={
        # A nudge that nobody took in time is dropped: the next one asks the same question.
        "sweep": {"task": "tracker.tasks.sweep", "schedule": 120.0, "options": {"expires": 110}},
        "climb_alerts": {"task": "tracker.tasks.climb_alerts", "schedule": 30.0, "options": {"expires": 25}},
        "deliver": {"task": "tracker.tasks.deliver", "schedule": 30.0, "options": {"expires": 25}},
        "ask_for_receipts": {
            "task": "tracker.tasks.ask_for_receipts",
            "schedule": 120.0,
            "options": {"expires": 110},
        },
        "scan_evidence": {"task": "tracker.tasks.scan_evidence", "schedule": 60.0, "options": {"expires": 55}},
        "tidy_evidence": {"task": "tracker.tasks.tidy_evidence", "schedule": 3600.0, "options": {"expires": 3500}},
        "tidy_long_lists": {"task": "tracker.tasks.tidy_long_lists", "schedule": 3600.0, "options": {"expires": 3500}},
        "make_long_lists": {"task": "tracker.tasks.make_long_lists", "schedule": 15.0, "options": {"expires": 14}},
        # Six in the morning in London; what is due while this is down comes back the next day.
        "return_accepted_risks": {
            "task": "tracker.tasks.return_accepted_risks",
            "schedule": crontab(hour=6, minute=0),
            "options": {"expires": 12 * 3600},
        },
        # Does nothing while nothing that groups depend on has changed.
        "find_recurring": {"task": "tracker.tasks.find_recurring", "schedule": 90.0, "options": {"expires": 80}},
        "seal_journal": {"task": "tracker.tasks.seal_journal", "schedule": 600.0, "options": {"expires": 590}},
    },
)
