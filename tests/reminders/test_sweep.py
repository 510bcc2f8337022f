"""Deciding: nothing twice, nothing forgotten, and as many queries for 500 actions as for 50."""

import datetime as dt

import pytest
from django.core import mail
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from tests import cast as people
from tests.reminders.scenes import NOW, TODAY, action, day, later, report, run, send
from tracker.clocks.operations import set_limit
from tracker.journal.models import Notice
from tracker.people import operations as offices
from tracker.plans import operations as plans
from tracker.plans.models import Action
from tracker.reminders import rules
from tracker.reminders import sweep as sweeping
from tracker.reminders.models import OverdueStep
from tracker.reminders.sweep import sweep

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_summary(monkeypatch):
    """The weekly summary is another story."""
    monkeypatch.setattr(sweeping, "to_sum_up", lambda facts: [])


def decided(**how):
    return list(Notice.objects.filter(state="decided", **how).order_by("pk"))


def test_said_once(cast):
    action(cast)
    assert sweep(NOW).decided == 1
    assert sweep(NOW).decided == 0
    assert run().sent == 1
    assert run(later(hours=5)).sent == 0
    assert Notice.objects.count() == 1


def test_three_nights_missed_are_one_catch_up(cast):
    action(cast, 60)
    assert run(later(days=14)).sent == 0  # 46 days before
    assert run(later(days=18)).sent == 1  # the first reminder, three nights late
    assert run(later(days=70)).sent == 1  # ten days overdue: the latest stage, not four letters
    assert mail.outbox[-1].subject == "1 action overdue: HFKCW"
    dated = Notice.objects.filter(kind="action_due").order_by("pk")
    assert [n.occasion.split()[-1] for n in dated] == ["-45", "+7"]


def test_an_undelivered_notice_gives_way_to_the_later_one(cast):
    action(cast, 15)
    sweep(NOW)
    assert sweep(later(days=2)).superseded == 1
    first, second = Notice.objects.order_by("pk")
    assert (first.state, first.why, second.state) == ("superseded", rules.LATER, "decided")
    assert send(later(days=2)).sent == 1


def test_a_moved_date_arms_it_anew(cast):
    step = action(cast, 10)
    assert run().sent == 1
    plans.edit_action(
        step, what=step.what, owner_person=cast.amira, target=day(12), date_reason="Late start",
        seen_version=step.version, by=cast.amira, at=NOW,
    )  # fmt: skip
    assert run().sent == 1
    assert mail.outbox[-1].subject == "1 action due by 2 December: HFKCW"


def test_given_away_and_back_again_before_it_was_sent(cast):
    step = action(cast, 10)
    sweep(NOW)
    for owner in (cast.ben, cast.amira):
        step.refresh_from_db()
        plans.edit_action(
            step, what=step.what, owner_person=owner, target=day(10), seen_version=step.version, by=cast.amira, at=NOW
        )
        if owner == cast.ben:
            assert send().superseded == 1  # Amira's; Ben is told that it was given to him
            assert [m.to for m in mail.outbox] == [[cast.ben.email]]
    assert run().sent == 1
    assert mail.outbox[-1].to == [cast.amira.email]
    assert "Due in 10 days (30 November 2026).\n" in mail.outbox[-1].body


@pytest.mark.parametrize("state", ["claimed", "verified", "cancelled"])
def test_nothing_about_what_is_done(cast, state):
    step = action(cast)
    Action.objects.filter(pk=step.pk).update(state=state)
    assert sweep(NOW).decided == 0


def test_nothing_about_what_is_historic_or_has_no_date(cast):
    old = people.follow_up(report(cast, live=False), 1)
    action(cast, 5, follow_up=old)
    Action.objects.update(due_by=dt.date(9999, 12, 31), live=True)
    assert sweep(NOW).decided == 0
    Action.objects.update(due_by=TODAY, live=False)
    assert sweep(NOW).decided == 0


def test_a_vacant_post_and_somebody_who_left(cast):
    action(cast, 3, post=cast.spo_of_hfkcw)
    run()
    assert mail.outbox[-1].to == [cast.amira.email]
    assert "Owner: Senior Probation Officer (vacant), so it comes to you." in mail.outbox[-1].body.replace("\n", " ")
    offices.switch_off(cast.person("amira"), by=cast.ada, at=NOW)
    run(later(days=4))
    assert mail.outbox[-1].to == [cast.rosa.email]


