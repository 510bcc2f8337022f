"""A list as a file: the rows of the page and no others, text that stays text, and as few queries for many rows."""

import csv
import datetime as dt
import io
import re
import tracemalloc

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inspections.models import Recommendation
from tests.cast import NOW, follow_up, inspection
from tracker.alerts.models import AlertCase
from tracker.exports import lists, sheets
from tracker.plans import operations
from tracker.plans.models import Action, FollowUp
from tracker.plans.opening import open_follow_ups
from tracker.plans.rules import read_target_date

pytestmark = pytest.mark.django_db
LISTS = ("recommendations", "actions", "inspections", "alerts")


@pytest.fixture
def report(cast):
    return inspection(cast.hfkcw, [(cast.hfkcw, 8), (cast.london, 4), (cast.hmpps, 2)], published=timezone.localdate())


@pytest.fixture
def add(cast, report):
    """`add("Train everyone")`: an action of HFKCW by Amira, on its first recommendation."""

    def add(what, **how):
        how = {"by": cast.amira, "at": NOW, "date_reason": "Under way"} | how
        return operations.add_action(follow_up(report, 1), what, target=read_target_date(""), **how)

    return add


@pytest.fixture
def restricted(cast):
    """About HFKCW; its circle: Idris, who raised it, and the leads of the place and above."""
    case = AlertCase.objects.create(
        organisation=cast.hfkcw, restricted=True, live=True, raised_at=NOW, raised_by=cast.idris, opened_at=NOW
    )
    case.inspectors.add(cast.idris)
    Action.objects.create(alert=case, organisation=cast.hfkcw, what="Move all cases", live=True, added_at=NOW)
    return case


def browser(person):
    client = Client()
    client.force_login(person)
    return client


def whole(answer) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def as_csv(person, name, question="") -> list[dict]:
    text = whole(browser(person).get(f"/{name}/export.csv{question}")).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def opened(person, name, question=""):
    """The worksheet, as another program reads it."""
    return openpyxl.load_workbook(io.BytesIO(whole(browser(person).get(f"/{name}/export.xlsx{question}")))).active


def as_sheet(person, name, question="") -> list[tuple]:
    return list(opened(person, name, question).iter_rows(values_only=True))


def shown(person, name, question="") -> list[str]:
    """The addresses of the rows on all pages of a list, in order."""
    client, found, address = browser(person), [], question or "?"
    while address:
        page = " ".join(client.get(f"/{name}/{address}").text.split())
        rows = re.findall(r'<li class="app-list__row.*?</li>', page)
        found += [re.search(rf'href="(/{name}/[\w-]+/)"', row)[1] for row in rows]
        later = re.search(r'class="govuk-pagination__next">\s*<a[^>]*href="([^"]*)"', page)
        address = later and later[1].replace("&amp;", "&")
    return found


def pages(rows) -> list[str]:
    return [row["Page"].removeprefix("http://testserver") for row in rows]


# --- The same rows ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("recommendations", ""),
        ("recommendations", "?organisation=london&sort=newest"),
        ("recommendations", "?status=answered"),
        ("recommendations", "?text=matter+1&sort=latest&after=2026-01-01~3"),
        ("recommendations", "?status=nonsense&after=x"),
        ("actions", ""),
        ("actions", "?status=open&sort=newest"),
        ("actions", "?text=all"),
        ("inspections", "?sort=name"),
        ("inspections", "?text=Lambeth"),
        ("alerts", ""),
        ("alerts", "?state=all"),
    ],
)
def test_a_file_holds_what_all_pages_of_the_list_show_in_their_order(cast, report, add, restricted, name, question):
    inspection(cast.lambeth, [(cast.lambeth, 20)], live=False)
    operations.answer(follow_up(report, 1), "agreed", seen_version=1, by=cast.amira, at=NOW)
    for n in range(30):
        add(f"Train all of team {n}" if n % 2 else f"Visit team {n}")
    there = shown(cast.idris, name, re.sub("&?after=[^&]*", "", question))
    assert there
    assert pages(as_csv(cast.idris, name, question)) == there
    first, *rest = as_sheet(cast.idris, name, question)
    assert [row[-1].removeprefix("http://testserver") for row in rest] == there
    assert first[-1] == "Page"


