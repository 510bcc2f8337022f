"""The glyphs of one PDF page, put together to pieces of text that stand on one baseline without a wide gap."""

import ctypes
import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import pypdfium2.raw as pdfium

from .markers import BULLET, is_note_mark
from .unicode import without_controls

GAP = 1.0  # of the size: wider, and what follows may be another cell or column
_LIST_MARK = re.compile(r"\(?(\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]$|^\d{1,2}$|^[•●▪◦‣·▸►–*o-]$")
# The same bullet in the fonts that word processors draw them with.
_BULLETS = {"\uf0b7": BULLET, "\uf0a7": BULLET, "\uf0d8": BULLET, "\uf076": BULLET, "\uf0fc": BULLET, "\u25cf": BULLET}
_FIGURE = re.compile(r"\d+(?:\.\d+)?\s*%?$")
_BOLD = re.compile(r"bold|black|heavy|demi", re.I)


@dataclass(slots=True)
class Piece:
    """Text on one baseline. Distances are in points, ``y`` from the top of the page down."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool
    order: int  # of its first glyph in the page's own drawing order
    spaced: bool = False  # white space stood before it
    mark: str = ""  # a raised footnote mark stood before it
    inner: float = 0  # after a list's marker: where the text begins, if a gap parts them


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page: its pieces from top to bottom and its horizontal rules, as (x0, x1, y)."""

    number: int
    width: float
    height: float
    pieces: list[Piece]
    rules: list[tuple[float, float, float]]
    tight: float = 1.36  # of the size: baselines this near belong to one paragraph or cell


@dataclass(slots=True)
class _Look:
    size: float
    bold: bool
    turn: int  # in degrees: text along another direction than most is a watermark or an edge's


def sheet(page, text_page, number: int) -> Sheet:
    """Read one open page; text drawn along another direction than the page's own is left out."""
    pieces, turn = _pieces(text_page.raw)
    width, height = page.get_size()
    if turn % 180 and page.get_rotation() % 180 == 0:
        width, height = height, width
    top = max((piece.y for piece in pieces), default=0) + 1 if turn else height
    bottom = page.get_mediabox()[1] if not turn else 0
    for piece in pieces:
        piece.y = top - (piece.y - bottom)
    rules = _rules(page.raw, height + bottom) if not turn else []
    pieces = _on_lines(_without_marks(pieces))
    return Sheet(number, width, height, pieces, rules, _tight(pieces))


def _tight(pieces: list[Piece]) -> float:
    """How far apart, in sizes, the lines of one paragraph are at most: as most lines of the page are."""
    gaps: Counter[float] = Counter()
    above: dict[int, Piece] = {}  # the last piece that began at a place
    for piece in pieces:
        over = above.get(round(piece.x0 / 3))
        if over and abs(over.size - piece.size) < 0.5 and len(over.text) > 30:
            gaps[round((piece.y - over.y) / piece.size, 2)] += 1
        above[round(piece.x0 / 3)] = piece
    usual = gaps.most_common(1)[0] if gaps else (1.2, 0)
    return min(max(1.36, usual[0] * 1.04), 1.75) if usual[1] > 2 else 1.36


def _pieces(page) -> tuple[list[Piece], int]:
    """Runs of glyphs in drawing order, y upwards, and the direction that most text of the page has."""
    look_of = _Looks(page)
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    box_at, x_at, y_at = ctypes.byref(box), ctypes.byref(x), ctypes.byref(y)
    glyphs: list = []
    look, last_place = None, None
    last, last_at = None, 0
    turns: Counter[int] = Counter()
    for i in range(pdfium.FPDFText_CountChars(page)):
        code = pdfium.FPDFText_GetUnicode(page, i)
        if code in (0x20, 0xA0, 0x0D, 0x0A, 0x09, 0x00):
            glyphs.append(None)
            look = None
            continue
        pdfium.FPDFText_GetCharOrigin(page, i, x_at, y_at)
        here = (code, round(x.value, 1), round(y.value, 1))
        if here == last and not _is_one_glyph(page, last_at, i):
            continue  # drawn twice, to look bold
        last, last_at = here, i
        pdfium.FPDFText_GetLooseCharBox(page, i, box_at)
        # Asking for the look is the dearest question: inside a word only where the line or the height changes.
        place = (y.value, round(box.top - box.bottom, 2))
        if look is None or place != last_place:
            look, last_place = look_of(i), place
        turns[look.turn] += 1
        glyphs.append((code, x.value, y.value, box.left, box.right, box.bottom, box.top, look))
    turn = turns.most_common(1)[0][0] if turns else 0
    return _runs(glyphs, turn), turn


def _runs(glyphs: list, turn: int) -> list[Piece]:
    runs: list[Piece] = []
    run, space = None, False
    for order, glyph in enumerate(glyphs):
        if glyph is None:
            space = True
            continue
        code, x, y, left, right, bottom, top, look = glyph
        if look.turn != turn:
            continue
        if turn == 90:
            x, y, left, right = y, -x, bottom, top
        elif turn == 180:
            x, y, left, right = -x, -y, -right, -left
        elif turn == 270:
            x, y, left, right = -y, x, -top, -bottom
        if right <= left:
            right = left + look.size * 0.5
        char = _char(code)
        if not char:
            continue
        size = look.size
        if run and abs(y - run.y) < 0.1 * size and 0.85 < size / run.size < 1.18:
            gap = left - run.x1
            marker = gap > 0.4 * size and _LIST_MARK.match(run.text)
            if -0.5 * size < gap < GAP * size and not marker:
                run.text += f" {char}" if space or gap > 0.3 * size else char
                run.x1, run.bold, space = max(right, run.x1), run.bold and look.bold, False
                continue
        run = Piece(char, left, right, y, size, look.bold, order, spaced=space)
        runs.append(run)
        space = False
    return runs


