"""What became of the recommendations of the inspection before, and which of them go on in this one."""

import datetime as dt
import uuid

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inspections.models import Inspection, Recommendation
from tests.cast import NOW, follow_up, place
from tracker.journal.models import Event
from tracker.journal.operations import record
from tracker.plans import operations, previous
from tracker.plans.models import Action, ActionPlan, Claim, FollowUp, Verification
from tracker.plans.opening import close_book, open_follow_ups
from tracker.plans.rules import read_target_date
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal

AGAIN = [
    ("reduce the caseload of every officer at once", "hfkcw"),
    ("improve matter 3 in HFKCW, which was found wanting", "hfkcw"),
    ("open an office", "hfkcw"),
    ("improve matter 9 in London", "london"),
]


def visit(organisation, month, wordings, cast):
    """Another inspection of ``organisation`` with these (wording, addressee) pairs."""
    report = Inspection.objects.create(
        organisation=organisation, slug=f"{organisation.slug}-{month:%Y-%m}", fieldwork_month=month, published=month,
        overall_rating="Good", title=f"Inspection of {organisation}, {month:%B %Y}",
    )  # fmt: skip
    for number, (wording, addressee) in enumerate(wordings, start=1):
        to = getattr(cast, addressee)
        Recommendation.objects.create(
            inspection=report, group=1, number=number, level=to.level, addressee=to, wording=wording,
            addressee_as_printed=to.full_name,
        )  # fmt: skip
    open_follow_ups(report, live=True, by=None, at=NOW)
    return report


@pytest.fixture
def later(cast, report):
    """HFKCW again, two years after the first visit in August 2026."""
    return visit(cast.hfkcw, dt.date(2028, 8, 1), AGAIN, cast)


def carry(earlier, to, by, version=1):
    return previous.carry_forward(earlier, to, seen_version=version, by=by, at=NOW)


def verify(action, by_claim, by, judgement):
    claim = Claim.objects.create(action=action, by=by_claim, at=NOW, comment="Done", cycle=1)
    Verification.objects.create(
        claim=claim, action=action, claimed_by=by_claim, verified_by=by, at=NOW, outcome="verified", judgement=judgement
    )
    Action.objects.filter(pk=action.pk).update(state="verified")


# --- Which came before ---


def test_before_and_after_are_of_the_same_place_in_order(cast, report, later):
    middle = visit(cast.hfkcw, dt.date(2027, 8, 1), [], cast)
    visit(cast.lambeth, dt.date(2025, 8, 1), [], cast)
    assert previous.before(later) == [middle, report]
    assert previous.before(middle) == [report] and previous.before(report) == []
    assert previous.after(report) == [later, middle]


def test_the_places_that_it_followed_count_and_a_ring_does_not_hang(cast, report):
    old = place("pdu", "Westminster", cast.london)
    oldest = place("pdu", "Pimlico", cast.london)
    oldest.successor, old.successor = old, cast.hfkcw
    oldest.save()
    old.save()
    first, second = visit(oldest, dt.date(2020, 5, 1), [], cast), visit(old, dt.date(2022, 5, 1), [], cast)
    assert previous.before(report) == [second, first]
    assert previous.after(first) == [report, second]
    cast.hfkcw.successor = oldest
    cast.hfkcw.save()
    assert previous.before(Inspection.objects.get(pk=report.pk)) == [second, first]


def test_what_is_undated_has_no_before(cast, report):
    undated = Inspection.objects.create(organisation=cast.hfkcw, slug="undated")
    assert previous.before(undated) == [] and undated not in previous.before(report)


# --- What became of them ---


