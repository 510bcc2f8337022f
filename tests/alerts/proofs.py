"""Small proofs, each a story with days written by hand; and the mutations that each of them has to notice.

A mutation shifts a limit by a day or drops one check. `test_mutations.py` tries each with its proof; `script/prove
alerts` tries the limits against the whole HFKCW story too.
"""

import datetime as dt
from dataclasses import dataclass, replace

import pytest

from tests.alerts.stories import act_on, at, climb, fresh, monitored, raised, read, stood_down
from tracker.alerts import answering, ending, ladder, monitoring, raising
from tracker.alerts.ladder import Entry, Facts, Series
from tracker.alerts.models import AlertCase, Escalation
from tracker.journal.models import Event, Notice
from tracker.refusals import NotAllowed, Refusal
from tracker.working_days import NO_DATE


def d(day, month=8):
    return dt.date(2022, month, day)


def m(day, month=8, hour=12):
    return dt.datetime(2022, month, day, hour, tzinfo=dt.UTC)


RAISED = Facts(alert=1, state="raised", cycle=1, live=True, raised_on=d(2))
MONITORED = replace(
    RAISED, state="monitoring", acknowledged_on=d(3), covered_on=d(5), rounds=((d(16), None),), accepted_on=d(17),
    series=(Series(7, "Unallocated"),),
)  # fmt: skip
LATE_AFTER_RETURN = replace(RAISED, state="acknowledged", acknowledged_on=d(3), covered_on=d(5),
                            rounds=((d(12), d(15)),))  # fmt: skip
# (facts, duty, its last day, the days on which each rung stands: head, region, area, chief officer, chief executive)
DAYS = [
    (RAISED, "acknowledge", d(3), [d(4), d(5), d(6), d(9), d(11)]),
    (RAISED, "immediate", d(5), [d(6), d(9), d(10), d(11), d(13)]),
    (RAISED, "response", d(16), [d(17), d(18), d(19), d(20), d(24)]),
    (LATE_AFTER_RETURN, "response", d(22), [d(23), d(24), d(25), d(26), d(31)]),  # Monday 29 is a bank holiday
    (MONITORED, "reading", d(24), [d(25), d(26), d(27), d(31), d(2, 9)]),
    (MONITORED, "checkpoint", d(14, 9), [d(15, 9), d(16, 9), d(17, 9), d(21, 9), d(23, 9)]),  # 19 too
]


def the_days_are_as_written(cast=None):
    for facts, kind, due, days in DAYS:
        duty = next(one for one in ladder.duties(facts) if one.kind == kind and one.done_on is None)
        assert duty.due == due, kind
        found = [rung.reached_on for rung in ladder.rungs(facts) if rung.occasion == duty.occasion]
        assert found == days, kind


def a_margin_of_ten_per_cent(cast=None):
    from tracker.clocks.rules import DEFAULT_LIMITS

    margin = DEFAULT_LIMITS["alert_worsening"]
    assert not ladder.has_worsened(100, 110, "up", margin) and ladder.has_worsened(1000, 1101, "up", margin)
    assert not ladder.has_worsened(100, 90, "down", margin) and ladder.has_worsened(1000, 899, "down", margin)
    assert ladder.has_worsened(0, 1, "up", margin) and not ladder.has_worsened(100, 50, "up", margin)


def a_pause_is_not_counted(cast=None):
    paused = replace(RAISED, pauses=(ladder.Pause(d(3), d(5)),))
    assert [duty.due for duty in ladder.duties(paused)] == [d(8), d(10), d(19)]
    assert ladder.reached(replace(RAISED, pauses=(ladder.Pause(d(8), d(9)),)), m(8)) == []


def late_work_takes_the_later_rungs_away(cast=None):
    late = replace(RAISED, acknowledged_on=d(5), state="acknowledged")
    stood = [rung.reached_on for rung in ladder.rungs(late) if rung.kind == "acknowledge"]
    assert stood == [d(4), d(5)]
    assert not [r for r in ladder.rungs(replace(late, acknowledged_on=d(3))) if r.kind == "acknowledge"]


def what_ended_or_is_historic_has_no_clock(cast=None):
    for how in ({"state": "withdrawn"}, {"state": "stood_down"}, {"live": False}, {"raised_on": None}):
        assert ladder.duties(replace(MONITORED, **how)) == []


