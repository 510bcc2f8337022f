"""An action plan goes to the level above and comes back: Amira's of HFKCW, decided by Rosa; London's; HMPPS' own."""

import pytest
from django.db import IntegrityError, transaction

from tests.cast import NOW, follow_up, person
from tracker.journal.models import Event
from tracker.plans import operations, submitting
from tracker.plans.models import ActionPlan
from tracker.plans.rules import read_target_date
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal

HOW = {"at": NOW}


def plan_of(place):
    return ActionPlan.objects.select_related("organisation__parent__parent", "submitted_by").get(organisation=place)


def answer_all(report, place, by, *, target="30 June 2027"):
    for row in report.follow_ups.filter(addressee=place):
        row = follow_up(report, row.recommendation.number)
        operations.answer(row, "agreed", seen_version=row.version, by=by, **HOW)
        operations.add_action(row, "Do it", owner_person=by, target=read_target_date(target), by=by, **HOW)


@pytest.fixture
def ready(cast, report):
    """HFKCW's plan with all eight answered."""
    answer_all(report, cast.hfkcw, cast.amira)
    return plan_of(cast.hfkcw)


def submit(plan, by, **how):
    return submitting.submit(plan, **{"seen_version": plan.version, "by": by} | HOW | how)


def events(plan):
    return list(Event.objects.about(plan).order_by("pk").values_list("deed", flat=True))


class TestSubmit:
    def test_the_whole_way_back_and_forth(self, cast, ready):
        plan = submit(ready, cast.amira)
        assert plan.state == "submitted" and plan.submitted_by == cast.amira
        plan = submitting.send_back(plan, "Say by when for 3.", seen_version=plan.version, by=cast.rosa, **HOW)
        assert (plan.state, plan.comments) == ("sent_back", "Say by when for 3.")
        plan = submit(plan, cast.amira)
        plan = submitting.sign_off(plan, seen_version=plan.version, by=cast.rosa, **HOW)
        assert (plan.state, plan.decided_by, plan.comments) == ("signed_off", cast.rosa, "")
        assert events(plan) == [
            "plan_opened", "plan_submitted", "plan_sent_back", "plan_submitted", "plan_signed_off",
        ]  # fmt: skip

    def test_it_names_what_is_missing_and_stays_a_draft(self, cast, report):
        plan = plan_of(cast.hfkcw)
        with pytest.raises(Refusal, match="Recommendation 1 has no response"):
            submit(plan, cast.amira)
        answer_all(report, cast.hfkcw, cast.amira)
        last = follow_up(report, 8).actions.get()
        operations.cancel_action(last, "No longer", seen_version=last.version, by=cast.amira, **HOW)
        with pytest.raises(Refusal, match=r"Recommendation 8 has no action\.$"):
            submit(plan, cast.amira)
        plan.refresh_from_db()
        assert plan.state == "draft" and events(plan) == ["plan_opened"]

    def test_an_action_without_owner_or_date_is_missing_too(self, cast, report, ready):
        extra = operations.add_action(
            follow_up(report, 2), "Some day", target=read_target_date("Ongoing"), by=cast.amira, **HOW
        )
        assert {(m.number, m.action) for m in submitting.missing_from_plan(submitting.answered_rows(ready))} == {
            (2, extra.pk)
        }

    def test_twice_is_once(self, cast, ready):
        submit(ready, cast.amira)
        again = submitting.submit(plan_of(cast.hfkcw), seen_version=1, by=cast.amira, **HOW)
        assert again.version == 2 and events(again) == ["plan_opened", "plan_submitted"]

    def test_taken_back_by_its_leads_and_worked_on(self, cast, report, ready):
        plan = submit(ready, cast.amira)
        row = follow_up(report, 1)
        for deed in (
            lambda: operations.answer(row, "not_agreed", reason="No", approver="R", seen_version=row.version,
                                      by=cast.amira, **HOW),
            lambda: operations.add_action(row, "More", target=read_target_date(""), by=cast.amira, **HOW),
            lambda: operations.cancel_action(row.actions.get(), "No", seen_version=1, by=cast.amira, **HOW),
        ):  # fmt: skip
            with pytest.raises(Refusal, match="Take the plan back first"):
                deed()
        plan = submitting.take_back(plan, seen_version=plan.version, by=cast.amira, **HOW)
        assert plan.state == "draft" and plan.submitted_by is None
        operations.add_action(row, "More", target=read_target_date("June 2027"), by=cast.amira, **HOW)

    def test_what_was_signed_stays_as_signed(self, cast, report, ready):
        plan = submit(ready, cast.amira)
        submitting.sign_off(plan, seen_version=plan.version, by=cast.rosa, **HOW)
        row = follow_up(report, 1)
        with pytest.raises(Refusal, match="The level above can send it back"):
            operations.answer(row, "agreed", response_text="x", seen_version=row.version, by=cast.amira, **HOW)
        action = row.actions.get()
        with pytest.raises(Refusal, match="ask for another date instead"):
            operations.edit_action(
                action, what=action.what, owner_person=cast.amira, target=read_target_date("July 2027"),
                date_reason="Later", seen_version=action.version, by=cast.amira, **HOW,
            )  # fmt: skip
        operations.add_action(row, "One more", target=read_target_date("June 2027"), by=cast.amira, **HOW)


