"""An inspector decides which recommendations are tied to the alert."""

import pytest

from tests.cast import NOW, follow_up, inspection
from tracker.alerts.models import AlertCase
from tracker.journal.models import Event
from tracker.plans import ties
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal


@pytest.fixture
def case(cast, report):
    return AlertCase.objects.create(organisation=cast.hfkcw, inspection=report, live=True, opened_at=NOW)


@pytest.fixture
def proposed(case, report):
    one = follow_up(report, 1)
    one.tie, one.alert = "proposed", case
    one.save()
    return one


def decide(row, confirm, by, version=1):
    return ties.decide_tie(row, confirm, seen_version=version, by=by, at=NOW)


@pytest.mark.parametrize(("confirm", "tie"), [(True, "confirmed"), (False, "declined")])
def test_an_inspector_confirms_or_declines(cast, proposed, case, confirm, tie):
    row = decide(proposed, confirm, cast.ivy)
    assert (row.tie, row.alert, row.version) == (tie, case, 2)
    told = Event.objects.about(row).first()
    assert (told.deed, told.before, told.after) == (f"tie_{tie}", {"tie": "Proposed"}, {"tie": tie.capitalize()})


def test_a_decision_can_be_taken_otherwise_and_twice_is_once(cast, proposed):
    decide(proposed, False, cast.ivy)
    decide(proposed, False, cast.ivy)
    assert decide(proposed, True, cast.idris, version=2).tie == "confirmed"
    assert [e.deed for e in Event.objects.about(proposed)][:3] == ["tie_confirmed", "tie_declined", "follow_up_opened"]


def test_who_is_second_is_told(cast, proposed):
    decide(follow_up(proposed.inspection, 1), True, cast.ivy)
    with pytest.raises(AlreadyMoved, match="Ivy Clarke"):
        decide(proposed, False, cast.idris)


@pytest.mark.parametrize("who", ["amira", "rosa", "helen", "omar", "vera", "ada", "ben"])
def test_nobody_else_decides(cast, proposed, who):
    with pytest.raises(NotAllowed):
        decide(proposed, True, cast.person(who))


def test_nothing_to_decide_where_nothing_is_proposed(cast, first):
    with pytest.raises(Refusal, match="No tie is proposed"):
        decide(first, True, cast.ivy)


def test_an_inspector_ties_another_one_of_the_same_inspection_by_hand(cast, case, report, first):
    row = ties.tie_by_hand(first, case, seen_version=1, by=cast.ivy, at=NOW)
    assert (row.tie, row.alert) == ("confirmed", case)
    elsewhere = follow_up(inspection(cast.lambeth, [(cast.lambeth, 1)]), 1)
    with pytest.raises(Refusal, match="its own inspection"):
        ties.tie_by_hand(elsewhere, case, seen_version=1, by=cast.ivy, at=NOW)
    with pytest.raises(NotAllowed):
        ties.tie_by_hand(follow_up(report, 2), case, seen_version=1, by=cast.amira, at=NOW)


def test_a_closed_one_is_not_tied(cast, proposed):
    proposed.state, proposed.response = "implemented", "agreed"
    proposed.save()
    with pytest.raises(Refusal, match="while it is closed: implemented"):
        decide(proposed, True, cast.ivy)
