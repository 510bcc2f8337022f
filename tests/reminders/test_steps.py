"""Each step that puts work on somebody tells them once; cover, posts and states are asked again before the mail."""

import datetime as dt

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import cast as people
from tests.cast import person
from tests.reminders.scenes import NOW, TODAY, action, day, later, report, run, send
from tracker.journal.models import Notice
from tracker.people import operations as offices
from tracker.people.models import Cover
from tracker.plans import closing, dates, submitting, verifying
from tracker.plans import operations as plans
from tracker.plans.models import Action, ActionPlan, DateChange, FollowUp
from tracker.plans.telling import heads_above, inspectors_for, leads_of, tell
from tracker.reminders import rules
from tracker.reminders.models import Run
from tracker.reminders.sweep import sweep
from tracker.tasks import return_accepted_risks

pytestmark = pytest.mark.django_db


def sent_to() -> list[str]:
    """First names of whom mail went to, in that order."""
    return [to.split(".")[0] for message in mail.outbox for to in message.to]


def body(number=-1) -> str:
    return " ".join(mail.outbox[number].body.split())


def away(cast, who, stand_in, first=0, last=5, **how):
    """Whoever is away from so many days from today to so many."""
    return offices.name_stand_in(
        getattr(cast, who), getattr(cast, stand_in), TODAY + dt.timedelta(days=first), TODAY + dt.timedelta(days=last),
        by=getattr(cast, who), at=NOW, **how,
    )  # fmt: skip


def forget_mails():
    """What was decided while the scene was set is none of the story."""
    Notice.objects.all().delete()
    mail.outbox.clear()


@pytest.fixture
def plan(cast) -> ActionPlan:
    """HFKCW's plan, ready to be submitted: one recommendation agreed, one action of the head's post."""
    follow_up = people.follow_up(report(cast), 1)
    plans.answer(follow_up, "agreed", response_text="We will", seen_version=1, by=cast.amira, at=NOW)
    action(cast, 200, follow_up=follow_up, post=cast.head_of_hfkcw)
    forget_mails()
    return ActionPlan.objects.select_related("organisation__parent__parent", "inspection").get()


def submitted(plan, by, at=NOW):
    return submitting.submit(plan, seen_version=plan.version, by=by, at=at)


# ---- the life of a plan ----


def test_a_submitted_plan_comes_to_the_level_above_and_its_answer_back(cast, plan):
    submitted(plan, cast.amira)
    send()
    assert sent_to() == ["rosa"]
    assert mail.outbox[0].subject == "1 action plan to sign off: HFKCW"
    assert "Waiting for your sign-off" in body() and "It is for you to decide, as the level above." in body()
    submitting.send_back(plan, "Say by when.", seen_version=plan.version, by=cast.rosa, at=NOW)
    send()
    assert sent_to() == ["rosa", "amira"]
    assert mail.outbox[1].subject == "1 action plan sent back: HFKCW"
    assert "Say by when" not in body(), "what was written stays behind the sign-in"
    submitted(plan, cast.amira)
    submitting.sign_off(plan, seen_version=plan.version, by=cast.rosa, at=NOW)
    send()
    assert sent_to() == ["rosa", "amira", "amira"], "signed off before Rosa was told again"
    assert mail.outbox[2].subject == "1 action plan signed off: HFKCW"
    assert send(later(days=3)).sent == 0


def test_taken_back_before_the_mail_goes(cast, plan):
    submitted(plan, cast.amira)
    submitting.take_back(plan, seen_version=plan.version, by=cast.amira, at=NOW)
    assert (send().sent, Notice.objects.get().why) == (0, rules.NOTHING_TO_DO)


def test_three_nights_without_a_mail_server_are_one_mail_that_is_true(cast, plan):
    submitted(plan, cast.amira)
    submitting.send_back(plan, "Say by when.", seen_version=plan.version, by=cast.rosa, at=later(days=1))
    submitted(plan, cast.amira, later(days=2))
    send(later(days=3))
    assert sent_to() == ["rosa"]
    assert body().count("Waiting for your sign-off") == 1


