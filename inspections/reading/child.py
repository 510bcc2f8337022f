"""``read``: one file in, one ``Reading`` out, whatever the file holds.

Parsing hostile or broken files belongs in no web process: it is done by a child with limits on time and memory,
which is killed with all it may have started when it passes one. Nothing it writes to its error output reaches
anyone.
"""

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .limits import SAID, Limits
from .record import Problem, Reading, Record

_ROOT = Path(__file__).resolve().parents[2]


def read(source: str | os.PathLike | bytes, limits: Limits = Limits()) -> Reading:  # noqa: B008 - frozen
    """Read one report, given as a path or as its bytes.

    Never raises for what the file is or holds: a document that cannot be read gives ``Reading(None, sentence)``,
    as do a path that leads nowhere and a limit that was reached.
    """
    try:
        with _opened(source) as file:
            return _read(file, limits)
    except FileNotFoundError:
        return Reading(None, "There is no file here.")
    except IsADirectoryError:
        return Reading(None, "This is a folder, not a file.")
    except PermissionError:
        return Reading(None, "The file may not be read: permission is denied.")
    except (OSError, ValueError):
        return Reading(None, "The file cannot be opened.")


@contextlib.contextmanager
def _opened(source: str | os.PathLike | bytes) -> Iterator[BinaryIO]:
    if isinstance(source, bytes | bytearray | memoryview):
        with tempfile.TemporaryFile() as file:
            file.write(source)
            file.seek(0)
            yield file
        return
    mode = os.stat(source).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(source)
    if not stat.S_ISREG(mode):  # a pipe or a device could be waited on for ever
        raise ValueError(source)
    with open(source, "rb") as file:
        yield file


def _read(file: BinaryIO, limits: Limits) -> Reading:
    size = os.fstat(file.fileno()).st_size
    if size == 0:
        return Reading(None, "The file is empty.")
    if size > limits.most_bytes:
        return Reading(None, SAID["size"].format(limits))
    with tempfile.TemporaryFile() as answer:
        stopped = _run(file, answer, limits)
        if stopped:
            return Reading(None, SAID[stopped].format(limits))
        answer.seek(0)
        return _understood(answer.read())


def _run(file: BinaryIO, answer: BinaryIO, limits: Limits) -> str | None:
    """Run the child to its end; the key of ``SAID`` if it did not end well."""
    numbers = (limits.seconds, limits.megabytes, limits.most_bytes)
    child = subprocess.Popen(
        [sys.executable, "-m", "inspections.reading", *map(str, numbers)],
        stdin=file,
        stdout=answer,
        stderr=subprocess.DEVNULL,
        cwd=_ROOT,
        # No secret of the service is handed on to what a stranger's file might make of the parser.
        env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "PYTHONUTF8": "1"},
        start_new_session=True,
    )
    try:
        reason = _watch(child, limits)
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        code = child.wait()
    if reason or code == 0:
        return reason
    return "time" if code == -signal.SIGXCPU else "crash"


def _watch(child: subprocess.Popen, limits: Limits) -> str | None:
    """Wait for the end; "time" or "memory" if a limit is passed first."""
    until = time.monotonic() + limits.seconds
    pause = 0.005
    while True:
        try:
            child.wait(pause)
            return None
        except subprocess.TimeoutExpired:
            pause = min(pause * 2, 0.05)
        if time.monotonic() > until:
            return "time"
        if _resident(child.pid) > limits.megabytes << 20:
            return "memory"


def _resident(process: int) -> int:
    """Bytes of memory a process holds; 0 if it has ended. Where RLIMIT_AS works, that stops it sooner."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        pass
    if sys.platform != "darwin":
        return 0
    asked = subprocess.run(["/bin/ps", "-o", "rss=", "-p", str(process)], capture_output=True, check=False)
    return int(asked.stdout.strip() or 0) << 10


def _understood(answer: bytes) -> Reading:
    """The child's JSON as a Reading; what is not exactly that is a fault of the child, not of the caller."""
    try:
        values = json.loads(answer)
        refused, record = values.get("refused"), values.get("record")
        if (refused is None) == (record is None):
            return Reading(None, SAID["fault"])
        problems = tuple(Problem(**problem) for problem in values.get("problems", ()))
        return Reading(Record.from_dict(record) if record is not None else None, refused, problems)
    except (ValueError, TypeError, AttributeError):
        return Reading(None, SAID["fault"])
