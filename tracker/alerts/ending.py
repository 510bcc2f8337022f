"""An alert ends by three people, and may come back: asked for, agreed to or refused, confirmed, opened again."""

from django.db import transaction

from .models import AlertCase


def what_stands_in_the_way(case) -> list[str]:
    """A sentence for each thing that has to be so before an alert is stood down, and is not; else an exception is to
    be named."""
    raise NotImplementedError


def why_not_decided_by(case, by) -> str | None:
    """Why ``by`` is not another person than those who asked, and agreed, so far; None when they are."""
    raise NotImplementedError


@transaction.atomic
def ask_end(case, exit_plan, exception="", *, seen_version, by, at) -> AlertCase:
    """Ask for the stand-down. ``exception``: the reason why it ends although not all is done; needed exactly then."""
    raise NotImplementedError


@transaction.atomic
def agree_end(case, *, seen_version, by, at) -> AlertCase:
    raise NotImplementedError


@transaction.atomic
def refuse_end(case, reason, *, seen_version, by, at) -> AlertCase:
    """Back to monitoring, whose clocks never stopped."""
    raise NotImplementedError


@transaction.atomic
def confirm_end(case, *, seen_version, by, at) -> AlertCase:
    """Stand the alert down: the third person, after one who asked and one who agreed."""
    raise NotImplementedError


@transaction.atomic
def reopen(case, reason, *, seen_version, by, at) -> AlertCase:
    """Open a stood-down alert again, for a reason: monitoring, in a new cycle."""
    raise NotImplementedError
