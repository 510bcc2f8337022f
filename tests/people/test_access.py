"""What a person is, at a place: the facts that every rule asks for."""

import pytest

from tracker.people.access import Access

HMPPS, LONDON, HFKCW, LAMBETH = 1, 2, 3, 4
LINE = (HFKCW, LONDON, HMPPS)


@pytest.mark.parametrize(
    ("roles", "standing"),
    [
        ([], set()),
        ([("lead", HFKCW, "pdu")], {"lead"}),
        ([("lead", LONDON, "region")], {"lead above"}),
        ([("lead", HMPPS, "hmpps")], {"lead above"}),
        ([("lead", LAMBETH, "pdu")], set()),
        ([("viewer", HFKCW, "pdu"), ("lead", LONDON, "region")], {"viewer", "lead above"}),
        ([("contributor", HFKCW, "pdu")], {"contributor"}),
        ([("inspector", None, None)], {"inspector"}),
        ([("administrator", None, None)], {"administrator"}),
    ],
)
def test_standing_at_hfkcw(roles, standing):
    assert Access(frozenset(roles)).standing(LINE) == standing


@pytest.mark.parametrize(
    ("roles", "sees_everything"),
    [
        ([("inspector", None, None)], True),
        ([("administrator", None, None)], True),
        ([("lead", HMPPS, "hmpps")], True),
        ([("viewer", HMPPS, "hmpps")], True),
        ([("contributor", HMPPS, "hmpps")], False),
        ([("lead", LONDON, "region")], False),
        ([], False),
    ],
)
def test_who_sees_everything(roles, sees_everything):
    assert Access(frozenset(roles)).sees_everything is sees_everything
