"""The pages of limits: who reads them, what a change would send, and two administrators at once."""

import datetime as dt
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import cast as people
from tests.cast import NOW
from tests.reminders.scenes import action
from tracker.alerts import raising
from tracker.alerts.models import Escalation
from tracker.clocks.models import Limit
from tracker.clocks.operations import set_limit
from tracker.journal.models import Event, Notice
from tracker.reminders.forecast import forecast, next_digests, readers_on, what_if
from tracker.reminders.preferences import set_preference

# A Tuesday: the weekly summary is of another day.
TUESDAY = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db
LONDON = "/limits/london/"
EDIT = LONDON + "edit/"


@pytest.fixture
def today(monkeypatch):
    """The pages take the moment of the stories for now."""
    monkeypatch.setattr("tracker.clocks.views.timezone", SimpleNamespace(now=lambda: TUESDAY))


@pytest.fixture
def ada(cast, client):
    client.force_login(cast.ada)
    return client


def text(answer) -> str:
    return " ".join(BeautifulSoup(answer.content, "html.parser").main.get_text(" ").split())


def boxes(answer) -> dict:
    """What the form would send, as a browser does."""
    form = BeautifulSoup(answer.content, "html.parser").main.find("form", method="post")
    found = form.find_all("input")
    return {one["name"]: one.get("value", "") for one in found if one["name"] != "csrfmiddlewaretoken"}


# --- Reading -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["amira", "omar", "rosa", "helen", "ivy", "ada"])
def test_whoever_keeps_a_limit_reads_who_set_it(cast, client, who):
    set_limit(cast.london, "stale_after", 21, by=cast.ada, at=NOW)
    client.force_login(cast.person(who))
    said = text(client.get("/limits/hfkcw/"))
    assert "An update is expected every 21 days Set by Ada Frost on 20 November 2026 for London" in said
    assert "Alert: acknowledged within 1 working day The service's own setting" in said
    assert ("Change limits" in said) is (who == "ada")


@pytest.mark.parametrize("who", ["ben", "vera", "niall"])
def test_of_a_place_elsewhere_nothing_is_there(cast, client, who):
    client.force_login(cast.person(who))
    assert client.get("/limits/hfkcw/").status_code == 404
    assert "HFKCW" not in text(client.get("/limits/"))


def test_the_list_says_what_was_set_by_whom(cast, ada):
    assert "Every limit is the service's own setting" in text(ada.get("/limits/"))
    set_limit(cast.london, "stale_after", 21, by=cast.ada, at=NOW)
    said = text(ada.get("/limits/"))
    assert "1 limit differs from the service's own settings" in said
    assert "An update is expected every: 21 days Ada Frost, 20 November 2026" in said


def test_nobody_but_an_administrator_opens_the_form(cast, client):
    for who in ("rosa", "ivy", "amira"):
        client.force_login(cast.person(who))
        assert client.get(EDIT).status_code == 403
        assert client.post(EDIT, {"seen": "", "stale_after": "5", "save": "1"}).status_code == 403
    assert not Limit.objects.exists()


# --- Setting -------------------------------------------------------------------------------------------------


def test_ada_sets_two_sees_what_it_would_send_and_saves(cast, ada, today):
    action(cast, due_in=55)
    form = boxes(ada.get(EDIT))
    assert form["first_reminder"] == "" and form["seen"] == ""
    page = ada.post(EDIT, form | {"first_reminder": "60", "second_reminder": "20"})
    said = text(page)
    assert "This would send 1 mail to 1 person tomorrow" in said
    assert "1 line would stand in it. As the limits are now it would be no mails." in said
    assert "First reminder, before the date: from 45 days to 60 days" in said
    assert not Limit.objects.exists() and not Event.objects.filter(deed="limit_set").exists()
    answer = ada.post(EDIT, boxes(page) | {"save": "1"})
    assert (answer.status_code, answer["Location"]) == (302, LONDON)
    assert dict(Limit.objects.values_list("name", "days")) == {"first_reminder": 60, "second_reminder": 20}
    assert "Saved: 2 limits of London" in text(ada.get(LONDON))