def test_the_one_who_did_it_is_not_told(cast, plan):
    submitted(plan, cast.amira)
    forget_mails()
    submitting.sign_off(plan, seen_version=plan.version, by=cast.rosa, at=NOW)
    assert [n.recipient for n in Notice.objects.all()] == [cast.amira]


def test_a_historic_plan_tells_nobody(cast, plan):
    FollowUp.objects.update(live=False)
    submitted(plan, cast.amira)
    assert not Notice.objects.exists()


def test_a_clock_that_stops_before_the_mail_goes(cast, plan):
    submitted(plan, cast.amira)
    FollowUp.objects.update(live=False)
    send()
    assert Notice.objects.get().why == rules.NOT_RUNNING


# ---- cover ----


def test_who_is_away_is_not_told_but_who_stands_in_is(cast, plan):
    away(cast, "rosa", "helen")
    forget_mails()
    submitted(plan, cast.amira)
    send()
    assert sent_to() == ["helen"]
    assert "It is for Rosa Diaz to decide, as the level above. You stand in for them." in body()
    assert send(later(days=10)).sent == 0, "Rosa finds it on her page when she is back"


def test_cover_that_begins_between_deciding_and_sending(cast, plan):
    away(cast, "rosa", "helen", 1, 5)
    forget_mails()
    submitted(plan, cast.amira)
    send(later(days=2))
    assert sent_to() == []
    assert [(n.recipient, n.state) for n in Notice.objects.order_by("pk")] == [
        (cast.rosa, "superseded"), (cast.helen, "decided"),
    ]  # fmt: skip
    send(later(days=2))
    assert sent_to() == ["helen"]


def test_cover_that_ends_between_deciding_and_sending(cast, plan):
    away(cast, "rosa", "helen", 0, 1)
    forget_mails()
    submitted(plan, cast.amira)
    for _ in range(2):
        send(later(days=3))
    assert sent_to() == ["rosa"]


def test_there_and_back_again_is_still_one_mail_each(cast, plan):
    named = away(cast, "rosa", "helen", 1, 5)
    forget_mails()
    submitted(plan, cast.amira)
    send(later(days=1))  # passed on to Helen
    offices.end_cover(named, by=cast.rosa, at=later(days=1))
    send(later(days=1))  # and back to Rosa
    send(later(days=1))
    assert sent_to() == ["rosa"]
    assert send(later(days=2)).sent == 0


def test_a_stand_in_who_has_left_leaves_it_to_the_line_above(cast, plan):
    away(cast, "rosa", "ben", 0, 9)
    forget_mails()
    submitted(plan, cast.amira)
    offices.switch_off(cast.person("ben"), by=cast.ada, at=NOW)
    for _ in range(2):
        send()
    assert sent_to() == ["helen"]


def test_cover_is_not_passed_on(cast, plan):
    """Ben, who stands in for Rosa, is away himself: it goes up the line, not down the chain to Vera."""
    for who, stand_in in ((cast.rosa, cast.ben), (cast.ben, cast.vera)):
        Cover.objects.create(
            person=who, stand_in=stand_in, starts=TODAY, ends=TODAY, named_by=who, named_at=NOW
        )  # fmt: skip
    submitted(plan, cast.amira)
    for _ in range(2):
        send()
    assert sent_to() == ["helen"]


def test_reminders_follow_cover_for_those_days_only(cast):
    action(cast, 30)
    away(cast, "amira", "omar", 15, 18)
    forget_mails()
    run(later(days=14))
    run(later(days=16))
    run(later(days=18))
    assert sent_to() == ["amira", "omar"]
    for days in (19, 20, 30):
        run(later(days=days))
    # Back again, she is told what still is to be done, once; then on the day itself.
    assert sent_to() == ["amira", "omar", "amira", "amira"]
    assert "Amira Khan owns this action. You stand in for them." in body(1)


