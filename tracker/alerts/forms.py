"""The forms of alerts. None saves anything: the operations do."""

import datetime as dt

from django import forms

from tracker.plans.forms import ActionForm, Once, Seen, text_box
from tracker.plans.rules import read_target_date
from tracker.words import day

from .monitoring import MOST, NewReading, day_in, number_in
from .rules import ALERT_KINDS

DECISIONS = ["confirm", "decline", "tie"]
MOST_CONCERNS, MOST_MEASURES = 20, 10
MOST_BYTES = 1_000_000  # of a file of readings
MEASURE_PARTS = ("name", "unit", "value", "as_at", "target", "worse")


class NumberField(forms.CharField):
    """A number as people write it, "1,204" or "12.5"; cleans to a Decimal, or None."""

    def __init__(self, label, **kwargs):
        super().__init__(
            label=label, max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **kwargs
        )  # fmt: skip

    def clean(self, value):
        value = super().clean(value)
        if not value:
            return None
        found = number_in(value)
        if found is None:
            raise forms.ValidationError(
                f"“{value}” is not a number with at most two decimals, such as 234 or 12.5, up to {MOST:,.0f}."
            )
        return found


class DayField(forms.CharField):
    """A day as people write it; cleans to a date, or None."""

    def __init__(self, label, *, today=None, **kwargs):
        super().__init__(label=label, max_length=60, **kwargs)
        self.today = today  # where it may not lie ahead

    def clean(self, value):
        value = super().clean(value)
        if not value:
            return None
        found = day_in(value) or _day_of(value)
        if found is None:
            raise forms.ValidationError(f"“{value}” is not a day. Write it like 30 June 2026.")
        if self.today and found > self.today:
            raise forms.ValidationError(f"{day(found)} is in the future.")
        return found


def _day_of(text) -> dt.date | None:
    try:
        found = read_target_date(text)
    except ValueError:
        return None
    return found.due_by if found.precision == "day" else None


# --- Raising ---------------------------------------------------------------------------------------------------


class RaiseForm(Once):
    """An alert as an inspector raises it. It has as many rows for concerns and measures as were asked for; rows left
    empty are left out."""

    concern_rows = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=MOST_CONCERNS)
    measure_rows = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=MOST_MEASURES)
    organisation = forms.ChoiceField(
        label="Which organisation?", error_messages={"required": "Choose the organisation."}
    )
    kind = forms.ChoiceField(
        label="What is it about?", choices=list(ALERT_KINDS.items()), widget=forms.RadioSelect,
        error_messages={"required": "Choose what the alert is about."},
    )  # fmt: skip
    required_text = text_box(
        "What is required of the place?", help_text="What has to be done now, and by whom.",
        error="Say what is required of the place.",
    )  # fmt: skip
    restricted = forms.BooleanField(
        label="Restricted: only its circle reads it until the report is published", required=False,
        help_text="The circle: the inspectors named here, leads and post holders of the place and of the levels above, "
        "and the owners of its actions.",
    )  # fmt: skip
    inspectors = forms.MultipleChoiceField(
        label="Which inspectors are named on it, besides you?", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, places, inspectors, concerns=1, measures=1, today, **kwargs):
        """``places``: (heading, [(value, text)]) groups; ``inspectors``: people; then how many rows there are."""
        super().__init__(*args, **kwargs)
        self.initial |= {"concern_rows": concerns, "measure_rows": measures}
        self.fields["organisation"].choices = [("", "Choose an organisation"), *places]
        self.fields["inspectors"].choices = [(str(one.pk), one.name) for one in inspectors]
        for n in range(1, concerns + 1):
            self.fields[f"concern_{n}"] = text_box(
                f"Concern {n}", required=n == 1, rows=3, error="Write at least one concern: what puts people at risk."
            )
        for n in range(1, measures + 1):
            self._add_measure(n, today)
        self.order_fields(
            ["organisation", "kind", *self.concern_names, *[f for n in self.measure_numbers for f in _parts(n)]]
        )

    def _add_measure(self, n, today):
        fields = self.fields
        name, unit, value, as_at, target, worse = _parts(n)
        fields[name] = forms.CharField(
            label="What is counted?", required=False, max_length=200,
            help_text="For example, cases without a named practitioner.",
        )  # fmt: skip
        fields[unit] = forms.CharField(
            label="Unit", required=False, max_length=40, help_text="For example, cases or per cent."
        )
        fields[value] = NumberField("First reading", required=False)
        fields[as_at] = DayField(
            "As at", required=False, today=today, help_text="The day of the count. Leave it empty if you do not know."
        )
        fields[target] = NumberField("Target", required=False)
        fields[worse] = forms.ChoiceField(
            label="When does it get worse?", required=False, widget=forms.RadioSelect, initial="up",
            choices=[("up", "When it goes up"), ("down", "When it goes down")],
        )  # fmt: skip

    @property
    def concern_names(self) -> list[str]:
        return [name for name in self.fields if name.startswith("concern_") and name != "concern_rows"]

    @property
    def measure_numbers(self) -> list[int]:
        return [int(name.split("_")[1]) for name in self.fields if name.endswith("_name")]

    def measure_parts(self, n) -> list[str]:
        return _parts(n)

    def clean(self):
        given = super().clean()
        for n in self.measure_numbers:
            name, unit, value, as_at, target, _ = (given.get(part) for part in _parts(n))
            if not name and any(one not in (None, "") for one in (unit, value, as_at, target)):
                self.add_error(f"measure_{n}_name", "Say what is counted.")
            if as_at is not None and value is None and f"measure_{n}_value" not in self.errors:
                self.add_error(f"measure_{n}_value", "Enter the first reading, or leave out its day.")
        return given

    def concerns(self) -> list[str]:
        return [text for name in self.concern_names if (text := self.cleaned_data[name].strip())]

    def measures(self) -> list[tuple]:
        """As `raising.raise_alert` takes them."""
        found = []
        for n in self.measure_numbers:
            name, unit, value, as_at, target, worse = (self.cleaned_data[part] for part in _parts(n))
            if name:
                found.append((name, unit, target, worse or "up", value, as_at))
        return found


