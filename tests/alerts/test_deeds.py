"""The deeds of an alert: what they need, what they leave behind, and that twice is once."""

import datetime as dt
import uuid

import pytest

from tests.alerts.stories import CONCERNS, MEASURES, act_on, at, climb, fresh, monitored, raised, read, stood_down
from tests.cast import NOW
from tracker.alerts import answering, ending, monitoring, raising
from tracker.alerts.facts import clocks
from tracker.alerts.models import AlertCase, AlertDraft, Escalation, Reading
from tracker.journal.models import Event, Notice
from tracker.people.models import Cover
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal


def deeds(case):
    return [event.deed for event in Event.objects.about(case).order_by("pk")]


# --- Raised ---


def test_raised_with_concerns_and_first_readings(cast):
    raising.keep_draft({"kind": "unallocated"}, by=cast.ivy, at=at(2))
    key = uuid.uuid4()
    case = raised(cast, at(2), restricted=True, inspectors=[cast.idris], key=key)
    assert (case.state, case.live, case.restricted, case.raised_by, case.cycle) == ("raised", True, True, cast.ivy, 1)
    assert [concern.text for concern in case.concerns.all()] == CONCERNS
    first = Reading.objects.get(measure__name="Cases without a named practitioner")
    assert (first.value, first.as_at, first.by) == (993, None, cast.ivy)
    assert {person.first_name for person in case.inspectors.all()} == {"Ivy", "Idris"}
    assert deeds(case) == ["alert_raised"] and Event.objects.about(case).get().organisation == cast.hfkcw
    assert not AlertDraft.objects.exists()
    assert raised(cast, at(2), key=key).pk == case.pk
    assert AlertCase.objects.count() == 1 and Notice.objects.count() == 2


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"concerns": ["  "]}, "at least one concern"), ({"required_text": " "}, "what is required"),
        ({"measures": [MEASURES[0], MEASURES[0]]}, "same name"),
        ({"measures": [("A", "", None, "sideways", None, None)]}, "higher or a lower"),
        ({"measures": [("A", "", None, "up", 5, dt.date(2022, 8, 3))]}, "in the future"),
    ],
)  # fmt: skip
def test_what_an_alert_needs(cast, given, sentence):
    with pytest.raises(Refusal, match=sentence):
        raised(cast, at(2), **given)
    assert not AlertCase.objects.exists() and not Event.objects.exists()


def test_only_an_inspector_raises_and_only_inspectors_are_named(cast):
    with pytest.raises(NotAllowed):
        raised(cast, at(2), by=cast.rosa)
    with pytest.raises(Refusal, match="not Omar Farah"):
        raised(cast, at(2), inspectors=[cast.omar])


def test_the_circle_changes_and_is_never_empty(cast):
    case = raised(cast, at(2), restricted=True)
    with pytest.raises(Refusal, match="At least one"):
        raising.change_circle(case, [], seen_version=1, by=cast.ivy, at=at(2))
    raising.change_circle(case, [cast.idris], seen_version=1, by=cast.ivy, at=at(2))
    raising.change_circle(fresh(case), [cast.idris], seen_version=1, by=cast.ivy, at=at(2))
    assert case not in AlertCase.objects.visible_to(cast.person("ivy"))
    assert case in AlertCase.objects.visible_to(cast.person("idris"))
    assert deeds(case) == ["alert_raised", "alert_circle_changed"]


