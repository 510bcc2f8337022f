"""The status under the Prioritising Probation Framework (later: Prioritisation Framework), and since when."""

import re

from .dates import MONTH, month_and_year
from .record import PpfStatus

_FRAMEWORK = re.compile(r"\bPPF\b|\bPF\b|\bPriorit[a-z]+ (?:Probation )?Framework\b", re.I)
_STATUS = re.compile(r"\b(red|amber|green)\b", re.I)
_ABOUT_STATUS = re.compile(
    r"\b(?:red|amber|green)\b['\"]?(?:[- ]rated)?['\"]?\s*"
    r"(?:RAG\s*)?(?:status|rating|site|under|on the|for|since|at)|\bRAG\b"
    r"|\bstatus (?:of|as|was|is)\b|\bas (?:an? )?['\"]?(?:red|amber|green)\b|\b(?:at|in|under|on"
    r"|to) (?:an? )?['\"]?(?:red|amber|green)\b",
    re.I,
)
# What PDUs of a colour are or may do in general, what was asked for, what might be.
_GENERAL = re.compile(
    r"^(?:whilst|while|when|if|under)?\s*(?:rated as |at |in |under )?['\"]?(?:red|amber"
    r"|green)['\"]?\s*(?:status|rated)?,?\s*(?:PDUs|sites|status,)"
    r"|^(?:whilst|while) rated\b|\bapplications?\b|\bif granted\b|\bwould be\b|\bPDUs (?:have|are|will|can|may)\b"
    r"|^(?:all )?sites\b|\bmeans? that PDUs\b|\bred\b['\"]?[-, /]+['\"]?amber\b|\bmechanism\b",
    re.I,
)
_CURRENT = re.compile(
    r"\b(?:operating|operated|operates|placed|assessed|working|works?|sits|rated|was|is|has|had|been"
    r"|remained|moved|status as|were)\b",
    re.I,
)
_MOVED = re.compile(
    r"\bfrom (?:an? )?['\"]?(?:red|amber|green)['\"]?(?: status)? (?:status )?to (?:an? )?['\"]?(red"
    r"|amber|green)\b",
    re.I,
)
_FORMER = re.compile(
    r"\b(?:previously|formerly|before (?:this|that)|prior to (?:this|that)|having (?:been|previously)"
    r"|until|earlier)\b",
    re.I,
)
_SINCE = re.compile(
    rf"\b(?:since|from)\s+(?:early |mid-|late |the (?:start|end|beginning) of )?({MONTH}\s+\d{{4}})", re.I
)
_MOVED_IN = re.compile(
    rf"\b(?:moved|placed|entered|became|went|escalated|transitioned|put|approved"
    rf"|declared)\b[^.;]{{0,80}}?\b(?:in|on)\s+(?:\d{{1,2}}\s+)?({MONTH}\s+\d{{4}})",
    re.I,
)


def ppf_status(said: list[str], names: list[str]) -> PpfStatus | None:
    """The status at the inspection; ``names`` are the inspected body's, which a telling sentence mentions.

    A sentence about red PDUs in general, an application or an earlier status says nothing about today's.
    """
    best: tuple[int, str, str] | None = None
    for one in said:
        telling = _STATUS.search(one) and _ABOUT_STATUS.search(one) and _CURRENT.search(one)
        if not telling or _GENERAL.search(one):
            continue
        if not (status := _now(one)):
            continue
        weight = 2 * bool(_FRAMEWORK.search(one)) + 2 * _mentions(one, names) + bool(_SINCE.search(one))
        weight += bool(re.search(r"\b(?:at|by) the (?:point|time)\b|\bRAG\b", one, re.I))
        if weight >= 2 and (best is None or weight > best[0]):
            best = (weight, status, one)
    if not best:
        return None
    _, status, sentence = best
    return PpfStatus(status, _since(sentence, status) or _since_elsewhere(said, status, names))


def _now(sentence: str) -> str | None:
    """The colour that a sentence gives for today, if it does."""
    if moved := _MOVED.search(sentence):
        return moved[1].lower()
    former = _FORMER.search(sentence)
    for found in _STATUS.finditer(sentence):
        if not former:
            return found[1].lower()
        between = sentence[min(former.end(), found.end()) : max(former.start(), found.start())]
        # "previously amber" and "amber previously" speak of that colour, not of one in another clause.
        near = len(between) < 45 and not re.search(r"[,;]|\band\b|\bbut\b", between)
        if not near:
            return found[1].lower()
    return None


def _mentions(sentence: str, names: list[str]) -> bool:
    return any(name in sentence for name in names) or bool(
        re.search(r"\b(?:the|this) (?:PDU|region)\b", sentence, re.I)
    )


def _since(sentence: str, status: str) -> str | None:
    """The month since when; of two, the one nearest to the colour."""
    colour = re.search(rf"\b{status}\b", sentence, re.I)
    found = [*_SINCE.finditer(sentence), *_MOVED_IN.finditer(sentence)]
    if not found or not colour:
        return None
    nearest = min(found, key=lambda one: abs(one.start() - colour.start()))
    year_month = month_and_year(nearest[1])
    return f"{year_month[0]}-{year_month[1]:02}" if year_month else None


def _since_elsewhere(said: list[str], status: str, names: list[str]) -> str | None:
    for one in said:
        telling = _STATUS.search(one) and _ABOUT_STATUS.search(one) and not _GENERAL.search(one)
        if telling and _mentions(one, names) and _now(one) == status and (since := _since(one, status)):
            return since
    return None
