"""A token is made by its person, shown once, works until its day, and can be taken back by two kinds of people."""

import datetime as dt
import re
import uuid

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from tests.cast import NOW, TODAY
from tracker.api.models import ApiToken
from tracker.api.operations import MOST, make_token, revoke_token
from tracker.journal.models import Event
from tracker.people.models import Cover
from tracker.people.operations import switch_off, switch_on
from tracker.refusals import NotAllowed, Refusal

from .conftest import Program

pytestmark = pytest.mark.django_db


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


def status(text) -> int:
    return Program(text).get("/api/organisations/").status_code


def made_by(person, at=None) -> tuple[ApiToken, str]:
    return make_token("Weekly readings", 30, by=person, at=at or timezone.now())


# ---- making one ----


def test_omar_makes_a_token_sees_it_once_and_it_works(cast):
    client = signed_in(cast.omar)
    key = str(uuid.uuid4())
    given = {"deed": "make", "name": "Weekly readings", "days": "30", "key": key}
    answer = client.post("/account/tokens/", given)
    text = re.search(r"tir_[\w-]{43}", answer.text)[0]
    assert "no-store" in answer.headers["Cache-Control"]
    assert status(text) == 200
    again = client.post("/account/tokens/", given)
    assert "was made already" in again.text and "tir_" not in again.text
    assert "tir_" not in client.get("/account/tokens/").text
    token = ApiToken.objects.get()
    assert text not in str(vars(token)), "only a hash is kept"
    event = Event.objects.get(deed="token_made")
    assert (event.actor, event.after["name"]) == (cast.omar, "Weekly readings")
    assert text not in str(vars(event))


@pytest.mark.parametrize("given", [{"name": ""}, {"days": "9999"}, {"days": ""}, {"name": "x" * 101}])
def test_a_token_says_what_it_is_for_and_how_long(cast, given):
    data = {"deed": "make", "name": "Sheet", "days": "30", "key": str(uuid.uuid4())} | given
    answer = signed_in(cast.omar).post("/account/tokens/", data)
    assert answer.status_code == 422 and "There is a problem" in answer.text
    assert not ApiToken.objects.exists()


def test_nobody_has_more_tokens_than_they_can_look_after(cast):
    for _ in range(MOST):
        made_by(cast.omar)
    with pytest.raises(Refusal, match="Revoke one"):
        made_by(cast.omar)
    revoke_token(ApiToken.objects.first(), by=cast.omar, at=NOW)
    assert made_by(cast.omar)


