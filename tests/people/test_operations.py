"""People, posts and roles are an administrator's; each deed is in the journal."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from tests.cast import NOW
from tracker.journal.models import AppendOnly, Event
from tracker.people import operations as people
from tracker.people.models import Membership, Post, User
from tracker.refusals import NotAllowed, Refusal

pytestmark = pytest.mark.django_db


def test_ada_invites_zoe(cast):
    zoe = people.invite(" Zoe.Lane@Probation.example", "Zoe", "Lane", "lead", cast.lambeth, by=cast.ada, at=NOW)
    assert zoe.email == "zoe.lane@probation.example"
    assert not zoe.has_usable_password()
    assert cast.lambeth in [m.organisation for m in zoe.memberships.all()]
    assert {e.deed for e in Event.objects.about(zoe)} == {"person_added", "role_given"}


@pytest.mark.parametrize("name", ["amira", "rosa", "helen", "ivy", "omar", "vera"])
@pytest.mark.parametrize(
    "deed",
    [
        lambda cast, by: people.add_person("a@b.example", "A", "B", by=by, at=NOW),
        lambda cast, by: people.change_person(cast.ben, "B", "H", by=by, at=NOW),
        lambda cast, by: people.switch_off(cast.ben, by=by, at=NOW),
        lambda cast, by: people.switch_on(cast.ben, by=by, at=NOW),
        lambda cast, by: people.give_role(cast.ben, "inspector", by=by, at=NOW),
        lambda cast, by: people.take_role(cast.ben.memberships.get(), by=by, at=NOW),
        lambda cast, by: people.add_post(cast.lambeth, "Deputy", vacant_since=NOW.date(), by=by, at=NOW),
        lambda cast, by: people.hold_post(cast.head_of_lambeth, cast.amira, by=by, at=NOW),
    ],
)
def test_nobody_but_an_administrator_changes_people(cast, deed, name):
    events = Event.objects.count()
    with pytest.raises(NotAllowed, match="Only an administrator"):
        deed(cast, cast.person(name))
    assert Event.objects.count() == events


def test_a_post_is_vacant_from_the_day_that_it_is_in_london(cast):
    half_past_midnight = dt.datetime(2027, 6, 1, 23, 30, tzinfo=dt.UTC)
    people.hold_post(cast.head_of_lambeth, None, by=cast.ada, at=half_past_midnight)
    assert cast.head_of_lambeth.vacant_since == dt.date(2027, 6, 2)


@pytest.mark.parametrize(
    ("role", "place", "sentence"),
    [("inspector", "london", "leave the organisation empty"), ("lead", None, "Choose the organisation")],
)
def test_national_roles_have_no_organisation_and_every_other_has_one(cast, role, place, sentence):
    with pytest.raises(Refusal, match=sentence):
        people.give_role(cast.ben, role, place and getattr(cast, place), by=cast.ada, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=cast.ben, role=role, organisation=place and getattr(cast, place))


def test_giving_the_same_role_twice_is_one_deed(cast):
    for _ in range(2):
        people.give_role(cast.ben, "viewer", cast.london, by=cast.ada, at=NOW)
    assert Event.objects.filter(deed="role_given").count() == 1


def test_an_address_belongs_to_one_person_whatever_its_case(cast):
    with pytest.raises(Refusal, match="already here"):
        people.add_person("BEN.HALL@probation.example", "Ben", "Hall", by=cast.ada, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="BEN.HALL@probation.example", added_at=NOW)


def test_one_head_per_organisation(cast):
    with pytest.raises(Refusal, match="already has a post"):
        people.add_post(cast.lambeth, "Second head", head=True, vacant_since=NOW.date(), by=cast.ada, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.create(organisation=cast.lambeth, title="X", role="lead", head=True, vacant_since=NOW.date())


def test_ada_cannot_lock_herself_out(cast):
    with pytest.raises(Refusal, match="your own"):
        people.switch_off(cast.ada, by=cast.ada, at=NOW)
    with pytest.raises(Refusal, match="your own"):
        people.take_role(cast.ada.memberships.get(), by=cast.ada, at=NOW)


def test_switching_off_twice_is_refused_the_second_time(cast):
    people.switch_off(cast.ben, by=cast.ada, at=NOW)
    with pytest.raises(Refusal, match="already switched off"):
        people.switch_off(cast.ben, by=cast.ada, at=NOW)


def test_the_journal_is_append_only(cast):
    people.switch_off(cast.ben, by=cast.ada, at=NOW)
    event = Event.objects.about(cast.ben).get()
    for deed in (event.save, event.delete, Event.objects.all().delete, lambda: Event.objects.update(deed="x")):
        with pytest.raises(AppendOnly):
            deed()
