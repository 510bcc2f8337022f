"""What happens when limits are passed: recorded once, told once, to whoever answers now."""

import datetime as dt
import threading

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.alerts.stories import act_on, at, climb, fresh, ladder_of, monitored, raised, read, stood_down
from tests.cast import post
from tracker.alerts import answering, escalating, raising
from tracker.alerts.facts import clocks
from tracker.alerts.models import AlertCase, Concern, Escalation, Measure, Reading
from tracker.alerts.posts import Posts
from tracker.clocks.operations import set_limit
from tracker.journal.models import Event, Notice
from tracker.people.models import Cover
from tracker.plans import operations as plans
from tracker.tasks import climb_alerts

HEAD, REGION = "rung_head", "rung_region"


def rungs(**which):
    return list(Escalation.objects.filter(**which).order_by("reached_on", "pk").values_list("duty", "rung"))


def told_of_rungs():
    return [n.recipient.first_name for n in Notice.objects.filter(kind="alert_rung").order_by("pk")]


# --- Whom ---


def test_a_vacant_post_passes_to_the_one_above_and_says_so_and_that_is_told_once(cast):
    cast.head_of_hfkcw.holder, cast.head_of_hfkcw.vacant_since = None, dt.date(2022, 7, 1)
    cast.head_of_hfkcw.save()
    raised(cast, at(2))
    climb(at(4))
    climb(at(5))
    first, second = Escalation.objects.order_by("pk")
    assert (first.post, first.passed_on_from) == (cast.director_of_london, "Head of PDU, HFKCW (vacant)")
    assert (second.rung, second.post, second.passed_on_from) == (REGION, cast.director_of_london, "")
    assert told_of_rungs() == ["Rosa"]


def test_a_vacant_top_is_recorded_and_shows_as_trouble(cast):
    raised(cast, at(2))
    outcome = climb(at(9))
    assert outcome.trouble and outcome.nobody == 1 and "every post is vacant" in outcome.sentence
    row = Escalation.objects.get(post=None)
    assert row.rung == "rung_chief_officer"
    assert row.passed_on_from == "Chief Probation Officer (no such post); Chief executive of HMPPS (no such post)"


@pytest.mark.parametrize(
    ("where", "posts"),
    [
        ("hfkcw", ["Amira", "Rosa", "Arun", "Cora", "Elin"]),
        ("london", ["Rosa", "Rosa", "Arun", "Cora", "Elin"]),
        ("eastvale", ["Cora", "Cora", None, "Cora", "Elin"]),  # nobody heads Eastvale or Northmoor, and no area
        ("hmpps", ["Cora", None, None, "Cora", "Elin"]),
    ],
)
def test_which_post_a_rung_is(cast, where, posts):
    ladder_of(cast)
    place = type(cast.hmpps).objects.select_related("parent__parent").get(pk=getattr(cast, where).pk)
    found = [Posts(dt.date(2022, 8, 2)).at(rung, place) for rung in escalating.RUNGS]
    assert [one and one.reader.first_name for one in found] == posts


def test_the_head_of_hmpps_is_the_top_where_no_post_is_the_chief_executives(cast):
    post(cast.hmpps, "Director General", cast.helen, head=True)
    place = type(cast.hmpps).objects.select_related("parent__parent").get(pk=cast.hfkcw.pk)
    assert Posts(dt.date(2022, 8, 2)).at("rung_chief_executive", place).reader == cast.helen


@pytest.mark.parametrize("gone", [False, True])
def test_a_stand_in_is_told_and_one_who_left_is_not(cast, gone):
    Cover.objects.create(
        person=cast.amira, stand_in=cast.omar, starts=dt.date(2022, 8, 1), ends=dt.date(2022, 8, 31),
        named_by=cast.amira, named_at=at(1),
    )  # fmt: skip
    type(cast.omar).objects.filter(pk=cast.omar.pk).update(is_active=not gone)
    raised(cast, at(2))
    climb(at(4))
    assert told_of_rungs() == (["Amira"] if gone else ["Omar"])


