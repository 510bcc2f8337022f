"""The page of an action and the forms that change one: who helps, what it answers, what it waits for, two editors."""

import uuid

import pytest
from django.utils import timezone

from tests.cast import NOW, follow_up, inspection, person
from tests.plans.test_pages import in_days, said
from tracker.journal.models import Event
from tracker.plans import dates, operations, submitting, verifying
from tracker.plans.differences import marked_words
from tracker.plans.models import Action, Evidence, FollowUp
from tracker.plans.rules import read_target_date


@pytest.fixture
def action(cast, add):
    return add("Allocate every case", in_days(30), owner_person=cast.omar)


def form(action, **given):
    """The edit form as a browser sends it."""
    row = Action.objects.get(pk=action.pk)
    owner = f"person-{row.owner_person_id}" if row.owner_person_id else ""
    return {
        "key": uuid.uuid4(), "seen": row.version, "what": row.what, "owner": owner, "target": row.target_wording,
        "links": "shown", "also": [str(one.pk) for one in row.follow_ups.all()],
    } | given  # fmt: skip


class TestThePage:
    def test_the_owner_reads_what_by_when_and_updates_right_there(self, now, cast, action, signed_in):
        page = signed_in(cast.omar).get(f"/actions/{action.pk}/")
        text = said(page)
        for words in (
            "Allocate every case", in_days(30), "Save update", "Claim completion", "It has never moved.",
            "Omar Farah is reminded by e-mail: “Allocate every case” is due by",
        ):  # fmt: skip
            assert words in text
        assert "Ask for another date" not in text and "Change what" not in text
        assert text.count('class="govuk-button"') == 1  # one primary button

    def test_it_waits_for_something_that_is_late(self, cast, add, action, report, signed_in):
        first = add("Recruit two officers", in_days(-12))
        client = signed_in(cast.amira)
        waits = {"waits_for": [f"action-{first.pk}", f"followup-{follow_up(report, 9).pk}"]}
        client.post(f"/actions/{action.pk}/edit/", form(action, **waits))
        text = said(client.get(f"/actions/{action.pk}/"))
        assert "Waits for" in text and "Recruit two officers" in text and "by 12 days" in text
        assert "Recommendation 9 to London" in text

    def test_a_circle_is_refused(self, cast, add, action, signed_in):
        other = add("Recruit two officers", in_days(10))
        client = signed_in(cast.amira)
        client.post(f"/actions/{action.pk}/edit/", form(action, waits_for=[f"action-{other.pk}"]))
        page = client.post(f"/actions/{other.pk}/edit/", form(other, waits_for=[f"action-{action.pk}"]))
        assert page.status_code == 409 and "waits for this action itself" in said(page)

    @pytest.mark.parametrize(
        ("state", "sentence"),
        [
            ("claimed", "It waits until an inspector verifies it or sends it back; inspectors are reminded"),
            ("verified", "Nothing: this action is verified."),
            ("cancelled", "Nothing: this action is cancelled."),
        ],
    )
    def test_what_happens_next_stays_true(self, cast, action, signed_in, state, sentence):
        if state == "cancelled":
            operations.cancel_action(action, "Done nationally.", seen_version=1, by=cast.amira, at=NOW)
        else:
            verifying.claim(action, "All have a name.", seen_version=1, by=cast.omar, at=NOW)
        if state == "verified":
            claimed = Action.objects.get(pk=action.pk)
            verifying.verify(claimed, "good", seen_version=claimed.version, by=cast.ivy, at=NOW)
        assert sentence in said(signed_in(cast.omar).get(f"/actions/{action.pk}/"))

    def test_a_historic_one_says_that_nothing_happens(self, cast, signed_in):
        row = follow_up(inspection(cast.lambeth, [(cast.lambeth, 1)], live=False), 1)
        old = operations.add_action(row, "Train all", target=read_target_date(in_days(9)), by=cast.ben, at=NOW)
        assert "Nothing: its clock has not been started." in said(signed_in(cast.ben).get(f"/actions/{old.pk}/"))

    def test_out_of_scope_is_not_there(self, cast, action, signed_in):
        for who in (cast.ben, cast.vera, cast.niall):
            client = signed_in(who)
            for deed in ("", "edit/", "claim/", "assign/", "cancel/", "verify/", "date/ask/"):
                assert client.get(f"/actions/{action.pk}/{deed}").status_code == 404
                assert client.post(f"/actions/{action.pk}/{deed}", {}).status_code == 404


