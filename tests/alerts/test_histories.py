"""Random histories: no rung twice, none early, none missing, stood down by three people, monitoring never stops.

HISTORIES says how many (`script/prove alerts` takes hundreds, on both databases); a few in every run of the tests.
"""

import pytest
from hypothesis import given

from tests.alerts.histories import HISTORY, History
from tests.histories import histories, undone

pytestmark = pytest.mark.django_db


def played(cast, history):
    with undone():
        History(cast).play(history)


@histories(12)
@given(history=HISTORY)
def test_what_must_hold_in_every_history(cast, history):
    played(cast, history)
