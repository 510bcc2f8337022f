"""Every paper, as somebody hears it who cannot see it: the tags of the PDF, and the chart in words."""

import io
import zipfile
from xml.etree import ElementTree

import docx
import pikepdf
import pytest
from django.test import Client
from django.urls import reverse
from openpyxl.chart.chartspace import ChartSpace
from openpyxl.xml.functions import fromstring

from tests.sweeps.world import build
from tracker.paper_charts import columns, described
from tracker.papers import Chart, Facts, Heading, Items, Paper, Paragraph, Table, can_make_pdf, chart_of, pdf, word

from .tags import below, faults, kind

needs_pango = pytest.mark.skipif(not can_make_pdf(), reason="this machine has no Pango")
MOVED = Table(
    ("Month", "New", "Closing"),
    (("October 2026", "8", "8"), ("November 2026", "3", "11"), ("December 2026", "0", "9")),
    "Whole months",
)
PAPER = Paper(
    "A pack",
    (
        Facts((("Period", "October to December 2026"), ("Open now", "9 recommendations"))), Heading("Flow"),
        *chart_of(MOVED, "Closing", "Open at the end of each month", ["Oct\n2026", "Nov", "Dec"]), MOVED,
        Heading("More"), Paragraph("No date."), Items(("One.", "Two.")),
    ),
    "From October.", landscape=True,
)  # fmt: skip


@needs_pango
@pytest.mark.one_database
@pytest.mark.django_db
def test_every_paper_that_ivy_takes_away_is_told_in_order():
    world = build()
    ivy = Client()
    ivy.force_login(world.cast.person("ivy"))
    addresses = {
        "action plan": reverse("action_plan_file", args=[world.report.slug, "pdf"]),
        "progress": reverse("progress_file", args=[world.report.slug, "pdf"]),
        "committee pack": reverse("committee_pack_file", args=["hfkcw", "pdf"]),
        "evidence pack": reverse("evidence_pack", args=[world.first.pk, "pdf"]),
        "alert": reverse("alert_letter_pdf", args=[world.case.pk]),
        "response": reverse("alert_response_pdf", args=[world.case.pk]),
    }
    found = {}
    for name, address in addresses.items():
        made = ivy.get(address).content
        assert made.startswith(b"%PDF-"), name
        found[name] = faults(made)
    assert found == {name: [] for name in addresses}


def without_lang(file):
    del file.Root.Lang


def untagged(file):
    del file.Root.StructTreeRoot


def without_title(file):
    file.Root.ViewerPreferences.DisplayDocTitle = False


def of(file, name):
    return next(one for one in below(file.Root.StructTreeRoot) if kind(one) == name)


def without_alt(file):
    del of(file, "Figure").Alt


def without_scope(file):
    del of(file, "TH").A.Scope


def level_skipped(file):
    of(file, "H2").S = pikepdf.Name.H3


def no_heading(file):
    of(file, "TH").S = pikepdf.Name.TD


def nothing_of_a_page(file):
    file.Root.StructTreeRoot.K[0].K = pikepdf.Array()


BREAKS = {
    without_lang: "it does not say its language",
    untagged: "it has no structure",
    without_title: "the window shows the name of the file, not the title",
    without_alt: "a figure has no words for it",
    without_scope: "the heading of a table does not say of what",
    level_skipped: "heading 3 follows heading 1",
    no_heading: "a cell is tied to no heading",
    nothing_of_a_page: "page 1 shows what the structure does not tell of",
}


@needs_pango
def test_a_paper_with_everything_in_it_has_no_fault_and_each_fault_is_found():
    made = pdf(PAPER)
    assert faults(made) == []
    for spoil, said in BREAKS.items():
        with pikepdf.open(io.BytesIO(made)) as file:
            spoil(file)
            spoilt = io.BytesIO()
            file.save(spoilt)
        assert said in faults(spoilt.getvalue()), spoil.__name__


@needs_pango
def test_the_chart_of_a_pdf_says_what_its_table_holds():
    with pikepdf.open(io.BytesIO(pdf(PAPER))) as file:
        said = str(of(file, "Figure").Alt)
    assert said == (
        "Open at the end of each month. October 2026: 8; November 2026: 11; December 2026: 9."
    )  # fmt: skip


