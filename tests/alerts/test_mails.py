"""What an alert says by mail: at once and alone, and of a restricted one nothing but where it is."""

import datetime as dt

import pytest
from django.core import mail

from tests.alerts.stories import act_on, at, climb, fresh, raised
from tests.reminders.scenes import action, later
from tracker.alerts import answering, ending, raising
from tracker.journal.models import Notice
from tracker.people.models import Cover, Membership
from tracker.reminders import brake, delivery
from tracker.reminders.models import Mail


def send(moment, **how):
    """As the timetable does it, hours and brake included."""
    mail.outbox.clear()
    delivery.deliver(lambda: moment, **how)
    return {(m.to[0].split("@")[0].split(".")[0], m.subject) for m in mail.outbox}


def test_the_head_and_the_level_above_are_told_at_once(cast):
    raised(cast, at(2, 23, 30))
    told = send(at(2, 23, 30))
    assert told == {
        ("amira", "Raised: organisational alert for HFKCW"), ("rosa", "Raised: organisational alert for HFKCW"),
    }  # fmt: skip
    text = next(m.body for m in mail.outbox if m.to == [cast.amira.email])
    assert "234 cases have no next appointment" in text and "/alerts/" in text
    assert "Acknowledge the alert, by 11:59pm on Wednesday 3 August" in " ".join(text.split())
    assert "If nothing happens, the next to be told is: Head of the organisation" in " ".join(text.split())
    assert "You are told because you answer for HFKCW." in text
    assert send(at(2, 23, 31)) == set()


def test_at_once_while_other_mails_are_held_and_each_alone(cast):
    brake.hold(80, None, at=at(2))
    Notice.objects.all().delete()
    action(cast)
    case = raised(cast, at(2))
    answering.acknowledge(case, seen_version=1, by=cast.amira, at=at(2))
    told = send(at(2))
    assert sorted(told) == [
        ("amira", "Raised: organisational alert for HFKCW"), ("ivy", "Acknowledged: organisational alert for HFKCW"),
        ("rosa", "Raised: organisational alert for HFKCW"),
    ]  # fmt: skip


def test_who_passed_a_limit_is_told_since_when_and_only_while_it_is_so(cast):
    case = raised(cast, at(2))
    send(at(2))
    climb(at(5, 8))
    told = send(at(5, 8))
    assert told == {
        ("amira", "Late: organisational alert for HFKCW"), ("rosa", "Late: organisational alert for HFKCW"),
    }  # fmt: skip
    text = " ".join(next(m.body for m in mail.outbox if m.to == [cast.rosa.email]).split())
    assert "Acknowledge the alert: was due by 11:59pm on Wednesday 3 August 2022." in text
    assert "You are told as Regional Probation Director, London." in text
    climb(at(6, 8))
    act_on(case, cast)
    answering.acknowledge(fresh(case), seen_version=1, by=cast.amira, at=at(6, 8))
    assert {who for who, _ in send(at(6, 8))} == {"ivy"}, "Amira no more; Omar on Monday, about his action"
    assert Notice.objects.get(kind="alert_rung", state="superseded").why == "There is nothing left to do."


def test_who_holds_the_post_at_the_moment_of_sending(cast):
    raised(cast, at(2))
    send(at(2))
    climb(at(4, 8))
    cast.head_of_hfkcw.holder = cast.omar
    cast.head_of_hfkcw.save()
    assert send(at(4, 8)) == set(), "no longer Amira"
    assert {who for who, _ in send(at(4, 8, 1))} == {"omar"}


def test_a_stand_in_reads_it(cast):
    Cover.objects.create(
        person=cast.amira, stand_in=cast.ben, starts=dt.date(2022, 8, 1), ends=dt.date(2022, 8, 31),
        named_by=cast.amira, named_at=at(1),
    )  # fmt: skip
    raised(cast, at(2), restricted=True)
    assert {who for who, _ in send(at(2))} == {"ben", "rosa"}
    climb(at(4, 8))
    assert {who for who, _ in send(at(4, 8))} == {"ben"}


