"""Forms about people outside."""

from django import forms

from .forms import Once, Seen


class ExternalForm(Seen):
    first_name = forms.CharField(
        max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter their first name."},
    )  # fmt: skip
    last_name = forms.CharField(
        label="Surname", max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter their surname."},
    )  # fmt: skip
    works_for = forms.CharField(
        label="Organisation they work for", max_length=200,
        error_messages={"required": "Enter the organisation that they work for."},
    )  # fmt: skip
    email = forms.EmailField(
        label="Email address", widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text="Their own address at work. Whoever reads its mail can post updates.",
        error_messages={"required": "Enter their email address."},
    )  # fmt: skip
    part = forms.ChoiceField(
        label="What is their part?",
        choices=[
            ("owner", "They own it: they are reminded, and asked for updates"),
            ("helper", "They help: they are asked for updates when you ask"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether they own it or help."},
    )


class AboutPersonForm(Once):
    """One press of a button about one person outside."""

    person = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)
