"""One deed on many rows: Amira hands her work over, moves what slips and notes what was said; Ben tries his luck."""

import datetime as dt
import re
import uuid

import pytest

from tests.cast import NOW, follow_up, inspection, person
from tests.plans.test_pages import heading, in_days, said
from tests.plans.test_submitting import plan_of, submit
from tracker.journal.models import Event, Notice
from tracker.plans import bulk, operations, submitting
from tracker.plans.models import Action, BulkDeed, DateChange, FollowUp
from tracker.plans.rules import read_target_date
from tracker.refusals import Refusal

ACTIONS, RECOMMENDATIONS = "/actions/bulk/", "/recommendations/bulk/"
JUNE = dt.date(2027, 6, 30)


def seen(rows):
    return {row.pk: row.version for row in rows}


def do(deed, rows, by, **how):
    rows = list(rows)
    how = {"key": uuid.uuid4(), "by": by, "at": NOW} | how
    return bulk.do(deed, type(rows[0]), how.pop("seen", None) or seen(rows), **how)


def form(deed, rows, **given):
    pairs = " ".join(f"{row.pk}.{row.version}" for row in rows)
    return {"deed": deed, "rows": pairs, "key": uuid.uuid4()} | given


def events(row, deed):
    return Event.objects.about(row).filter(deed=deed).count()


def why(answer):
    return dict(answer.skipped)


@pytest.fixture
def acts(cast, add):
    """Three actions of HFKCW, one of which nobody can change any more."""
    acts = [add(what, in_days(30), owner_person=cast.omar) for what in ("Train all", "Allocate all", "Write to all")]
    operations.cancel_action(acts[2], "Done nationally.", seen_version=1, by=cast.amira, at=NOW)
    return list(Action.objects.order_by("pk"))


@pytest.fixture
def far(cast):
    """An action of Lambeth, out of Amira's sight."""
    row = follow_up(inspection(cast.lambeth, [(cast.lambeth, 1)]), 1)
    return operations.add_action(row, "A secret of Lambeth", target=read_target_date(""), by=cast.ben, at=NOW)


