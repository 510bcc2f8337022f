"""Where a chart of readings puts its marks. Numbers in, places out; the template draws them, and the table beside it
is the source."""

import datetime as dt
import math
from dataclasses import dataclass, field
from decimal import Decimal

from .words import amount

WIDTH, HEIGHT = 480, 260
LEFT, RIGHT, TOP, BOTTOM = 58, 462, 24, 216
LABELLED = 8  # with more points only the first, the last and those that got worse carry their value


@dataclass(frozen=True)
class Point:
    """One reading in the order of days. ``as_at`` None: as published, which stands before all days."""

    as_at: dt.date | None
    value: Decimal
    note: str = ""
    worsened: bool = False


@dataclass(frozen=True)
class Mark:
    x: float
    y: float
    label: str  # the value, or "" where there is no room
    worsened: bool
    number: int  # of its note, 0 without one
    above: bool  # whether the label stands above the mark
    anchor: str


@dataclass(frozen=True)
class Chart:
    """All places are in the units of a view box of 480 by 260. ``target``: (y, words) or None."""

    marks: list[Mark]
    line: str
    ticks: list[tuple[float, str]]
    days: list[tuple[float, str, str]]  # x, words, where the words are anchored
    target: tuple[float, str] | None
    notes: list[tuple[int, str]]
    desc: str
    width: int = WIDTH
    height: int = HEIGHT
    box: tuple[int, int, int, int] = field(default=(LEFT, RIGHT, TOP, BOTTOM))


def chart_of(points: list[Point], unit: str = "", target: Decimal | None = None) -> Chart | None:
    """None without a reading; one is enough."""
    if not points:
        return None
    values = [float(point.value) for point in points] + ([float(target)] if target is not None else [])
    low, high, step = scale(min([0.0, *values]), max(values))

    def y(value):
        return round(BOTTOM - (float(value) - low) / (high - low) * (BOTTOM - TOP), 1)

    places = _across(points)
    marks, number = [], 0
    for at, (point, x) in enumerate(zip(points, places, strict=True)):
        number += bool(point.note)
        shown = len(points) <= LABELLED or point.worsened or at in (0, len(points) - 1)
        marks.append(
            Mark(
                x, y(point.value), amount(point.value) if shown else "", point.worsened,
                number if point.note else 0, y(point.value) > TOP + 30, _anchor(x),
            )
        )  # fmt: skip
    count = round((high - low) / step)
    return Chart(
        marks=marks,
        line=" ".join(f"{mark.x},{mark.y}" for mark in marks) if len(marks) > 1 else "",
        ticks=[(y(low + n * step), amount(Decimal(str(round(low + n * step, 2))))) for n in range(count + 1)],
        days=_days(points, places),
        target=(y(target), f"Target {amount(target)}") if target is not None else None,
        notes=[(mark.number, point.note) for mark, point in zip(marks, points, strict=True) if mark.number],
        desc=described(points, unit, target),
    )


def scale(low: float, high: float) -> tuple[float, float, float]:
    """(lowest, highest, step) of an axis with round numbers that holds both."""
    span = (high - low) or 1.0
    raw = span / 4
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= raw * 0.999)
    return math.floor(low / step) * step, math.ceil((low + span) / step - 1e-9) * step, step


def _across(points) -> list[float]:
    """By day; what is as published stands at the left, a step before the first day."""
    known = [point.as_at for point in points if point.as_at is not None]
    undated = len(points) - len(known)
    if len(points) == 1:
        return [(LEFT + RIGHT) / 2]
    start = LEFT + 14
    if undated:
        gap = min(70, (RIGHT - start) / len(points))
        before = [round(start + n * gap, 1) for n in range(undated)]
        start = start + undated * gap
    else:
        before = []
    span = (known[-1] - known[0]).days if known else 0
    room = RIGHT - 14 - start
    if not span:
        return before + [round(start + room * n / max(len(known) - 1, 1), 1) for n in range(len(known))]
    return before + [round(start + (one - known[0]).days / span * room, 1) for one in known]


def _anchor(x) -> str:
    return "start" if x < LEFT + 30 else "end" if x > RIGHT - 30 else "middle"


def _days(points, places) -> list[tuple[float, str, str]]:
    """The first, the last, and between them as many as have room."""
    found, last = [], -math.inf
    for at, (point, x) in enumerate(zip(points, places, strict=True)):
        final = at == len(points) - 1
        if x - last >= 76 and (final or places[-1] - x >= 76):
            words = f"{point.as_at.day} {point.as_at:%b %y}" if point.as_at else "published"
            found.append((x, words, _anchor(x)))
            last = x
    return found


def described(points, unit, target) -> str:
    """What the line shows, in words."""

    def when(point):
        return f"on {point.as_at.day} {point.as_at:%B %Y}" if point.as_at else "as published"

    first, last = points[0], points[-1]
    said = f"One reading: {amount(first.value, unit)} {when(first)}."
    if len(points) > 1:
        said = (
            f"{len(points)} readings, from {amount(first.value, unit)} {when(first)} to {amount(last.value, unit)} "
            f"{when(last)}."
        )
    if worse := sum(point.worsened for point in points):
        said += f" {worse} got worse beyond the margin."
    return said + (f" The target is {amount(target, unit)}." if target is not None else " No target is set.")
