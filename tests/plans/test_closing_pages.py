"""The page of a recommendation as its story goes on, and those on which it ends: Ivy closes, Rosa accepts a risk."""

import datetime as dt
import uuid

import pytest

from tests.cast import NOW, follow_up, inspection
from tests.plans.test_closing import again, verified
from tests.plans.test_pages import heading, in_days, said
from tests.plans.test_submitting import plan_of, submit
from tests.plans.test_verifying import claim, decide
from tracker.alerts.models import AlertCase
from tracker.journal.models import Event
from tracker.plans import closing, operations, submitting, verifying
from tracker.plans.models import FollowUp
from tracker.plans.rules import read_target_date

ENDINGS = ("close", "close-not-agreed", "accept-risk", "supersede", "reopen")


def page_of(row, deed=""):
    return f"/recommendations/{row.pk}/" + (f"{deed}/" if deed else "")


def form(row, **given):
    return {"key": uuid.uuid4(), "seen": again(row).version} | given


@pytest.fixture
def row(cast, first):
    operations.answer(first, "agreed", response_text="By training.", seen_version=1, by=cast.amira, at=NOW)
    return again(first)


@pytest.fixture
def action(cast, add, row):
    return add("Allocate every case", in_days(40), owner_person=cast.omar)


@pytest.fixture
def ready(cast, row, action):
    """All its work is verified."""
    verified(cast, action)
    return again(row)


@pytest.fixture
def closed(cast, ready):
    return closing.close(ready, "Seen on the visit.", seen_version=ready.version, by=cast.ivy, at=NOW)


@pytest.fixture
def later(cast, report):
    """Recommendations of a later inspection of Lambeth: one to HFKCW, one to Lambeth, one to London."""
    later = inspection(cast.lambeth, [(cast.hfkcw, 1), (cast.lambeth, 1), (cast.london, 1)])
    later.fieldwork_month = dt.date(2026, 10, 1)
    later.save()
    return later


class TestThePage:
    def test_it_reads_the_wording_first_and_then_how_it_stands(self, cast, closed, signed_in):
        text = said(signed_in(cast.amira).get(page_of(closed)))
        main = text[text.index("<main") :]
        assert main.index("improve matter 1 in HFKCW") < main.index("Closed: implemented") < main.index("Response")
        assert main[: main.index("Response")].count("Closed: implemented") == 1 and "Closed Closed" not in main

    def test_the_judgements_stand_under_each_action(self, cast, row, action, signed_in):
        client = signed_in(cast.amira)
        assert "Nothing is claimed as done yet." in said(client.get(page_of(row)))
        claim(action, cast.omar)
        text = said(client.get(page_of(row)))
        assert "by Omar Farah, 20 November 2026: Every case has a name." in text
        decide(verifying.send_back, action, cast.ivy, "insufficient", "The register is of June.")
        claim(action, cast.omar)
        decide(verifying.verify, action, cast.idris)
        text = said(client.get(page_of(row)))
        back, good = text.index("Sent back: insufficient progress."), text.index("Verified: good progress.")
        assert good < back, "the newest comes first"
        assert "Ivy Clarke, 20 November 2026: The register is of June." in text

    def test_an_inspector_reads_what_stands_in_the_way_and_is_offered_the_one_deed_when_nothing_does(
        self, cast, row, action, signed_in
    ):
        client, link = signed_in(cast.ivy), page_of(row, "close")
        text = said(client.get(page_of(row)))
        assert "It cannot be closed yet. 1 of its actions is neither verified nor cancelled." in text
        assert link not in text
        verified(cast, action)
        text = said(client.get(page_of(row)))
        assert "Nothing stands in the way" in text and link in text
        assert link not in said(signed_in(cast.amira).get(page_of(row)))
        assert "cannot be closed yet" not in said(signed_in(cast.rosa).get(page_of(row)))

    def test_what_the_reader_may_not_see_still_stands_in_the_way(self, cast, ready, add, signed_in):
        secret = AlertCase.objects.create(organisation=cast.hfkcw, restricted=True, live=True, opened_at=NOW)
        hidden = add("A matter of the circle", number=1)
        hidden.alert = secret
        hidden.save()
        text = said(signed_in(cast.ivy).get(page_of(ready)))
        assert "A matter of the circle" not in text
        assert "1 of its actions is neither verified nor cancelled." in text

    def test_only_the_newest_events_are_shown(self, cast, row, action, signed_in):
        for n in range(12):
            operations.post_update(action, f"Step {n} done.", confidence="on_track", by=cast.omar, at=NOW)
        text = said(signed_in(cast.amira).get(page_of(row)))
        assert "Step 11 done." in text and "Done: Step 0 done." not in text
        assert f'href="{page_of(row, "timeline")}"' in text and "All 15 events" in text

    def test_which_deeds_each_reader_is_offered(self, cast, row, signed_in):
        offered = {
            cast.amira: set(), cast.rosa: {"accept-risk"}, cast.helen: {"accept-risk"}, cast.ivy: {"supersede"},
            cast.ada: set(),
        }  # fmt: skip
        for person, deeds in offered.items():
            text = said(signed_in(person).get(page_of(row)))
            assert {deed for deed in ENDINGS if page_of(row, deed) in text} == deeds, person

    @pytest.mark.parametrize("number", [2, 30])
    def test_the_number_of_queries_is_fixed(self, cast, row, add, signed_in, django_assert_max_num_queries, number):
        case = AlertCase.objects.create(organisation=cast.hfkcw, live=True, opened_at=NOW)
        inspection_of = inspection(cast.lambeth, [(cast.hfkcw, number)])
        for n in range(number):
            one = add(f"Step {n}", in_days(n + 20), owner_person=cast.omar)
            operations.post_update(one, "Half.", confidence="on_track", by=cast.amira, at=NOW)
            claim(one, cast.omar)
            if n % 2:
                decide(verifying.verify, one, cast.ivy)
            FollowUp.objects.filter(inspection=inspection_of, recommendation__number=n + 1).update(carried_to=row)
        FollowUp.objects.filter(pk=row.pk).update(tie="confirmed", alert=case)
        for name in ("amira", "rosa", "helen", "omar", "ivy", "ada"):
            client = signed_in(cast.person(name))
            with django_assert_max_num_queries(16):
                assert client.get(page_of(row)).status_code == 200, name


