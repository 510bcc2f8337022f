"""What goes out and what comes in, as REST framework writes and checks it; the schema is printed from this."""

from collections.abc import Mapping

from django.urls import reverse
from rest_framework import serializers

from tracker.alerts.models import Measure
from tracker.alerts.monitoring import MOST_ROWS
from tracker.alerts.rules import ALERT_KINDS, ALERT_STATES
from tracker.plans.rules import ACTION_STATES, CONFIDENCE, FOLLOW_UP_STATES, RESPONSES
from tracker.words import day
from tracker.working_days import NO_DATE

LONG = 10_000  # characters, as in the forms


class Link(serializers.URLField):
    """The address of the row, with the host that was asked. ``of``: which of the row's fields the address names."""

    def __init__(self, name, of="pk", **kwargs):
        super().__init__(source="*", read_only=True, **kwargs)
        self.name, self.of = name, of

    def to_representation(self, row):
        return self.context["request"].build_absolute_uri(reverse(self.name, args=[getattr(row, self.of)]))


class Day(serializers.DateField):
    """2026-11-30; null where there is no date."""

    def __init__(self, **kwargs):
        super().__init__(allow_null=True, **kwargs)

    def to_representation(self, value):
        return None if value == NO_DATE else super().to_representation(value)


# --- Records -----------------------------------------------------------------------------------------------------


class DeedSerializer(serializers.Serializer):
    """Something that the reader may do next, by the rules that draw the buttons of the pages."""

    deed = serializers.CharField()
    words = serializers.CharField()
    api = serializers.URLField(allow_null=True, help_text="where to POST it; null: it is done on a page")
    page = serializers.URLField(allow_null=True, help_text="where a person does it")


class PlaceSerializer(serializers.Serializer):
    slug = serializers.CharField()
    name = serializers.CharField(source="full_name")


class RecommendationSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    url = Link("api_recommendation")
    page = Link("recommendation")
    number = serializers.IntegerField(source="recommendation.number")
    wording = serializers.CharField(source="recommendation.wording")
    organisation = PlaceSerializer(source="addressee")
    inspection = serializers.CharField(source="inspection.slug")
    state = serializers.ChoiceField(list(FOLLOW_UP_STATES.items()))
    response = serializers.ChoiceField(list(RESPONSES.items()))
    response_text = serializers.CharField()
    part_agreed = serializers.CharField()
    part_not_agreed = serializers.CharField()
    reason = serializers.CharField()
    owner = serializers.CharField(source="owner_words")
    next_due = Day()
    live = serializers.BooleanField(help_text="false: historic, no clock is running")
    cycle = serializers.IntegerField()
    version = serializers.IntegerField()
    may = DeedSerializer(many=True)


class UpdateSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    by = serializers.CharField(source="by.name")
    done = serializers.CharField()
    confidence = serializers.ChoiceField(list(CONFIDENCE.items()))
    next_step = serializers.CharField()


class ActionSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    url = Link("api_action")
    page = Link("action")
    what = serializers.CharField()
    success_measure = serializers.CharField()
    organisation = PlaceSerializer()
    inspection = serializers.CharField(allow_null=True, source="inspection_slug")
    alert = serializers.IntegerField(allow_null=True, source="seen_alert")
    state = serializers.ChoiceField(list(ACTION_STATES.items()))
    owner = serializers.CharField(source="owner_words")
    due_by = Day()
    first_due_by = Day(help_text="as first set; it stays")
    target_wording = serializers.CharField()
    times_moved = serializers.IntegerField()
    live = serializers.BooleanField(help_text="false: historic, no clock is running")
    cycle = serializers.IntegerField()
    version = serializers.IntegerField()
    may = DeedSerializer(many=True)


class ReadingSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    measure = serializers.IntegerField(source="measure_id")
    value = serializers.DecimalField(max_digits=12, decimal_places=2)
    as_at = serializers.DateField(allow_null=True, help_text="null: as published, no date is printed")
    note = serializers.CharField()
    worsened = serializers.BooleanField(help_text="worse than the one before by more than the margin")
    by = serializers.CharField(source="by.name", default=None, allow_null=True)
    at = serializers.DateTimeField()


class MeasureSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    unit = serializers.CharField()
    target = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)
    worse = serializers.ChoiceField(Measure._meta.get_field("worse").choices)


class WholeMeasureSerializer(MeasureSerializer):
    readings = ReadingSerializer(many=True, source="rows")


class AlertSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    url = Link("api_alert")
    page = Link("alert")
    organisation = PlaceSerializer()
    kind = serializers.ChoiceField(list(ALERT_KINDS.items()))
    state = serializers.ChoiceField(list(ALERT_STATES.items()))
    restricted = serializers.BooleanField(help_text="only its circle can read it")
    required_text = serializers.CharField()
    live = serializers.BooleanField(help_text="false: historic, no clock is running")
    next_due = Day(help_text="the day of what is due first; null: nothing is")
    raised_at = serializers.DateTimeField(allow_null=True)
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    responded_at = serializers.DateTimeField(allow_null=True)
    accepted_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    measures = MeasureSerializer(many=True, source="measured")
    cycle = serializers.IntegerField()
    version = serializers.IntegerField()
    may = DeedSerializer(many=True)


class InspectionSerializer(serializers.Serializer):
    slug = serializers.CharField()
    page = Link("inspection", of="slug")
    title = serializers.CharField()
    organisation = PlaceSerializer()
    published = serializers.DateField(allow_null=True)
    fieldwork_month = serializers.DateField(allow_null=True, help_text="its first day")
    overall_rating = serializers.CharField(help_text="as published; empty: not rated")
    score_points = serializers.IntegerField(allow_null=True)
    score_out_of = serializers.IntegerField(allow_null=True)
    recommendations = serializers.IntegerField(source="recommended")
    may = DeedSerializer(many=True)


class OrganisationSerializer(serializers.Serializer):
    slug = serializers.CharField()
    page = Link("organisation", of="slug")
    name = serializers.CharField(source="full_name")
    short_name = serializers.CharField()
    level = serializers.ChoiceField([("hmpps", "HMPPS"), ("region", "Region"), ("pdu", "PDU")])
    code = serializers.CharField(allow_null=True)
    parent = serializers.CharField(source="parent.slug", default=None, allow_null=True)
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)
    may = DeedSerializer(many=True)


class WholeRecommendationSerializer(RecommendationSerializer):
    actions = serializers.ListField(
        child=serializers.IntegerField(), source="action_ids", help_text="those that the reader may see"
    )


class WholeActionSerializer(ActionSerializer):
    recommendations = serializers.ListField(
        child=serializers.IntegerField(), source="answered_ids", help_text="those that the reader may see"
    )
    updates = UpdateSerializer(many=True, source="newest", help_text="the newest 40")


class WholeAlertSerializer(AlertSerializer):
    measures = WholeMeasureSerializer(many=True, source="measured")


class PageSerializer(serializers.Serializer):
    """One page of a list."""

    count = serializers.IntegerField(help_text="of all that the reader may see and the filters let through")
    capped = serializers.BooleanField(help_text="true: there are more than the count")
    next = serializers.URLField(allow_null=True, help_text="the next page; null on the last")


class RecommendationPageSerializer(PageSerializer):
    results = RecommendationSerializer(many=True)


class ActionPageSerializer(PageSerializer):
    results = ActionSerializer(many=True)


class AlertPageSerializer(PageSerializer):
    results = AlertSerializer(many=True)


class InspectionPageSerializer(PageSerializer):
    results = InspectionSerializer(many=True)


class OrganisationPageSerializer(PageSerializer):
    results = OrganisationSerializer(many=True)


# --- What comes in -----------------------------------------------------------------------------------------------


def text(required, **how):
    said = dict.fromkeys(("required", "blank", "null"), required) if required else {}
    return serializers.CharField(
        max_length=LONG, required=bool(required), allow_blank=not required, error_messages=said, **how
    )


