"""What the tests share: the cast, a browser, a real Redis with a real worker, and a real mail server."""

import contextlib
import email
import email.policy
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings as django_settings
from kombu import pools

from script.lib import servers

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 375, "height": 812}


# What a test asks for that talks to a database.
ASKS_DATABASE = {"db", "transactional_db", "django_db_setup", "live_server"}


def pytest_collection_modifyitems(config, items):
    """Marks what uses a browser. On PostgreSQL only the browser tests marked `both_databases` run, and none that asks
    for no database or is marked `one_database`: SQLite's run has tried those."""
    on_postgresql = os.environ.get("DATABASE_URL", "").startswith("postgres")
    left_out = []
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if "browser" in names:
            item.add_marker("browser")
            if on_postgresql and not item.get_closest_marker("both_databases"):
                left_out.append(item)
        elif on_postgresql and (
            item.get_closest_marker("one_database")
            or not (names & ASKS_DATABASE or item.get_closest_marker("django_db"))
        ):
            left_out.append(item)
    if left_out:
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture
def cast(db):
    """The named people and places, in the database."""
    from tests.cast import assemble

    return assemble()


@pytest.fixture(scope="module")
def made_once(django_db_setup, django_db_blocker):
    """What a module's fixture makes with this stays in the database until the module ends; each test undoes what it
    did itself, and no more. Whoever changes the rows in memory takes a copy of them."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def nothing_remembered():
    """What a process remembers for half a minute is not of another test."""
    from django.core.cache import caches

    caches["memory"].clear()


@pytest.fixture
def now(monkeypatch):
    """`now(at)`: it is that moment for every page; at first `cast.NOW`."""
    from tests.cast import NOW

    def now(at):
        monkeypatch.setattr("django.utils.timezone.now", lambda: at)

    now(NOW)
    return now


@pytest.fixture
def no_tries_before():
    """Nobody has asked too often yet."""
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True, scope="session")
def tables_may_be_emptied():
    """A test whose transactions are real ends with its tables emptied, the journal too, which refuses it."""
    from django.db import connection
    from django.test import TransactionTestCase

    from tracker.journal import triggers

    empty = TransactionTestCase._fixture_teardown

    def without_triggers(test):
        triggers.lift(connection)
        try:
            empty(test)
        finally:
            triggers.install(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", without_triggers)
        yield


# ---- browser ----


@pytest.fixture(scope="module")
def browser():
    """The machine's Chromium. For one module at a time: while Playwright runs, Django takes the whole thread to be
    asynchronous and would refuse the database to every test that comes after."""
    from playwright.sync_api import sync_playwright

    executable = os.environ.get("CHROMIUM") or servers.chromium()
    if not executable:
        pytest.fail("Browser tests need Chromium (Debian: apt-get install chromium), or its path in CHROMIUM.")
    quiet = ["--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    quiet += ["--no-first-run", "--disable-dev-shm-usage"]
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        started = playwright.chromium.launch(executable_path=executable, args=quiet, chromium_sandbox=os.geteuid() != 0)
        yield started
        started.close()


@pytest.fixture
def open_page(browser, live_server):
    """Opens pages, `open_page(viewport=PHONE)`, and fails the test when one of them complains.

    Complaints are errors on the console (a breach of the Content-Security-Policy is one) and exceptions of scripts. A
    test that means to meet an error answer says so: `page.expected = [r"status of 404"]`.
    """
    contexts, complaints = [], []

    def open_page(viewport=DESKTOP, **how):
        context = browser.new_context(base_url=live_server.url, viewport=viewport, locale="en-GB", **how)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.expected = []

        def complain(text):
            if not any(re.search(pattern, text) for pattern in page.expected):
                complaints.append(f"{page.url}: {text}")

        page.on("console", lambda message: complain(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complain(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "the browser complained:\n" + "\n".join(complaints)


@pytest.fixture
def page(open_page):
    """A page 1280 pixels wide."""
    return open_page()


@pytest.fixture
def phone(open_page):
    """A page 375 pixels wide, touched and not clicked."""
    return open_page(viewport=PHONE, has_touch=True, is_mobile=True)


@pytest.fixture
def sign_in(live_server):
    """`sign_in(page, user)`: the browser has that person's session, without the sign-in page."""
    from django.test import Client

    def sign_in(page, user):
        client = Client()  # one each: signing in somebody else would end the session before
        client.force_login(user)
        session = client.cookies[django_settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )

    return sign_in


