"""The demonstration, made by the operations themselves with past moments, so that the journal is whole."""

import datetime as dt
import heapq
import itertools
import json
from decimal import Decimal
from pathlib import Path

from django.db import transaction

from inspections import reference
from inspections.models import Inspection, Organisation
from inspections.reading.record import Record
from tracker import intake
from tracker.alerts import answering, monitoring, raising
from tracker.alerts.models import AlertCase
from tracker.alerts.operations import add_alert_action, link_concerns
from tracker.people import operations as people
from tracker.people.models import Post, User
from tracker.plans import opening, verifying
from tracker.plans import operations as plans
from tracker.plans.models import Action, ActionPlan, FollowUp
from tracker.plans.rules import read_target_date
from tracker.working_days import LONDON

from .story import ALERT, ANSWERS, PEOPLE, POSTS, PUBLISHED_ANSWERS, REPORTS, RUNGS

RECORDS = Path(reference.DATA) / "records"
BEGAN = -90  # the day on which everyone was added


def is_loaded() -> bool:
    return User.objects.filter(email="admin@demo.example").exists()


class Demonstration:
    """Loads the story as if it had happened up to ``now``; ``nights`` is called for each morning in between."""

    def __init__(self, now: dt.datetime, password: str):
        self.today = now.astimezone(LONDON).date()
        self.now, self.password = now, password
        self.people: dict[str, User] = {}
        self.actions: dict = {}

    def moment(self, day: int, hour: int = 10, minute: int = 0) -> dt.datetime:
        """That hour in London, ``day`` days from today; never later than now."""
        on = self.today + dt.timedelta(days=day)
        return min(dt.datetime.combine(on, dt.time(hour, minute), LONDON), self.now)

    @transaction.atomic
    def prepare(self) -> None:
        """Places, people, roles and posts."""
        reference.load()
        at = self.moment(BEGAN)
        for address, first, last, role, place in PEOPLE:
            person = people.add_person(f"{address}@demo.example", first, last, by=None, at=at, demonstration=True)
            person.set_password(self.password)
            person.save(update_fields=["password"])
            where = Organisation.objects.get(slug=place) if place else None
            people.give_role(person, role, where, by=None, at=at, demonstration=True)
            self.people[address] = person
        for place, title, role, head, holder in POSTS:
            organisation = Organisation.objects.get(slug=place)
            post = people.add_post(
                organisation, title, role, head=head, vacant_since=at.date(), by=None, at=at, demonstration=True
            )
            if holder:
                people.hold_post(post, self.people[holder], by=None, at=at, demonstration=True)
        for place, title, rung in RUNGS:
            post = Post.objects.select_related("organisation").get(organisation__slug=place, title=title)
            people.place_on_ladder(post, rung, by=None, at=at, demonstration=True)

    def deeds(self):
        """Every deed of the story as (moment, what to call), in the order in which they happened."""
        counter = itertools.count()
        queue = []

        def then(day, hour, deed, *args):
            heapq.heappush(queue, (self.moment(day, hour, next(counter) % 60), next(counter), deed, args))

        for slug, day, due in REPORTS:
            then(day, 9, self.take_in, slug, due)
        for answer in ANSWERS:
            then(answer.on, 11, self.answer, answer)
            for step in answer.steps:
                then(answer.on, 14, self.add, answer, step)
                for day, to, reason in step.moved:
                    then(day, 15, self.move, answer, step, to, reason)
                for said in step.said:
                    then(said.day, 16, self.say, answer, step, said)
                if step.claimed:
                    then(step.claimed[0], 16, self.claim, answer, step)
                if step.judged:
                    then(step.judged[0], 10, self.judge, answer, step)
                if step.cancelled:
                    then(step.cancelled[0], 17, self.cancel, answer, step)
        self.alert_deeds(ALERT, then)
        for slug, (day, answers) in PUBLISHED_ANSWERS.items():
            for number, concerns in answers.items():
                then(day, 11, self.link, slug, number, concerns)
        while queue:
            moment, _, deed, args = heapq.heappop(queue)
            yield moment, deed, args

    # --- the deeds ---

    def take_in(self, slug, due, *, at):
        read = json.loads((RECORDS / f"{slug}.json").read_text())
        taken = intake.take_in(
            Record.from_dict(read), intake.Choices(live=True), as_read=read, by=self.fresh("inspector"), at=at,
            today=at.date(), demonstration=True,
        )  # fmt: skip
        for plan in ActionPlan.objects.filter(inspection=taken.inspection):
            day = self.today + dt.timedelta(days=due)
            opening.set_plan_due(plan, day, by=self.fresh("inspector"), at=at)

    def answer(self, answer, *, at):
        follow_up, by = self.follow_up(answer), self.fresh(answer.by)
        plans.answer(
            follow_up, answer.response, response_text=answer.text, part_agreed=answer.parts[0],
            part_not_agreed=answer.parts[1], reason=answer.why_not[0], approver=answer.why_not[1],
            seen_version=follow_up.version, by=by, at=at,
        )  # fmt: skip
        if answer.owner:
            follow_up = self.follow_up(answer)
            plans.assign(
                follow_up, **self.owner(answer.owner, follow_up.addressee), seen_version=follow_up.version, by=by, at=at
            )

    def add(self, answer, step, *, at):
        follow_up = self.follow_up(answer)
        action = plans.add_action(
            follow_up, step.what, **self.owner(step.owner, follow_up.addressee), target=self.target(self.first(step)),
            success_measure=step.measure, by=self.fresh(answer.by), at=at,
        )  # fmt: skip
        self.actions[answer.report, answer.number, step.what] = action.pk

    @staticmethod
    def first(step):
        """The date as first set: before it moved to the one that the story names."""
        if not step.moved:
            return step.by
        on, to, _ = step.moved[0]
        return to - 14 if to - 14 > on - 20 else on

    def move(self, answer, step, to, reason, *, at):
        action = self.action(answer, step)
        plans.edit_action(
            action, what=action.what, owner_post=action.owner_post, owner_person=action.owner_person,
            success_measure=action.success_measure, target=self.target(to), date_reason=reason,
            seen_version=action.version, by=self.fresh(answer.by), at=at,
        )  # fmt: skip

    def say(self, answer, step, said, *, at):
        action = self.action(answer, step)
        by = action.owner or self.fresh(answer.by)
        plans.post_update(
            action, said.done, confidence=said.confidence, next_step=said.next_step,
            by=User.objects.get(pk=by.pk), at=at,
        )  # fmt: skip

    def cancel(self, answer, step, *, at):
        action = self.action(answer, step)
        plans.cancel_action(action, step.cancelled[1], seen_version=action.version, by=self.fresh(answer.by), at=at)

    def claim(self, answer, step, *, at):
        action = self.action(answer, step)
        by = User.objects.get(pk=(action.owner or self.fresh(answer.by)).pk)
        verifying.claim(action, step.claimed[1], seen_version=action.version, by=by, at=at)

    def judge(self, answer, step, *, at):
        action, (_, outcome, judgement, reason) = self.action(answer, step), step.judged
        decide = verifying.verify if outcome == "verified" else verifying.send_back
        decide(action, judgement, reason, seen_version=action.version, by=self.fresh("inspector2"), at=at)

    # --- the alert ---

    def alert_deeds(self, story, then):
        then(story.raised, 15, self.raise_alert, story)
        then(story.acknowledged, 9, self.acknowledge, story)
        for step in story.steps:
            then(story.planned, 11, self.add_to_alert, story, step)
        for day, text in story.responses:
            then(day, 12, self.respond, story, text)
        then(story.returned[0], 10, self.return_response, story)
        then(story.accepted, 9, self.accept, story)
        for day, values, note in story.readings:
            then(day, 17, self.read, story, day, values, note)

    def link(self, slug, number, concerns, *, at):
        action = Action.objects.select_related("alert__organisation__parent__parent", "organisation").get(
            alert__inspection__slug=slug, position=number
        )
        link_concerns(
            action, action.alert.concerns.filter(position__in=concerns), seen_version=action.version,
            by=self.fresh("inspector"), at=at,
        )  # fmt: skip

    def raise_alert(self, story, *, at):
        place = Organisation.objects.select_related("parent__parent").get(slug=story.place)
        raising.raise_alert(
            place, story.kind, concerns=story.concerns, required_text=story.required,
            measures=[(name, unit, target, "up", value, at.date()) for name, unit, target, value in story.measures],
            by=self.fresh("inspector"), at=at,
        )  # fmt: skip

    def acknowledge(self, story, *, at):
        case, head = self.alert_of(story)
        answering.acknowledge(case, seen_version=case.version, by=head, at=at)

    def add_to_alert(self, story, step, *, at):
        case, head = self.alert_of(story)
        what, owner, by, numbers = step
        place = case.organisation if owner.startswith("post:") else case.organisation.parent
        add_alert_action(
            case, what, organisation=place, **self.owner(owner, place), target=self.target(by),
            concerns=case.concerns.filter(position__in=numbers),
            by=head if place == case.organisation else self.fresh(owner), at=at,
        )  # fmt: skip

    def respond(self, story, text, *, at):
        case, head = self.alert_of(story)
        answering.respond(case, text, seen_version=case.version, by=head, at=at)

    def return_response(self, story, *, at):
        case, _ = self.alert_of(story)
        answering.return_response(
            case, story.returned[1], seen_version=case.version, by=self.fresh("inspector"), at=at
        )  # fmt: skip

    def accept(self, story, *, at):
        case, _ = self.alert_of(story)
        answering.accept(case, seen_version=case.version, by=self.fresh("inspector"), at=at)

    def read(self, story, day, values, note, *, at):
        case, head = self.alert_of(story)
        on = self.today + dt.timedelta(days=day)
        readings = [
            monitoring.NewReading(measure, Decimal(value), on, note)
            for measure, value in zip(case.measures.all(), values, strict=True)
        ]
        monitoring.add_readings(case, readings, by=head, at=at)

    # --- looking things up ---

    def alert_of(self, story) -> tuple[AlertCase, User]:
        """The alert as it is now, and the head of its place."""
        case = AlertCase.objects.select_related("organisation__parent__parent").get(
            organisation__slug=story.place, published=None
        )
        return case, User.objects.get(posts__organisation=case.organisation, posts__head=True)

    def fresh(self, address) -> User:
        """The person as a new request would load them: rights are kept for the life of the object."""
        return User.objects.get(pk=self.people[address].pk)

    def follow_up(self, answer) -> FollowUp:
        inspection = Inspection.objects.get(slug=answer.report)
        return FollowUp.objects.select_related(
            "recommendation", "plan", "addressee__parent__parent", "inspection", "owner_post__holder", "owner_person"
        ).get(inspection=inspection, recommendation__number=answer.number)

    def action(self, answer, step) -> Action:
        return Action.objects.select_related(
            "plan", "organisation__parent__parent", "owner_post__holder", "owner_person"
        ).get(pk=self.actions[answer.report, answer.number, step.what])

    def owner(self, words, organisation) -> dict:
        if words.startswith("post:"):
            title = words.removeprefix("post:")
            return {"owner_post": Post.objects.get(organisation=organisation, title=title)}
        return {"owner_person": self.people[words]}

    def target(self, by):
        """A day counted from today as "30 June 2026", or words as they are."""
        if isinstance(by, int):
            day = self.today + dt.timedelta(days=by)
            by = f"{day.day} {day:%B %Y}"
        return read_target_date(by)


def load(now: dt.datetime, password: str, night=None, after=None) -> Demonstration:
    """Load the whole story. ``night(at)`` is called at 8 each morning between the deeds, as the sweep would be;
    ``after(at)`` after each deed, as delivery would be: mails of alerts wait for no morning."""
    told = Demonstration(now, password)
    told.prepare()
    morning = told.moment(REPORTS[0][1], 8)
    for at, deed, args in told.deeds():
        while night and morning <= at:
            night(morning)
            morning += dt.timedelta(days=1)
        deed(*args, at=at)
        if after:
            after(at)
    while night and morning <= now:
        night(morning)
        morning += dt.timedelta(days=1)
    return told
