"""What runs by itself: when a job is silent, when it runs next, and that it looked, however little there was to do."""

import datetime as dt

import pytest
from celery.schedules import crontab
from django.utils import timezone

from tests.cast import NOW
from tracker.celery import app
from tracker.reminders import health
from tracker.reminders.models import Heartbeat, Run
from tracker.reminders.runs import Done, run_job
from tracker.reminders.timetable import JOBS, failures, how_often, is_silent, jobs, next_run, previous_run, summary

LONG = dt.timedelta(days=3)
SIX = crontab(hour=6, minute=0)


def minutes(count):
    return dt.timedelta(minutes=count)


def test_every_entry_of_the_timetable_is_named_and_kept_under_its_own_name():
    entries = [entry for entry, _ in JOBS.values()]
    assert sorted(entries) == sorted(app.conf.beat_schedule), "say in timetable.JOBS what the new job does"


# --- Silent or not -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "last", "here", "silent"),
    [
        (30.0, 1, 600, False),
        (30.0, 15, 600, False),
        (30.0, 16, 600, True),
        (30.0, 16, 14, False),  # it was long ago, but this process has only just begun to ask
        (30.0, None, 14, False),
        (30.0, None, 16, True),
        (3600.0, 70, 600, False),  # once an hour is not silence
        (3600.0, 121, 600, True),
        (3600.0, None, 60, False),
    ],
)
def test_a_job_that_looks_again_and_again(every, last, here, silent):
    last = None if last is None else NOW - minutes(last)
    assert is_silent(every, last, NOW, minutes(here)) is silent


SIX_TODAY = dt.datetime(2026, 11, 20, 6, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("at", "last", "here", "silent"),
    [
        (SIX_TODAY + minutes(14), SIX_TODAY - dt.timedelta(days=1), LONG, False),
        (SIX_TODAY + minutes(16), SIX_TODAY - dt.timedelta(days=1), LONG, True),
        (SIX_TODAY + minutes(16), SIX_TODAY + minutes(1), LONG, False),
        (SIX_TODAY - minutes(1), SIX_TODAY - dt.timedelta(days=1), LONG, False),
        (SIX_TODAY + minutes(16), None, minutes(30), True),
        (NOW, None, minutes(60), False),  # six had passed when the service began
    ],
)
def test_a_job_of_one_hour_of_the_day(at, last, here, silent):
    assert is_silent(SIX, last, at, here) is silent


@pytest.mark.parametrize(
    ("now", "before", "after"),
    [
        ("2026-11-20T09:30+00:00", "2026-11-20T06:00+00:00", "2026-11-21T06:00+00:00"),
        ("2026-11-20T05:59+00:00", "2026-11-19T06:00+00:00", "2026-11-20T06:00+00:00"),
        ("2026-10-24T12:00+00:00", "2026-10-24T05:00+00:00", "2026-10-25T06:00+00:00"),  # the clocks go back
        ("2027-03-27T12:00+00:00", "2027-03-27T06:00+00:00", "2027-03-28T05:00+00:00"),  # and forward
    ],
)
def test_six_in_the_morning_is_londons(now, before, after):
    now = dt.datetime.fromisoformat(now)
    assert previous_run(SIX, now).isoformat(timespec="minutes") == before
    assert next_run(SIX, None, now).isoformat(timespec="minutes") == after


def test_only_on_the_days_it_names():
    mondays = crontab(hour=7, minute=30, day_of_week="mon")
    assert next_run(mondays, None, NOW) == dt.datetime(2026, 11, 23, 7, 30, tzinfo=dt.UTC)
    assert previous_run(mondays, NOW) == dt.datetime(2026, 11, 16, 7, 30, tzinfo=dt.UTC)


def test_the_next_run_of_what_looks_again_and_again():
    assert next_run(120.0, NOW - minutes(1), NOW) == NOW + minutes(1)
    assert next_run(120.0, NOW - minutes(5), NOW) is None
    assert next_run(120.0, None, NOW) is None


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (30.0, "every 30 seconds"), (60.0, "every minute"), (120.0, "every 2 minutes"), (3600.0, "every hour"),
        (SIX, "at 6:00am"),
    ],
)  # fmt: skip
def test_how_often_in_words(schedule, words):
    assert how_often(schedule) == words


# --- Heartbeats ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_job_with_nothing_to_do_keeps_no_row_and_yet_is_known_to_live():
    for moment in (NOW, NOW + minutes(1), NOW + minutes(2)):
        run_job("climb", lambda: Done("", 0), lambda: moment, worth_keeping=lambda done: False)  # noqa: B023
    assert not Run.objects.exists()
    beat = Heartbeat.objects.get()
    assert (beat.job, beat.looked_at, beat.failed) == ("climb", NOW + minutes(2), False)
    assert state_of("climb", NOW + minutes(10)) == "Ran"
    assert state_of("climb", NOW + minutes(18)) == "Silent"


