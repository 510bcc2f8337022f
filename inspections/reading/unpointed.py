"""Recommendations whose numbers a table printed without a point: "1   fund a post", "2   replace the system"."""

import re
from dataclasses import replace

from .headings import is_contents_entry, is_known, is_recommendations
from .lines import Line

_NUMBER = re.compile(r"(\d{1,2})(?:\s+(?=[a-z])|$)")
_FEWEST = 3  # in turn: two may be chance
_REACH = 400  # lines: no list of recommendations is longer


def with_points(lines: list[Line]) -> list[Line]:
    """Lines that begin with the number that is due, under a recommendations heading, become items."""
    out = list(lines)
    for i, line in enumerate(lines):
        if line.kind in ("text", "heading") and is_recommendations(line.text) and not is_contents_entry(line.text):
            found = _in_turn(lines, i + 1)
            for j, number, rest in found if len(found) >= _FEWEST else []:
                out[j] = replace(lines[j], kind="item", marker=f"{number}.", text=rest, level=1)
    return out


def _in_turn(lines: list[Line], start: int) -> list[tuple[int, int, str]]:
    """(line, number, text behind it) of each line that begins with the number due, or with 1 again."""
    found: list[tuple[int, int, str]] = []
    for j in range(start, min(len(lines), start + _REACH)):
        line = lines[j]
        if line.kind == "heading" or (line.kind == "text" and is_known(line.text)):
            break
        number = _NUMBER.match(line.text) if line.kind == "text" else None
        if number and int(number[1]) in (1, found[-1][1] + 1 if found else 1):
            rest = line.text[number.end() :]
            if rest or _is_alone(lines, j):
                found.append((j, int(number[1]), rest))
    return found


def _is_alone(lines: list[Line], j: int) -> bool:
    """A number on a line by itself, with the wording on the next."""
    ahead = next((line for line in lines[j + 1 : j + 3] if line.kind != "blank"), None)
    return bool(ahead) and ahead.kind == "text" and ahead.text[:1].islower()
