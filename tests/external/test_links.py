"""The link in the mail: what it shows, what it saves, and when it stops."""

import datetime as dt
import logging
import uuid

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.cast import NOW, TODAY
from tests.reminders.scenes import action, send
from tracker.journal.models import Event
from tracker.people import operations as people
from tracker.plans import external, operations, verifying
from tracker.plans.models import Action, Update, UpdateLink
from tracker.refusals import Refusal
from tracker.reminders.digest import compose
from tracker.reminders.items import Due
from tracker.reminders.models import Mail
from tracker.reminders.rules import OWNER, Told

from .conftest import fresh, links_in, mails_to, unknown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_tries_before")]
SIX_ROOMS = {"done": "Six rooms are ready.", "confidence": "on_track", "next_step": "The other fourteen"}


def typed(**more):
    return SIX_ROOMS | {"key": str(uuid.uuid4())} | more


def everything():
    return [list(model.objects.order_by("pk").values()) for model in (Action, Update, UpdateLink, Event, Mail)]


def test_amira_names_grace_and_grace_answers_without_an_account(cast, client, now):
    step = action(cast, 10, owner=cast.omar, what="Offer 20 rooms to people who leave prison")
    operations.post_update(step, "Omar's own note", confidence="at_risk", next_step="His plan", by=cast.omar, at=NOW)
    client.force_login(cast.amira)
    page = reverse("name_external", args=[step.pk])
    for way in ("reassign_action", "edit_action", "action"):
        assert page in client.get(reverse(way, args=[step.pk])).text
    answer = client.post(page, {
        "first_name": "Grace", "last_name": "Obi", "works_for": "Crown Lodge Housing", "part": "owner",
        "email": "grace.obi@crownlodge.example", "seen": fresh(step).version, "key": str(uuid.uuid4()),
    }, follow=True)  # fmt: skip
    assert "Grace Obi, Crown Lodge Housing now owns" in answer.text
    assert "comes with the first mail" in answer.text

    call_command("sweep", "--now")
    (message,) = [one for one in mail.outbox if one.to == ["grace.obi@crownlodge.example"]]
    (link,) = links_in(message)
    assert "You own this action for HFKCW." in message.body
    assert "Amira Khan, amira.khan@probation.example" in " ".join(message.body.split())
    assert "sign in" not in message.body.lower() and f"/actions/{step.pk}/" not in message.body
    assert link in message.alternatives[0].content and 'http://127.0.0.1:8000/"' not in message.alternatives[0].content
    (kept,) = UpdateLink.objects.all()
    assert kept.token_hash not in link and link.split("/")[2] not in str(vars(kept))
    assert kept.expires_at - kept.made_at == dt.timedelta(days=60)

    before, scanner = everything(), Client()
    for _ in range(5):
        shown = scanner.get(link)
        assert shown.status_code == scanner.head(link).status_code == 200
    assert everything() == before
    assert "Offer 20 rooms" in shown.text and "Crown Lodge Housing" in shown.text
    assert "Omar" not in shown.text and "His plan" not in shown.text
    assert (shown["Referrer-Policy"], "no-store" in shown["Cache-Control"]) == ("no-referrer", True)
    assert "noindex" in shown["X-Robots-Tag"]

    grace, form = Client(enforce_csrf_checks=True), typed()
    saved = grace.post(link, form, headers={"origin": "null"})
    assert (saved.status_code, saved["Location"]) == (302, link)
    assert "no-store" in saved["Cache-Control"]
    thanks = grace.get(link).text
    assert "Your update is saved" in thanks and "Six rooms are ready." in thanks
    assert grace.post(link, form).status_code == 302
    assert Update.objects.filter(done="Six rooms are ready.").count() == 1
    assert Event.objects.filter(deed="update_posted", actor__external=True).count() == 1
    update = Update.objects.get(done="Six rooms are ready.")
    assert (update.by.email, fresh(step).state) == ("grace.obi@crownlodge.example", "in_progress")

    timeline = client.get(reverse("action_timeline", args=[step.pk])).text
    assert "Grace Obi" in timeline and "From the address: grace.obi@crownlodge.example" in timeline
    page = client.get(reverse("action", args=[step.pk])).text
    assert "Last used on 20 November 2026 at 9:30am" in page and "Revoke the link" in page


def test_what_is_wrong_is_said_and_what_was_typed_stays(address, client):
    answer = client.post(address, typed(confidence="", done="Six rooms"))
    assert answer.status_code == 422
    assert "Choose how sure you are of the date" in answer.text and "Six rooms" in answer.text
    assert not Update.objects.filter(by__external=True).exists()


