"""How a recommendation ends and how it comes back: Ivy closes and reopens, Rosa accepts a risk until a day."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from tests.cast import NOW, follow_up, inspection
from tests.plans.test_submitting import plan_of, submit
from tests.plans.test_verifying import claim, decide
from tracker.journal.models import Event
from tracker.plans import closing, operations, submitting, verifying
from tracker.plans.models import FollowUp
from tracker.plans.rules import read_target_date
from tracker.refusals import NotAllowed, Refusal
from tracker.working_days import NO_DATE

DAY = dt.timedelta(days=1)
JUNE = dt.date(2027, 6, 1)


def again(row):
    return follow_up(row.inspection, row.recommendation.number)


def deeds(row):
    return list(Event.objects.about(row).order_by("pk").values_list("deed", flat=True))


@pytest.fixture
def row(cast, first):
    """Recommendation 1, agreed."""
    operations.answer(first, "agreed", seen_version=1, by=cast.amira, at=NOW)
    return again(first)


@pytest.fixture
def action(cast, add, row):
    return add("Allocate every case", "1 March 2027", owner_person=cast.omar)


def verified(cast, action):
    claim(action, cast.omar)
    return decide(verifying.verify, action, cast.ivy)


def close(row, by, **how):
    row = again(row)
    return closing.close(row, **{"seen_version": row.version, "by": by, "at": NOW} | how)


class TestImplemented:
    def test_with_verified_work(self, cast, row, action):
        with pytest.raises(Refusal, match="1 of its actions is neither verified nor cancelled"):
            close(row, cast.ivy)
        verified(cast, action)
        done = close(row, cast.ivy)
        assert (done.state, done.next_due, deeds(row)[-1]) == ("implemented", NO_DATE, "closed")

    def test_not_because_the_owner_said_so(self, cast, row, action):
        claim(action, cast.omar)
        with pytest.raises(Refusal, match="neither verified nor cancelled"):
            close(row, cast.ivy)

    def test_not_with_cancelled_work_alone(self, cast, row, action):
        operations.cancel_action(action, "No", seen_version=1, by=cast.amira, at=NOW)
        with pytest.raises(Refusal, match="None of its actions is verified"):
            close(row, cast.ivy)

    @pytest.mark.parametrize("name", ["amira", "rosa", "helen", "omar", "ada", "vera", "ben"])
    def test_only_by_an_inspector(self, cast, row, action, name):
        verified(cast, action)
        with pytest.raises(NotAllowed):
            close(row, cast.person(name))

    def test_twice_is_once(self, cast, row, action):
        verified(cast, action)
        close(row, cast.ivy, seen_version=2)
        close(row, cast.ivy, seen_version=2)
        assert deeds(row).count("closed") == 1


class TestNotAgreed:
    def test_once_the_level_above_has_signed_it_off(self, cast, report, row):
        row = operations.answer(
            row, "not_agreed", reason="Commissioned nationally", approver="Rosa Diaz", seen_version=row.version,
            by=cast.amira, at=NOW,
        )  # fmt: skip

        def try_it():
            now = again(row)
            return closing.close_not_agreed(now, seen_version=now.version, by=cast.ivy, at=NOW)

        with pytest.raises(Refusal, match="The level above has not signed this answer off"):
            try_it()
        for number in range(2, 9):
            one = follow_up(report, number)
            operations.answer(one, "agreed", seen_version=1, by=cast.amira, at=NOW)
            operations.add_action(
                one, "Do it", owner_person=cast.amira, target=read_target_date("June 2027"), by=cast.amira, at=NOW
            )
        plan = submit(plan_of(cast.hfkcw), cast.amira)
        submitting.sign_off(plan, seen_version=plan.version, by=cast.rosa, at=NOW)
        assert try_it().state == "not_implemented"

    def test_not_what_was_agreed(self, cast, row):
        with pytest.raises(Refusal, match="Its response is another one"):
            closing.close_not_agreed(row, seen_version=row.version, by=cast.ivy, at=NOW)
        with pytest.raises(IntegrityError, match="not_implemented_is_not_agreed"), transaction.atomic():
            FollowUp.objects.filter(pk=row.pk).update(state="not_implemented")


class TestAcceptedRisk:
    def accept(self, cast, row, by="rosa", reason="The court closes in 2027.", review=JUNE):
        row = again(row)
        return closing.accept_risk(row, reason, review, seen_version=row.version, by=cast.person(by), at=NOW)

    def test_by_name_until_a_day_and_back_by_itself(self, cast, row, action):
        done = self.accept(cast, row)
        assert (done.state, done.risk_accepted_by, done.review_on) == ("not_implemented", cast.rosa, JUNE)
        assert closing.return_accepted_risks(today=JUNE - DAY, at=NOW) == 0
        assert closing.return_accepted_risks(today=JUNE + DAY, at=NOW) == 1
        assert closing.return_accepted_risks(today=JUNE + DAY, at=NOW) == 0
        now = again(row)
        assert (now.state, now.cycle, now.risk_accepted_by, now.review_on) == ("open", 2, None, NO_DATE)
        assert now.next_due == dt.date(2027, 3, 1)
        event = Event.objects.about(row).first()
        assert (event.deed, event.actor) == ("risk_review_due", None)

    @pytest.mark.parametrize("name", ["amira", "ben", "niall", "ivy", "ada", "omar", "vera"])
    def test_only_by_a_lead_of_the_level_above(self, cast, row, name):
        with pytest.raises(NotAllowed):
            self.accept(cast, row, name)

    @pytest.mark.parametrize(
        ("reason", "review", "sentence"),
        [(" ", JUNE, "Say why"), ("It is low.", NOW.date(), "in the future"), ("It is low.", NO_DATE, "in the future")],
    )
    def test_with_a_reason_and_a_day(self, cast, row, reason, review, sentence):
        with pytest.raises(Refusal, match=sentence):
            self.accept(cast, row, reason=reason, review=review)


class TestSuperseded:
    @pytest.fixture
    def later(self, cast, row):
        report = inspection(cast.lambeth, [(cast.hfkcw, 1), (cast.lambeth, 1)])
        return follow_up(report, 1), follow_up(report, 2)

    def supersede(self, row, by, successor, reason="Said again in 2026."):
        row = again(row)
        return closing.supersede(row, successor, reason, seen_version=row.version, by=by, at=NOW)

    def test_by_a_later_one_to_the_same_place(self, cast, row, later):
        assert self.supersede(row, cast.ivy, later[0]).superseded_by == later[0]
        with pytest.raises(Refusal, match="while it is superseded"):
            self.supersede(row, cast.idris, later[0], "Twice")

    def test_not_by_one_to_somebody_else_nor_by_itself(self, cast, row, later):
        for wrong in (later[1], row):
            with pytest.raises(Refusal):
                self.supersede(row, cast.ivy, wrong)
        with pytest.raises(IntegrityError, match="nothing_follows_itself"), transaction.atomic():
            FollowUp.objects.filter(pk=row.pk).update(superseded_by=row.pk, state="superseded")


class TestReopened:
    def reopen(self, row, by, reason="The next visit found it undone."):
        row = again(row)
        return closing.reopen(row, reason, seen_version=row.version, by=by, at=NOW)

    def test_a_new_cycle_needs_work_verified_in_it(self, cast, add, row, action):
        verified(cast, action)
        close(row, cast.ivy)
        now = self.reopen(row, cast.idris)
        assert (now.state, now.cycle) == ("open", 2)
        with pytest.raises(Refusal, match="since it was opened again"):
            close(row, cast.ivy)
        more = add("Allocate them again", "1 May 2027", owner_person=cast.omar)
        assert more.cycle == 2
        verified(cast, more)
        assert close(row, cast.ivy).state == "implemented"
        assert deeds(row) == ["follow_up_opened", "answered", "closed", "reopened", "closed"]

    def test_what_was_not_agreed_is_answered_anew(self, cast, row):
        risk = TestAcceptedRisk()
        operations.answer(
            row, "not_agreed", reason="No money", approver="Rosa Diaz", seen_version=row.version, by=cast.amira, at=NOW
        )
        risk.accept(cast, row)
        now = self.reopen(row, cast.ivy)
        assert (now.state, now.response, now.reason, now.cycle) == ("awaiting", "awaiting", "", 2)

    @pytest.mark.parametrize("name", ["amira", "rosa", "helen", "ada", "omar"])
    def test_only_by_an_inspector_and_with_a_reason(self, cast, row, action, name):
        verified(cast, action)
        close(row, cast.ivy)
        with pytest.raises(NotAllowed):
            self.reopen(row, cast.person(name))
        with pytest.raises(Refusal, match="Say why"):
            self.reopen(row, cast.ivy, " ")

    def test_twice_is_once(self, cast, row, action):
        verified(cast, action)
        close(row, cast.ivy)
        seen = again(row).version
        for _ in range(2):
            now = closing.reopen(again(row), "Undone.", seen_version=seen, by=cast.ivy, at=NOW)
        assert now.cycle == 2 and deeds(row).count("reopened") == 1


@pytest.mark.django_db(transaction=True)
def test_closing_and_adding_an_action_in_the_same_second(cast, row, action, at_once):
    """Either it is closed and the action is refused, or the action is there and it is not closed."""
    verified(cast, action)
    one, two, ivy, amira = again(row), again(row), cast.person("ivy"), cast.person("amira")
    results = at_once(
        lambda: closing.close(one, seen_version=one.version, by=ivy, at=NOW),
        lambda: operations.add_action(two, "More", target=read_target_date("June 2027"), by=amira, at=NOW),
    )
    assert len([r for r in results if isinstance(r, Refusal)]) == 1
    now = again(row)
    assert (now.state == "implemented") is (now.actions.count() == 1)


def test_a_plan_with_a_closed_recommendation_is_not_held_up_by_it(cast, report, row, action):
    verified(cast, action)
    close(row, cast.ivy)
    assert not [m for m in submitting.missing_from_plan(submitting.answered_rows(row.plan)) if m.number == 1]
