"""A report on HFKCW with eight recommendations to the PDU, four to London and two to HMPPS, as most reports have."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.cast import NOW, follow_up, inspection
from tracker.plans import operations
from tracker.plans.rules import read_target_date
from tracker.refusals import Refusal


@pytest.fixture
def report(cast):
    """Published today, so that its plans are not late whenever the tests run."""
    addressees = [(cast.hfkcw, 8), (cast.london, 4), (cast.hmpps, 2)]
    return inspection(cast.hfkcw, addressees, published=timezone.localdate())


@pytest.fixture
def first(report):
    """Its first recommendation, to HFKCW; awaiting response."""
    return follow_up(report, 1)


@pytest.fixture
def add(cast, report):
    """`add("Train everyone", "30 June 2026", number=2, owner_person=cast.omar)`: an action, by Amira."""

    def add(what, target="", *, number=1, **kwargs):
        kwargs = {"by": cast.amira, "at": NOW, "date_reason": "It was under way already."} | kwargs
        return operations.add_action(follow_up(report, number), what, target=read_target_date(target), **kwargs)

    return add


@pytest.fixture
def signed_in():
    """`signed_in(cast.amira)`: a client with that person's session."""

    def signed_in(person):
        client = Client()
        client.force_login(person)
        return client

    return signed_in


@pytest.fixture
def at_once():
    """`at_once(deed, deed)`: each in a thread and transaction of its own; what they returned or how they refused."""

    def at_once(*deeds):
        together = threading.Barrier(len(deeds), timeout=10)
        results = [None] * len(deeds)

        def run(place, deed):
            try:
                together.wait()
                results[place] = deed()
            except Refusal as refusal:
                results[place] = refusal
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        return results

    return at_once
