"""The forms of importing. None saves anything: each gives a corrected `Record` or `Choices` for an operation."""

import datetime as dt
import uuid
from dataclasses import replace

from django import forms

from inspections.importing import day_of
from inspections.models import RATINGS, Framework, Level, Organisation
from inspections.names import name_key
from inspections.reading.record import (
    Alert,
    Fieldwork,
    KeyQuestion,
    Month,
    Pdu,
    PpfStatus,
    Recommendation,
    Record,
    ResponseAction,
    Score,
    Standard,
)
from tracker.intake import Choices, Proposal
from tracker.plans.rules import read_target_date
from tracker.words import day, month

from .operations import MOST_BYTES, TOO_LARGE

RATING_CHOICES = [("", "Not rated"), *((r, r) for r in RATINGS)]
STANDARD_RATINGS = [(r, r) for r in (*RATINGS, "Not applicable")]
LEVELS = [("pdu", "PDU"), ("region", "Region"), ("hmpps", "HMPPS")]
NEW = "new"


class OneLine(forms.CharField):
    """Text as it goes into a record: single spaces."""

    def __init__(self, label="", *, most=300, required=False, **kwargs):
        missing = {"required": f"Enter the {label.lower()}."}
        super().__init__(label=label, max_length=most, required=required, error_messages=missing, **kwargs)

    def clean(self, value):
        return " ".join(super().clean(value).split())


class Wording(OneLine):
    def __init__(self, label="", *, rows=3, **kwargs):
        super().__init__(label, most=5000, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class DayOrMonth(forms.CharField):
    """A date as people write it; gives None or a `tracker.plans.rules.TargetDate` of one of ``precisions``."""

    today = None  # set by a form in which it may not lie ahead

    def __init__(self, label, *precisions, required=False, help_text=""):
        super().__init__(label=label, required=required, max_length=40, help_text=help_text)
        self.precisions = precisions

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        example = " or ".join({"day": "30 June 2026", "month": "June 2026"}[p] for p in self.precisions)
        try:
            found = read_target_date(text, like=example)
        except ValueError as fault:
            raise forms.ValidationError(str(fault)) from None
        if found.precision not in self.precisions:
            raise forms.ValidationError(f'"{text}" is not exact enough or too exact here. Write it like {example}.')
        begins = found.due_by.replace(day=1) if found.precision == "month" else found.due_by
        if self.today and begins > self.today:
            raise forms.ValidationError(f"{text} has not been yet. Fieldwork is in the past by the time of its report.")
        return found


def whole(label="", most=2_000_000_000):
    return _number(label, f"{label}: enter a whole number, such as 30.", most)


def _number(label, sentence, most):
    said = dict.fromkeys(("invalid", "min_value", "max_value"), sentence)
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=most, error_messages=said)


