"""The real report on HFKCW: 993 unallocated cases, eight concerns, four printed actions; 8 and 9 speak of the alert."""

import json
import os
from dataclasses import replace

import pytest
from django.test import Client

from inspections import reference
from inspections.models import Alias, Organisation
from inspections.names import name_key
from inspections.reading.record import Record
from tests.cast import NOW, TODAY, follow_up
from tracker.alerts.models import AlertCase
from tracker.clocks.rules import DEFAULT_LIMITS
from tracker.intake import Choices, take_in

HFKCW = json.loads((reference.DATA / "records" / "hfkcw.json").read_text())


@pytest.fixture(autouse=True)
def shifted_limit(monkeypatch):
    """`script/prove alerts` sets SHIFTED_LIMIT, such as alert_response=11, and wants to see a proof fail."""
    if given := os.environ.get("SHIFTED_LIMIT"):
        name, _, days = given.partition("=")
        monkeypatch.setitem(DEFAULT_LIMITS, name, int(days))


@pytest.fixture
def record():
    return Record.from_dict(HFKCW)


@pytest.fixture
def without_alert(record):
    return replace(record, organisational_alert=None)


@pytest.fixture
def take(cast):
    """`take(record, live=True)`: what `take_in` gives for it, by Ivy."""
    printed = "Her Majesty's Prison and Probation Service"
    Alias.objects.create(organisation=cast.hmpps, name=printed, key=name_key(printed))

    def take(record, live=True, at=NOW):
        return take_in(record, Choices(live=live), as_read=record.to_dict(), by=cast.ivy, at=at, today=TODAY)

    return take


@pytest.fixture
def report(record, take):
    return take(record).inspection


@pytest.fixture
def case(report):
    """The case of the printed alert, as a request loads it."""
    return AlertCase.objects.select_related("organisation__parent__parent", "inspection", "published").get()


@pytest.fixture
def eighth(report):
    return follow_up(report, 8)


@pytest.fixture
def restricted(cast):
    """An alert about HFKCW that Idris raised and only its circle may read; Ivy is not named on it."""
    case = AlertCase.objects.create(
        organisation=Organisation.objects.get(pk=cast.hfkcw.pk), restricted=True, live=True, raised_at=NOW,
        raised_by=cast.idris, opened_at=NOW,
    )  # fmt: skip
    case.inspectors.add(cast.idris)
    return case


@pytest.fixture
def signed_in():
    def signed_in(person):
        client = Client()
        client.force_login(person)
        return client

    return signed_in


@pytest.fixture
def finished(cast):
    """An alert that went all the way, and was stood down by three people."""
    from tests.alerts.stories import at, monitored, stood_down

    return stood_down(monitored(cast, at(2)), cast, at(29))
