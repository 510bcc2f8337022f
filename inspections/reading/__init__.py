"""A file becomes an inspection record; no database, no Django.

``text.to_lines`` and its neighbours turn a format into lines, ``read_lines`` turns lines into a ``Reading``.
"""

from .checks import problems_of
from .lines import Line
from .paragraphs import document
from .record import Problem, Reading, Record, Refused
from .refusals import refuse_other_documents, refuse_what_is_too_long, refuse_without_recommendations
from .sections import record_of

__all__ = ["Line", "Problem", "Reading", "Record", "Refused", "read_lines"]


def read_lines(lines: list[Line]) -> Reading:
    """Read one document; a document that is no inspection report is refused in one sentence."""
    try:
        refuse_what_is_too_long(lines)
        doc = document(lines)
        refuse_other_documents(doc)
        record = record_of(doc)
        refuse_without_recommendations(record)
    except Refused as refusal:
        return Reading(None, str(refusal))
    return Reading(record, None, problems_of(record, doc))
