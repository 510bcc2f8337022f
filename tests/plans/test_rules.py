"""The rules of plans, as tables. No database."""

import datetime as dt

import pytest

from tracker.clocks.rules import DEFAULT_LIMITS
from tracker.journal.sentences import lines_of, title_of
from tracker.plans import rules
from tracker.plans.sentences import Waiting, if_nobody_acts, shortened
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
        ("1/12/26", "day", dt.date(2026, 12, 1)),
        ("30.11.26", "day", dt.date(2026, 11, 30)),
        ("1 Dec 26", "day", dt.date(2026, 12, 1)),
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
    ("written", "sentence"),
    [
        ("31 February 2026", "There is no 31 February 2026."),
        ("31/2/26", "There is no 31 February 2026."),
        ("29 Feb 2027", "There is no 29 February 2027."),
        ("2026-06-31", "There is no 31 June 2026."),
        ("0 June 2026", "There is no 0 June 2026."),
        ("6/30/2026", "There is no month 30."),
    ],
)
def test_a_day_that_no_calendar_has_is_named(written, sentence):
    with pytest.raises(rules.NoSuchDay, match=sentence):
        rules.read_target_date(written)


def test_only_where_something_may_be_ongoing_is_that_an_example():
    with pytest.raises(ValueError, match="June 2026 or Ongoing"):
        rules.read_target_date("soon")
    with pytest.raises(ValueError, match=r"Write it like August 2022\.$"):
        rules.read_target_date("soon", like="August 2022")


@pytest.mark.parametrize("day", [dt.date(2026, 11, 21), dt.date(2030, 12, 1)])
def test_evidence_does_not_speak_of_a_day_to_come(day):
    assert rules.why_not_shown_of(None, TODAY) is None is rules.why_not_shown_of(TODAY, TODAY)
    assert "has not been yet" in rules.why_not_shown_of(day, TODAY)


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


LEADS = {"answer", "assign", "add_action"}
INSPECTORS = {"start_clock", "close", "close_not_agreed", "supersede", "carry_forward", "tie"}


@pytest.mark.parametrize(
    ("state", "standing", "deeds"),
    [
        ("awaiting", {"lead"}, LEADS),
        ("awaiting", {"inspector"}, INSPECTORS - {"close", "close_not_agreed"}),
        ("awaiting", {"lead above"}, set()),
        ("open", {"lead"}, LEADS),
        ("open", {"inspector"}, INSPECTORS),
        ("open", {"lead above"}, {"accept_risk"}),
        ("open", {"viewer", "contributor", "administrator"}, set()),
        ("implemented", {"lead", "lead above"}, set()),
        ("implemented", {"inspector"}, {"reopen"}),
        ("not_implemented", {"inspector"}, {"reopen"}),
        ("superseded", {"lead", "inspector"}, {"reopen"}),
    ],
)
def test_what_may_be_done_to_a_recommendation(state, standing, deeds):
    assert {s.deed for s in rules.possible(rules.FOLLOW_UP_STEPS, state, frozenset(standing))} == deeds


ON_ANY = {"reorder", "remove_evidence", "revoke_links"}
OUTSIDE = {"name_external", "ask_external"}
WORK = {"post_update", "add_evidence"}


@pytest.mark.parametrize(
    ("state", "standing", "deeds"),
    [
        ("not_started", {"lead"}, {"edit", "reassign", "cancel", "ask_date", "claim"} | WORK | OUTSIDE | ON_ANY),
        ("in_progress", {"owner"}, {"claim"} | WORK),
        ("in_progress", {"helper"}, WORK),
        ("in_progress", {"outside"}, {"post_update"}),
        ("claimed", {"outside"}, set()),
        ("in_progress", {"contributor"}, set()),
        ("in_progress", {"inspector", "lead above", "viewer"}, set()),
        ("in_progress", {"administrator"}, {"remove_evidence"}),
        ("claimed", {"lead"}, {"add_evidence"} | ON_ANY),
        ("claimed", {"owner"}, {"add_evidence"}),
        ("claimed", {"inspector"}, {"verify", "send_back"}),
        ("verified", {"lead", "owner", "inspector"}, ON_ANY),
        ("cancelled", {"lead", "owner", "inspector"}, ON_ANY),
    ],
)
def test_what_may_be_done_to_an_action(state, standing, deeds):
    assert {s.deed for s in rules.possible(rules.ACTION_STEPS, state, frozenset(standing))} == deeds


@pytest.mark.parametrize(
    ("steps", "state", "standing", "deeds"),
    [
        (rules.PLAN_STEPS, "draft", {"lead"}, {"submit"}),
        (rules.PLAN_STEPS, "draft", {"lead above", "inspector"}, set()),
        (rules.PLAN_STEPS, "submitted", {"lead"}, {"take_back"}),
        (rules.PLAN_STEPS, "submitted", {"lead above"}, {"sign_off", "send_plan_back"}),
        (rules.PLAN_STEPS, "sent_back", {"lead"}, {"submit"}),
        (rules.PLAN_STEPS, "signed_off", {"lead", "inspector"}, set()),
        (rules.PLAN_STEPS, "signed_off", {"lead above"}, {"send_plan_back"}),
        (rules.DATE_CHANGE_STEPS, "asked", {"lead"}, {"withdraw_date"}),
        (rules.DATE_CHANGE_STEPS, "asked", {"lead above"}, {"agree_date", "refuse_date"}),
        (rules.DATE_CHANGE_STEPS, "asked", {"owner", "inspector", "viewer above"}, set()),
        (rules.DATE_CHANGE_STEPS, "agreed", {"lead", "lead above"}, set()),
    ],
)
def test_what_may_be_done_to_a_plan_and_to_a_question_about_a_date(steps, state, standing, deeds):
    assert {s.deed for s in rules.possible(steps, state, frozenset(standing))} == deeds


