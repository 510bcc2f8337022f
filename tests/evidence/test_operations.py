"""Adding, replacing and removing evidence: who may, once, and what stays."""

import datetime as dt
import hashlib
import os
import time
import uuid

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from tests.cast import NOW
from tests.evidence.conftest import JPEG, PDF, PNG, upload
from tracker.journal.models import Event
from tracker.plans import evidence, operations, verifying
from tracker.plans.models import Action, Claim, Evidence
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal

race = pytest.mark.django_db(transaction=True)
LATER = NOW + dt.timedelta(minutes=5)


def deeds(action):
    return list(Event.objects.about(action).filter(deed__startswith="evidence").values_list("deed", flat=True))


def last(action):
    return Event.objects.about(action).first()


class TestAdding:
    def test_a_file_is_kept_with_its_hash_and_what_it_is(self, cast, action, on_disk):
        may = dt.date(2026, 5, 31)
        row = evidence.add_file(action, upload(), note=" The rota ", effective_on=may, by=cast.omar, at=NOW)
        assert (row.name, row.note, row.effective_on, row.number) == ("rota.pdf", "The rota", may, 1)
        assert (row.media_type, row.size, row.scan) == ("application/pdf", len(PDF), "not_scanned")
        assert row.sha256 == hashlib.sha256(PDF).hexdigest()
        (path,) = on_disk()
        assert path.read_bytes() == PDF
        assert "rota" not in path.name and not path.suffix
        assert oct(path.stat().st_mode)[-3:] == "600"

    def test_it_does_not_speak_of_a_day_to_come(self, cast, action, on_disk):
        tomorrow = NOW.date() + dt.timedelta(days=1)
        with pytest.raises(Refusal, match="21 November 2026 has not been yet"):
            evidence.add_file(action, upload(), effective_on=tomorrow, by=cast.omar, at=NOW)
        assert not on_disk() and not Evidence.objects.exists()

    def test_the_journal_says_it_once(self, cast, action, piece):
        assert deeds(action) == ["evidence_added"]
        event = last(action)
        assert (event.actor, event.at, event.organisation) == (cast.omar, NOW, cast.hfkcw)
        assert event.after == {"name": "rota.pdf", "version": 1, "size": len(PDF), "sha256": piece.sha256}

    def test_a_link_is_kept_as_text(self, cast, action):
        row = evidence.add_link(action, " https://www.example.org/rota?x=1 ", "The  rota", by=cast.omar, at=NOW)
        assert (row.url, row.name, row.sha256, bool(row.file)) == (
            "https://www.example.org/rota?x=1",
            "The rota",
            "",
            0,
        )
        assert last(action).after["url"] == row.url

    @pytest.mark.parametrize(
        "url",
        [
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "ftp://a.example/x",
            "//a.example",
            "rota",
            "",
        ],
    )
    def test_only_links_to_the_web(self, cast, action, url):
        with pytest.raises(Refusal, match="whole address"):
            evidence.add_link(action, url, "The rota", by=cast.omar, at=NOW)

    def test_a_link_holds_no_password(self, cast, action):
        with pytest.raises(Refusal, match="password"):
            evidence.add_link(action, "https://omar:secret@www.example.org/", "The rota", by=cast.omar, at=NOW)

    def test_the_owner_a_helper_and_the_lead_add_and_nobody_else(self, cast, action):
        helped = Action.objects.get(pk=action.pk)
        helped.helpers.add(cast.vera)
        for number, person in enumerate((cast.omar, cast.amira, cast.vera)):
            evidence.add_file(helped, upload(content=PDF + bytes([number])), by=person, at=NOW)
        for person in (cast.ben, cast.rosa, cast.helen, cast.ivy, cast.ada, cast.niall):
            with pytest.raises(NotAllowed, match="You cannot add evidence"):
                evidence.add_file(action, upload(content=PNG, name="a.png"), by=person, at=NOW)

    def test_nothing_is_added_to_what_is_given_up(self, cast, action, on_disk):
        operations.cancel_action(
            Action.objects.get(pk=action.pk), "Done nationally.", seen_version=action.version, by=cast.amira, at=NOW
        )
        with pytest.raises(AlreadyMoved, match="while it is cancelled"):  # the page was opened before
            evidence.add_file(action, upload(), by=cast.omar, at=NOW)
        assert on_disk() == [] and not Evidence.objects.exists()

    def test_a_lie_and_a_giant_leave_nothing_behind(self, cast, action, on_disk, settings):
        with pytest.raises(Refusal, match=r"is called rota.pdf but is a web page"):
            evidence.add_file(action, upload(content=b"<html>"), by=cast.omar, at=NOW)
        settings.EVIDENCE_MOST_BYTES = 2000
        with pytest.raises(Refusal, match=r"rota.pdf is 3 KB. The most that is kept is 2 KB"):
            evidence.add_file(action, upload(content=PDF.ljust(3000)), by=cast.omar, at=NOW)
        assert on_disk() == [] and not Evidence.objects.exists() and deeds(action) == []

    def test_the_same_file_again_is_there_already(self, cast, action, piece, on_disk):
        with pytest.raises(
            Refusal, match=r"same file is there already: Omar Farah added it as “rota.pdf” on 20 November"
        ):
            evidence.add_file(action, upload("other.pdf"), by=cast.amira, at=NOW)
        assert len(on_disk()) == 1
        evidence.remove(piece, "Wrong rota", by=cast.omar, at=NOW)
        assert evidence.add_file(action, upload("other.pdf"), by=cast.amira, at=NOW).pk

    def test_the_same_link_again_is_there_already(self, cast, action):
        evidence.add_link(action, "https://www.example.org/", "The rota", by=cast.omar, at=NOW)
        with pytest.raises(Refusal, match="same link"):
            evidence.add_link(action, "https://www.example.org/", "Once more", by=cast.amira, at=NOW)

    def test_names_lead_nowhere(self, cast, action, on_disk, files):
        row = evidence.add_file(action, upload("../../../tmp/..\\rota\r\n.pdf"), by=cast.omar, at=NOW)
        assert row.name == "rota .pdf"
        assert all(path.is_relative_to(files / "evidence") for path in on_disk())

    def test_the_form_sent_twice_is_one_row(self, cast, action, on_disk):
        key = uuid.uuid4()
        first, again = (evidence.add_file(action, upload(), key=key, by=cast.omar, at=NOW) for _ in range(2))
        assert first == again and len(on_disk()) == 1 and deeds(action) == ["evidence_added"]

    @race
    def test_a_double_click_is_one_row(self, cast, action, at_once, on_disk):
        key = uuid.uuid4()
        results = at_once(*[lambda: evidence.add_file(action, upload(), key=key, by=cast.person("omar"), at=NOW)] * 2)
        assert Evidence.objects.count() == 1 == len(on_disk()) and deeds(action) == ["evidence_added"]
        assert [r for r in results if isinstance(r, Evidence)] == results

    @race
    def test_the_same_file_from_two_people_at_once_is_there_once(self, cast, action, at_once, on_disk):
        results = at_once(*(
            lambda n=n: evidence.add_file(action, upload(f"{n}.pdf"), by=cast.person(n), at=NOW)
            for n in ("omar", "amira")
        ))  # fmt: skip
        assert [type(r) for r in results].count(Refusal) == 1
        assert Evidence.objects.count() == 1 == len(on_disk())

    def test_a_process_that_fails_late_leaves_no_file(self, cast, action, on_disk, monkeypatch):
        def fails(*args, **kwargs):
            raise RuntimeError("the journal is full")

        monkeypatch.setattr(evidence, "record", fails)
        with pytest.raises(RuntimeError):
            evidence.add_file(action, upload(), by=cast.omar, at=NOW)
        assert on_disk() == [] and not Evidence.objects.exists()


