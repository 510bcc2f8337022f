"""Amira asks for another date; Rosa refuses it, then agrees. The first date stays on show."""

import datetime as dt
import uuid

import pytest

from tests.cast import NOW, person
from tests.plans.test_pages import heading, in_days, said
from tracker.clocks.operations import set_limit
from tracker.plans import dates, operations
from tracker.plans.models import Action, DateChange
from tracker.plans.rules import read_target_date


@pytest.fixture
def action(cast, add):
    return add("Allocate every case", "1 March 2027", owner_person=cast.omar)


def fresh(action):
    return Action.objects.get(pk=action.pk)


def question(action, target="1 April 2027", **given):
    asked = {"target": target, "reason": "Two officers left."}
    return {"key": uuid.uuid4(), "seen": fresh(action).version} | asked | given


def ask(action, cast, target="1 April 2027"):
    row = fresh(action)
    return dates.ask_date(
        row, read_target_date(target), "Two officers left.", seen_version=row.version, by=cast.amira, at=NOW
    )


def answer(decision="agree", comment=""):
    return {"key": uuid.uuid4(), "decision": decision, "comment": comment}


def test_asked_refused_asked_again_agreed_and_again(cast, action, signed_in):
    amira, rosa = signed_in(cast.amira), signed_in(cast.rosa)
    path = f"/actions/{action.pk}/"
    assert "London region decides" in said(amira.get(f"{path}date/ask/"))
    page = amira.post(f"{path}date/ask/", question(action), follow=True)
    assert "Asked for 1 April 2027: “Allocate every case”. The date stays until London region decides." in said(page)
    assert "Another date is asked for" in said(page) and "Decide on this date" not in said(page)
    assert "Decide on this date" in said(rosa.get(path))

    first = DateChange.objects.get()
    page = rosa.get("/dates/")
    assert heading(page) == "1 date waits for your decision" and "Two officers left." in said(page)
    text = said(rosa.get(f"/dates/{first.pk}/"))
    for words in ("1 April 2027 instead of 1 March 2027?", "Amira Khan", "It has never moved",
                  "Moved once, 31 days after the first date"):  # fmt: skip
        assert words in text
    page = rosa.post(f"/dates/{first.pk}/", answer("refuse", "The risk is too high."), follow=True)
    assert "Refused: “Allocate every case” stays due by 1 March 2027. Amira Khan and Omar Farah will be told" in said(
        page
    )
    assert heading(page) == "No date waits for your decision"

    amira.post(f"{path}date/ask/", question(action))
    page = rosa.post(f"/dates/{DateChange.objects.first().pk}/", answer("agree", "Understood."), follow=True)
    assert "Agreed: “Allocate every case” is now due by 1 April 2027." in said(page)
    amira.post(f"{path}date/ask/", question(action, "1 May 2027", reason="The register is late."))
    rosa.post(f"/dates/{DateChange.objects.first().pk}/", answer())

    text = said(signed_in(cast.omar).get(path))
    assert "Moved twice, 61 days after the first date, 1 March 2027" in text
    for words in ("First date: 1 March 2027.", "Refused by Rosa Diaz", "The risk is too high.", "Agreed by Rosa Diaz",
                  "The register is late."):  # fmt: skip
        assert words in text
    dates_told = text[text.index(">Dates<") :]
    assert dates_told.index("The risk is too high.") < dates_told.index("Understood.") < dates_told.index("is late.")


def test_a_date_that_moved_while_the_plan_was_written_is_told_too(cast, action, signed_in):
    operations.edit_action(
        action, what=action.what, owner_person=cast.omar, target=read_target_date("1 May 2027"),
        date_reason="The trainer was ill.", seen_version=1, by=cast.amira, at=NOW,
    )  # fmt: skip
    text = said(signed_in(cast.omar).get(f"/actions/{action.pk}/"))
    text = text[text.index(">Dates<") : text.index(">Timeline<")]
    assert "From 1 March 2027 to 1 May 2027" in text and "The trainer was ill." in text
    assert "Moved while the plan was being written" in text


