"""Overdue work is passed up: each stage once, past vacant posts, paused by name, anew with another date or cycle."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests import cast as people
from tests.reminders.scenes import NOW, TODAY, action, day, later, report, run, send
from tracker.clocks.operations import Limits, set_limit
from tracker.journal.models import Event, Notice
from tracker.people import operations as offices
from tracker.people.models import Post
from tracker.plans import operations as plans
from tracker.plans import verifying
from tracker.plans.models import Action, ActionPlan, FollowUp
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal
from tracker.reminders import overdue, rules
from tracker.reminders import sweep as sweeping
from tracker.reminders.models import OverduePause, OverdueStep
from tracker.reminders.sweep import sweep

pytestmark = pytest.mark.django_db
HEAD, REGION, NATIONAL = "overdue_head", "overdue_region", "overdue_hmpps"


@pytest.fixture(autouse=True)
def no_summary(monkeypatch):
    monkeypatch.setattr(sweeping, "to_sum_up", lambda facts: [])


def fresh(row):
    related = ("organisation__parent__parent", "owner_person", "owner_post__holder", "plan")
    return Action.objects.select_related(*related).get(pk=row.pk)


@pytest.fixture
def late(cast):
    """Omar's, due today; HMPPS has a head."""
    people.post(cast.hmpps, "Chief executive", cast.helen, head=True)
    made = action(cast, 0, owner=cast.omar)
    Notice.objects.update(state="superseded", why=rules.LATER)
    return fresh(made)


def stages(**how) -> list[str]:
    return [f"{step.stage} {(step.reached_on - TODAY).days}" for step in OverdueStep.objects.filter(**how)]


def told() -> list[tuple[str, str]]:
    notices = Notice.objects.filter(kind="overdue_step").select_related("recipient").order_by("pk")
    return [(notice.recipient.first_name, notice.state) for notice in notices]


def nights(first, last):
    for days in range(first, last + 1):
        run(later(days=days))


# ---- stages ----


def test_what_was_passed_up_stands_in_your_work_of_whose_turn_it_was(cast, late, client, now):
    """Rosa's mail says that it came to her, and so does the page that it leads to; until its date moves."""

    def page(who, at):
        now(at)
        client.force_login(who)
        return client.get("/your-work/").text

    run(later(days=13))
    assert "Passed up to you" not in page(cast.rosa, later(days=13))
    run(later(days=14))
    text = page(cast.rosa, later(days=14))
    assert "1 overdue action was passed up to you" in text and "Recruit two officers" in text
    assert "Passed up to you" not in page(cast.amira, later(days=14)), "it is her own place's, and stands above"
    assert "Passed up to you" not in page(cast.helen, later(days=14))
    Action.objects.update(due_by=TODAY + dt.timedelta(days=10))
    assert "Passed up to you" not in page(cast.rosa, later(days=14))


def test_three_stages_three_people_once_each(cast, late):
    for first, last in ((5, 8), (13, 15), (27, 29), (55, 56)):
        nights(first, last)
    assert told() == [("Amira", "sent"), ("Rosa", "sent"), ("Helen", "sent")]
    assert stages(action=late) == [f"{HEAD} 7", f"{REGION} 14", f"{NATIONAL} 28"]
    assert [step.post for step in OverdueStep.objects.all()] == [
        cast.head_of_hfkcw, cast.director_of_london, Post.objects.get(organisation=cast.hmpps)
    ]  # fmt: skip


def test_after_an_outage_all_stages_stand_and_the_latest_is_told(cast, late):
    run(later(days=20))
    assert told() == [("Rosa", "sent")]
    assert stages() == [f"{HEAD} 7", f"{REGION} 14"]
    run(later(days=28))
    assert told() == [("Rosa", "sent"), ("Helen", "sent")]


