"""What every deed on an alert does first and last: who may, is it as it was seen, what changed; whom it is said to."""

from tracker.journal.operations import record
from tracker.people.models import Role, User
from tracker.plans.guard import claim_row, guard, is_repeat, standing_above
from tracker.plans.telling import heads_above, leads_of

from .moments import refresh
from .rules import ALERT_STATES, ALERT_STEPS


def standing_for_alert(case, by) -> frozenset[str]:
    """At HMPPS, which nothing is above, a second lead is the level above: not the one who asked for the stand-down."""
    return standing_above(case.organisation, by, case.end_asked_by)


def require(deed, case, by) -> None:
    guard(ALERT_STEPS[deed], case, standing_for_alert(case, by), ALERT_STATES)


def done_already(deed, event, case, by, more) -> bool:
    """Whether a form was sent twice: the first time did it."""
    to = ALERT_STEPS[deed].to
    return case.state == (to or case.state) and is_repeat(case, event, by, _after(deed, more))


def take(deed, event, case, more, *, was=None, seen_version, by, at, **changes) -> bool:
    """Take the step if the alert still is what was seen, and record it. ``more``: what the journal says of it, ``was``:
    of what was before. False when it was taken already by this very deed."""
    step, after = ALERT_STEPS[deed], _after(deed, more)
    before = ({"state": ALERT_STATES[case.state]} if step.to else {}) | (was or {})
    if step.to:
        changes["state"] = step.to
    if not claim_row(case, seen_version, step.from_, event, by, after, **changes):
        return False
    record(event, case, by=by, at=at, organisation=case.organisation, before=before, after=after)
    refresh(case, at)
    return True


def _after(deed, more) -> dict:
    to = ALERT_STEPS[deed].to
    return ({"state": ALERT_STATES[to]} if to else {}) | {name: value for name, value in more.items() if value != ""}


# --- Whom a step is said to --------------------------------------------------------------------------------------


def inspectors_of(case) -> list[User]:
    """Those named on it who still are inspectors."""
    named = case.inspectors.filter(is_active=True, memberships__role=Role.INSPECTOR)
    return list(named.order_by("pk").distinct())


def head_of(case) -> list[User]:
    """The head of the place, else its leads, else those of the level above."""
    return leads_of(case.organisation) or heads_above(case.organisation)


def above(case, not_person=None) -> list[User]:
    return heads_above(case.organisation, not_person)
