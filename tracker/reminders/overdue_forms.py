"""The form with which passing overdue work up is paused."""

from django import forms

from tracker.plans.forms import Once, text_box
from tracker.plans.rules import NoSuchDay, read_target_date

from .rules import LONGEST_PAUSE


class LastDayField(forms.CharField):
    """A day as people write it; cleans to a date."""

    def clean(self, value):
        value = super().clean(value)
        try:
            found = read_target_date(value, like="30 June 2026")
        except NoSuchDay as fault:
            raise forms.ValidationError(str(fault)) from None
        except ValueError:
            found = None
        if found is None or found.precision != "day":
            raise forms.ValidationError(f"“{value}” is not a day. Write it like 30 June 2026.")
        return found.due_by


class PauseForm(Once):
    ends = LastDayField(
        label="Last day of the pause", max_length=60,
        help_text=f"A day at most {LONGEST_PAUSE} days from today, written like 30 June 2026.",
        error_messages={"required": "Enter the last day of the pause."},
    )  # fmt: skip
    reason = text_box(
        "Why is it not passed up for now?", rows=4, help_text="Everybody who sees it reads this.", error="Say why."
    )
