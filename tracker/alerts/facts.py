"""What the clocks of alerts depend on, read in a number of queries that does not grow."""

import datetime as dt
from dataclasses import dataclass

from . import ladder


@dataclass(frozen=True)
class Clock:
    """The clocks of one alert: its facts and the limits in force for its place."""

    facts: ladder.Facts
    limits: dict[str, int]

    def duties(self) -> list[ladder.Duty]:
        return ladder.duties(self.facts, self.limits)

    def rungs(self) -> list[ladder.Rung]:
        return ladder.rungs(self.facts, self.limits)

    def reached(self, now: dt.datetime) -> list[ladder.Rung]:
        return ladder.reached(self.facts, now, self.limits)

    def next_up(self, now: dt.datetime) -> tuple[ladder.Duty | None, ladder.Rung | None]:
        return ladder.next_up(self.facts, now, self.limits)


def clocks(cases, now: dt.datetime) -> dict[int, Clock]:
    """By alert id. The organisation of each case has to be loaded with the levels above it."""
    raise NotImplementedError
