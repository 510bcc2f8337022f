"""An organisational alert that a report prints: usually its last annexe."""

import re

from .headings import bare_name, is_annexe, is_contents_entry, is_known
from .numbers import NUMBER, value
from .paragraphs import Block, Document
from .record import ActionStatus, Alert, ResponseAction
from .wording import without_full_stop

_HEADING = re.compile(r"\borganisational(?:[ -]level)? alerts?\b", re.I)
_WAS = r"(?:was|were|stood at|totalled|had reached|reached|numbered|came to)"
_UNALLOCATED = (
    re.compile(rf"\bunallocated (?:caseload|cases)(?: \w+){{0,3}}? of\s+{NUMBER}", re.I),
    re.compile(rf"\bunallocated (?:caseload|cases)\s+{_WAS}\s+{NUMBER}", re.I),
    re.compile(
        rf"\b{NUMBER}\s+(?:people|cases)[^.;,]{{0,60}}?\b(?:no|without an?"
        rf"|not allocated to an?) named\b",
        re.I,
    ),
    re.compile(rf"\b{NUMBER}\s+cases\s+[^.;,]{{0,30}}?\b(?:unallocated|not (?:been )?allocated)", re.I),
    re.compile(rf"\b{NUMBER}\s+unallocated cases\b", re.I),
)
_NO_APPOINTMENT = (
    re.compile(
        rf"\b{NUMBER}\b(?:(?!\d)[^.;]){{0,60}}?\b(?:no|without an?) (?:next|further|future|new) appointment", re.I
    ),
    re.compile(
        rf"\bno (?:next|further|future|new) appointment[^.;]{{0,60}}?\b(?:in|for)\s+{NUMBER}\s+(?:\w+ )?cases", re.I
    ),
)
_RESPONSE = re.compile(
    r"\b(?:respon(?:se|ses|d|ded)|repl(?:y|ied)|answer(?:ed)?|wrote|undertook|undertaken|committed|promised|agreed"
    r"|actions? (?:to be )?(?:taken|outlined))\b",
    re.I,
)
_RESPONDENT = re.compile(
    r"\b(?:response|reply|responses)\s+(?:to (?:the|this"
    r"|our) (?:organisational )?alert\s+)?(?:(?:was received|came|arrived)\s+)?from\s+"
    r"(?:the\s+)?(?P<who>[^,.;:]{3,90}?)(?=\s*(?:[,.;:]|$|\b(?:which|that|who|outlin\w+|setting|detailing|within)\b"
    r"|\bto (?:the|our)\b|\b(?:on|in|dated) (?:\d|[A-Z])))",
    re.I,
)
_ANSWERED = re.compile(
    r"\b[Tt]he (?P<who>[A-Z][\w-]*\s+(?:(?:of|for|and|the|[A-Z][\w-]*)\s+){0,7}?)(?:has "
    r"|had )?(?:responded|replied|answered|wrote)\b"
)
_PROMPT = r"\b(?:this|these|it|both|all|they|that|which|actions?|work|review)\b"
_BE = r"\b(?:was|were|is|are|has been|have been|had been|remains?|remained|now)\s+(?:(?:now|also|still|all)\s+)?"
_STATES: tuple[tuple[re.Pattern, ActionStatus], ...] = tuple(
    (
        re.compile(
            rf"{_PROMPT}[^.;]{{0,60}}?{_BE}(?:{words})\b|(?:\(|[–—:-]\s*)(?:this (?:is"
            rf"|was)\s+)?(?:{words})\)?\s*\.?$"
            rf"|\bstatus\s*[:–-]\s*(?:{words})\b|\.\s+(?:{words})\.?$",
            re.I,
        ),
        state,
    )
    for words, state in (
        (r"(?<!not )(?<!to be )completed?", "completed"),
        (r"in progress|underway|under way", "in progress"),
        (r"ongoing|on-going", "ongoing"),
    )
)


def alert(document: Document) -> Alert | None:
    """The alert's section as facts; None where the document has no such section."""
    blocks = _section(document)
    if not blocks:
        return None
    text = " ".join(block.text for block in blocks)
    concerns, actions = _lists(blocks)
    return Alert(
        _first(_UNALLOCATED, text),
        _first(_NO_APPOINTMENT, text),
        tuple(without_full_stop(one) for one in concerns),
        tuple(ResponseAction(without_full_stop(one), state(one)) for one in actions),
        _respondent(text),
    )


def state(action: str) -> ActionStatus | None:
    """The state that an action's own words print; where there are several, the last."""
    found = [(match.end(), name) for shape, name in _STATES for match in shape.finditer(action)]
    return max(found)[1] if found else None


def _section(document: Document) -> tuple[Block, ...]:
    blocks = document.blocks
    for i, block in enumerate(blocks):
        name = bare_name(block.text)
        is_title = len(block.text) < 90 and _HEADING.search(name) and not is_contents_entry(block.text)
        if not is_title or not (block.kind == "heading" or block.prominent or is_known(block.text)):
            continue
        end = i + 1
        while end < len(blocks) and not _ends(blocks[end], block):
            end += 1
        if any(one.kind == "item" for one in blocks[i + 1 : end]):
            return blocks[i + 1 : end]
    return ()


def _ends(block: Block, opening: Block) -> bool:
    if is_contents_entry(block.text):
        return False
    if is_annexe(block.text) and len(block.text) < 90 and block.kind != "item":
        return True
    if block.kind == "heading" and opening.kind == "heading" and block.level and opening.level:
        return block.level <= opening.level
    return is_known(block.text) and block.kind != "item" and not _HEADING.search(block.text)


def _lists(blocks: tuple[Block, ...]) -> tuple[list[str], list[str]]:
    """Concerns, and response actions: the lists before and after the sentence that tells of a response."""
    concerns: list[str] = []
    actions: list[str] = []
    wanted = concerns
    top = min((block.level for block in blocks if block.kind == "item"), default=0)
    for block in blocks:
        if block.kind == "item":
            if wanted and block.level > top:
                wanted[-1] += f" {block.text}"
            else:
                wanted.append(block.text)
        elif (concerns and _RESPONSE.search(block.text)) or (
            block.kind == "heading" and re.search(r"\bresponse|\bactions\b", block.text, re.I)
        ):
            wanted = actions
    return concerns, actions


def _leads_in(text: str) -> bool:
    """A sentence that opens another list, and not one of further concerns."""
    return text.endswith(":") and not re.search(r"\bconcern", text, re.I)


def _respondent(text: str) -> str | None:
    found = _RESPONDENT.search(text) or _ANSWERED.search(text)
    return " ".join(found["who"].split()) if found else None


def _first(shapes: tuple[re.Pattern, ...], text: str) -> int | None:
    for shape in shapes:
        if found := shape.search(text):
            return value(found[1])
    return None
