"""Which recommendations are about an alert's actions, what a printed state means, which visit an alert belongs to."""

import datetime as dt

import pytest

from tracker.alerts.rules import raised_during, speaks_of_alert, state_of_printed


@pytest.mark.parametrize(
    "wording",
    [
        "complete all actions identified as part of the organisational alert",
        "complete all actions identified in the organisational alert",
        "Complete all actions identified in the organisational alert.",
        "complete the outstanding actions set out in the response to the organisational alert by March 2027",
        "ensure that all actions identified in the organisational alert are completed",
        "work with London region to implement all of the actions that were agreed in the organisational-level alert",
        "complete all   actions\nidentified within the organisational alert and report on them monthly",
        "recruit two officers, and deliver every action required by the organisational alert",
        "carry out the actions arising from the alert",
    ],
)
def test_it_asks_for_what_the_alert_requires(wording):
    assert speaks_of_alert(wording)


@pytest.mark.parametrize(
    "wording",
    [
        "reduce the unallocated caseload that led to the organisational alert",
        "share the learning from the organisational alert with every team",
        "review all actions identified in the organisational alert",
        "share all actions identified in the organisational alert with staff",
        "once you complete all actions identified in the organisational alert, review the staffing model",
        "assure itself how leaders complete all actions identified in the organisational alert",
        "complete all actions identified in the organisational alert process guidance",
        "complete an evaluation of all actions identified in the organisational alert",
        "complete all actions identified in the previous inspection",
        "complete all actions identified in safety alerts bulletins",
        "complete the action plan; take note of the organisational alert",
        "",
    ],
)
def test_to_mention_an_alert_is_not_enough(wording):
    assert not speaks_of_alert(wording)


@pytest.mark.parametrize(
    ("printed", "state"),
    [
        ("completed", "in_progress"), ("In progress", "in_progress"), ("ongoing", "in_progress"), (None, "not_started"),
        ("", "not_started"),
    ],
)  # fmt: skip
def test_printed_as_completed_is_still_to_be_verified(printed, state):
    assert state_of_printed(printed) == state


@pytest.mark.parametrize(
    ("day", "belongs"),
    [
        (dt.date(2022, 8, 1), True), (dt.date(2022, 8, 31), True), (dt.date(2022, 9, 30), True),
        (dt.date(2022, 7, 31), False), (dt.date(2022, 10, 1), False), (dt.date(2023, 8, 10), False),
    ],
)  # fmt: skip
def test_an_alert_belongs_to_the_visit_in_whose_months_it_was_raised(day, belongs):
    visit = (dt.date(2022, 8, 1), dt.date(2022, 8, 22), dt.date(2022, 9, 2))
    assert raised_during(day, *visit) is belongs
    assert raised_during(day, None, None, None) is False
