"""Many invented recommendations at once, skewed as real ones are: some places have far more than others, most work
is in progress, a tenth is late, a fifth has no date.

Each has the life that the operations would have given it: its rows stand as they leave them, and every deed is in the
journal with what they write. `tests/insight/test_make_data_events.py` lives such lives again by the operations.
"""

import datetime as dt
import random

from django.contrib.auth.hashers import make_password
from django.db import transaction

from inspections.models import Inspection, Organisation, Recommendation
from tracker.journal.operations import record_all
from tracker.people.models import Membership, Post, User
from tracker.plans.guard import changes, plain, said_of_clock
from tracker.plans.models import Action, ActionPlan, Claim, DateChange, FollowUp, Update, Verification
from tracker.plans.opening import plan_due_by
from tracker.plans.rules import ACTION_STATES, CONFIDENCE, FOLLOW_UP_STATES, JUDGEMENTS, OPEN_ACTION, RESPONSES
from tracker.working_days import NO_DATE, london_day

PER_REPORT, TO_THE_PDU, TO_THE_REGION = 13, 8, 3  # recommendations; the rest is to HMPPS
BATCH = 2000
VERBS = ["improve", "ensure", "strengthen", "review", "address", "make sure of", "develop", "increase"]
MATTERS = [
    "the quality of work to keep other people safe",
    "the effectiveness of management oversight of all casework",
    "staffing at every grade",
    "the arrangements for sharing information with the police and children's services",
    "the use of accredited programmes and structured interventions",
    "the quality of court reports",
    "the support for new staff and learners",
    "engagement with people on probation in planning their work",
]
DOES = ["Train", "Audit", "Recruit to", "Brief", "Publish guidance for", "Review with partners"]
REASONS = ["The trainer is not available before.", "Two posts are vacant.", "A partner needs more time."]
WHOM = ["all case managers", "the vacant posts", "every team", "50 cases a month", "the senior officers"]


def places(rng) -> tuple[list[Organisation], list[Organisation], Organisation]:
    """(PDUs, regions, HMPPS): those that are there, filled up to 12 regions and 110 PDUs."""
    hmpps = Organisation.objects.filter(level="hmpps").first() or Organisation.objects.create(
        level="hmpps", name="HM Prison and Probation Service", short_name="HMPPS", slug="hmpps"
    )
    regions = list(Organisation.objects.filter(level="region"))
    regions += Organisation.objects.bulk_create(
        Organisation(level="region", name=f"Region {n}", slug=f"region-{n}", parent=hmpps)
        for n in range(len(regions), 12)
    )
    pdus = list(Organisation.objects.filter(level="pdu"))
    pdus += Organisation.objects.bulk_create(
        Organisation(level="pdu", name=f"Place {n}", slug=f"place-{n}", parent=rng.choice(regions))
        for n in range(len(pdus), 110)
    )
    return pdus, regions, hmpps


ANSWERS = {
    "agreed": {"response_text": "We will do this with our partners, by the dates of the actions."},
    "partly_agreed": {"part_agreed": "The training.", "part_not_agreed": "The number: there are no funds for it."},
    "not_agreed": {"reason": "This is commissioned nationally.", "approver": "The director"},
}
ANSWERED = ["agreed"] * 15 + ["partly_agreed"] * 4 + ["not_agreed"]


def people(rng, pdus, regions, hmpps, at) -> dict[int, tuple[Post, list[User]]]:
    """For each place its head's post and the people who own work there."""
    password = make_password(None)
    have = {post.organisation_id: post for post in Post.objects.filter(head=True).select_related("holder")}
    earlier = User.objects.filter(email__endswith="@bulk.example").count()  # of a run before this one
    found = {}
    for place in [hmpps, *regions, *pdus]:
        staff = User.objects.bulk_create(
            User(email=f"person-{earlier + n}.{place.slug}@bulk.example", first_name=f"Person {n}",
                 last_name=place.name[:90], added_at=at, password=password, demonstration=True)
            for n in range(rng.choice([3, 8, 20]))
        )  # fmt: skip
        Membership.objects.bulk_create(
            Membership(user=who, role="lead" if n == 0 else "contributor", organisation=place)
            for n, who in enumerate(staff)
        )
        title = {"hmpps": "Chief executive", "region": "Regional Probation Director", "pdu": "Head of PDU"}[place.level]
        if place.pk in have:
            post = have[place.pk]
        else:
            post = Post.objects.create(organisation=place, title=title, role="lead", head=True, holder=staff[0])
        found[place.pk] = post, staff
    return found