class TestAssign:
    def test_each_that_can_be_is_given_and_the_others_are_told_apart(self, cast, acts, far):
        answer = do("assign", [*acts, far], cast.amira, owner_post=cast.head_of_hfkcw, owner_person=None)
        assert [pk for pk, _ in answer.done] == [acts[0].pk, acts[1].pk]
        assert why(answer) == {acts[2].pk: "You cannot choose who owns this action while it is cancelled."}
        assert answer.unseen == 1
        assert set(Action.objects.filter(owner_post=cast.head_of_hfkcw)) == set(acts[:2])
        assert [events(act, "assigned") for act in (*acts, far)] == [1, 1, 0, 0]
        event = Event.objects.about(acts[0]).first()
        assert (event.before["owner_person"], event.after["owner_person"]) == ("Omar Farah", None)

    def test_the_new_owner_is_told_of_each_once_and_not_what_they_did_themselves(self, cast, acts):
        Notice.objects.all().delete()
        nina = person("Nina", "Roe", "contributor", cast.hfkcw)
        answer = do("assign", acts, cast.amira, owner_post=None, owner_person=nina)
        assert answer.told == ["Nina Roe"]
        assert set(Notice.objects.filter(recipient=nina, kind="assigned").values_list("subject_id", flat=True)) == {
            acts[0].pk, acts[1].pk,
        }  # fmt: skip
        assert do("assign", Action.objects.all(), cast.amira, owner_post=None, owner_person=cast.amira).told == []

    def test_what_is_so_already_is_skipped(self, cast, acts):
        answer = do("assign", acts[:2], cast.amira, owner_post=None, owner_person=cast.omar)
        assert answer.done == [] and set(why(answer).values()) == {"It is so already."}
        assert not Event.objects.filter(deed="assigned").exists()

    def test_recommendations_too(self, cast, report):
        rows = list(FollowUp.objects.order_by("pk"))  # eight to HFKCW, four to London, two to HMPPS
        answer = do("assign", rows, cast.amira, owner_post=None, owner_person=cast.omar)
        assert (len(answer.done), len(answer.skipped)) == (8, 6)
        assert all("You cannot choose who owns this recommendation: only a lead" in why for _, why in answer.skipped)

    def test_an_owner_only_for_the_places_that_offer_them(self, cast, acts):
        answer = do("assign", acts[:1], cast.amira, owner_post=None, owner_person=cast.ben, places=set())
        assert why(answer) == {acts[0].pk: "The owner you chose cannot be given work of HFKCW."}

    def test_what_somebody_changed_meanwhile_is_skipped_and_says_who(self, cast, acts):
        before = seen(acts)
        operations.reassign(acts[0], owner_person=cast.amira, seen_version=acts[0].version, by=cast.amira, at=NOW)
        answer = do("assign", acts[:2], cast.amira, seen=before, owner_post=cast.head_of_hfkcw, owner_person=None)
        assert [pk for pk, _ in answer.done] == [acts[1].pk]
        assert why(answer)[acts[0].pk].startswith("Amira Khan changed this at 9:30am")

    def test_a_note_is_no_change(self, cast, acts):
        before = seen(acts)
        operations.reassign(acts[0], owner_person=cast.amira, seen_version=acts[0].version, by=cast.amira, at=NOW)
        do("note", acts[:1], cast.ivy, text="Looked at.")
        answer = do("assign", acts[:1], cast.amira, seen=before, owner_post=cast.head_of_hfkcw, owner_person=None)
        assert why(answer)[acts[0].pk].startswith("Amira Khan changed this")

    def test_the_same_key_is_the_same_deed(self, cast, acts):
        how = {"owner_post": cast.head_of_hfkcw, "owner_person": None, "key": uuid.uuid4()}
        first = do("assign", acts, cast.amira, **how)
        assert do("assign", acts, cast.amira, **how) == first
        assert BulkDeed.objects.count() == 1 and events(acts[0], "assigned") == 1

    def test_no_more_than_500(self, cast, acts):
        with pytest.raises(Refusal, match="At most 500"):
            bulk.do(
                "assign", Action, dict.fromkeys(range(1, 502), 1), key=uuid.uuid4(), by=cast.amira, at=NOW,
                owner_post=None, owner_person=cast.omar,
            )  # fmt: skip
        assert not BulkDeed.objects.exists()


