"""When somebody is told about a date: facts and limits in; what has been reached, and what comes next, out.

The nightly sweep and the line "what happens next if nobody acts" both call this, so they cannot disagree.
"""

import datetime as dt
from dataclasses import dataclass

# Days. Each may be set otherwise for an organisation (`clocks.models.Limit`); none is an Inspectorate rule.
DEFAULT_LIMITS = {
    "plan_due": 28,  # after publication
    "first_reminder": 45,  # before the date
    "second_reminder": 14,
    "weekly_for": 28,  # overdue: a reminder each week for so many days ...
    "then_every": 28,  # ... and after that once in so many
    "stale_after": 30,  # an open action without an update
    "free_slip": 0,  # a date may move so far from the first one without the level above; 0: it always decides
    "historic_after": 90,  # a report published longer ago is proposed as historic
    "alert_acknowledge": 1,  # working days from the raising of an alert
    "alert_immediate": 3,
    "alert_response": 10,
    "alert_returned": 5,  # working days from the return of a response
    "alert_reading": 7,  # days between readings of a measure, from the acceptance of the response
    "alert_checkpoint": 28,  # days between checkpoints at the level above
    "alert_worsening": 10,  # per cent: a reading that much worse than the one before climbs the ladder by itself
    "rung_head": 0,  # working days past a limit: the head of the organisation at once
    "rung_region": 1,
    "rung_area": 2,
    "rung_chief_officer": 3,
    "rung_chief_executive": 5,
}
LIMIT_WORDS = {
    "plan_due": "Action plan due, after publication",
    "first_reminder": "First reminder, before the date",
    "second_reminder": "Second reminder, before the date",
    "weekly_for": "Weekly reminders while overdue, for",
    "then_every": "After that a reminder every",
    "stale_after": "An update is expected every",
    "free_slip": "A date moves without being asked for, from the first date up to",
    "historic_after": "A report is proposed as historic after",
    "alert_acknowledge": "Alert: acknowledged, working days after it was raised",
    "alert_immediate": "Alert: immediate actions for every concern, working days",
    "alert_response": "Alert: written response, working days",
    "alert_returned": "Alert: a returned response is answered again, working days",
    "alert_reading": "Alert: readings every so many days",
    "alert_checkpoint": "Alert: checkpoints every so many days",
    "alert_worsening": "Alert: a reading is worse by more than per cent",
    "rung_head": "Alert, past a limit: the head of the organisation, after working days",
    "rung_region": "Alert, past a limit: the Regional Probation Director, after working days",
    "rung_area": "Alert, past a limit: the Area Executive Director, after working days",
    "rung_chief_officer": "Alert, past a limit: the Chief Probation Officer, after working days",
    "rung_chief_executive": "Alert, past a limit: the chief executive, after working days",
}


@dataclass(frozen=True, order=True)
class Stage:
    """One moment at which a date is spoken of. ``offset``: days from the date, negative before it."""

    on: dt.date
    offset: int

    def occasion(self, due: dt.date, cycle: int = 1) -> str:
        """What a notice about this stage is unique by: a moved date or a new cycle arms it anew."""
        return f"{due.isoformat()} cycle {cycle} day {self.offset:+d}"


def overdue_offsets(limits, up_to: int):
    """Days after the date, up to ``up_to``, on which an overdue matter is spoken of: 7, 14, 21, 28, 56, 84 ..."""
    day = 7
    while day <= limits["weekly_for"] and day <= up_to:
        yield day
        day += 7
    day = limits["weekly_for"] + limits["then_every"]
    while day <= up_to:
        yield day
        day += limits["then_every"]


def reached(due: dt.date, today: dt.date, limits=DEFAULT_LIMITS) -> Stage | None:
    """The latest stage that ``today`` has reached: the only one still worth saying. None before the first."""
    passed = (today - due).days
    offsets = [o for o in (-limits["first_reminder"], -limits["second_reminder"], 0) if o <= passed]
    offsets += overdue_offsets(limits, passed)
    return Stage(due + dt.timedelta(days=offsets[-1]), offsets[-1]) if offsets else None


def next_stage(due: dt.date, today: dt.date, limits=DEFAULT_LIMITS) -> Stage:
    """The first stage after ``today``: there always is one while the matter stays open."""
    passed = (today - due).days
    ahead = [o for o in (-limits["first_reminder"], -limits["second_reminder"], 0) if o > passed]
    horizon = max(passed, 0) + limits["weekly_for"] + limits["then_every"] + 7
    ahead += [o for o in overdue_offsets(limits, horizon) if o > passed]
    return Stage(due + dt.timedelta(days=min(ahead)), min(ahead))


def due_state(due: dt.date, today: dt.date, limits=DEFAULT_LIMITS) -> str | None:
    """ "overdue", "due soon" or None, for an open matter. A deadline means 11:59pm in London on its day."""
    if due < today:
        return "overdue"
    if (due - today).days <= limits["second_reminder"]:
        return "due soon"
    return None
