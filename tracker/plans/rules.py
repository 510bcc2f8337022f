"""The life of a follow-up and of an action: which step may be taken, from where, to where, by whom.

One table per life. It draws the buttons, says what is possible now and guards the operations, so the three
cannot disagree. No ORM, no request, no clock.
"""

import datetime as dt
import re
from dataclasses import dataclass

from tracker.clocks.rules import DEFAULT_LIMITS
from tracker.working_days import NO_DATE


@dataclass(frozen=True)
class Step:
    """A deed that moves a life on. ``to`` None leaves the state as it is."""

    deed: str
    words: str  # "claim completion": completes "You cannot ... because" and labels
    from_: frozenset[str]
    to: str | None
    who: frozenset[str]


def _step(deed, words, from_, to, who):
    return Step(deed, words, frozenset(from_.split(", ")), to, frozenset(who.split(", ")))


FOLLOW_UP_STATES = {
    "awaiting": "Awaiting response",
    "open": "Open",
    "implemented": "Closed: implemented",
    "not_implemented": "Closed: not implemented",
    "superseded": "Superseded",
}
OPEN_FOLLOW_UP = ("awaiting", "open")
RESPONSES = {
    "awaiting": "Awaiting response",
    "agreed": "Agreed",
    "partly_agreed": "Partly agreed",
    "not_agreed": "Not agreed",
}
ACTION_STATES = {
    "not_started": "Not started",
    "in_progress": "In progress",
    "claimed": "Claimed, not verified",
    "verified": "Verified",
    "cancelled": "Cancelled",
}
OPEN_ACTION = ("not_started", "in_progress")
PLAN_STATES = {
    "draft": "Draft",
    "submitted": "Sent for sign-off",
    "sent_back": "Sent back",
    "signed_off": "Signed off",
}
DATE_CHANGE_STATES = {"asked": "Asked", "agreed": "Agreed", "refused": "Refused", "withdrawn": "Withdrawn"}
OUTCOMES = {"verified": "Verified", "sent_back": "Sent back"}
# The words used for independent reviews of progress.
JUDGEMENTS = {
    "no_meaningful": "No meaningful progress",
    "insufficient": "Insufficient progress",
    "reasonable": "Reasonable progress",
    "good": "Good progress",
}
SCAN_STATES = {
    "not_scanned": "Not scanned",
    "clean": "Scanned: nothing found",
    "infected": "Blocked: the scanner found something",
    "failed": "The scanner did not answer",
}
TIES = {"none": "Not tied", "proposed": "Proposed", "confirmed": "Confirmed", "declined": "Declined"}
CONFIDENCE = {"on_track": "On track", "at_risk": "At risk", "off_track": "Off track"}

CLOSED_FOLLOW_UP = ("implemented", "not_implemented", "superseded")
CLOSINGS = ("closed", "closed_not_agreed", "risk_accepted", "superseded")  # as the journal names these deeds

