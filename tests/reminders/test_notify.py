"""Mails by GOV.UK Notify, against a stand-in: taken once, delivered or not, and told by callback or when asked."""

import json

import pytest
from django.core.mail import send_mail

from tests.reminders.notify_stand_in import Refused
from tests.reminders.scenes import NOW, action, later, run, send
from tracker.journal.models import Event, Notice
from tracker.people.models import StoppedAddress
from tracker.plans.models import Action
from tracker.reminders import delivery, receipts
from tracker.reminders.models import Mail
from tracker.reminders.notify import body_of

pytestmark = pytest.mark.django_db
RATE = Refused(429, "RateLimitError", "Exceeded rate limit for key type LIVE of 3000 requests per 60 seconds")


def only_mail() -> Mail:
    return Mail.objects.get()


def only_notice_state() -> str:
    (state,) = set(Notice.objects.values_list("state", flat=True))
    return state


def ask(at=None):
    return receipts.ask(lambda: at or later(hours=1))


def tell(client, notify, token="a-token-that-only-notify-and-we-know", **changed):
    """Notify's receipt about the newest mail, by its callback."""
    said = notify.receipt_of(notify.kept[-1]) | changed
    headers = {"authorization": f"Bearer {token}"}
    return client.post("/notify/callback/", json.dumps(said), content_type="application/json", headers=headers)


# --- Handed over ---------------------------------------------------------------------------------------------


def test_accepted(cast, notify):
    action(cast, what="Recruit – now")
    assert run() == delivery.Outcome(sent=1)
    (taken,) = notify.kept
    mail = only_mail()
    assert (taken["email_address"], taken["subject"]) == (cast.amira.email, mail.subject)
    assert "Recruit – now" in taken["body"]
    assert taken["reference"] == mail.message_id.strip("<>")
    assert (mail.state, mail.sender, mail.remote_id) == ("sent", "notify", taken["id"])
    assert only_notice_state() == "sent", "accepted is not delivered"


def test_one_click_is_enough_to_get_no_more_of_it(cast, notify, settings):
    settings.BASE_URL = "https://track.example"
    action(cast)
    run()
    assert notify.kept[0]["one_click_unsubscribe_url"].startswith("https://track.example/")


def test_what_people_wrote_makes_no_hidden_link_and_underlined_lines_are_headings():
    text = "Overdue\n-------\n\nSee [the plan](https://elsewhere.example)\n    not code\n"
    assert body_of(text) == "# Overdue\n\nSee [the plan] (https://elsewhere.example)\nnot code"


@pytest.mark.parametrize("fault", ["keep and hang up", "keep and fail"])
def test_taken_but_the_answer_was_lost_so_the_second_try_finds_it(cast, notify, fault):
    action(cast)
    notify.faults.append(fault)
    assert run().put_off == 1
    assert only_mail().error.startswith("It may have arrived")
    assert send(later(minutes=2)) == delivery.Outcome(sent=1), "and it is no repeat"
    assert len(notify.kept) == 1
    assert (only_mail().remote_id, only_mail().error) == (notify.kept[0]["id"], "")


def test_killed_between_sending_and_recording(cast, notify, monkeypatch):
    action(cast)

    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("tracker.reminders.handing_over.settle", killed)
        with pytest.raises(KeyboardInterrupt):
            run()
    assert (only_mail().state, only_mail().tried, len(notify.kept)) == ("claimed", 1, 1)
    assert send(later(minutes=1)).sent == 0, "it may still be on its way"
    assert send(later(minutes=10)) == delivery.Outcome(sent=1)
    assert len(notify.kept) == 1
    assert only_mail().error == ""


def test_the_connection_broke_before_it_got_there(cast, notify):
    action(cast)
    notify.faults.append("hang up")
    outcome = run()
    assert outcome.put_off == 1 and outcome.stopped.startswith("GOV.UK Notify did not answer")
    assert send(later(minutes=2)) == delivery.Outcome(sent=1)
    assert len(notify.kept) == 1
    assert notify.asked == ["POST /v2/notifications/email", "GET /v2/notifications", "POST /v2/notifications/email"]


