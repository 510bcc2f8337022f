"""The journal's newest hash goes to administrators each morning: outside, where nobody can change it."""

import datetime as dt
from dataclasses import dataclass

from tracker.journal.operations import seal_journal
from tracker.people.models import Role, User
from tracker.words import plural
from tracker.working_days import LONDON

FROM = 7  # o'clock in London
SHOWN = 12  # signs of the hash; the mail holds all 64


@dataclass
class Sealed:
    """``sentence`` is kept with the run. False when there was nothing to do."""

    hash: str = ""
    told: int = 0

    def __bool__(self):
        return bool(self.hash)

    @property
    def trouble(self) -> bool:
        """Nobody would notice when the end of the journal was cut."""
        return bool(self.hash) and not self.told

    @property
    def sentence(self) -> str:
        told = plural(self.told, "administrator") if self.told else "nobody"
        return f"Sealed as {self.hash[:SHOWN]}…; the whole went to {told}."


def administrators() -> list[int]:
    """Ids of those whose account is in use."""
    found = User.objects.filter(is_active=True, memberships__role=Role.ADMINISTRATOR)
    return list(found.order_by("pk").values_list("pk", flat=True))


def seal(now: dt.datetime) -> Sealed:
    """Seal the journal when the day has begun and is not sealed. May run at any moment, twice at once, or late."""
    if now.astimezone(LONDON).hour < FROM:
        return Sealed()
    tell = administrators()
    event = seal_journal(tell=tell, at=now)
    return Sealed(event.hash, len(tell)) if event else Sealed()
