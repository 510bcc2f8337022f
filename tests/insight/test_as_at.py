"""What a past day's numbers were: the same that the page said on that day, whatever happened since.

HISTORIES says how many random ones are played (`script/prove past` takes many, on both databases).
"""

import datetime as dt
import re
from collections import Counter
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given

from inspections import importing, organisations
from inspections.models import Organisation
from tests.cast import TODAY, follow_up, inspection
from tests.histories import histories, undone
from tests.insight.histories import EVIDENCE_PARTS, HISTORY, History, of_page
from tests.inspections.report import LAMBETH
from tracker.alerts import answering, raising
from tracker.alerts.models import AlertCase
from tracker.demonstration import load
from tracker.exports import evidence_pack, progress
from tracker.exports.action_plan import joined_plan
from tracker.insight.as_at import ends, late_responses, lives, overview_as_at, places_as_at
from tracker.insight.numbers import overview
from tracker.insight.standing import standing_as_at
from tracker.intake import Choices, take_in
from tracker.people.models import User
from tracker.plans import closing, dates, opening, operations, verifying
from tracker.plans.bulk import place_of
from tracker.plans.models import Action, FollowUp
from tracker.plans.previous import carry_forward, what_became
from tracker.plans.rules import read_target_date
from tracker.published.figures import enter_figure
from tracker.published.operations import bring_in_organisations, confirm_draft, start_by_hand, undo_import
from tracker.words import day as day_words
from tracker.working_days import LONDON, london_day

pytestmark = pytest.mark.django_db


@histories(2)
@given(history=HISTORY)
def test_every_past_day_says_what_its_page_said(cast, history):
    with undone():
        told = History(cast)
        told.play(history)
        for who, place, day, said, stood in told.said:
            reader, places = cast.person(who), places_as_at(day)
            assert overview_as_at(reader, place, day) == said, (who, place.slug, day)
            assert of_page(standing_as_at(reader, place, day, places)) == stood, (who, place.slug, day)
        for report, day, parts, blocks in told.printed:
            assert joined_plan(cast.ivy, report, day, past=True).parts == parts, (report, day)
            then, earlier = progress.as_at(cast.ivy, report, what_became(cast.ivy, report), day)
            assert progress.paper_of(then, earlier, day).blocks == blocks, (report, day)
        for pk, day, blocks in told.proved:
            row = FollowUp.objects.select_related(*EVIDENCE_PARTS).get(pk=pk)
            found = evidence_pack.evidence_as_at(cast.ivy, row, day)
            assert evidence_pack.paper_of(cast.ivy, found).blocks == blocks, (pk, day)
        every_subject_is_as_its_row(told.today)
        DONE.update(told.done)


def words(answered) -> str:
    return " ".join(BeautifulSoup(answered.content, "html.parser").get_text(" ").split())


DONE = Counter()


def every_subject_is_as_its_row(today):
    places = list(Organisation.objects.values_list("pk", flat=True))
    kept = {kind: dict(lives(kind, places, ends(today))) for kind in ("followup", "action", "alertcase")}
    started = {pk for kind in ("followup", "alertcase") for one in kept[kind].values() for pk in one["started"]}
    for pk in started:
        kept["action"][pk]["live"] = True
    for model, names in (
        (FollowUp, ["state", "response", "live"]), (AlertCase, ["state"]),
        (Action, ["state", "live", "due_by", "first_due_by", "times_moved"]),
    ):  # fmt: skip
        facts = kept[model._meta.model_name]
        assert {pk: [one["place"], *(known(one[name]) for name in names)] for pk, one in facts.items()} == {
            row.pk: [place_of(row).pk, *(known(getattr(row, name)) for name in names)] for row in model.objects.all()
        }


def known(value):
    """The journal's table does not part the two states of an open action."""
    return "in_progress" if value == "not_started" else value


def moment(month, day, hour=10, minute=0):
    return dt.datetime(2026, month, day, hour, minute, tzinfo=LONDON)


def fresh(row):
    if isinstance(row, FollowUp):
        return follow_up(row.inspection, row.recommendation.number)
    parts = ("plan", "organisation__parent__parent", "owner_post__holder", "owner_person")
    return Action.objects.select_related(*parts).get(pk=row.pk)


def act(row, what, target, *, by, at, owner=None, reason=""):
    return operations.add_action(
        fresh(row), what, target=read_target_date(target), owner_person=owner or by, date_reason=reason, by=by, at=at
    )


