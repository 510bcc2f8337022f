"""The overview's numbers against a count by hand of the same rows, and each against the list behind it."""

import datetime as dt
import re

import pytest

from inspections.models import Inspection
from tests.cast import NOW, PASSWORD, TODAY, inspection
from tracker.alerts.models import AlertCase
from tracker.insight.numbers import overview
from tracker.people.models import Membership
from tracker.plans.models import Action, FollowUp
from tracker.plans.operations import add_action, answer
from tracker.plans.rules import OPEN_ACTION, read_target_date

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(cast):
    return inspection(cast.hfkcw, [(cast.hfkcw, 3), (cast.london, 2), (cast.hmpps, 1)], by=cast.ivy)


def first_of(place):
    return FollowUp.objects.filter(addressee=place).order_by("pk").first()


def act(follow_up, by, days, state="not_started"):
    due = TODAY + dt.timedelta(days=days)
    made = add_action(
        follow_up, "do it", target=read_target_date(due.isoformat()), date_reason="late already", by=by, at=NOW
    )
    Action.objects.filter(pk=made.pk).update(state=state)
    return made


def test_amira_reads_what_a_count_by_hand_says(cast, report):
    own = first_of(cast.hfkcw)
    answer(own, "agreed", seen_version=own.version, by=cast.amira, at=NOW)
    act(own, cast.amira, -1)  # late since yesterday
    act(own, cast.amira, -40)  # since last month
    act(own, cast.amira, -30, state="claimed")
    act(own, cast.amira, 5)
    found = overview(cast.person("amira"), cast.hfkcw, TODAY)
    assert (found.open, found.awaiting, found.claimed) == (3, 2, 1)
    assert (found.newly, found.carried, found.overdue) == (1, 1, 2)
    assert [(one.level, one.answered, one.total) for one in found.responses] == [("pdu", 1, 3)]


def test_what_is_due_on_the_last_of_a_month_is_newly_overdue_on_the_first(cast, report):
    act(first_of(cast.hfkcw), cast.amira, -20)  # 31 October
    found = overview(cast.person("amira"), cast.hfkcw, TODAY)
    assert (found.newly, found.carried) == (1, 0)


def test_each_level_counts_those_below(cast, report):
    counts = {
        place: overview(cast.person("helen"), getattr(cast, place), TODAY).open
        for place in ("hfkcw", "london", "hmpps", "northmoor")
    }
    assert counts == {"hfkcw": 3, "london": 5, "hmpps": 6, "northmoor": 0}


def test_every_month_closes_with_what_it_opened_and_what_came_and_went(cast, report):
    months = overview(cast.person("helen"), cast.hmpps, TODAY).months
    assert len(months) == 12
    for one in months:
        assert one.opening + one.new + one.reopened - one.closed == one.closing
    assert (months[-1].opening, months[-1].new, months[-1].closing) == (0, 6, 6)


def test_the_numbers_are_those_of_the_rows_that_each_reader_sees(cast, report):
    """The overview looks up what is hidden instead of asking each row whether it is seen: it comes to the same."""
    own = first_of(cast.hfkcw)
    answer(own, "agreed", seen_version=own.version, by=cast.amira, at=NOW)
    act(own, cast.amira, -1)
    moved = act(own, cast.amira, -40)
    Action.objects.filter(pk=moved.pk).update(due_by=TODAY - dt.timedelta(days=3), times_moved=1)
    secret = AlertCase.objects.create(
        organisation=cast.hfkcw, restricted=True, live=True, state="monitoring", raised_at=NOW, raised_by=cast.idris,
        opened_at=NOW,
    )  # fmt: skip
    secret.inspectors.add(cast.idris)
    for days, owner in ((-50, {"owner_person": cast.omar}), (-60, {}), (-2, {"owner_post": cast.head_of_hfkcw})):
        due = TODAY + dt.timedelta(days=days)
        Action.objects.create(
            alert=secret, organisation=cast.hfkcw, what="in confidence", live=True, added_at=NOW, due_by=due,
            first_due_by=due - dt.timedelta(days=5), times_moved=1, **owner,
        )  # fmt: skip
    Membership.objects.create(user=cast.vera, role="viewer", organisation=cast.hfkcw)
    seen = {}
    for name in ("amira", "vera", "rosa", "helen", "ivy", "idris", "ada"):
        for place in (cast.hfkcw, cast.london, cast.hmpps):
            reader = cast.person(name)
            if not reader.access.sees_work_of(place.line):
                continue
            rows = Action.objects.visible_to(reader)  # all in or below London
            late = rows.filter(state__in=OPEN_ACTION, due_by__lt=TODAY)
            first = TODAY.replace(day=1) - dt.timedelta(days=1)
            found = overview(reader, place, TODAY)
            assert (found.newly, found.carried) == (
                late.filter(due_by__gte=first).count(), late.filter(due_by__lt=first).count()
            )  # fmt: skip
            (slip,) = found.slips
            days = sum((row.due_by - row.first_due_by).days for row in rows.filter(times_moved__gt=0))
            assert (slip.moved, slip.days, slip.dated) == (
                rows.filter(times_moved__gt=0).count(), days, rows.count()
            )  # fmt: skip
            seen[name] = found.overdue
    assert seen == {"amira": 5, "vera": 2, "rosa": 5, "helen": 5, "ivy": 2, "idris": 5, "ada": 2}