def test_asking_breaks_off_too_and_it_stays_in_doubt(cast, notify):
    action(cast)
    notify.faults.extend(["keep and hang up", "hang up"])
    run()
    assert send(later(minutes=2)).put_off == 1
    assert only_mail().error.startswith("It may have arrived")
    assert send(later(minutes=10)).sent == 1
    assert len(notify.kept) == 1


def test_in_doubt_and_meanwhile_it_was_done(cast, notify):
    action(cast)
    notify.faults.append("keep and hang up")
    run()
    Action.objects.update(state="claimed")
    assert send(later(minutes=2)).sent == 1, "it did go out, and the ledger says so"
    assert len(notify.kept) == 1


@pytest.mark.parametrize(("fault", "arrived"), [("keep and hang up", True), ("hang up", False)])
def test_in_doubt_and_meanwhile_it_is_another_day(cast, notify, fault, arrived):
    """Asked for; what it does not have goes with the mail of that day, and not beside it."""
    action(cast)
    notify.faults.append(fault)
    run()
    assert send(later(days=3)).sent == arrived
    assert only_mail().state == ("sent" if arrived else "failed")
    assert send(later(days=3, minutes=1)).sent == (not arrived)
    assert len(notify.kept) == 1


def test_in_doubt_not_there_and_meanwhile_it_was_done(cast, notify):
    action(cast)
    notify.faults.append("hang up")
    run()
    Action.objects.update(state="claimed")
    assert send(later(minutes=2)).failed == 1
    assert (only_mail().error, notify.kept) == (delivery.TOO_LATE, [])


def test_first_by_smtp_without_an_answer_then_by_notify_is_a_repeat_and_marked(cast, notify):
    action(cast)
    run()
    Mail.objects.update(state="claimed", sent_at=None, tried=1, sender="email", try_after=NOW, error="")
    Notice.objects.update(state="claimed")
    assert send(later(minutes=10)).repeated == 1
    assert only_mail().error == delivery.REPEATED


# --- Errors --------------------------------------------------------------------------------------------------


def test_too_many_a_minute_stops_the_run_and_goes_on_later(cast, notify):
    step = action(cast)
    action(cast, follow_up=step.follow_ups.get(), owner=cast.omar)
    notify.faults.append(RATE)
    outcome = run()
    assert (outcome.put_off, outcome.sent) == (1, 0)
    assert outcome.stopped.startswith("GOV.UK Notify takes no more for now: RateLimitError")
    assert len(notify.asked) == 1, "the others would meet the same"
    assert send(later(minutes=2)).sent == 2


def test_too_many_a_day_goes_on_the_next_day(cast, notify):
    action(cast)
    notify.most_a_day = 0
    assert "TooManyRequestsError" in run().stopped
    notify.most_a_day = 250_000
    send(later(days=1))
    assert send(later(days=1, minutes=1)).sent == 1
    assert len(notify.kept) == 1


def test_a_wrong_key_says_so_and_waits_for_as_long_as_it_takes(cast, notify, settings):
    action(cast, 30)
    right, settings.NOTIFY_API_KEY = settings.NOTIFY_API_KEY, settings.NOTIFY_API_KEY[:-1] + "1"
    outcome = run()
    assert outcome.trouble and "Check NOTIFY_API_KEY" in outcome.stopped
    send(later(days=3))
    assert send(later(days=3, minutes=1)).put_off == 1, "what is wrong with us is no reason to give a mail up"
    settings.NOTIFY_API_KEY = right
    send(later(days=5))
    assert send(later(days=5, minutes=1)).sent == 1


@pytest.mark.parametrize(
    ("setting", "value"), [("NOTIFY_API_KEY", ""), ("NOTIFY_API_KEY", "half-a-key"), ("NOTIFY_TEMPLATE_ID", "")]
)
def test_not_set_up(cast, notify, settings, setting, value):
    setattr(settings, setting, value)
    action(cast)
    assert setting in run().stopped
    assert not Mail.objects.exists(), "nothing is claimed: it simply waits"


