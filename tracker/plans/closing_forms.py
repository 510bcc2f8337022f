"""The forms with which a recommendation ends, or comes back. None saves anything: `closing` does."""

from django import forms

from .forms import Seen, TargetDateField, text_box
from .sentences import shortened


class CloseForm(Seen):
    reason = text_box("What shows that it is done?", required=False, rows=4, help_text="It stays in the timeline.")


class CloseNotAgreedForm(Seen):
    reason = text_box("Is there anything to add?", required=False, rows=4, help_text="It stays in the timeline.")


class AcceptRiskForm(Seen):
    reason = text_box(
        "Why is the risk of not acting accepted?", rows=4, error="Say why the risk of not acting is accepted.",
        help_text="It is shown with your name on the recommendation's page.",
    )  # fmt: skip
    review_on = TargetDateField(
        label="When is this looked at again?", max_length=60,
        help_text="A day in the future, for example 30 November 2027. On that day it is opened again by itself.",
        error_messages={"required": "Enter the day on which this is looked at again."},
    )  # fmt: skip

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_review_on(self):
        """The day itself, a `datetime.date`."""
        target = self.cleaned_data["review_on"]
        if target.precision != "day":
            raise forms.ValidationError("Enter one day, such as 30 November 2027.")
        if target.due_by <= self.today:
            raise forms.ValidationError("Enter a day in the future.")
        return target.due_by


class SupersedeForm(Seen):
    successor = forms.ChoiceField(
        label="Which recommendation takes its place?",
        help_text="Open ones of later inspections, to the same place or a level above; the most alike come first.",
        error_messages={"required": "Choose the recommendation that takes its place."},
    )
    reason = text_box(
        "Why does it take its place?", rows=4, error="Say why this recommendation is superseded.",
        help_text="It stays in the timeline.",
    )  # fmt: skip

    def __init__(self, *args, rows, **kwargs):
        """``rows``: the follow-ups to choose from, in the order in which they are shown."""
        super().__init__(*args, **kwargs)
        self.rows = {str(row.pk): row for row in rows}
        groups: dict[str, list] = {}
        for pk, row in self.rows.items():
            groups.setdefault(f"To {row.addressee}", []).append((pk, _label(row)))
        self.fields["successor"].choices = [("", "Choose one"), *groups.items()]

    def clean_successor(self):
        return self.rows[self.cleaned_data["successor"]]


def _label(row) -> str:
    month = row.inspection.fieldwork_month
    visit = f"{row.inspection.organisation}, {month:%B %Y}" if month else str(row.inspection.organisation)
    return f"{row.recommendation.number}, inspection of {visit}: {shortened(row.recommendation.wording)}"


class ReopenForm(Seen):
    reason = text_box(
        "Why is it opened again?", rows=4, error="Say why this recommendation is opened again.",
        help_text="For example, what a later visit found. Those who own it are told.",
    )  # fmt: skip
