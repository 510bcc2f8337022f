"""The form of an organisation's limits. It saves nothing: the operation does."""

import re

from django import forms

from .rules import LIMIT_SECTIONS, limit_unit

_PAIR = re.compile(r"([a-z_]{1,30})=(\d{1,5})")


class LimitsForm(forms.Form):
    """A box for each limit: empty is "as inherited". A double click finds all changed already, and changes nothing."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)  # the place's own limits when this was drawn

    def __init__(self, data, in_force):
        own = {name: limit.set_here.days for name, limit in in_force.items() if limit.set_here}
        if data is not None:
            data = data.copy()
            for name, number in _PAIR.findall(data.get("seen", "")):
                data.setdefault(name, number)  # what was not sent stays as it was
        super().__init__(data, initial={"seen": held_words(own)} | own)
        self.in_force = in_force
        for name, limit in in_force.items():
            empty = f"{limit.inherited_value}, {limit.inherited_from}"
            self.fields[name] = forms.IntegerField(
                label=limit.words,
                required=False,
                help_text=f"In {limit_unit(name)}. Empty: {empty}.",
                error_messages={"invalid": f"“{limit.words}”: enter a whole number of {limit_unit(name)}."},
            )

    def clean_seen(self) -> dict[str, int]:
        return {name: int(number) for name, number in _PAIR.findall(self.cleaned_data["seen"])}

    @property
    def changes(self) -> dict[str, int | None]:
        """What is to be otherwise than it was seen: {name: number, or None for what is inherited}."""
        seen = self.cleaned_data["seen"]
        given = {name: self.cleaned_data.get(name) for name in self.in_force}
        return {name: number for name, number in given.items() if number != seen.get(name)}

    def refuse(self, problems: dict[str, str]) -> None:
        """Show what is wrong at each limit, "" at none; what was typed stays."""
        for name, sentence in problems.items():
            self.add_error(name if name in self.fields else None, sentence)

    def see_again(self) -> None:
        """From now on what is in force has been seen: sending the form again is a decision made with it in view."""
        own = {name: limit.set_here.days for name, limit in self.in_force.items() if limit.set_here}
        self.data = self.data.copy()
        self.data["seen"] = held_words(own)


def sections(in_force) -> list[tuple[str, list[str]]]:
    """[(heading, names of its limits)], each limit once."""
    found = [(heading, [name for name in names if name in in_force]) for heading, names in LIMIT_SECTIONS.items()]
    return [(heading, names) for heading, names in found if names]


def held_words(own: dict[str, int]) -> str:
    """For the hidden field: "first_reminder=60 second_reminder=20"."""
    return " ".join(f"{name}={number}" for name, number in sorted(own.items()))
