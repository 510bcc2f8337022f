"""The deeds on recommendations and actions: a happy path, a refusal and a race of each."""

import datetime as dt
import uuid

import pytest

from tests.cast import NOW, follow_up, inspection, person
from tracker.journal.models import Event, Notice
from tracker.plans import opening, operations
from tracker.plans.models import Action, FollowUp, Update
from tracker.plans.rules import read_target_date
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal
from tracker.working_days import NO_DATE

race = pytest.mark.django_db(transaction=True)
JUNE, SEPTEMBER = dt.date(2027, 6, 30), dt.date(2027, 9, 30)


def deeds(row):
    return list(Event.objects.about(row).values_list("deed", flat=True))


def answer(row, by, **kwargs):
    kwargs = {"response_text": "We will.", "seen_version": row.version} | kwargs
    return operations.answer(row, kwargs.pop("response", "agreed"), by=by, at=NOW, **kwargs)


def edit(action, by, **kwargs):
    same = {"what": action.what, "owner_post": action.owner_post, "owner_person": action.owner_person}
    kwargs = same | {"seen_version": action.version, "target": read_target_date(action.target_wording)} | kwargs
    return operations.edit_action(action, by=by, at=NOW, **kwargs)


class TestOpening:
    def test_every_recommendation_is_followed_up_in_the_plan_of_its_addressee(self, cast):
        addressees = [(cast.hfkcw, 8), (cast.london, 4), (cast.hmpps, 2)]
        report = inspection(cast.hfkcw, addressees, published=dt.date(2026, 10, 1))
        rows = FollowUp.objects.filter(inspection=report)
        assert rows.count() == 14
        assert {row.plan.organisation for row in rows} == {cast.hfkcw, cast.london, cast.hmpps}
        # Known to the month only: 28 days from its last day
        assert {row.plan.due_by for row in rows} == {dt.date(2026, 11, 28)} == {row.next_due for row in rows}

    def test_a_historic_report_has_no_clock(self, cast):
        report = inspection(cast.lambeth, [(cast.lambeth, 1)], live=False)
        row = follow_up(report, 1)
        assert not row.live
        assert row.next_due == row.plan.due_by == NO_DATE


class TestAnswer:
    def test_an_answered_recommendation_is_open_and_its_response_no_longer_waited_for(self, cast, first):
        row = answer(first, cast.amira)
        assert (row.state, row.response, row.next_due) == ("open", "agreed", NO_DATE)
        assert deeds(row)[0] == "answered"

    def test_only_a_lead_of_the_addressee_answers(self, cast, first):
        for who in (cast.ben, cast.rosa, cast.ivy, cast.omar, cast.vera, cast.ada):
            with pytest.raises(NotAllowed, match="only a lead of the organisation"):
                answer(first, who)

    def test_partly_agreed_says_which_part(self, cast, first):
        with pytest.raises(Refusal, match="which part you agree"):
            answer(first, cast.amira, response="partly_agreed")

    @race
    def test_of_two_answers_at_once_the_second_is_told_who_was_first(self, cast, first, at_once):
        texts = ("Ours.", "Theirs.")
        results = at_once(*(
            lambda t=t: answer(FollowUp.objects.get(pk=first.pk), cast.person("amira"), response_text=t, seen_version=1)
            for t in texts
        ))  # fmt: skip
        lost = [r for r in results if isinstance(r, AlreadyMoved)]
        assert len(lost) == 1 and "Amira Khan changed this" in lost[0].sentence
        assert lost[0].theirs.response_text in texts
        assert deeds(first).count("answered") == 1