class TestAdding:
    def post(self, client, first, **given):
        given = {"key": uuid.uuid4(), "what": "Train all", "owner": "", "target": in_days(30)} | given
        return client.post(f"/recommendations/{first.pk}/actions/new/", given, follow=True)

    def test_with_helpers_and_what_it_also_answers(self, cast, report, first, signed_in):
        nina = person("Nina", "Holt", "contributor", cast.hfkcw)
        second = follow_up(report, 2)
        page = signed_in(cast.amira).get(f"/recommendations/{first.pk}/actions/new/")
        assert "Nina Holt" in said(page) and f'value="{second.pk}"' in said(page)
        assert f'value="{follow_up(report, 9).pk}"' not in said(page)  # to London
        self.post(signed_in(cast.amira), first, helpers=[nina.pk, cast.omar.pk], also=[second.pk])
        made = Action.objects.get()
        assert set(made.helpers.all()) == {nina, cast.omar}
        assert set(made.follow_ups.all()) == {first, second}

    def test_nobody_and_nothing_else_can_be_ticked(self, cast, report, first, signed_in):
        page = self.post(signed_in(cast.amira), first, helpers=[cast.ben.pk], also=[follow_up(report, 9).pk])
        assert page.status_code == 422 and not Action.objects.exists()

    def test_ongoing_needs_a_day_of_review_which_is_its_date(self, cast, first, signed_in):
        client = signed_in(cast.amira)
        page = self.post(client, first, target="Ongoing")
        assert page.status_code == 422 and "Say when it will be looked at again" in said(page)
        self.post(client, first, target="Ongoing", review="31 March 2099")
        made = Action.objects.get()
        assert (made.target_precision, made.target_wording, str(made.due_by)) == ("ongoing", "Ongoing", "2099-03-31")
        page = said(client.get(f"/actions/{made.pk}/edit/"))
        assert 'value="Ongoing"' in page and 'value="31 March 2099"' in page

    def test_a_past_date_needs_a_reason_and_what_was_typed_stays(self, cast, first, signed_in):
        client = signed_in(cast.amira)
        page = self.post(client, first, target="June 2020", success_measure="45 of 50")
        assert page.status_code == 409 and "45 of 50" in said(page) and "June 2020" in said(page)
        self.post(client, first, target="June 2020", date_reason="It was under way already.")
        assert Event.objects.about(Action.objects.get()).get().after["reason"] == "It was under way already."


