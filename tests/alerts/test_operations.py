"""The alert of a report comes in with it, once, and goes with it; leads add what they will do."""

import datetime as dt
import uuid
from dataclasses import replace

import pytest

from inspections.models import PublishedAlert
from tests.cast import NOW, follow_up
from tracker.alerts import operations
from tracker.alerts.models import AlertCase, Concern
from tracker.intake import Choices, take_back
from tracker.journal.models import Event, Notice
from tracker.plans import operations as plans
from tracker.plans import ties
from tracker.plans.models import Action, FollowUp
from tracker.plans.rules import read_target_date
from tracker.published.operations import _withdraw
from tracker.refusals import NotAllowed, Refusal

LATER = NOW + dt.timedelta(hours=2)


def reworded_concern(record):
    alert = record.organisational_alert
    return replace(record, organisational_alert=replace(alert, concerns=("as read anew", *alert.concerns[1:])))


def test_the_printed_alert_comes_in_with_the_report(cast, case):
    assert (case.organisation, case.live, case.state, case.restricted) == (cast.hfkcw, True, "responded", False)
    assert case.raised_at is None and case.raised_by is None
    concerns = [concern.text for concern in case.concerns.all()]
    assert len(concerns) == 8 and concerns[2].startswith("234 cases with no next appointment")
    actions = list(case.actions.order_by("position"))
    assert [(a.published_status, a.state) for a in actions] == [
        ("", "not_started"), ("completed", "in_progress"), ("in progress", "in_progress"), ("ongoing", "in_progress"),
    ]  # fmt: skip
    assert {(a.organisation_id, a.plan_id, a.required, a.live, a.has_date, a.owner_words) for a in actions} == {
        (cast.hfkcw.pk, None, True, True, False, "No owner")
    }
    assert [e.deed for e in Event.objects.about(case)] == ["alert_opened"]
    assert Event.objects.about(*actions).count() == 4
    assert not Notice.objects.exists()


def test_eight_and_nine_are_proposed_as_tied_and_no_other(case):
    tied = FollowUp.objects.filter(alert=case).order_by("recommendation__number")
    assert [(f.recommendation.number, f.tie, f.version) for f in tied] == [(8, "proposed", 1), (9, "proposed", 1)]
    assert [e.deed for e in Event.objects.about(tied[0])] == ["tie_proposed", "follow_up_opened"]


def test_historic_stays_historic(record, take):
    case = AlertCase.objects.get(inspection=take(record, live=False).inspection)
    assert case.live is False and not case.actions.filter(live=True).exists()


def test_taking_the_same_report_in_again_changes_nothing(record, take, report, case):
    before = Event.objects.count()
    taken = take(record, at=LATER)
    assert (taken.created, taken.changed) == (False, False)
    assert (AlertCase.objects.count(), Concern.objects.count(), Action.objects.count()) == (1, 8, 4)
    assert Event.objects.count() == before


def test_a_report_without_an_alert_opens_none(without_alert, take):
    take(without_alert)
    assert not AlertCase.objects.exists() and not FollowUp.objects.exclude(tie="none").exists()


def test_a_correction_that_finds_the_alert_opens_it(record, without_alert, take):
    take(without_alert)
    assert take(record, at=LATER).changed
    assert AlertCase.objects.get().follow_ups.count() == 2


def test_a_correction_is_followed_while_nobody_works_on_it(record, take, case):
    assert take(reworded_concern(record), at=LATER).changed
    case.refresh_from_db()
    assert case.concerns.first().text == "as read anew" and case.actions.count() == 4
    assert Event.objects.about(case).first().deed == "alert_corrected"


def test_a_correction_leaves_alone_what_is_worked_on(cast, record, take, case):
    one = case.actions.first()
    plans.post_update(one, "Two volunteers came.", confidence="on_track", by=cast.amira, at=LATER)
    take(reworded_concern(record), at=LATER)
    assert case.concerns.get(position=1).text.startswith("cases with active safeguarding")
    assert Action.objects.filter(pk=one.pk).exists()