class TestAsking:
    def test_a_double_click_is_one_question(self, cast, action, signed_in):
        client, given = signed_in(cast.amira), question(action)
        for _ in range(2):
            assert client.post(f"/actions/{action.pk}/date/ask/", given).status_code == 302
        assert DateChange.objects.count() == 1

    def test_what_is_wrong_is_said_and_what_was_typed_stays(self, cast, action, signed_in):
        client, path = signed_in(cast.amira), f"/actions/{action.pk}/date/ask/"
        page = client.post(path, question(action, reason=""))
        assert (
            page.status_code == 422 and "Say why the date has to move." in said(page) and "1 April 2027" in said(page)
        )
        page = client.post(path, question(action, "June 2020"))
        assert page.status_code == 409 and "already past" in said(page) and "Two officers left." in said(page)
        page = client.post(path, question(action, "Ongoing"))
        assert page.status_code == 422 and "Say when it will be looked at again" in said(page)
        client.post(path, question(action, "Ongoing", review="31 March 2099"))
        change = DateChange.objects.get()
        assert (change.new_precision, change.new_due_by) == ("ongoing", dt.date(2099, 3, 31))

    def test_one_question_at_a_time(self, cast, action, signed_in):
        ask(action, cast)
        client, path = signed_in(person("Nora", "Eden", "lead", cast.hfkcw)), f"/actions/{action.pk}/date/ask/"
        page = said(client.get(path))
        assert "Amira Khan has asked for 1 April 2027 already" in page and "Ask for this date" not in page
        page = client.post(path, question(action, "1 June 2027", reason="Typed with care."))
        assert page.status_code == 409 and "Typed with care." in said(page)

    def test_at_once_where_the_setting_allows(self, cast, action, signed_in):
        set_limit(cast.london, "free_slip", 31, by=cast.ada, at=NOW)
        page = signed_in(cast.amira).post(f"/actions/{action.pk}/date/ask/", question(action), follow=True)
        assert "is now 1 April 2027. It moved at once." in said(page)
        assert "Agreed at once: the limit of the organisation allows it" in said(page)

    def test_who_may_not(self, cast, action, signed_in):
        for who in (cast.omar, cast.rosa, cast.helen, cast.ivy, cast.ada):
            client = signed_in(who)
            assert client.get(f"/actions/{action.pk}/date/ask/").status_code == 403
            assert client.post(f"/actions/{action.pk}/date/ask/", question(action)).status_code == 403

    def test_without_a_date_there_is_nothing_to_move(self, cast, add, signed_in):
        page = signed_in(cast.amira).get(f"/actions/{add('Keep a register').pk}/date/ask/")
        assert page.status_code == 409 and "has no date yet" in said(page)