def test_however_many_rows_it_takes_nine_queries(cast, report, django_assert_num_queries):
    helen, amira = cast.person("helen"), cast.person("amira")
    for reader, place in ((helen, cast.hmpps), (amira, cast.hfkcw)):
        assert reader.access.roles
        with django_assert_num_queries(9):
            overview(reader, place, TODAY)


def test_ages_count_days_since_publication(cast, report):
    Inspection.objects.filter(pk=report.pk).update(published=TODAY - dt.timedelta(days=31))
    ages = overview(cast.person("helen"), cast.hmpps, TODAY).ages
    assert {age.words: age.count for age in ages if age.count} == {"31 to 90 days": 6}
    Inspection.objects.filter(pk=report.pk).update(published=None)
    ages = overview(cast.person("helen"), cast.hmpps, TODAY).ages
    assert {age.words: age.count for age in ages if age.count} == {"Not known": 6}


@pytest.fixture
def signed_in(client, cast, settings):
    def signed_in(name):
        client.logout()
        client.post("/account/login/", {"login": getattr(cast, name).email, "password": PASSWORD})
        return client

    return signed_in


def test_who_opens_which(cast, report, signed_in):
    answers = {
        (name, slug): signed_in(name).get(f"/overview/{slug}/").status_code
        for name in ("amira", "rosa", "ben", "ivy", "omar")
        for slug in ("hfkcw", "london")
    }
    assert answers == {
        ("amira", "hfkcw"): 200, ("amira", "london"): 403, ("rosa", "hfkcw"): 200, ("rosa", "london"): 200,
        ("ben", "hfkcw"): 403, ("ben", "london"): 403, ("ivy", "hfkcw"): 200, ("ivy", "london"): 200,
        ("omar", "hfkcw"): 403, ("omar", "london"): 403,
    }  # fmt: skip
    assert signed_in("rosa").get("/overview/").url == "/overview/london/"


def test_each_number_is_the_one_on_its_list(cast, report, signed_in):
    own = first_of(cast.hfkcw)
    answer(own, "agreed", seen_version=own.version, by=cast.amira, at=NOW)
    act(own, cast.amira, -300)
    act(own, cast.amira, 5, state="claimed")
    for name, slug in (("amira", "hfkcw"), ("rosa", "london"), ("helen", "hmpps")):
        page = signed_in(name).get(f"/overview/{slug}/").content.decode()
        doors = re.findall(r'app-figure__link" href="([^"]+)"><span class="app-figure__number">(\d+)<', page)
        assert len(doors) == 6
        for href, number in doors:
            listed = signed_in(name).get(href.replace("&amp;", "&")).content.decode()
            assert re.search(r"<h1[^>]*>(\d+) ", listed)[1] == number, href


def test_ratings_stand_side_by_side_as_published(cast, report, signed_in):
    report.ratings.create(position=1, number="1.1", name="Leadership", rating="Inadequate")
    page = signed_in("vera").get("/ratings/").content.decode()
    assert "HFKCW" in page and "Leadership" in page and "app-rating--inadequate" in page
