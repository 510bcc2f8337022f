"""The timelines: who may open which, what they tell and to whom, filters, pages and queries."""

import datetime as dt
import re

import pytest
from bs4 import BeautifulSoup
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.cast import NOW, follow_up, inspection, person, post
from tracker.alerts.models import AlertCase
from tracker.journal.models import Event
from tracker.journal.operations import record, record_all
from tracker.people import operations as people
from tracker.plans import opening, operations
from tracker.plans.models import Action, ActionPlan
from tracker.plans.rules import read_target_date

DAY = dt.timedelta(days=1)
EVERYBODY = ["amira", "ben", "rosa", "niall", "helen", "ivy", "omar", "vera", "ada"]


@pytest.fixture
def report(cast):
    return inspection(cast.hfkcw, [(cast.hfkcw, 3), (cast.london, 1)], published=NOW.date(), by=cast.ivy)


@pytest.fixture
def action(cast, report):
    """Answered, with an action of Omar's that has an update; a day between one and the next."""
    operations.answer(follow_up(report, 1), "agreed", seen_version=1, by=cast.amira, at=NOW + DAY)
    made = operations.add_action(
        follow_up(report, 1), "Train everyone", owner_person=cast.omar, target=read_target_date("30 June 2027"),
        by=cast.amira, at=NOW + 2 * DAY,
    )  # fmt: skip
    operations.post_update(
        Action.objects.get(pk=made.pk), "Two sessions.", confidence="at_risk", by=cast.omar, at=NOW + 3 * DAY
    )
    return made


def browser_of(who) -> Client:
    client = Client()
    client.force_login(who)
    return client


def page(who, name, *args, ask=""):
    answer = browser_of(who).get(reverse(name, args=args) + ask)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser")


def told(soup) -> list[str]:
    """ "Update posted by Omar Farah", as the page shows them."""
    items = soup.select(".moj-timeline__item")
    return [" ".join(item.select_one(".moj-timeline__header").get_text(" ").split()) for item in items]


def text(soup) -> str:
    return " ".join(soup.get_text(" ").split())


class TestTheStory:
    def test_of_a_recommendation_newest_first_with_who_and_what_changed(self, cast, report, action):
        soup = page(cast.amira, "recommendation_timeline", follow_up(report, 1).pk)
        assert told(soup) == [
            "Update posted by Omar Farah",
            "Action added by Amira Khan",
            "Answered: Agreed by Amira Khan",
            "Recommendation opened by Ivy Clarke",
            "Action plan opened by Ivy Clarke",
        ]
        assert "How sure of the date: At risk" in text(soup)
        assert soup.find("a", string="Train everyone")["href"] == reverse("action", args=[action.pk])
        assert soup.select_one("time").get_text(strip=True) == "23 November 2026 at 9:30am"

    def test_of_an_action_and_of_a_plan(self, cast, report, action):
        assert told(page(cast.omar, "action_timeline", action.pk)) == [
            "Update posted by Omar Farah", "Action added by Amira Khan"
        ]  # fmt: skip
        soup = page(cast.amira, "plan_timeline", action.plan_id)
        assert len(told(soup)) == 7
        assert soup.find("a", string="Recommendation 1, inspection of HFKCW")

    def test_of_an_organisation_with_its_people(self, cast, report, action):
        people.give_role(cast.omar, "viewer", cast.hfkcw, by=cast.ada, at=NOW + 5 * DAY)
        soup = page(cast.rosa, "organisation_timeline", "hfkcw")
        assert told(soup)[0] == "Role given by Ada Frost"
        assert "Omar Farah" in soup.select_one(".moj-timeline__item").get_text()
        assert len(told(soup)) == 8

    def test_what_the_service_did_by_itself_says_so(self, cast, report, action):
        row = follow_up(report, 2)
        with transaction.atomic():
            record("risk_review_due", row, by=None, at=NOW + DAY, organisation=cast.hfkcw, after={"reason": "Time."})
        soup = page(cast.amira, "recommendation_timeline", row.pk)
        assert told(soup)[0] == "Opened again: review of the accepted risk is due by the service"

    def test_what_was_typed_is_text_and_never_markup(self, cast, report, action):
        operations.post_update(
            Action.objects.get(pk=action.pk), "<script>alert(1)</script>", confidence="on_track", by=cast.omar, at=NOW
        )
        soup = page(cast.omar, "action_timeline", action.pk)
        assert "<script>alert(1)</script>" in text(soup)

    def test_a_recommendation_that_was_withdrawn_is_still_told_of(self, cast):
        report = inspection(cast.lambeth, [(cast.lambeth, 1)])
        with transaction.atomic():
            opening.close_book(report, by=cast.ivy, at=NOW + DAY)
        soup = page(cast.ben, "organisation_timeline", "lambeth")
        assert told(soup)[0] == "Recommendation withdrawn with its report by Ivy Clarke"
        assert "improve matter 1 in Lambeth" in text(soup)