def test_each_recommendation_with_what_became_of_it(cast, report, later):
    one = follow_up(report, 1)
    operations.answer(one, "agreed", seen_version=1, by=cast.amira, at=NOW)
    acts = [
        operations.add_action(follow_up(report, 1), what, target=read_target_date(""), by=cast.amira, at=NOW)
        for what in ("Train", "Hire", "Given up")
    ]
    verify(acts[0], cast.amira, cast.ivy, "reasonable")
    Action.objects.filter(pk=acts[2].pk).update(state="cancelled")
    closed = follow_up(report, 2)
    FollowUp.objects.filter(pk=closed.pk).update(state="implemented", response="agreed")
    record("closed", closed, by=cast.ivy, at=NOW, organisation=cast.hfkcw, after={})
    carry(follow_up(report, 3), follow_up(later, 2), cast.ivy)

    (earlier,) = previous.what_became(cast.person("amira"), later)
    assert (earlier.inspection, len(earlier.rows), earlier.closed, earlier.open, earlier.unseen) == (
        report, 14, 1, 13, 0,
    )  # fmt: skip
    first, second, third = earlier.rows[:3]
    assert (first.response, first.verified, first.actions, first.judgement) == ("Agreed", 1, 2, "Reasonable progress")
    assert (second.is_open, second.closed_at) == (False, NOW)
    assert third.follow_up.carried_to == follow_up(later, 2) and third.actions == 0


def test_what_is_done_is_shown_only_in_scope(cast, report, later):
    (earlier,) = previous.what_became(cast.person("ben"), later)
    assert (earlier.unseen, earlier.closed, earlier.open) == (14, 0, 0)
    assert all(row.follow_up is None and row.response == "" for row in earlier.rows)


