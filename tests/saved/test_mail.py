"""The weekly mail of what changed in a saved view: what came in, went out, changed; for whom, when, and when not."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.alerts.stories import raised
from tests.cast import NOW, follow_up, inspection
from tests.reminders.scenes import action, london, report, timetable
from tests.reminders.test_snapshots import check
from tracker.journal.models import Event, Notice
from tracker.people.models import Membership
from tracker.plans import operations as plans
from tracker.plans import verifying
from tracker.plans.models import Action
from tracker.plans.rules import TargetDate
from tracker.reminders import delivery, preview, view_mails
from tracker.reminders.models import Mail
from tracker.reminders.preferences import read_stop, set_preference, stop
from tracker.reminders.senders import message_of
from tracker.saved import changes, operations
from tracker.saved.models import SavedView, Subscription

pytestmark = pytest.mark.django_db
HOW = {"at": NOW}  # Friday 20 November
MONDAY = london("23 November")
NEXT_MONDAY = london("30 November")
WEEK, NEXT_WEEK = "week of 2026-11-23", "week of 2026-11-30"


def followed(by, name="Open with us", page="actions", query="status=open", **how) -> SavedView:
    view = operations.save_view(name, page, query, by=by, **HOW)
    operations.subscribe(view, by=by, **({"at": NOW} | how))
    return view


def changed(who, at=MONDAY, week=WEEK) -> changes.Changes | None:
    one = Subscription.objects.select_related("view").get(person=who)
    return changes.changes_of(one, who, week, at)


def entries(found) -> dict:
    return {heading: [(one.title, one.said) for one in its] for heading, its in found.groups}


def mails_to(who) -> list[Mail]:
    return list(Mail.objects.filter(recipient=who).order_by("pk"))


def quiet(*people):
    """Of these readers no mail comes but for views."""
    for who in people:
        set_preference(who, frequency="urgent", hour=8, summary=False, by=who, **HOW)


@pytest.fixture
def work(cast):
    """Three actions of HFKCW that Amira follows from Friday; on Saturday one is claimed, one updated, one added."""
    stays = action(cast, 20, what="Recruit two officers")
    row = stays.follow_ups.get()
    goes = action(cast, 20, what="Publish the policy", owner=cast.omar, follow_up=row)
    action(cast, 30, what="Nobody touches this", follow_up=row)
    view = followed(cast.amira)
    saturday = london("21 November", "10:00")
    plans.post_update(stays, "Half are there", confidence="on_track", by=cast.amira, at=saturday)
    verifying.claim(goes, "Done", seen_version=goes.version, by=cast.omar, at=saturday)
    plans.add_action(
        row, "Train them", owner_person=cast.omar, target=TargetDate("", "day", stays.due_by), by=cast.amira,
        at=saturday,
    )  # fmt: skip
    Notice.objects.all().delete()
    mail.outbox.clear()
    return SimpleNamespace(view=view, stays=stays, goes=goes, row=row, came=Action.objects.get(what="Train them"))


# ---- what changed ----


def test_what_came_in_went_out_and_changed(cast, work):
    found = changed(cast.amira)
    assert (found.came, found.went, found.changed) == (1, 1, 1)
    assert found.counted == "1 came in, 1 went out, 1 changed"
    assert entries(found) == {
        "Came in": [("Train them", "Action added.")],
        "Changed": [("Recruit two officers", "Update posted.")],
        "Went out": [("Publish the policy", "Completion claimed.")],
    }
    assert found.since == dt.date(2026, 11, 20)


def test_nothing_changed_is_no_mail_and_says_why(cast):
    action(cast, 40)
    followed(cast.amira)
    quiet(cast.amira)
    Notice.objects.all().delete()
    assert changed(cast.amira) is None
    timetable(MONDAY)
    assert mails_to(cast.amira) == []
    notice = Notice.objects.get(kind="view_changed")
    assert (notice.state, notice.why) == ("superseded", view_mails.NOTHING)


def test_the_passing_of_a_day_brings_rows_in_without_a_deed(cast):
    action(cast, 1, what="Due on Saturday")
    followed(cast.amira, query="overdue=on")
    assert changed(cast.amira, london("21 November")) is None
    found = changed(cast.amira)
    assert (found.came, found.went, found.changed) == (1, 0, 0)
    assert entries(found) == {"Came in": [("Due on Saturday", changes.BY_ITSELF)]}


def test_each_list_has_its_own_words(cast):
    ivys = {page: operations.save_view(page, page, query, by=cast.ivy, **HOW)
            for page, query in (("recommendations", ""), ("inspections", ""), ("alerts", "state=all"))}  # fmt: skip
    for view in ivys.values():
        operations.subscribe(view, by=cast.ivy, **HOW)
    made = inspection(cast.hfkcw, [(cast.hfkcw, 1)])
    for page, titles in {
        "recommendations": [f"Recommendation 1: {follow_up(made, 1).recommendation.wording}"],
        "inspections": [str(made)], "alerts": None,
    }.items():  # fmt: skip
        one = Subscription.objects.select_related("view").get(view=ivys[page])
        found = changes.changes_of(one, cast.ivy, WEEK, MONDAY)
        assert (found and [entry.title for _, its in found.groups for entry in its]) == titles, page


def test_a_long_view_is_cut_at_twenty_and_takes_the_same_number_of_queries(cast, work):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            found = changed(cast.person("amira"))
        return found, len(asked)

    few = queries()[1]
    for n in range(30):
        action(cast, 50, what=f"Step {n}", follow_up=work.row)
    found, many = queries()
    assert found.came == 31 and found.more == 33 - changes.SHOWN
    assert sum(len(its) for _, its in found.groups) == changes.SHOWN
    assert few == many <= 9


def test_too_many_rows_and_a_view_that_is_not_understood_are_said_and_not_compared(cast, work, monkeypatch):
    monkeypatch.setattr(changes, "MOST_ROWS", 2)
    assert "more than 2 rows" in changed(cast.amira).trouble
    assert changed(cast.amira).counted == "could not be compared"
    monkeypatch.undo()
    SavedView.objects.update(query="organisation=atlantis")
    found = changed(cast.amira)
    assert "no longer understands" in found.trouble and found.groups == ()
    monkeypatch.setattr(operations, "MOST_ROWS", 2)
    SavedView.objects.update(query="status=open")
    Subscription.objects.all().delete()
    with pytest.raises(operations.Refusal, match="too many"):
        operations.subscribe(work.view, by=cast.amira, at=NOW)


# ---- scope, at the moment of sending ----


def test_what_went_out_of_sight_is_counted_and_not_named(cast, work):
    view = operations.share_view(work.view, cast.hfkcw, by=cast.amira, **HOW)
    operations.subscribe(view, by=cast.omar, at=NOW)  # who saw his own action then
    plans.reassign(
        fresh(work.came), owner_person=cast.amira, seen_version=fresh(work.came).version, by=cast.amira,
        at=london("22 November"),
    )  # fmt: skip
    Subscription.objects.filter(person=cast.omar).update(latest=[work.goes.pk, work.came.pk, work.stays.pk])
    found = changed(cast.omar)
    assert (found.came, found.went, found.unseen) == (0, 3, 2)
    assert entries(found) == {"Went out": [("Publish the policy", "Completion claimed.")]}


def fresh(one) -> Action:
    return Action.objects.select_related("organisation__parent__parent", "plan").get(pk=one.pk)


def test_a_reader_who_lost_the_place_is_told_nothing(cast, work):
    operations.share_view(work.view, cast.hfkcw, by=cast.amira, **HOW)
    operations.subscribe(work.view, by=cast.omar, at=NOW - dt.timedelta(days=30))
    quiet(cast.omar)
    timetable(london("23 November", "06:00"))
    Membership.objects.filter(user=cast.omar).delete()
    delivery.deliver(lambda: MONDAY)
    assert mails_to(cast.omar) == []
    assert Notice.objects.get(recipient=cast.omar, kind="view_changed").why == "The reader may not see it."


# ---- the mail ----


def test_the_mail_of_two_weeks(cast, work):
    quiet(cast.amira)
    timetable(london("23 November", "06:00"))
    assert Notice.objects.filter(kind="view_changed").count() == 1
    timetable(MONDAY)
    timetable(london("23 November", "09:00"))
    (first,) = mails_to(cast.amira)
    assert (first.kind, first.subject) == ("views", "Open with us: 1 came in, 1 went out, 1 changed")
    assert "Since Friday 20 November: 1 came in, 1 went out, 1 changed." in first.text
    check("view", first)
    # A week in which one thing happens: compared with what the first mail said, and not with Friday.
    plans.post_update(fresh(work.stays), "All are there", confidence="on_track", by=cast.amira,
                      at=london("25 November", "10:00"))  # fmt: skip
    timetable(london("24 November"))
    timetable(NEXT_MONDAY)
    second = mails_to(cast.amira)[-1]
    assert second.subject == "Open with us: 1 changed"
    assert "Since Monday 23 November: 1 changed." in second.text
    timetable(london("7 December"))
    assert len(mails_to(cast.amira)) == 2, "then nothing did"


def test_it_comes_after_the_week(cast, work):
    set_preference(cast.amira, frequency="urgent", hour=8, summary=True, by=cast.amira, **HOW)
    timetable(london("23 November", "06:00"))
    timetable(MONDAY)
    (one,) = mails_to(cast.amira)
    assert one.text.index("YOUR WEEK") < one.text.index("SAVED VIEW: OPEN WITH US") < one.text.index("WHY YOU GET THIS")
    assert one.kind == "week" and one.subject.startswith("Your week:")


def test_a_mail_that_is_written_again_says_the_same_and_what_came_since(cast, work, mail_server):
    quiet(cast.amira)
    timetable(london("23 November", "06:00"))
    mail_server.refusal = "451 Try later"
    delivery.deliver(lambda: MONDAY)
    (one,) = mails_to(cast.amira)
    assert (one.state, one.subject) == ("claimed", "Open with us: 1 came in, 1 went out, 1 changed")
    mail_server.refusal = ""
    action(cast, 40, what="One more", follow_up=work.row)
    Action.objects.filter(what="One more").update(added_at=MONDAY)
    delivery.deliver(lambda: MONDAY + dt.timedelta(hours=2))
    (one,) = mails_to(cast.amira)
    assert (one.state, one.subject) == ("sent", "Open with us: 2 came in, 1 went out, 1 changed")
    assert changed(cast.amira, NEXT_MONDAY, NEXT_WEEK) is None, "and next week from there"


def test_one_click_in_the_mail_program_stops_it(cast, work, client):
    quiet(cast.amira)
    timetable(MONDAY)
    (one,) = mails_to(cast.amira)
    way = message_of(one).extra_headers["List-Unsubscribe"].strip("<>")
    token = way.rstrip("/").rpartition("/")[2]
    assert read_stop(token) == (cast.amira, "views")
    at = f"/unsubscribe/{token}/"
    assert "Stop the mails of saved views?" in client.get(at).text
    assert Subscription.objects.exists(), "who only looks stops nothing"
    for _ in range(2):
        assert "You get no mail of saved views any more" in client.post(at, {"List-Unsubscribe": "One-Click"}).text
    assert not Subscription.objects.exists()
    event = Event.objects.get(deed="views_unsubscribed")
    assert (event.actor, event.before) == (None, {"views": "Open with us"})


def test_a_mail_of_the_week_stops_both(cast, work):
    stop(cast.amira, "week", at=NOW)
    assert not Subscription.objects.exists()
    assert not cast.person("amira").preference.summary


def test_asked_twice_and_stopped_twice_is_one_deed_each(cast, work):
    for _ in range(2):
        operations.subscribe(work.view, by=cast.amira, **HOW)
    for _ in range(2):
        operations.unsubscribe(work.view, by=cast.amira, **HOW)
    deeds = list(Event.objects.filter(deed__contains="subscribed").order_by("pk").values_list("deed", flat=True))
    assert deeds == ["view_subscribed", "view_unsubscribed"]
    timetable(MONDAY)
    assert not Notice.objects.filter(kind="view_changed").exists()


def test_stopped_between_the_decision_and_the_hour(cast, work):
    quiet(cast.amira)
    timetable(london("23 November", "06:00"))
    operations.unsubscribe(work.view, by=cast.amira, at=london("23 November", "07:00"))
    delivery.deliver(lambda: MONDAY)
    assert mails_to(cast.amira) == []
    assert Notice.objects.get(kind="view_changed").why == view_mails.NOT_WANTED


def test_an_administrator_sees_that_it_would_go_and_not_what_it_says(cast, work):
    quiet(cast.amira)
    planned = next(one for one in preview.preview(MONDAY).mails if one.person == cast.amira)
    assert (planned.count, planned.views) == (1, 1)
    assert planned.subject(MONDAY) == "What changed in 1 saved view"
    assert not Notice.objects.filter(kind="view_changed").exists(), "to look is to write nothing"


def test_a_mail_that_names_a_restricted_alert_is_its_readers_alone(cast):
    followed(cast.amira, "Alerts", "alerts", "state=all")
    quiet(cast.amira)
    case = raised(cast, london("21 November"), restricted=True)
    Notice.objects.all().delete()
    timetable(MONDAY)
    one = next(one for one in mails_to(cast.amira) if one.kind == "views")
    assert "A restricted organisational alert" in one.text and f"/alerts/{case.pk}/" in one.text
    assert one.restricted and one.is_hidden_from(cast.ada)


def test_the_report_of_another_place_is_nothing_to_amira(cast, work):
    before = changed(cast.amira)
    report(cast, cast.eastvale)
    assert changed(cast.amira) == before
