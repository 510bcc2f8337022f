"""What was published: places, frameworks, inspections, ratings and recommendations.

Nothing here knows a user, a state or a deadline of ours. `inspections.importing` is the only writer of
inspections; organisations are written by `inspections.organisations`.
"""

from django.db import models
from django.db.models import F, Q

RATINGS = ["Outstanding", "Good", "Requires improvement", "Inadequate"]


class Level(models.TextChoices):
    HMPPS = "hmpps", "HMPPS"
    REGION = "region", "Region"
    PDU = "pdu", "PDU"


class Organisation(models.Model):
    """HMPPS, a region or a PDU. Places are split, merged and renamed, so none is ever deleted."""

    level = models.CharField(max_length=6, choices=Level)
    name = models.CharField(max_length=200, help_text="Without 'PDU' or 'region' at the end.")
    short_name = models.CharField(max_length=40, blank=True)
    slug = models.SlugField(max_length=80, unique=True)
    code = models.CharField(max_length=20, null=True, blank=True, unique=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="only_hmpps_has_no_parent",
                condition=Q(level="hmpps", parent__isnull=True) | (~Q(level="hmpps") & Q(parent__isnull=False)),
            ),
            models.CheckConstraint(
                name="an_organisation_ends_after_it_began",
                condition=Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gte=F("valid_from")),
            ),
        ]

    def __str__(self):
        return self.short_name or self.name

    @property
    def full_name(self) -> str:
        """As a title: "Lambeth PDU", "London region", "HMPPS"."""
        return {"pdu": f"{self.name} PDU", "region": f"{self.name} region"}.get(self.level, self.name)

    @property
    def line(self) -> tuple[int, ...]:
        """Own id, then those of the levels above; needs ``select_related("parent")`` to cost nothing."""
        above = self.parent.line if self.parent_id else ()
        return (self.pk, *above)


class Alias(models.Model):
    """Another way a place's name is written."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=200, db_index=True, help_text="names.name_key(name)")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="an_alias_is_given_once"),
        ]

    def __str__(self):
        return self.name


class Framework(models.Model):
    """A set of inspection standards in force from a date on. Data, never constants in code."""

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    valid_from = models.DateField()
    line = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Per cent of cases that a key question is held against; empty: it has no line."
    )

    class Meta:
        ordering = ["-valid_from"]

    def __str__(self):
        return self.name


class Standard(models.Model):
    framework = models.ForeignKey(Framework, models.CASCADE, related_name="standards")
    number = models.CharField(max_length=10)
    name = models.CharField(max_length=200)
    rated = models.BooleanField(default=True, help_text="2.6 Outcomes is reported, not rated.")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["framework", "number"], name="a_standard_is_listed_once")]

    def __str__(self):
        return f"{self.number} {self.name}"


class KeyQuestion(models.Model):
    standard = models.ForeignKey(Standard, models.CASCADE, related_name="key_questions")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=500)

    class Meta:
        ordering = ["standard__number", "position"]
        constraints = [models.UniqueConstraint(fields=["standard", "position"], name="a_key_question_has_its_place")]

    def __str__(self):
        return self.text


class Source(models.Model):
    """A report's file as it was handed in."""

    file = models.FileField(upload_to="reports/%Y/%m/")
    name = models.CharField(max_length=255)
    size = models.PositiveIntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64, unique=True)
    kept_at = models.DateTimeField()

    def __str__(self):
        return self.name