def test_a_template_with_other_fields_says_so(cast, notify):
    notify.placeholders = ("subject", "body", "name")
    action(cast)
    assert run().put_off == 1
    assert "Missing personalisation: name" in only_mail().error and "((subject)) and ((body))" in only_mail().error
    assert not StoppedAddress.objects.exists()


def test_a_team_key_reaches_the_team_only(cast, notify):
    notify.guests = set()
    action(cast)
    assert run().put_off == 1
    assert "team-only" in only_mail().error


def test_an_address_that_notify_refuses_is_stopped(cast, notify):
    cast.amira.email = "amira@nowhere"
    cast.amira.save()
    action(cast)
    assert run().failed == 1
    assert only_mail().error.startswith("GOV.UK Notify refused the address: ValidationError")
    assert StoppedAddress.objects.get().address == "amira@nowhere"


@pytest.mark.parametrize("status", [500, 502, 503])
def test_notify_is_out_of_order_for_a_while(cast, notify, status):
    action(cast)
    notify.faults.append(Refused(status, "Exception", "Internal server error"))
    assert run().put_off == 1
    assert send(later(minutes=2)).sent == 1
    assert len(notify.kept) == 1


def test_the_address_for_smoke_tests_is_answered_and_never_kept(cast, notify):
    cast.amira.email = "simulate-delivered@notifications.service.gov.uk"
    cast.amira.save()
    action(cast)
    assert run().sent == 1
    outcome = ask()
    assert (outcome.asked, outcome.settled, only_mail().state) == (1, 0, "sent")


# --- What became of it ---------------------------------------------------------------------------------------


def test_delivered_by_callback(cast, notify, client):
    action(cast)
    run()
    notify.settle()
    assert tell(client, notify).text == "noted\n"
    mail = only_mail()
    assert (mail.state, mail.ask_after, only_notice_state()) == ("delivered", None, "delivered")
    assert tell(client, notify).text == "nothing to note\n", "told twice"
    assert tell(client, notify, status="permanent-failure").text == "nothing to note\n"
    assert not StoppedAddress.objects.exists()


def test_delivered_when_asked(cast, notify):
    action(cast)
    run()
    assert ask(later(minutes=5)) == receipts.Outcome(), "it is given time to tell by itself"
    assert (ask().settled, only_mail().state) == (0, "sent")
    first = only_mail().ask_after
    notify.settle()
    assert ask(first).settled == 1
    assert (only_mail().state, only_mail().delivered_at, only_notice_state()) == ("delivered", first, "delivered")


def test_never_settled_is_asked_about_for_four_days(cast, notify):
    action(cast)
    run()
    moment, times = NOW, 0
    while (then := only_mail().ask_after) is not None:
        assert then > moment
        moment, times = then, times + 1
        ask(moment)
    assert 5 < times < 15
    assert only_mail().state == "sent"


def test_a_callback_before_our_own_record(cast, notify, client):
    action(cast)
    notify.faults.append("keep and hang up")
    run()
    notify.settle()
    assert tell(client, notify).text == "noted\n"
    assert (only_mail().state, only_notice_state()) == ("delivered", "delivered")
    assert send(later(hours=1)) == delivery.Outcome()


@pytest.mark.parametrize("status", ["temporary-failure", "technical-failure"])
def test_given_back_is_sent_anew_twice_and_then_given_up(cast, notify, status):
    action(cast, 30)
    run()
    for number in (1, 2):
        notify.settle(status)
        moment = only_mail().ask_after
        assert ask(moment).settled == 1
        mail = only_mail()
        assert (mail.state, mail.returned, only_notice_state()) == ("claimed", number, "claimed")
        assert mail.error.startswith("Not taken yet. GOV.UK Notify could not")
        assert send(mail.try_after) == delivery.Outcome(sent=1)
    assert [one["reference"][-2:] for one in notify.kept[1:]] == ["#1", "#2"]
    notify.settle(status)
    assert ask(only_mail().ask_after).settled == 1
    assert (only_mail().state, only_notice_state()) == ("failed", "failed")
    assert not StoppedAddress.objects.exists(), "a full mailbox is no wrong address"