def a_worsening_stands_at_once_until_it_is_answered(cast=None):
    worse = Entry(5, m(20), d(20), 200, worsened=True, was=100)

    def stood(*more, checkpoints=()):
        facts = replace(MONITORED, series=(Series(7, "U", "up", (worse, *more)),), checkpoints=checkpoints)
        return [rung.reached_on for rung in ladder.reached(facts, m(24)) if rung.kind == "worsened"]

    assert stood() == [d(20), d(23), d(24)]  # a Saturday: then working days
    assert stood(Entry(6, m(22), d(22), 150)) == [d(20), d(23), d(24)]
    assert stood(Entry(6, m(22), d(22), 100)) == [d(20)]
    assert stood(checkpoints=(m(22),)) == [d(20)]
    assert stood(checkpoints=(m(19),)) == [d(20), d(23), d(24)]
    assert stood(Entry(6, m(22), d(20), 90)) == [d(20)]


def readings_and_checkpoints_go_on_for_ever(cast=None):
    for state in ("monitoring", "stand_down_asked"):
        for cycle in (1, 2):
            for entries in ((), (Entry(5, m(20), d(20), 200),)):
                facts = replace(MONITORED, state=state, cycle=cycle, series=(Series(7, "U", "up", entries),))
                waiting = [duty.kind for duty in ladder.duties(facts) if duty.done_on is None]
                assert sorted(waiting) == ["checkpoint", "reading"]
    assert len(ladder.duties(replace(MONITORED, cycle=2))) == 2


def only_another_person_agrees_and_a_third_confirms(cast):
    case = monitored(cast, at(2))
    ending.ask_end(case, "We watch.", "Safe", seen_version=case.version, by=cast.amira, at=at(3))
    type(case).objects.filter(pk=case.pk).update(end_asked_by=cast.helen)  # as if she had asked
    with pytest.raises(NotAllowed):
        ending.agree_end(fresh(case), seen_version=fresh(case).version, by=cast.helen, at=at(3))
    with pytest.raises(NotAllowed):
        ending.agree_end(fresh(case), seen_version=fresh(case).version, by=cast.ivy, at=at(3))


def nobody_confirms_what_nobody_agreed_to(cast):
    case = monitored(cast, at(2))
    ending.ask_end(case, "We watch.", "Safe", seen_version=case.version, by=cast.amira, at=at(3))
    with pytest.raises(Refusal, match="has to agree first"):
        ending.confirm_end(fresh(case), seen_version=fresh(case).version, by=cast.ivy, at=at(3))


def it_ends_only_when_all_is_done_or_the_exception_is_named(cast):
    case = monitored(cast, at(2))
    with pytest.raises(Refusal, match="2 of the 2 required actions are not verified"):
        ending.ask_end(case, "We watch.", seen_version=case.version, by=cast.amira, at=at(3))
    case.actions.update(state="verified")
    with pytest.raises(Refusal, match="the latest reading does not meet the target"):
        ending.ask_end(case, "We watch.", seen_version=case.version, by=cast.amira, at=at(3))
    read(case, 0, d(3), by=cast.amira, moment=at(3))
    read(case, 95, d(3), by=cast.amira, moment=at(3), name="Share of cases seen")
    with pytest.raises(Refusal, match="no exception to name"):
        ending.ask_end(fresh(case), "We watch.", "Why?", seen_version=case.version, by=cast.amira, at=at(3))
    ending.ask_end(fresh(case), "We watch.", seen_version=case.version, by=cast.amira, at=at(3))
    ending.agree_end(fresh(case), seen_version=fresh(case).version, by=cast.rosa, at=at(3))
    read(case, 7, d(4), by=cast.amira, moment=at(4))
    with pytest.raises(Refusal, match="no longer so"):
        ending.confirm_end(fresh(case), seen_version=fresh(case).version, by=cast.ivy, at=at(4))


def no_response_while_a_concern_has_no_action(cast):
    case = raised(cast, at(2))
    answering.acknowledge(case, seen_version=1, by=cast.amira, at=at(2))
    act_on(case, cast, concerns=list(case.concerns.all())[:1])
    with pytest.raises(Refusal, match="Concern 2"):
        answering.respond(fresh(case), "We act.", seen_version=2, by=cast.amira, at=at(3))


def each_step_from_its_state_and_by_its_people(cast):
    case = raised(cast, at(2))
    for deed, given, by in [
        (answering.accept, [], cast.ivy), (answering.respond, ["We act."], cast.amira),
        (ending.reopen, ["x"], cast.ivy),
        (ending.confirm_end, [], cast.ivy), (ending.ask_end, ["x"], cast.amira), (answering.acknowledge, [], cast.ben),
    ]:  # fmt: skip
        with pytest.raises(Refusal):
            deed(case, *given, seen_version=1, by=by, at=at(3))


