"""What the pages say about a recommendation and its actions: facts in, sentences out. No ORM, no request, no clock."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from tracker.clocks.rules import Stage, Time, next_stage
from tracker.words import NO_DATE, day

from .rules import OPEN_FOLLOW_UP

# --- What happens next if nobody acts ------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """One date that somebody is reminded of. ``limits`` are those of the place; ``whom`` names who is told then.

    ``asked_for``: no date (``due`` is none) but something else, which is asked for on the day ``on`` and again later.
    """

    due: dt.date
    what: str  # "the response", "“Allocate every case”"
    whom: Callable[[Stage | Time], list[str]]
    limits: dict
    asked_for: str = ""  # "an update on"
    on: Time | None = None


def if_nobody_acts(state: str, live: bool, waiting: list[Waiting], today: dt.date, review_on: dt.date = NO_DATE) -> str:
    """ "On 3 December 2026 Ben Hall is reminded by e-mail: the response is due by 17 December 2026."

    By the rule that also decides the reminders, so that the two cannot disagree. ``review_on``: when an accepted risk
    comes back.
    """
    closed = state not in OPEN_FOLLOW_UP
    dated = [(next_stage(w.due, today, w.limits), w) for w in waiting if w.due != NO_DATE]
    dated += [(w.on, w) for w in waiting if w.on is not None]
    if closed and review_on != NO_DATE:
        back = (
            f"On {day(review_on)} this recommendation is opened again: the risk of not acting is accepted until then."
        )
        return back + (f" {_first_reminder(dated)}" if live and dated else "")
    # What was superseded may have actions that go on; what was implemented has none.
    if state == "implemented" or (closed and not (live and dated)):
        return "Nothing: this recommendation is closed."
    if not live:
        return "Nothing: its clock has not been started."
    if not dated:
        return "Nothing is sent: there is no date to remind anyone of."
    return _first_reminder(dated)


def _first_reminder(dated) -> str:
    stage, first = min(dated, key=lambda pair: (pair[0].on, bool(pair[1].asked_for)))
    tense = "was" if first.due < stage.on else "is"
    whom = " and ".join(first.whom(stage))
    be = "are" if " and " in whom else "is"
    if first.asked_for:
        who = f"{whom} {be} asked" if whom else "nobody can be asked"
        return f"On {day(stage.on)} {who} by e-mail for {first.asked_for} {first.what}."
    who = f"{whom} {be} reminded" if whom else "nobody can be reminded"
    return f"On {day(stage.on)} {who} by e-mail: {first.what} {tense} due by {day(first.due)}."


def shortened(text: str, length: int = 90) -> str:
    """The first words of a long text, with an ellipsis."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0] + "…"