def state_of(name, now, here=LONG):
    return next(job.state for job in jobs(now, here) if job.name == name)


def broken():
    raise ZeroDivisionError("division by zero")


@pytest.mark.django_db
def test_one_that_failed_is_failed_until_it_ran_again_and_its_sentence_stays_for_a_week():
    with pytest.raises(ZeroDivisionError):
        run_job("deliver", broken, lambda: NOW, worth_keeping=bool)
    assert state_of("deliver", NOW) == "Failed"
    assert summary(jobs(NOW, minutes(1))).startswith("“Send mails” failed the last time")
    run_job("deliver", lambda: None, lambda: NOW + minutes(1), worth_keeping=bool)
    assert state_of("deliver", NOW + minutes(1)) == "Ran"
    (failure,) = failures(NOW + dt.timedelta(days=6))
    assert (failure.words, failure.sentence) == ("Send mails", "ZeroDivisionError: division by zero")
    assert failures(NOW + dt.timedelta(days=8)) == []


@pytest.mark.django_db
def test_trouble_is_shown_as_well_as_an_error():
    run_job("scan", lambda: Done("Files that could not be scanned", 3, trouble=True), lambda: NOW)
    assert state_of("scan", NOW) == "Failed"


@pytest.mark.django_db
def test_the_first_sentence_names_the_worst_first():
    assert "has not run yet" not in summary(jobs(NOW, minutes(20)))
    assert summary(jobs(NOW, minutes(20))).endswith(" jobs are silent")
    assert "have not run yet" in summary(jobs(NOW, minutes(2)))
    for name in JOBS:
        run_job(name, lambda: Done("Done", 1), lambda: NOW)
    assert summary(jobs(NOW, LONG)) == "All jobs ran"


@pytest.mark.django_db
def test_all_jobs_are_one_query(django_assert_num_queries):
    for name in JOBS:
        for n in range(3):
            run_job(name, lambda: Done("Done", 1), lambda: NOW + minutes(n))  # noqa: B023
    with django_assert_num_queries(1):
        found = jobs(NOW + minutes(5), LONG)
    assert {job.outcome for job in found} == {"Done: 1."}


# --- What the machine that watches and the administrators are told -------------------------------------------


@pytest.fixture
def here(monkeypatch):
    """`here(minutes)`: so long this process has been running."""

    def here(count):
        monkeypatch.setattr(health, "running_for", lambda: minutes(count))

    monkeypatch.setattr(health, "queue_length", lambda: 0)
    return here


@pytest.mark.django_db
def test_a_fresh_service_is_not_silent_but_not_yet(here, client):
    here(1)
    assert client.get("/readyz").json()["scheduler"] == {"last_sweep": None, "state": "not yet", "silent": []}
    here(16)
    found = client.get("/readyz").json()["scheduler"]
    assert found["state"] == "silent for more than 15 minutes"
    assert "deliver" in found["silent"] and "tidy" not in found["silent"]


@pytest.mark.django_db
def test_after_a_long_outage_the_first_quarter_of_an_hour_is_not_yet(here, client):
    long_ago = timezone.now() - LONG
    run_job("sweep", lambda: Done("", 0), lambda: long_ago)
    here(3)
    assert client.get("/readyz").json()["scheduler"]["state"] == "not yet"
    run_job("sweep", lambda: Done("", 0), timezone.now)
    assert client.get("/readyz").json()["scheduler"]["state"] == "ok"


@pytest.mark.django_db
def test_the_warning_says_who_it_seems_to_be(here, monkeypatch):
    here(20)
    assert "The queue is empty: no scheduler fills it." in health.warning(NOW)
    monkeypatch.setattr(health, "queue_length", lambda: 14)
    assert "14 messages wait in the queue: no worker takes them." in health.warning(NOW)
    monkeypatch.setattr(health, "queue_length", lambda: None)
    assert "The queue cannot be reached" in health.warning(NOW)


@pytest.mark.django_db
def test_one_silent_job_among_those_that_run_is_named(here):
    here(600)
    for name in JOBS:
        run_job(name, lambda: Done("", 1), lambda: NOW if name != "deliver" else NOW - minutes(20))  # noqa: B023
    said = health.warning(NOW)
    assert said.startswith("“Send mails” is silent for more than 15 minutes.")
    run_job("deliver", lambda: Done("", 1), lambda: NOW)
    assert health.warning(NOW) == ""


def test_the_queue_is_measured_in_redis(settings, broker, redis_url):
    from tracker.tasks import sweep

    settings.CELERY_BROKER_URL = redis_url
    assert health.queue_length() == 0
    sweep.delay()
    sweep.delay()
    assert health.queue_length() == 2
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    assert health.queue_length() is None
