"""Pieces of text on a page put into reading order: columns one after the other, tables row by row."""

import itertools
import re
from collections import Counter
from dataclasses import dataclass

from .pdf_columns import columns
from .pdf_glyphs import Piece, Sheet

BREAK = "\u2028"


@dataclass(slots=True)
class Print:
    """One printed line of text, or one row of a table (then ``cells`` are filled), where it stands."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool
    page: int
    column: int = 0
    edge: float = 0  # left edge of its column
    end: float = 0  # right edge of its column
    cells: tuple[str, ...] = ()
    mark: str = ""  # a raised mark stood before it
    inner: float = 0  # after a list's marker: where the text begins, if a gap parts them


def prints(sheet: Sheet) -> list[Print]:
    """All text of a page in reading order."""
    rows = _rows(sheet.pieces)
    out: list[Print] = []
    for number, part in columns(rows):
        edge = min((piece.x0 for row in part for piece in row), default=0)
        end = max((piece.x1 for row in part for piece in row), default=0)
        for given in _lines(part, sheet):
            given.column, given.edge, given.end = number, edge, end
            out.append(given)
    return out


def _rows(pieces: list[Piece]) -> list[list[Piece]]:
    """Pieces with the same baseline, from left to right."""
    rows: list[list[Piece]] = []
    for piece in pieces:
        if rows and rows[-1][0].y == piece.y:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return rows


def _lines(rows: list[list[Piece]], sheet: Sheet) -> list[Print]:
    """The lines of one column, those of a table gathered into its rows."""
    rows = _rejoined(rows, sheet)
    out: list[Print] = []
    i = 0
    while i < len(rows):
        end = _table_end(rows, i, sheet)
        if end > i:
            out += _table(rows[i:end], sheet)
            i = end
        else:
            out.append(_print(rows[i], sheet))
            i += 1
    return out


def _rejoined(rows: list[list[Piece]], sheet: Sheet) -> list[list[Piece]]:
    """A wide gap that no other row has at the same place is only a wide gap."""
    places: Counter[int] = Counter()
    for row in rows:
        for piece in row[1:]:
            for x in {round(piece.x0 / 2), round(piece.x1 / 2 + 10_000), round((piece.x0 + piece.x1) / 4 + 20_000)}:
                places[x] += 1

    def aligned(piece: Piece) -> bool:
        middle = (piece.x0 + piece.x1) / 4 + 20_000
        near = (piece.x0 / 2, piece.x1 / 2 + 10_000, middle)
        return any(places[round(x) - 1] + places[round(x)] + places[round(x) + 1] > 1 for x in near)

    out = []
    for row in rows:
        joined = [row[0]]
        for piece in row[1:]:
            last = joined[-1]
            if piece.x0 - last.x1 < 2.2 * piece.size and not aligned(piece) and not _is_edge(last, piece, sheet):
                last.text, last.x1, last.bold = f"{last.text} {piece.text}", piece.x1, last.bold and piece.bold
            else:
                joined.append(piece)
        out.append(joined)
    return out


def _is_edge(left: Piece, right: Piece, sheet: Sheet) -> bool:
    """Whether a drawn cell ends between two pieces, as the rules above or below them show."""
    near = [(a, b) for a, b, y in sheet.rules if abs(y - left.y) < 4 * left.size]
    return any(left.x1 < end < right.x0 for rule in near for end in rule)


def _print(row: list[Piece], sheet: Sheet) -> Print:
    text = " ".join(piece.text for piece in row)
    first = row[0]
    bold = all(piece.bold for piece in row)
    size = max(row, key=lambda piece: len(piece.text)).size
    return Print(text, first.x0, row[-1].x1, first.y, size, bold, sheet.number, mark=first.mark, inner=first.inner)


def _table_end(rows: list[list[Piece]], start: int, sheet: Sheet) -> int:
    """The row after the last of the table that begins here; ``start`` itself where none does."""

    def near(i: int) -> bool:
        return rows[i + 1][0].y - rows[i][0].y < 4 * max(rows[i][0].size, rows[i + 1][0].size)

    # A cell's lines may begin above the line on which the row's other cell stands.
    first = start
    while first < len(rows) and len(rows[first]) == 1 and first - start < 6:
        if first > start and _is_beside(rows[first - 1], rows[first]):
            break
        if first + 1 >= len(rows) or not _is_tight(rows[first], rows[first + 1], sheet):
            return start
        first += 1
    if first >= len(rows) or (len(rows[first]) == 1 and not _is_beside(rows[first - 1], rows[first])):
        return start
    end = last = first + 1
    while end < len(rows) and near(end - 1):
        if len(rows[end]) > 1 or _is_beside(rows[end - 1], rows[end]):
            last = end + 1
        elif end - last > 4:
            break
        end += 1
    # The last row's cell may run on below its line.
    while last < len(rows) and len(rows[last]) == 1 and _is_tight(rows[last - 1], rows[last], sheet):
        last += 1
    return last


def _is_beside(above: list[Piece], below: list[Piece]) -> bool:
    """Whether a piece stands beside the middle of a cell: lower than its line, but not below it."""
    near = below[0].y - above[0].y < 0.9 * min(above[0].size, below[0].size)
    return near and len(above) == len(below) == 1 and not _overlap(above[0], below[0])


def _is_tight(above: list[Piece], below: list[Piece], sheet: Sheet) -> bool:
    size = min(above[0].size, below[0].size)
    if max(above[0].size, below[0].size) > size * 1.12:
        return False
    return below[0].y - above[0].y < sheet.tight * size and not _is_ruled(above, below, sheet)


def _is_ruled(above: list[Piece], below: list[Piece], sheet: Sheet) -> bool:
    """Whether a rule runs between two rows, over some of their text."""
    x0, x1 = min(above[0].x0, below[0].x0), max(above[-1].x1, below[-1].x1)
    size, top = below[0].size, above[0].y
    for a, b, y in sheet.rules:
        # A line no wider than the words above it may only underline them.
        under = any(piece.x0 - 2 < a and b < piece.x1 + 2 for piece in above)
        if top + (0.25 if under else 0.1) * size < y < below[0].y - 0.55 * size and a < x1 and b > x0:
            return True
    return False


def _table(rows: list[list[Piece]], sheet: Sheet) -> list[Print]:
    """Rows of a table from its printed lines; a group of lines in one column only stays as lines."""
    gaps = [b[0].y - a[0].y for a, b in itertools.pairwise(rows)]
    ruled = sum(_is_ruled(a, b, sheet) for a, b in itertools.pairwise(rows)) > 1
    tight = [gap for gap, a in zip(gaps, rows, strict=False) if gap < sheet.tight * a[0].size]
    spaced = bool(tight) and max(gaps) > 1.15 * max(tight)
    groups = [[rows[0]]]
    for above, below in itertools.pairwise(rows):
        if _is_same_row(above, below, groups[-1], sheet, ruled, spaced):
            groups[-1].append(below)
        else:
            groups.append([below])
    out = []
    for group in groups:
        if all(len(row) == 1 for row in group) and _one_column(group):
            out += [_print(row, sheet) for row in group]
        else:
            out.append(_row(group, sheet))
    return out


def _one_column(group: list[list[Piece]]) -> bool:
    return all(a[0].x0 < b[0].x1 and b[0].x0 < a[0].x1 for a, b in itertools.pairwise(group))


def _is_same_row(
    above: list[Piece], below: list[Piece], group: list[list[Piece]], sheet: Sheet, ruled: bool, spaced: bool
) -> bool:
    if ruled or _is_ruled(above, below, sheet):
        return not _is_ruled(above, below, sheet) and below[0].y - above[0].y < 3 * below[0].size
    if not _is_tight(above, below, sheet):
        return False
    if len(below) == 1 and not any(_overlap(piece, below[0]) for row in group for piece in row):
        return _is_beside(above, below)
    if spaced or _is_beside(above, below):
        return True
    if len(above) > 1 and len(below) > 1:
        return False
    said = next((p for row in reversed(group) for p in row if _overlap(p, below[0])), None)
    return said is None or (said.bold == below[0].bold and not re.search(r"[.?!:%]$", said.text))


def _overlap(one: Piece, other: Piece) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1


def _row(group: list[list[Piece]], sheet: Sheet) -> Print:
    """One row of a table: its cells are what stands one below the other."""
    cells: list[list[Piece]] = []
    for piece in sorted((piece for row in group for piece in row), key=lambda piece: piece.x0):
        cell = next((c for c in cells if any(_overlap(piece, other) for other in c)), None)
        if cell is None:
            cells.append([piece])
        else:
            cell.append(piece)
    texts = tuple(_cell(cell) for cell in cells)
    pieces = [piece for row in group for piece in row]
    first = min(pieces, key=lambda piece: (piece.y, piece.x0))
    return Print(
        " ".join(texts),
        min(piece.x0 for piece in pieces),
        max(piece.x1 for piece in pieces),
        first.y,
        max(pieces, key=lambda piece: len(piece.text)).size,
        all(piece.bold for piece in pieces),
        sheet.number,
        cells=texts,
        mark=first.mark,
    )


def _cell(pieces: list[Piece]) -> str:
    """A cell's text; ``BREAK`` stands where a printed line ends with a hyphen, which only the words can judge."""
    text = ""
    for piece in sorted(pieces, key=lambda piece: (piece.y, piece.x0)):
        if text.endswith(("-", "\u00ad")):
            text = f"{text}{BREAK}{piece.text}"
        else:
            text = f"{text} {piece.text}" if text else piece.text
    return text