class Once(forms.Form):
    """A form whose deed is done once, however often the button is pressed."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, initial=None, **kwargs):
        super().__init__(*args, initial={"key": uuid.uuid4()} | (initial or {}), **kwargs)


class UploadForm(Once):
    file = forms.FileField(
        label="The report",
        help_text="PDF, Word (.docx), HTML, Markdown or text, up to 30 MB.",
        widget=forms.FileInput(attrs={"accept": ".pdf,.docx,.html,.htm,.md,.txt"}),
        error_messages={
            "required": "Choose the file of the report.",
            "empty": "The file is empty.",
        },
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(TOO_LARGE)
        return file


class EnterForm(Once):
    """What is needed to begin without a file; all else is filled in on the preview."""

    organisation = forms.ChoiceField(
        label="Which organisation was inspected?", required=False, help_text="A PDU, a region or HMPPS."
    )
    new_pdu = OneLine("Or the name of a PDU that is not in the list", most=200, help_text="Without PDU at the end.")
    region = forms.ChoiceField(label="Its region", required=False, help_text="Only for a PDU that is not in the list.")
    fieldwork = DayOrMonth("Month of fieldwork", "month", required=True, help_text="For example, August 2022")
    published = DayOrMonth(
        "Published", "month", "day", help_text="For example, October 2022, or the day if you know it"
    )

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["fieldwork"].today = today
        self.places = places_by_level()
        self.fields["organisation"].choices = [("", "Choose an organisation"), *place_choices(self.places)]
        regions = [p for p in self.places if p.level == Level.REGION]
        self.fields["region"].choices = [("", "Choose a region"), *place_choices(regions)]
        self.fields["fieldwork"].error_messages["required"] = "Enter the month of fieldwork, like August 2022."

    def clean(self):
        given = super().clean()
        if bool(given.get("organisation")) == bool(given.get("new_pdu")):
            self.add_error("organisation", "Choose the organisation from the list, or name a PDU that is not in it.")
        elif given.get("new_pdu") and not given.get("region"):
            self.add_error("region", f"Choose the region of {given['new_pdu']}.")
        return given

    def record_values(self) -> tuple[dict, Choices]:
        """(arguments for `operations.empty_record`, choices)"""
        given, places = self.cleaned_data, {str(p.pk): p for p in self.places}
        published = given["published"]
        values = {"started_month": f"{given['fieldwork'].due_by:%Y-%m}"}
        if published:
            values["published"] = (published.due_by.year, published.due_by.month)
        on = published.due_by if published and published.precision == "day" else None
        if given["new_pdu"]:
            region = places[given["region"]]
            values |= {"pdu": given["new_pdu"], "region": region.name}
            return values, Choices(add_under=region.pk, published_on=on)
        place = places[given["organisation"]]
        if place.level == Level.PDU:
            values |= {"pdu": place.name, "region": place.parent.name}
        elif place.level == Level.REGION:
            values["region"] = place.name
        return values, Choices(organisation=place.pk, published_on=on)


def places_by_level() -> list[Organisation]:
    """Every place, PDUs first; one query."""
    order = {Level.PDU: 0, Level.REGION: 1, Level.HMPPS: 2}
    return sorted(Organisation.objects.select_related("parent"), key=lambda p: (order[p.level], p.name))


def place_choices(places) -> list[tuple[str, str]]:
    return [(str(p.pk), p.full_name if p.level != Level.HMPPS else "HMPPS") for p in places]


# --- Confirming --------------------------------------------------------------------------------------------------


class ConfirmForm(forms.Form):
    """What must be chosen before the import, and whether clocks run. Fields only for what is not recognised."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data=None, *, proposal: Proposal, version: int, everything=False):
        super().__init__(data, initial={"seen": version})
        self.proposal = proposal
        places = places_by_level()
        ask_place = everything or (proposal.organisation is None)
        if ask_place:
            self._ask_place(proposal, places)
        self.keys = {}
        for i, one in enumerate(proposal.addressees):
            if everything or not one.known:
                self.keys[f"addressee_{i}"] = one.key
                self.fields[f"addressee_{i}"] = forms.ChoiceField(
                    label=f"Who is “{one.printed}”?",
                    choices=_near_first(one.near, sorted(places, key=lambda p: p.level != one.level)),
                    initial=str(one.organisation.pk) if one.organisation else "",
                    required=not one.is_the_place,
                    help_text=f"Addressee of {_numbers(one.numbers)}.",
                    error_messages={"required": f"Choose who {one.printed} is."},
                )
        if proposal.is_empty and not everything:
            self.fields["none_made"] = forms.BooleanField(
                label="The report makes no recommendations",
                initial=proposal.choices.none_made,
                help_text="Then nobody is asked for a plan, and no clock runs.",
                error_messages={"required": "Add the recommendations, or tick that the report makes none."},
            )
        # The fields in the order of `proposal.to_choose`, for its links.
        place = ["organisation"] if proposal.organisation is None and not proposal.adds else []
        unknown = {one.key for one in proposal.addressees if not one.known}
        self.asked = place + [name for name, key in self.keys.items() if key in unknown]
        self.asked += ["none_made"] if "none_made" in self.fields else []
        frameworks = [(str(f.pk), f.name) for f in Framework.objects.all()]
        self.fields["framework"] = forms.ChoiceField(
            label="Framework",
            choices=[("0", "None of these"), *frameworks],
            initial=str(proposal.framework.pk) if proposal.framework else "0",
            required=False,
            help_text="The set of standards in force. Proposed from the numbers of the standards.",
        )
        self.fields["live"] = forms.ChoiceField(
            label="Does work on this report start now?",
            choices=[
                ("live", "Live: clocks run and people are reminded"),
                ("historic", "Historic: no clock and no mail until somebody starts it"),
            ],
            initial="live" if proposal.live else "historic",
            widget=forms.RadioSelect,
            help_text=f"{proposal.live_why} That is why this is proposed.",
            error_messages={"required": "Choose live or historic."},
        )

    def _ask_place(self, proposal, places):
        found = _near_first(proposal.near, places)
        if proposal.record.pdu:
            found.insert(1, (NEW, f"Add {proposal.record.pdu.name} as a new PDU"))
        self.fields["organisation"] = forms.ChoiceField(
            label=f"Which organisation is “{proposal.place}”?"
            if proposal.place
            else "Which organisation was inspected?",
            choices=found,
            help_text=f"If it is in the list under another name, choose that. Else add it: {found[1][1]}."
            if proposal.record.pdu
            else "",
            initial=NEW if proposal.adds else str(proposal.organisation.pk) if proposal.organisation else "",
            error_messages={"required": "Choose the organisation that was inspected."},
        )
        self.fields["region"] = forms.ChoiceField(
            label="Region of a new PDU",
            choices=[("", "Choose a region"), *place_choices(p for p in places if p.level == Level.REGION)],
            initial=str(proposal.region.pk) if proposal.region else "",
            required=False,
            help_text="Only needed if you add a PDU.",
        )

    def clean(self):
        given = super().clean()
        if given.get("organisation") == NEW and not given.get("region"):
            self.add_error("region", f"Choose the region that {self.proposal.place} belongs to.")
        return given

    def choices(self) -> Choices:
        given, before = self.cleaned_data, self.proposal.choices
        addressees = dict(before.addressees)
        for name, key in self.keys.items():
            addressees.pop(key, None)
            if given[name]:
                addressees[key] = int(given[name])
        place, under = before.organisation, before.add_under
        if "organisation" in given:
            new = given["organisation"] == NEW
            place, under = (None, int(given["region"])) if new else (int(given["organisation"]), None)
        framework = given["framework"]
        return replace(
            before, organisation=place, add_under=under, addressees=addressees, live=given["live"] == "live",
            framework=int(framework) if framework else None, none_made=given.get("none_made", before.none_made),
        )  # fmt: skip