def test_the_list_leads_to_its_files_and_keeps_the_question(cast, report):
    page = browser(cast.amira).get("/recommendations/?organisation=hfkcw&sort=newest&after=2").text
    assert 'href="/recommendations/export.csv?organisation=hfkcw&amp;sort=newest"' in page
    assert 'href="/recommendations/export.xlsx?organisation=hfkcw&amp;sort=newest"' in page


def test_what_a_row_says(cast, report, add):
    made = add("Train everyone", owner_person=cast.omar)
    operations.post_update(made, "Two were trained.", confidence="at_risk", by=cast.omar, at=NOW, key=None)
    (row,) = as_csv(cast.amira, "actions")
    said = ("Action", "Organisation", "Region", "For recommendations", "Owner", "Confidence", "Last update")
    assert [row[heading] for heading in said] == [
        "Train everyone", cast.hfkcw.full_name, "London", "1", "Omar Farah", "At risk", "Two were trained.",
    ]  # fmt: skip
    assert (row["Updated on"], row["Date"], row["Fieldwork"]) == ("2026-11-20", "", "2026-08")
    row = as_csv(cast.amira, "recommendations", "?text=matter+9")[0]
    assert (row["To"], row["Number"], row["State"], row["Clock"]) == (
        "London region",
        "9",
        "Awaiting response",
        "Running",
    )
    headings, cells = as_sheet(cast.amira, "recommendations", "?text=matter+9")
    kept = dict(zip(headings, cells, strict=True))
    assert (kept["Number"], kept["Fieldwork"]) == (9, dt.datetime(2026, 8, 1))


def test_where_a_report_prints_no_day_the_file_says_its_month(cast, report):
    name = {"fieldwork_month": report.fieldwork_month, "published": dt.date(2026, 10, 1)}
    for known, said, shape in ((True, "2026-10-01", "d mmm yyyy"), (False, "2026-10", "mmm yyyy")):
        type(report).objects.update(published_to_the_day=known, **name)
        for of in ("inspections", "recommendations"):
            assert as_csv(cast.idris, of)[0]["Published"] == said
            headings, first, *_ = opened(cast.idris, of).iter_rows()
            (cell,) = [one for one, head in zip(first, headings, strict=True) if head.value == "Published"]
            assert (cell.value, cell.number_format) == (dt.datetime(2026, 10, 1), shape)


def test_an_alert_without_a_day_says_in_the_file_too_that_no_clock_runs(cast):
    case = AlertCase.objects.create(organisation=cast.hfkcw, live=True, opened_at=NOW)
    assert "No clock is running" in browser(cast.amira).get("/alerts/").text
    assert [row["Clock"] for row in as_csv(cast.amira, "alerts")] == ["Not running: no day on which it was raised"]
    AlertCase.objects.filter(pk=case.pk).update(raised_at=NOW)
    assert [row["Clock"] for row in as_csv(cast.amira, "alerts")] == ["Running"]
    today = timezone.localdate()
    case.pauses.create(starts=today, ends=today, reason="A flood", by=cast.idris, at=NOW)
    assert [row["Clock"] for row in as_csv(cast.amira, "alerts")] == ["Paused"]


def test_a_reading_that_got_worse_is_due_on_the_day_on_which_it_was_read(cast):
    """Stored is the day before, as it is late at once."""
    AlertCase.objects.create(
        organisation=cast.hfkcw, live=True, raised_at=NOW, opened_at=NOW, state="monitoring",
        next_duty="worsened", next_due=dt.date(2026, 11, 18),
    )  # fmt: skip
    assert "A reading got worse on Thursday 19 November 2026" in browser(cast.amira).get("/alerts/").text
    (row,) = as_csv(cast.amira, "alerts")
    assert (row["Due first"], row["Due"], row["Overdue"]) == ("A reading got worse", "2026-11-19", "Yes")


