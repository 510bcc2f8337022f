"""A paper, whatever it says: one model, drawn as Word and as PDF. Rows in, bytes out.

It stands beside `tracker.lists`, for alerts print papers and may not look into `tracker.exports`.
"""

import datetime as dt
import io
import re
from dataclasses import dataclass
from functools import partial

import docx
from django.conf import settings
from django.template.loader import render_to_string
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Emu, Mm, Pt, RGBColor

from . import paper_charts, paper_tags

TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "zip": "application/zip",
}
NAMES = {"docx": "Word", "xlsx": "Excel", "csv": "CSV", "pdf": "PDF", "zip": "ZIP"}
NO_PDF = (
    "This machine cannot make PDF files: the libraries of Pango are missing (README). Take the Word file, or print the "
    "page."
)
# What neither a Word file nor a PDF can hold.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
A4 = (Mm(210), Mm(297))
MARGIN = Mm(20)
CHART = Mm(190)  # its width
LABELS, VALUES = 25, 75  # parts of a hundred, of a table of facts
WIDEST = 50  # characters of a line that count for the width of its column
FITS_A_PAGE = 1_500  # characters of a row; what is longer may run on over the page


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Items:
    """A numbered list."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """A table of labels with what stands beside each."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Table:
    """``widths``: parts of a hundred for each column; empty: as the text asks."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    widths: tuple[int, ...] = ()

    @property
    def shares(self) -> tuple[int, ...]:
        """``widths``, or what the longest line of each column asks for."""
        if self.widths:
            return self.widths
        lines = [[line for cell in column for line in cell.split("\n")] for column in self._columns]
        asked = [min(max(map(len, column)), WIDEST) + 8 for column in lines]
        found = [100 * one // sum(asked) for one in asked]
        found[asked.index(max(asked))] += 100 - sum(found)
        return tuple(found)

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Of each column, whether it holds numbers only. The first says what a row is of."""
        return tuple(
            bool(n and self.rows) and all(cell.isdecimal() for cell in one[1:]) for n, one in enumerate(self._columns)
        )

    @property
    def _columns(self) -> list[tuple[str, ...]]:
        return list(zip(self.headings, *self.rows, strict=True))


@dataclass(frozen=True)
class Chart:
    """Columns drawn from the table that stands after it. ``labels`` under them: each its lines."""

    name: str
    alt: str
    labels: tuple[str, ...]
    numbers: tuple[int, ...]

    @property
    def columns(self) -> list[paper_charts.Column]:
        return paper_charts.columns(self.labels, self.numbers)


def chart_of(table: Table, column: str, name: str, labels=()) -> tuple[Chart, ...]:
    """A chart of one column of ``table`` by its first; none where there is nothing to draw. ``labels``: shorter."""
    place = table.headings.index(column)
    numbers = tuple(int(row[place]) for row in table.rows)
    if not any(numbers):
        return ()
    said = tuple(row[0] for row in table.rows)
    return (Chart(name, paper_charts.described(name, said, numbers), tuple(labels) or said, numbers),)


Block = Heading | Paragraph | Items | Facts | Table | Chart


@dataclass(frozen=True)
class Paper:
    title: str
    blocks: tuple[Block, ...]
    subtitle: str = ""
    landscape: bool = False


def file_name(first: dt.date | None, name: str, day: dt.date, suffix: str) -> str:
    """ "2022-08 HFKCW action plan 2026-11-21.docx": sorts by what it is about, then by when it was made."""
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f\x7f]+', " ", f"{f'{first:%Y-%m} ' if first else ''}{name} {day.isoformat()}")
    return f"{re.sub(' +', ' ', name).strip()[:150]}.{suffix}"


def plain(text: str) -> str:
    return CONTROL.sub("", text.replace("\r\n", "\n"))


def drawn(paper: Paper, suffix: str) -> bytes:
    return pdf(paper) if suffix == "pdf" else word(paper)


# --- Word --------------------------------------------------------------------------------------------------------


