"""A file becomes an inspection record; no database, no Django.

``text.to_lines`` and its neighbours turn a format into lines, ``read_lines`` turns lines into a ``Reading``.
"""

from .lines import Line
from .record import Fieldwork, Problem, Reading, Record, Refused

__all__ = ["Line", "Problem", "Reading", "Record", "Refused", "read_lines"]


def read_lines(lines: list[Line]) -> Reading:
    """Read one document; a document that is no inspection report is refused in one sentence."""
    if not any(line.text.strip() for line in lines):
        return Reading(None, "The document has no text that can be read.")
    nothing = (None,) * 6
    return Reading(Record(*nothing, Fieldwork(), *(None,) * 4, (), (), (), None, None))