class TestWhoMay:
    def test_the_wrong_role_is_refused_and_out_of_scope_is_not_there(self, cast, ready, signed_in):
        may = {"close": "ivy idris", "close-not-agreed": "ivy idris", "accept-risk": "rosa helen",
               "supersede": "ivy idris", "reopen": "ivy idris"}  # fmt: skip
        for name in ("amira", "rosa", "helen", "omar", "ivy", "idris", "ada", "ben", "niall", "vera"):
            client = signed_in(cast.person(name))
            for deed in ENDINGS:
                expected = 404 if name in ("ben", "niall", "vera") else 403
                if name in may[deed].split():
                    expected = 409 if deed == "reopen" else 200
                assert client.get(page_of(ready, deed)).status_code == expected, (name, deed)
                if expected in (403, 404):
                    sent = client.post(page_of(ready, deed), form(ready, reason="x", review_on="1 June 2099"))
                    assert sent.status_code == expected, (name, deed)
        assert again(ready).state == "open"


class TestClose:
    def test_ivy_closes_what_is_verified_and_the_owner_is_told(self, cast, ready, signed_in):
        client = signed_in(cast.ivy)
        assert heading(client.get(page_of(ready, "close"))) == "Close as implemented"
        page = client.post(page_of(ready, "close"), form(ready, reason="Seen on the visit."), follow=True)
        assert "Closed as implemented: recommendation 1 to HFKCW. Amira Khan will be told by e-mail." in said(page)
        assert Event.objects.about(ready).first().after["reason"] == "Seen on the visit."

    def test_before_that_the_page_says_what_stands_in_the_way_and_a_post_by_hand_is_refused(
        self, cast, row, action, signed_in
    ):
        client = signed_in(cast.ivy)
        text = said(client.get(page_of(row, "close")))
        assert "1 of its actions is neither verified nor cancelled." in text and 'name="reason"' not in text
        page = client.post(page_of(row, "close"), form(row, reason="I think so."))
        assert page.status_code == 409 and "You cannot close this recommendation yet." in said(page)
        assert "I think so." in said(page)

    def test_a_double_click_is_one_deed(self, cast, ready, signed_in):
        client, typed = signed_in(cast.ivy), form(ready)
        assert client.post(page_of(ready, "close"), typed).status_code == 302
        assert client.post(page_of(ready, "close"), typed).status_code == 302
        assert Event.objects.about(ready).filter(deed="closed").count() == 1

    def test_whoever_was_second_is_told_and_keeps_what_was_typed(self, cast, ready, signed_in):
        typed = form(ready, reason="Typed with care.")
        operations.assign(ready, owner_person=cast.omar, seen_version=ready.version, by=cast.amira, at=NOW)
        client = signed_in(cast.ivy)
        page = client.post(page_of(ready, "close"), typed)
        text = said(page)
        assert page.status_code == 409 and "Amira Khan changed this at 9:30am" in text and "Typed with care." in text
        assert f'name="seen" value="{again(ready).version}"' in text
        assert client.post(page_of(ready, "close"), typed | {"seen": again(ready).version}).status_code == 302

    def test_when_another_inspector_closed_it_meanwhile_that_is_said(self, cast, ready, signed_in):
        typed = form(ready, reason="Mine.")
        closing.close(again(ready), seen_version=ready.version, by=cast.idris, at=NOW)
        page = signed_in(cast.ivy).post(page_of(ready, "close"), typed)
        assert page.status_code == 409 and "while it is closed: implemented" in said(page)


