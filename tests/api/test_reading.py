"""What a program reads: what its person may see and no more, filtered and paged as on the pages, and cheap."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inspections.models import Organisation, Recommendation
from tests.cast import NOW, follow_up, inspection
from tracker.alerts.models import AlertCase, Measure
from tracker.people.models import Cover
from tracker.plans import operations, submitting
from tracker.plans.models import Action, FollowUp
from tracker.plans.rules import read_target_date

pytestmark = pytest.mark.django_db


def results(answer) -> list[dict]:
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


def deeds(record) -> list[str]:
    return [one["deed"] for one in record["may"]]


# ---- what is in sight ----


def test_omar_sees_his_action_and_ben_does_not_know_of_it(cast, action, program_of):
    mine = program_of(cast.omar).get("/api/actions/").json()
    assert (mine["count"], [row["what"] for row in mine["results"]]) == (1, ["Train everyone"])
    ben = program_of(cast.ben)
    assert ben.get("/api/actions/").json() == {"count": 0, "capped": False, "next": None, "results": []}
    answer = ben.get(f"/api/actions/{action.pk}/")
    assert (answer.status_code, answer.json()["where"]) == (404, None)
    assert answer.json() == ben.get("/api/actions/987654321/").json(), "out of sight is as if it were not there"


def test_a_region_sees_what_is_below_it_and_another_region_nothing(cast, report, program_of):
    assert program_of(cast.rosa).get("/api/recommendations/").json()["count"] == 4
    assert program_of(cast.amira).get("/api/recommendations/").json()["count"] == 4  # her own report, all of it
    niall = program_of(cast.niall)
    assert niall.get("/api/recommendations/").json()["count"] == 0
    assert niall.get(f"/api/recommendations/{follow_up(report, 1).pk}/").status_code == 404


def test_a_restricted_alert_is_invisible_outside_its_circle(cast, case, program_of):
    AlertCase.objects.filter(pk=case.pk).update(restricted=True)
    required = Action.objects.create(
        alert=case, organisation=cast.hfkcw, what="Allocate", live=True, added_at=NOW, owner_person=None
    )
    for who, sees in [("ivy", True), ("amira", True), ("rosa", True), ("idris", False), ("ada", False), ("ben", False)]:
        program = program_of(cast.person(who))
        assert program.get("/api/alerts/").json()["count"] == sees, who
        assert program.get(f"/api/alerts/{case.pk}/").status_code == (200 if sees else 404), who
        assert program.get("/api/actions/").json()["count"] == sees, who
        assert program.get(f"/api/actions/{required.pk}/").status_code == (200 if sees else 404), who
        posted = program.post(f"/api/alerts/{case.pk}/readings/", {})
        assert posted.status_code == (400 if sees else 404), who


def test_a_helper_of_a_restricted_alerts_action_is_not_told_of_which(cast, case, program_of):
    AlertCase.objects.filter(pk=case.pk).update(restricted=True)
    action = Action.objects.create(alert=case, organisation=cast.hfkcw, what="Allocate", live=True, added_at=NOW)
    action.helpers.add(cast.ben)
    ben, ivy = program_of(cast.ben), program_of(cast.ivy)
    for address in ("/api/actions/", f"/api/actions/{action.pk}/"):
        for program, told in ((ben, None), (ivy, case.pk)):
            found = program.get(address).json()
            assert found.get("results", [found])[0]["alert"] == told


def test_who_stands_in_for_amira_sees_her_work_on_these_days_only(cast, action, program_of):
    today = timezone.localdate()
    cover = Cover.objects.create(
        person=cast.amira, stand_in=cast.vera, starts=today, ends=today, named_by=cast.amira, named_at=NOW
    )
    vera = program_of(cast.vera)
    assert "cancel" in deeds(vera.get(f"/api/actions/{action.pk}/").json())
    Cover.objects.filter(pk=cover.pk).update(starts=today - dt.timedelta(days=9), ends=today - dt.timedelta(days=1))
    assert vera.get(f"/api/actions/{action.pk}/").status_code == 404


# ---- what may be done next ----


def test_each_reader_is_told_what_they_may_do_with_the_address_where_one_exists(cast, action, program_of):
    def may(who):
        record = program_of(cast.person(who)).get(f"/api/actions/{action.pk}/").json()
        assert record == {**record, "id": action.pk, "version": action.version, "owner": "Omar Farah"}
        return record["may"]

    assert [one["deed"] for one in may("omar")] == ["post_update", "add_evidence", "claim"]
    assert {one["deed"]: one["api"] for one in may("omar")} == {
        "post_update": f"http://testserver/api/actions/{action.pk}/updates/", "add_evidence": None,
        "claim": f"http://testserver/api/actions/{action.pk}/claim/",
    }  # fmt: skip
    assert may("ivy") == [], "nothing is claimed yet"
    assert "edit" in [one["deed"] for one in may("amira")]
    Action.objects.filter(pk=action.pk).update(state="claimed")
    assert [one["deed"] for one in may("ivy")] == ["verify", "send_back"]


def test_every_address_that_is_named_opens(cast, report, action, case, program_of):
    Recommendation.objects.filter(inspection=report).update(level="pdu")
    lists = ("recommendations", "actions", "alerts", "inspections", "organisations")
    for who in ("amira", "ivy"):
        person = cast.person(who)
        program, browser = program_of(person), Client()
        browser.force_login(person)
        tried = set()  # one deed of each kind
        for kind in lists:
            for record in results(program.get(f"/api/{kind}/"))[:2]:
                assert browser.get(record["page"]).status_code == 200
                if "url" in record:
                    same = program.get(record["url"]).json()
                    assert {**same, "measures": 0} == {**same, **record, "measures": 0}, (
                        "the list says what the row says"
                    )
                for deed in record["may"]:
                    if (kind, deed["deed"]) in tried:
                        continue
                    tried.add((kind, deed["deed"]))
                    if deed["page"]:
                        # 405: the button is on the page of the row.
                        assert browser.get(deed["page"]).status_code in (200, 405), deed
                    if deed["api"]:
                        assert program.post(deed["api"], {}, key="").status_code == 400, deed


def test_what_a_plan_under_the_eyes_of_the_level_above_takes_no_more_is_not_offered(cast, report, action, program_of):
    plan = action.plan
    for number in (2, 3):
        row = follow_up(report, number)
        operations.answer(row, "not_agreed", reason="No", approver="A", seen_version=1, by=cast.amira, at=NOW)
    amira = program_of(cast.amira)
    address = f"/api/actions/{action.pk}/"
    assert {"edit", "cancel"} <= set(deeds(amira.get(address).json()))
    assert "ask_date" not in deeds(amira.get(address).json()), "she moves it by herself"
    submitting.submit(plan, seen_version=plan.version, by=cast.amira, at=NOW)
    assert {"edit", "cancel", "ask_date", "post_update"} & set(deeds(amira.get(address).json())) == {
        "ask_date", "post_update",
    }  # fmt: skip


# ---- filters and pages ----


def test_the_filters_are_those_of_the_pages(cast, report, action, program_of):
    ivy = program_of(cast.ivy)
    for question, found in [
        ("", 4), ("organisation=hfkcw", 3), ("level=region", 1), ("status=answered", 1), ("overdue=true", 0),
        ("overdue=false", 4), ("text=matter+2", 1), ("region=northmoor", 0), ("inspection=hfkcw&owner=none", 4),
    ]:  # fmt: skip
        assert ivy.get(f"/api/recommendations/?{question}").json()["count"] == found, question


@pytest.mark.parametrize(
    ("question", "where"),
    [
        ("organisaton=hfkcw", "organisaton"),
        ("organisation=nowhere", "organisation"),
        ("status=nonsense", "status"),
        ("overdue=0", "overdue"),
        ("sort=size", "sort"),
        ("after=nonsense", "after"),
        ("before=2026-01-01~1", "before"),
        ("text=%00", "text"),
        ("text=" + "x" * 201, "text"),
        ("status=open&status=closed", "status"),
    ],
)
def test_a_wrong_question_says_where_instead_of_giving_everything(cast, report, program_of, question, where):
    answer = program_of(cast.ivy).get(f"/api/recommendations/?{question}")
    assert (answer.status_code, answer.json()["where"]) == (400, where)
    assert answer.json()["mistakes"] == [{"error": answer.json()["error"], "where": where}]


def test_page_after_page_gives_each_row_once(cast, program_of):
    inspection(cast.hfkcw, [(cast.hfkcw, 60)])
    program, address, found = program_of(cast.amira), "/api/recommendations/?organisation=hfkcw&sort=latest", []
    while address:
        page = program.get(address).json()
        assert page["count"] == 60
        found.append([row["number"] for row in page["results"]])
        address = page["next"]
    assert [len(rows) for rows in found] == [25, 25, 10]
    assert sorted(number for rows in found for number in rows) == list(range(1, 61))


# ---- one shape, one cost ----


def test_the_version_is_the_etag_and_nothing_is_kept_on_the_way(cast, action, program_of):
    answer = program_of(cast.omar).get(f"/api/actions/{action.pk}/")
    assert answer.headers["ETag"] == f'"{action.version}"'
    assert "no-store" in answer.headers["Cache-Control"] and "private" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("address", ["/api/no/such/", "/api/actions", "/api/actions/x/", "/api/alerts/1/letter.docx"])
def test_an_address_that_does_not_exist_answers_in_json(cast, program_of, address):
    answer = program_of(cast.omar).get(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json")
    assert set(answer.json()) == {"error", "where", "mistakes", "version"}


def test_what_breaks_here_is_said_without_a_word_of_how(cast, program_of, monkeypatch, caplog):
    monkeypatch.setattr("tracker.api.views.page_of", lambda *a: 1 / 0)
    answer = program_of(cast.omar).get("/api/actions/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/json")
    assert "ZeroDivision" not in answer.text and "Traceback" not in answer.text
    assert "ZeroDivisionError" in caplog.text


def more(cast, report, number):
    """``number`` more of everything that the lists hold, each with parts of its own."""
    start = report.recommendations.count()
    for n in range(number):
        place = Organisation.objects.create(
            level="pdu", name=f"Place {start} {n}", slug=f"place-{start}-{n}", parent=cast.london
        )
        made = Recommendation.objects.create(
            inspection=report, group=1, number=start + n + 1, level="pdu", addressee_as_printed="X", addressee=place,
            wording="improve it",
        )  # fmt: skip
        plan = follow_up(report, 1).plan
        row = FollowUp.objects.create(recommendation=made, plan=plan, addressee=place, inspection=report, live=True)
        act = Action.objects.create(
            plan=plan, organisation=place, what="Do it", live=True, added_at=NOW, owner_post=cast.head_of_hfkcw
        )
        act.follow_ups.add(row)
        act.helpers.add(cast.omar)
        case = AlertCase.objects.create(organisation=place, live=True, opened_at=NOW, end_asked_by=cast.rosa)
        Measure.objects.create(alert=case, position=1, name="Cases", worse="up")
        inspection(place, [], slug=f"visit-{start}-{n}")


@pytest.mark.parametrize("who", ["omar", "rosa", "ivy"])
def test_forty_rows_cost_as_many_queries_as_thirty(cast, report, program_of, who, monkeypatch):
    # Counted anew each minute, whatever the address.
    monkeypatch.setattr("rest_framework.throttling.UserRateThrottle.allow_request", lambda *about: True)
    lists, program = (
        ("recommendations", "actions", "alerts", "inspections", "organisations"),
        program_of(cast.person(who)),
    )

    def asked():
        found = {}
        for kind in lists:
            with CaptureQueriesContext(connection) as queries:
                rows = results(program.get(f"/api/{kind}/"))
            found[kind] = len(queries), len(rows)
        return found

    more(cast, report, 26)  # beyond one page: a list that shows all it has is not counted
    asked()  # the first request notes that the token was used today
    few = asked()
    more(cast, report, 12)
    assert {kind: cost for kind, (cost, _) in asked().items()} == {kind: cost for kind, (cost, _) in few.items()}
    assert max(cost for cost, _ in few.values()) <= 8, few
    full = {kind for kind, (_, rows) in few.items() if rows == 25}
    assert full >= {"recommendations", "actions", "inspections", "organisations"}, few


def test_a_date_that_there_is_not_is_null(cast, report, program_of):
    row = follow_up(report, 1)
    operations.answer(row, "agreed", seen_version=1, by=cast.amira, at=NOW)
    operations.add_action(row, "Soon", target=read_target_date(""), by=cast.amira, at=NOW)
    record = results(program_of(cast.amira).get("/api/actions/?due=none"))[0]
    assert (record["due_by"], record["first_due_by"], record["target_wording"]) == (None, None, "")
