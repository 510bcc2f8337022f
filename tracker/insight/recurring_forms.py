"""The forms with which an inspector joins and splits recurring recommendations."""

from django import forms

from tracker.plans.forms import Once, text_box

WHY = text_box("Why?", rows=3, error="Say why: others read this beside the group.")


class JoinForm(Once):
    other = forms.TypedChoiceField(
        label="Which one says the same?", coerce=int, widget=forms.RadioSelect,
        error_messages={"required": "Choose the recommendation that says the same.",
                        "invalid_choice": "Choose one of those that are listed."},
    )  # fmt: skip
    reason = WHY

    def __init__(self, *args, offered, **kwargs):
        """``offered``: (recommendation's id, how it is named) pairs."""
        super().__init__(*args, **kwargs)
        self.fields["other"].choices = offered


class SplitForm(Once):
    apart = forms.TypedMultipleChoiceField(
        label="Which ones say something else?", coerce=int, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one.", "invalid_choice": "Choose those that are listed."},
    )  # fmt: skip
    reason = WHY

    def __init__(self, *args, members, **kwargs):
        """``members``: (recommendation's id, how it is named) pairs."""
        super().__init__(*args, **kwargs)
        self.fields["apart"].choices = members
