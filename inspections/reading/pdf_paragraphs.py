"""Printed lines of a PDF joined to paragraphs, list items, headings and rows, also over the ends of pages."""

import itertools
import re
from collections import Counter
from dataclasses import replace

from .lines import Line
from .markers import BULLET
from .pdf_edges import note_text
from .pdf_layout import BREAK, Print
from .unicode import tidy
from .wording import Vocabulary

_ITEM = re.compile(r"(?P<marker>\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]|[•●▪◦‣·▸►*]|[–o-]|\d{1,2})\s+(?P<rest>\S.*)$")
_PARTICLE = re.compile(r"(on|in|up|off|out|to|of|by)\b(?!-)")
_ENDED = re.compile(r"[.!?:;][\"'”’)]*$")


class Paragraphs:
    """Takes printed lines in reading order, page after page; ``lines`` is the result after ``end``."""

    def __init__(self, words: Vocabulary, body: float, leading: float, heading_sizes: list[float]) -> None:
        self.lines: list[Line] = []
        self.words, self.body, self.leading, self.heading_sizes = words, body, leading, heading_sizes
        self.open: list[Print] = []
        self.marker = ""
        self.hang: float | None = None  # where the text of the open item begins, from the column's edge
        self.depths: list[float] = []  # where the markers of the open lists stand
        self.number = 0  # of the last numbered item
        self.waiting: list[Line] = []  # footnotes and page ends that came while a paragraph was open
        self.page = 1

    def take(self, line: Print) -> None:
        self.page = line.page
        item = None if line.cells or self._is_heading(line) else self._item(line)
        if not item and self.open and self._goes_on(self.open[-1], line):
            if self.marker and self.hang is None:
                self.hang = line.x0 - line.edge
            self.open.append(line)
            return
        self._close()
        if line.cells:
            cells = tuple(self._joined(cell.split(BREAK)) for cell in line.cells)
            self._add(" ".join(cells), kind="row", cells=cells, size=line.size, bold=line.bold, column=line.column)
            return
        self.open = [line]
        if item:
            self._begin_item(line, item)

    def turn(self, notes: list[list[Print]]) -> None:
        """A page has ended. What is still open may go on on the next."""
        for note in notes:
            text = self._joined(note_text(note))
            self.waiting.append(
                Line(text, whole=True, page=self.page, size=note[0].size, column=note[0].column, footnote=True)
            )
        self.waiting.append(Line("", kind="page", page=self.page))
        if not self.open:
            self._close()

    def end(self) -> list[Line]:
        self._close()
        return self.lines

    # --- what a line is
    def _is_heading(self, line: Print) -> bool:
        return line.size > self.body * 1.12 and len(line.text) < 220 and not line.cells

    def _item(self, line: Print) -> re.Match | None:
        found = _ITEM.match(line.text)
        if not found:
            return None
        marker = found["marker"]
        if (marker in "–-o*" or marker.isdigit()) and not line.inner:
            return None
        # "26 to" and "30 September" in justified print.
        if marker.isdigit() and self.open and not self.marker and self._goes_on(self.open[-1], line):
            return None
        # A wrapped line may begin with a number and a full stop; a marker stands out or is the next in turn.
        if marker[:-1].isdigit() and not line.inner and self.open and int(marker[:-1]) not in (1, self.number + 1):
            return None if self._goes_on(self.open[-1], line) else found
        return found

    def _begin_item(self, line: Print, item: re.Match) -> None:
        self.marker = item["marker"] if item["marker"] not in "●▪·▸►" else BULLET
        if self.marker.isdigit():
            self.marker += "."
        if self.marker[:-1].isdigit():
            self.number = int(self.marker[:-1])
        self.hang = line.inner - line.edge if line.inner else None
        x = line.x0 - line.edge
        while self.depths and x < self.depths[-1] - 5:
            self.depths.pop()
        if not self.depths or x > self.depths[-1] + 5:
            self.depths.append(x)

    def _goes_on(self, last: Print, line: Print) -> bool:
        if line.cells or abs(line.size - last.size) > 0.07 * last.size or line.mark:
            return False
        if (line.page, line.column) != (last.page, last.column) or line.y < last.y:
            return self._goes_on_over(last, line)
        if line.y - last.y > self.leading * 1.18 * max(line.size, 1):
            return False
        if self._is_heading(last):
            return not last.text.endswith(":") and last.bold == line.bold
        if line.bold != last.bold and not _is_full(last):
            return False
        if self.marker:
            return self._item_goes_on(last, line)
        return self._text_goes_on(last, line)

    def _item_goes_on(self, last: Print, line: Print) -> bool:
        x = line.x0 - line.edge
        if self.hang is not None and abs(x - self.hang) < 5:
            return True
        first = self.open[0].x0 - self.open[0].edge
        if x < first - 4 or (self.hang is not None and self.hang > first + 8 and x < self.hang - 5):
            return x > first - 4 and line.text[0].islower()
        if self.hang is None and x > first + 8:
            return True
        return line.text[0].islower() or not (_ENDED.search(last.text) or _would_fit(last, line))

    def _text_goes_on(self, last: Print, line: Print) -> bool:
        indented = len(self.open) == 1 and 0 < last.x0 - line.x0 < 45
        centred = abs((line.x0 + line.x1) - (last.x0 + last.x1)) < 6
        if abs(line.x0 - last.x0) > 4 and not indented and not centred:
            return False
        if line.text[0].islower():
            return True
        if last.x1 < last.edge + 0.62 * (last.end - last.edge):
            return False
        return not (_ENDED.search(last.text) and _would_fit(last, line))

    def _goes_on_over(self, last: Print, line: Print) -> bool:
        """Whether the first line of a page or column belongs to the last of the one before."""
        if self._is_heading(last) or line.bold != last.bold:
            return False
        small = line.text[0].islower()
        x, before = line.x0 - line.edge, last.x0 - last.edge
        if self.marker:
            places = [line.x0, x]
            if self.hang is not None:
                expected = (self.hang, self.hang + self.open[0].edge)
                # On a page with nothing but the end of a list, the column's edge is the list's.
                if any(abs(a - b) < 5 for a in places for b in expected):
                    return True
            return small or (self.hang is None and not _ENDED.search(last.text) and _is_full(last))
        if abs(x - before) > 5 and abs(line.x0 - last.x0) > 5 and not small:
            return False
        return small or (not _ENDED.search(last.text) and _is_full(last))

    # --- giving lines
    def _close(self) -> None:
        printed, self.open = self.open, []
        if printed:
            self._give(printed)
        for line in self.waiting:
            self._append(line)
        self.waiting = []
        self.marker, self.hang = "", None

    def _give(self, printed: list[Print]) -> None:
        first = printed[0]
        text = self._joined([line.text for line in printed])
        more = {"size": round(first.size, 1), "bold": all(line.bold for line in printed), "column": first.column}
        if self._is_heading(first):
            self.depths.clear()
            level = 1 + sum(size > first.size * 1.03 for size in self.heading_sizes)
            self._add(text, kind="heading", level=min(level, 6), page=first.page, **more)
        elif self.marker:
            text = _ITEM.match(text)["rest"] if _ITEM.match(text) else text
            self._add(text, kind="item", level=len(self.depths), marker=self.marker, page=first.page, **more)
        else:
            self._add(text, page=first.page, **more)

    def _joined(self, texts: list[str]) -> str:
        text = ""
        for part in texts:
            part = part.strip()
            # "move-on", "follow-up": so short an end is never a syllable that was carried over.
            whole = text.endswith("-") and _PARTICLE.match(part)
            text = text + part if whole else self.words.join(text, part)
        return tidy(text)

    def _add(self, text: str, **more) -> None:
        self._append(Line(text, **{"whole": True, "page": self.page, **more}))

    def _append(self, line: Line) -> None:
        self.lines.append(replace(line, number=len(self.lines) + 1))


