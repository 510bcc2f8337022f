"""The rules of plans, as tables. No database."""

import datetime as dt

import pytest

from tracker.clocks.rules import DEFAULT_LIMITS
from tracker.plans import rules
from tracker.plans.sentences import Waiting, if_nobody_acts, lines_of, shortened, title_of
from tracker.working_days import NO_DATE

TODAY = dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    ("written", "precision", "due_by"),
    [
        ("30 June 2026", "day", dt.date(2026, 6, 30)),
        ("by 30 June 2026", "day", dt.date(2026, 6, 30)),
        ("Tuesday 30th June 2026", "day", dt.date(2026, 6, 30)),
        ("2026-06-30", "day", dt.date(2026, 6, 30)),
        ("30/6/2026", "day", dt.date(2026, 6, 30)),
        ("29 Feb 2028", "day", dt.date(2028, 2, 29)),
        ("June 2026", "month", dt.date(2026, 6, 30)),
        ("end of February 2028", "month", dt.date(2028, 2, 29)),
        ("December 2026", "month", dt.date(2026, 12, 31)),
        ("January to March 2026", "quarter", dt.date(2026, 3, 31)),
        ("Autumn 2026", "season", dt.date(2026, 11, 30)),
        ("winter 2026", "season", dt.date(2027, 2, 28)),
        ("Ongoing", "ongoing", NO_DATE),
        ("", "none", NO_DATE),
        ("   ", "none", NO_DATE),
    ],
)
def test_a_date_keeps_its_wording_and_means_the_last_day_of_its_period(written, precision, due_by):
    target = rules.read_target_date(written)
    assert (target.precision, target.due_by) == (precision, due_by)
    assert target.wording == " ".join(written.split())


@pytest.mark.parametrize("written", ["soon", "30 Juny 2026", "31 June 2026", "2026", "13/13/2026", "June 1026", "30"])
def test_what_is_no_date_is_refused_with_how_to_write_one(written):
    with pytest.raises(ValueError, match="Write it like 30 June 2026"):
        rules.read_target_date(written)


@pytest.mark.parametrize(
    ("response", "part", "rest", "reason", "approver", "missing"),
    [
        ("agreed", "", "", "", "", set()),
        ("partly_agreed", "The training.", "Recruitment is national.", "", "", set()),
        ("partly_agreed", "The training.", "", "", "", {"part_not_agreed"}),
        ("partly_agreed", " ", " ", "", "", {"part_agreed", "part_not_agreed"}),
        ("not_agreed", "", "", "Not affordable.", "Helen Marsh", set()),
        ("not_agreed", "", "", "", "", {"reason", "approver"}),
        ("awaiting", "", "", "", "", {"response"}),
        ("perhaps", "", "", "", "", {"response"}),
    ],
)
def test_each_answer_says_what_the_action_plan_asks_of_it(response, part, rest, reason, approver, missing):
    assert set(rules.response_problems(response, part, rest, reason, approver)) == missing


@pytest.mark.parametrize(
    ("state", "standing", "deeds"),
    [
        ("awaiting", {"lead"}, {"answer", "assign", "add_action"}),
        ("open", {"lead"}, {"answer", "assign", "add_action"}),
        ("open", {"inspector"}, {"start_clock"}),
        ("open", {"lead above"}, set()),
        ("open", {"viewer", "contributor", "administrator"}, set()),
        ("implemented", {"lead", "inspector"}, set()),
        ("superseded", {"lead", "inspector"}, set()),
    ],
)
def test_what_may_be_done_to_a_recommendation(state, standing, deeds):
    assert {s.deed for s in rules.possible(rules.FOLLOW_UP_STEPS, state, frozenset(standing))} == deeds


@pytest.mark.parametrize(
    ("state", "standing", "deeds"),
    [
        ("not_started", {"lead"}, {"edit", "post_update", "cancel"}),
        ("in_progress", {"owner"}, {"post_update"}),
        ("in_progress", {"contributor"}, set()),
        ("in_progress", {"inspector", "administrator", "lead above", "viewer"}, set()),
        ("claimed", {"lead", "owner"}, set()),
        ("verified", {"lead", "owner"}, set()),
        ("cancelled", {"lead", "owner"}, set()),
    ],
)
def test_what_may_be_done_to_an_action(state, standing, deeds):
    assert {s.deed for s in rules.possible(rules.ACTION_STEPS, state, frozenset(standing))} == deeds


@pytest.mark.parametrize(
    ("moved", "days", "words"),
    [
        (0, 0, ""),
        (1, 1, "moved once, 1 day after the first date"),
        (2, 61, "moved twice, 61 days after the first date"),
        (3, -7, "moved 3 times, 7 days before the first date"),
        (2, 0, "moved twice"),
    ],
)
def test_a_slip_in_words(moved, days, words):
    assert rules.slip_words(moved, days) == words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("We met X123456 on Monday.", ["X123456 (a CRN)"]),
        ("A1234BC was moved", ["A1234BC (a prison number)"]),
        ("see 2012/0052494Q and 12/52494q", ["2012/0052494Q (a PNC number)", "12/52494q (a PNC number)"]),
        ("993 cases, 234 with no next appointment; 30/06/2026; SW1A 2AA", []),
        ("Room B12, ext. 123456", []),
    ],
)
def test_numbers_of_people_on_probation_are_noticed(text, found):
    assert rules.case_numbers(text) == found


