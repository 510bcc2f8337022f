"""What a person is, at one place: plain Python, asked by every rule. No ORM here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Access:
    """A person's roles: (role, organisation id or None, organisation's level or None) each."""

    roles: frozenset[tuple[str, int | None, str | None]]

    @property
    def is_inspector(self) -> bool:
        return any(role == "inspector" for role, _, _ in self.roles)

    @property
    def is_administrator(self) -> bool:
        return any(role == "administrator" for role, _, _ in self.roles)

    @property
    def sees_everything(self) -> bool:
        """Inspectors, administrators, and viewers and leads of HMPPS."""
        return any(
            role in ("inspector", "administrator") or (level == "hmpps" and role in ("viewer", "lead"))
            for role, _, level in self.roles
        )

    @property
    def is_lead(self) -> bool:
        return any(role == "lead" for role, _, _ in self.roles)

    @property
    def only_contributes(self) -> bool:
        return {role for role, _, _ in self.roles} == {"contributor"}

    def sees_work_of(self, line: tuple[int, ...]) -> bool:
        """Whether all that is done at a place is theirs to see, and not only a part that they own or help with."""
        wide = {"lead", "viewer", "lead above", "viewer above"}
        return self.sees_everything or bool(self.standing(line) & wide)

    def standing(self, line: tuple[int, ...]) -> frozenset[str]:
        """What the person is for a place, given the place's own id followed by those of the levels above.

        "lead", "viewer", "contributor" of the place itself; "lead above", "viewer above" of a level above it;
        "inspector", "administrator" everywhere.
        """
        own, above = line[0], line[1:]
        found = set()
        for role, place, _ in self.roles:
            if place is None or place == own:
                found.add(role)
            elif place in above:
                found.add(f"{role} above")
        return frozenset(found)