def _near_first(near, places) -> list[tuple[str, str]]:
    likely = {p.pk for p in near}
    rest = [p for p in places if p.pk not in likely]
    return [("", "Choose an organisation"), *place_choices(near), *place_choices(rest)]


def _numbers(numbers) -> str:
    return f"recommendation{'' if len(numbers) == 1 else 's'} {', '.join(map(str, numbers))}"


# --- Correcting what was read ------------------------------------------------------------------------------------


class FactsForm(forms.Form):
    seen = forms.IntegerField(widget=forms.HiddenInput)
    title = OneLine("Title")
    pdu = OneLine("PDU", most=200, help_text="Without PDU at the end. Empty for an inspection of a region or of HMPPS.")
    short_name = OneLine("Short name", most=40, help_text="Only if the report itself uses one.")
    region = OneLine("Region", most=200, help_text="Without region at the end.")
    published = DayOrMonth(
        "Published", "month", "day", help_text="For example, October 2022. The action plan is due 28 days later."
    )
    isbn = OneLine("ISBN", most=20)
    lead_inspector = OneLine("Lead inspector", most=200)
    month = DayOrMonth("Month of fieldwork", "month", help_text="For example, August 2022. Tells inspections apart.")
    start = DayOrMonth("Fieldwork began", "day", help_text="For example, 15 August 2022")
    end = DayOrMonth("Fieldwork ended", "day", help_text="Only if the report states it.")
    cases = whole("Cases inspected")
    interviews = whole("Interviews with practitioners")
    points = whole("Score", 1000)
    out_of = whole("Score out of", 1000)
    rating = forms.ChoiceField(label="Overall rating", choices=RATING_CHOICES, required=False)
    ppf = forms.ChoiceField(
        label="Prioritisation status",
        choices=[("", "Not stated"), ("red", "Red"), ("amber", "Amber"), ("green", "Green")],
        required=False,
    )
    ppf_since = DayOrMonth("Prioritisation status since", "month", help_text="For example, June 2022")

    @staticmethod
    def initial_of(record: Record, choices: Choices) -> dict:
        fieldwork, score, ppf = record.fieldwork, record.score, record.ppf_status
        published = choices.published_on and day(choices.published_on)
        return {
            "title": record.title,
            "pdu": record.pdu and record.pdu.name,
            "short_name": record.pdu and record.pdu.short_name,
            "region": record.region,
            "published": published or (record.published and month(day_of(record))),
            "isbn": record.isbn,
            "lead_inspector": record.lead_inspector,
            "month": _month_words(fieldwork.started_month),
            "start": fieldwork.start_date and day(dt.date.fromisoformat(fieldwork.start_date)),
            "end": fieldwork.end_date and day(dt.date.fromisoformat(fieldwork.end_date)),
            "cases": record.cases_inspected,
            "interviews": record.practitioner_interviews,
            "points": score and score.points,
            "out_of": score and score.out_of,
            "rating": record.overall_rating or "",
            "ppf": (ppf and ppf.status) or "",
            "ppf_since": _month_words(ppf and ppf.since),
        }

    def clean(self):
        given = super().clean()
        start, end = given.get("start"), given.get("end")
        if start and end and end.due_by < start.due_by:
            self.add_error("end", "Fieldwork ended before it began.")
        if (
            given.get("start")
            and given.get("month")
            and start.due_by.replace(day=1) != given["month"].due_by.replace(day=1)
        ):
            self.add_error("month", "Fieldwork began in another month. Correct one of the two.")
        points, out_of = given.get("points"), given.get("out_of")
        if (points is None) != (out_of is None) and not {"points", "out_of"} & set(self.errors):
            self.add_error("out_of" if out_of is None else "points", "Enter the score and its maximum, or neither.")
        elif points is not None and out_of is not None and points > out_of:
            self.add_error("points", "The score is more than its maximum.")
        if given.get("short_name") and not given.get("pdu"):
            self.add_error("short_name", "Enter the name of the PDU too.")
        return given

    def apply(self, record: Record, choices: Choices) -> tuple[Record, Choices]:
        given = self.cleaned_data
        published, points, ppf = given["published"], given["points"], given["ppf"] or None
        ppf_since = _iso_month(given["ppf_since"])
        corrected = replace(
            record,
            title=given["title"] or None,
            pdu=Pdu(given["pdu"], given["short_name"] or None) if given["pdu"] else None,
            region=given["region"] or None,
            published=Month(published.due_by.year, published.due_by.month) if published else None,
            isbn=given["isbn"] or None,
            lead_inspector=given["lead_inspector"] or None,
            fieldwork=Fieldwork(
                _iso_month(given["month"]) or _iso_month(given["start"]),
                _iso_day(given["start"]),
                _iso_day(given["end"]),
            ),
            cases_inspected=given["cases"],
            practitioner_interviews=given["interviews"],
            score=Score(points, given["out_of"]) if points is not None else None,
            overall_rating=given["rating"] or None,
            ppf_status=PpfStatus(ppf, ppf_since) if ppf or ppf_since else None,
        )
        on = published.due_by if published and published.precision == "day" else None
        return corrected, replace(choices, published_on=on)


