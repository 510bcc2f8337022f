"""What is watched: readings of the measures, by hand or by file, and checkpoints at the level above."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from .models import Checkpoint, Measure, Reading


@dataclass(frozen=True)
class Mistake:
    """What is wrong in a file of readings. ``row`` 1 is the line of headings; ``column`` as its heading says."""

    row: int
    column: str
    sentence: str


@dataclass(frozen=True)
class NewReading:
    measure: Measure
    value: Decimal
    as_at: dt.date | None
    note: str = ""


def read_file(raw: bytes, measures, today: dt.date) -> tuple[list[NewReading], list[Mistake]]:
    """Readings in a CSV file with the headings measure, value, as at, note; and everything that is wrong in it.
    With any mistake nothing is to be saved."""
    raise NotImplementedError


@transaction.atomic
def add_readings(case, readings: list[NewReading], *, key=None, by, at) -> list[Reading]:
    """Enter readings, all or none. One worse than the reading before it, by day, by more than the margin is marked so
    and climbs the ladder by itself."""
    raise NotImplementedError


@transaction.atomic
def hold_checkpoint(case, text, *, key=None, by, at) -> Checkpoint:
    """The level above has looked at the whole alert and says what it saw."""
    raise NotImplementedError
