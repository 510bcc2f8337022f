"""Mails while everything around them dies: nobody without one, repeats at most those in flight, each marked.

`script/prove mails [KILLS [DIGESTS]]` (50, 2,000): the worker is killed with -9 at so many random moments while the
digests go out, on a real Redis and PostgreSQL; then, with as many digests again and the worker left alone, Redis is
killed, emptied and restarted and PostgreSQL is killed and restarted in the middle, twice each.
"""

import datetime as dt
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from script.lib import servers

RESTARTS = 2


class Post:
    """A mail server that takes everything and remembers whose it was."""

    def __init__(self):
        self.addresses = []

    async def handle_DATA(self, server, session, envelope):
        self.addresses.append(envelope.rcpt_tos[0])
        return "250 Accepted"


def main(kills="50", digests="2000"):
    with (
        tempfile.TemporaryDirectory(prefix="tracker-mails-") as folder,
        servers.PostgreSQL(durable=True) as database,
        servers.Redis(Path(folder) / "redis", Path(folder) / "redis.log") as broker,
    ):
        os.environ |= {"DATABASE_URL": database.url, "CELERY_BROKER_URL": broker.url, "DATA_DIR": folder, "DEMO": "1"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        wrong = story(int(kills), int(digests), Path(folder), database, broker)
    for words in wrong:
        print(f"WRONG: {words}")
    sys.exit(1 if wrong else 0)


def story(kills, digests, folder, database, broker) -> list[str]:
    from aiosmtpd.controller import Controller

    from tests.cast import assemble
    from tests.reminders.killing import LEASE, Drill, repeats_in, what_is_wrong

    post, cast = Post(), assemble()
    controller = Controller(post, hostname="127.0.0.1", port=servers.free_port())
    controller.start()
    mail = {"EMAIL_URL": f"smtp://127.0.0.1:{controller.port}", "MAIL_LEASE": str(LEASE)}
    drill = Drill(lambda: worker(folder, mail), nudge, lambda: post.addresses)
    wrong = []
    try:
        addresses = decide(cast, digests, "Before")
        began = time.monotonic()
        drill.begin()
        for number in range(kills):
            left = digests - len(set(post.addresses))
            drill.kill(0.5 * min(1, left / digests * 2))
            if len(set(post.addresses)) == digests:
                wrong.append(f"only {number + 1} of {kills} kills came before the last mail: take more digests")
                break
        drill.drain()
        wrong += what_is_wrong(addresses, post.addresses, drill.kills)
        print(
            f"{digests:,} digests, worker killed {drill.kills} times, {len(set(post.addresses)):,} people reached, "
            f"{repeats_in(post.addresses)} repeats, all marked, in {time.monotonic() - began:.0f} s",
            flush=True,
        )
        addresses += decide(cast, digests, "After")
        for _ in range(RESTARTS):
            for name, restart in (("Redis", restart_redis), ("PostgreSQL", restart_postgresql)):
                drill.nudge()
                drill.wait_for(digests // 10)
                restart(broker if name == "Redis" else database)
                print(f"{name} killed and restarted, {len(set(post.addresses)):,} people reached", flush=True)
        drill.drain(300)
        # A mail in flight when PostgreSQL dies cannot be recorded: it is repeated, and marked.
        wrong += what_is_wrong(addresses, post.addresses, drill.kills + RESTARTS)
        print(
            f"{len(set(post.addresses)):,} people reached, {repeats_in(post.addresses)} repeats in all, "
            f"worker started again {drill.ended} times",
            flush=True,
        )
    finally:
        if drill.worker:
            servers.kill(drill.worker)
        controller.stop()
    if wrong:
        print(f"The end of the worker's log:\n{servers.last_lines(folder / 'worker.log', 40)}")
    return wrong


def decide(cast, count, name) -> list[str]:
    """Addresses of so many new people with a notice decided for each."""
    from django.db import transaction
    from django.utils import timezone

    from tests import cast as people
    from tests.reminders import scenes
    from tracker.journal.models import Notice
    from tracker.people.models import User
    from tracker.plans.models import Action, FollowUp
    from tracker.reminders.models import Hold
    from tracker.reminders.sweep import sweep

    now = timezone.now()
    follow_up = FollowUp.objects.first() or people.follow_up(scenes.report(cast), 1)
    found = User.objects.bulk_create(
        User(email=f"{name}.{n}@probation.example".lower(), first_name=name, last_name=str(n), added_at=now)
        for n in range(count)
    )
    members = User.memberships.rel.related_model
    members.objects.bulk_create(members(user=who, role="contributor", organisation=cast.hfkcw) for who in found)
    Action.objects.bulk_create(
        Action(
            plan=follow_up.plan, organisation=cast.hfkcw, what="Recruit two officers", owner_person=who,
            target_precision="day", due_by=now.date() + dt.timedelta(days=10), live=True, added_at=now,
        )
        for who in found
    )  # fmt: skip
    # So many at once are held until somebody has looked; here somebody has, before any nudge that waits.
    with transaction.atomic():
        sweep(now)
        Notice.objects.exclude(kind="action_due").delete()  # on a Monday there are weekly summaries too
        Hold.objects.create(state="released", held_at=now, mails=count, released_at=timezone.now())
    return [who.email for who in found]


def nudge():
    """What the scheduler does every half minute; lost while Redis is away."""
    from kombu.exceptions import OperationalError

    from tracker.tasks import deliver

    try:
        deliver.apply_async([True], expires=20, retry=False)
    except OperationalError as away:
        print(f"a nudge is lost: {type(away).__name__}", flush=True)


def worker(folder, mail):
    log = folder / "worker.log"
    seen = log.read_text().count(" ready.") if log.exists() else 0
    command = [sys.executable, "-m", "celery", "-A", "tracker.celery", "worker", "--loglevel", "INFO"]
    command += ["--concurrency", "2", "--without-gossip", "--without-mingle"]
    with open(log, "ab") as out:
        process = servers.start(command, env=os.environ | mail, stdout=out, stderr=subprocess.STDOUT)
    ready = lambda: log.read_text().count(" ready.") > seen  # noqa: E731
    servers.wait_until(ready, process, "the Celery worker", log)
    return process


def restart_redis(broker):
    import redis

    servers.kill(broker.process)
    time.sleep(1)
    broker.start()
    with redis.Redis.from_url(broker.url) as connection:
        connection.flushall()


def restart_postgresql(database):
    from django.db import connection

    connection.close()
    connection.close_pool()
    database.process.send_signal(signal.SIGQUIT)  # at once, as in a crash
    database.process.wait()
    time.sleep(1)
    database.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
