"""The columns of a printed page: running text in two columns, or two numbered lists side by side."""

import re
from collections import Counter

from .pdf_glyphs import Piece

_SECTION = re.compile(r"(?:[A-Z]\s?)?\d\.\d{1,2}\.?\s+[A-Z]")
_PROSE = 25  # characters: the median line of a column of running text has more


def columns(rows: list[list[Piece]]) -> list[tuple[int, list[list[Piece]]]]:
    """Parts of the page in reading order, each with its column (0 also where there is only one)."""
    gutter = _gutter(rows)
    numbered = _numbered_gutter(rows) if gutter is None else None
    if numbered is not None:
        first = next(i for i, row in enumerate(rows) if any(_SECTION.match(piece.text) for piece in row))
        return [(0, rows[:first]), *_columns_of(rows[first:], numbered)] if first else _columns_of(rows, numbered)
    return [(0, rows)] if gutter is None else _columns_of(rows, gutter)


def _columns_of(rows: list[list[Piece]], gutter: float) -> list[tuple[int, list[list[Piece]]]]:
    parts: list[tuple[int, list[list[Piece]]]] = []
    whole: list[list[Piece]] = []  # rows over both columns that follow one another, such as a table's
    for across, band in _bands(rows, gutter):
        left, right = _halves(band, gutter)
        if not across and any(all(map(kind, (left, right))) for kind in (_is_prose, _is_numbered)):
            parts += [(0, left), (1, right)]
            whole = []
        elif whole:
            whole += band
        else:
            whole = list(band)
            parts.append((0, whole))
    return parts


def _gutter(rows: list[list[Piece]]) -> float | None:
    """The left edge of a second column of running text."""
    starts = Counter(round(piece.x0) for row in rows for piece in row)
    if not starts:
        return None
    first, last = min(starts), max(piece.x1 for row in rows for piece in row)
    best, most = None, 0
    for x, times in starts.items():
        if times < 3 or not first + (last - first) * 0.25 < x < first + (last - first) * 0.75:
            continue
        lines = 0
        for across, band in _bands(rows, x - 2):
            left, right = _halves(band, x - 2)
            if not across and _is_prose(left) and _is_prose(right):
                lines += len(band)
        if lines > most:
            best, most = x - 2, lines
    return best


def _numbered_gutter(rows: list[list[Piece]]) -> float | None:
    """The left edge of the second of two lists side by side whose entries are numbered "1.1", "1.2" and so on."""
    starts = Counter(round(piece.x0) for row in rows for piece in row if _SECTION.match(piece.text))
    edges = sorted(x for x, times in starts.items() if times > 1)
    return edges[1] - 2 if len(edges) == 2 and edges[1] - edges[0] > 120 else None


def _is_numbered(rows: list[list[Piece]]) -> bool:
    return sum(bool(_SECTION.match(row[0].text)) for row in rows) > 1


def _bands(rows: list[list[Piece]], gutter: float) -> list[tuple[bool, list[list[Piece]]]]:
    """Runs of rows that do, or do not, cross the gutter. A heading over both columns parts two bands also where
    it is too short to cross."""
    bands: list[tuple[bool, list[list[Piece]]]] = []
    sizes = Counter(round(piece.size) for row in rows for piece in row)
    body = sizes.most_common(1)[0][0]
    for i, row in enumerate(rows):
        across = any(piece.x0 < gutter - 4 and piece.x1 > gutter for piece in row)
        across = across or (
            len(row) == 1 and row[0].x0 < gutter and row[0].size > body * 1.15 and _is_over_both(rows, i, gutter)
        )
        if bands and bands[-1][0] == across:
            bands[-1][1].append(row)
        else:
            bands.append((across, [row]))
    return bands


def _is_over_both(rows: list[list[Piece]], i: int, gutter: float) -> bool:
    """Whether nothing stands beside this heading, and all of the right column above was drawn before it."""
    heading = rows[i][0]
    for row in rows:
        for piece in row:
            if piece.x0 < gutter:
                continue
            if abs(piece.y - heading.y) < heading.size * 1.2:
                return False
            if (piece.y < heading.y) != (piece.order < heading.order):
                return False
    return True


def _halves(band: list[list[Piece]], gutter: float) -> tuple[list[list[Piece]], list[list[Piece]]]:
    left = [[piece for piece in row if piece.x0 < gutter] for row in band]
    right = [[piece for piece in row if piece.x0 >= gutter] for row in band]
    return [row for row in left if row], [row for row in right if row]


def _is_prose(rows: list[list[Piece]]) -> bool:
    if len(rows) < 3:
        return False
    lengths = sorted(sum(len(piece.text) for piece in row) for row in rows)
    return lengths[len(lengths) // 2] >= _PROSE