def test_mail_that_was_down_for_a_week_tells_the_latest_only(cast, late):
    sweep(later(days=7))
    sweep(later(days=14))
    send(later(days=14))
    assert sorted(told()) == [("Amira", "superseded"), ("Rosa", "sent")]


def test_of_a_region_and_of_hmpps_a_post_is_told_at_its_first_stage(cast, late):
    Action.objects.filter(pk=late.pk).update(organisation=cast.london)
    nights(6, 29)
    assert told() == [("Rosa", "sent"), ("Helen", "sent")]
    assert len(stages()) == 3
    Notice.objects.all().delete()
    Action.objects.filter(pk=late.pk).update(organisation=cast.hmpps, due_by=TODAY + dt.timedelta(days=30))
    nights(36, 60)
    assert told() == [("Helen", "sent")]


def test_a_vacant_post_passes_it_to_the_one_above_and_says_so(cast, late):
    offices.hold_post(cast.head_of_hfkcw, None, by=cast.ada, at=NOW)
    nights(7, 13)
    assert told() == [("Rosa", "sent")]
    (step,) = OverdueStep.objects.all()
    assert (step.post, step.passed_on_from) == (cast.director_of_london, "Head of PDU, HFKCW (vacant)")
    nights(14, 27)
    assert told() == [("Rosa", "sent")], "told at the first of the two stages that reach her"
    assert len(stages()) == 2


def test_a_head_who_is_named_later_is_not_told_of_what_was_said(cast, late):
    run(later(days=7))
    offices.hold_post(cast.head_of_hfkcw, cast.vera, by=cast.ada, at=later(days=8))
    nights(8, 13)
    assert told() == [("Amira", "sent")]


def test_a_head_who_is_named_before_the_mail_goes_is_told_instead(cast, late):
    sweep(later(days=7))
    offices.hold_post(cast.head_of_hfkcw, cast.vera, by=cast.ada, at=later(days=7))
    send(later(days=7))
    send(later(days=7))
    assert told() == [("Amira", "superseded"), ("Vera", "sent")]


def test_who_stands_in_reads_it(cast, late):
    offices.name_stand_in(cast.rosa, cast.ben, TODAY, TODAY + dt.timedelta(days=20), by=cast.rosa, at=NOW)
    Notice.objects.update(state="superseded", why=rules.LATER)
    nights(14, 15)
    assert told() == [("Ben", "sent")]


def test_nobody_at_the_top_is_counted_and_the_stage_stands(cast, late):
    Post.objects.filter(organisation=cast.hmpps).delete()
    cast.helen.memberships.all().delete()
    outcome = sweep(later(days=28))
    assert ("action", late.pk) in outcome.nobody
    assert OverdueStep.objects.get(stage=NATIONAL).post is None


def test_shifted_limits_shift_the_stages(cast, late):
    set_limit(cast.hfkcw, HEAD, 8, by=cast.ada, at=NOW)
    sweep(later(days=7))
    assert stages() == []
    sweep(later(days=8))
    assert stages() == [f"{HEAD} 8"]


# ---- changed in between, and anew ----


def test_claimed_it_is_not_passed_up_and_sent_back_it_goes_on(cast, late):
    verifying.claim(late, "Done", seen_version=late.version, by=cast.omar, at=later(days=1))
    nights(2, 20)
    assert told() == []
    back = fresh(late)
    verifying.send_back(back, "insufficient", "Who?", seen_version=back.version, by=cast.ivy, at=later(days=20))
    nights(20, 21)
    assert told() == [("Rosa", "sent")], "only the latest stage"
    assert len(stages()) == 2


@pytest.mark.parametrize("state", ["claimed", "verified", "cancelled"])
def test_done_between_deciding_and_sending(cast, late, state):
    sweep(later(days=7))
    Action.objects.filter(pk=late.pk).update(state=state)
    send(later(days=7))
    assert told() == [("Amira", "superseded")]


