"""PDF reports as lines: each a whole paragraph, list item, heading, footnote or row of a table.

``pdf_glyphs`` puts glyphs together to pieces of text, ``pdf_layout`` puts these in reading order, ``pdf_edges``
takes out what belongs to the page and not to the text, ``pdf_paragraphs`` joins printed lines.
"""

import pypdfium2 as pdfium

from .lines import Line
from .pdf_edges import split_notes, without_running_lines
from .pdf_glyphs import Sheet, sheet
from .pdf_layout import BREAK, Print, prints
from .pdf_paragraphs import Paragraphs, body_size, usual_leading
from .record import Refused
from .wording import Vocabulary

_DAMAGED = "The PDF is damaged or incomplete. Fetch it again and try that file."
_PROTECTED = "The PDF is protected with a password. Save a copy without one and try that file."
_PICTURES = (
    "The PDF has no text that can be read, only pictures of pages: it needs text recognition (OCR) first. "
    "Try the original file, or a Word or HTML version."
)
_TAIL = 8192  # bytes at whose end a whole PDF says so; some senders append a few hundred of their own


def to_lines(data: bytes) -> list[Line]:
    """The lines of a PDF, with their page numbers; a ``page`` line ends each page.

    Raises ``Refused`` for a file that is damaged, needs a password or holds only pictures of text.
    """
    sheets = _sheets(data)
    pages = [prints(one) for one in sheets]
    _refuse_pictures(pages)
    pages = without_running_lines(pages, [one.height for one in sheets])
    body = body_size(pages)
    words = Vocabulary(part for page in pages for line in page for part in line.text.split(BREAK))
    split = [split_notes(page, body) for page in pages]
    texts = [text for text, _ in split]
    paragraphs = Paragraphs(words, body, usual_leading(texts, body), _heading_sizes(texts, body))
    for number, (text, notes) in enumerate(split, 1):
        paragraphs.page = number
        for line in text:
            paragraphs.take(line)
        paragraphs.turn(notes)
    return paragraphs.end()


def _sheets(data: bytes) -> list[Sheet]:
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise Refused(_PROTECTED if "password" in str(error).lower() else _DAMAGED) from error
    try:
        # pdfium mends a file that was cut off and would show the pages that came through.
        if b"%%EOF" not in data[-_TAIL:] or not len(document):
            raise Refused(_DAMAGED)
        return [_sheet(document, i) for i in range(len(document))]
    except pdfium.PdfiumError as error:
        raise Refused(_DAMAGED) from error
    finally:
        document.close()


def _sheet(document: pdfium.PdfDocument, i: int) -> Sheet:
    page = document[i]
    try:
        text = page.get_textpage()
        try:
            return sheet(page, text, i + 1)
        finally:
            text.close()
    finally:
        page.close()


def _refuse_pictures(pages: list[list[Print]]) -> None:
    """Scanned pages have no text, or only the stamp that the scanner adds; some fonts give no letters."""
    texts = ["".join(line.text for line in page) for page in pages]
    letters = sum(len(text) for text in texts)
    unknown = sum(text.count("\ufffd") + sum("\ue000" <= sign <= "\uf8ff" for sign in text) for text in texts)
    if not letters or (len(pages) > 1 and letters < 40 * len(pages)) or unknown > 0.3 * letters:
        raise Refused(_PICTURES)


def _heading_sizes(pages: list[list[Print]], body: float) -> list[float]:
    """The sizes larger than the text's, largest first, those that differ by a hair counted as one."""
    sizes: list[float] = []
    for size in sorted({line.size for page in pages for line in page if line.size > body * 1.12}, reverse=True):
        if not sizes or size < sizes[-1] * 0.97:
            sizes.append(size)
    return sizes
