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
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Mm, Pt

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


Block = Heading | Paragraph | Items | Facts | Table


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
    document.styles["Normal"].font.name = "Arial"
    document.styles["Normal"].font.size = Pt(10 if paper.landscape else 11)
    page = document.sections[0]
    page.page_width, page.page_height = reversed(A4) if paper.landscape else A4
    page.orientation = WD_ORIENT.LANDSCAPE if paper.landscape else WD_ORIENT.PORTRAIT
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = MARGIN
    document.add_heading(plain(paper.title), level=1)
    if paper.subtitle:
        document.add_paragraph(plain(paper.subtitle))
    for block in paper.blocks:
        match block:
            case Heading():
                document.add_heading(plain(block.text), level=block.level)
            case Paragraph():
                for text in plain(block.text).split("\n\n"):
                    document.add_paragraph(text)
            case Items():
                for number, text in enumerate(block.texts, start=1):
                    # Numbers as text: Word would count on from one list to the next.
                    document.add_paragraph(f"{number}. {plain(text)}")
            case Facts():
                _facts(document, block)
            case Table():
                _table(document, block, page.page_width - 2 * MARGIN)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _facts(document, block):
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    for row in block.rows:
        for place, (cell, text) in enumerate(zip(table.add_row().cells, row, strict=True)):
            cell.paragraphs[0].add_run(plain(text)).bold = place == 0


def _table(document, block, width):
    if block.caption:
        document.add_paragraph(plain(block.caption), style="Caption")
    table = document.add_table(rows=1, cols=len(block.headings), style="Table Grid")
    head = table.rows[0]
    for cell, text in zip(head.cells, block.headings, strict=True):
        cell.paragraphs[0].add_run(text).bold = True
    # A reader that speaks, and every further page, says the headings again.
    marked = OxmlElement("w:tblHeader")
    marked.set(qn("w:val"), "true")
    head._tr.get_or_add_trPr().append(marked)
    for row in block.rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.paragraphs[0].add_run(plain(text))
    if block.widths:
        table.autofit = False
        for column, part in zip(table.columns, block.widths, strict=True):
            column.width = Emu(width * part // 100)
        for row in table.rows:
            for cell, part in zip(row.cells, block.widths, strict=True):
                cell.width = Emu(width * part // 100)


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
        for place, part in enumerate(block.widths, start=1)
    )
    if widths:
        styles.append(sheet(string=widths))
    html = render_to_string("papers/paper.html", {"paper": paper, "plain": plain})
    document = weasyprint.HTML(string=html, url_fetcher=_refuse)
    return document.write_pdf(stylesheets=styles, pdf_variant="pdf/ua-1")