@pytest.mark.parametrize(
    ("state", "live", "last_word", "stale"),
    [
        ("in_progress", True, TODAY - dt.timedelta(days=30), True),
        ("in_progress", True, TODAY - dt.timedelta(days=29), False),
        ("in_progress", False, TODAY - dt.timedelta(days=300), False),
        ("cancelled", True, TODAY - dt.timedelta(days=300), False),
    ],
)
def test_an_action_is_stale_after_thirty_days_of_silence(state, live, last_word, stale):
    assert rules.is_stale(state, live, last_word, TODAY) is stale


RESPONSE = Waiting(dt.date(2026, 12, 17), "the response", lambda stage: ["Ben Hall"], DEFAULT_LIMITS)
OVERDUE = Waiting(dt.date(2026, 11, 8), "“Train all”", lambda stage: ["Omar Farah"], DEFAULT_LIMITS)
UNDATED = Waiting(NO_DATE, "“Keep a register”", lambda stage: ["Ben Hall"], DEFAULT_LIMITS)
VERY_LATE = Waiting(dt.date(2026, 10, 1), "“Train all”", lambda stage: ["Omar Farah", "Rosa Diaz"], DEFAULT_LIMITS)
NOBODY = Waiting(dt.date(2026, 11, 20), "the response", lambda stage: [], DEFAULT_LIMITS)


@pytest.mark.parametrize(
    ("state", "live", "waiting", "said"),
    [
        ("awaiting", True, [RESPONSE], "On 3 December 2026 Ben Hall is reminded by e-mail: the response is due by 17 "
         "December 2026."),
        ("open", True, [RESPONSE, OVERDUE, UNDATED], "On 22 November 2026 Omar Farah is reminded by e-mail: “Train "
         "all” was due by 8 November 2026."),
        ("open", True, [VERY_LATE], "On 26 November 2026 Omar Farah and Rosa Diaz are reminded by e-mail: “Train "
         "all” was due by 1 October 2026."),
        ("awaiting", True, [NOBODY], "On 27 November 2026 nobody can be reminded by e-mail: the response was due by 20 "
         "November 2026."),
        ("open", True, [UNDATED], "Nothing is sent: there is no date to remind anyone of."),
        ("awaiting", False, [RESPONSE], "Nothing: its clock has not been started."),
        ("implemented", True, [OVERDUE], "Nothing: this recommendation is closed."),
    ],
)  # fmt: skip
def test_what_happens_next_if_nobody_acts(state, live, waiting, said):
    assert if_nobody_acts(state, live, waiting, TODAY) == said


@pytest.mark.parametrize(
    ("deed", "before", "after", "title", "lines"),
    [
        ("answered", {"response": "Awaiting response"}, {"response": "Agreed", "response_text": "We will."},
         "Answered: Agreed", ["What will be done: We will."]),
        ("answered", {"response": "Agreed"}, {"response": "Not agreed"},
         "Answer changed", ["Response: from Agreed to Not agreed"]),
        ("answered", {"response_text": "We will."}, {"response_text": "We shall."},
         "Answer changed", ["What will be done: from We will. to We shall."]),
        ("assigned", {"owner_post": None}, {"owner_post": "Head of PDU, HFKCW"},
         "Owner chosen", ["Owner: from nobody to Head of PDU, HFKCW"]),
        ("assigned", {"owner_post": "Head of PDU, HFKCW", "owner_person": None},
         {"owner_post": None, "owner_person": "Omar Farah"},
         "Owner changed", ["Owner: from Head of PDU, HFKCW to Omar Farah"]),
        ("action_changed", {"due_by": "2026-06-30", "target_wording": "June 2026"},
         {"due_by": "2026-09-30", "target_wording": "September 2026", "reason": "Late start."},
         "Date moved", ["Date: from 30 June 2026 to 30 September 2026", "Reason: Late start."]),
        ("action_changed", {"due_by": "no date"}, {"due_by": "2026-09-30"},
         "Date set", ["Date: from no date to 30 September 2026"]),
        ("action_cancelled", {"state": "In progress"}, {"state": "Cancelled", "reason": "Done nationally."},
         "Action cancelled", ["State: from In progress to Cancelled", "Reason: Done nationally."]),
        ("update_posted", {"state": "Not started"}, {"done": "Half.", "confidence": "At risk", "next": ""},
         "Update posted", ["Done: Half.", "How sure of the date: At risk"]),
        ("follow_up_opened", {}, {"number": 1, "live": False},
         "Recommendation opened", ["Historic: no clock is running."]),
        ("something_new", {}, {"how_many": 3}, "Something new", ["How many: 3"]),
    ],
)  # fmt: skip
def test_a_line_of_the_journal_in_plain_words(deed, before, after, title, lines):
    assert title_of(deed, before, after) == title
    assert lines_of(deed, before, after) == lines


def test_long_texts_are_shortened_between_words():
    assert shortened("one two three", 8) == "one two…"
    assert shortened("one two", 8) == "one two"