def test_the_database_knows_what_a_token_is(cast):
    token, _ = made_by(cast.omar)
    for wrong in ({"name": ""}, {"revoked_at": NOW}, {"revoked_by": cast.ada}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ApiToken.objects.filter(pk=token.pk).update(**wrong)


# ---- what does not work ----


def test_without_a_token_or_with_a_wrong_one_there_is_nothing(cast):
    for text in ("", "tir_wrong", "tir_" + "x" * 43, "ü"):
        answer = Program(text).get("/api/organisations/")
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
        assert set(answer.json()) == {"error", "where", "mistakes", "version"}


def test_a_session_opens_nothing(cast):
    client = signed_in(cast.ivy)
    assert client.get("/api/organisations/").status_code == 401
    assert client.post("/api/actions/1/updates/", {}, content_type="application/json").status_code == 401


def test_a_token_opens_no_page_and_starts_no_session(cast):
    _, text = made_by(cast.ivy)
    client = Client(headers={"Authorization": f"Bearer {text}"})
    assert client.get("/account/tokens/").status_code == 302
    assert client.get("/api/organisations/").status_code == 200
    assert settings.SESSION_COOKIE_NAME not in client.cookies and SESSION_KEY not in client.session


def test_an_expired_token_says_so(cast):
    today = timezone.localdate()
    _, text = made_by(cast.omar)
    ApiToken.objects.update(expires_on=today)
    assert status(text) == 200, "its last day"
    ApiToken.objects.update(expires_on=today - dt.timedelta(days=1))
    answer = Program(text).get("/api/organisations/")
    assert (answer.status_code, answer.json()["error"]) == (401, "This token has expired.")


def test_the_token_of_an_account_that_is_switched_off_does_not_work(cast):
    _, text = made_by(cast.omar)
    switch_off(cast.omar, by=cast.ada, at=NOW)
    assert status(text) == 401
    switch_on(cast.omar, by=cast.ada, at=NOW)
    assert status(text) == 200


def test_rights_are_those_of_the_day_not_of_the_making(cast, report):
    amira = Program(made_by(cast.amira)[1])
    assert amira.get("/api/recommendations/").json()["count"] == 4
    cast.amira.memberships.all().delete()
    cast.amira.posts.update(holder=None, vacant_since=TODAY)
    assert amira.get("/api/recommendations/").json()["count"] == 0


# ---- taking it back ----


def test_omar_revokes_his_token_and_it_opens_nothing_any_more(cast):
    token, text = made_by(cast.omar)
    client = signed_in(cast.omar)
    for _ in range(2):
        assert client.post("/account/tokens/", {"deed": "revoke", "token": token.pk}).status_code == 302
    assert status(text) == 401
    assert Event.objects.filter(deed="token_revoked", actor=cast.omar).count() == 1
    assert "Revoked on" in client.get("/account/tokens/").text


def test_ada_revokes_the_token_of_somebody_else_and_makes_none_for_them(cast):
    token, text = made_by(cast.omar)
    client, address = signed_in(cast.ada), f"/people/{cast.omar.pk}/tokens/"
    assert "Weekly readings" in client.get(address).text
    assert f"/people/{cast.omar.pk}/tokens/" in client.get(f"/people/{cast.omar.pk}/").text
    given = {"deed": "make", "name": "Mine", "days": "30", "key": str(uuid.uuid4())}
    assert client.post(address, given).status_code == 403
    assert client.post(address, {"deed": "revoke", "token": token.pk}).status_code == 302
    assert status(text) == 401
    assert (token_now := ApiToken.objects.get()).revoked_by == cast.ada and token_now.revoked_at


def test_nobody_else_revokes_it_not_even_who_stands_in(cast):
    token, text = made_by(cast.amira)
    today = timezone.localdate()
    Cover.objects.create(
        person=cast.amira, stand_in=cast.rosa, starts=today, ends=today, named_by=cast.amira, named_at=NOW
    )
    rosa = cast.person("rosa")
    rosa.acting_on = today
    for who in (rosa, cast.ivy):
        with pytest.raises(NotAllowed):
            revoke_token(token, by=who, at=NOW)
        client = signed_in(who)
        assert client.post("/account/tokens/", {"deed": "revoke", "token": token.pk}).status_code == 404
        assert client.get(f"/people/{cast.amira.pk}/tokens/").status_code == 403
    assert status(text) == 200


# ---- use ----


def test_the_day_of_its_last_use_is_shown_and_written_once_a_day(cast, django_assert_num_queries):
    token, text = made_by(cast.omar)
    client = signed_in(cast.omar)
    assert "Never used" in client.get("/account/tokens/").text
    status(text)
    token.refresh_from_db()
    assert token.last_used_on == timezone.localdate()
    assert "Last used on" in client.get("/account/tokens/").text


def test_who_asks_too_often_waits_and_is_told_how_long(cast, monkeypatch):
    monkeypatch.setattr("rest_framework.throttling.UserRateThrottle.rate", "2/minute", raising=False)
    cache.clear()
    program = Program(made_by(cast.omar)[1])
    assert [program.get("/api/organisations/").status_code for _ in range(3)] == [200, 200, 429]
    answer = program.get("/api/organisations/")
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json()["error"].startswith("Too many requests. Ask again in ")
    assert Program(made_by(cast.omar)[1]).get("/api/organisations/").status_code == 429, "one limit for one person"
    assert Program(made_by(cast.ivy)[1]).get("/api/organisations/").status_code == 200
