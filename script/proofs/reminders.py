"""A simulated year of reminders against an oracle that shares no code with them, and every fault put in on purpose.

`script/prove reminders [year|faults]`: a year of 200 places and 5,000 actions, in two halves side by side, on SQLite;
then each fault alone in a smaller world, one half of them on each database, which has to be noticed. Without a word:
both. `FAULTS="a;b"` tries these only.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from script.lib.servers import ROOT

# 1 + 9 regions + 90 PDUs, and as many again; 2,155 actions at first, due over ten months, and some 350 more in the
# course of the year. Most work is claimed and verified, as in life.
HALVES = [f"seed={seed} regions=9 pdus=10 actions=2155 deeds=10 closing=3 spread=300 days=366" for seed in (1, 2)]
# Where nothing differed in one of these, the fault is tried in the next. In the last most work is soon verified and
# closed, and half a year later asked after.
SMALL = "regions=1 pdus=4"
WORLDS = (
    f"{SMALL} seed=7 actions=70 deeds=8 days=120",
    f"{SMALL} seed=9 actions=20 deeds=12 days=260 closing=4",
    f"{SMALL} seed=8 actions=70 deeds=8 days=260",
)
TEST = "tests/reminders/test_year.py"


def main(which=""):
    wrong = []
    with ThreadPoolExecutor(2) as two:
        if which in ("", "year"):
            began = time.monotonic()
            for half, (code, output) in zip(HALVES, two.map(lambda half: lived({"YEAR": half}), HALVES), strict=True):
                print(output, flush=True)
                wrong += [half] if code else []
            print(f"both halves: {time.monotonic() - began:.0f} s", flush=True)
        if which in ("", "faults"):
            began, names = time.monotonic(), faults()
            sides = [("SQLite", "", names[::2]), ("PostgreSQL", os.environ["POSTGRESQL_URL"], names[1::2])]
            missed = [name for left in two.map(not_noticed, sides) for name in left]
            wrong += missed
            noticed, took = len(names) - len(missed), time.monotonic() - began
            print(f"{noticed} of {len(names)} faults noticed: {took:.0f} s", flush=True)
    sys.exit(f"Wrong: {', '.join(wrong)}" if wrong else 0)


def faults():
    if asked := os.environ.get("FAULTS"):
        return asked.split(";")
    code = "import django; django.setup(); from tests.reminders.mutants import MUTANTS; print('\\n'.join(MUTANTS))"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    return subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, env=environment, text=True).splitlines()


def not_noticed(side) -> list[str]:
    """Each fault is lived with in a world of its own; in another where nothing differed."""
    title, url, names = side
    # The tables are made once, for all worlds.
    kept = {"TEST_DATA_DIR": f"{os.environ['DATA_DIR']}/{title}"} | ({"DATABASE_URL": own(url, "world")} if url else {})
    for world in WORLDS:
        more = kept | {"YEAR": world, "FAULTS": ";".join(names)}
        code, output = lived(more, f"{TEST}::test_a_fault_is_noticed", "--reuse-db", lines=len(names) + 6)
        left = [name for name in names if f"[{name}]" in output] if code else []
        if code and not left:
            print(output, flush=True)
            return names
        for name in names:
            if name not in left:
                print(f"{name}: noticed ({title})", flush=True)
        names = left
        if not names:
            break
    for name in names:
        print(f"{name}: NOT NOTICED ({title})", flush=True)
    return names


def own(url, name):
    """A database for each of those that run side by side: pytest puts "test_" before its name."""
    return f"{url.rpartition('/')[0]}/{name}"


def lived(more, test=f"{TEST}::test_what_is_said_is_what_should_be", *options, lines=6):
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DATA_DIR")}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-o",
        "faulthandler_timeout=0",
        test,
        *options,
    ]
    done = subprocess.run(command, env=environment | more, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, "\n".join((done.stderr + done.stdout).splitlines()[-lines:])


if __name__ == "__main__":
    main(*sys.argv[1:])