def test_a_date_while_the_cover_begins_between_deciding_and_sending(cast):
    action(cast, 10)
    away(cast, "amira", "omar", 1, 5)
    forget_mails()
    sweep(NOW)
    run(later(days=1))
    assert sent_to() == ["omar"]
    run(later(days=2))
    assert sent_to() == ["omar"]


def test_no_double_for_a_stand_in_who_is_told_anyway(cast):
    action(cast, -60, owner=cast.omar)
    away(cast, "omar", "rosa")
    forget_mails()
    run()
    assert sorted(sent_to()) == ["helen", "rosa"], "Rosa as Omar's stand-in and as the level above; Helen at HMPPS"
    assert body().count("Recruit two officers") == 1


def test_away_without_anybody_who_could_be_told_instead(cast):
    action(cast, 5, owner=cast.omar)
    zoe = person("Zoe", "Lane", "contributor", cast.hfkcw)
    offices.name_stand_in(cast.omar, zoe, TODAY, TODAY, by=cast.omar, at=NOW)
    offices.switch_off(zoe, by=cast.ada, at=NOW)
    forget_mails()
    run()
    assert sent_to() == ["amira"]
    assert "Omar Farah is away and nobody stands in, so it comes to you." in body()


def test_given_to_somebody_who_is_away(cast):
    away(cast, "omar", "amira")
    forget_mails()
    action(cast, None, owner=cast.omar)
    for _ in range(2):
        send()
    assert sent_to() == ["amira"]
    assert "It was given to Omar Farah. You stand in for them." in body()


def test_omar_is_told_that_he_stands_in(cast):
    away(cast, "amira", "omar", 3, 7)
    send()
    assert sent_to() == ["omar"]
    assert mail.outbox[0].subject == "1 absence to cover: HFKCW"
    assert "Amira Khan is away from 23 November 2026 to 27 November 2026" in body() and "/cover/" in body()


def test_cover_ended_before_the_mail_goes(cast):
    offices.end_cover(away(cast, "amira", "omar"), by=cast.amira, at=NOW)
    assert (send().sent, mail.outbox) == (0, [])


# ---- actions ----


@pytest.fixture
def claimed(cast, plan) -> Action:
    step = action(cast, 20, owner=cast.omar, follow_up=people.follow_up(plan.inspection, 1), what="Train everyone")
    step = Action.objects.select_related("organisation__parent__parent", "owner_person", "owner_post").get(pk=step.pk)
    verifying.claim(step, "All were trained", seen_version=step.version, by=cast.omar, at=NOW)
    forget_mails()
    return step


def test_a_first_claim_tells_nobody_and_a_second_who_sent_it_back(cast, claimed):
    assert not Notice.objects.exists()
    verifying.send_back(claimed, "insufficient", "Who?", seen_version=claimed.version, by=cast.ivy, at=NOW)
    send()
    assert sent_to() == ["omar"]
    assert mail.outbox[0].subject == "1 action sent back: HFKCW"
    verifying.claim(claimed, "All 40", seen_version=claimed.version, by=cast.omar, at=NOW)
    send()
    assert sent_to() == ["omar", "ivy"]
    assert mail.outbox[1].subject == "1 action claimed again: HFKCW"
    assert "An earlier claim was decided by you." in body()
    verifying.verify(claimed, "good", seen_version=claimed.version, by=cast.idris, at=NOW)
    send()
    assert sent_to() == ["omar", "ivy", "omar"]
    assert mail.outbox[2].subject == "1 action verified: HFKCW"


def test_sent_back_and_claimed_again_before_the_mail_goes(cast, claimed):
    verifying.send_back(claimed, "insufficient", "Who?", seen_version=claimed.version, by=cast.ivy, at=NOW)
    verifying.claim(claimed, "All 40", seen_version=claimed.version, by=cast.omar, at=NOW)
    send()
    assert sent_to() == ["ivy"]


