"""The facts that the rules ask for, read from the database in a number of queries that never grows."""

from django.db.models import Count, Max, Q

from inspections.models import Organisation
from tracker.clocks.operations import Limits
from tracker.people.models import Membership, Post, User
from tracker.plans.models import Action, ActionPlan, FollowUp
from tracker.plans.rules import OPEN_ACTION, OPEN_FOLLOW_UP
from tracker.working_days import NO_DATE

from .rules import Circle, Matter

AWAITING = Q(follow_ups__state="awaiting", follow_ups__live=True)
_OWNED = ("cycle", "live", "state", "owner_person_id", "owner_post_id")


class Facts:
    """Places, people and limits as they are now: five queries, however many there are."""

    def __init__(self):
        parents = dict(Organisation.objects.values_list("pk", "parent_id"))
        self.lines = {place: _line(place, parents) for place in parents}
        active = set(User.objects.filter(is_active=True).values_list("pk", flat=True))
        posts = list(Post.objects.values_list("pk", "organisation_id", "head", "holder_id"))
        placed = set(Membership.objects.values_list("user_id", flat=True)) | {holder for *_, holder in posts}
        in_use = frozenset(active & placed)
        held = [post for post in posts if post[3] in in_use]
        self.circle = Circle(
            in_use=in_use,
            holders={pk: holder for pk, _, _, holder in held},
            heads={place: holder for _, place, head, holder in held if head},
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

    def actions(self, ids) -> dict[int, Matter]:
        rows = Action.objects.filter(pk__in=ids).values_list("pk", "organisation_id", "due_by", *_OWNED)
        return {row[0]: self._action(*row) for row in rows}

    def plans(self, ids) -> dict[int, Matter]:
        rows = ActionPlan.objects.filter(pk__in=ids).values_list("pk", "organisation_id", "due_by")
        rows = rows.annotate(
            waiting=Count("follow_ups", filter=AWAITING), turn=Max("follow_ups__cycle", filter=AWAITING)
        )
        return {row[0]: self._plan(*row) for row in rows}

    def follow_ups(self, ids) -> dict[int, Matter]:
        """Recommendations given to somebody; they have no date of their own here."""
        rows = FollowUp.objects.filter(pk__in=ids).values_list("pk", "addressee_id", *_OWNED)
        return {
            pk: Matter(
                "assigned", "followup", pk, NO_DATE, cycle, self.lines[place], live, state in OPEN_FOLLOW_UP,
                person, post,
            )
            for pk, place, cycle, live, state, person, post in rows
        }  # fmt: skip

    def _action(self, pk, place, due, cycle, live, state, person, post) -> Matter:
        line = self.lines[place]
        return Matter("action_due", "action", pk, due, cycle, line, live, state in OPEN_ACTION, person, post)

    def _plan(self, pk, place, due, waiting, turn) -> Matter:
        return Matter(
            "plan_due", "actionplan", pk, due, turn or 1, self.lines[place], open=waiting > 0, of_head=True
        )  # fmt: skip


def _with_waiting(plans):
    """(id, organisation, due date, how many responses it waits for, their latest cycle)"""
    waiting, cycle = Count("follow_ups", filter=AWAITING), Max("follow_ups__cycle", filter=AWAITING)
    return plans.values_list("pk", "organisation_id", "due_by").annotate(waiting=waiting, turn=cycle)


def _line(place, parents) -> tuple[int, ...]:
    line = []
    while place is not None and place not in line:
        line.append(place)
        place = parents.get(place)
    return tuple(line)