def test_the_clock_of_a_historic_alert_starts_on_a_day(cast, record, take):
    case = fresh(AlertCase.objects.get(inspection=take(record, live=False).inspection))
    assert clocks([case], NOW)[case.pk].duties() == []
    with pytest.raises(Refusal, match="in the future"):
        raising.start_clock(case, dt.date(2026, 11, 21), seen_version=1, by=cast.ivy, at=NOW)
    raising.start_clock(case, NOW.date(), seen_version=1, by=cast.ivy, at=NOW)
    with pytest.raises(Refusal, match="already running"):
        raising.start_clock(fresh(case), dt.date(2026, 11, 19), seen_version=2, by=cast.ivy, at=NOW)
    clock = clocks([fresh(case)], NOW)[case.pk]
    late = [duty.kind for duty in clock.duties() if duty.done_on is None]
    assert late == ["immediate"], "as printed it was acknowledged and answered"
    assert not case.actions.filter(live=False).exists()
    answering.accept(fresh(case), seen_version=2, by=cast.ivy, at=NOW)
    assert case.actions.filter(required=True).count() == 4


# --- Answered ---


def test_twice_clicked_is_one_deed_and_two_people_are_not_both_first(cast):
    case, second = raised(cast, at(2)), None
    second = fresh(case)
    for _ in range(2):
        answering.acknowledge(fresh(case), seen_version=1, by=cast.amira, at=at(2))
    with pytest.raises(AlreadyMoved, match="Amira Khan changed this"):
        answering.acknowledge(second, seen_version=1, by=cast.rosa, at=at(2))
    assert deeds(case) == ["alert_raised", "alert_acknowledged"]


def test_the_stand_in_of_the_head_acknowledges(cast):
    Cover.objects.create(
        person=cast.amira, stand_in=cast.omar, starts=dt.date(2022, 8, 1), ends=dt.date(2022, 8, 31),
        named_by=cast.amira, named_at=at(1),
    )  # fmt: skip
    case = raised(cast, at(2))
    omar = cast.person("omar")
    omar.acting_on = dt.date(2022, 8, 2)
    answering.acknowledge(case, seen_version=1, by=omar, at=at(2))
    assert fresh(case).acknowledged_by == cast.omar


def test_returned_it_goes_back_and_is_sent_again(cast):
    case = raised(cast, at(2))
    answering.acknowledge(case, seen_version=1, by=cast.amira, at=at(2))
    act_on(case, cast, at(2))
    answering.respond(fresh(case), "We act.", seen_version=2, by=cast.amira, at=at(3))
    answering.return_response(fresh(case), "Who?", seen_version=3, by=cast.ivy, at=at(4))
    assert (fresh(case).state, fresh(case).return_reason) == ("acknowledged", "Who?")
    answering.respond(fresh(case), "The head.", seen_version=4, by=cast.rosa, at=at(5))
    assert (fresh(case).state, fresh(case).responded_by) == ("responded", cast.rosa)
    answering.accept(fresh(case), seen_version=5, by=cast.idris, at=at(5))
    assert case.actions.filter(required=True).count() == 2, "what was promised is required from now on"


# --- Readings ---


HEAD = "measure,value,as at,note\n"


def in_file(case, text, today=dt.date(2022, 8, 20)):
    raw = text if isinstance(text, bytes) else text.encode()
    return monitoring.read_file(raw, case.measures.all(), today)


def test_readings_by_file(cast):
    case = monitored(cast, at(2))
    text = '\ufeffMeasure,Value,As at,Note\ncases without a named practitioner,"1,050",10/08/2022,After audit\n\n'
    text += "Share of cases seen,61.5%,2022-08-12,\n"
    found, mistakes = in_file(case, text)
    assert not mistakes
    key = uuid.uuid4()
    for _ in range(2):
        saved = monitoring.add_readings(fresh(case), found, key=key, by=cast.amira, at=at(20))
        assert [(one.value, one.as_at, one.note) for one in saved] == [
            (1050, dt.date(2022, 8, 10), "After audit"), (found[1].value, dt.date(2022, 8, 12), ""),
        ]  # fmt: skip
    assert deeds(case).count("readings_added") == 1
    assert Reading.objects.count() == 4


