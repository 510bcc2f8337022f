"""Plain text, and text that a tool extracted from a PDF with Markdown in it, into lines.

The five published reports show what to expect: inline ``<b>``, ``<sup>`` and ``<br>``, ``#`` headings, pipe
tables, tabs between the cells of a table, hard-wrapped lines, form feeds. Marks that carry structure become
structure; marks that carry emphasis go.
"""

import html
import re
from dataclasses import replace

from charset_normalizer import from_bytes

from .lines import Line
from .text_layout import reading_order

_SAMPLE = 100_000  # bytes looked at to guess an encoding; more costs seconds and decides nothing
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUP = re.compile(r"<sup>\s*\[?(\d{1,3})\]?\s*</sup>", re.I)
# Only what marks up running text: "<script>" in a sentence is a word of the report.
_TAG = re.compile(
    r"</?(?:a|abbr|b|big|br|center|del|div|em|font|h[1-6]|hr|i|img|ins|li|mark|ol|p|s|small|span|strong|sub|sup|table|tbody"
    r"|td|th|thead|tr|u|ul)(?:\s[^<>]{0,300})?/?>",
    re.I,
)
_IMAGE = re.compile(r"!\[[^\]\n]{0,300}\]\([^)\n]{0,500}\)")
_LINK = re.compile(r"\[([^\]\n]{1,300})\]\([^)\n]{0,500}\)")
_NOTE_MARK = re.compile(r"\[\^(\d{1,3})\]:?")
_EMPHASIS = re.compile(r"(\*\*\*|\*\*|__)(?=\S)(.{1,2000}?)(?<=\S)\1")
_ITALIC = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])([^*_\n]{1,1000}?)(?<=[^\s*_])\1(?![\w*])")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_ATTRIBUTES = re.compile(r"\s*\{[#.][^{}]{1,200}\}$")
_RULE = re.compile(r"(?:[-*_=]\s*){3,}$")
_TABLE_RULE = re.compile(r"\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?\s*)?$")
_ITEM = re.compile(
    r"(?P<mark>\d{1,3}\\?[.)](?=\s|[A-Za-z]|$)|[a-z][.)](?=\s)|[ivx]{2,4}[.)](?=\s)|\((?:\d{1,2}|[a-z]|[ivx]{1,4})\)(?=\s)"
    r"|[•●▪◦‣·\uf0b7](?=\s|\w|$)|[*+-](?=\s|$))(?:\s*(?P<rest>.*))?$"
)


def decode(data: bytes) -> str:
    """The text of a file: UTF-8 where it is that, else the likeliest encoding; never an error."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    best = from_bytes(data[:_SAMPLE]).best()
    # Reports are written on Windows: its code page explains curly quotes that Latin-1 does not.
    encoding = best.encoding if best and best.encoding.startswith("utf") else "cp1252"
    return data.decode(encoding, errors="replace")


def to_lines(data: bytes) -> list[Line]:
    """Read a text or Markdown file into lines; ``page`` is set only where form feeds tell pages apart."""
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n").replace("\x0b", "\n")
    text = _CONTROL.sub("", text).replace("\u2028", "\n").replace("\u2029", "\n")
    paged = "\f" in text
    page = 1
    lines: list[Line] = []

    def add(**given) -> None:
        lines.append(Line(number=len(lines) + 1, page=page if paged else None, **given))

    for i, sheet in enumerate(text.split("\f")):
        if i:
            page += 1
            add(text="", kind="page")
        for raw in reading_order(sheet.split("\n")):
            for one in re.split(r"<br\s*/?>", raw, flags=re.I) if "|" not in raw else [raw]:
                given = _read(one)
                if given.get("kind") == "rule":
                    _underline(lines, one)
                else:
                    add(**given)
    return _count_lists(lines)


def _read(raw: str) -> dict:
    """What one printed line is: the keyword arguments of a ``Line``."""
    indent = len(raw) - len(raw.lstrip())
    stripped = raw.strip().lstrip(">").strip() if raw.lstrip().startswith(">") else raw.strip()
    if not stripped:
        return {"text": "", "kind": "blank"}
    if _TABLE_RULE.fullmatch(stripped) or _RULE.fullmatch(stripped):
        return {"text": "", "kind": "rule"}
    stripped = stripped[:-1].rstrip() if stripped.endswith("\\") else stripped
    if heading := _HEADING.fullmatch(_ATTRIBUTES.sub("", stripped)):
        return {"text": inline(heading[2]), "kind": "heading", "level": len(heading[1]), "whole": True}
    if stripped.startswith("|") and stripped.count("|") > 1:
        return _row(stripped.strip("|").split("|"))
    if "\t" in stripped and len(cells := [c for c in re.split(r"\t+", stripped) if c.strip()]) > 1:
        if not _ITEM.fullmatch(cells[0].strip()):
            return _row(cells)
        stripped = " ".join(cells)
    if item := _ITEM.fullmatch(stripped):
        return _item(item, indent)
    text = inline(stripped)
    return {"text": text, "kind": "text" if text else "blank", "bold": _all_bold(stripped)}


def _row(cells: list[str]) -> dict:
    clean = tuple(inline(re.sub(r"<br\s*/?>", " ", cell, flags=re.I).strip()) for cell in cells)
    if not any(clean):
        return {"text": "", "kind": "blank"}
    return {"text": " ".join(cell for cell in clean if cell), "kind": "row", "cells": clean}


def _item(item: re.Match, indent: int) -> dict:
    marker, rest = item["mark"].replace("\\", ""), (item["rest"] or "").strip()
    # "- 1. improve": a bullet that some tool put before the printed number.
    inner = _ITEM.fullmatch(rest) if marker in "•●▪◦‣·*+-" else None
    if inner and inner["mark"][0].isalnum() and inner["rest"]:
        marker, rest = inner["mark"], inner["rest"].strip()
    return {"text": inline(rest), "kind": "item", "marker": marker, "level": 1 + indent // 2}


def inline(text: str) -> str:
    """Take emphasis, links, tags, escapes and entities out of one line; raise note marks to ¹²³."""
    if "<" in text:
        text = _SUP.sub(lambda m: m[1].translate(_RAISED), text)
        text = _TAG.sub("", text)
    if "[" in text:
        text = _NOTE_MARK.sub(lambda m: m[1].translate(_RAISED), text)
        text = _LINK.sub(r"\1", _IMAGE.sub("", text))
    if "*" in text or "_" in text:
        text = _ITALIC.sub(r"\2", _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", text)))
        text = re.sub(r"(?<!\w)\*{2,3}|\*{2,3}(?!\w)", "", text)
    if "\\" in text:
        text = _ESCAPE.sub(r"\1", text)
    if "&" in text:
        text = html.unescape(text)
    if "--" in text:
        text = re.sub(r"(?<=\w)--(?=\w)|(?<=\s)--(?=\s)", "–", text)
    return re.sub(r"\s+", " ", text).strip()


def _all_bold(text: str) -> bool:
    return bool(re.fullmatch(r"(\*\*|__)[^*_]+\1|<b>[^<]*</b>|<strong>[^<]*</strong>", text))


def _underline(lines: list[Line], rule: str) -> None:
    """A rule under a line of text makes that line a heading (Markdown's other way); else it is a gap."""
    last = lines[-1] if lines else None
    # Indented, or in several parts, it belongs to a table.
    under = not rule.startswith("  ") and bool(re.fullmatch("={3,}|-{3,}", rule.strip()))
    if under and last and last.kind == "text" and len(last.text) < 100:
        level = 1 if rule.strip()[0] == "=" else 2
        lines[-1] = Line(last.text, "heading", level, whole=True, page=last.page, number=last.number)
    else:
        lines.append(Line("", "blank", page=last.page if last else None, number=len(lines) + 1))


def _count_lists(lines: list[Line]) -> list[Line]:
    """Markdown lets every item of a list be written "1."; count them as a Markdown reader would show them.

    Only where all numbers after the first are the same: a number left out is a fact to report, not to mend.
    """
    if not any(line.kind == "heading" for line in lines):
        return lines
    out = list(lines)
    for run in _numbered_runs(lines):
        numbers = [int(re.match(r"\d+", lines[i].marker)[0]) for i in run]
        if len(run) > 1 and set(numbers[1:]) <= {1} | {numbers[0]} and len(set(numbers[1:])) == 1:
            for count, i in enumerate(run):
                out[i] = replace(lines[i], marker=re.sub(r"\d+", str(numbers[0] + count), lines[i].marker))
    return out


def _numbered_runs(lines: list[Line]) -> list[list[int]]:
    """The places of the numbered items of each list; a heading, a bold line or one ending in a colon parts lists."""
    runs: list[list[int]] = [[]]
    for i, line in enumerate(lines):
        if line.kind == "item" and line.level == 1 and line.marker[:1].isdigit():
            runs[-1].append(i)
        elif line.kind in ("heading", "row") or (line.kind == "text" and (line.bold or line.text.endswith(":"))):
            runs.append([])
    return runs
