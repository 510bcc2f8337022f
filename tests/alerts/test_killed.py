"""A worker that is killed between recording a rung and deciding who is told: a real process, a real SIGKILL."""

import os
import signal
import subprocess
import sys

import pytest

from tests.alerts.stories import at, climb, raised
from tests.conftest import database_url
from tracker.alerts.models import Escalation
from tracker.journal.models import Event, Notice

# Stands in for the worker's process: the same climb, dead at the moment in which its rungs are written.
DIES = """
import datetime as dt, os, signal, sys, django
django.setup()
from tracker.alerts import escalating
from tracker.alerts.models import Escalation

def dead(*args, **kwargs):
    assert Escalation.objects.exists()
    os.kill(os.getpid(), signal.SIGKILL)

escalating.notify_all = dead
escalating.climb(dt.datetime.fromisoformat(sys.argv[1]))
"""


@pytest.mark.django_db(transaction=True)
def test_killed_between_rung_and_notice_each_is_there_once_after_the_next_run(cast):
    raised(cast, at(2))
    late = at(9)
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": database_url()}
    killed = subprocess.run(
        [sys.executable, "-c", DIES, late.isoformat()], env=environment, capture_output=True, text=True, timeout=60
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    # What was not finished is as if it had not begun ...
    assert not Escalation.objects.exists() and not Notice.objects.filter(kind="alert_rung").exists()

    # ... and the next run, and the one after, leave each rung and each notice once
    climb(late)
    rungs, notices = Escalation.objects.count(), Notice.objects.filter(kind="alert_rung").count()
    assert rungs > 1 and notices
    climb(late)
    assert (Escalation.objects.count(), Notice.objects.filter(kind="alert_rung").count()) == (rungs, notices)
    assert Event.objects.filter(deed="escalated").count() == 1
