"""What alerts ask of each reader stands on top of Your work: whose turn it is, late ones first, all else in a line."""

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import person
from tracker.alerts import answering, ending, monitoring
from tracker.alerts.asking import asked_of

from .stories import CONCERNS, act_on, at, climb, fresh, monitored, raised, read

pytestmark = pytest.mark.django_db
TITLE = "Alerts that need you"


@pytest.fixture
def work(signed_in, now):
    """`work(cast.rosa, at(4))`: (first sentence, what stands under the alerts, all of the page), as read then."""

    def work(who, moment):
        now(moment)
        main = BeautifulSoup(signed_in(who).get("/").content, "html.parser").main
        title = main.find("h2", string=TITLE)
        assert title is None or title == main.h2, "above everything else"
        its = title.find_next_sibling("ul") if title else None
        return *(" ".join(tag.get_text(" ").split()) if tag else "" for tag in (main.h1, its)), str(main)

    return work


def test_first_it_is_the_place_that_acknowledges(cast, work):
    case = raised(cast, at(1))
    first, its, page = work(cast.amira, at(1, 12))
    assert first == "An alert needs you"
    assert "Organisational alert, HFKCW Acknowledge it." in its and "1 working day left" in its
    assert f'href="/alerts/{case.pk}/"' in page and "Overdue" not in its
    for who in (cast.rosa, cast.helen, cast.ivy):
        first, its, page = work(who, at(1, 12))
        assert "alert" not in first and its == ""
        assert '<a class="govuk-link" href="/alerts/">1 alert is open and waits for others</a>' in page
    for who in (cast.ben, cast.niall, cast.omar, cast.vera):
        assert "alert is open" not in work(who, at(1, 12))[2]


def test_who_was_told_that_a_step_was_missed_looks_at_it(cast, work):
    raised(cast, at(1))  # a Monday
    assert work(cast.rosa, at(4))[1] == ""
    climb(at(4))
    first, its, _ = work(cast.amira, at(4))
    assert first == "An alert needs you: 2 working days late"
    assert "Acknowledge it." in its and "Overdue by 2 working days" in its
    first, its, _ = work(cast.rosa, at(4))
    assert first == "An alert needs you: 2 working days late"
    assert "See what is late and who is on it." in its
    assert "Acknowledgement was due by 11:59pm on Tuesday 2 August 2022: 2 working days late" in its
    assert work(cast.helen, at(4))[1] == ""


def test_the_level_above_looks_when_a_reading_got_worse(cast, work):
    case = monitored(cast, at(1))
    read(case, 1200, dt.date(2022, 8, 3), by=cast.amira, moment=at(3))
    first, its, _ = work(cast.rosa, at(4))
    assert first == "An alert needs you: 2 working days late"
    assert "Look at it now and record a checkpoint." in its and "the level above has to look at it now" in its
    assert work(cast.amira, at(4))[1] == "" and "1 alert is open and waits for others" in work(cast.amira, at(4))[2]
    monitoring.hold_checkpoint(fresh(case), "They have a plan.", by=cast.rosa, at=at(4, 11))
    assert work(cast.rosa, at(4, 12))[1] == ""
    assert "Enter a reading." in work(cast.amira, at(4, 12))[1]


def test_what_is_due_after_a_week_asks_for_nothing_yet(cast, work):
    case = monitored(cast, at(1))
    for name in ("Cases without a named practitioner", "Share of cases seen"):
        read(case, 90, dt.date(2022, 8, 1), by=cast.amira, moment=at(1, 12), name=name)
    assert "Enter a reading." in work(cast.amira, at(1, 13))[1]
    type(case).objects.update(next_due=dt.date(2022, 8, 9))
    assert work(cast.amira, at(1, 13))[1] == "" and "Enter a reading." in work(cast.amira, at(2))[1]


def test_a_response_is_judged_by_an_inspector(cast, work):
    case = raised(cast, at(1))
    answering.acknowledge(case, seen_version=1, by=cast.amira, at=at(1, 11))
    act_on(case, cast)
    answering.respond(fresh(case), "We allocate.", seen_version=2, by=cast.amira, at=at(2))
    first, its, _ = work(cast.ivy, at(3))
    assert first == "An alert needs you" and "Judge the response" in its and "Since 2 August 2022" in its
    assert work(cast.amira, at(3))[1] == ""


def test_a_stand_down_goes_from_hand_to_hand(cast, work):
    case = monitored(cast, at(1))
    why = "Not all is done, but people are safe."
    ending.ask_end(case, "Weekly checks go on.", why, seen_version=case.version, by=cast.amira, at=at(2))
    assert "Agree to the stand-down" in work(cast.rosa, at(2, 12))[1]
    assert "stand-down" not in work(cast.amira, at(2, 12))[1] + work(cast.ivy, at(2, 12))[1]
    ending.agree_end(fresh(case), seen_version=fresh(case).version, by=cast.rosa, at=at(2, 13))
    assert work(cast.rosa, at(2, 14))[1] == ""
    assert "Confirm the stand-down" in work(cast.idris, at(2, 14))[1]
    ending.confirm_end(fresh(case), seen_version=fresh(case).version, by=cast.idris, at=at(2, 15))
    assert "alert" not in work(cast.idris, at(2, 16))[0] + work(cast.amira, at(2, 16))[0]


def test_at_hmpps_who_asked_for_the_stand_down_does_not_agree_to_it(cast, work):
    grace = person("Grace", "Obi", "lead", cast.hmpps)
    case = monitored(cast, at(1))
    type(case).objects.update(organisation=cast.hmpps)
    ending.ask_end(fresh(case), "Go on.", "Safe.", seen_version=case.version, by=cast.helen, at=at(2))
    assert "Agree to the stand-down" in work(grace, at(2, 12))[1]
    assert "Agree to the stand-down" not in work(cast.helen, at(2, 12))[1]


def test_late_ones_first_and_the_others_in_a_line(cast, work):
    early = raised(cast, at(1))
    answering.acknowledge(early, seen_version=1, by=cast.amira, at=at(1, 11))
    raised(cast, at(1, 12), concerns=CONCERNS[:1])
    raised(cast, at(3), organisation=cast.lambeth)
    first, its, _ = work(cast.amira, at(3, 12))
    assert first == "2 alerts need you, 1 of them late"
    assert its.index("Overdue by 1 working day") < its.index("Give every concern an action")
    climb(at(4))
    first, its, page = work(cast.rosa, at(4))
    assert first == "An alert needs you: 2 working days late"
    assert "2 other alerts are open and wait for others" in page


def test_of_a_restricted_alert_nobody_outside_its_circle_reads_a_word(cast, work):
    raised(cast, at(1), restricted=True, inspectors=[cast.ivy])
    assert "1 alert is open" in work(cast.ivy, at(1, 12))[2]
    assert "alert is open" not in work(cast.idris, at(1, 12))[2]
    assert work(cast.amira, at(1, 12))[0] == "An alert needs you"


def test_two_queries_however_many_alerts(cast):
    def queries():
        reader = cast.person("amira")
        assert reader.access.is_lead
        with CaptureQueriesContext(connection) as asked:
            found = asked_of(reader, dt.date(2022, 8, 4))
        return found, len(asked)

    raised(cast, at(1))
    assert queries()[1] == 2
    for _ in range(22):
        raised(cast, at(1))
    found, number = queries()
    assert (number, len(found.rows), found.more, found.others) == (2, 20, True, "")
    assert found.sentence == "More than 20 alerts need you, 20 of them late"