class TestLeavers:
    def test_work_of_a_leaver_is_nobodys(self, cast, report, ready):
        from tracker.people.operations import switch_off

        row = follow_up(report, 1).actions.get()
        operations.reassign(row, owner_person=cast.omar, seen_version=row.version, by=cast.amira, **HOW)
        switch_off(cast.omar, by=cast.ada, **HOW)
        with pytest.raises(Refusal, match="Recommendation 1 has an action without an owner"):
            submit(ready, cast.amira)


class TestWho:
    @pytest.mark.parametrize("name", ["ben", "omar", "vera", "ivy", "ada", "niall", "rosa", "helen"])
    def test_only_leads_of_the_place_submit(self, cast, ready, name):
        with pytest.raises(NotAllowed):
            submit(ready, cast.person(name))

    @pytest.mark.parametrize("name", ["amira", "ben", "omar", "vera", "ivy", "ada", "niall"])
    def test_only_leads_above_decide(self, cast, ready, name):
        plan = submit(ready, cast.amira)
        for deed in (submitting.sign_off, submitting.send_back):
            with pytest.raises(NotAllowed):
                deed(plan, "Well.", seen_version=plan.version, by=cast.person(name), **HOW)

    def test_hmpps_may_decide_for_a_pdu(self, cast, ready):
        plan = submit(ready, cast.amira)
        assert submitting.sign_off(plan, seen_version=plan.version, by=cast.helen, **HOW).state == "signed_off"

    def test_nobody_signs_off_their_own(self, cast, report, ready):
        """Rosa is a lead of HFKCW for a while too: she submits, so she does not sign off."""
        from tracker.people.models import Membership

        Membership.objects.create(user=cast.rosa, role="lead", organisation=cast.hfkcw)
        plan = submit(ready, cast.person("rosa"))
        with pytest.raises(NotAllowed, match="you, or somebody you stand in for, submitted"):
            submitting.sign_off(plan, seen_version=plan.version, by=cast.person("rosa"), **HOW)
        with pytest.raises(IntegrityError, match="nobody_signs_off_their_own_plan"), transaction.atomic():
            ActionPlan.objects.filter(pk=plan.pk).update(state="signed_off", decided_by=cast.rosa)

    def test_at_hmpps_a_second_lead_is_the_level_above(self, cast, report):
        answer_all(report, cast.hmpps, cast.helen)
        plan = submit(plan_of(cast.hmpps), cast.helen)
        with pytest.raises(NotAllowed):
            submitting.sign_off(plan, seen_version=plan.version, by=cast.person("helen"), **HOW)
        second = person("Hugh", "Lane", "lead", cast.hmpps)
        assert submitting.sign_off(plan, seen_version=plan.version, by=second, **HOW).decided_by == second

    def test_a_plan_is_sent_back_with_a_comment(self, cast, ready):
        plan = submit(ready, cast.amira)
        with pytest.raises(Refusal, match="Say what has to change"):
            submitting.send_back(plan, "  ", seen_version=plan.version, by=cast.rosa, **HOW)


@pytest.mark.django_db(transaction=True)
class TestTheSameSecond:
    def test_sign_off_and_send_back(self, cast, ready, at_once):
        plan = submit(ready, cast.amira)
        one, two = plan_of(cast.hfkcw), plan_of(cast.hfkcw)
        rosa, helen = cast.person("rosa"), cast.person("helen")
        results = at_once(
            lambda: submitting.sign_off(one, seen_version=plan.version, by=rosa, **HOW),
            lambda: submitting.send_back(two, "No.", seen_version=plan.version, by=helen, **HOW),
        )
        lost = [r for r in results if isinstance(r, AlreadyMoved | Refusal)]
        assert len(lost) == 1
        if isinstance(lost[0], AlreadyMoved):
            assert "changed this at 9:30am" in lost[0].sentence
        assert len(events(plan)) == 3

    def test_submitting_and_adding_an_action_without_a_date(self, cast, report, ready, at_once):
        """Whoever is second is refused: what is submitted is complete."""
        amira, again = cast.person("amira"), cast.person("amira")
        plan, row = plan_of(cast.hfkcw), follow_up(report, 1)
        results = at_once(
            lambda: submitting.submit(plan, seen_version=plan.version, by=amira, **HOW),
            lambda: operations.add_action(row, "Some day", target=read_target_date(""), by=again, **HOW),
        )
        assert len([r for r in results if isinstance(r, Refusal)]) == 1
        missing = submitting.missing_from_plan(submitting.answered_rows(plan))
        assert (plan_of(cast.hfkcw).state == "submitted") is (missing == [])


class TestOrder:
    def test_up_and_down(self, cast, report, add):
        first, second, third = add("First", "June 2027"), add("Second", "June 2027"), add("Third", "June 2027")

        def order():
            return [a.what for a in plan_of(cast.hfkcw).actions.order_by("position", "pk")]

        plan = plan_of(cast.hfkcw)
        operations.move_action(plan, third, -1, seen_version=1, by=cast.amira, **HOW)
        assert order() == ["First", "Third", "Second"]
        # the same press again changes nothing: the plan was seen as it was before
        operations.move_action(plan_of(cast.hfkcw), first, -1, seen_version=2, by=cast.amira, **HOW)
        assert order() == ["First", "Third", "Second"]
        with pytest.raises(AlreadyMoved):
            operations.move_action(plan_of(cast.hfkcw), second, -1, seen_version=1, by=cast.amira, **HOW)
        assert order() == ["First", "Third", "Second"]
        with pytest.raises(NotAllowed):
            operations.move_action(plan, first, 1, seen_version=2, by=cast.rosa, **HOW)
