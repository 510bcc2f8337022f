"""How an event is sealed into its chain: plain Python, the same for recording, verifying and migrating.

What is hashed is everything that an event says, its place in the chain and the hash before it. Changing what goes in
here would make every chain ever written look altered.
"""

import datetime as dt
import hashlib
import json

SERVICE = 0  # the chain of what belongs to no organisation
SEALED = "journal_sealed"  # the deed by which the newest link of every chain is written down, once a day


def chain_of(organisation_id: int | None) -> int:
    return organisation_id or SERVICE


def hash_of(event) -> str:
    """SHA-256, 64 letters, of an `Event` or anything with its fields."""
    content = {
        "at": event.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "actor": event.actor_id,
        "deed": event.deed,
        "subject_kind": event.subject_kind,
        "subject_id": event.subject_id,
        "organisation": event.organisation_id,
        "before": _as_read_back(event.before),
        "after": _as_read_back(event.after),
        "demonstration": event.demonstration,
        "link": event.link,
        "previous_hash": event.previous_hash,
    }
    return digest(content)


def digest(content) -> str:
    """SHA-256 of the one way to write ``content`` as JSON."""
    written = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(written.encode()).hexdigest()


def _as_read_back(values):
    """``values`` as a database gives them back: keys are text, tuples lists, and 2.0 may come back as 2."""

    def whole(number: str):
        found = float(number)
        return int(found) if found.is_integer() else found

    return json.loads(json.dumps(values, allow_nan=False), parse_float=whole)