def _month_words(text) -> str:
    return month(dt.date.fromisoformat(f"{text}-01")) if text else ""


def _iso_month(target) -> str | None:
    return f"{target.due_by:%Y-%m}" if target else None


def _iso_day(target) -> str | None:
    return target.due_by.isoformat() if target else None


class StandardRow(forms.Form):
    number = OneLine("Number", most=10, required=True)
    name = OneLine("Name", most=200, required=True)
    # A browser sends the first choice of a list that nobody touched: that alone is no row to add.
    rating = forms.ChoiceField(label="Rating", choices=STANDARD_RATINGS, initial=STANDARD_RATINGS[0][0])


class QuestionRow(forms.Form):
    standard = OneLine("Standard", most=10, required=True)
    question = OneLine("Key question", most=1000, required=True)
    percent = _number("Percent yes", "Enter the percentage as a whole number from 0 to 100.", 100)


class RecommendationRow(forms.Form):
    group = forms.IntegerField(widget=forms.HiddenInput, required=False)
    number = forms.IntegerField(
        label="Number", min_value=0, max_value=30_000, error_messages={"required": "Enter the number as printed."}
    )
    level = forms.ChoiceField(label="Addressed to a", choices=LEVELS, initial=LEVELS[0][0])
    addressee = OneLine("Addressee as printed", required=True)
    text = Wording("Wording", required=True)