class TestWhoMayOpenIt:
    @pytest.mark.parametrize(
        ("name", "of", "readers"),
        [
            ("recommendation_timeline", lambda r, a: follow_up(r, 1).pk, "amira rosa helen ivy omar ada"),
            ("recommendation_timeline", lambda r, a: follow_up(r, 2).pk, "amira rosa helen ivy ada"),
            ("action_timeline", lambda r, a: a.pk, "amira rosa helen ivy omar ada"),
            ("plan_timeline", lambda r, a: a.plan_id, "amira rosa helen ivy ada"),
            ("organisation_timeline", lambda r, a: "hfkcw", "amira rosa helen ivy ada"),
            ("organisation_timeline", lambda r, a: "london", "rosa helen ivy ada"),
            ("organisation_timeline", lambda r, a: "lambeth", "ben rosa helen ivy vera ada"),
            ("organisation_timeline", lambda r, a: "hmpps", "helen ivy ada"),
        ],
    )
    def test_those_in_whose_scope_it_is(self, cast, report, action, name, of, readers):
        url = reverse(name, args=[of(report, action)])
        opened = [who for who in EVERYBODY if browser_of(cast.person(who)).get(url).status_code == 200]
        assert opened == [who for who in EVERYBODY if who in readers.split()]

    def test_the_rest_is_not_there(self, cast, report, action):
        for url in (f"/recommendations/{follow_up(report, 1).pk}/timeline/", f"/plans/{action.plan_id}/timeline/"):
            assert browser_of(cast.ben).get(url).status_code == 404
        for url in ("/plans/999/timeline/", "/actions/999/timeline/", "/organisations/nowhere/timeline/"):
            assert browser_of(cast.ivy).get(url).status_code == 404
        assert Client().get("/organisations/hfkcw/timeline/").status_code == 302

    def test_a_contributor_reads_of_their_own_action_only_and_not_of_the_plan(self, cast, report, action):
        operations.add_action(
            follow_up(report, 1), "Something of Amira's", owner_post=cast.head_of_hfkcw,
            target=read_target_date("May 2027"), by=cast.amira, at=NOW + 4 * DAY,
        )  # fmt: skip
        soup = page(cast.omar, "recommendation_timeline", follow_up(report, 1).pk)
        assert "Something of Amira's" not in text(soup)
        assert told(soup)[0] == "Update posted by Omar Farah"
        assert "plan" not in " ".join(told(soup))


