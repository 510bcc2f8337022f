"""A year in short: what is said is what the oracle says, whatever fails. At length: script/prove reminders."""

import os

import pytest

from tests.reminders.mutants import MUTANTS
from tests.reminders.year import Year

pytestmark = pytest.mark.django_db
# script/prove reminders asks for more: "seed=3 regions=10 days=366", and for faults by their names, with semicolons.
ASKED = dict(part.split("=") for part in os.environ.get("YEAR", "").split())
SMALL = {"seed": 11, "regions": 1, "pdus": 3, "actions": 25, "deeds": 4, "days": 40}


def lived(**size):
    year = Year(**size | {name: int(value) for name, value in ASKED.items()})
    differences = year.play()
    return year, differences


def test_what_is_said_is_what_should_be(capsys):
    year, differences = lived(**SMALL)
    with capsys.disabled():
        if ASKED:
            print(f"\n{len(year.diary.works)} actions, {year.sent} mails, {sum(year.done.values())} deeds", year.told())
            print(f"outages {dict(year.downs)}")
    assert differences == []
    assert year.sent > 50


@pytest.mark.parametrize("name", os.environ.get("FAULTS", "second_reminder -1").split(";"))
def test_a_fault_is_noticed(name):
    """That the proof above can fail."""
    with MUTANTS[name]():
        _, differences = lived(**SMALL)
    assert differences != [], f"nobody noticed: {name}"