@pytest.fixture(scope="session")
def axe():
    """`axe(page)`: every accessibility violation on the page, a line each, with no rule switched off."""
    source = (servers.ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()

    def axe(page):
        page.evaluate(source)  # the policy forbids a script element
        result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{violation['id']} ({violation['impact']}): {violation['help']}: {node['html'][:200]}"
            for violation in result["violations"]
            for node in violation["nodes"]
        ]

    return axe


# ---- Redis and a worker ----


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory):
    """A real Redis: the one of script/test, where each xdist worker has a database of its own, or one of our own."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) + 1
    if given := os.environ.get("CELERY_BROKER_URL"):
        yield urlsplit(given)._replace(path=f"/{number}").geturl()
        return
    folder = tmp_path_factory.mktemp("redis")
    with servers.Redis(folder, folder / "redis.log") as redis:
        yield redis.url


@pytest.fixture
def broker(redis_url):
    """The address of a real, empty Redis, with the Celery app speaking to it."""
    import redis

    from tracker.celery import app

    with redis.Redis.from_url(redis_url) as connection:
        connection.flushdb()
    connect_celery(app, redis_url)
    yield redis_url
    connect_celery(app, django_settings.CELERY_BROKER_URL)


def connect_celery(app, url):
    """Celery keeps its connections for good; a new address takes dropping them, and Kombu's memory of them: it would
    hand out a closed pool when an address comes back."""
    pools.reset()
    app._pool = app.amqp._producer_pool = None
    app.conf.update(broker_url=url, broker_read_url=url, broker_write_url=url)


@pytest.fixture
def start_worker(transactional_db, broker, tmp_path):
    """`start_worker()`: a Celery worker as in production, on this test's database and Redis; returns its process,
    which has `log`, the path of what it wrote."""
    running = []

    def start_worker(*options, **environment):
        log = tmp_path / f"worker-{len(running)}.log"
        few = ["--concurrency", "2", "--without-gossip", "--without-mingle"]
        ours = {
            "DJANGO_SETTINGS_MODULE": "tracker.settings",
            "DATABASE_URL": database_url(),
            "CELERY_BROKER_URL": broker,
        }
        with open(log, "wb") as out:
            process = servers.start(
                [
                    sys.executable,
                    "-m",
                    "celery",
                    "-A",
                    "tracker.celery",
                    "worker",
                    "--loglevel",
                    "INFO",
                    *few,
                    *options,
                ],
                env=os.environ | ours | environment,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        process.log = log
        running.append(process)
        servers.wait_until(lambda: " ready." in log.read_text(), process, "the Celery worker", log)
        return process

    yield start_worker
    for process in running:
        servers.end(process, end_signal=signal.SIGTERM, patience=10)


def database_url():
    """DATABASE_URL for another process that is to see this test's database."""
    from django.db import connection

    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    who = f"{quote(found['USER'], safe='')}:{quote(found['PASSWORD'], safe='')}"
    return f"postgres://{who}@{found['HOST']}:{found['PORT']}/{found['NAME']}"


@pytest.fixture
def eventually():
    """`eventually(question)`: asks until the answer is true, for at most `patience` seconds, and returns it."""

    def eventually(question, patience=20):
        deadline = time.monotonic() + patience
        while not (answer := question()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert answer, f"still not so after {patience} seconds"
        return answer

    return eventually


# ---- mail ----


@dataclass
class Letter:
    sender: str
    recipients: list[str]
    message: email.message.EmailMessage


@dataclass
class MailServer:
    """Keeps the letters it accepts; while `refusal` is set, such as "451 Try later", it answers that instead."""

    letters: list[Letter] = field(default_factory=list)
    refusal: str = ""

    async def handle_DATA(self, server, session, envelope):
        if self.refusal:
            return self.refusal
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.letters.append(Letter(envelope.mail_from, envelope.rcpt_tos, message))
        return "250 Accepted"


@pytest.fixture
def mail_server(settings):
    """A real SMTP server which the service's mail goes to."""
    from aiosmtpd.controller import Controller

    server = MailServer()
    controller = Controller(server, hostname="127.0.0.1", port=servers.free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = controller.hostname, controller.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    yield server
    with contextlib.suppress(RuntimeError):  # a test may have stopped it, to see a server that is gone
        controller.stop()