class TestARestrictedAlert:
    """Ivy is named on it, Idris is not; Amira leads the place, Val only views it."""

    @pytest.fixture
    def alert(self, cast, report, action):
        case = AlertCase.objects.create(organisation=cast.hfkcw, restricted=True, live=True, opened_at=NOW)
        case.inspectors.add(cast.ivy)
        step = Action.objects.create(
            alert=case, organisation=cast.hfkcw, what="Allocate every case tonight", live=True, added_at=NOW
        )
        with transaction.atomic():
            record("alert_opened", case, by=cast.ivy, at=NOW, organisation=cast.hfkcw, after={"concerns": 2})
            record("action_added", step, by=cast.ivy, at=NOW, organisation=cast.hfkcw, after={"what": step.what})
        return step

    @pytest.mark.parametrize(("who", "sees"), [("ivy", True), ("amira", True), ("rosa", True), ("helen", True),
                                               ("idris", False), ("ada", False), ("val", False)])  # fmt: skip
    def test_is_told_of_to_its_circle_only(self, cast, report, alert, who, sees):
        reader = person("Val", "Ray", "viewer", cast.hfkcw) if who == "val" else cast.person(who)
        soup = page(reader, "organisation_timeline", "hfkcw", ask="?sort=oldest")
        assert ("Allocate every case tonight" in text(soup)) is sees
        assert ("Organisational alert opened" in text(soup)) is sees
        assert "Answered: Agreed" in text(soup)
        assert browser_of(reader).get(f"/actions/{alert.pk}/timeline/").status_code == (200 if sees else 404)

    def test_nor_do_the_counts_and_filters_show_that_it_is_there(self, cast, report, alert):
        ivy, idris = (page(who, "organisation_timeline", "hfkcw") for who in (cast.ivy, cast.idris))
        count = [int(re.search(r"(\d+) events", text(soup))[1]) for soup in (ivy, idris)]
        assert count[0] - count[1] == 2
        soup = page(cast.idris, "organisation_timeline", "hfkcw", ask="?kind=alert")
        assert "No events match these filters." in text(soup)

    def test_an_action_that_answers_a_recommendation_too_is_left_out_of_its_timeline(self, cast, report, alert):
        alert.follow_ups.add(follow_up(report, 1))
        Action.objects.filter(pk=alert.pk).update(plan=ActionPlan.objects.get(organisation=cast.hfkcw))
        for name, pk in (
            ("recommendation_timeline", follow_up(report, 1).pk),
            ("plan_timeline", alert.follow_ups.get().plan_id),
        ):
            assert "Allocate every case" in text(page(cast.ivy, name, pk))
            assert "Allocate every case" not in text(page(cast.idris, name, pk))

    def test_a_kind_of_subject_that_nobody_thought_of_is_left_out(self, cast, report, alert):
        Event.objects.bulk_create(
            [Event(at=NOW, deed="read", subject_kind="measure", subject_id=1, organisation=cast.hfkcw)]
        )
        assert "Read by" not in text(page(cast.ivy, "organisation_timeline", "hfkcw"))


class TestFilters:
    @pytest.mark.parametrize(
        ("ask", "found"),
        [
            ("kind=updates", ["Note added by the service", "Update posted by Omar Farah"]),
            ("kind=answers", ["Answered: Agreed by Amira Khan"]),
            ("kind=dates", ["Date moved by Amira Khan"]),
            ("kind=actions&person=khan", ["Date moved by Amira Khan", "Action added by Amira Khan"]),
            ("person=omar+far", ["Update posted by Omar Farah"]),
            ("person=the+service", ["Note added by the service"]),
            ("person=Service", ["Note added by the service"]),
            ("since=22+November+2026&until=23/11/2026", ["Update posted by Omar Farah", "Action added by Amira Khan"]),
            ("since=2026-11-25", ["Note added by the service"]),
            ("until=20+nov+2026&kind=course", ["Recommendation opened by Ivy Clarke"]),
            ("kind=verification", []),
            ("since=1+January+0001&until=31+December+9999&kind=answers", ["Answered: Agreed by Amira Khan"]),
        ],
    )
    def test_each_finds_its_events(self, cast, report, action, ask, found):
        row = Action.objects.get(pk=action.pk)
        operations.edit_action(
            row, what=row.what, owner_person=cast.omar, target=read_target_date("30 July 2027"), date_reason="Late.",
            seen_version=row.version, by=cast.amira, at=NOW + 4 * DAY,
        )  # fmt: skip
        with transaction.atomic():
            record("note_added", follow_up(report, 1), by=None, at=NOW + 5 * DAY, organisation=cast.hfkcw)
        soup = page(cast.amira, "recommendation_timeline", follow_up(report, 1).pk, ask=f"?{ask}")
        assert told(soup) == found
        if not found:
            assert "No events match these filters." in text(soup)

    def test_a_day_ends_and_begins_in_london(self, cast, report):
        summer = dt.datetime(2026, 6, 30, 23, 30, tzinfo=dt.UTC)  # 1 July there
        with transaction.atomic():
            record("note_added", follow_up(report, 1), by=None, at=summer, organisation=cast.hfkcw)
        of = ("recommendation_timeline", follow_up(report, 1).pk)
        assert told(page(cast.ivy, *of, ask="?since=1+July+2026&until=1+July+2026")) == ["Note added by the service"]
        assert told(page(cast.ivy, *of, ask="?until=30+June+2026")) == []

    def test_a_chip_says_what_is_in_force_and_takes_it_away(self, cast, report, action):
        soup = page(cast.amira, "action_timeline", action.pk, ask="?kind=updates&since=2026-11-01&sort=oldest")
        chips = {chip.get_text(" ", strip=True): chip["href"] for chip in soup.select(".moj-filter__tag")}
        assert chips == {
            "Remove this filter Updates and notes": "?since=2026-11-01&sort=oldest",
            "Remove this filter 1 November 2026": "?kind=updates&sort=oldest",
        }

    @pytest.mark.parametrize(
        "ask",
        ["since=yesterday", "kind=nonsense", "person=%00", "after=9999-99-99~1", "before=~", "until=31+June+2026"],
    )
    def test_an_address_that_makes_no_sense_is_answered_all_the_same(self, cast, report, action, ask):
        soup = page(cast.amira, "action_timeline", action.pk, ask=f"?{ask}")
        assert soup.h1
        if ask.startswith("since"):
            assert "Write a date as 30 November 2026." in text(soup)


