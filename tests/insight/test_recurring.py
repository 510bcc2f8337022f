"""Ivy, an inspector, reads what was said to HFKCW, Lambeth and Eastvale, and says which of it is the same."""

import datetime as dt
import json
import uuid

import pytest
from django.core.management import call_command

from inspections.models import Inspection, Recommendation
from tests.cast import NOW, TODAY, follow_up
from tests.insight.truth import five, precision_and_recall
from tracker.insight import recurring
from tracker.insight.models import Grouped, GroupingChoice, RecurringGroup
from tracker.insight.recurring_operations import join_recommendations, split_recommendation, undo_grouping
from tracker.journal.models import Event
from tracker.plans.models import FollowUp
from tracker.plans.opening import open_follow_ups
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal

HARM = "improve the quality of work to assess, plan for, manage and review risk of harm"
HARM_TOO = "improve the quality of assessment, planning, management and reviewing of risk of harm"
OVERSIGHT = "improve the effectiveness of quality assurance and management oversight of all casework"
SKILLS = "ensure staff responsible for case management oversight have the skills, knowledge and time for it"
STAFF = "ensure {} has sufficient staffing resources in place"
HOW = {"at": NOW}


def visit(place, *wordings, month=dt.date(2022, 8, 1), published=dt.date(2022, 10, 1)):
    """An inspection of ``place`` with these (addressee, wording) pairs, numbered on."""
    slug = f"{place.slug}-{month:%Y-%m}"
    report = Inspection.objects.create(organisation=place, slug=slug, fieldwork_month=month, published=published)
    for number, (to, wording) in enumerate(wordings, start=1):
        Recommendation.objects.create(
            inspection=report, group=1, number=number, level=to.level, addressee=to, wording=wording,
            addressee_as_printed=to.full_name,
        )  # fmt: skip
    open_follow_ups(report, live=True, by=None, at=NOW)
    return report


@pytest.fixture
def said(cast):
    """{"hfkcw 1": Recommendation, ...} of three reports."""
    c = cast
    visit(c.hfkcw, (c.hfkcw, HARM), (c.hfkcw, OVERSIGHT), (c.london, STAFF.format("HFKCW PDU")), (c.hfkcw, SKILLS))
    visit(c.lambeth, (c.lambeth, HARM_TOO), (c.lambeth, OVERSIGHT), (c.london, STAFF.format("Lambeth")))
    visit(c.eastvale, (c.eastvale, HARM), (c.northmoor, "open an office by the sea"), published=dt.date(2024, 3, 1))
    return {f"{one.inspection.organisation.slug} {one.number}": one for one in Recommendation.objects.all()}


def groups() -> list[set[str]]:
    found = {}
    for row in Grouped.objects.select_related("recommendation__inspection__organisation").order_by("pk"):
        one = row.recommendation
        found.setdefault(row.group_id, set()).add(f"{one.inspection.organisation.slug} {one.number}")
    return sorted(found.values(), key=sorted)


def group_of(recommendation) -> RecurringGroup:
    return RecurringGroup.objects.get(members__recommendation=recommendation)


def again(at=NOW):
    """As after an import: found anew, whatever was found before."""
    recurring.GroupingState.objects.update(found_from="")
    return recurring.find_groups(at)


HARM_SAID = {"hfkcw 1", "lambeth 1", "eastvale 1"}
OVERSIGHT_SAID = {"hfkcw 2", "lambeth 2"}
STAFF_SAID = {"hfkcw 3", "lambeth 3"}


# --- Finding and keeping ---


def test_what_says_the_same_is_found_across_reports_and_the_rest_is_alone(said):
    outcome = recurring.find_groups(NOW)
    assert groups() == [HARM_SAID, OVERSIGHT_SAID, STAFF_SAID]
    assert (outcome.recommendations, outcome.groups) == (9, 3)
    assert outcome.sentence == "Recurring recommendations: 3 groups among 9."
    group = group_of(said["hfkcw 1"])
    assert (group.wording, group.size, group.places, group.last_said) == (HARM, 3, 3, dt.date(2024, 3, 1))
    assert group_of(said["hfkcw 3"]).places == 2  # both to London, about two PDUs


