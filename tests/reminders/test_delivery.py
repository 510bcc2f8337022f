"""Sending: asked again, once, and the truth about what the mail server said."""

import datetime as dt

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from tests import cast as people
from tests.reminders.scenes import NOW, action, later, report, run, send
from tracker.journal.models import Notice
from tracker.people import operations as offices
from tracker.people.models import User
from tracker.plans import operations as plans
from tracker.plans.models import Action
from tracker.reminders import delivery, items, rules
from tracker.reminders.models import Mail
from tracker.reminders.rechecking import Known
from tracker.reminders.sweep import sweep

pytestmark = pytest.mark.django_db


def only_notice():
    return Notice.objects.get(kind="action_due")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"owner_person_id": "ben"}, rules.SOMEBODY_ELSE),
        ({"due_by": dt.date(2027, 6, 1)}, rules.MOVED),
        ({"state": "claimed"}, rules.NOTHING_TO_DO),
        ({"state": "cancelled"}, rules.NOTHING_TO_DO),
        ({"live": False}, rules.NOT_RUNNING),
    ],
    ids=["owner", "date", "claimed", "cancelled", "historic"],
)
def test_what_changed_between_deciding_and_sending(cast, change, why):
    step = action(cast)
    sweep(NOW)
    Action.objects.filter(pk=step.pk).update(
        **{name: getattr(cast, value).pk if value == "ben" else value for name, value in change.items()}
    )
    assert send() == delivery.Outcome(superseded=1)
    assert (only_notice().state, only_notice().why) == ("superseded", why)
    assert not mail.outbox and not Mail.objects.exists()


def test_somebody_switched_off_gets_nothing(cast):
    action(cast, owner=cast.omar)
    sweep(NOW)
    offices.switch_off(cast.omar, by=cast.ada, at=NOW)
    send()
    assert not mail.outbox
    run()
    assert [m.to for m in mail.outbox] == [[cast.amira.email]]


@pytest.mark.parametrize(("seconds", "reached"), [(4, 3), (6, 1)])
def test_who_is_who_is_asked_again_every_few_seconds_of_a_long_run(cast, seconds, reached):
    """After the first mail the two others are switched off, and the next mail is written some seconds later."""
    step, owners = action(cast, owner=cast.omar), {cast.omar, cast.amira, cast.ben}
    for owner in owners - {cast.omar}:
        action(cast, owner=owner, follow_up=step.follow_ups.get())
    sweep(NOW)

    def clock():
        if not mail.outbox:
            return NOW
        for owner in owners:
            if owner.email != mail.outbox[0].to[0] and User.objects.get(pk=owner.pk).is_active:
                offices.switch_off(owner, by=cast.ada, at=NOW)
        return later(seconds=seconds)

    assert delivery.deliver(clock, at_once=True).sent == reached


def test_one_mail_that_cannot_be_written_stops_no_other(cast, monkeypatch, caplog):
    step = action(cast, owner=cast.omar)
    action(cast, follow_up=step.follow_ups.get())
    real = items.item_of

    def item(due, row, *rest):
        if row.pk == step.pk:
            raise ZeroDivisionError
        return real(due, row, *rest)

    monkeypatch.setattr(items, "item_of", item)
    outcome = run()
    assert (outcome.sent, outcome.broken, outcome.trouble) == (1, 1, True)
    assert [m.to for m in mail.outbox] == [[cast.amira.email]]
    monkeypatch.undo()
    assert run().sent == 1


@pytest.mark.parametrize("fault", [ZeroDivisionError, DatabaseError, delivery.SomebodyWasFirst])
def test_of_mails_that_are_written_together_one_that_cannot_be_stops_no_other(cast, monkeypatch, fault):
    step = action(cast, owner=cast.omar)
    for who in (cast.amira, cast.ben):
        action(cast, owner=who, follow_up=step.follow_ups.get())
    real = delivery.compose

    def compose(recipient, *rest, **how):
        if recipient == cast.omar:
            raise fault
        return real(recipient, *rest, **how)

    monkeypatch.setattr(delivery, "compose", compose)
    outcome = run()
    assert (outcome.sent, outcome.broken) == (2, 0 if fault is delivery.SomebodyWasFirst else 1)
    assert {m.to[0] for m in mail.outbox} == {cast.amira.email, cast.ben.email}
    assert Notice.objects.get(recipient=cast.omar, kind="action_due").state == "decided"
    monkeypatch.undo()
    assert run().sent == 1


