"""One of everything, all of it London's, and one person for each column of the matrix."""

import datetime as dt
from dataclasses import dataclass

from inspections.models import PublishedAlert
from tests.cast import NOW, Cast, assemble, follow_up, inspection, person
from tracker.alerts import answering, ending, raising
from tracker.alerts.models import AlertCase, Concern
from tracker.alerts.operations import add_alert_action
from tracker.people.models import Cover, User
from tracker.plans import dates, evidence, operations, submitting, verifying
from tracker.plans.models import Action, ActionPlan, DateChange, Evidence, FollowUp
from tracker.plans.rules import TargetDate

LATER = TargetDate("June 2099", "month", dt.date(2099, 6, 30))
LATER_STILL = TargetDate("July 2099", "month", dt.date(2099, 7, 31))
HOW = {"at": NOW}


@dataclass
class Scene:
    cast: Cast
    people: dict[str, User]
    follow_ups: dict[str, FollowUp]  # awaiting, open, done, not_agreed, closed, tied, earlier
    actions: dict[str, Action]  # open, claimed
    evidence: Evidence
    change: DateChange
    plans: dict[str, ActionPlan]  # ready, submitted
    alert: AlertCase
    restricted: AlertCase
    alerts: dict[str, AlertCase]  # by how far they have come

    def who(self, column) -> User:
        """A fresh copy, acting today as a request's reader does."""
        found = User.objects.get(pk=self.people[column].pk)
        found.acting_on = NOW.date()
        return found

    def follow_up(self, name) -> FollowUp:
        return fresh(self.follow_ups[name])

    def action(self, name) -> Action:
        return fresh(self.actions[name])

    def plan(self, name) -> ActionPlan:
        return fresh(self.plans[name])


PARTS = {
    FollowUp: ("recommendation", "plan", "addressee__parent", "inspection", "alert"),
    Action: ("organisation__parent", "plan", "owner_person", "owner_post__holder"),
    ActionPlan: ("organisation__parent", "submitted_by"),
    DateChange: ("action__organisation__parent", "action__plan", "asked_by"),
    Evidence: ("action__organisation__parent", "action__owner_person", "action__owner_post__holder", "by"),
    AlertCase: ("organisation__parent",),
}


def fresh(row):
    return type(row).objects.select_related(*PARTS[type(row)]).get(pk=row.pk)


def _people(cast) -> dict[str, User]:
    places = {"own": cast.london, "above": cast.hmpps, "below": cast.hfkcw, "other": cast.northmoor}
    found = {
        f"{role}_{where}": person(role.capitalize(), where.capitalize(), role, place)
        for role in ("lead", "viewer", "contributor")
        for where, place in places.items()
    }
    found["owner"] = person("Owen", "Nash", "contributor", cast.london)
    found["helper"] = person("Hana", "Reid", "contributor", cast.northmoor)
    found["stand_in"] = person("Stan", "Day", "contributor", cast.northmoor)
    found["inspector"], found["worked"] = person("Ines", "Ward", "inspector"), person("Wim", "Stone", "inspector")
    found["administrator"], found["nobody"] = person("Ada", "Lane", "administrator"), person("Nobody", "Yet")
    Cover.objects.create(
        person=found["lead_own"], stand_in=found["stand_in"], starts=dt.date(2020, 1, 1), ends=dt.date(2099, 1, 1),
        named_by=found["lead_own"], named_at=NOW,
    )  # fmt: skip
    return found


def _answered(row, lead, owner, helper, what="Do it") -> Action:
    operations.answer(row, "agreed", seen_version=row.version, by=lead, **HOW)
    row = fresh(row)
    return operations.add_action(row, what, owner_person=owner, helpers=[helper], target=LATER, by=lead, **HOW)


