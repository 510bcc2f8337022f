"""The period of a committee pack."""

import datetime as dt

from django import forms

from tracker.words import DAY_FORMATS, day
from tracker.working_days import first_of

from .pack import LONGEST, months_in

EARLIEST = 2000


class PeriodForm(forms.Form):
    """``since`` and ``until`` of ``cleaned_data``; in the address they are "from" and "to"."""

    def __init__(self, data, *, today: dt.date):
        super().__init__(data)
        self.today = today
        shown = usual(today)  # a day to come is refused, so none is shown as an example
        for name, label in (("from", "From"), ("to", "To")):
            said = {"required": f"{label}: enter a day", "invalid": f"{label}: enter a day such as {shown[name]}"}
            self.fields[name] = forms.DateField(
                label=label, input_formats=DAY_FORMATS, error_messages=said, help_text=f"For example, {shown[name]}"
            )

    def clean(self):
        given = super().clean()
        since, until = given.get("from"), given.get("to")
        if until and until > self.today:
            self.add_error("to", "The last day cannot be after today")
        elif since and until and since > until:
            self.add_error("from", "The first day cannot be after the last")
        elif since and since.year < EARLIEST:
            self.add_error("from", f"A pack begins in {EARLIEST} at the earliest")
        elif since and until and months_in(since, until) > LONGEST:
            self.add_error("from", f"A pack covers at most {LONGEST} months")
        return given


def usual(today: dt.date) -> dict[str, str]:
    """This month and the two before it."""
    return {"from": day(first_of(today, 2)), "to": day(today)}
