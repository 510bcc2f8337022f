"""Printed lines become paragraphs, list items, headings and rows of tables, whatever the format.

Where the format says what is whole (HTML, Word, Markdown headings), nothing is joined. Where it gives only
printed lines (PDF, text), a line goes on with the next unless something says otherwise: a heading, a marker,
a gap, another size of print.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

from .addressees import addressee, level_by_words
from .dates import MONTH
from .furniture import body_size, without_furniture
from .headings import is_contents_entry, is_known, is_of_title_page, standard_heading
from .lines import Line
from .unpointed import with_points
from .wording import Vocabulary, tidy

_MARK = re.compile(
    r"(?P<marker>(?:R(?:ec(?:ommendation)?)?\.?\s?)?\d{1,3}\s?[.):](?=\s|[A-Za-z]|$)|[•●▪◦‣·\uf0b7](?=\s|\w)|[a-z]\)(?=\s)"
    r"|\((?:\d{1,2}|[a-z]|[ivx]{1,4})\)(?=\s))\s*(?P<rest>.*)$"
)
_UNFINISHED = re.compile(
    r"(?:[,(/–-]|\b(?:a|an|and|as|at|by|for|from|in|of|on|or|that|the|their|to|under|with))$", re.I
)

# A footnote whose mark was lost, rather than the end of "ready by 31 March".
_MAY_BE_NOTE = re.compile(rf"\d{{1,2}}\s+(?!{MONTH}\b)[A-Z]")
_FRONT = 40  # lines: a title page has fewer
_LONGEST = 300  # printed lines of one paragraph; more is no paragraph, and every search in it costs


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item or table row with its whole text; ``line`` is where it begins."""

    text: str
    kind: Literal["text", "heading", "item", "row"]
    line: int
    marker: str = ""
    level: int = 0
    cells: tuple[str, ...] = ()
    page: int | None = None
    size: float | None = None
    bold: bool = False
    prominent: bool = False  # printed larger or bolder than the body, or marked as a heading


@dataclass(frozen=True, slots=True)
class Document:
    """The whole text: blocks in reading order, footnotes apart."""

    blocks: tuple[Block, ...]
    notes: tuple[str, ...] = ()

    def text(self, start: int = 0, end: int | None = None) -> str:
        """The text of some blocks, one per line of the result."""
        return "\n".join(block.text for block in self.blocks[start:end])


def document(lines: list[Line]) -> Document:
    """Put the lines of one document together."""
    body = body_size(lines)
    words = Vocabulary(tidy(line.text) for line in lines)
    lines, notes = without_furniture(with_points(lines))
    builder = _Builder(lines, words, body)
    for i, line in enumerate(lines):
        builder.take(i, line)
    return Document(tuple(builder.done()), tuple(notes))


