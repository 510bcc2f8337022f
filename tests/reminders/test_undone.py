"""What stays undone is spoken of: updates, claims, questions, risks, verified work, vacant posts, missing dates."""

import datetime as dt
from random import Random

import pytest
from django.db.models import F

from tests import cast as people
from tests.reminders.scenes import NOW, TODAY, action, day, later, report, run, send
from tracker.alerts.models import AlertCase
from tracker.clocks.operations import set_limit
from tracker.journal.models import Notice
from tracker.people import operations as offices
from tracker.plans import closing, dates, opening, verifying
from tracker.plans import operations as plans
from tracker.plans.models import Action, ActionPlan, FollowUp
from tracker.reminders import rules
from tracker.reminders import sweep as sweeping
from tracker.reminders.facts import SOURCES, Facts
from tracker.reminders.sweep import sweep
from tracker.working_days import NO_DATE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_summary(monkeypatch):
    """The weekly summary is another story."""
    monkeypatch.setattr(sweeping, "to_sum_up", lambda facts: [])


def fresh(row):
    if isinstance(row, FollowUp):
        return people.follow_up(row.inspection, row.recommendation.number)
    related = ("organisation__parent__parent", "owner_person", "owner_post__holder", "plan")
    return Action.objects.select_related(*related).get(pk=row.pk)


def told(kind, **how) -> list[tuple[str, str]]:
    """(first name, state) of the notices of that kind, in turn."""
    notices = Notice.objects.filter(kind=kind, **how).select_related("recipient").order_by("pk")
    return [(notice.recipient.first_name, notice.state) for notice in notices]


def forget():
    """What was said of the preparations."""
    Notice.objects.filter(state="decided").update(state="superseded", why=rules.LATER)


@pytest.fixture
def step(cast):
    """An action of Omar's, long before its date."""
    made = action(cast, 300, owner=cast.omar)
    forget()
    return fresh(made)


# ---- an update is expected ----


def test_nothing_heard_for_a_month_and_for_another(cast, step):
    assert sweep(later(days=29)).decided == 0
    run(later(days=30))
    run(later(days=45))
    run(later(days=59))
    assert told("update_expected") == [("Omar", "sent")]
    run(later(days=60))
    assert told("update_expected") == [("Omar", "sent")] * 2


def test_three_months_without_the_scheduler_are_one_question(cast, step):
    run(later(days=95))
    assert told("update_expected") == [("Omar", "sent")]
    assert Notice.objects.get(kind="update_expected").occasion == "2026-11-20 cycle 1 time 3"


def test_an_update_begins_the_month_anew(cast, step):
    plans.post_update(step, "Adverts are out", confidence="on_track", by=cast.omar, at=later(days=20))
    assert sweep(later(days=49)).decided == 0
    assert sweep(later(days=50)).decided == 1


def test_an_update_between_deciding_and_sending(cast, step):
    sweep(later(days=30))
    plans.post_update(step, "Adverts are out", confidence="on_track", by=cast.omar, at=later(days=30))
    send(later(days=30))
    assert told("update_expected") == [("Omar", "superseded")]
    assert Notice.objects.get(kind="update_expected").why == rules.NO_LONGER_SO


def test_claimed_and_sent_back_begins_it_anew(cast, step):
    verifying.claim(step, "Both are here", seen_version=step.version, by=cast.omar, at=later(days=29))
    assert told("update_expected") == []
    sweep(later(days=40))
    assert told("update_expected") == [], "it waits for an inspector, not for its owner"
    step = fresh(step)
    verifying.send_back(step, "insufficient", "Who?", seen_version=step.version, by=cast.ivy, at=later(days=41))
    sweep(later(days=70))
    assert told("update_expected") == []
    sweep(later(days=71))
    assert told("update_expected") == [("Omar", "decided")]


