"""Who sees which recommendation: one way in to a row, ``visible_to``."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import NOW, follow_up, inspection
from tracker.people import operations as people
from tracker.plans.models import Action, FollowUp
from tracker.plans.operations import add_action
from tracker.plans.rules import read_target_date

pytestmark = pytest.mark.django_db


@pytest.fixture
def reports(cast):
    """One report on HFKCW that also asks London and HMPPS something, one on Lambeth, one on Eastvale."""
    inspection(cast.hfkcw, [(cast.hfkcw, 2), (cast.london, 1), (cast.hmpps, 1)])
    inspection(cast.lambeth, [(cast.lambeth, 1), (cast.london, 1)])
    inspection(cast.eastvale, [(cast.eastvale, 1)])


def seen_by(user) -> set[str]:
    rows = FollowUp.objects.visible_to(user).select_related("recommendation", "inspection")
    return {f"{row.inspection.slug}:{row.recommendation.number}" for row in rows}


ALL = {"hfkcw:1", "hfkcw:2", "hfkcw:3", "hfkcw:4", "lambeth:1", "lambeth:2", "eastvale:1"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("amira", {"hfkcw:1", "hfkcw:2", "hfkcw:3", "hfkcw:4"}),  # own, and what the same report asks above
        ("ben", {"lambeth:1", "lambeth:2"}),
        ("vera", {"lambeth:1", "lambeth:2"}),
        ("rosa", ALL - {"eastvale:1"}),
        ("niall", {"eastvale:1"}),
        ("helen", ALL),
        ("ivy", ALL),
        ("ada", ALL),
        ("omar", set()),  # owns nothing yet
    ],
)
def test_who_sees_which_recommendation(cast, reports, name, expected):
    assert seen_by(cast.person(name)) == expected


def test_a_contributor_sees_the_actions_they_own_and_the_recommendations_these_answer(cast, reports):
    first = follow_up(cast.hfkcw.inspections.get(), 1)
    mine = add_action(
        first, "Train all staff", owner_person=cast.omar, target=read_target_date(""), by=cast.amira, at=NOW
    )
    add_action(
        first, "Audit 50 cases", owner_post=cast.head_of_hfkcw, target=read_target_date(""), by=cast.amira, at=NOW
    )
    assert seen_by(cast.person("omar")) == {"hfkcw:1"}
    assert list(Action.objects.visible_to(cast.person("omar"))) == [mine]


def test_whoever_holds_a_post_has_its_role_and_its_actions(cast, reports):
    first = follow_up(cast.hfkcw.inspections.get(), 1)
    action = add_action(
        first, "Audit", owner_post=cast.spo_of_hfkcw, target=read_target_date(""), by=cast.amira, at=NOW
    )
    assert action not in Action.objects.visible_to(cast.person("omar"))
    people.hold_post(cast.spo_of_hfkcw, cast.omar, by=cast.ada, at=NOW)
    assert action in Action.objects.visible_to(cast.person("omar"))
    people.hold_post(cast.head_of_lambeth, cast.niall, by=cast.ada, at=NOW)
    assert seen_by(cast.person("niall")) == {"eastvale:1", "lambeth:1", "lambeth:2"}


def test_a_post_that_covers_several_regions_sees_them_all(cast, reports):
    area = people.add_post(
        cast.hmpps, "Area Executive Director", "viewer", vacant_since=NOW.date(), by=cast.ada, at=NOW
    )
    area.organisation = cast.london  # an area is no organisation: its director sits with one region and covers others
    area.save()
    area.covers.add(cast.northmoor)
    people.hold_post(area, cast.vera, by=cast.ada, at=NOW)
    assert seen_by(cast.person("vera")) == ALL


def test_a_leaver_sees_nothing_and_their_posts_are_vacant(cast, reports):
    people.switch_off(cast.ben, by=cast.ada, at=NOW)
    assert seen_by(cast.person("ben")) == set()
    cast.head_of_lambeth.refresh_from_db()
    assert cast.head_of_lambeth.holder is None
    assert cast.head_of_lambeth.vacant_since == NOW.date()


def test_scope_costs_no_query_for_each_row(cast, reports):
    user = cast.person("rosa")
    user.access  # noqa: B018  read once per request
    with CaptureQueriesContext(
        connection,
    ) as queries:
        list(FollowUp.objects.visible_to(user))
    assert len(queries) == 1