class TestDeciding:
    def test_refusing_needs_a_comment(self, cast, action, signed_in):
        change = ask(action, cast)
        page = signed_in(cast.rosa).post(f"/dates/{change.pk}/", answer("refuse"))
        assert page.status_code == 422 and "Say why the date has to stay." in said(page)

    def test_a_double_click_is_one_decision(self, cast, action, signed_in):
        change, rosa, given = ask(action, cast), signed_in(cast.rosa), answer("agree", "Yes.")
        for _ in range(2):
            assert rosa.post(f"/dates/{change.pk}/", given).status_code == 302
        assert fresh(action).times_moved == 1

    def test_two_who_decide(self, cast, action, signed_in):
        change = ask(action, cast)
        signed_in(cast.rosa).post(f"/dates/{change.pk}/", answer("agree"))
        page = signed_in(cast.helen).post(f"/dates/{change.pk}/", answer("refuse", "Typed with care."))
        assert page.status_code == 409 and "while it is agreed" in said(page)
        assert "Agreed by Rosa Diaz" in said(page)

    def test_whoever_asked_takes_it_back(self, cast, action, signed_in):
        change, amira = ask(action, cast), signed_in(cast.amira)
        assert heading(amira.get("/dates/")) == "No date waits for your decision"
        assert "Asked by you or your organisation" in said(amira.get("/dates/"))
        page = said(amira.get(f"/dates/{change.pk}/"))
        assert "Take the question back" in page and "Do you agree" not in page and "London region decides" in page
        page = amira.post(f"/dates/{change.pk}/", {"decision": "withdraw"}, follow=True)
        assert "Taken back: another date for “Allocate every case”. It stays 1 March 2027." in said(page)
        assert "Taken back by Amira Khan" in said(page)

    def test_nobody_decides_for_themselves_or_from_below(self, cast, action, signed_in):
        change = ask(action, cast)
        for who in (cast.amira, cast.omar, cast.ivy, cast.ada):
            client = signed_in(who)
            assert client.get(f"/dates/{change.pk}/").status_code == 200  # all around it may read it
            assert client.post(f"/dates/{change.pk}/", answer()).status_code == 403
        for who in (cast.rosa, cast.omar):
            assert signed_in(who).post(f"/dates/{change.pk}/", {"decision": "withdraw"}).status_code == 403
        assert fresh(action).times_moved == 0

    def test_out_of_scope_is_not_there(self, cast, action, signed_in):
        change = ask(action, cast)
        for who in (cast.ben, cast.vera, cast.niall):
            client = signed_in(who)
            assert client.get(f"/dates/{change.pk}/").status_code == 404
            assert client.post(f"/dates/{change.pk}/", answer()).status_code == 404
            if who != cast.vera:
                assert "Allocate every case" not in said(client.get("/dates/"))
        assert signed_in(cast.ivy).get("/dates/987654/").status_code == 404

    def test_at_hmpps_a_second_lead_decides(self, cast, report, add, signed_in):
        row = add("Publish the tool", "1 March 2027", number=13, by=cast.helen)
        change = dates.ask_date(row, read_target_date("1 April 2027"), "Late.", seen_version=1, by=cast.helen, at=NOW)
        other = person("Hugo", "Lane", "lead", cast.hmpps)
        assert heading(signed_in(cast.helen).get("/dates/")) == "No date waits for your decision"
        assert heading(signed_in(other).get("/dates/")) == "1 date waits for your decision"
        assert signed_in(cast.helen).post(f"/dates/{change.pk}/", answer()).status_code == 403
        assert "another lead of HMPPS decides" in said(signed_in(cast.helen).get(f"/dates/{change.pk}/"))
        assert signed_in(other).post(f"/dates/{change.pk}/", answer()).status_code == 302

    def test_only_leads_have_the_list(self, cast, action, signed_in):
        for who in (cast.omar, cast.ivy, cast.vera, cast.ada):
            assert signed_in(who).get("/dates/").status_code == 403


@pytest.mark.parametrize("number", [2, 40])
def test_the_pages_have_a_budget(cast, add, action, signed_in, django_assert_max_num_queries, number):
    for n in range(number):
        change = ask(action, cast, in_days(200 + n))
        dates.agree_date(change, "Yes.", by=cast.rosa, at=NOW)
        ask(add(f"Step {n}", "1 March 2027", owner_person=cast.omar), cast)
    change = ask(action, cast, in_days(400))
    rosa, amira = signed_in(cast.rosa), signed_in(cast.amira)
    pages = [(rosa, "/dates/", 8), (amira, "/dates/", 8), (rosa, f"/dates/{change.pk}/", 8)]
    pages += [(amira, f"/dates/{change.pk}/", 8), (rosa, f"/actions/{action.pk}/", 16)]
    for client, path, budget in pages:
        with django_assert_max_num_queries(budget):
            assert client.get(path).status_code == 200
