"""An alert begins, and what frames it: raised, withdrawn, its clocks started or paused, who may read it; its draft."""

import datetime as dt
import uuid
from decimal import Decimal

from django.db import IntegrityError, transaction

from tracker.journal.operations import record
from tracker.people.models import Role, User
from tracker.plans.guard import is_repeat, lock
from tracker.plans.telling import tell
from tracker.refusals import NotAllowed, Refusal
from tracker.working_days import LONDON, london_day

from .guard import above, done_already, head_of, inspectors_of, require, take
from .models import AlertCase, AlertDraft, Concern, Measure, Pause, Reading
from .moments import refresh
from .rules import ALERT_KINDS

LONGEST_PAUSE = 28  # days


@transaction.atomic
def raise_alert(
    organisation, kind, *, concerns, measures=(), required_text, restricted=False, inspectors=(), inspection=None,
    key=None, by, at,
) -> AlertCase:  # fmt: skip
    """Raise an alert; the head of the place and the post above are told at once. ``by`` is always named on it.

    ``concerns``: texts. ``measures``: (name, unit, target or None, "up" or "down" is worse, first value or None, as at
    or None: as published) each. ``inspectors``: further people named on it. ``key``: the form's; same key, same alert.
    """
    if key and (earlier := AlertCase.objects.filter(form_key=key).first()):
        return earlier
    if not by.access.is_inspector:
        raise NotAllowed("You cannot raise an organisational alert: only an inspector can.")
    concerns, measures = [text.strip() for text in concerns if text.strip()], list(measures)
    if kind not in ALERT_KINDS:
        raise Refusal("Choose what the alert is about.")
    if not concerns:
        raise Refusal("Write at least one concern: what puts people at risk.")
    if not required_text.strip():
        raise Refusal("Say what is required of the place.")
    _check_measures(measures, london_day(at))
    named = _named([by, *inspectors])
    try:
        with transaction.atomic():
            case = AlertCase.objects.create(
                organisation=organisation, inspection=inspection, restricted=restricted, live=True, raised_at=at,
                raised_by=by, opened_at=at, kind=kind, required_text=required_text.strip(), form_key=key,
            )  # fmt: skip
    except IntegrityError:
        earlier = AlertCase.objects.filter(form_key=key).first() if key else None
        if earlier is None:
            raise
        return earlier
    case.inspectors.set(named)
    Concern.objects.bulk_create(Concern(alert=case, position=n, text=text) for n, text in enumerate(concerns, start=1))
    _write_measures(case, measures, by, at)
    drop_draft(by=by)
    record(
        "alert_raised", case, by=by, at=at, organisation=organisation,
        after={
            "kind": ALERT_KINDS[kind], "concerns": len(concerns), "measures": len(measures), "restricted": restricted,
            "inspectors": _names(named), "required": required_text.strip(),
        },
    )  # fmt: skip
    refresh(case, at)
    tell("alert_raised", case, [*head_of(case), *above(case)], "cycle 1 raised", by=by, at=at)
    return case


def _check_measures(measures, today) -> None:
    names = [name.strip().casefold() for name, *_ in measures]
    if len(set(names)) < len(names):
        raise Refusal("Two measures have the same name.")
    for name, _, _, worse, _, as_at in measures:
        if not name.strip():
            raise Refusal("Name each measure: what is counted.")
        if worse not in ("up", "down"):
            raise Refusal(f"{name.strip()}: choose whether a higher or a lower value is worse.")
        if as_at is not None and as_at > today:
            raise Refusal(f"{name.strip()}: the day of the first reading is in the future.")


def _write_measures(case, measures, by, at) -> None:
    made = Measure.objects.bulk_create(
        Measure(alert=case, position=n, name=name.strip(), unit=unit.strip(), target=target, worse=worse)
        for n, (name, unit, target, worse, _, _) in enumerate(measures, start=1)
    )
    Reading.objects.bulk_create(
        Reading(measure=measure, value=Decimal(value), as_at=as_at, by=by, at=at)
        for measure, (*_, value, as_at) in zip(made, measures, strict=True)
        if value is not None
    )


def _named(people) -> list[User]:
    """Each once, by name; refused unless all are inspectors in use."""
    people = {person.pk: person for person in people}
    able = set(
        User.objects.filter(pk__in=people, is_active=True, memberships__role=Role.INSPECTOR)
        .order_by()
        .values_list("pk", flat=True)
    )
    if outside := [person.name for person in people.values() if person.pk not in able]:
        raise Refusal(f"Only inspectors are named on an alert: not {', '.join(outside)}.")
    return sorted(people.values(), key=lambda person: person.name)


def _names(people) -> str:
    return ", ".join(person.name for person in people)


