"""The form by which somebody makes a token."""

from django import forms

from tracker.plans.forms import Once

from .operations import LIFETIMES


class TokenForm(Once):
    name = forms.CharField(
        label="What is it for?", max_length=100, help_text="For example, weekly readings from our case system.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Say what the token is for."},
    )  # fmt: skip
    days = forms.TypedChoiceField(
        label="How long does it work?", coerce=int, widget=forms.RadioSelect, initial=LIFETIMES[1],
        choices=[(number, "A year" if number == 365 else f"{number} days") for number in LIFETIMES],
        error_messages={"required": "Choose how long the token works."},
    )  # fmt: skip
