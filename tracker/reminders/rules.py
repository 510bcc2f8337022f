"""What is to be said about a date now, and to whom: plain facts in, decisions out.

The sweep asks before it writes a notice, and delivery asks again at the moment of sending, so that nothing is said
that is no longer so. No ORM, no request, no clock.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from tracker.clocks.rules import OVERDUE_STAGES, Time, overdue_reached, reached, time_after, time_reached
from tracker.plans.rules import OPEN_ACTION, PLAN_STATES
from tracker.plans.rules import Step as Deed
from tracker.words import marked as _
from tracker.working_days import NO_DATE, london_day

OWNER, STAND_IN, COPIED, HEAD, ABOVE = "owner", "stand-in", "copied", "head", "above"
# Overdue work that is passed up: to the post whose turn it is, or past one where nobody can be told.
PASSED_UP, PASSED_ON = "passed up", "passed on"


@dataclass(frozen=True)
class Step:
    """What is said once about one step of a life. ``to``: in which capacities people are told, see `_in_capacity`.

    ``while_``: the states of the subject in which it still is worth saying; empty: as long as it asks for work.
    ``asks``: something waits for the reader. ``but``: the capacity in which somebody did it, who needs no telling.
    """

    words: str  # on the page of a mail: why it was sent
    to: tuple[str, ...]
    while_: tuple[str, ...]
    heading: str  # in the mail, above what it is about
    counted: str  # in the subject: "1 action sent back"
    do: str  # what the reader does now
    asks: bool = False
    but: str = ""


OPEN, AGAIN = ("not_started", "in_progress"), ("awaiting", "open")
STEPS = {
    "assigned": Step("Newly given to the reader", ("given",), (), "", "", ""),
    # What waits for the reader
    "plan_submitted": Step(
        "An action plan was sent for sign-off", ("above",), ("submitted",), _("Waiting for your sign-off"),
        _("to sign off"), _("Sign it off, or send it back and say what has to change."), asks=True, but="submitter",
    ),
    "date_asked": Step(
        "Another date was asked for", ("above",), ("asked",), _("Another date asked for"), _("to decide"),
        _("Agree to it, or refuse it and say why."), asks=True, but="asker",
    ),
    "claimed": Step(
        "Completion was claimed again", ("judge",), ("claimed",), _("Claimed again, not verified"), _("claimed again"),
        _("Verify it, or send it back and say what is lacking."), asks=True, but="claimant",
    ),
    "sent_back": Step(
        "The Inspectorate sent an action back", ("claimant", "owner"), OPEN, _("Sent back to you"), _("sent back"),
        _("Read what is lacking, then update it and claim completion again."), asks=True, but="decider",
    ),
    "plan_sent_back": Step(
        "An action plan was sent back", ("submitter", "head"), ("sent_back",), _("Sent back to you"), _("sent back"),
        _("Read what has to change, then send it for sign-off again."), asks=True, but="decider",
    ),
    "risk_review_due": Step(
        "The review date of an accepted risk is reached", ("above", "head"), AGAIN, _("An accepted risk is back"),
        _("back for review"), _("Act on it now, or accept the risk until another date."), asks=True,
    ),
    "reopened": Step(
        "A recommendation was opened again", ("owner",), AGAIN, _("Opened again"), _("opened again"),
        _("Read why. It takes an action verified from now on to close it."), asks=True,
    ),
    "cover_named": Step(
        "The reader stands in for somebody", ("named",), ("named",), _("You stand in"), _("to cover"),
        _("On these days their mail comes to you, and you can do what they can in each organisation."), asks=True,
    ),
    "update_asked": Step(
        "Somebody outside is asked for an update", ("named",), (), _("Your update is asked for"), _("to update"),
        _("Say how it goes."), asks=True,
    ),
    # What the reader is to know
    "date_refused": Step(
        "Another date was refused", ("asker", "owner"), ("refused",), _("Another date refused"), _("refused"),
        _("The date stays. Read why."), but="decider",
    ),
    "date_agreed": Step(
        "Another date was agreed", ("asker", "owner"), ("agreed",), _("Another date agreed"), _("agreed"),
        _("The new date is in force. The first one stays on show."), but="decider",
    ),
    "plan_signed_off": Step(
        "An action plan was signed off", ("submitter", "head"), ("signed_off",), _("Signed off"), _("signed off"),
        _("Its answers stay as they are, unless the level above sends it back."), but="decider",
    ),
    "verified": Step(
        "An action was verified", ("claimant", "owner"), ("verified",), _("Verified"), _("verified"),
        _("There is nothing left to do on it."), but="decider",
    ),
    "closed": Step(
        "A recommendation was closed as implemented", ("owner",), ("implemented",), _("Closed as implemented"),
        _("closed"), _("There is nothing left to do on it."),
    ),
    "closed_not_agreed": Step(
        "A recommendation was closed as not agreed", ("owner",), ("not_implemented",), _("Closed as not agreed"),
        _("closed"), _("There is nothing left to do on it."),
    ),
    "risk_accepted": Step(
        "The risk of not acting was accepted", ("owner",), ("not_implemented",), _("Risk accepted"),
        _("closed with the risk accepted"), _("It comes back by itself on its review date."), but="decider",
    ),
    "superseded": Step(
        "A recommendation was superseded", ("owner",), ("superseded",), _("Superseded"), _("superseded"),
        _("See which one takes its place."),
    ),
    "run_held": Step(
        "A run of mails is held", ("named",), ("open",), _("Held until you have looked"), _("held"),
        _("See who would get what, then release them. Mails of alerts are not held."), asks=True,
    ),
    "journal_sealed": Step(
        "Administrators keep the journal's newest hash", ("named",), ("sealed",), _("To be kept"), _("sealed"),
        _("Keep this mail: `script/manage verify_journal --expect` with this hash finds an end of the journal that was "
        "cut."),
    ),
}  # fmt: skip
# Organisational alerts: each of these goes out at once, alone, on any day and at any hour; nothing holds it back.
# "doer ...": whoever did it, as the journal says; "rung": whoever holds the post that a rung of the ladder is.
_RUNNING = ("raised", "acknowledged", "responded", "monitoring", "stand_down_asked")


def _alert(kind, words, to, while_, heading, do, asks=False):
    return kind, Step(words, tuple(to.split()), while_, heading, "", do, asks, f"doer {kind}")


ALERTS = dict([
    _alert("alert_raised", "An organisational alert was raised", "head above", _RUNNING, _("Raised"),
           _("Open it now, acknowledge it, and make people safe first."), asks=True),
    _alert("alert_rung", "A limit of an organisational alert was passed", "rung", _RUNNING, _("Late"),
           _("See what is late and who is on it. What happens next, and when, is on its page."), asks=True),
    _alert("alert_returned", "The response to an alert was returned", "head", ("acknowledged",), _("Response returned"),
           _("Read what it lacks, then send the response again. A shorter clock runs."), asks=True),
    _alert("alert_worsened", "A reading got worse", "inspector", _RUNNING, _("Got worse"),
           _("See the reading. The place and the levels above are told by the ladder."), asks=True),
    _alert("alert_responded", "An alert was responded to", "inspector", ("responded",), _("Response sent"),
           _("Accept it, or return it and say what it lacks."), asks=True),
    _alert("end_asked", "A stand-down was asked for", "above inspector", ("stand_down_asked",),
           _("Stand-down asked for"),
           _("A lead of a higher level agrees or refuses; then an inspector confirms or refuses."), asks=True),
    _alert("end_agreed", "A stand-down was agreed to", "inspector", ("stand_down_asked",), _("Stand-down agreed to"),
           _("Confirm the stand-down, or refuse it and say why."), asks=True),
    _alert("end_refused", "A stand-down was refused", "head", ("monitoring",), _("Stand-down refused"),
           _("Read why. Readings and checkpoints go on."), asks=True),
    _alert("alert_reopened", "An alert was opened again", "head above inspector", ("monitoring", "stand_down_asked"),
           _("Opened again"), _("Read why. Readings and checkpoints are due again."), asks=True),
    _alert("alert_acknowledged", "An alert was acknowledged", "inspector", _RUNNING, _("Acknowledged"),
           _("The actions and the written response are next.")),
    _alert("alert_accepted", "The response to an alert was accepted", "head", ("monitoring", "stand_down_asked"),
           _("Response accepted"), _("From now on readings and checkpoints are due.")),
    _alert("checkpoint_held", "A checkpoint was held", "head", _RUNNING, _("Checkpoint held"),
           _("Read what was seen.")),
    _alert("alert_paused", "The clocks of an alert were paused", "head above inspector", _RUNNING, _("Clocks paused"),
           _("See until when, and why.")),
    _alert("alert_stood_down", "An alert was stood down", "head above inspector", ("stood_down",), _("Stood down"),
           _("There is nothing left to do on it.")),
    _alert("alert_withdrawn", "An alert was withdrawn", "head above inspector", ("withdrawn",), _("Withdrawn"),
           _("It was raised in error. There is nothing to do on it.")),
])  # fmt: skip
TOLD_ONCE = STEPS | ALERTS

# --- What is said as long as something stays undone ----------------------------------------------------------


@dataclass(frozen=True)
class Reminder:
    """What is said at moments counted from a day. The texts as in `Step`; ``heading`` empty: it stands under its date.

    ``about``: the kinds of subject. ``to``: in which capacities people are told, see `_reminded`. ``when``: the latest
    moment reached, of (the day from which it counts, matter, today, limits). ``once``: whoever follows somebody who
    was told is not told again. ``moved``: why it is not sent when its day is another one by then.
    """

    words: str
    about: tuple[str, ...]
    to: tuple[str, ...]
    when: Callable
    heading: str = ""
    counted: str = ""
    do: str = ""
    asks: bool = True
    once: bool = False
    moved: str = "It is no longer so."


def _by_date(day, matter, today, limits):
    return reached(day, today, limits)


def _passing_up(day, matter, today, limits):
    """Of the posts that this place has: where two turns are one post's, the first is its own."""
    turns = overdue_reached(day, today, limits, own_turns(matter.line))
    return turns[-1] if turns else None