class TestChanging:
    def test_helpers_come_and_go(self, cast, action, signed_in):
        nina = person("Nina", "Holt", "contributor", cast.hfkcw)
        client, path = signed_in(cast.amira), f"/actions/{action.pk}/edit/"
        client.post(path, form(action, helpers=[nina.pk]))
        assert list(action.helpers.all()) == [nina]
        assert "Nina Holt" in said(signed_in(nina).get(f"/actions/{action.pk}/"))
        client.post(path, form(action, helpers=[]))
        assert not action.helpers.exists()
        assert signed_in(nina).get(f"/actions/{action.pk}/").status_code == 404

    def test_sent_by_hand_without_the_ticks_it_leaves_them(self, cast, report, action, signed_in):
        action.helpers.add(cast.amira)
        given = {
            name: value for name, value in form(action, what="Allocate all").items() if name not in ("links", "also")
        }
        signed_in(cast.amira).post(f"/actions/{action.pk}/edit/", given)
        row = Action.objects.get()
        assert row.what == "Allocate all" and row.helpers.count() == 1 and row.follow_ups.count() == 1

    def test_it_answers_at_least_one_recommendation(self, cast, action, signed_in):
        page = signed_in(cast.amira).post(f"/actions/{action.pk}/edit/", form(action, also=[]))
        assert page.status_code == 409 and "answers at least one recommendation" in said(page)

    def test_once_the_plan_is_signed_off_the_date_is_read_and_asked_for(self, cast, report, action, signed_in):
        plan = action.plan
        for row in FollowUp.objects.filter(plan=plan):
            operations.answer(
                row, "not_agreed", reason="Cost", approver="Amira Khan", seen_version=1, by=cast.amira, at=NOW
            )
        submitting.submit(plan, seen_version=plan.version, by=cast.amira, at=NOW)
        client, path = signed_in(cast.amira), f"/actions/{action.pk}/edit/"
        assert client.get(path).status_code == 409  # with the level above: nothing changes under their eyes
        text = said(client.get(f"/actions/{action.pk}/"))
        assert "with the level above for sign-off" in text and "Ask for another date" in text
        plan.refresh_from_db()
        submitting.sign_off(plan, seen_version=plan.version, by=cast.rosa, at=NOW)
        page = said(client.get(path))
        assert 'name="target"' not in page and "Ask for another date" in page
        client.post(path, form(action, what="Allocate all", target="1 June 2099", date_reason="Why not"))
        row = Action.objects.get()
        assert row.what == "Allocate all" and row.times_moved == 0

    def test_another_owner(self, cast, action, signed_in):
        client, path = signed_in(cast.amira), f"/actions/{action.pk}/assign/"
        given = {"key": uuid.uuid4(), "seen": 1, "owner": f"post-{cast.head_of_hfkcw.pk}"}
        page = client.post(path, given, follow=True)
        assert "Head of PDU (Amira Khan) now owns “Allocate every case”. You own it." in said(page)
        client.post(path, given)  # a double click
        assert Event.objects.about(action).filter(deed="assigned").count() == 1
        page = client.post(path, given | {"owner": f"person-{cast.omar.pk}"})
        assert page.status_code == 409 and "Keep theirs" in said(page)


class TestTwoEditors:
    """Amira and Rosa's colleague Nora of HFKCW have the same form open."""

    @pytest.fixture
    def nora(self, cast):
        return person("Nora", "Eden", "lead", cast.hfkcw)

    @pytest.fixture
    def second(self, cast, action, nora, signed_in):
        """What Nora gets, who was second."""
        path = f"/actions/{action.pk}/edit/"
        mine = form(action, what="Allocate every new case within two days", success_measure="None waits")
        signed_in(cast.amira).post(path, form(action, what="Allocate every case within one day"))
        client = signed_in(nora)
        return client, path, mine, client.post(path, mine)

    def test_the_second_reads_who_and_what_word_by_word(self, second):
        text = said(second[3])
        assert second[3].status_code == 409
        assert "Amira Khan changed this at" in text and "Nothing of yours was saved yet." in text
        assert "[taken out: <del>one day</del>]" in text or "[taken out: <del>one</del>]" in text
        assert "[put in: <ins>new</ins>]" in text
        assert "None waits" in text and "Keep mine" in text and "Combine" in text and "Keep theirs" in text
        assert Action.objects.get().what == "Allocate every case within one day"

    def test_keep_mine_saves_knowingly(self, second):
        client, path, mine, page = second
        assert 'name="seen" value="2"' in said(page)
        client.post(path, mine | {"seen": 2})
        assert Action.objects.get().what == "Allocate every new case within two days"

    def test_combine_puts_both_into_the_form_and_saves_nothing(self, second):
        client, path, mine, _ = second
        page = client.post(path, mine | {"seen": 2, "combine": "1"})
        assert page.status_code == 200
        both = "Allocate every case within one day\n\nAllocate every new case within two days"
        assert both in page.content.decode().replace("\r\n", "\n")
        assert Action.objects.get().version == 2
        client.post(path, mine | {"seen": 2, "what": "Allocate every case, new ones within two days"})
        assert Action.objects.get().what == "Allocate every case, new ones within two days"

    def test_a_third_change_while_combining_is_met_again(self, cast, action, second, signed_in):
        client, path, mine, _ = second
        signed_in(cast.amira).post(path, form(action, what="Allocate every case today"))
        page = client.post(path, mine | {"seen": 2})
        assert page.status_code == 409 and "Allocate every case today" in said(page)

    def test_answers_can_be_combined_too(self, cast, first, nora, signed_in):
        path, given = f"/recommendations/{first.pk}/answer/", {"key": uuid.uuid4(), "seen": 1, "response": "agreed"}
        signed_in(cast.amira).post(path, given | {"response_text": "By training all officers."})
        client = signed_in(nora)
        page = client.post(path, given | {"response_text": "By training all new officers."})
        assert "[put in: <ins>new</ins>]" in said(page)
        page = client.post(path, given | {"response_text": "By training all new officers.", "seen": 2, "combine": "1"})
        assert "By training all officers.\n\nBy training all new officers." in page.content.decode().replace("\r", "")
        assert FollowUp.objects.get(pk=first.pk).response_text == "By training all officers."


