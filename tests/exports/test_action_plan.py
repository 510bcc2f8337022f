"""The action plan of an inspection as Word, Excel, CSV and PDF, read back by other programs than wrote it."""

import csv
import datetime as dt
import io

import docx
import openpyxl
import pypdfium2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import NOW, PASSWORD, follow_up, inspection
from tracker.exports import progress, sheets
from tracker.exports.action_plan import COLUMNS
from tracker.papers import Paper, Table, can_make_pdf, file_name, pdf, word
from tracker.plans.operations import add_action, answer
from tracker.plans.rules import read_target_date

FORMULA = '=HYPERLINK("http://evil.example","Open")'


@pytest.fixture
def report(cast):
    """On HFKCW: two recommendations to it, one to London. Amira agreed to the first, with a formula for an action."""
    made = inspection(cast.hfkcw, [(cast.hfkcw, 2), (cast.london, 1)], by=cast.ivy)
    one = follow_up(made, 1)
    answer(one, "agreed", response_text="We train everyone.", seen_version=one.version, by=cast.amira, at=NOW)
    head, omar = {"owner_post": cast.head_of_hfkcw}, {"owner_person": cast.omar}
    for what, target, owner in ((FORMULA, "30 June 2027", head), ("Look at the register", "Ongoing", omar)):
        add_action(
            follow_up(made, 1), what, **owner, target=read_target_date(target),
            by=cast.amira, at=NOW,
        )  # fmt: skip
    return made


@pytest.fixture
def open_as(client, cast):
    def get(name, address):
        client.login(email=getattr(cast, name).email, password=PASSWORD)
        return client.get(address)

    return get


def plan_as(open_as, who, suffix):
    return open_as(who, f"/inspections/hfkcw/action-plan{suffix}")


def rows_of(document):
    return [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]


def test_amira_takes_her_plan_away_as_word(open_as, report):
    answered = plan_as(open_as, "amira", ".docx")
    name = answered["Content-Disposition"]
    assert "2026-08 HFKCW action plan 20" in name and name.endswith('.docx"')
    document = docx.Document(io.BytesIO(answered.content))
    rows = rows_of(document)
    assert rows[0] == list(COLUMNS)
    assert rows[1] == [
        "1", "improve matter 1 in HFKCW", "Agreed", f"We train everyone.\n\n{FORMULA}", "Head of PDU", "30 June 2027",
    ]  # fmt: skip
    assert rows[2][0] == "1" and rows[2][3] == "Look at the register" and rows[2][5].startswith("Ongoing")
    assert rows[3][0] == "2" and rows[3][3] == "None yet" and rows[2][4] == "Omar Farah"
    said = "\n".join(p.text for p in document.paragraphs)
    assert "Action plan of HFKCW: draft." in said and "left out" not in said
    section = document.sections[0]
    assert section.page_width > section.page_height


def test_rosa_reads_both_places_in_report_order(open_as, report):
    document = docx.Document(io.BytesIO(plan_as(open_as, "rosa", ".docx").content))
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 2"]
    assert headings == ["To Hammersmith, Fulham, Kensington, Chelsea and Westminster PDU", "To London region"]


def test_omar_reads_what_he_has_a_part_in_and_how_much_is_left_out(open_as, report):
    document = docx.Document(io.BytesIO(plan_as(open_as, "omar", ".docx").content))
    rows = rows_of(document)
    assert {row[0] for row in rows[1:]} == {"1"}
    said = "\n".join(p.text for p in document.paragraphs)
    assert "2 recommendations of this inspection are left out: not yours to see." in said
    assert "Action plan of" not in said  # how far the plan is, is for its leads and readers
    assert FORMULA not in str(rows)  # the head's action is not his to see
    text = plan_as(open_as, "omar", ".csv").content.decode("utf-8-sig")
    assert "2 recommendations of this inspection are left out" in text


def test_ben_of_lambeth_gets_nothing_of_it(open_as, report):
    for suffix in ("/", ".docx", ".xlsx", ".csv", ".pdf"):
        answered = plan_as(open_as, "ben", suffix)
        assert answered.status_code == 404 and b"improve matter" not in answered.content
    assert b"action-plan" not in open_as("ben", "/inspections/hfkcw/").content
    assert b"/inspections/hfkcw/action-plan/" in open_as("amira", "/inspections/hfkcw/").content
    assert plan_as(open_as, "amira", ".exe").status_code == 404


def test_published_is_said_as_exactly_as_the_report_says_it(open_as, report):
    for known, said in ((True, "Published 1 October 2022."), (False, "Published October 2022.")):
        type(report).objects.update(published=dt.date(2022, 10, 1), published_to_the_day=known)
        assert said in plan_as(open_as, "amira", "/").text
        document = docx.Document(io.BytesIO(plan_as(open_as, "amira", ".docx").content))
        assert said in "\n".join(p.text for p in document.paragraphs)
        page = open_as("amira", "/inspections/hfkcw/").text
        assert (said.removeprefix("Published ").strip(".") in page) and ("1 October 2022" in page) == known