def test_nothing_is_done_again_until_something_changes(said):
    assert recurring.find_groups(NOW).changed
    assert not recurring.find_groups(NOW).changed
    visit(said["hfkcw 1"].addressee.parent, (said["hfkcw 1"].addressee, HARM))
    assert recurring.find_groups(NOW).changed


def test_a_group_keeps_its_id_when_groups_are_found_anew(said, cast):
    recurring.find_groups(NOW)
    was = {name: group_of(said[name]).pk for name in ("hfkcw 1", "hfkcw 2", "hfkcw 3")}
    visit(cast.lambeth, (cast.lambeth, HARM), (cast.lambeth, SKILLS), month=dt.date(2026, 8, 1))
    recurring.find_groups(NOW)
    assert {name: group_of(said[name]).pk for name in was} == was
    assert group_of(said["hfkcw 1"]).size == 4
    assert group_of(said["hfkcw 4"]).pk not in was.values()


def test_a_report_that_is_taken_back_leaves_no_trace(said):
    recurring.find_groups(NOW)
    group = group_of(said["lambeth 2"])
    rows = FollowUp.objects.filter(inspection__organisation__slug="lambeth")
    rows.delete()
    Recommendation.objects.filter(inspection__organisation__slug="lambeth").delete()
    recurring.find_groups(NOW)
    assert groups() == [{"hfkcw 1", "eastvale 1"}]
    group.refresh_from_db()
    assert (group.size, group.gone_to) == (0, None)


# --- What people say about it ---


def test_what_ivy_joins_is_one_at_once_and_stays_so(said, cast):
    recurring.find_groups(NOW)
    kept, gone = group_of(said["hfkcw 1"]), group_of(said["lambeth 2"])
    join_recommendations(said["lambeth 2"], said["hfkcw 1"], "Oversight is for risk", by=cast.ivy, **HOW)
    assert groups() == [HARM_SAID | OVERSIGHT_SAID, STAFF_SAID]
    gone.refresh_from_db()
    assert (gone.size, gone.gone_to) == (0, kept)
    again()
    assert groups() == [HARM_SAID | OVERSIGHT_SAID, STAFF_SAID]
    event = Event.objects.get(deed="recommendations_joined")
    assert event.actor == cast.ivy and event.subject_id == kept.pk
    assert event.after["reason"] == "Oversight is for risk" and "lambeth-2022-08:2" in event.after["recommendations"]


def test_two_that_are_alone_become_a_group(said, cast):
    recurring.find_groups(NOW)
    join_recommendations(said["eastvale 2"], said["hfkcw 4"], "Why not", by=cast.idris, **HOW)
    assert {"eastvale 2", "hfkcw 4"} in groups()
    again()
    assert {"eastvale 2", "hfkcw 4"} in groups()


def test_what_ivy_splits_off_stays_apart_from_the_rest(said, cast):
    recurring.find_groups(NOW)
    group = group_of(said["hfkcw 1"])
    split_recommendation(group, [said["eastvale 1"]], "Children only", by=cast.ivy, **HOW)
    assert groups() == [{"hfkcw 1", "lambeth 1"}, OVERSIGHT_SAID, STAFF_SAID]
    again()
    assert groups() == [{"hfkcw 1", "lambeth 1"}, OVERSIGHT_SAID, STAFF_SAID]
    assert group_of(said["hfkcw 1"]) == group


def test_of_two_nobody_is_left_and_several_split_off_stay_one(said, cast):
    recurring.find_groups(NOW)
    split_recommendation(group_of(said["hfkcw 3"]), [said["hfkcw 3"]], "Other posts", by=cast.ivy, **HOW)
    assert groups() == [HARM_SAID, OVERSIGHT_SAID]
    off = [said["hfkcw 1"], said["eastvale 1"]]
    split_recommendation(group_of(said["hfkcw 1"]), off, "Another harm", by=cast.ivy, **HOW)
    assert {"hfkcw 1", "eastvale 1"} in groups()
    again()
    assert groups() == [{"hfkcw 1", "eastvale 1"}, OVERSIGHT_SAID]


