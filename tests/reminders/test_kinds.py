"""What is said of what stays undone: when, to whom, and why not after all. No database."""

import datetime as dt
from dataclasses import replace

import pytest

from tests.reminders.test_rules import (
    AMIRA,
    GONE,
    HEAD_POST,
    HELEN,
    HFKCW,
    HMPPS,
    LINE,
    LONDON,
    OMAR,
    ROSA,
    circle,
)
from tracker.clocks.rules import DEFAULT_LIMITS, LIMIT_WORDS
from tracker.reminders import rules
from tracker.reminders.rules import HEAD, OWNER, PASSED_ON, PASSED_UP, STAND_IN, Matter, Since
from tracker.working_days import NO_DATE

IVY, IDRIS = 30, 31
FRIDAY = dt.date(2026, 11, 20)
SUBJECTS = {"action_due": "action", "plan_due": "actionplan", "overdue_step": "action"} | {
    kind: one.about[0] for kind, one in rules.REMINDERS.items()
}


def everyone(without=()):
    return replace(circle(without=without), inspectors=tuple(who for who in (IVY, IDRIS) if who not in without),
                   in_use=circle(without=without).in_use | {IVY, IDRIS} - set(without))  # fmt: skip


def matter(kind, day=FRIDAY, **how):
    how = {"cycle": 1, "line": LINE, "owner_person": OMAR} | how
    return Matter(kind, SUBJECTS[kind], 1, day, **how)


def on(days):
    return FRIDAY + dt.timedelta(days=days)


def said(row, today, limits=DEFAULT_LIMITS):
    stage = rules.stage_now(row, today, limits)
    return stage and stage.words


def test_every_kind_has_words_limits_and_a_moment():
    assert len(rules.REMINDERS) == 10
    for kind, one in rules.REMINDERS.items():
        assert one.words and one.to and one.about, kind
        assert bool(one.heading) == bool(one.do) == bool(one.counted) == (kind not in ("action_due", "plan_due")), kind
    assert LIMIT_WORDS.keys() == DEFAULT_LIMITS.keys()


@pytest.mark.parametrize(
    ("kind", "how", "days", "words"),
    [
        ("update_expected", {}, 29, None), ("update_expected", {}, 30, "time 1"), ("update_expected", {}, 59, "time 1"),
        ("update_expected", {}, 60, "time 2"), ("update_expected", {}, 900, "time 30"),
        ("update_expected", {"of_alert": True}, 6, None), ("update_expected", {"of_alert": True}, 7, "time 1"),
        ("update_expected", {"of_alert": True}, 30, "time 4"),
        ("no_date", {}, 13, None), ("no_date", {}, 14, "time 1"), ("no_date", {}, 41, "time 1"),
        ("no_date", {}, 42, "time 2"), ("no_date", {}, 70, "time 3"),
        ("post_vacant", {}, 6, None), ("post_vacant", {}, 7, "time 1"), ("post_vacant", {}, 35, "time 2"),
        ("sustain_due", {}, 181, None), ("sustain_due", {}, 182, "time 1"), ("sustain_due", {}, 999, "time 1"),
        # Working days after a Friday; Christmas Day, its Monday and New Year's Day are none.
        ("claim_waiting", {}, 27, None), ("claim_waiting", {}, 28, "time 1"), ("claim_waiting", {}, 60, "time 1"),
        ("claim_waiting", {}, 61, "time 2"),
        ("date_waiting", {}, 6, None), ("date_waiting", {}, 7, "time 1"), ("date_waiting", {}, 13, "time 1"),
        ("date_waiting", {}, 14, "time 2"),
        ("risk_ending", {}, -29, None), ("risk_ending", {}, -28, "time 1"), ("risk_ending", {}, -1, "time 1"),
        ("risk_ending", {}, 0, None), ("risk_ending", {}, 1, None),
        ("overdue_step", {}, 6, None), ("overdue_step", {}, 7, "overdue_head"),
        ("overdue_step", {}, 13, "overdue_head"),
        ("overdue_step", {}, 14, "overdue_region"), ("overdue_step", {}, 27, "overdue_region"),
        ("overdue_step", {}, 28, "overdue_hmpps"), ("overdue_step", {}, 500, "overdue_hmpps"),
        # Of a region, and of HMPPS: a post that two turns reach is told at the first.
        ("overdue_step", {"line": LINE[1:]}, 7, "overdue_head"),
        ("overdue_step", {"line": LINE[1:]}, 27, "overdue_head"),
        ("overdue_step", {"line": LINE[1:]}, 28, "overdue_hmpps"),
        ("overdue_step", {"line": LINE[2:]}, 99, "overdue_head"),
    ],
)  # fmt: skip
def test_the_latest_moment_reached(kind, how, days, words):
    assert said(matter(kind, **how), on(days)) == words