def answered(response="agreed", *, state="open", reason="", approver="", actions=((1, True, True),)):
    return rules.Answered(7, 3, state, response, reason, approver, tuple(actions))


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        (answered(), []),
        (answered("awaiting", state="awaiting"), ["has no response"]),
        (answered(actions=()), ["has no action"]),
        (answered("partly_agreed", actions=()), ["has no action"]),
        (answered(actions=[(1, False, True)]), ["has an action without an owner"]),
        (answered(actions=[(1, True, False)]),
         ["has an action without a date, or ongoing without a review date"]),
        (answered(actions=[(1, True, True), (2, False, False)]),
         ["has an action without an owner", "has an action without a date, or ongoing without a review date"]),
        (answered("not_agreed", reason="Commissioned elsewhere", approver="Rosa Diaz", actions=()), []),
        (answered("not_agreed", actions=()),
         ["has no reason for not agreeing", "has no approver for not agreeing"]),
        (answered(state="superseded", actions=()), []),
        (answered(state="implemented", actions=()), []),
    ],
)  # fmt: skip
def test_what_a_plan_lacks_before_it_can_be_submitted(row, missing):
    found = rules.missing_from_plan([row])
    assert [one.what for one in found] == missing
    assert {(one.follow_up, one.number) for one in found} <= {(7, 3)}


@pytest.mark.parametrize(
    ("states", "verified_now", "tie", "required", "sentence"),
    [
        (["verified"], True, "none", [], None),
        (["verified", "cancelled"], True, "declined", [], None),
        ([], False, "none", [], "None of its actions is verified, or none since it was opened again."),
        (["cancelled"], False, "none", [], "None of its actions is verified, or none since it was opened again."),
        (["verified"], False, "none", [], "None of its actions is verified, or none since it was opened again."),
        (["verified", "claimed"], True, "none", [], "1 of its actions is neither verified nor cancelled."),
        (["not_started", "in_progress"], False, "none", [],
         "2 of its actions are neither verified nor cancelled."),
        (["verified"], True, "proposed", ["verified"],
         "It may be tied to the organisational alert: decide on that first."),
        (["verified"], True, "confirmed", [],
         "It is tied to the organisational alert, which has no required action yet."),
        (["verified"], True, "confirmed", ["verified", "cancelled", "claimed"],
         "It is tied to the organisational alert: 2 of the 3 actions that the alert requires still have to be "
         "verified."),
        (["verified"], True, "confirmed", ["verified", "verified"], None),
    ],
)  # fmt: skip
def test_why_a_recommendation_cannot_be_closed(states, verified_now, tie, required, sentence):
    assert rules.why_not_closed(states, verified_now, tie, required) == sentence


@pytest.mark.parametrize(
    ("plan", "response", "stands_in_the_way"),
    [
        ("draft", "agreed", False),
        ("sent_back", "agreed", False),
        ("submitted", "agreed", True),
        ("submitted", "awaiting", True),
        ("signed_off", "agreed", True),
        ("signed_off", "awaiting", False),  # a recommendation that came in later, or was opened again
    ],
)
def test_an_answer_does_not_change_under_the_eyes_of_the_level_above(plan, response, stands_in_the_way):
    sentence = rules.why_not_while_with_the_level_above("answer this recommendation", plan, response)
    assert bool(sentence) is stands_in_the_way


@pytest.mark.parametrize(
    ("first", "new", "free", "at_once"),
    [
        (dt.date(2026, 6, 1), dt.date(2026, 6, 15), 14, True),
        (dt.date(2026, 6, 1), dt.date(2026, 6, 16), 14, False),
        (dt.date(2026, 6, 1), dt.date(2026, 6, 2), 0, False),
        (dt.date(2026, 6, 1), dt.date(2026, 5, 1), 0, True),
        (NO_DATE, dt.date(2026, 5, 1), 14, False),
    ],
)
def test_a_date_moves_at_once_up_to_the_setting(first, new, free, at_once):
    assert rules.moves_at_once(first, new, free) is at_once


def test_ongoing_has_a_review_date():
    ongoing = rules.read_target_date("Ongoing")
    review = rules.read_target_date("30 June 2027")
    assert rules.with_review(ongoing, review) == rules.TargetDate("Ongoing", "ongoing", dt.date(2027, 6, 30))
    assert rules.with_review(ongoing, rules.read_target_date("")).due_by == NO_DATE
    assert rules.with_review(review, ongoing) == review


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
        ("evidence_added", {}, {"name": "rota.pdf", "sha256": "0123456789abcdef" * 4},
         "Evidence added", ["Name: rota.pdf", "SHA-256, the first 12 signs: 0123456789ab"]),
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
