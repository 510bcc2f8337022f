"""Random histories of an alert over a year, and what must hold in each. The expected rungs are worked out here by
counting days, with limits and bank holidays written down again: nothing of the service's own rules is asked."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.alerts.stories import CONCERNS, END, fresh, ladder_of
from tracker.alerts import answering, ending, escalating, monitoring, raising
from tracker.alerts.facts import clocks
from tracker.alerts.models import Escalation
from tracker.alerts.operations import add_alert_action
from tracker.journal.models import Event, Notice
from tracker.people.models import User
from tracker.plans import operations as plans
from tracker.plans.models import Action
from tracker.refusals import NotAllowed, Refusal
from tracker.working_days import LONDON, NO_DATE

START = dt.date(2022, 8, 2)
HOLIDAYS = {
    dt.date(2022, 8, 29), dt.date(2022, 9, 19), dt.date(2022, 12, 26), dt.date(2022, 12, 27), dt.date(2023, 1, 2),
    dt.date(2023, 4, 7), dt.date(2023, 4, 10), dt.date(2023, 5, 1), dt.date(2023, 5, 8), dt.date(2023, 5, 29),
    dt.date(2023, 8, 28),
}  # fmt: skip
AFTER = {"rung_head": 0, "rung_region": 1, "rung_area": 2, "rung_chief_officer": 3, "rung_chief_executive": 5}
DAY = dt.timedelta(days=1)
PEOPLE = ["amira", "rosa", "helen", "ivy", "idris", "ben", "omar", "vera", "ada"]
LEADS, ABOVE, INSPECTORS = {"amira", "rosa", "helen"}, {"rosa", "helen"}, {"ivy", "idris"}
RUNNING = {"raised", "acknowledged", "responded", "monitoring", "stand_down_asked"}
# deed: (who may, from which states)
MAY = {
    "acknowledge": (LEADS, {"raised"}),
    "respond": (LEADS, {"acknowledged"}),
    "accept": (INSPECTORS, {"responded"}),
    "return_response": (INSPECTORS, {"responded"}),
    "read": (LEADS | INSPECTORS, RUNNING),
    "checkpoint": (ABOVE, {"monitoring", "stand_down_asked"}),
    "ask_end": ({"amira"}, {"monitoring"}),
    "agree_end": (ABOVE, {"stand_down_asked"}),
    "refuse_end": (ABOVE | INSPECTORS, {"stand_down_asked"}),
    "confirm_end": (INSPECTORS, {"stand_down_asked"}),
    "reopen": (INSPECTORS, {"stood_down"}),
    "withdraw": (INSPECTORS, RUNNING),
    "pause": (INSPECTORS, RUNNING),
    "cover": (LEADS, RUNNING),
    "give_up": ({"amira"}, RUNNING),
}
# Weighted, so that histories get somewhere: whoever may is asked more often than whoever may not.
_deed = st.one_of(
    st.sampled_from(sorted(MAY)).filter(lambda name: name != "withdraw").flatmap(
        lambda name: st.tuples(
            st.just(name), st.one_of(st.sampled_from(sorted(MAY[name][0])), st.sampled_from(PEOPLE)),
            st.integers(0, 1), st.integers(0, 1000),
        )
    ),
    st.tuples(st.just("withdraw"), st.sampled_from(PEOPLE), st.just(0), st.just(0)),
)  # fmt: skip
# Usual ways on, so that monitoring and its end are reached often.
_onward = st.sampled_from(
    [
        [("acknowledge", "amira", 0, 0), ("cover", "amira", 0, 0), ("cover", "rosa", 1, 0), ("respond", "amira", 0, 0)],
        [("return_response", "ivy", 0, 0), ("respond", "rosa", 0, 0)],
        [("accept", "ivy", 0, 0), ("read", "amira", 0, 300), ("read", "amira", 1, 80)],
        [("read", "amira", 0, 200), ("read", "rosa", 1, 90)],
        [("ask_end", "amira", 0, 0), ("agree_end", "rosa", 0, 0)],
        [("ask_end", "amira", 0, 0), ("agree_end", "helen", 0, 0), ("confirm_end", "idris", 0, 0)],
        [("reopen", "ivy", 0, 0)],
    ]
)
# (deeds of one day, days until the next, whether the scheduler is up in between)
HISTORY = st.lists(
    st.tuples(st.one_of(st.lists(_deed, max_size=3), _onward), st.sampled_from([0, 1, 1, 1, 2, 3, 7, 30]),
              st.booleans()),
    min_size=2, max_size=9,
)  # fmt: skip


def works(day, pauses) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS and not rests(day, pauses)


def rests(day, pauses) -> bool:
    return any(first <= day <= last for first, last in pauses)


@dataclass
class Watched:
    """One measure: (moment, day, value) of each reading of this cycle; all values by day; when it was first asked."""

    worse: str
    values: dict
    read: list = field(default_factory=list)
    worsened: list = field(default_factory=list)  # [moment, day, value before, moment answered or None]


@dataclass
class Story:
    """What happened, as somebody with a diary would know it."""

    raised: dt.date
    acknowledged: dt.date | None = None
    actions: list = field(default_factory=lambda: [set(), set()])  # ids by concern
    covered: dt.date | None = None
    rounds: list = field(default_factory=list)
    accepted: dt.datetime | None = None
    checkpoints: list = field(default_factory=list)
    pauses: list = field(default_factory=list)
    cycle: int = 1
    measures: list = field(default_factory=lambda: [
        Watched("up", {dt.date.min: 993}), Watched("down", {dt.date(2022, 8, 1): 60})
    ])  # fmt: skip

    def working(self, day, count):
        while count:
            day += DAY
            count -= works(day, self.pauses)
        return day

    def calendar(self, day, count):
        while count:
            day += DAY
            count -= not rests(day, self.pauses)
        return day

    def due(self):
        """(name, due, done on or None) of everything asked for in this cycle"""
        if self.cycle == 1:
            yield "acknowledge", self.working(self.raised, 1), self.acknowledged
            yield "immediate", self.working(self.raised, 3), self.covered
            due, name = self.working(self.raised, 10), "response"
            for responded, returned in [*self.rounds, (None, None)]:
                yield name, due, responded
                if returned is None:
                    break
                due, name = self.working(returned, 5), f"response again {returned} {len(name)}x"
        if self.accepted is None:
            return
        begun = self.accepted.astimezone(LONDON).date()
        for number, one in enumerate(self.measures):
            since = begun
            for _, day, _ in one.read:
                if day > since:
                    yield f"reading {number} {since}", self.calendar(since, 7), day
                    since = day
            yield f"reading {number} {since}", self.calendar(since, 7), None
            for turn, (_, day, _, answered) in enumerate(one.worsened):
                done = answered and answered.astimezone(LONDON).date()
                yield f"worsened {number} {turn}", day - DAY, done
        since = begun
        for at in [*self.checkpoints, None]:
            held = at and at.astimezone(LONDON).date()
            yield f"checkpoint {since}", self.calendar(since, 28), held
            since = held

    def standing(self, today) -> dict:
        """{(cycle, name, rung): (due, day)} of what stands on this day"""
        found = {}
        if rests(today, self.pauses):
            return found
        for name, due, done in self.due():
            for rung, after in AFTER.items():
                on = self.working(due, after) + DAY
                while rests(on, self.pauses):
                    on += DAY
                if on <= today and (done is None or done >= on):
                    found[self.cycle, name, rung] = (due, on)
        return found


class History:
    """Plays a history through the operations, and holds it against the diary at every look of the scheduler."""

    def __init__(self, cast):
        self.cast, self.today, self.minute, self.seen, self.last = cast, START, 0, {}, 0
        ladder_of(cast)
        self.people = {name: User.objects.get(pk=getattr(cast, name).pk) for name in PEOPLE}
        self.case = raising.raise_alert(
            cast.hfkcw, "unallocated", concerns=CONCERNS, required_text="Act.", by=self.people["ivy"], at=self.now(),
            measures=[("Unallocated", "", 0, "up", 993, None), ("Seen", "", 95, "down", 60, dt.date(2022, 8, 1))],
        )  # fmt: skip
        self.story = Story(raised=START)
        self.ended_by = {}

    def now(self):
        self.minute += 1
        return dt.datetime.combine(self.today, dt.time(0), tzinfo=LONDON).astimezone(dt.UTC) + dt.timedelta(
            minutes=self.minute
        )

    def play(self, history):
        for deeds, days, is_up in history:
            for deed in deeds:
                self.do(*deed)
            if is_up:
                self.look()
            for _ in range(days):
                self.today, self.minute = self.today + DAY, 0
                if is_up and days < 7:
                    self.look()
        self.look()
        self.look()

    # --- Deeds ---

    def do(self, deed, who, which, number):
        by, case = self.people[who], fresh(self.case)
        at = self.now()
        may = who in MAY[deed][0]
        open_now = case.state in MAY[deed][1]
        asked, agreed = case.end_asked_by_id, case.end_agreed_by_id
        before, events = Escalation.objects.count(), Event.objects.count()
        try:
            made = getattr(self, f"_{deed}")(case, by, which, number, at)
        except Refusal as refusal:
            assert not may or isinstance(refusal, Refusal)
            if not may:
                assert isinstance(refusal, NotAllowed), (deed, who, refusal)
            assert not (may and open_now and deed in ("acknowledge", "accept", "read", "checkpoint")), (deed, refusal)
            return
        if Event.objects.count() == events:
            return  # the same again by the same person: a double click, and one deed
        assert may and open_now, f"{deed} by {who} while {case.state}"
        if deed in ("agree_end", "refuse_end", "confirm_end"):
            assert by.pk != asked
        if deed == "confirm_end":
            assert agreed is not None and len({asked, agreed, by.pk}) == 3
        assert Escalation.objects.count() == before
        self.stored_rightly(at, exactly=deed != "give_up")
        getattr(self, f"_note_{deed}", lambda *_: None)(made, which, number, at)

    def _simple(module, name, *given):
        def act(self, case, by, which, number, at):
            return getattr(module, name)(case, *given, seen_version=case.version, by=by, at=at)

        return act

    _acknowledge = _simple(answering, "acknowledge")
    _respond = _simple(answering, "respond", "We act.")
    _accept = _simple(answering, "accept")
    _return_response = _simple(answering, "return_response", "Not enough.")
    _ask_end = _simple(ending, "ask_end", "We watch.", "People are safe.")
    _agree_end = _simple(ending, "agree_end")
    _refuse_end = _simple(ending, "refuse_end", "Not yet.")
    _confirm_end = _simple(ending, "confirm_end")
    _reopen = _simple(ending, "reopen", "It came back.")
    _withdraw = _simple(raising, "withdraw", "In error.")

    def _read(self, case, by, which, number, at):
        measure = case.measures.all()[which]
        return monitoring.add_readings(case, [monitoring.NewReading(measure, number, self.today)], by=by, at=at)

    def _checkpoint(self, case, by, which, number, at):
        return monitoring.hold_checkpoint(case, "Seen.", by=by, at=at)

    def _pause(self, case, by, which, number, at):
        first = self.today + DAY * (number % 5)
        return raising.pause(case, first, first + DAY * (number % 9), "A reason", by=by, at=at)

    def _cover(self, case, by, which, number, at):
        return add_alert_action(
            case, "Act", organisation=self.cast.hfkcw, owner_person=self.people["omar"], target=END,
            concerns=[case.concerns.all()[which]], by=by, at=at,
        )  # fmt: skip

    def _give_up(self, case, by, which, number, at):
        action = Action.objects.filter(alert=case, state="not_started").select_related(
            "organisation__parent__parent").first()  # fmt: skip
        if action is None or by.pk != self.people["amira"].pk:
            raise NotAllowed("Nobody gives up what is not there.")
        if case.state not in RUNNING:
            raise Refusal("It ended.")
        return plans.cancel_action(action, "No", seen_version=action.version, by=by, at=at)

    # --- The diary ---

    def _note_acknowledge(self, made, which, number, at):
        self.story.acknowledged = self.today

    def _note_cover(self, made, which, number, at):
        self.story.actions[which].add(made.pk)
        if all(self.story.actions) and self.story.covered is None:
            self.story.covered = self.today

    def _note_give_up(self, made, which, number, at):
        for its in self.story.actions:
            its.discard(made.pk)

    def _note_respond(self, made, which, number, at):
        self.story.rounds.append((self.today, None))

    def _note_return_response(self, made, which, number, at):
        self.story.rounds[-1] = (self.story.rounds[-1][0], self.today)

    def _note_accept(self, made, which, number, at):
        self.story.accepted = at

    def _note_checkpoint(self, made, which, number, at):
        self.story.checkpoints.append(at)
        self._answer(lambda worsened: True, at)

    def _note_pause(self, made, which, number, at):
        self.story.pauses.append((made.starts, made.ends))

    def _note_reopen(self, made, which, number, at):
        self.story.cycle, self.story.accepted, self.story.checkpoints = self.story.cycle + 1, at, []
        for one in self.story.measures:
            one.read, one.worsened = [], []

    def _note_read(self, made, which, number, at):
        one = self.story.measures[which]
        before = one.values[max(day for day in one.values if day < self.today)]
        up = one.worse == "up"
        self._answer(lambda w: w[1] == self.today or (number <= w[2] if up else number >= w[2]), at, [one])
        change = number - before if up else before - number
        worse = change > before * 0.1 + 1e-9
        assert made[0].worsened is worse, (before, number)
        one.values[self.today] = number
        if self.story.accepted is not None:
            one.read.append((at, self.today, number))
            if worse:
                one.worsened.append([at, self.today, before, None])

    def _answer(self, answers, at, measures=None):
        for one in measures or self.story.measures:
            for worsened in one.worsened:
                if worsened[3] is None and answers(worsened):
                    worsened[3] = at

    # --- The scheduler ---

    def look(self):
        case, at = fresh(self.case), self.now()
        self.stored_rightly(at)
        outcome = escalating.climb(at)
        self.stored_rightly(at, exactly=True)
        standing = self.story.standing(self.today) if case.state in RUNNING else {}
        wanted = {key: when for key, when in standing.items() if key not in self.seen}
        self.seen |= wanted
        rows = list(Escalation.objects.filter(pk__gt=self.last).order_by("pk"))
        self.last = max([self.last, *(row.pk for row in rows)])
        found = Counter((row.duty, row.rung, row.due, row.reached_on) for row in rows)
        expected = Counter((name.split()[0], rung, due, on) for (_, name, rung), (due, on) in wanted.items())
        assert found == expected, f"{self.today}: {found - expected} too many, {expected - found} missing"
        assert outcome.rungs == len(rows)
        told = Notice.objects.filter(kind="alert_rung", decided_at=at)
        assert len({notice.recipient_id for notice in told}) == len(told) == outcome.told
        self.monitoring_goes_on(case, at)
        self.ended_rightly(case)

    def stored_rightly(self, at, exactly=False):
        """The stored moment never lies later than what the rules say; right after a deed or a climb it is that."""
        case = fresh(self.case)
        recorded = set(Escalation.objects.values_list("occasion", "rung"))
        look = clocks([case], at)[case.pk].look(at, recorded)
        due = look.first.due if look.first else NO_DATE
        assert case.next_moment <= look.next_moment, f"{self.today}: {case.next_moment}, and not {look.next_moment}"
        assert case.next_due <= due, f"{self.today}: {case.next_due}, and not {due}"
        if exactly:
            kind = look.first.kind if look.first else ""
            assert (case.next_moment, case.next_due, case.next_duty) == (look.next_moment, due, kind), self.today

    def monitoring_goes_on(self, case, at):
        if case.state not in RUNNING:
            return
        clock = clocks([case], at)[case.pk]
        waiting = Counter(duty.kind for duty in clock.duties() if duty.done_on is None)
        if case.state in ("monitoring", "stand_down_asked"):
            assert waiting["reading"] == 2 and waiting["checkpoint"] == 1
        if case.state in ("raised", "acknowledged"):
            assert waiting["response"] == 1
        if waiting:
            assert clock.next_up(at)[0] is not None

    def ended_rightly(self, case):
        if case.state != "stood_down":
            return
        names = {self.people[name].pk: name for name in PEOPLE}
        three = [names[pk] for pk in (case.end_asked_by_id, case.end_agreed_by_id, case.end_confirmed_by_id)]
        assert three[0] == "amira" and three[1] in ABOVE and three[2] in INSPECTORS