def two_at_once_are_not_both_first(cast):
    case, other = raised(cast, at(2)), None
    other = fresh(case)
    answering.acknowledge(case, seen_version=1, by=cast.amira, at=at(3))
    with pytest.raises(Refusal):
        answering.acknowledge(other, seen_version=1, by=cast.rosa, at=at(3))
    assert AlertCase.objects.get().acknowledged_by == cast.amira


def each_rung_and_notice_once(cast):
    raised(cast, at(2))
    for hour in (0, 1, 2):
        climb(at(4, hour))
        climb(at(5, hour))
    assert [one.after["number"] for one in Event.objects.filter(deed="escalated")] == [1, 1]
    assert Escalation.objects.count() == 2 and Notice.objects.filter(kind="alert_rung").count() == 2


def each_deed_stores_it(cast):
    case = raised(cast, at(2))
    assert (case.next_due, case.next_duty, case.next_moment) == (d(3), "acknowledge", d(4))
    answering.acknowledge(case, seen_version=1, by=cast.amira, at=at(2))
    assert (fresh(case).next_due, fresh(case).next_duty, fresh(case).next_moment) == (d(5), "immediate", d(6))
    act_on(case, cast, at(3))
    assert (fresh(case).next_due, fresh(case).next_duty, fresh(case).next_moment) == (d(16), "response", d(17))
    raising.pause(fresh(case), d(8), d(9), "A fire", by=cast.ivy, at=at(3))
    assert (fresh(case).next_due, fresh(case).next_moment) == (d(18), d(19))
    answering.respond(fresh(case), "We act.", seen_version=fresh(case).version, by=cast.amira, at=at(4))
    assert (fresh(case).next_due, fresh(case).next_duty, fresh(case).next_moment) == (NO_DATE, "", NO_DATE)
    answering.accept(fresh(case), seen_version=fresh(case).version, by=cast.ivy, at=at(4))
    assert (fresh(case).next_due, fresh(case).next_duty) == (d(13), "reading"), "seven days, two of them paused"
    read(case, 1200, d(5), by=cast.amira, moment=at(5))
    assert (fresh(case).next_due, fresh(case).next_duty, fresh(case).next_moment) == (d(4), "worsened", d(5))
    monitoring.hold_checkpoint(fresh(case), "Seen.", by=cast.rosa, at=at(5, 12))
    assert fresh(case).next_moment == d(5), "the rung of the day on which it got worse stands"
    climb(at(5, 13))
    assert fresh(case).next_moment == d(14), "the other measure was to be read by the 13th"


def what_changes_for_many_is_seen(cast):
    from tracker.clocks.operations import set_limit

    raised(cast, at(2))
    climb(at(2))
    set_limit(cast.london, "alert_acknowledge", 0, by=cast.ada, at=at(3))
    climb(at(3, 12))
    assert list(Escalation.objects.values_list("rung", "due", "reached_on")) == [("rung_head", d(2), d(3))]


def reopened_is_a_new_cycle_without_an_end(cast):
    case = stood_down(monitored(cast, at(2)), cast, at(5))
    ending.reopen(case, "Back", seen_version=case.version, by=cast.ivy, at=at(30))
    case = fresh(case)
    assert (case.cycle, case.state, case.end_asked_by, case.ended_at, case.exit_plan) == (
        2,
        "monitoring",
        None,
        None,
        "",
    )


def readings_come_in_all_or_none(cast):
    case = monitored(cast, at(2))
    good = monitoring.NewReading(case.measures.all()[0], 5, d(3))
    with pytest.raises(Refusal, match="in the future"):
        monitoring.add_readings(case, [good, replace(good, as_at=d(9))], by=cast.amira, at=at(3))
    assert case.measures.all()[0].readings.count() == 1


def a_pause_is_not_for_the_past_and_has_a_reason(cast):
    case = raised(cast, at(2))
    for starts, ends, reason in ((d(2), d(5), "x"), (d(4), d(3), "x"), (d(4), d(5), " ")):
        with pytest.raises(Refusal):
            raising.pause(case, starts, ends, reason, by=cast.ivy, at=at(3))


@dataclass(frozen=True)
class Mutation:
    """``target``: dotted; ``value``: what stands there instead. ``proof``: the story that has to notice."""

    words: str
    target: str
    value: object
    proof: object


