"""Amira names Grace Obi of a housing charity as the owner of an action of HFKCW."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from tests.cast import NOW
from tests.reminders.scenes import action, send
from tracker.people.models import User
from tracker.plans import external, operations
from tracker.plans.models import Action

GRACE = ("Grace", "Obi", "Crown Lodge Housing", "grace.obi@crownlodge.example")


@pytest.fixture
def step(cast) -> Action:
    """With an update of Omar's, which is none of Grace's business."""
    row = action(cast, 10, owner=cast.omar, what="Offer 20 rooms to people who leave prison")
    operations.post_update(row, "Omar's own note", confidence="at_risk", next_step="Omar's plan", by=cast.omar, at=NOW)
    return fresh(row)


@pytest.fixture
def name(cast):
    """`name(row, *GRACE, helps=False)`: the person, named by Amira."""

    def name(row, *who, by=None, **how):
        return external.name_external(
            fresh(row), *(who or GRACE), seen_version=fresh(row).version, by=by or cast.amira, **{"at": NOW} | how
        )[1]

    return name


@pytest.fixture
def grace(name, step) -> User:
    return name(step)


@pytest.fixture
def address(grace, now) -> str:
    """Of the link in her mail, without the service's own address."""
    mail.outbox.clear()
    send()
    return links_in(mails_to(grace)[-1])[0]


def mails_to(person):
    return [message for message in mail.outbox if message.to == [person.email]]


def links_in(message) -> list[str]:
    return re.findall(r"http://127\.0\.0\.1:8000(/update/[\w-]{40,}/)\s", message.body)


def fresh(row) -> Action:
    return Action.objects.select_related(
        "organisation__parent__parent", "owner_person", "owner_post__holder", "plan"
    ).get(pk=row.pk)


def unknown() -> str:
    return reverse("update_by_link", args=["x" * 43])
