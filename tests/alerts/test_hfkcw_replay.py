"""The HFKCW alert day by day, from Tuesday 2 August 2022 (assumed: the report prints no day), against a table written
by hand: every rung, every notice and every refusal, and nothing else."""

import datetime as dt
from collections import defaultdict

import pytest

from tests.alerts.stories import END, at, climb, fresh, ladder_of, raised, read
from tracker.alerts import answering, ending, monitoring, raising
from tracker.alerts.models import Escalation
from tracker.alerts.operations import add_alert_action
from tracker.journal.models import Event, Notice
from tracker.plans import verifying
from tracker.plans.models import Action
from tracker.refusals import Refusal
from tracker.working_days import london_day

NAMED, SEEN = "Cases without a named practitioner", "Share of cases seen"
HEAD, REGION, AREA, CHIEF, TOP = (
    "rung_head", "rung_region", "rung_area", "rung_chief_officer", "rung_chief_executive",
)  # fmt: skip

# What happens on a day of 2022: rungs as (duty, rung), then who is told what. Written by hand from the limits:
# acknowledge by Wednesday 3 August, actions by Friday 5, response by Tuesday 16; a returned response 5 working days,
# Monday 29 August being a bank holiday; readings each 7 days, a checkpoint after 28, a pause not counted.
TABLE = {
    "08-02": ([], ["Amira alert_raised", "Rosa alert_raised"]),
    "08-04": ([("acknowledge", HEAD)], ["Amira alert_rung"]),
    "08-05": ([("acknowledge", REGION)], ["Rosa alert_rung", "Ivy alert_acknowledged"]),
    "08-06": ([("immediate", HEAD)], ["Amira alert_rung"]),  # a Saturday
    "08-09": ([("immediate", REGION)], ["Rosa alert_rung"]),
    "08-16": ([], ["Ivy alert_responded"]),
    "08-17": ([], ["Amira alert_returned"]),
    "08-25": ([("response", HEAD)], ["Amira alert_rung"]),
    "08-26": ([("response", REGION)], ["Rosa alert_rung"]),
    "08-27": ([("response", AREA)], ["Arun alert_rung", "Ivy alert_responded"]),  # a Saturday
    "08-30": ([], ["Amira alert_accepted"]),
    "09-12": ([("worsened", HEAD)], ["Ivy alert_worsened", "Amira alert_rung"]),
    "09-13": ([("worsened", REGION), ("reading", HEAD)], ["Rosa alert_rung", "Amira alert_rung"]),
    "09-14": ([("worsened", AREA)], ["Arun alert_rung", "Amira checkpoint_held"]),
    "09-15": ([], ["Amira alert_paused", "Rosa alert_paused"]),
    "10-10": ([], ["Rosa end_asked", "Ivy end_asked", "Ivy end_agreed"]),
    "10-11": ([], ["Amira alert_stood_down", "Rosa alert_stood_down"]),
    "11-01": ([], ["Amira alert_reopened", "Rosa alert_reopened", "Ivy alert_reopened"]),
    "11-09": ([("reading", HEAD), ("reading", HEAD)], ["Amira alert_rung"]),
    "11-10": ([("reading", REGION), ("reading", REGION)], ["Rosa alert_rung"]),
    "11-11": ([("reading", AREA), ("reading", AREA)], ["Arun alert_rung"]),
    "11-12": ([("reading", CHIEF), ("reading", CHIEF)], ["Cora alert_rung"]),
    "11-15": ([], ["Amira alert_withdrawn", "Rosa alert_withdrawn"]),
}
STATES = {
    "08-02": "raised", "08-05": "acknowledged", "08-16": "responded", "08-17": "acknowledged", "08-27": "responded",
    "08-30": "monitoring", "10-10": "stand_down_asked", "10-11": "stood_down", "11-01": "monitoring",
    "11-15": "withdrawn",
}  # fmt: skip


