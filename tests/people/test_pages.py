"""Signing in, and the administrator's pages for people and posts."""

import re

import pytest
from django.core import mail

from tests.cast import PASSWORD
from tracker.people.models import Post, User

pytestmark = pytest.mark.django_db


def test_amira_signs_in_with_her_address_in_any_case(cast, client):
    answer = client.post("/account/login/", {"login": "Amira.Khan@Probation.Example", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_a_wrong_password_says_so_and_keeps_the_address(cast, client):
    page = client.post("/account/login/", {"login": "amira.khan@probation.example", "password": "wrong"})
    text = page.content.decode()
    assert "There is a problem" in text
    assert 'value="amira.khan@probation.example"' in text


def test_after_five_wrong_passwords_the_address_is_held_back(cast, client):
    for _ in range(6):
        page = client.post("/account/login/", {"login": "amira.khan@probation.example", "password": "wrong"})
    assert "Too many" in page.content.decode()
    page = client.post("/account/login/", {"login": "amira.khan@probation.example", "password": PASSWORD})
    assert page.status_code != 302


def test_a_leaver_cannot_sign_in(cast, client):
    User.objects.filter(pk=cast.ben.pk).update(is_active=False)
    answer = client.post("/account/login/", {"login": cast.ben.email, "password": PASSWORD}, follow=True)
    assert not answer.context or "switched off" in answer.content.decode() or "problem" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_sign_up_is_closed(client):
    page = client.post("/account/signup/", {"email": "x@y.example", "password1": PASSWORD, "password2": PASSWORD})
    assert "You cannot add yourself" in page.content.decode()
    assert not User.objects.filter(email="x@y.example").exists()


def test_an_invited_person_chooses_a_password_by_the_link_and_signs_in(cast, client):
    client.force_login(cast.ada)
    client.post(
        "/people/new/",
        {
            "first_name": "Zoe", "last_name": "Lane", "email": "zoe@probation.example", "role": "lead",
            "organisation": cast.lambeth.pk,
        },
    )  # fmt: skip
    client.logout()
    [letter] = mail.outbox
    assert letter.subject == "Choose a password for Track inspection recommendations"
    link = re.search(r"https?://[^/]+(/\S+)", letter.body)[1]
    page = client.get(link, follow=True)
    assert "Choose a new password" in page.content.decode()
    where = page.redirect_chain[-1][0]
    client.post(where, {"password1": "three-quiet-words", "password2": "three-quiet-words"})
    answer = client.post("/account/login/", {"login": "zoe@probation.example", "password": "three-quiet-words"})
    assert answer.status_code == 302
    assert "This link no longer works" in client.get(link, follow=True).content.decode()


def test_an_invitation_that_the_mail_server_refuses_is_said_and_the_person_is_added(cast, client, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1", 9,
    )  # fmt: skip
    client.force_login(cast.ada)
    page = client.post(
        "/people/new/",
        {"first_name": "Zoe", "last_name": "Lane", "email": "zoe@probation.example", "role": "inspector"},
        follow=True,
    )
    assert "the email could not be sent" in page.content.decode()
    assert User.objects.filter(email="zoe@probation.example").exists()


def test_a_strangers_address_gets_the_same_page_and_no_mail(client, db):
    answer = client.post("/account/password/reset/", {"email": "stranger@elsewhere.example"}, follow=True)
    assert "Check your email" in answer.content.decode()
    assert mail.outbox == []


def test_ada_sees_who_is_here_and_which_posts_are_vacant(cast, client):
    client.force_login(cast.ada)
    text = client.get("/people/").content.decode()
    assert "Amira Khan" in text
    assert "Senior Probation Officer, HFKCW" in text
    assert "Amira Khan" not in client.get("/people/?name=rosa").content.decode()


def test_ada_puts_omar_in_the_vacant_post(cast, client):
    client.force_login(cast.ada)
    client.post(f"/posts/{cast.spo_of_hfkcw.pk}/", {"holder": cast.omar.pk})
    assert Post.objects.get(pk=cast.spo_of_hfkcw.pk).holder == cast.omar


def test_a_role_without_its_organisation_is_explained_and_nothing_changes(cast, client):
    client.force_login(cast.ada)
    page = client.post(f"/people/{cast.ben.pk}/", {"deed": "role", "role": "lead", "organisation": ""})
    assert page.status_code == 422
    assert "Choose the organisation in which Ben Hall is lead" in page.content.decode()
    assert cast.ben.memberships.count() == 1


@pytest.mark.parametrize("address", ["/people/", "/people/new/", "/posts/", "/posts/new/", "/people/1/", "/posts/1/"])
def test_the_pages_are_the_administrators(cast, client, address):
    client.force_login(cast.amira)
    assert client.get(address).status_code == 403
