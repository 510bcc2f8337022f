"""Against a real SMTP server: it accepts, it wants to be asked later, it refuses, it is slow, it hangs up, it is not
there. Nothing is lost, and what waits goes by itself."""

import asyncio
import random
from collections import Counter

import pytest

from tests import cast as people
from tests.reminders.killing import waiting
from tests.reminders.scenes import NOW, action, later, london, run, send
from tracker.journal.models import Notice
from tracker.plans.models import Action
from tracker.reminders import delivery
from tracker.reminders.models import Mail
from tracker.reminders.sweep import sweep

pytestmark = pytest.mark.django_db


def deliver(day, clock="08:00") -> delivery.Outcome:
    return delivery.deliver(lambda: london(day, clock))


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
    """It goes with the mail of that day, and not beside it."""
    step = action(cast)
    mail_server.refusal = "451 Try later"
    run()
    mail_server.refusal = ""
    action(cast, what="Write the plan", follow_up=step.follow_ups.get())
    sweep(NOW)
    for day, clock in (("20 November", "23:58"), ("21 November", "08:00"), ("23 November", "07:58")):
        put_off = Mail.objects.filter(state="claimed")
        put_off.update(try_after=london("21 November", "00:00"))  # as late as it may be
        assert deliver(day, clock) == delivery.Outcome(), f"{day} {clock}: Friday evening to Monday morning"
    assert Mail.objects.get().error == delivery.ANOTHER_DAY
    assert deliver("23 November").sent == 1
    text = mail_server.letters[0].message.get_body(("plain",)).get_content()
    assert "Recruit two officers" in text and "Write the plan" in text and "Due in 7 days" in text
    assert deliver("23 November", "19:00").sent == 0
    assert [m.state for m in Mail.objects.order_by("pk")] == ["failed", "sent"]


def test_451_is_never_put_off_beyond_its_day(cast, mail_server):
    action(cast)
    mail_server.refusal = "451 Try later"
    run(london("20 November", "20:00"))
    Mail.objects.update(tried=20, try_after=NOW)
    send(london("20 November", "23:30"))
    assert Mail.objects.get().try_after == london("21 November", "00:00")


def test_451_day_after_day_loses_nothing(cast, mail_server):
    action(cast, 30)
    mail_server.refusal = "451 Mailbox full"
    run()
    for days in range(1, 8):
        send(later(days=days))
    mail_server.refusal = ""
    send(later(days=8))
    send(later(days=8, minutes=1))
    assert len(mail_server.letters) == 1
    assert Notice.objects.get(kind="action_due").state == "sent"
    states = list(Mail.objects.order_by("pk").values_list("state", "error"))
    assert states == [("failed", delivery.ANOTHER_DAY)] * (len(states) - 1) + [("sent", "")]


def test_451_for_two_days_is_given_up_where_it_goes_alone(cast, mail_server):
    action(cast)
    mail_server.refusal = "451 Try later"
    run()
    Mail.objects.update(kind="held")
    assert send(later(days=1)).put_off == 1
    assert send(later(days=2, minutes=1)).failed == 1
    assert Mail.objects.get().state == "failed"


def test_a_slow_server_and_what_changes_while_it_takes_its_time(cast, mail_server):
    """Of mails that were written together the later ones are asked again before they are handed over."""
    several(cast, 3)
    sweep(NOW)
    moments = iter([NOW])

    def clock():
        if not mail_server.letters:
            return next(moments, NOW)
        Action.objects.exclude(owner_person__email=mail_server.letters[0].recipients[0]).update(state="claimed")
        return later(seconds=6)

    outcome = delivery.deliver(clock, at_once=True)
    assert (outcome.sent, outcome.failed) == (1, 3)
    assert len(mail_server.letters) == 1
    assert Mail.objects.filter(error=delivery.TOO_LATE).count() == 3


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


# --- Faults on the way ---------------------------------------------------------------------------------------


def hang_up(server):
    server.transport.abort()


def several(cast, count) -> list:
    """So many people of HFKCW, each with an action due in ten days."""
    follow_up = action(cast).follow_ups.get()
    owners = [people.person(f"Owner{n}", "Lee", "contributor", cast.hfkcw) for n in range(count)]
    for owner in owners:
        action(cast, follow_up=follow_up, owner=owner)
    return [cast.amira, *owners]


def test_it_hangs_up_before_the_mail_so_it_surely_has_not_arrived(cast, mail_server):
    async def drop(server, session, envelope, address, options):
        hang_up(server)
        return "250 OK"

    mail_server.handle_RCPT = drop
    action(cast)
    assert run().put_off == 1
    assert Mail.objects.get().error.startswith("Not taken yet. The connection broke off")
    del mail_server.handle_RCPT
    assert send(later(minutes=1)) == delivery.Outcome(sent=1)
    assert len(mail_server.letters) == 1