def _times(first, then="", *, working=False):
    """At ``first`` (the name of a limit) days and after each further ``then``; without that, once."""

    def latest(day, matter, today, limits):
        return time_reached(day, today, limits[first], limits[then] if then else None, working=working)

    return latest


def _without_update(day, matter, today, limits):
    span = limits["alert_stale_after" if matter.of_alert else "stale_after"]
    return time_reached(day, today, span, span)


def _before(limit):
    def latest(day, matter, today, limits):
        return time_reached(day, today, -limits[limit], None) if today < day else None

    return latest


MOVED = "Its date has moved."
REMINDERS = {
    "action_due": Reminder(
        "The date of an action is near or past", ("action",), ("answering", "copied"), _by_date, moved=MOVED
    ),
    "plan_due": Reminder(
        "The response to a report is due", ("actionplan",), ("answering", "copied"), _by_date, moved=MOVED
    ),
    "overdue_step": Reminder(
        "Overdue work was passed up", ("action", "actionplan"), ("passed up",), _passing_up,
        _("Overdue, and passed up to you"), _("passed up to you"),
        _("See what holds it up, and agree with its owner what happens now."), once=True, moved=MOVED,
    ),
    "claim_waiting": Reminder(
        "A claim has waited long for the Inspectorate", ("action",), ("judges",),
        _times("claim_waiting", "claim_waiting", working=True), _("Claimed, and not decided"),
        _("waiting to be verified"), _("Verify it, or send it back and say what is lacking."),
    ),
    "date_waiting": Reminder(
        "A date that was asked for has waited long", ("datechange",), ("above",),
        _times("date_waiting", "date_waiting", working=True), _("Another date, and not decided"), _("still to decide"),
        _("Agree to it, or refuse it and say why."),
    ),
    "update_expected": Reminder(
        "An update on an action is expected", ("action",), ("answering",), _without_update,
        _("An update is expected"), _("without an update"), _("Post an update: what was done, and what is next."),
    ),
    "no_date": Reminder(
        "An action has no date", ("action",), ("answering",), _times("no_date_after", "then_every"),
        _("No date set"), _("without a date"),
        _("Set a date, or ask a lead of the organisation to. Without one nobody is reminded of a date."),
    ),
    "post_vacant": Reminder(
        "A vacant post owns open work", ("post",), ("nearest head",), _times("vacant_after", "then_every"),
        _("Vacant, with open work"), _("vacant with open work"),
        _("Give its work to somebody, or ask an administrator to fill the post."),
    ),
    "risk_ending": Reminder(
        "An accepted risk ends soon", ("followup",), ("head", "above"), _before("risk_ending"),
        _("Accepted risk ends soon"), _("whose accepted risk ends soon"),
        _("On its review date it opens again by itself. Decide before then what is to be done."), once=True,
    ),
    "sustain_due": Reminder(
        "What was verified is looked at again", ("action",), ("head", "verifier"), _times("sustain_after"),
        _("Does it still hold?"), _("to look at again"),
        _("See whether it still holds. If it does not, an inspector can open the recommendation again."), once=True,
    ),
}  # fmt: skip
KINDS = {kind: said.words for kind, said in (REMINDERS | TOLD_ONCE).items()}
KINDS["weekly_summary"] = "The week of a lead or an inspector"
KINDS["view_changed"] = "What changed in a saved view, as the reader asked to be told"