def test_twenty_mails_ask_little_more_than_one(cast):
    """Written together, of everything but the thing itself they ask once; each is handed over by itself."""

    def queries(count):
        with CaptureQueriesContext(connection) as said:
            assert send().sent == count
        return len(said)

    step = action(cast, owner=cast.omar)
    sweep(NOW)
    one = queries(1)
    for n in range(20):
        owner = people.person(f"Owner{n}", "Lee", "contributor", cast.hfkcw)
        action(cast, owner=owner, follow_up=step.follow_ups.get())
    sweep(NOW)
    assert queries(20) <= one + 19 * 8


def test_a_mail_claimed_by_a_run_that_died_before_handing_it_over(cast):
    action(cast)
    sweep(NOW)
    [claimed] = delivery._claim([cast.amira.pk], NOW, delivery.Outcome(), Known(), at_once=True)
    assert (claimed.state, claimed.tried) == ("claimed", 0)
    assert send(later(minutes=1)) == delivery.Outcome(sent=1)
    assert Mail.objects.get().error == ""


def died_between(cast):
    """A mail that was handed over and not recorded: nobody can know."""
    action(cast)
    sweep(NOW)
    [claimed] = delivery._claim([cast.amira.pk], NOW, delivery.Outcome(), Known(), at_once=True)
    Mail.objects.filter(pk=claimed.pk).update(tried=1, try_after=later(minutes=5))
    return claimed


def test_a_mail_handed_over_and_not_recorded_goes_out_once_more_and_says_so(cast):
    claimed = died_between(cast)
    assert send(later(minutes=4)).sent == 0
    assert send(later(minutes=6)) == delivery.Outcome(sent=1, repeated=1)
    now = Mail.objects.get()
    assert (now.tried, now.error, now.message_id) == (2, delivery.REPEATED, claimed.message_id)
    assert mail.outbox[0].extra_headers["Message-ID"] == claimed.message_id
    assert send(later(days=1)).sent == 0


def test_it_is_not_repeated_a_second_time(cast):
    claimed = died_between(cast)
    Mail.objects.filter(pk=claimed.pk).update(tried=delivery.MOST_COPIES, error=delivery.REPEATED)
    assert send(later(hours=1)) == delivery.Outcome(failed=1)
    assert (Mail.objects.get().state, Mail.objects.get().error) == ("failed", delivery.UNKNOWN)
    assert only_notice().state == "failed"


def test_it_is_not_repeated_when_nothing_in_it_is_true_any_more(cast):
    died_between(cast)
    Action.objects.update(state="claimed")
    assert send(later(hours=1)) == delivery.Outcome(failed=1)
    assert Mail.objects.get().error == delivery.ARRIVED_OR_NOT
    assert not mail.outbox


class Breaks(BaseEmailBackend):
    error: Exception = None

    def send_messages(self, messages):
        raise self.error


@pytest.mark.parametrize("error", [TimeoutError("timed out"), ConnectionResetError("reset")])
def test_a_connection_that_breaks_off_leaves_a_doubt(cast, settings, monkeypatch, error):
    monkeypatch.setattr(Breaks, "error", error)
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.Breaks"
    action(cast)
    assert run().put_off == 1
    settings.EMAIL_BACKEND = backend
    assert send(later(minutes=6)).repeated == 1
    assert Mail.objects.get().error == delivery.REPEATED


def test_an_address_that_no_mail_can_be_made_for(cast, settings, monkeypatch):
    monkeypatch.setattr(Breaks, "error", ValueError("Invalid address"))
    settings.EMAIL_BACKEND = f"{__name__}.Breaks"
    action(cast)
    assert run().failed == 1
    assert "No mail can be made for this address" in Mail.objects.get().error


def test_the_same_notice_always_gives_the_same_message_id_on_one_day(cast):
    action(cast)
    sweep(NOW)
    notice = only_notice()
    assert delivery._message_id(notice, NOW) == f"<digest.{notice.pk}.20261120093000.20261120@inspection.example>"
    assert delivery._message_id(notice, later(hours=10)) == delivery._message_id(notice, NOW)
    assert delivery._message_id(notice, later(days=1)) != delivery._message_id(notice, NOW)


def test_a_recommendation_given_to_somebody(cast):
    follow_up = people.follow_up(report(cast), 1)
    plans.assign(follow_up, owner_person=cast.omar, seen_version=follow_up.version, by=cast.amira, at=NOW)
    assert send().sent == 1
    assert mail.outbox[0].subject == "1 recommendation given to you: HFKCW"
    assert f"/recommendations/{follow_up.pk}/" in mail.outbox[0].body