def test_a_sheet_prints_one_page_wide_and_a_long_row_is_as_high_as_its_text(cast, report, add):
    add("Train everyone " * 40)
    add("Visit")
    sheet = opened(cast.amira, "actions")
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (
        "landscape", 1, 0,
    )  # fmt: skip
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.print_title_rows == "$1:$1"
    high = {sheet.cell(n, 1).value[:5]: sheet.row_dimensions[n].height or 15 for n in (2, 3)}
    assert high["Train"] >= 11 * 15 and high["Visit"] < 5 * 15  # 600 characters, 60 in a line


# --- Who sees what ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["ben", "vera", "niall"])
def test_others_get_nothing_of_hfkcw(cast, report, add, who):
    add("Train everyone")
    AlertCase.objects.create(organisation=cast.hfkcw, live=True, raised_at=NOW, opened_at=NOW)
    for name in ("recommendations", "actions", "alerts"):
        assert as_csv(cast.person(who), name) == [] and len(as_sheet(cast.person(who), name)) == 1
        assert len(as_csv(cast.amira, name)) > 0


def test_omar_gets_the_one_recommendation_that_his_action_is_for(cast, report, add):
    made = add("Train everyone", owner_person=cast.omar)
    add("Visit everyone")
    assert [row["Action"] for row in as_csv(cast.omar, "actions")] == ["Train everyone"]
    assert pages(as_csv(cast.omar, "recommendations")) == [f"/recommendations/{made.follow_ups.get().pk}/"]


@pytest.mark.parametrize(
    ("who", "sees"),
    [("amira", True), ("rosa", True), ("helen", True), ("idris", True), ("ivy", False), ("ada", False), ("ben", False)],
)
def test_a_restricted_alert_is_in_nobodys_file_outside_its_circle(cast, restricted, who, sees):
    person = cast.person(who)
    assert len(as_csv(person, "alerts", "?state=all")) == sees
    assert len(as_sheet(person, "alerts", "?state=all")) == 1 + sees
    assert len(as_csv(person, "actions")) == sees


def test_a_helper_outside_the_circle_gets_the_action_and_not_the_alert(cast, restricted):
    act = restricted.actions.get()
    act.helpers.add(cast.omar)
    assert as_csv(cast.omar, "alerts", "?state=all") == []
    assert "lert" not in str(as_csv(cast.omar, "actions"))
    assert pages(as_csv(cast.omar, "actions")) == [f"/actions/{act.pk}/"]


def test_nobody_reads_a_file_without_signing_in(cast, report):
    for name in LISTS:
        for suffix in ("csv", "xlsx"):
            assert Client().get(f"/{name}/export.{suffix}").status_code == 302


# --- Text stays text -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://evil.example","x")', "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1"]
)
def test_what_somebody_typed_is_no_formula(cast, report, add, text):
    Action.objects.filter(pk=add("x").pk).update(what=text)
    assert as_csv(cast.amira, "actions")[0]["Action"].startswith("'")
    book = openpyxl.load_workbook(io.BytesIO(whole(browser(cast.amira).get("/actions/export.xlsx"))))
    cell = book.active["A2"]
    assert cell.data_type == "s" and cell.hyperlink is None


def test_commas_quotes_and_lines_come_back_as_they_were_typed(cast, report, add):
    text = 'Train "all",\nthen\nvisit; naïve – £5'
    Action.objects.filter(pk=add("x").pk).update(what=text)
    assert as_csv(cast.amira, "actions")[0]["Action"] == text
    assert as_sheet(cast.amira, "actions")[1][0] == text


