"""What is to be said about a date now, and to whom: plain facts in, decisions out.

The sweep asks before it writes a notice, and delivery asks again at the moment of sending, so that nothing is said
that is no longer so. No ORM, no request, no clock.
"""

import datetime as dt
from dataclasses import dataclass

from tracker.clocks.rules import Stage, reached
from tracker.working_days import NO_DATE

KINDS = {
    "action_due": "The date of an action is near or past",
    "plan_due": "The response to a report is due",
    "assigned": "Newly given to the reader",
}
OWNER, STAND_IN, COPIED = "owner", "stand-in", "copied"


@dataclass(frozen=True)
class Circle:
    """Who can be told anything. ``holders``: post id to person id; ``heads``: organisation id to person id.

    Only people whose account is in use and who have a role or a post are in it.
    """

    in_use: frozenset[int]
    holders: dict[int, int]
    heads: dict[int, int]

    def head(self, line) -> int | None:
        """The person at the head of the nearest place of ``line`` that has one."""
        return next((self.heads[place] for place in line if place in self.heads), None)

    def owner(self, person: int | None, post: int | None) -> int | None:
        """The owner now, or None when the post is vacant, the person is gone, or nobody was named."""
        if person is not None:
            return person if person in self.in_use else None
        return self.holders.get(post)


@dataclass(frozen=True)
class Matter:
    """One thing with a date. ``line``: its organisation's id, then those of the levels above.

    ``open``: the state still asks for work (claimed, closed and cancelled do not). ``of_head``: it has no owner of
    its own but is answered for by the head of its organisation, as an action plan is.
    """

    kind: str
    subject_kind: str
    subject_id: int
    due: dt.date
    cycle: int
    line: tuple[int, ...]
    live: bool = True
    open: bool = True
    owner_person: int | None = None
    owner_post: int | None = None
    of_head: bool = False


@dataclass(frozen=True)
class Told:
    """One person who is to be told, and as what: owner, stand-in (nobody nearer is in use) or copied."""

    recipient: int
    role: str


@dataclass(frozen=True)
class Saying:
    """One notice that should exist now."""

    recipient: int
    role: str
    kind: str
    subject_kind: str
    subject_id: int
    occasion: str


def stage_now(matter: Matter, today: dt.date, limits) -> Stage | None:
    """The one stage worth saying today: the latest reached. None when there is nothing to say."""
    if not (matter.live and matter.open) or matter.due == NO_DATE:
        return None
    return reached(matter.due, today, limits)


def who_is_told(matter: Matter, stage: Stage, limits, circle: Circle) -> list[Told]:
    """The owner, else the head of the organisation, else that of a level above; long after the date the level above
    too. Empty when nobody at all is in use."""
    first = circle.heads.get(matter.line[0]) if matter.of_head else circle.owner(matter.owner_person, matter.owner_post)
    told = [Told(first, OWNER)] if first is not None else []
    if first is None and (head := circle.head(matter.line)) is not None:
        told = [Told(head, STAND_IN)]
    if told and stage.offset > limits["weekly_for"]:
        above = circle.head(matter.line[1:])
        if above is not None and above != told[0].recipient:
            told.append(Told(above, COPIED))
    return told


def to_say(matter: Matter, today: dt.date, limits, circle: Circle) -> list[Saying] | None:
    """The notices that should exist about ``matter`` now; empty when none, None when there is nobody to tell."""
    stage = stage_now(matter, today, limits)
    if stage is None:
        return []
    occasion = stage.occasion(matter.due, matter.cycle)
    told = who_is_told(matter, stage, limits, circle)
    return [
        Saying(t.recipient, t.role, matter.kind, matter.subject_kind, matter.subject_id, occasion) for t in told
    ] or None


# --- Asked again at the moment of sending --------------------------------------------------------------------

GONE = "It is no longer there."
SWITCHED_OFF = "The account is switched off or has no role any more."
NOT_RUNNING = "Its clock is not running."
NOTHING_TO_DO = "There is nothing left to do."
MOVED = "Its date has moved."
SOMEBODY_ELSE = "Somebody else answers for it now."
LATER = "A later reminder takes its place."


def why_no_longer(recipient: int, occasion: str, matter: Matter | None, today, limits, circle: Circle) -> str | None:
    """Why a notice about a date is not to be sent after all; None when it still is true."""
    if matter is None:
        return GONE
    if recipient not in circle.in_use:
        return SWITCHED_OFF
    if not matter.live:
        return NOT_RUNNING
    if not matter.open:
        return NOTHING_TO_DO
    stage = stage_now(matter, today, limits)
    if stage is None or not occasion.startswith(stage.occasion(matter.due, matter.cycle).rpartition(" day ")[0]):
        return MOVED
    if recipient not in {told.recipient for told in who_is_told(matter, stage, limits, circle)}:
        return SOMEBODY_ELSE
    return None if occasion == stage.occasion(matter.due, matter.cycle) else LATER


def why_not_assigned(recipient: int, matter: Matter | None, circle: Circle) -> str | None:
    """The same for a notice that something was given to somebody. ``matter`` needs no date."""
    if matter is None:
        return GONE
    if recipient not in circle.in_use:
        return SWITCHED_OFF
    if not matter.live:
        return NOT_RUNNING
    if not matter.open:
        return NOTHING_TO_DO
    return None if circle.owner(matter.owner_person, matter.owner_post) == recipient else SOMEBODY_ELSE