def test_one_person_in_two_posts_reads_one_message(cast):
    cast.director_of_london.holder = cast.amira
    cast.director_of_london.save()
    raised(cast, at(2))
    climb(at(5))
    assert told_of_rungs() == ["Amira"] and len(rungs()) == 2


# --- What, and when ---


@pytest.mark.parametrize(
    ("moment", "stands"),
    [(at(3, 23, 59), []), (at(4, 0, 0), [("acknowledge", HEAD)]), (at(4, 23, 59), [("acknowledge", HEAD)])],
)
def test_midnight_in_london_in_summer(cast, moment, stands):
    raised(cast, at(2, 23, 59))
    climb(moment)
    assert rungs() == stands


def test_a_quarter_to_midnight_in_utc_is_the_next_day_in_london(cast):
    raised(cast, dt.datetime(2022, 8, 2, 23, 15, tzinfo=dt.UTC))  # the third of August in London
    climb(at(4, 12))
    assert rungs() == []
    climb(at(5, 0))
    assert rungs() == [("acknowledge", HEAD)]


def test_paused_none_and_after_it_the_rest(cast):
    case = raised(cast, at(2))
    raising.pause(case, dt.date(2022, 8, 3), dt.date(2022, 8, 5), "A fire", by=cast.ivy, at=at(2))
    for day in range(3, 9):
        climb(at(day, 12))
    assert rungs() == []
    climb(at(9, 0))  # working day 1 is Monday 8
    assert rungs() == [("acknowledge", HEAD)]


@pytest.mark.parametrize("ended", ["withdrawn", "historic", "undated"])
def test_nothing_climbs_of_what_has_no_clock(cast, ended):
    case = raised(cast, at(2))
    if ended == "withdrawn":
        raising.withdraw(case, "In error", seen_version=1, by=cast.ivy, at=at(2))
    else:
        AlertCase.objects.update(**{"live": False} if ended == "historic" else {"raised_at": None})
    assert climb(at(30)).looked_at == 0 and not rungs()


def test_a_limit_set_otherwise_does_not_climb_twice(cast):
    raised(cast, at(2))
    climb(at(4))
    set_limit(cast.london, "alert_acknowledge", 0, by=cast.ada, at=at(4))
    climb(at(4, 12))
    assert rungs() == [("acknowledge", HEAD), ("acknowledge", REGION)]
    set_limit(cast.london, "alert_acknowledge", 20, by=cast.ada, at=at(4))
    climb(at(5))
    assert len(rungs()) == 2


def test_an_action_given_up_later_was_there_all_the_same(cast):
    case = raised(cast, at(2))
    answering.acknowledge(case, seen_version=1, by=cast.amira, at=at(2))
    first, _ = act_on(case, cast, at(3))
    plans.cancel_action(first, "Another way", seen_version=1, by=cast.amira, at=at(8))
    climb(at(12))
    assert rungs() == []
    assert [concern.position for concern in answering.concerns_without_action(case)] == [1]


def test_covered_only_once_it_has_an_owner_and_a_date(cast):
    from tracker.alerts.operations import add_alert_action
    from tracker.plans.rules import read_target_date

    case = raised(cast, at(2), concerns=["One"])
    action = add_alert_action(
        case, "Allocate", organisation=cast.hfkcw, target=read_target_date(""), concerns=case.concerns.all(),
        by=cast.amira, at=at(3),
    )  # fmt: skip
    assert clocks([case], at(4))[case.pk].facts.covered_on is None
    plans.edit_action(
        action, what="Allocate", target=read_target_date("30 September 2022"), seen_version=1, by=cast.amira, at=at(4)
    )
    assert clocks([case], at(5))[case.pk].facts.covered_on is None
    action.refresh_from_db()
    plans.reassign(action, owner_person=cast.omar, seen_version=action.version, by=cast.amira, at=at(5))
    assert clocks([case], at(6))[case.pk].facts.covered_on == dt.date(2022, 8, 5)