def said(numbers):
    slip = numbers.slips[0] if numbers.slips else None
    return {
        "open": (numbers.open, numbers.awaiting, numbers.historic), "claimed": numbers.claimed,
        "overdue": (numbers.newly, numbers.carried), "closed": numbers.closed,
        "month": [(m.opening, m.new, m.reopened, m.closed, m.closing) for m in numbers.months][-1],
        "ages": {age.words: age.count for age in numbers.ages if age.count},
        "slip": slip and (str(slip.organisation), slip.dated, slip.moved, slip.times, slip.days),
        "responses": [(one.level, one.counts) for one in numbers.responses],
        "alerts": dict(numbers.alerts),
    }  # fmt: skip


# What somebody with a calendar and a pencil would have written down at the end of three days of the story below.
BY_HAND = {
    # The report is in; the first is answered, its action is due on 20 February.
    dt.date(2026, 2, 10): {
        "open": (3, 2, 0), "claimed": 0, "overdue": (0, 0), "closed": 0, "month": (0, 3, 0, 0, 3),
        "ages": {"0 to 30 days": 3}, "slip": None, "responses": [("pdu", {"awaiting": 2, "agreed": 1})],
        "alerts": {"Raised": 1},
    },
    # The first action moved by 40 days and is claimed; that of the second was due on 28 February, late since the first;
    # the third is answered, not agreed.
    dt.date(2026, 3, 31): {
        "open": (3, 0, 0), "claimed": 1, "overdue": (1, 0), "closed": 0, "month": (3, 0, 0, 0, 3),
        "ages": {"31 to 90 days": 3}, "slip": ("HFKCW", 2, 1, 1, 40),
        "responses": [("pdu", {"agreed": 2, "not_agreed": 1})], "alerts": {"Acknowledged": 1},
    },
    # The first is closed on the last day of April a minute before midnight; the second is late from before.
    dt.date(2026, 4, 30): {
        "open": (2, 0, 0), "claimed": 0, "overdue": (0, 1), "closed": 1, "month": (3, 0, 0, 1, 2),
        "ages": {"31 to 90 days": 2}, "slip": ("HFKCW", 2, 1, 1, 40),
        "responses": [("pdu", {"agreed": 2, "not_agreed": 1})], "alerts": {"Acknowledged": 1},
    },
}  # fmt: skip


@pytest.fixture
def story(cast):
    """Amira's three recommendations from February to May, and deeds that came later."""
    report = inspection(cast.hfkcw, [(cast.hfkcw, 3)], published=dt.date(2026, 2, 1), by=cast.ivy, at=moment(2, 2))
    first, second, third = (follow_up(report, n) for n in (1, 2, 3))

    def answer(row, response, at):
        row = fresh(row)
        operations.answer(
            row, response, response_text="So", reason="Why not", approver="Rosa", seen_version=row.version,
            by=cast.amira, at=at,
        )  # fmt: skip

    answer(first, "agreed", moment(2, 9))
    one = act(first, "Train", "20 February 2026", by=cast.amira, at=moment(2, 10, 23, 59))
    case = raising.raise_alert(
        cast.hfkcw, "unseen", concerns=["Not seen"], required_text="See them", by=cast.ivy, at=moment(2, 10, 12)
    )
    # After midnight in London it is the next day, although in UTC it may not be.
    answering.acknowledge(case, seen_version=1, by=cast.amira, at=moment(2, 11, 0, 1))
    asked = dates.ask_date(
        fresh(one), read_target_date("1 April 2026"), "Two left", seen_version=1, by=cast.amira, at=moment(2, 12)
    )
    dates.agree_date(asked, by=cast.rosa, at=moment(2, 13))
    answer(second, "agreed", moment(2, 14))
    act(second, "Audit", "28 February 2026", by=cast.amira, at=moment(2, 14))
    answer(third, "not_agreed", moment(3, 2))
    verifying.claim(fresh(one), "Done", seen_version=2, by=cast.amira, at=moment(3, 31, 23, 30))  # UTC: 22:30
    verifying.verify(fresh(one), "good", seen_version=3, by=cast.idris, at=moment(4, 3))
    row = fresh(first)
    closing.close(row, seen_version=row.version, by=cast.ivy, at=moment(4, 30, 23, 59))
    # What no number of the three days may know of
    row = fresh(first)
    closing.reopen(row, "It came back", seen_version=row.version, by=cast.ivy, at=moment(5, 1, 0, 1))
    act(second, "Brief", "1 March 2026", by=cast.amira, at=moment(5, 2), reason="It was late")
    row = fresh(third)
    answer(third, "agreed", moment(5, 3))
    return report


