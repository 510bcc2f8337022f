"""Who, where and when: title, place, publication, fieldwork, numbers, PPF status, organisational alert."""

import pytest

from inspections.reading.record import Fieldwork, Month, Pdu, PpfStatus
from tests.reading.invented import BACKGROUND, FRONT, RECOMMENDATIONS, record, report


def test_the_pages_before_the_foreword():
    found = record(report())
    assert found.title == "An inspection of probation services in: Fenwick and Marsh PDU"
    assert found.pdu == Pdu("Fenwick and Marsh")
    assert found.region == "North West"
    assert found.published == Month(2023, 3)
    assert found.isbn == "978-1-900000-01-4"
    assert found.lead_inspector == "Ada Lowe"


def test_without_them_the_ratings_page_names_the_place():
    found = record(report(front="Foreword\n\nPeople on probation deserve better.\n"))
    assert (found.title, found.published, found.isbn, found.lead_inspector) == (None, None, None, None)
    assert found.pdu == Pdu("Fenwick and Marsh")
    assert found.region == "North West"


def test_a_short_name_only_where_the_report_uses_one():
    background = BACKGROUND.replace("Fenwick and Marsh PDU", "Fenwick and Marsh (FAM)")
    assert record(report(background=background)).pdu == Pdu("Fenwick and Marsh", "FAM")


def test_a_report_on_a_region_has_no_pdu():
    front = FRONT.replace("Fenwick and Marsh PDU\nThe Probation Service – North West region", "Wales region")
    words = report(
        front=front, ratings="", recommendations=RECOMMENDATIONS.replace("Fenwick and Marsh PDU", "Wales region")
    )
    found = record(words.replace("Fenwick and Marsh PDU", "Wales region"))
    assert (found.pdu, found.region) == (None, "Wales")
    assert found.title == "An inspection of probation services in: Wales region"


def test_a_title_that_names_only_the_service_and_region():
    front = FRONT.replace("Fenwick and Marsh PDU\nThe Probation Service – North West", "The Probation Service – Wales")
    words = report(
        front=front, ratings="", background="", recommendations="Recommendations\n\nHMPPS should:\n\n1. act soon.\n"
    )
    found = record(words)
    assert found.title == "An inspection of probation services in: The Probation Service – Wales region"
    assert (found.pdu, found.region) == (None, "Wales")


@pytest.mark.parametrize(
    "printed, month",
    [
        ("HM Inspectorate of Probation, October 2022", Month(2022, 10)),
        ("Published October 2022", Month(2022, 10)),
        ("Published: 12 October 2022", Month(2022, 10)),
        ("Publication date: 12th October 2022", Month(2022, 10)),
        ("October 2022", Month(2022, 10)),
        ("© Crown copyright 2022", None),
    ],
)
def test_month_of_publication(printed, month):
    front = FRONT.replace("HM Inspectorate of Probation, March 2023", printed)
    assert record(report(front=front)).published == month


@pytest.mark.parametrize(
    "printed, name",
    [
        ("This inspection was led by HM Inspector Ada Lowe, supported by a team.", "Ada Lowe"),
        ("This inspection was led by HM Lead Inspector Ada O’Lowe and a team of five.", "Ada O'Lowe"),
        ("Lead inspector: Ada Lowe", "Ada Lowe"),
        ("Ada Lowe, HM Inspector, led this inspection.", "Ada Lowe"),
        ("The lead inspector for this inspection was Ada Lowe, who had help.", "Ada Lowe"),
        ("This inspection was led by a team of inspectors.", None),
    ],
)
def test_lead_inspector(printed, name):
    front = FRONT.replace(
        "This inspection was led by HM Inspector Ada Lowe, supported by a team of inspectors.", printed
    )
    assert record(report(front=front)).lead_inspector == name


@pytest.mark.parametrize(
    "printed, start, end",
    [
        ("over the period of a week, beginning 15 August 2022 and ending 19 August 2022", "2022-08-15", "2022-08-19"),
        ("over the period of a week, beginning 01 August 2022", "2022-08-01", None),
        ("in the week beginning 26 September 2022", "2022-09-26", None),
        ("in the week of 26 September 2022", "2022-09-26", None),
        ("w/c 26 September 2022", "2022-09-26", None),
        ("week commencing Monday 26 September 2022", "2022-09-26", None),
        ("between 28 November 2022 and 02 December 2022", "2022-11-28", "2022-12-02"),
        ("from 28 November to 2 December 2022", "2022-11-28", "2022-12-02"),
        ("between 19 December and 6 January 2023", "2022-12-19", "2023-01-06"),
        ("on 15-19 August 2022", "2022-08-15", "2022-08-19"),
        ("from 15 to 19 August 2022", "2022-08-15", "2022-08-19"),
        ("from 15th to 19th August 2022", "2022-08-15", "2022-08-19"),
        ("over two weeks, beginning 3 July 2023", "2023-07-03", None),
        ("over two weeks, beginning 16 January", "2023-01-16", None),
        ("in the weeks beginning 3 July 2023 and 10 July 2023", "2023-07-03", None),
    ],
)
def test_fieldwork(printed, start, end):
    background = f"Background\n\nWe conducted fieldwork in Fenwick and Marsh PDU {printed}. We inspected 30 cases.\n"
    found = record(report(background=background)).fieldwork
    assert (found.start_date, found.end_date) == (start, end)
    assert found.started_month == "2023-01", "the ratings page prints the month"


