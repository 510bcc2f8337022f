"""script/bench NAME and script/prove NAME: run script/benches/NAME.py or script/proofs/NAME.py.

Each finds a private PostgreSQL in POSTGRESQL_URL, a private Redis in CELERY_BROKER_URL and an empty folder in
DATA_DIR, all gone afterwards, and DEMO=1; further arguments are its own. Without a name, the names are listed.
"""

import ast
import contextlib
import os
import signal
import sys
import tempfile

from script.lib.servers import ROOT, CannotStart, PostgreSQL, Redis, end, start


def main(folder, name=None, *arguments):
    found = {path.stem: path for path in sorted((ROOT / "script" / folder).glob("[a-z]*.py"))}
    if name not in found:
        for stem, path in found.items():
            print(f"    {stem:24}{first_line(path)}", file=sys.stderr)
        sys.exit(f"There is no {name!r}." if name else "Name one of these." if found else "There is none yet.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended by a signal."))
    with contextlib.ExitStack() as opened:
        data = opened.enter_context(tempfile.TemporaryDirectory(prefix=f"tracker-{name}-"))
        # durable: a bench that writes to a database which forgets would flatter us
        database = opened.enter_context(PostgreSQL(durable=True))
        broker = opened.enter_context(Redis(f"{data}/redis", f"{data}/redis.log"))
        ours = {"POSTGRESQL_URL": database.url, "CELERY_BROKER_URL": broker.url, "DATA_DIR": data, "DEMO": "1"}
        process = start([sys.executable, "-m", f"script.{folder}.{name}", *arguments], env=os.environ | ours)
        opened.callback(end, process, end_signal=signal.SIGINT)
        sys.exit(process.wait())


def first_line(path):
    return (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except CannotStart as reason:
        sys.exit(str(reason))
    except KeyboardInterrupt:
        sys.exit("Ended by Ctrl-C.")
