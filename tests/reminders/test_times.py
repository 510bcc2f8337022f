"""When mail goes, as tables: London's hours, working days, both changes of the clocks."""

import datetime as dt

import pytest

from tracker.reminders.times import (
    URGENT,
    WEEKLY,
    Turn,
    Wish,
    first_working_day,
    is_turn_today,
    last_moment,
    let_go,
    next_mail,
    next_moment,
    turn,
)


def at(text) -> dt.datetime:
    """ "2026-11-20 09:30", in UTC"""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("day", "first"),
    [
        ("2026-11-20", "2026-11-16"),  # a Friday
        ("2026-11-22", "2026-11-16"),  # a Sunday belongs to the week before it
        ("2026-11-23", "2026-11-23"),
        ("2027-03-29", "2027-03-30"),  # Easter Monday
        ("2026-12-28", "2026-12-29"),  # Boxing Day's substitute
        ("2027-01-01", "2026-12-29"),
        ("2026-05-04", "2026-05-05"),  # the early May bank holiday
    ],
)
def test_the_first_working_day_of_a_week(day, first):
    assert first_working_day(dt.date.fromisoformat(day)) == dt.date.fromisoformat(first)


@pytest.mark.parametrize(
    ("now", "hour", "last", "following"),
    [
        # Winter: London is UTC
        ("2026-11-20 07:59", 8, "2026-11-19 08:00", "2026-11-20 08:00"),
        ("2026-11-20 08:00", 8, "2026-11-20 08:00", "2026-11-23 08:00"),  # Friday to Monday
        ("2026-11-22 12:00", 8, "2026-11-20 08:00", "2026-11-23 08:00"),
        # Summer: an hour before
        ("2026-07-20 06:59", 8, "2026-07-17 07:00", "2026-07-20 07:00"),
        ("2026-07-20 07:00", 8, "2026-07-20 07:00", "2026-07-21 07:00"),
        ("2026-07-20 23:30", 8, "2026-07-20 07:00", "2026-07-21 07:00"),  # half past midnight on Tuesday
        # The clocks go forward on Sunday 28 March 2027, and back on Sunday 25 October 2026
        ("2027-03-26 12:00", 9, "2027-03-25 09:00", "2027-03-30 08:00"),  # Good Friday, over Easter
        ("2027-03-28 01:00", 9, "2027-03-25 09:00", "2027-03-30 08:00"),
        ("2026-10-23 12:00", 9, "2026-10-23 08:00", "2026-10-26 09:00"),
        ("2026-10-26 08:30", 9, "2026-10-23 08:00", "2026-10-26 09:00"),
        # Christmas 2026: Friday 25, and Monday 28 instead of Saturday
        ("2026-12-24 17:00", 16, "2026-12-24 16:00", "2026-12-29 16:00"),
        ("2026-12-28 16:00", 16, "2026-12-24 16:00", "2026-12-29 16:00"),
        # New Year's Day 2027 is a Friday
        ("2026-12-31 20:00", 19, "2026-12-31 19:00", "2027-01-04 19:00"),
    ],
)
def test_moments_of_daily_mail(now, hour, last, following):
    assert (last_moment(hour, at(now)), next_moment(hour, at(now))) == (at(last), at(following))


@pytest.mark.parametrize(
    ("now", "last", "following"),
    [
        ("2026-11-20 12:00", "2026-11-16 08:00", "2026-11-23 08:00"),
        ("2026-11-23 07:59", "2026-11-16 08:00", "2026-11-23 08:00"),
        ("2026-11-23 08:00", "2026-11-23 08:00", "2026-11-30 08:00"),
        ("2027-03-29 12:00", "2027-03-22 08:00", "2027-03-30 07:00"),  # Easter Monday: on Tuesday, by summer time
    ],
)
def test_moments_of_weekly_mail(now, last, following):
    assert (last_moment(8, at(now), weekly=True), next_mail(Wish(WEEKLY), at(now))) == (at(last), at(following))


@pytest.mark.parametrize(
    ("now", "theirs"),
    [
        ("2026-11-20 07:59", False),
        ("2026-11-20 08:00", True),
        ("2026-11-20 23:59", True),  # late, but that day
        ("2026-11-21 08:00", False),  # Saturday
        ("2026-12-28 09:00", False),  # a bank holiday
        ("2026-07-20 07:00", True),
        ("2026-07-20 23:00", False),  # midnight: Tuesday has begun, its hour has not
    ],
)
def test_whose_turn_it_is(now, theirs):
    assert is_turn_today(8, at(now)) is theirs


NOON = at("2026-11-25 12:00")  # a Wednesday


@pytest.mark.parametrize(
    ("wish", "now", "held"),
    [
        (Wish(), NOON, Turn(at("2026-11-25 08:00"), at("2026-11-25 08:00"))),
        (Wish(hour=13), NOON, Turn()),
        (Wish(WEEKLY), NOON, Turn(at("2026-11-25 08:00"), at("2026-11-23 08:00"))),  # what Monday did not see
        (Wish(WEEKLY), at("2026-11-23 07:00"), Turn()),
        (Wish(URGENT), NOON, Turn(at("2026-11-25 08:00"))),
        (Wish(), at("2026-11-28 12:00"), Turn()),
    ],
    ids=["daily", "before the hour", "weekly", "Monday before the hour", "urgent", "Saturday"],
)
def test_what_a_mail_written_now_holds(wish, now, held):
    assert turn(wish, now) == held


def test_what_is_let_go_on_a_saturday():
    saturday = at("2026-11-28 12:00")
    assert let_go(Wish(), saturday) == Turn(saturday, saturday)
    assert let_go(Wish(WEEKLY, 9), saturday) == Turn(saturday, at("2026-11-23 09:00"))
    assert let_go(Wish(URGENT), saturday) == Turn(saturday)