@dataclass(frozen=True)
class Circle:
    """Who can be told anything today. ``holders``: post id to person id; ``heads``: organisation id to person id;
    ``leads``: organisation id to the ids of all its leads; ``covers``: who is away to who stands in.

    Only people whose account is in use, who have a role or a post (or own work from outside), and whose address takes
    mail are in it, but for ``covers`` and ``stopped``: those whose address takes none.
    """

    in_use: frozenset[int]
    holders: dict[int, int]
    heads: dict[int, int]
    leads: dict[int, tuple[int, ...]] = field(default_factory=dict)
    covers: dict[int, int] = field(default_factory=dict)
    inspectors: tuple[int, ...] = ()
    stopped: frozenset[int] = frozenset()

    def reach(self, person: int | None) -> int | None:
        """Who reads what is meant for ``person`` today: they, or who stands in. None when that is nobody: cover is
        not passed on, and a stand-in may have left."""
        if person not in self.in_use or person not in self.covers:
            return person if person in self.in_use else None
        stand_in = self.covers[person]
        return stand_in if stand_in in self.in_use and stand_in not in self.covers else None

    def owner(self, person: int | None, post: int | None) -> int | None:
        """The owner now, away or not, or None when the post is vacant, the person is gone, or nobody was named."""
        if person is not None:
            return person if person in self.in_use else None
        return self.holders.get(post)


