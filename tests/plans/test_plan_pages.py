"""The page of an action plan: Amira writes and submits it, Rosa decides; London's goes to Helen, HMPPS' to another."""

import re
import uuid

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inspections.models import Recommendation
from tests.cast import NOW, follow_up, inspection, person
from tracker.journal.models import Event, Notice
from tracker.people import operations as people
from tracker.plans import operations, submitting
from tracker.plans.models import Action, ActionPlan
from tracker.plans.opening import open_follow_ups
from tracker.plans.rules import read_target_date
from tracker.working_days import london_day

from .test_submitting import answer_all, plan_of

HOW = {"at": NOW}


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def words(response) -> str:
    return " ".join(soup(response).main.get_text(" ").split())


def heading(response) -> str:
    return " ".join(soup(response).h1.get_text(" ").split())


def missing(response) -> dict[str, str]:
    """What is missing, each with the address that mends it; empty where nothing is."""
    title = soup(response).find("h2", string="What is missing")
    items = title.find_next("ul").find_all("li") if title else []
    return {item.get_text(): item.a["href"] if item.a else "" for item in items}


def path(plan, deed=""):
    return f"/plans/{plan.pk}/" + (f"{deed}/" if deed else "")


def form(plan, **more):
    return {"seen": ActionPlan.objects.get(pk=plan.pk).version, "key": uuid.uuid4()} | more


def events(plan):
    return list(Event.objects.about(plan).order_by("pk").values_list("deed", flat=True))


@pytest.fixture
def plan(cast, report):
    return plan_of(cast.hfkcw)


@pytest.fixture
def ready(cast, report, plan):
    answer_all(report, cast.hfkcw, cast.amira)
    return plan_of(cast.hfkcw)


@pytest.fixture
def submitted(cast, ready):
    return submitting.submit(ready, seen_version=ready.version, by=cast.amira, **HOW)


class TestWriting:
    def test_the_page_counts_up_and_links_to_what_mends_it(self, cast, report, plan, signed_in):
        client = signed_in(cast.amira)
        page = client.get(path(plan))
        assert heading(page).endswith("0 of 8 ready to submit")
        assert missing(page) == {
            f"Recommendation {n} has no response": f"/recommendations/{follow_up(report, n).pk}/answer/"
            for n in range(1, 9)
        }
        assert "Submit for sign-off" not in words(page)
        for n in range(1, 9):
            row = follow_up(report, n)
            asked = next(iter(missing(client.get(path(plan))).items()))
            assert asked[0] == f"Recommendation {n} has no response"
            form_page = client.get(asked[1])
            assert form_page.status_code == 200
            client.post(asked[1], {"response": "agreed", "seen": row.version, "key": uuid.uuid4()})
            to_add = missing(client.get(path(plan)))[f"Recommendation {n} has no action"]
            assert to_add == f"/recommendations/{row.pk}/actions/new/"
            client.post(to_add, {"what": f"Do {n}", "target": "", "key": uuid.uuid4()})
            action = Action.objects.get(what=f"Do {n}")
            edit = f"/actions/{action.pk}/edit/"
            lacks = missing(client.get(path(plan)))
            assert lacks[f"Recommendation {n} has an action without an owner: “Do {n}”"] == edit
            assert heading(client.get(path(plan))).endswith(f"{n - 1} of 8 ready to submit")
            owned = {"owner": f"person-{cast.amira.pk}", "target": "30 June 2099", "links": "", "what": action.what}
            client.post(edit, owned | {"seen": action.version, "key": uuid.uuid4(), "also": row.pk})
            assert heading(client.get(path(plan))).endswith(f"{n} of 8 ready to submit")
        page = client.get(path(plan))
        assert missing(page) == {}
        assert "Submit for sign-off" in words(page)

    def test_not_agreed_takes_no_action(self, cast, report, plan, signed_in):
        row = follow_up(report, 1)
        operations.answer(
            row, "not_agreed", reason="It costs too much.", approver="Rosa Diaz", seen_version=row.version,
            by=cast.amira, **HOW,
        )  # fmt: skip
        page = signed_in(cast.amira).get(path(plan))
        assert heading(page).endswith("1 of 8 ready to submit")
        assert "Not agreed Why not: It costs too much. Approved by: Rosa Diaz" in words(page)

    def test_the_six_columns(self, cast, report, plan, add, signed_in):
        row = follow_up(report, 3)
        operations.answer(
            row, "partly_agreed", response_text="We train all.", part_agreed="Training", part_not_agreed="Not the cost",
            seen_version=row.version, by=cast.amira, **HOW,
        )  # fmt: skip
        action = add("Train everyone", "June 2027", number=3, owner_post=cast.head_of_hfkcw)
        operations.edit_action(
            action, what=action.what, owner_post=cast.head_of_hfkcw, target=read_target_date("July to September 2027"),
            date_reason="No trainer", seen_version=action.version, by=cast.amira, **HOW,
        )  # fmt: skip
        text = words(signed_in(cast.amira).get(path(plan)))
        for said in (
            "Recommendation 3 improve matter 3 in HFKCW",
            "Partly agreed Part agreed: Training Not agreed: Not the cost",
            "We train all.", "Head of PDU (Amira Khan)", "July to September 2027, by 30 September 2027",
            "First 30 June 2027; moved once, 92 days after the first date", "Due",
        ):  # fmt: skip
            assert said in text
        assert text.index("Recommendation 2 improve") < text.index("Recommendation 3 improve")

    def test_who_only_reads_is_offered_no_form(self, cast, plan, signed_in):
        vera = person("Vic", "Lund", "viewer", cast.hfkcw)
        page = signed_in(vera).get(path(plan))
        assert set(missing(page).values()) == {""}
        assert not soup(page).main.find_all("form")