def test_what_is_taken_back_holds_no_more(said, cast):
    recurring.find_groups(NOW)
    choice = split_recommendation(group_of(said["hfkcw 2"]), [said["hfkcw 2"]], "Hm", by=cast.ivy, **HOW)
    assert OVERSIGHT_SAID not in groups()
    undo_grouping(choice, by=cast.idris, **HOW)
    undo_grouping(choice, by=cast.ivy, **HOW)
    recurring.find_groups(NOW)
    assert OVERSIGHT_SAID in groups()
    choice.refresh_from_db()
    assert choice.undone_by == cast.idris
    assert Event.objects.filter(deed="grouping_undone").count() == 1


def test_of_two_choices_that_contradict_each_other_the_later_one_holds(said, cast):
    recurring.find_groups(NOW)
    split_recommendation(group_of(said["hfkcw 2"]), [said["hfkcw 2"]], "No", by=cast.ivy, **HOW)
    join_recommendations(said["hfkcw 2"], said["lambeth 2"], "Yes", by=cast.idris, **HOW)
    again()
    assert OVERSIGHT_SAID in groups()
    split_recommendation(group_of(said["hfkcw 2"]), [said["lambeth 2"]], "No, no", by=cast.ivy, **HOW)
    again()
    assert OVERSIGHT_SAID not in groups()


def test_a_later_split_takes_one_out_and_leaves_the_others_joined(said, cast):
    recurring.find_groups(NOW)
    join_recommendations(said["hfkcw 2"], said["hfkcw 4"], "Both are oversight", by=cast.ivy, **HOW)
    split_recommendation(group_of(said["hfkcw 2"]), [said["hfkcw 2"]], "Not this", by=cast.ivy, **HOW)
    again()
    assert {"hfkcw 4", "lambeth 2"} in groups()


def test_only_inspectors_join_and_split(said, cast):
    recurring.find_groups(NOW)
    group = group_of(said["hfkcw 1"])
    choice = join_recommendations(said["eastvale 2"], said["hfkcw 4"], "Why not", by=cast.ivy, **HOW)
    for who in (cast.amira, cast.rosa, cast.helen, cast.omar, cast.vera, cast.ada):
        with pytest.raises(NotAllowed):
            join_recommendations(said["hfkcw 1"], said["hfkcw 2"], "x", by=who, **HOW)
        with pytest.raises(NotAllowed):
            split_recommendation(group, [said["hfkcw 1"]], "x", by=who, **HOW)
        with pytest.raises(NotAllowed):
            undo_grouping(choice, by=who, **HOW)


def test_what_makes_no_sense_is_refused(said, cast):
    recurring.find_groups(NOW)
    group, how = group_of(said["hfkcw 1"]), {"by": cast.ivy, **HOW}
    with pytest.raises(Refusal, match="one group already"):
        join_recommendations(said["hfkcw 1"], said["lambeth 1"], "x", **how)
    with pytest.raises(Refusal, match="one group already"):
        join_recommendations(said["hfkcw 4"], said["hfkcw 4"], "x", **how)
    with pytest.raises(Refusal, match="at least one"):
        split_recommendation(group, [said[name] for name in sorted(HARM_SAID)], "x", **how)
    with pytest.raises(Refusal, match="Choose what"):
        split_recommendation(group, [], "x", **how)
    with pytest.raises(AlreadyMoved):
        split_recommendation(group, [said["hfkcw 2"]], "x", **how)
    assert not GroupingChoice.objects.exists()


def test_a_form_sent_twice_is_one_choice(said, cast):
    recurring.find_groups(NOW)
    how = {"by": cast.ivy, "form_key": uuid.uuid4(), **HOW}
    one = join_recommendations(said["hfkcw 1"], said["hfkcw 2"], "x", **how)
    assert join_recommendations(said["hfkcw 1"], said["hfkcw 2"], "x", **how) == one
    how["form_key"] = uuid.uuid4()
    group = group_of(said["hfkcw 1"])
    one = split_recommendation(group, [said["hfkcw 2"]], "y", **how)
    assert split_recommendation(group, [said["hfkcw 2"]], "y", **how) == one
    assert GroupingChoice.objects.count() == 2
    assert Event.objects.filter(deed__in=["recommendations_joined", "recommendation_split_off"]).count() == 2


