"""Random histories of what people do over a year to two inspections, an alert and the places themselves, by the
operations. At the end of each day the overview is read from the rows, for whoever asks later what it was."""

import datetime as dt

from hypothesis import strategies as st

from inspections import organisations
from tests.cast import inspection
from tracker.alerts import answering, ending, raising
from tracker.alerts.models import AlertCase
from tracker.alerts.operations import add_alert_action
from tracker.exports import evidence_pack, progress
from tracker.exports.action_plan import joined_plan
from tracker.insight.numbers import overview
from tracker.insight.standing import standing
from tracker.plans import bulk, closing, dates, opening, operations, submitting, verifying
from tracker.plans.models import Action, ActionPlan, DateChange, FollowUp
from tracker.plans.previous import what_became
from tracker.plans.rules import read_target_date
from tracker.published.operations import bring_in_organisations
from tracker.refusals import Refusal
from tracker.working_days import LONDON

START = dt.date(2026, 1, 28)
READERS = (("ivy", "hmpps"), ("idris", "hmpps"), ("rosa", "london"), ("niall", "northmoor"), ("ben", "lambeth"))
PROVED = 2  # recommendations whose evidence pack is printed daily
EVIDENCE_PARTS = ("recommendation", "addressee", "inspection__organisation", "owner_post__holder", "owner_person")
RESPONSES = ("agreed", "partly_agreed", "not_agreed")


def of_page(stood):
    """What the page of a place shows of a `Standing`."""
    work = [
        (row.pk, row.state, row.live, row.next_due, getattr(row, "owner_then", "") or row.owner_words)
        for row in stood.work
    ]
    alerts = sorted((case.pk, case.state) for case in stood.alerts)
    return stood.open, stood.late, stood.next, work, stood.slip, alerts