class ActionRow(forms.Form):
    text = Wording("Response action", required=True, rows=2)
    status = forms.ChoiceField(
        label="State as printed",
        choices=[
            ("", "None printed"),
            ("completed", "Completed"),
            ("in progress", "In progress"),
            ("ongoing", "Ongoing"),
        ],
        required=False,
    )


class AlertForm(forms.Form):
    printed = forms.BooleanField(label="The report prints an organisational alert", required=False)
    unallocated = whole("Unallocated cases")
    no_appointment = whole("Cases with no next appointment")
    respondent = OneLine("Who responded")
    concerns = forms.CharField(
        label="Concerns",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="One concern a line.",
    )


class Seen(forms.Form):
    seen = forms.IntegerField(widget=forms.HiddenInput)


class Rows(forms.BaseFormSet):
    """Rows to correct, empty ones to add; a row that is ticked goes."""

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["DELETE"].label = "Leave this out"

    @property
    def kept(self) -> list[dict]:
        return [f.cleaned_data for f in self.forms if f.cleaned_data and not f.cleaned_data.get("DELETE")]


def rows_of(row, extra):
    return forms.formset_factory(
        row, formset=Rows, extra=extra, can_delete=True, max_num=300, absolute_max=400, validate_max=True
    )


StandardRows, QuestionRows = rows_of(StandardRow, 2), rows_of(QuestionRow, 3)
RecommendationRows, ActionRows = rows_of(RecommendationRow, 3), rows_of(ActionRow, 2)


class Part:
    """One part of the preview that is corrected on a page of its own.

    ``form``: facts, the alert's numbers, or only the seen version; ``rows``: a formset or None.
    """

    title, one = "", "row"

    def __init__(self, record: Record, choices: Choices, version: int, data=None, today=None):
        self.record, self.choices = record, choices
        self.seen = Seen(data, initial={"seen": version})
        self.form = self.rows = None

    def is_valid(self) -> bool:
        valid = [part.is_valid() for part in (self.seen, self.form, self.rows) if part is not None]
        return all(valid)

    def corrected(self) -> tuple[Record, Choices]:
        raise NotImplementedError

    @property
    def named_rows(self) -> list[tuple[str, forms.Form]]:
        """("Recommendation 2" or "Recommendation to add, 1 of 3", its form) each."""
        have, rows = self.rows.initial_form_count(), self.rows.forms
        return [
            (f"{self.one} {n}" if n <= have else f"{self.one} to add, {n - have} of {len(rows) - have}", row)
            for n, row in enumerate(rows, start=1)
        ]

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """(sentence, id of its field) for the summary; of a row it begins with which row and which field."""
        found = []
        for form in (self.seen, self.form):
            if form is None or not form.is_bound:
                continue
            found += [(error, "") for error in form.non_field_errors()]
            found += [(error, bound.auto_id) for bound in form for error in bound.errors]
        if self.rows is not None and self.rows.is_bound:
            for name, row in self.named_rows:
                found += [(f"{name}: {error}", "") for error in row.non_field_errors()]
                found += [
                    (f"{name}, {bound.label.lower()}: {error}", bound.auto_id)
                    for bound in row
                    for error in bound.errors
                ]
            found += [(error, "") for error in self.rows.non_form_errors()]
        return found