def test_of_a_restricted_one_only_where(cast, signed_in):
    case = raised(cast, at(2), restricted=True)
    assert {subject for _, subject in send(at(2))} == {"An organisational alert: HFKCW"}
    for one in mail.outbox:
        said = one.body + one.alternatives[0][0]
        assert "appointment" not in said and "practitioner" not in said and f"/alerts/{case.pk}/" in said
    one = Mail.objects.get(recipient=cast.amira)
    ada, amira, helen = signed_in(cast.ada), signed_in(cast.amira), signed_in(cast.helen)
    for page in ("/sent/", f"/sent/{one.pk}/"):
        seen = ada.get(page).content.decode()
        assert "A restricted mail" in seen and "Sent" in seen
        for word in ("HFKCW", "Amira", one.address, f"/alerts/{case.pk}", one.message_id):
            assert word not in seen, (page, word)
    assert ada.get(f"/sent/{one.pk}/html/").status_code == 404
    assert "An organisational alert: HFKCW" in amira.get(f"/sent/{one.pk}/").content.decode()
    assert amira.get(f"/sent/{one.pk}/html/").status_code == 200
    assert helen.get(f"/sent/{one.pk}/").status_code == 404


def test_a_digest_about_an_action_of_a_restricted_alert_is_as_restricted(cast, signed_in):
    case = raised(cast, at(2), restricted=True)
    act_on(case, cast)
    send(at(2, 12), at_once=True)
    one = Mail.objects.get(recipient=cast.omar)
    assert one.restricted and "Allocate" in one.text
    assert "Allocate" not in signed_in(cast.ada).get(f"/sent/{one.pk}/").content.decode()


def test_nobody_outside_the_circle_is_told_of_a_restricted_one(cast):
    """Who is no inspector any more when the mail would go."""
    case = raised(cast, at(2), restricted=True)
    send(at(2))
    answering.acknowledge(case, seen_version=1, by=cast.amira, at=at(2, 11))
    Membership.objects.filter(user=cast.ivy).delete()
    assert send(at(2, 11)) == set()
    assert Notice.objects.get(recipient=cast.ivy).state == "superseded"


def test_what_ended_is_not_spoken_of_as_raised(cast):
    case = raised(cast, at(2))
    raising.withdraw(case, "The wrong place", seen_version=1, by=cast.ivy, at=at(2))
    assert {subject for _, subject in send(at(2))} == {"Withdrawn: organisational alert for HFKCW"}


def test_each_step_tells_the_ones_concerned_once(cast, finished):
    case = finished
    told = {}
    for notice in Notice.objects.filter(subject_kind="alertcase").order_by("pk"):
        told.setdefault(notice.kind, []).append(notice.recipient.first_name)
    assert told == {
        "alert_raised": ["Amira", "Rosa"], "alert_acknowledged": ["Ivy"], "alert_responded": ["Ivy"],
        "alert_accepted": ["Amira"], "end_asked": ["Rosa", "Ivy"], "end_agreed": ["Ivy"],
        "alert_stood_down": ["Amira", "Rosa", "Ivy"],
    }  # fmt: skip
    ending.reopen(fresh(case), "It came back", seen_version=fresh(case).version, by=cast.idris, at=at(30))
    again = Notice.objects.filter(kind="alert_reopened")
    assert {notice.recipient.first_name for notice in again} == {"Amira", "Rosa", "Ivy"}


def test_what_the_server_did_not_take_is_asked_again_before_it_is_tried_again(cast, mail_server):
    case = raised(cast, at(2))
    mail_server.refusal = "451 Try later"
    send(at(2))
    assert set(Mail.objects.values_list("state", flat=True)) == {"claimed"}
    raising.withdraw(case, "The wrong place", seen_version=1, by=cast.ivy, at=at(2))
    mail_server.refusal = ""
    send(at(2, 12))
    assert {one.message["Subject"] for one in mail_server.letters} == {"Withdrawn: organisational alert for HFKCW"}
    assert set(Mail.objects.filter(subject__startswith="Raised").values_list("state", flat=True)) == {"failed"}


@pytest.mark.parametrize("kind", ["alert_raised", "alert_rung"])
def test_a_historic_alert_tells_nobody(cast, restricted, kind):
    type(restricted).objects.update(live=False)
    Notice.objects.create(
        recipient=cast.amira, kind=kind, subject_kind="alertcase", subject_id=restricted.pk,
        occasion="cycle 1 raised", decided_at=at(2),
    )  # fmt: skip
    assert send(later(minutes=1)) == set()
    assert Notice.objects.get().state == "superseded"
