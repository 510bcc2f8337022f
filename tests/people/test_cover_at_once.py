"""Two windows, the same second: one stand-in for each day."""

import datetime as dt

import pytest

from tests.cast import NOW, TODAY
from tests.reminders.test_twice_at_once import at_once
from tracker.journal.models import Event
from tracker.people import operations as people
from tracker.people.models import Cover
from tracker.refusals import Refusal

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_stand_ins_named_for_the_same_days_at_once(cast):
    refused = []

    def name(stand_in, first):
        def work():
            days = TODAY + dt.timedelta(days=first), TODAY + dt.timedelta(days=first + 5)
            try:
                people.name_stand_in(cast.person("amira"), stand_in, *days, by=cast.person("amira"), at=NOW)
            except Refusal as refusal:
                refused.append(refusal.sentence)

        return work

    at_once(name(cast.omar, 0), name(cast.rosa, 3), name(cast.helen, 1))
    assert (Cover.objects.count(), len(refused)) == (1, 2)
    assert all("already" in sentence for sentence in refused)
    assert Event.objects.filter(deed="cover_named").count() == 1


def test_ended_twice_at_once_is_one_deed(cast):
    named = people.name_stand_in(cast.amira, cast.omar, TODAY, TODAY, by=cast.amira, at=NOW)
    end = [lambda: people.end_cover(Cover.objects.get(pk=named.pk), by=cast.person("amira"), at=NOW)] * 3
    at_once(*end)
    assert Event.objects.filter(deed="cover_ended").count() == 1
