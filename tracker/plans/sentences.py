"""What the pages say about a recommendation and its actions: facts in, sentences out. No ORM, no request, no clock."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from tracker.clocks.rules import Stage, Time, next_stage
from tracker.words import NO_DATE, day

from .rules import OPEN_FOLLOW_UP

# --- What happens next if nobody acts ------------------------------------------------------------------------


@dataclass(frozen=True)
class Reader:
    """Somebody who is told, and the day of their mail; None: they have asked for urgent mails only."""

    name: str
    on: dt.date | None


@dataclass(frozen=True)
class Waiting:
    """One date that somebody is reminded of. ``limits`` are those of the place; ``whom`` says who is told then:
    readers, or only names where their mail comes on the day itself.

    ``asked_for``: no date (``due`` is none) but something else, which is asked for on the day ``on`` and again later.
    ``decided``: who is to be told at the stage that is reached, as is decided and in no mail yet.
    """

    due: dt.date
    what: str  # "the response", "“Allocate every case”"
    whom: Callable[[Stage | Time], list[Reader | str]]
    limits: dict
    asked_for: str = ""  # "an update on"
    on: Time | None = None
    decided: tuple[Reader, ...] = ()

    def stage(self, today: dt.date) -> Stage | Time | None:
        """The first one after ``today``."""
        if self.on is not None:
            return self.on
        return next_stage(self.due, today, self.limits) if self.due != NO_DATE else None

    def next_mail(self, today: dt.date) -> tuple[dt.date, list[Reader]] | None:
        """(the day of the first mail about it, everybody who is then told, each on their own day); the day of the stage
        where nobody is. None where nothing ever is said."""
        if days := [one.on for one in self.decided if one.on]:
            return min(days), list(self.decided)
        stage = self.stage(today)
        if stage is None:
            return None
        readers = [Reader(one, stage.on) if isinstance(one, str) else one for one in self.whom(stage)]
        return min((one.on for one in readers if one.on), default=stage.on), readers


def if_nobody_acts(state: str, live: bool, waiting: list[Waiting], today: dt.date, review_on: dt.date = NO_DATE) -> str:
    """ "On 3 December 2026 Ben Hall is reminded by e-mail: the response is due by 17 December 2026."

    By the rule that also decides the reminders, so that the two cannot disagree. ``review_on``: when an accepted risk
    comes back.
    """
    closed = state not in OPEN_FOLLOW_UP
    dated = [(*mail, w) for w in waiting if (mail := w.next_mail(today))]
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
    on, readers, first = min(dated, key=lambda one: (one[0], bool(one[2].asked_for)))
    done = "asked" if first.asked_for else "reminded"
    by_day = {}
    for one in sorted((one for one in readers if one.on), key=lambda one: one.on):
        by_day.setdefault(one.on, []).append(one.name)
    if by_day:
        whom = by_day.pop(on)
        who = f"{' and '.join(whom)} {'are' if len(whom) > 1 else 'is'} {done} by e-mail"
        later = [f", and on {day(later)} {' and '.join(names)}" for later, names in by_day.items()]
        who += "".join(later) + ("," if later and first.asked_for else "")
    elif readers:
        names = [one.name for one in readers]
        have = "have" if len(names) > 1 else "has"
        who = f"nobody is {done} by e-mail, as {' and '.join(names)} {have} asked for urgent mails only"
        who += "," if first.asked_for else ""
    else:
        who = f"nobody can be {done} by e-mail"
    if first.asked_for:
        return f"On {day(on)} {who} for {first.asked_for} {first.what}."
    return f"On {day(on)} {who}: {first.what} {'was' if first.due < on else 'is'} due by {day(first.due)}."


def shortened(text: str, length: int = 90) -> str:
    """The first words of a long text, with an ellipsis."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0] + "…"
