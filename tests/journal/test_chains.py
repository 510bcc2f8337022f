"""The chains of the journal: each event holds the hash of the one before it, and nothing can be changed unseen."""

import datetime as dt
import io
import threading
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core import checks
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.cast import NOW, assemble, inspection
from tests.journal.conftest import lifted
from tracker.journal import triggers
from tracker.journal.chain import hash_of
from tracker.journal.models import ChainHead, Event
from tracker.journal.operations import hold_chains, record, record_all
from tracker.journal.verifying import verify


@pytest.fixture
def book(cast):
    """A report with follow-ups: 1 + 3 events of HFKCW, 1 + 2 of London."""
    return inspection(cast.hfkcw, [(cast.hfkcw, 3), (cast.london, 2)])


def links(place):
    rows = Event.objects.filter(organisation=place).order_by("pk")
    return list(rows.values_list("link", flat=True))


def note(place, text="Seen", **how):
    with transaction.atomic():
        return record("note_added", place, by=None, at=NOW, organisation=place, after={"note": text}, **how)


def faults(*expected):
    return verify(expected).faults


def nth(place, link):
    return Event.objects.get(organisation=place, link=link)


def run(*arguments):
    out = io.StringIO()
    try:
        call_command("verify_journal", *arguments, stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue() + str(error)
    return 0, out.getvalue()


class TestRecording:
    def test_each_place_has_a_chain_of_its_own_and_the_service_has_one(self, cast, book):
        assert (links(cast.hfkcw), links(cast.london)) == ([1, 2, 3, 4], [1, 2, 3])
        with transaction.atomic():
            record("person_changed", cast.omar, by=cast.ada, at=NOW, after={"name": "Omar F"})
        assert links(None) == [1]
        events = list(Event.objects.filter(organisation=cast.hfkcw).order_by("link"))
        assert [e.previous_hash for e in events] == ["", *[e.hash for e in events[:-1]]]
        head = ChainHead.objects.get(chain=cast.hfkcw.pk)
        assert (head.link, head.hash) == (4, events[-1].hash)

    def test_an_event_costs_three_queries_however_long_its_chain(self, cast, book):
        for _ in range(2):
            with transaction.atomic(), CaptureQueriesContext(connection) as queries:
                record("note_added", cast.hfkcw, by=cast.amira, at=NOW, organisation=cast.hfkcw)
            assert len(queries) == 3
            with transaction.atomic():
                record_all(
                    [{"deed": "note_added", "subject": cast.hfkcw, "organisation": cast.hfkcw}] * 50, by=None, at=NOW
                )

    @pytest.mark.parametrize("number", [100, 500])
    def test_many_are_recorded_in_few_statements_and_in_their_order(self, cast, book, number):
        places = [cast.hfkcw, cast.lambeth, None]
        lines = [
            {"deed": "note_added", "subject": cast.hfkcw, "organisation": places[n % 3], "after": {"n": n}}
            for n in range(number)
        ]
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            events = record_all(lines, by=cast.amira, at=NOW)
        inserts = [q for q in queries if q["sql"].startswith('INSERT INTO "tracker_event"')]
        assert len(queries) - len(inserts) == 3, "heads made, locked and moved on"
        assert len(inserts) <= -(-number // (1000 if connection.vendor == "postgresql" else 71))
        assert [e.after["n"] for e in events] == list(range(number)) and all(e.pk for e in events)
        assert links(cast.lambeth) == list(range(1, len(links(cast.lambeth)) + 1))
        assert faults() == []

    def test_an_event_belongs_to_a_transaction(self, transactional_db):
        cast = assemble()
        with pytest.raises(transaction.TransactionManagementError, match="one transaction"):
            record("note_added", cast.hfkcw, by=None, at=NOW, organisation=cast.hfkcw)
        assert not Event.objects.exists()

    def test_what_a_refused_deed_recorded_is_gone_with_its_link(self, cast, book):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            record("note_added", cast.hfkcw, by=None, at=NOW, organisation=cast.hfkcw)
            1 / 0  # noqa: B018
        note(cast.hfkcw)
        assert links(cast.hfkcw) == [1, 2, 3, 4, 5]
        assert faults() == []

    @pytest.mark.parametrize(
        "after",
        [
            {"number": 2.0, "small": 1e-7, "large": 1e22, "half": 0.5, "minus": -0.0},
            {"b": 1, "a": (1, 2), 10: "ten", 9: {"nine": None}},
            {"words": "Amélie said “no” \U0001f600 \n\t\\", "none": None, "yes": True},
        ],
    )
    def test_values_of_every_kind_are_the_same_when_they_are_read_back(self, cast, after):
        with transaction.atomic():
            record("note_added", cast.hfkcw, by=None, at=NOW, organisation=cast.hfkcw, after=after)
        assert faults() == []

    def test_the_moment_is_the_same_in_every_zone(self, cast):
        east = dt.timezone(dt.timedelta(hours=5, minutes=30))
        with transaction.atomic():
            record("note_added", cast.hfkcw, by=None, at=NOW.astimezone(east).replace(microsecond=7), organisation=None)
        assert faults() == []

    @pytest.mark.django_db(transaction=True)
    def test_two_who_record_at_once_get_links_one_after_the_other(self):
        cast = assemble()
        pairs = [[cast.hfkcw, cast.lambeth, None], [None, cast.lambeth, cast.hfkcw]] * 2
        gate, wrong = threading.Barrier(len(pairs), timeout=10), []

        def work(places):
            try:
                gate.wait()
                for n in range(5):
                    with transaction.atomic():
                        # Each its own way round: without an order they would wait for each other for ever.
                        hold_chains([place and place.pk for place in places])
                        for place in places:
                            record("note_added", cast.hfkcw, by=None, at=NOW, organisation=place, after={"n": n})
            except Exception as error:
                wrong.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=[pair]) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not wrong
        for place in (cast.hfkcw, cast.lambeth, None):
            assert sorted(links(place)) == list(range(1, 21))
        assert faults() == []


class TestVerifying:
    def test_a_whole_journal_says_so(self, cast, book):
        assert run() == (0, "7 events in 2 chains, all whole.\n")

    @pytest.mark.parametrize(
        "change",
        [
            "deed = 'verified'", "after = '{\"live\": false}'", "before = '{\"a\": 1}'", "subject_id = subject_id + 1",
            "subject_kind = 'action'", "actor_id = (SELECT min(id) FROM tracker_user)", "demonstration = true",
            "at = '2020-01-01 00:00:00+00:00'", "hash = 'f00'", "previous_hash = 'f00'",
        ],
    )  # fmt: skip
    def test_any_change_of_an_event_is_found(self, cast, book, tamper, change):
        event = nth(cast.hfkcw, 2)
        tamper(f"UPDATE tracker_event SET {change} WHERE id = %s", event.pk)
        code, said = run()
        assert code == 1
        assert f"chain {cast.hfkcw.pk}, link 2 (event {event.pk}) is not as it was written" in said
        assert "7 events in 2 chains" in said

    def test_a_change_with_its_hash_made_to_fit_is_found_at_the_next_link(self, cast, book, tamper):
        event = nth(cast.hfkcw, 2)
        event.deed = "verified"
        tamper("UPDATE tracker_event SET deed = 'verified', hash = %s WHERE id = %s", hash_of(event), event.pk)
        [fault] = faults()
        assert f"link 3 (event {nth(cast.hfkcw, 3).pk}) does not follow from the link before it" in fault

    def test_an_event_moved_to_another_place_is_found_at_both(self, cast, book, tamper):
        event = nth(cast.hfkcw, 4)
        tamper("UPDATE tracker_event SET organisation_id = %s WHERE id = %s", cast.london.pk, event.pk)
        assert {f.partition(",")[0] for f in faults()} >= {f"In chain {cast.london.pk}"}
        assert any(f"The end of chain {cast.hfkcw.pk} was cut" in f for f in faults())

    def test_removed_events_are_found(self, cast, book, tamper):
        tamper("DELETE FROM tracker_event WHERE organisation_id = %s AND link IN (2, 3)", cast.hfkcw.pk)
        assert faults() == [
            f"In chain {cast.hfkcw.pk}, links 2 to 3 are missing before event {nth(cast.hfkcw, 4).pk}: what stood "
            "there was removed."
        ]  # fmt: skip

    def test_a_first_event_that_was_removed_is_found(self, cast, book, tamper):
        tamper("DELETE FROM tracker_event WHERE organisation_id = %s AND link = 1", cast.london.pk)
        assert ["link 1 is missing" in fault for fault in faults()] == [True]

    def test_an_end_that_was_cut_is_found(self, cast, book, tamper):
        tamper("DELETE FROM tracker_event WHERE organisation_id = %s AND link > 2", cast.hfkcw.pk)
        assert faults() == [f"The end of chain {cast.hfkcw.pk} was cut: after link 2, links 3 to 4 are missing."]

    @pytest.mark.parametrize("change", ["link = 3", "hash = 'f00'"])
    def test_a_head_that_was_changed_is_found(self, cast, book, change):
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE tracker_chainhead SET {change} WHERE chain = %s", [cast.hfkcw.pk])
        assert faults() == [f"The head of chain {cast.hfkcw.pk} was changed: it does not name its last event, link 4."]

    def test_a_head_that_was_removed_is_found(self, cast, book):
        ChainHead.objects.filter(chain=cast.hfkcw.pk).delete()
        assert faults() == [f"The head of chain {cast.hfkcw.pk} is missing; its last event is link 4."]

    def test_an_event_put_in_past_the_service_is_found(self, cast, book):
        event = Event.objects.bulk_create(
            [Event(at=NOW, deed="verified", subject_kind="action", subject_id=1, organisation=cast.hfkcw)]
        )[0]
        assert faults() == [f"In chain {cast.hfkcw.pk}, 1 event is not chained, the first is event {event.pk}."]

    def test_each_fault_is_a_line_and_the_last_line_counts_them(self, cast, book, tamper):
        tamper("UPDATE tracker_event SET deed = 'verified' WHERE link = 2")
        code, said = run()
        assert code == 1
        assert len(said.splitlines()) == 3
        assert said.splitlines()[-1] == "7 events in 2 chains, 2 faults."

    def test_a_missing_trigger_is_said(self, cast, book):
        connection.check_constraints()
        triggers.lift(connection)
        assert len(faults()) == len(triggers.NAMES[connection.vendor])

        def said():
            found = checks.run_checks(databases=["default"], tags=["models"])
            return [one.id for one in found if not one.is_silenced()]

        assert said() == ["tracker.W001"]
        triggers.install(connection)
        assert said() == []

    def test_memory_holds_a_batch_and_not_the_journal(self, cast, book, monkeypatch):
        lines = [{"deed": "note_added", "subject": cast.hfkcw, "organisation": cast.hfkcw}] * 60
        with transaction.atomic():
            record_all(lines, by=None, at=NOW)
        monkeypatch.setattr("tracker.journal.verifying.AT_ONCE", 10)
        with CaptureQueriesContext(connection) as queries:
            assert verify().sentence == "67 events in 2 chains, all whole."
        walked = [q["sql"] for q in queries if "ORDER BY" in q["sql"] and '"link" ASC' in q["sql"]]
        assert len(walked) == 7 + 1 + 2
        assert all("LIMIT 10" in sql for sql in walked)


class TestTheDatabaseRefuses:
    STATEMENTS = [
        "UPDATE tracker_event SET deed = 'verified'",
        "UPDATE tracker_event SET link = link WHERE link = 1",
        "DELETE FROM tracker_event",
        "DELETE FROM tracker_event WHERE link = 1",
    ]
    OF_EACH = {
        "postgresql": ["TRUNCATE tracker_event", "TRUNCATE tracker_event CASCADE"],
        "sqlite": [
            "INSERT OR REPLACE INTO tracker_event SELECT * FROM tracker_event",
            "INSERT OR REPLACE INTO tracker_event (at, deed, subject_kind, subject_id, before, after, demonstration, "
            "hash, previous_hash, organisation_id, link) SELECT at, 'verified', subject_kind, subject_id, before, "
            "after, demonstration, hash, previous_hash, organisation_id, link FROM tracker_event",
        ],
    }

    def test_changing_removing_and_emptying(self, cast, book):
        kept = list(Event.objects.order_by("pk").values())
        connection.check_constraints()  # or PostgreSQL would refuse to truncate for another reason
        for statement in self.STATEMENTS + self.OF_EACH[connection.vendor]:
            with (
                pytest.raises(DatabaseError, match="append-only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)
        assert list(Event.objects.order_by("pk").values()) == kept

    def test_a_second_event_on_a_link(self, cast, book):
        record("note_added", cast.omar, by=None, at=NOW)
        for place in (cast.hfkcw, None):
            with pytest.raises(DatabaseError), transaction.atomic():
                Event.objects.bulk_create(
                    [Event(at=NOW, deed="x", subject_kind="action", subject_id=1, organisation=place, link=1)]
                )

    def test_what_is_recorded_names_people_and_places_that_stay(self, cast, book):
        note(cast.eastvale)
        with pytest.raises(DatabaseError):
            cast.eastvale.delete()


class TestEventsFromBefore:
    def test_they_are_chained_as_they_were_recorded(self, cast, book, monkeypatch):
        migration = import_module("tracker.migrations.0004_journal")
        with lifted(), connection.cursor() as cursor:
            cursor.execute("UPDATE tracker_event SET link = 0, hash = '', previous_hash = ''")
            cursor.execute("DELETE FROM tracker_chainhead")
            Event.objects.bulk_create(
                [Event(at=NOW, deed="person_added", subject_kind="user", subject_id=cast.omar.pk) for _ in range(3)]
            )
            monkeypatch.setattr(migration, "BATCH", 4)
            migration.chain_events(apps, SimpleNamespace(connection=connection))
        assert (links(cast.hfkcw), links(cast.london), links(None)) == ([1, 2, 3, 4], [1, 2, 3], [1, 2, 3])
        assert verify().sentence == "10 events in 3 chains, all whole."
        note(cast.hfkcw)
        assert faults() == []
