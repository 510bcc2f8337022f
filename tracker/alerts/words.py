"""What the pages and papers of an alert say: countdowns, the ladder as steps, what is due and who is told. Plain
Python: facts in, sentences out."""

import datetime as dt
from dataclasses import dataclass

from tracker.words import day, days, plural, verb
from tracker.working_days import is_working_day, london_day

from . import ladder
from .rules import OPEN_ALERT

DEED_WORDS = {  # what the button says
    "acknowledge": "Acknowledge this alert",
    "add_action": "Add an action",
    "respond": "Send the written response",
    "judge": "Judge the response",
    "add_reading": "Enter readings",
    "hold_checkpoint": "Record a checkpoint",
    "ask_end": "Ask for the stand-down",
    "decide_end": "Decide on the stand-down",
    "reopen": "Open this alert again",
    "withdraw": "Withdraw this alert",
    "pause": "Pause the clocks",
    "start_clock": "Start the clocks",
    "change_circle": "Change who is named on it",
}
# Which deed does what is due.
DOES = {
    "acknowledge": ("acknowledge",),
    "immediate": ("add_action",),
    "response": ("respond",),
    "reading": ("add_reading",),
    "checkpoint": ("hold_checkpoint",),
    "worsened": ("hold_checkpoint", "add_reading"),
}
# What comes first in a state, whatever is due.
FIRST_IN = {
    "raised": ("acknowledge",),
    "responded": ("judge",),
    "stand_down_asked": ("decide_end",),
    "stood_down": ("reopen",),
}
# What Your work says to whoever's turn it is: to do what is due, to look after what others missed, to decide.
ASKS = {
    "acknowledge": "Acknowledge it",
    "immediate": "Give every concern an action with an owner and a date",
    "response": "Send the written response",
    "reading": "Enter a reading",
    "checkpoint": "Look at the whole alert and record a checkpoint",
    "worsened": "Look at it now and record a checkpoint",
    "told": "See what is late and who is on it",
}
DECISIONS = {
    "judge": "Judge the response: accept it, or return it and say what it lacks",
    "confirm": "Confirm the stand-down, or refuse it and say why",
    "agree": "Agree to the stand-down, or refuse it and say why",
}


def long_day(value: dt.date) -> str:
    """Tuesday 16 August 2022"""
    return f"{value:%A} {day(value)}"


def deadline_words(value: dt.date) -> str:
    return f"by 11:59pm on {long_day(value)}"


def amount(value, unit: str = "") -> str:
    """ "1,204 cases", "12.5 per cent": without decimals that say nothing."""
    plain = f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{plain} {unit}".strip()


# --- Countdowns ------------------------------------------------------------------------------------------------


def subject(duty: ladder.Duty) -> str:
    """What is due, as the beginning of a sentence."""
    if duty.kind == "acknowledge":
        return "Acknowledgement"
    if duty.kind == "immediate":
        return "An action with an owner and a date for every concern"
    return f"{duty.words}," if "," in duty.words else duty.words


def working_days(after: dt.date, until: dt.date, calendar: ladder.Calendar) -> int:
    """How many working days lie after one day up to and with another, those of a pause not counted."""
    span = (until - after).days
    ahead = (after + dt.timedelta(days=n) for n in range(1, span + 1))
    return sum(is_working_day(one) and not calendar.paused(one) for one in ahead)


def how_late(duty: ladder.Duty, today: dt.date, calendar: ladder.Calendar) -> str:
    """ "2 working days late"; over a weekend or in a pause "1 day late"."""
    number = working_days(duty.due, today, calendar)
    return f"{plural(number, 'working day') if number else days((today - duty.due).days)} late"


def how_long(duty: ladder.Duty, today: dt.date, calendar: ladder.Calendar) -> str:
    if duty.due == today:
        return "today is the last day"
    number = working_days(today, duty.due, calendar)
    return f"{plural(number, 'working day') if number else days((duty.due - today).days)} left"


def countdown(duty: ladder.Duty, today: dt.date, calendar: ladder.Calendar) -> str:
    """ "Written response due by 11:59pm on Tuesday 16 August 2022: 2 working days left" """
    if duty.kind == "worsened":
        since = duty.due + ladder.ONE_DAY
        return f"{duty.words} on {long_day(since)}: the level above has to look at it now"
    if duty.is_late(today):
        return f"{subject(duty)} was due {deadline_words(duty.due)}: {how_late(duty, today, calendar)}"
    return f"{subject(duty)} due {deadline_words(duty.due)}: {how_long(duty, today, calendar)}"


# --- The ladder ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One rung as it is drawn. ``status``: "reached", "next" or "later"."""

    title: str
    status: str
    when: str
    who: str


@dataclass(frozen=True)
class Due:
    """One thing that is open. ``told``: who is told if it does not happen; "" when every rung was reached."""

    duty: ladder.Duty
    sentence: str
    late: bool
    how: str
    told: str


def reader_words(answering) -> str:
    """Who is told at a rung: the post, who reads it today, and whose turn it was. ``answering``: `posts.Answering`."""
    if answering is None or answering.reader is None:
        passed = f" {answering.passed_on_from}." if answering is not None and answering.passed_on_from else ""
        return f"Nobody is there to be told: administrators see it.{passed}"
    reader = f"{answering.post}: {answering.reader.name}"
    if answering.post.holder_id != answering.reader.pk:
        reader += f", standing in for {answering.post.holder.name}"
    if answering.passed_on_from:
        reader += f". Passed on from {answering.passed_on_from}"
    return reader