def _parts(n) -> list[str]:
    return [f"measure_{n}_{part}" for part in MEASURE_PARTS]


# --- Deeds on an alert -----------------------------------------------------------------------------------------


class RespondForm(Seen):
    text = text_box(
        "What is the response?", rows=10,
        help_text="What is being done about each concern, and what you need from others.",
        error="Write the response.",
    )  # fmt: skip


class DecideForm(Seen):
    """Yes, or no with a reason."""

    decision = forms.ChoiceField(widget=forms.RadioSelect, error_messages={"required": "Choose one of the two."})
    reason = text_box("Why?", required=False)

    def __init__(self, *args, question, yes, no, why, **kwargs):
        """``yes`` and ``no``: (value, words). ``why``: the label of the reason, which only "no" needs."""
        super().__init__(*args, **kwargs)
        self.fields["decision"].label = question
        self.fields["decision"].choices = [yes, no]
        self.fields["reason"].label = why
        self.no = no[0]

    def clean(self):
        given = super().clean()
        if given.get("decision") == self.no and not given.get("reason"):
            self.add_error("reason", "Say why.")
        return given


class ReasonForm(Seen):
    reason = text_box("Why?", error="Say why.")


class CheckpointForm(Once):
    text = text_box(
        "What did you see?", rows=8, help_text="What has changed, what has not, and what happens next.",
        error="Say what you saw.",
    )  # fmt: skip


class AskEndForm(Seen):
    exit_plan = text_box(
        "What is the exit plan?", rows=6,
        help_text="How what was reached will be kept, who watches over it, and what would bring the alert back.",
        error="Write the exit plan.",
    )  # fmt: skip
    exception = text_box(
        "Why can it end although not all is done?", required=False, rows=4,
        help_text="Named on its page. Leave it empty when all is done.",
    )  # fmt: skip


class PauseForm(Once):
    starts = DayField("First day of the pause")
    ends = DayField("Last day of the pause", help_text="A pause is at most 28 days long.")
    reason = text_box("Why do the clocks stand still?", error="Say why.")


class StartClockForm(Seen):
    raised_on = DayField(
        "On which day was it raised?", help_text="Its limits run from this day. For example, 2 August 2022."
    )


