"""HTML reports, saved web pages and HTML made by Word, as lines."""

import re
from dataclasses import dataclass, field
from functools import partial

from bs4 import NavigableString, Tag
from bs4.element import PreformattedString

from .html_source import decoded, parsed
from .lines import Line
from .markers import BULLET, is_note_mark, marker
from .unicode import tidy

DROPPED = {
    "head", "script", "style", "nav", "template", "noscript", "svg", "math", "iframe", "object", "canvas",
    "audio", "video", "button", "input", "select", "textarea", "datalist", "dialog", "del", "s", "strike",
}  # fmt: skip
BLOCKS = {
    "html", "body", "p", "div", "section", "article", "main", "header", "footer", "aside", "blockquote",
    "address", "figure", "figcaption", "caption", "details", "summary", "fieldset", "form", "legend",
    "center", "ul", "ol", "menu", "dir", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tfoot", "tr", "td",
    "th", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "hr", "hgroup", "search",
}  # fmt: skip
LISTS = {"ol", "ul", "menu", "dir"}
HEADING = re.compile(r"h([1-6])$")
NOTE_PLACE = re.compile(
    r"(foot|end)[-_]?notes?([-_]?(list|text|def\w*))?$|^(ftn|edn|fn-?)\d+$|doc-(footnote|endnotes?)$", re.I
)
NOTE_LINK = re.compile(r"#(_?(ftn|edn|fn|en)|(user-content-)?fn|footnote|endnote|note|cite)", re.I)
NOTE_MARK = re.compile(r"(foot|end)-?note-?(ref|anchor|link)|noteref|^fnref", re.I)
BACK_LINK = re.compile(r"backref|footnote-?back|doc-backlink|reversefootnote", re.I)
BOLD = re.compile(r"font-weight\s*:\s*(bold|bolder|[6-9]00)", re.I)
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.I)
RAISED = re.compile(r"vertical-align\s*:\s*(super|text-top)", re.I)
WORD_LEVEL = re.compile(r"mso-list\s*:\s*\S+\s+level(\d)", re.I)
LIST_STYLES = {
    "decimal": "1", "lower-alpha": "a", "lower-latin": "a", "upper-alpha": "A", "upper-latin": "A",
    "lower-roman": "i", "upper-roman": "I", "none": "none", "disc": "*", "circle": "*", "square": "*",
}  # fmt: skip


def to_lines(data: bytes | str) -> list[Line]:
    """The lines of an HTML page or fragment, each a whole paragraph, heading, item or table row.

    A paragraph with ``<br>`` gives one line per printed line, not ``whole``, between two blank lines.
    Never raises for what the page holds: lxml mends what is not well-formed.
    """
    return _Walk().run([parsed(decoded(data))])


@dataclass
class _List:
    ordered: bool
    style: str
    next: int
    step: int


@dataclass
class _Item:
    """An open list item, or the paragraph that Word wrote for one."""

    depth: int
    marker: str
    used: bool = False  # its line has been given