def test_a_late_receipt_of_the_earlier_try_does_nothing(cast, notify, client):
    action(cast)
    run()
    notify.settle("temporary-failure")
    assert tell(client, notify).text == "noted\n"
    assert tell(client, notify).text == "nothing to note\n"
    assert only_mail().returned == 1


def test_given_back_and_meanwhile_it_was_done(cast, notify, client):
    action(cast)
    run()
    notify.settle("temporary-failure")
    tell(client, notify)
    Action.objects.update(state="claimed")
    send(only_mail().try_after)
    assert (only_mail().state, len(notify.kept)) == ("failed", 1)


def test_an_address_that_does_not_exist_is_stopped(cast, notify, client):
    cast.omar.email = "perm-fail@simulator.notify"
    cast.omar.save()
    action(cast, owner=cast.omar)
    run()
    notify.settle()
    assert tell(client, notify).text == "noted\n"
    assert (only_mail().state, only_notice_state()) == ("failed", "failed")
    assert StoppedAddress.objects.get().mail == only_mail()
    assert Event.objects.get(deed="address_stopped").subject_id == cast.omar.pk
    assert run(later(hours=1)).sent == 1
    assert notify.kept[-1]["email_address"] == cast.amira.email, "the head of the place answers for it now"


def test_not_now_at_the_address_for_that(cast, notify):
    cast.amira.email = "temp-fail@simulator.notify"
    cast.amira.save()
    action(cast)
    run()
    notify.settle()
    assert ask().settled == 1
    assert only_mail().returned == 1


# --- The callback's address ----------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "another", "a-token-that-only-notify-and-we-kno", "é"])
def test_nobody_else_may_tell(cast, notify, client, token):
    action(cast)
    run()
    notify.settle()
    assert tell(client, notify, token).status_code == 403
    assert only_mail().state == "sent"


def test_without_a_token_of_ours_nobody_may_tell(cast, notify, client, settings):
    action(cast)
    run()
    settings.NOTIFY_CALLBACK_TOKEN = ""
    assert tell(client, notify, "").status_code == 403


def test_it_needs_no_session_and_no_form_token(cast, notify):
    from django.test import Client

    action(cast)
    run()
    notify.settle()
    assert tell(Client(enforce_csrf_checks=True), notify).status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"3", b"{}", b"\xff", b'{"reference": "a", "id": "b"}', b"[" * 9000, b" " * 10_001,
     b'{"reference": 3, "id": "b", "status": "delivered"}', b'{"reference": "\\u0000", "id": "b", "status": "c"}',
     b'{"reference": "\\ud800", "id": "b", "status": "delivered"}', b'{"reference": "a", "id": null, "status": "c"}'],
    ids=lambda body: body[:20].decode(errors="replace"),
)  # fmt: skip
def test_what_is_no_receipt_is_refused(notify, client, body):
    headers = {"authorization": "Bearer a-token-that-only-notify-and-we-know"}
    answer = client.post("/notify/callback/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "changed",
    [{"reference": "digest.1@elsewhere"}, {"reference": None}, {"status": "sending"}, {"status": "nonsense"},
     {"id": "another"}],
)  # fmt: skip
def test_what_is_not_known_here_changes_nothing(cast, notify, client, changed):
    action(cast)
    run()
    notify.settle()
    answer = tell(client, notify, **changed)
    assert (answer.status_code, answer.text) == (200, "nothing to note\n")
    assert only_mail().state == "sent"


def test_only_post(notify, client):
    headers = {"authorization": "Bearer a-token-that-only-notify-and-we-know"}
    assert client.get("/notify/callback/", headers=headers).status_code == 405


# --- What Django sends by itself ------------------------------------------------------------------------------


def test_the_link_for_a_new_password_goes_by_notify_too(notify, settings):
    settings.EMAIL_BACKEND = "tracker.reminders.notify.Backend"
    assert send_mail("A new password", "Choose it here.", None, ["amira@probation.example"]) == 1
    assert notify.kept[0]["subject"] == "A new password"
    notify.faults.append(RATE)
    with pytest.raises(OSError, match="takes no more for now"):
        send_mail("A new password", "Choose it here.", None, ["amira@probation.example"])
