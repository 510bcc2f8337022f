"""What may be set, by whom, what it changes below, and who is told when two set the same at once."""

import pytest
from django.db import IntegrityError, transaction

from tests import cast as people
from tests.cast import NOW
from tracker.clocks import rules
from tracker.clocks.models import Limit
from tracker.clocks.operations import (
    Limits,
    LimitsMoved,
    LimitsRefused,
    change_limits,
    in_force,
    set_limit,
    supposing,
    unset_limit,
)
from tracker.journal.models import Event
from tracker.refusals import NotAllowed, Refusal

AS_IT_CAME = rules.DEFAULT_LIMITS


def with_(**changed):
    return rules.limit_problems(AS_IT_CAME | changed)


# --- Rules ---------------------------------------------------------------------------------------------------


def test_as_the_service_came_nothing_is_wrong():
    assert rules.limit_problems(AS_IT_CAME) == {}


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("first_reminder", -1),
        ("first_reminder", 731),
        ("plan_due", 99_999),
        ("then_every", 0),
        ("stale_after", 0),
        ("claim_waiting", 0),
        ("alert_reading", 0),
        ("alert_checkpoint", 0),
        ("alert_acknowledge", 251),
        ("rung_area", -1),
        ("alert_worsening", 101),
        ("alert_worsening", -5),
    ],
)
def test_an_absurd_number_is_refused_with_what_would_do(name, number):
    problems = with_(**{name: number})
    assert list(problems) == [name]
    assert problems[name].startswith(f"“{rules.LIMIT_WORDS[name]}”: enter a whole number of")


@pytest.mark.parametrize("changed", [{"first_reminder": 0, "second_reminder": 0}, {"weekly_for": 0}, {"rung_head": 0}])
def test_nought_where_it_means_something(changed):
    assert with_(**changed) == {}


def test_the_second_reminder_does_not_come_before_the_first():
    assert with_(second_reminder=45) == {}
    assert with_(second_reminder=46) == {
        "second_reminder": "The second reminder would come before the first: 46 days before the date, and the first "
        "45 days before."
    }


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"rung_region": 9}, "rung_area"),
        ({"rung_chief_executive": 2}, "rung_chief_executive"),
        ({"overdue_region": 6}, "overdue_region"),
        ({"overdue_hmpps": 13}, "overdue_hmpps"),
    ],
)
def test_nobody_is_told_before_the_level_below(changed, wrong):
    assert list(with_(**changed)) == [wrong]
    assert "nobody is told before the level below" in with_(**changed)[wrong]


def test_every_limit_has_words_a_unit_and_a_place_on_the_page():
    placed = [name for names in rules.LIMIT_SECTIONS.values() for name in names]
    assert sorted(placed) == sorted(AS_IT_CAME) == sorted(rules.LIMIT_WORDS)
    assert rules.limit_value("alert_acknowledge", 1) == "1 working day"
    assert rules.limit_value("first_reminder", 45) == "45 days"
    assert rules.limit_value("alert_worsening", 10) == "10 per cent"


# --- Setting and taking back ---------------------------------------------------------------------------------


def held(place, name="first_reminder"):
    return Limits().for_line(place.line)[name]


def test_ada_sets_one_for_london_and_it_holds_below_until_lambeth_has_its_own(cast):
    set_limit(cast.london, "first_reminder", 60, by=cast.ada, at=NOW)
    assert (held(cast.hfkcw), held(cast.lambeth), held(cast.eastvale)) == (60, 60, 45)
    set_limit(cast.lambeth, "first_reminder", 30, by=cast.ada, at=NOW)
    set_limit(cast.london, "first_reminder", 70, by=cast.ada, at=NOW)
    assert (held(cast.hfkcw), held(cast.lambeth)) == (70, 30)
    one = in_force(cast.lambeth)["first_reminder"]
    assert (one.value, one.inherited_value, one.inherited_from) == ("30 days", "70 days", "inherited from London")
    assert one.set_by.set_by == cast.ada
    inherited = in_force(cast.hfkcw)["first_reminder"]
    assert (inherited.set_here, inherited.set_by.organisation) == (None, cast.london)
    assert in_force(cast.eastvale)["first_reminder"].inherited_from == "the service's own setting"


def test_taken_back_it_is_what_is_inherited_and_the_journal_says_so(cast):
    set_limit(cast.london, "first_reminder", 60, by=cast.ada, at=NOW)
    set_limit(cast.lambeth, "first_reminder", 30, by=cast.ada, at=NOW)
    unset_limit(cast.lambeth, "first_reminder", by=cast.ada, at=NOW)
    assert held(cast.lambeth) == 60
    line = Event.objects.get(deed="limit_unset")
    assert (line.organisation, line.actor) == (cast.lambeth, cast.ada)
    words = "First reminder, before the date"
    assert (line.before, line.after) == ({words: "30 days"}, {words: "60 days, inherited"})
    unset_limit(cast.lambeth, "first_reminder", by=cast.ada, at=NOW)
    assert Event.objects.filter(deed="limit_unset").count() == 1, "it was taken back already"


