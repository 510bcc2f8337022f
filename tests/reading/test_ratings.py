"""The ratings page and the tables of key questions, as tidy and as mangled as they come."""

import pytest

from inspections.reading.record import Score
from tests.reading.invented import RATINGS, record, report

NAMES = [
    "Leadership", "Staff", "Services", "Information and facilities", "Court work", "Assessment", "Planning",
    "Implementation and delivery", "Reviewing",
]  # fmt: skip
EXPECTED = list("RIGRIIIRI")
LETTER = {"Requires improvement": "R", "Inadequate": "I", "Good": "G", "Outstanding": "O", "Not applicable": "-"}

TABS = """Ratings

_\tick and Marsh PDU eldwork started January 2023\tScore\t5/27
Ove\trall rating\tRequires improvement
1.\tOrganisational delivery\t\t
1.1\tLeadership\tRequires improvement
1.2\tStaff\tInadequate
1.3\tServices\tGood
1.4\tInformation and facilities\tRequires improvement
2.\tCourt work and case supervision\t\t
2.1\tCourt work\tInadequate
2.2\tAssessment\tInadequate
2.3\tPlanning\tInadequate
2.4\tImplementation and delivery\tRequires improvement
2.5\tReviewing\tInadequate
"""
ONE_LINE_EACH = """Ratings
Fenwick and Marsh PDU
Fieldwork started January 2023
Score 5 out of 27
Overall rating Requires
improvement
1.  Organisational delivery
1.1  Leadership Requires
improvement
1.2 Staff Inadequate
1.3 Services Good
1.4 Information and Requires
facilities improvement
2. Court work and case supervision
2.1 Court work Inadequate
2.2 Assessment Inadequate
2.3 Planning Inadequate
2.4 Implementation and
delivery Requires improvement
2.5 Reviewing Inadequate
"""
COLUMN_AFTER_COLUMN = """Ratings

Score 5/27

Overall rating Requires improvement

1. Organisational delivery
1.1 Leadership
1.2 Staff
1.3 Services
1.4 Information and facilities
2. Court work and case supervision
2.1 Court work
2.2 Assessment
2.3 Planning
2.4 Implementation and delivery
2.5 Reviewing

Requires improvement
Inadequate
Good
Requires improvement
Inadequate
Inadequate
Inadequate
Requires improvement
Inadequate
"""
PIPES = """## Ratings

Score **5/27**

**Overall rating** Requires improvement

| Standard | Rating |
|---|---|
""" + "".join(
    f"| {number} {name} | {rating} |\n"
    for number, name, rating in zip(
        ["1.1", "1.2", "1.3", "1.4", "2.1", "2.2", "2.3", "2.4", "2.5"],
        NAMES,
        [{v: k for k, v in LETTER.items()}[letter] for letter in EXPECTED],
        strict=True,
    )
)


@pytest.mark.parametrize("page", [RATINGS, TABS, ONE_LINE_EACH, COLUMN_AFTER_COLUMN, PIPES])
def test_every_shape_of_the_table_says_the_same(page):
    found = record(report(ratings=page))
    assert [LETTER[one.rating] for one in found.standards] == EXPECTED
    assert [one.name for one in found.standards] == NAMES
    assert found.score == Score(5, 27)
    assert found.overall_rating == "Requires improvement"


def test_a_standard_that_was_not_inspected_is_added_from_the_framework():
    page = RATINGS.replace("2.1 Court work\n\nInadequate\n\n", "").replace("5/27", "5/24")
    more = """2. Court work and case supervision

The pre-sentence information and advice provided to court supports its decision-making.

Not applicable

This standard was not inspected. There is no court in Fenwick.
"""
    found = record(report(ratings=page, more=more))
    assert [(one.number, LETTER[one.rating]) for one in found.standards][4] == ("2.1", "-")
    assert found.score == Score(5, 24)


def test_a_standard_that_is_silently_missing_is_not_added():
    page = RATINGS.replace("2.1 Court work\n\nInadequate\n\n", "")
    assert len(record(report(ratings=page)).standards) == 8


def test_other_frameworks_keep_their_numbers_and_names():
    page = (
        "Ratings\n\nScore 3/6\n\nOverall rating Good\n\nP 1.1 Leading well Good\nP 1.2 Staffing Requires improvement\n"
    )
    found = record(report(ratings=page))
    assert [(one.number, one.name, LETTER[one.rating]) for one in found.standards] == [
        ("P 1.1", "Leading well", "G"),
        ("P 1.2", "Staffing", "R"),
    ]


def test_a_report_without_ratings():
    found = record(report(ratings=""))
    assert (found.standards, found.score, found.overall_rating) == ((), None, None)


QUESTIONS = [("2.3", "Does planning focus on safety?", 40), ("2.3", "Is planning shared with the person?", 52)]


@pytest.mark.parametrize(
    "table",
    [
        "Key question\tPercentage ‘Yes’\n"
        "Does planning focus on safety?\t40%\n"
        "Is planning shared with the person?\t52%\n",
        "| Key question | Percentage 'Yes' |\n|--|--|\n| **Does planning focus on safety?** | 40% |\n"
        "| Is planning shared with the person? | 52% |\n",
        "Key question Percentage\n‘Yes’\n\n"
        "Does planning focus on\nsafety? 40%\n\n"
        "Is planning shared with the\nperson?  52%\n",
        "Key question %\n\nDoes planning focus on safety?\n\n40\n\nIs planning shared with the person?\n\n52\n",
        "Key question Percentage 'Yes'\n"
        "Does planning focus 40%\non safety?\n"
        "Is planning shared 52%\nwith the person?\n",
        "Key question\tYes\tNo\n"
        "Does planning focus on safety?\t40%\t60%\n"
        "Is planning shared with the person?\t52%\t48%\n",
        "Key question\tNo\tYes\nDoes planning focus on safety?\t60\t40\nIs planning shared with the person?\t48\t52\n",
        "Key question\tPer cent yes\n"
        "Does planning focus on safety?\t40 per cent\n"
        "Is planning shared with the person?\t52 per cent\n",
        "Key question\tPercentage 'Yes'\nDoes planning focus on safety?<sup>3</sup>\t40%\n"
        "Is planning shared with the person?\t52%\n",
    ],
)
def test_tables_of_key_questions(table):
    more = f"2.3. Planning\n\nPlanning is good.\n\nInadequate\n\n{table}\nStrengths:\n\n• In 30 per cent it was? Yes.\n"
    found = record(report(more=more)).key_questions
    assert [(one.standard, one.question, one.percent_yes) for one in found] == QUESTIONS


def test_court_work_outcomes_and_a_percentage_that_is_not_given():
    more = """2. Court work and case supervision

Our rating for court work is based on the percentage of cases judged satisfactory against the key question:

Key question\tPercentage 'Yes'
Is the advice to court good enough to be used?\tNot applicable

2.6. Outcomes

Outcomes\tPercentage 'Yes'
Do early outcomes show reasonable progress?\t0%
"""
    found = record(report(more=more)).key_questions
    assert [(one.standard, one.percent_yes) for one in found] == [("2.1", None), ("2.6", 0)]
