"""Who sees an alert and its actions: open or restricted, by role and place."""

import pytest

from tests.cast import NOW
from tracker.alerts.models import AlertCase
from tracker.people.models import Membership
from tracker.plans.models import Action

# Hand-written: (person, sees the open alert of HFKCW, sees the restricted one)
WHO = [
    ("amira", True, True),  # leads the place
    ("rosa", True, True),  # leads the region above
    ("helen", True, True),  # leads HMPPS, two levels above
    ("ivy", True, False),  # an inspector who is not named
    ("idris", True, True),  # the inspector who is
    ("ada", True, False),  # an administrator
    ("omar", False, False),  # a contributor of the place without an action of it
    ("ben", False, False),  # leads another PDU of the region
    ("niall", False, False),  # leads another region
    ("vera", False, False),  # views another PDU
    ("hugo", True, False),  # views HFKCW
    ("hana", True, False),  # views HMPPS
]


@pytest.fixture
def everyone(cast):
    from tests.cast import person

    cast.hugo = person("Hugo", "Vane", "viewer", cast.hfkcw)
    cast.hana = person("Hana", "Vale", "viewer", cast.hmpps)
    return cast


@pytest.fixture
def secret(cast, restricted):
    return Action.objects.create(alert=restricted, organisation=cast.hfkcw, what="Allocate", live=True, added_at=NOW)


@pytest.mark.parametrize(("who", "sees_open", "sees_restricted"), WHO)
def test_who_sees_an_alert_and_its_actions(everyone, case, restricted, secret, who, sees_open, sees_restricted):
    user = everyone.person(who)
    seen = set(AlertCase.objects.visible_to(user))
    assert (case in seen, restricted in seen) == (sees_open, sees_restricted)
    actions = set(Action.objects.visible_to(user))
    assert (case.actions.first() in actions, secret in actions) == (sees_open, sees_restricted)


@pytest.mark.parametrize("how", ["person", "post"])
def test_the_owner_of_one_action_is_in_the_circle(cast, restricted, secret, how):
    other = Action.objects.create(alert=restricted, organisation=cast.hfkcw, what="Call", live=True, added_at=NOW)
    if how == "person":
        secret.owner_person = cast.omar
    else:
        cast.spo_of_hfkcw.holder, cast.spo_of_hfkcw.vacant_since = cast.omar, None
        cast.spo_of_hfkcw.save()
        secret.owner_post = cast.spo_of_hfkcw
    secret.save()
    omar = cast.person("omar")
    assert restricted in AlertCase.objects.visible_to(omar)
    assert {secret, other} <= set(Action.objects.visible_to(omar))


@pytest.mark.parametrize("level", ["hfkcw", "london", "hmpps"])
def test_whoever_holds_a_post_of_the_place_or_above_is_in_the_circle(cast, restricted, level):
    from tests.cast import post

    assert restricted not in AlertCase.objects.visible_to(cast.person("vera"))
    post(getattr(cast, level), "Area Executive Director", cast.vera, role="viewer")
    assert restricted in AlertCase.objects.visible_to(cast.person("vera"))
    assert not AlertCase.objects.hidden_from(cast.person("vera")).exists()


def test_a_post_elsewhere_is_no_way_in(cast, restricted):
    from tests.cast import post

    for place in (cast.lambeth, cast.northmoor):
        post(place, "Area Executive Director", cast.ada, role="viewer")
    assert restricted not in AlertCase.objects.visible_to(cast.person("ada"))


def test_a_helper_sees_the_action_and_not_the_alert(cast, restricted, secret):
    secret.helpers.add(cast.ivy)
    ivy = cast.person("ivy")
    assert secret in Action.objects.visible_to(ivy)
    assert restricted not in AlertCase.objects.visible_to(ivy)


def test_an_administrator_who_also_leads_the_place_is_in_the_circle(cast, restricted, secret):
    Membership.objects.create(user=cast.ada, role="lead", organisation=cast.hfkcw)
    assert secret in Action.objects.visible_to(cast.person("ada"))


def test_an_action_in_a_plan_too_is_hidden_with_its_restricted_alert(cast, case, restricted, secret):
    plan = case.inspection.plans.get(organisation=cast.hfkcw)
    Action.objects.filter(pk=secret.pk).update(plan=plan)
    assert secret not in Action.objects.visible_to(cast.person("ivy"))
    assert secret in Action.objects.visible_to(cast.person("amira"))


def test_a_person_who_left_sees_nothing(cast, case, secret):
    cast.amira.is_active = False
    cast.amira.save()
    amira = cast.person("amira")
    assert not AlertCase.objects.visible_to(amira).exists() and not Action.objects.visible_to(amira).exists()
