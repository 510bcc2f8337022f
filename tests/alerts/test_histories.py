"""Random histories: no rung twice, none early, none missing, stood down by three people, monitoring never stops.

HISTORIES says how many (`script/prove alerts` takes hundreds, on both databases); a few in every run of the tests.
"""

import os

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings

from tests.alerts.histories import HISTORY, History

pytestmark = pytest.mark.django_db


class Undone(Exception):
    pass


def played(cast, history):
    """The history is played and everything undone, so that the next one begins anew."""
    try:
        with transaction.atomic():
            History(cast).play(history)
            raise Undone
    except Undone:
        pass


@settings(
    max_examples=int(os.environ.get("HISTORIES", "12")), deadline=None, derandomize="HISTORIES" not in os.environ,
    # A history takes a second or so: what fails is printed as it is found, and not made smaller for minutes.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(history=HISTORY)
def test_what_must_hold_in_every_history(cast, history):
    played(cast, history)
