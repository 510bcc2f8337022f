"""Whatever is given to ``read`` ends in one plain sentence or in a record, within its limits."""

import io
import os
import sys
import textwrap
import time
import zipfile
from pathlib import Path

import pytest

from inspections.reading import child
from inspections.reading.child import read
from inspections.reading.limits import Limits

from .refused_files import REFUSALS, Refusal, pdf, word

REPORT = textwrap.dedent("""\
    An inspection of probation services in:
    Northmoor PDU
    The Probation Service – West Region region
    HM Inspectorate of Probation, October 2023

    Ratings
    Northmoor PDU
    Fieldwork started August 2023
    Score 3/27
    Overall rating Inadequate

    Recommendations

    Northmoor PDU should:
    1. improve the quality of work to assess risk of harm
    2. keep every\0 \xff\xfe promise that is made to people on probation.
    """)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.name)
def test_refused_in_one_sentence(refusal: Refusal) -> None:
    reading = read(refusal.make())
    assert reading.record is None
    for words in refusal.says:
        assert words in reading.refused
    assert "Traceback" not in reading.refused
    assert "\n" not in reading.refused
    assert reading.refused.endswith(".")
    assert len(reading.refused) < 250


@pytest.mark.parametrize(
    ("where", "says"),
    [("nowhere.pdf", "no file"), (".", "folder"), ("pipe", "cannot be opened"), ("a\0b", "cannot be opened")],
)
def test_path_that_is_no_file(tmp_path: Path, where: str, says: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert says in read(f"{tmp_path}/{where}").refused


def test_controls_and_broken_utf8_never_reach_the_record() -> None:
    reading = read(REPORT.encode("latin-1", "replace"))
    texts = [one.text for one in reading.record.recommendations]
    assert texts[0] == "improve the quality of work to assess risk of harm"
    assert len(texts) == 2
    assert "\0" not in texts[1] and texts[1].isprintable()


def test_format_is_told_by_content_not_by_name(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_bytes(word(*REPORT.replace("\0", "").splitlines()))
    assert read(path).record.score.points == 3


def test_too_large_is_refused_without_reading(tmp_path: Path) -> None:
    path = tmp_path / "large.pdf"
    with path.open("wb") as file:
        file.truncate(31_000_000)
    assert read(path).refused == "The file is larger than 30 MB, the most that is read."


def test_time_limit_stops_the_child() -> None:
    long = pdf(*["improve the quality of work"] * 40, pages=1_500)
    started = time.monotonic()
    reading = read(long, Limits(seconds=1))
    assert "after 1 second" in reading.refused
    assert time.monotonic() - started < 4


def test_memory_limit_stops_the_child() -> None:
    many = "<!DOCTYPE html><p>" + "<b>x</b>" * 200_000
    reading = read(many.encode(), Limits(megabytes=120))
    assert "120 MB of memory" in reading.refused


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("import time; time.sleep(60)", "after 1 second"),
        ("while True: pass", "after 1 second"),
        ("import os\nwhile True: os.fork() or os.setpgid", "after 1 second"),
        ("import os; os.abort()", "broke off"),
        ("print('{')", "could not be read"),
        ("print('[1]')", "could not be read"),
        ("import sys; sys.exit('secret trace')", "broke off"),
        ("x = bytearray(400_000_000); x[::4096] = b'1' * len(x[::4096]); import time; time.sleep(9)", "memory"),
    ],
    ids=["sleeps", "spins", "forks", "aborts", "half an answer", "another answer", "fails", "swells"],
)
def test_child_that_goes_wrong(program: str, says: str, tmp_path: Path, monkeypatch) -> None:
    """The parent alone must cope: this child sets no limits of its own."""
    if "fork" in program:  # a few are enough
        program = "import os, time\nfor _ in range(3): os.fork()\ntime.sleep(60)"
    package = tmp_path / "inspections" / "reading"
    package.mkdir(parents=True)
    (package / "__main__.py").write_text(program)
    monkeypatch.setattr(child, "_ROOT", tmp_path)
    started = time.monotonic()
    assert says in read(b"anything", Limits(seconds=1, megabytes=200)).refused
    assert time.monotonic() - started < 4


def test_nothing_of_the_service_reaches_the_child(tmp_path: Path, monkeypatch) -> None:
    package = tmp_path / "inspections" / "reading"
    package.mkdir(parents=True)
    seen = tmp_path / "seen"
    (package / "__main__.py").write_text(f"import os; open({str(seen)!r}, 'w').write(repr(dict(os.environ)))")
    monkeypatch.setattr(child, "_ROOT", tmp_path)
    monkeypatch.setenv("SECRET_KEY", "very secret")
    read(b"anything")
    assert "very secret" not in seen.read_text()


def test_whole_group_is_killed(tmp_path: Path, monkeypatch) -> None:
    package = tmp_path / "inspections" / "reading"
    package.mkdir(parents=True)
    (package / "__main__.py").write_text(
        f"import subprocess, sys, time\n"
        f"one = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(one.pid))\ntime.sleep(60)"
    )
    monkeypatch.setattr(child, "_ROOT", tmp_path)
    read(b"anything", Limits(seconds=1))
    grandchild = int((tmp_path / "pid").read_text())
    for _ in range(50):
        try:
            os.kill(grandchild, 0)
        except ProcessLookupError:
            return
        if sys.platform == "linux" and "\nState:\tZ" in Path(f"/proc/{grandchild}/status").read_text():
            return
        time.sleep(0.02)
    pytest.fail("the grandchild is still running")


def test_odd_but_whole_archives_are_read() -> None:
    """A picture in the document and a comment on the archive are no reason to refuse."""
    data = word(*REPORT.replace("\0", "").splitlines())
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as opened:
        opened.writestr("word/media/image1.png", os.urandom(200_000))
        opened.comment = b"sent by post"
    assert read(buffer.getvalue()).record is not None
