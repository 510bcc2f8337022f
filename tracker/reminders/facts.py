"""The facts that the rules ask for, read from the database in a number of queries that never grows."""

from collections import defaultdict
from dataclasses import replace

from django.db.models import Count, Max, Q

from inspections.models import Organisation
from tracker.clocks.operations import Limits
from tracker.journal.chain import SEALED
from tracker.journal.models import Event
from tracker.people.models import Cover, Membership, Post, Role, User, is_stopped
from tracker.plans.models import Action, ActionPlan, Claim, DateChange, FollowUp, Verification
from tracker.plans.rules import OPEN_ACTION, OPEN_FOLLOW_UP
from tracker.working_days import NO_DATE

from .alert_facts import alert_matters
from .rules import Circle, Matter

AWAITING = Q(follow_ups__state="awaiting", follow_ups__live=True)
_OWNED = ("cycle", "live", "state", "owner_person_id", "owner_post_id")


class Facts:
    """Places, people, cover and limits as they are on ``today``: six queries, however many there are."""

    def __init__(self, today):
        self.today = today
        parents = dict(Organisation.objects.values_list("pk", "parent_id"))
        self.lines = {place: _line(place, parents) for place in parents}
        active = set(User.objects.filter(~is_stopped(), is_active=True).values_list("pk", flat=True))
        posts = list(Post.objects.values_list("pk", "organisation_id", "head", "role", "holder_id"))
        members = list(Membership.objects.values_list("user_id", "role", "organisation_id"))
        in_use = frozenset(active & ({who for who, *_ in members} | {holder for *_, holder in posts}))
        held = [post for post in posts if post[4] in in_use]
        leads = defaultdict(dict)  # a dict keeps the order, and each person once
        for who, place in [(post[4], post[1]) for post in held if post[3] == Role.LEAD] + [
            (who, place) for who, role, place in members if role == Role.LEAD and who in in_use
        ]:
            leads[place][who] = None
        self.inspectors = frozenset(who for who, role, _ in members if role == Role.INSPECTOR and who in in_use)
        self.administrators = tuple(who for who, role, _ in members if role == Role.ADMINISTRATOR and who in in_use)
        self.circle = Circle(
            in_use=in_use,
            holders={pk: holder for pk, *_, holder in held},
            heads={place: holder for _, place, head, _, holder in held if head},
            leads={place: tuple(who) for place, who in leads.items()},
            covers=dict(Cover.objects.on(today).order_by().values_list("person", "stand_in")),
        )
        self._limits, self._for_place = Limits(), {}

    def limits(self, line) -> dict[str, int]:
        if line[0] not in self._for_place:
            self._for_place[line[0]] = self._limits.for_line(line)
        return self._for_place[line[0]]

    @property
    def horizon(self) -> int:
        """Days before its date at which the earliest reminder anywhere is sent."""
        return max(
            max(self.limits(line)["first_reminder"], self.limits(line)["second_reminder"], 0)
            for line in self.lines.values()
        ) if self.lines else 0  # fmt: skip

    # One batch of matters each; as few columns as the rules need.

    def actions_due(self, until, after, size):
        """Open live actions with a date up to ``until``, from the keyset position ``after`` (due date, id) on."""
        rows = Action.objects.filter(live=True, state__in=OPEN_ACTION, due_by__lte=until)
        if after:
            rows = rows.filter(due_by__gte=after[0]).exclude(due_by=after[0], pk__lte=after[1])
        rows = rows.order_by("due_by", "pk").values_list("pk", "organisation_id", "due_by", *_OWNED)[:size]
        return [((due, pk), self._action(pk, place, due, *rest)) for pk, place, due, *rest in rows]

    def plans_due(self, until, after, size):
        """Plans with a date up to ``until`` in which a live follow-up awaits its response."""
        waits = FollowUp.objects.filter(state="awaiting", live=True)
        rows = ActionPlan.objects.filter(due_by__lte=until, pk__in=waits.values("plan"), pk__gt=after or 0)
        rows = rows.order_by("pk").values_list("pk", "organisation_id", "due_by")
        rows = rows.annotate(
            waiting=Count("follow_ups", filter=AWAITING), turn=Max("follow_ups__cycle", filter=AWAITING)
        )[:size]
        return [(row[0], self._plan(*row)) for row in rows]

    # The same matters again, by id, whatever has become of them meanwhile.

    def again(self, subject_kind, ids, kinds) -> dict[int, Matter]:
        """``kinds``: of the notices about them."""
        read = {
            "action": self.actions, "actionplan": self.plans, "followup": self.follow_ups,
            "datechange": self.date_changes, "cover": self.covers, "event": self.seals,
        }.get(subject_kind)  # fmt: skip
        if subject_kind == "alertcase":
            return alert_matters(ids, self)
        if subject_kind == "action" and kinds & {"claimed", "sent_back", "verified"}:
            return self.actions(ids, self._people_of(ids))
        return read(ids) if read else {}

    def actions(self, ids, people=None) -> dict[int, Matter]:
        rows = Action.objects.filter(pk__in=ids).values_list("pk", "organisation_id", "due_by", *_OWNED)
        return {row[0]: self._action(*row, people=(people or {}).get(row[0], {})) for row in rows}

    def _people_of(self, actions) -> dict[int, dict]:
        """By action: who claimed it last, who decided last, and the inspectors who ever decided on it."""
        found = defaultdict(lambda: defaultdict(tuple))
        claims = Claim.objects.filter(action__in=actions).order_by("at", "pk")
        for action, by in claims.values_list("action_id", "by_id"):
            found[action]["claimant"] = (by,)
        decisions = Verification.objects.filter(action__in=actions).order_by("at", "pk")
        for action, by in decisions.values_list("action_id", "verified_by_id"):
            found[action]["decider"] = (by,)
            if by in self.inspectors:
                found[action]["judge"] += (by,)
        return found

    def plans(self, ids) -> dict[int, Matter]:
        rows = ActionPlan.objects.filter(pk__in=ids).annotate(
            waiting=Count("follow_ups", filter=AWAITING),
            turn=Max("follow_ups__cycle", filter=AWAITING),
            running=Count("follow_ups", filter=Q(follow_ups__live=True)),
        )
        rows = rows.values_list(
            "state", "submitted_by_id", "decided_by_id", "running", "pk", "organisation_id", "due_by", "waiting", "turn"
        )
        return {
            row[0]: replace(
                self._plan(*row), live=running > 0, state=state,
                people={"submitter": _known(submitter), "decider": _known(decider)},
            )
            for state, submitter, decider, running, *row in rows
        }  # fmt: skip

    def follow_ups(self, ids) -> dict[int, Matter]:
        """Recommendations; they have no date of their own here."""
        rows = FollowUp.objects.filter(pk__in=ids).values_list("pk", "addressee_id", "risk_accepted_by_id", *_OWNED)
        return {
            pk: Matter(
                "assigned", "followup", pk, NO_DATE, cycle, self.lines[place], live, state in OPEN_FOLLOW_UP,
                person, post, state=state, people={"decider": _known(accepted)},
            )
            for pk, place, accepted, cycle, live, state, person, post in rows
        }  # fmt: skip

    def date_changes(self, ids) -> dict[int, Matter]:
        rows = DateChange.objects.filter(pk__in=ids).order_by()
        rows = rows.values_list(
            "pk", "organisation_id", "asked_by_id", "decided_by_id", "action__cycle", "action__live", "state",
            "action__owner_person_id", "action__owner_post_id",
        )  # fmt: skip
        return {
            pk: Matter(
                "date_asked", "datechange", pk, NO_DATE, cycle, self.lines[place], live, state == "asked",
                person, post, state=state, people={"asker": _known(asker), "decider": _known(decider)},
            )
            for pk, place, asker, decider, cycle, live, state, person, post in rows
        }  # fmt: skip

    def covers(self, ids) -> dict[int, Matter]:
        rows = Cover.objects.filter(pk__in=ids).order_by()
        ahead = set(rows.from_day(self.today).values_list("pk", flat=True))
        return {
            pk: Matter(
                "cover_named", "cover", pk, NO_DATE, 1, (), open=pk in ahead, state="named" if pk in ahead else "over",
                people={"named": (stand_in,)},
            )
            for pk, stand_in in rows.values_list("pk", "stand_in_id")
        }  # fmt: skip

    def seals(self, ids) -> dict[int, Matter]:
        """Of the journal: they stay as they are, but not everyone stays an administrator."""
        rows = Event.objects.filter(pk__in=ids, deed=SEALED).order_by().values_list("pk", flat=True)
        people = {"named": self.administrators}
        return {pk: Matter(SEALED, "event", pk, NO_DATE, 1, (), state="sealed", people=people) for pk in rows}

    def _action(self, pk, place, due, cycle, live, state, person, post, people=None) -> Matter:
        line = self.lines[place]
        return Matter(
            "action_due", "action", pk, due, cycle, line, live, state in OPEN_ACTION, person, post, state=state,
            people=people or {},
        )  # fmt: skip

    def _plan(self, pk, place, due, waiting, turn) -> Matter:
        return Matter(
            "plan_due", "actionplan", pk, due, turn or 1, self.lines[place], open=waiting > 0, of_head=True
        )  # fmt: skip


def _known(person) -> tuple[int, ...]:
    return () if person is None else (person,)


def _line(place, parents) -> tuple[int, ...]:
    line = []
    while place is not None and place not in line:
        line.append(place)
        place = parents.get(place)
    return tuple(line)
