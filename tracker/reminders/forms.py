"""The form for when mail comes."""

import datetime as dt

from django import forms

from tracker.words import time_of_day

from .models import Preference
from .times import HOURS


class PreferenceForm(forms.Form):
    """``summary`` only where there is a weekly summary for this reader."""

    frequency = forms.ChoiceField(
        label="How often", choices=Preference.Frequency.choices, widget=forms.RadioSelect,
        error_messages={"required": "Choose how often."},
    )  # fmt: skip
    hour = forms.TypedChoiceField(
        label="At what time", coerce=int,
        choices=[(hour, time_of_day(dt.datetime(2000, 1, 1, hour))) for hour in HOURS],
        error_messages={"required": "Choose a time."},
    )  # fmt: skip
    summary = forms.BooleanField(label="A summary of the week", required=False)

    def __init__(self, *args, sums_up, **kwargs):
        super().__init__(*args, **kwargs)
        if not sums_up:
            del self.fields["summary"]
