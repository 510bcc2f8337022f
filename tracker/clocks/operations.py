"""Reading and setting limits."""

from django.db import transaction

from tracker.journal.operations import record
from tracker.people.operations import require_administrator

from .models import Limit
from .rules import DEFAULT_LIMITS


class Limits:
    """Every limit that was set, read in one query; ``for_line`` gives those in force for a place."""

    def __init__(self):
        self._set: dict[int, dict[str, int]] = {}
        for place, name, days in Limit.objects.values_list("organisation_id", "name", "days"):
            self._set.setdefault(place, {})[name] = days

    def for_line(self, line: tuple[int, ...]) -> dict[str, int]:
        """``line``: the place's id, then those of the levels above; the nearest setting wins."""
        limits = dict(DEFAULT_LIMITS)
        for place in reversed(line):
            limits.update(self._set.get(place, {}))
        return limits


@transaction.atomic
def set_limit(organisation, name, days, *, by, at):
    """Hold a limit for ``organisation`` and all below it. Administrators only."""
    require_administrator(by)
    earlier = Limit.objects.filter(organisation=organisation, name=name).values_list("days", flat=True).first()
    limit, _ = Limit.objects.update_or_create(
        organisation=organisation, name=name, defaults={"days": days, "set_by": by, "set_at": at}
    )
    record(
        "limit_set", limit, by=by, at=at, organisation=organisation,
        before={name: earlier if earlier is not None else DEFAULT_LIMITS[name]}, after={name: days},
    )  # fmt: skip
    return limit
