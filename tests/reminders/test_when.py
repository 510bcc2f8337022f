"""When the reminder goes, as the pages answer it: with the reader's own mail, decided already or not."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.reminders.scenes import NOW, action, given, later, london
from tracker.alerts.models import AlertCase
from tracker.journal.models import Notice
from tracker.journal.operations import notify
from tracker.plans.models import Action, FollowUp
from tracker.reminders.preferences import set_preference
from tracker.reminders.sweep import sweep
from tracker.reminders.times import DAILY, URGENT, WEEKLY, Wish, goes_on, mail_day

SATURDAY = later(days=1)


@pytest.fixture
def page(cast, client, now):
    """`page("/actions/3/", NOW)`: in words, as Amira reads it then."""

    def page(address, moment=NOW, who="amira"):
        now(moment)
        client.force_login(cast.person(who))
        return " ".join(client.get(address).text.split())

    return page


def wishes(who, frequency):
    set_preference(who, frequency=frequency, hour=8, summary=True, by=who, at=NOW)


@pytest.mark.parametrize(
    ("frequency", "decided", "now", "on"),
    [
        (DAILY, "20 07:00", "20 07:30", "20"),
        (DAILY, "20 07:00", "20 08:01", "20"),  # the mail is being written
        (DAILY, "20 09:00", "20 09:30", "23"),  # over the weekend
        (DAILY, "21 08:00", "21 09:00", "23"),
        (DAILY, "19 07:00", "21 09:00", "23"),  # its day did not see it
        (WEEKLY, "19 09:00", "20 09:30", "23"),
        (WEEKLY, "23 09:00", "23 09:30", "30"),
        (WEEKLY, "16 07:00", "18 07:00", "18"),
        (URGENT, "20 07:00", "20 07:30", None),
    ],
)
def test_the_day_of_what_is_decided(frequency, decided, now, on):
    decided, now = (london(f"{text.split()[0]} November", text.split()[1]) for text in (decided, now))
    assert goes_on(Wish(frequency), decided, now) == (on and dt.date(2026, 11, int(on)))


@pytest.mark.parametrize(
    ("frequency", "day", "on"),
    [(DAILY, 21, 23), (DAILY, 23, 23), (WEEKLY, 24, 30), (WEEKLY, 23, 23), (URGENT, 23, None)],
)
def test_the_day_of_what_will_be_decided(frequency, day, on):
    wish, day = Wish(frequency), dt.date(2026, 11, day)
    assert mail_day(wish, day) == (on and dt.date(2026, 11, on))
    assert mail_day(wish, day, daily=True) == dt.date(2026, 11, max(day.day, 23))


def test_what_is_decided_and_in_no_mail_comes_first(cast, page):
    step = action(cast, 15)  # the second reminder is decided on the Saturday
    assert "next 23 November 2026" in page(f"/actions/{step.pk}/")
    sweep(SATURDAY)
    text = page(f"/actions/{step.pk}/", SATURDAY)
    assert "Nobody was reminded yet; next 23 November 2026" in text
    assert "On 23 November 2026 Amira Khan is reminded by e-mail: “Recruit two officers” is due by 5 December" in text
    assert "goes with their next mail, on 23 November 2026: the date of an action is near or past" in text
    row = step.follow_ups.get()
    assert "On 23 November 2026 Amira Khan is reminded by e-mail" in page(f"/recommendations/{row.pk}/", SATURDAY)


def test_what_was_decided_of_another_date_is_no_answer(cast, page):
    step = action(cast, 15)
    sweep(SATURDAY)
    Action.objects.update(due_by=dt.date(2026, 12, 24))
    assert "next 10 December 2026" in page(f"/actions/{step.pk}/", SATURDAY)


def test_weekly_mail_comes_on_its_own_day(cast, page):
    step = action(cast, 20)  # the second reminder: Thursday 26 November
    row = step.follow_ups.get()
    assert "On 26 November 2026 Amira Khan is reminded by e-mail" in page(f"/recommendations/{row.pk}/")
    wishes(cast.amira, WEEKLY)
    assert "On 30 November 2026 Amira Khan is reminded by e-mail" in page(f"/recommendations/{row.pk}/")
    assert "next 30 November 2026" in page(f"/actions/{step.pk}/")
    thursday = london("26 November", "09:00")
    sweep(thursday)
    text = page(f"/actions/{step.pk}/", thursday)
    assert "On 30 November 2026 Amira Khan is reminded" in text and "next mail, on 30 November 2026" in text


def test_who_wants_urgent_mails_only_is_not_promised_any(cast, page):
    step = action(cast, 20)
    wishes(cast.amira, URGENT)
    said = "On 26 November 2026 nobody is reminded by e-mail, as Amira Khan has asked for urgent mails only: “Recruit"
    assert said in page(f"/actions/{step.pk}/")


def test_the_response_to_a_report_goes_with_the_mail_of_the_head(cast, page):
    row = action(cast, None).follow_ups.get()
    plan = row.plan
    FollowUp.objects.update(state="awaiting", response="awaiting")
    type(plan).objects.update(due_by=dt.date(2026, 12, 10))
    wishes(cast.amira, WEEKLY)
    assert "next 30 November 2026" in page(f"/plans/{plan.pk}/")
    sweep(london("26 November", "09:00"))
    assert "next 30 November 2026" in page(f"/plans/{plan.pk}/", london("27 November", "09:00"))


def test_what_goes_with_the_same_mail_is_one_line(cast, page):
    first = action(cast, 15, what="Train all")
    row = first.follow_ups.get()
    for what in ("Keep a register", "Check each month"):
        action(cast, 15, follow_up=row, what=what)
    sweep(SATURDAY)
    text = page(f"/recommendations/{row.pk}/", SATURDAY)
    assert text.count("with their next mail") == 1
    assert (
        "to Amira Khan: 3 things go with their next mail, on 23 November 2026: the date of an action is near or past "
        "(“Check each month”; “Keep a register”; “Train all”)"
    ) in text


def test_the_list_of_what_is_decided_names_what_it_is_about(cast, page):
    step = given(cast, NOW, who="omar", what="Recruit <two> officers")
    text = page("/sent/?state=decided", who="omar")
    assert f'<a class="govuk-link" href="/actions/{step.pk}/">Recruit &lt;two&gt; officers</a>' in text
    Action.objects.update(owner_person=cast.amira)
    assert "Recruit" not in page("/sent/?state=decided", who="omar")  # no longer theirs to see
    case = AlertCase.objects.create(organisation=cast.hfkcw, live=True, opened_at=NOW, restricted=True)
    Action.objects.update(alert=case, owner_person=cast.omar)
    text = page("/sent/?state=decided", who="ada")
    assert "Recruit" not in text and "Something restricted" in text


def test_as_many_queries_for_12_notices_as_for_one(cast, page):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            page("/sent/?state=decided", who="omar")
        return len(queries)

    step = given(cast, NOW)
    asked()
    few = asked()
    for n in range(11):
        notify(cast.omar, "assigned", step, f"again {n}", at=NOW)
    assert Notice.objects.count() == 12 and asked() == few