def test_a_worsening_climbs_by_itself_until_it_is_answered(cast):
    case = monitored(cast, at(2))
    read(case, 500, dt.date(2022, 8, 4), by=cast.amira, moment=at(4))
    read(case, 550, dt.date(2022, 8, 5), by=cast.amira, moment=at(5))
    climb(at(5))
    assert rungs(duty="worsened") == [], "ten per cent is the margin, not beyond it"
    read(case, 606, dt.date(2022, 8, 6), by=cast.amira, moment=at(6))
    climb(at(6))
    assert rungs(duty="worsened") == [("worsened", HEAD)]
    read(case, 560, dt.date(2022, 8, 8), by=cast.amira, moment=at(8))
    climb(at(9))
    assert rungs(duty="worsened") == [("worsened", HEAD), ("worsened", REGION)], "560 is not back at 550"
    read(case, 550, dt.date(2022, 8, 9), by=cast.amira, moment=at(9, 11))
    climb(at(16))
    assert len(rungs(duty="worsened")) == 2


def test_a_correction_of_the_same_day_takes_a_worsening_back(cast):
    case = monitored(cast, at(2))
    read(case, 500, dt.date(2022, 8, 4), by=cast.amira, moment=at(4))
    read(case, 5000, dt.date(2022, 8, 5), by=cast.amira, moment=at(5))
    read(case, 500, dt.date(2022, 8, 5), by=cast.amira, moment=at(5, 11))
    climb(at(9))
    assert rungs(duty="worsened") == [("worsened", HEAD)], "it stood that day"


def test_after_a_reopening_only_readings_and_checkpoints_are_asked_for(cast):
    from tracker.alerts import ending

    case = stood_down(monitored(cast, at(2)), cast, at(5))
    climb(at(30))
    assert rungs() == []
    ending.reopen(case, "It came back", seen_version=case.version, by=cast.ivy, at=at(30))
    clock = clocks([fresh(case)], at(30))[case.pk]
    assert {duty.kind for duty in clock.duties()} == {"reading", "checkpoint"}
    assert {duty.due for duty in clock.duties()} == {dt.date(2022, 9, 6), dt.date(2022, 9, 27)}


def test_two_returns_are_two_clocks_also_when_nobody_looked_meanwhile(cast):
    case = raised(cast, at(2))
    answering.acknowledge(case, seen_version=1, by=cast.amira, at=at(2))
    act_on(case, cast, at(2))
    for sent, back in ((17, 18), (26, None)):  # the first a day late, the second too
        answering.respond(fresh(case), f"Sent on {sent}", seen_version=fresh(case).version, by=cast.amira, at=at(sent))
        if back:
            answering.return_response(
                fresh(case), "No", seen_version=fresh(case).version, by=cast.ivy, at=at(back)
            )  # fmt: skip
    climb(at(27))
    assert rungs() == [("response", HEAD), ("response", HEAD)]
    assert [row.reached_on.day for row in Escalation.objects.order_by("reached_on")] == [17, 26]


# --- Twice at once, killed, many ---


def at_once(*works):
    gate, faults = threading.Barrier(len(works)), []

    def body(work):
        try:
            gate.wait(10)
            work()
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=body, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not faults, faults


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_once_record_and_tell_each_once(cast):
    cases = [raised(cast, at(2)) for _ in range(6)]
    at_once(*[lambda: climb(at(9))] * 3)
    assert Escalation.objects.count() == 6 * 5
    assert Event.objects.filter(deed="escalated").count() == 6
    assert Notice.objects.filter(kind="alert_rung").count() == 6 * 2
    assert {n.subject_id for n in Notice.objects.filter(kind="alert_rung")} == {case.pk for case in cases}


