"""Who is outside, who may name them, and all that they are not."""

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from tests.cast import NOW
from tracker.journal.models import Event, Notice
from tracker.people import operations as people
from tracker.people.models import Membership, User
from tracker.people.sign_in import send_password_link
from tracker.plans import evidence, external, operations, verifying
from tracker.plans.forms import owners_to_choose
from tracker.refusals import NotAllowed, Refusal
from tracker.reminders.facts import Facts
from tracker.working_days import london_day

from .conftest import GRACE, fresh

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_tries_before")]
HOW = {"at": NOW}


def test_a_lead_names_somebody_outside_as_owner(cast, step, grace):
    step = fresh(step)
    assert (step.owner, step.owner_words) == (grace, "Grace Obi, Crown Lodge Housing")
    assert grace.external and not grace.has_usable_password()
    named, assigned = Event.objects.filter(deed__in=["external_named", "assigned"]).order_by("pk")
    assert (named.actor, named.organisation, named.after["email"]) == (cast.amira, cast.hfkcw, grace.email)
    assert assigned.after["owner_person"] == "Grace Obi"
    assert Notice.objects.filter(recipient=grace, kind="assigned").count() == 1


def test_the_same_address_is_the_same_person(cast, step, grace, name):
    again = name(step, "Gracie", "O", "Elsewhere", " GRACE.OBI@crownlodge.example ", helps=False)
    assert again == grace
    assert (again.name, again.works_for) == ("Grace Obi", "Crown Lodge Housing")
    assert Event.objects.filter(deed__in=["external_named", "assigned"]).count() == 2, "named again, nothing changed"


def test_a_helper_is_told_too(cast, step, name):
    helper = name(step, helps=True)
    assert list(step.helpers.all()) == [helper]
    assert fresh(step).owner == cast.omar
    assert Notice.objects.filter(recipient=helper, kind="update_asked").count() == 1
    assert Event.objects.filter(deed="action_changed", after={"helpers": "Grace Obi"}).count() == 1
    name(step, helps=True)
    assert Event.objects.filter(deed="action_changed").count() == 1


@pytest.mark.parametrize("who", ["omar", "ben", "rosa", "ivy", "vera", "ada"])
def test_nobody_but_a_lead_of_the_place_names_them(cast, step, name, who):
    with pytest.raises(NotAllowed):
        name(step, by=cast.person(who))
    assert not User.objects.filter(external=True).exists()


def test_an_address_with_an_account_is_not_named_from_outside(cast, step, name):
    with pytest.raises(Refusal, match="belongs to somebody with an account"):
        name(step, "Ben", "Hall", "Lambeth", cast.ben.email.upper())


def test_somebody_outside_updates_and_does_nothing_else(cast, step, grace):
    operations.post_update(fresh(step), "Six rooms", confidence="on_track", by=grace, **HOW)
    row = fresh(step)
    for deed in (
        lambda: verifying.claim(row, "Done", seen_version=row.version, by=grace, **HOW),
        lambda: evidence.add_link(row, "https://example.org/", "Rooms", by=grace, **HOW),
        lambda: operations.cancel_action(row, "No", seen_version=row.version, by=grace, **HOW),
        lambda: external.name_external(row, "A", "B", "C", "d@e.example", seen_version=row.version, by=grace, **HOW),
        lambda: external.revoke_links(row, grace, by=grace, **HOW),
    ):
        with pytest.raises(NotAllowed):
            deed()


def test_they_see_nothing_but_by_their_link(cast, step, grace):
    from tracker.alerts.models import AlertCase
    from tracker.plans.models import ActionPlan, FollowUp

    assert not FollowUp.objects.visible_to(grace).exclude(actions=step).exists()
    assert not ActionPlan.objects.visible_to(grace).exists()
    assert not AlertCase.objects.visible_to(grace).exists()
    client = Client()
    client.force_login(grace)
    for page in ("your_work", "actions", "inspections"):
        answer = client.get(reverse(page))
        assert answer.status_code == 302 and answer["Location"].startswith(reverse("account_login"))


def test_they_cannot_sign_in_or_ask_for_a_password(cast, step, grace, client, rf):
    answer = client.post(reverse("account_login"), {"login": grace.email, "password": grace.password})
    assert "_auth_user_id" not in client.session and answer.status_code in (200, 422)
    mail.outbox.clear()
    stranger = client.post(reverse("account_reset_password"), {"email": "nobody@nowhere.example"})
    asked = client.post(reverse("account_reset_password"), {"email": grace.email})
    assert (asked.status_code, asked["Location"]) == (stranger.status_code, stranger["Location"])
    send_password_link(asked.wsgi_request, grace.email)
    assert mail.outbox == []


def test_the_database_refuses_them_a_password(grace):
    for wrong in ({"password": "md5$a$b"}, {"works_for": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=grace.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(external=False).update(works_for="Somewhere")


def test_they_get_no_role_no_post_and_stand_in_for_nobody(cast, step, grace):
    with pytest.raises(Refusal, match="somebody outside"):
        people.give_role(grace, "contributor", cast.hfkcw, by=cast.ada, **HOW)
    with pytest.raises(Refusal, match="somebody outside"):
        people.hold_post(cast.spo_of_hfkcw, grace, by=cast.ada, **HOW)
    assert grace not in people.stand_ins_for(cast.amira)
    with pytest.raises(Refusal):
        people.name_stand_in(cast.amira, grace, NOW.date(), NOW.date(), by=cast.amira, **HOW)
    offered = [one for _, ones in owners_to_choose(cast.hfkcw) for one in ones]
    assert grace not in offered and cast.omar in offered
    assert not Membership.objects.filter(user=grace).exists()


def test_a_recommendation_is_never_theirs(cast, step, grace):
    row = step.follow_ups.select_related("addressee__parent__parent").get()
    with pytest.raises(Refusal, match="no recommendation"):
        operations.assign(row, owner_person=grace, seen_version=row.version, by=cast.amira, **HOW)


def test_they_can_be_told(cast, step, grace):
    assert grace.pk in Facts(london_day(NOW)).circle.in_use
    people.switch_off(grace, by=cast.ada, **HOW)
    assert grace.pk not in Facts(london_day(NOW)).circle.in_use
    assert fresh(step).owner is None


def test_administrators_see_them_apart_and_give_an_account(cast, step, grace, client, address):
    client.force_login(cast.ada)
    assert "Grace Obi" not in client.get(reverse("people")).text
    listed = client.get(reverse("people") + "?outside=1").text
    assert "Grace Obi" in listed and "Crown Lodge Housing" in listed and "Amira" not in listed
    assert f'value="{grace.pk}"' not in client.get(reverse("post", args=[cast.spo_of_hfkcw.pk])).text
    page = reverse("person", args=[grace.pk])
    assert "Give a role" not in client.get(page).text
    with pytest.raises(Refusal, match="Open that person's page to give them an account"):
        people.add_person(GRACE[3], "Grace", "Obi", by=cast.ada, **HOW)
    assert client.post(page, {"deed": "account"}, follow=True).status_code == 200
    grace.refresh_from_db()
    assert (grace.external, grace.works_for) == (False, "")
    assert client.get(address).status_code == 404, "with an account the link has done its service"
    people.give_role(grace, "contributor", cast.hfkcw, by=cast.ada, **HOW)
    assert fresh(step).owner == grace