class TestOnItsWay:
    def test_there_and_back(self, cast, report, ready, signed_in):
        amira, rosa = signed_in(cast.amira), signed_in(cast.rosa)
        given = form(ready)
        page = amira.post(path(ready, "submit"), given, follow=True)
        assert "Sent for sign-off: action plan of HFKCW. Rosa Diaz will be told by e-mail." in words(page)
        again = amira.post(path(ready, "submit"), given, follow=True)
        assert again.status_code == 200
        assert events(ready) == ["plan_opened", "plan_submitted"]
        assert Notice.objects.filter(kind="plan_submitted").count() == 1

        page = amira.get(path(ready))
        assert heading(page).endswith("Sent to London region for sign-off")
        assert "Take it back" in words(page) and "Sign off" not in words(page)
        row = follow_up(report, 1)
        change = amira.post(
            f"/recommendations/{row.pk}/answer/",
            {"response": "agreed", "response_text": "Another", "seen": row.version, "key": uuid.uuid4()},
        )
        assert change.status_code == 409 and "with the level above" in words(change)

        page = rosa.get(path(ready))
        assert heading(page).endswith("Waiting for your sign-off")
        assert [b.get_text().strip() for b in soup(page).main.find_all("button")] == ["Sign off", "Send back"]
        page = rosa.post(path(ready, "send-back"), form(ready, comments="Say by when for 3."), follow=True)
        assert "Sent back: action plan of HFKCW. Amira Khan will be told by e-mail." in words(page)
        text = words(amira.get(path(ready)))
        assert text.index("Say by when for 3.") < text.index("Recommendation 1 ")
        assert "Sent back by Rosa Diaz" in text and "8 of 8 ready to submit" in text

        amira.post(path(ready, "submit"), form(ready))
        assert "Say by when for 3." in words(rosa.get(path(ready)))  # she reads what she said
        page = rosa.post(path(ready, "sign-off"), form(ready, comments=""), follow=True)
        assert heading(page).endswith("Signed off")
        assert ActionPlan.objects.get(pk=ready.pk).decided_by == cast.rosa
        page = rosa.post(path(ready, "send-back"), form(ready, comments="One more thing."), follow=True)
        assert ActionPlan.objects.get(pk=ready.pk).state == "sent_back"

    def test_it_is_not_sent_while_something_is_missing(self, cast, plan, signed_in):
        page = signed_in(cast.amira).post(path(plan, "submit"), form(plan))
        assert page.status_code == 409
        assert "The plan is not ready to be sent. Recommendation 1 has no response." in words(page)
        assert soup(page).title.get_text().startswith("Error: ")
        assert events(plan) == ["plan_opened"]

    def test_taken_back(self, cast, submitted, signed_in):
        page = signed_in(cast.amira).post(path(submitted, "take-back"), form(submitted), follow=True)
        assert "Taken back: action plan of HFKCW. No e-mail is sent." in words(page)
        assert heading(page).endswith("8 of 8 ready to submit")

    def test_sending_back_takes_a_reason_and_keeps_nothing_else(self, cast, submitted, signed_in):
        page = signed_in(cast.rosa).post(path(submitted, "send-back"), form(submitted, comments=" "))
        assert page.status_code == 422
        assert "Say what has to change before you can sign it off." in words(page)
        assert ActionPlan.objects.get(pk=submitted.pk).state == "submitted"

    def test_who_was_first_is_named_and_what_was_typed_is_kept(self, cast, submitted, signed_in):
        stale = form(submitted, comments="Number 4 lacks a date.")
        submitting.take_back(submitted, seen_version=submitted.version, by=cast.amira, **HOW)
        submitting.submit(submitted, seen_version=submitted.version, by=cast.amira, **HOW)
        rosa = signed_in(cast.rosa)
        page = rosa.post(path(submitted, "send-back"), stale)
        assert page.status_code == 409
        assert "Amira Khan changed this at 9:30am while you were writing." in words(page)
        assert soup(page).find("textarea", {"name": "comments"}).get_text().strip() == "Number 4 lacks a date."
        # Sent again from that page it goes through: the version is now the one that she has seen.
        inputs = {one["name"]: one["value"] for one in soup(page).main.find_all("input")}
        page = rosa.post(path(submitted, "send-back"), inputs | {"comments": "Number 4 lacks a date."})
        assert page.status_code == 302

    def test_what_was_typed_is_kept_also_when_the_plan_was_taken_back(self, cast, submitted, signed_in):
        stale = form(submitted, comments="Number 4 lacks a date.")
        submitting.take_back(submitted, seen_version=submitted.version, by=cast.amira, **HOW)
        page = signed_in(cast.rosa).post(path(submitted, "send-back"), stale)
        assert page.status_code == 409
        assert "You cannot send this plan back while it is draft." in words(page)
        assert "Number 4 lacks a date." in words(page)

    def test_a_number_of_a_person_is_warned_of(self, cast, submitted, signed_in):
        page = signed_in(cast.rosa).post(
            path(submitted, "send-back"), form(submitted, comments="See X123456."), follow=True
        )
        assert "X123456 (a CRN)" in words(page)


