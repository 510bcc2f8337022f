"""Sent, one mail, and what the machine that watches asks."""

import datetime as dt

import pytest
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.reminders.scenes import NOW, action, later, report, run
from tracker.people.operations import switch_off
from tracker.plans.models import Action
from tracker.reminders import health
from tracker.reminders.models import Mail, Run
from tracker.reminders.runs import run_job
from tracker.reminders.sweep import Outcome, sweep
from tracker.reminders.views import week_words

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(cast):
    action(cast, what="Recruit <two> officers")
    run()
    return Mail.objects.get()


def test_a_mail_as_it_went_out(cast, client, sent):
    client.force_login(cast.amira)
    page = client.get(f"/sent/{sent.pk}/").text
    assert "Recruit &lt;two&gt; officers" in page
    assert sent.message_id.strip("<>") in page
    assert 'href="/actions/' in page


def test_its_html_by_itself_can_do_nothing(cast, client, sent):
    client.force_login(cast.amira)
    answer = client.get(f"/sent/{sent.pk}/html/")
    assert answer.text == sent.html
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox" in policy and "default-src 'none'" in policy and "script-src" not in policy


@pytest.mark.parametrize("who", ["ben", "rosa", "ivy", "omar", "vera"])
@pytest.mark.parametrize("end", ["", "html/"])
def test_somebody_elses_mail_is_not_there(cast, client, sent, who, end):
    client.force_login(getattr(cast, who))
    assert client.get(f"/sent/{sent.pk}/{end}").status_code == 404
    assert sent.subject not in client.get("/sent/").text


def test_an_administrator_sees_all(cast, client, sent):
    client.force_login(cast.ada)
    page = client.get("/sent/").text
    assert sent.subject in page and "Amira Khan" in page
    assert client.get(f"/sent/{sent.pk}/").status_code == 200


def test_an_administrator_reads_what_the_timetable_did(cast, client):
    action(cast, 3)
    for who in (cast.amira, cast.rosa):
        switch_off(who, by=cast.ada, at=NOW)
    run_job("sweep", lambda: sweep(NOW), lambda: NOW)
    client.force_login(cast.ada)
    assert "Nobody to tell about 1: action" in client.get("/sent/").text
    client.force_login(cast.ben)
    assert "Nobody to tell" not in client.get("/sent/").text


def test_a_subject_out_of_sight_is_not_named(cast, client):
    action(cast, -60, what="A secret matter", owner=cast.omar)
    run()
    letter = Mail.objects.get(recipient=cast.omar)
    Action.objects.update(owner_person=cast.amira)
    client.force_login(cast.omar)
    page = client.get(f"/sent/{letter.pk}/").text
    assert "something that you cannot see" in page


def test_a_stranger_signs_in_first(client):
    assert client.get("/sent/").status_code == 302


@pytest.mark.parametrize(
    ("mails", "failed", "words"),
    [
        (12, 1, "12 mails this week, 1 could not be delivered"),
        (1, 0, "1 mail this week"),
        (0, 0, "No mails this week"),
    ],
)
def test_the_first_thing_read(mails, failed, words):
    assert week_words(mails, failed) == words


def test_only_those_that_failed(cast, client, sent):
    client.force_login(cast.amira)
    assert "No mail is in this list" in client.get("/sent/?state=failed").text
    Mail.objects.update(state="failed", error="The mail server refused it", sent_at=None)
    assert sent.subject in client.get("/sent/?state=failed").text
    assert "The mail server refused it" in client.get(f"/sent/{sent.pk}/").text


def test_as_many_queries_for_25_mails_as_for_one(cast, client, sent, django_assert_num_queries):
    client.force_login(cast.ada)
    client.get("/sent/")  # asks for the banner, once a minute
    with CaptureQueriesContext(connection) as one:
        client.get("/sent/")
    for number in range(24):
        Mail.objects.create(
            recipient=cast.omar, address=cast.omar.email, kind="digest", subject=f"Mail {number}", text="", html="",
            message_id=f"<{number}@test>", claimed_at=NOW,
        )  # fmt: skip
    with django_assert_num_queries(len(one)):
        client.get("/sent/")


# --- Health --------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def forget(monkeypatch):
    monkeypatch.setattr(health, "_answer", [float("-inf"), ""])


def test_alive_asks_nobody(client, django_assert_num_queries, settings):
    settings.SECURE_SSL_REDIRECT = True
    with django_assert_num_queries(0):
        assert client.get("/healthz").status_code == 200


def test_ready_without_broker_and_scheduler(client, settings, monkeypatch):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(health, "_started", health.time.monotonic() - 3600)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["broker"] == "away"
    assert answer.json()["scheduler"]["state"] == "silent for more than 15 minutes"


def test_ready_with_everything(client, settings, redis_url):
    settings.CELERY_BROKER_URL, settings.SECURE_SSL_REDIRECT = redis_url, True
    run_job("sweep", lambda: sweep(timezone.now()), timezone.now)
    answer = client.get("/readyz").json()
    assert (answer["ready"], answer["broker"], answer["scheduler"]["state"]) == (True, "ok", "ok")


def test_not_ready_without_the_latest_tables(client, monkeypatch):
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [("one", False)])
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "1 migrations not applied")


def test_not_ready_without_a_database(client, monkeypatch):
    def away(*_):
        raise OperationalError

    monkeypatch.setattr(health, "MigrationExecutor", away)
    assert client.get("/readyz").status_code == 503


@pytest.mark.parametrize(
    ("last", "running_for", "silent"),
    [(None, 5, False), (None, 20, True), (10, 60, False), (20, 60, True), (20, 5, False), (600, 14, False)],
)
def test_silence(last, running_for, silent):
    last = None if last is None else NOW - dt.timedelta(minutes=last)
    assert bool(health.silence(last, NOW, dt.timedelta(minutes=running_for))) is silent


def test_administrators_are_warned_and_nobody_else(cast, client, monkeypatch):
    monkeypatch.setattr(health, "_started", health.time.monotonic() - 3600)
    for who, warned in ((cast.ada, True), (cast.amira, False)):
        client.force_login(who)
        assert ("the worker or the scheduler is not running" in client.get("/sent/").text) is warned
    Run.objects.create(job="sweep", started_at=timezone.now(), finished_at=timezone.now())
    client.force_login(cast.ada)
    assert "is not running" in client.get("/sent/").text, "asked once a minute, not for each page"
    health._answer[:] = float("-inf"), ""
    assert "is not running" not in client.get("/sent/").text


# --- Runs ----------------------------------------------------------------------------------------------------


def test_a_run_keeps_what_came_of_it(cast):
    report(cast)
    run_job("sweep", lambda: sweep(NOW), lambda: NOW)
    one = Run.objects.get()
    assert (one.outcome, one.failed, one.finished_at) == ("Looked at 1 date, 0 new notices.", False, NOW)


def test_a_failure_is_kept_and_raised():
    def broken():
        raise ZeroDivisionError("division by zero")

    with pytest.raises(ZeroDivisionError):
        run_job("sweep", broken, lambda: NOW)
    assert (Run.objects.get().failed, Run.objects.get().outcome) == (True, "ZeroDivisionError: division by zero")


def test_runs_are_kept_for_five_weeks():
    for moment in (NOW, later(days=34), later(days=36)):
        run_job("sweep", Outcome, lambda: moment)  # noqa: B023
    assert Run.objects.count() == 2


def test_nothing_to_do_leaves_no_row():
    run_job("deliver", Outcome, lambda: NOW, worth_keeping=lambda outcome: False)
    assert not Run.objects.exists()