@pytest.mark.parametrize(
    ("kind", "limit", "days"),
    [
        ("update_expected", "stale_after", 30), ("no_date", "no_date_after", 14), ("post_vacant", "vacant_after", 7),
        ("sustain_due", "sustain_after", 182), ("claim_waiting", "claim_waiting", 28),
        ("date_waiting", "date_waiting", 7), ("overdue_step", "overdue_head", 7),
    ],
)  # fmt: skip
def test_a_limit_that_is_a_day_longer_is_a_day_later(kind, limit, days):
    longer = DEFAULT_LIMITS | {limit: DEFAULT_LIMITS[limit] + 1}
    assert said(matter(kind), on(days)) is not None
    assert said(matter(kind), on(days), longer) is None


@pytest.mark.parametrize("kind", rules.REMINDERS)
@pytest.mark.parametrize(
    "quiet", [{"live": False}, {"open": False}, {"quiet": rules.PAUSED}, {"due": NO_DATE}],
    ids=["historic", "done", "paused", "nothing to count from"],
)  # fmt: skip
def test_never_spoken_of(kind, quiet):
    row = replace(matter(kind), **quiet)
    for days in (-28, -10, 0, 7, 28, 61, 200):
        assert rules.to_say(row, on(days), DEFAULT_LIMITS, everyone()) == []


JUDGES = {"people": {"judge": (IDRIS, IDRIS)}}
CIRCLE_ONLY = {"people": {"inspector": (IDRIS,)}}


@pytest.mark.parametrize(
    ("kind", "how", "days", "without", "told"),
    [
        ("update_expected", {}, 30, (), [(OMAR, OWNER)]),
        ("update_expected", {"owner_person": GONE}, 30, (), [(AMIRA, STAND_IN)]),
        ("no_date", {"owner_person": None}, 14, (AMIRA,), [(ROSA, STAND_IN)]),
        ("no_date", {"owner_person": None, "owner_post": HEAD_POST}, 14, (), [(AMIRA, OWNER)]),
        ("claim_waiting", JUDGES, 28, (), [(IDRIS, "judge")]),
        ("claim_waiting", JUDGES, 28, (IDRIS,), [(IVY, "inspector")]),
        ("claim_waiting", {}, 28, (), [(IVY, "inspector"), (IDRIS, "inspector")]),
        ("claim_waiting", CIRCLE_ONLY, 28, (), [(IDRIS, "inspector")]),
        ("claim_waiting", {}, 28, (IVY, IDRIS), []),
        ("date_waiting", {"people": {"asker": (AMIRA,)}}, 7, (), [(ROSA, "above")]),
        ("date_waiting", {"people": {"asker": (ROSA,)}}, 7, (), [(HELEN, "above")]),
        ("risk_ending", {}, -28, (), [(AMIRA, HEAD), (ROSA, "above")]),
        ("risk_ending", {}, -28, (AMIRA,), [(ROSA, STAND_IN)]),
        ("sustain_due", {"people": {"verifier": (IVY,)}}, 182, (), [(AMIRA, HEAD), (IVY, "verifier")]),
        ("sustain_due", {}, 182, (), [(AMIRA, HEAD)]),
        ("post_vacant", {}, 7, (), [(AMIRA, HEAD)]),
        ("post_vacant", {}, 7, (AMIRA,), [(ROSA, HEAD)]),
        ("overdue_step", {}, 7, (), [(AMIRA, PASSED_UP)]),
        ("overdue_step", {}, 14, (), [(ROSA, PASSED_UP)]),
        ("overdue_step", {}, 28, (), [(HELEN, PASSED_UP)]),
        ("overdue_step", {}, 7, (AMIRA,), [(ROSA, PASSED_ON)]),
        ("overdue_step", {}, 7, (AMIRA, ROSA), [(HELEN, PASSED_ON)]),
        ("overdue_step", {}, 14, (ROSA,), [(HELEN, PASSED_ON)]),
        ("overdue_step", {}, 28, (HELEN,), []),
        ("overdue_step", {"line": (LONDON, HMPPS)}, 7, (), [(ROSA, PASSED_UP)]),
        ("overdue_step", {"line": (HMPPS,)}, 7, (), [(HELEN, PASSED_UP)]),
    ],
)
def test_who_is_told(kind, how, days, without, told):
    row, around = matter(kind, **how), everyone(without)
    found = rules.who_is_told(row, rules.stage_now(row, on(days), DEFAULT_LIMITS), DEFAULT_LIMITS, around)
    assert [(one.recipient, one.role) for one in found] == told
    assert bool(rules.to_say(row, on(days), DEFAULT_LIMITS, around)) is bool(told)


def test_at_the_top_its_leads_are_told_where_nobody_heads_it():
    around = replace(everyone((HELEN,)), in_use=everyone().in_use | {40}, leads={HMPPS: (40,)})
    row = matter("overdue_step")
    stage = rules.stage_now(row, on(28), DEFAULT_LIMITS)
    assert [t.recipient for t in rules.who_is_told(row, stage, DEFAULT_LIMITS, around)] == [40]