def test_several_at_once_are_one_deed(cast):
    change_limits(cast.london, {"first_reminder": 20, "second_reminder": 5}, by=cast.ada, at=NOW)
    line = Event.objects.get(deed="limit_set")
    assert line.after == {"First reminder, before the date": "20 days", "Second reminder, before the date": "5 days"}


@pytest.mark.parametrize("who", ["amira", "rosa", "helen", "ivy", "omar", "vera"])
def test_nobody_but_an_administrator_sets_or_takes_back(cast, who):
    set_limit(cast.london, "first_reminder", 60, by=cast.ada, at=NOW)
    for deed in (
        lambda: set_limit(cast.london, "first_reminder", 50, by=cast.person(who), at=NOW),
        lambda: unset_limit(cast.london, "first_reminder", by=cast.person(who), at=NOW),
    ):
        with pytest.raises(NotAllowed):
            deed()
    assert held(cast.london) == 60


def test_together_they_are_judged_as_they_will_be_not_one_by_one(cast):
    with pytest.raises(LimitsRefused):
        change_limits(cast.london, {"second_reminder": 50}, by=cast.ada, at=NOW)
    change_limits(cast.london, {"second_reminder": 50, "first_reminder": 60}, by=cast.ada, at=NOW)
    with pytest.raises(LimitsRefused) as refused:
        unset_limit(cast.london, "first_reminder", by=cast.ada, at=NOW)
    assert list(refused.value.problems) == ["second_reminder"]
    assert held(cast.london) == 60


def test_a_region_cannot_contradict_what_a_place_below_holds(cast):
    set_limit(cast.lambeth, "second_reminder", 30, by=cast.ada, at=NOW)
    with pytest.raises(Refusal, match="Lambeth holds limits of its own"):
        set_limit(cast.london, "first_reminder", 20, by=cast.ada, at=NOW)
    set_limit(cast.northmoor, "first_reminder", 20, by=cast.ada, at=NOW)
    set_limit(cast.hfkcw, "first_reminder", 20, by=cast.ada, at=NOW)


def test_a_limit_that_does_not_exist_is_refused(cast):
    with pytest.raises(Refusal, match="no limit called"):
        change_limits(cast.london, {"patience": 3}, by=cast.ada, at=NOW)


def test_the_second_of_two_administrators_is_told(cast):
    bea = people.person("Bea", "Novak", "administrator")
    seen = {}
    change_limits(cast.london, {"first_reminder": 60}, seen=seen, by=cast.ada, at=NOW)
    with pytest.raises(LimitsMoved, match="Ada Frost changed these limits at 9:30am on 20 November 2026") as moved:
        change_limits(cast.london, {"first_reminder": 50}, seen=seen, by=bea, at=NOW)
    assert moved.value.theirs["first_reminder"].value == "60 days"
    assert held(cast.london) == 60
    change_limits(cast.london, {"second_reminder": 7}, seen=seen, by=bea, at=NOW)  # another one: no quarrel
    change_limits(cast.london, {"first_reminder": 60}, seen=seen, by=bea, at=NOW)  # the same: nothing to do
    assert Event.objects.filter(deed="limit_set").count() == 2


def test_taken_back_meanwhile_is_told_too(cast):
    bea = people.person("Bea", "Novak", "administrator")
    set_limit(cast.london, "first_reminder", 60, by=cast.ada, at=NOW)
    unset_limit(cast.london, "first_reminder", by=cast.ada, at=NOW)
    with pytest.raises(LimitsMoved) as moved:
        change_limits(cast.london, {"first_reminder": 50}, seen={"first_reminder": 60}, by=bea, at=NOW)
    assert moved.value.theirs["first_reminder"].set_here is None


@pytest.mark.parametrize(
    ("name", "number"), [("plan_due", 731), ("rung_area", 251), ("alert_worsening", 101), ("then_every", 0)]
)
def test_the_database_refuses_it_too(cast, name, number):
    with pytest.raises(IntegrityError), transaction.atomic():
        Limit.objects.create(organisation=cast.london, name=name, days=number, set_by=cast.ada, set_at=NOW)


def test_the_database_and_the_rule_draw_the_same_lines(cast):
    for name in AS_IT_CAME:
        least, most = rules.limit_range(name)
        for number in (least, most):
            with transaction.atomic():
                row = Limit.objects.create(
                    organisation=cast.london, name=name, days=number, set_by=cast.ada, set_at=NOW
                )
                row.delete()
        for number in {most + 1, least - 1} - {-1}:
            with pytest.raises(IntegrityError), transaction.atomic():
                Limit.objects.create(organisation=cast.london, name=name, days=number, set_by=cast.ada, set_at=NOW)


# --- Supposing -----------------------------------------------------------------------------------------------


def test_what_is_supposed_holds_inside_only_and_writes_nothing(cast):
    set_limit(cast.lambeth, "first_reminder", 30, by=cast.ada, at=NOW)
    with supposing(cast.london.pk, {"first_reminder": 90}):
        assert (held(cast.hfkcw), held(cast.lambeth)) == (90, 30)
    with supposing(cast.lambeth.pk, {"first_reminder": None}):
        assert held(cast.lambeth) == 45
    assert (held(cast.hfkcw), held(cast.lambeth)) == (45, 30)
    assert Limit.objects.count() == 1
