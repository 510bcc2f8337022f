"""An alert begins, and what frames it: raised, withdrawn, its clocks started or paused, who may read it; its draft."""

from django.db import transaction

from .models import AlertCase, Pause


@transaction.atomic
def raise_alert(
    organisation, kind, *, concerns, measures=(), required_text, restricted=False, inspectors=(), inspection=None,
    key=None, by, at,
) -> AlertCase:  # fmt: skip
    """Raise an alert; the head of the place and the post above are told at once. ``by`` is always named on it.

    ``concerns``: texts. ``measures``: (name, unit, target or None, "up" or "down" is worse, first value or None, as at
    or None: as published) each. ``inspectors``: further people named on it. ``key``: the form's; same key, same alert.
    """
    raise NotImplementedError


@transaction.atomic
def withdraw(case, reason, *, seen_version, by, at) -> AlertCase:
    """Take back an alert raised in error; the record stays."""
    raise NotImplementedError


@transaction.atomic
def start_clock(case, raised_on, *, seen_version, by, at) -> AlertCase:
    """Make a historic alert, or one whose report prints no day, live: its limits run from the day ``raised_on``."""
    raise NotImplementedError


@transaction.atomic
def pause(case, starts, ends, reason, *, key=None, by, at) -> Pause:
    """Let the clocks stand still on these days, both included; never for days that are past."""
    raise NotImplementedError


@transaction.atomic
def change_circle(case, inspectors, *, seen_version, by, at) -> AlertCase:
    """Choose the inspectors named on an alert: all of them; at least one."""
    raise NotImplementedError


@transaction.atomic
def keep_draft(typed: dict, *, by, at) -> None:
    """Keep what somebody has typed of an alert so far, as typed; one draft each. No event: nothing has happened."""
    raise NotImplementedError


def drop_draft(*, by) -> None:
    raise NotImplementedError
