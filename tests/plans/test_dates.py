"""Another date for an action: asked by Amira, decided by Rosa; the first date stays on show."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from tests.cast import NOW
from tracker.clocks.operations import set_limit
from tracker.journal.models import Event
from tracker.plans import dates, operations, verifying
from tracker.plans.models import Action, DateChange
from tracker.plans.rules import read_target_date, slip_words
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal


@pytest.fixture
def action(cast, add):
    return add("Allocate every case", "1 March 2027", owner_person=cast.omar)


def fresh(action):
    return Action.objects.select_related("organisation__parent__parent", "plan").get(pk=action.pk)


def ask(action, cast, target="1 April 2027", reason="Two officers left.", **how):
    action = fresh(action)
    how = {"seen_version": action.version, "by": cast.person("amira"), "at": NOW} | how
    return dates.ask_date(action, read_target_date(target), reason, **how)


def test_it_moves_twice_and_says_so(cast, action):
    dates.agree_date(ask(action, cast), "Understood.", by=cast.rosa, at=NOW)
    dates.agree_date(ask(action, cast, "1 May 2027"), by=cast.helen, at=NOW)
    now = fresh(action)
    assert (now.due_by, now.first_due_by) == (dt.date(2027, 5, 1), dt.date(2027, 3, 1))
    assert slip_words(now.times_moved, now.slip_days) == "moved twice, 61 days after the first date"
    assert now.follow_ups.get().next_due == dt.date(2027, 5, 1) or now.follow_ups.get().state == "awaiting"
    deeds = Event.objects.about(action).order_by("pk").values_list("deed", flat=True)
    assert list(deeds) == ["action_added", "date_asked", "date_agreed", "date_asked", "date_agreed"]
    assert [c.reason for c in DateChange.objects.filter(action=action)] == ["Two officers left."] * 2


def test_refused_it_stays_and_can_be_asked_again(cast, action):
    change = dates.refuse_date(ask(action, cast), "The risk is too high.", by=cast.rosa, at=NOW)
    assert change.comment == "The risk is too high." and fresh(action).due_by == dt.date(2027, 3, 1)
    assert ask(action, cast, "20 March 2027").state == "asked"


def test_taken_back_by_who_asked(cast, action):
    dates.withdraw_date(ask(action, cast), by=cast.amira, at=NOW)
    assert fresh(action).times_moved == 0
    with pytest.raises(Refusal, match="while it is withdrawn"):
        dates.agree_date(DateChange.objects.get(), by=cast.rosa, at=NOW)


def test_one_question_at_a_time(cast, action):
    ask(action, cast)
    with pytest.raises(AlreadyMoved, match="Amira Khan has asked for 1 April 2027 already"):
        ask(action, cast, "1 June 2027")


def test_a_double_click_is_one_question(cast, action):
    key = "6f1c2a34-1111-4222-8333-444455556666"
    assert ask(action, cast, key=key) == ask(action, cast, key=key)
    assert DateChange.objects.count() == 1


@pytest.mark.parametrize(
    ("target", "reason", "sentence"),
    [
        ("1 April 2027", " ", "Say why the date has to move"),
        ("1 March 2027", "Late", "already"),
        ("1 March 2020", "Late", "already past"),
        ("", "Late", "not taken away"),
        ("Ongoing", "Late", "Ongoing with a review date"),
    ],
)
def test_what_is_refused(cast, action, target, reason, sentence):
    with pytest.raises(Refusal, match=sentence):
        ask(action, cast, target, reason)
    assert not DateChange.objects.exists()


def test_at_once_where_the_setting_allows(cast, action):
    set_limit(cast.london, "free_slip", 31, by=cast.ada, at=NOW)
    assert ask(action, cast).state == "agreed"
    assert fresh(action).due_by == dt.date(2027, 4, 1)
    assert ask(action, cast, "2 April 2027").state == "asked"  # 32 days after the first date


@pytest.mark.parametrize("name", ["amira", "ben", "omar", "vera", "ivy", "ada", "niall"])
def test_only_the_level_above_decides(cast, action, name):
    change = ask(action, cast)
    with pytest.raises(NotAllowed):
        dates.agree_date(change, by=cast.person(name), at=NOW)


@pytest.mark.parametrize("name", ["rosa", "helen", "omar", "ben", "ivy", "vera"])
def test_only_leads_of_the_place_ask(cast, action, name):
    with pytest.raises(NotAllowed):
        ask(action, cast, by=cast.person(name))


def test_nobody_agrees_to_their_own(cast, action):
    change = ask(action, cast)
    with pytest.raises(IntegrityError, match="nobody_agrees_to_their_own_date"), transaction.atomic():
        DateChange.objects.filter(pk=change.pk).update(state="agreed", decided_by=cast.amira)


def test_a_claim_ends_the_question(cast, action):
    change = ask(action, cast)
    verifying.claim(fresh(action), "All are allocated.", seen_version=1, by=cast.omar, at=NOW)
    change.refresh_from_db()
    assert change.state == "withdrawn"


def test_a_cancelled_action_asks_no_more(cast, action):
    change = ask(action, cast)
    operations.cancel_action(fresh(action), "Done elsewhere", seen_version=1, by=cast.amira, at=NOW)
    change.refresh_from_db()
    assert change.state == "withdrawn"


@pytest.mark.django_db(transaction=True)
def test_agreed_and_refused_in_the_same_second(cast, action, at_once):
    change = ask(action, cast)

    def copy():
        return DateChange.objects.select_related("action__organisation__parent__parent", "asked_by").get(pk=change.pk)

    one, two, rosa, helen = copy(), copy(), cast.person("rosa"), cast.person("helen")
    results = at_once(
        lambda: dates.agree_date(one, by=rosa, at=NOW), lambda: dates.refuse_date(two, "No.", by=helen, at=NOW)
    )
    assert len([r for r in results if isinstance(r, Refusal)]) == 1
    change.refresh_from_db()
    assert (fresh(action).times_moved == 1) is (change.state == "agreed")
    assert Event.objects.about(action).count() == 3


def test_how_often_and_how_far_the_dates_of_a_place_moved(cast, add, action):
    assert dates.slip_of(Action.objects.all()) == {"moved": 0, "times": 0, "days": 0, "asked": 0}
    other, third = add("Train all", "1 March 2027"), add("Keep a register", "1 March 2027")
    for target in ("1 April 2027", "1 May 2027"):
        dates.agree_date(ask(action, cast, target), by=cast.rosa, at=NOW)
    dates.agree_date(ask(other, cast, "11 March 2027"), by=cast.rosa, at=NOW)
    ask(third, cast)
    assert dates.slip_of(Action.objects.filter(organisation=cast.hfkcw)) == {
        "moved": 2, "times": 3, "days": 71, "asked": 1,
    }  # fmt: skip
    assert dates.slip_of(Action.objects.filter(organisation=cast.lambeth))["moved"] == 0