@dataclass
class _Walk:
    """One walk over the tree, without recursion: a page can be nested thousands of elements deep."""

    lines: list[Line] = field(default_factory=list)
    pieces: list[tuple[str, bool]] = field(default_factory=list)  # text and whether it is bold
    lists: list[_List] = field(default_factory=list)
    items: list[_Item] = field(default_factory=list)
    heading: int = 0
    bold: int = 0
    footnote: int = 0
    preformatted: int = 0
    note_starts: bool = False  # the paragraph began with a raised mark

    def run(self, nodes: list) -> list[Line]:
        todo = nodes[::-1]
        while todo:
            node = todo.pop()
            if isinstance(node, Tag):
                todo.extend(reversed(self._enter(node)))
            elif not isinstance(node, NavigableString):
                node()  # what closes an element
            elif not isinstance(node, PreformattedString):  # comments, declarations
                self._text(str(node))
        self._flush()
        return self.lines

    def _text(self, text: str) -> None:
        if not self.preformatted:
            text = re.sub(r"[\t\n\r\f ]+", " ", text)
        self.pieces.append((text, bool(self.bold)))

    def _enter(self, tag: Tag) -> list:
        """Begin an element; what is still to be visited of it, ending with what closes it."""
        name = tag.name
        style = str(tag.get("style") or "")
        if name in DROPPED or tag.has_attr("hidden") or HIDDEN.search(style) or tag.get("role") == "navigation":
            return []
        if name == "br":
            self.pieces.append(("\n", False))
            return []
        if name == "q":
            return [partial(self._text, '"'), *tag.contents, partial(self._text, '"')]
        if _is_back_link(tag):
            return []
        if _is_raised(tag, style) and is_note_mark(tag.get_text()):
            self.note_starts |= not "".join(text for text, _ in self.pieces).strip()
            return []
        if "mso-list" in style and "ignore" in style.lower():
            self._word_marker(tag.get_text())
            return []
        if "7.0pt" in style and not tag.get_text().strip():
            return self._filtered_word_marker(tag)
        closing = []
        if name in ("b", "strong") or BOLD.search(style):
            self.bold += 1
            closing.append(self._end_bold)
        if name not in BLOCKS:
            return [*tag.contents, *closing]
        return self._enter_block(tag, style, closing)

    def _enter_block(self, tag: Tag, style: str, closing: list) -> list:
        name = tag.name
        self._flush()
        closing.insert(0, self._flush)
        if _is_note_place(tag, style):
            self.footnote += 1
            closing.append(self._end_footnote)
        level = _heading_level(tag)
        if level:
            self.heading = level
            closing.append(self._end_heading)
        if name in LISTS:
            self._open_list(tag, style)
            closing.append(self.lists.pop)
        elif name == "li":
            self.items.append(_Item(max(len(self.lists), 1), self._next_marker(tag, style)))
            closing.append(self.items.pop)
        elif name == "p" and (word := WORD_LEVEL.search(style)):
            self.items.append(_Item(int(word[1]), ""))
            closing.append(self.items.pop)
        elif name == "pre":
            self.preformatted += 1
            closing.append(self._end_preformatted)
        elif name == "hr":
            self.lines.append(self._line("", kind="blank"))
        elif name == "table" and (rows := _rows(tag)) is not None:
            return [*tag.find_all("caption", limit=1), partial(self._give_rows, rows), *closing]
        elif name == "dl" and not tag.find(LISTS | {"table", "dl"}):
            return [partial(self._give_rows, _terms(tag)), *closing]
        return [*tag.contents, *closing]

    def _end_bold(self) -> None:
        self.bold -= 1

    def _end_footnote(self) -> None:
        self.footnote -= 1

    def _end_heading(self) -> None:
        self.heading = 0

    def _end_preformatted(self) -> None:
        self.preformatted -= 1

    def _open_list(self, tag: Tag, style: str) -> None:
        css = re.search(r"list-style(?:-type)?\s*:\s*([a-z-]+)", style, re.I)
        kind = LIST_STYLES.get(css[1].lower(), "") if css else ""
        ordered = tag.name == "ol"
        kind = kind or (str(tag.get("type") or "1") if ordered else "*")
        count = sum(1 for child in tag.find_all("li", recursive=False))
        reverse = tag.has_attr("reversed")
        start = _number(tag.get("start"), count if reverse else 1)
        self.lists.append(_List(ordered, kind, start, -1 if reverse else 1))

    def _next_marker(self, tag: Tag, style: str) -> str:
        if not self.lists:
            return BULLET
        here = self.lists[-1]
        here.next = _number(tag.get("value"), here.next)
        value, here.next = here.next, here.next + here.step
        kind = "none" if re.search(r"list-style(-type)?\s*:\s*none", style, re.I) else here.style
        if kind == "none":
            return ""
        return marker(value, str(tag.get("type") or kind)) if here.ordered and kind != "*" else BULLET

    def _word_marker(self, text: str) -> None:
        mark = tidy(text)
        if not self.items:
            self._text(mark + " ")
        else:
            self.items[-1].marker = BULLET if mark in "·§Øü▪" else mark

    def _filtered_word_marker(self, tag: Tag) -> list:
        """Word's "filtered" page: the marker is plain text, then a run of spaces in seven-point type."""
        before = tidy("".join(text for text, _ in self.pieces))
        if before and len(before) < 8 and not self.items:
            self.pieces.clear()
            self.pieces.append((f"{BULLET if before in '·§Øü▪' else before}\t", False))
        return []

    def _flush(self) -> None:
        """Give what has been gathered as one line, or as several where the writer broke the lines."""
        pieces, self.pieces = self.pieces, []
        starts, self.note_starts = self.note_starts, False
        raw = "".join(text for text, _ in pieces)
        if not raw.strip():
            return
        bold = all(is_bold for text, is_bold in pieces if text.strip())
        note = bool(self.footnote or starts)
        word, tab, rest = raw.partition("\t")
        if tab and not self.preformatted and rest.strip():
            self.lines.append(self._line(tidy(rest), kind="item", marker=word.strip(), level=1, footnote=note))
            return
        if self.items and not self.heading:
            self._give_item(tidy(raw), bold, note)
            return
        parts = [part for part in map(tidy, raw.split("\n")) if part]
        if self.heading:
            self.lines.append(self._line(" ".join(parts), kind="heading", level=self.heading, bold=bold))
        elif len(parts) == 1:
            self.lines.append(self._line(parts[0], bold=bold, footnote=note))
        else:
            self.lines.append(self._line("", kind="blank"))
            self.lines += [self._line(part, bold=bold, footnote=note, whole=False) for part in parts]
            self.lines.append(self._line("", kind="blank"))

    def _give_item(self, text: str, bold: bool, note: bool) -> None:
        item = self.items[-1]
        last = self.lines[-1] if self.lines else None
        if item.used and last and last.kind == "item" and last.level == item.depth:
            # A second paragraph of the same item belongs to the item.
            self.lines[-1] = self._line(
                f"{last.text} {text}",
                kind="item",
                level=item.depth,
                marker=last.marker,
                footnote=last.footnote,
            )
        elif item.used:
            self.lines.append(self._line(text, bold=bold, footnote=note))
        else:
            item.used = True
            self.lines.append(
                self._line(text, kind="item", level=item.depth, marker=item.marker, bold=bold, footnote=note)
            )

    def _give_rows(self, rows: list[tuple[str, ...]]) -> None:
        for cells in rows:
            text = " ".join(cell for cell in cells if cell)
            if text:
                self.lines.append(self._line(text, kind="row", cells=cells, footnote=bool(self.footnote)))

    def _line(self, text: str, **more) -> Line:
        return Line(text, number=len(self.lines) + 1, **{"whole": True, **more})