class TestWho:
    def test_each_level_goes_to_the_next(self, cast, report, signed_in):
        grace = person("Grace", "Obi", "lead", cast.hmpps)
        for place, lead, decider in ((cast.london, cast.rosa, cast.helen), (cast.hmpps, cast.helen, grace)):
            plan = plan_of(place)
            answer_all(report, place, lead)
            assert signed_in(lead).post(path(plan, "submit"), form(plan)).status_code == 302
            page = signed_in(lead).get(path(plan))
            assert "Sign off" not in {b.get_text().strip() for b in soup(page).main.find_all("button")}
            assert signed_in(lead).post(path(plan, "sign-off"), form(plan)).status_code == 403
            assert "Sign off" in {
                b.get_text().strip() for b in soup(signed_in(decider).get(path(plan))).find_all("button")
            }
            assert signed_in(decider).post(path(plan, "sign-off"), form(plan)).status_code == 302
            assert ActionPlan.objects.get(pk=plan.pk).state == "signed_off"

    def test_out_of_scope_is_not_there_and_the_wrong_role_is_told(self, cast, submitted, signed_in):
        viewer = person("Vic", "Lund", "viewer", cast.hfkcw)
        for deed in ("", "submit", "take-back", "sign-off", "send-back", "move"):
            posted = form(submitted, comments="No", move="up 1 1")
            address = path(submitted, deed)

            def ask(who, address=address, posted=posted if deed else None):
                return signed_in(who).post(address, posted) if posted else signed_in(who).get(address)

            assert {ask(who).status_code for who in (cast.ben, cast.niall, cast.vera, cast.omar)} == {404}
            assert ask(viewer).status_code == ask(cast.ivy).status_code == (403 if deed else 200)
            if deed:
                assert signed_in(cast.amira).get(path(submitted, deed)).status_code == 405
        assert signed_in(cast.amira).post(path(submitted, "sign-off"), form(submitted)).status_code == 403
        assert signed_in(cast.rosa).post(path(submitted, "take-back"), form(submitted)).status_code == 403
        assert events(submitted) == ["plan_opened", "plan_submitted"]

    def test_whoever_stands_in_for_rosa_decides_and_for_amira_submits(self, cast, ready, signed_in):
        today = london_day(timezone.now())
        people.name_stand_in(cast.amira, cast.omar, today, today, by=cast.amira, at=timezone.now())
        people.name_stand_in(cast.rosa, cast.helen, today, today, by=cast.rosa, at=timezone.now())
        assert signed_in(cast.omar).post(path(ready, "submit"), form(ready)).status_code == 302
        assert signed_in(cast.omar).post(path(ready, "sign-off"), form(ready)).status_code == 403
        assert signed_in(cast.helen).post(path(ready, "sign-off"), form(ready)).status_code == 302


