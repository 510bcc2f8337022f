"""What stands at the edges of a PDF's pages and is no part of its text: running lines and footnotes."""

import re
from collections import Counter

from .pdf_layout import Print

_NUMBERED = re.compile(r"([¹²³⁴⁵⁶⁷⁸⁹⁰]{1,3}|\d{1,3}\.?|[*†‡]{1,3}|\[\d{1,3}\])(?=\s|[A-Z])")


def without_running_lines(pages: list[list[Print]], heights: list[float]) -> list[list[Print]]:
    """Leave out headers, footers and page numbers: the same text but for digits, at the same place of several
    pages' margins."""
    seen: Counter[tuple[str, int]] = Counter()
    for page, height in zip(pages, heights, strict=True):
        for key in {key for line in page for key in _places(line, height)}:
            seen[key] += 1
    enough = 2 if len(pages) < 6 else 3
    out = []
    for page, height in zip(pages, heights, strict=True):
        out.append([line for line in page if not any(seen[key] >= enough for key in _places(line, height)[:1])])
    return out


def _places(line: Print, height: float) -> list[tuple[str, int]]:
    """The line's text without its digits, with its height on the page: first its own, then the neighbouring
    ones that the same line may have on another page."""
    if height * 0.088 < line.y < height * 0.912:
        return []
    text = re.sub(r"\d+|\b[ivxlc]+$", "#", line.text.lower())
    y = round(line.y / 3)
    return [(text, y), (text, y - 1), (text, y + 1)]


def split_notes(page: list[Print], body: float) -> tuple[list[Print], list[list[Print]]]:
    """A page's text, and its footnotes, each as its printed lines.

    A footnote begins with a raised mark, or with a number in print smaller than the text's; it goes on in print
    of the same size to the foot of its column.
    """
    text: list[Print] = []
    notes: list[list[Print]] = []
    for i, line in enumerate(page):
        if _begins_note(page, i, body):
            notes.append([line])
        elif notes and _goes_on(notes[-1][-1], line):
            notes[-1].append(line)
        else:
            text.append(line)
    return text, notes


def _begins_note(page: list[Print], i: int, body: float) -> bool:
    line = page[i]
    if line.cells or line.bold or line.size > body * 1.05:
        return False
    if not line.mark and not _NUMBERED.match(line.text):
        return False
    if not line.mark and line.text[0] in "0123456789*[" and line.size > body * 0.93:
        return False
    # Nothing in the text's own size may stand below it in its column.
    return not any(other.column == line.column and other.y > line.y and other.size > line.size * 1.07 for other in page)


def _goes_on(last: Print, line: Print) -> bool:
    same = abs(last.size - line.size) < 0.07 * last.size and line.column == last.column and not line.cells
    return same and 0 < line.y - last.y < 2.2 * line.size


def note_text(lines: list[Print]) -> list[str]:
    """The printed lines of one footnote without its mark."""
    first = lines[0].text
    if not lines[0].mark:
        first = _NUMBERED.sub("", first, count=1).strip()
    return [first, *(line.text for line in lines[1:])]
