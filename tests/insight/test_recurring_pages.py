"""The pages of recommendations that say the same: what everyone reads, what only those in scope see, what Ivy does."""

import re
import uuid

import pytest
from bs4 import BeautifulSoup

from tests.cast import NOW, follow_up
from tests.insight.test_recurring import HARM, OVERSIGHT, group_of, groups, said  # noqa: F401
from tests.plans.test_previous import verify
from tracker.insight import recurring
from tracker.insight.models import GroupingChoice
from tracker.insight.recurring_operations import split_recommendation
from tracker.plans import operations
from tracker.plans.models import FollowUp
from tracker.plans.rules import read_target_date

HOW = {"at": NOW}


@pytest.fixture
def found(said):  # noqa: F811
    recurring.find_groups(NOW)
    return said


def page(client, who, address, status=200):
    client.force_login(who)
    answer = client.get(address)
    assert answer.status_code == status
    return BeautifulSoup(answer.content, "lxml")


def texts(soup, selector=".app-list__row"):
    return [" ".join(row.get_text(" ").split()) for row in soup.select(selector)]


def test_the_list_says_of_each_to_how_many_and_how_they_stand(client, cast, found):
    soup = page(client, cast.amira, "/recurring/")
    assert soup.h1.get_text() == "3 recurring recommendations"
    rows = texts(soup)
    assert rows[0] == f"{HARM} Said to 3 PDUs since October 2022: 0 closed, 3 open, 3 overdue."
    assert "An inspector may join or split" in soup.get_text() or "an inspector may join or split" in soup.get_text()


@pytest.mark.parametrize(
    ("asked", "heading", "number"),
    [
        ("?level=region", "1 recurring recommendation to regions", 1),
        ("?level=hmpps", "0 recurring recommendations to HMPPS", 0),
        ("?systemic=on", "3 recurring recommendations, systemic", 3),
        ("?text=oversight", "1 recurring recommendation, with “oversight”", 1),
        ("?sort=newest", "3 recurring recommendations", 3),
        ("?level=nonsense&framework=none", "3 recurring recommendations", 3),
    ],
)
def test_the_list_is_filtered(client, cast, found, asked, heading, number):
    soup = page(client, cast.vera, f"/recurring/{asked}")
    if "nonsense" not in asked:
        assert soup.h1.get_text() == heading
        assert len(soup.select(".app-list__row")) == number


def test_before_anything_recurs_the_list_says_so(client, cast):
    assert "No recommendation was made twice yet." in page(client, cast.ben, "/recurring/").get_text()


def test_everyone_reads_the_wordings_and_only_those_in_scope_the_state(client, cast, found):
    group = group_of(found["hfkcw 1"])
    soup = page(client, cast.amira, f"/recurring/{group.pk}/")
    assert "Said to 3 PDUs since October 2022: 0 closed, 3 open, 3 overdue." in soup.get_text()
    rows = {row.split(" improve")[0]: row for row in texts(soup)}
    assert "Awaiting response" in rows["Recommendation 1 to HFKCW"]
    for unseen in ("Recommendation 1 to Lambeth", "Recommendation 1 to Eastvale"):
        assert "Awaiting" not in rows[unseen] and "Overdue" not in rows[unseen]
    mine = follow_up(found["hfkcw 1"].inspection, 1)
    links = [a["href"] for a in soup.select(".app-list a") if a["href"].startswith("/recommendations/")]
    assert links == [f"/recommendations/{mine.pk}/"]
    links = page(client, cast.helen, f"/recurring/{group.pk}/").select(".app-list a[href^='/recommendations/']")
    assert len(links) == 3


def test_what_others_did_that_was_verified_is_counted_for_all_and_shown_in_scope(client, cast, found):
    row = follow_up(found["lambeth 1"].inspection, 1)
    operations.answer(row, "agreed", response_text="Soon", seen_version=row.version, by=cast.ben, **HOW)
    target = read_target_date("30 June 2027")
    action = operations.add_action(
        follow_up(found["lambeth 1"].inspection, 1), "Audit 50 plans a month", owner_person=cast.ben, target=target,
        by=cast.ben, **HOW,
    )  # fmt: skip
    verify(action, cast.ben, cast.ivy, "good")
    address = f"/recurring/{group_of(found['hfkcw 1']).pk}/"
    seen = page(client, cast.rosa, address).get_text(" ")
    assert "1 action of 1 organisation was verified." in seen
    assert "Audit 50 plans a month" in seen and "Good progress" in seen
    unseen = page(client, cast.amira, address).get_text(" ")
    assert "was verified; none of them is in your view." in unseen and "Audit 50 plans" not in unseen


def test_a_recommendation_says_who_else_it_was_said_to(client, cast, found):
    row = follow_up(found["hfkcw 1"].inspection, 1)
    soup = page(client, cast.amira, f"/recommendations/{row.pk}/")
    also = soup.find("h2", string="Also said to").find_next("ul")
    assert [" ".join(li.get_text().split()) for li in also.select("li")] == [
        "Eastvale, March 2024",
        "Lambeth, October 2022",
    ]
    assert not also.select("a")
    assert soup.find("a", href=f"/recurring/{group_of(found['hfkcw 1']).pk}/")
    assert (
        len(
            page(client, cast.ivy, f"/recommendations/{row.pk}/")
            .find("h2", string="Also said to")
            .find_next("ul")
            .select("a")
        )
        == 2
    )
    alone = follow_up(found["hfkcw 1"].inspection, 4)
    assert page(client, cast.amira, f"/recommendations/{alone.pk}/").find("h2", string="Also said to") is None


