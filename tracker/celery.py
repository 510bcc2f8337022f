"""The timetable: what runs by itself, and how often. The database is the truth, a message only a nudge."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")

app = Celery("tracker")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["tracker"])
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    # Above the longest task, so that a running one is never handed out twice; what a killed worker held comes back.
    broker_transport_options={
        "visibility_timeout": 900,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    },
    broker_connection_retry_on_startup=True,
    timezone="Europe/London",
    beat_schedule={
        "sweep": {"task": "tracker.tasks.sweep", "schedule": 120.0, "options": {"expires": 110}},
        "deliver": {"task": "tracker.tasks.deliver", "schedule": 30.0, "options": {"expires": 25}},
    },
)
