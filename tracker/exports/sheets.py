"""Rows as a worksheet or as CSV. What somebody typed stays text: no program takes it for a formula."""

import csv
import io
from collections.abc import Iterable, Iterator

import xlsxwriter

from tracker.papers import Table, plain

# What a spreadsheet takes for the beginning of a formula, also after blanks.
STARTS = ("=", "+", "-", "@", "\t", "\r", "|", "%", "＝", "＋", "－", "＠")
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
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.freeze_panes(1, 0)
    for column, heading in enumerate(table.headings):
        width = table.widths[column] * 1.5 if column < len(table.widths) else 20
        sheet.set_column(column, column, max(width, 8))
        sheet.write_string(0, column, heading, bold)
    for line, row in enumerate(table.rows, start=1):
        for column, text in enumerate(row):
            sheet.write_string(line, column, plain(text)[:MOST_IN_A_CELL], wrapped)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.headings) - 1)