def test_another_date_begins_anew(cast, late):
    run(later(days=7))
    sweep(later(days=14))
    plans.edit_action(
        late, what=late.what, owner_person=cast.omar, target=day(50), date_reason="Late start",
        seen_version=late.version, by=cast.amira, at=later(days=14),
    )  # fmt: skip
    send(later(days=14))
    assert told() == [("Amira", "sent"), ("Rosa", "superseded")]
    nights(50, 57)
    assert told()[2:] == [("Amira", "sent")]
    assert stages() == [f"{HEAD} 7", f"{REGION} 14", f"{HEAD} 57"]


def test_a_plan_is_passed_up_and_begins_anew_when_it_is_opened_again(cast):
    found = report(cast)
    ActionPlan.objects.update(due_by=TODAY)
    plan = ActionPlan.objects.get(inspection=found)
    nights(7, 14)
    assert told() == [("Amira", "sent"), ("Rosa", "sent")]
    row = people.follow_up(found, 1)
    plans.answer(row, "agreed", response_text="Yes", seen_version=row.version, by=cast.amira, at=later(days=15))
    sweep(later(days=28))
    assert stages(plan=plan) == [f"{HEAD} 7", f"{REGION} 14"]
    FollowUp.objects.update(state="awaiting", response="awaiting", cycle=2)
    run(later(days=29))
    assert [step.cycle for step in OverdueStep.objects.filter(plan=plan)] == [1, 2, 1, 2, 2]


# ---- a pause ----


def paused(row, by, days=20, at=NOW, reason="The building is closed", **how):
    return overdue.pause_escalation(row, TODAY + dt.timedelta(days=days), reason, by=by, at=at, **how)


def test_paused_it_is_not_passed_up_and_goes_on_afterwards(cast, late):
    nights(7, 8)
    paused(late, cast.rosa, at=later(days=9))
    nights(9, 20)
    assert told() == [("Amira", "sent")]
    assert Notice.objects.filter(kind="action_due", occasion__endswith="day +14").exists(), "reminders go on"
    nights(21, 22)
    assert told() == [("Amira", "sent"), ("Rosa", "sent")]


def test_paused_between_deciding_and_sending_and_ended_early(cast, late):
    sweep(later(days=7))
    paused(late, cast.rosa, at=later(days=7))
    send(later(days=7))
    assert Notice.objects.get(kind="overdue_step").why == rules.PAUSED
    overdue.end_pause(late, by=cast.rosa, at=later(days=10))
    nights(10, 11)
    assert told() == [("Amira", "sent")]
    assert len(stages()) == 1


def test_a_pause_is_a_lead_above_s_and_has_a_reason_and_an_end(cast, late):
    for who in ("amira", "omar", "ivy", "ada"):
        with pytest.raises(NotAllowed):
            paused(late, cast.person(who))
    for how in ({"reason": "  "}, {"days": -1}, {"days": rules.LONGEST_PAUSE + 1}):
        with pytest.raises(Refusal):
            paused(late, cast.rosa, **how)
    key = uuid.uuid4()
    assert paused(late, cast.rosa, key=key) == paused(late, cast.rosa, key=key) == paused(late, cast.rosa)
    with pytest.raises(AlreadyMoved):
        paused(late, cast.helen)
    assert OverduePause.objects.count() == Event.objects.filter(deed="escalation_paused").count() == 1
    overdue.end_pause(late, by=cast.helen, at=NOW)
    overdue.end_pause(late, by=cast.helen, at=NOW)
    with pytest.raises(AlreadyMoved):
        overdue.end_pause(late, by=cast.rosa, at=NOW)
    assert Event.objects.filter(deed="escalation_resumed").count() == 1


def test_at_hmpps_a_lead_of_hmpps_pauses(cast, late):
    Action.objects.filter(pk=late.pk).update(organisation=cast.hmpps)
    assert paused(fresh(late), cast.helen).by == cast.helen


