"""What the pages say about a recommendation and its actions: facts in, sentences out. No ORM, no request, no clock."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

from tracker.clocks.rules import Stage, next_stage
from tracker.words import NO_DATE, day

from .rules import OPEN_FOLLOW_UP

# --- What happens next if nobody acts ------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """One date that somebody is reminded of. ``limits`` are those of the place; ``whom`` names who is told then."""

    due: dt.date
    what: str  # "the response", "“Allocate every case”"
    whom: Callable[[Stage], list[str]]
    limits: dict


def if_nobody_acts(state: str, live: bool, waiting: list[Waiting], today: dt.date) -> str:
    """ "On 3 December 2026 Ben Hall is reminded by e-mail: the response is due by 17 December 2026."

    By the rule that also decides the reminders, so that the two cannot disagree.
    """
    if state not in OPEN_FOLLOW_UP:
        return "Nothing: this recommendation is closed."
    if not live:
        return "Nothing: its clock has not been started."
    dated = [(next_stage(w.due, today, w.limits), w) for w in waiting if w.due != NO_DATE]
    if not dated:
        return "Nothing is sent: there is no date to remind anyone of."
    stage, first = min(dated, key=lambda pair: pair[0])
    tense = "was" if first.due < stage.on else "is"
    whom = " and ".join(first.whom(stage))
    who = f"{whom} {'are' if ' and ' in whom else 'is'} reminded" if whom else "nobody can be reminded"
    return f"On {day(stage.on)} {who} by e-mail: {first.what} {tense} due by {day(first.due)}."


# --- The timeline --------------------------------------------------------------------------------------------

TITLES = {
    "follow_up_opened": "Recommendation opened",
    "clock_started": "Clock started",
    "assigned": "Owner changed",
    "action_added": "Action added",
    "action_changed": "Action changed",
    "action_cancelled": "Action cancelled",
    "update_posted": "Update posted",
    "plan_opened": "Action plan opened",
}
LABELS = {
    "response": "Response",
    "response_text": "What will be done",
    "part_agreed": "Part agreed",
    "part_not_agreed": "Part not agreed",
    "reason": "Reason",
    "approver": "Approved by",
    "owner": "Owner",
    "owner_post": "Owner",
    "owner_person": "Owner",
    "what": "Action",
    "success_measure": "Success measure",
    "due_by": "Date",
    "target_wording": "Date as written",
    "state": "State",
    "done": "Done",
    "confidence": "How sure of the date",
    "next": "Next",
}
_NOT_SAID = {"live", "target_precision", "number", "recommendation"}


def title_of(deed: str, before: dict, after: dict) -> str:
    if deed == "answered":
        return "Answer changed" if before.get("response") != "Awaiting response" else f"Answered: {after['response']}"
    if deed == "action_changed" and set(after) <= {"due_by", "target_wording", "target_precision", "reason"}:
        return "Date moved" if before.get("due_by") not in (None, "no date") else "Date set"
    if deed == "assigned" and not any(before.values()):
        return "Owner chosen"
    return TITLES.get(deed, deed.replace("_", " ").capitalize())


def lines_of(deed: str, before: dict, after: dict) -> list[str]:
    """What changed, a sentence each: "Date: from 30 June 2026 to 30 September 2026"."""
    if deed == "follow_up_opened":
        return [] if after.get("live") else ["Historic: no clock is running."]
    if {"owner_post", "owner_person"} & set(after):
        before, after = _one_owner(before), _one_owner(after)
    if "due_by" in after:
        before = {k: v for k, v in before.items() if k != "target_wording"}
        after = {k: v for k, v in after.items() if k != "target_wording"}
    if deed == "update_posted":
        before = {}
    if deed == "answered" and before.get("response") == "Awaiting response":
        before, after = {}, {k: v for k, v in after.items() if k != "response"}
    lines = []
    for name, new in after.items():
        old = before.get(name)
        if name in _NOT_SAID or (new in (None, "") and old in (None, "")):
            continue
        label = LABELS.get(name, name.replace("_", " ").capitalize())
        if old in (None, ""):
            lines.append(f"{label}: {_plain(new)}")
        elif new in (None, ""):
            lines.append(f"{label}: taken out; it was: {_plain(old)}")
        else:
            lines.append(f"{label}: from {_plain(old)} to {_plain(new)}")
    return lines


def _one_owner(side: dict) -> dict:
    kept = {k: v for k, v in side.items() if k not in ("owner_post", "owner_person")}
    return {"owner": side.get("owner_person") or side.get("owner_post") or "nobody"} | kept


def _plain(value) -> str:
    text = str(value)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return day(dt.date.fromisoformat(text))
    return text


def shortened(text: str, length: int = 90) -> str:
    """The first words of a long text, with an ellipsis."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0] + "…"
