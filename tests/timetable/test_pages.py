"""The timetable page and a held run, as Ada reads and releases them."""

import datetime as dt
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import cast as people
from tests.reminders.scenes import action
from tracker.journal.models import Event, Notice
from tracker.reminders import health
from tracker.reminders.models import Hold, Mail
from tracker.reminders.runs import Done, run_job
from tracker.reminders.sweep import sweep
from tracker.reminders.timetable import JOBS

# A Tuesday: the weekly summary is of another day.
NOW = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tuesday_at_half_past_nine(monkeypatch):
    """The page takes the moment of the stories for now; the queue holds three messages."""
    monkeypatch.setattr("tracker.reminders.timetable_views.timezone", SimpleNamespace(now=lambda: NOW))
    monkeypatch.setattr("tracker.reminders.timetable_views.queue_length", lambda: 3)
    monkeypatch.setattr(health, "_answer", [float("inf"), ""])


@pytest.fixture
def ada(cast, client):
    client.force_login(cast.ada)
    return client


@pytest.fixture
def all_ran():
    for name in JOBS:
        run_job(name, lambda: Done("Looked at", 12), lambda: NOW - dt.timedelta(seconds=20))


def page(client, address="/timetable/"):
    return BeautifulSoup(client.get(address).content, "html.parser").main


def text(soup) -> str:
    return " ".join(soup.get_text(" ").split())


def first(soup) -> str:
    """The sentence under the heading."""
    return soup.h1.find_next("p").get_text()


def storm(cast, number=3) -> Hold:
    """A run that is held: so many people with an action that is due soon."""
    first = action(cast, due_in=10).follow_ups.get()
    for n in range(number):
        who = people.person(f"Owner{n}", "Lee", "contributor", cast.hfkcw)
        action(cast, due_in=10, follow_up=first, owner=who, what=f"Step {n}")
    sweep(NOW - dt.timedelta(hours=3))
    Notice.objects.update(decided_at=NOW - dt.timedelta(hours=3))
    return Hold.objects.create(held_at=NOW - dt.timedelta(hours=1), mails=312, usual=40)


@pytest.mark.parametrize("who", ["amira", "rosa", "helen", "ivy", "omar"])
def test_nobody_but_an_administrator_reads_it(cast, client, who):
    hold = Hold.objects.create(held_at=NOW, mails=312, usual=40)
    client.force_login(cast.person(who))
    for address in ("/timetable/", f"/timetable/held/{hold.pk}/"):
        assert client.get(address).status_code == 403
        assert client.post(address).status_code in (403, 405)
    hold.refresh_from_db()
    assert hold.state == "open"


def test_the_first_sentence_is_the_one_that_matters(cast, ada, all_ran):
    soup = page(ada)
    assert soup.h1.get_text() == "Timetable" and first(soup) == "All jobs ran; no digest is to go tomorrow."
    action(cast, due_in=45 + 5)
    assert first(page(ada)) == "All jobs ran; next digest tomorrow to 1 person."


def test_what_waits_is_counted(cast, ada, all_ran):
    action(cast, due_in=10)
    sweep(NOW)
    for number, state in enumerate(("failed", "claimed", "sent")):
        Mail.objects.create(
            recipient=cast.omar, address=cast.omar.email, kind="digest", subject="1 action overdue", text="", html="",
            message_id=f"<{number}@test>", claimed_at=NOW, state=state, sent_at=NOW if state == "sent" else None,
        )  # fmt: skip
    said = text(page(ada))
    for line in (
        "Decided, and not sent yet 1 notice",
        "Being sent 1 mail",
        "This week 3 mails",
        "Could not be sent this week 1 mail",
        "Messages in the queue 3 messages",
        "Nothing failed in the last seven days.",
    ):
        assert line in said


def test_a_failure_is_a_sentence_with_its_job_and_moment(cast, ada, all_ran):
    def broken():
        raise TimeoutError("the database did not answer")

    with pytest.raises(TimeoutError):
        run_job("seal", broken, lambda: NOW - dt.timedelta(minutes=5), worth_keeping=bool)
    soup = page(ada)
    assert first(soup).startswith("“Seal the journal” failed the last time; ")
    assert "Seal the journal, 24 November 2026 at 9:25am: TimeoutError: the database did not answer" in text(soup)


def test_silence_says_whose_it_seems(cast, ada, monkeypatch):
    monkeypatch.setattr("tracker.reminders.timetable_views.running_for", lambda: dt.timedelta(hours=2))
    said = text(page(ada))
    assert "3 messages wait in the queue: no worker takes them." in said
    monkeypatch.setattr("tracker.reminders.timetable_views.queue_length", lambda: None)
    assert "The queue cannot be reached" in text(page(ada))


def test_as_many_queries_for_many_runs_and_dates_as_for_few(cast, ada, all_ran):
    first = action(cast, due_in=45).follow_ups.get()

    def asked():
        with CaptureQueriesContext(connection) as queries:
            ada.get("/timetable/")
        return len(queries)

    asked()
    few = asked()
    for n in range(8):
        action(cast, due_in=40 + n, follow_up=first, what=f"Step {n}")
        run_job("sweep", lambda: Done("", n), lambda: NOW)  # noqa: B023
    assert asked() == few


# --- A held run ----------------------------------------------------------------------------------------------


def test_ada_sees_who_would_get_what_and_lets_it_go_once(cast, ada, all_ran):
    hold = storm(cast)
    soup = page(ada)
    assert first(soup) == "All jobs ran; 312 mails are held until you have looked."
    assert "312 mails at once, where 40 a working day are usual." in text(soup)
    address = soup.find("a", string=lambda words: words and "who would get what" in words)["href"]
    said = text(page(ada, address))
    for who in ("Amira Khan", "Owner0 Lee", "Owner2 Lee"):
        assert who in said
    assert "1: The date of an action is near or past" in said
    assert [ada.post(address).status_code for _ in range(2)] == [302, 302]
    hold.refresh_from_db()
    assert (hold.state, hold.released_by) == ("released", cast.ada)
    assert Event.objects.filter(deed="mails_released").count() == 1
    assert "Released by Ada Frost, 24 November 2026 at 9:30am" in text(page(ada, address))


def test_the_second_administrator_is_told_that_somebody_was_first(cast, ada, client):
    hold = storm(cast, 1)
    bea = people.person("Bea", "Novak", "administrator")
    ada.post(f"/timetable/held/{hold.pk}/")
    client.force_login(bea)
    answer = client.post(f"/timetable/held/{hold.pk}/")
    assert answer.status_code == 409
    assert "Somebody else has released these mails already" in answer.text


def test_a_long_list_is_cut_and_says_so(cast, ada, monkeypatch):
    hold = storm(cast)
    monkeypatch.setattr("tracker.reminders.forecast.PEOPLE_SHOWN", 2)
    assert "These are the first 2 of 4 people." in text(page(ada, f"/timetable/held/{hold.pk}/"))