def test_a_double_click_is_one_deed(cast, ada):
    form = {"seen": "", "stale_after": "21", "save": "1"}
    assert [ada.post(EDIT, form).status_code for _ in range(2)] == [302, 302]
    assert Event.objects.filter(deed="limit_set").count() == 1


def test_what_was_typed_comes_back(cast, ada):
    form = boxes(ada.get(EDIT)) | {"first_reminder": "60"}
    page = ada.post(EDIT, form)
    again = ada.post(EDIT, boxes(page) | {"back": "1"})
    assert again.status_code == 200
    assert boxes(again)["first_reminder"] == "60"
    assert not Limit.objects.exists()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"stale_after": "-3"}, "“An update is expected every”: enter a whole number of days from 1 to 730."),
        ({"stale_after": "soon"}, "“An update is expected every”: enter a whole number of days."),
        ({"plan_due": "1000000000000"}, "enter a whole number of days from 0 to 730."),
        ({"second_reminder": "50"}, "The second reminder would come before the first"),
        ({"alert_worsening": "101"}, "enter a whole number of per cent from 0 to 100."),
        ({}, "Nothing is changed yet."),
    ],
)
@pytest.mark.parametrize("how", [{}, {"save": "1"}])
def test_a_bad_number_is_refused_at_its_box_and_stays_as_typed(cast, ada, typed, says, how):
    if not typed and how:
        return  # saving what is so already is a double click
    answer = ada.post(EDIT, boxes(ada.get(EDIT)) | typed | how)
    assert answer.status_code == 422
    assert says in text(answer)
    assert typed.items() <= boxes(answer).items()
    assert not Limit.objects.exists()


def test_one_is_taken_back_by_its_button(cast, ada):
    set_limit(cast.london, "stale_after", 21, by=cast.ada, at=NOW)
    set_limit(cast.london, "plan_due", 20, by=cast.ada, at=NOW)
    form = BeautifulSoup(ada.get(LONDON).content, "html.parser").main.find("input", {"name": "stale_after"}).parent
    sent = {one["name"]: one["value"] for one in form.find_all("input")}
    page = ada.post(EDIT, sent)
    assert "An update is expected every: from 21 days to 30 days, the service's own setting" in text(page)
    ada.post(EDIT, boxes(page) | {"save": "1"})
    assert list(Limit.objects.values_list("name", flat=True)) == ["plan_due"]
    assert Event.objects.filter(deed="limit_unset").count() == 1


def test_bea_comes_second_sees_what_ada_set_and_keeps_what_she_typed(cast, ada, client):
    bea = people.person("Bea", "Novak", "administrator")
    hers = boxes(ada.get(EDIT)) | {"stale_after": "14", "plan_due": "20"}
    set_limit(cast.london, "stale_after", 21, by=cast.ada, at=NOW)
    client.force_login(bea)
    answer = client.post(EDIT, hers | {"save": "1"})
    assert answer.status_code == 409
    said = text(answer)
    assert "Ada Frost changed these limits at 9:30am on 20 November 2026, while you were writing." in said
    assert "Saved now 21 days Yours, not saved 14 days" in said
    kept = boxes(answer)
    assert (kept["stale_after"], kept["plan_due"]) == ("14", "20")
    assert client.post(EDIT, kept | {"save": "1"}).status_code == 302
    assert dict(Limit.objects.values_list("name", "days")) == {"stale_after": 14, "plan_due": 20}


# --- What it would send --------------------------------------------------------------------------------------


def test_the_next_digests_go_on_the_next_working_day_at_eight():
    assert next_digests(NOW) == dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)
    summer = dt.datetime(2027, 6, 1, 12, tzinfo=dt.UTC)
    assert next_digests(summer) == dt.datetime(2027, 6, 2, 7, tzinfo=dt.UTC)