class Inspection(models.Model):
    """One visit and its published report. Everything as printed; no score or rating is ever recomputed."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="inspections")
    framework = models.ForeignKey(Framework, models.PROTECT, null=True, blank=True)
    slug = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=300, blank=True)
    region_name = models.CharField(max_length=200, blank=True, help_text="As printed.")
    published = models.DateField(null=True, blank=True, help_text="The first of the month where only that is known.")
    published_to_the_day = models.BooleanField(default=False)
    isbn = models.CharField(max_length=20, blank=True)
    lead_inspector = models.CharField(max_length=200, blank=True)
    fieldwork_month = models.DateField(null=True, blank=True, help_text="The first of the month.")
    fieldwork_start = models.DateField(null=True, blank=True)
    fieldwork_end = models.DateField(null=True, blank=True)
    cases_inspected = models.PositiveIntegerField(null=True, blank=True)
    practitioner_interviews = models.PositiveIntegerField(null=True, blank=True)
    score_points = models.PositiveSmallIntegerField(null=True, blank=True)
    score_out_of = models.PositiveSmallIntegerField(null=True, blank=True)
    overall_rating = models.CharField(max_length=30, blank=True)
    ppf_status = models.CharField(max_length=10, blank=True)
    ppf_since = models.DateField(null=True, blank=True, help_text="The first of the month.")
    demonstration = models.BooleanField(default=False)

    class Meta:
        ordering = ["-published", "slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "fieldwork_month"],
                name="one_inspection_per_place_and_fieldwork_month",
            ),
            models.CheckConstraint(
                name="a_score_has_its_maximum",
                condition=Q(score_points__isnull=True, score_out_of__isnull=True)
                | Q(score_points__lte=F("score_out_of")),
            ),
        ]

    def __str__(self):
        return self.title or self.slug


class Reading(models.Model):
    """What was read, and what was saved after corrections by hand; both kept, newest last."""

    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="readings")
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="readings")
    as_read = models.JSONField(null=True, blank=True, help_text="null where it was typed in without a file")
    as_saved = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"Reading of {self.inspection}"


class Rating(models.Model):
    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="ratings")
    position = models.PositiveSmallIntegerField()
    number = models.CharField(max_length=10)
    name = models.CharField(max_length=200)
    rating = models.CharField(max_length=30)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["inspection", "number"], name="a_standard_is_rated_once")]

    def __str__(self):
        return f"{self.number} {self.name}: {self.rating}"


class KeyQuestionResult(models.Model):
    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="key_question_results")
    position = models.PositiveSmallIntegerField()
    standard = models.CharField(max_length=10)
    question = models.CharField(max_length=1000)
    percent_yes = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["inspection", "position"], name="a_key_question_has_one_result"),
            models.CheckConstraint(
                name="a_percentage_is_at_most_100",
                condition=Q(percent_yes__isnull=True) | Q(percent_yes__lte=100),
            ),
        ]

    def __str__(self):
        return f"{self.question} {self.percent_yes}%"


class Recommendation(models.Model):
    """One recommendation as printed. What becomes of it is the tracker's follow-up."""

    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="recommendations")
    group = models.PositiveSmallIntegerField(help_text="Counts the addressee headings in print order.")
    number = models.PositiveSmallIntegerField(help_text="As printed.")
    level = models.CharField(max_length=6, choices=Level)
    addressee_as_printed = models.CharField(max_length=300)
    addressee = models.ForeignKey(Organisation, models.PROTECT, related_name="recommendations")
    wording = models.TextField()

    class Meta:
        ordering = ["group", "number"]
        constraints = [
            models.UniqueConstraint(fields=["inspection", "group", "number"], name="a_recommendation_is_numbered_once"),
        ]

    def __str__(self):
        return f"{self.number}. {self.wording}"


class WordingCorrection(models.Model):
    """A later reading's different wording, beside one that was already answered and so stays."""

    recommendation = models.ForeignKey(Recommendation, models.CASCADE, related_name="corrections")
    reading = models.ForeignKey(Reading, models.CASCADE, related_name="corrections")
    wording = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recommendation", "reading"], name="one_correction_per_reading")]

    def __str__(self):
        return self.wording


class PublishedAlert(models.Model):
    """The organisational alert as a report prints it."""

    inspection = models.OneToOneField(Inspection, models.CASCADE, related_name="alert")
    unallocated_caseload = models.PositiveIntegerField(null=True, blank=True)
    cases_with_no_next_appointment = models.PositiveIntegerField(null=True, blank=True)
    respondent = models.CharField(max_length=300, blank=True)
    concerns = models.JSONField(default=list, help_text="list of texts")
    response_actions = models.JSONField(default=list, help_text='list of {"text", "status"}')

    def __str__(self):
        return f"Organisational alert, {self.inspection}"


class ContextFigure(models.Model):
    """What a report says about a place in passing, entered by hand with the page it stands on: 43% of posts vacant."""

    class Measure(models.TextChoices):
        CASELOAD = "caseload", "Caseload"
        EACH = "each", "Cases of one probation officer, on average"
        UNALLOCATED = "unallocated", "Unallocated cases"
        STAFF = "staff", "Staff in post"
        VACANCIES = "vacancies", "Vacancy rate"
        OFFICERS = "officers", "Vacancy rate of probation officers"
        SICKNESS = "sickness", "Days lost to sickness, a person a year"
        WORKLOAD = "workload", "Workload, of what staff can carry"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="figures")
    inspection = models.ForeignKey(Inspection, models.CASCADE, null=True, blank=True, related_name="figures")
    measure = models.CharField(max_length=12, choices=Measure)
    value = models.DecimalField(max_digits=9, decimal_places=1)
    unit = models.CharField(max_length=10, blank=True, help_text='"%", or what is counted where that is not plain')
    as_at = models.DateField(help_text="The first of the month.")
    page = models.PositiveSmallIntegerField(null=True, blank=True, help_text="of the report, as printed")
    source = models.CharField(max_length=200, blank=True, help_text="what it is from, where that is no report here")
    form_key = models.UUIDField(null=True, unique=True)

    class Meta:
        ordering = ["measure", "-as_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "measure", "as_at"], name="a_figure_of_a_place_and_month_is_entered_once"
            ),
            models.CheckConstraint(
                name="a_figure_says_where_it_is_from",
                condition=Q(inspection__isnull=False, page__isnull=False)
                | (Q(inspection__isnull=True) & ~Q(source="")),
            ),
            models.CheckConstraint(name="a_figure_is_not_negative", condition=Q(value__gte=0)),
        ]

    def __str__(self):
        return f"{self.get_measure_display()}: {self.words}"

    @property
    def words(self) -> str:
        """ "43%", "1,204", "12.5 full-time equivalent" """
        number = f"{self.value:,.1f}".removesuffix(".0")
        return f"{number}{self.unit}" if self.unit == "%" else f"{number} {self.unit}".strip()
