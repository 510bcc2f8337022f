"""Digests go out while the worker is killed again and again; `script/prove mails` does it at length."""

import datetime as dt

import pytest
from django.utils import timezone

from script.lib import servers
from tests.reminders.killing import LEASE, Drill, what_is_wrong
from tests.reminders.test_twice_at_once import owners
from tracker.journal.models import Notice
from tracker.plans.models import Action
from tracker.reminders.models import Hold, Mail
from tracker.reminders.sweep import sweep
from tracker.tasks import deliver

pytestmark = pytest.mark.django_db(transaction=True)


def test_nobody_is_left_without_a_mail_and_whoever_got_two_is_known(cast, start_worker, mail_server, settings):
    now = timezone.now()
    addresses = [who.email for who in owners(cast, 100)]
    Action.objects.update(due_by=now.date() + dt.timedelta(days=10))
    sweep(now - dt.timedelta(minutes=5))
    Notice.objects.exclude(kind="action_due").delete()  # on a Monday there are weekly summaries too
    Hold.objects.create(state="released", held_at=now, mails=100, released_at=now)  # somebody has looked
    smtp = {"EMAIL_URL": f"smtp://{settings.EMAIL_HOST}:{settings.EMAIL_PORT}", "MAIL_LEASE": str(LEASE)}
    drill = Drill(
        start=lambda: start_worker(**smtp),
        nudge=lambda: deliver.apply_async([True], expires=2),
        letters=lambda: [letter.recipients[0] for letter in mail_server.letters],
    )
    drill.begin()
    for _ in range(3):
        drill.kill(0.3)
    assert len(set(drill.letters())) < 100, "killed in the middle"
    drill.drain()
    servers.kill(drill.worker)
    assert what_is_wrong(addresses, drill.letters(), drill.kills) == []
    assert Mail.objects.count() == 100
