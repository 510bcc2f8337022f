"""Against a real SMTP server: it accepts, it wants to be asked later, it refuses, it is not there."""

import pytest

from tests.reminders.scenes import NOW, action, later, run, send
from tracker.journal.models import Notice
from tracker.plans.models import Action
from tracker.reminders import delivery
from tracker.reminders.models import Mail

pytestmark = pytest.mark.django_db


def test_accepted(cast, mail_server):
    action(cast, what="Recruit – now")
    run()
    (letter,) = mail_server.letters
    assert letter.recipients == [cast.amira.email]
    assert letter.message["Subject"] == "1 action due by 30 November: HFKCW"
    assert letter.message["Message-ID"] == Mail.objects.get().message_id
    assert letter.message["Auto-Submitted"] == "auto-generated"
    assert letter.message["X-Auto-Response-Suppress"] == "All"
    parts = [part.get_content_type() for part in letter.message.walk()]
    assert parts == ["multipart/alternative", "text/plain", "text/html"]
    assert "Recruit – now" in letter.message.get_body(("plain",)).get_content()
    assert all(len(line) <= 72 or "http" in line for line in Mail.objects.get().text.splitlines())


def test_451_is_tried_again_later_and_longer(cast, mail_server):
    action(cast)
    mail_server.refusal = "451 Try later"
    assert run() == delivery.Outcome(put_off=1)
    one = Mail.objects.get()
    assert one.error == "Not taken yet. The mail server refused it: 451 Try later"
    assert (one.state, one.tried, one.try_after) == ("claimed", 1, later(minutes=1))
    assert send(later(seconds=30)) == delivery.Outcome()
    assert send(later(minutes=1)).put_off == 1
    assert Mail.objects.get().try_after == later(minutes=3)
    mail_server.refusal = ""
    assert send(later(minutes=3)) == delivery.Outcome(sent=1)
    one.refresh_from_db()
    assert (one.state, one.tried, one.error) == ("sent", 3, "")
    assert len(mail_server.letters) == 1


def test_451_and_meanwhile_it_was_done(cast, mail_server):
    action(cast)
    mail_server.refusal = "451 Try later"
    run()
    mail_server.refusal = ""
    Action.objects.update(state="claimed")
    assert send(later(hours=1)) == delivery.Outcome(failed=1, superseded=1)
    assert Mail.objects.get().error == delivery.TOO_LATE
    assert not mail_server.letters


def test_451_and_meanwhile_it_is_another_day(cast, mail_server):
    action(cast)
    mail_server.refusal = "451 Try later"
    run()
    mail_server.refusal = ""
    send(later(days=1))
    assert "Due in 9 days" in mail_server.letters[0].message.get_body(("plain",)).get_content()


def test_451_for_two_days_is_given_up(cast, mail_server):
    action(cast, 30)
    mail_server.refusal = "451 Try later"
    run()
    assert send(later(days=1)).put_off == 1
    assert send(later(days=2, minutes=1)).failed == 1
    assert Mail.objects.get().state == "failed"


def test_550_is_for_good_and_says_why(cast, mail_server):
    action(cast)
    mail_server.refusal = "550 No such mailbox"
    assert run() == delivery.Outcome(failed=1)
    one = Mail.objects.get()
    assert (one.state, one.error) == ("failed", "The mail server refused it: 550 No such mailbox")
    assert Notice.objects.get().state == "failed"
    mail_server.refusal = ""
    assert send(later(days=3)).sent == 0


def test_an_address_refused(cast, mail_server):
    async def refuse(server, session, envelope, address, options):
        return "550 5.1.1 Nobody of that name"

    mail_server.handle_RCPT = refuse
    action(cast)
    assert run().failed == 1
    assert Mail.objects.get().error == "The mail server refused the address: 550 5.1.1 Nobody of that name"


def test_refused_as_sender_waits_until_that_is_mended(cast, mail_server):
    async def refuse(server, session, envelope, address, options):
        return "550 Not you"

    mail_server.handle_MAIL = refuse
    action(cast)
    assert run().put_off == 1
    assert "refused us as the sender: 550 Not you" in Mail.objects.get().error
    del mail_server.handle_MAIL


def test_a_server_that_is_not_there(cast, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    action(cast)
    outcome = run()
    assert outcome.trouble and outcome.stopped.startswith("The mail server cannot be reached")
    assert Notice.objects.get().state == "decided", "nothing is claimed: it simply waits"
    assert not Mail.objects.exists()


def test_one_connection_for_many(cast, mail_server):
    step = action(cast)
    action(cast, follow_up=step.follow_ups.get(), owner=cast.omar)
    assert run(NOW).sent == 2
    assert len(mail_server.letters) == 2
