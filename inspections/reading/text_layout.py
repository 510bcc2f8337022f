"""What plain text draws with spaces and signs, put into reading order before its lines are read one by one."""

import re

_BORDER = re.compile(r"\s*\+(?:[-=:]+\+)+\s*$")
_NUMBERED = r"(?:[A-Z]\s?)?\d\.\d{1,2}\.?\s+[A-Z]"
_BESIDE = re.compile(rf"\s*{_NUMBERED}.*?\s{{3,}}(?={_NUMBERED})")
_LEAST = 2  # lines with two numbers at the same place make two lists side by side


def reading_order(lines: list[str]) -> list[str]:
    """The lines of one page with grid tables one line a row, and two lists side by side one after the other."""
    return _unfolded(_grid_rows(lines))


def _grid_rows(lines: list[str]) -> list[str]:
    """Rows of a grid table ("+---+" between them) that are written over several lines, each on one line."""
    out: list[str] = []
    row: list[list[str]] | None = None
    for line in lines:
        inside = line.strip().startswith("|") and line.strip().endswith("|")
        if row and not (inside and len(_cells(line)) == len(row[0])):
            out.append(_joined(row))
            row = []
        if _BORDER.match(line):
            row = []
            out.append("")
        elif row is not None and inside:
            row.append(_cells(line))
        else:
            row = None
            out.append(line)
    return out + ([_joined(row)] if row else [])


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip()[1:-1].split("|")]


def _joined(row: list[list[str]]) -> str:
    return "| " + " | ".join(" ".join(filter(None, cell)) for cell in zip(*row, strict=True)) + " |"


def _unfolded(lines: list[str]) -> list[str]:
    """Two numbered lists beside each other ("1.1 Leadership   Good     2.1 Court work   Inadequate")."""
    found = [(i, match.end()) for i, line in enumerate(lines) if (match := _BESIDE.match(line))]
    if len(found) < _LEAST or max(x for _, x in found) - min(x for _, x in found) > 2:
        return lines
    edge = min(x for _, x in found)
    start = end = found[0][0]
    for i in range(start, len(lines)):
        if lines[i][max(0, edge - 2) : edge].strip():
            break
        if re.match(_NUMBERED, lines[i].strip()) or re.match(_NUMBERED, lines[i][edge:].strip()):
            end = i
        elif i - end > 3:
            break
    while end + 1 < len(lines) and lines[end + 1].strip() and lines[end + 1].startswith(" "):
        end += 1
    part = lines[start : end + 1]
    return [*lines[:start], *(one[:edge].rstrip() for one in part), *(one[edge:] for one in part), *lines[end + 1 :]]
