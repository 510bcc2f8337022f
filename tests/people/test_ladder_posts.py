"""Administrators say which rung of the ladder of alerts a post is."""

import datetime as dt

import pytest

from tests.cast import NOW, post
from tracker.alerts.posts import Posts
from tracker.journal.models import Event
from tracker.people import operations as people
from tracker.people.models import Post
from tracker.refusals import NotAllowed, Refusal

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 6, 1)


def put(office, rung, covers=(), **how):
    return people.place_on_ladder(office, rung, covers, **{"by": how.pop("by"), "at": NOW})


def test_the_chief_probation_officer_is_reached_from_then_on(cast):
    chief = post(cast.hmpps, "Chief Probation Officer", cast.helen)
    assert Posts(TODAY).at("rung_chief_officer", cast.hfkcw).post is None
    put(chief, "rung_chief_officer", by=cast.ada)
    assert Posts(TODAY).at("rung_chief_officer", cast.hfkcw).reader == cast.helen
    put(chief, "", by=cast.ada)
    assert Posts(TODAY).at("rung_chief_officer", cast.hfkcw).post is None
    events = Event.objects.filter(deed="post_on_ladder").order_by("pk")
    assert [one.after["rung"] for one in events] == ["Chief Probation Officer", "none"]
    put(chief, "", by=cast.ada)
    assert Event.objects.filter(deed="post_on_ladder").count() == 2, "nothing changed"


def test_an_area_executive_director_covers_regions(cast):
    area = people.add_post(
        cast.hmpps, "Area Executive Director, South", rung="rung_area", covers=[cast.london], vacant_since=TODAY,
        by=cast.ada, at=NOW,
    )  # fmt: skip
    people.hold_post(area, cast.vera, by=cast.ada, at=NOW)
    assert Posts(TODAY).at("rung_area", cast.hfkcw).reader == cast.vera
    assert Posts(TODAY).at("rung_area", cast.eastvale) is None
    put(area, "rung_area", [cast.london, cast.northmoor], by=cast.ada)
    assert Posts(TODAY).at("rung_area", cast.eastvale).reader == cast.vera


@pytest.mark.parametrize(
    ("place", "rung", "covers", "sentence"),
    [
        ("hmpps", "rung_area", [], "Choose the regions"),
        ("hmpps", "rung_chief_officer", ["london"], "Only an Area Executive Director"),
        ("hmpps", "rung_area", ["hfkcw"], "Only regions"),
        ("hfkcw", "rung_area", [], "post of HMPPS, or of a region"),
        ("london", "rung_chief_executive", [], "post of HMPPS"),
        ("hmpps", "rung_head", [], "Choose a rung"),
        ("hmpps", "rung_chief_officer", [], "is on this rung already"),
        ("hmpps", "rung_area", ["london"], "is on this rung already"),
        ("london", "rung_area", [], "is on this rung already"),
    ],
)
def test_what_makes_no_sense(cast, place, rung, covers, sentence):
    put(post(cast.hmpps, "The chief", cast.helen), "rung_chief_officer", by=cast.ada)
    put(post(cast.hmpps, "The area", cast.helen), "rung_area", [cast.london], by=cast.ada)
    other = post(getattr(cast, place), "Another", None)
    with pytest.raises(Refusal, match=sentence):
        put(other, rung, [getattr(cast, name) for name in covers], by=cast.ada)
    assert Post.objects.get(pk=other.pk).rung == ""


def test_only_administrators(cast):
    with pytest.raises(NotAllowed):
        put(cast.director_of_london, "rung_area", by=cast.helen)


def test_on_the_pages(cast, client):
    client.force_login(cast.ada)
    answer = client.post(
        "/posts/new/",
        {"organisation": cast.hmpps.pk, "title": "Chief executive", "role": "lead", "rung": "rung_chief_executive"},
        follow=True,
    )
    made = Post.objects.get(title="Chief executive")
    assert made.rung == "rung_chief_executive" and b"On the ladder of alerts" in answer.content
    answer = client.post(f"/posts/{made.pk}/", {"deed": "ladder", "rung": "rung_area"})
    assert answer.status_code == 422 and b"Choose the regions" in answer.content
    answer = client.post(
        f"/posts/{made.pk}/", {"deed": "ladder", "rung": "rung_area", "covers": [cast.london.pk]}, follow=True
    )
    assert b"Area Executive Director on the ladder of alerts" in answer.content
    assert list(made.covers.all()) == [cast.london]
    client.post(f"/posts/{made.pk}/", {"deed": "ladder", "rung": "none"})
    made.refresh_from_db()
    assert (made.rung, list(made.covers.all())) == ("", [])
    client.post(f"/posts/{made.pk}/", {"deed": "ladder", "rung": "rung_area", "covers": [cast.london.pk]})
    client.post(f"/posts/{made.pk}/", {"holder": cast.omar.pk})
    made.refresh_from_db()
    assert (made.holder, made.rung) == (cast.omar, "rung_area"), "who holds it is another form"
