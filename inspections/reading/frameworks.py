"""Frameworks: sets of standards, kept as data. Only what the Inspectorate published is here.

Used where a report itself is silent: the number and name of a standard that it says was not inspected, and
the number of a standard that it names without one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .record import Standard

POINTS = {"Inadequate": 0, "Requires improvement": 1, "Good": 2, "Outstanding": 3}


@dataclass(frozen=True, slots=True)
class Framework:
    """Rated standards in order, number to name; those only reported; and the chapters they stand in."""

    name: str
    rated: dict[str, str]
    reported: dict[str, str]

    def number_of(self, name: str) -> str | None:
        """The number of a standard by its name, in any case."""
        wanted = name.strip().lower()
        for number, known in (self.rated | self.reported).items():
            if known.lower() == wanted:
                return number
        return None


PDU_2021 = Framework(
    "Probation delivery units, 2021",
    {
        "1.1": "Leadership",
        "1.2": "Staff",
        "1.3": "Services",
        "1.4": "Information and facilities",
        "2.1": "Court work",
        "2.2": "Assessment",
        "2.3": "Planning",
        "2.4": "Implementation and delivery",
        "2.5": "Reviewing",
    },
    {"2.6": "Outcomes"},
)

FRAMEWORKS = (PDU_2021,)


def framework_of(standards: Iterable[Standard]) -> Framework | None:
    """The framework that most of the printed standards, and none against it, belong to."""
    printed = [(one.number, one.name.lower()) for one in standards]
    for framework in FRAMEWORKS:
        fitting = [pair for pair in printed if framework.rated.get(pair[0], "").lower() == pair[1]]
        if printed and len(fitting) == len(printed) and len(fitting) * 2 > len(framework.rated):
            return framework
    return None