def test_every_mistake_names_row_and_column_and_nothing_is_read(cast):
    case = raised(cast, at(2))
    text = HEAD + "Nothing,5,10/08/2022,\nShare of cases seen,many,32/08/2022,\nShare of cases seen,5,21/08/2022,\n"
    text += "Share of cases seen,5,10/08/2022,\nShare of cases seen,6,10/08/2022,\na,b,c,d,e\n"
    found, mistakes = in_file(case, text)
    assert found == []
    assert [(one.row, one.column) for one in mistakes] == [
        (2, "measure"), (3, "value"), (3, "as at"), (4, "as at"), (6, "as at"), (7, ""),
    ]  # fmt: skip
    assert "Cases without a named practitioner, Share of cases seen" in mistakes[0].sentence
    assert mistakes[4].sentence == "Row 5 has a reading for the same day."


@pytest.mark.parametrize(
    ("text", "row", "column"),
    [
        (b"\xff\xfe\x00", 1, ""), ("", 1, "measure"), ("measure,value\n", 1, "as at"), (HEAD, 2, ""),
        (HEAD + '"open', 1, ""), (HEAD + "x\n" * 1001, 1002, ""),
    ],
)  # fmt: skip
def test_a_file_that_is_none(cast, text, row, column):
    found, mistakes = in_file(raised(cast, at(2)), text)
    assert found == [] and (mistakes[0].row, mistakes[0].column) == (row, column)


@pytest.mark.parametrize("text", ["NaN", "1e400", "1_000", "", "12.345", "٣", "99999999999", "--5", "inf"])
def test_what_is_no_number(text):
    assert monitoring.number_in(text) is None


def test_worse_than_the_reading_before_by_day_not_by_entry(cast):
    case = monitored(cast, at(2))
    assert read(case, 1050, dt.date(2022, 8, 10), by=cast.amira, moment=at(10))[0].worsened is False, "993 before"
    assert read(case, 800, dt.date(2022, 8, 5), by=cast.amira, moment=at(11))[0].worsened is False
    assert read(case, 900, dt.date(2022, 8, 6), by=cast.ivy, moment=at(12))[0].worsened is True
    assert Notice.objects.filter(kind="alert_worsened").count() == 0, "Ivy entered it herself"


def test_a_reading_is_not_of_another_alert(cast):
    case, other = monitored(cast, at(2)), raised(cast, at(2))
    with pytest.raises(Refusal, match="measure of this alert"):
        monitoring.add_readings(
            case, [monitoring.NewReading(other.measures.first(), 5, None)], by=cast.amira, at=at(3)
        )  # fmt: skip


def test_a_checkpoint_is_the_level_aboves_and_once(cast):
    case, key = monitored(cast, at(2)), uuid.uuid4()
    with pytest.raises(NotAllowed):
        monitoring.hold_checkpoint(case, "Fine", by=cast.amira, at=at(3))
    with pytest.raises(Refusal, match="what you saw"):
        monitoring.hold_checkpoint(case, " ", by=cast.rosa, at=at(3))
    made = [monitoring.hold_checkpoint(case, "Seen", key=key, by=cast.rosa, at=at(3)) for _ in range(2)]
    assert made[0] == made[1] and deeds(case).count("checkpoint_held") == 1


# --- The end ---


def test_stood_down_by_three_and_reopened(cast, finished):
    case = finished
    three = [case.end_asked_by, case.end_agreed_by, case.end_confirmed_by]
    assert (case.state, three) == ("stood_down", [cast.amira, cast.rosa, cast.idris])
    assert case.ended_at == at(29) and case.exit_plan and case.exception
    ending.reopen(case, "It came back", seen_version=case.version, by=cast.ivy, at=at(30))
    again = stood_down(case, cast, at(31))
    assert (again.cycle, again.state) == (2, "stood_down")
    assert deeds(case)[-5:] == ["alert_stood_down", "alert_reopened", "end_asked", "end_agreed", "alert_stood_down"]