def test_the_lead_who_claimed_and_the_owner_are_both_told(cast, claimed):
    claimed.claims.update(by=cast.amira)
    verifying.verify(claimed, "good", seen_version=claimed.version, by=cast.ivy, at=NOW)
    send()
    assert sorted(sent_to()) == ["amira", "omar"]


def test_sent_back_and_overdue_is_one_line(cast, claimed):
    verifying.send_back(claimed, "insufficient", "Who?", seen_version=claimed.version, by=cast.ivy, at=NOW)
    Action.objects.filter(pk=claimed.pk).update(due_by=TODAY - dt.timedelta(days=12))
    run()
    assert sorted(sent_to()) == ["amira", "omar"], "to Amira as the head of the place"
    number = sent_to().index("omar")
    assert mail.outbox[number].subject == "1 action overdue: HFKCW"
    text = body(number)
    assert text.count("Train everyone") == 1 and "Overdue by 12 days" in text and "Sent back to you." in text


# ---- dates ----


def asked(cast, step) -> DateChange:
    target = day(90)
    return dates.ask_date(step, target, "Two officers left.", seen_version=step.version, by=cast.amira, at=NOW)


@pytest.fixture
def dated(cast, plan) -> Action:
    step = action(cast, 60, owner=cast.omar, follow_up=people.follow_up(plan.inspection, 1), what="Train everyone")
    forget_mails()
    return Action.objects.select_related("organisation__parent__parent", "owner_person", "owner_post").get(pk=step.pk)


@pytest.mark.parametrize(
    ("decide", "words"), [(dates.agree_date, "1 date agreed"), (dates.refuse_date, "1 date refused")]
)
def test_another_date_asked_and_decided(cast, dated, decide, words):
    change = asked(cast, dated)
    send()
    assert sent_to() == ["rosa"]
    assert mail.outbox[0].subject == "1 date to decide: HFKCW"
    assert "From 19 January 2027 to 18 February 2027." in body()
    decide(change, "So be it", by=cast.rosa, at=NOW)
    send()
    assert sorted(sent_to()[1:]) == ["amira", "omar"]
    assert mail.outbox[1].subject == f"{words}: HFKCW"


def test_withdrawn_before_the_mail_goes(cast, dated):
    dates.withdraw_date(asked(cast, dated), by=cast.amira, at=NOW)
    assert (send().sent, mail.outbox) == (0, [])


def test_at_hmpps_a_second_lead_decides(cast):
    hugo = person("Hugo", "West", "lead", cast.hmpps)
    found = report(cast, cast.hmpps)
    step = plans.add_action(
        people.follow_up(found, 1), "Publish it", owner_person=cast.helen, target=day(60), by=cast.helen, at=NOW
    )
    dates.ask_date(step, day(90), "Later", seen_version=step.version, by=cast.helen, at=NOW)
    for _ in range(2):
        send()
    assert sent_to() == ["hugo"]
    assert heads_above(cast.hmpps, cast.helen) == [hugo]


# ---- recommendations ----


@pytest.mark.parametrize(
    ("kind", "state", "more", "to", "subject"),
    [
        ("closed", "implemented", {}, ["amira"], "1 recommendation closed"),
        ("closed_not_agreed", "not_implemented", {"response": "not_agreed", "reason": "x", "approver": "y"},
         ["amira"], "1 recommendation closed"),
        ("reopened", "open", {}, ["amira"], "1 recommendation opened again"),
        ("risk_review_due", "open", {}, ["amira", "rosa"], "1 recommendation back for review"),
    ],
)  # fmt: skip
def test_what_becomes_of_a_recommendation(cast, plan, kind, state, more, to, subject):
    FollowUp.objects.update(state=state, **more)
    row = FollowUp.objects.get()
    told = [*leads_of(cast.hfkcw), *(heads_above(cast.hfkcw) if kind == "risk_review_due" else [])]
    tell(kind, row, told, f"cycle {row.cycle}", by=cast.ivy, at=NOW)
    send()
    assert sorted(sent_to()) == to
    assert {m.subject for m in mail.outbox} == {f"{subject}: HFKCW"}
    assert f"/recommendations/{row.pk}/" in body()


