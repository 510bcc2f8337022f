"""The lists of recommendations and of actions: what is found, how it is said, and page after page of it."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from inspections.models import Inspection, Organisation, Recommendation
from tests.cast import NOW, follow_up, inspection
from tests.plans.test_pages import heading, in_days, said
from tracker.insight.numbers import overview as insight_overview
from tracker.plans import closing, operations, verifying
from tracker.plans.models import Action, FollowUp
from tracker.plans.opening import open_follow_ups


def ids(response, kind="recommendations"):
    return [int(n) for n in re.findall(rf'app-two-lines" href="/{kind}/(\d+)/"', said(response))]


def neighbour(response, side):
    found = re.search(rf'class="govuk-pagination__{side}">\s*<a[^>]*href="([^"]*)"', said(response))
    return found and found[1].replace("&amp;", "&")


class TestRecommendations:
    @pytest.mark.parametrize(
        ("query", "found", "words"),
        [
            ("", 16, "16 recommendations"),
            ("level=region", 4, "4 recommendations to regions"),
            ("organisation=hfkcw", 8, "8 recommendations to HFKCW"),
            ("organisation=hfkcw&status=open", 8, "8 recommendations to HFKCW, open"),
            ("region=london", 14, "14 recommendations in London region"),
            ("inspection=lambeth", 2, "2 recommendations from the inspection of Lambeth, August 2026"),
            ("status=answered", 2, "2 recommendations, open, answered"),
            ("owner=none", 15, "15 recommendations, owned by nobody"),
            ("owner_name=omar+far", 1, "1 recommendation, owned by “omar far”"),
            ("owner_name=probation+officer", 0, "0 recommendations, owned by “probation officer”"),
            ("status=historic", 2, "2 recommendations, historic: no clock"),
            ("due=45", 12, "12 recommendations, due in the next 45 days"),
            ("due=none", 1, "1 recommendation, with no date"),
            ("overdue=on", 1, "1 recommendation, overdue"),
            ("text=matter+1", 7, "7 recommendations, with “matter 1”"),
            ("organisation=hfkcw&organisation=&overdue=on&status=open", 1, ""),
            ("status=nonsense&organisation=nowhere", 16, "16 recommendations"),
        ],
    )
    def test_each_filter_finds_its_rows_and_says_so(self, cast, report, add, signed_in, query, found, words):
        inspection(cast.lambeth, [(cast.lambeth, 2)], live=False)
        now = timezone.now()
        for number, date in ((1, in_days(-5)), (2, "")):
            row = follow_up(report, number)
            operations.answer(row, "agreed", seen_version=1, by=cast.amira, at=now)
            add(f"Step {number}", date, number=number)
        operations.assign(follow_up(report, 3), owner_person=cast.omar, seen_version=1, by=cast.amira, at=now)
        soon = timezone.localdate() + dt.timedelta(days=45)
        FollowUp.objects.filter(inspection=report, state="awaiting").update(next_due=soon)
        page = signed_in(cast.ivy).get(f"/recommendations/?{query}")
        assert len(ids(page)) == found
        if words:
            assert heading(page) == words

    def test_a_filter_that_matches_nothing_shows_the_way_back(self, cast, report, signed_in):
        page = signed_in(cast.ivy).get("/recommendations/?text=unheard")
        assert "No recommendations match these filters." in said(page)
        assert 'href="?"' in said(page)

    @pytest.mark.parametrize("after", ["9999-12-31T23:59:59-12:00~1", "2026-01-01T09:00:00~1", "2026-01-01~1", "x~1"])
    def test_nor_does_a_moment_that_no_clock_shows(self, cast, report, signed_in, after):
        for path, who in (("/verify/", cast.ivy), ("/organisations/hfkcw/timeline/", cast.amira)):
            assert signed_in(who).get(path, {"after": after}).status_code == 200

    @pytest.mark.parametrize(
        "query",
        ["text=%00", "inspection=%00", "organisation=%00&region=x", "after=9999-99-99~1", "before=~", "due=-1",
         "after=x~y&sort=z", "after=2026-01-01~999999999999999999", "owner=99", "overdue=maybe"],
    )  # fmt: skip
    def test_an_address_that_makes_no_sense_is_answered_all_the_same(self, cast, report, signed_in, query):
        client = signed_in(cast.ivy)
        assert client.get(f"/recommendations/?{query}").status_code == 200
        assert client.get(f"/actions/?{query}").status_code == 200

    def test_closed_in_a_month_is_each_recommendation_that_was_once(self, cast, report, add, signed_in, now):
        def close_on(number, *days):
            """Closed on the first of these days, opened again on the next, closed on the third..."""
            row = follow_up(report, number)
            operations.answer(row, "agreed", seen_version=1, by=cast.amira, at=NOW)
            for turn, day in enumerate(days):
                at, row = dt.datetime(2027, *day, 12, tzinfo=dt.UTC), follow_up(report, number)
                if turn % 2:
                    closing.reopen(row, "Not so.", seen_version=row.version, by=cast.ivy, at=at)
                    continue
                act = add("Do it", number=number)
                verifying.claim(act, "Done.", seen_version=act.version, by=cast.amira, at=at)
                verifying.verify(act, "good", seen_version=act.version, by=cast.ivy, at=at)
                closing.close(row, seen_version=row.version, by=cast.ivy, at=at)

        close_on(1, (2, 1), (2, 10), (2, 28))  # twice in one month
        close_on(2, (2, 3), (3, 3))  # and open now
        close_on(3, (1, 31))
        close_on(4, (1, 5), (2, 5))
        now(dt.datetime(2027, 2, 28, 23, 59, tzinfo=dt.UTC))
        client = signed_in(cast.amira)
        found = {}
        for month in ("2027-03", "2027-02", "2027-01", "2019-07"):
            page = client.get(f"/recommendations/?closed_in={month}")
            found[heading(page)] = {FollowUp.objects.get(pk=pk).recommendation.number for pk in ids(page)}
        assert found == {
            "0 recommendations, closed in March 2027": set(),
            "2 recommendations, closed in February 2027": {1, 2},
            "2 recommendations, closed in January 2027": {3, 4},
            "0 recommendations, closed in July 2019": set(),
        }
        overview = said(client.get("/overview/hfkcw/"))
        door = re.search(r'href="([^"]*closed_in=[^"]*)"><span class="app-figure__number">(\d+)<', overview)
        assert door[2] == "2"
        assert (
            heading(client.get(door[1].replace("&amp;", "&"))) == "2 recommendations to HFKCW, closed in February 2027"
        )
        # The table under it counts every closing, else its months would not add up.
        months = insight_overview(cast.amira, cast.hfkcw, dt.date(2027, 2, 28)).months
        assert [(one.closed, one.reopened) for one in months[-2:]] == [(2, 0), (3, 2)]

    @pytest.mark.parametrize("month", ["2027-13", "2027-00", "27-01", "9999-12", "0001-01", "2027-1", "٢٠٢٧-01"])
    def test_what_is_no_month_is_no_filter(self, cast, report, signed_in, month):
        assert heading(signed_in(cast.amira).get("/recommendations/", {"closed_in": month})) == "14 recommendations"

    def test_a_chip_takes_its_own_filter_away_and_keeps_the_rest(self, cast, report, signed_in):
        page = said(signed_in(cast.ivy).get("/recommendations/?organisation=hfkcw&status=open&sort=newest"))
        assert 'href="?status=open&amp;sort=newest"' in page
        assert 'href="?organisation=hfkcw&amp;sort=newest"' in page

    def test_closed_ones_are_listed_too_and_say_so(self, cast, report, signed_in):
        answers = {"reason": "Commissioned elsewhere.", "approver": "Rosa Diaz", "response": "not_agreed"}
        closed = {1: {}, 2: answers, 3: {"superseded_by": follow_up(report, 4)}}
        for (number, how), state in zip(closed.items(), ("implemented", "not_implemented", "superseded"), strict=True):
            FollowUp.objects.filter(pk=follow_up(report, number).pk).update(state=state, **how)
        client = signed_in(cast.amira)
        page = client.get("/recommendations/?status=closed")
        assert len(ids(page)) == 2 and "Closed" in said(page)
        assert "Superseded" in said(client.get("/recommendations/?status=superseded"))
        for pk in ids(page):
            text = said(client.get(f"/recommendations/{pk}/"))
            assert "Nothing: this recommendation is closed." in text and "/answer/" not in text
            assert client.get(f"/recommendations/{pk}/answer/").status_code == 409

    def test_scope(self, cast, report, signed_in):
        counts = {"amira": 14, "rosa": 14, "helen": 14, "ivy": 14, "ada": 14, "ben": 0, "omar": 0, "vera": 0}
        for name, count in counts.items():
            assert len(ids(signed_in(getattr(cast, name)).get("/recommendations/"))) == count, name

    @pytest.mark.parametrize("sort", ["due", "latest", "newest"])
    def test_page_after_page_shows_every_row_once_also_where_dates_tie(self, cast, report, signed_in, sort):
        for n in range(46):
            Recommendation.objects.create(
                inspection=report, group=9, number=100 + n, level="pdu", addressee=cast.hfkcw,
                addressee_as_printed="HFKCW", wording="the same date as all others",
            )  # fmt: skip
        open_follow_ups(report, live=True, by=None, at=NOW)  # 60 rows, one date
        client, seen, there = signed_in(cast.amira), [], []
        address = f"?sort={sort}"
        while address:
            page = client.get("/recommendations/" + address)
            there.append(ids(page))
            seen += there[-1]
            address = next(
                iter(re.findall(r'class="govuk-pagination__next">\s*<a[^>]*href="([^"]*)"', said(page))), None
            )
            address = address and address.replace("&amp;", "&")
            last = page
        assert [len(rows) for rows in there] == [25, 25, 10]
        assert len(set(seen)) == 60
        assert sorted(seen, reverse=sort != "due") == seen
        back = []
        while address := neighbour(last, "prev"):
            last = client.get("/recommendations/" + address)
            back.append(ids(last))
        assert back == there[1::-1]

    def test_the_page_stays_small_with_all_the_places_there_are(self, cast, report, signed_in):
        places = Organisation.objects.bulk_create(
            Organisation(level="pdu", name=f"Somewhere, Elsewhere and Place {n}", slug=f"p-{n}", parent=cast.london)
            for n in range(120)
        )
        Inspection.objects.bulk_create(
            Inspection(organisation=places[n % 120], slug=f"i-{n}", published=NOW.date()) for n in range(300)
        )
        for n in range(30):
            Recommendation.objects.create(
                inspection=report, group=9, number=100 + n, level="pdu", addressee=cast.hfkcw,
                addressee_as_printed="HFKCW", wording="ensure that every case is allocated in time " * 10,
            )  # fmt: skip
        open_follow_ups(report, live=True, by=None, at=NOW)
        page = signed_in(cast.ivy).get("/recommendations/")
        assert len(ids(page)) == 25
        assert len(page.content) < 100_000


class TestActions:
    @pytest.mark.parametrize(
        ("query", "found", "words"),
        [
            ("", {"late", "soon", "ongoing", "far"}, "4 actions"),
            ("overdue=on", {"late"}, "1 action, overdue"),
            ("due=14", {"soon"}, "1 action, due in the next 14 days"),
            ("due=none", {"ongoing"}, "1 action, with no date"),
            ("owner=none", {"far"}, "1 action, owned by nobody"),
            ("owner=vacant", {"soon"}, "1 action, owned by a vacant post"),
            ("owner=me", {"late"}, "1 action, owned by you"),
            ("owner_name=farah", {"ongoing"}, "1 action, owned by “farah”"),
            ("stale=on", {"late", "soon"}, "2 actions, with no update for 30 days"),
            ("organisation=hfkcw&status=in_progress", {"far"}, "1 action of HFKCW, in progress"),
            ("text=ongo", {"ongoing"}, "1 action, with “ongo”"),
        ],
    )
    def test_each_filter_finds_its_rows_and_says_so(self, cast, add, signed_in, query, found, words):
        now = timezone.now()
        long_ago = now - dt.timedelta(days=40)
        add("late", in_days(-3), owner_post=cast.head_of_hfkcw, at=long_ago)
        add("soon", in_days(14), owner_post=cast.spo_of_hfkcw, at=long_ago)
        add("ongoing", "Ongoing", owner_person=cast.omar, at=now)
        far = add("far", in_days(90), at=long_ago)
        operations.post_update(far, "Half.", confidence="on_track", by=cast.amira, at=now)
        page = signed_in(cast.amira).get(f"/actions/?{query}")
        assert {Action.objects.get(pk=pk).what for pk in ids(page, "actions")} == found
        assert heading(page) == words