class History:
    """``said``: (reader, place, day, what its overview said, and what the place's own page); ``printed``: (inspection,
    day, its action plan, its progress against what was recommended before); ``proved``: (follow-up, day, its evidence
    pack)."""

    def __init__(self, cast):
        self.cast, self.today, self.minute, self.done = cast, START, 0, []
        self.said, self.printed, self.proved = [], [], []
        report = inspection(
            cast.hfkcw, [(cast.hfkcw, 2), (cast.london, 1), (cast.hmpps, 1)], published=dt.date(2026, 1, 5),
            at=self.now(), by=cast.ivy,
        )  # fmt: skip
        old = [(cast.lambeth, 2), (cast.london, 1)]
        other = inspection(cast.lambeth, old, published=dt.date(2025, 6, 1), live=False, at=self.now(), by=cast.ivy)
        self.reports = [report, other]
        self.bring("London", "")  # it has its code from now on

    def now(self) -> dt.datetime:
        self.minute += 1
        return dt.datetime.combine(self.today, dt.time(9), tzinfo=LONDON) + dt.timedelta(minutes=self.minute)

    def play(self, history) -> None:
        for deeds, days in history:
            for deed, number in deeds:
                try:
                    made = getattr(self, f"_{deed}")(number)
                except Refusal:
                    continue
                if made is not None:
                    self.done.append(deed)
            for who, where in READERS:
                place, reader = getattr(self.cast, where), self.cast.person(who)
                stood = of_page(standing(reader, place, self.today))
                self.said.append((who, place, self.today, overview(reader, place, self.today), stood))
            for report in self.reports:
                now = type(report).objects.select_related("organisation").get(pk=report.pk)
                plan = joined_plan(self.cast.ivy, now, self.today)
                earlier = progress.paper_of(now, what_became(self.cast.ivy, now), self.today)
                self.printed.append((report, self.today, plan.parts, earlier.blocks))
            for row in FollowUp.objects.select_related(*EVIDENCE_PARTS).order_by("pk")[:PROVED]:
                pack = evidence_pack.evidence_behind(self.cast.ivy, row, self.today)
                self.proved.append((row.pk, self.today, evidence_pack.paper_of(self.cast.ivy, pack).blocks))
            self.today, self.minute = self.today + dt.timedelta(days=days), 0

    # --- Whose turn it is ---

    def one(self, rows, number):
        found = list(rows.order_by("pk"))
        return found[number % len(found)] if found else None

    def follow_up(self, number, **which):
        rows = FollowUp.objects.filter(**which).select_related(
            "recommendation", "addressee__parent__parent", "inspection__organisation", "plan", "owner_post__holder",
            "owner_person",
        )  # fmt: skip
        return self.one(rows, number)

    def action(self, number, **which):
        rows = Action.objects.filter(**which).select_related(
            "plan", "organisation__parent__parent", "owner_post__holder", "owner_person"
        )
        return self.one(rows, number)

    def case(self, number, **which):
        return self.one(AlertCase.objects.filter(**which).select_related("organisation__parent__parent"), number)

    def lead(self, place):
        return self.cast.person(
            {"hfkcw": "amira", "lambeth": "ben", "london": "rosa", "northmoor": "niall", "hmpps": "helen"}[place.slug]
        )

    def above(self, place):
        return self.lead(place.parent) if place.parent else self.cast.person("helen")

    def how(self, row, who=None):
        who = who if who is not None else self.lead(getattr(row, "addressee", None) or row.organisation)
        return {"seen_version": row.version, "by": who, "at": self.now()}

    def ivy(self, row):
        return self.how(row, self.cast.person("ivy"))

    def target(self, number):
        return read_target_date((self.today + dt.timedelta(days=number % 60 - 15)).isoformat())

    # --- Recommendations ---

    def _answer(self, number):
        if row := self.follow_up(number, state__in=["awaiting", "open"]):
            return operations.answer(
                row, RESPONSES[number % 3], response_text=f"We do {number}", part_agreed="a", part_not_agreed="b",
                reason="no", approver="Rosa", **self.how(row),
            )  # fmt: skip

    def _close(self, number):
        if row := self.follow_up(number, state="open", actions__state="verified"):
            return closing.close(row, **self.ivy(row))

    def _not_agreed(self, number):
        if row := self.follow_up(number, state="open", response="not_agreed"):
            return closing.close_not_agreed(row, **self.ivy(row))

    def _risk(self, number):
        if row := self.follow_up(number, state="open"):
            back = self.today + dt.timedelta(days=1 + number % 40)
            return closing.accept_risk(row, "Too dear", back, **self.how(row, self.above(row.addressee)))

    def _return_risks(self, number):
        return closing.return_accepted_risks(today=self.today, at=self.now()) or None

    def _supersede(self, number):
        row, by = self.follow_up(number, state__in=["awaiting", "open"]), self.follow_up(number // 7)
        if row and number % 3 == 0:
            return closing.supersede(row, by, "Said again", **self.ivy(row))

    def _reopen(self, number):
        if row := self.follow_up(number, state__in=["implemented", "not_implemented", "superseded"]):
            return closing.reopen(row, "It came back", **self.ivy(row))

    def _start_clock(self, number):
        if row := self.follow_up(number, live=False):
            return opening.start_clock(row, **self.ivy(row))

    def _assign(self, number):
        if row := self.follow_up(number):
            return operations.assign(row, owner_person=self.lead(row.addressee), **self.how(row))

    # --- Plans ---

    def _submit(self, number):
        if plan := self.one(ActionPlan.objects.select_related("organisation__parent__parent"), number):
            return submitting.submit(plan, **self.how(plan))

    def _sign_off(self, number):
        plans = ActionPlan.objects.filter(state="submitted").select_related("organisation__parent__parent")
        if plan := self.one(plans, number):
            deed = submitting.sign_off if number % 2 else submitting.send_back
            return deed(plan, "Read", **self.how(plan, self.above(plan.organisation)))

    # --- Actions ---

    def _add_action(self, number):
        if row := self.follow_up(number, state__in=["awaiting", "open"]):
            target = self.target(number) if number % 4 else read_target_date("Ongoing")
            return operations.add_action(
                row, f"Do {number}", target=target, date_reason="late", owner_person=self.lead(row.addressee),
                by=self.lead(row.addressee), at=self.now(),
            )  # fmt: skip

    def _edit(self, number):
        if row := self.action(number, state__in=["not_started", "in_progress"], plan__isnull=False):
            target = self.target(number // 3) if number % 5 else read_target_date("")
            return operations.edit_action(
                row, what=f"Do {number} otherwise", owner_person=row.owner_person, target=target, date_reason="so",
                **self.how(row),
            )  # fmt: skip

    def _ask(self, number):
        if row := self.action(number, state__in=["not_started", "in_progress"]):
            return dates.ask_date(row, self.target(number // 2 % 30 + 20), "Two left", **self.how(row))

    def question(self, number):
        rows = DateChange.objects.filter(state="asked").select_related(
            "action__plan", "action__organisation__parent__parent", "asked_by"
        )
        return self.one(rows, number)

    def _agree(self, number):
        if asked := self.question(number):
            return dates.agree_date(asked, by=self.above(asked.action.organisation), at=self.now())

    def _refuse_date(self, number):
        if asked := self.question(number):
            return dates.refuse_date(asked, "No", by=self.above(asked.action.organisation), at=self.now())

    def _withdraw_date(self, number):
        if asked := self.question(number):
            return dates.withdraw_date(asked, by=self.lead(asked.action.organisation), at=self.now())

    def _move(self, number):
        if row := self.action(number, state__in=["not_started", "in_progress"]):
            how = self.how(row)
            seen = {row.pk: how.pop("seen_version")}
            return bulk.move([row], self.target(number % 30 + 16), "All of them", seen=seen, **how).of_one()

    def _update(self, number):
        if row := self.action(number, state__in=["not_started", "in_progress"]):
            by = self.lead(row.organisation)
            return operations.post_update(row, "Two of four", confidence="at_risk", by=by, at=self.now())

    def _claim(self, number):
        if row := self.action(number, state__in=["not_started", "in_progress"]):
            return verifying.claim(row, "Done", **self.how(row))

    def _verify(self, number):
        if row := self.action(number, state="claimed"):
            return verifying.verify(row, "good", **self.ivy(row))

    def _send_back(self, number):
        if row := self.action(number, state="claimed"):
            return verifying.send_back(row, "insufficient", "Not yet", **self.ivy(row))

    def _cancel(self, number):
        if (row := self.action(number, state__in=["not_started", "in_progress"])) and number % 2:
            return operations.cancel_action(row, "No need", **self.how(row))

    # --- Alerts ---

    def _raise_alert(self, number):
        place = self.cast.hfkcw if number % 2 else self.cast.lambeth
        # A restricted one only where nothing moves: who may know of it is always today's to say.
        return raising.raise_alert(
            self.fresh(place), "unseen", concerns=["People are not seen"], required_text="See them.",
            restricted=number % 6 == 3, by=self.cast.person("ivy"), at=self.now(),
        )  # fmt: skip

    def _acknowledge(self, number):
        if case := self.case(number, state="raised"):
            return answering.acknowledge(case, **self.how(case))

    def _act_on_alert(self, number):
        if case := self.case(number):
            lead = self.lead(case.organisation)
            return add_alert_action(
                case, "See them", organisation=case.organisation, owner_person=lead, target=self.target(number),
                concerns=case.concerns.all(), by=lead, at=self.now(),
            )  # fmt: skip

    def _respond(self, number):
        if case := self.case(number, state="acknowledged"):
            return answering.respond(case, f"We do {number}", **self.how(case))

    def _accept(self, number):
        if case := self.case(number, state="responded"):
            return answering.accept(case, **self.ivy(case))

    def _return_response(self, number):
        if (case := self.case(number, state="responded")) and number % 3 == 0:
            return answering.return_response(case, "More", **self.ivy(case))

    def _ask_end(self, number):
        if case := self.case(number, state="monitoring"):
            return ending.ask_end(case, "We watch", "All is well", **self.how(case))

    def _agree_end(self, number):
        if case := self.case(number, state="stand_down_asked"):
            return ending.agree_end(case, **self.how(case, self.above(case.organisation)))

    def _refuse_end(self, number):
        if (case := self.case(number, state="stand_down_asked")) and number % 3 == 0:
            return ending.refuse_end(case, "Not yet", **self.ivy(case))

    def _confirm_end(self, number):
        if case := self.case(number, state="stand_down_asked"):
            return ending.confirm_end(case, **self.ivy(case))

    def _reopen_alert(self, number):
        if case := self.case(number, state="stood_down"):
            return ending.reopen(case, "Again", **self.ivy(case))

    def _withdraw(self, number):
        if (case := self.case(number)) and number % 3 == 0:
            return raising.withdraw(case, "In error", **self.ivy(case))

    def _start_alert(self, number):
        if case := self.case(number, live=False):
            return raising.start_clock(case, self.today, **self.ivy(case))

    # --- Places and reports ---

    def fresh(self, place):
        return type(place).objects.select_related("parent__parent").get(pk=place.pk)

    def bring(self, region, name):
        place = self.fresh(self.cast.lambeth)
        text = f"region,pdu,pdu_code\n{region},{name or place.name},LAM\n"
        rows, faults = organisations.read_csv(text.encode())
        plan = organisations.plan(rows, organisations.load())
        assert not faults + list(plan.faults)
        return bring_in_organisations(plan, by=self.cast.person("ada"), at=self.now()) or None

    def _region(self, number):
        return self.bring("Northmoor" if number % 2 else "London", "")

    def _rename(self, number):
        place = self.fresh(self.cast.lambeth)
        return self.bring(place.parent.name, "Lambeth and Southwark" if number % 2 else "Brixton")

    def _another(self, number):
        place = self.cast.hfkcw if number % 2 else self.cast.lambeth
        return inspection(
            place, [(place, 1), (self.cast.hmpps, 1)], published=self.today - dt.timedelta(days=number),
            live=number % 3 > 0, fieldwork=dt.date(2000 + len(self.done) // 12, 1 + len(self.done) % 12, 1),
            slug=f"another-{self.today}-{self.minute}", at=self.now(), by=self.cast.ivy,
        )  # fmt: skip


OFTEN = ["answer", "add_action", "add_action", "claim", "verify", "close", "act_on_alert"]
DEEDS = [*(name[1:] for name in vars(History) if name[0] == "_" != name[1]), *OFTEN]
# (deeds of one day, days until the next)
HISTORY = st.lists(
    st.tuples(
        st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 999)), min_size=4, max_size=10),
        st.sampled_from([1, 2, 9, 20, 33]),
    ),
    min_size=5, max_size=9,
)  # fmt: skip
