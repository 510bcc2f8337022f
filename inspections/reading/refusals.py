"""Which documents are not read at all, and the sentence that says so.

A short record made of a wrong document looks like a right one; so the question is asked before anything is read.
"""

import re

from .identity import front
from .lines import Line
from .paragraphs import Document
from .record import Record, Refused

MOST_LINES = 60_000

_PROBATION = re.compile(
    r"\binspectorate of probation\b|\binspections? of (?:the )?probation\b|\bprobation delivery unit"
    r"|\bpeople on probation\b"
    r"|\bprobation inspection|\bPDUs?\b",
    re.I,
)
_YOUTH = re.compile(r"\byouth (?:offending|justice)\b", re.I)
_YOUTH_TITLE = re.compile(
    r"\binspection of (?:the )?(?:[\w' -]{0,40} )?youth (?:offending|justice)|\byouth justice services? in\b|"
    r"\binspection of [\w', -]{2,60} youth (?:offending|justice)",
    re.I,
)
_ADULT = re.compile(
    r"\bpeople on probation\b|\bPDUs?\b|\bprobation (?:services|region"
    r"|practitioner|delivery)",
    re.I,
)
_PRISON = re.compile(r"\b(?:inspectorate|chief inspector) of prisons\b|\binspection of HM(?:P|YOI)\b", re.I)
_ACTION_PLAN = re.compile(r"\baction plan\b", re.I)
_ANSWER = re.compile(r"\b(?:agreed\s*/\s*partly agreed|responsible owner|target date)\b", re.I)


def refuse_what_is_too_long(lines: list[Line]) -> None:
    """Raise ``Refused`` for far more lines than any report has (the longest known has 2,000)."""
    if len(lines) > MOST_LINES:
        raise Refused("The document is far too long for an inspection report.")


def refuse_other_documents(document: Document) -> None:
    """Raise ``Refused`` for an empty document and for one that is no probation inspection report."""
    text = document.text()
    if not re.search(r"\w{3}", text):
        raise Refused("The document has no text that can be read.")
    opening = front(document)[:6000]
    if _YOUTH_TITLE.search(opening) or len(_YOUTH.findall(text)) > len(_ADULT.findall(text)) + 1:
        raise Refused("This is a report on youth justice services; only reports on probation services are read.")
    if _PRISON.search(opening[:1500]) and len(_PRISON.findall(text)) >= len(_PROBATION.findall(text)):
        raise Refused("This is a report on a prison; only reports on probation services are read.")
    if _ACTION_PLAN.search(opening) and len(_ANSWER.findall(text)) > 1:
        raise Refused("This is an action plan that answers a report; the report itself is needed.")
    if not _PROBATION.search(text) or not re.search(r"\binspect", text, re.I):
        raise Refused("This is not an inspection report of HM Inspectorate of Probation.")


def refuse_without_recommendations(record: Record) -> None:
    """Raise ``Refused`` where no recommendation was found: never a silent short record."""
    if not record.recommendations:
        raise Refused("No recommendations were found in this document, so nothing was taken from it.")