def test_given_to_somebody_else_between_deciding_and_sending(cast, step):
    sweep(later(days=30))
    plans.reassign(step, owner_person=cast.amira, seen_version=step.version, by=cast.amira, at=later(days=30))
    run(later(days=30))
    assert ("Omar", "superseded") in told("update_expected")
    assert ("Amira", "sent") in told("update_expected")


def test_an_action_of_an_alert_is_asked_after_a_week(cast, step):
    alert = AlertCase.objects.create(organisation=cast.hfkcw, live=True, state="monitoring", opened_at=NOW)
    Action.objects.filter(pk=step.pk).update(alert=alert)
    assert sweep(later(days=6)).decided == 0
    assert sweep(later(days=7)).decided == 1


def test_started_from_a_historic_report_it_counts_from_that_day(cast):
    old = people.follow_up(report(cast, live=False), 1)
    made = action(cast, 300, follow_up=old, owner=cast.omar)
    sweep(later(days=100))
    assert told("update_expected") == []
    opening.start_clock(old, seen_version=old.version, by=cast.ivy, at=later(days=100))
    sweep(later(days=129))
    assert told("update_expected") == []
    sweep(later(days=130))
    assert told("update_expected", subject_id=made.pk) == [("Omar", "decided")]


# ---- a claim waits ----


@pytest.fixture
def claimed(cast, step):
    verifying.claim(step, "Both are here", seen_version=step.version, by=cast.omar, at=NOW)
    return fresh(step)


def test_every_inspector_is_told_of_a_claim_that_waited_twenty_working_days(cast, claimed):
    assert sweep(later(days=27)).decided == 0
    run(later(days=28))
    assert sorted(told("claim_waiting")) == [("Idris", "sent"), ("Ivy", "sent")]
    run(later(days=60))
    assert len(told("claim_waiting")) == 2
    run(later(days=61))  # Christmas, its Monday and New Year's Day are no working days
    assert len(told("claim_waiting")) == 4


def test_who_decided_before_is_told_and_nobody_else(cast, claimed):
    verifying.send_back(claimed, "insufficient", "Who?", seen_version=claimed.version, by=cast.idris, at=NOW)
    again = fresh(claimed)
    verifying.claim(again, "All of them", seen_version=again.version, by=cast.omar, at=later(days=1))
    run(later(days=31))
    assert told("claim_waiting") == [("Idris", "sent")]


def test_verified_between_deciding_and_sending(cast, claimed):
    sweep(later(days=28))
    verifying.verify(claimed, "good", seen_version=claimed.version, by=cast.ivy, at=later(days=28))
    send(later(days=28))
    assert {state for _, state in told("claim_waiting")} == {"superseded"}


def test_of_a_restricted_alert_only_its_own_inspectors_are_told(cast, claimed):
    alert = AlertCase.objects.create(
        organisation=cast.hfkcw, live=True, state="monitoring", opened_at=NOW, restricted=True
    )
    alert.inspectors.add(cast.idris)
    Action.objects.filter(pk=claimed.pk).update(alert=alert)
    run(later(days=28))
    assert told("claim_waiting") == [("Idris", "sent")]


# ---- another date waits ----


def test_a_question_about_a_date_waits_a_week(cast, step):
    ActionPlan.objects.update(state="signed_off", submitted_by=cast.amira, decided_by=cast.rosa)
    step = fresh(step)
    change = dates.ask_date(step, day(330), "Two left.", seen_version=step.version, by=cast.amira, at=NOW)
    run()
    assert told("date_asked") == [("Rosa", "sent")]
    assert sweep(later(days=6)).decided == 0
    run(later(days=7))
    run(later(days=14))
    assert told("date_waiting") == [("Rosa", "sent")] * 2
    sweep(later(days=21))
    dates.refuse_date(change, "It stays", by=cast.rosa, at=later(days=21))
    send(later(days=21))
    assert told("date_waiting")[-1] == ("Rosa", "superseded")


# ---- an accepted risk ends ----


