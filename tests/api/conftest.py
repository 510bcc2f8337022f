"""A report on HFKCW, an alert about it, and programs that send somebody's token."""

import uuid
from dataclasses import dataclass

import pytest
from django.test import Client
from django.utils import timezone

from tests.cast import NOW, follow_up, inspection
from tracker.alerts import raising
from tracker.alerts.models import AlertCase
from tracker.api.operations import make_token
from tracker.plans import operations
from tracker.plans.rules import read_target_date


@dataclass
class Program:
    """Sends JSON, with the token of a person or without any."""

    token: str = ""

    def get(self, address, **headers):
        return Client().get(address, headers=self._headers(headers))

    def post(self, address, data, *, key=None, **headers):
        """``key``: of the deed; a new one each time unless it is given; "" sends none."""
        key = str(uuid.uuid4()) if key is None else key
        headers |= {"Idempotency-Key": key} if key else {}
        return Client(raise_request_exception=False).post(
            address, data, content_type="application/json", headers=self._headers(headers)
        )

    def _headers(self, more):
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return ({"Authorization": f"Bearer {self.token}"} if self.token else {}) | named


@pytest.fixture
def program_of():
    """`program_of(cast.amira)`: a program with a token that she made."""

    def program_of(person):
        _, text = make_token("Tests", 30, by=person, at=timezone.now())
        return Program(text)

    return program_of


@pytest.fixture
def report(cast):
    return inspection(cast.hfkcw, [(cast.hfkcw, 3), (cast.london, 1)], published=timezone.localdate())


@pytest.fixture
def action(cast, report):
    """Omar's, answering the first recommendation to HFKCW."""
    row = follow_up(report, 1)
    operations.answer(row, "agreed", response_text="By training.", seen_version=1, by=cast.amira, at=NOW)
    target = read_target_date("30 June 2099")
    return operations.add_action(
        follow_up(report, 1), "Train everyone", owner_person=cast.omar, target=target, by=cast.amira, at=NOW
    )


@pytest.fixture
def case(cast):
    """About HFKCW, raised by Ivy, with two measures."""
    measures = [("Unallocated cases", "cases", 0, "up", 993, None), ("Seen", "per cent", 95, "down", None, None)]
    row = raising.raise_alert(
        cast.hfkcw, "unallocated", concerns=["Nobody is named"], measures=measures, required_text="Allocate.",
        by=cast.ivy, at=NOW,
    )  # fmt: skip
    return AlertCase.objects.get(pk=row.pk)
