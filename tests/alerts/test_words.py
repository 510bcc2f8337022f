"""What a page says of the ladder."""

import datetime as dt
from types import SimpleNamespace

from tracker.alerts import ladder, words
from tracker.clocks.rules import DEFAULT_LIMITS


def test_a_rung_of_a_day_to_come_is_not_told_as_past():
    """Helen answers for every rung: she is told once, and the later ones are still to come."""
    wednesday = dt.date(2026, 11, 18)
    facts = ladder.Facts(1, "monitoring", 1, True, raised_on=dt.date(2026, 11, 2))
    duty = ladder.Duty(wednesday, "worsened", "cycle 1 worsened 1")
    post = SimpleNamespace(pk=1, title="Chief Probation Officer", holder_id=7)
    helen = SimpleNamespace(post=post, reader=SimpleNamespace(pk=7, name="Helen Marsh"), passed_on_from="")
    first, *later = words.steps(duty, facts, DEFAULT_LIMITS, wednesday, lambda rung: helen, {})
    assert first.when == "Is told on Thursday 19 November 2026"
    assert later and all(step.when.startswith("Will be reached on ") for step in later)
