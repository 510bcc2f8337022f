"""Word documents (.docx, .docm, .dotx) as lines.

The parts are read from the archive directly. python-docx would load every picture, refuse macro-enabled files
and know nothing of what matters here: automatic numbers, tracked changes, text boxes and footnotes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lxml import etree

from .archive import Archive, open_archive
from .docx_styles import Numbering, Styles
from .lines import Line
from .markers import BULLET, is_note_mark
from .record import Refused
from .unicode import tidy

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = b"http://purl.oclc.org/ooxml/"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MATHS = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_DAMAGED = "The Word document is damaged: its main part cannot be read. Save it again in Word and try that file."

# Elements whose content is no longer, or never was, part of the text.
_GONE = {W + "del", W + "moveFrom", W + "rt", _FALLBACK}
_MARKS = {W + "footnoteReference", W + "endnoteReference", W + "footnoteRef", W + "endnoteRef"}
_WRAPPERS = {
    W + name
    for name in (
        "sdt",
        "sdtContent",
        "ins",
        "moveTo",
        "customXml",
        "smartTag",
        "body",
        "footnote",
        "endnote",
        "txbxContent",
    )
}


def to_lines(data: bytes) -> list[Line]:
    """The lines of a Word document, each a whole paragraph, heading, item or table row, footnotes last.

    Raises ``Refused`` for an archive that is damaged, protected or expands too far, and for XML that is not
    well-formed or brings its own entities.
    """
    with open_archive(data, "Word document") as archive:
        main = _target(archive, "_rels/.rels", "", "officeDocument") or "word/document.xml"
        folder, _, name = main.rpartition("/")
        relations = f"{folder}/_rels/{name}.rels"

        def part(kind: str) -> etree._Element | None:
            path = _target(archive, relations, folder, kind) or f"{folder}/{kind}.xml"
            return _xml(archive, path) if path in archive.names else None

        root = _xml(archive, main) if main in archive.names else None
        body = root.find(W + "body") if root is not None else None
        if body is None:
            raise Refused(_DAMAGED)
        styles = Styles(part("styles"))
        walk = _Walk(styles, Numbering(part("numbering"), styles))
        walk.blocks(body)
        for kind in ("footnotes", "endnotes"):
            notes = part(kind)
            walk.notes(notes if notes is not None else [])
    return walk.lines


def _xml(archive: Archive, path: str) -> etree._Element:
    data = archive.read(path)
    # Word never writes a document type; one can hide text or make a small file fill the memory.
    if (
        (b"<!" in data and re.search(rb"<!\s*(DOCTYPE|ENTITY)", data))
        or b"<\x00!\x00D" in data
        or b"\x00<\x00!\x00D" in data
    ):
        raise Refused("The Word document was refused: it brings its own XML entities, which Word never writes.")
    if _STRICT in data:
        data = data.replace(_STRICT + b"wordprocessingml/main", W[1:-1].encode())
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if "memory" in str(error).lower():
            raise MemoryError from error
        raise Refused(_DAMAGED) from error


def _target(archive: Archive, relations: str, folder: str, kind: str) -> str | None:
    """The part that a relation of this kind points to: documents saved in a browser rename them."""
    if relations not in archive.names:
        return None
    for relation in _xml(archive, relations).iter(_RELATION):
        if relation.get("Type", "").endswith("/" + kind) and relation.get("TargetMode") != "External":
            target = relation.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") or not folder else f"{folder}/{target}"
            return path.replace("/./", "/").removeprefix("./")
    return None


@dataclass
class _Paragraph:
    """What one paragraph's runs gave."""

    pieces: list[str] = field(default_factory=list)
    plain: bool = False  # some text in it is not bold
    size: float = 0
    marked: bool = False  # begins with a footnote's mark
    boxes: list[etree._Element] = field(default_factory=list)

    @property
    def raw(self) -> str:
        return "".join(self.pieces)


