"""When the timetable sends: one mail a person and London day, at their hour; and what each asked for."""

import datetime as dt

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.reminders.scenes import NOW, TODAY, action, given, london, send, timetable
from tracker.journal.models import Event, Notice
from tracker.people.models import Cover
from tracker.plans.models import Action
from tracker.refusals import NotAllowed, Refusal
from tracker.reminders import delivery, rules
from tracker.reminders.models import Mail, Preference
from tracker.reminders.preferences import set_preference
from tracker.reminders.sweep import sweep

pytestmark = pytest.mark.django_db


def deliver(day, clock="08:00") -> int:
    return delivery.deliver(lambda: london(day, clock)).sent


def to() -> list[str]:
    """First names of whom mail went to, in order."""
    return [address.split(".")[0] for message in mail.outbox for address in message.to]


def wants(who, frequency="daily", hour=8, summary=True, at=NOW):
    return set_preference(who, frequency=frequency, hour=hour, summary=summary, by=who, at=at)


# ---- one a day, at the hour ----


def test_what_is_decided_before_eight_goes_at_eight_and_what_comes_later_the_next_working_day(cast):
    given(cast, london("20 November", "07:30"))
    assert deliver("20 November", "07:59") == 0
    assert deliver("20 November") == 1
    given(cast, london("20 November", "08:05"), what="Write the plan")
    for day, clock in (("20 November", "08:06"), ("20 November", "23:00"), ("21 November", "08:00"),
                       ("22 November", "12:00"), ("23 November", "07:59")):  # fmt: skip
        assert deliver(day, clock) == 0, f"{day} {clock}: Friday evening to Monday morning"
    assert deliver("23 November") == 1
    assert "Write the plan" in mail.outbox[1].body


def test_five_actions_given_in_a_row_are_one_mail(cast):
    for number in range(5):
        given(cast, london("19 November", f"15:0{number}"), what=f"Step {number}")
    assert deliver("20 November") == 1
    assert Mail.objects.get().notices.count() == 5


def test_at_ten_for_whoever_chose_ten(cast):
    wants(cast.omar, hour=10)
    given(cast, london("20 November", "09:30"))
    given(cast, london("20 November", "07:30"), "amira")
    assert deliver("20 November", "08:30") == 1
    assert deliver("20 November", "10:00") == 1
    assert to() == ["amira", "omar"]


def test_late_when_delivery_was_down_at_the_hour_that_day_still(cast):
    given(cast, london("20 November", "07:30"))
    given(cast, london("20 November", "11:00"), what="After the hour")
    assert deliver("20 November", "16:45") == 1
    assert "After the hour" not in mail.outbox[0].body
    assert deliver("23 November") == 1


def test_down_all_day_it_goes_at_the_hour_of_the_next_working_day(cast):
    given(cast, london("20 November", "07:30"))
    assert deliver("21 November", "00:01") == 0
    assert deliver("23 November", "07:00") == 0
    assert deliver("23 November", "08:00") == 1


def test_over_christmas(cast):
    given(cast, london("24 December", "17:00"))
    assert [deliver(f"{day} December", "12:00") for day in (24, 25, 26, 27, 28)] == [0] * 5
    assert deliver("29 December") == 1


@pytest.mark.parametrize(
    ("sunday", "monday", "utc"),
    [((2026, 10, 25), (2026, 10, 26), 8), ((2027, 3, 21), (2027, 3, 22), 8), ((2027, 4, 4), (2027, 4, 5), 7)],
    ids=["the clocks went back", "still winter", "summer again"],
)
def test_eight_is_eight_in_london(cast, sunday, monday, utc):
    given(cast, dt.datetime(*sunday, 12, tzinfo=dt.UTC))
    at = dt.datetime(*monday, utc, tzinfo=dt.UTC)
    assert delivery.deliver(lambda: at - dt.timedelta(seconds=1)).sent == 0
    assert delivery.deliver(lambda: at).sent == 1


def test_at_once_by_hand_and_then_no_more_that_day(cast):
    """`sweep --now` on a Saturday, twice; the timetable leaves whoever had their mail of the day alone."""
    given(cast, london("20 November", "12:00"))
    assert send(london("21 November", "15:00")).sent == 1
    given(cast, london("23 November", "06:00"), what="Write the plan")
    assert send(london("23 November", "06:30")).sent == 1
    given(cast, london("23 November", "07:00"), what="Say how it goes")
    assert deliver("23 November") == 0
    assert send(london("23 November", "09:00")).sent == 1, "a second one that day only by hand"


def test_what_comes_to_a_stand_in_at_the_hour_goes_that_day_unless_they_had_theirs(cast):
    """Omar and Vera are away from Friday on: their mail is passed on when it would be written. Amira, who stands in for
    him, has had hers; Ben, who stands in for her, has not."""
    for who, stand_in in ((cast.omar, cast.amira), (cast.vera, cast.ben)):
        Cover.objects.create(
            person=who, stand_in=stand_in, starts=TODAY, ends=TODAY + dt.timedelta(days=5), named_by=who, named_at=NOW
        )
    for who in ("amira", "omar", "vera"):
        given(cast, london("19 November", "12:00"), who)
    deliver("20 November")
    assert to() == ["amira"]
    deliver("20 November", "08:01")
    assert to() == ["amira", "ben"]
    deliver("23 November")
    assert to() == ["amira", "ben", "amira"]


