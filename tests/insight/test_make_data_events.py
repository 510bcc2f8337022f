"""What `make_data` invents, lived again by the operations: the same journal and the same rows."""

import pytest

from inspections.models import Inspection, Recommendation
from tests.cast import NOW, TODAY
from tracker.demonstration import bulk
from tracker.journal.models import Event
from tracker.journal.verifying import verify
from tracker.people.models import User
from tracker.plans import closing, dates, operations, verifying
from tracker.plans.models import Action, ActionPlan, Claim, DateChange, FollowUp, Update, Verification
from tracker.plans.opening import open_follow_ups
from tracker.plans.rules import read_target_date

pytestmark = pytest.mark.django_db
DEEDS = {
    "plan_opened", "follow_up_opened", "assigned", "answered", "action_added", "date_asked", "date_agreed",
    "update_posted", "claimed", "verified", "closed",
}  # fmt: skip
# What no two rows share, and which row of another kind it belongs to.
OWN = {"id", "form_key", "inspection", "recommendation", "plan", "action", "claim"}


def journal_of(follow_up):
    acts = list(follow_up.actions.all())
    return Event.objects.about(follow_up, follow_up.plan, *acts).order_by("at", "pk")


def rows_of(follow_up):
    """Of every row of its life, all that is not its own."""
    acts = follow_up.actions.order_by("added_at")
    found = [follow_up, ActionPlan.objects.get(pk=follow_up.plan_id), *acts]
    for model in (Update, Claim, Verification, DateChange):
        found += model.objects.filter(action__in=acts).order_by("at" if model is not DateChange else "asked_at", "pk")
    return [
        (
            row._meta.model_name,
            {f.name: f.value_from_object(row) for f in row._meta.concrete_fields if f.name not in OWN},
        )
        for row in found
    ]


def said(events):
    """Without the ids of the rows, which are others."""
    return [
        (e.deed, e.subject_kind, e.organisation_id, e.actor_id, e.at, e.before, e.after, e.demonstration)
        for e in events
    ]


def live_again(follow_up) -> FollowUp:
    """The same life for a recommendation of another report on the same place, deed by deed by the operations."""
    report, said = follow_up.inspection, follow_up.recommendation
    again = Inspection.objects.create(
        organisation=report.organisation, slug=f"{report.slug}-again-{said.number}", published=report.published,
        published_to_the_day=report.published_to_the_day, demonstration=True,
    )  # fmt: skip
    Recommendation.objects.create(
        inspection=again, group=said.group, number=said.number, level=said.level, addressee=said.addressee,
        addressee_as_printed=said.addressee_as_printed, wording=said.wording,
    )  # fmt: skip
    acts = {}  # of the first life by id: the action of the second
    for event in journal_of(follow_up):
        how = {"by": User.objects.get(pk=event.actor_id), "at": event.at}
        mine = FollowUp.objects.filter(inspection=again).first()
        act = acts.get(event.subject_id) and Action.objects.get(pk=acts[event.subject_id])
        first = Action.objects.filter(pk=event.subject_id).first() if event.subject_kind == "action" else None
        seen = {"seen_version": (act or mine).version} if mine else {}
        match event.deed:
            case "plan_opened":
                open_follow_ups(again, live=follow_up.live, **how)
            case "follow_up_opened":
                pass  # with its plan
            case "assigned":
                operations.assign(mine, owner_post=follow_up.owner_post, **seen, **how)
            case "answered":
                names = ("response_text", "part_agreed", "part_not_agreed", "reason", "approver")
                words = {name: getattr(follow_up, name) for name in names}
                operations.answer(mine, follow_up.response, **words, **seen, **how)
            case "action_added":
                asked = DateChange.objects.filter(action=first).first()
                target = read_target_date(asked.old_wording if asked else first.target_wording)
                owners = {"owner_post": first.owner_post, "owner_person": first.owner_person}
                acts[first.pk] = operations.add_action(mine, first.what, target=target, **owners, **how).pk
            case "date_asked":
                asked = DateChange.objects.get(action=first, asked_at=event.at)
                dates.ask_date(act, read_target_date(asked.new_wording), asked.reason, **seen, **how)
            case "date_agreed":
                dates.agree_date(DateChange.objects.get(action=act, state="asked"), **how)
            case "update_posted":
                posted = Update.objects.get(action=first, at=event.at)
                operations.post_update(act, posted.done, confidence=posted.confidence, **how)
            case "claimed":
                verifying.claim(act, Claim.objects.get(action=first).comment, **seen, **how)
            case "verified":
                verifying.verify(act, Verification.objects.get(action=first).judgement, **seen, **how)
            case "closed":
                closing.close(mine, **seen, **how)
    return FollowUp.objects.get(inspection=again)


def test_the_operations_write_what_make_data_writes(cast):
    bulk.make(130, 5, today=TODAY, at=NOW, among=[cast.lambeth])
    assert set(Event.objects.order_by().values_list("deed", flat=True)) == DEEDS
    lives, kinds = [], set()
    for one in FollowUp.objects.order_by("pk"):
        # The first whose plan has no other recommendation before it: its plan is opened with it.
        events = list(journal_of(one))
        kind = {(e.deed, e.subject_kind, *sorted({**e.before, **e.after})) for e in events} | {one.live, one.response}
        first = not one.plan.follow_ups.filter(pk__lt=one.pk).exists()
        if first and not kind <= kinds:
            lives.append(one)
            kinds |= kind
    assert {entry[0] for entry in kinds if isinstance(entry, tuple)} == DEEDS
    for one in lives:
        again = live_again(one)
        assert said(journal_of(again)) == said(journal_of(one))
        assert rows_of(again) == rows_of(one)
    report = verify()
    assert report.events == Event.objects.count() and not report.faults