@pytest.fixture
def accepted(cast, step):
    row = people.follow_up(step.plan.inspection, 1)
    FollowUp.objects.filter(pk=row.pk).update(state="open", response="agreed")
    row = fresh(row)
    closing.accept_risk(
        row, "Too dear now", TODAY + dt.timedelta(days=100), seen_version=row.version, by=cast.rosa, at=NOW
    )
    Action.objects.update(state="cancelled")
    forget()
    return row


def test_a_month_before_it_ends_both_levels_are_told_once(cast, accepted):
    assert sweep(later(days=71)).decided == 0
    run(later(days=72))
    run(later(days=99))
    assert sorted(told("risk_ending")) == [("Amira", "sent"), ("Rosa", "sent")]


def test_opened_again_before_the_mail_goes(cast, accepted):
    sweep(later(days=72))
    row = fresh(accepted)
    closing.reopen(row, "The money is there", seen_version=row.version, by=cast.ivy, at=later(days=72))
    send(later(days=72))
    assert {state for _, state in told("risk_ending")} == {"superseded"}


def test_on_its_day_it_comes_back_and_no_reminder_is_left(cast, accepted):
    closing.return_accepted_risks(today=TODAY + dt.timedelta(days=100), at=later(days=100))
    run(later(days=100))
    assert told("risk_ending") == []
    assert {name for name, _ in told("risk_review_due")} == {"Amira", "Rosa"}


# ---- does it still hold? ----


@pytest.fixture
def verified(cast, claimed):
    verifying.verify(claimed, "good", seen_version=claimed.version, by=cast.ivy, at=NOW)
    FollowUp.objects.update(state="implemented", response="agreed")
    forget()
    return claimed


def test_half_a_year_after_it_was_verified(cast, verified):
    assert sweep(later(days=181)).decided == 0
    run(later(days=182))
    run(later(days=400))
    assert sorted(told("sustain_due")) == [("Amira", "sent"), ("Ivy", "sent")]


def test_who_follows_somebody_that_was_asked_is_not_asked_again(cast, verified):
    run(later(days=182))
    offices.hold_post(cast.head_of_hfkcw, cast.vera, by=cast.ada, at=later(days=200))
    assert sweep(later(days=200)).decided == 0


def test_who_follows_before_the_mail_goes_is_asked_instead(cast, verified):
    sweep(later(days=182))
    offices.hold_post(cast.head_of_hfkcw, cast.vera, by=cast.ada, at=later(days=182))
    send(later(days=182))
    assert ("Amira", "superseded") in told("sustain_due")
    run(later(days=183))
    assert sorted(told("sustain_due")) == [("Amira", "superseded"), ("Ivy", "sent"), ("Vera", "sent")]


@pytest.mark.parametrize("when", ["before", "after deciding"])
def test_opened_again_it_is_not_asked(cast, verified, when):
    if when == "after deciding":
        sweep(later(days=182))
    FollowUp.objects.update(state="open", cycle=F("cycle") + 1)
    run(later(days=182))
    assert {state for _, state in told("sustain_due")} <= {"superseded"}


# ---- a vacant post ----


def test_a_vacant_post_with_work_comes_to_the_head_after_a_week(cast):
    action(cast, 300, post=cast.spo_of_hfkcw)
    assert sweep(later(days=6)).decided == 0
    run(later(days=7))
    run(later(days=34))
    run(later(days=35))
    assert told("post_vacant") == [("Amira", "sent")] * 2


def test_a_vacant_post_without_open_work_is_nobody_s_business(cast):
    made = action(cast, 300, post=cast.spo_of_hfkcw)
    Action.objects.filter(pk=made.pk).update(state="claimed")
    sweep(later(days=7))
    assert told("post_vacant") == []


def test_filled_between_deciding_and_sending(cast):
    action(cast, 300, post=cast.spo_of_hfkcw)
    sweep(later(days=7))
    offices.hold_post(cast.spo_of_hfkcw, cast.omar, by=cast.ada, at=later(days=7))
    send(later(days=7))
    assert told("post_vacant") == [("Amira", "superseded")]


