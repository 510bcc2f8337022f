"""A report as a PDF that looks like one exported from a word processor."""

import io
from functools import lru_cache
from pathlib import Path

import reportlab
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from .inline import Notes, Run, curl, wrap
from .layout import blocks, rating_rows
from .model import (
    Break,
    Bullets,
    Contents,
    Gap,
    H,
    Numbered,
    P,
    RatingsPage,
    Report,
    Table,
    TitlePage,
)

LEFT, RIGHT, TOP, BOTTOM = 72.0, A4[0] - 72, A4[1] - 72, 78.0
COLOURS = {"Outstanding": "#12436d", "Good": "#28a197", "Requires improvement": "#f46a25", "Inadequate": "#a71930"}
LIGATURES = (("fi", "ﬁ"), ("fl", "ﬂ"))  # as many as the font has


def ligate(text: str) -> str:
    for letters, one in LIGATURES:
        text = text.replace(letters, one)
    return text


class Printer:
    def __init__(self, report: Report, *, ligatures: bool, columns_first: bool) -> None:
        self.report, self.columns_first = report, columns_first
        self.buffer = io.BytesIO()
        self.canvas = Canvas(self.buffer, pagesize=A4, invariant=1, pageCompression=1)
        self.fonts = {"plain": "Helvetica", "bold": "Helvetica-Bold", "mark": "Helvetica"}
        self.ligatures = ligatures
        if ligatures:
            _vera()
            self.fonts = {"plain": "Vera", "bold": "VeraBd", "mark": "Vera"}
        self.notes = Notes(report.curly)
        self.y, self.page, self.cover = TOP, 1, False
        self.placed: list[list[Run]] = []  # lines of footnotes of this page

    # --- measuring and single lines
    def curl(self, text: str) -> str:
        text = curl(text) if self.report.curly else text
        return ligate(text) if self.ligatures else text

    def width(self, kind: str, text: str, size: float) -> float:
        text = ligate(text) if self.ligatures else text
        return pdfmetrics.stringWidth(text, self.fonts[kind], size * (0.65 if kind == "mark" else 1))

    def lines(self, text: str, size: float, width: float, bold: bool = False) -> list[list[Run]]:
        runs = self.notes.runs(text)
        width -= 45 * self.report.hyphenate  # a wide margin, so that words have to be divided
        if bold:
            runs = [("bold" if k == "plain" else k, t) for k, t in runs]
        return wrap(runs, lambda k, t: self.width(k, t, size), width, self.report.hyphenate)

    def draw(self, x: float, y: float, line: list[Run], size: float, colour: str = "#000000") -> None:
        self.canvas.setFillColor(colour)
        for kind, text in line:
            text = ligate(text) if self.ligatures else text
            small = size * 0.65 if kind == "mark" else size
            self.canvas.setFont(self.fonts[kind], small)
            self.canvas.drawString(x, y + (size * 0.36 if kind == "mark" else 0), text)
            x += self.canvas.stringWidth(text, self.fonts[kind], small)

    def place(self, lines: list[list[Run]], size: float, leading: float, x: float = LEFT, first: str = "") -> None:
        """Lines one below the other, over the page's end where need be, their footnotes on their page."""
        waiting = {str(number): text for number, text in self.notes.take()}
        for i, line in enumerate(lines):
            notes: list[list[Run]] = []
            for kind, text in line:
                if kind == "mark":
                    runs = [("mark", text), ("plain", " " + self.curl(waiting[text]))]
                    notes += wrap(runs, lambda k, t: self.width(k, t, 8.5), RIGHT - LEFT)
            if self.y - leading < BOTTOM + 10.5 * (len(self.placed) + len(notes)):
                self.new_page()
            self.placed += notes
            self.y -= leading
            if first and not i:
                self.draw(x - 20, self.y, [("plain", first)], size)
            self.draw(x, self.y, line, size)

    def new_page(self) -> None:
        if self.placed:
            y = BOTTOM + 10.5 * len(self.placed)
            self.canvas.line(LEFT, y + 4, LEFT + 140, y + 4)
            for line in self.placed:
                y -= 10.5
                self.draw(LEFT, y + 3, line, 8.5)
            self.placed = []
        if not self.cover:
            footer = self.curl(f"Inspection of probation services: {self.report.place}")
            self.canvas.setFillColor("#444444")
            self.canvas.setFont(self.fonts["plain"], 9)
            self.canvas.drawString(LEFT, 44, footer)
            self.canvas.drawRightString(RIGHT, 44, str(self.page))
        self.cover = False
        self.canvas.showPage()
        self.page += 1
        self.y = TOP

    # --- blocks
    def block(self, block: object) -> None:
        match block:
            case TitlePage(report):
                self.title(report)
            case Contents(entries):
                self.contents(entries)
            case RatingsPage(report):
                self.ratings(report)
            case H(level, text):
                size = {1: 18, 2: 14, 3: 11.5}[level]
                self.y -= {1: 4, 2: 10, 3: 8}[level]
                if self.y < BOTTOM + 60:
                    self.new_page()
                self.place(self.lines(text, size, RIGHT - LEFT, bold=True), size, size * 1.3)
                if level == 1:
                    self.canvas.line(LEFT, self.y - 6, RIGHT, self.y - 6)
                    self.y -= 10
            case P(text, joined):
                self.y -= 0 if joined else 6
                self.place(self.lines(text, 11, RIGHT - LEFT), 11, 14)
            case Bullets(items):
                for text in items:
                    self.y -= 2
                    self.place(self.lines(text, 11, RIGHT - LEFT - 36), 11, 14, LEFT + 36, "•")
            case Numbered(items):
                for number, text in items:
                    self.y -= 2
                    self.place(self.lines(text, 11, RIGHT - LEFT - 36), 11, 14, LEFT + 36, f"{number}.")
            case Table(rows):
                self.table(rows)
            case Gap(points):
                self.y -= points
            case Break():
                self.new_page()

    def title(self, report: Report) -> None:
        self.cover = True
        self.draw(LEFT, TOP, [("bold", "HM Inspectorate")], 16, "#12436d")
        self.draw(LEFT, TOP - 19, [("bold", "of Probation")], 16, "#12436d")
        self.y = 470
        self.place(self.lines(report.kicker, 24, RIGHT - LEFT), 24, 29)
        self.place(self.lines(report.place, 24, RIGHT - LEFT, bold=True), 24, 29)
        self.y -= 14
        self.place(self.lines(report.region_line, 15, RIGHT - LEFT), 15, 19)
        self.y -= 30
        self.place(self.lines(report.imprint, 12, RIGHT - LEFT), 12, 15)

    def contents(self, entries: tuple[tuple[str, int], ...]) -> None:
        for text, page in entries:
            self.y -= 20
            text = self.curl(text)
            end = RIGHT - self.width("plain", str(page), 11)
            dots = int((end - LEFT - self.width("bold", text, 11)) / self.width("plain", ".", 11)) - 1
            self.draw(LEFT, self.y, [("bold", text), ("plain", "." * dots)], 11)
            self.draw(end, self.y, [("plain", str(page))], 11)
        self.y -= 14

    def ratings(self, report: Report) -> None:
        left: list[tuple[float, list[Run], float]] = []
        right: list[tuple[float, str]] = []
        self.y -= 10
        start = self.lines(report.place, 14, RIGHT - LEFT, bold=True)
        self.place(start, 14, 18)
        y = self.y - 20
        if report.ratings_note:
            left.append((y, [("plain", report.ratings_note)], 11))
        score = report.score_form.format(*report.score)
        self.draw(400, y, [("bold", score)], 12)
        y -= 34
        left.append((y, [("bold", "Overall rating")], 12))
        right.append((y, report.overall or ""))
        for name, rating in rating_rows(report):
            y -= 27
            left.append((y, [("plain" if rating else "bold", name)], 11))
            if rating:
                right.append((y, rating))
        for at, rating in right if self.columns_first else ():
            self.rating(at, rating)
        for at, line, size in left:
            self.draw(LEFT, at, line, size)
            for where, rating in () if self.columns_first else right:
                if where == at:
                    self.rating(at, rating)
        self.y = y

    def rating(self, y: float, rating: str) -> None:
        self.canvas.setFillColor(COLOURS[rating])
        self.canvas.rect(380, y - 6, RIGHT - 380, 21, stroke=0, fill=1)
        self.draw(392, y, [("bold", rating)], 11, "#ffffff")

    def table(self, rows: tuple[tuple[str, ...], ...]) -> None:
        columns = [LEFT, RIGHT - 90] if len(rows[0]) == 2 else [LEFT, LEFT + 40, RIGHT - 90]
        ends = [*columns[1:], RIGHT]
        self.y -= 8
        for i, row in enumerate(rows):
            cells = [
                self.lines(text, 10.5, end - x - 10, bold=not i)
                for x, end, text in zip(columns, ends, row, strict=True)
            ]
            height = max(len(lines) for lines in cells)
            if self.y - 13.5 * height - 8 < BOTTOM + 10.5 * (len(self.placed) + 2 * self.notes.count % 3 + 2):
                self.new_page()
            top = self.y
            self.canvas.line(LEFT, top - 2, RIGHT, top - 2)
            for x, lines in zip(columns, cells, strict=True):
                self.y = top - 2 - (13.5 * (height - 1) if x == columns[-1] and len(lines) == 1 and i else 0)
                self.place(lines, 10.5, 13.5, x)
            self.y = top - 2 - 13.5 * height - 5
        self.canvas.line(LEFT, self.y - 2, RIGHT, self.y - 2)
        self.y -= 6


@lru_cache
def _vera() -> None:
    folder = Path(reportlab.__file__).parent / "fonts"
    for name in ("Vera", "VeraBd"):
        pdfmetrics.registerFont(TTFont(name, folder / f"{name}.ttf"))


def pdf(report: Report, *, ligatures: bool = False, columns_first: bool = False) -> bytes:
    printer = Printer(report, ligatures=ligatures, columns_first=columns_first)
    printer.canvas.setTitle(report.place)
    for block in blocks(report):
        printer.block(block)
    printer.new_page()
    printer.canvas.save()
    return printer.buffer.getvalue()