def test_without_a_date_there_is_nothing_to_pause(cast, late):
    Action.objects.filter(pk=late.pk).update(due_by=dt.date(9999, 12, 31))
    with pytest.raises(Refusal, match="no date"):
        paused(fresh(late), cast.rosa)


# ---- twice at once, and by the database ----


def test_two_sweeps_record_and_tell_once(cast, late):
    for _ in range(2):
        sweep(later(days=30))
    assert len(stages()) == 3
    assert told() == [("Helen", "decided")]


def test_the_database_refuses_a_stage_twice(cast, late):
    sweep(later(days=7))
    step = OverdueStep.objects.get()
    step.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        step.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_once(cast, late):
    barrier, outcomes = threading.Barrier(2), []

    def one():
        try:
            barrier.wait()
            outcomes.append(sweep(later(days=30)))
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 2
    assert not any(outcome.failed for outcome in outcomes)
    assert (len(stages()), told()) == (3, [("Helen", "decided")])


def test_one_broken_row_does_not_keep_the_others_down(cast, late, monkeypatch):
    other = action(cast, 0, owner=cast.omar, follow_up=late.follow_ups.get(), what="Write it down")
    real = rules.spoken_of

    def spoken_of(matter, *rest):
        if (matter.subject_kind, matter.subject_id) == ("action", late.pk):
            raise ZeroDivisionError
        return real(matter, *rest)

    monkeypatch.setattr(sweeping, "spoken_of", spoken_of)
    outcome = sweep(later(days=7))
    assert (outcome.failed, stages(action=other)) == (1, [f"{HEAD} 7"])


# ---- what happens next ----


def ahead(row, days, **how):
    today = TODAY + dt.timedelta(days=days)
    return overdue.what_next(row, today, Limits().for_line(row.organisation.line), **how)


def test_what_happens_next_names_the_day_and_the_post(cast, late):
    assert ahead(late, -3).sentence == (
        "On 27 November 2026 it is passed up to Head of PDU, HFKCW (Amira Khan)."
    )  # fmt: skip
    sweep(later(days=7))
    found = ahead(late, 8)
    assert found.sentence == "On 4 December 2026 it is passed up to Regional Probation Director, London (Rosa Diaz)."
    assert [step.stage for step in found.steps] == [HEAD]
    sweep(later(days=28))
    assert (ahead(late, 28).sentence, len(ahead(late, 28).steps)) == ("", 3)


def test_what_happens_next_says_which_post_is_vacant(cast, late):
    offices.hold_post(cast.head_of_hfkcw, None, by=cast.ada, at=NOW)
    assert ahead(late, 0).sentence == (
        "On 27 November 2026 it is passed up to Regional Probation Director, London (Rosa Diaz), because Head of PDU, "
        "HFKCW is vacant."
    )


def test_what_happens_next_during_a_pause(cast, late):
    sweep(later(days=7))
    paused(late, cast.rosa, at=later(days=9))
    found = ahead(late, 15)
    assert found.pause.by == cast.rosa
    assert found.on == TODAY + dt.timedelta(days=21) and "Rosa Diaz" in found.whose, "by then 14 days have passed"


def test_what_happens_next_is_what_the_sweep_does(cast, late):
    """The two are asked on each day of five weeks; what was announced for the next night is what that night tells."""
    paused(late, cast.rosa, days=16, at=later(days=9))
    for days in range(35):
        found = ahead(late, days)
        before = len(told())
        sweep(later(days=days + 1))
        new = [name for name, _ in told()[before:]]
        announced = [found.whose.rpartition("(")[2].split()[0]] if found.on == TODAY + dt.timedelta(days + 1) else []
        assert new == announced, days


def test_what_happens_next_asks_little(cast, late):
    sweep(later(days=7))
    limits = Limits().for_line(late.organisation.line)
    with CaptureQueriesContext(connection) as said:
        overdue.what_next(fresh(late), TODAY + dt.timedelta(days=8), limits, paused=False)
    assert len(said) == 3  # the row itself among them