def test_one_answer_for_a_link_that_never_was_is_revoked_or_has_expired(cast, step, grace, address, client, now):
    never = client.get(unknown())
    external.revoke_links(fresh(step), grace, by=cast.amira, at=NOW)
    revoked = client.get(address)
    UpdateLink.objects.update(revoked_at=None, revoked_by=None)
    assert client.get(address).status_code == 200
    now(NOW + dt.timedelta(days=60))
    expired = client.get(address)
    assert {one.status_code for one in (never, revoked, expired)} == {404}
    assert never.text == revoked.text == expired.text
    assert never["Cache-Control"] == revoked["Cache-Control"]
    assert "Amira" not in never.text and "Offer 20 rooms" not in expired.text


def test_what_was_typed_into_a_link_that_died_meanwhile_is_given_back(cast, step, grace, address, client, now):
    now(NOW + dt.timedelta(days=60))
    answer = client.post(address, typed())
    assert answer.status_code == 409
    assert "Six rooms are ready." in answer.text and "On track" in answer.text
    assert "Write to Amira Khan" in answer.text and "amira.khan@probation.example" in answer.text
    answer = client.post(unknown(), typed())
    assert answer.status_code == 404
    assert "Six rooms are ready." in answer.text and "Amira" not in answer.text
    assert not Update.objects.filter(by=grace).exists()


def test_a_link_is_revoked_by_a_lead_on_the_page(cast, step, grace, address, client, now):
    lead = Client()
    lead.force_login(cast.amira)
    page, about = reverse("revoke_links", args=[step.pk]), {"person": grace.pk, "key": str(uuid.uuid4())}
    assert client.post(page, about).status_code == 302 and client.get(address).status_code == 200, "who is signed out"
    assert lead.get(page).status_code == 405
    for _ in range(2):
        assert lead.post(page, about).status_code == 302
    assert client.get(address).status_code == 404
    assert Event.objects.filter(deed="links_revoked", actor=cast.amira).count() == 1
    assert "Has no link that works" in lead.get(reverse("action", args=[step.pk])).text
    contributor = Client()
    contributor.force_login(cast.ivy)
    assert contributor.post(page, about).status_code == 403


def test_asked_again_she_gets_a_new_link_and_the_earlier_one_still_works(cast, step, grace, address, client, now):
    lead, key = Client(), str(uuid.uuid4())
    lead.force_login(cast.amira)
    for _ in range(2):
        answer = lead.post(reverse("ask_external", args=[step.pk]), {"person": grace.pk, "key": key})
        assert answer.status_code == 302
    with pytest.raises(Refusal, match="asked already"):
        external.ask_external(fresh(step), grace, key=uuid.uuid4(), by=cast.amira, at=NOW)
    mail.outbox.clear()
    send()
    (message,) = mails_to(grace)
    assert "Your update is asked for" in message.body
    (newer,) = links_in(message)
    assert newer != address
    assert client.get(newer).status_code == client.get(address).status_code == 200
    assert Event.objects.filter(deed="update_asked").count() == 1


def test_a_helper_is_asked_by_mail_too(cast, step, name, now):
    helper = name(step, helps=True)
    mail.outbox.clear()
    send()
    (message,) = mails_to(helper)
    assert "You help with this action for HFKCW." in message.body
    assert Client().post(links_in(message)[0], typed()).status_code == 302


def test_a_forwarded_link_reaches_no_other_action(cast, step, grace, name, address, client):
    other = action(cast, 12, follow_up=step.follow_ups.get(), what="Another of hers")
    name(other)
    key = str(uuid.uuid4())
    operations.post_update(fresh(other), "Of the other", confidence="on_track", key=key, by=grace, at=NOW)
    shown = client.get(address)
    assert "Another of hers" not in shown.text and "Of the other" not in shown.text
    answer = client.post(f"{address}?action={other.pk}", typed(action=other.pk, pk=other.pk))
    assert answer.status_code == 302
    assert [one.action_id for one in Update.objects.filter(done=SIX_ROOMS["done"])] == [step.pk]
    assert client.post(address, typed(key=key)).status_code == 409, "a key of another action's form"
    assert client.get(reverse("action", args=[step.pk])).status_code == 302


@pytest.mark.parametrize(
    ("state", "words"),
    [("claimed", "reported as complete"), ("verified", "it is done"), ("cancelled", "was given up")],
)
def test_when_the_action_is_over_the_link_says_so_kindly(step, grace, address, client, state, words):
    Action.objects.filter(pk=step.pk).update(state=state)
    answer = client.get(address)
    assert answer.status_code == 200 and words in answer.text
    answer = client.post(address, typed())
    assert answer.status_code == 409 and "Six rooms are ready." in answer.text and "Write to Amira Khan" in answer.text


