"""The life of an organisational alert. No ORM, no request, no clock."""

import datetime as dt
import re

from tracker.plans.rules import Step

ALERT_STATES = {
    "raised": "Raised",
    "acknowledged": "Acknowledged",
    "responded": "Responded",
    "monitoring": "Monitoring",
    "stand_down_asked": "Stand-down asked",
    "stood_down": "Stood down",
    "withdrawn": "Withdrawn",
}
ALERT_KINDS = {
    "unallocated": "Unallocated cases",
    "unseen": "People not seen, or without a next appointment",
    "mappa": "MAPPA cases not managed",
    "safeguarding": "Safeguarding or domestic abuse checks not made",
    "staffing": "Too few staff to manage cases safely",
    "other": "Something else",
}
OPEN_ALERT = ("raised", "acknowledged", "responded", "monitoring", "stand_down_asked")


def _step(deed, words, from_, to, who):
    return Step(deed, words, frozenset(from_.split(", ")), to, frozenset(who.split(", ")))


_RUNNING = "raised, acknowledged, responded, monitoring, stand_down_asked"
# "lead above" is a lead of any higher level (at HMPPS a second one of HMPPS).
ALERT_STEPS = {
    step.deed: step
    for step in [
        _step("acknowledge", "acknowledge this alert", "raised", "acknowledged", "lead, lead above"),
        _step("add_action", "add an action to this alert", _RUNNING, None, "lead, lead above"),
        _step("link_concerns", "say which concerns an action answers", _RUNNING, None, "lead, lead above, inspector"),
        _step("respond", "send the written response", "acknowledged", "responded", "lead, lead above"),
        _step("accept", "accept the response", "responded", "monitoring", "inspector"),
        _step("return_response", "return the response", "responded", "acknowledged", "inspector"),
        _step("add_reading", "enter a reading", _RUNNING, None, "lead, lead above, inspector"),
        _step("hold_checkpoint", "record a checkpoint", "monitoring, stand_down_asked", None, "lead above"),
        _step("ask_end", "ask for the alert to be stood down", "monitoring", "stand_down_asked", "lead"),
        _step("agree_end", "agree to the stand-down", "stand_down_asked", None, "lead above"),
        _step("refuse_end", "refuse the stand-down", "stand_down_asked", "monitoring", "lead above, inspector"),
        _step("confirm_end", "confirm the stand-down", "stand_down_asked", "stood_down", "inspector"),
        _step("reopen", "open this alert again", "stood_down", "monitoring", "inspector"),
        _step("withdraw", "withdraw this alert", _RUNNING, "withdrawn", "inspector"),
        _step("pause", "pause the clocks of this alert", _RUNNING, None, "inspector"),
        _step("start_clock", "start the clocks of this alert", _RUNNING, None, "inspector"),
        _step("change_circle", "change who may read this alert", _RUNNING, None, "inspector"),
    ]
}


# --- What a report prints --------------------------------------------------------------------------------------


def state_of_printed(status: str | None) -> str:
    """The state of an action with this printed status. One printed as completed is in progress, too: what a place
    says of itself still has to be verified."""
    return (
        "in_progress" if (status or "").strip().casefold() in ("completed", "in progress", "ongoing") else "not_started"
    )


def raised_during(day: dt.date, month: dt.date | None, start: dt.date | None, end: dt.date | None) -> bool:
    """Whether an alert raised on ``day`` belongs to the visit: in the months of its fieldwork. False when unknown.

    ``month``: the first of the fieldwork's month; ``start`` and ``end``: its days, as far as printed.
    """
    days = [known for known in (month, start, end) if known is not None]
    if not days:
        return False
    first, last = min(days), max(days)
    return (first.year, first.month) <= (day.year, day.month) <= (last.year, last.month)


# --- Recommendations to do what an alert asks ------------------------------------------------------------------

_WHICH = (
    r"(?:(?:all|every|each|any|of|the|its|those|these|remaining|outstanding|required|necessary|agreed|immediate)\s+)*"
)
_ACTIONS = rf"{_WHICH}(?:actions?|action points?|steps?|requirements?)"
_THAT = r"(?:\s+(?:(?:that|which)\s+)?(?:(?:were|was|are|is|have been|has been)\s+)?"
_SAID = (
    r"(?:identified|required|set out|listed|agreed|named|outlined|contained|arising|raised|specified|stated"
    r"|described))?"
)
_IN = r"\s+(?:as\s+(?:a\s+)?part\s+of|in|by|from|under|through|within|of|for)\s+"
_ALERT = r"(?:(?:the|this|its|our|an)\s+)?(?:response\s+to\s+the\s+)?(?:organisational(?:[ -]level)?\s+)?alert\b"
_LINKED = rf"{_ACTIONS}{_THAT}{_SAID}{_IN}{_ALERT}"
_DO = (
    r"(?:complete|completing|implement|implementing|deliver|delivering|carry out|carrying out|fulfil|finish|undertake)"
)
_DONE = (
    r"\s+(?:is|are|have been|has been)\s+(?:fully\s+)?"
    r"(?:completed|implemented|delivered|carried out|fulfilled|finished)\b"
)
# "the alert process", "the alert training": that is another thing than the alert.
_ENDS = (
    r"(?=\s*(?:$|[.,;:()–-])"
    r"|\s+(?:and|or|by|within|without|before|to|in|at|on|for|from|with|which|that|as|issued|raised)\b)"
)
_ASKS = re.compile(rf"(?<![\w-]){_DO}\s+{_LINKED}{_ENDS}|(?<![\w-]){_LINKED}{_DONE}")
_ONLY_WHEN = re.compile(r"\b(?:once|after|when|if|before|until|while|whether|how|not|having|despite)\b[^.;]*$")


def speaks_of_alert(wording: str) -> bool:
    """Whether a recommendation asks that the actions of an alert are done: "complete all actions identified as part
    of the organisational alert". Only to mention an alert, or its actions, is not enough."""
    plain = " ".join(wording.casefold().split())
    return any(not _ONLY_WHEN.search(plain[: found.start()]) for found in _ASKS.finditer(plain))