@pytest.mark.parametrize("day", BY_HAND, ids=str)
def test_three_days_as_written_down_by_hand(cast, story, day):
    for who, place in (("amira", "hfkcw"), ("rosa", "london"), ("helen", "hmpps")):
        assert said(overview_as_at(cast.person(who), getattr(cast, place), day)) == BY_HAND[day], place


def test_a_response_is_late_from_the_day_after_until_it_is_given(cast):
    report = inspection(cast.hfkcw, [(cast.hfkcw, 2)], published=dt.date(2026, 2, 1), by=cast.ivy, at=moment(2, 2))
    first, due = follow_up(report, 1), report.plans.get().due_by
    act(follow_up(report, 2), "Train", "10 February 2026", by=cast.amira, at=moment(2, 3))
    answered = due + dt.timedelta(days=3)
    operations.answer(
        first, "agreed", response_text="So", seen_version=first.version, by=cast.amira,
        at=dt.datetime.combine(answered, dt.time(9), tzinfo=LONDON),
    )  # fmt: skip
    for on, late in (
        (dt.date(2026, 2, 10), 0), (dt.date(2026, 2, 11), 1), (due, 1), (due + dt.timedelta(days=1), 2), (answered, 1),
    ):  # fmt: skip
        assert overview_as_at(cast.person("amira"), cast.hfkcw, on).late_responses == late, on
        assert len(late_responses([cast.hfkcw.pk], on)) == late, on


def test_before_the_report_came_there_was_nothing(cast, story):
    assert overview_as_at(cast.person("amira"), cast.hfkcw, dt.date(2026, 2, 1)).open == 0


# (sentence, first of the open work with its date, dates that moved, state of the alert), as on the page of HFKCW
PAGE_BY_HAND = {
    dt.date(2026, 2, 10): (
        "3 recommendations were open. The next date was 20 February 2026.", (1, "20 February 2026"), (0, 0, 0, 0),
        "raised",
    ),
    # Another date was asked for that morning, and not decided until the next.
    dt.date(2026, 2, 12): (
        "3 recommendations were open. The next date was 20 February 2026.", (1, "20 February 2026"), (0, 0, 0, 1),
        "acknowledged",
    ),
    dt.date(2026, 3, 31): (
        "3 recommendations were open, 1 of them overdue.", (2, "28 February 2026"), (1, 1, 40, 0), "acknowledged",
    ),
    dt.date(2026, 4, 30): (
        "2 recommendations were open, 1 of them overdue.", (2, "28 February 2026"), (1, 1, 40, 0), "acknowledged",
    ),
}  # fmt: skip


@pytest.mark.parametrize("on", PAGE_BY_HAND, ids=str)
def test_how_a_place_stood_as_written_down_by_hand(cast, story, on):
    stood = standing_as_at(cast.person("amira"), cast.hfkcw, on, places_as_at(on))
    first, slip = stood.work[0], stood.slip
    found = (
        stood.sentence(past=True), (first.recommendation.number, day_words(first.next_due)),
        tuple(slip[name] for name in ("moved", "times", "days", "asked")), stood.alerts[0].state,
    )  # fmt: skip
    assert found == PAGE_BY_HAND[on]


def test_a_response_that_was_awaited_was_due_when_it_was_then(cast):
    report = inspection(cast.hfkcw, [(cast.hfkcw, 1)], published=dt.date(2026, 2, 1), by=cast.ivy, at=moment(2, 2))
    plan = follow_up(report, 1).plan
    before = plan.due_by
    opening.set_plan_due(plan, dt.date(2026, 6, 1), by=cast.ivy, at=moment(2, 20))
    opening.set_plan_due(plan, dt.date(2026, 7, 1), by=cast.ivy, at=moment(3, 20))
    for on, due in (
        (moment(2, 19), before),
        (moment(2, 20), dt.date(2026, 6, 1)),
        (moment(3, 20), dt.date(2026, 7, 1)),
    ):
        on = on.date()
        assert standing_as_at(cast.person("amira"), cast.hfkcw, on, places_as_at(on)).next == due, on