def _number(value, otherwise: int) -> int:
    try:
        return int(str(value))
    except ValueError:
        return otherwise


def _words(tag: Tag) -> str:
    """The names a page gives an element: id, classes, role."""
    return " ".join([str(tag.get("id") or ""), *tag.get_attribute_list("class", ""), str(tag.get("role") or "")])


def _is_back_link(tag: Tag) -> bool:
    if tag.name != "a":
        return False
    return bool(BACK_LINK.search(_words(tag))) or tag.get_text().strip() in ("↩", "↩\ufe0e", "^", "↑")


def _is_raised(tag: Tag, style: str) -> bool:
    if tag.name == "sup" or RAISED.search(style):
        return True
    if tag.name not in ("a", "span"):
        return False
    return bool(NOTE_MARK.search(_words(tag)) or NOTE_LINK.match(str(tag.get("href") or "")))


def _is_note_place(tag: Tag, style: str) -> bool:
    if "footnote" in style and "mso-element" in style:
        return True
    return any(NOTE_PLACE.search(word) for word in _words(tag).split()) and tag.name not in ("body", "html")


def _heading_level(tag: Tag) -> int:
    if match := HEADING.match(tag.name):
        return int(match[1])
    if tag.get("role") == "heading":
        return min(max(_number(tag.get("aria-level"), 2), 1), 6)
    return 1 if "MsoTitle" in tag.get_attribute_list("class", "") else 0


def _rows(table: Tag) -> list[tuple[str, ...]] | None:
    """The cells of a table row by row; None where the table only lays out the page."""
    if table.find("table"):
        return None
    rows: list[tuple[str, ...]] = []
    hanging: dict[int, tuple[int, str]] = {}  # column: rows still to fill from a rowspan, and its text
    for tr in table.find_all("tr"):
        cells: list[str] = []
        for cell in tr.find_all(["td", "th"], recursive=False):
            while len(cells) in hanging:
                cells.append(_hung(hanging, len(cells)))
            if len(cell.find_all("li", limit=2)) > 1:
                return None
            text = _cell_text(cell)
            across, down = _number(cell.get("colspan"), 1), _number(cell.get("rowspan"), 1)
            for column in range(max(1, min(across, 50))):
                if down > 1:
                    hanging[len(cells)] = (min(down, 500) - 1, text if column == 0 else "")
                cells.append(text if column == 0 else "")
        while len(cells) in hanging:
            cells.append(_hung(hanging, len(cells)))
        rows.append(tuple(cells))
    if all(len(cells) < 2 for cells in rows):
        return None
    return rows


def _hung(hanging: dict[int, tuple[int, str]], column: int) -> str:
    left, text = hanging[column]
    if left > 1:
        hanging[column] = (left - 1, text)
    else:
        del hanging[column]
    return text


def _cell_text(cell: Tag) -> str:
    """A cell's text on one line; of a cell that is only a picture, the picture's description."""
    parts = []
    for line in _Walk().run(list(cell.contents)):
        parts += [line.text] if line.marker in ("", BULLET) else [line.marker, line.text]
    if text := tidy(" ".join(parts)):
        return text
    picture = cell.find("img", alt=True)
    return tidy(str(picture["alt"])) if picture else ""


def _terms(tag: Tag) -> list[tuple[str, ...]]:
    """A definition list as rows: term, then what is said of it."""
    rows: list[list[str]] = []
    for child in tag.find_all(["dt", "dd"]):
        text = _cell_text(child)
        if child.name == "dt" or not rows:
            rows.append([text])
        else:
            rows[-1].append(text)
    return [tuple(row) for row in rows]