OF_REMINDERS = ("alert_stale_after",)  # no clock of the alert itself


def limits():
    from tracker.clocks.rules import DEFAULT_LIMITS

    names = [name for name in DEFAULT_LIMITS if name.startswith(("alert_", "rung_")) and name not in OF_REMINDERS]
    for name in names:
        for step in (1, -1):
            proof = a_margin_of_ten_per_cent if name == "alert_worsening" else the_days_are_as_written
            # A rung that is reached at once cannot be reached a day earlier.
            if DEFAULT_LIMITS[name] + step >= 0:
                yield name, DEFAULT_LIMITS[name] + step, proof


def _no(*_, **__):
    return None


CHECKS = [
    Mutation("bank holidays count", "tracker.alerts.ladder.is_working_day", lambda day: day.weekday() < 5,
             the_days_are_as_written),
    Mutation("weekends count", "tracker.alerts.ladder.is_working_day", lambda day: True, the_days_are_as_written),
    Mutation("a pause counts", "tracker.alerts.ladder.Calendar.paused", lambda self, day: False,
             a_pause_is_not_counted),
    Mutation("what ended has a clock", "tracker.alerts.ladder.ENDED", (), what_ended_or_is_historic_has_no_clock),
    Mutation("a worsening is never seen", "tracker.alerts.ladder._worsenings", lambda *_: [],
             a_worsening_stands_at_once_until_it_is_answered),
    Mutation("a worsening is never answered", "tracker.alerts.ladder.answered_at", _no,
             a_worsening_stands_at_once_until_it_is_answered),
    Mutation("readings stop", "tracker.alerts.ladder._readings", lambda *_: [],
             readings_and_checkpoints_go_on_for_ever),
    Mutation("checkpoints stop", "tracker.alerts.ladder._checkpoints", lambda *_: [],
             readings_and_checkpoints_go_on_for_ever),
    Mutation("who asked may agree", "tracker.alerts.ending.why_not_decided_by", _no,
             only_another_person_agrees_and_a_third_confirms),
    Mutation("nothing stands in the way", "tracker.alerts.ending.what_stands_in_the_way", lambda case: [],
             it_ends_only_when_all_is_done_or_the_exception_is_named),
    Mutation("a target is always met", "tracker.alerts.ladder.meets", lambda *_: True,
             it_ends_only_when_all_is_done_or_the_exception_is_named),
    Mutation("no concern lacks an action", "tracker.alerts.answering.concerns_without_action", lambda case: [],
             no_response_while_a_concern_has_no_action),
    Mutation("anybody, from anywhere", "tracker.alerts.guard.guard", _no, each_step_from_its_state_and_by_its_people),
    Mutation("rungs are not looked up", "tracker.alerts.escalating.recorded_of", lambda ids: {pk: {} for pk in ids},
             each_rung_and_notice_once),
    Mutation("deeds store no moment", "tracker.alerts.moments.is_running", lambda case: False, each_deed_stores_it),
    Mutation("a limit set otherwise is not seen", "tracker.alerts.escalating.ground", lambda *_: "the same",
             what_changes_for_many_is_seen),
    Mutation("the moment is a day late", "tracker.alerts.ladder.Look.moment_after",
             property(lambda look: min(r.reached_on for r in look.unsaid if r not in look.stands) + ladder.ONE_DAY),
             each_rung_and_notice_once),
    Mutation("the end is kept when reopened", "tracker.alerts.ending.NOBODY", {},
             reopened_is_a_new_cycle_without_an_end),
]  # fmt: skip
PROOFS = [
    the_days_are_as_written, a_margin_of_ten_per_cent, a_pause_is_not_counted, late_work_takes_the_later_rungs_away,
    what_ended_or_is_historic_has_no_clock, a_worsening_stands_at_once_until_it_is_answered,
    readings_and_checkpoints_go_on_for_ever, only_another_person_agrees_and_a_third_confirms,
    nobody_confirms_what_nobody_agreed_to, it_ends_only_when_all_is_done_or_the_exception_is_named,
    no_response_while_a_concern_has_no_action, each_step_from_its_state_and_by_its_people,
    two_at_once_are_not_both_first, each_rung_and_notice_once, reopened_is_a_new_cycle_without_an_end,
    each_deed_stores_it, what_changes_for_many_is_seen, readings_come_in_all_or_none,
    a_pause_is_not_for_the_past_and_has_a_reason,
]  # fmt: skip