def test_an_alert_raised_during_the_visit_is_tied_and_not_doubled(cast, restricted, record, take):
    restricted.raised_at = dt.datetime(2022, 8, 5, 10, tzinfo=dt.UTC)
    restricted.save()
    Concern.objects.create(alert=restricted, position=1, text="993 cases are not allocated")
    report = take(record).inspection
    case = AlertCase.objects.get()
    assert (case.pk, case.inspection, case.published.inspection) == (restricted.pk, report, report)
    assert case.restricted is False and case.concerns.count() == 1 and case.follow_ups.count() == 2
    assert Event.objects.about(case).get().deed == "alert_published"
    assert not take(record, at=LATER).changed


@pytest.mark.parametrize("change", ["another month", "withdrawn", "another place"])
def test_an_alert_of_another_visit_is_another_alert(cast, restricted, record, take, change):
    restricted.raised_at = dt.datetime(2022, 5 if change == "another month" else 8, 5, 10, tzinfo=dt.UTC)
    if change == "withdrawn":
        restricted.state, restricted.end_reason = "withdrawn", "Raised in error"
    restricted.organisation = cast.lambeth if change == "another place" else cast.hfkcw
    restricted.save()
    take(record)
    assert AlertCase.objects.count() == 2
    assert not AlertCase.objects.get(pk=restricted.pk).follow_ups.exists()


# --- Undo ---


def test_the_undo_of_the_import_takes_an_untouched_case_back(cast, report, case):
    _withdraw(report, {}, cast.ivy, LATER)
    report.delete()
    assert not (AlertCase.objects.exists() or Concern.objects.exists() or Action.objects.exists())
    assert not PublishedAlert.objects.exists()
    gone = Event.objects.get(deed="alert_taken_back")
    assert (gone.subject_id, gone.before) == (case.pk, {"concerns": 8, "actions": 4})


def test_the_undo_of_the_correction_that_found_the_alert(cast, record, without_alert, take):
    report = take(without_alert).inspection
    take(record, at=LATER)
    known = {"forget": record.to_dict(), "by": cast.ivy, "at": LATER}
    one = AlertCase.objects.get().actions.first()
    take_back(report, without_alert, Choices(organisation=cast.hfkcw.pk), **known)
    assert not (AlertCase.objects.exists() or PublishedAlert.objects.exists())
    assert not Action.objects.filter(pk=one.pk).exists() and not FollowUp.objects.exclude(tie="none").exists()
    take(record, at=LATER)
    post(cast, AlertCase.objects.get().actions.select_related("organisation__parent__parent").first())
    with pytest.raises(Refusal, match="worked on the actions of the alert"):
        take_back(report, without_alert, Choices(organisation=cast.hfkcw.pk), **known)


def edit(cast, action):
    plans.edit_action(
        action, what="Allocate", target=read_target_date(""), seen_version=1, by=cast.amira, at=LATER
    )  # fmt: skip


def post(cast, action):
    plans.post_update(action, "Two volunteers came.", confidence="on_track", by=cast.amira, at=LATER)


def help_with(cast, action):
    action.helpers.add(cast.omar)


def add(cast, action):
    operations.add_alert_action(
        AlertCase.objects.get(), "Lend", organisation=cast.hfkcw, target=read_target_date(""), by=cast.amira, at=NOW
    )


@pytest.mark.parametrize("work", [edit, post, help_with, add])
def test_the_undo_is_refused_once_somebody_worked_on_the_alert(cast, report, case, work):
    work(cast, case.actions.select_related("organisation__parent__parent").first())
    with pytest.raises(Refusal, match="worked on the actions of the alert"):
        operations.take_back_case(report, by=cast.ivy, at=LATER)
    assert AlertCase.objects.exists()


def test_the_undo_is_refused_once_a_tie_was_decided(cast, report, eighth):
    ties.decide_tie(eighth, True, seen_version=1, by=cast.ivy, at=LATER)
    with pytest.raises(Refusal, match="decided which recommendations"):
        operations.take_back_case(report, by=cast.ivy, at=LATER)


def test_the_undo_leaves_an_alert_that_was_raised_here(cast, restricted, record, take):
    restricted.raised_at = dt.datetime(2022, 8, 5, 10, tzinfo=dt.UTC)
    restricted.save()
    report = take(record).inspection
    _withdraw(report, {}, cast.ivy, LATER)
    report.delete()
    case = AlertCase.objects.get()
    assert (case.pk, case.published, case.inspection) == (restricted.pk, None, None)
    assert not take(record).inspection.alerts.exclude(pk=restricted.pk).exists()


