"""script/server: the whole service on this machine, with demonstration data, until Ctrl-C.

Web server, Celery worker, Celery beat and a private Redis run side by side, each writing var/log/<name>.log.
When one of them ends by itself, its name and the end of its log are shown and it is started again; one that does
not stay up for ten seconds ends all of them, so that a fault is seen and not retried for ever.

This is the demonstration (DEMO=1) unless DEMO says otherwise; DATABASE_URL and CELERY_BROKER_URL are used when
given.
"""

import fcntl
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import environ

from script.lib.servers import ROOT, CannotStart, Redis, end, kill, last_lines, port_is_free, start

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STAYS_UP = 10  # seconds
LOG_LIMIT = 5_000_000  # bytes; a longer one is put aside as <name>.log.1 at the next start
ACCOUNTS = (
    ("head.hfkcw@demo.example", "head of a PDU with an organisational alert"),
    ("head.lambeth@demo.example", "head of another PDU"),
    ("rpd.london@demo.example", "Regional Probation Director, London"),
    ("rpd.eastmidlands@demo.example", "Regional Probation Director, East Midlands"),
    ("hmpps@demo.example", "lead at HMPPS"),
    ("inspector@demo.example", "inspector"),
    ("inspector2@demo.example", "a second inspector"),
    ("officer.hfkcw@demo.example", "owner of some actions"),
    ("viewer.lambeth@demo.example", "may only read"),
    ("admin@demo.example", "administrator"),
)


class Stop(Exception):
    """Ctrl-C, or SIGTERM."""


class Service:
    """One long-running program of the service, with its log."""

    def __init__(self, name, command, log):
        self.name, self.command, self.log = name, command, log
        self.process = self.started = None

    def start(self):
        self.started = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = start(self.command, stdout=log, stderr=log)


class Broker(Service):
    """The private Redis: a Service that is not up before it answers."""

    def __init__(self, redis):
        self.name, self.log, self.redis = "redis", redis.log, redis

    @property
    def process(self):
        return self.redis.process

    def start(self):
        self.started = time.monotonic()
        self.redis.start()


def main():
    if len(sys.argv) > 1:
        raise CannotStart("script/server takes no arguments; PORT=8001 script/server serves on another port.")
    port = chosen_port(os.environ.get("PORT", "8000"))
    os.environ.setdefault("DEMO", "1")
    os.environ.setdefault("BASE_URL", f"http://127.0.0.1:{port}")
    data = Path(os.environ.setdefault("DATA_DIR", str(ROOT / "var"))).resolve()
    logs = data / "log"
    logs.mkdir(parents=True, exist_ok=True)
    with open(data / "server.lock", "a+") as lock:
        claim(lock, data)
        services = []
        for number in SIGNALS:
            if not (number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN):  # nohup
                signal.signal(number, lambda *_: stop(services))
        try:
            if not port_is_free(port):
                raise CannotStart(
                    f"Port {port} of 127.0.0.1 is taken by another program. For another: PORT={port + 1} script/server"
                )
            run(services, port, data, logs)
        except Stop:
            print("\nStopping ...", flush=True)
        finally:
            # the broker last: the others say goodbye to it
            for service in sorted(services, key=lambda service: isinstance(service, Broker)):
                if service.process:
                    end(service.process)
            (data / "redis" / "url").unlink(missing_ok=True)
    print("Stopped.", flush=True)


def chosen_port(text):
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CannotStart(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def claim(lock, data):
    """Two servers in one data folder would write one queue: the second is refused."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise CannotStart(f"script/server is already running on {data}: {lock.read().strip()}") from None
    lock.truncate(0)
    lock.write(f"process {os.getpid()}, {os.environ['BASE_URL']}\n")
    lock.flush()


def stop(services):
    """The first signal ends everything in order; a second one kills what is still there."""

    def kill_all(*_):
        for service in services:
            if service.process and service.process.returncode is None:
                os.killpg(service.process.pid, signal.SIGKILL)

    for number in SIGNALS:
        signal.signal(number, kill_all)
    raise Stop


def run(services, port, data, logs):
    for log in logs.glob("*.log"):
        if log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_name(log.name + ".1"))
    if not os.environ.get("CELERY_BROKER_URL"):
        broker = Broker(Redis(data / "redis", logs / "redis.log"))
        services.append(broker)
        broker.start()
        os.environ["CELERY_BROKER_URL"] = broker.redis.url
        keep_private(data / "redis" / "url", broker.redis.url)  # where script/manage finds the queue
    prepare(services, logs)

    python = [sys.executable, "-m"]
    celery = [*python, "celery", "-A", "tracker.celery"]
    (data / "beat").mkdir(exist_ok=True)
    web = [*python, "gunicorn", "tracker.wsgi", "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    web += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--access-logfile", "-"]
    worker = [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO", "--without-gossip"]
    beat = [*celery, "beat", "--schedule", data / "beat" / "schedule", "--pidfile=", "--loglevel", "INFO"]
    for name, command in (("web", web), ("worker", worker), ("beat", beat)):
        service = Service(name, command, logs / f"{name}.log")
        services.append(service)
        service.start()
    wait_for_web(port, services)
    print(welcome(port, logs), flush=True)
    while True:
        restart_the_fallen(services)
        time.sleep(0.2)


def prepare(services, logs):
    """Tables, static files and, the first time, the demonstration data; as a process that Ctrl-C ends too."""
    print("Preparing the database and the pages ...", flush=True)
    job = Service("prepare", [sys.executable, "-m", "script.lib.prepare"], logs / "prepare.log")
    job.log.unlink(missing_ok=True)
    services.append(job)
    job.start()
    while job.process.poll() is None:
        time.sleep(0.05)
    services.remove(job)
    if job.process.returncode:
        raise CannotStart(f"The service could not be prepared. The end of {job.log}:\n{last_lines(job.log, 25)}")


def wait_for_web(port, services, patience=180):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        restart_the_fallen(services)
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
            return
        except urllib.error.HTTPError:
            return  # an answer all the same
        except OSError:
            time.sleep(0.1)
    raise CannotStart(f"The web server did not answer within {patience} seconds; see var/log/web.log.")


def restart_the_fallen(services):
    for service in services:
        if service.process.poll() is None:
            continue
        code = service.process.returncode
        print(f"{service.name} ended by itself (exit code {code}). The end of {service.log}:", flush=True)
        print(last_lines(service.log), flush=True)
        kill(service.process)  # whatever it left behind
        if time.monotonic() - service.started < STAYS_UP:
            raise CannotStart(f"{service.name} does not stay up; everything is stopped.")
        print(f"Starting {service.name} again.", flush=True)
        service.start()


def welcome(port, logs):
    lines = ["", f"Track inspection recommendations: http://127.0.0.1:{port}", ""]
    if environ.Env().bool("DEMO"):
        password = os.environ.get("DEMO_PASSWORD", "inspection-demo")
        lines += [f"Sign in with one of these; the password is {password}"]
        lines += [f"    {address:32}{what}" for address, what in ACCOUNTS]
        lines += [""]
    return "\n".join([*lines, f"Logs are in {logs}. Ctrl-C stops everything."])


def keep_private(path, text):
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(text)


if __name__ == "__main__":
    try:
        main()
    except CannotStart as reason:
        sys.exit(str(reason))