@transaction.atomic
def withdraw(case, reason, *, seen_version, by, at) -> AlertCase:
    """Take back an alert raised in error; the record stays."""
    more = {"reason": reason.strip()}
    if done_already("withdraw", "alert_withdrawn", case, by, more):
        return case
    require("withdraw", case, by)
    if not reason.strip():
        raise Refusal("Say why this alert is withdrawn. The record stays.")
    changes = {"end_reason": reason.strip(), "ended_at": at}
    if take("withdraw", "alert_withdrawn", case, more, seen_version=seen_version, by=by, at=at, **changes):
        told = [*head_of(case), *above(case), *inspectors_of(case)]
        tell("alert_withdrawn", case, told, f"cycle {case.cycle} version {case.version}", by=by, at=at)
    return case


@transaction.atomic
def start_clock(case, raised_on, *, seen_version, by, at) -> AlertCase:
    """Make a historic alert, or one whose report prints no day, live: its limits run from the day ``raised_on``."""
    more = {"live": True, "raised_on": raised_on.isoformat()}
    if done_already("start_clock", "alert_clock_started", case, by, more):
        return case
    require("start_clock", case, by)
    if case.live and case.raised_at is not None:
        raise Refusal("The clocks of this alert are already running.")
    if raised_on > london_day(at):
        raise Refusal("The day from which its clocks run cannot be in the future.")
    midday = dt.datetime.combine(raised_on, dt.time(12), tzinfo=LONDON)
    changes = {"live": True, "raised_at": min(midday, at)}
    resting = case.actions.filter(live=False)
    was = {"resting_actions": sorted(resting.values_list("pk", flat=True))}
    how = {"seen_version": seen_version, "by": by, "at": at}
    if take("start_clock", "alert_clock_started", case, more, was=was, **how, **changes):
        resting.update(live=True)
        tell("alert_raised", case, [*head_of(case), *above(case)], "cycle 1 clock started", by=by, at=at)
    return case


@transaction.atomic
def pause(case, starts, ends, reason, *, key=None, by, at) -> Pause:
    """Let the clocks stand still on these days, both included; never for days that are past."""
    if key and (earlier := Pause.objects.filter(form_key=key).first()):
        return earlier
    require("pause", case, by)
    if not reason.strip():
        raise Refusal("Say why the clocks stand still.")
    if starts < london_day(at):
        raise Refusal("A pause cannot begin in the past: what was late stays late.")
    if ends < starts:
        raise Refusal("The last day of a pause is not before its first.")
    if (ends - starts).days >= LONGEST_PAUSE:
        raise Refusal(f"A pause is at most {LONGEST_PAUSE} days long. Pause again then, should it still be needed.")
    lock(case)
    case.refresh_from_db(fields=["state"])
    require("pause", case, by)
    try:
        with transaction.atomic():
            made = Pause.objects.create(
                alert=case, starts=starts, ends=ends, reason=reason.strip(), by=by, at=at, form_key=key
            )
    except IntegrityError:
        earlier = Pause.objects.filter(form_key=key).first() if key else None
        if earlier is None:
            raise
        return earlier
    after = {"from": starts.isoformat(), "to": ends.isoformat(), "reason": reason.strip()}
    record("alert_paused", case, by=by, at=at, organisation=case.organisation, after=after)
    refresh(case, at)
    told = [*head_of(case), *above(case), *inspectors_of(case)]
    tell("alert_paused", case, told, f"cycle {case.cycle} pause {made.pk}", by=by, at=at)
    return made


@transaction.atomic
def change_circle(case, inspectors, *, seen_version, by, at) -> AlertCase:
    """Choose the inspectors named on an alert: all of them; at least one."""
    require("change_circle", case, by)
    named = _named(inspectors)
    if not named:
        raise Refusal("At least one inspector is named on an alert.")
    now = _names(sorted(case.inspectors.all(), key=lambda person: person.name))
    more = {"inspectors": _names(named)}
    if now == more["inspectors"] or is_repeat(case, "alert_circle_changed", by, more):
        return case
    if take("change_circle", "alert_circle_changed", case, more, seen_version=seen_version, by=by, at=at):
        case.inspectors.set(named)
    return case


# --- The draft ---------------------------------------------------------------------------------------------------


@transaction.atomic
def keep_draft(typed: dict, *, by, at) -> None:
    """Keep what somebody has typed of an alert so far, as typed; one draft each. No event: nothing has happened. What
    comes late, when the alert of the same form was raised already, is no draft any more."""
    if not by.access.is_inspector:
        raise NotAllowed("You cannot raise an organisational alert: only an inspector can.")
    if (key := _uuid(typed.get("key"))) and AlertCase.objects.filter(form_key=key).exists():
        return
    AlertDraft.objects.update_or_create(by=by, defaults={"typed": typed, "at": at})


def _uuid(text) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def drop_draft(*, by) -> None:
    AlertDraft.objects.filter(by=by).delete()