def page(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return " ".join(BeautifulSoup(answer.content, "html.parser").main.get_text(" ").split())


def test_the_page_and_the_way_to_it(cast, report, later, signed_in):
    client = signed_in(cast.amira)
    FollowUp.objects.filter(recommendation__number__in=[1, 2, 3], inspection=report).update(
        state="implemented", response="agreed"
    )
    said = page(client, f"/inspections/{later.slug}/")
    assert "What became of the last inspection's recommendations : 3 closed, 11 open" in said
    said = page(client, f"/inspections/{later.slug}/previous/")
    assert "14 recommendations: 3 closed, 11 open" in said and "Closed: implemented" in said
    assert "improve matter 14 in HMPPS" in said
    stranger = page(signed_in(cast.ben), f"/inspections/{later.slug}/previous/")
    assert "improve matter 14 in HMPPS" in stranger and "Closed: implemented" not in stranger
    assert "What became of them is not yours to see" in stranger and stranger.count("Not yours to see") == 14
    assert "closed" not in page(signed_in(cast.ben), f"/inspections/{later.slug}/").split("The inspection before")[1]
    assert "No earlier inspection of HFKCW" in page(client, f"/inspections/{report.slug}/previous/")
    assert "The inspection before" not in page(client, f"/inspections/{report.slug}/")


def test_queries_do_not_grow(cast, report, later, signed_in, add):
    clients = [signed_in(getattr(cast, who)) for who in ("amira", "ivy", "ben", "omar")]

    def ask(url):
        found = []
        for client in clients:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            found.append(len(queries))
        return found

    def urls():
        return [ask(f"/inspections/{later.slug}/previous/"), ask(f"/inspections/{later.slug}/")]

    add("Train", owner_person=cast.omar)
    urls()  # the number of open alerts is asked for once a while
    few = urls()
    for year in range(2010, 2020):
        visit(cast.hfkcw, dt.date(year, 5, 1), AGAIN, cast)
    for number in range(1, 8):
        for _ in range(3):
            operations.add_action(
                follow_up(report, number), "Hire", target=read_target_date(""), owner_person=cast.omar, by=cast.amira,
                at=NOW,
            )  # fmt: skip
    assert urls() == few
    assert max(few[0]) <= 16 and max(few[1]) <= 16, few


# --- Carrying forward ---


def test_an_inspector_carries_an_unfinished_one_forward(cast, report, later):
    row = carry(follow_up(report, 3), follow_up(later, 2), cast.ivy)
    assert (row.carried_to, row.state, row.version) == (follow_up(later, 2), "awaiting", 2)
    told = Event.objects.about(row).first()
    assert (told.deed, told.before) == ("carried_forward", {"carried_to": "nothing"})
    assert told.after == {"carried_to": "Recommendation 2, inspection of HFKCW, August 2028"}
    row = carry(row, None, cast.ivy, version=2)
    assert row.carried_to is None and Event.objects.about(row).first().after == {"carried_to": "nothing"}


def test_twice_is_once_and_who_is_second_is_told(cast, report, later):
    stale = follow_up(report, 3)
    carry(follow_up(report, 3), follow_up(later, 2), cast.ivy)
    carry(follow_up(report, 3), follow_up(later, 2), cast.ivy)
    assert Event.objects.filter(deed="carried_forward").count() == 1
    with pytest.raises(AlreadyMoved, match="Ivy Clarke"):
        carry(stale, follow_up(later, 1), cast.idris)


def test_only_to_a_later_inspection_of_the_place_and_to_the_same_level(cast, report, later):
    lambeth = visit(cast.lambeth, dt.date(2029, 8, 1), [("reduce it", "lambeth")], cast)
    for earlier, to, sentence in [
        (follow_up(report, 3), follow_up(report, 4), "later inspection of the same place"),
        (follow_up(later, 1), follow_up(report, 4), "later inspection of the same place"),
        (follow_up(report, 3), follow_up(lambeth, 1), "later inspection of the same place"),
        (follow_up(report, 3), follow_up(later, 4), "the same level"),
    ]:
        with pytest.raises(Refusal, match=sentence):
            carry(earlier, to, cast.ivy)
    FollowUp.objects.filter(pk=follow_up(report, 3).pk).update(state="implemented", response="agreed")
    with pytest.raises(Refusal, match="while it is closed"):
        carry(follow_up(report, 3), follow_up(later, 2), cast.ivy)


@pytest.mark.parametrize("who", ["amira", "rosa", "helen", "omar", "vera", "ada"])
def test_nobody_else_carries_forward(cast, report, later, who):
    with pytest.raises(NotAllowed):
        carry(follow_up(report, 3), follow_up(later, 2), cast.person(who))


def test_the_most_similar_is_offered_first_and_only_of_the_same_level(cast, report, later):
    offered = previous.offered(follow_up(report, 3), cast.person("ivy"))
    assert offered[0].recommendation.number == 2 and len(offered) == 3
    assert previous.offered(follow_up(later, 1), cast.person("ivy")) == []


def test_the_import_of_the_later_one_cannot_be_undone_then(cast, report, later):
    carry(follow_up(report, 3), follow_up(later, 2), cast.ivy)
    with pytest.raises(Refusal, match="carried forward to it"):
        close_book(later, by=cast.ivy, at=NOW)
    assert ActionPlan.objects.filter(inspection=later).exists()


def test_the_form_and_both_pages_show_the_link(cast, report, later, signed_in):
    earlier, goes_on = follow_up(report, 3), follow_up(later, 2)
    client, url = signed_in(cast.ivy), f"/recommendations/{earlier.pk}/carry-forward/"
    form = BeautifulSoup(client.get(url).content, "html.parser")
    offered = [one["value"] for one in form.select("input[name=later]")]
    assert offered[0] == str(goes_on.pk) and offered[-1] == "none"
    given = {"later": goes_on.pk, "seen": 1, "key": uuid.uuid4()}
    assert client.post(url, given | {"later": ""}).status_code == 422
    assert [client.post(url, given).status_code for _ in range(2)] == [302, 302]
    assert client.post(url, given | {"later": follow_up(later, 1).pk}).status_code == 409
    links = previous.carried(follow_up(report, 3), cast.person("amira"))
    assert (links["to"], links["from"], links["later"]) == (goes_on, [], False)
    assert previous.carried(goes_on, cast.person("ivy")) == {"to": None, "from": [earlier], "later": False}
    assert previous.carried(goes_on, cast.person("ben"))["from"] == []
    for who, status in (("amira", 403), ("ben", 404), ("ada", 403)):
        stranger = signed_in(getattr(cast, who))
        assert stranger.get(url).status_code == stranger.post(url, given).status_code == status
