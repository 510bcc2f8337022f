"""The worker killed at random moments while digests go out: what is done, and what must hold afterwards."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from script.lib import servers
from tracker.journal.models import Notice
from tracker.reminders.handing_over import REPEATED
from tracker.reminders.models import Mail

AT_ONCE = 2  # mails in flight at most: one for each process of the worker
LEASE = 1  # seconds; MAIL_LEASE of the worker


@dataclass
class Drill:
    """``start()``: a worker, ready; ``nudge()``: what the scheduler does; ``letters()``: addresses, as mail arrived.

    ``kills`` comes to the number of processes killed with mails on their way.
    """

    start: Callable
    nudge: Callable
    letters: Callable[[], list[str]]
    dice: random.Random = field(default_factory=lambda: random.Random(5))
    kills: int = 0
    ended: int = 0  # of these, by itself
    worker: object = None

    def begin(self):
        self.worker = self.start()
        for _ in range(AT_ONCE):
            self.nudge()

    def kill(self, longest: float, patience=60) -> None:
        """Once a letter more has arrived, wait a random while of at most ``longest`` seconds, then kill -9 at once all
        processes of the worker, and start another."""
        self.wait_for(1, patience)
        time.sleep(self.dice.uniform(0, longest))
        servers.kill(self.worker)
        self.kills += 1
        self.begin()

    def supervise(self) -> None:
        """Start the worker again when it has ended by itself, as a process manager does: one that loses Redis with a
        task in hand may (kombu 5.7)."""
        if self.worker.poll() is not None:
            self.kills += 1
            self.ended += 1
            self.begin()

    def wait_for(self, more: int, patience=60) -> None:
        before, deadline = len(self.letters()), time.monotonic() + patience
        while len(self.letters()) < before + more and waiting() and time.monotonic() < deadline:
            self.supervise()
            time.sleep(0.005)

    def drain(self, patience=120) -> None:
        deadline = time.monotonic() + patience
        while waiting() and time.monotonic() < deadline:
            self.supervise()
            self.nudge()
            time.sleep(0.5)


def waiting() -> int:
    """Mails on their way and notices in none."""
    return Mail.objects.filter(state="claimed").count() + Notice.objects.filter(state="decided").count()


def what_is_wrong(addresses, letters, kills) -> list[str]:
    """Sentences: somebody without a mail, a repeat that is not marked, more repeats than were in flight."""
    got = Counter(letters)
    more = {address: times for address, times in got.items() if times > 1}
    marked = set(Mail.objects.filter(error=REPEATED).values_list("address", flat=True))
    repeats = sum(more.values()) - len(more)
    checks = [
        (not waiting(), f"{waiting()} mails or notices are left"),
        (set(got) >= set(addresses), f"without a mail: {len(set(addresses) - set(got))} people"),
        (set(got) <= set(addresses), "somebody got a mail that was not meant for them"),
        (set(more) <= marked, f"repeated and not marked: {sorted(set(more) - marked)[:5]}"),
        (repeats <= kills * AT_ONCE, f"{repeats} repeats of {kills * AT_ONCE} in flight at most"),
        (not Mail.objects.exclude(state="sent").exists(), "a mail is not recorded as sent"),
    ]
    return [words for holds, words in checks if not holds]


def repeats_in(letters) -> int:
    return len(letters) - len(set(letters))
