"""Rows as a worksheet or as CSV. What somebody typed stays text: no program takes it for a formula."""

import csv
import io
import math
from collections.abc import Iterable, Iterator

import xlsxwriter

from tracker.papers import Table, plain

# What a spreadsheet takes for the beginning of a formula, also after blanks.
STARTS = ("=", "+", "-", "@", "\t", "\r", "|", "%", "＝", "＋", "－", "＠")
LINE, HIGHEST = 15, 409  # points: of a line, and of the highest row that Excel knows
FILLED = 0.95  # of a column's width, by the words of a line
MOST_IN_A_CELL = 32_767  # characters; Excel holds no more
AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}  # of XlsxWriter


def harmless(text: str) -> str:
    """With an apostrophe before what would be read as a formula."""
    text = plain(text)
    return f"'{text}" if text.startswith(STARTS) or text.lstrip().startswith(STARTS) else text


class _Line:
    """What csv.writer writes to: it gives the line back."""

    def write(self, text):
        return text


def comma_separated(headings, rows) -> Iterator[bytes]:
    """The file, line by line: UTF-8 with its mark, without which Excel guesses wrongly."""
    writer = csv.writer(_Line())
    yield b"\xef\xbb\xbf" + writer.writerow(headings).encode()
    for row in rows:
        yield writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row]).encode()


def as_paper(sheet, headings_in: int) -> None:
    """Printed A4 landscape, one page wide, with its headings (the row ``headings_in``) on every page."""
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(headings_in)


def height(texts: Iterable[tuple[str, float]]) -> float:
    """Points that a row takes, an estimate. ``texts``: (text, width of its column in characters) of each cell. Not
    every program measures wrapped text when it opens a file."""
    lines = max((_lines(text, width) for text, width in texts), default=1)
    return min(lines * LINE, HIGHEST)


def _lines(text: str, width: float) -> int:
    """Words are not broken, so that a line holds somewhat less than its width."""
    return sum(max(1, math.ceil(len(line) / (width * FILLED))) for line in text.split("\n"))


def workbook(title: str, name: str, tables: Iterable[tuple[str, Table]]) -> bytes:
    """One worksheet for each (name, table). ``title``: of the file; ``name``: of a sheet whose own is empty."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True} | AS_TEXT) as book:
        book.set_properties({"title": plain(title)[:255], "author": ""})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "border": 1})
        wrapped = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
        for label, table in tables:
            _sheet(book.add_worksheet(_sheet_name(label or name)), table, bold, wrapped)
    return out.getvalue()


def _sheet_name(text: str) -> str:
    """At most 31 characters, and none that Excel forbids."""
    return "".join(c for c in plain(text) if c not in "[]:*?/\\\n\t").strip("' ")[:31].strip("' ")


def _sheet(sheet, table, bold, wrapped):
    as_paper(sheet, 0)
    sheet.freeze_panes(1, 0)
    given = [part * 1.5 for part in table.widths] + [20] * (len(table.headings) - len(table.widths))
    widths = [max(width, 8) for width in given]
    sheet.set_row(0, height(zip(table.headings, widths, strict=True)))
    for column, heading in enumerate(table.headings):
        sheet.set_column(column, column, widths[column])
        sheet.write_string(0, column, heading, bold)
    for line, row in enumerate(table.rows, start=1):
        sheet.set_row(line, height(zip(row, widths, strict=True)))
        for column, text in enumerate(row):
            sheet.write_string(line, column, plain(text)[:MOST_IN_A_CELL], wrapped)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.headings) - 1)