def test_what_was_not_agreed_is_closed_once_it_is_signed_off(cast, report, row, signed_in):
    client = signed_in(cast.ivy)
    assert "Its response is another one." in said(client.get(page_of(row, "close-not-agreed")))
    operations.answer(
        row, "not_agreed", reason="Commissioned nationally", approver="Rosa Diaz", seen_version=row.version,
        by=cast.amira, at=NOW,
    )  # fmt: skip
    assert "It cannot be closed yet. The level above has not signed this answer off yet." in said(
        client.get(page_of(row))
    )
    for number in range(2, 9):
        one = follow_up(report, number)
        operations.answer(one, "agreed", seen_version=1, by=cast.amira, at=NOW)
        how = {"owner_person": cast.amira, "target": read_target_date("June 2027"), "by": cast.amira, "at": NOW}
        operations.add_action(one, "Do it", **how)
    plan = submit(plan_of(cast.hfkcw), cast.amira)
    submitting.sign_off(plan, seen_version=plan.version, by=cast.rosa, at=NOW)
    assert page_of(row, "close-not-agreed") in said(client.get(page_of(row)))
    page = client.post(page_of(row, "close-not-agreed"), form(row), follow=True)
    assert "Closed as not agreed: recommendation 1 to HFKCW." in said(page)
    assert "Closed: not implemented" in said(page)


class TestAcceptRisk:
    def test_rosa_accepts_it_by_name_until_a_day(self, cast, row, signed_in):
        client = signed_in(cast.rosa)
        typed = form(row, reason="The court closes.", review_on="1 June 2099")
        page = client.post(page_of(row, "accept-risk"), typed, follow=True)
        text = said(page)
        assert "The risk of not acting is accepted until 1 June 2099: recommendation 1 to HFKCW." in text
        assert "Risk of not acting accepted by" in text and "Rosa Diaz" in text and "The court closes." in text
        assert "On 1 June 2099 this recommendation is opened again" in text

    def test_who_still_is_reminded_of_what_is_open_among_its_actions_is_said(self, now, cast, row, action, signed_in):
        closing.accept_risk(
            row, "The court closes.", dt.date(2099, 6, 1), seen_version=row.version, by=cast.rosa, at=NOW
        )
        text = said(signed_in(cast.amira).get(page_of(row)))
        assert "is accepted until then. On " in text and "Omar Farah is reminded by e-mail" in text

    @pytest.mark.parametrize(
        ("review", "sentence"),
        [
            ("", "Enter the day on which this is looked at again."),
            ("June 2099", "Enter one day, such as"),
            ("Ongoing", "Enter one day, such as"),
            ("soon", "is not a date we can read"),
            (in_days(0), "Enter a day in the future."),
            ("1 March 2020", "Enter a day in the future."),
        ],
    )
    def test_only_until_a_day_in_the_future(self, cast, row, signed_in, review, sentence):
        typed = form(row, reason="Typed with care.", review_on=review)
        page = signed_in(cast.rosa).post(page_of(row, "accept-risk"), typed)
        assert page.status_code == 422 and sentence in said(page) and "Typed with care." in said(page)
        assert again(row).state == "open"

    def test_at_hmpps_a_lead_of_hmpps_does_it(self, cast, report, signed_in):
        row = follow_up(report, 13)
        operations.answer(row, "agreed", seen_version=1, by=cast.helen, at=NOW)
        assert signed_in(cast.helen).get(page_of(row, "accept-risk")).status_code == 200
        assert signed_in(cast.rosa).get(page_of(row, "accept-risk")).status_code == 403