def build() -> Scene:
    cast = assemble()
    people = _people(cast)
    lead, owner, helper = people["lead_own"], people["owner"], people["helper"]
    earlier = inspection(cast.london, [(cast.london, 1)], fieldwork=dt.date(2024, 1, 1), slug="london-2024")
    report = inspection(cast.london, [(cast.london, 6)])
    names = ["open", "done", "not_agreed", "closed", "tied", "historic"]
    rows = {name: follow_up(report, number) for number, name in enumerate(names, start=1)}
    rows["earlier"] = follow_up(earlier, 1)
    actions = {"open": _answered(rows["open"], lead, owner, helper)}
    for name in ("done", "closed", "tied", "earlier", "historic"):
        actions[name] = _answered(rows[name], lead, owner, helper)
    FollowUp.objects.filter(pk=rows["historic"].pk).update(live=False)
    operations.answer(rows["not_agreed"], "not_agreed", reason="No", approver="R", seen_version=1, by=lead, **HOW)
    # seen by owner and helper, as every other
    given_up = operations.add_action(
        fresh(rows["not_agreed"]), "Given up", owner_person=owner, helpers=[helper], target=LATER, by=lead, **HOW
    )
    operations.cancel_action(given_up, "No", seen_version=1, by=lead, **HOW)

    done = actions["done"]
    verifying.claim(done, "Done.", seen_version=done.version, by=owner, **HOW)
    verifying.verify(fresh(done), "good", seen_version=done.version, by=cast.idris, **HOW)
    Action.objects.filter(pk=actions["closed"].pk).update(state="verified")
    FollowUp.objects.filter(pk=rows["closed"].pk).update(state="implemented")

    actions["claimed"] = operations.add_action(
        fresh(rows["open"]), "Claimed", owner_person=owner, helpers=[helper], target=LATER, by=lead, **HOW
    )
    _update_by_inspector(actions, people["worked"])
    verifying.claim(actions["claimed"], "Done.", seen_version=1, by=owner, **HOW)
    actions["dated"] = operations.add_action(
        fresh(rows["open"]), "Dated", owner_person=owner, helpers=[helper], target=LATER, by=lead, **HOW
    )
    change = dates.ask_date(fresh(actions["dated"]), LATER_STILL, "Late", seen_version=1, by=lead, **HOW)
    proof = evidence.add_link(fresh(actions["open"]), "https://example.org/register", "Register", by=owner, **HOW)

    return Scene(
        cast, people, rows, actions, proof, change, _plans(cast, lead), *_alerts(cast, report, rows, people),
        _stages(cast),
    )  # fmt: skip


def _update_by_inspector(actions, inspector):
    from tracker.plans.models import Update

    Update.objects.create(action=actions["claimed"], by=inspector, at=NOW, done="Seconded.", confidence="on_track")


def _plans(cast, lead) -> dict[str, ActionPlan]:
    found = {}
    for month, name in enumerate(("ready", "submitted", "signed"), start=1):
        report = inspection(cast.london, [(cast.london, 1)], fieldwork=dt.date(2025, month, 1), slug=f"london-{name}")
        _answered(follow_up(report, 1), lead, lead, cast.omar)
        found[name] = fresh(ActionPlan.objects.get(inspection=report))
    for name in ("submitted", "signed"):
        submitting.submit(found[name], seen_version=1, by=lead, **HOW)
    submitting.sign_off(fresh(found["signed"]), seen_version=2, by=cast.helen, **HOW)
    not_agreed = FollowUp.objects.get(recommendation__number=3, inspection__slug="london")
    FollowUp.objects.filter(pk=not_agreed.pk).update(plan=found["signed"])
    return found


def _alerts(cast, report, rows, people) -> tuple[AlertCase, AlertCase]:
    published = PublishedAlert.objects.create(inspection=report)
    cases = []
    for restricted in (False, True):
        case = AlertCase.objects.create(
            organisation=cast.london, inspection=report, published=None if restricted else published,
            restricted=restricted, live=True, opened_at=NOW,
        )  # fmt: skip
        Concern.objects.create(alert=case, position=1, text="Cases are not allocated")
        case.inspectors.add(people["inspector"])
        Action.objects.create(
            alert=case, organisation=cast.london, what="Allocate", owner_person=people["owner"], live=True, added_at=NOW
        )
        cases.append(case)
    FollowUp.objects.filter(pk=rows["tied"].pk).update(alert=cases[0], tie="proposed")
    return tuple(cases)


def _stages(cast) -> dict[str, AlertCase]:
    """Alerts about London at each stage, raised by somebody who is in no column; open to all who may see alerts."""
    stages = ["raised", "historic", "acknowledged", "responded", "monitoring", "asked", "agreed", "stood_down"]
    return {name: _brought_to(name, cast) for name in stages}


def _brought_to(stage, cast) -> AlertCase:
    rosa, helen, idris = cast.rosa, cast.helen, cast.idris
    case = raising.raise_alert(
        cast.london, "staffing", concerns=["One"], measures=[("Vacancies", "posts", None, "up", None, None)],
        required_text="Act.", by=idris, **HOW,
    )  # fmt: skip
    if stage == "historic":
        AlertCase.objects.filter(pk=case.pk).update(live=False)
    deeds = {
        "acknowledged": (answering.acknowledge, [], rosa),
        "responded": (answering.respond, ["We act."], rosa),
        "monitoring": (answering.accept, [], idris),
        "asked": (ending.ask_end, ["We watch.", "People are safe."], rosa),
        "agreed": (ending.agree_end, [], helen),
        "stood_down": (ending.confirm_end, [], idris),
    }
    order = list(deeds)
    for name in order[: order.index(stage) + 1] if stage in deeds else []:
        deed, given, by = deeds[name]
        row = fresh(case)
        deed(row, *given, seen_version=row.version, by=by, **HOW)
        if name == "acknowledged":
            add_alert_action(
                fresh(case), "Act", organisation=cast.london, owner_person=rosa, target=LATER,
                concerns=case.concerns.all(), by=rosa, **HOW,
            )  # fmt: skip
    return case