class TestOrder:
    def shown(self, client, plan):
        page = soup(client.get(path(plan) + "?order=on"))
        return [words.get_text() for words in page.select(".app-plan__what")], page

    def test_up_and_down_within_a_recommendation(self, cast, plan, add, signed_in):
        for what, number in (("A", 1), ("B", 2), ("C", 1), ("D", 1)):
            add(what, "June 2027", number=number)
        client = signed_in(cast.amira)
        order, page = self.shown(client, plan)
        assert order == ["A", "C", "D"]  # B is the only one of recommendation 2
        assert not soup(client.get(path(plan))).find_all("button", string=re.compile("Move"))
        button = page.find("button", string=None, attrs={"value": re.compile("^up")})
        assert button["form"] == page.find(id="move")["id"]
        at = str(button["value"])  # C: A stands first and goes no further up
        answer = client.post(path(plan, "move"), form(plan, move=at))
        assert answer.status_code == 302 and answer["Location"].endswith(f"?order=on#action-{at[3:].replace(' ', '-')}")
        assert self.shown(client, plan)[0] == ["C", "A", "D"]
        client.post(path(plan, "move"), form(plan, move=at.replace("up", "down")))
        client.post(path(plan, "move"), form(plan, move=at.replace("up", "down")))
        client.post(path(plan, "move"), form(plan, move=at.replace("up", "down")))  # it is last: nothing happens
        assert self.shown(client, plan)[0] == ["A", "D", "C"]
        assert events(plan).count("actions_reordered") == 3

    def test_not_once_it_is_sent_nor_with_nonsense(self, cast, ready, report, add, signed_in):
        client, act = signed_in(cast.amira), Action.objects.first()
        row = follow_up(report, 1)
        assert client.post(path(ready, "move"), form(ready, move="sideways")).status_code == 409
        assert client.post(path(ready, "move"), form(ready, move=f"up {row.pk} 987654321")).status_code == 404
        add("Another", "June 2027", number=1)
        stale = form(ready, move=f"down {row.pk} {act.pk}") | {"seen": 99}
        assert client.post(path(ready, "move"), stale).status_code == 409
        assert self.shown(client, ready)[0][:2] == ["Do it", "Another"]
        extra = Action.objects.get(what="Another")
        operations.cancel_action(extra, "No", seen_version=extra.version, by=cast.amira, **HOW)
        submitting.submit(plan_of(cast.hfkcw), seen_version=ready.version, by=cast.amira, **HOW)
        assert not self.shown(client, ready)[1].find_all("button", string=re.compile("Move"))
        assert client.post(path(ready, "move"), form(ready, move=f"up {row.pk} {act.pk}")).status_code == 409