# A lead "above" is one of a higher level; at HMPPS a second lead of HMPPS (`guard.standing_above`).
FOLLOW_UP_STEPS = {
    step.deed: step
    for step in [
        _step("answer", "answer this recommendation", "awaiting, open", "open", "lead"),
        _step("assign", "choose who owns this recommendation", "awaiting, open", None, "lead"),
        _step("add_action", "add an action", "awaiting, open", None, "lead"),
        _step("start_clock", "start the clock", "awaiting, open", None, "inspector"),
        _step("close", "close this recommendation as implemented", "open", "implemented", "inspector"),
        _step("close_not_agreed", "close this recommendation as not agreed", "open", "not_implemented", "inspector"),
        _step("accept_risk", "accept the risk of not acting", "open", "not_implemented", "lead above"),
        _step("supersede", "mark this recommendation as superseded", "awaiting, open", "superseded", "inspector"),
        _step("carry_forward", "carry this recommendation forward", "awaiting, open", None, "inspector"),
        _step("reopen", "reopen this recommendation", "implemented, not_implemented, superseded", "open", "inspector"),
        _step("tie", "decide on the tie to the alert", "awaiting, open", None, "inspector"),
    ]
}
ANY_ACTION = ", ".join(ACTION_STATES)
ACTION_STEPS = {
    step.deed: step
    for step in [
        _step("edit", "change this action", "not_started, in_progress", None, "lead"),
        _step("reassign", "choose who owns this action", "not_started, in_progress", None, "lead"),
        _step(
            "post_update", "post an update", "not_started, in_progress", "in_progress", "owner, helper, lead, outside"
        ),
        _step(
            "add_evidence", "add evidence", "not_started, in_progress, claimed", None, "owner, helper, lead"
        ),
        _step(
            "remove_evidence", "remove evidence", ANY_ACTION, None,
            "author, lead, administrator",
        ),
        _step("claim", "claim completion", "not_started, in_progress", "claimed", "owner, lead"),
        _step("verify", "verify this action", "claimed", "verified", "inspector"),
        _step("send_back", "send this action back", "claimed", "in_progress", "inspector"),
        _step("cancel", "cancel this action", "not_started, in_progress", "cancelled", "lead"),
        _step("reorder", "change the order of actions", ANY_ACTION, None, "lead"),
        _step("name_external", "name somebody outside", "not_started, in_progress", None, "lead"),
        _step("ask_external", "ask somebody outside for an update", "not_started, in_progress", None, "lead"),
        _step("revoke_links", "revoke the link of somebody outside", ANY_ACTION, None, "lead"),
        _step("ask_date", "ask for another date", "not_started, in_progress", None, "lead"),
    ]
}  # fmt: skip
# Told by whoever works on it or looks after it; part of no life, and so open to more people than its steps.
NOTE_STEPS = {
    "follow_up": _step("note", "add a note", "awaiting, open", None, "lead, lead above, inspector"),
    "action": _step(
        "note", "add a note", "not_started, in_progress, claimed", None, "owner, helper, lead, lead above, inspector"
    ),
}
DATE_CHANGE_STEPS = {
    step.deed: step
    for step in [
        _step("agree_date", "agree to another date", "asked", "agreed", "lead above"),
        _step("refuse_date", "refuse another date", "asked", "refused", "lead above"),
        _step("withdraw_date", "take the question back", "asked", "withdrawn", "lead"),
    ]
}
PLAN_STEPS = {
    step.deed: step
    for step in [
        _step("submit", "send this plan for sign-off", "draft, sent_back", "submitted", "lead"),
        _step("take_back", "take this plan back", "submitted", "draft", "lead"),
        _step("sign_off", "sign this plan off", "submitted", "signed_off", "lead above"),
        _step("send_plan_back", "send this plan back", "submitted, signed_off", "sent_back", "lead above"),
    ]
}
# Not "outside": who owns it or helps with it by a link alone reads none of these sentences.
ROLE_WORDS = {
    "lead": "a lead of the organisation it is addressed to",
    "lead above": "a lead of the level above",
    "owner": "the owner of the action",
    "helper": "somebody who helps with it",
    "author": "whoever added it",
    "inspector": "an inspector",
    "administrator": "an administrator",
}


def possible(steps: dict[str, Step], state: str, standing: frozenset[str]) -> list[Step]:
    """The steps that somebody with this standing may take now."""
    return [step for step in steps.values() if state in step.from_ and standing & step.who]


def why_not_allowed(step: Step, standing: frozenset[str]) -> str | None:
    """A sentence when this person may not take the step at all; None when they may."""
    if standing & step.who:
        return None
    who = " or ".join(ROLE_WORDS[w] for w in sorted(step.who) if w in ROLE_WORDS)
    return f"You cannot {step.words}: only {who} can."


def why_not_now(step: Step, state: str, words: dict[str, str]) -> str | None:
    """A sentence when the state does not allow the step, saying which would; None when it does."""
    if state in step.from_:
        return None
    return f"You cannot {step.words} while it is {words[state].lower()}."


def response_problems(response: str, part_agreed: str, part_not_agreed: str, reason: str, approver: str) -> dict:
    """What is missing from a response, by field; empty when it can be saved. Terms of the HMPPS action plan."""
    problems = {}
    if response not in RESPONSES or response == "awaiting":
        problems["response"] = "Choose agreed, partly agreed or not agreed."
    if response == "partly_agreed":
        if not part_agreed.strip():
            problems["part_agreed"] = "Say which part you agree with."
        if not part_not_agreed.strip():
            problems["part_not_agreed"] = "Say which part you do not agree with, and why."
    if response == "not_agreed":
        if not reason.strip():
            problems["reason"] = "Say why you do not agree."
        if not approver.strip():
            problems["approver"] = "Say who approved this answer."
    return problems


def why_not_while_with_the_level_above(words: str, plan_state: str, response: str) -> str | None:
    """A sentence when the plan stands in the way of changing the answers or actions in it; None when it does not.

    What somebody is asked to sign off does not change under their eyes, and what was signed off stays as signed.
    """
    if plan_state == "submitted":
        return f"You cannot {words} while the plan is with the level above for sign-off. Take the plan back first."
    if plan_state == "signed_off" and response != "awaiting":
        return f"You cannot {words}: the plan was signed off. The level above can send it back."
    return None


def is_answered_anew(response: str) -> bool:
    """Whether a recommendation that is opened again has to be answered again too; else it only has to be done anew."""
    return response in ("awaiting", "not_agreed")


def moves_at_once(first_due_by: dt.date, new_due_by: dt.date, free_slip: int) -> bool:
    """Whether a date may move without the level above: up to ``free_slip`` days after the one first set."""
    return first_due_by != NO_DATE and (new_due_by - first_due_by).days <= free_slip