def _is_full(line: Print) -> bool:
    return line.x1 > line.end - 0.15 * (line.end - line.edge)


def _would_fit(last: Print, line: Print) -> bool:
    """Whether the next line's first word had room on this one, so that the writer broke the line."""
    word = len(line.text.split()[0]) + 1
    return last.x1 + word * (line.x1 - line.x0) / max(len(line.text), 1) < last.end - 2


def usual_leading(pages: list[list[Print]], body: float) -> float:
    """The distance of baselines inside paragraphs, as a multiple of the size of print."""
    ratios: Counter[float] = Counter()
    for page in pages:
        for above, below in itertools.pairwise(page):
            if abs(above.size - body) < 0.5 and abs(below.size - body) < 0.5 and above.column == below.column:
                ratio = round((below.y - above.y) / body, 1)
                if 0.95 <= ratio <= 2.2:
                    ratios[ratio] += 1
    enough = 0.15 * sum(ratios.values())
    return max(min((ratio for ratio, times in ratios.items() if times >= enough), default=1.2), 1.15)


def body_size(pages: list[list[Print]]) -> float:
    """The size that most letters are printed in."""
    letters: Counter[float] = Counter()
    for page in pages:
        for line in page:
            letters[round(line.size * 2) / 2] += len(line.text)
    return letters.most_common(1)[0][0] if letters else 10.0
