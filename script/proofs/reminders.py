"""A simulated year of reminders against an oracle that shares no code with them, and every fault put in on purpose.

`script/prove reminders [year|faults]`: a year of 200 places and 5,000 actions, in two halves side by side, on SQLite;
then each fault alone in a smaller world on both databases in turn, which has to be noticed. Without a word: both.
"""

import itertools
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from script.lib.servers import ROOT

# 1 + 9 regions + 90 PDUs, and as many again; 2,000 actions at first, and some 500 more in the course of the year.
HALVES = [f"seed={seed} regions=9 pdus=10 actions=2000 deeds=10 days=366" for seed in (1, 2)]
SMALL = "seed={seed} regions=1 pdus=4 actions=70 deeds=8 days={days}"
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
            urls = itertools.cycle([("SQLite", ""), ("PostgreSQL", os.environ["POSTGRESQL_URL"])])
            for name, database, seen in two.map(noticed, faults(), urls):
                print(f"{name}: {'noticed' if seen else 'NOT NOTICED'} ({database})", flush=True)
                wrong += [] if seen else [name]
    sys.exit(f"Wrong: {', '.join(wrong)}" if wrong else 0)


def faults():
    code = "import django; django.setup(); from tests.reminders.mutants import MUTANTS; print('\\n'.join(MUTANTS))"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    return subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, env=environment, text=True).splitlines()


def noticed(name, database):
    """Lived through with the fault until something differs; another world, and a longer time, where nothing did."""
    title, url = database
    for seed, days in ((7, 120), (8, 260)):
        more = {"YEAR": SMALL.format(seed=seed, days=days), "MUTANT": name}
        if url:
            more["DATABASE_URL"] = own(url, name)
        if lived(more, f"{TEST}::test_a_fault_is_noticed")[0] == 0:
            return name, title, True
    return name, title, False


def own(url, name):
    """A database for each of those that run side by side: pytest puts "test_" before its name."""
    start, _, _ = url.rpartition("/")
    return f"{start}/{''.join(letter if letter.isalnum() else '_' for letter in name.lower())[:40]}"


def lived(more, test=f"{TEST}::test_what_is_said_is_what_should_be"):
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DATA_DIR")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:faulthandler", test]
    done = subprocess.run(command, env=environment | more, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, "\n".join((done.stderr + done.stdout).splitlines()[-6:])


if __name__ == "__main__":
    main(*sys.argv[1:])
