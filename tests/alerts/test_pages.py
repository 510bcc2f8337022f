"""The page of an alert, the form of its actions, and what other pages say of it."""

import re
import uuid

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inspections.models import PublishedAlert
from tests.alerts import stories
from tests.cast import NOW, follow_up
from tracker.alerts.models import AlertCase, Concern
from tracker.plans import operations as plans
from tracker.plans import ties
from tracker.plans.models import Action, FollowUp

OPEN = {"amira": 200, "rosa": 200, "helen": 200, "ivy": 200, "idris": 200, "ada": 200, "omar": 404, "ben": 404,
        "niall": 404, "vera": 404}  # fmt: skip
RESTRICTED = OPEN | {"ivy": 404, "ada": 404}


def read(client, url, status=200):
    answer = client.get(url)
    assert answer.status_code == status, answer.status_code
    return " ".join(BeautifulSoup(answer.content, "html.parser").main.get_text(" ").split())


@pytest.mark.parametrize("who", OPEN)
def test_who_opens_an_alert(cast, case, restricted, signed_in, who):
    client = signed_in(getattr(cast, who))
    assert client.get(f"/alerts/{case.pk}/").status_code == OPEN[who]
    assert client.get(f"/alerts/{restricted.pk}/").status_code == RESTRICTED[who]
    assert client.get("/alerts/987654/").status_code == 404


def test_it_says_what_is_required_what_is_unanswered_and_what_is_tied(cast, case, signed_in):
    said = read(signed_in(cast.amira), f"/alerts/{case.pk}/")
    assert "0 of 4 required actions verified. 8 concerns without an action." in said
    assert "234 cases with no next appointment recorded" in said
    assert "Published as: completed. Still to be verified" in said
    assert "Recommendation 8 to HFKCW" in said and "Recommendation 9 to London" in said
    assert said.count("Proposed: an inspector decides whether it is tied. It cannot be closed yet.") == 2
    assert "Organisational alert opened" in said
    assert "No clock is running: the report prints no day on which the alert was raised." in said


def test_historic_is_said(record, take, cast, signed_in):
    case = AlertCase.objects.get(inspection=take(record, live=False).inspection)
    assert "Historic: no clock is running" in read(signed_in(cast.amira), f"/alerts/{case.pk}/")


def test_a_tied_recommendation_can_be_closed_once_all_is_verified(cast, report, case, eighth, signed_in):
    plans.answer(eighth, "agreed", seen_version=1, by=cast.amira, at=NOW)
    from tracker.plans.rules import read_target_date

    mine = plans.add_action(follow_up(report, 8), "Do it", target=read_target_date(""), by=cast.amira, at=NOW)
    ties.decide_tie(follow_up(report, 8), True, seen_version=2, by=cast.ivy, at=NOW)
    Action.objects.filter(pk=mine.pk).update(state="verified")
    case.actions.filter(position__gt=1).update(state="verified")
    url = f"/alerts/{case.pk}/"
    assert "1 of the 4 actions that the alert requires still have to be verified" in read(signed_in(cast.ivy), url)
    case.actions.update(state="verified")
    said = read(signed_in(cast.ivy), url)
    assert "4 of 4 required actions verified" in said and "It can be closed." in said


def form(case, place, **more):
    return {
        "what": "Lend two officers", "organisation": place.pk, "target": "30 November 2027", "key": uuid.uuid4(),
        "concerns": [concern.pk for concern in case.concerns.all()[:2]],
    } | more  # fmt: skip


def test_the_head_adds_an_action_in_answer_to_two_concerns(cast, case, signed_in):
    client, url = signed_in(cast.amira), f"/alerts/{case.pk}/actions/new/"
    page = BeautifulSoup(client.get(url).content, "html.parser")
    assert len(page.select("input[name=concerns]")) == 8
    assert page.select_one("input[name=organisation]")["type"] == "hidden"
    assert "Do not enter the names or case numbers" in page.get_text()
    given = form(case, cast.hfkcw, owner=f"post-{cast.head_of_hfkcw.pk}")
    assert [client.post(url, given).status_code for _ in range(2)] == [302, 302]
    action = Action.objects.get(what="Lend two officers")
    said = read(client, f"/alerts/{case.pk}/")
    assert "6 concerns without an action" in said and "Other actions" in said and "Added to the alert" in said
    assert said.count("Answered by Lend two officers") == 2
    assert "Organisational alert about HFKCW" in read(client, f"/actions/{action.pk}/")
    assert "Lend two officers" in read(client, f"/actions/?inspection={case.inspection.slug}")
    assert "Lend two officers" not in read(client, f"/actions/?status=verified&inspection={case.inspection.slug}")


def test_the_region_chooses_whose_action_it_is(cast, case, signed_in):
    client, url = signed_in(cast.rosa), f"/alerts/{case.pk}/actions/new/"
    page = BeautifulSoup(client.get(url).content, "html.parser")
    assert [one["value"] for one in page.select("input[type=radio][name=organisation]")] == [
        str(cast.hfkcw.pk), str(cast.london.pk),
    ]  # fmt: skip
    assert client.post(url, form(case, cast.london)).status_code == 302
    assert Action.objects.get(what="Lend two officers").organisation == cast.london
    assert client.post(url, form(case, cast.hmpps)).status_code == 422
    assert client.post(url, form(case, cast.london, what="", target="soon")).status_code == 422


@pytest.mark.parametrize(("who", "status"), [("ivy", 403), ("ada", 403), ("ben", 404), ("omar", 404), ("vera", 404)])
def test_nobody_else_adds_one(cast, case, signed_in, who, status):
    client, url = signed_in(getattr(cast, who)), f"/alerts/{case.pk}/actions/new/"
    assert client.get(url).status_code == status
    assert client.post(url, form(case, cast.hfkcw)).status_code == status
    assert Action.objects.count() == 4