class TestList:
    def test_what_is_in_scope_with_how_far_it_is(self, cast, report, plan, signed_in):
        page = signed_in(cast.amira).get("/plans/")
        assert heading(page) == "3 action plans"  # all of the inspection of HFKCW
        assert "8 recommendations, 8 without a response" in words(page)
        assert heading(signed_in(cast.ben).get("/plans/")) == "0 action plans"
        assert heading(signed_in(cast.helen).get("/plans/?state=draft&organisation=hfkcw&due=45")) == (
            "1 action plan of HFKCW, draft, due in the next 45 days"
        )
        assert heading(signed_in(cast.helen).get("/plans/?due=overdue")) == "0 action plans, overdue"

    def test_the_level_above_reads_what_waits_for_it(self, cast, submitted, signed_in):
        assert "1 plan waits for your sign-off" in words(signed_in(cast.rosa).get("/plans/"))
        page = signed_in(cast.rosa).get("/plans/?waiting=me")
        assert heading(page) == "1 action plan waits for your sign-off"
        for other in (cast.amira, cast.helen, cast.ivy):
            assert heading(signed_in(other).get("/plans/?waiting=me")) == "0 action plans wait for your sign-off"

    def test_pages_hold_25_and_lead_on(self, cast, signed_in, django_assert_max_num_queries):
        for n in range(30):
            year, month = divmod(n, 12)
            inspection(
                cast.lambeth, [(cast.lambeth, 1)], slug=f"l-{n}",
                fieldwork=NOW.date().replace(year=2020 + year, month=month + 1, day=1),
            )  # fmt: skip
        client, seen = signed_in(cast.ben), []
        address = "/plans/"
        while address:
            with django_assert_max_num_queries(9):
                page = soup(client.get(address))
            seen += [a["href"] for a in page.select(".app-list a") if a["href"].startswith("/plans/")]
            link = page.select_one(".govuk-pagination__next a")
            address = "/plans/" + link["href"] if link else None
        assert len(seen) == len(set(seen)) == 30


def test_the_inspection_leads_to_its_plans(cast, report, plan, signed_in):
    assert f'href="/plans/{plan.pk}/"' in signed_in(cast.amira).get(f"/inspections/{report.slug}/").text
    assert "/plans/" not in soup(signed_in(cast.ben).get(f"/inspections/{report.slug}/")).main.decode()


def test_two_hundred_recommendations_and_a_thousand_actions_take_as_few_queries(cast, report, plan, add, signed_in):
    add("Train", "June 2027", owner_person=cast.omar)
    asked = []
    for count in (0, 192):
        first = Recommendation.objects.filter(inspection=report).count()
        for n in range(count):
            Recommendation.objects.create(
                inspection=report, group=9, number=100 + first + n, level="pdu", addressee=cast.hfkcw,
                addressee_as_printed="HFKCW", wording="ensure that all are trained",
            )  # fmt: skip
        open_follow_ups(report, live=True, by=None, at=NOW)
        rows = list(report.follow_ups.filter(addressee=cast.hfkcw))
        acts = Action.objects.bulk_create(
            Action(plan=plan, organisation=cast.hfkcw, what=f"Step {n}", live=True, added_at=NOW,
                   owner_post=cast.head_of_hfkcw if n % 2 else None, owner_person=None if n % 2 else cast.omar)
            for n in range(5 * count)
        )  # fmt: skip
        Action.follow_ups.through.objects.bulk_create(
            Action.follow_ups.through(action=act, followup=rows[n % len(rows)]) for n, act in enumerate(acts)
        )
        for who in (cast.amira, cast.rosa, cast.ivy):
            client = signed_in(who)
            client.get("/")  # counts the open alerts, once for a while
            for address in (path(plan), path(plan) + "?order=on"):
                with CaptureQueriesContext(connection) as queries:
                    assert client.get(address).status_code == 200
                asked.append(len(queries))
    assert max(asked) <= 15 and len(set(asked)) == 1, asked
