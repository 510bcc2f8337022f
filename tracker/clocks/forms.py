"""The form of an organisation's limits. It saves nothing: the operation does."""

import re

from django import forms

from tracker.plans.forms import Once

from .rules import LIMIT_SECTIONS, limit_unit

_PAIR = re.compile(r"([a-z_]{1,30})=(\d{1,5})")


class LimitsForm(Once):
    """A box for each limit: empty is "as inherited". ``seen``: what the place held itself when this was drawn."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data, in_force):
        own = {name: limit.set_here.days for name, limit in in_force.items() if limit.set_here}
        super().__init__(data, initial={"seen": held_words(own)} | own)
        self.in_force = in_force
        for name, limit in in_force.items():
            empty = f"{limit.inherited_value}, {inherited_from(limit)}"
            self.fields[name] = forms.IntegerField(
                label=limit.words,
                required=False,
                help_text=f"In {limit_unit(name)}. Empty: {empty}.",
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
                error_messages={"invalid": f"Enter a whole number of {limit_unit(name)}."},
            )

    def clean_seen(self) -> dict[str, int]:
        return {name: int(number) for name, number in _PAIR.findall(self.cleaned_data["seen"])}

    @property
    def changes(self) -> dict[str, int | None]:
        """What is to be otherwise than it was seen: {name: number, or None for what is inherited}. A box that was not
        sent stays as it is."""
        seen = self.cleaned_data["seen"]
        given = {name: self.cleaned_data.get(name) for name in self.in_force if name in self.data}
        return {name: number for name, number in given.items() if number != seen.get(name)}

    def refuse_all(self, problems: dict[str, str]) -> None:
        """Show what is wrong at each limit; what was typed stays."""
        for name, sentence in problems.items():
            self.add_error(name if name in self.fields else None, sentence)

    def sections(self) -> list[tuple[str, list[str]]]:
        return sections(self.in_force)


def sections(in_force) -> list[tuple[str, list[str]]]:
    """[(heading, names of its limits)], each limit once."""
    found = [(heading, [name for name in names if name in in_force]) for heading, names in LIMIT_SECTIONS.items()]
    known = {name for _, names in found for name in names}
    return [*filter(lambda one: one[1], [*found, ("Others", [name for name in in_force if name not in known])])]


def held_words(own: dict[str, int]) -> str:
    """For the hidden field: "first_reminder=60 second_reminder=20"."""
    return " ".join(f"{name}={number}" for name, number in sorted(own.items()))


def inherited_from(limit) -> str:
    """What it would be without a limit of the place's own: "inherited from London", "as the service came"."""
    return f"inherited from {limit.above.organisation}" if limit.above else "as the service came"
