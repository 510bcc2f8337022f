"""The storm brake: far more mails than usual are held, shown, and sent on an administrator's word. Alerts never are."""

import datetime as dt

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, transaction

from tests import cast as people
from tests.reminders.scenes import NOW, action, given, london, send
from tests.reminders.test_hours import deliver
from tracker.journal.models import Event, Notice
from tracker.refusals import AlreadyMoved, NotAllowed
from tracker.reminders import brake
from tracker.reminders.models import Hold, Mail
from tracker.reminders.preview import preview
from tracker.reminders.sweep import sweep

pytestmark = pytest.mark.django_db
EARLY = london("20 November", "07:00")


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Three are a storm here, not fifty-one."""
    monkeypatch.setattr(brake, "ALWAYS_FINE", 2)


@pytest.fixture
def storm(cast):
    """Four people are told that work is theirs, all decided before eight on Friday."""
    for who in ("amira", "ben", "omar", "rosa"):
        given(cast, EARLY, who)


def to() -> list[str]:
    return sorted(address.split(".")[0] for message in mail.outbox for address in message.to)


def sent_before(cast, day, count):
    """So many digests went out on that day of November."""
    Mail.objects.bulk_create(
        Mail(
            recipient=cast.omar, address="a@example.org", kind="digest", subject="", text="", html="",
            message_id=f"<{day}.{n}>", claimed_at=london(f"{day} November"), state="sent",
            sent_at=london(f"{day} November"),
        )
        for n in range(count)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("mails", "usual", "held"),
    [(50, None, False), (51, None, True), (51, 17, False), (52, 17, True), (5000, 1700, False), (50, 1, False)],
)
def test_more_than_fifty_and_more_than_three_times_the_usual(monkeypatch, mails, usual, held):
    monkeypatch.setattr(brake, "ALWAYS_FINE", 50)
    assert brake.is_a_storm(mails, usual) is held


def test_the_usual_is_the_median_of_working_days_that_had_any(cast):
    today = dt.date(2026, 11, 20)
    assert brake.usual(today) is None
    for day, count in ((19, 4), (18, 2), (12, 90), (14, 500), (20, 700)):  # 14: a Saturday; 20: today
        sent_before(cast, day, count)
    assert brake.usual(today) == 4
    assert brake.usual(dt.date(2026, 12, 17)) == 352, "20 working days before: 18 November is out of it, 20 is in"


def test_a_first_run_is_held_told_and_let_go_by_an_administrator(cast, storm):
    assert (deliver("20 November"), to()) == (1, ["ada"]), "she is told that it is held; nothing else goes"
    assert "4 mails are held" in mail.outbox[0].body
    assert Mail.objects.get().kind == "held"
    held = brake.open_hold()
    assert (held.mails, held.usual, held.state) == (4, None, "open")
    assert deliver("20 November", "09:00") == 0
    later_on = preview(london("20 November", "09:00"), released=True)
    assert (later_on.words, {planned.person.first_name for planned in later_on.mails}) == (
        "4 mails to 4 people", {"Amira", "Ben", "Omar", "Rosa"},
    )  # fmt: skip
    brake.release_hold(held, by=cast.ada, at=london("20 November", "09:30"))
    mail.outbox.clear()
    assert deliver("20 November", "09:31") == 4
    assert to() == ["amira", "ben", "omar", "rosa"]
    deeds = Event.objects.filter(subject_kind="hold").order_by("pk").values_list("deed", "actor__first_name")
    assert list(deeds) == [("mails_held", None), ("mails_released", "Ada")]


def test_let_go_on_a_saturday_it_goes_on_saturday_with_all_that_was_decided_until_then(cast, storm):
    deliver("20 November")
    given(cast, london("20 November", "15:00"), "omar", "Since then")
    brake.release_hold(brake.open_hold(), by=cast.ada, at=london("21 November", "11:00"))
    given(cast, london("21 November", "11:30"), "omar", "After the word")
    mail.outbox.clear()
    assert deliver("21 November", "12:00") == 4
    (omars,) = [message.body for message in mail.outbox if "omar" in message.to[0]]
    assert "Since then" in omars and "After the word" not in omars
    assert deliver("22 November", "12:00") == 0


def test_while_it_is_held_nothing_else_goes_but_administrators_are_told_each_day(cast, storm):
    deliver("20 November")
    assert send(london("20 November", "12:00")).held == 4, "by hand neither"
    deliver("21 November", "12:00")
    deliver("23 November", "09:00")
    assert to() == ["ada", "ada"]
    assert Hold.objects.count() == 1


def test_what_came_after_the_word_is_a_run_of_its_own(cast, storm):
    deliver("20 November")
    brake.release_hold(brake.open_hold(), by=cast.ada, at=london("20 November", "09:00"))
    deliver("20 November", "09:01")
    for who in ("amira", "ben", "omar"):
        given(cast, london("20 November", "10:00"), who, "Another")
    mail.outbox.clear()
    assert deliver("23 November") == 3, "three are no more than three times the usual"
    assert Hold.objects.count() == 1


def test_no_storm_where_so_many_are_usual(cast, storm):
    sent_before(cast, 18, 2)
    assert deliver("20 November") == 4
    assert not Hold.objects.exists()


def test_weekly_summaries_are_no_storm(cast):
    """On Monday morning everybody who leads or inspects has one."""
    action(cast, 90)
    Notice.objects.all().delete()
    sweep(london("23 November", "06:00"))
    assert deliver("23 November") == Notice.objects.filter(kind="weekly_summary", state="sent").count() > 2
    assert not Hold.objects.exists()


def test_only_an_administrator_and_only_once(cast, storm):
    deliver("20 November")
    held = brake.open_hold()
    with pytest.raises(NotAllowed):
        brake.release_hold(held, by=cast.amira, at=NOW)
    una = people.person("Una", "Wood", "administrator")
    brake.release_hold(held, by=cast.ada, at=NOW)
    assert brake.release_hold(held, by=cast.ada, at=NOW).released_by == cast.ada, "a double click"
    with pytest.raises(AlreadyMoved):
        brake.release_hold(held, by=una, at=NOW)
    assert Event.objects.filter(deed="mails_released").count() == 1


def test_at_most_one_is_open(cast):
    first = brake.hold(80, None, at=NOW)
    assert brake.hold(90, None, at=NOW) == first
    with pytest.raises(IntegrityError), transaction.atomic():
        Hold.objects.create(held_at=NOW, mails=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Hold.objects.create(held_at=NOW, mails=1, state="released")


def test_an_administrator_reads_of_it_no_more_once_it_was_released(cast):
    brake.release_hold(brake.hold(80, None, at=NOW), by=None, at=NOW)
    brake.tell(Hold.objects.get(), at=NOW)
    assert send().sent == 0


def test_by_hand_the_word_is_release(cast, storm, capsys, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    call_command("sweep", "--dry-run")
    said = capsys.readouterr().out
    assert "Amira Khan <amira.khan@probation.example>: 1 notice, 1 action given to you: HFKCW" in said
    assert "It would be: 4 mails to 4 people." in said
    assert "All of it would be held until an administrator has looked: 4 mails at once, where no earlier" in said
    assert not Hold.objects.exists()
    call_command("sweep", "--now")
    assert "4 mails held until an administrator has looked." in capsys.readouterr().out
    call_command("sweep", "--dry-run")
    assert "Held since 20 November 2026 at 9:30am: 4 mails at once" in capsys.readouterr().out
    call_command("sweep", "--now", "--release")
    assert "4 mails sent." in capsys.readouterr().out
    assert not brake.open_hold()