class InputSerializer(serializers.Serializer):
    """A field that nobody asked for is a mistake: what was written into it would be lost."""

    def to_internal_value(self, data):
        known = ", ".join(self.fields)
        if not isinstance(data, Mapping):
            raise serializers.ValidationError({"non_field_errors": [f"Send an object with {known}."]})
        if unknown := [name for name in data if name not in self.fields]:
            raise serializers.ValidationError(
                {str(name): [f"There is no such field, only {known}."] for name in unknown}
            )
        return super().to_internal_value(data)


class UpdateInputSerializer(InputSerializer):
    done = text("Say what has been done. If nothing has, say so and why.")
    confidence = serializers.ChoiceField(
        list(CONFIDENCE.items()),
        error_messages={
            name: f"Choose how sure you are of the date: {', '.join(CONFIDENCE)}."
            for name in ("required", "invalid_choice", "null")
        },
    )
    next_step = text("", default="")


class ClaimInputSerializer(InputSerializer):
    comment = text("Say what was done and how it can be seen: an inspector will check it.")


NUMBER = "Enter a number with at most two decimals, such as 234 or 12.5."
DAY = "Enter the day of the count, such as 2026-11-30."


class ReadingInputSerializer(InputSerializer):
    measure = serializers.IntegerField(
        help_text="the id of one of the alert's measures",
        error_messages=dict.fromkeys(("required", "null", "invalid"), "Name the measure by its id."),
    )
    value = serializers.DecimalField(
        max_digits=12,
        decimal_places=2,
        error_messages=dict.fromkeys(("required", *serializers.DecimalField.default_error_messages, "null"), NUMBER),
    )
    as_at = serializers.DateField(
        input_formats=["%Y-%m-%d"],
        error_messages=dict.fromkeys(("required", "null", "invalid", "datetime"), DAY),
    )
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")

    def validate_measure(self, pk):
        measures = self.context["measures"]
        if pk not in measures:
            known = "; ".join(f"{one.pk} is “{one.name}”" for one in measures.values())
            raise serializers.ValidationError(f"This alert has no measure {pk}. It has: {known or 'none'}.")
        return measures[pk]

    def validate_as_at(self, as_at):
        if as_at > self.context["today"]:
            raise serializers.ValidationError(f"{day(as_at)} is in the future.")
        return as_at


class ReadingsInputSerializer(InputSerializer):
    readings = serializers.ListField(
        child=ReadingInputSerializer(), min_length=1, max_length=MOST_ROWS,
        error_messages=dict.fromkeys(("required", "null", "min_length", "not_a_list"), "Enter at least one, in a list.")
        | {"max_length": f"At most {MOST_ROWS:,} readings come at once."},
    )  # fmt: skip

    def validate_readings(self, rows):
        seen = {}
        for number, row in enumerate(rows):
            same = (row["measure"].pk, row["as_at"])
            if same in seen:
                sentence = f"readings[{seen[same]}] is of the same measure on the same day."
                raise serializers.ValidationError({number: {"as_at": [sentence]}})
            seen[same] = number
        return rows


# --- What a deed answers -----------------------------------------------------------------------------------------


class DoneSerializer(serializers.Serializer):
    warning = serializers.CharField(
        allow_null=True, help_text="that what was saved seems to hold the number of a person on probation"
    )


class UpdateDoneSerializer(DoneSerializer):
    update = UpdateSerializer()
    action = ActionSerializer()


class ClaimSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    by = serializers.CharField(source="by.name")
    comment = serializers.CharField()


class ClaimDoneSerializer(DoneSerializer):
    claim = ClaimSerializer()
    action = ActionSerializer()


class ReadingsDoneSerializer(DoneSerializer):
    readings = ReadingSerializer(many=True)


class MistakeSerializer(serializers.Serializer):
    error = serializers.CharField()
    where = serializers.CharField(allow_null=True)


class ErrorSerializer(serializers.Serializer):
    """What every answer from 400 on holds."""

    error = serializers.CharField(help_text="a sentence for the person")
    where = serializers.CharField(allow_null=True, help_text="the field, header or part of the address it is about")
    mistakes = MistakeSerializer(many=True, help_text="all that is wrong with what was sent")
    version = serializers.IntegerField(allow_null=True, help_text="the row's, when somebody else changed it first")