def test_sentences_of_the_cases_are_no_fieldwork():
    background = (
        "Background\n\nWe conducted fieldwork in Fenwick and Marsh PDU. We inspected 30 cases where sentences and "
        "licences had commenced between 10 May 2022 and 16 May 2022.\n"
    )
    assert record(report(background=background)).fieldwork == Fieldwork("2023-01", None, None)


@pytest.mark.parametrize(
    "printed, cases, interviews",
    [
        ("We inspected 50 cases. We also conducted interviews with 37 probation practitioners.", 50, 37),
        ("We inspected 102 cases. We also conducted 79 interviews with probation\npractitioners.", 102, 79),
        ("We examined a total of 1,204 cases and interviewed 41 probation practitioners.", 1204, 41),
        ("In all, 57 cases were inspected. Forty-three probation practitioners were interviewed.", 57, 43),
        ("In 23 out of 43 cases inspected it was absent.", None, None),
    ],
)
def test_cases_and_interviews(printed, cases, interviews):
    found = record(report(background=f"Background\n\n{printed}\n"))
    assert (found.cases_inspected, found.practitioner_interviews) == (cases, interviews)


def test_a_footnote_mark_glued_to_a_number_is_no_digit():
    background = "Background\n\nWe inspected 1,2043 cases in all of the units.\n\n3 As counted on 30 September 2022.\n"
    assert record(report(background=background)).cases_inspected == 1204


GENERAL = "Red PDUs have less than 60 per cent of staff in place. Whilst rated as red, PDUs will see fewer people."


@pytest.mark.parametrize(
    "printed, status",
    [
        (
            "At the point of inspection, and since June 2022, the PDU was operating under ‘red’ status on the PPF. "
            "They had previously operated as an ‘amber’ status since February 2022.",
            PpfStatus("red", "2022-06"),
        ),
        ("The PDU has a RAG rating of red under the PPF framework.", PpfStatus("red")),
        (
            "At the time of our inspection the PDU was operating at a ‘green’ status under the Prioritising Probation "
            "Framework. An application for ‘amber’ status under the PPF was made just before.",
            PpfStatus("green"),
        ),
        (
            "Since September 2022, the PDU has been operating under ‘red status’ under the Prioritisation Framework.",
            PpfStatus("red", "2022-09"),
        ),
        ("At the point of inspection, the PDU was operating at an amber status.", PpfStatus("amber")),
        ("Under the PPF the PDU moved from amber to red in March 2023.", PpfStatus("red", "2023-03")),
        (GENERAL, None),
        ("The PPF attributes a red-amber-green (RAG) rating to a PDU based on staffing.", None),
    ],
)
def test_ppf_status(printed, status):
    assert record(report(background=f"Background\n\n{printed}\n\n{GENERAL}\n")).ppf_status == status


ALERT = """Annexe two – Organisational alert

We raised an organisational alert. There was an unallocated caseload of 993. The main concern was risk, with:

• 234 cases with no next appointment recorded
• cases returned to the list. Inspectors were not confident that
anybody had read them.

We received a prompt response from the Regional Probation Director, which outlined what would be done:

• The region has asked for volunteers.
• The head has read 58 files. This was completed and three cases were allocated.
• The deputy was to look at the lists. This was in progress, and part of a wider plan.
• Two contracts were to be made. Both were ongoing.
"""


def test_an_organisational_alert():
    alert = record(report(more=ALERT)).organisational_alert
    assert (alert.unallocated_caseload, alert.cases_with_no_next_appointment) == (993, 234)
    assert alert.respondent == "Regional Probation Director"
    assert alert.concerns == (
        "234 cases with no next appointment recorded",
        "cases returned to the list. Inspectors were not confident that anybody had read them",
    )
    assert [one.status for one in alert.response_actions] == [None, "completed", "in progress", "ongoing"]
    assert alert.response_actions[0].text == "The region has asked for volunteers"


def test_speaking_of_an_alert_is_not_one():
    assert record(report(more="The PDU has answered an organisational alert.")).organisational_alert is None