def inspectors(at) -> list[User]:
    earlier = User.objects.filter(email__startswith="inspector-", email__endswith="@bulk.example").count()
    found = User.objects.bulk_create(
        User(email=f"inspector-{n}@bulk.example", first_name="Inspector", last_name=f"Number {n}", added_at=at,
             password=make_password(None), demonstration=True)
        for n in range(earlier, earlier + 3)
    )  # fmt: skip
    Membership.objects.bulk_create(Membership(user=who, role="inspector") for who in found)
    return found


@transaction.atomic
def make(recommendations: int, seed: int, *, today: dt.date, at: dt.datetime, among=()) -> dict[str, int]:
    """Add so many ``recommendations`` with plans, actions, updates and their journal; returns counts by kind.

    ``among``: the PDUs that are inspected; none: all.
    """
    rng = random.Random(seed)
    pdus, regions, hmpps = places(rng)
    pdus = among or pdus
    cast = people(rng, pdus, regions, hmpps, at), inspectors(at)
    made = {"inspections": 0, "recommendations": 0, "actions": 0, "updates": 0, "events": 0}
    weights = [1 / (n + 20) for n in range(len(pdus))]
    month = today.replace(day=1)
    used = set(Inspection.objects.values_list("organisation_id", "fieldwork_month"))
    while made["recommendations"] < recommendations:
        reports = []
        for _ in range(min(150, (recommendations - made["recommendations"]) // PER_REPORT + 1)):
            place = rng.choices(pdus, weights)[0]
            # One inspection for each place and month: go back until one is free, however unlikely the year.
            fieldwork = month
            while (place.pk, fieldwork) in used or fieldwork == month:
                fieldwork = (fieldwork - dt.timedelta(days=1)).replace(day=1)
            used.add((place.pk, fieldwork))
            reports.append((place, fieldwork))
        said = _published(rng, reports, hmpps, today, recommendations - made["recommendations"])
        book = _Book(rng, *cast, today, at)
        book.open(said)
        for kind, count in (book.write() | {"inspections": len(reports), "recommendations": len(said)}).items():
            made[kind] += count
    return made


def _published(rng, reports, hmpps, today, limit) -> list[Recommendation]:
    """The reports with their recommendations, ``limit`` of these at most."""
    parents = {place.pk: place.parent_id for place, _ in reports}
    regions = {o.pk: o for o in Organisation.objects.filter(pk__in=set(parents.values()))}
    inspections = Inspection.objects.bulk_create(
        Inspection(
            organisation=place, slug=f"bulk-{place.slug}-{fieldwork:%Y-%m}"[:100], fieldwork_month=fieldwork,
            title=f"An inspection of probation services in: {place.full_name}",
            published=min((fieldwork + dt.timedelta(days=70)).replace(day=1), today - dt.timedelta(days=1)),
            overall_rating="Requires improvement", score_points=9, score_out_of=27, demonstration=True,
        )
        for place, fieldwork in reports
    )  # fmt: skip
    said = []
    for inspection in inspections:
        region = regions[parents[inspection.organisation_id]]
        for number in range(1, min(PER_REPORT, limit - len(said)) + 1):
            group, addressee = 3, hmpps
            if number <= TO_THE_PDU + TO_THE_REGION:
                group, addressee = (1, inspection.organisation) if number <= TO_THE_PDU else (2, region)
            said.append(
                Recommendation(
                    inspection=inspection, group=group, number=number, level=addressee.level,
                    addressee_as_printed=addressee.full_name, addressee=addressee,
                    wording=f"{rng.choice(VERBS)} {rng.choice(MATTERS)} and {rng.choice(MATTERS)}",
                )
            )  # fmt: skip
    return Recommendation.objects.bulk_create(said, batch_size=BATCH)


class _Book:
    """The rows of some reports and the lines of their journal, kept until `write`."""

    def __init__(self, rng, staff, inspectors, today, at):
        self.rng, self.staff, self.inspectors, self.today, self.at = rng, staff, inspectors, today, at
        self.plans, self.follow_ups, self.actions, self.answers = {}, [], [], []
        self.changes, self.updates, self.claims, self.decisions, self.lines = [], [], [], [], []

    def open(self, said):
        for recommendation in said:
            inspection, addressee = recommendation.inspection, recommendation.addressee
            opened = dt.datetime.combine(inspection.published, dt.time(9, 30), tzinfo=dt.UTC)
            opened, inspector = min(opened, self.at), self.inspectors[inspection.pk % len(self.inspectors)]
            live, key = inspection.pk % 10 > 0, (inspection.pk, addressee.pk)
            if key not in self.plans:
                plan = ActionPlan(inspection=inspection, organisation=addressee)
                plan.due_by = plan_due_by(inspection) if live else NO_DATE
                self.plans[key] = plan
                self._line("plan_opened", plan, inspector, opened, after={"due_by": plain(plan.due_by)}, invented=True)
            follow_up = FollowUp(
                recommendation=recommendation, plan=self.plans[key], addressee=addressee, inspection=inspection,
                live=live,
            )  # fmt: skip
            after = {"number": recommendation.number, "live": live}
            self._line("follow_up_opened", follow_up, inspector, opened, after=after, invented=True)
            self.follow_ups.append(follow_up)
            self._life(follow_up, opened, inspector)

    def _life(self, follow_up, opened, inspector):
        rng, plan = self.rng, follow_up.plan
        post, members = self.staff[follow_up.addressee_id]
        young = opened > self.at - dt.timedelta(days=28)
        owned = self._between(opened, opened + dt.timedelta(days=5))
        self._change(follow_up, "assigned", members[0], owned, owner_post=post)
        if rng.random() < (0.6 if young else 0.05):
            follow_up.next_due = plan.due_by
            return
        answered = self._between(owned, owned + dt.timedelta(days=28))
        response = rng.choice(ANSWERED)
        self._change(follow_up, "answered", members[0], answered, response=response, **ANSWERS[response])
        follow_up.state = "open"
        if response == "not_agreed":
            return
        settled = answered + dt.timedelta(days=60)
        done = self._between(settled, self.at) if settled < self.at and rng.random() < 0.25 else None
        acts = [
            self._action(follow_up, answered, done, members, post, inspector)
            for _ in range(rng.choice([2, 3, 4, 4, 4]))
        ]
        follow_up.next_due = min((act.due_by for act in acts if act.state in OPEN_ACTION), default=NO_DATE)
        if done:
            before, follow_up.state = {"state": FOLLOW_UP_STATES["open"]}, "implemented"
            follow_up.version += 1
            self._line("closed", follow_up, inspector, done, before, {"state": FOLLOW_UP_STATES["implemented"]})

    def _action(self, follow_up, answered, done, members, post, inspector) -> Action:
        """``done``: when its recommendation is closed, and so it was verified before; None: it is open."""
        rng = self.rng
        end = done or self.at
        added = self._between(answered, min(answered + dt.timedelta(days=10), end))
        state = rng.choice(["not_started", "in_progress", "in_progress"])
        if done or rng.random() < 0.15:
            state = "verified" if done or rng.random() < 0.5 else "claimed"
        by_post = rng.random() < 0.3
        due_by, first = self._dates(added, end if state in ("verified", "claimed") else None)
        act = Action(
            plan=follow_up.plan, organisation=follow_up.addressee, what=f"{rng.choice(DOES)} {rng.choice(WHOM)}",
            owner_post=post if by_post else None, owner_person=None if by_post else rng.choice(members),
            state=state, due_by=due_by, first_due_by=first, live=follow_up.live, added_at=added,
            target_wording=due_by.isoformat() if due_by != NO_DATE else "",
            target_precision="day" if due_by != NO_DATE else "none",
        )  # fmt: skip
        after = {"what": act.what, "owner": act.owner_words, "due_by": plain(first)}
        after |= {"recommendation": follow_up.recommendation.number} | said_of_clock(act)
        self._line("action_added", act, members[0], added, after=after)
        self.actions.append(act)
        self.answers.append((act, follow_up))
        deeds = [self._asked, self._agreed] if first != due_by else []
        if state != "not_started":
            deeds += [self._updated] * rng.choice([1, 2])
        deeds += [self._claimed] if state in ("claimed", "verified") else []
        deeds += [self._verified] if state == "verified" else []
        moments = sorted(self._between(added, end) for _ in deeds)
        act.state = "not_started"
        for deed, moment in zip(deeds, moments, strict=True):
            deed(act, moment, act.owner_person or members[0], inspector)
        return act

    def _dates(self, added, ended) -> tuple[dt.date, dt.date]:
        """(date, date first set); the second is before the first where it moved. ``ended``: when it was done."""
        rng = self.rng
        if rng.random() < 0.2:
            return NO_DATE, NO_DATE
        if ended:
            due_by = london_day(self._between(added, ended + dt.timedelta(days=30)))
        elif rng.random() < 0.12:
            due_by = self.today - dt.timedelta(days=int(rng.expovariate(1 / 40)) + 1)
        else:
            due_by = self.today + dt.timedelta(days=rng.randint(0, 400))
        # A date that is past when it is set would have a reason.
        due_by = max(due_by, london_day(added))
        moved = rng.random() < 0.15
        return due_by, max(due_by - dt.timedelta(days=rng.randint(7, 90)), london_day(added)) if moved else due_by

    # --- Deeds: what the operation of that name leaves behind ---------------------------------------------------

    def _asked(self, act, moment, owner, inspector):
        """HMPPS has no level above that would decide, and nobody asks for a date that is past: there none moved."""
        if act.organisation.parent_id is None or london_day(moment) > act.due_by:
            act.due_by, act.target_wording = act.first_due_by, act.first_due_by.isoformat()
            return
        lead, reason = self.staff[act.organisation_id][1][0], self.rng.choice(REASONS)
        change = DateChange(
            action=act, organisation=act.organisation, old_due_by=act.first_due_by,
            old_wording=act.first_due_by.isoformat(), new_due_by=act.due_by, new_wording=act.target_wording,
            new_precision="day", reason=reason, asked_by=lead, asked_at=moment,
        )  # fmt: skip
        self.changes.append(change)
        before, after = {"due_by": plain(change.old_due_by)}, {"due_by": plain(change.new_due_by), "reason": reason}
        self._line("date_asked", act, lead, moment, before, after)

    def _agreed(self, act, moment, owner, inspector):
        if act.due_by == act.first_due_by:
            return
        change, above = self.changes[-1], self.staff[act.organisation.parent_id][1][0]
        change.state, change.decided_by, change.decided_at = "agreed", above, moment
        act.times_moved, act.version = 1, act.version + 1
        before, after = {"due_by": plain(change.old_due_by)}, {"due_by": plain(change.new_due_by)}
        self._line("date_agreed", act, above, moment, before, after)

    def _updated(self, act, moment, owner, inspector):
        done, confidence = "Two of four sessions were held.", self.rng.choice(["on_track", "on_track", "at_risk"])
        self.updates.append(Update(action=act, by=owner, at=moment, done=done, confidence=confidence))
        before = {"state": ACTION_STATES[act.state]} if act.state != "in_progress" else {}
        after = {"done": done, "confidence": CONFIDENCE[confidence], "next": ""}
        act.state, act.heard_on = "in_progress", london_day(moment)
        self._line("update_posted", act, owner, moment, before, after)

    def _claimed(self, act, moment, owner, inspector):
        claim = Claim(action=act, by=owner, at=moment, comment="All four sessions were held.", cycle=act.cycle)
        self.claims.append(claim)
        self._step(act, "claimed", "claimed", owner, moment, {"comment": claim.comment})

    def _verified(self, act, moment, owner, inspector):
        judgement = self.rng.choice(["reasonable", "good"])
        self.decisions.append(
            Verification(
                claim=self.claims[-1], action=act, claimed_by=owner, verified_by=inspector, at=moment,
                outcome="verified", judgement=judgement,
            )
        )  # fmt: skip
        self._step(act, "verified", "verified", inspector, moment, {"judgement": JUDGEMENTS[judgement]})

    def _step(self, act, deed, state, by, moment, after):
        before, after = {"state": ACTION_STATES[act.state]}, {"state": ACTION_STATES[state]} | after
        act.state, act.version = state, act.version + 1
        self._line(deed, act, by, moment, before, after)

    def _change(self, row, deed, by, moment, **new):
        before, after = changes(row, **new)
        for side in (before, after):
            if "response" in side:
                side["response"] = RESPONSES[side["response"]]
        for name, value in new.items():
            setattr(row, name, value)
        row.version += 1
        self._line(deed, row, by, moment, before, after)

    def _line(self, deed, row, by, moment, before=None, after=None, invented=False):
        place = row.addressee if isinstance(row, FollowUp) else row.organisation
        self.lines.append(
            {"deed": deed, "subject": row, "organisation": place, "before": before, "after": after, "by": by,
             "at": moment, "demonstration": invented}
        )  # fmt: skip

    def _between(self, first, last) -> dt.datetime:
        """A moment from ``first`` to ``last``, and none that is still to come."""
        last = min(last, self.at)
        return first + (last - first) * self.rng.random() if last > first else min(first, self.at)

    def write(self) -> dict[str, int]:
        """Counts by kind."""
        ActionPlan.objects.bulk_create(self.plans.values(), batch_size=BATCH)
        FollowUp.objects.bulk_create(self.follow_ups, batch_size=BATCH)
        Action.objects.bulk_create(self.actions, batch_size=BATCH)
        through = Action.follow_ups.through
        through.objects.bulk_create(
            (through(action=act, followup=follow_up) for act, follow_up in self.answers), batch_size=BATCH
        )
        for rows in (self.changes, self.updates, self.claims, self.decisions):
            if rows:
                type(rows[0]).objects.bulk_create(rows, batch_size=BATCH)
        # As they happened, so that of one row the earlier line has the lower number.
        self.lines.sort(key=lambda line: line["at"])
        events = record_all(self.lines, by=None, at=self.at)
        return {"actions": len(self.actions), "updates": len(self.updates), "events": len(events)}
