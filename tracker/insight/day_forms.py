"""The day that a page or a paper is asked for."""

import datetime as dt

from django import forms

from tracker.words import DAY_FORMATS, day

from .as_at import journal_begins


class DayForm(forms.Form):
    """``cleaned_data["on"]``: a past day that the journal knows; None: today."""

    on = forms.DateField(
        label="As at a day", input_formats=DAY_FORMATS, required=False,
        help_text="As it was at the end of that day, from the journal. For example, 3 March 2026",
        error_messages={"invalid": "Enter a day such as 3 March 2026"},
    )  # fmt: skip

    def __init__(self, request, *, today: dt.date):
        """``request``: its address may end in "?on=2026-03-31"."""
        super().__init__({"on": request.GET.get("on", "")})
        self.today = today

    def clean_on(self):
        on = self.cleaned_data["on"]
        if on is None or on == self.today:
            return None
        if on > self.today:
            raise forms.ValidationError("The day cannot be after today")
        first = journal_begins()
        if first is None or on < first:
            since = f"begins on {day(first)}" if first else "is still empty"
            raise forms.ValidationError(f"The journal {since}, so what was before is not known")
        return on

    @property
    def day(self) -> dt.date:
        return self.cleaned_data["on"] or self.today
