"""The number in the navigation: right for each reader, and free."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.alerts.stories import at, monitored, raised, stood_down
from tracker.alerts import raising
from tracker.alerts.counting import open_alerts
from tracker.alerts.models import AlertCase
from tracker.people.models import Membership

pytestmark = pytest.mark.django_db


def counted(user) -> tuple[int, int]:
    """(the number, queries it took beside those for the roles)"""
    assert user.access and user.acts_for
    with CaptureQueriesContext(connection) as asked:
        return open_alerts(user), len(asked)


def test_asked_once_in_half_a_minute(cast):
    raised(cast, at(2))
    assert counted(cast.person("amira")) == (1, 1)
    assert counted(cast.person("amira")) == (1, 0)
    assert counted(cast.person("ben")) == (0, 1), "nobody is shown the number of somebody else"


def test_a_deed_is_counted_at_once(cast):
    case = raised(cast, at(2))
    assert counted(cast.person("ivy"))[0] == 1
    raised(cast, at(2), organisation=cast.eastvale)
    assert counted(cast.person("ivy"))[0] == 2
    raising.withdraw(case, "In error", seen_version=1, by=cast.ivy, at=at(2))
    assert counted(cast.person("ivy"))[0] == 1
    stood_down(monitored(cast, at(2)), cast, at(5))
    assert counted(cast.person("ivy"))[0] == 1


def test_a_restricted_alert_is_counted_for_its_circle_only(cast, restricted):
    assert [counted(cast.person(who))[0] for who in ("idris", "amira", "ivy", "ada", "omar")] == [1, 1, 0, 0, 0]


def test_another_role_is_another_number(cast):
    raised(cast, at(2))
    assert counted(cast.person("ben"))[0] == 0
    Membership.objects.create(user=cast.ben, role="viewer", organisation=cast.hfkcw)
    assert counted(cast.person("ben"))[0] == 1


def test_no_further_than_it_is_shown(cast):
    AlertCase.objects.bulk_create(
        AlertCase(organisation=cast.hfkcw, live=True, raised_at=at(2), raised_by=cast.ivy, opened_at=at(2))
        for _ in range(120)
    )
    assert counted(cast.person("amira"))[0] == 100
