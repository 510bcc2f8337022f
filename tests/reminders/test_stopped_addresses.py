"""An address that fails for good: nothing more goes there, what waits passes on, and those above and administrators
read of it until it is lifted."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import cast as people
from tests.alerts.stories import raised
from tests.reminders.scenes import NOW, action, later, report, run, send
from tracker.journal.models import Event, Notice
from tracker.people.models import StoppedAddress, User
from tracker.people.operations import lift_stop, stop_address
from tracker.plans.models import FollowUp
from tracker.plans.telling import tell
from tracker.refusals import NotAllowed, Refusal
from tracker.reminders.models import Mail
from tracker.reminders.senders import DjangoSender, _names_address
from tracker.reminders.unreached import unreached

pytestmark = pytest.mark.django_db


@pytest.fixture
def refuses(mail_server):
    """`refuses(person, "550 5.1.1 Nobody of that name")`: what the server says to that address, and to that alone."""
    said = {}

    async def handle_RCPT(server, session, envelope, address, options):
        if address in said:
            return said[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    mail_server.handle_RCPT = handle_RCPT

    def refuses(person, sentence="550 5.1.1 Nobody of that name"):
        said[person.email] = sentence

    refuses.letters, refuses.no_more = mail_server.letters, said.clear
    return refuses


def reached(server) -> list[str]:
    return [to for letter in server.letters for to in letter.recipients]


def test_a_reminder_goes_to_the_next_above_instead(cast, refuses):
    refuses(cast.omar)
    action(cast, owner=cast.omar)
    run()
    assert (Mail.objects.get().state, reached(refuses)) == ("failed", [])
    refuses.no_more()
    run(later(minutes=5))
    assert reached(refuses) == [cast.amira.email]
    run(later(days=5))
    assert set(reached(refuses)) == {cast.amira.email}, "nothing more is sent to the stopped address"


def test_a_step_goes_to_the_next_above_instead_and_once(cast, refuses):
    refuses(cast.amira)
    report(cast)
    tell("reopened", FollowUp.objects.get(), [cast.amira], "cycle 1", by=cast.ivy, at=NOW)
    send()
    assert Mail.objects.get().state == "failed"
    for minutes in (5, 10, 15):
        send(later(minutes=minutes))
    assert reached(refuses) == [cast.rosa.email]
    assert StoppedAddress.objects.get().passed_on


def test_two_mails_to_it_at_once_and_both_are_passed_on(cast, refuses):
    follow_up = people.follow_up(report(cast), 1)
    refuses(cast.amira)
    tell("reopened", follow_up, [cast.amira], "cycle 1", by=cast.ivy, at=NOW)
    send()
    one = Mail.objects.get()
    send(later(minutes=1))
    Notice.objects.create(
        recipient=cast.amira, kind="reopened", subject_kind="followup", subject_id=follow_up.pk, occasion="cycle 1 x",
        state="failed", decided_at=NOW, mail=one,
    )  # fmt: skip
    stop_address(cast.amira.email, "Once more", at=NOW)
    send(later(minutes=2))
    occasions = Notice.objects.filter(recipient=cast.rosa).values_list("occasion", flat=True)
    assert set(occasions) == {"cycle 1", "cycle 1 x"}
    assert StoppedAddress.objects.count() == 1


def test_what_waited_passes_on_too(cast):
    action(cast, owner=cast.omar)
    stop_address(cast.omar.email, "Nobody of that name", at=NOW)
    run()
    assert [m.to for m in mail.outbox] == [[cast.amira.email]]


def test_an_alert_climbs_past_whoever_is_not_reached(cast, mail_server):
    stop_address(cast.amira.email, "Nobody of that name", at=NOW)
    raised(cast, NOW)
    send(later(minutes=1))
    assert cast.amira.email not in reached(mail_server)
    assert cast.rosa.email in reached(mail_server)


@pytest.mark.parametrize(
    ("sentence", "stopped"),
    [
        ("550 5.1.1 Nobody of that name", True), ("550 No such mailbox", True), ("553 Not a name", True),
        ("550 5.2.1 Switched off", True), ("552 5.2.2 Full", False), ("554 5.7.1 Relay access denied", False),
        ("550 5.7.1 Your mail is spam", False), ("450 4.2.1 Later", False), ("554 Transaction failed", False),
    ],
)  # fmt: skip
def test_only_what_is_wrong_with_the_address_stops_it(cast, refuses, sentence, stopped):
    refuses(cast.amira, sentence)
    action(cast)
    run()
    assert StoppedAddress.objects.exists() is stopped
    assert Mail.objects.get().state == ("claimed" if sentence[0] == "4" else "failed")


def test_a_refusal_of_the_content_stops_nothing(cast, mail_server):
    mail_server.refusal = "550 This looks like advertising"
    action(cast)
    assert run().failed == 1
    assert not StoppedAddress.objects.exists()


def test_the_code_decides_and_not_the_words():
    assert _names_address(550, "5.1.10 null MX") and not _names_address(550, "5.4.1 no route, 5.1.1 is no code here")
    assert not DjangoSender().meaning(ValueError("x")).bad_address


# --- Lifted --------------------------------------------------------------------------------------------------


def test_lifted_by_an_administrator(cast, client):
    action(cast, owner=cast.omar)
    stop_address(cast.omar.email, "Nobody of that name", at=NOW)
    run()
    client.force_login(cast.ada)
    page = client.get(f"/people/{cast.omar.pk}/").text
    assert "Nobody of that name" in page and "Send mail to this address again" in page
    answer = client.post(f"/people/{cast.omar.pk}/", {"deed": "lift"}, follow=True)
    assert f"Mail goes to {cast.omar.email} again." in answer.text
    assert "Send mail to this address again" not in answer.text
    assert Event.objects.get(deed="stop_lifted").actor == cast.ada
    run(later(days=4))
    assert [cast.omar.email] in [m.to for m in mail.outbox]
    assert client.post(f"/people/{cast.omar.pk}/", {"deed": "lift"}).status_code == 409


def test_stopped_once_more_after_it_was_lifted(cast):
    for _ in range(2):
        stop_address(cast.omar.email.upper(), "Nobody of that name", at=NOW)
        lift_stop(cast.omar, by=cast.ada, at=NOW)
    assert StoppedAddress.objects.filter(lifted_at__isnull=False).count() == 2


def test_nobody_else_lifts_it(cast):
    stop_address(cast.omar.email, "Nobody of that name", at=NOW)
    with pytest.raises(NotAllowed):
        lift_stop(cast.omar, by=cast.amira, at=NOW)
    with pytest.raises(Refusal):
        lift_stop(cast.vera, by=cast.ada, at=NOW)


def test_a_new_address_is_not_stopped(cast):
    stop_address(cast.omar.email, "Nobody of that name", at=NOW)
    User.objects.filter(pk=cast.omar.pk).update(email="omar.reid@elsewhere.example")
    action(cast, owner=cast.omar)
    run()
    assert [m.to for m in mail.outbox] == [["omar.reid@elsewhere.example"]]


# --- Who reads of it -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "reads"),
    [
        ("ada", "Mail to Omar"), ("amira", "Mail to Omar"), ("omar", "your address"), ("rosa", ""),
        ("ben", ""), ("ivy", ""), ("vera", ""),
    ],
)  # fmt: skip
def test_on_your_work_of_the_line_above_and_of_administrators(cast, client, who, reads):
    stop_address(cast.omar.email, "Nobody of that name", at=NOW)
    client.force_login(getattr(cast, who))
    page = client.get("/").text
    assert ("does not arrive" in page) is bool(reads)
    assert reads in page
    assert (f'href="/people/{cast.omar.pk}/"' in page) is (who == "ada")


def test_of_a_head_the_level_above_reads(cast, client):
    stop_address(cast.amira.email, "Nobody of that name", at=NOW)
    assert [bool(unreached(cast.person(who))) for who in ("rosa", "helen", "niall", "ben")] == [
        True,
        False,
        False,
        False,
    ]


def test_one_query_where_all_mail_arrives_and_never_one_for_each(cast, django_assert_num_queries):
    ada = cast.person("ada")
    assert ada.access.is_administrator
    with django_assert_num_queries(1):
        assert unreached(ada) == []
    for person in (cast.omar, cast.vera, cast.ben):
        stop_address(person.email, "Nobody of that name", at=NOW)
    rosa = cast.person("rosa")
    assert rosa.access.is_lead
    with CaptureQueriesContext(connection) as asked:
        assert [one.sentence.split(" does")[0] for one in unreached(rosa)] == [f"Mail to {cast.ben.name}"]
    assert len(asked) == 4