@pytest.fixture
def story(cast):
    """{day of 2022: (hour, deed, what it is refused with or None) each}"""
    ladder_of(cast)
    known = {}

    def case():
        return fresh(known["case"])

    def take(deed, *args, by):
        def act(moment):
            return deed(case(), *args, seen_version=case().version, by=by, at=moment)

        return act

    def begin(moment):
        known["case"] = raised(cast, moment)

    def cover(position):
        def act(moment):
            concern = case().concerns.get(position=position)
            add_alert_action(
                case(), f"Allocate {position}", organisation=cast.hfkcw, owner_person=cast.omar, target=END,
                concerns=[concern], by=cast.amira, at=moment,
            )  # fmt: skip

        return act

    def reading(**values):
        def act(moment):
            for name, value in values.items():
                label = {"named": NAMED, "seen": SEEN}[name]
                read(case(), value, london_day(moment), by=cast.amira, moment=moment, name=label)

        return act

    def verify(moment):
        for action in Action.objects.filter(alert=case()).select_related("organisation__parent__parent"):
            verifying.claim(action, "Done.", seen_version=action.version, by=cast.omar, at=moment)
            verifying.verify(action, "good", seen_version=action.version, by=cast.ivy, at=moment)

    def pause(moment):
        raising.pause(
            case(), dt.date(2022, 9, 17), dt.date(2022, 9, 26), "National mourning", by=cast.ivy, at=moment
        )  # fmt: skip

    def look(by):
        return lambda moment: monitoring.hold_checkpoint(case(), "I went there.", by=by, at=moment)

    ask = take(ending.ask_end, "Weekly checks go on.", by=cast.amira)
    return known, {
        "08-02": [(10, begin, None)],
        "08-03": [(9, take(answering.acknowledge, by=cast.ivy), "only")],
        "08-05": [
            (12, take(answering.acknowledge, by=cast.amira), None),
            (13, take(answering.acknowledge, by=cast.rosa), "while it is acknowledged"),
        ],
        "08-08": [(15, cover(1), None), (16, take(answering.respond, "We act.", by=cast.amira), "Concern 2")],
        "08-09": [(11, cover(2), None)],
        "08-16": [(17, take(answering.respond, "We act.", by=cast.amira), None)],
        "08-17": [
            (9, take(answering.return_response, "", by=cast.ivy), "Say what the response lacks"),
            (10, take(answering.return_response, "Who takes the 58 MAPPA cases?", by=cast.ivy), None),
        ],
        "08-27": [(9, take(answering.respond, "The MAPPA lead takes them.", by=cast.amira), None)],
        "08-30": [(10, take(answering.accept, by=cast.ivy), None)],
        "09-05": [(10, reading(named=800, seen=62), None)],
        "09-12": [(10, reading(named=900), None)],
        "09-13": [(14, reading(seen=63), None)],
        "09-14": [(11, look(cast.amira), "only"), (12, look(cast.rosa), None)],
        "09-15": [(10, pause, None)],
        "09-29": [(10, reading(named=300, seen=80), None)],
        "10-06": [(10, reading(named=0, seen=96), None)],
        "10-07": [(10, ask, "2 of the 2 required actions are not verified"), (11, verify, None)],
        "10-10": [
            (9, take(ending.ask_end, "Weekly checks go on.", by=cast.rosa), "only"),
            (10, ask, None),
            (11, take(ending.confirm_end, by=cast.ivy), "A lead of a higher level has to agree first"),
            (12, take(ending.agree_end, by=cast.amira), "only"),
            (13, take(ending.agree_end, by=cast.rosa), None),
            (14, take(ending.confirm_end, by=cast.rosa), "only"),
        ],
        "10-11": [(10, take(ending.confirm_end, by=cast.ivy), None)],
        "10-12": [(10, reading(named=5), "while it is stood down")],
        "11-01": [(10, take(ending.reopen, "The cases are back.", by=cast.idris), None)],
        "11-14": [(10, reading(named=0, seen=96), None)],
        "11-15": [(10, take(raising.withdraw, "Tracked as a new alert.", by=cast.ivy), None)],
    }


def days():
    day = dt.date(2022, 8, 1)
    while day < dt.date(2022, 11, 20):
        yield day
        day += dt.timedelta(days=1)


