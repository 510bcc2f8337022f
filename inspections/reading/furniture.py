"""What stands on a page and is no part of its text: page numbers, running footers, footnotes and their marks.

A report's sentence may run on over all of these. Each is replaced by a page break, since it stands at the end
or the beginning of a page, so that ``paragraphs.py`` knows that the text before may go on after it.
"""

import re
from collections import Counter
from dataclasses import replace

from .headings import is_known, is_recommendations
from .lines import Line
from .wording import drop_raised_marks, starts_raised, tidy

_FOOTER = re.compile(
    r"(?:\d{1,3}\s+)?(?:an?\s+)?(?:\w+\s+)?inspections? of (?:the\s+)?probation\b.{0,140}", re.IGNORECASE
)
_PAGE_WORD = re.compile(r"(?:page|p\.)\s*\d{1,3}(?:\s*(?:of|/)\s*\d{1,3})?|[–-]\s*\d{1,3}\s*[–-]", re.I)
_MARKING = re.compile(r"official(?:[ -]+sensitive)?", re.I)
_NUMBERED_NOTE = re.compile(r"(\d{1,3})\s+(?=[\"'(]?[A-Z])")
_BACK = re.compile(r"\s*(?:\(back to (?:top|contents)\)|↑\s*back to (?:top|contents)|↩\ufe0e?|↑)\s*$", re.I)
_REACH = 160  # lines: a footnote stands on the page of its mark


def without_furniture(lines: list[Line]) -> tuple[list[Line], list[str]]:
    """Lines with tidy wording and without furniture, and the footnotes' texts."""
    kept = [_tidied(line) for line in lines]
    kept = _without_running_lines(kept)
    kept = _without_page_numbers(kept)
    return _without_notes(kept)


def body_size(lines: list[Line]) -> float | None:
    """The size of print that most letters of the document have."""
    letters: Counter[float] = Counter()
    for line in lines:
        if line.size:
            letters[round(line.size, 1)] += len(line.text)
    return letters.most_common(1)[0][0] if letters else None


def _tidied(line: Line) -> Line:
    cells = tuple(tidy(cell) for cell in line.cells)
    return replace(line, text=_BACK.sub("", tidy(line.text)), cells=cells)


def _break(line: Line) -> Line:
    return Line("", "page", page=line.page, number=line.number)


def _without_running_lines(lines: list[Line]) -> list[Line]:
    """Running headers and footers: known by their words, or by coming back at the edge of three pages."""
    edges = _edges(lines)
    seen = Counter(_pattern(lines[i].text) for i in edges)
    out = []
    for i, line in enumerate(lines):
        text = line.text
        known = _MARKING.fullmatch(text) or _PAGE_WORD.fullmatch(text) or _is_footer(text)
        running = i in edges and len(text) < 150 and seen[_pattern(text)] > 2 and not line.cells
        # A heading may come back on three pages too ("Strengths:"), but it names something.
        running = running and (bool(re.search(r"\d$|^\d", text)) or not is_known(text)) and not line.marker
        out.append(_break(line) if known or running else line)
    return out


def _is_footer(text: str) -> bool:
    if len(text) > 170 or not re.search(r"\s\d{1,3}$|^\d{1,3}\s", text):
        return False
    return bool(_FOOTER.fullmatch(text)) and not re.search(r"\b20\d\d$|\bin:$|[.!?]$", text)


def _pattern(text: str) -> str:
    return re.sub(r"\d+", "#", text.lower())


def _edges(lines: list[Line]) -> set[int]:
    """The places of the first two and last three printed lines of each page."""
    sheets: dict[int, list[int]] = {}
    for i, line in enumerate(lines):
        if line.page is not None and line.text:
            sheets.setdefault(line.page, []).append(i)
    if len(sheets) < 2:
        return set()
    return {i for sheet in sheets.values() for i in (*sheet[:2], *sheet[-3:])}


def _without_page_numbers(lines: list[Line]) -> list[Line]:
    """A number alone on a line, at a page's edge or where the next page number is due."""
    edges = _edges(lines)
    out, due = list(lines), None
    for i, line in enumerate(lines):
        if line.cells or not re.fullmatch(r"\d{1,3}", line.text):
            continue
        value = int(line.text)
        alone = _blank(lines, i - 1) and _blank(lines, i + 1)
        in_turn = alone and (value == due or (due is None and value < 6))
        if i in edges or in_turn:
            out[i] = _break(line)
            due = value + 1
    return out


def _blank(lines: list[Line], i: int) -> bool:
    return not 0 <= i < len(lines) or lines[i].kind in ("blank", "page")


def _without_notes(lines: list[Line]) -> tuple[list[Line], list[str]]:
    body = body_size(lines)
    out, notes = list(lines), []
    note: Line | None = None  # the last line of the footnote being read
    for i, line in enumerate(lines):
        number = _note_number(out, i, body)
        if number is not None:
            _unmark(out, i, number)
            notes.append(line.text)
            note, out[i] = line, _break(line)
        elif note is not None and _goes_on(note, line):
            notes[-1] += f" {line.text}"
            note, out[i] = line, _break(line)
        else:
            note = None
    clean = [
        replace(one, text=drop_raised_marks(one.text), cells=tuple(drop_raised_marks(c) for c in one.cells))
        for one in out
    ]
    return clean, notes


def _note_number(lines: list[Line], i: int, body: float | None) -> int | None:
    """The number of the footnote that begins on this line; 0 where the format marks one without a number."""
    line = lines[i]
    if line.kind in ("heading", "row", "blank", "page") or not line.text:
        return None
    found = _NUMBERED_NOTE.match(line.text)
    if line.footnote:
        return starts_raised(line.text) or (int(found[1]) if found else 0)
    if line.kind == "item":
        return None
    if (raised := starts_raised(line.text)) is not None:
        return raised
    if not found:
        return None
    small = bool(body and line.size and line.size < body - 0.7)
    alone = _blank(lines, i - 1)
    if (small or (alone and len(line.text) > 25)) and (small or _mark(lines, i, int(found[1])) is not None):
        return int(found[1])
    return None


def _goes_on(note: Line, line: Line) -> bool:
    if line.kind in ("blank", "page", "heading", "row") or is_known(line.text) or is_recommendations(line.text):
        return False
    if line.footnote != note.footnote or (line.kind == "item" and line.marker[:1].isdigit()):
        return False
    if line.size and note.size and line.size > note.size + 0.5:
        return False
    return not re.search(r"\bshould\s*:?$", line.text)


def _mark(lines: list[Line], i: int, number: int) -> tuple[int, re.Match] | None:
    """The nearest place before a footnote where its number is glued to a word, a stop or a thousand."""
    glued = re.compile(rf"(?:(?<=[a-zA-Z)'\"?!%])|(?<=[a-zA-Z)'\"][.,;:])|(?<=\d,\d\d\d)){number}(?=$|[\s.,;:)'\"])")
    for j in range(i - 1, max(-1, i - _REACH), -1):
        found = list(glued.finditer(lines[j].text))
        if found:
            return j, found[-1]
    return None


def _unmark(lines: list[Line], i: int, number: int) -> None:
    """Take a footnote's glued mark out of the text: "15,3723" becomes "15,372"."""
    place = _mark(lines, i, number) if number else None
    if place:
        j, found = place
        line = lines[j]
        text = line.text[: found.start()] + line.text[found.end() :]
        cells = tuple(cell.replace(line.text, text) for cell in line.cells)
        lines[j] = replace(line, text=text, cells=cells)