def test_an_inspection_says_which_of_its_recommendations_recur(client, cast, found):
    soup = page(client, cast.vera, f"/inspections/{found['hfkcw 1'].inspection.slug}/")
    links = [" ".join(a.get_text().split()) for a in soup.select("a[href^='/recurring/']")]
    assert links == [
        "Said in 3 places: recommendation 1", "Said in 2 places: recommendation 2",
        "Said in 2 places: recommendation 3",
    ]  # fmt: skip


def test_ivy_joins_what_she_looked_for(client, cast, found):
    one = found["hfkcw 4"]
    soup = page(client, cast.ivy, f"/recurring/join/{one.pk}/?text=oversight quality")
    labels = [" ".join(label.get_text().split()) for label in soup.select(".govuk-radios__label")]
    assert len(labels) == 1 and labels[0].endswith(OVERSIGHT)
    posted = {"other": soup.select_one(".govuk-radios__input")["value"], "reason": "Both", "key": uuid.uuid4()}
    answer = client.post(f"/recurring/join/{one.pk}/?text=oversight quality", posted)
    assert answer.status_code == 302 and answer["Location"] == f"/recurring/{group_of(one).pk}/"
    assert {"hfkcw 2", "hfkcw 4", "lambeth 2"} in groups()
    again = client.post(f"/recurring/join/{one.pk}/?text=oversight quality", posted)
    assert again["Location"] == answer["Location"] and GroupingChoice.objects.count() == 1
    soup = page(client, cast.idris, f"/recurring/{group_of(one).pk}/")
    assert re.search(r"Joined by Ivy Clarke, [0-9]+ \w+ 20\d\d: Both", " ".join(soup.get_text(" ").split()))
    assert soup.find("button", string=lambda text: text and "Take back" in text)


def test_ivy_splits_off_and_takes_it_back(client, cast, found):
    group, off = group_of(found["hfkcw 1"]), found["eastvale 1"]
    client.force_login(cast.ivy)
    address = f"/recurring/{group.pk}/split/"
    assert client.post(address, {"key": uuid.uuid4()}).status_code == 422
    posted = {"apart": [off.pk], "reason": "Children only", "key": uuid.uuid4()}
    for _ in range(2):  # a double click is one deed
        answer = client.post(address, posted)
        assert answer["Location"] == f"/recurring/{group.pk}/"
    assert GroupingChoice.objects.count() == 1
    soup = page(client, cast.ivy, answer["Location"])
    assert "Split off by Ivy Clarke" in soup.get_text(" ")
    undo = soup.select_one("form[action$='/undo/']")["action"]
    assert client.post(undo).status_code == 302
    recurring.find_groups(NOW)
    assert {"hfkcw 1", "lambeth 1", "eastvale 1"} in groups()


def test_all_of_them_split_off_is_refused_in_the_form(client, cast, found):
    group = group_of(found["hfkcw 2"])
    client.force_login(cast.ivy)
    both = [found["hfkcw 2"].pk, found["lambeth 2"].pk]
    answer = client.post(f"/recurring/{group.pk}/split/", {"apart": both, "reason": "No", "key": uuid.uuid4()})
    assert answer.status_code == 409 and "Leave at least one in the group" in answer.content.decode()


def test_the_address_of_a_group_that_is_gone_leads_to_where_most_of_it_is(client, cast, found):
    gone = group_of(found["hfkcw 2"])
    client.force_login(cast.ivy)
    posted = {"other": found["hfkcw 1"].pk, "reason": "One", "key": uuid.uuid4()}
    soup = page(client, cast.ivy, f"/recurring/join/{found['hfkcw 2'].pk}/")
    posted["other"] = next(
        i["value"]
        for i in soup.select(".govuk-radios__input")
        if int(i["value"]) in {found[n].pk for n in ("hfkcw 1", "lambeth 1", "eastvale 1")}
    )
    client.post(f"/recurring/join/{found['hfkcw 2'].pk}/", posted)
    client.force_login(cast.ben)
    assert client.get(f"/recurring/{gone.pk}/")["Location"] == f"/recurring/{group_of(found['hfkcw 1']).pk}/"
    alone = group_of(found["hfkcw 3"])
    split_recommendation(alone, [found["hfkcw 3"]], "Other posts", by=cast.ivy, **HOW)
    assert (
        "No recommendations are in this group any more." in page(client, cast.ben, f"/recurring/{alone.pk}/").get_text()
    )


def test_others_do_not_join_nor_split(client, cast, found):
    group = group_of(found["hfkcw 1"])
    for who in (cast.amira, cast.helen, cast.ada):
        soup = page(client, who, f"/recurring/{group.pk}/")
        assert not soup.select("a[href$='/split/'], a[href^='/recurring/join/'], form[action$='/undo/']")
        page(client, who, f"/recurring/{group.pk}/split/", status=403)
        page(client, who, f"/recurring/join/{found['hfkcw 1'].pk}/", status=403)


def test_a_report_that_was_taken_back_a_moment_ago_breaks_no_page(client, cast, found):
    group = group_of(found["hfkcw 3"])
    for one in (found["hfkcw 3"], found["lambeth 3"]):
        FollowUp.objects.filter(recommendation=one).delete()
        one.delete()
    assert len(texts(page(client, cast.ivy, "/recurring/"))) == 2
    page(client, cast.ivy, f"/recurring/{group.pk}/")