def test_the_owner_of_an_alerts_action_updates_it(cast, case, signed_in):
    action = case.actions.first()
    Action.objects.filter(pk=action.pk).update(owner_person=cast.omar)
    client = signed_in(cast.omar)
    assert "which requires it" in read(client, f"/actions/{action.pk}/")
    given = {"done": "One came.", "confidence": "at_risk", "key": uuid.uuid4()}
    assert client.post(f"/actions/{action.pk}/", given).status_code == 302
    assert "One came." in read(client, f"/alerts/{case.pk}/")
    for page in ("/", "/actions/", "/recommendations/"):
        assert client.get(page).status_code == 200


@pytest.mark.parametrize("who", ["amira", "rosa", "helen", "ivy", "ada"])
def test_work_lists_take_actions_without_a_plan(cast, case, signed_in, who):
    client = signed_in(getattr(cast, who))
    for page in ("/", "/actions/", "/actions/?organisation=hfkcw&stale=on", "/organisations/hfkcw/"):
        assert client.get(page).status_code == 200
    assert "Organisational alert" in read(client, "/organisations/hfkcw/")
    assert "What is being done about this alert" in read(client, f"/inspections/{case.inspection.slug}/")


def test_a_restricted_action_is_on_no_page_of_an_inspector_outside_the_circle(cast, restricted, signed_in):
    secret = Action.objects.create(
        alert=restricted, organisation=cast.hfkcw, what="Allocate the unallocated", live=True, added_at=NOW,
    )  # fmt: skip
    for who, status in (("ivy", 404), ("ada", 404), ("idris", 200), ("helen", 200)):
        client = signed_in(getattr(cast, who))
        assert client.get(f"/actions/{secret.pk}/").status_code == status
        assert ("Allocate the unallocated" in read(client, "/actions/")) is (status == 200)
        assert ("Organisational alert" in read(client, "/organisations/hfkcw/")) is (status == 200)


def test_strangers_see_only_what_was_published(cast, case, signed_in):
    said = read(signed_in(cast.ben), f"/inspections/{case.inspection.slug}/")
    assert "Organisational alert" in said and "What is being done about this alert" not in said
    assert "Organisational alert" not in read(signed_in(cast.ben), "/organisations/hfkcw/")


# --- The tie, on the page of the recommendation ---


def test_ivy_confirms_the_tie_and_amira_cannot(cast, eighth, signed_in):
    url, given = f"/recommendations/{eighth.pk}/tie/", {"decision": "confirm", "seen": 1, "key": uuid.uuid4()}
    assert signed_in(cast.amira).post(url, given).status_code == 403
    assert signed_in(cast.ben).post(url, given).status_code == 404
    assert signed_in(cast.ivy).get(url).status_code == 405
    ivy = signed_in(cast.ivy)
    assert [ivy.post(url, given).status_code for _ in range(2)] == [302, 302]
    assert FollowUp.objects.get(pk=eighth.pk).tie == "confirmed"
    assert signed_in(cast.idris).post(url, given | {"decision": "decline"}).status_code == 409
    assert signed_in(cast.ivy).post(url, {"decision": "confirm"}).status_code == 409


def test_ivy_ties_another_one_by_hand(cast, report, case, signed_in):
    second = follow_up(report, 2)
    given = {"decision": "tie", "seen": 1, "key": uuid.uuid4()}
    assert signed_in(cast.ivy).post(f"/recommendations/{second.pk}/tie/", given).status_code == 302
    second.refresh_from_db()
    assert (second.tie, second.alert) == ("confirmed", case)


def test_queries_do_not_grow_with_concerns_actions_and_ties(cast, case, signed_in, monkeypatch):
    monkeypatch.setattr("tracker.jinja.open_alerts", lambda user: 0)  # see test_counting

    def ask(client):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/alerts/{case.pk}/").status_code == 200
        return len(queries)

    clients = [signed_in(getattr(cast, who)) for who in ("amira", "ivy", "helen")]
    few = [ask(client) for client in clients]
    for n in range(30):
        concern = Concern.objects.create(alert=case, position=20 + n, text=f"Concern {n}")
        action = Action.objects.create(
            alert=case, organisation=cast.hfkcw, what=f"Step {n}", live=True, added_at=NOW, required=n % 2,
            owner_person=cast.omar,
        )  # fmt: skip
        action.concerns.add(concern)
        plans.post_update(action, "Done", confidence="on_track", by=cast.omar, at=NOW)
    FollowUp.objects.filter(tie="none").update(tie="confirmed", alert=case)
    assert [ask(client) for client in clients] == few
    assert max(few) <= 19, few


def test_the_page_is_whole(cast, case, signed_in):
    html = signed_in(cast.amira).get(f"/alerts/{case.pk}/").content.decode()
    assert len(re.findall("<h1", html)) == 1 and " style=" not in html
    assert PublishedAlert.objects.count() == 1


def test_an_alert_whose_clocks_run_asks_little(cast, signed_in):
    """The sweep over all addresses draws a historic one."""
    stories.ladder_of(cast)
    fresh_one, watched = stories.raised(cast, stories.at(2)), stories.monitored(cast, stories.at(2))
    stories.act_on(fresh_one, cast)
    stories.read(watched, 1200, stories.at(5).date(), by=cast.amira, moment=stories.at(5))
    browser = signed_in(cast.ivy)
    browser.get("/organisations/")
    for address, most in (("/alerts/", 10), (f"/alerts/{fresh_one.pk}/", 19), (f"/alerts/{watched.pk}/", 19)):
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(address).status_code == 200
        assert len(asked) <= most, (address, len(asked))
