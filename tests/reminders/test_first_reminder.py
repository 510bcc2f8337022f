"""The first reminder, from the date to the page that shows the mail."""

from pathlib import Path

import pytest
from django.core import mail
from django.core.management import call_command

from tests.reminders.scenes import NOW, action, run, send
from tracker.journal.models import Event, Notice
from tracker.plans import operations as plans
from tracker.plans.models import Action
from tracker.reminders.models import Mail

pytestmark = pytest.mark.django_db


def test_an_action_due_in_ten_days_is_reminded_of(cast, client):
    step = action(cast)
    plans.post_update(step, "Advertised", confidence="on_track", by=cast.amira, at=NOW)
    assert run().sent == 1
    (message,) = mail.outbox
    assert message.subject == "1 action due by 30 November: HFKCW"
    assert message.to == [cast.amira.email]
    assert message.body.splitlines()[0] == message.subject
    assert f"http://127.0.0.1:8000/actions/{step.pk}/" in message.body
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    client.force_login(cast.amira)
    assert message.subject in client.get("/sent/").text


def test_mail_goes_to_files_unless_told_otherwise(cast, settings):
    from tracker import settings as ours  # pytest-django puts another backend in its place

    assert Path(ours.EMAIL_FILE_PATH) == Path(ours.DATA_DIR) / "mail"
    settings.EMAIL_BACKEND = ours.EMAIL_BACKEND
    action(cast)
    assert run().sent == 1
    (file,) = Path(ours.EMAIL_FILE_PATH).iterdir()
    assert "Subject: 1 action due by 30 November: HFKCW" in file.read_text()
    assert run().sent == 0
    assert len(list(Path(ours.EMAIL_FILE_PATH).iterdir())) == 1, "no empty file where nothing is to be sent"


def test_the_command_decides_and_sends(cast, capsys, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    action(cast)
    call_command("sweep", "--dry-run")
    said = "Amira Khan <amira.khan@probation.example>: 1 notice, 1 action due by 30 November: HFKCW"
    assert said in capsys.readouterr().out
    assert not Notice.objects.exists()
    call_command("sweep", "--now")
    assert "1 mail sent." in capsys.readouterr().out
    call_command("sweep", "--now")
    assert "0 mails sent." in capsys.readouterr().out
    assert len(mail.outbox) == 1


def test_a_reminder_never_touches_what_it_is_about(cast):
    step = action(cast)
    before = Action.objects.values().get(pk=step.pk), Event.objects.count()
    run()
    assert (Action.objects.values().get(pk=step.pk), Event.objects.count()) == before


def test_one_digest_with_everything_worst_first(cast):
    first = action(cast, -12, what="Overdue thing")
    for due_in, what in ((10, "Later thing"), (3, "Sooner thing")):
        action(cast, due_in, what=what, follow_up=first.follow_ups.get())
    run()
    (message,) = mail.outbox
    assert message.subject == "1 action overdue, 2 due by 30 November: HFKCW"
    places = [message.body.index(words) for words in ("Overdue thing", "Overdue by 12 days", "Sooner", "Later thing")]
    assert places == sorted(places)
    assert {n.kind for n in Mail.objects.get().notices.all()} == {"action_due", "overdue_step"}
    assert message.body.count("Overdue thing") == 1, "due, and passed up to her as head: one line"


def test_given_and_due_is_one_line(cast):
    action(cast, 10, owner=cast.omar, what="Write the plan")
    run()
    (message,) = mail.outbox
    assert message.to == [cast.omar.email]
    assert message.body.count("Write the plan") == 1
    assert "It was given to you." in message.body
    assert Mail.objects.get().notices.count() == 2


def test_html_is_escaped_and_text_is_not(cast):
    action(cast, what="Use <b>& keep</b> it")
    run()
    (message,) = mail.outbox
    assert "Use <b>& keep</b> it" in message.body
    assert "Use &lt;b&gt;&amp; keep&lt;/b&gt; it" in message.alternatives[0].content


def test_more_than_twenty_are_a_link_away(cast):
    first = action(cast, -1)
    for number in range(24):
        action(cast, 5, what=f"Step {number}", follow_up=first.follow_ups.get())
    run()
    (message,) = mail.outbox
    assert "And 5 more." in message.body
    assert Mail.objects.get().notices.count() == 25
    assert send().sent == 0
