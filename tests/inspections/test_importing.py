"""A record becomes an inspection: once, again, with other wording, and back."""

import datetime as dt
from dataclasses import replace

import pytest

from inspections import importing
from inspections.models import Inspection, Recommendation, WordingCorrection
from inspections.reading.record import Fieldwork, Month, Pdu
from inspections.reading.record import Recommendation as Line
from tests.cast import NOW, TODAY, follow_up
from tracker.intake import Choices, propose, take_in
from tracker.journal.models import Event
from tracker.plans.models import ActionPlan, FollowUp
from tracker.plans.operations import answer
from tracker.refusals import NotAllowed, Refusal
from tracker.working_days import NO_DATE

from .report import LAMBETH, RECOMMENDATIONS, reworded


def bring(record=LAMBETH, choices=Choices(), by=None, **more):  # noqa: B008
    return take_in(record, choices, by=by, at=NOW, today=TODAY, **more)


def everything():
    """All rows that an import could write, for "nothing changed"."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Inspection, Recommendation, FollowUp, ActionPlan, Event, WordingCorrection)
    ]


def test_a_report_comes_in_with_its_follow_ups_and_plans(cast):
    taken = bring(by=cast.ivy)
    row = taken.inspection
    assert (taken.created, taken.opened, row.slug, row.organisation) == (True, 4, "lambeth", cast.lambeth)
    assert (row.score_points, row.score_out_of, row.published) == (3, 27, dt.date(2026, 10, 1))
    assert [f.addressee for f in FollowUp.objects.order_by("pk")] == [
        cast.lambeth,
        cast.lambeth,
        cast.london,
        cast.hmpps,
    ]
    assert ActionPlan.objects.filter(inspection=row, due_by=dt.date(2026, 11, 28)).count() == 3
    event = Event.objects.about(row).get()
    assert (event.actor, event.deed, event.after["recommendations"]) == (cast.ivy, "inspection_imported", 4)


def test_importing_twice_changes_nothing(cast):
    first = bring()
    before = everything()
    again = bring()
    assert (again.inspection, again.created, again.changed, again.opened) == (first.inspection, False, False, 0)
    assert everything() == before
    assert first.inspection.readings.count() == 1


@pytest.mark.parametrize("who", ["amira", "helen", "omar", "vera", "ada"])
def test_only_an_inspector_imports(cast, who):
    with pytest.raises(NotAllowed):
        bring(by=getattr(cast, who))
    assert not Inspection.objects.exists()


def test_wording_that_nobody_answered_changes_and_what_was_answered_stays(cast):
    row = bring().inspection
    first = follow_up(row, 1)
    answer(first, "agreed", response_text="Yes", seen_version=first.version, by=cast.ben, at=NOW)
    other = reworded(2, "engage with everyone", reworded(1, "improve the quality of all work"))
    seen = propose(other, today=TODAY).differences
    assert [d.after for d in seen.corrections] == ["improve the quality of all work"]
    assert [d.after for d in seen.wordings] == ["engage with everyone"]
    bring(other)
    one, two = row.recommendations.order_by("number")[:2]
    assert one.wording == RECOMMENDATIONS[0].text
    assert [c.wording for c in one.corrections.all()] == ["improve the quality of all work"]
    assert two.wording == "engage with everyone" and not two.corrections.exists()
    before = everything()
    assert bring(other).changed is False
    assert everything() == before


def test_an_addressee_read_otherwise_takes_its_follow_up_along_unless_answered(cast):
    row = bring().inspection
    first = follow_up(row, 1)
    answer(first, "agreed", response_text="Yes", seen_version=first.version, by=cast.ben, at=NOW)
    moved = tuple(
        replace(r, level="region", addressee="London region") if r.level == "pdu" else r for r in RECOMMENDATIONS
    )
    seen = propose(replace(LAMBETH, recommendations=moved), today=TODAY).differences
    assert [d.what for d in seen.kept] == ["Recommendation 1"] and [d.what for d in seen.moved] == ["Recommendation 2"]
    bring(replace(LAMBETH, recommendations=moved))
    assert follow_up(row, 1).addressee == cast.lambeth
    second = follow_up(row, 2)
    assert second.addressee == second.plan.organisation == cast.london


def test_new_ones_are_opened_and_missing_ones_stay(cast):
    row = bring().inspection
    other = replace(LAMBETH, recommendations=(*RECOMMENDATIONS[1:], Line(5, 3, "hmpps", "HMPPS", "fund it properly")))
    seen = propose(other, today=TODAY).differences
    assert (seen.new, seen.missing) == ((5,), (1,))
    assert bring(other).opened == 1
    assert FollowUp.objects.filter(inspection=row).count() == 5


def test_groups_divided_otherwise_are_the_same_recommendations(cast):
    bring()
    apart = tuple(replace(r, group=r.number) for r in RECOMMENDATIONS)
    assert bring(replace(LAMBETH, recommendations=apart)).opened == 0
    assert [r.group for r in Recommendation.objects.order_by("number")] == [1, 2, 3, 4]


def test_facts_that_change_are_told_and_a_live_plan_keeps_its_clock_right(cast):
    row = bring(replace(LAMBETH, published=None), Choices(live=True)).inspection
    assert set(ActionPlan.objects.values_list("due_by", flat=True)) == {NO_DATE}
    seen = propose(replace(LAMBETH, overall_rating="Good"), today=TODAY).differences
    assert ("Overall rating", "Inadequate", "Good") in [(d.what, d.before, d.after) for d in seen.facts]
    bring(LAMBETH, Choices(published_on=dt.date(2026, 10, 12)))
    row.refresh_from_db()
    assert (row.published, row.published_to_the_day) == (dt.date(2026, 10, 12), True)
    assert set(ActionPlan.objects.values_list("due_by", flat=True)) == {dt.date(2026, 11, 9)}
    assert set(FollowUp.objects.values_list("next_due", flat=True)) == {dt.date(2026, 11, 9)}
    bring()  # a reading that knows only the month does not take the day away
    row.refresh_from_db()
    assert row.published == dt.date(2026, 10, 12)


def test_a_plan_date_that_an_inspector_set_outlives_a_correction(cast):
    row = bring(choices=Choices(live=True)).inspection
    ActionPlan.objects.filter(organisation=cast.lambeth).update(due_by=dt.date(2027, 1, 15))
    bring(replace(LAMBETH, published=Month(2026, 11), isbn="1"))
    due = dict(ActionPlan.objects.filter(inspection=row).values_list("organisation__slug", "due_by"))
    assert due["lambeth"] == dt.date(2027, 1, 15) and due["london"] == dt.date(2026, 12, 28)


@pytest.mark.parametrize(
    ("published", "today", "live"),
    [
        (Month(2026, 10), dt.date(2026, 11, 20), True),
        (Month(2026, 10), dt.date(2027, 1, 29), True),  # 90 days after the month's last day
        (Month(2026, 10), dt.date(2027, 1, 30), False),
        (None, dt.date(2026, 11, 20), False),
    ],
)
def test_live_or_historic_is_proposed_by_the_date_of_publication(cast, published, today, live):
    assert propose(replace(LAMBETH, published=published), today=today).live is live
    assert propose(replace(LAMBETH, published=published), Choices(live=not live), today=today).live is not live


def test_historic_follow_ups_have_no_clock(cast):
    row = bring(choices=Choices(live=False)).inspection
    assert set(FollowUp.objects.filter(inspection=row).values_list("live", "next_due")) == {(False, NO_DATE)}


def test_the_second_inspection_of_a_place_has_its_month_in_its_address(cast):
    def visit(month, published):
        return bring(replace(LAMBETH, fieldwork=Fieldwork(month), published=published)).inspection.slug

    assert visit("2026-08", Month(2026, 10)) == "lambeth"
    assert visit("2024-03", Month(2024, 5)) == "lambeth-2024-03"
    assert visit(None, Month(2025, 7)) == "lambeth-2025-07"
    assert visit("2024-03", Month(2024, 5)) == "lambeth-2024-03"


@pytest.mark.parametrize(
    ("month", "published", "same"),
    [
        ("2026-08", Month(2026, 11), True),
        ("2026-09", Month(2026, 10), False),
        (None, Month(2026, 10), True),
        (None, Month(2026, 11), False),
        (None, None, False),
    ],
)
def test_the_same_inspection_is_the_same_place_and_month(cast, month, published, same):
    row = bring().inspection
    other = replace(LAMBETH, fieldwork=Fieldwork(month), published=published)
    assert (importing.find(other, cast.lambeth) == row) is same


@pytest.mark.parametrize(
    ("fieldwork", "sentence"),
    [
        (Fieldwork("2036-08"), "Fieldwork in August 2036 has not been yet: correct the month."),
        (Fieldwork("2026-11", "2026-11-21"), "Fieldwork that began on 21 November 2026 has not been yet"),
        (Fieldwork("2026-11", "2026-11-16", "2026-11-27"), "Fieldwork that ended on 27 November 2026 has not been yet"),
        (Fieldwork("2026-11", "2026-11-16", "2026-11-20"), ""),
    ],
)
def test_fieldwork_that_has_not_been_yet_needs_an_eye_and_is_not_taken_in(cast, fieldwork, sentence):
    record = replace(LAMBETH, fieldwork=fieldwork)
    if not sentence:
        assert propose(record, today=TODAY).asks == 0 and bring(record).created
        return
    (problem,) = propose(record, today=TODAY).problems
    assert problem.text.startswith(sentence) and problem.where == "Facts"
    with pytest.raises(Refusal, match=sentence):
        bring(record)
    assert not Inspection.objects.exists()


def test_a_report_that_is_not_out_yet_needs_an_eye_and_may_be_taken_in(cast):
    record = replace(LAMBETH, published=Month(2027, 1))
    (problem,) = propose(record, today=TODAY).problems
    assert problem.text == "It is published in January 2027, which has not been yet."
    assert bring(record).created


def test_a_report_without_recommendations_is_taken_in_only_when_somebody_says_so(cast):
    none = replace(LAMBETH, recommendations=())
    seen = propose(none, today=TODAY)
    assert seen.to_choose == ["There are no recommendations. Add them, or say that the report makes none."]
    with pytest.raises(Refusal, match="There are no recommendations"):
        bring(none)
    taken = bring(none, Choices(none_made=True))
    assert taken.created and taken.opened == 0 and taken.choices.none_made
    assert bring(none).changed is False  # it is here, and nobody is asked again


def test_an_unknown_pdu_is_asked_for_and_added_only_when_chosen(cast):
    far = replace(
        LAMBETH, pdu=Pdu("Kestrel Vale"), region="Northmoor",
        recommendations=(replace(RECOMMENDATIONS[0], addressee="Kestrel Vale PDU"), RECOMMENDATIONS[3]),
    )  # fmt: skip
    seen = propose(far, today=TODAY)
    assert seen.to_choose == ["Choose which organisation Kestrel Vale is."]
    with pytest.raises(Refusal, match="Choose which organisation Kestrel Vale is"):
        bring(far)
    row = bring(far, Choices(add_under=cast.northmoor.pk)).inspection
    assert (row.organisation.name, row.organisation.parent, row.slug) == (
        "Kestrel Vale",
        cast.northmoor,
        "kestrel-vale",
    )
    assert follow_up(row, 1).addressee == row.organisation


def test_an_unknown_addressee_is_asked_for(cast):
    strange = replace(LAMBETH, recommendations=(replace(RECOMMENDATIONS[0], addressee="The Mayor"),))
    seen = propose(strange, today=TODAY)
    assert seen.to_choose == ["Choose who The Mayor is."]
    key = seen.addressees[0].key
    row = bring(strange, Choices(addressees={key: cast.lambeth.pk})).inspection
    assert row.recommendations.get().addressee == cast.lambeth


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": "x" * 301}, "The title has more than 300 characters."),
        ({"cases_inspected": 3_000_000_000}, "The number of cases inspected is too large."),
        ({"standards": LAMBETH.standards * 2}, "Standard 1.1 is rated more than once."),
        ({"recommendations": RECOMMENDATIONS * 2}, "The number 1 is used more than once"),
        ({"recommendations": (replace(RECOMMENDATIONS[0], number=40_000),)}, "The recommendation number 40000 is too"),
    ],
)
def test_what_no_column_can_hold_is_refused_in_a_sentence(cast, changes, sentence):
    with pytest.raises(Refusal, match=sentence):
        bring(replace(LAMBETH, **changes))
    assert not Inspection.objects.exists()


def test_a_file_is_kept_once_under_a_name_of_ours(db):
    first = importing.keep(b"report", "../../etc/Report (final).PDF", at=NOW)
    assert importing.keep(b"report", "another.txt", at=NOW) == first
    assert (first.name, first.size, len(first.sha256)) == ("Report (final).PDF", 6, 64)
    assert first.file.name.startswith("reports/") and first.file.name.endswith(f"{first.sha256[:32]}.pdf")