class TestPageOfAPlace:
    def test_what_was_open_then_and_nothing_of_today(self, client, cast, story):
        client.force_login(cast.amira)
        said = words(client.get("/organisations/hfkcw/?on=31+March+2026"))
        assert "3 recommendations were open, 1 of them overdue." in said and "As at 31 March 2026" in said
        assert "1 action moved 1 time, 40 days after its first date." in said
        assert "Amira" not in said.partition("Sign out")[2].partition("Open work")[0], "who heads it is of today"
        assert "Enter a figure" not in said and "Contacts by post" not in said
        assert "Back to today" in said

    def test_a_visit_brought_in_later_was_not_known_then(self, client, cast, story):
        take_in(LAMBETH, Choices(live=True), by=cast.ivy, today=TODAY, at=moment(11, 2))
        client.force_login(cast.ivy)
        assert "/inspections/lambeth/" in client.get("/organisations/lambeth/?on=2026-11-02").content.decode()
        page = client.get("/organisations/lambeth/?on=2026-11-01")
        assert "No inspection of Lambeth is here yet." in words(page)

    def test_a_figure_entered_later_was_not_known_then(self, client, cast, story):
        enter_figure(
            cast.hfkcw, "staff", Decimal(88), dt.date(2026, 1, 1), source="Annex", by=cast.ivy, at=moment(6, 1)
        )
        client.force_login(cast.ivy)
        assert "88 FTE" in words(client.get("/organisations/hfkcw/?on=2026-06-01"))
        assert "No figure of HFKCW is here yet." in words(client.get("/organisations/hfkcw/?on=2026-05-31"))

    @pytest.mark.parametrize(("asked", "why"), [
        ("1 January 2099", "The day cannot be after today"), ("31 February 2026", "Enter a day such as 3 March 2026"),
        ("1 January 2020", "The journal begins on"),
    ])  # fmt: skip
    def test_a_day_that_cannot_be_is_said_and_kept(self, client, cast, story, asked, why):
        client.force_login(cast.amira)
        page = client.get("/organisations/hfkcw/", {"on": asked})
        assert page.status_code == 422 and why in words(page) and f'value="{asked}"' in page.content.decode()

    def test_ben_reads_no_more_of_a_past_day_than_of_today(self, client, cast, story):
        client.force_login(cast.ben)
        page = client.get("/organisations/hfkcw/?on=31+March+2026")
        assert "You can read what was published" in words(page)
        assert "Open work" not in words(page) and "/alerts/1" not in page.content.decode()


def test_today_is_the_same_both_ways_with_the_demonstration(db):
    now = dt.datetime(2026, 11, 20, 9, 30, tzinfo=dt.UTC)
    load.load(now, "inspection-demo")
    people = {user.email.split("@")[0]: user for user in User.objects.all()}
    compared = 0
    for place in Organisation.objects.filter(follow_ups__isnull=False).distinct():
        by_rows = overview(people["inspector"], place, now.date())
        assert overview_as_at(people["inspector"], place, now.date()) == by_rows, place
        compared += by_rows.open > 0
    assert compared > 5
    every_subject_is_as_its_row(now.date())