class TestMove:
    def move(self, rows, by, target="30 June 2027", reason="The trainer left.", **how):
        return do("move", rows, by, target=read_target_date(target), reason=reason, **how)

    def test_at_once_while_the_plan_is_written(self, cast, acts):
        first_day = acts[0].due_by
        operations.answer(follow_up(acts[0].plan.inspection, 1), "agreed", seen_version=1, by=cast.amira, at=NOW)
        answer = self.move(acts, cast.amira)
        assert answer.done == [[acts[0].pk, bulk.AT_ONCE], [acts[1].pk, bulk.AT_ONCE]]
        for act in Action.objects.filter(pk__in=[acts[0].pk, acts[1].pk]):
            assert (act.due_by, act.first_due_by, act.times_moved, act.version) == (JUNE, first_day, 1, 2)
        event = Event.objects.about(acts[0]).first()
        assert (event.deed, event.before["due_by"], event.after["due_by"], event.after["reason"]) == (
            "action_changed", first_day.isoformat(), "2027-06-30", "The trainer left.",
        )  # fmt: skip
        assert follow_up(acts[0].plan.inspection, 1).next_due == JUNE

    def test_a_first_date_is_set_and_has_not_moved(self, cast, add):
        act = add("No date yet")
        self.move([act], cast.amira)
        act.refresh_from_db()
        assert (act.due_by, act.first_due_by, act.times_moved) == (JUNE, JUNE, 0)

    def signed(self, cast, report, add):
        """Two actions of a plan that Rosa signed off."""
        for number in range(1, 9):
            operations.answer(follow_up(report, number), "agreed", seen_version=1, by=cast.amira, at=NOW)
            add(f"Step {number}", "1 March 2027", number=number, owner_person=cast.omar)
        plan = submit(plan_of(cast.hfkcw), cast.amira)
        submitting.sign_off(plan, seen_version=plan.version, by=cast.rosa, at=NOW)
        return list(Action.objects.order_by("pk"))

    def test_in_a_plan_that_was_signed_it_is_asked_for(self, cast, report, add):
        acts = self.signed(cast, report, add)
        Notice.objects.all().delete()
        answer = self.move(acts, cast.amira)
        assert [how for _, how in answer.done] == [bulk.ASKED] * 8 and answer.told == ["Rosa Diaz"]
        assert DateChange.objects.filter(state="asked", asked_by=cast.amira, new_due_by=JUNE).count() == 8
        assert set(Action.objects.values_list("due_by", flat=True)) == {dt.date(2027, 3, 1)}
        asked = Notice.objects.filter(kind="date_asked", recipient=cast.rosa)
        assert set(asked.values_list("subject_id", flat=True)) == set(DateChange.objects.values_list("pk", flat=True))
        assert all(events(act, "date_asked") == 1 for act in acts)

    def test_where_one_was_asked_for_already_it_is_skipped(self, cast, report, add):
        acts = self.signed(cast, report, add)
        self.move(acts[:1], cast.amira)
        answer = self.move(acts[:2], cast.amira, "30 July 2027")
        assert [pk for pk, _ in answer.done] == [acts[1].pk]
        assert why(answer)[acts[0].pk] == "Amira Khan has asked for 2027-06-30 already, and it is not decided yet."

    @pytest.mark.parametrize(
        ("target", "reason", "sentence"),
        [("", "Why", "Give the date"), ("1 June 2020", "Why", "already past"), ("30 June 2027", " ", "Say why")],
    )
    def test_refused_for_all_before_any_is_touched(self, cast, acts, target, reason, sentence):
        with pytest.raises(Refusal, match=sentence):
            self.move(acts, cast.amira, target, reason)
        assert not BulkDeed.objects.exists()


class TestNote:
    def test_in_the_timeline_of_each_and_nothing_else(self, cast, acts, signed_in):
        answer = do("note", acts, cast.omar, text="Said at the board.")
        assert len(answer.done) == 2 and len(answer.skipped) == 1
        assert "Said at the board." in said(signed_in(cast.amira).get(f"/actions/{acts[0].pk}/"))
        assert [act.version for act in Action.objects.order_by("pk")] == [act.version for act in acts]

    def test_who_may(self, cast, acts):
        able = {name: len(do("note", acts[:1], cast.person(name), text="x").done) for name in (
            "amira", "rosa", "helen", "ivy", "omar", "ben", "niall", "ada", "vera",
        )}  # fmt: skip
        assert {name for name, done in able.items() if done} == {"amira", "rosa", "helen", "ivy", "omar"}