# --- When a plan can be submitted, and when a recommendation can be closed ------------------------------------


@dataclass(frozen=True)
class Answered:
    """One recommendation of a plan, as far as submitting it depends on it. ``actions``: those not cancelled, each
    (id, has an owner, has a date or a review date)."""

    follow_up: int
    number: int
    state: str
    response: str
    reason: str
    approver: str
    actions: tuple[tuple[int, bool, bool], ...] = ()


@dataclass(frozen=True)
class Missing:
    """One thing that a plan lacks. ``action`` None: it is the recommendation itself that lacks it."""

    follow_up: int
    number: int
    what: str
    action: int | None = None


def missing_from_plan(rows: list[Answered]) -> list[Missing]:
    """All that stands in the way of submitting a plan, in report order; empty when it is ready."""
    missing = []
    for row in rows:
        missing += missing_from_answer(row)
    return missing


def missing_from_answer(row: Answered) -> list[Missing]:
    def lacks(what, action=None):
        return Missing(row.follow_up, row.number, what, action)

    if row.state not in OPEN_FOLLOW_UP:
        return []
    if row.response == "awaiting":
        return [lacks("has no response")]
    if row.response == "not_agreed":
        words = {"reason": "has no reason for not agreeing", "approver": "has no approver for not agreeing"}
        return [lacks(sentence) for name, sentence in words.items() if not getattr(row, name).strip()]
    if not row.actions:
        return [lacks("has no action")]
    missing = []
    for action, has_owner, has_date in row.actions:
        if not has_owner:
            missing.append(lacks("has an action without an owner", action))
        if not has_date:
            missing.append(lacks("has an action without a date, or ongoing without a review date", action))
    return missing


def why_not_closed(
    action_states: list[str], verified_now: bool, tie: str = "none", required_states: list[str] = ()
) -> str | None:
    """Why a recommendation cannot be closed as implemented yet; None when it can.

    ``verified_now``: one was verified in this cycle. ``required_states``: of the alert's required actions, when tied.
    """
    still = [s for s in action_states if s not in ("verified", "cancelled")]
    if still:
        one = len(still) == 1
        return f"{len(still)} of its actions {'is' if one else 'are'} neither verified nor cancelled."
    if not verified_now:
        return "None of its actions is verified, or none since it was opened again."
    if tie == "proposed":
        return "It may be tied to the organisational alert: decide on that first."
    if tie == "confirmed":
        if not required_states:
            return "It is tied to the organisational alert, which has no required action yet."
        if open_ones := [s for s in required_states if s != "verified"]:
            return (
                f"It is tied to the organisational alert: {len(open_ones)} of the {len(required_states)} actions that "
                "the alert requires still have to be verified."
            )
    return None


# --- What a row shows ----------------------------------------------------------------------------------------

SOON = DEFAULT_LIMITS["second_reminder"]  # days: what the lists call due soon
STALE = DEFAULT_LIMITS["stale_after"]  # days without an update


def follow_up_tag(state: str) -> str:
    """The word of a follow-up's tag (`tracker.jinja.TAGS`); its date has a tag of its own."""
    return {"awaiting": "Awaiting response", "open": "In progress", "superseded": "Superseded"}.get(state, "Closed")


def action_tag(state: str, confidence: str | None = None) -> str:
    """The word of an action's tag: while it is open, what its last update said of the date."""
    if state in OPEN_ACTION and confidence:
        return CONFIDENCE[confidence]
    return ACTION_STATES[state]


def is_stale(state: str, live: bool, last_word: dt.date, today: dt.date) -> bool:
    """Nobody has said anything about an open, live action for `STALE` days. ``last_word``: last update, or added."""
    return live and state in OPEN_ACTION and (today - last_word).days >= STALE


def slip_words(times_moved: int, slip_days: int) -> str:
    """ "moved twice, 61 days after the first date"; empty when it never moved."""
    if not times_moved:
        return ""
    times = {1: "once", 2: "twice"}.get(times_moved, f"{times_moved} times")
    days = f"{abs(slip_days)} day{'' if abs(slip_days) == 1 else 's'}"
    if not slip_days:
        return f"moved {times}"
    return f"moved {times}, {days} {'after' if slip_days > 0 else 'before'} the first date"


_CASE_NUMBERS = {
    "a CRN": r"\b[A-Z]\d{6}\b",
    "a prison number": r"\b[A-Z]\d{4}[A-Z]{2}\b",
    "a PNC number": r"\b(?:\d{2}|\d{4})/\d{1,7}[A-Z]\b",
}