def test_what_comes_to_a_stand_in_while_mails_are_written_together_goes_in_theirs(cast):
    """Omar's turn comes before Amira's, in one run; she stands in for him."""
    Cover.objects.create(
        person=cast.omar, stand_in=cast.amira, starts=TODAY, ends=TODAY, named_by=cast.omar, named_at=NOW
    )
    given(cast, london("19 November", "12:00"), "omar", what="Write the register")
    given(cast, london("19 November", "12:01"), "amira", what="Recruit two officers")
    assert deliver("20 November") == 1
    assert "Write the register" in mail.outbox[0].body and "Recruit two officers" in mail.outbox[0].body


def test_as_many_queries_for_many_as_for_one(cast):
    def queries(when):
        with CaptureQueriesContext(connection) as said:
            assert delivery.deliver(lambda: when).sent == 0
        return len(said)

    given(cast, london("20 November", "07:00"))
    one = queries(london("20 November", "07:30"))
    for name in ("ben", "rosa", "helen", "amira"):
        given(cast, london("20 November", "07:00"), name)
        wants(getattr(cast, name), hour=9)
    assert queries(london("20 November", "07:30")) == one <= 11


# ---- what each asked for ----


def test_once_a_week(cast):
    wants(cast.omar, "weekly")
    given(cast, london("17 November", "12:00"))
    assert [deliver(f"{day} November", "12:00") for day in (18, 19, 20)] == [0, 0, 0]
    assert deliver("23 November", "08:00") == 1
    given(cast, london("23 November", "10:00"), what="Write the plan")
    assert [deliver(f"{day} November", "12:00") for day in (24, 27)] == [0, 0]
    assert deliver("30 November") == 1


def test_a_week_whose_monday_was_lost_goes_on_tuesday(cast):
    wants(cast.omar, "weekly")
    given(cast, london("20 November", "12:00"))
    given(cast, london("23 November", "12:00"), what="Write the plan")
    assert deliver("24 November") == 1
    assert "Write the plan" not in mail.outbox[0].body, "decided after the hour of the week"
    assert deliver("25 November") == 0


def test_only_urgent_gives_up_the_rest_and_says_why(cast):
    wants(cast.omar, "urgent")
    given(cast, london("19 November", "12:00"))
    assert deliver("19 November", "12:01") == 0
    notice = Notice.objects.get()
    assert (notice.state, notice.why) == ("superseded", rules.URGENT_ONLY)
    sweep(london("20 November", "07:00"))
    assert deliver("20 November") == 0
    Mail.objects.all().delete()
    mail.outbox.clear()
    wants(cast.omar, "daily", at=london("23 November", "09:00"))
    assert deliver("23 November", "09:01") == 0, "what he missed goes with his next mail"
    deliver("24 November")
    assert to() == ["omar"]


def test_what_was_missed_with_only_urgent_and_is_no_longer_so_stays_unsaid(cast):
    """Two clicks, one after the other, cost nothing; and what was done meanwhile is not mailed."""
    open_one = action(cast, owner=cast.omar, what="Write the register")
    done = action(cast, owner=cast.omar, what="Recruit two officers", follow_up=open_one.follow_ups.get())
    Notice.objects.filter(kind="assigned").delete()
    sweep(london("20 November", "07:00"))
    wants(cast.omar, "urgent", at=london("20 November", "07:01"))
    deliver("20 November", "07:02")
    assert set(Notice.objects.filter(recipient=cast.omar).values_list("why", flat=True)) == {rules.URGENT_ONLY}
    wants(cast.omar, "daily", at=london("20 November", "07:03"))
    Action.objects.filter(pk=done.pk).update(state="claimed")
    deliver("20 November")
    assert open_one.what in mail.outbox[0].body and done.what not in mail.outbox[0].body


def test_overdue_work_passed_up_comes_whatever_was_chosen(cast):
    """Amira is told in her weekly mail; Rosa, who asked for urgent mails only, on the next working day."""
    wants(cast.amira, "weekly")
    wants(cast.rosa, "urgent")
    action(cast, -15, owner=cast.omar)
    Notice.objects.filter(kind="assigned").delete()
    timetable(london("20 November", "07:00"))
    timetable(london("20 November", "08:00"))
    assert sorted(to()) == ["omar", "rosa"]
    urgent = Mail.objects.get(recipient=cast.rosa)
    assert urgent.kind == "urgent"
    assert "List-Unsubscribe" not in next(m for m in mail.outbox if "rosa" in m.to[0]).extra_headers


def test_each_chooses_for_themselves_once(cast):
    before = Event.objects.count()
    wants(cast.omar, "weekly", 10)
    wants(cast.omar, "weekly", 10)
    (event,) = Event.objects.filter(deed="preference_set")
    assert Event.objects.count() == before + 1
    assert (event.before, event.after) == (
        {"frequency": "Every working day", "hour": "8:00"}, {"frequency": "Once a week", "hour": "10:00"},
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        set_preference(cast.omar, frequency="urgent", hour=8, summary=True, by=cast.ada, at=NOW)
    with pytest.raises(Refusal):
        wants(cast.omar, hour=3)
    assert Preference.objects.count() == 1


def test_whoever_chose_nothing_has_no_row(cast):
    wants(cast.omar)
    assert not Preference.objects.exists()