class TestReplacing:
    def test_the_later_version_names_the_earlier_and_both_stay(self, cast, action, piece, on_disk):
        new = evidence.replace(piece, upload=upload("rota-june.pdf", PDF + b"June"), by=cast.amira, at=LATER)
        assert (new.replaces, new.number, new.action) == (piece, 2, action)
        assert len(on_disk()) == 2
        assert deeds(action) == ["evidence_replaced", "evidence_added"]
        (row,) = evidence.evidence_of(action)
        assert (row, row.earlier) == (new, [piece])

    def test_only_the_latest_is_replaced(self, cast, piece, on_disk):
        evidence.replace(piece, upload=upload(content=PDF + b"2"), by=cast.amira, at=LATER)
        with pytest.raises(AlreadyMoved, match=r"Amira Khan replaced it by “rota.pdf” on 20 November 2026 at 9:35am"):
            evidence.replace(piece, upload=upload(content=PDF + b"3"), by=cast.omar, at=LATER)
        assert len(on_disk()) == 2

    def test_the_same_content_is_no_new_version(self, cast, piece):
        with pytest.raises(Refusal, match="there already"):
            evidence.replace(piece, upload=upload("new.pdf"), by=cast.omar, at=LATER)

    def test_what_was_removed_is_not_replaced(self, cast, piece):
        evidence.remove(piece, "Names in it", by=cast.omar, at=NOW)
        with pytest.raises(AlreadyMoved, match=r"Omar Farah removed “rota.pdf”.* Names in it"):
            evidence.replace(piece, upload=upload(content=PDF + b"2"), by=cast.omar, at=LATER)

    def test_a_file_may_become_a_link(self, cast, piece):
        new = evidence.replace(piece, url="https://www.example.org/rota", name="Rota", by=cast.omar, at=LATER)
        assert (new.number, new.url, new.sha256) == (2, "https://www.example.org/rota", "")

    @race
    def test_of_two_at_once_exactly_one_wins(self, cast, piece, at_once, on_disk):
        def deed(name, content):
            row = Evidence.objects.select_related("action__organisation__parent__parent").get(pk=piece.pk)
            return evidence.replace(row, upload=upload(f"{name}.pdf", PDF + content), by=cast.person(name), at=LATER)

        results = at_once(lambda: deed("omar", b"2"), lambda: deed("amira", b"3"))
        (lost,) = [r for r in results if isinstance(r, AlreadyMoved)]
        (won,) = [r for r in results if isinstance(r, Evidence)]
        assert won.by.name in lost.sentence and lost.theirs == won
        assert Evidence.objects.count() == 2 == len(on_disk())
        assert deeds(piece.action).count("evidence_replaced") == 1