class TestSupersede:
    def test_by_a_later_one_to_the_same_place_or_above(self, cast, row, later, signed_in):
        client, link = signed_in(cast.ivy), page_of(row, "supersede")
        to_hfkcw, to_lambeth, to_london = (follow_up(later, n) for n in (1, 2, 3))
        text = said(client.get(link))
        assert f'value="{to_hfkcw.pk}"' in text and f'value="{to_london.pk}"' in text
        assert f'value="{to_lambeth.pk}"' not in text and f'value="{row.pk}"' not in text
        typed = form(row, successor=to_lambeth.pk, reason="Said again.")
        assert client.post(link, typed).status_code == 422
        page = client.post(link, typed | {"successor": to_hfkcw.pk}, follow=True)
        text = said(page)
        assert "Superseded by recommendation 1 of a later inspection: recommendation 1 to HFKCW." in text
        assert page_of(to_hfkcw) in text
        assert page_of(row) in said(client.get(page_of(to_hfkcw))), "and the successor names it"

    def test_not_by_one_of_the_same_report_nor_by_a_closed_one(self, cast, row, later, signed_in):
        FollowUp.objects.filter(inspection=later).update(state="superseded", superseded_by=row)
        assert "No later inspection has an open one to HFKCW" in said(
            signed_in(cast.ivy).get(page_of(row, "supersede"))
        )

    def test_the_successor_is_not_linked_for_whom_it_is_out_of_scope(self, cast, add, row, later, signed_in):
        add("Report weekly", owner_person=cast.omar)
        closing.supersede(
            again(row), follow_up(later, 3), "Said again.", seen_version=again(row).version, by=cast.ivy, at=NOW
        )
        text = said(signed_in(cast.omar).get(page_of(row)))
        assert "Superseded by a recommendation that you may not see." in text
        assert page_of(follow_up(later, 3)) not in text


class TestReopen:
    def test_with_a_reason_and_its_owner_is_told(self, cast, closed, signed_in):
        client, link = signed_in(cast.ivy), page_of(closed, "reopen")
        assert link in said(client.get(page_of(closed)))
        assert client.post(link, form(closed)).status_code == 422
        page = client.post(link, form(closed, reason="The next visit found it undone."), follow=True)
        assert "Open again: recommendation 1 to HFKCW." in said(page)
        assert (again(closed).state, again(closed).cycle) == ("open", 2)
        assert "None of its actions is verified, or none since it was opened again." in said(page)

    def test_a_case_number_is_warned_of(self, cast, closed, signed_in):
        typed = form(closed, reason="See X123456.")
        assert "X123456 (a CRN)" in said(signed_in(cast.ivy).post(page_of(closed, "reopen"), typed, follow=True))


def test_each_box_says_that_no_personal_data_belongs_there(cast, ready, later, signed_in):
    for person, deed in ((cast.ivy, "close"), (cast.rosa, "accept-risk"), (cast.ivy, "supersede")):
        assert "Do not enter the names or case numbers" in said(signed_in(person).get(page_of(ready, deed)))


def test_the_pages_of_the_deeds_have_a_budget(cast, ready, later, signed_in, django_assert_max_num_queries):
    for person, deed in ((cast.ivy, "close"), (cast.rosa, "accept-risk"), (cast.ivy, "supersede")):
        client = signed_in(person)
        with django_assert_max_num_queries(10):
            assert client.get(page_of(ready, deed)).status_code == 200