class _Builder:
    def __init__(self, lines: list[Line], words: Vocabulary, body: float | None):
        self.lines, self.words, self.body = lines, words, body
        self.width = _printed_width(lines)
        self.blocks: list[Block] = []
        self.parts: list[str] = []
        self.last: Line | None = None  # the last line that went into the open block
        self.open: Block | None = None
        self.gap = self.turned = False

    def take(self, i: int, line: Line) -> None:
        if line.kind in ("blank", "page") or not (line.text or line.marker):
            self.gap = self.gap or line.kind != "page"
            self.turned = self.turned or line.kind == "page"
            return
        line = _with_marker(line)
        if self._goes_on(i, line):
            self.parts.append(line.text)
        else:
            self._close()
            prominent = line.kind == "heading" or self._prominent(line)
            self.open = Block(
                "",
                line.kind,
                line.number,
                line.marker,
                line.level,
                line.cells,
                line.page,
                line.size,
                line.bold,
                prominent,
            )
            self.parts = [line.text]
        self.last, self.gap, self.turned = line, False, False

    def done(self) -> list[Block]:
        self._close()
        return self.blocks

    def _close(self) -> None:
        if self.open:
            pieces = [self.parts[0]]
            for part in self.parts[1:]:
                # Only the end of what is there decides how the next line follows it.
                before = pieces.pop()
                pieces += [before[:-80], self.words.join(before[-80:], part)]
            text = "".join(pieces).replace("\u00ad", "").strip()
            self.blocks.append(replace(self.open, text=text))
        self.open, self.parts = None, []

    def _prominent(self, line: Line) -> bool:
        larger = bool(self.body and line.size and line.size > self.body + 0.9)
        return line.kind == "text" and (larger or line.bold) and len(line.text) < 120

    def _goes_on(self, i: int, line: Line) -> bool:
        """Whether this line belongs to the block that is open."""
        last, block = self.last, self.open
        if not last or not block or line.kind != "text" or len(self.parts) > _LONGEST:
            return False
        if line.whole or last.whole:
            return self._whole_goes_on(line)
        if block.kind in ("row", "heading") or (block.kind == "item" and not block.marker):
            return False
        said = self.parts[-1]
        if self._is_other_print(last, line):
            return False
        if block.kind == "text" and not self.gap and _UNFINISHED.search(said) and addressee(f"{said} {line.text}"):
            return True
        if _stands_alone(line.text) or _stands_alone(said) or self._begins_addressee(i, line):
            return False
        if i < _FRONT and (is_of_title_page(line.text) or (is_of_title_page(said) and not said.endswith(("in", "of")))):
            return False
        if block.kind == "item" and not said:
            return True
        ended = said.endswith((".", "?", "!", ":"))
        small = line.text[0].islower() or line.text[0] in "(&"
        if self.turned and _MAY_BE_NOTE.match(line.text):
            return False
        if self.turned:
            return not ended and (small or block.kind == "item" or bool(_UNFINISHED.search(said)))
        if self.gap:
            return not ended and (small or bool(_UNFINISHED.search(said)) or self._wrapped(said, line.text))
        if block.kind == "item":
            # A sentence may end within an item, at the end of a printed line that is full or under a bullet.
            bullet = not block.marker[-2:-1].isalnum()
            return small or not ended or bool(self.width and (bullet or len(said) > 0.75 * self.width))
        return not said.endswith(":") and not (ended and len(said) < 50 and not small and line.bold)

    def _whole_goes_on(self, line: Line) -> bool:
        """A paragraph that a PDF reader took for whole, though its sentence plainly goes on."""
        said = self.parts[-1]
        if not (line.size and self.open and self.open.kind in ("text", "item")) or _stands_alone(line.text):
            return False
        if said.endswith((".", "?", "!", ":", ";")) or self._is_other_print(self.last, line):
            return False
        return bool(_UNFINISHED.search(said)) or (self.turned and line.text[0].islower())

    def _wrapped(self, said: str, ahead: str) -> bool:
        """An item's line that fills the printed width, before the end of one sentence: some tools put an empty
        line between the two printed lines of an item, and the second may begin with a name."""
        if not (self.open and self.open.kind == "item" and self.width):
            return False
        return len(said) > 0.75 * self.width and ahead.endswith(".") and ". " not in ahead

    def _is_other_print(self, last: Line, line: Line) -> bool:
        if last.size and line.size and abs(last.size - line.size) > 0.7:
            return True
        if last.column != line.column and line.text[0].isupper() and self.parts[-1].endswith((".", ":")):
            return True
        # A bold line under plain text, or the other way, is another thing; bold words inside are the reader's job.
        return last.bold != line.bold and (len(last.text) < 90 or line.bold) and not line.text[0].islower()

    def _begins_addressee(self, i: int, line: Line) -> bool:
        """A heading such as "Hammersmith, Fulham,\nand Westminster PDU should:" printed over two lines."""
        if line.text.rstrip().endswith((".", ":")) or not (line.text[0].isupper()):
            return False
        following = self.lines[i + 1] if i + 1 < len(self.lines) else None
        if not following or following.kind != "text" or not following.text:
            return False
        who = addressee(f"{line.text} {following.text}")
        return bool(who and level_by_words(who) and self.parts[-1].endswith((".", ":")) is not None and self._fresh())

    def _fresh(self) -> bool:
        """An addressee may begin here: not in the middle of a heading that is itself printed over lines."""
        return bool(self.open and self.open.kind == "item") or self.parts[-1].endswith((".", ":"))


def _printed_width(lines: list[Line]) -> int | None:
    """How many characters a full printed line has, in a document whose lines are broken; None in any other."""
    lengths = sorted(len(line.text) for line in lines if line.kind in ("text", "item") and len(line.text) > 30)
    if not lengths or any(line.whole and line.kind == "text" for line in lines):
        return None
    nearly_longest = lengths[int(len(lengths) * 0.97)]
    return lengths[int(len(lengths) * 0.9)] if nearly_longest < 130 else None


def _with_marker(line: Line) -> Line:
    """A text line that begins with a number or bullet is an item, whatever the format called it."""
    if line.kind != "text" or line.marker:
        return line
    found = _MARK.match(line.text)
    if not found or re.match(r"\d{1,2}\.\s?\d", line.text):
        return line
    return replace(line, kind="item", marker=found["marker"].strip(), text=found["rest"], level=max(line.level, 1))


def _stands_alone(text: str) -> bool:
    """A line that is a heading by its words: a name, a standard, an addressee, an entry of the contents."""
    return bool(is_known(text) or is_contents_entry(text) or standard_heading(text) or addressee(text))
