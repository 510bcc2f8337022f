"""Two of everything at once, and processes killed in the middle, on the real database."""

import datetime as dt
import os
import sys
import threading
from collections import Counter

import pytest
from django.core import mail
from django.db import connection

from script.lib import servers
from tests import cast as people
from tests.conftest import database_url
from tests.reminders.scenes import NOW, TODAY, action, later, report, send
from tracker.journal.models import Notice
from tracker.journal.operations import notify
from tracker.people.models import Cover, User
from tracker.plans.models import Action, FollowUp
from tracker.plans.telling import tell
from tracker.reminders import brake, delivery
from tracker.reminders.delivery import deliver as deliver_now
from tracker.reminders.models import Hold, Mail
from tracker.reminders.sweep import sweep

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works):
    """Do each in a thread of its own with a connection of its own, all let go at the same moment."""
    gate, faults = threading.Barrier(len(works)), []

    def body(work):
        try:
            gate.wait(10)
            work()
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=body, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not faults, faults


def owners(cast, count) -> list[User]:
    """So many contributors of HFKCW, each with one action due in ten days."""
    follow_up = people.follow_up(report(cast), 1)
    found = [people.person(f"Owner{n}", "Lee", "contributor", cast.hfkcw) for n in range(count)]
    Action.objects.bulk_create(
        Action(
            plan=follow_up.plan, organisation=cast.hfkcw, what=f"Step {n}", owner_person=who, target_precision="day",
            due_by=TODAY + dt.timedelta(days=10), live=True, added_at=NOW,
        )
        for n, who in enumerate(found)
    )  # fmt: skip
    return found


def test_two_deliverers_at_the_hour_are_one_mail_and_no_second_one_that_day(cast):
    found = owners(cast, 12)
    hour = dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)
    sweep(hour - dt.timedelta(hours=1))

    def timetable(later=0):
        deliver_now(lambda: hour + dt.timedelta(minutes=later))

    at_once(timetable, timetable, timetable)
    assert Counter(to for m in mail.outbox for to in m.to) == Counter(who.email for who in found)
    for who in found:  # something older turns up at the same hour: it has its turn the next working day
        notify(who, "reopened", FollowUp.objects.get(), "cycle 1", at=hour - dt.timedelta(minutes=1))
    at_once(lambda: timetable(1), lambda: timetable(1))
    assert len(mail.outbox) == 12


def test_a_storm_met_by_two_at_once_is_held_once(cast, monkeypatch):
    monkeypatch.setattr(brake, "ALWAYS_FINE", 3)
    owners(cast, 5)
    sweep(NOW)
    at_once(send, send, send)
    assert Hold.objects.count() == 1
    assert Counter(to for m in mail.outbox for to in m.to) == {cast.ada.email: 1}
    held = brake.open_hold()
    at_once(*[lambda: brake.release_hold(held, by=cast.person("ada"), at=NOW)] * 3)
    at_once(send, send)
    assert len(mail.outbox) == 6


def test_two_sweeps_and_then_two_deliverers_at_once(cast):
    found = owners(cast, 20)
    at_once(*[lambda: sweep(NOW)] * 3)
    assert Notice.objects.count() == 20
    at_once(*[send] * 3)
    assert Counter(to for m in mail.outbox for to in m.to) == Counter(who.email for who in found)
    assert set(Mail.objects.values_list("state", "tried")) == {("sent", 1)}


def test_sweeping_and_sending_all_at_once(cast):
    owners(cast, 10)

    def both():
        sweep(NOW)
        send()

    at_once(both, both, both)
    send()
    assert Counter(to for m in mail.outbox for to in m.to).most_common(1)[0][1] == 1
    assert len(mail.outbox) == 10


def test_what_is_passed_on_to_a_stand_in_goes_out_once_whoever_passes_it_on(cast):
    found = owners(cast, 8)
    for who in found:
        tell("reopened", FollowUp.objects.get(), [cast.amira, who], f"cycle 1 {who.pk}", by=cast.ivy, at=NOW)
        Cover.objects.create(person=who, stand_in=cast.omar, starts=TODAY, ends=TODAY, named_by=who, named_at=NOW)
    Cover.objects.create(
        person=cast.amira, stand_in=cast.omar, starts=TODAY, ends=TODAY, named_by=cast.amira, named_at=NOW
    )
    for _ in range(3):
        at_once(send, send, send)
    assert {to for m in mail.outbox for to in m.to} == {cast.omar.email}
    assert Notice.objects.filter(recipient=cast.omar, kind="reopened", state="sent").count() == 8
    assert Notice.objects.filter(recipient=cast.omar).exclude(state="sent").count() == 0
    assert all(m.tried == 1 for m in Mail.objects.all())


CHILD = """
import datetime, django
django.setup()
from django.conf import settings
settings.EMAIL_BACKEND = "tests.reminders.backends.{backend}"
from tracker.reminders.delivery import deliver
now = datetime.datetime.fromisoformat("{now}")
deliver(lambda: now, at_once=True)
"""


@pytest.fixture
def start_delivery(tmp_path, settings):
    handed_over = tmp_path / "handed-over"
    handed_over.touch()
    running = []

    def start(backend):
        ours = {"DJANGO_SETTINGS_MODULE": "tracker.settings", "DATABASE_URL": database_url()}
        ours |= {"HANDED_OVER": str(handed_over)}
        code = CHILD.format(backend=backend, now=NOW.isoformat())
        running.append(servers.start([sys.executable, "-c", code], env=os.environ | ours))
        return running[-1]

    start.handed_over = handed_over
    yield start
    for process in running:
        servers.kill(process)


def test_killed_between_handing_over_and_recording(cast, start_delivery, eventually, settings, monkeypatch):
    """At most one repeat, and it is known."""
    action(cast)
    sweep(NOW)
    process = start_delivery("HandsOverAndHangs")
    eventually(start_delivery.handed_over.read_text, 30)
    servers.kill(process)
    one = Mail.objects.get()
    assert (one.state, one.tried, one.error) == ("claimed", 1, "")
    assert send(later(minutes=1)).sent == 0, "it may still be on its way"
    assert send(later(minutes=10)).repeated == 1
    one.refresh_from_db()
    assert (one.state, one.tried, one.error) == ("sent", 2, delivery.REPEATED)
    assert mail.outbox[0].extra_headers["Message-ID"] == start_delivery.handed_over.read_text().strip()
    assert send(later(days=1)).sent == 0