@pytest.mark.django_db(transaction=True)
def test_acknowledged_in_the_moment_in_which_it_climbs(cast):
    case = raised(cast, at(2))
    at_once(
        lambda: climb(at(4)),
        lambda: answering.acknowledge(fresh(case), seen_version=1, by=cast.person("amira"), at=at(4)),
    )
    assert rungs() == [("acknowledge", HEAD)], "late it was, whoever came first"
    assert fresh(case).state == "acknowledged"


def test_killed_between_rung_and_notice_leaves_neither_and_the_next_run_both(cast, monkeypatch):
    raised(cast, at(2))

    class Killed(BaseException):
        pass

    def killed(*_, **__):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(escalating, "notify_all", killed)
        with pytest.raises(Killed), transaction.atomic():
            climb(at(4))
    assert not rungs() and not Event.objects.filter(deed="escalated").exists() and not told_of_rungs()
    climb(at(4))
    assert rungs() == [("acknowledge", HEAD)] and told_of_rungs() == ["Amira"]


def test_a_broken_alert_does_not_silence_the_others(cast, monkeypatch):
    bad, good = raised(cast, at(2)), raised(cast, at(2))
    reached = escalating.clocks

    def broken(cases, *args):
        found = reached(cases, *args)
        if bad.pk in found:
            object.__setattr__(found[bad.pk], "limits", {})
        return found

    monkeypatch.setattr(escalating, "clocks", broken)
    outcome = climb(at(4))
    assert outcome.failed and outcome.trouble
    assert {row.alert_id for row in Escalation.objects.all()} == {good.pk}


def queries(moment):
    with CaptureQueriesContext(connection) as said:
        climb(moment)
    return [q["sql"] for q in said]


def many(cast, count):
    cases = AlertCase.objects.bulk_create(
        AlertCase(
            organisation=cast.hfkcw, live=True, raised_at=at(2), raised_by=cast.ivy, opened_at=at(2),
            state="monitoring", acknowledged_at=at(2), responded_at=at(2), accepted_at=at(3),
        )
        for _ in range(count)
    )  # fmt: skip
    Concern.objects.bulk_create(Concern(alert=case, position=1, text="One") for case in cases)
    measures = Measure.objects.bulk_create(
        Measure(alert=case, position=1, name="Unallocated", worse="up") for case in cases
    )
    Reading.objects.bulk_create(
        Reading(measure=one, value=100 + n, as_at=dt.date(2022, 8, 4 + n), by=cast.amira, at=at(4 + n))
        for one in measures for n in range(3)
    )  # fmt: skip
    return cases


def test_as_many_queries_for_a_full_batch_of_alerts_as_for_five(cast):
    many(cast, 5)
    few = queries(at(10))
    assert len(queries(at(10))) <= 6, "none of them waits: nothing is read"
    many(cast, 490)
    assert len(queries(at(10))) == len(few) <= 25, len(few)
    first = queries(at(14))  # many rungs at once: written in few statements too
    assert Escalation.objects.count() == 495
    assert len(first) <= 60, len(first)
    assert Notice.objects.filter(kind="alert_rung").count() == 495


def test_the_timetable_climbs(cast):
    AlertCase.objects.filter(pk=raised(cast, at(2)).pk).update(live=True)
    climb_alerts()
    assert len(rungs()) >= 8, "2022 is long ago"


def test_months_after_its_acceptance_nothing_of_its_first_days_is_found_anew(cast):
    """Covered in time and accepted later: what is not looked at any more is not late."""
    case = monitored(cast, at(2))
    AlertCase.objects.filter(pk=case.pk).update(accepted_at=at(15))
    climb(at(15, 12))
    assert rungs() == []
    for day in range(15, 31):
        read(case, 1, dt.date(2022, 8, day), by=cast.amira, moment=at(day))
    climb(at(28, 12, 0, 12))
    assert {duty for duty, _ in rungs()} == {"reading", "checkpoint"}
