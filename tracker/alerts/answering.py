"""The place answers: acknowledged, responded; and the inspector judges: accepted, or returned with reasons."""

from django.db import transaction

from .models import AlertCase, Concern


@transaction.atomic
def acknowledge(case, *, seen_version, by, at) -> AlertCase:
    raise NotImplementedError


def concerns_without_action(case) -> list[Concern]:
    """The concerns that no action with an owner and a date answers, cancelled ones aside."""
    raise NotImplementedError


@transaction.atomic
def respond(case, text, *, seen_version, by, at) -> AlertCase:
    """Send the written response. Refused, naming them, while concerns have no action with an owner and a date."""
    raise NotImplementedError


@transaction.atomic
def accept(case, *, seen_version, by, at) -> AlertCase:
    """Accept the response: from now on readings and checkpoints are due."""
    raise NotImplementedError


@transaction.atomic
def return_response(case, reasons, *, seen_version, by, at) -> AlertCase:
    """Return the response, saying why: a new, shorter clock runs."""
    raise NotImplementedError