def test_the_chart_of_a_word_file_is_words_own_and_holds_the_numbers_of_the_table():
    made = word(PAPER)
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        names = [name for name in parts.namelist() if "charts/" in name]
        tree = parts.read(names[0])
        kinds = parts.read("[Content_Types].xml").decode()
        drawn = ElementTree.fromstring(parts.read("word/document.xml"))
    assert len(names) == 1 and names[0] in kinds
    assert "externalData" not in tree.decode()  # nothing to fetch, nothing to open beside it
    series = ChartSpace.from_tree(fromstring(tree)).chart.plotArea._charts[0].ser[0]
    assert [one.v for one in series.val.numLit.pt] == [8, 11, 9] == [int(row[2]) for row in MOVED.rows]
    said = [one.get("descr") for one in drawn.iter() if one.tag.endswith("}docPr")]
    assert said == [PAPER.blocks[2].alt]


def test_a_word_file_counts_its_pages_repeats_its_headings_and_speaks_british_english():
    document = docx.Document(io.BytesIO(word(PAPER)))
    footer = document.sections[0].footer._element.xml
    assert 'w:instr="PAGE"' in footer and 'w:instr="NUMPAGES"' in footer
    first, second = document.tables
    assert "w:tblHeader" in second.rows[0]._tr.xml and "w:tblHeader" not in first.rows[0]._tr.xml
    assert all("w:cantSplit" in row._tr.xml for row in second.rows[1:])
    assert 'w:lang w:val="en-GB"' in document.styles.element.xml and 'w:val="en-US"' not in document.styles.element.xml
    heading = document.styles["Heading 1"].element.xml
    assert 'w:ascii="Arial"' in heading and "Theme=" not in heading.split("w:rFonts")[1].split(">")[0]


def test_a_row_that_fills_pages_may_run_on_over_them():
    document = docx.Document(io.BytesIO(word(Paper("A", (Table(("What",), (("long " * 400,), ("short",))),)))))
    assert ["w:cantSplit" in row._tr.xml for row in document.tables[0].rows[1:]] == [False, True]


def test_two_tables_in_a_row_stay_two():
    facts = Facts((("Period", "2026"),))
    assert len(docx.Document(io.BytesIO(word(Paper("A", (facts, MOVED))))).element.body.xpath("w:tbl/preceding::w:p"))
    body = docx.Document(io.BytesIO(word(Paper("A", (facts, MOVED, MOVED))))).element.body
    tags = [one.tag.split("}")[1] for one in body]
    assert "tbl,tbl" not in ",".join(tags) and tags.count("tbl") == 3


def test_columns_get_room_by_what_stands_in_them():
    table = Table(("What", "Owner"), (("A long sentence about what is to be done by whom, and when", "Omar"),))
    assert sum(table.shares) == 100 and table.shares[0] > 70
    assert Table(("A", "B"), (), widths=(30, 70)).shares == (30, 70)
    assert MOVED.numeric == (False, True, True) and Table(("No.", "What"), (("1", "x"),)).numeric == (False, False)


def test_nothing_to_draw_is_no_chart():
    assert chart_of(Table(("Age", "Open"), (("0 to 30 days", "0"),)), "Open", "Open") == ()
    assert chart_of(Table(("Age", "Open"), ()), "Open", "Open") == ()


def test_columns_stand_on_one_line_in_proportion():
    one, two, none = columns(["a", "b", "c"], [5, 10, 0])
    assert two.height == 2 * one.height and none.height == 0
    assert {round(it.y + it.height, 1) for it in (one, two, none)} == {132}
    assert [it.number for it in (one, two, none)] == ["5", "10", "0"]


def test_three_years_of_months_carry_as_many_words_as_have_room():
    numbers = [100 + n for n in range(35)] + [90]
    found = columns([f"m{n}" for n in range(36)], numbers)
    assert [n for n, one in enumerate(found) if one.number] == [0, 34, 35]
    assert [n for n, one in enumerate(found) if one.label][:3] == [0, 3, 6]
    said = described("Open", [f"m{n}" for n in range(36)], numbers)
    assert (
        said == "Open, from 100 in m0 to 90 in m35; the most is 134, first in m34. The table below holds every number."
    )


def test_a_chart_is_drawn_from_the_table_that_stands_after_it():
    place = next(n for n, one in enumerate(PAPER.blocks) if isinstance(one, Chart))
    assert PAPER.blocks[place + 1] is MOVED and PAPER.blocks[place].numbers == (8, 11, 9)