def test_it_hangs_up_in_the_middle_and_the_others_get_theirs(cast, mail_server):
    keep, dropped = mail_server.handle_DATA, []

    async def drop(server, session, envelope):
        if envelope.rcpt_tos == [cast.amira.email] and not dropped:
            dropped.append(hang_up(server))
            return "250 OK"
        return await keep(server, session, envelope)

    mail_server.handle_DATA = drop
    several(cast, 3)
    outcome = run()
    assert (outcome.sent, outcome.put_off) == (3, 1)
    mail = Mail.objects.get(recipient=cast.amira)
    assert mail.error.startswith("It may have arrived. The connection broke off")
    assert send(later(minutes=4)).sent == 0, "a copy more is not hurried"
    assert send(later(minutes=6)) == delivery.Outcome(sent=1, repeated=1)
    mail.refresh_from_db()
    assert (mail.state, mail.error) == ("sent", delivery.REPEATED)


def test_it_took_the_mail_and_is_too_slow_to_say_so(cast, mail_server, settings):
    settings.EMAIL_TIMEOUT = 0.3
    keep = mail_server.handle_DATA

    async def slow(server, session, envelope):
        answer = await keep(server, session, envelope)
        await asyncio.sleep(0.6)
        return answer

    mail_server.handle_DATA = slow
    action(cast)
    assert run().put_off == 1
    mail_server.handle_DATA = keep
    assert send(later(minutes=6)).repeated == 1
    assert [letter.message["Message-ID"] for letter in mail_server.letters] == [Mail.objects.get().message_id] * 2
    assert Mail.objects.get().error == delivery.REPEATED, "twice, by the same Message-ID, and it says so"


def test_hanging_up_for_hours_loses_nothing_and_sends_few_copies(cast, mail_server):
    keep, asked = mail_server.handle_DATA, []

    async def drop(server, session, envelope):
        asked.append(hang_up(server))
        return "250 OK"

    mail_server.handle_DATA = drop
    action(cast, 30)
    run()
    for minutes in range(5, 600, 5):
        send(later(minutes=minutes))
    assert 3 <= len(asked) <= 5
    mail_server.handle_DATA = keep
    for hours in range(10, 30):
        send(later(hours=hours))
    assert len(mail_server.letters) == 1
    first, second = Mail.objects.order_by("pk")
    assert (first.state, first.error) == ("failed", delivery.PERHAPS_ANOTHER_DAY)
    assert second.state == "sent"


def test_the_server_dies_in_the_middle_of_a_run(cast, mail_server, settings):
    addresses = {who.email for who in several(cast, 5)}
    keep, port = mail_server.handle_DATA, settings.EMAIL_PORT

    async def die(server, session, envelope):
        if len(mail_server.letters) == 3:
            settings.EMAIL_PORT = 1
            return "421 Closing down"
        return await keep(server, session, envelope)

    mail_server.handle_DATA = die
    run()
    assert len(mail_server.letters) == 3
    settings.EMAIL_PORT, mail_server.handle_DATA = port, keep
    for minutes in (1, 2, 6):
        send(later(minutes=minutes))
    assert Counter(to for letter in mail_server.letters for to in letter.recipients) == Counter(addresses)


def test_all_of_it_at_random(cast, mail_server, settings):
    """Whatever the server does, everybody has a mail in the end, and whoever may have two is marked."""
    settings.EMAIL_TIMEOUT = 0.2
    dice, keep = random.Random(20), mail_server.handle_DATA

    async def by_chance(server, session, envelope):
        what = dice.choice(["keep", "keep", "451 Later", "452 Full", "hang up", "keep and hang up", "slow"])
        if what == "hang up":
            hang_up(server)
        elif what[0] == "4":
            return what
        else:
            answer = await keep(server, session, envelope)
            if what == "keep and hang up":
                hang_up(server)
            elif what == "slow":
                await asyncio.sleep(0.4)
            return answer
        return "250 OK"

    mail_server.handle_DATA = by_chance
    addresses = {who.email for who in several(cast, 20)}
    run()
    hour = 0
    while waiting():
        hour += 1
        assert hour < 40, "the queue drains by itself"
        send(later(hours=hour))
    got = Counter(to for letter in mail_server.letters for to in letter.recipients)
    assert set(got) == addresses
    perhaps = (delivery.REPEATED, delivery.PERHAPS_ANOTHER_DAY)
    marked = set(Mail.objects.filter(error__in=perhaps).values_list("address", flat=True))
    assert {address for address, times in got.items() if times > 1} <= marked
    assert set(Notice.objects.values_list("state", flat=True)) == {"sent"}
    put_back = (delivery.ANOTHER_DAY, delivery.PERHAPS_ANOTHER_DAY)
    assert set(Mail.objects.exclude(error__in=put_back).values_list("state", flat=True)) == {"sent"}