class TestPages:
    def record_many(self, cast, row, number):
        lines = [
            {"deed": "note_added", "subject": row, "organisation": cast.hfkcw, "after": {"note": f"Note {n}"}}
            for n in range(number)
        ]
        with transaction.atomic():
            record_all(lines, by=cast.amira, at=NOW + 9 * DAY)

    @pytest.mark.parametrize("sort", ["newest", "oldest"])
    def test_one_after_the_other_shows_every_event_once(self, cast, report, action, sort):
        self.record_many(cast, action, 60)
        seen, url = [], f"?sort={sort}"
        while url:
            soup = page(cast.amira, "action_timeline", action.pk, ask=url)
            seen += [item.get_text(" ", strip=True) for item in soup.select(".moj-timeline__description")]
            link = soup.select_one(".govuk-pagination__next a")
            url = link["href"] if link else None
        notes = [int(said.removeprefix("Note: Note ")) for said in seen if said.startswith("Note")]
        assert len(seen) == 62
        assert notes == (list(range(60)) if sort == "oldest" else list(range(59, -1, -1)))

    @pytest.mark.parametrize(
        ("name", "most"),
        [("recommendation_timeline", 11), ("action_timeline", 7), ("plan_timeline", 11), ("organisation_timeline", 13)],
    )
    def test_queries_stay_whatever_there_is(self, cast, report, action, name, most):
        row = follow_up(report, 1)
        post(cast.hfkcw, "Officer", cast.omar, role="contributor")
        people.give_role(cast.omar, "viewer", cast.hfkcw, by=cast.ada, at=NOW + DAY)
        args = {"recommendation": row.pk, "action": action.pk, "plan": row.plan_id, "organisation": "hfkcw"}
        url, asked = reverse(name, args=[args[name.partition("_")[0]]]), []
        browser_of(cast.amira).get(url)  # the number of open alerts is asked for once a while
        for number in (40, 300):
            self.record_many(cast, action, number)
            self.record_many(cast, row, number)
            self.record_many(cast, row.plan, 3)
            for n in range(number // 40):
                operations.add_action(
                    follow_up(report, 1), f"Step {n}", target=read_target_date(""), by=cast.amira, at=NOW + 10 * DAY
                )
            client = browser_of(cast.amira)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            asked.append(len(queries))
        assert asked[0] == asked[1] <= most
