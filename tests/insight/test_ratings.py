"""Ratings and key questions side by side, held against what the five reports print."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inspections import reference
from inspections.models import Framework, Inspection
from tests.cast import inspection
from tracker.insight.ratings import Answer, compared, latest_ratings, over_time, standards_asked

pytestmark = pytest.mark.django_db
ENGAGING, SAFE = "Does assessment focus on engaging the person?", "Does assessment keep other people safe?"


def visit(place, year, *, framework=None, ratings=(), answers=(), **how):
    """A published inspection. ``ratings``: (number, rating); ``answers``: (standard, question, percent)."""
    row = inspection(place, [], fieldwork=dt.date(year, 8, 1), slug=f"{place.slug}-{year}", **how)
    Inspection.objects.filter(pk=row.pk).update(framework=framework)
    for n, (number, rating) in enumerate(ratings):
        row.ratings.create(position=n, number=number, name=f"Standard {number}", rating=rating)
    for n, (standard, question, percent) in enumerate(answers):
        row.key_question_results.create(position=n, standard=standard, question=question, percent_yes=percent)
    return row


@pytest.fixture
def framework(cast):
    reference.load()
    return Framework.objects.get(code="pdu-2021")


@pytest.fixture
def visits(cast, framework):
    """HFKCW twice, the second time with another set of questions; Lambeth and Eastvale once."""
    visit(
        cast.hfkcw, 2022, framework=framework, ratings=[("1.1", "Inadequate"), ("2.2", "Inadequate")],
        answers=[("2.2", ENGAGING, 37), ("2.2", SAFE, 15), ("2.6", "Is there progress?", 17)],
    )  # fmt: skip
    visit(
        cast.hfkcw, 2025, framework=framework, ratings=[("1.1", "Good"), ("2.2", "Requires improvement")],
        answers=[("2.2", ENGAGING.upper(), 51), ("2.2", SAFE, None)],
    )  # fmt: skip
    visit(cast.lambeth, 2022, framework=framework, answers=[("2.2", ENGAGING, 50), ("2.2", SAFE, 12)])
    visit(cast.eastvale, 2024, answers=[("2.2", ENGAGING, 80)])


def page(person, address, status=200):
    client = Client()
    client.force_login(person)
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_the_framework_brings_its_line_and_an_older_one_gets_it(framework):
    assert framework.line == 50
    Framework.objects.update(line=None)
    reference.load()
    assert Framework.objects.get().line == 50


def test_the_line_is_at_or_below_up_to_itself_and_above_from_the_next(cast):
    assert [Answer(None, percent, 50).words for percent in (0, 49, 50, 51, 100)] == [
        "0%: not above 50%", "49%: not above 50%", "50%: not above 50%", "51%: above 50%", "100%: above 50%",
    ]  # fmt: skip
    assert Answer(None, 40, None).words == "40%" and Answer(None, None, 50).words == "Not counted"


def test_the_newest_inspections_answer_side_by_side_highest_first(cast, visits):
    engaging, safe = compared("2.2")
    found = [
        (str(one.inspection.organisation), one.inspection.fieldwork_month.year, one.words) for one in engaging.answers
    ]
    assert found == [
        ("Eastvale", 2024, "80%"), ("HFKCW", 2025, "51%: above 50%"), ("Lambeth", 2022, "50%: not above 50%"),
    ]  # fmt: skip
    assert [(str(one.inspection.organisation), one.words) for one in safe.answers] == [
        ("Lambeth", "12%: not above 50%"), ("HFKCW", "Not counted"),
    ]  # fmt: skip
    assert compared("2.6") == () and standards_asked() == [("2.2", "Assessment"), ("2.6", "Outcomes")]


def test_one_place_over_time_newest_first_each_question_once(cast, visits):
    found = over_time(cast.hfkcw)
    assert [one.fieldwork_month.year for one in found.inspections] == [2025, 2022]
    (ratings,) = found.maps
    numbers = [number for number, _ in ratings.standards]
    by_year = {
        one.inspection.fieldwork_month.year: dict(zip(numbers, one.ratings, strict=True)) for one in ratings.lines
    }
    assert by_year[2022]["2.2"] == "Inadequate" and by_year[2025]["2.2"] == "Requires improvement"
    assert by_year[2025]["1.1"] == "Good" and by_year[2025]["1.2"] == ""
    assert [one.number for one in found.asked] == ["2.2", "2.6"]
    engaging, safe = found.asked[0].questions
    assert [one.percent for one in engaging.answers] == [51, 37]
    assert [one.percent for one in safe.answers] == [None, 15]
    assert [one and one.percent for one in found.asked[1].questions[0].answers] == [None, 17]


def test_what_a_place_followed_is_there_too_under_its_own_name(cast, visits):
    cast.lambeth.successor = cast.hfkcw
    cast.lambeth.save()
    found = over_time(cast.hfkcw)
    assert [(str(one.organisation), one.fieldwork_month.year) for one in found.inspections] == [
        ("HFKCW", 2025), ("Lambeth", 2022), ("HFKCW", 2022),
    ] or {str(one.organisation) for one in found.inspections} == {"HFKCW", "Lambeth"}  # fmt: skip
    assert over_time(cast.lambeth).inspections[0].organisation == cast.lambeth


@pytest.mark.parametrize("name", ["vera", "omar", "ben", "ivy"])
def test_everyone_signed_in_reads_them(cast, visits, name):
    person = getattr(cast, name)
    side = page(person, "/ratings/key-questions/?standard=2.2")
    assert "51%: above 50%" in side and "50%: not above 50%" in side and side.count("app-bar__line") == 3
    over = page(person, "/organisations/hfkcw/ratings/")
    assert "app-rating--improvement" in over and "Requires improvement" in over and "Not asked" in over
    assert 'href="/organisations/hfkcw/ratings/"' in page(person, "/ratings/")


def test_nobody_reads_them_without_signing_in(cast, visits):
    for address in ("/ratings/key-questions/", "/organisations/hfkcw/ratings/"):
        assert Client().get(address).status_code == 302
    page(cast.ivy, "/organisations/nowhere/ratings/", 404)


def test_a_standard_that_is_not_there_is_the_first_that_is(cast, visits):
    assert "2.2 Assessment</h2>" in page(cast.vera, "/ratings/key-questions/?standard=9.9")


def test_before_any_report_the_pages_say_so(cast):
    assert "No key question is here yet" in page(cast.vera, "/ratings/key-questions/")
    assert "No inspection of HFKCW is here yet" in page(cast.vera, "/organisations/hfkcw/ratings/")


def test_queries_do_not_grow_with_the_inspections(cast, visits, framework):
    def asked():
        with CaptureQueriesContext(connection) as caught:
            latest_ratings(), over_time(cast.hfkcw), compared("2.2"), standards_asked()
        return len(caught)

    few = asked()
    for year in range(2010, 2018):
        visit(cast.hfkcw, year, framework=framework, ratings=[("1.1", "Good")], answers=[("2.2", ENGAGING, 12)])
        visit(cast.lambeth, year, framework=framework, answers=[("2.2", SAFE, 12)])
    assert asked() == few <= 13