def case_numbers(*texts: str) -> list[str]:
    """What in these texts looks like the number of a person on probation: "X123456 (a CRN)"."""
    found = []
    for kind, pattern in _CASE_NUMBERS.items():
        for text in texts:
            found += [f"{number} ({kind})" for number in re.findall(pattern, text, re.IGNORECASE)]
    return list(dict.fromkeys(found))


# --- Dates: the published wording and its precision are kept beside the last day they mean -------------------

_MONTH_NAMES = (
    "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
    "september sep sept", "october oct", "november nov", "december dec",
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
SEASONS = {"spring": 5, "summer": 8, "autumn": 11, "winter": 2}  # the season's last month


@dataclass(frozen=True)
class TargetDate:
    """A target date as written, how exact it is, and the last day it means (`NO_DATE` when none)."""

    wording: str
    precision: str  # day, month, quarter, season, ongoing, none
    due_by: dt.date


def last_day(year: int, month: int) -> dt.date:
    return dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)


class NoSuchDay(ValueError):
    """A day was written that no calendar has: 31 February."""


def read_target_date(text: str, like: str = "30 June 2026, June 2026 or Ongoing") -> TargetDate:
    """A date as people write it: "30 June 2026", "2026-06-30", "30/6/2026", "30/6/26", "June 2026", "January to March
    2026", "autumn 2026", "Ongoing", or nothing. Raises ValueError with a sentence when it is none of these; ``like``:
    what that gives as examples.
    """
    wording = " ".join(text.split())
    plain = wording.casefold().replace(",", " ")
    plain = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", plain)
    plain = re.sub(r"^(by|end|the end of|end of)\s+(of\s+)?", "", plain).strip()
    if not plain:
        return TargetDate("", "none", NO_DATE)
    if plain == "ongoing":
        return TargetDate(wording, "ongoing", NO_DATE)
    unread = ValueError(f'"{wording}" is not a date we can read. Write it like {like}.')
    if numbers := _day_written(plain):
        if not 2000 <= numbers[0] <= 2100:
            raise unread
        return TargetDate(wording, "day", _day_that_is(*numbers, like))
    try:
        if (m := re.fullmatch(r"([a-z]+) (\d{4})", plain)) and m[1] in MONTHS:
            found = "month", last_day(int(m[2]), MONTHS[m[1]])
        elif (m := re.fullmatch(r"([a-z]+) (?:to|-|–) ([a-z]+) (\d{4})", plain)) and m[1] in MONTHS and m[2] in MONTHS:
            found = "quarter", last_day(int(m[3]), MONTHS[m[2]])
        elif (m := re.fullmatch(r"([a-z]+) (\d{4})", plain)) and m[1] in SEASONS:
            # Winter 2026 begins in December 2026 and ends in February 2027.
            found = "season", last_day(int(m[2]) + (m[1] == "winter"), SEASONS[m[1]])
        else:
            raise unread
    except ValueError:
        raise unread from None
    if not 2000 <= found[1].year <= 2100:
        raise unread
    return TargetDate(wording, *found)


def _day_written(plain: str) -> tuple[int, int, int] | None:
    """(year, month, day) as written, whether or not there is such a day; of two digits, the year is 20xx."""
    if m := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", plain):
        return int(m[1]), int(m[2]), int(m[3])
    if m := re.fullmatch(r"(\d{1,2})[/. ](\d{1,2})[/. ](\d{4}|\d{2})", plain):
        return _year(m[3]), int(m[2]), int(m[1])
    if (m := re.fullmatch(r"(?:[a-z]+day )?(\d{1,2}) ([a-z]+) (\d{4}|\d{2})", plain)) and m[2] in MONTHS:
        return _year(m[3]), MONTHS[m[2]], int(m[1])
    return None


def _year(digits: str) -> int:
    return int(digits) + (2000 if len(digits) == 2 else 0)


def _day_that_is(year: int, month: int, day: int, like: str) -> dt.date:
    if not 1 <= month <= 12:
        raise NoSuchDay(f"There is no month {month}. Write it like {like}.")
    if not 1 <= day <= last_day(year, month).day:
        name = _MONTH_NAMES[month - 1].split()[0].capitalize()
        raise NoSuchDay(f"There is no {day} {name} {year}. Write it like {like}.")
    return dt.date(year, month, day)


def why_not_shown_of(on: dt.date | None, today: dt.date) -> str | None:
    """A sentence when evidence cannot speak of this day; None when it can. None as a day: it says none."""
    if on is None or on <= today:
        return None
    return f"{on.day} {on:%B %Y} has not been yet. Evidence shows what was done, on a day up to today."


def with_review(target: TargetDate, review: TargetDate | None) -> TargetDate:
    """ "Ongoing" with the day on which it is looked at again, which then is its date. Raises ValueError."""
    if target.precision != "ongoing" or review is None or review.due_by == NO_DATE:
        return target
    return TargetDate(target.wording, "ongoing", review.due_by)
