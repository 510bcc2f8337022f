"""The clocks and the ladder of alerts at length: random histories on both databases, and every mutation.

`script/prove alerts [N]`: N random histories on each database (300); what is written by hand with each limit shifted
by one, which has to fail each time; and each dropped check with its own proof.
"""

import os
import subprocess
import sys

from script.lib.servers import ROOT

HISTORIES = ["tests/alerts/test_histories.py"]
EVERYTHING = [
    "tests/alerts/test_mutations.py", "tests/alerts/test_hfkcw_replay.py", "tests/alerts/test_climbing.py",
]  # fmt: skip
# The story, and the days written by hand for what it does not come to.
BY_HAND = ["tests/alerts/test_hfkcw_replay.py", "tests/alerts/test_mutations.py::test_it_holds"]


def main(count="300"):
    wrong = []
    for name, url in (("SQLite", ""), ("PostgreSQL", os.environ["POSTGRESQL_URL"])):
        for words, files, more in (("histories", HISTORIES, {"HISTORIES": count}), ("proofs", EVERYTHING, {})):
            code = pytest_on(url, files, more)
            print(f"{name}, {count if more else 'all'} {words}: {'hold' if code == 0 else 'FAIL'}", flush=True)
            wrong += [f"{name} {words}"] if code else []
    for limit, days in shifted():
        # One database for all of them; the first test that fails is enough.
        more = {"SHIFTED_LIMIT": f"{limit}={days}", "TEST_DATA_DIR": os.environ["DATA_DIR"]}
        noticed = pytest_on("", ["--reuse-db", "-x", *BY_HAND], more, quiet=True) == 1
        print(f"{limit} = {days}: {'noticed' if noticed else 'NOT NOTICED'} by what is written by hand", flush=True)
        wrong += [] if noticed else [f"{limit} = {days}"]
    sys.exit(f"Wrong: {', '.join(wrong)}" if wrong else 0)


def shifted():
    from tracker.clocks.rules import DEFAULT_LIMITS

    for name, days in DEFAULT_LIMITS.items():
        if name.startswith(("alert_", "rung_")) and name != "alert_stale_after":  # of reminders
            yield from ((name, other) for other in (days - 1, days + 1) if other >= 0)


def pytest_on(url, files, more, quiet=False) -> int:
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DATA_DIR")}
    environment |= more | ({"DATABASE_URL": url} if url else {})
    out = subprocess.DEVNULL if quiet else None
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files]
    return subprocess.run(command, env=environment, cwd=ROOT, stdout=out, check=False).returncode


if __name__ == "__main__":
    main(*sys.argv[1:])