def word(paper: Paper) -> bytes:
    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.author, properties.language = plain(paper.title)[:255], "", "en-GB"
    page = document.sections[0]
    page.page_width, page.page_height = reversed(A4) if paper.landscape else A4
    page.orientation = WD_ORIENT.LANDSCAPE if paper.landscape else WD_ORIENT.PORTRAIT
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = MARGIN
    width = page.page_width - 2 * MARGIN
    _styles(document, paper.landscape)
    _page_numbers(page.footer.paragraphs[0])
    document.add_heading(plain(paper.title), level=1)
    if paper.subtitle:
        document.add_paragraph(plain(paper.subtitle))
    for n, (before, block, after) in enumerate(_neighbours(paper.blocks)):
        if isinstance(block, Facts | Table) and isinstance(before, Facts | Table):
            document.add_paragraph()  # or Word takes both for one table
        match block:
            case Heading():
                document.add_heading(plain(block.text), level=block.level)
            case Paragraph():
                for text in plain(block.text).split("\n\n"):
                    said = document.add_paragraph(text)
                said.paragraph_format.keep_with_next = isinstance(after, Table)
            case Items():
                for number, text in enumerate(block.texts, start=1):
                    # Numbers as text: Word would count on from one list to the next.
                    document.add_paragraph(f"{number}. {plain(text)}")
            case Facts():
                _facts(document, block, width)
            case Table():
                _table(document, block, width)
            case Chart():
                _chart(document, block, n, width)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _neighbours(blocks):
    """(the one before, the block, the one after), None at the ends"""
    return zip((None, *blocks)[: len(blocks)], blocks, (*blocks, None)[1:], strict=True)


def _styles(document, landscape):
    """Black Arial throughout, whatever the theme of Word says; British English for whoever reads it aloud."""
    sizes = {"Normal": 10 if landscape else 11, "Heading 1": 18, "Heading 2": 13, "Heading 3": 11, "Caption": 10}
    for name, size in sizes.items():
        font = document.styles[name].font
        font.name, font.size, font.color.rgb = "Arial", Pt(size), RGBColor(0, 0, 0)
        font.bold = name.startswith("Heading")
        fonts = document.styles[name].element.rPr.rFonts
        for part in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.attrib.pop(qn(f"w:{part}Theme"), None)
        if font.bold:
            document.styles[name].paragraph_format.space_after = Pt(4)
    document.styles["Normal"].paragraph_format.space_after = Pt(6)
    document.styles["Caption"].paragraph_format.keep_with_next = True
    for one in document.styles.element.iter(qn("w:lang")):
        one.set(qn("w:val"), "en-GB")