def test_what_is_judged_while_groups_are_being_found_is_not_overwritten(said, cast, monkeypatch):
    recurring.find_groups(NOW)
    find = recurring.likeness.groups_of

    def meanwhile(*args):
        found = find(*args)
        join_recommendations(said["eastvale 2"], said["hfkcw 4"], "Why not", by=cast.ivy, **HOW)
        return found

    monkeypatch.setattr(recurring.likeness, "groups_of", meanwhile)
    assert not again().changed
    assert {"eastvale 2", "hfkcw 4"} in groups()
    monkeypatch.setattr(recurring.likeness, "groups_of", find)
    assert recurring.find_groups(NOW).changed
    assert {"eastvale 2", "hfkcw 4"} in groups()


# --- Counting ---


def test_a_group_is_counted_for_everyone(said, cast):
    recurring.find_groups(NOW)
    group = group_of(said["hfkcw 1"])
    FollowUp.objects.filter(recommendation=said["hfkcw 1"]).update(next_due=TODAY - dt.timedelta(days=1))
    FollowUp.objects.filter(recommendation=said["lambeth 1"]).update(next_due=TODAY)
    FollowUp.objects.filter(recommendation=said["eastvale 1"]).update(
        state="implemented", next_due=TODAY - dt.timedelta(days=1)
    )
    standing = recurring.standings([group.pk], TODAY)[group.pk]
    assert standing.sentence == "Said to 3 PDUs since October 2022: 1 closed, 2 open, 1 overdue"
    FollowUp.objects.filter(recommendation=said["hfkcw 1"]).update(live=False)  # no clock runs, so nothing is late
    join_recommendations(said["hfkcw 1"], said["hfkcw 3"], "x", by=cast.ivy, **HOW)
    standing = recurring.standings([group.pk], TODAY)[group.pk]
    assert standing.sentence.startswith("Said 5 times to 3 PDUs and 1 region since October 2022: 1 closed, 4 open,")


def test_to_whom_in_words():
    def to(**places):
        return recurring.Standing(sum(places.values()), places, None, 1, 1, 0).sentence

    assert to(pdu=1) == "Said to 1 PDU: 0 closed, 1 open, 0 overdue"
    assert recurring.Standing(3, {"hmpps": 1}, TODAY, 3, 3, 0).sentence.startswith("Said 3 times to HMPPS since")
    assert to(hmpps=1, region=2, pdu=5).startswith("Said to 5 PDUs, 2 regions and HMPPS:")


# --- The command ---


def test_the_command_prints_the_groups_of_the_five_reports(cast, capsys):
    labelled = five()
    reports = {}
    for name, (wording, _) in labelled.items():
        slug, number = name.split(":")
        report = reports.setdefault(slug, None) or Inspection.objects.create(organisation=cast.lambeth, slug=slug)
        reports[slug] = report
        Recommendation.objects.create(
            inspection=report, group=1, number=number, level="pdu", addressee=cast.lambeth, wording=wording
        )
    call_command("recurring", "--format", "json")
    clusters = json.loads(capsys.readouterr().out)["clusters"]
    precision, recall = precision_and_recall({name: label for name, (_, label) in labelled.items()}, clusters)
    assert precision > 0.9 and recall > 0.95
    assert max(map(len, clusters)) == 5 and min(map(len, clusters)) == 2
    call_command("recurring")
    assert "5 times: improve the quality of work" in capsys.readouterr().out


def test_where_numbers_repeat_the_group_is_named(said):
    report = said["hfkcw 1"].inspection
    Recommendation.objects.create(
        inspection=report, group=2, number=1, level="region", addressee=said["hfkcw 3"].addressee, wording=HARM
    )
    names = {one.pk: one.name for one in recurring.everything_said()}
    assert names[said["hfkcw 1"].pk] == "hfkcw-2022-08:1.1" and "hfkcw-2022-08:2.1" in names.values()
    assert names[said["hfkcw 2"].pk] == "hfkcw-2022-08:2"
    assert follow_up(report, 2).recommendation_id == said["hfkcw 2"].pk