def test_sent_back_the_link_works_again(cast, step, grace, address, client):
    row = fresh(step)
    verifying.claim(row, "All are there.", seen_version=row.version, by=cast.amira, at=NOW)
    assert "reported as complete" in client.get(address).text
    row = fresh(step)
    verifying.send_back(row, "insufficient", "A note for HFKCW only", seen_version=row.version, by=cast.ivy, at=NOW)
    answer = client.get(address)
    assert "Your update" in answer.text and "A note for HFKCW only" not in answer.text


def test_who_has_no_part_any_more_is_thanked(cast, step, grace, address, client):
    row = fresh(step)
    operations.reassign(row, owner_person=cast.omar, seen_version=row.version, by=cast.amira, at=NOW)
    answer = client.get(address)
    assert "Somebody else looks after this now" in answer.text and "Offer 20 rooms" not in answer.text
    assert client.post(address, typed()).status_code == 409
    assert not Update.objects.filter(by=grace).exists()


def test_whoever_is_switched_off_has_no_link(cast, step, grace, address, client):
    people.switch_off(grace, by=cast.ada, at=NOW)
    assert client.get(address).status_code == 404


def test_revoked_between_form_and_press(cast, step, grace, address, monkeypatch, client):
    """The last look is taken inside the deed."""
    first = external.opened

    def revoked_meanwhile(token, at, *, lock=False):
        if lock:
            external.revoke_links(fresh(step), grace, by=cast.amira, at=NOW)
        return first(token, at, lock=lock)

    monkeypatch.setattr(external, "opened", revoked_meanwhile)
    answer = client.post(address, typed())
    assert answer.status_code == 409 and "Six rooms are ready." in answer.text
    assert not Update.objects.filter(by=grace).exists()


def test_who_tries_tokens_is_held_back(address, client):
    for _ in range(30):
        assert client.get(unknown()).status_code == 404
    assert client.get(unknown()).status_code == 429
    assert client.get(address).status_code == 429, "also where one is right"
    assert client.get(address, REMOTE_ADDR="192.0.2.7").status_code == 200, "others are not"
    assert "Six rooms are ready." in client.post(address, typed()).text, "what was typed is given back"


def test_behind_a_proxy_it_is_who_stands_beyond_it_that_is_held_back(address, client, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    scanner, office = {"X-Forwarded-For": "192.0.2.7"}, {"X-Forwarded-For": "192.0.2.8"}
    for n in range(31):
        answer = client.get(
            unknown(), headers={"X-Forwarded-For": f"10.0.0.{n}, 192.0.2.7"}
        )  # the first is its own word
    assert answer.status_code == 429
    assert [client.get(address, headers=who).status_code for who in (scanner, office)] == [429, 200]


def test_one_address_posts_so_often_and_not_more(grace, address, client):
    def post(n):
        return client.post(address, typed(done=f"{n} rooms are ready."), REMOTE_ADDR=f"192.0.2.{n}")

    answers = [post(n).status_code for n in range(11)]
    assert answers == [302] * 10 + [429]
    assert Update.objects.filter(by=grace).count() == 10


def test_whoever_goes_back_and_sends_the_same_words_again_has_said_them_once(grace, address, client):
    assert [client.post(address, typed()).status_code for _ in range(2)] == [302, 302]
    assert Update.objects.filter(by=grace).count() == 1


def test_one_network_posts_so_often_and_not_more(cast, step, name, address, client, monkeypatch):
    monkeypatch.setattr("tracker.plans.external_views.MOST_OF_NETWORK", 3)
    assert [client.post(address, typed()).status_code for _ in range(4)] == [302, 302, 302, 429]


def test_what_was_sent_shows_no_live_link(cast, grace, address, client):
    client.force_login(cast.ada)
    one = Mail.objects.get(recipient=grace)
    token = address.split("/")[2]
    assert token in one.text and token in one.html
    for page in ("mail", "mail_html"):
        shown = client.get(reverse(page, args=[one.pk])).text
        assert token not in shown and "/update/..." in shown


def test_no_log_holds_a_live_link(address, client, caplog):
    from tracker import settings
    from tracker.secret_addresses import Masked

    with caplog.at_level(logging.WARNING, "django.request"):
        client.post(address, typed(confidence=""))
    (record,) = [one for one in caplog.records if one.name == "django.request"]
    Masked().filter(record)
    assert record.getMessage() == "Unprocessable Entity: /update/.../"
    assert settings.LOGGING["handlers"]["stderr"]["filters"] == ["masked"]


def test_a_preview_makes_no_link(cast, step, grace):
    due = Due("action", step.pk, (("action_due", Told(grace.pk, OWNER)),))
    letter = compose(grace, [due], TODAY)
    assert "/update/.../" in letter.text and not UpdateLink.objects.exists()


def test_the_page_asks_few_queries(cast, step, grace, address, client):
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    assert len(queries) <= 5
    client.force_login(cast.amira)
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("action", args=[step.pk]))
    assert len(queries) <= 17