def test_what_if_counts_people_once_and_writes_nothing(cast):
    one = action(cast, due_in=55)
    action(cast, due_in=57, follow_up=one.follow_ups.get(), what="Train them")
    action(cast, due_in=59, follow_up=one.follow_ups.get(), owner=cast.omar, what="Meet weekly")
    before = Notice.objects.count()
    as_it_is, then = what_if(cast.london, {"first_reminder": 60}, TUESDAY)
    assert then.people - as_it_is.people >= 1
    assert then.digests == then.people == 2
    assert Notice.objects.count() == before and not Limit.objects.exists()
    assert what_if(cast.northmoor, {"first_reminder": 60}, TUESDAY)[1] == as_it_is, "elsewhere it changes nothing"


def test_whoever_reads_in_the_afternoon_or_once_a_week_is_counted_on_the_day_it_goes(cast):
    """On Wednesday: Amira at eight, Omar at three; Ben wants his on the first working day of the week."""
    one = action(cast, due_in=10)
    for owner in (cast.omar, cast.ben):
        action(cast, due_in=10, follow_up=one.follow_ups.get(), owner=owner)
    Notice.objects.all().delete()  # that the actions were given to them
    set_preference(cast.omar, frequency="daily", hour=15, summary=False, by=cast.omar, at=TUESDAY)
    set_preference(cast.ben, frequency="weekly", hour=8, summary=False, by=cast.ben, at=TUESDAY)
    assert readers_on(dt.date(2026, 11, 25)).keys() == {cast.amira.pk, cast.omar.pk}
    assert forecast(next_digests(TUESDAY)).digests == 2
    assert cast.ben.pk in readers_on(dt.date(2026, 11, 30))


def test_as_many_mails_with_more_lines_in_them_are_told_apart(cast, ada, today):
    first = action(cast, due_in=10).follow_ups.get()
    action(cast, due_in=55, follow_up=first, what="Train them")
    said = text(ada.post(EDIT, boxes(ada.get(EDIT)) | {"first_reminder": "60"}))
    assert "This would send 1 mail to 1 person tomorrow" in said
    assert "2 lines would stand in it. As the limits are now it would be as many mails, with 1 line in them." in said


def test_a_large_service_is_counted_as_far_as_a_page_can_wait(cast, monkeypatch):
    first = action(cast, due_in=10).follow_ups.get()
    action(cast, due_in=12, follow_up=first, what="Train them")
    monkeypatch.setattr("tracker.reminders.forecast.MOST_DATES", 1)
    found = forecast(next_digests(TUESDAY))
    assert found.more and found.words.startswith("at least 1 mail to")


def test_a_preview_asks_a_fixed_number_of_queries(cast):
    first = action(cast, due_in=50).follow_ups.get()

    def asked():
        with CaptureQueriesContext(connection) as queries:
            what_if(cast.london, {"first_reminder": 60}, TUESDAY)
        return len(queries)

    few = asked()
    for n in range(12):
        action(cast, due_in=50 + n % 5, follow_up=first, what=f"Step {n}")
    assert asked() == few


# --- Limits of alerts ----------------------------------------------------------------------------------------


def test_a_shorter_limit_of_alerts_shows_whom_it_would_tell(cast):
    """Raised on Tuesday morning; with nought working days Amira and Rosa are told of it on Wednesday."""
    raising.raise_alert(
        cast.hfkcw, "staffing", concerns=["Nobody knows them"], required_text="Act now", by=cast.ivy, at=TUESDAY
    )
    Notice.objects.update(state="superseded")
    shorter = {"alert_acknowledge": 0, "rung_head": 0, "rung_region": 0}
    as_it_is, then = what_if(cast.london, shorter, TUESDAY)
    assert (as_it_is.alert_mails, then.alert_mails) == (0, 2)
    assert not Escalation.objects.exists() and not Limit.objects.exists()
    assert what_if(cast.northmoor, shorter, TUESDAY)[1].alert_mails == 0


def test_the_page_of_an_alert_leads_to_the_limits_it_goes_by(cast, client):
    case = raising.raise_alert(
        cast.hfkcw, "staffing", concerns=["Nobody knows them"], required_text="Act now", by=cast.ivy, at=TUESDAY
    )
    client.force_login(cast.amira)
    page = BeautifulSoup(client.get(f"/alerts/{case.pk}/").content, "html.parser")
    link = page.find("a", string="The limits of HFKCW, and who set them")
    assert client.get(link["href"]).status_code == 200