def test_an_accepted_risk_comes_back_by_itself_once(cast, plan):
    row = FollowUp.objects.select_related("addressee__parent__parent").get()
    closing.accept_risk(row, "Too dear", TODAY + dt.timedelta(days=9), seen_version=row.version, by=cast.rosa, at=NOW)
    send()
    assert sent_to() == ["amira"]
    assert mail.outbox[0].subject == "1 recommendation closed with the risk accepted: HFKCW"
    for days in (8, 9, 9, 10):
        closing.return_accepted_risks(today=TODAY + dt.timedelta(days=days), at=later(days=days))
        send(later(days=days))
    assert sorted(sent_to()[1:]) == ["amira", "rosa"]
    assert "An accepted risk is back" in body()


def test_the_task_of_the_morning_says_what_it_did(cast, plan, monkeypatch):
    row = FollowUp.objects.select_related("addressee__parent__parent").get()
    closing.accept_risk(row, "Too dear", TODAY + dt.timedelta(days=9), seen_version=row.version, by=cast.rosa, at=NOW)
    for days, number in ((8, 0), (12, 1), (12, 0)):  # three nights missed
        monkeypatch.setattr("django.utils.timezone.now", lambda days=days: later(days=days))
        return_accepted_risks()
        assert Run.objects.first().outcome == f"Accepted risks that came back: {number}."
    assert FollowUp.objects.get().state == "open"


def test_the_owner_left_before_the_mail_goes(cast, plan):
    row = FollowUp.objects.get()
    plans.assign(row, owner_person=cast.omar, seen_version=row.version, by=cast.amira, at=NOW)
    forget_mails()
    tell("reopened", FollowUp.objects.get(), [cast.omar], "cycle 1 version 9", by=cast.ivy, at=NOW)
    offices.switch_off(cast.person("omar"), by=cast.ada, at=NOW)
    for _ in range(2):
        send()
    assert sent_to() == ["amira"]
    assert "Owner: Omar Farah (has left), so it comes to you." in body()


def test_a_new_cycle_makes_what_was_said_of_the_last_one_untrue(cast, plan):
    tell("reopened", FollowUp.objects.get(), [cast.amira], "cycle 1 version 9", by=cast.ivy, at=NOW)
    FollowUp.objects.update(cycle=2)
    send()
    assert (mail.outbox, Notice.objects.get().why) == ([], rules.NO_LONGER_SO)


# ---- whom ----


def test_heads_above(cast):
    assert heads_above(cast.hfkcw) == [cast.rosa]
    assert heads_above(cast.hfkcw, cast.rosa) == [cast.helen]
    assert heads_above(cast.eastvale) == [cast.niall], "no head: its leads"
    offices.switch_off(cast.person("rosa"), by=cast.ada, at=NOW)
    assert heads_above(cast.hfkcw) == [cast.helen]
    assert heads_above(cast.hmpps, cast.helen) == []


def test_leads_of(cast):
    zoe = person("Zoe", "Lane", "lead", cast.hfkcw)
    assert leads_of(cast.hfkcw) == [cast.amira]
    offices.hold_post(cast.head_of_hfkcw, None, by=cast.ada, at=NOW)
    assert leads_of(cast.hfkcw) == [cast.amira, zoe]


def test_inspectors_for(cast, claimed):
    assert inspectors_for(claimed) == []
    verifying.send_back(claimed, "insufficient", "Who?", seen_version=claimed.version, by=cast.ivy, at=NOW)
    assert inspectors_for(claimed) == [cast.ivy]
    offices.switch_off(cast.person("ivy"), by=cast.ada, at=NOW)
    assert inspectors_for(claimed) == []


def test_telling_says_who_will_be_told(cast, plan):
    away(cast, "rosa", "helen")
    assert tell("plan_submitted", plan, [cast.rosa, cast.helen, cast.amira], "x", by=cast.amira, at=NOW) == [cast.helen]


