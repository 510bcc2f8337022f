"""What is said about a date, and to whom: no database."""

import datetime as dt

import pytest

from tracker.clocks.rules import DEFAULT_LIMITS
from tracker.reminders import rules
from tracker.reminders.rules import COPIED, OWNER, STAND_IN, Circle, Matter
from tracker.working_days import NO_DATE

HMPPS, LONDON, HFKCW = 1, 2, 3
LINE = (HFKCW, LONDON, HMPPS)
AMIRA, ROSA, HELEN, OMAR, GONE = 10, 11, 12, 13, 99
HEAD_POST, DIRECTOR_POST, SPO_POST = 20, 21, 22
DUE = dt.date(2026, 11, 30)
ALL = Circle(
    in_use=frozenset({AMIRA, ROSA, HELEN, OMAR}),
    holders={HEAD_POST: AMIRA, DIRECTOR_POST: ROSA},
    heads={HFKCW: AMIRA, LONDON: ROSA, HMPPS: HELEN},
)


def circle(*, without=()):
    return Circle(
        in_use=ALL.in_use - set(without),
        holders={k: v for k, v in ALL.holders.items() if v not in without},
        heads={k: v for k, v in ALL.heads.items() if v not in without},
    )


def matter(**how):
    return Matter(**{
        "kind": "action_due", "subject_kind": "action", "subject_id": 1, "due": DUE, "cycle": 1, "line": LINE,
        "owner_person": OMAR,
    } | how)  # fmt: skip


@pytest.mark.parametrize(
    ("days_after", "offset"),
    [
        (-46, None), (-45, -45), (-44, -45), (-15, -45), (-14, -14), (-1, -14), (0, 0), (6, 0), (7, 7), (8, 7),
        (14, 14), (20, 14), (28, 28), (55, 28), (56, 56), (83, 56), (84, 84), (200, 196),
    ],
)  # fmt: skip
def test_the_latest_stage_only(days_after, offset):
    stage = rules.stage_now(matter(), DUE + dt.timedelta(days=days_after), DEFAULT_LIMITS)
    assert (stage and stage.offset) == offset


@pytest.mark.parametrize(
    "quiet", [{"live": False}, {"open": False}, {"due": NO_DATE}], ids=["historic", "claimed or closed", "undated"]
)
@pytest.mark.parametrize("days_after", [-45, 0, 7, 100])
def test_never_spoken_of(quiet, days_after):
    today = DUE + dt.timedelta(days=days_after)
    assert rules.to_say(matter(**quiet), today, DEFAULT_LIMITS, ALL) == []


@pytest.mark.parametrize(
    ("owner", "without", "told"),
    [
        ({"owner_person": OMAR}, (), [(OMAR, OWNER)]),
        ({"owner_person": GONE}, (), [(AMIRA, STAND_IN)]),
        ({"owner_person": OMAR}, (OMAR,), [(AMIRA, STAND_IN)]),
        ({"owner_person": OMAR}, (OMAR, AMIRA), [(ROSA, STAND_IN)]),
        ({"owner_person": OMAR}, (OMAR, AMIRA, ROSA), [(HELEN, STAND_IN)]),
        ({"owner_person": OMAR}, (OMAR, AMIRA, ROSA, HELEN), []),
        ({"owner_person": None, "owner_post": HEAD_POST}, (), [(AMIRA, OWNER)]),
        ({"owner_person": None, "owner_post": DIRECTOR_POST}, (), [(ROSA, OWNER)]),
        ({"owner_person": None, "owner_post": SPO_POST}, (), [(AMIRA, STAND_IN)]),
        ({"owner_person": None}, (), [(AMIRA, STAND_IN)]),
        ({"owner_person": None, "of_head": True}, (), [(AMIRA, OWNER)]),
        ({"owner_person": None, "of_head": True}, (AMIRA,), [(ROSA, STAND_IN)]),
    ],
)
def test_who_is_told(owner, without, told):
    row = matter(**owner)
    stage = rules.stage_now(row, DUE, DEFAULT_LIMITS)
    found = rules.who_is_told(row, stage, DEFAULT_LIMITS, circle(without=without))
    assert [(t.recipient, t.role) for t in found] == told
    assert rules.to_say(row, DUE, DEFAULT_LIMITS, circle(without=without)) != [], "None or somebody, never nothing"


