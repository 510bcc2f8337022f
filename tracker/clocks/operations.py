"""Reading limits, and setting them: for one organisation, and so for all below it that do not hold their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import transaction

from inspections.models import Organisation
from tracker.journal.models import Event
from tracker.journal.operations import hold_chains, record
from tracker.people.operations import require_administrator
from tracker.refusals import AlreadyMoved, Refusal
from tracker.words import day, time_of_day

from .models import Limit
from .rules import DEFAULT_LIMITS, LIMIT_WORDS, limit_problems, limit_value

# {organisation id: {name: number, or None for what is inherited}}: see `supposing`.
_supposed: ContextVar[dict[int, dict[str, int | None]]] = ContextVar("supposed limits")


class Limits:
    """Every limit that was set, read in one query; ``for_line`` gives those in force for a place."""

    def __init__(self):
        self._set: dict[int, dict[str, int]] = {}
        for place, name, days in Limit.objects.values_list("organisation_id", "name", "days"):
            self._set.setdefault(place, {})[name] = days
        for place, changes in _supposed.get({}).items():
            held = self._set.setdefault(place, {})
            for name, days in changes.items():
                if days is None:
                    held.pop(name, None)
                else:
                    held[name] = days

    def for_line(self, line: tuple[int, ...]) -> dict[str, int]:
        """``line``: the place's id, then those of the levels above; the nearest setting wins."""
        limits = dict(DEFAULT_LIMITS)
        for place in reversed(line):
            limits.update(self._set.get(place, {}))
        return limits

    def places(self) -> list[int]:
        """Ids of those that hold a limit of their own."""
        return [place for place, held in self._set.items() if held]


@contextmanager
def supposing(organisation_id: int, changes: dict[str, int | None]) -> Iterator[None]:
    """Whoever reads limits inside this block finds them as these changes would leave them; nothing is written.

    So a preview asks the very code that will decide, whichever that is, instead of another that only resembles it.
    """
    token = _supposed.set({organisation_id: changes})
    try:
        yield
    finally:
        _supposed.reset(token)


@dataclass(frozen=True)
class InForce:
    """One limit as it holds for a place. ``set_here``: the row of that very place, if it holds its own; ``above``: the
    nearest row of a level above; neither: the service's own."""

    name: str
    set_here: Limit | None
    above: Limit | None

    @property
    def set_by(self) -> Limit | None:
        """The row that it comes from."""
        return self.set_here or self.above

    @property
    def days(self) -> int:
        return self.set_by.days if self.set_by else DEFAULT_LIMITS[self.name]

    @property
    def inherited(self) -> int:
        return self.above.days if self.above else DEFAULT_LIMITS[self.name]

    @property
    def words(self) -> str:
        return LIMIT_WORDS[self.name]

    @property
    def value(self) -> str:
        return limit_value(self.name, self.days)

    @property
    def inherited_value(self) -> str:
        return limit_value(self.name, self.inherited)

    @property
    def inherited_from(self) -> str:
        """Where it comes from without one of the place's own: "inherited from London", "the service's own setting"."""
        return f"inherited from {self.above.organisation}" if self.above else "the service's own setting"


def in_force(organisation) -> dict[str, InForce]:
    """Every limit of a place by its name, with who set it. One query."""
    line, found = organisation.line, {}
    rows = Limit.objects.filter(organisation__in=line).select_related("organisation", "set_by")
    held = {(row.organisation_id, row.name): row for row in rows}
    for name in DEFAULT_LIMITS:
        above = next((held[place, name] for place in line[1:] if (place, name) in held), None)
        found[name] = InForce(name, held.get((line[0], name)), above)
    return found


class LimitsRefused(Refusal):
    """``problems``: {name of the limit, or "" for all: what is wrong with it}"""

    def __init__(self, problems: dict[str, str]):
        super().__init__(" ".join(problems.values()))
        self.problems = problems


class LimitsMoved(AlreadyMoved):
    """``theirs``: {name: `InForce` as it is now} of those that somebody else changed meanwhile."""


@transaction.atomic
def change_limits(organisation, wanted: dict[str, int | None], *, seen=None, by, at) -> dict[str, int | None]:
    """Hold these limits for ``organisation`` and all below it; None takes one back to what is inherited.
    Administrators only. Returns what was changed, which is nothing where all is so already.

    ``seen``: the place's own limits as they were when the form was drawn, {name: number}; None asks nobody.
    """
    require_administrator(by)
    # All limits are changed one after another: what two places hold together may be wrong where neither is alone.
    hold_chains({None, organisation.pk})
    earlier = in_force(organisation)
    own = {name: limit.set_here.days for name, limit in earlier.items() if limit.set_here}
    changed = {name: days for name, days in wanted.items() if days != own.get(name)}
    if not changed:
        return {}
    if seen is not None:
        moved = {name: earlier[name] for name in changed if own.get(name) != seen.get(name)}
        if moved:
            raise LimitsMoved(_who_was_first(organisation), moved)
    if problems := problems_with(organisation, changed):
        raise LimitsRefused(problems)
    Limit.objects.filter(
        organisation=organisation, name__in=[n for n, days in changed.items() if days is None]
    ).delete()
    for name, days in changed.items():
        if days is not None:
            Limit.objects.update_or_create(
                organisation=organisation, name=name, defaults={"days": days, "set_by": by, "set_at": at}
            )
    record(
        "limit_unset" if not any(days is not None for days in changed.values()) else "limit_set",
        organisation, by=by, at=at, organisation=organisation,
        before={LIMIT_WORDS[name]: earlier[name].value for name in changed},
        after={
            LIMIT_WORDS[name]: limit_value(name, days) if days is not None
            else f"{earlier[name].inherited_value}, inherited"
            for name, days in changed.items()
        },
    )  # fmt: skip
    return changed


def set_limit(organisation, name, days, *, by, at) -> Limit:
    """Hold one limit for ``organisation`` and all below it."""
    change_limits(organisation, {name: days}, by=by, at=at)
    return Limit.objects.get(organisation=organisation, name=name)


def unset_limit(organisation, name, *, by, at) -> None:
    """Take one limit back to what is inherited from above, or to what the service came with."""
    change_limits(organisation, {name: None}, by=by, at=at)


def problems_with(organisation, changed) -> dict[str, str]:
    """What these changes would put wrong, here or at a place below that holds limits of its own; {} when nothing."""
    unknown = set(changed) - set(DEFAULT_LIMITS)
    if unknown:
        return {"": f"There is no limit called {', '.join(sorted(unknown))}."}
    before = Limits()
    with supposing(organisation.pk, changed):
        after = Limits()
    problems = limit_problems(after.for_line(organisation.line))
    below = Organisation.objects.filter(pk__in=before.places()).select_related("parent__parent__parent")
    for place in below:
        if organisation.pk in place.line[1:]:
            known = limit_problems(before.for_line(place.line))
            for name, sentence in limit_problems(after.for_line(place.line)).items():
                if name not in known and name not in problems:
                    problems[""] = f"{place} holds limits of its own, which do not go with these. {sentence}"
    return problems


def _who_was_first(organisation) -> str:
    """ "Ben Hall changed these limits at 10:42am on 3 March 2026, while you were writing." """
    lines = Event.objects.about(organisation).filter(deed__in=["limit_set", "limit_unset"])
    event = lines.select_related("actor").first()
    if event is None or event.actor is None:
        return "These limits were changed while you were writing."
    when = f"{time_of_day(event.at)} on {day(event.at)}"
    return f"{event.actor.name} changed these limits at {when}, while you were writing."