class TestAssign:
    def test_the_new_owner_is_told(self, cast, first):
        row = operations.assign(first, owner_person=cast.omar, seen_version=1, by=cast.amira, at=NOW)
        assert row.owner == cast.omar
        assert Notice.objects.get().recipient == cast.omar

    def test_nobody_is_told_that_they_chose_themselves_or_of_history(self, cast, first):
        operations.assign(first, owner_post=cast.head_of_hfkcw, seen_version=1, by=cast.amira, at=NOW)
        old = follow_up(inspection(cast.lambeth, [(cast.lambeth, 1)], live=False), 1)
        operations.assign(old, owner_person=cast.vera, seen_version=1, by=cast.ben, at=NOW)
        assert not Notice.objects.exists()

    def test_another_lead_may_not(self, cast, first):
        with pytest.raises(NotAllowed):
            operations.assign(first, owner_person=cast.ben, seen_version=1, by=cast.ben, at=NOW)

    @race
    def test_of_two_choices_at_once_one_stands(self, cast, first, at_once):
        people = (cast.omar, cast.amira)
        results = at_once(*(
            lambda p=p: operations.assign(
                FollowUp.objects.get(pk=first.pk), owner_person=p, seen_version=1, by=cast.person("amira"), at=NOW
            )
            for p in people
        ))  # fmt: skip
        assert sum(isinstance(r, AlreadyMoved) for r in results) == 1
        assert deeds(first).count("assigned") == 1


class TestStartClock:
    def test_an_inspector_starts_the_clock_of_a_historic_recommendation(self, cast):
        row = follow_up(inspection(cast.lambeth, [(cast.lambeth, 1)], live=False), 1)
        target = read_target_date("June 2027")
        action = operations.add_action(row, "Train all", target=target, by=cast.ben, at=NOW)
        row = opening.start_clock(row, seen_version=1, by=cast.ivy, at=NOW)
        action.refresh_from_db()
        assert row.live and action.live

    def test_nobody_else_does_and_not_twice(self, cast, first):
        with pytest.raises(NotAllowed, match="only an inspector"):
            opening.start_clock(first, seen_version=1, by=cast.amira, at=NOW)
        with pytest.raises(Refusal, match="already running"):
            opening.start_clock(first, seen_version=1, by=cast.ivy, at=NOW)


class TestAddAction:
    def test_the_recommendation_shows_the_earliest_date_of_its_open_actions(self, cast, first, add):
        answer(first, cast.amira)
        add("Train all", "September 2027", owner_person=cast.omar)
        action = add("Brief managers", "June 2027")
        first.refresh_from_db()
        assert first.next_due == JUNE == action.first_due_by
        operations.cancel_action(action, "Done nationally.", seen_version=1, by=cast.amira, at=NOW)
        first.refresh_from_db()
        assert first.next_due == SEPTEMBER
        assert [n.recipient for n in Notice.objects.all()] == [cast.omar]

    def test_adding_one_does_not_disturb_somebody_who_is_answering(self, cast, first, add):
        add("Train all")
        assert answer(first, cast.amira, seen_version=1).state == "open"

    def test_the_region_does_not_write_the_plan_of_its_pdu(self, cast, add):
        with pytest.raises(NotAllowed):
            add("Train all", by=cast.rosa)
        with pytest.raises(Refusal, match="Say what will be done"):
            add("  ")

    @race
    def test_a_double_click_is_one_action(self, cast, report, add, at_once):
        key = uuid.uuid4()
        results = at_once(*[lambda: add("Train all", by=cast.person("amira"), key=key)] * 2)
        assert results[0] == results[1] == Action.objects.get()
        assert deeds(results[0]) == ["action_added"]