class TestThePages:
    def test_select_in_the_list_read_what_will_happen_do_it_and_read_what_did(self, cast, acts, far, signed_in):
        client = signed_in(cast.amira)
        text = said(client.get("/actions/"))
        assert f'name="row" value="{acts[0].pk}"' in text and "Give another date" in text
        ticked = [*acts, far]
        page = client.get(ACTIONS, {"row": [act.pk for act in ticked], "deed": "assign"})
        text = said(page)
        assert heading(page) == "Choose the owner of 2 actions"
        assert "1: You cannot choose who owns this action while it is cancelled." in text
        assert "1 of those that you selected is not there, or not yours to see." in text
        assert "secret" not in text and f"/actions/{far.pk}/" not in text
        typed = form("assign", ticked, owner=f"post-{cast.head_of_hfkcw.pk}")
        page = client.post(ACTIONS, typed, follow=True)
        text = said(page)
        assert heading(page) == "2 actions changed, 2 skipped"
        assert f'href="/actions/{acts[2].pk}/"' in text and "secret" not in text
        assert f'href="/actions/{far.pk}/"' not in text

    def test_a_double_click_gives_the_same_answer(self, cast, acts, signed_in):
        client, typed = signed_in(cast.amira), form("note", acts, note="Said at the board.")
        one, two = client.post(ACTIONS, typed), client.post(ACTIONS, typed)
        assert one.status_code == two.status_code == 302 and one["location"] == two["location"]
        assert events(acts[0], "note_added") == 1

    def test_all_that_match_the_filters_on_other_pages_too(self, cast, report, signed_in):
        client = signed_in(cast.amira)
        page = client.get(RECOMMENDATIONS, {"all": "1", "deed": "note", "organisation": "hfkcw"})
        assert heading(page) == "Add a note to 8 recommendations"
        rows = re.search(r'name="rows" value="([^"]*)"', said(page)).group(1)
        page = client.post(
            RECOMMENDATIONS, {"deed": "note", "rows": rows, "key": uuid.uuid4(), "note": "x"}, follow=True
        )
        assert heading(page) == "8 recommendations changed"

    def test_all_is_offered_only_where_there_is_more_than_a_page(self, cast, report, add, signed_in):
        client = signed_in(cast.amira)
        add("Just one")
        assert "that match, on other pages too" not in said(client.get("/actions/"))
        for n in range(30):
            add(f"Step {n}")
        text = said(client.get("/actions/?organisation=hfkcw&sort=newest"))
        assert "All 31 that match, on other pages too" in text
        assert '<input type="hidden" name="organisation" value="hfkcw">' in text

    def test_what_is_missing_is_said_and_what_was_typed_is_kept(self, cast, acts, signed_in):
        page = signed_in(cast.amira).post(ACTIONS, form("move", acts, target="soon", reason="Typed with care."))
        text = said(page)
        assert page.status_code == 422 and "is not a date we can read" in text and "Typed with care." in text
        page = signed_in(cast.amira).post(ACTIONS, form("move", acts, target="1 June 2020", reason="Typed with care."))
        assert page.status_code == 409 and "already past" in said(page) and "Typed with care." in said(page)

    def test_nothing_selected_says_what_to_do(self, cast, acts, signed_in):
        page = signed_in(cast.amira).get(ACTIONS, {"deed": "assign", "organisation": "hfkcw"})
        assert heading(page) == "Nothing is selected" and "/actions/?organisation=hfkcw" in said(page)
        for rows in ("", "x", "1.1 DROP", "1.1,2.1"):
            page = signed_in(cast.amira).post(ACTIONS, form("note", [], note="x") | {"rows": rows})
            assert page.status_code == 422, rows

    def test_whom_it_is_offered_to(self, cast, acts, signed_in):
        offered = {
            "amira": {"assign", "move", "note"}, "rosa": {"assign", "move", "note"}, "omar": {"note"},
            "ivy": {"note"}, "ada": set(), "vera": set(),
        }  # fmt: skip
        for name, deeds in offered.items():
            client = signed_in(cast.person(name))
            text = said(client.get("/actions/"))
            assert {d for d in ("assign", "move", "note") if f'value="{d}"' in text} == deeds, name
            for deed in {"assign", "move", "note"} - deeds:
                assert client.get(ACTIONS, {"row": acts[0].pk, "deed": deed}).status_code == 403
                assert client.post(ACTIONS, form(deed, acts)).status_code == 403
        assert signed_in(cast.omar).get(RECOMMENDATIONS).status_code == 403
        assert not BulkDeed.objects.exists()

    def test_an_owner_of_another_place_is_not_taken(self, cast, acts, signed_in):
        page = signed_in(cast.amira).post(ACTIONS, form("assign", acts, owner=f"person-{cast.ben.pk}"))
        assert page.status_code == 422 and not BulkDeed.objects.exists()

    def test_the_answer_is_for_whoever_did_it(self, cast, acts, signed_in):
        answer = do("note", acts, cast.amira, text="x")
        assert signed_in(cast.amira).get(f"/bulk/{answer.pk}/").status_code == 200
        assert signed_in(cast.rosa).get(f"/bulk/{answer.pk}/").status_code == 404

    def test_a_case_number_is_warned_of(self, cast, acts, signed_in):
        page = signed_in(cast.amira).post(ACTIONS, form("note", acts, note="See X123456."), follow=True)
        assert "X123456 (a CRN)" in said(page)

    def test_a_note_on_one_recommendation_from_its_page(self, cast, first, signed_in):
        client, link = signed_in(cast.ivy), f"{RECOMMENDATIONS}?row={first.pk}&amp;deed=note"
        assert link in said(client.get(f"/recommendations/{first.pk}/"))
        assert heading(client.get(link.replace("&amp;", "&"))) == "Add a note to 1 recommendation"
        client.post(RECOMMENDATIONS, form("note", [first], note="Said on the visit."))
        assert "Note: Said on the visit." in said(client.get(f"/recommendations/{first.pk}/"))