def _is_one_glyph(page, one: int, other: int) -> bool:
    """Whether two letters at one place are a ligature such as "ff": what is drawn twice is drawn by two objects."""
    objects = (pdfium.FPDFText_GetTextObject(page, i) for i in (one, other))
    one_at, other_at = (ctypes.cast(thing, ctypes.c_void_p).value for thing in objects)
    return one_at == other_at


@lru_cache(maxsize=4096)
def _char(code: int) -> str:
    if code == 0x02 or code == 0x2010:  # pdfium's sign for a hyphen at a line's end
        return "-"
    char = without_controls(chr(code)) if code < 0x110000 else ""
    return _BULLETS.get(char, char)


class _Looks:
    """Size, weight and direction of a glyph, asked once for each text object."""

    def __init__(self, page) -> None:
        self.page = page
        self.known: dict[int, _Look] = {}
        self.matrix = pdfium.FS_MATRIX()

    def __call__(self, i: int) -> _Look:
        thing = pdfium.FPDFText_GetTextObject(self.page, i)
        key = ctypes.cast(thing, ctypes.c_void_p).value or -1
        if key not in self.known:
            self.known[key] = self._ask(i)
        return self.known[key]

    def _ask(self, i: int) -> _Look:
        size, matrix = pdfium.FPDFText_GetFontSize(self.page, i), self.matrix
        turn = 0
        if pdfium.FPDFText_GetMatrix(self.page, i, matrix):
            size *= math.hypot(matrix.c, matrix.d) or 1
            turn = round(math.degrees(math.atan2(matrix.b, matrix.a)) / 5) * 5 % 360
        name = ctypes.create_string_buffer(200)
        pdfium.FPDFText_GetFontInfo(self.page, i, name, 200, None)
        bold = bool(_BOLD.search(name.value.decode("utf-8", "replace")))
        return _Look(max(size, 0.5), bold or pdfium.FPDFText_GetFontWeight(self.page, i) >= 600, turn)


def _without_marks(runs: list[Piece]) -> list[Piece]:
    """Take raised footnote marks out of the text; what else is raised or lowered ("th") joins its line."""
    runs.sort(key=lambda run: run.y)
    ordinary = [run for run in runs if len(run.text) < 7]
    gone: set[int] = set()
    for small in ordinary:
        if len(small.text) > 6:
            continue
        base, leads = _base(small, runs)
        if base is None:
            continue
        if not is_note_mark(small.text):
            small.y = base.y
        elif leads:
            base.mark, base.x0 = small.text, small.x0
            gone.add(id(small))
        else:
            base.x1 = max(base.x1, small.x1)
            gone.add(id(small))
    return [run for run in runs if id(run) not in gone]


def _base(small: Piece, runs: list[Piece]) -> tuple[Piece | None, bool]:
    """The larger piece that a small raised one belongs to, and whether it stands before that piece."""
    before = after = None
    for run in runs:
        if run.y - small.y > 30:
            break
        if run is small or run.size < small.size * 1.15 or not 0.12 < (run.y - small.y) / run.size < 0.8:
            continue
        if -0.4 * run.size < small.x0 - run.x1 < 0.6 * run.size:
            before = run
        elif -0.4 * run.size < run.x0 - small.x1 < 1.6 * run.size:
            after = run
    return (before, False) if before else (after, True)


def _on_lines(runs: list[Piece]) -> list[Piece]:
    """Join runs on the same baseline that no wide gap parts, a list's marker also over a gap."""
    rows: list[list[Piece]] = []
    for run in sorted(runs, key=lambda run: run.y):
        if rows and abs(run.y - rows[-1][0].y) < 0.28 * max(run.size, rows[-1][0].size):
            rows[-1].append(run)
        else:
            rows.append([run])
    out: list[Piece] = []
    for row in rows:
        row.sort(key=lambda run: run.x0)
        joined = [row[0]]
        for run in row[1:]:
            last = joined[-1]
            gap = run.x0 - last.x1
            size = max(last.size, run.size)
            marker = _LIST_MARK.match(last.text) and not (last.text.isdigit() and _FIGURE.match(run.text))
            if gap < GAP * size or (gap < 4.5 * size and marker):
                space = run.spaced or gap > 0.3 * size
                if _LIST_MARK.match(last.text) and gap > 0.4 * size:
                    last.inner = run.x0
                last.text += f" {run.text}" if space else run.text
                last.bold = (last.bold or bool(_LIST_MARK.match(last.text))) and run.bold
                last.x1 = max(last.x1, run.x1)
                if len(run.text) > len(last.text) / 2:
                    last.size = run.size
            else:
                joined.append(run)
        for piece in joined:
            piece.y = row[0].y
        out += joined
    return out


def _rules(page, height: float) -> list[tuple[float, float, float]]:
    """Horizontal lines, and the upper and lower edges of filled or drawn boxes."""
    found = set()
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    at = [ctypes.byref(side) for side in (left, bottom, right, top)]
    for i in range(min(pdfium.FPDFPage_CountObjects(page), 20_000)):
        thing = pdfium.FPDFPage_GetObject(page, i)
        if pdfium.FPDFPageObj_GetType(thing) != pdfium.FPDF_PAGEOBJ_PATH:
            continue
        if not pdfium.FPDFPageObj_GetBounds(thing, *at) or right.value - left.value < 20:
            continue
        for y in (top.value, bottom.value) if top.value - bottom.value > 4 else (top.value,):
            found.add((round(left.value, 1), round(right.value, 1), round(height - y, 1)))
    return sorted(found, key=lambda rule: rule[2])