def _page_numbers(paragraph):
    """ "1 of 3", counted by Word."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for n, field in enumerate(("PAGE", "NUMPAGES")):
        if n:
            paragraph.add_run(" of ")
        counted = OxmlElement("w:fldSimple")
        counted.set(qn("w:instr"), field)
        counted.append(OxmlElement("w:r"))
        counted[0].append(OxmlElement("w:t"))
        counted[0][0].text = "1"
        paragraph._p.append(counted)


def _facts(document, block, width):
    table = _grid(document, 2)
    for row in block.rows:
        for place, (cell, text) in enumerate(zip(table.add_row().cells, row, strict=True)):
            _write(cell, text, bold=place == 0)
    _finish(table, width, (LABELS, VALUES))


def _table(document, block, width):
    if block.caption:
        document.add_paragraph(plain(block.caption), style="Caption")
    table = _grid(document, len(block.headings))
    head = table.add_row()
    for cell, text, right in zip(head.cells, block.headings, block.numeric, strict=True):
        _write(cell, text, bold=True, right=right, keep=True)
    # A reader that speaks, and every further page, says the headings again.
    _mark(head, "w:tblHeader")
    for row in block.rows:
        line = table.add_row()
        for cell, text, right in zip(line.cells, row, block.numeric, strict=True):
            _write(cell, text, right=right)
        if sum(map(len, row)) <= FITS_A_PAGE:
            _mark(line, "w:cantSplit")
    _finish(table, width, block.shares)


def _grid(document, columns):
    table = document.add_table(rows=0, cols=columns, style="Table Grid")
    room = "".join(f'<w:{side} w:w="85" w:type="dxa"/>' for side in ("top", "left", "bottom", "right"))
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    look.addprevious(parse_xml(f"<w:tblCellMar {nsdecls('w')}>{room}</w:tblCellMar>"))
    return table


def _write(cell, text, *, bold=False, right=False, keep=False):
    said = cell.paragraphs[0]
    said.add_run(plain(text)).bold = bold
    said.paragraph_format.space_after = Pt(0)
    said.paragraph_format.keep_with_next = keep
    if right:
        said.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _mark(row, name):
    marked = OxmlElement(name)
    marked.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(marked)


def _finish(table, width, shares):
    table.autofit = False
    for column, part in zip(table.columns, shares, strict=True):
        column.width = Emu(width * part // 100)
    for row in table.rows:
        for cell, column in zip(row.cells, table.columns, strict=True):
            cell.width = column.width


_DRAWING = """<w:drawing {spaces}><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{cx}" cy="{cy}"/>
<wp:docPr id="{n}" name="Chart {n}"/><wp:cNvGraphicFramePr/><a:graphic><a:graphicData uri="{uri}"><c:chart
xmlns:c="{uri}" r:id="{rid}"/></a:graphicData></a:graphic></wp:inline></w:drawing>"""
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CHARTS = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"


def _chart(document, block, n, width):
    width = min(width, CHART)
    name, body = PackURI(f"/word/charts/chart{n}.xml"), paper_charts.word_chart(block.name, block.labels, block.numbers)
    part = Part(name, _CHART_TYPE, body, document.part.package)
    drawn = parse_xml(
        _DRAWING.format(
            spaces=nsdecls("w", "wp", "a", "r"), n=n + 1, uri=_CHARTS,
            rid=document.part.relate_to(part, f"{_OFFICE}/chart"), cx=width,
            cy=width * paper_charts.HEIGHT // paper_charts.WIDTH,
        )
    )  # fmt: skip
    drawn.find(f".//{qn('wp:docPr')}").set("descr", plain(block.alt))
    said = document.add_paragraph()
    said.paragraph_format.keep_with_next = True
    said.add_run()._r.append(drawn)


# --- PDF ---------------------------------------------------------------------------------------------------------


def can_make_pdf() -> bool:
    """WeasyPrint needs libraries of the machine (Debian: libpango-1.0-0, libpangoft2-1.0-0, libharfbuzz-subset0)."""
    return _weasyprint() is not None


def _weasyprint():
    try:
        import weasyprint
    except (ImportError, OSError):
        return None
    return weasyprint


def _refuse(url, *args, **kwargs):
    raise ValueError(f"a paper fetches nothing: {url}")


def pdf(paper: Paper) -> bytes:
    weasyprint = _weasyprint()
    sheet = partial(weasyprint.CSS, url_fetcher=_refuse)
    styles = [sheet(string=(settings.BASE_DIR / "static" / "paper.css").read_text())]
    if paper.landscape:
        styles.append(sheet(string="@page { size: A4 landscape; margin: 15mm; } body { font-size: 9pt; }"))
    widths = "".join(
        f".t{n} th:nth-child({place}) {{ width: {part}%; }}"
        for n, block in enumerate(paper.blocks)
        if isinstance(block, Table)
        for place, part in enumerate(block.shares, start=1)
    )
    styles.append(sheet(string=widths))
    html = render_to_string("papers/paper.html", {"paper": paper, "plain": plain})
    document = weasyprint.HTML(string=html, url_fetcher=_refuse)
    return document.write_pdf(stylesheets=styles, pdf_variant="pdf/ua-1", finisher=paper_tags.mend)
