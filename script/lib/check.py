"""script/test: everything that must be right, on both databases, with nothing to be set up first.

    script/test              lint, migrations, deployment check, static files, all tests on SQLite and on PostgreSQL
    script/test -k NAME      only the tests, on both databases; any argument goes to pytest

PostgreSQL and Redis are private, on free ports, and gone afterwards. On PostgreSQL run those that ask for a database
and are not marked `one_database`, and of the browser tests those marked `both_databases`. What cannot run is a failure
with its reason, never left out in silence. The last line counts both passes, in pytest's form.
"""

import contextlib
import datetime
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter

from script.lib.servers import CannotStart, PostgreSQL, Redis, chromium, end, start

# What a person may have set for a service of their own; the checks choose theirs.
NOT_OURS = ("DEMO", "SECRET_KEY", "DATABASE_URL", "DATA_DIR", "BASE_URL", "ALLOWED_HOSTS", "EMAIL_URL", "VERSION")
PYTHON = sys.executable
WORDS = ("failed", "passed", "skipped", "deselected", "xfailed", "xpassed", "warnings", "errors")  # pytest's order
NO_TESTS = 5  # pytest's exit code


def main():
    arguments = sys.argv[1:]
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit("Ended by a signal."))
    began = time.monotonic()
    faults, totals = [], Counter()
    with contextlib.ExitStack() as opened:
        temporary = opened.enter_context(tempfile.TemporaryDirectory(prefix="tracker-test-"))
        plain = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
        plain |= {"DATA_DIR": temporary}
        if arguments:
            print("Only the tests, as arguments were given; without any, everything is checked.", flush=True)
        else:
            faults += checks(plain)
        faults += browser_to_test_with()
        broker = {}
        try:
            broker = {"CELERY_BROKER_URL": opened.enter_context(Redis(temporary, f"{temporary}/redis.log")).url}
        except CannotStart as reason:
            faults.append(f"Redis: {reason}")
        codes = [tests("SQLite", plain | broker, arguments, totals)]
        try:
            database = {"DATABASE_URL": opened.enter_context(PostgreSQL()).url}
        except CannotStart as reason:
            faults.append(f"PostgreSQL: {reason}")
        else:
            codes.append(tests("PostgreSQL", plain | broker | database, arguments, totals))
    if all(code == NO_TESTS for code in codes):
        faults.append("No test was found.")
    wrong = [code for code in codes if code not in (0, NO_TESTS)]
    if wrong and not (totals["failed"] or totals["errors"]):
        faults.append("pytest itself ended with an error: see above.")
    totals["errors"] += len(faults)
    print("\n" + "\n".join(f"ERROR {fault}" for fault in faults))
    print(closing_line(totals, time.monotonic() - began), flush=True)
    sys.exit(1 if faults or wrong else 0)


def checks(plain):
    """All that is not a test; returns what was wrong, a line each."""
    demo = plain | {"DEMO": "1"}
    production = plain | {"SECRET_KEY": secrets.token_urlsafe(64), "ALLOWED_HOSTS": "inspection.example"}
    manage = [PYTHON, "manage.py"]
    faults = []
    for name, command, environment in (
        ("lint", [PYTHON, "-m", "ruff", "check", "--quiet", "--output-format", "concise"], plain),
        ("format", [PYTHON, "-m", "ruff", "format", "--check", "--output-format", "concise"], plain),
        ("every model change has its migration", [*manage, "makemigrations", "--check", "--dry-run"], demo),
        ("check --deploy", [*manage, "check", "--deploy", "--fail-level", "WARNING"], production),
        ("static files", [*manage, "collectstatic", "--no-input", "--verbosity", "0"], production),
    ):
        process = start(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            output, _ = process.communicate()
        finally:
            end(process, patience=2)
        print(f"{name}: {'ok' if process.returncode == 0 else 'WRONG'}", flush=True)
        if process.returncode:
            print(output, flush=True)
            faults.append(f"{name}: see above")
    return faults


def browser_to_test_with():
    """Installs Chromium where that can be done unasked; returns why there is none."""
    if os.environ.get("CHROMIUM") or chromium():
        return []
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing chromium for the browser tests ...", flush=True)
        apt = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=120"]
        quiet = {
            "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            "stdin": subprocess.DEVNULL,
            "capture_output": True,
            "text": True,
        }
        subprocess.run([*apt, "update"], **quiet)
        install = [*apt, "install", "--no-install-recommends", "chromium", "fonts-liberation"]
        answer = subprocess.run(install, **quiet)
        if chromium():
            return []
        print("\n".join((answer.stdout + answer.stderr).splitlines()[-5:]), flush=True)
    return ["browser tests: install chromium (Debian: apt-get install chromium), or name one in CHROMIUM"]


def tests(database, environment, arguments, totals):
    """One pass of pytest; adds its counts to `totals` and returns its exit code."""
    print(f"\n---- tests on {database} ----", flush=True)
    if database == "PostgreSQL":
        print(
            "What asks for no database, or of looks alone, and most in a browser, was tried on SQLite above.",
            flush=True,
        )
    workers = max(2, min(4, os.cpu_count() or 2))
    # inside DATA_DIR, so that nothing is left behind when pytest is killed
    environment = environment | {"TEST_DATA_DIR": os.path.join(environment["DATA_DIR"], database)}
    command = [PYTHON, "-m", "pytest", "-n", str(workers), "--dist", "worksteal", *arguments]
    if sys.stdout.isatty():
        command.insert(3, "--color=yes")
    process = start(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = b""
    try:
        while chunk := os.read(process.stdout.fileno(), 65536):
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            output = (output + chunk)[-10_000:]
        process.wait()
    finally:
        end(process, end_signal=signal.SIGINT)  # pytest then ends what its fixtures started
    totals.update(counts(output.decode(errors="replace")))
    return process.returncode


def counts(output):
    """The numbers in the last line that pytest prints, as {"passed": 12, "errors": 1}."""
    last = re.sub(r"\x1b\[[\d;]*m", "", output).rstrip().rpartition("\n")[2]
    if not re.search(r" in [\d.]+s", last):
        return {}
    found = re.findall(r"(\d+) (\w+)", last.partition(" in ")[0])
    return {word + "s" if word in ("error", "warning") else word: int(number) for number, word in found}


def closing_line(totals, seconds):
    """As pytest's own, so that whoever reads that can read this."""
    singular = {"errors": "error", "warnings": "warning"}
    parts = [
        f"{totals[word]} {singular.get(word, word) if totals[word] == 1 else word}" for word in WORDS if totals[word]
    ]
    spent = f"{seconds:.2f}s" + (f" ({datetime.timedelta(seconds=int(seconds))})" if seconds >= 60 else "")
    return f" {', '.join(parts) or 'no tests ran'} in {spent} ".center(100, "=")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Ended by Ctrl-C.")
