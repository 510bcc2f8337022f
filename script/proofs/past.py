"""Past days at length: random histories of all deeds on both databases. The overview and the papers of each day, read
again from the journal at the end, are what they were on that day.

`script/prove past [N]`: N histories on each database (100).
"""

import os
import sys

from script.proofs.alerts import pytest_on

HISTORIES = ["tests/insight/test_as_at.py::test_every_past_day_says_what_its_page_said"]


def main(count="100"):
    wrong = []
    for name, url in (("SQLite", ""), ("PostgreSQL", os.environ["POSTGRESQL_URL"])):
        code = pytest_on(url, HISTORIES, {"HISTORIES": count})
        print(f"{name}, {count} histories: {'hold' if code == 0 else 'FAIL'}", flush=True)
        wrong += [name] if code else []
    sys.exit(f"Wrong: {', '.join(wrong)}" if wrong else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
