"""The forms of saved views."""

from django import forms

from tracker.plans.forms import Once

from .models import LISTS
from .rules import LONGEST_NAME, LONGEST_QUESTION

AGAIN = "Open the list again, and save the view from there."


def _name(label, **how):
    return forms.CharField(
        label=label, max_length=LONGEST_NAME, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Give the view a name."}, **how,
    )  # fmt: skip


class SaveForm(Once):
    name = _name("What do you call it?", help_text="For example, Overdue in our office.")
    list = forms.ChoiceField(
        choices=LISTS, widget=forms.HiddenInput, error_messages={"required": AGAIN, "invalid_choice": AGAIN}
    )
    query = forms.CharField(
        max_length=10 * LONGEST_QUESTION, required=False, widget=forms.HiddenInput, error_messages={"max_length": AGAIN}
    )


class RenameForm(Once):
    name = _name("Name")


class ShareForm(Once):
    place = forms.TypedChoiceField(
        label="Within which organisation?", coerce=int, widget=forms.RadioSelect,
        error_messages={"required": "Choose the organisation.", "invalid_choice": "Choose one that you lead."},
    )  # fmt: skip

    def __init__(self, *args, places, **kwargs):
        """``places``: those that the reader leads."""
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = [(place.pk, place.full_name) for place in places]