def test_the_csv_begins_as_excel_wants_it_and_is_a_download(cast, report):
    answer = browser(cast.amira).get("/recommendations/export.csv")
    assert whole(answer).startswith(b"\xef\xbb\xbfInspection of,")
    assert answer["Content-Disposition"].startswith('attachment; filename="recommendations-20')
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("question", ["?text=%00", "?organisation=%00", "?text=" + "x" * 1000, "?sort=x&after=~"])
def test_an_address_that_makes_no_sense_is_answered_all_the_same(cast, report, question):
    for name in LISTS:
        for suffix in ("csv", "xlsx"):
            assert whole(browser(cast.ivy).get(f"/{name}/export.{suffix}{question}"))


# --- Many rows -------------------------------------------------------------------------------------------------


def more(cast, report, count):
    start = Recommendation.objects.count()
    for n in range(start + 1, start + 1 + count):
        Recommendation.objects.create(
            inspection=report, group=9, number=n, level="pdu", addressee=cast.hfkcw, addressee_as_printed="HFKCW",
            wording=f"see to matter {n}",
        )  # fmt: skip
        inspection(cast.hfkcw, [], slug=f"again-{n}", fieldwork=dt.date(2000 + n // 12, n % 12 + 1, 1))
        AlertCase.objects.create(organisation=cast.hfkcw, live=True, raised_at=NOW, opened_at=NOW)
    open_follow_ups(report, live=True, by=None, at=NOW)
    plan = FollowUp.objects.filter(addressee=cast.hfkcw).first().plan
    for row in FollowUp.objects.filter(addressee=cast.hfkcw).order_by("-pk")[:count]:
        act = Action.objects.create(
            plan=plan, organisation=cast.hfkcw, what=f"Do {row.pk}", live=True, added_at=NOW, owner_person=cast.omar
        )
        act.follow_ups.add(row)


@pytest.mark.parametrize("who", ["amira", "ivy", "rosa"])
def test_many_rows_cost_as_many_queries_as_few(cast, who, monkeypatch):
    monkeypatch.setattr("tracker.middleware.banner", lambda now: "")
    report = inspection(cast.hfkcw, [(cast.hfkcw, 1)])
    client = browser(cast.person(who))

    def asked():
        found = {}
        for name in LISTS:
            for suffix in ("csv", "xlsx"):
                with CaptureQueriesContext(connection) as queries:
                    whole(client.get(f"/{name}/export.{suffix}"))
                found[name, suffix] = len(queries)
        return found

    more(cast, report, 10)
    few = asked()
    more(cast, report, 100)
    assert asked() == few
    assert max(few.values()) <= 8, few


def test_beyond_the_most_a_sheet_says_so_and_where_the_rest_is(cast, report, monkeypatch):
    monkeypatch.setattr(lists, "MOST_IN_A_SHEET", 14)
    assert len(as_sheet(cast.ivy, "recommendations")) == 15, "all fourteen and the headings: nothing is missing"
    monkeypatch.setattr(lists, "MOST_IN_A_SHEET", 5)
    first, headings, *rest = as_sheet(cast.ivy, "recommendations", "?sort=newest")
    assert first[0] == (
        "Only the first 5 rows are here. All of them are in the CSV: "
        "http://testserver/recommendations/export.csv?sort=newest"
    )
    assert headings[-1] == "Page" and len(rest) == 5
    assert len(as_csv(cast.ivy, "recommendations", "?sort=newest")) == 14


def test_a_csv_is_handed_over_row_by_row():
    listing = lists.Listing("Things", (("Thing", 10),), lambda rows, places: ([row] for row in rows))

    class Rows:
        def iterator(self, chunk_size):
            return ("x" * 1000 for _ in range(20_000))

    tracemalloc.start()
    size = sum(map(len, sheets.comma_separated(listing.headings, lists.lines(listing, Rows(), {}, lambda row: "p"))))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 20_000_000 and most < 3_000_000