class Since(NamedTuple):
    """The day from which one kind of reminder counts. ``mark`` names it in the occasion; empty: by day and cycle.
    ``quiet``: why nothing is said of it today."""

    day: dt.date
    mark: str = ""
    quiet: str = ""


@dataclass(frozen=True)
class Matter:
    """One thing with a date. ``line``: its organisation's id, then those of the levels above.

    ``due``: the day from which ``kind`` counts, named in the occasion by ``mark`` or else by itself and the cycle;
    ``quiet``: why nothing is said of it today. ``since``: the same for the other kinds that speak of it (`for_kind`).
    ``open``: the state still asks for work (claimed, closed and cancelled do not). ``of_head``: it has no owner of
    its own but is answered for by the head of its organisation, as an action plan is. ``of_alert``: an action that an
    alert asks for. ``state`` and ``people`` (by capacity) are what a `Step` asks for.
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
    state: str = ""
    people: dict[str, tuple[int, ...]] = field(default_factory=dict)
    since: dict[str, Since] = field(default_factory=dict)
    mark: str = ""
    quiet: str = ""
    of_alert: bool = False


def for_kind(matter: Matter, kind: str) -> Matter:
    """The same thing as another kind of reminder speaks of it."""
    if kind == matter.kind:
        return matter
    since = matter.since.get(kind)
    if since is None:  # nothing to count from: no claim, a date after all
        return _but(matter, kind=kind, due=NO_DATE, open=False)
    return _but(matter, kind=kind, due=since.day, mark=since.mark, quiet=since.quiet, open=True)


def _but(matter: Matter, **changes) -> Matter:
    """As `replace`, which is asked for most rows of a night and takes five times as long."""
    made = object.__new__(Matter)
    made.__dict__.update(matter.__dict__, **changes)
    return made


class Told(NamedTuple):
    """One person who is to be told, and as what: owner, stand-in (nobody nearer can be told), copied, head, above, or
    the capacity of a step. ``instead_of``: for whom they stand in. ``away``: the owner is in use, but away, and nobody
    stands in for them."""

    recipient: int
    role: str
    instead_of: int | None = None
    away: bool = False


def _reached(people, role, circle: Circle, but=frozenset(), away=False) -> list[Told]:
    """Each of these people or whoever stands in for them, as far as anybody does and did not do it themselves."""
    pairs = [(person, circle.reach(person)) for person in people if person not in but]
    return [
        Told(who, role, person if who != person else None, away)
        for person, who in pairs
        if who is not None and who not in but
    ]


def _head(line, role, circle, away=False) -> list[Told]:
    """The head of the nearest place of ``line`` whose head can be told."""
    for place in line:
        if found := _reached([circle.heads.get(place)], role, circle, away=away):
            return found
    return []


class Saying(NamedTuple):
    """One notice that should exist now."""

    recipient: int
    role: str
    kind: str
    subject_kind: str
    subject_id: int
    occasion: str


def stage_now(matter: Matter, today: dt.date, limits):
    """The one moment worth speaking of today: the latest reached. None when there is nothing to say."""
    if not (matter.live and matter.open) or matter.quiet or matter.due == NO_DATE:
        return None
    return REMINDERS[matter.kind].when(matter.due, matter, today, limits)


def occasion_of(matter: Matter, stage) -> str:
    return f"{_stem(matter)} {stage.words}"


def _stem(matter: Matter) -> str:
    """What all occasions of one count have in common: another date and a new cycle arm it anew."""
    return matter.mark or f"{matter.due.isoformat()} cycle {matter.cycle}"


def who_is_told(matter: Matter, stage, limits, circle: Circle) -> list[Told]:
    """Each person once, in the first capacity in which they are. Empty when nobody at all is in use."""
    told = {}
    for capacity in REMINDERS[matter.kind].to:
        for one in _reminded(capacity, matter, stage, limits, circle):
            told.setdefault(one.recipient, one)
    return list(told.values())


def _reminded(capacity, matter, stage, limits, circle) -> list[Told]:
    """Those who are told in one capacity, each by whoever stands in for them."""
    if capacity == "answering":
        return _owner_or_head(matter, circle)
    if capacity == "copied":  # long after the date the level above too
        return _head(matter.line[1:], COPIED, circle) if stage.offset > limits["weekly_for"] else []
    if capacity == "nearest head":
        return _head(matter.line, HEAD, circle)
    if capacity == "judges":
        judges = _reached(matter.people.get("judge", ()), "judge", circle)
        return judges or _reached(matter.people.get("inspector", circle.inspectors), "inspector", circle)
    if capacity == "passed up":
        place = turn_place(stage.name, matter.line)
        return _head(matter.line[place : place + 1], PASSED_UP, circle) or _above_vacant(matter.line[place:], circle)
    but = frozenset(matter.people.get("asker", ())) if capacity == "above" else frozenset()
    return _in_capacity(capacity, matter, circle, but)


def _owner_or_head(matter, circle) -> list[Told]:
    """The owner, else the head of the organisation, else that of a level above."""
    first = circle.heads.get(matter.line[0]) if matter.of_head else circle.owner(matter.owner_person, matter.owner_post)
    told = _reached([first], OWNER, circle) or _head(matter.line, STAND_IN, circle, away=first in circle.in_use)
    if not told and first in circle.in_use:
        told = [Told(first, OWNER)]  # away, but better there than nowhere
    return told


def _above_vacant(line, circle) -> list[Told]:
    """The next head above; at the top its leads, above whom there is nobody."""
    return _head(line[1:], PASSED_ON, circle) or _reached(circle.leads.get(line[-1], ()), PASSED_ON, circle)


def to_say(matter: Matter, today: dt.date, limits, circle: Circle) -> list[Saying] | None:
    """The notices of its kind that should exist about ``matter`` now; empty when none, None when there is nobody to
    tell."""
    stage = stage_now(matter, today, limits)
    if stage is None:
        return []
    occasion = occasion_of(matter, stage)
    told = who_is_told(matter, stage, limits, circle)
    return [
        Saying(t.recipient, t.role, matter.kind, matter.subject_kind, matter.subject_id, occasion) for t in told
    ] or None


def counted_from(due: dt.date, added_at: dt.datetime, clock_from, heard_on) -> dict[str, Since]:
    """Of an open action whose clock runs: since when an update is expected and, without a date, a date is lacking.
    ``clock_from``, ``heard_on``: days, or None."""
    running = max(filter(None, (london_day(added_at), clock_from)))
    since = {"update_expected": Since(max(running, heard_on) if heard_on else running)}
    if due == NO_DATE:
        since["no_date"] = Since(running)
    return since


# What is asked for on days that no date names, as the page of a record says it.
ASKED_FOR = {"update_expected": "an update on", "no_date": "a date for"}


def next_time(matter: Matter, today: dt.date, limits) -> Time:
    """The first time after ``today`` at which one of `ASKED_FOR` is said of ``matter``, as its kind speaks of it."""
    if matter.kind == "no_date":
        return time_after(matter.due, today, limits["no_date_after"], limits["then_every"])
    span = limits["alert_stale_after" if matter.of_alert else "stale_after"]
    return time_after(matter.due, today, span, span)


def spoken_of(matter: Matter, kinds, today: dt.date, limits) -> Iterator[Matter]:
    """``matter`` as each of these kinds speaks of it for which a moment is reached."""
    if not matter.live:
        return
    if matter.kind in kinds and stage_now(matter, today, limits) is not None:
        yield matter
    for kind, since in matter.since.items():
        # Asked before the matter is made anew: of most nothing is to be said.
        if kind in kinds and not since.quiet and REMINDERS[kind].when(since.day, matter, today, limits) is not None:
            yield for_kind(matter, kind)


# --- Overdue work is passed up -------------------------------------------------------------------------------

LONGEST_PAUSE = 90  # days
_ABOVE = frozenset({"lead above"})
# The same deed on two lives; in a table as those of `plans.rules`.
PAUSE_STEPS = {
    "pause_action": Deed("pause_action", "pause passing this action up", frozenset(OPEN_ACTION), None, _ABOVE),
    "pause_plan": Deed("pause_plan", "pause passing this action plan up", frozenset(PLAN_STATES), None, _ABOVE),
}


def turn_place(turn: str, line) -> int:
    """Where on ``line`` the post is whose turn it is. For work of a region or of HMPPS the lower turns fall on the
    first post at or above that level."""
    return 0 if turn == "overdue_head" else max(len(line) - 2, 0) if turn == "overdue_region" else len(line) - 1


def own_turns(line) -> tuple[str, ...]:
    """The turns at which a post is reached for the first time: a post reached by two is told once, at the first."""
    return _own_turns(len(line))


@cache
def _own_turns(levels) -> tuple[str, ...]:
    found = {}
    for turn in OVERDUE_STAGES:
        found.setdefault(turn_place(turn, range(levels)), turn)
    return tuple(found.values())


def turns_on_the_way(occasion: str) -> list[str]:
    """The occasions of all turns of the same date and cycle."""
    return [f"{occasion.rpartition(' ')[0]} {turn}" for turn in OVERDUE_STAGES]


def answering_place(turn: str, line, circle: Circle) -> int | None:
    """The id of the place whose head answers at this turn now; None where nobody does."""
    heads = (place for place in line[turn_place(turn, line) :] if circle.reach(circle.heads.get(place)) is not None)
    return next(heads, None)


# --- Asked again at the moment of sending --------------------------------------------------------------------

GONE = "It is no longer there."
SWITCHED_OFF = "The account is switched off or has no role any more."
NOT_RUNNING = "Its clock is not running."
NOTHING_TO_DO = "There is nothing left to do."
SOMEBODY_ELSE = "Somebody else answers for it now."
NO_LONGER_SO = "It is no longer so."
NOT_THEIRS = "The reader may not see it."
LATER = "A later reminder takes its place."
PAUSED = "Passing it up is paused."
STOPPED = "Mail to this address has been stopped."
URGENT_ONLY = "The reader asked for urgent mails only."
# Somebody else is told instead.
PASSED_TO_OTHERS = (SOMEBODY_ELSE, SWITCHED_OFF, STOPPED)


def why_no_longer(recipient: int, occasion: str, matter: Matter | None, today, limits, circle: Circle) -> str | None:
    """Why a reminder is not to be sent after all; None when it still is true. ``matter``: as its kind speaks of it."""
    if matter is None:
        return GONE
    if not matter.live:
        return NOT_RUNNING
    if not matter.open:
        return NOTHING_TO_DO
    if matter.quiet:
        return matter.quiet
    stage = stage_now(matter, today, limits)
    if stage is None or not occasion.startswith(f"{_stem(matter)} "):
        return REMINDERS[matter.kind].moved
    if occasion != occasion_of(matter, stage):
        return LATER
    if recipient not in circle.in_use:
        return _out_of_reach(recipient, circle)
    if recipient not in {told.recipient for told in who_is_told(matter, stage, limits, circle)}:
        return SOMEBODY_ELSE
    return None


def _out_of_reach(recipient, circle) -> str:
    return STOPPED if recipient in circle.stopped else SWITCHED_OFF


# --- The steps -----------------------------------------------------------------------------------------------


def audience(kind: str, matter: Matter, circle: Circle) -> list[Told]:
    """Who is to be told now that this step was taken; each person once."""
    step, told = TOLD_ONCE[kind], {}
    but = frozenset(matter.people.get(step.but, ()))
    for capacity in step.to:
        for one in _in_capacity(capacity, matter, circle, but):
            told.setdefault(one.recipient, one)
    return list(told.values())


def _in_capacity(capacity, matter, circle, but) -> list[Told]:
    owner = circle.owner(matter.owner_person, matter.owner_post)
    if capacity == "named":  # in person: who it is about is no reason to pass it on
        return [Told(person, capacity) for person in matter.people.get(capacity, ()) if person in circle.in_use]
    if capacity == "given":
        return _reached([owner], OWNER, circle, but)
    if capacity == "owner":
        away = owner in circle.in_use
        return _reached([owner], OWNER, circle, but) or _answering(matter.line, STAND_IN, circle, but, away)
    if capacity == "head":
        own = _answering(matter.line[:1], HEAD, circle, but)
        away = circle.heads.get(matter.line[0]) in circle.in_use
        return own or _answering(matter.line[1:], STAND_IN, circle, but, away)
    if capacity == "above":
        if len(matter.line) > 1:
            return _answering(matter.line[1:], ABOVE, circle, but)
        # Nothing is above HMPPS: there a second lead is the level above.
        top = {circle.heads.get(matter.line[0]): None} | dict.fromkeys(circle.leads.get(matter.line[0], ()))
        return _reached(top, ABOVE, circle, but)
    return _reached(matter.people.get(capacity, ()), capacity, circle, but)


def _answering(line, role, circle, but, away=False) -> list[Told]:
    """The head, else the leads, of the nearest place of ``line`` where one can be told."""
    for place in line:
        for people in ([circle.heads.get(place)], circle.leads.get(place, ())):
            if found := _reached(people, role, circle, but, away):
                return found
    return []


def why_not_told(kind: str, recipient: int, occasion: str, matter: Matter | None, circle: Circle) -> str | None:
    """Why a notice about a step is not to be sent to ``recipient`` after all; None when it still is true."""
    if matter is None:
        return GONE
    if not matter.live:
        return NOT_RUNNING
    step = TOLD_ONCE[kind]
    if not matter.open if not step.while_ else matter.state not in step.while_:
        return NOTHING_TO_DO if step.asks or not step.while_ else NO_LONGER_SO
    if occasion.startswith("cycle ") and occasion.split()[1] != str(matter.cycle):
        return NO_LONGER_SO
    if recipient not in circle.in_use:
        return _out_of_reach(recipient, circle)
    if recipient not in {told.recipient for told in audience(kind, matter, circle)}:
        return SOMEBODY_ELSE
    return None