def test_words_are_marked_in_reading_order():
    assert marked_words("one two three", "one new three") == [
        ("same", "one"), ("out", "two"), ("in", "new"), ("same", "three"),
    ]  # fmt: skip
    assert marked_words("one two", "three four five") == []  # hardly anything in common
    assert marked_words("", "one") == marked_words("one  two", "one two") == []


class TestTheList:
    def test_sent_back_and_waiting_for_a_date(self, cast, add, action, signed_in):
        asked = add("Recruit two officers", in_days(30))
        add("Train all", in_days(30))
        dates.ask_date(asked, read_target_date(in_days(60)), "Nobody applied.", seen_version=1, by=cast.amira, at=NOW)
        verifying.claim(action, "All have a name.", seen_version=1, by=cast.omar, at=NOW)
        verifying.send_back(
            Action.objects.get(pk=action.pk), "insufficient", "Not all.", seen_version=2, by=cast.ivy, at=NOW
        )
        client = signed_in(cast.amira)
        back, waiting = (said(client.get(f"/actions/?status={one}")) for one in ("sent_back", "date_asked"))
        assert "1 action, sent back" in back and "Allocate every case" in back
        assert "1 action, waiting for a date decision" in waiting and "Recruit two officers" in waiting


@pytest.fixture(params=[2, 40])
def busy(request, cast, add, report, action):
    """An action of which so much has happened: updates, evidence, dates, claims, helpers, links."""
    number = request.param
    for n in range(number):
        operations.post_update(action, f"Week {n}.", confidence="on_track", by=cast.omar, at=NOW)
        link = Evidence.objects.create(action=action, name=f"R{n}", url=f"https://x.example/{n}", by=cast.omar, at=NOW)
        row = Action.objects.get(pk=action.pk)
        change = dates.ask_date(
            row, read_target_date(in_days(31 + n)), "Ill.", seen_version=row.version, by=cast.amira, at=timezone.now()
        )
        dates.agree_date(change, "Yes.", by=cast.rosa, at=NOW)
        row.refresh_from_db()
        verifying.claim(row, f"Done {n}.", evidence=[link.pk], seen_version=row.version, by=cast.omar, at=NOW)
        verifying.send_back(row, "insufficient", "No.", seen_version=row.version, by=cast.ivy, at=NOW)
        helper = person(f"Helper{n}", "Holt", "contributor", cast.hfkcw)
        action.helpers.add(helper)
        action.waits_for_actions.add(add(f"Step {n}", in_days(n - 20), owner_person=helper))
    action.waits_for_follow_ups.set([follow_up(report, one) for one in range(2, min(number, 8) + 1)])
    return action


def test_the_pages_have_a_budget_however_much_happened(cast, busy, signed_in, django_assert_max_num_queries):
    pages = [("", 17, cast.amira), ("", 17, cast.omar), ("", 17, cast.ivy), ("", 17, cast.rosa)]
    pages += [(deed, 12, cast.amira) for deed in ("edit/", "claim/", "assign/", "cancel/", "date/ask/")]
    for deed, budget, who in pages:
        client = signed_in(who)
        with django_assert_max_num_queries(budget):
            page = client.get(f"/actions/{busy.pk}/{deed}")
        assert page.status_code == 200
