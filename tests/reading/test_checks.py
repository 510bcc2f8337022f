"""What a person is asked to look at, what is refused, and what a corrected record may say."""

import json
from pathlib import Path

import pytest

from inspections.reading.record import Record
from tests.reading.invented import FRONT, RATINGS, RECOMMENDATIONS, reading, record, report


def said(**parts) -> list[str]:
    return [problem.text for problem in reading(report(**parts)).problems]


def test_a_faultless_report_has_no_problems():
    assert said() == []


@pytest.mark.parametrize(
    "parts, sentence",
    [
        (
            {"recommendations": RECOMMENDATIONS.replace("2. keep", "4. keep").replace("3. lend", "5. lend")},
            "There is no recommendation 2; the numbers go on after it.",
        ),
        (
            {"recommendations": RECOMMENDATIONS.replace("3. lend", "2. lend")},
            "The number 2 is used more than once.",
        ),
        (
            {"ratings": RATINGS.replace("5/27", "6/27")},
            "The ratings add up to 5 points, but the report prints a score of 6.",
        ),
        (
            {"ratings": RATINGS.replace("5/27", "5/24")},
            "9 rated standards give a maximum of 27, but the report prints 24.",
        ),
        (
            {"ratings": RATINGS.replace("2.1 Court work\n\nInadequate\n\n", "").replace("5/27", "5/24")},
            "Standard 2.1 Court work has no rating, and the report does not say why.",
        ),
        (
            {"front": "Contents\n\nForeword.....3\nRatings.....4\nAnnexe nine – Maps.....22\n\n" + FRONT},
            'The contents name "Annexe nine – Maps", but no such section was found.',
        ),
        (
            {"more": FRONT.replace("Fenwick and Marsh", "Otherham").replace("01-4", "02-1")},
            "There seem to be two reports in this file; only the first was read.",
        ),
        (
            {"recommendations": RECOMMENDATIONS.replace("North West region", "The Board")},
            'It is not clear at which level "The Board" is; taken as a PDU.',
        ),
        (
            {"recommendations": RECOMMENDATIONS.replace("lend a second deputy.", "lend a second deputy to the")},
            'The wording seems to break off: "lend a second deputy to the".',
        ),
        (
            {"recommendations": RECOMMENDATIONS.replace("1.", "•").replace("2.", "•").replace("3.", "•")},
            "The document prints no numbers here; the recommendations were counted in their order.",
        ),
        (
            {"more": "2.3 Planning\n\nGood\n\nKey question\tPercentage 'Yes'\nDoes planning keep people safe?\tn/a\n"},
            'No percentage was found for "Does planning keep people safe?".',
        ),
        (
            {"more": "2.3 Planning\n\nPlanning is shared.\n\nGood\n"},
            'The ratings page says "Inadequate", the chapter says "Good".',
        ),
        (
            {"more": "We raised an organisational alert."},
            "The report speaks of an organisational alert, but its details were not found.",
        ),
    ],
)
def test_what_is_worth_a_look(parts, sentence):
    found = reading(report(**parts))
    assert sentence in [problem.text for problem in found.problems]
    assert all(problem.where for problem in found.problems)


def test_nothing_is_corrected():
    found = record(report(ratings=RATINGS.replace("5/27", "6/24")))
    assert (found.score.points, found.score.out_of) == (6, 24)


YOUTH = """An inspection of youth offending services in Fenwick

HM Inspectorate of Probation, March 2023

Recommendations

Fenwick Youth Justice Service should:

1. see children at home.
"""


@pytest.mark.parametrize(
    "words, sentence",
    [
        ("", "The document has no text that can be read."),
        (" \n\f\n ", "The document has no text that can be read."),
        (
            "Minutes of the parish council. The roof leaks.",
            "This is not an inspection report of HM Inspectorate of Probation.",
        ),
        (YOUTH, "This is a report on youth justice services; only reports on probation services are read."),
        (
            report(recommendations=""),
            "No recommendations were found in this document, so nothing was taken from it.",
        ),
    ],
)
def test_refusals(words, sentence):
    found = reading(words)
    assert (found.record, found.refused) == (None, sentence)


def test_a_record_survives_its_json():
    found = record(report())
    assert Record.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_the_example_is_a_record():
    example = Path(__file__).parents[2] / "inspections/data/records/ealing-and-hillingdon.json"
    values = json.loads(example.read_text())
    assert Record.from_dict(values).to_dict() == values


@pytest.mark.parametrize(
    "change, sentence",
    [
        (lambda d: d.pop("isbn"), "isbn is missing."),
        (lambda d: d.update(colour="red"), "colour is not a field of the record."),
        (lambda d: d.update(title=7), "title must be text, not 7."),
        (lambda d: d.update(title=" "), "title must not be empty."),
        (lambda d: d.update(cases_inspected="30"), "cases_inspected must be a whole number, not '30'."),
        (lambda d: d.update(cases_inspected=True), "cases_inspected must be a whole number, not True."),
        (lambda d: d.update(published={"year": 2023, "month": 13}), "published.month must be 1 to 12, not 13."),
        (
            lambda d: d["fieldwork"].update(started_month="May 2023"),
            "fieldwork.started_month must be a month such as 2022-08, not 'May 2023'.",
        ),
        (
            lambda d: d["fieldwork"].update(end_date="2023-02-30"),
            "fieldwork.end_date must be a date such as 2022-08-15, not '2023-02-30'.",
        ),
        (lambda d: d["recommendations"][0].pop("text"), "recommendations[0].text is missing."),
        (
            lambda d: d["recommendations"][0].update(level="county"),
            "recommendations[0].level must be one of pdu, region, hmpps, not 'county'.",
        ),
        (
            lambda d: d["key_questions"].append({"standard": "2.2", "question": "Is it?", "percent_yes": 101}),
            "key_questions[0].percent_yes must be 0 to 100, not 101.",
        ),
        (lambda d: d.update(standards=None), "standards must be a list."),
        (lambda d: d.update(score={"points": 30, "out_of": 27}), "score.points must be between 0 and score.out_of."),
    ],
)
def test_a_corrected_record_is_refused_naming_the_field(change, sentence):
    values = record(report()).to_dict()
    change(values)
    with pytest.raises(ValueError, match="^" + __import__("re").escape(sentence) + "$"):
        Record.from_dict(values)
