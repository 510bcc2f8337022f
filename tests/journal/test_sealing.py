"""The newest hash is mailed to administrators each day; with it, an end that was cut is found."""

import datetime as dt
import threading

import pytest
from django.core import mail
from django.db import connection

from tests.cast import NOW, assemble, inspection, person
from tests.journal.test_chains import faults, note, run
from tracker.journal.models import Event, Notice
from tracker.journal.verifying import verify
from tracker.reminders import sealing
from tracker.reminders.delivery import deliver

EARLY = dt.datetime(2026, 11, 20, 6, 59, tzinfo=dt.UTC)


@pytest.fixture
def book(cast):
    return inspection(cast.hfkcw, [(cast.hfkcw, 3), (cast.london, 2)])


def sealed():
    return Event.objects.filter(deed="journal_sealed").order_by("pk")


def test_the_seal_names_the_newest_link_of_each_chain(cast, book):
    outcome = sealing.seal(NOW)
    event = sealed().get()
    newest = Event.objects.get(organisation=cast.hfkcw, link=4)
    assert event.after["heads"][str(cast.hfkcw.pk)] == [4, newest.hash]
    assert (event.after["chains"], event.after["events"]) == (2, 7)
    assert (event.hash, event.actor, event.organisation) == (outcome.hash, None, None)
    assert outcome.sentence == f"Sealed as {event.hash[:12]}…; the whole went to 1 administrator."


def test_once_a_day_and_not_before_seven(cast, book):
    assert not sealing.seal(EARLY)
    for at in (EARLY + dt.timedelta(minutes=1), NOW, NOW + dt.timedelta(hours=14)):
        sealing.seal(at)
    assert sealed().count() == 1
    assert sealing.seal(NOW + dt.timedelta(days=1))
    assert sealed().count() == 2
    assert faults(*sealed().values_list("hash", flat=True)) == []


@pytest.mark.django_db(transaction=True)
def test_two_at_once_seal_once():
    assemble()
    gate, wrong = threading.Barrier(3, timeout=10), []

    def work():
        try:
            gate.wait()
            sealing.seal(NOW)
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not wrong
    assert (sealed().count(), Notice.objects.count()) == (1, 1)


def test_it_goes_to_each_administrator_in_a_sentence_with_the_hash(cast, book):
    second = person("Abe", "Moss", "administrator")
    left = person("Lou", "Gone", "administrator")
    type(left).objects.filter(pk=left.pk).update(is_active=False)
    outcome = sealing.seal(NOW)
    deliver(lambda: NOW, at_once=True)
    assert {letter.to[0] for letter in mail.outbox} == {cast.ada.email, second.email}
    for letter in mail.outbox:
        text = " ".join(letter.body.split())
        assert f"The journal's newest hash on 20 November 2026 is {outcome.hash}" in text
        assert "journal" in letter.subject


def test_who_is_no_administrator_any_more_is_not_told(cast, book):
    sealing.seal(NOW)
    cast.ada.memberships.update(role="lead", organisation=cast.london)
    deliver(lambda: NOW, at_once=True)
    assert mail.outbox == []
    assert Notice.objects.get(kind="journal_sealed").state == "superseded"


class TestAnEndThatWasCut:
    @pytest.fixture
    def mailed(self, cast, book):
        return sealing.seal(NOW).hash

    def test_the_hash_that_was_mailed_is_there(self, mailed):
        assert run("--expect", mailed) == (0, "8 events in 3 chains, all whole.\n")
        assert run("--expect", mailed.upper(), mailed)[0] == 0

    def test_any_link_can_be_asked_for(self, cast, mailed):
        assert run("--expect", Event.objects.get(organisation=cast.london, link=2).hash)[0] == 0

    def test_one_that_never_was_is_not(self, mailed):
        code, said = run("--expect", "f00d")
        assert code == 1
        assert "No link of any chain has the hash f00d" in said

    def test_an_end_cut_with_the_head_set_back_is_found_by_the_seal(self, cast, mailed, tamper):
        tamper("DELETE FROM tracker_event WHERE organisation_id = %s AND link > 2", cast.hfkcw.pk)
        last = Event.objects.get(organisation=cast.hfkcw, link=2)
        tamper("UPDATE tracker_chainhead SET link = 2, hash = %s WHERE chain = %s", last.hash, cast.hfkcw.pk)
        [fault] = faults()
        assert fault.startswith(f"Link 4 of chain {cast.hfkcw.pk} is not what it was when the journal was sealed on")

    def test_with_the_seal_cut_too_it_is_found_by_the_hash_in_the_mail(self, cast, mailed, tamper):
        tamper("DELETE FROM tracker_event WHERE organisation_id = %s AND link > 2", cast.hfkcw.pk)
        last = Event.objects.get(organisation=cast.hfkcw, link=2)
        tamper("UPDATE tracker_chainhead SET link = 2, hash = %s WHERE chain = %s", last.hash, cast.hfkcw.pk)
        tamper("DELETE FROM tracker_event WHERE deed = 'journal_sealed'")
        tamper("DELETE FROM tracker_chainhead WHERE chain = 0")
        assert faults() == []
        [fault] = faults(mailed)
        assert f"No link of any chain has the hash {mailed}" in fault

    def test_a_whole_chain_that_was_taken_away_is_found(self, cast, mailed, tamper):
        tamper("DELETE FROM tracker_event WHERE organisation_id = %s", cast.london.pk)
        tamper("DELETE FROM tracker_chainhead WHERE chain = %s", cast.london.pk)
        assert len(faults()) == 1

    def test_an_older_seal_still_counts(self, cast, mailed, tamper):
        note(cast.hfkcw)
        sealing.seal(NOW + dt.timedelta(days=1))
        assert verify([mailed]).sentence == "10 events in 3 chains, all whole."