def test_nobody_to_tell_is_counted_and_named(cast):
    step = action(cast, 3)
    for who in (cast.amira, cast.rosa):
        offices.switch_off(who, by=cast.ada, at=NOW)
    outcome = sweep(NOW)
    assert outcome.nobody == [("action", step.pk)]
    assert f"Nobody to tell about 1: action {step.pk}." in outcome.sentence


def test_somebody_without_any_role_is_told_nothing(cast):
    action(cast, 3, owner=cast.omar)
    offices.take_role(cast.omar.memberships.get(), by=cast.ada, at=NOW)
    run()
    assert [m.to for m in mail.outbox] == [[cast.amira.email]]


def test_a_plan_whose_response_is_awaited(cast):
    found = report(cast, published=dt.date(2026, 11, 1))  # known to the month: due 28 days after its end
    run()
    (message,) = mail.outbox
    assert message.to == [cast.amira.email]
    assert message.subject == "1 action plan due by 28 December: HFKCW"
    plans.answer(
        people.follow_up(found, 1), "agreed", response_text="We will", seen_version=1, by=cast.amira, at=NOW
    )  # fmt: skip
    assert run(later(days=40)).sent == 0


def test_limits_of_a_place_hold_below_it(cast):
    action(cast, 60)
    set_limit(cast.london, "first_reminder", 70, by=cast.ada, at=NOW)
    assert run().sent == 1


def test_one_broken_row_does_not_silence_the_others(cast, monkeypatch, caplog):
    first = action(cast, 5)
    second = action(cast, 5, follow_up=first.follow_ups.get())

    def to_say(matter, *rest):
        if matter.subject_id == first.pk:
            raise ZeroDivisionError
        return rules.to_say(matter, *rest)

    monkeypatch.setattr(sweeping, "to_say", to_say)
    outcome = sweep(NOW)
    assert (outcome.failed, outcome.decided) == (1, 1)
    assert [n.subject_id for n in decided()] == [second.pk]
    assert f"action {first.pk}" in caplog.text


def test_a_batch_that_the_database_refuses_is_written_one_by_one(cast, monkeypatch):
    first = action(cast, 5)
    second = action(cast, 5, follow_up=first.follow_ups.get())
    real = sweeping._sayings

    def with_nobody(*args):
        sayings = real(*args)
        return [rules.Saying(0, s.role, s.kind, s.subject_kind, s.subject_id, s.occasion) if s.subject_id == first.pk
                else s for s in sayings]  # fmt: skip

    monkeypatch.setattr(sweeping, "_sayings", with_nobody)
    notify_all = sweeping.notify_all

    def refuse_nobody(wanted, **how):  # as the foreign key does when a transaction ends outside of a test
        if any(recipient == 0 for recipient, *_ in wanted):
            raise IntegrityError
        return notify_all(wanted, **how)

    monkeypatch.setattr(sweeping, "notify_all", refuse_nobody)
    outcome = sweep(NOW)
    assert (outcome.failed, [n.subject_id for n in decided()]) == (1, [second.pk])


def many(cast, count, *, follow_up):
    Action.objects.bulk_create(
        Action(
            plan=follow_up.plan, organisation=cast.hfkcw, what=f"Step {n}", owner_person=[cast.amira, cast.omar][n % 2],
            target_precision="day", due_by=TODAY + dt.timedelta(days=n % 40 - 20), live=True, added_at=NOW,
        )
        for n in range(count)
    )  # fmt: skip


def test_as_many_queries_for_500_actions_as_for_50(cast):
    follow_up = people.follow_up(report(cast), 1)

    def queries(moment):
        with CaptureQueriesContext(connection) as said:
            sweep(moment)
        # SQLite takes 111 new notices in one INSERT, however they are offered
        return len([q for q in said if not q["sql"].startswith("INSERT")])

    many(cast, 50, follow_up=follow_up)
    first, again = queries(NOW), queries(NOW)
    many(cast, 450, follow_up=follow_up)
    assert (queries(NOW), queries(NOW)) == (first, again)
    assert Notice.objects.filter(kind="action_due").count() == 500
    assert OverdueStep.objects.count() == 188 + 98  # 7 to 20 days overdue, and 14 to 20
    assert first < 30


def test_batches_join_without_a_gap(cast, monkeypatch):
    many(cast, 50, follow_up=people.follow_up(report(cast), 1))
    monkeypatch.setattr(sweeping, "BATCH", 7)
    sweep(NOW)
    assert Notice.objects.filter(kind="action_due").count() == 50
    assert sweep(NOW).decided == 0