@dataclass
class _Walk:
    styles: Styles
    numbering: Numbering
    lines: list[Line] = field(default_factory=list)
    carried: list[str] = field(default_factory=list)  # of paragraphs whose end was deleted
    in_cell: bool = False  # of a table, where a number may stand alone

    def blocks(self, parent: etree._Element, footnote: bool = False) -> None:
        """Everything in a body, cell, text box or note, in order; by a stack, as it may be deeply nested."""
        todo = [parent]
        while todo:
            element = todo.pop()
            if element.tag == W + "p":
                todo.extend(reversed(self._paragraph(element, footnote)))
            elif element.tag == W + "tbl":
                rows = self._rows(element)
                if rows is None:
                    todo.extend(reversed([cell for row in _table_rows(element) for cell in _table_cells(row)]))
                else:
                    self._give_rows(rows)
            elif element.tag in _WRAPPERS or element is parent or element.tag == W + "tc":
                todo.extend(reversed(element))

    def notes(self, notes) -> None:
        for note in notes:
            if note.get(W + "type", "normal") == "normal":
                self.blocks(note, footnote=True)

    def _paragraph(self, element: etree._Element, footnote: bool) -> list[etree._Element]:
        """Give one paragraph's lines; the text boxes anchored in it are still to be read."""
        found = self._runs(element)
        properties = element.find(W + "pPr")
        if element.find(f"{W}pPr/{W}rPr/{W}del") is not None:
            # Its end was deleted: what is left of it begins the next paragraph, and no number is counted.
            self.carried += found.pieces
            return found.boxes
        found.pieces[:0], self.carried = self.carried, []
        style = self.styles.of_paragraph(properties)
        item = self.numbering.next(properties)
        footnote = footnote or found.marked
        bold = not found.plain and bool(found.raw.strip())
        for number, sheet in enumerate(found.raw.split("\f")):
            if number or (number == 0 and self.styles.breaks_before(properties) and self.lines):
                self._add("", kind="page", whole=False)
            parts = [part for part in map(tidy, sheet.split("\n")) if part]
            if not parts:
                if item and self.in_cell:
                    self._add("", kind="item", level=item.level, marker=item.marker)
                elif not number and "\f" not in found.raw and not footnote:
                    self._add("", kind="blank", whole=False)
                continue
            more = {"bold": bold, "size": found.size or None, "footnote": footnote}
            if style.heading:
                text = " ".join([item.marker, *parts] if item and item.marker != BULLET else parts)
                self._add(text, kind="heading", level=style.heading, **more)
            elif item:
                self._add(" ".join(parts), kind="item", level=item.level, marker=item.marker, **more)
            elif len(parts) == 1:
                self._add(parts[0], **more)
            else:
                self._add("", kind="blank", whole=False)
                for part in parts:
                    self._add(part, **{**more, "whole": False})
                self._add("", kind="blank", whole=False)
            item = None
        return found.boxes

    def _runs(self, paragraph: etree._Element) -> _Paragraph:
        """The text of a paragraph: insertions kept, deletions and footnote marks dropped."""
        found = _Paragraph()
        style = self.styles.of_paragraph(paragraph.find(W + "pPr"))
        todo = list(reversed(paragraph))
        while todo:
            element = todo.pop()
            if element.tag in _GONE or element.tag == W + "pPr" or not isinstance(element.tag, str):
                continue
            if element.tag == W + "r":
                self._run(element, style, found, todo)
            elif element.tag == W + "txbxContent":
                found.boxes.append(element)
            elif element.tag == _MATHS:
                found.pieces.append(element.text or "")
            else:
                todo.extend(reversed(element))
        return found

    def _run(self, run: etree._Element, style, found: _Paragraph, todo: list) -> None:
        look = self.styles.of_run(run.find(W + "rPr"), style)
        if look.hidden:
            return
        text = ""
        for child in run:
            tag = child.tag
            if tag == W + "t":
                text += child.text or ""
            elif tag in (W + "tab", W + "ptab"):
                text += "\t"
            elif tag == W + "br":
                text += "\f" if child.get(W + "type") == "page" else "\n"
            elif tag == W + "cr":
                text += "\n"
            elif tag == W + "noBreakHyphen":
                text += "-"
            elif tag == W + "sym":
                text += _symbol(child.get(W + "char", ""))
            elif tag in _MARKS:
                found.marked |= tag.endswith("Ref") and not found.raw.strip()
            elif isinstance(tag, str) and tag not in _GONE and len(child):
                todo.append(child)  # a drawing, perhaps with a text box
        if text.strip():
            if look.raised and is_note_mark(text):
                found.marked |= not found.raw.strip()
                return
            found.plain |= not look.bold
            found.size = max(found.size, look.size)
        found.pieces.append(text)

    def _rows(self, table: etree._Element) -> list[tuple[str, ...]] | None:
        """The cells of a table row by row; None where the table only lays out the page."""
        rows = [(row, list(_table_cells(row))) for row in _table_rows(table)]
        if all(len(cells) < 2 for _, cells in rows):
            return None
        if any(self._is_layout(cell) for _, cells in rows for cell in cells):
            return None
        above: list[str] = []
        out = []
        for row, cells in rows:
            texts = [""] * _value(row.find(f"{W}trPr/{W}gridBefore"), 0)
            for cell in cells:
                properties = cell.find(W + "tcPr")
                merge = properties.find(W + "vMerge") if properties is not None else None
                text = self._cell_text(cell)
                if merge is not None and merge.get(W + "val", "continue") == "continue" and len(texts) < len(above):
                    text = above[len(texts)]
                span = _value(properties.find(W + "gridSpan"), 1) if properties is not None else 1
                texts += [text] + [""] * (min(span, 63) - 1)
            above = texts
            out.append(tuple(texts))
        return out

    def _is_layout(self, cell: etree._Element) -> bool:
        if cell.find(f".//{W}tbl") is not None:
            return True
        paragraphs = list(cell.iter(W + "p"))
        listed = [p for p in paragraphs if self.numbering.is_listed(p.find(W + "pPr"))]
        return len(listed) > 1

    def _cell_text(self, cell: etree._Element) -> str:
        inner = replace(self, lines=[], carried=[], in_cell=True)
        inner.blocks(cell)
        parts = []
        for line in inner.lines:
            parts += [line.text] if line.marker in ("", BULLET) else [line.marker, line.text]
        return tidy(" ".join(parts))

    def _give_rows(self, rows: list[tuple[str, ...]]) -> None:
        for cells in rows:
            if text := " ".join(cell for cell in cells if cell):
                self._add(text, kind="row", cells=cells)

    def _add(self, text: str, **more) -> None:
        self.lines.append(Line(text, number=len(self.lines) + 1, **{"whole": True, **more}))


def _table_rows(table: etree._Element) -> Iterator[etree._Element]:
    """A table's own rows, also those inside content controls and tracked insertions, without deleted ones."""
    for child in table:
        if child.tag == W + "tr":
            if child.find(f"{W}trPr/{W}del") is None:
                yield child
        elif child.tag in _WRAPPERS:
            yield from _table_rows(child)


def _table_cells(row: etree._Element) -> Iterator[etree._Element]:
    for child in row:
        if child.tag == W + "tc":
            yield child
        elif child.tag in _WRAPPERS:
            yield from _table_cells(child)


def _value(element: etree._Element | None, otherwise: int) -> int:
    value = element.get(W + "val", "") if element is not None else ""
    return int(value) if value.isdecimal() and len(value) < 3 else otherwise


def _symbol(code: str) -> str:
    """A character of a symbol font; Word writes them in the private area, where only bullets concern us."""
    try:
        value = int(code, 16)
    except ValueError:
        return ""
    return BULLET if value >= 0xF000 else chr(value) if 32 <= value < 0xD800 else ""
