"""What Ivy reads in a report in passing: caseload and vacancies, entered with their page, shown on the organisation."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inspections.models import ContextFigure, Inspection
from tests.cast import NOW, follow_up, inspection
from tracker.journal.models import Event
from tracker.journal.sentences import lines_of, title_of
from tracker.plans import dates
from tracker.plans.operations import add_action
from tracker.plans.rules import read_target_date
from tracker.published.figures import by_measure, enter_figure, source_words, take_back_figure
from tracker.refusals import NotAllowed, Refusal

pytestmark = pytest.mark.django_db
AUGUST = dt.date(2022, 8, 31)


@pytest.fixture
def report(cast):
    made = inspection(cast.hfkcw, [(cast.hfkcw, 7)], fieldwork=dt.date(2022, 8, 1), by=cast.ivy)
    Inspection.objects.filter(pk=made.pk).update(ppf_status="red", ppf_since=dt.date(2022, 6, 1))
    return made


def enter(cast, report, measure="vacancies", value="43", month=AUGUST, page=9, by=None, **how):
    return enter_figure(
        cast.hfkcw, measure, Decimal(value), month, inspection=report, page=page, by=by or cast.ivy, at=NOW, **how
    )


def browser(person):
    client = Client()
    client.force_login(person)
    return client


def words(answer) -> str:
    from bs4 import BeautifulSoup

    return " ".join(BeautifulSoup(answer.content, "html.parser").get_text(" ").split())


def posted(report, **more):
    return {
        "measure": "vacancies", "value": "43", "month": "August 2022", "inspection": str(report.pk), "page": "9",
        "source": "", "key": str(uuid.uuid4()),
    } | more  # fmt: skip


def test_ivy_enters_a_figure_with_the_page_it_stands_on(cast, report):
    figure = enter(cast, report)
    assert (figure.words, figure.as_at, figure.unit) == ("43%", dt.date(2022, 8, 1), "%")
    assert source_words(figure) == "Page 9 of the report of August 2022"
    event = Event.objects.get(deed="figure_entered")
    assert event.organisation == cast.hfkcw and event.actor == cast.ivy
    assert title_of(event.deed, event.before, event.after) == "Figure of a report entered"
    assert "Figure: Vacancy rate, August 2022: 43%" in lines_of(event.deed, event.before, event.after)


@pytest.mark.parametrize(
    ("measure", "value", "shown"),
    [
        ("caseload", "1204", "1,204"),
        ("staff", "12.5", "12.5 FTE"),
        ("each", "56.0", "56"),
        ("officers", "42.5", "42.5%"),
    ],
)
def test_a_figure_is_written_as_people_write_it(cast, report, measure, value, shown):
    assert enter(cast, report, measure, value).words == shown


@pytest.mark.parametrize("name", ["amira", "rosa", "helen", "omar", "vera", "ada"])
def test_nobody_but_an_inspector_enters_or_takes_back(cast, report, name):
    person = getattr(cast, name)
    figure = enter(cast, report)
    with pytest.raises(NotAllowed):
        enter(cast, report, "caseload", by=person)
    with pytest.raises(NotAllowed):
        take_back_figure(figure, by=person, at=NOW)
    there = browser(person)
    assert there.post("/organisations/hfkcw/figures/", posted(report, measure="caseload")).status_code == 403
    assert there.post(f"/organisations/hfkcw/figures/{figure.pk}/take-back/").status_code == 403
    page = there.get("/organisations/hfkcw/figures/")
    assert "43%" in words(page) and "Enter a figure" not in words(page)
    assert ContextFigure.objects.count() == 1


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"measure": "luck"}, "Choose what the figure is of."),
        ({"value": "-1"}, "not negative"),
        ({"value": "101"}, "at most 100%"),
        ({"month": dt.date(2027, 1, 1)}, "still to come"),
        ({"page": None}, "Enter the page of the report"),
    ],
)
def test_what_makes_no_sense_is_refused(cast, report, how, sentence):
    with pytest.raises(Refusal, match=sentence):
        enter(cast, report, **how)
    assert not ContextFigure.objects.exists() and not Event.objects.filter(deed="figure_entered").exists()


def test_what_is_in_no_report_names_its_source(cast):
    with pytest.raises(Refusal, match="Say what the figure is from"):
        enter_figure(cast.london, "caseload", Decimal(9), AUGUST, by=cast.ivy, at=NOW)
    figure = enter_figure(cast.london, "caseload", Decimal(9), AUGUST, source="HMPPS statistics", by=cast.ivy, at=NOW)
    assert source_words(figure) == "HMPPS statistics"
    with pytest.raises(IntegrityError), transaction.atomic():
        ContextFigure.objects.filter(pk=figure.pk).update(source="")


def test_the_button_pressed_twice_is_one_figure_and_a_second_one_for_the_month_is_refused(cast, report):
    key = uuid.uuid4()
    assert enter(cast, report, form_key=key) == enter(cast, report, form_key=key)
    with pytest.raises(Refusal, match="Vacancy rate: 43% in August 2022 is here already"):
        enter(cast, report, value="44", month=dt.date(2022, 8, 2))
    assert Event.objects.filter(deed="figure_entered").count() == 1


def test_what_was_entered_wrongly_is_taken_back_once(cast, report):
    figure = enter(cast, report)
    stale = ContextFigure.objects.get(pk=figure.pk)
    take_back_figure(figure, by=cast.idris, at=NOW)
    take_back_figure(stale, by=cast.ivy, at=NOW)
    event = Event.objects.get(deed="figure_taken_back")
    assert event.before["source"] == "Page 9 of the report of August 2022" and event.actor == cast.idris
    assert enter(cast, report, value="34").words == "34%"


def test_the_newest_comes_first_and_what_was_before_stays(cast, report):
    for month, value in ((AUGUST, "43"), (dt.date(2022, 5, 1), "30"), (dt.date(2022, 11, 1), "21")):
        enter(cast, report, value=value, month=month)
    enter(cast, report, "caseload", "1204")
    caseload, vacancies = by_measure(cast.hfkcw)
    assert caseload.latest.words == "1,204" and caseload.earlier == ()
    assert vacancies.latest.words == "21%" and [one.words for one in vacancies.earlier] == ["43%", "30%"]


def test_ivy_fills_in_the_form(cast, report):
    ivy = browser(cast.ivy)
    page = ivy.post("/organisations/hfkcw/figures/", posted(report), follow=True)
    assert "Vacancy rate: 43% in August 2022 is entered." in words(page) and "Page 9 of the report" in words(page)
    for more, sentence in (
        ({"value": "many"}, "Enter the figure as a number"), ({"month": ""}, "Enter the month, like August 2022."),
        ({"page": ""}, "Enter the page of the report"), ({"measure": ""}, "Choose what the figure is of."),
        ({"inspection": "999999"}, "Choose one of the reports listed."),
    ):  # fmt: skip
        page = ivy.post("/organisations/hfkcw/figures/", posted(report, measure="caseload") | more)
        assert page.status_code in (409, 422) and sentence in words(page), more
    assert ContextFigure.objects.count() == 1
    figure = ContextFigure.objects.get()
    page = ivy.post(f"/organisations/hfkcw/figures/{figure.pk}/take-back/", follow=True)
    assert "is taken back" in words(page) and not ContextFigure.objects.exists()
    assert ivy.post(f"/organisations/hfkcw/figures/{figure.pk}/take-back/").status_code == 302


def test_a_figure_of_another_place_is_not_taken_back_by_this_address(cast, report):
    figure = enter(cast, report)
    browser(cast.ivy).post(f"/organisations/lambeth/figures/{figure.pk}/take-back/")
    assert ContextFigure.objects.count() == 1


# --- The page of an organisation ---------------------------------------------------------------------------------


def test_amira_reads_the_state_of_her_place(cast, report):
    own = follow_up(report, 1)
    action = add_action(
        own,
        "Train all",
        owner_post=cast.head_of_hfkcw,
        target=read_target_date("1 December 2026"),
        by=cast.amira,
        at=NOW,
    )
    dates.ask_date(
        action, read_target_date("1 February 2027"), "No room", seen_version=action.version, by=cast.amira, at=NOW
    )
    enter(cast, report, "caseload", "1204")
    said = words(browser(cast.amira).get("/organisations/hfkcw/"))
    assert "7 recommendations are open" in said and "Last rated Inadequate, August 2022" in said
    assert "August 2022 Inadequate 3 out of 27 Red since June 2022" in said
    assert "Caseload 1,204, August 2022 None" in said
    assert "1 question about another date is not decided" in said
    assert said.count("improve matter") == 3  # the first due; the rest is one link away
    assert "Head of PDU: Amira Khan, amira.khan@probation.example" in said
    assert "Senior Probation Officer: vacant since 20 November 2026" in said


def test_ben_reads_what_was_published_and_no_address(cast, report):
    enter(cast, report)
    said = words(browser(cast.ben).get("/organisations/hfkcw/"))
    assert "You can read what was published about HFKCW" in said and "Red since June 2022" in said
    assert "43%, August 2022" in said and "Head of PDU: Amira Khan" in said
    assert "amira.khan@" not in said and "improve matter" not in said and "Timeline" not in said


def test_a_new_place_says_what_is_not_there_yet(cast):
    said = words(browser(cast.ivy).get("/organisations/eastvale/"))
    assert "No inspection of Eastvale is here yet." in said and "No figure of Eastvale is here yet." in said
    assert "Enter a figure" in said


def test_as_many_queries_for_many_figures(cast, report):
    ivy = browser(cast.ivy)

    def asked(address):
        with CaptureQueriesContext(connection) as caught:
            assert ivy.get(address).status_code == 200
        return len(caught)

    addresses = ("/organisations/hfkcw/", "/organisations/hfkcw/figures/")
    enter(cast, report)
    ivy.get(addresses[0])  # what is asked once a while is asked before counting
    few = [asked(address) for address in addresses]
    for n in range(1, 9):
        enter(cast, report, month=dt.date(2021, n, 1))
    assert [asked(address) for address in addresses] == few and few[0] <= 15 and few[1] <= 8
