"""Evidence and ClamAV: the conversation, and what becomes of each answer."""

import socket

import pytest

from script.lib.servers import free_port
from tests.cast import NOW
from tests.evidence.conftest import PDF, PNG, Clamd, upload
from tracker import tasks
from tracker.journal.models import Event
from tracker.plans import evidence, scanning
from tracker.plans.models import Evidence
from tracker.reminders.models import Run


@pytest.fixture
def bad(cast, action):
    """A picture that the scanner finds something in."""
    return evidence.add_file(action, upload("bad.png", PNG + b"EICAR"), by=cast.omar, at=NOW)


def scan(clamd, **how):
    return evidence.scan_waiting(clamd.address, lambda: NOW, **how)


def state(row):
    return Evidence.objects.get(pk=row.pk).scan


def scans(action):
    return [e.after for e in Event.objects.about(action).filter(deed="evidence_scanned")]


def test_what_is_clean_is_said_to_be(clamd, action, piece):
    done = scan(clamd)
    assert done.sentence == "Scanned 1 file." and not done.trouble
    assert state(piece) == "clean" and clamd.seen == [PDF]
    (said,) = scans(action)
    assert (said["scan"], said["name"], said["sha256"]) == ("Scanned: nothing found", "rota.pdf", piece.sha256)
    assert Event.objects.filter(deed="evidence_scanned").get().actor is None
    assert not scan(clamd) and len(clamd.seen) == 1  # once is enough


def test_what_is_infected_is_blocked_and_named(clamd, action, piece, bad):
    assert scan(clamd).sentence == "Scanned 2 files, of which 1 is blocked."
    assert (state(piece), state(bad)) == ("clean", "infected")
    assert scans(action)[0]["found"] == "Eicar-Signature"


def test_a_large_file_goes_in_pieces(clamd, cast, action):
    content = PDF + b"x" * 200_000
    evidence.add_file(action, upload(content=content), by=cast.omar, at=NOW)
    scan(clamd)
    assert clamd.seen == [content]


@pytest.mark.parametrize("how", ["close", "full", "half"])
def test_no_proper_answer_is_a_failure_and_tried_again(clamd, action, piece, how):
    clamd.how = how
    done = scan(clamd)
    assert done.trouble and done.sentence.startswith("Scanned 0 files. 1 file could not be: ")
    assert state(piece) == "failed"
    assert len(scans(action)) == 1
    scan(clamd)
    assert len(scans(action)) == 1  # nothing new to say
    clamd.how = "scan"
    scan(clamd)
    assert state(piece) == "clean" and len(scans(action)) == 2


def test_a_scanner_that_says_nothing_is_not_waited_for_forever(clamd, piece):
    clamd.how = "hang"
    assert scan(clamd, patience=0.2).trouble
    assert state(piece) == "failed"


def test_after_three_silences_the_rest_waits_for_the_next_run(clamd, cast, action):
    for number in range(5):
        evidence.add_file(action, upload(content=PDF + bytes([number])), by=cast.omar, at=NOW)
    clamd.how = "close"
    assert scan(clamd).failed == 3 == clamd.asked
    assert Evidence.objects.filter(scan="not_scanned").count() == 2


def test_where_nobody_listens_one_try_is_enough(piece, bad):
    done = evidence.scan_waiting(f"127.0.0.1:{free_port()}", lambda: NOW)
    assert done.failed == 1 and "cannot be reached" in done.sentence


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1:port", "/no/such/socket"])
def test_an_address_that_makes_no_sense_is_a_failure_and_no_crash(piece, address):
    assert evidence.scan_waiting(address, lambda: NOW).trouble


def test_a_socket_in_the_file_system(piece, tmp_path):
    clamd = Clamd()
    clamd.socket.close()
    clamd.thread.join(5)
    path = str(tmp_path / "clamd.ctl")
    clamd.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    clamd.socket.bind(path)
    clamd.socket.listen()
    import threading

    clamd.thread = threading.Thread(target=clamd.serve, daemon=True)
    clamd.thread.start()
    try:
        assert evidence.scan_waiting(path, lambda: NOW).clean == 1
    finally:
        clamd.close()


def test_without_a_scanner_it_stays_not_scanned(piece):
    assert not evidence.scan_waiting("", lambda: NOW)
    assert state(piece) == "not_scanned"


def test_removed_lost_and_linked_evidence_is_passed_over(clamd, cast, action, piece, bad, on_disk):
    evidence.add_link(action, "https://www.example.org/", "Rota", by=cast.omar, at=NOW)
    evidence.remove(bad, "Wrong", by=cast.omar, at=NOW)
    for path in on_disk():
        path.unlink()
    assert not scan(clamd) and clamd.asked == 0


def test_two_runs_at_once_say_it_once(clamd, action, piece):
    other = Evidence.objects.get(pk=piece.pk)
    assert evidence.scanned(piece, "clean", at=NOW)
    assert not evidence.scanned(other, "clean", at=NOW)
    assert len(scans(action)) == 1


@pytest.mark.parametrize("said", ["", "stream: FOUND OK", "OK", "stream: OK FOUND ERROR", "FOUND"])
def test_only_the_two_proper_answers_count(said):
    with pytest.raises(scanning.NoAnswer):
        scanning._found(said)


def test_the_task_scans_and_keeps_a_row_only_when_it_did_something(settings, clamd, piece):
    tasks.scan_evidence()
    assert not Run.objects.exists()
    settings.CLAMAV_ADDRESS = clamd.address
    tasks.scan_evidence()
    assert Run.objects.get(job="scan").outcome == "Scanned 1 file."
    tasks.tidy_evidence()
    assert not Run.objects.filter(job="tidy").exists()