def test_a_row_of_the_sheet_is_as_high_as_its_longest_cell(open_as, report):
    type(report.recommendations.first()).objects.filter(number=1).update(wording="improve every matter " * 20)
    book = openpyxl.load_workbook(io.BytesIO(plan_as(open_as, "rosa", ".xlsx").content))
    high = [book.active.row_dimensions[n].height or 15 for n in range(2, 6)]
    assert high[0] == high[1] >= 12 * 15 and max(high[2:]) < 5 * 15  # 420 characters, 36 in a line


def test_the_sheet_holds_text_and_no_formula(open_as, report):
    book = openpyxl.load_workbook(io.BytesIO(plan_as(open_as, "rosa", ".xlsx").content))
    sheet = book.active
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[0]] == [*COLUMNS, "Addressed to"]
    assert [row[0].value for row in rows[1:]] == ["1", "1", "2", "3"]
    assert rows[2][1].value == rows[1][1].value == "improve matter 1 in HFKCW"  # each row whole
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n"} and not any(c.hyperlink for c in rows[1])


def test_a_formula_is_neutralised_in_csv(open_as, report):
    text = plan_as(open_as, "rosa", ".csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:6] == list(COLUMNS) and len(rows) == 5
    assert rows[1][3].startswith("We train everyone.") and FORMULA in rows[1][3]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\n=1", "＝1", "|x"])
def test_what_begins_like_a_formula_gets_an_apostrophe(text):
    table = Table(("What",), ((text,), ("1-2",)))
    written = b"".join(sheets.comma_separated(table.headings, table.rows)).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(written, newline="")))
    assert rows == [["What"], [f"'{text}"], ["1-2"]]
    book = openpyxl.load_workbook(io.BytesIO(sheets.workbook("A", "B", [("", table)])))
    assert book.active["A2"].data_type == "s" and book.active["A2"].value == text


def test_the_pdf_is_tagged_and_says_the_same(open_as, report):
    if not can_make_pdf():
        assert plan_as(open_as, "rosa", ".pdf").status_code == 503
        return
    made = plan_as(open_as, "rosa", ".pdf").content
    document = pypdfium2.PdfDocument(made)
    said = "".join(page.get_textpage().get_text_range() for page in document)
    said = " ".join(said.split())
    assert "Rec no." in said and "Look at the register" in said and "To London" in said
    assert pypdfium2.raw.FPDFCatalog_IsTagged(document)
    assert document.get_metadata_value("Title").startswith("Action plan: inspection of Hammersmith")


def test_without_pango_it_is_said(open_as, report, monkeypatch):
    monkeypatch.setattr("tracker.papers._weasyprint", lambda: None)
    answered = plan_as(open_as, "amira", ".pdf")
    assert answered.status_code == 503 and "Pango" in answered.content.decode()
    assert "Download as PDF" not in plan_as(open_as, "amira", "/").content.decode()


def test_the_page_asks_the_same_number_of_queries_however_long_the_plan(open_as, cast, report):
    def measured():
        with CaptureQueriesContext(connection) as caught:
            assert plan_as(open_as, "rosa", "/").status_code == 200
        return len(caught)

    plan_as(open_as, "rosa", "/")
    few = measured()
    for n in range(9):
        add_action(
            follow_up(report, 2),
            f"Step {n}",
            owner_person=cast.omar,
            target=read_target_date("Ongoing"),
            by=cast.amira,
            at=NOW,
        )
    assert measured() == few


def test_a_paper_fetches_nothing_and_holds_no_control_characters():
    paper = Paper("A\x0b title", (Table(("One",), (('<img src="http://evil.example/x.png">',),)),))
    assert docx.Document(io.BytesIO(word(paper))).paragraphs[0].text == "A title"
    if can_make_pdf():
        assert pdf(paper).startswith(b"%PDF-")


def test_file_names_sort_and_hold_nothing_a_disk_refuses():
    assert file_name(NOW.date(), 'Ealing/"Hillingdon"', NOW.date(), "pdf") == (
        "2026-11 Ealing Hillingdon 2026-11-20.pdf"
    )


def test_progress_names_what_became_of_the_earlier_ones_as_far_as_it_is_the_readers(open_as, cast, report):
    later = inspection(cast.hfkcw, [(cast.hfkcw, 1)], by=cast.ivy, slug="again", fieldwork=dt.date(2028, 8, 1))
    answered = open_as("amira", f"/inspections/{later.slug}/previous.docx")
    assert "2028-08 HFKCW progress against previous recommendations" in answered["Content-Disposition"]
    rows = rows_of(docx.Document(io.BytesIO(answered.content)))
    assert rows[0] == list(progress.COLUMNS)
    assert rows[1][2:] == ["Agreed", "Open", "0 of 2 verified", "None yet"]
    of_ben = open_as("ben", f"/inspections/{later.slug}/previous.docx")
    bens = rows_of(docx.Document(io.BytesIO(of_ben.content)))
    assert all(row[2:] == ["Not yours to see"] * 4 for row in bens[1:]) and len(bens) == 4