class FactsPart(Part):
    title = "Facts"

    def __init__(self, record, choices, version, data=None, today=None):
        super().__init__(record, choices, version, data, today)
        self.form = FactsForm(data, initial=FactsForm.initial_of(record, choices) | {"seen": version})
        for name in ("month", "start", "end"):
            self.form.fields[name].today = today

    def corrected(self):
        return self.form.apply(self.record, self.choices)


class StandardsPart(Part):
    title, one = "Ratings", "Standard"

    def __init__(self, record, choices, version, data=None, today=None):
        super().__init__(record, choices, version, data, today)
        have = [{"number": s.number, "name": s.name, "rating": s.rating} for s in record.standards]
        self.rows = StandardRows(data, initial=have, prefix="row")

    def corrected(self):
        kept = tuple(Standard(r["number"], r["name"], r["rating"]) for r in self.rows.kept)
        return replace(self.record, standards=kept), self.choices


class QuestionsPart(Part):
    title, one = "Key questions", "Key question"

    def __init__(self, record, choices, version, data=None, today=None):
        super().__init__(record, choices, version, data, today)
        have = [
            {"standard": q.standard, "question": q.question, "percent": q.percent_yes} for q in record.key_questions
        ]
        self.rows = QuestionRows(data, initial=have, prefix="row")

    def corrected(self):
        kept = tuple(KeyQuestion(r["standard"], r["question"], r["percent"]) for r in self.rows.kept)
        return replace(self.record, key_questions=kept), self.choices


class RecommendationsPart(Part):
    title, one = "Recommendations", "Recommendation"

    def __init__(self, record, choices, version, data=None, today=None):
        super().__init__(record, choices, version, data, today)
        have = [
            {"group": r.group, "number": r.number, "level": r.level, "addressee": r.addressee, "text": r.text}
            for r in record.recommendations
        ]
        self.rows = RecommendationRows(data, initial=have, prefix="row")

    def corrected(self):
        """A row keeps its group while its addressee stays; else it joins its new addressee's, or begins one."""
        of_group = {r.group: (r.level, name_key(r.addressee)) for r in self.record.recommendations}
        first: dict[tuple, int] = {}
        for group, addressee in sorted(of_group.items()):
            first.setdefault(addressee, group)
        kept = []
        for row in self.rows.kept:
            addressee = (row["level"], name_key(row["addressee"]))
            group = row["group"]
            if group is None or of_group.get(group) != addressee:
                group = first.setdefault(addressee, max([*of_group, *first.values()], default=0) + 1)
            kept.append(Recommendation(row["number"], group, row["level"], row["addressee"], row["text"]))
        kept.sort(key=lambda r: (r.group, r.number))
        return replace(self.record, recommendations=tuple(kept)), self.choices


class AlertPart(Part):
    title, one = "Organisational alert", "Response action"

    def __init__(self, record, choices, version, data=None, today=None):
        super().__init__(record, choices, version, data, today)
        alert = record.organisational_alert
        have = {
            "printed": True,
            "unallocated": alert.unallocated_caseload,
            "no_appointment": alert.cases_with_no_next_appointment,
            "respondent": alert.respondent,
            "concerns": "\n".join(alert.concerns),
        } if alert else {}  # fmt: skip
        self.form = AlertForm(data, initial=have)
        actions = [{"text": a.text, "status": a.status or ""} for a in alert.response_actions] if alert else []
        self.rows = ActionRows(data, initial=actions, prefix="row")

    def corrected(self):
        given = self.form.cleaned_data
        if not given["printed"]:
            return replace(self.record, organisational_alert=None), self.choices
        concerns = tuple(c for line in given["concerns"].splitlines() if (c := " ".join(line.split())))
        actions = tuple(ResponseAction(r["text"], r["status"] or None) for r in self.rows.kept)
        alert = Alert(given["unallocated"], given["no_appointment"], concerns, actions, given["respondent"] or None)
        return replace(self.record, organisational_alert=alert), self.choices


PARTS = {
    "facts": FactsPart,
    "ratings": StandardsPart,
    "questions": QuestionsPart,
    "recommendations": RecommendationsPart,
    "alert": AlertPart,
}
