"""A person's dates in their own calendar, read back with the library's own parser."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from tests import cast as people_of
from tests.alerts.stories import at, fresh, monitored, raised
from tests.cast import NOW, TODAY
from tests.reminders.scenes import action, day
from tracker.alerts import answering
from tracker.alerts.models import AlertCase
from tracker.clocks.operations import set_limit
from tracker.exports import calendar_feeds as feeds
from tracker.exports.calendar import calendar_of
from tracker.exports.models import CalendarFeed
from tracker.journal.models import Event
from tracker.people import operations as people
from tracker.plans import closing, dates, opening, operations
from tracker.plans.models import Action, ActionPlan
from tracker.refusals import NotAllowed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_tries_before")]


@pytest.fixture
def address(cast, now) -> str:
    """Of Amira's calendar, without the service's own address."""
    return local(feeds.address_of(feeds.make_feed(cast.amira, by=cast.amira, at=NOW)))


def local(address) -> str:
    assert address.startswith("http://127.0.0.1:8000/calendar/") and address.endswith(".ics")
    return address.removeprefix("http://127.0.0.1:8000")


def events(cast, who="amira", moment=NOW) -> dict:
    """{uid: event}, out of the text as a calendar program reads it."""
    return parsed(calendar_of(cast.person(who), moment))


def parsed(text) -> dict:
    calendar = Calendar.from_ical(text)
    assert (calendar["version"], calendar["method"]) == ("2.0", "PUBLISH")
    assert not calendar.errors
    found = {str(one["uid"]): one for one in calendar.walk("VEVENT")}
    assert len(found) == len(calendar.walk("VEVENT")), "each identity once"
    for one in found.values():
        assert not one.errors
        assert type(one.start) is dt.date and one.end - one.start == dt.timedelta(days=1), "all day"
        assert one.DTSTAMP is not None and one["sequence"] >= 0
        assert "rrule" not in one and not one.subcomponents
    return found


def words(found) -> dict[str, dt.date]:
    return {str(one["summary"]): one.start for one in found.values()}


# --- What is in it ------------------------------------------------------------------------------------------------


def test_actions_and_the_plan_of_the_place_are_in_it(cast):
    own = action(cast, 10, what="Recruit, train; keep\nofficers")
    action(cast, 12, owner=cast.omar, what="Not hers", follow_up=own.follow_ups.get())
    action(cast, None, what="No date", follow_up=own.follow_ups.get())
    found = events(cast)
    plan = ActionPlan.objects.get(organisation=cast.hfkcw)
    assert words(found) == {
        "Recruit, train; keep officers: HFKCW": TODAY + dt.timedelta(days=10),
        "Action plan due: HFKCW": plan.due_by,
    }
    event = found[f"action-{own.pk}@127.0.0.1"]
    assert event["url"] == f"http://127.0.0.1:8000/actions/{own.pk}/"
    assert "11:59pm in London" in event["description"]
    assert list(words(events(cast, "omar"))) == ["Not hers: HFKCW"]
    assert words(events(cast, "ben")) == {}


def test_a_post_holder_has_what_the_post_owns_and_who_stands_in_for_those_days(cast):
    step = action(cast, 10, post=cast.head_of_hfkcw)
    uid = f"action-{step.pk}@127.0.0.1"
    assert uid in events(cast)
    people.name_stand_in(cast.amira, cast.omar, TODAY, TODAY, by=cast.amira, at=NOW)
    assert uid in events(cast, "omar")
    assert uid not in events(cast, "omar", NOW + dt.timedelta(days=1))


def test_when_a_date_moves_the_same_event_moves(cast):
    step = action(cast, 10)
    uid = f"action-{step.pk}@127.0.0.1"
    before = events(cast)[uid]
    later = NOW + dt.timedelta(hours=2)
    operations.edit_action(
        step, what=step.what, owner_person=cast.amira, target=day(20), date_reason="Nobody applied",
        seen_version=step.version, by=cast.amira, at=later,
    )  # fmt: skip
    after = events(cast)[uid]
    assert (before.start, after.start) == (TODAY + dt.timedelta(days=10), TODAY + dt.timedelta(days=20))
    assert after["sequence"] > before["sequence"]
    assert [one["last-modified"].dt for one in (before, after)] == [NOW, later]

    ActionPlan.objects.update(state="signed_off", submitted_by=cast.amira, decided_by=cast.rosa)
    step = Action.objects.select_related("organisation__parent__parent", "plan").get(pk=step.pk)
    change = dates.ask_date(step, day(40), "Still nobody", seen_version=step.version, by=cast.amira, at=later)
    dates.agree_date(change, by=cast.rosa, at=later + dt.timedelta(hours=1))
    agreed = events(cast)[uid]
    assert agreed.start == TODAY + dt.timedelta(days=40)
    assert agreed["sequence"] > after["sequence"]


def test_the_plan_moves_too_although_its_version_stays(cast):
    action(cast, 10)
    plan = ActionPlan.objects.get(organisation=cast.hfkcw)
    uid = f"actionplan-{plan.pk}@127.0.0.1"
    before = events(cast)[uid]
    opening.set_plan_due(plan, dt.date(2026, 12, 24), by=cast.ivy, at=NOW)
    after = events(cast)[uid]
    assert after.start == dt.date(2026, 12, 24) and after["sequence"] > before["sequence"]


@pytest.mark.parametrize("how", ["cancelled", "claimed", "given away", "answered", "historic"])
def test_what_is_done_or_somebody_elses_is_not_in_it(cast, how):
    step = action(cast, 10)
    assert len(events(cast)) == 2
    if how == "given away":
        operations.reassign(step, owner_person=cast.omar, seen_version=step.version, by=cast.amira, at=NOW)
    elif how == "answered":
        row = people_of.follow_up(step.plan.inspection, 1)
        operations.answer(row, "agreed", seen_version=row.version, by=cast.amira, at=NOW)
    else:
        changed = {"live": False} if how == "historic" else {"state": how}
        Action.objects.filter(pk=step.pk).update(**changed)
    (left,) = events(cast)
    assert left.startswith("action-" if how == "answered" else "actionplan-")


def test_limits_of_alerts_run_for_the_place_the_level_above_and_who_is_named(cast):
    case = raised(cast, at(2), inspectors=[cast.ivy])
    mine = words(events(cast, moment=at(2)))
    assert mine["Acknowledge the alert: HFKCW"] == dt.date(2022, 8, 3)
    assert mine["Written response: HFKCW"] == dt.date(2022, 8, 16)
    assert set(mine) == {
        "Acknowledge the alert: HFKCW", "Written response: HFKCW",
        "An action with owner and date for every concern: HFKCW",
    }  # fmt: skip
    assert words(events(cast, "rosa", at(2))) == {}, "nothing of it is hers to do yet"
    assert set(words(events(cast, "ivy", at(2)))) == {"Acknowledge the alert: HFKCW", "Written response: HFKCW"}
    assert words(events(cast, "idris", at(2))) == words(events(cast, "ben", at(2))) == {}
    answering.acknowledge(fresh(case), seen_version=case.version, by=cast.amira, at=at(2))
    assert "Acknowledge the alert: HFKCW" not in words(events(cast, moment=at(2)))


def test_the_checkpoint_is_the_level_aboves(cast):
    monitored(cast, at(2))
    assert words(events(cast, "rosa", at(3))) == {"Checkpoint at the level above: HFKCW": dt.date(2022, 8, 30)}
    assert "Checkpoint at the level above: HFKCW" not in words(events(cast, moment=at(3)))
    assert words(events(cast, "helen", at(3))) == {}


def test_a_limit_that_is_set_otherwise_moves_the_same_event(cast):
    raised(cast, at(2))

    def response():
        (event,) = [one for one in events(cast, moment=at(2)).values() if "Written response" in one["summary"]]
        return event

    before = response()
    set_limit(cast.hmpps, "alert_response", 5, by=cast.ada, at=at(2, 11))
    after = response()
    assert (before["uid"], dt.date(2022, 8, 9)) == (after["uid"], after.start)
    assert after["sequence"] > before["sequence"] and after["last-modified"].dt == at(2, 11)


def test_of_a_restricted_alert_only_the_place_is_in_it(cast):
    case = raised(cast, at(2), restricted=True)
    from tests.alerts.stories import act_on

    act_on(case, cast, at(2), owner=cast.amira)
    text = calendar_of(cast.person("amira"), at(2)).decode().replace("\r\n ", "")
    for secret in ("Acknowledge", "acknowledge", "response", "concern", "Allocate", "allocate", "practitioner"):
        assert secret not in text
    found = parsed(text)
    assert {str(one["summary"]) for one in found.values()} == {
        "An organisational alert: HFKCW", "An action of an organisational alert: HFKCW",
    }  # fmt: skip
    assert AlertCase.objects.get().restricted and "http" in text


def test_an_accepted_risk_comes_back_on_its_day(cast):
    step = action(cast, 10)
    row = people_of.follow_up(step.plan.inspection, 1)
    operations.answer(row, "agreed", seen_version=row.version, by=cast.amira, at=NOW)
    operations.cancel_action(step, "Given up", seen_version=step.version, by=cast.amira, at=NOW)
    row = people_of.follow_up(step.plan.inspection, 1)
    closing.accept_risk(row, "It closes", dt.date(2027, 3, 1), seen_version=row.version, by=cast.rosa, at=NOW)
    for who in ("amira", "rosa"):
        assert words(events(cast, who)) == {"Accepted risk comes back: HFKCW": dt.date(2027, 3, 1)}
    assert words(events(cast, "helen")) == words(events(cast, "ben")) == {}


@pytest.mark.parametrize(
    ("who", "day", "moment"),
    [
        ("amira", dt.date(2027, 3, 28), dt.datetime(2027, 3, 28, 0, 30, tzinfo=dt.UTC)),
        ("amira", dt.date(2026, 10, 25), dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)),
    ],
)
def test_a_day_is_a_day_when_the_clocks_change(cast, who, day, moment):
    step = action(cast, 10)
    Action.objects.filter(pk=step.pk).update(due_by=day)
    assert events(cast, who, moment)[f"action-{step.pk}@127.0.0.1"].start == day


# --- The address --------------------------------------------------------------------------------------------------


def test_it_is_read_without_signing_in_and_asked_again_cheaply(cast, address, client):
    action(cast, 10)
    before = Event.objects.count()
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert len(parsed(answer.content)) == 2
    assert "private" in answer["Cache-Control"] and "noindex" in answer["X-Robots-Tag"]
    again = client.get(address, headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.head(address).status_code == 200 and client.post(address).status_code == 405
    assert Event.objects.count() == before
    Action.objects.update(due_by=TODAY + dt.timedelta(days=11))
    assert client.get(address, headers={"if-none-match": answer["ETag"]}).status_code == 200


def test_nothing_but_its_owner_changes_between_two_reads(cast, address, client, now):
    action(cast, 10)
    first = client.get(address)
    now(NOW + dt.timedelta(days=2))
    assert client.get(address)["ETag"] == first["ETag"], "it does not say when it was written"


def test_it_ends_with_the_account_when_taken_back_and_when_renewed(cast, address, client, now):
    people.switch_off(cast.amira, by=cast.ada, at=NOW)
    assert client.get(address).status_code == 404
    people.switch_on(cast.amira, by=cast.ada, at=NOW)
    assert client.get(address).status_code == 200
    renewed = local(feeds.address_of(feeds.make_feed(cast.amira, by=cast.amira, at=NOW)))
    assert renewed != address
    assert (client.get(address).status_code, client.get(renewed).status_code) == (404, 200)
    feeds.end_feed(cast.amira, by=cast.amira, at=NOW)
    feeds.end_feed(cast.amira, by=cast.amira, at=NOW)
    assert client.get(renewed).status_code == 404
    deeds = Event.objects.filter(subject_kind="user", deed__startswith="calendar").order_by("pk")
    assert list(deeds.values_list("deed", flat=True)) == ["calendar_made", "calendar_made", "calendar_ended"]


def test_the_table_alone_opens_nothing(cast, address, client):
    name = CalendarFeed.objects.get().name
    for forged in (name, f"{name}.", f"{name}.{'A' * 43}", address.split("/")[2][:-5], "x" * 60):
        assert client.get(reverse("calendar_feed", args=[forged])).status_code == 404
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarFeed.objects.create(person=cast.amira, name="another", made_at=NOW)


def test_who_tries_addresses_is_held_back_and_who_asks_all_the_time(cast, address, client):
    for _ in range(30):
        assert client.get(address).status_code == 200
    late = client.get(address)
    assert (late.status_code, late["Retry-After"]) == (429, "300")
    forged = reverse("calendar_feed", args=["x" * 60])
    for _ in range(30):
        assert client.get(forged, REMOTE_ADDR="192.0.2.9").status_code == 404
    assert client.get(forged, REMOTE_ADDR="192.0.2.9").status_code == 429


def test_one_makes_copies_renews_and_takes_back_ones_own(cast, now):
    client, page = Client(), reverse("calendar")
    assert client.get(page).status_code == 302
    client.force_login(cast.amira)
    assert "Make the address" in client.get(page).text
    key = str(uuid.uuid4())
    for _ in range(2):
        made = client.post(page, {"deed": "make", "key": key}, follow=True)
        assert ("the one before" in made.text.lower()) is False, "there was none"
    address = feeds.address_of(CalendarFeed.objects.get())
    assert f'value="{address}"' in made.text and address.replace("http:", "webcal:") in made.text
    assert "no-store" in made["Cache-Control"]
    assert Event.objects.filter(deed="calendar_made").count() == 1
    again = client.post(page, {"deed": "make", "key": str(uuid.uuid4())}, follow=True)
    assert "Your calendar has a new address. The one before does not work any more." in again.text
    assert client.get(local(address)).status_code == 404
    address = feeds.address_of(CalendarFeed.objects.get(ended_at=None))
    assert "Make the address" in client.post(page, {"deed": "end", "key": str(uuid.uuid4())}, follow=True).text
    assert client.get(local(address)).status_code == 404
    for other in (cast.ada, cast.rosa):
        with pytest.raises(NotAllowed):
            feeds.make_feed(cast.amira, by=other, at=NOW)


def test_queries_do_not_grow(cast, address, client, now):
    first = action(cast, 10)
    raised(cast, at(2))

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    asked()
    few = asked()
    for n in range(8):
        action(cast, 20 + n, follow_up=first.follow_ups.get())
    for n in range(3):
        raised(cast, at(3 + n))
    assert asked() == few
    assert few <= 32, few
