"""The form for a figure of a report."""

from django import forms

from inspections.models import ContextFigure
from tracker.words import month

from .forms import DayOrMonth, Once


class FigureForm(Once):
    measure = forms.ChoiceField(
        label="What is the figure of?", choices=[("", "Choose"), *ContextFigure.Measure.choices],
        error_messages={"required": "Choose what the figure is of.", "invalid_choice": "Choose one of those listed."},
    )  # fmt: skip
    value = forms.DecimalField(
        label="Figure", min_value=0, max_digits=9, decimal_places=1,
        help_text="As printed, without a percent sign. For example, 43 or 12.5",
        error_messages={
            "required": "Enter the figure, like 43 or 12.5.",
            "invalid": "Enter the figure as a number, like 43 or 12.5.",
            "min_value": "A figure is not negative.",
            "max_decimal_places": "Enter at most one digit after the point.",
        },
    )  # fmt: skip
    month = DayOrMonth("As at", "month", required=True, help_text="The month that it holds for, like August 2022")
    inspection = forms.TypedChoiceField(
        label="Report", coerce=int, required=False, empty_value=None,
        error_messages={"invalid_choice": "Choose one of the reports listed."},
    )  # fmt: skip
    page = forms.IntegerField(
        label="Page of the report", required=False, min_value=1, max_value=999, help_text="As printed on the page",
        error_messages={"invalid": "Enter the page as a number.", "min_value": "Pages begin with 1.",
                        "max_value": "Reports have fewer pages than that."},
    )  # fmt: skip
    source = forms.CharField(
        label="Another source",
        required=False,
        max_length=200,
        help_text="Only where it is in no report listed. For example, HMPPS workforce statistics, September 2022.",
    )

    def __init__(self, *args, inspections, **kwargs):
        """``inspections``: those whose report may say it; the newest is chosen."""
        newest = {"inspection": inspections[0].pk} if inspections else {}
        super().__init__(*args, initial=newest, **kwargs)
        offered = [(one.pk, self._named(one)) for one in inspections]
        self.fields["inspection"].choices = [*offered, ("", "None of these")]
        self.fields["month"].error_messages["required"] = "Enter the month, like August 2022."

    @staticmethod
    def _named(one) -> str:
        return f"{one.organisation}, fieldwork {month(one.fieldwork_month)}" if one.fieldwork_month else str(one)