def test_every_rung_notice_and_refusal(cast, story):
    known, deeds = story
    happened, states, refused = defaultdict(lambda: ([], [])), {}, {}
    rungs = notices = 0
    for day in days():
        moments = [at(day.day, 0, 0, day.month), at(day.day, 23, 59, day.month)]
        name = f"{day:%m-%d}"
        climb(moments[0])
        for hour, deed, sentence in deeds.get(name, ()):
            moment = at(day.day, hour, 0, day.month)
            if sentence is None:
                deed(moment)
            else:
                before = (Event.objects.count(), Notice.objects.count())
                with pytest.raises(Refusal) as refusal:
                    deed(moment)
                assert sentence in str(refusal.value), name
                assert before == (Event.objects.count(), Notice.objects.count())
                refused[name, hour] = True
            climb(moment)
            climb(moment + dt.timedelta(seconds=30))
        climb(moments[1])
        new = Escalation.objects.filter(pk__gt=rungs).order_by("pk")
        told = Notice.objects.filter(pk__gt=notices, subject_kind="alertcase").order_by("pk")
        if new or told:
            assert {row.reached_on for row in new} <= {day}
            happened[name] = (
                [(row.duty, row.rung) for row in new],
                [f"{notice.recipient.first_name} {notice.kind}" for notice in told],
            )
        rungs = max([rungs, *(row.pk for row in new)])
        notices = max([notices, *(notice.pk for notice in told)])
        if known and states.get("last") != (state := fresh(known["case"]).state):
            states[name] = states["last"] = state
    states.pop("last")
    assert {day: (sorted(a), sorted(b)) for day, (a, b) in happened.items()} == {
        day: (sorted(a), sorted(b)) for day, (a, b) in TABLE.items()
    }
    assert states == STATES
    assert len(refused) == sum(sentence is not None for its in deeds.values() for _, _, sentence in its) == 11
    assert fresh(known["case"]).cycle == 2


def test_down_for_a_week_all_rungs_and_one_message_each(cast):
    """Down from Tuesday 2 August to Thursday 11: what was passed is recorded, each told once since when."""
    ladder_of(cast)
    case = raised(cast, at(2))
    outcome = climb(at(11, 0))
    rows = [(row.reached_on.day, row.duty, row.rung) for row in Escalation.objects.order_by("reached_on", "pk")]
    assert rows == [
        (4, "acknowledge", HEAD), (5, "acknowledge", REGION), (6, "acknowledge", AREA), (6, "immediate", HEAD),
        (9, "acknowledge", CHIEF), (9, "immediate", REGION), (10, "immediate", AREA), (11, "acknowledge", TOP),
        (11, "immediate", CHIEF),
    ]  # fmt: skip
    assert outcome.rungs == 9
    told = Notice.objects.filter(kind="alert_rung").order_by("pk")
    assert sorted(notice.recipient.first_name for notice in told) == ["Amira", "Arun", "Cora", "Elin", "Rosa"]
    assert {n.recipient.first_name: n.occasion for n in told}["Rosa"] == "cycle 1 immediate first rung_region"
    assert Event.objects.about(case).filter(deed="escalated").get().after["number"] == 9
    assert climb(at(11, 0, 1)).rungs == 0
    assert {(row.duty, row.rung) for row in Escalation.objects.filter(recorded_at__gte=at(12, 0))} == set()
    climb(at(13, 0))
    assert Escalation.objects.count() == 10, "the chief executive for the actions, on Saturday 13"


def test_done_while_it_was_down_is_recorded_and_nobody_is_told(cast):
    ladder_of(cast)
    case = raised(cast, at(2))
    answering.acknowledge(case, seen_version=1, by=cast.amira, at=at(5, 12))
    for concern in case.concerns.all():
        add_alert_action(
            case, "Allocate", organisation=cast.hfkcw, owner_person=cast.omar, target=END, concerns=[concern],
            by=cast.amira, at=at(5, 12),
        )  # fmt: skip
    climb(at(11))
    assert [row.rung for row in Escalation.objects.order_by("reached_on")] == [HEAD, REGION]
    assert not Notice.objects.filter(kind="alert_rung").exists()