class TestRestructure:
    """On 1 June Lambeth goes from London to Northmoor and takes another name."""

    @pytest.fixture
    def lambeth(self, cast):
        report = inspection(
            cast.lambeth, [(cast.lambeth, 2), (cast.london, 1)], published=dt.date(2026, 2, 1), by=cast.ivy,
            at=moment(2, 2),
        )  # fmt: skip
        row = follow_up(report, 1)
        operations.answer(row, "agreed", seen_version=1, by=cast.ben, at=moment(2, 3))
        one = act(row, "Train", "1 March 2026", by=cast.ben, at=moment(2, 3))
        row = fresh(one)
        operations.edit_action(
            row, what="Train", target=read_target_date("11 March 2026"), owner_person=row.owner_person,
            date_reason="Two left", seen_version=row.version, by=cast.ben, at=moment(2, 4),
        )  # fmt: skip
        for at, region, name in (
            (moment(5, 1), "London", "Lambeth"), (moment(6, 1, 0, 30), "Northmoor", "Lambeth and Southwark"),
        ):  # fmt: skip
            rows, _ = organisations.read_csv(f"region,pdu,pdu_code\n{region},{name},LAM\n".encode())
            bring_in_organisations(organisations.plan(rows, organisations.load()), by=cast.ada, at=at)
        return cast.lambeth

    def test_the_day_before_counts_where_it_was_and_as_it_was_called(self, cast, lambeth):
        before, after = dt.date(2026, 5, 31), dt.date(2026, 6, 1)
        for day, london, northmoor, name in ((before, 3, 0, "Lambeth"), (after, 1, 2, "Lambeth and Southwark")):
            found = {
                place: overview_as_at(cast.person("helen"), getattr(cast, place), day)
                for place in ("hmpps", "london", "northmoor", "lambeth")
            }
            assert {place: one.open for place, one in found.items()} == {
                "hmpps": 3, "london": london, "northmoor": northmoor, "lambeth": 2,
            }  # fmt: skip
            assert [str(one.organisation) for one in found["hmpps"].slips] == [name]
            assert found["london"].months[-1].closing == london
        # Who leads London today reads what London had then.
        assert overview_as_at(cast.person("rosa"), cast.london, before).open == 3

    def test_the_page_says_what_it_was_then_and_is_today(self, cast, lambeth, client):
        client.force_login(cast.helen)
        page = client.get("/overview/lambeth/?on=31+May+2026").content.decode()
        assert re.search(r"<h1[^>]*>Lambeth PDU<", page)
        assert "Today it is called Lambeth and Southwark PDU." in page
        assert "It belonged to London then, and belongs to Northmoor today." in page
        assert 'href="/overview/london/?on=2026-05-31">Overview of London' in page
        pack = "/overview/lambeth/pack/?from=1+March+2026&amp;to=31+May+2026"  # names what became overdue
        assert f'href="{pack}"' in page and client.get(pack.replace("&amp;", "&")).status_code == 200
        assert "/overview/lambeth/?on=2026-05-31" in client.get("/overview/london/?on=2026-05-31").content.decode()
        assert "/overview/lambeth/" not in client.get("/overview/london/?on=2026-06-01").content.decode()
        today = client.get("/overview/lambeth/").content.decode()
        assert re.search(r"<h1[^>]*>Lambeth and Southwark PDU<", today)


def test_a_corrected_report_does_not_rewrite_whom_it_was_to_nor_how_old_it_was(cast):
    """On 5 November Ivy corrects that the second recommendation is to Lambeth's region, and the day of publication."""
    bring = {"by": cast.ivy, "today": TODAY}
    taken = take_in(LAMBETH, Choices(live=True), at=moment(11, 2), **bring)
    before = {place: overview_as_at(cast.helen, getattr(cast, place), moment(11, 4).date()) for place in PLACES}
    second = taken.inspection.recommendations.get(number=2)
    key = next(importing.addressee_key(one) for one in LAMBETH.recommendations if one.number == 2)
    choices = Choices(live=True, addressees={key: cast.eastvale.pk}, published_on=dt.date(2026, 9, 1))
    take_in(LAMBETH, choices, at=moment(11, 5), **bring)
    second.refresh_from_db()
    assert second.addressee == cast.eastvale
    for place in PLACES:
        assert overview_as_at(cast.helen, getattr(cast, place), moment(11, 4).date()) == before[place], place
        now = overview(cast.helen, getattr(cast, place), TODAY)
        assert overview_as_at(cast.helen, getattr(cast, place), TODAY) == now, place
        assert all(one.opening >= 0 for one in now.months)
    assert before["eastvale"].open == 0 < overview(cast.helen, cast.eastvale, TODAY).open


PLACES = ("hmpps", "london", "northmoor", "lambeth", "eastvale")


def test_an_import_that_was_taken_back_was_there_until_then(cast):
    draft, _ = confirm_draft(
        start_by_hand(LAMBETH, Choices(live=True), by=cast.ivy, at=moment(11, 2)), seen_version=1, today=TODAY,
        by=cast.ivy, at=moment(11, 3),
    )  # fmt: skip
    before = overview_as_at(cast.helen, cast.lambeth, moment(11, 4).date())
    assert before.open == 2
    undo_import(draft, by=cast.ivy, at=moment(11, 5))
    assert not FollowUp.objects.exists()
    assert overview_as_at(cast.helen, cast.lambeth, moment(11, 4).date()) == before
    assert overview_as_at(cast.helen, cast.lambeth, moment(11, 5).date()).open == 0