@pytest.mark.parametrize("number", [3, 60])
def test_the_number_of_queries_does_not_grow(cast, add, signed_in, django_assert_max_num_queries, number):
    acts = [add(f"Step {n}", in_days(30)) for n in range(number)]
    client = signed_in(cast.amira)
    with django_assert_max_num_queries(14):
        assert client.get(ACTIONS, {"all": "1", "deed": "assign"}).status_code == 200
    for deed, given, budget in (
        ("assign", {"owner": f"person-{cast.omar.pk}"}, 26),
        ("move", {"target": "30 June 2099", "reason": "Ill."}, 26),
        ("note", {"note": "x"}, 20),
    ):
        acts = list(Action.objects.order_by("pk"))
        with django_assert_max_num_queries(budget):
            page = client.post(ACTIONS, form(deed, acts, **given))
        assert page.status_code == 302
        with django_assert_max_num_queries(8):
            page = client.get(page["location"])
        assert heading(page) == f"{number} actions changed"


@pytest.mark.django_db(transaction=True)
def test_two_leads_take_the_same_rows_at_once(cast, acts, at_once):
    """Each row has one winner; the other is told which were skipped, and by whom."""
    nina = person("Nina", "Roe", "lead", cast.hfkcw)
    before = seen(acts[:2])
    amira, nina = cast.person("amira"), type(nina).objects.get(pk=nina.pk)
    give = {"seen": before, "owner_post": None}
    answers = at_once(
        lambda: do("assign", acts[:2], amira, owner_person=amira, **give),
        lambda: do("assign", acts[:2], nina, owner_person=nina, **give),
    )
    assert all(isinstance(answer, BulkDeed) for answer in answers), answers
    for act in Action.objects.filter(pk__in=before):
        assert act.version == 2 and events(act, "assigned") == 1
        winner = next(a for a in answers if act.pk in [pk for pk, _ in a.done])
        loser = next(a for a in answers if a is not winner)
        assert act.owner_person == winner.by
        assert why(loser)[act.pk].startswith(f"{winner.by.name} changed this")


@pytest.mark.django_db(transaction=True)
def test_the_same_form_twice_at_once(cast, acts, at_once):
    key, amira = uuid.uuid4(), cast.person("amira")
    answers = at_once(*[lambda: do("note", acts[:2], amira, text="Once.", key=key)] * 2)
    assert answers[0] == answers[1] and events(acts[0], "note_added") == 1