class TestEditAction:
    def test_a_date_moves_with_a_reason_and_the_first_one_stays(self, cast, add):
        action = add("Train all", "June 2027")
        with pytest.raises(Refusal, match="why the date moves"):
            edit(action, cast.amira, target=read_target_date("September 2027"))
        action = edit(action, cast.amira, target=read_target_date("September 2027"), date_reason="Trainer ill.")
        assert (action.first_due_by, action.due_by, action.times_moved, action.slip_days) == (JUNE, SEPTEMBER, 1, 92)

    def test_the_first_date_stays_even_when_the_date_was_taken_away_for_a_while(self, cast, add):
        action = add("Train all", "June 2027")
        action = edit(action, cast.amira, target=read_target_date("Ongoing"), date_reason="Nobody knows.")
        with pytest.raises(Refusal, match="why the date moves"):
            edit(action, cast.amira, target=read_target_date("September 2027"))
        action = edit(action, cast.amira, target=read_target_date("September 2027"), date_reason="Now we know.")
        assert (action.first_due_by, action.slip_days, action.times_moved) == (JUNE, 92, 2)

    def test_a_first_date_needs_no_reason(self, cast, add):
        action = edit(add("Train all"), cast.amira, target=read_target_date("June 2027"))
        assert (action.first_due_by, action.times_moved) == (JUNE, 0)

    def test_its_owner_may_not(self, cast, add):
        with pytest.raises(NotAllowed):
            edit(add("Train all", owner_person=cast.omar), cast.omar, what="Train some")

    @race
    def test_of_two_editors_the_second_gets_theirs_back(self, cast, add, at_once):
        action = add("Train all")
        results = at_once(*(
            lambda w=w: edit(Action.objects.get(pk=action.pk), cast.person("amira"), what=w, seen_version=1)
            for w in ("Train most", "Train some")
        ))  # fmt: skip
        lost = [r for r in results if isinstance(r, AlreadyMoved)]
        assert len(lost) == 1
        assert lost[0].theirs.what == Action.objects.get().what


class TestCancel:
    def test_a_cancelled_action_says_why_and_takes_no_update(self, cast, add):
        action = add("Train all")
        with pytest.raises(Refusal, match="Say why"):
            operations.cancel_action(action, " ", seen_version=1, by=cast.amira, at=NOW)
        action = operations.cancel_action(action, "Done nationally.", seen_version=1, by=cast.amira, at=NOW)
        assert action.state == "cancelled"
        with pytest.raises(Refusal, match="while it is cancelled"):
            operations.post_update(action, "Half.", confidence="on_track", by=cast.amira, at=NOW)

    @race
    def test_of_two_at_once_one_cancels(self, cast, add, at_once):
        action = add("Train all")
        results = at_once(*(
            lambda r=r: operations.cancel_action(
                Action.objects.get(pk=action.pk), r, seen_version=1, by=cast.person("amira"), at=NOW
            )
            for r in ("Done nationally.", "Too dear.")
        ))  # fmt: skip
        # The one that came too late sees either that it moved, or that it is cancelled already.
        assert sum(isinstance(r, Refusal) for r in results) == 1
        assert deeds(action).count("action_cancelled") == 1


class TestSentTwice:
    """A form without a row of its own, sent twice by a double click, is one deed too, and no conflict."""

    @race
    @pytest.mark.parametrize("deed", ["answered", "assigned", "clock_started", "action_changed", "action_cancelled"])
    def test_both_are_told_that_it_is_done(self, cast, add, at_once, deed):
        old = follow_up(inspection(cast.lambeth, [(cast.lambeth, 1)], live=False), 1)
        action = add("Train all", "June 2027")
        row = {"clock_started": old, "action_changed": action, "action_cancelled": action}.get(
            deed, follow_up(action.plan.inspection, 1)
        )

        def send():
            now, amira = type(row).objects.get(pk=row.pk), cast.person("amira")
            how = {"seen_version": 1, "by": amira, "at": NOW}
            later = {"target": read_target_date("September 2027"), "date_reason": "Trainer ill."}
            return {
                "answered": lambda: answer(now, amira, seen_version=1),
                "assigned": lambda: operations.assign(now, owner_person=cast.omar, **how),
                "clock_started": lambda: opening.start_clock(now, **how | {"by": cast.person("ivy")}),
                "action_changed": lambda: edit(now, amira, seen_version=1, **later),
                "action_cancelled": lambda: operations.cancel_action(now, "Done nationally.", **how),
            }[deed]()

        assert at_once(send, send) == [row, row]
        assert send() == row
        assert deeds(row).count(deed) == 1
        row.refresh_from_db()
        assert row.version == 2