def test_a_restricted_alert_stays_with_its_circle(cast):
    raising.raise_alert(
        cast.hfkcw, "unseen", concerns=["Not seen"], required_text="See them", restricted=True, by=cast.ivy,
        at=moment(2, 2),
    )  # fmt: skip
    seen = {who: overview_as_at(cast.person(who), cast.hfkcw, dt.date(2026, 2, 3)).alerts for who in ("ivy", "idris")}
    assert seen == {"ivy": (("Raised", 1),), "idris": ()}


# --- The page ------------------------------------------------------------------------------------------------


def test_the_page_of_a_past_day_says_so_and_has_no_links_to_the_lists_of_today(cast, story, client):
    client.force_login(cast.amira)
    answer = client.get("/overview/hfkcw/?on=31+March+2026")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "As at 31 March 2026, from the journal" in page and "the lists show the rows of today" in page
    figures = re.search(r'<ul class="app-figures">.*?</ul>', page, re.DOTALL)[0]
    assert re.findall(r'app-figure__number">(\d+)<', figures) == ["1", "0", "0", "1", "3", "0"]
    assert "href" not in figures
    assert 'href="/overview/hfkcw/">Back to today' in page
    assert ">1 to 31 March 2026<" in page


def test_an_empty_day_and_today_are_the_page_of_today(cast, story, client):
    client.force_login(cast.amira)
    today = london_day(timezone.now())
    for on in ("", f"?on={today}", "?on="):
        page = client.get(f"/overview/hfkcw/{on}").content.decode()
        assert "from the journal</strong>" not in page and 'app-figure__link" href' in page


@pytest.mark.parametrize(
    ("on", "sentence"),
    [
        ("tomorrow week", "Enter a day such as 3 March 2026"),
        ("31/02/2026", "Enter a day such as 3 March 2026"),
        ("9999-12-31", "The day cannot be after today"),
        ("1 February 2026", "The journal begins on 2 February 2026, so what was before is not known"),
        ("0001-01-01", "The journal begins on 2 February 2026, so what was before is not known"),
    ],
)
def test_a_day_that_cannot_be_is_refused_and_what_was_typed_stays(cast, story, client, on, sentence):
    client.force_login(cast.amira)
    answer = client.get("/overview/hfkcw/", {"on": on})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count(sentence) == 2  # in the summary and at the box
    assert f'value="{on}"' in page and "app-figures" not in page


def test_who_may_not_see_the_place_does_not_see_its_past(cast, story, client):
    client.force_login(cast.ben)
    assert client.get("/overview/hfkcw/?on=2026-03-31").status_code == 403


def test_a_place_that_was_not_here_yet(cast, story, client):
    rows, _ = organisations.read_csv(b"region,pdu\nLondon,Newham\n")
    bring_in_organisations(organisations.plan(rows, organisations.load()), by=cast.ada, at=moment(5, 1))
    client.force_login(cast.rosa)
    assert "Newham was not here yet on that day" in client.get("/overview/newham/?on=2026-04-30").content.decode()
    assert client.get("/overview/newham/?on=2026-05-01").status_code == 200


def test_as_many_queries_however_much_there_was(cast, story, client):
    client.force_login(cast.helen)
    client.get("/overview/hmpps/")  # what is asked once a while
    with CaptureQueriesContext(connection) as first:
        client.get("/overview/hmpps/?on=2026-02-02")
    with CaptureQueriesContext(connection) as last:
        client.get("/overview/hmpps/?on=2026-05-03")
    assert len(first) == len(last) <= 20, len(last)


# --- Papers --------------------------------------------------------------------------------------------------


def lines(plan):
    return [(line.number, line.agreed, line.action, line.owner, line.target) for line in plan.parts[0].lines]


