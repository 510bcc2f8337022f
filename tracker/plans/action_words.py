"""What the page of an action says: facts in, sentences out. No ORM, no request, no clock."""

import datetime as dt
from dataclasses import dataclass

from tracker.words import NO_DATE, day

from .rules import ACTION_STATES, OPEN_ACTION
from .sentences import Waiting, if_nobody_acts


def if_nobody_acts_on(state: str, live: bool, waiting: list[Waiting], today: dt.date) -> str:
    """What happens next to an action: by the rule that also decides the reminders."""
    if state == "claimed":
        return "It waits until an inspector verifies it or sends it back; inspectors are reminded when that takes long."
    if state not in OPEN_ACTION:
        return f"Nothing: this action is {ACTION_STATES[state].lower()}."
    return if_nobody_acts("open", live, waiting, today)


def date_is_fixed(has_date: bool, plan_state: str | None) -> bool:
    """Whether the date moves by asking only: the level above has seen it, or an alert depends on it (no plan)."""
    return has_date and plan_state in (None, "submitted", "signed_off")


@dataclass(frozen=True)
class Revision:
    """One time that another date was set or asked for. ``new`` may be `NO_DATE`; ``decision`` in words."""

    at: dt.datetime
    by: str
    old: dt.date
    new: dt.date
    reason: str
    decision: str
    comment: str = ""
    question: int | None = None  # id of the date change, where there was one


def revisions(changes, events) -> list[Revision]:
    """Every revision of an action's date, the oldest first.

    ``changes``: its date changes with ``asked_by`` and ``decided_by``. ``events``: its journal; dates that were moved
    while the plan was still a draft stand only there.
    """
    found = [_asked(change) for change in sorted(changes, key=lambda one: one.pk)]
    for event in events:
        old, new = (_read(side.get("due_by")) for side in (event.before, event.after))
        if event.deed == "action_changed" and old and new and (old, new) != (NO_DATE, NO_DATE):
            by = event.actor.name if event.actor else "the service"
            reason = event.after.get("reason", "")
            if reason:  # without one it was set for the first time
                found.append(Revision(event.at, by, old, new, reason, "Moved while the plan was being written"))
    return sorted(found, key=lambda one: one.at)


def _asked(change) -> Revision:
    decision = "Waiting for a decision"
    if change.at_once:
        decision = "Agreed at once: the limit of the organisation allows it"
    elif change.state != "asked":
        word = {"withdrawn": "Taken back"}.get(change.state, change.get_state_display())
        decision = f"{word} by {change.decided_by.name}" if change.decided_by else "Fell away before it was decided"
        if change.decided_by and change.decided_at:
            decision += f" on {day(change.decided_at)}"
    return Revision(
        change.asked_at, change.asked_by.name, change.old_due_by, change.new_due_by, change.reason, decision,
        change.comment, change.pk,
    )  # fmt: skip


def _read(text) -> dt.date | None:
    if text == "no date":
        return NO_DATE
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return None
