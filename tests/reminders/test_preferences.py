"""When mail comes: the page, one click in a mail program, and the weekly summary of leads and inspectors."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.reminders.scenes import action, given, london, timetable
from tests.reminders.test_hours import deliver, to, wants
from tracker.journal.models import Event, Notice
from tracker.people.models import Membership
from tracker.plans import verifying
from tracker.plans.models import FollowUp
from tracker.reminders import weekly
from tracker.reminders.models import Mail, Preference
from tracker.reminders.preferences import read_stop, stop_address, stop_token
from tracker.reminders.senders import message_of
from tracker.reminders.sweep import sweep
from tracker.reminders.turns import wish_for

pytestmark = pytest.mark.django_db
MONDAY = london("23 November")


# ---- the page ----


def test_she_chooses_ten_once_a_week(cast, client):
    client.force_login(cast.amira)
    answer = client.post("/preferences/", {"frequency": "weekly", "hour": "10", "summary": ""}, follow=True)
    assert "Saved. The next mail comes on" in answer.text and "at 10:00am" in answer.text
    wish = wish_for(cast.person("amira"))
    assert (wish.frequency, wish.hour, wish.summary) == ("weekly", 10, False)
    client.post("/preferences/", {"frequency": "weekly", "hour": "10"})
    assert Event.objects.filter(deed="preference_set").count() == 1


def test_what_always_comes_says_why(cast, client):
    client.force_login(cast.amira)
    page = client.get("/preferences/").text
    assert "people may be at risk" in page and "nobody nearer acted" in page
    assert "newest hash" not in page
    client.force_login(cast.ada)
    page = client.get("/preferences/").text
    assert "newest hash" in page and "A summary of the week" not in page


@pytest.mark.parametrize("posted", [{}, {"frequency": "hourly", "hour": "8"}, {"frequency": "daily", "hour": "3"}])
def test_a_mistake_is_shown_and_nothing_is_set(cast, client, posted):
    client.force_login(cast.omar)
    answer = client.post("/preferences/", posted)
    assert (answer.status_code, Preference.objects.count()) == (422, 0)


def test_what_an_omitted_summary_means_for_who_has_none(cast, client):
    """Omar only contributes: there is no summary on his page, and saving it switches nothing off."""
    client.force_login(cast.omar)
    client.post("/preferences/", {"frequency": "weekly", "hour": "8"})
    assert wish_for(cast.person("omar")).summary is True


# ---- one click ----


def headers(message) -> tuple[str, str]:
    return message.extra_headers.get("List-Unsubscribe", ""), message.extra_headers.get("List-Unsubscribe-Post", "")


def test_a_digest_carries_the_address_that_stops_it(cast):
    given(cast, london("20 November", "07:00"))
    deliver("20 November")
    address, post = headers(mail.outbox[0])
    assert post == "List-Unsubscribe=One-Click"
    assert address == f"<{stop_address(cast.omar, 'digest')}>"
    assert address.strip("<>") not in mail.outbox[0].body, "whoever is sent a copy cannot stop it"


def test_one_click_without_signing_in_and_without_a_form(cast):
    given(cast, london("20 November", "07:00"))
    deliver("20 November")
    path = re.search(r"/unsubscribe/[^>]+", headers(mail.outbox[0])[0])[0]
    program = Client(enforce_csrf_checks=True)
    answer = program.post(path, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200, "no redirect: mail programs follow none"
    assert "You get only urgent mail from now on" in answer.text
    assert wish_for(cast.person("omar")).frequency == "urgent"
    (event,) = Event.objects.filter(deed="preference_set")
    assert (event.actor, event.after["by_mail"]) == (None, "the address in a mail was used")
    program.post(path, {"List-Unsubscribe": "One-Click"})
    assert Event.objects.filter(deed="preference_set").count() == 1


def test_a_scanner_that_opens_it_changes_nothing(cast):
    path = f"/unsubscribe/{stop_token(cast.omar, 'digest')}/"
    answer = Client().get(path)
    assert "Get only urgent mail?" in answer.text and answer.headers["Referrer-Policy"] == "no-referrer"
    assert Client().head(path).status_code == 200
    assert not Preference.objects.exists() and not Event.objects.filter(deed="preference_set").exists()
    assert cast.omar.email not in answer.text and "Omar" not in answer.text


@pytest.mark.parametrize("spoil", [lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), lambda t: "9" + t, lambda t: "x"])
def test_what_nobody_signed_stops_nothing(cast, spoil):
    token = spoil(stop_token(cast.omar, "digest"))
    assert Client().post(f"/unsubscribe/{token}/").status_code == 404
    assert not Preference.objects.exists()


def test_only_what_may_be_stopped(cast):
    assert read_stop(stop_token(cast.omar, "alert")) is None
    assert read_stop(stop_token(cast.omar, "summary")) == (cast.omar, "summary")


@pytest.mark.parametrize(("kind", "stoppable"), [("digest", True), ("summary", True), ("urgent", False),
                                                 ("alert", False), ("held", False)])  # fmt: skip
def test_which_mails_carry_it(cast, kind, stoppable):
    one = Mail(recipient=cast.amira, address=cast.amira.email, kind=kind, message_id="<1@x>", html="", text="")
    assert bool(headers(message_of(one))[0]) is stoppable


# ---- the weekly summary ----


@pytest.fixture
def week(cast):
    """HFKCW on Monday: one action overdue, one due, one claimed for seven working days."""
    first = action(cast, -20, what="Overdue thing")
    follow_up = first.follow_ups.get()
    action(cast, 10, what="Due thing", follow_up=follow_up)
    claimed = action(cast, 60, what="Claimed thing", owner=cast.omar, follow_up=follow_up)
    verifying.claim(claimed, "Done", seen_version=claimed.version, by=cast.omar, at=london("12 November", "10:00"))
    Notice.objects.all().delete()


def lines(person, at=MONDAY) -> list[str]:
    found = weekly.sum_up(person, at)
    return [line.words for line in found.lines] if found else []


def test_a_lead_and_an_inspector_read_what_is_theirs_to_see(cast, week):
    assert lines(cast.amira) == [
        "1 action overdue", "1 claim waits to be verified, the oldest for 7 working days", "1 action due in 14 days",
        "2 actions open in all",
    ]  # fmt: skip
    assert lines(cast.ivy) == lines(cast.rosa) == lines(cast.amira)
    assert lines(cast.ben) == lines(cast.niall) == []


def test_each_number_is_the_list_behind_it(cast, week, client):
    for person in (cast.amira, cast.ivy):
        client.force_login(person)
        for line in weekly.sum_up(person, MONDAY).lines:
            page = client.get(line.link.removeprefix("http://127.0.0.1:8000")).text
            if "due in" not in line.words and "overdue" not in line.words:  # the page reads today's clock
                assert re.search(rf"\b{line.words.split()[0]} (action|claim)", page), line


def test_on_the_first_working_day_at_the_end_of_the_days_mail(cast, week):
    timetable(london("20 November"))
    assert not Notice.objects.filter(kind="weekly_summary").exists(), "a Friday"
    mail.outbox.clear()
    timetable(london("23 November", "06:00"))
    told = Notice.objects.filter(kind="weekly_summary").values_list("recipient__first_name", flat=True)
    assert set(told) == {"Amira", "Ben", "Rosa", "Niall", "Helen", "Ivy", "Idris"}
    given(cast, london("23 November", "07:00"), "amira", what="New thing")
    timetable(MONDAY)
    amiras = next(m for m in mail.outbox if "amira" in m.to[0])
    assert amiras.body.index("New thing") < amiras.body.index("YOUR WEEK") < amiras.body.index("WHY YOU GET THIS")
    assert "http://127.0.0.1:8000/actions/?overdue=on" in amiras.body
    ivys = next(m for m in mail.outbox if "ivy" in m.to[0])
    assert ivys.subject.startswith("Your week: 1 action overdue, 1 claim waits to be verified")
    assert Mail.objects.get(recipient=cast.ivy).kind == "summary"
    assert "summary" in read_stop(headers(ivys)[0].strip("<>/").rpartition("/")[2])
    assert "ben" not in to(), "there is nothing to sum up"
    assert Notice.objects.get(kind="weekly_summary", recipient=cast.ben).why == weekly.NOTHING
    before = len(mail.outbox)
    timetable(london("23 November", "09:00"))
    timetable(london("24 November"))
    assert [m.subject for m in mail.outbox[before:] if "Your week" in m.subject] == []


def test_with_urgent_mails_only_it_has_its_own_switch(cast, week):
    wants(cast.ivy, "urgent", summary=True)
    wants(cast.idris, "urgent", summary=False)
    wants(cast.rosa, "daily", summary=False)
    timetable(MONDAY)
    assert "ivy" in to() and "idris" not in to()
    assert not Notice.objects.filter(kind="weekly_summary", recipient__in=[cast.idris, cast.rosa]).exists()


def test_no_longer_a_lead_when_it_would_go(cast, week):
    sweep(london("23 November", "06:00"))
    Membership.objects.filter(user=cast.ivy).delete()
    deliver("23 November")
    assert "ivy" not in to()


def test_a_week_later_it_is_too_late(cast, week):
    sweep(london("23 November", "06:00"))
    assert deliver("30 November") == 0 or "Your week" not in {m.subject[:9] for m in mail.outbox}
    assert Notice.objects.filter(kind="weekly_summary", state="superseded").count() == 7


def test_as_many_queries_for_many_readers_and_actions(cast, week):
    def queries():
        with CaptureQueriesContext(connection) as said:
            weekly.sum_up(cast.person("rosa"), MONDAY)
        return len(said)

    few = queries()
    for number in range(5):
        action(cast, -number, follow_up=FollowUp.objects.get(), what=f"Step {number}")
    assert queries() == few <= 8


def test_the_page_of_a_mail_says_why_it_was_sent(cast, week, client):
    timetable(MONDAY)
    client.force_login(cast.ivy)
    page = client.get(f"/sent/{Mail.objects.get(recipient=cast.ivy).pk}/").text
    assert "The week of a lead or an inspector" in page and "something that you cannot see" not in page