@pytest.mark.parametrize(
    ("days_after", "owner", "without", "told"),
    [
        (28, OMAR, (), [(OMAR, OWNER)]),
        (56, OMAR, (), [(OMAR, OWNER), (ROSA, COPIED)]),
        (84, OMAR, (), [(OMAR, OWNER), (ROSA, COPIED)]),
        (56, OMAR, (ROSA,), [(OMAR, OWNER), (HELEN, COPIED)]),
        (56, ROSA, (), [(ROSA, OWNER)]),
        (56, OMAR, (OMAR, AMIRA), [(ROSA, STAND_IN)]),
        (56, OMAR, (ROSA, HELEN), [(OMAR, OWNER)]),
    ],
)
def test_long_after_the_date_the_line_above_is_copied(days_after, owner, without, told):
    row, today = matter(owner_person=owner), DUE + dt.timedelta(days=days_after)
    stage = rules.stage_now(row, today, DEFAULT_LIMITS)
    found = rules.who_is_told(row, stage, DEFAULT_LIMITS, circle(without=without))
    assert [(t.recipient, t.role) for t in found] == told


SAID = rules.stage_now(matter(), DUE, DEFAULT_LIMITS).occasion(DUE, 1)


@pytest.mark.parametrize(
    ("row", "days_after", "without", "why"),
    [
        (matter(), 0, (), None),
        (matter(), 6, (), None),
        (matter(), 7, (), rules.LATER),
        (None, 0, (), rules.GONE),
        (matter(live=False), 0, (), rules.NOT_RUNNING),
        (matter(open=False), 0, (), rules.NOTHING_TO_DO),
        (matter(due=NO_DATE), 0, (), rules.MOVED),
        (matter(due=DUE + dt.timedelta(days=200)), 0, (), rules.MOVED),
        (matter(due=DUE + dt.timedelta(days=2)), 0, (), rules.MOVED),
        (matter(cycle=2), 0, (), rules.MOVED),
        (matter(cycle=10), 0, (), rules.MOVED),
        (matter(owner_person=AMIRA), 0, (), rules.SOMEBODY_ELSE),
        (matter(), 0, (OMAR,), rules.SWITCHED_OFF),
    ],
)
def test_asked_again_at_the_moment_of_sending(row, days_after, without, why):
    today = DUE + dt.timedelta(days=days_after)
    assert rules.why_no_longer(OMAR, SAID, row, today, DEFAULT_LIMITS, circle(without=without)) == why


@pytest.mark.parametrize(
    ("row", "without", "why"),
    [
        (matter(due=NO_DATE), (), None),
        (matter(owner_person=AMIRA), (), rules.SOMEBODY_ELSE),
        (matter(open=False), (), rules.NOTHING_TO_DO),
        (matter(live=False), (), rules.NOT_RUNNING),
        (matter(), (OMAR,), rules.SWITCHED_OFF),
        (None, (), rules.GONE),
    ],
)
def test_something_given_to_somebody(row, without, why):
    assert rules.why_not_told("assigned", OMAR, "cycle 1 version 1", row, circle(without=without)) == why


def test_a_moved_date_and_a_new_cycle_arm_it_anew():
    def occasion(**how):
        (saying,) = rules.to_say(matter(**how), DUE, DEFAULT_LIMITS, ALL)
        return saying.occasion

    occasions = {occasion(), occasion(due=DUE - dt.timedelta(days=1)), occasion(cycle=2)}
    assert len(occasions) == 3