def test_where_the_head_s_post_is_the_vacant_one_it_goes_above(cast):
    action(cast, 300, post=cast.head_of_hfkcw)
    offices.hold_post(cast.head_of_hfkcw, None, by=cast.ada, at=NOW)
    sweep(later(days=7))
    assert told("post_vacant") == [("Rosa", "decided")]


# ---- no date ----


def test_without_a_date_for_two_weeks_and_every_four(cast):
    action(cast, None, owner=cast.omar)
    forget()
    assert sweep(later(days=13)).decided == 0
    for days in (14, 41, 42, 70):
        run(later(days=days))
    assert told("no_date") == [("Omar", "sent")] * 3


def test_a_date_set_between_deciding_and_sending(cast):
    made = fresh(action(cast, None, owner=cast.omar))
    sweep(later(days=14))
    plans.edit_action(
        made, what=made.what, owner_person=cast.omar, target=day(200), seen_version=made.version, by=cast.amira,
        at=later(days=14),
    )  # fmt: skip
    send(later(days=14))
    assert told("no_date") == [("Omar", "superseded")]


# ---- for all of them ----


def test_a_limit_set_for_a_region_holds_below_it(cast, step):
    set_limit(cast.london, "stale_after", 10, by=cast.ada, at=NOW)
    assert sweep(later(days=9)).decided == 0
    assert sweep(later(days=10)).decided == 1


def test_said_by_two_sweeps_once(cast, step, claimed):
    for _ in range(2):
        sweep(later(days=100))
    assert len(told("claim_waiting")) == 2


def test_what_the_reader_did_not_want_to_hear_is_not_decided_again(cast, step):
    sweep(later(days=30))
    Notice.objects.filter(kind="update_expected").update(state="superseded", why=rules.URGENT_ONLY)
    assert sweep(later(days=31)).decided == 0


def test_a_reminder_never_touches_what_it_is_about(cast, step):
    before = Action.objects.filter(pk=step.pk).values().get()
    run(later(days=320))
    assert Action.objects.filter(pk=step.pk).values().get() == before


def test_the_database_leaves_out_nothing_that_is_to_be_said(cast):
    """What is read each night against every open action asked one by one, on days around the changes of the clocks."""
    set_limit(cast.hfkcw, "stale_after", 21, by=cast.ada, at=NOW)
    set_limit(cast.lambeth, "first_reminder", 60, by=cast.ada, at=NOW)
    alert = AlertCase.objects.create(organisation=cast.hfkcw, live=True, state="monitoring", opened_at=NOW)
    random = Random(5)

    def some_day():
        return random.choice([None, TODAY - dt.timedelta(days=random.randrange(70))])

    plan = ActionPlan.objects.get(inspection=report(cast))
    Action.objects.bulk_create(
        Action(
            plan=plan, alert=random.choice([None, None, alert]), organisation=random.choice([cast.hfkcw, cast.lambeth]),
            what=f"Step {n}", live=True, added_at=later(hours=-random.randrange(70 * 24)), owner_person=cast.amira,
            due_by=random.choice([NO_DATE, TODAY + dt.timedelta(days=random.randrange(-40, 90))]),
            clock_from=some_day(), heard_on=some_day(),
        )
        for n in range(400)
    )  # fmt: skip
    kinds = SOURCES[0].kinds
    for today in (TODAY, dt.date(2026, 10, 25), dt.date(2026, 10, 26)):
        facts = Facts(today)
        every = facts.again("action", list(Action.objects.values_list("pk", flat=True)), kinds)
        spoken = {pk for pk, one in every.items() if list(rules.spoken_of(one, kinds, today, facts.limits(one.line)))}
        assert len(spoken) > 50
        assert spoken <= set(SOURCES[0].rows(facts).values_list("pk", flat=True))