@pytest.mark.parametrize("deed", ["agree", "confirm"])
def test_nobody_decides_for_whom_they_stand_in(cast, deed):
    """Rosa is away and her stand-in is Helen; who asked for, or agreed to it, is not the next of the three either."""
    case = monitored(cast, at(2))
    ending.ask_end(case, "We watch.", "Safe", seen_version=case.version, by=cast.amira, at=at(3))
    stand_in = cast.person("helen" if deed == "agree" else "ivy")
    away = cast.amira if deed == "agree" else cast.rosa
    Cover.objects.create(
        person=away, stand_in=stand_in, starts=dt.date(2022, 8, 1), ends=dt.date(2022, 8, 31), named_by=away,
        named_at=at(1),
    )  # fmt: skip
    stand_in.acting_on = dt.date(2022, 8, 3)
    if deed == "confirm":
        ending.agree_end(fresh(case), seen_version=fresh(case).version, by=cast.rosa, at=at(3))
    decide = ending.agree_end if deed == "agree" else ending.confirm_end
    with pytest.raises(NotAllowed, match="somebody you stand in for"):
        decide(fresh(case), seen_version=fresh(case).version, by=stand_in, at=at(3))


def test_refused_it_is_monitored_on_and_may_be_asked_for_again(cast):
    case = monitored(cast, at(2))
    ending.ask_end(case, "We watch.", "Safe", seen_version=case.version, by=cast.amira, at=at(3))
    ending.agree_end(fresh(case), seen_version=fresh(case).version, by=cast.rosa, at=at(3))
    ending.refuse_end(fresh(case), "Not yet", seen_version=fresh(case).version, by=cast.ivy, at=at(3))
    case = fresh(case)
    assert (case.state, case.end_asked_by, case.end_agreed_by) == ("monitoring", None, None)
    climb(at(10))
    assert Escalation.objects.filter(duty="reading").exists(), "the clocks never stopped"


def test_at_hmpps_a_second_lead_agrees(cast):
    from tests.cast import person

    hugh = person("Hugh", "Ames", "lead", cast.hmpps)
    case = raised(cast, at(2), organisation=cast.hmpps)
    answering.acknowledge(case, seen_version=1, by=cast.helen, at=at(2))
    AlertCase.objects.filter(pk=case.pk).update(state="monitoring", accepted_at=at(2))
    ending.ask_end(fresh(case), "We watch.", "Safe", seen_version=2, by=cast.helen, at=at(3))
    with pytest.raises(NotAllowed):
        ending.agree_end(fresh(case), seen_version=3, by=cast.helen, at=at(3))
    ending.agree_end(fresh(case), seen_version=3, by=hugh, at=at(3))
    ending.confirm_end(fresh(case), seen_version=4, by=cast.ivy, at=at(3))
    assert fresh(case).state == "stood_down"


def test_withdrawn_the_record_stays(cast):
    case = raised(cast, at(2))
    with pytest.raises(Refusal, match="Say why"):
        raising.withdraw(case, " ", seen_version=1, by=cast.ivy, at=at(2))
    raising.withdraw(case, "The wrong place", seen_version=1, by=cast.ivy, at=at(2))
    assert fresh(case).state == "withdrawn" and case.concerns.count() == 2
    with pytest.raises(Refusal):
        ending.reopen(fresh(case), "x", seen_version=2, by=cast.ivy, at=at(2))


# --- The draft ---


def test_a_draft_is_kept_as_typed_and_is_ones_own(cast):
    raising.keep_draft({"concerns": "half a"}, by=cast.ivy, at=at(2))
    raising.keep_draft({"concerns": "half a sentence"}, by=cast.ivy, at=at(2))
    raising.keep_draft({"concerns": "another"}, by=cast.idris, at=at(2))
    assert AlertDraft.objects.get(by=cast.ivy).typed == {"concerns": "half a sentence"}
    with pytest.raises(NotAllowed):
        raising.keep_draft({}, by=cast.amira, at=at(2))
    raising.drop_draft(by=cast.ivy)
    assert AlertDraft.objects.count() == 1 and not Event.objects.exists()