class CircleForm(Seen):
    inspectors = forms.MultipleChoiceField(
        label="Which inspectors are named on it?", widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one inspector."},
    )  # fmt: skip

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["inspectors"].choices = [(str(one.pk), one.name) for one in people]


class ReadingsForm(Once):
    """One row for each measure; what has no value is left out."""

    def __init__(self, *args, measures, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.measures = list(measures)
        for one in self.measures:
            value, as_at, note = self.names(one)
            unit = f", {one.unit}" if one.unit else ""
            self.fields[value] = NumberField(f"Value{unit}", required=False)
            self.fields[as_at] = DayField("As at", required=False, today=today, initial=day(today))
            self.fields[note] = forms.CharField(
                label="Note, shown on the chart", required=False, max_length=300,
                help_text="For example, two officers came from Ealing.",
            )  # fmt: skip

    @staticmethod
    def names(measure) -> list[str]:
        return [f"{part}_{measure.pk}" for part in ("value", "as_at", "note")]

    def clean(self):
        given = super().clean()
        for one in self.measures:
            value, as_at, note = self.names(one)
            if value in self.errors or as_at in self.errors:
                continue
            if given.get(value) is not None and given.get(as_at) is None:
                self.add_error(as_at, f"{one.name}: enter the day of the count.")
            if given.get(value) is None and given.get(note):
                self.add_error(value, f"{one.name}: enter the value that the note is about.")
        if not self.errors and not self.readings():
            self.add_error(self.names(self.measures[0])[0] if self.measures else None, "Enter at least one reading.")
        return given

    def readings(self) -> list[NewReading]:
        found = []
        for one in self.measures:
            value, as_at, note = (self.cleaned_data.get(name) for name in self.names(one))
            if value is not None:
                found.append(NewReading(one, value, as_at, note or ""))
        return found


class ReadingsFileForm(Once):
    file = forms.FileField(
        label="Choose the file", allow_empty_file=True,
        help_text="A CSV file with the headings measure, value, as at and note.",
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={"required": "Choose the file of readings."},
    )  # fmt: skip

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError("The file is larger than 1 MB: a file of readings never is.")
        return file


class AlertActionForm(ActionForm):
    organisation = forms.ChoiceField(
        label="Whose action is it?", widget=forms.RadioSelect, error_messages={"required": "Choose whose action it is."}
    )
    concerns = forms.MultipleChoiceField(
        label="Which concerns does it answer?", required=False, widget=forms.CheckboxSelectMultiple
    )

    def offer(self, places, concerns, owners):
        """``places``: whose the action can be; ``concerns``: of the alert; ``owners``: (heading, ones) pairs."""
        self.fields["organisation"].choices = [(str(place.pk), place.full_name) for place in places]
        self.fields["concerns"].choices = [(str(one.pk), one.text) for one in concerns]
        self.fields["owner"].offer(owners)


class ConcernsForm(Seen):
    concerns = forms.MultipleChoiceField(
        label="Which concerns does it answer?", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Choose none if it answers no single one of them.",
    )  # fmt: skip

    def __init__(self, *args, concerns, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["concerns"].choices = [(str(one.pk), f"{one.position}. {one.text}") for one in concerns]


class TieForm(Seen):
    decision = forms.ChoiceField(choices=[(one, one) for one in DECISIONS])


class CarryForm(Seen):
    later = forms.ChoiceField(
        label="Which recommendation carries it on?", widget=forms.RadioSelect,
        error_messages={"required": "Choose a recommendation, or that none carries it on."},
    )  # fmt: skip

    def offer(self, rows, now):
        """``rows``: later follow-ups, the most similar first; ``now``: the one chosen at present or None."""
        if now is not None and now not in rows:
            rows = [now, *rows]
        self.fields["later"].choices = [(str(one.pk), _named(one)) for one in rows] + [("none", "None of these")]


def _named(follow_up) -> str:
    month = follow_up.inspection.fieldwork_month
    visit = f", {month:%B %Y}" if month else ""
    recommendation = follow_up.recommendation
    return f"{recommendation.number} to {follow_up.addressee}{visit}: {recommendation.wording}"