# --- By hand ---


def by_hand(case, by, organisation, key=None, **kwargs):
    given = {"target": read_target_date("30 November 2026"), "at": NOW} | kwargs
    return operations.add_alert_action(case, "Lend two officers", organisation=organisation, key=key, by=by, **given)


def test_the_head_answers_a_concern_with_an_action(cast, case):
    concern = case.concerns.get(position=2)
    action = by_hand(case, cast.amira, cast.hfkcw, concerns=[concern], owner_person=cast.omar)
    assert (action.plan, action.alert, action.required, action.live) == (None, case, False, True)
    assert list(concern.actions.all()) == [action]
    told = Event.objects.about(action).get()
    assert (told.deed, told.after["owner"], told.after["concerns"]) == ("action_added", "Omar Farah", "2")
    assert Notice.objects.get().recipient == cast.omar


def test_twice_clicked_is_one_action(cast, case):
    key = uuid.uuid4()
    assert by_hand(case, cast.amira, cast.hfkcw, key) == by_hand(case, cast.amira, cast.hfkcw, key)
    assert Event.objects.filter(deed="action_added").count() == 5


@pytest.mark.parametrize(
    ("who", "place", "may"),
    [
        ("amira", "hfkcw", True), ("rosa", "hfkcw", True), ("rosa", "london", True), ("helen", "hmpps", True),
        ("helen", "hfkcw", True), ("amira", "london", False), ("rosa", "hmpps", False), ("ben", "hfkcw", False),
        ("niall", "hfkcw", False), ("ivy", "hfkcw", False), ("omar", "hfkcw", False), ("ada", "hfkcw", False),
        ("vera", "hfkcw", False),
    ],
)  # fmt: skip
def test_who_may_add_an_action_and_of_which_place(cast, case, who, place, may):
    if may:
        assert by_hand(case, cast.person(who), getattr(cast, place)).organisation == getattr(cast, place)
    else:
        with pytest.raises(NotAllowed):
            by_hand(case, cast.person(who), getattr(cast, place))


def test_an_action_is_of_the_place_or_above_and_answers_this_alert(cast, case, restricted):
    with pytest.raises(Refusal, match="the place that the alert is about"):
        by_hand(case, cast.rosa, cast.lambeth)
    other = Concern.objects.create(alert=restricted, position=1, text="Another")
    with pytest.raises(Refusal, match="concerns of this alert"):
        by_hand(case, cast.amira, cast.hfkcw, concerns=[other])
    AlertCase.objects.filter(pk=case.pk).update(state="withdrawn", end_reason="Raised in error")
    with pytest.raises(Refusal, match="while it is withdrawn"):
        by_hand(case, cast.amira, cast.hfkcw)


# --- An action without a plan lives like any other ---


def test_an_action_of_an_alert_is_updated_and_edited_like_any_other(cast, case):
    action = by_hand(case, cast.rosa, cast.london, owner_person=cast.omar)
    plans.post_update(action, "One came.", confidence="at_risk", by=cast.omar, at=LATER)
    action = Action.objects.select_related("organisation__parent").get(pk=action.pk)
    plans.edit_action(
        action, what="Lend three", owner_person=cast.omar, target=read_target_date("30 November 2026"),
        seen_version=action.version, by=cast.rosa, at=LATER,
    )  # fmt: skip
    action.refresh_from_db()
    assert (action.what, action.state) == ("Lend three", "in_progress")


def test_what_is_tied_does_not_close_before_the_alerts_actions_are_verified(cast, report, case, eighth):
    from tracker.plans.closing import what_stands_in_the_way

    plans.answer(eighth, "agreed", response_text="Yes", seen_version=1, by=cast.amira, at=NOW)
    action = plans.add_action(
        follow_up(report, 8), "Do it", target=read_target_date("June 2027"), by=cast.amira, at=NOW
    )
    Action.objects.filter(pk=action.pk).update(state="verified")
    ties.decide_tie(follow_up(report, 8), True, seen_version=2, by=cast.ivy, at=LATER)
    assert "4 of the 4 actions" in what_stands_in_the_way(follow_up(report, 8))
    case.actions.update(state="verified")
    assert what_stands_in_the_way(follow_up(report, 8)) is None