class TestRemoving:
    def test_the_row_stays_and_the_bytes_go(self, cast, action, piece, on_disk, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            evidence.remove(piece, " Names in it ", by=cast.amira, at=LATER)
            assert len(on_disk()) == 1  # not before it is sure
        assert on_disk() == []
        (row,) = evidence.evidence_of(action)
        assert (row.removed_by, row.removed_at, row.removed_because) == (cast.amira, LATER, "Names in it")
        assert row.sha256 == hashlib.sha256(PDF).hexdigest()
        event = last(action)
        assert event.deed == "evidence_removed"
        assert event.after == {
            "name": "rota.pdf", "version": 1, "size": len(PDF), "sha256": row.sha256, "reason": "Names in it",
        }  # fmt: skip

    def test_who_added_it_the_lead_and_an_administrator_remove(self, cast, action):
        for number, person in enumerate((cast.omar, cast.amira, cast.ada)):
            row = evidence.add_file(action, upload(content=PDF + bytes([number])), by=cast.omar, at=NOW)
            assert evidence.remove(row, "Wrong", by=person, at=LATER).removed_by == person
        row = evidence.add_file(action, upload(), by=cast.amira, at=NOW)
        for person in (cast.omar, cast.ivy, cast.rosa, cast.ben, cast.vera):
            with pytest.raises(NotAllowed, match="You cannot remove evidence"):
                evidence.remove(row, "Wrong", by=person, at=LATER)

    def test_it_takes_a_reason(self, cast, piece):
        with pytest.raises(Refusal, match="Say why"):
            evidence.remove(piece, "  ", by=cast.omar, at=LATER)

    def test_twice_is_once_and_somebody_else_is_told(self, cast, action, piece):
        for _ in range(2):
            evidence.remove(Evidence.objects.get(pk=piece.pk), "Wrong", by=cast.omar, at=LATER)
        assert deeds(action).count("evidence_removed") == 1
        with pytest.raises(AlreadyMoved, match=r"Omar Farah removed “rota.pdf”"):
            evidence.remove(Evidence.objects.get(pk=piece.pk), "Old", by=cast.amira, at=LATER)

    def test_claimed_and_verified_work_can_lose_what_should_not_be_there(self, cast, action, piece):
        Action.objects.filter(pk=action.pk).update(state="verified")
        assert evidence.remove(Evidence.objects.get(pk=piece.pk), "Names", by=cast.omar, at=LATER).removed_at

    @race
    def test_of_two_at_once_one_removes(self, cast, piece, at_once):
        results = at_once(*(
            lambda n=n: evidence.remove(Evidence.objects.get(pk=piece.pk), f"says {n}", by=cast.person(n), at=LATER)
            for n in ("omar", "amira")
        ))  # fmt: skip
        assert sum(isinstance(r, AlreadyMoved) for r in results) == 1
        assert deeds(piece.action).count("evidence_removed") == 1


class TestTidying:
    def test_what_a_killed_process_left_goes_and_the_rest_stays(self, cast, action, piece, on_disk):
        kept = on_disk()
        gone = evidence.add_file(action, upload("a.png", PNG), by=cast.omar, at=NOW)
        evidence.remove(gone, "Wrong", by=cast.omar, at=NOW)  # its transaction is still open: the bytes are there
        folder = kept[0].parent
        (folder / "old").write_bytes(b"x")
        (folder / "new").write_bytes(b"x")
        two_days_ago = time.time() - 2 * 86_400
        for path in (folder / "old", kept[0]):
            os.utime(path, (two_days_ago, two_days_ago))
        done = evidence.tidy(timezone.now())
        assert done.sentence == "Deleted 1 file of removed evidence and 1 file without a row."
        assert on_disk() == sorted([*kept, folder / "new"])
        assert not evidence.tidy(timezone.now())

    def test_there_may_be_no_folder_yet(self, db):
        assert not evidence.tidy(NOW)

    def test_it_asks_once_for_each_folder(self, cast, action, django_assert_num_queries):
        for number in range(12):
            evidence.add_file(action, upload(content=PDF + bytes([number])), by=cast.omar, at=NOW)
        with django_assert_num_queries(1):
            evidence.tidy(timezone.now())


class TestClaims:
    def test_a_claim_takes_the_evidence_chosen_for_it(self, cast, action, piece):
        other = evidence.add_file(action, upload("a.png", PNG), by=cast.omar, at=NOW)
        removed = evidence.add_file(action, upload("b.jpg", JPEG), by=cast.omar, at=NOW)
        evidence.remove(removed, "Wrong", by=cast.omar, at=NOW)
        later = evidence.replace(other, upload=upload("a2.png", PNG + b"2"), by=cast.omar, at=NOW)
        claim = Claim.objects.create(action=action, by=cast.omar, at=NOW, comment="Done.", cycle=1)
        ids = [piece.pk, other.pk, removed.pk, later.pk, 10_000]
        assert {row.pk for row in evidence.attach_to_claim(ids, claim)} == {piece.pk, later.pk}
        assert set(claim.evidence.all()) == {piece, later}
        second = Claim.objects.create(action=action, by=cast.omar, at=LATER, comment="Done.", cycle=1)
        assert evidence.attach_to_claim(ids, second) == []

    def test_another_actions_evidence_proves_nothing_here(self, cast, action, add):
        other = add("Train all", owner_person=cast.omar)
        theirs = evidence.add_file(other, upload(), by=cast.omar, at=NOW)
        claim = Claim.objects.create(action=action, by=cast.omar, at=NOW, comment="Done.", cycle=1)
        assert evidence.attach_to_claim([theirs.pk], claim) == []

    def test_what_is_added_while_a_claim_waits_belongs_to_it(self, cast, action, piece):
        fresh = Action.objects.get(pk=action.pk)
        claim = verifying.claim(fresh, "Done.", evidence=[piece.pk], seen_version=fresh.version, by=cast.omar, at=NOW)
        row = evidence.add_file(fresh, upload("a.png", PNG), by=cast.omar, at=LATER)
        assert row.claim == claim == Evidence.objects.get(pk=piece.pk).claim


def test_all_evidence_of_an_action_is_one_query(cast, action, django_assert_num_queries):
    row = None
    for number in range(30):
        given = upload(content=PDF + bytes([number]))
        if row and number % 3:
            row = evidence.replace(row, upload=given, by=cast.omar, at=NOW)
        else:
            row = evidence.add_file(action, given, by=cast.omar, at=NOW)
    with django_assert_num_queries(1):
        rows = evidence.evidence_of(action)
        assert all(r.by.name and r.size_words and not r.removed_by for r in rows)
    assert [[one.number for one in (r, *r.earlier)] for r in rows] == [[3, 2, 1]] * 10


def test_adding_takes_a_fixed_number_of_queries(cast, action, django_assert_max_num_queries):
    for number in range(20):
        evidence.add_file(action, upload(content=PDF + bytes([number])), by=cast.omar, at=NOW)
    with django_assert_max_num_queries(12):
        evidence.add_file(action, upload(content=PDF + b"last"), by=cast.omar, at=NOW)
    assert default_storage.listdir("evidence")[0] and connection.queries is not None