def _title(name: str, answering) -> str:
    """The office by its own title where it is filled: "Head of PDU", else as the ladder calls it."""
    if answering is not None and answering.post is not None and not answering.passed_on_from:
        return answering.post.title
    return ladder.RUNGS[name]


def steps(duty, facts, limits, today, answering, told) -> list[Step]:
    """The rungs past ``duty``, lowest first. ``answering(rung name)``: who is told there today; ``told``: what was
    recorded, {rung name: Escalation} of this duty. A post reached by two rungs is told once."""
    calendar, found, waiting, known = ladder.Calendar(facts.pauses), [], True, set()
    for rung in ladder.rungs_past(duty, facts, limits, calendar):
        who, row = answering(rung.name), told.get(rung.name)
        post = row.post if row is not None else who and who.post
        again, title = post is not None and post.pk in known, _title(rung.name, who)
        known |= {post.pk} if post is not None else set()
        reached = row.reached_on if row is not None else rung.reached_on
        if row is not None:
            passed = f". Passed on from {row.passed_on_from}" if row.passed_on_from else ""
            whom = f"Told: {row.post}{passed}" if row.post else f"Nobody was there to be told{passed}"
            title = row.post.title if row.post and not row.passed_on_from else ladder.RUNGS[rung.name]
        else:
            whom = reader_words(who)
        if again:
            title, whom = ladder.RUNGS[rung.name], f"{post}, as before: not told again"
        if row is not None or reached <= today:
            found.append(Step(title, "reached", f"Reached on {long_day(reached)}", whom))
        else:
            words = f"{'Will be reached' if again else 'Is told'} on {long_day(reached)}"
            found.append(Step(title, "next" if waiting and not again else "later", words, whom))
            waiting = waiting and again
    return found


def open_duties(clock, today, answering) -> list[Due]:
    """All that is to be done, the latest first."""
    waiting = sorted(one for one in clock.duties() if one.done_on is None)
    return [due_of(duty, clock.facts, clock.limits, today, answering) for duty in waiting]


def due_of(duty, facts, limits, today, answering) -> Due:
    calendar, told = ladder.Calendar(facts.pauses), ""
    ahead = [rung for rung in ladder.rungs_past(duty, facts, limits, calendar) if rung.reached_on > today]
    if rung := min(ahead, key=ladder.in_turn, default=None):
        told = f"{_title(rung.name, answering(rung.name))} is told on {long_day(rung.reached_on)}"
    late = duty.is_late(today)
    how = how_late(duty, today, calendar) if late else how_long(duty, today, calendar)
    return Due(duty, countdown(duty, today, calendar), late, how, told)


# --- Where an alert stands -------------------------------------------------------------------------------------


def without_clock(case) -> str:
    """Why no clock runs; "" where one does."""
    if case.state == "stood_down":
        return f"Stood down on {long_day(london_day(case.ended_at))}" if case.ended_at else "Stood down"
    if case.state == "withdrawn":
        return f"Withdrawn on {long_day(london_day(case.ended_at))}" if case.ended_at else "Withdrawn"
    if not case.live:
        return "Historic: no clock is running"
    if case.raised_at is None:
        return "No clock is running: the report prints no day on which the alert was raised"
    return ""


def can_start(case) -> bool:
    """Whether an inspector can start its clocks: it is historic, or nobody knows on which day it was raised."""
    return case.state in OPEN_ALERT and (not case.live or case.raised_at is None)


def waits_for(case) -> str:
    """Whose turn it is where no clock says so."""
    if case.state == "responded":
        return "An inspector judges the response next: accepted, or returned with reasons."
    if case.state == "stand_down_asked" and case.end_agreed_by_id is None:
        return "The stand-down was asked for: a lead of a higher level agrees or refuses next."
    if case.state == "stand_down_asked":
        return "The stand-down was asked for and agreed to: an inspector confirms or refuses next."
    if case.state == "stood_down":
        return "An inspector can open it again, with a reason. It then goes on in monitoring, in a new cycle."
    if case.state == "withdrawn":
        return "The record stays. Nothing is due any more."
    if not case.live or case.raised_at is None:
        return "Nobody is told of anything until an inspector starts the clocks."
    return ""


def primary(case, may: set[str], dues: list[Due]) -> str:
    """The one deed that comes next for this reader; "" where it is somebody else's turn."""
    wanted = list(FIRST_IN.get(case.state, ()))
    if case.state in OPEN_ALERT and without_clock(case):
        wanted.append("start_clock")
    for due in dues:
        wanted += DOES[due.duty.kind]
    return next((deed for deed in wanted if deed in may), "")


# --- On Your work ----------------------------------------------------------------------------------------------


def asked_sentence(asked, more: bool) -> str:
    """ "An alert needs you: 2 working days late", "3 alerts need you, 1 of them late"; "" where none does. ``asked``:
    `asking.Asked`, late ones first."""
    if not asked:
        return ""
    late = [one for one in asked if one.late]
    if len(asked) == 1:
        return f"An alert needs you: {late[0].late} late" if late else "An alert needs you"
    said = f"{'More than ' if more else ''}{len(asked)} alerts need you"
    return f"{said}, {len(late)} of them late" if late else said


def others_sentence(number: int, besides: bool) -> str:
    """Of the alerts that wait for somebody else. ``besides``: whether others wait for the reader."""
    if not number:
        return ""
    which = "other alert" if besides else "alert"
    return f"{plural(number, which)} {verb(number)} open and {verb(number, 'waits', 'wait')} for others"