def test_a_stand_in_reads_what_is_passed_up():
    row, around = matter("overdue_step"), replace(everyone(), covers={ROSA: OMAR})
    (told,) = rules.who_is_told(row, rules.stage_now(row, on(14), DEFAULT_LIMITS), DEFAULT_LIMITS, around)
    assert (told.recipient, told.instead_of) == (OMAR, ROSA)


@pytest.mark.parametrize(
    ("turn", "line", "without", "place"),
    [
        ("overdue_head", LINE, (), HFKCW), ("overdue_head", LINE, (AMIRA,), LONDON),
        ("overdue_region", LINE, (), LONDON), ("overdue_region", LINE[1:], (), LONDON),
        ("overdue_region", LINE[2:], (), HMPPS), ("overdue_hmpps", LINE, (), HMPPS),
        ("overdue_hmpps", LINE, (HELEN,), None), ("overdue_head", LINE, (AMIRA, ROSA, HELEN), None),
    ],
)  # fmt: skip
def test_whose_turn_it_is(turn, line, without, place):
    assert rules.answering_place(turn, line, everyone(without)) == place


OCCASION = "2026-11-20 cycle 1 overdue_region"


@pytest.mark.parametrize(
    ("row", "days", "without", "why"),
    [
        (matter("overdue_step"), 14, (), None),
        (matter("overdue_step"), 27, (), None),
        (matter("overdue_step"), 28, (), rules.LATER),
        (matter("overdue_step", cycle=2), 14, (), rules.MOVED),
        (matter("overdue_step", day=on(1)), 20, (), rules.MOVED),
        (matter("overdue_step", day=NO_DATE), 14, (), rules.MOVED),
        (matter("overdue_step", quiet=rules.PAUSED), 14, (), rules.PAUSED),
        (matter("overdue_step", open=False), 14, (), rules.NOTHING_TO_DO),
        (matter("overdue_step", live=False), 14, (), rules.NOT_RUNNING),
        (matter("overdue_step"), 14, (ROSA,), rules.SWITCHED_OFF),
        (matter("overdue_step", line=(HFKCW, 77, HMPPS)), 14, (), rules.SOMEBODY_ELSE),
        (None, 14, (), rules.GONE),
    ],
)
def test_passing_up_is_asked_again(row, days, without, why):
    assert rules.why_no_longer(ROSA, OCCASION, row, on(days), DEFAULT_LIMITS, everyone(without)) == why


def test_an_address_that_takes_no_mail_is_told_apart():
    around = replace(everyone((ROSA,)), stopped=frozenset({ROSA}))
    why = rules.why_no_longer(ROSA, OCCASION, matter("overdue_step"), on(14), DEFAULT_LIMITS, around)
    assert why == rules.STOPPED and why in rules.PASSED_TO_OTHERS


@pytest.mark.parametrize(
    ("since", "days", "why"),
    [
        (Since(FRIDAY), 30, None),
        (Since(FRIDAY), 60, rules.LATER),
        (Since(on(5)), 40, rules.NO_LONGER_SO),
        (Since(on(20)), 30, rules.NO_LONGER_SO),
        (None, 30, rules.NOTHING_TO_DO),
    ],
    ids=["as decided", "a month later", "an update since, and long ago", "an update since", "claimed since"],
)
def test_an_update_is_asked_for_again(since, days, why):
    row = Matter(
        "action_due", "action", 1, NO_DATE, 1, LINE, owner_person=OMAR,
        since={"update_expected": since} if since else {},
    )  # fmt: skip
    row = rules.for_kind(row, "update_expected")
    occasion = "2026-11-20 cycle 1 time 1"
    assert rules.why_no_longer(OMAR, occasion, row, on(days), DEFAULT_LIMITS, everyone()) == why


def test_what_is_named_by_a_claim_is_another_occasion_with_the_next_claim():
    occasions = {
        rules.to_say(matter("claim_waiting", mark=mark, people={"judge": (IVY,)}), on(28), DEFAULT_LIMITS, everyone())[
            0
        ].occasion
        for mark in ("claim 1", "claim 2")
    }
    assert occasions == {"claim 1 time 1", "claim 2 time 1"}


def test_one_thing_is_spoken_of_by_several_kinds():
    row = Matter(
        "action_due", "action", 1, FRIDAY, 1, LINE, owner_person=OMAR,
        since={"update_expected": Since(FRIDAY), "overdue_step": Since(FRIDAY)},
    )  # fmt: skip
    kinds = ("action_due", "update_expected", "no_date", "overdue_step")
    assert [one.kind for one in rules.spoken_of(row, kinds, on(10), DEFAULT_LIMITS)] == ["action_due", "overdue_step"]
    assert [one.kind for one in rules.spoken_of(row, kinds, on(30), DEFAULT_LIMITS)] == [
        "action_due", "update_expected", "overdue_step",
    ]  # fmt: skip