# ---- the table and the cost ----


def test_every_kind_is_in_the_table_with_its_words():
    for kind, step in rules.STEPS.items():
        assert rules.KINDS[kind] == step.words
        assert kind == "assigned" or (step.heading and step.counted and step.do.endswith(".")), kind


def test_every_kind_that_the_deeds_tell_is_in_the_table():
    import re
    from pathlib import Path

    told = set()
    for name in ("submitting", "dates", "verifying", "closing"):
        text = Path(f"tracker/plans/{name}.py").read_text()
        told |= set(re.findall(r'(?:tell|_tell_owner)\("(\w+)"', text))
    assert told and told <= rules.STEPS.keys()


def test_as_many_queries_for_forty_absences_as_for_four(cast):
    follow_up = people.follow_up(report(cast), 1)

    def queries(moment):
        with CaptureQueriesContext(connection) as said:
            sweep(moment)
        return len([q for q in said if not q["sql"].startswith("INSERT")])

    def more(number, start):
        for n in range(start, start + number):
            who = person(f"Owner{n}", "Lee", "contributor", cast.hfkcw)
            Action.objects.create(
                plan=follow_up.plan, organisation=cast.hfkcw, what="Step", owner_person=who, target_precision="day",
                due_by=TODAY, live=True, added_at=NOW,
            )  # fmt: skip
            Cover.objects.create(
                person=who, stand_in=cast.omar, starts=TODAY, ends=TODAY, named_by=who, named_at=NOW
            )  # fmt: skip

    more(4, 0)
    few = queries(NOW)
    more(36, 4)
    assert queries(NOW) == few
    assert set(Notice.objects.values_list("recipient", flat=True)) == {cast.omar.pk}


def test_a_post_filled_between_deciding_and_sending(cast, plan):
    submitted(plan, cast.amira)
    new = person("Ruth", "Bell")
    offices.hold_post(cast.director_of_london, new, by=cast.ada, at=NOW)
    cast.rosa.memberships.all().delete()
    for _ in range(2):
        send()
    assert sent_to() == ["ruth"]


def test_what_happens_next_names_whom_it_really_goes_to(cast, client, monkeypatch):
    step = action(cast, 30)  # the next reminder: 16 days from today, a Sunday
    row = step.follow_ups.get()
    client.force_login(cast.amira)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)

    def said():
        return " ".join(client.get(f"/recommendations/{row.pk}/").text.split())

    assert "On 7 December 2026 Amira Khan is reminded by e-mail" in said()
    named = away(cast, "amira", "omar", 16, 17)
    assert "On 7 December 2026 Omar Farah is reminded by e-mail" in said()
    offices.switch_off(cast.person("omar"), by=cast.ada, at=NOW)
    assert "On 7 December 2026 Rosa Diaz is reminded by e-mail" in said()
    offices.end_cover(named, by=cast.amira, at=NOW)
    assert "On 7 December 2026 Amira Khan is reminded by e-mail" in said()


def test_reminders_sent_names_the_stand_in(cast, client):
    step = action(cast, 10)
    away(cast, "amira", "omar")
    run()
    client.force_login(cast.amira)
    page = " ".join(client.get(f"/actions/{step.pk}/").text.split())
    assert ", to Omar Farah: " in page and ", to Amira Khan: " not in page


@pytest.mark.parametrize("who", ["rosa", "ada", "amira"])
def test_the_page_of_a_mail_names_what_it_was_about(cast, client, dated, who):
    asked(cast, dated)
    away(cast, "rosa", "helen", 30, 40)
    send()
    letter = Notice.objects.get(kind="date_asked").mail
    client.force_login(getattr(cast, who))
    answer = client.get(f"/sent/{letter.pk}/")
    assert answer.status_code == (404 if who == "amira" else 200)
    if who != "amira":
        assert "Another date was asked for:" in answer.text
        assert "Train everyone: 18 February 2027 instead of 19 January 2027" in answer.text
