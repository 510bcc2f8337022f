"""Which concerns an action answers, said afterwards: of what a report printed, and of what was added without."""

import uuid

import pytest
from bs4 import BeautifulSoup

from tests.alerts.stories import END, at, fresh, raised
from tracker.alerts.answering import concerns_without_action, respond
from tracker.alerts.facts import clocks
from tracker.alerts.operations import add_alert_action, link_concerns
from tracker.alerts.raising import withdraw
from tracker.journal.models import Event
from tracker.plans.models import Action
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal

pytestmark = pytest.mark.django_db
WHOLE = ("alert__organisation__parent__parent", "organisation")


def again(action) -> Action:
    return Action.objects.select_related(*WHOLE).get(pk=action.pk)


@pytest.fixture
def alone(cast):
    """An alert raised on the 2nd with an action that answers nothing yet."""
    case = raised(cast, at(2))
    action = add_alert_action(
        case, "Allocate", organisation=cast.hfkcw, owner_person=cast.omar, target=END, by=cast.amira, at=at(3)
    )
    return again(action)


def link(action, positions, by, moment):
    concerns = action.alert.concerns.filter(position__in=positions)
    return link_concerns(again(action), concerns, seen_version=again(action).version, by=by, at=moment)


def test_said_afterwards_it_counts_from_then_on(cast, alone):
    case = alone.alert
    assert clocks([fresh(case)], at(4))[case.pk].facts.covered_on is None
    link(alone, [1], cast.amira, at(4))
    assert clocks([fresh(case)], at(5))[case.pk].facts.covered_on is None
    link(alone, [1, 2], cast.amira, at(5))
    assert clocks([fresh(case)], at(6))[case.pk].facts.covered_on == at(5).date(), "not on the 3rd, when it was added"
    assert (fresh(case).next_duty, concerns_without_action(case)) == ("acknowledge", [])
    events = Event.objects.filter(deed="concerns_linked").order_by("pk")
    assert [(e.before, e.after, e.actor) for e in events] == [
        ({"concerns": ""}, {"concerns": "1"}, cast.amira),
        ({"concerns": "1"}, {"concerns": "1, 2"}, cast.amira),
    ]


def test_taken_away_the_concern_is_named_and_holds_the_response_up(cast, alone):
    from tracker.alerts.answering import acknowledge

    case = alone.alert
    link(alone, [1, 2], cast.amira, at(4))
    acknowledge(fresh(case), seen_version=1, by=cast.amira, at=at(4))
    link(alone, [2], cast.rosa, at(5))
    assert [one.position for one in concerns_without_action(case)] == [1]
    assert clocks([fresh(case)], at(6))[case.pk].facts.covered_on == at(4).date(), "it was covered once"
    with pytest.raises(Refusal, match="Concern 1"):
        respond(fresh(case), "We act.", seen_version=fresh(case).version, by=cast.amira, at=at(6))


def test_what_a_report_printed_is_linked_by_an_inspector(cast, case):
    mappa = again(case.actions.get(position=2))
    assert "MAPPA" in mappa.what
    link(mappa, [4], cast.ivy, at(2))
    assert [one.position for one in mappa.concerns.all()] == [4]
    assert len(concerns_without_action(case)) == 8, "it has no owner and no date yet"


@pytest.mark.parametrize(("who", "refusal"), [("omar", NotAllowed), ("vera", NotAllowed), ("ada", NotAllowed)])
def test_not_by_everybody(cast, alone, who, refusal):
    with pytest.raises(refusal):
        link(alone, [1], cast.person(who), at(4))


def test_not_of_another_alert_not_cancelled_not_after_its_end_and_not_over_somebody_else(cast, alone):
    other = raised(cast, at(2))
    with pytest.raises(Refusal, match="concerns of this alert"):
        link_concerns(alone, other.concerns.all(), seen_version=alone.version, by=cast.amira, at=at(4))
    link(alone, [1], cast.amira, at(4))
    with pytest.raises(AlreadyMoved):
        link_concerns(alone, alone.alert.concerns.all(), seen_version=alone.version, by=cast.rosa, at=at(4))
    version = again(alone).version
    link_concerns(again(alone), alone.alert.concerns.filter(position=1), seen_version=version, by=cast.amira, at=at(4))
    assert Event.objects.filter(deed="concerns_linked").count() == 1, "a double click is one deed"
    Action.objects.filter(pk=alone.pk).update(state="cancelled")
    with pytest.raises(Refusal, match="was cancelled"):
        link(alone, [2], cast.amira, at(4))
    Action.objects.filter(pk=alone.pk).update(state="not_started")
    withdraw(fresh(alone.alert), "In error", seen_version=1, by=cast.ivy, at=at(4))
    with pytest.raises(Refusal):
        link(alone, [2], cast.amira, at(5))


def test_on_the_page(cast, alone, signed_in):
    client, url = signed_in(cast.amira), f"/alerts/{alone.alert_id}/actions/{alone.pk}/concerns/"
    main = BeautifulSoup(client.get(f"/alerts/{alone.alert_id}/").content, "html.parser").main
    assert "It is not said which concern it answers" in main.text and main.select_one(f'a[href="{url}"]')
    concerns = list(alone.alert.concerns.all())
    form = {"seen": alone.version, "key": str(uuid.uuid4())}
    answer = client.post(url, form | {"concerns": [one.pk for one in concerns]}, follow=True)
    text = " ".join(BeautifulSoup(answer.content, "html.parser").text.split())
    assert "answers 2 concerns" in text and "Answers concerns 1 and 2" in text
    answer = client.post(url, form | {"concerns": []})
    assert answer.status_code == 409, "seen before somebody changed it"
    assert signed_in(cast.ben).get(url).status_code == 404
    assert signed_in(cast.ada).get(url).status_code == 403
    assert client.get(f"/alerts/{alone.alert_id}/actions/987654/concerns/").status_code == 404