class TestSentAgain:
    """The browser goes back, shows what was typed in a new form, and it is saved again."""

    SOON, LATER = NOW + dt.timedelta(minutes=9), NOW + dt.timedelta(minutes=11)

    @pytest.fixture
    def step(self, cast, add):
        return lambda **how: add(
            **{"what": "Train all", "target": "June 2027", "owner_person": cast.omar, "key": uuid.uuid4()} | how
        )

    def test_the_same_action_is_one(self, cast, step):
        first, again = step(helpers=[cast.vera]), step(helpers=[cast.vera], what=" Train all ", at=self.SOON)
        assert again == first and Action.objects.count() == 1
        assert deeds(first) == ["action_added"] and Notice.objects.count() == 1

    def test_what_differs_in_anything_is_another(self, cast, first, step):
        answer(first, cast.amira)
        zoe = person("Zoe", "Reed", "lead", cast.hfkcw)
        step()
        others = [
            {"what": "Train some"}, {"target": "July 2027"}, {"target": "30 June 2027"}, {"owner_person": cast.amira},
            {"number": 2}, {"success_measure": "45 of 50"}, {"helpers": [cast.vera]}, {"by": zoe},
            {"at": self.LATER},
        ]  # fmt: skip
        for other in others:
            step(**other)
        assert Action.objects.count() == 1 + len(others)

    def test_what_was_given_up_or_changed_since_may_be_added_anew(self, cast, step):
        operations.cancel_action(step(), "Done nationally.", seen_version=1, by=cast.amira, at=NOW)
        edit(step(), cast.amira, what="Train some")
        step()
        assert Action.objects.count() == 3

    def test_the_same_update_is_one(self, cast, step):
        def say(done="Half.", confidence="on_track", by=cast.omar, at=NOW):
            return operations.post_update(
                Action.objects.get(), done, confidence=confidence, key=uuid.uuid4(), by=by, at=at
            )

        step()
        first = say()
        assert say(" Half. ", at=self.SOON) == first and Event.objects.filter(deed="update_posted").count() == 1
        assert say(by=cast.amira) != first
        assert say(at=self.LATER) != first
        assert len({say("All.").pk, say("All.", "off_track").pk, say("All.").pk}) == 3


class TestPostUpdate:
    def test_its_owner_says_what_was_done_and_it_is_in_progress(self, cast, add):
        action = add("Train all", owner_person=cast.omar)
        operations.post_update(action, "Half of them.", confidence="at_risk", next_step="Rest.", by=cast.omar, at=NOW)
        assert action.state == "in_progress"
        assert action.updates.get().done == "Half of them."

    def test_a_colleague_may_not(self, cast, add):
        with pytest.raises(NotAllowed, match="or the owner of the action can"):
            operations.post_update(add("Train all"), "Half.", confidence="at_risk", by=cast.omar, at=NOW)

    @race
    def test_two_updates_at_once_both_stand(self, cast, add, at_once):
        action = add("Train all", owner_person=cast.omar)
        results = at_once(*(
            lambda n=n: operations.post_update(
                Action.objects.get(pk=action.pk), f"By {n}.", confidence="on_track", by=cast.person(n), at=NOW
            )
            for n in ("omar", "amira")
        ))  # fmt: skip
        assert all(isinstance(r, Update) for r in results)
        assert action.updates.count() == 2

    @race
    def test_a_double_click_is_one_update(self, cast, add, at_once):
        action, key = add("Train all"), uuid.uuid4()
        results = at_once(*[
            lambda: operations.post_update(
                Action.objects.get(pk=action.pk), "Half.", confidence="on_track", key=key, by=cast.person("amira"),
                at=NOW,
            )
        ] * 2)  # fmt: skip
        assert results[0] == results[1] == Update.objects.get()
        assert deeds(action).count("update_posted") == 1