def test_the_action_plan_as_it_was(cast, story):
    audit = fresh(Action.objects.get(what="Audit"))
    operations.edit_action(
        audit, what="Audit all", target=read_target_date("May 2026"), owner_post=cast.head_of_hfkcw,
        date_reason="Again", seen_version=audit.version, by=cast.amira, at=moment(5, 4),
    )  # fmt: skip
    plans = {day: joined_plan(cast.amira, story, dt.date(2026, *day), past=True) for day in ((2, 10), (3, 30), (5, 4))}
    assert lines(plans[2, 10]) == [
        ("1", "Agreed", "Train", "Amira Khan", "20 February 2026"),
        ("2", "Awaiting response", "", "No owner", "None yet"),
        ("3", "Awaiting response", "", "No owner", "None yet"),
    ]
    assert lines(plans[3, 30]) == [
        ("1", "Agreed", "Train", "Amira Khan", "1 April 2026\nFirst 20 February 2026"),
        ("2", "Agreed", "Audit", "Amira Khan", "28 February 2026"),
        ("3", "Not agreed", "", "No owner", "None yet"),
    ]
    assert lines(plans[5, 4])[1:3] == [
        ("2", "Agreed", "Audit all", "Head of PDU", "May 2026, by 31 May 2026\nFirst 28 February 2026"),
        ("2", "Agreed", "Brief", "Amira Khan", "1 March 2026"),
    ]


def test_the_page_of_the_action_plan_of_a_past_day(cast, story, client):
    client.force_login(cast.amira)
    page = client.get(f"/inspections/{story.slug}/action-plan/?on=10+February+2026").content.decode()
    assert "As at 10 February 2026, from the journal." in page and "Audit" not in page
    assert f'href="/inspections/{story.slug}/action-plan.csv?on=2026-02-10"' in page
    sheet = client.get(f"/inspections/{story.slug}/action-plan.csv?on=2026-02-10")
    assert b"Train" in sheet.content and b"Audit" not in sheet.content
    assert "2026-02-10" in sheet["Content-Disposition"]
    refused = client.get(f"/inspections/{story.slug}/action-plan/?on=when+it+rained")
    assert refused.status_code == 422 and 'value="when it rained"' in refused.content.decode()
    for suffix in ("csv", "docx"):
        assert client.get(f"/inspections/{story.slug}/action-plan.{suffix}?on=9999-01-01").status_code == 409
    client.force_login(cast.ben)
    assert client.get(f"/inspections/{story.slug}/action-plan/?on=2026-02-10").status_code == 404


def test_progress_as_it_was(cast, story):
    later = inspection(
        cast.hfkcw, [(cast.hfkcw, 1)], fieldwork=dt.date(2027, 1, 1), slug="later", by=cast.ivy, at=moment(5, 20)
    )
    first = follow_up(story, 1)
    carry_forward(first, follow_up(later, 1), seen_version=first.version, by=cast.ivy, at=moment(5, 21))
    found = {}
    for day in (dt.date(2026, 3, 31), dt.date(2026, 4, 30), dt.date(2026, 5, 1), dt.date(2026, 5, 21)):
        then, earlier = progress.as_at(cast.ivy, later, what_became(cast.ivy, later), day)
        paper = progress.paper_of(then, earlier, day, past=True)
        found[day.month, day.day] = paper.blocks[-1].rows[0][2:]
        assert paper.subtitle.endswith(", from the journal.")
    assert found == {
        (3, 31): ("Agreed", "Open", "0 of 1 verified", "None yet"),
        (4, 30): ("Agreed", "Closed: implemented, 30 April 2026", "1 of 1 verified", "Good progress"),
        (5, 1): ("Agreed", "Open", "1 of 1 verified", "Good progress"),
        (5, 21): ("Agreed", "Open\nCarried forward to recommendation 1, HFKCW, January 2027", "1 of 1 verified",
                  "Good progress"),
    }  # fmt: skip
    assert progress.as_at(cast.ivy, later, what_became(cast.ivy, later), dt.date(2026, 2, 1))[1] == []


def test_the_page_of_what_became_of_them_on_a_past_day(cast, story, client):
    inspection(
        cast.hfkcw, [(cast.hfkcw, 1)], fieldwork=dt.date(2027, 1, 1), slug="later", by=cast.ivy, at=moment(5, 20)
    )
    client.force_login(cast.ivy)
    page = client.get("/inspections/later/previous/?on=30+April+2026").content.decode()
    assert "As at 30 April 2026, from the journal" in page and "1 closed, 2 open" in page
    assert "/inspections/later/previous.docx?on=2026-04-30" in page
    assert "1 closed" not in client.get("/inspections/later/previous/").content.decode()
    refused = client.get("/inspections/later/previous/?on=in+spring")
    assert refused.status_code == 422 and 'value="in spring"' in refused.content.decode()
