"""The facts that the rules ask for, read from the database in a number of queries that never grows."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property

from django.db.models import Count, Exists, Max, OuterRef, Q

from inspections.models import Organisation
from tracker.clocks.operations import Limits
from tracker.journal.chain import SEALED
from tracker.journal.models import Event
from tracker.people.models import Cover, Membership, Post, Role, User, is_stopped
from tracker.plans.models import Action, ActionPlan, Claim, DateChange, FollowUp, Verification
from tracker.plans.rules import OPEN_ACTION, OPEN_FOLLOW_UP
from tracker.working_days import NO_DATE, day_begins, london_day

from .alert_facts import alert_matters
from .models import Hold, OverduePause
from .rules import PAUSED, Circle, Matter, Since, counted_from

AWAITING = Q(follow_ups__state="awaiting", follow_ups__live=True)
_OWNED = ("cycle", "live", "state", "owner_person_id", "owner_post_id")
_COUNTED = ("added_at", "clock_from", "heard_on")
DONE_WITH = (
    Exists(Action.follow_ups.through.objects.filter(action=OuterRef("pk"), followup__state="implemented"))
    | Q(alert__state="stood_down")
)  # fmt: skip
OWNS_WORK = Exists(Action.objects.filter(owner_post=OuterRef("pk"), live=True, state__in=OPEN_ACTION)) | Exists(
    FollowUp.objects.filter(owner_post=OuterRef("pk"), live=True, state__in=OPEN_FOLLOW_UP)
)


@dataclass(frozen=True)
class Source:
    """Rows of which something may be to be said now. ``kinds``: which is asked; ``rows``: of `Facts`, a queryset."""

    subject_kind: str
    kinds: frozenset[str]
    rows: Callable


def _source(subject_kind, kinds, rows):
    return Source(subject_kind, frozenset(kinds.split()), rows)


def _open_actions(facts):
    """Those with a date that is near anywhere, or without one, or of which nobody has said anything for the shortest
    time after which that is asked for anywhere: most others are left to the database."""

    def silent(limit):
        day = facts.today - dt.timedelta(days=facts.least(limit))
        since = day_begins(day + dt.timedelta(days=1))
        return Q(
            Q(clock_from=None) | Q(clock_from__lte=day), Q(heard_on=None) | Q(heard_on__lte=day), added_at__lt=since
        )

    near = facts.today + dt.timedelta(days=max(facts.most("first_reminder"), facts.most("second_reminder")))
    return Action.objects.filter(
        Q(due_by__lte=near)
        | Q(due_by=NO_DATE)
        | Q(silent("stale_after"), alert=None)
        | Q(silent("alert_stale_after"), alert__isnull=False),
        live=True, state__in=OPEN_ACTION,
    )  # fmt: skip


SOURCES = [
    _source("action", "action_due update_expected no_date overdue_step", _open_actions),
    _source(
        "actionplan", "plan_due overdue_step",
        lambda facts: ActionPlan.objects.filter(
            due_by__lt=NO_DATE, pk__in=FollowUp.objects.filter(state="awaiting", live=True).values("plan")
        ),
    ),
    _source("action", "claim_waiting", lambda facts: Action.objects.filter(live=True, state="claimed")),
    _source("action", "sustain_due", lambda facts: Action.objects.filter(DONE_WITH, live=True, state="verified")),
    _source("datechange", "date_waiting", lambda facts: DateChange.objects.filter(state="asked")),
    _source(
        "followup", "risk_ending",
        lambda facts: FollowUp.objects.filter(
            state="not_implemented", review_on__lt=NO_DATE, review_on__gt=facts.today
        ),
    ),
    _source("post", "post_vacant", lambda facts: Post.objects.filter(OWNS_WORK, holder=None)),
]  # fmt: skip


class Facts:
    """Places, people, cover and limits as they are on ``today``: six queries, however many there are."""

    def __init__(self, today):
        self.today = today
        places = list(Organisation.objects.values_list("pk", "parent_id", "short_name", "name"))
        parents = {pk: parent for pk, parent, *_ in places}
        self.lines = {place: _line(place, parents) for place in parents}
        self.names = {pk: short_name or name for pk, _, short_name, name in places}
        accounts = User.objects.filter(is_active=True).annotate(stopped=is_stopped())
        accounts = list(accounts.values_list("pk", "external", "stopped"))
        stopped = frozenset(who for who, _, is_so in accounts if is_so)
        active = {who: external for who, external, is_so in accounts if not is_so}
        outside = {who for who, external in active.items() if external}  # named on actions only, and so without a role
        posts = list(Post.objects.values_list("pk", "organisation_id", "head", "role", "holder_id", "title"))
        members = list(Membership.objects.values_list("user_id", "role", "organisation_id"))
        in_use = frozenset(active.keys() & ({who for who, *_ in members} | {post[4] for post in posts} | outside))
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
            holders={post[0]: post[4] for post in held},
            heads={post[1]: post[4] for post in held if post[2]},
            leads={place: tuple(who) for place, who in leads.items()},
            covers=dict(Cover.objects.on(today).order_by().values_list("person", "stand_in")),
            inspectors=tuple(sorted(self.inspectors)),
            stopped=stopped,
        )
        self.head_posts = {place: (pk, title) for pk, place, head, _, _, title in posts if head}
        self._limits, self._for_place = Limits(), {}

    def limits(self, line) -> dict[str, int]:
        if line[0] not in self._for_place:
            self._for_place[line[0]] = self._limits.for_line(line)
        return self._for_place[line[0]]

    def least(self, limit) -> int:
        """The shortest that a limit is anywhere."""
        return min((self.limits(line)[limit] for line in self.lines.values()), default=0)

    def most(self, limit) -> int:
        return max((self.limits(line)[limit] for line in self.lines.values()), default=0)

    @cached_property
    def paused(self) -> set[tuple[str, int]]:
        """(kind, id) of what is not passed up today however overdue it is."""
        pauses = OverduePause.objects.filter(starts__lte=self.today, ends__gte=self.today, ended_at=None)
        pairs = pauses.order_by().values_list("action_id", "plan_id")
        return {("action", action) if action else ("actionplan", plan) for action, plan in pairs}

    # Matters by id, whatever has become of them meanwhile: a fixed number of queries.

    def again(self, subject_kind, ids, kinds) -> dict[int, Matter]:
        """``kinds``: of the notices about them, for what only some of these ask."""
        read = {
            "action": self.actions, "actionplan": self.plans, "followup": self.follow_ups,
            "datechange": self.date_changes, "cover": self.covers, "event": self.seals,
            "hold": self.holds, "post": self.posts,
        }.get(subject_kind)  # fmt: skip
        if subject_kind == "alertcase":
            return alert_matters(ids, self)
        found = read(ids) if read else {}
        if subject_kind == "action":
            if kinds & {"claimed", "sent_back", "verified", "update_asked", "claim_waiting"}:
                people = self._people_of(ids)
                found = {pk: replace(matter, people=people.get(pk, {})) for pk, matter in found.items()}
            for kind, read_more in (("claim_waiting", self._claims), ("sustain_due", self._verified)):
                if kind in kinds:
                    for pk, (since, people) in read_more(ids).items():
                        matter = found[pk]
                        found[pk] = replace(matter, since=matter.since | {kind: since}, people=matter.people | people)
        return found

    def actions(self, ids) -> dict[int, Matter]:
        return {row[0]: self._action(*row) for row in _with_ids(_action_rows(), ids)}

    def _action(self, pk, place, due, cycle, live, state, person, post, alert, added_at, clock_from, heard_on):
        since, is_open = {}, state in OPEN_ACTION
        if is_open and live:
            since = counted_from(due, added_at, clock_from, heard_on)
            if due < self.today:
                since["overdue_step"] = Since(due, quiet=PAUSED if ("action", pk) in self.paused else "")
        return Matter(
            "action_due", "action", pk, due, cycle, self.lines[place], live, is_open, person, post, state=state,
            since=since, of_alert=alert is not None,
        )  # fmt: skip

    def _claims(self, actions) -> dict[int, tuple[Since, dict]]:
        """Of those that wait for a decision: the claim, and of a restricted alert's actions the inspectors who may see
        them."""
        claims = Claim.objects.filter(action__in=actions, action__state="claimed", verification=None)
        rows = claims.order_by("at", "pk").values_list("action_id", "pk", "at")
        found = {action: (Since(london_day(at), f"claim {pk}"), {}) for action, pk, at in rows}
        named = Action.objects.filter(pk__in=actions, alert__restricted=True).order_by()
        for action, inspector in named.values_list("pk", "alert__inspectors"):
            if action in found:
                only = found[action][1].setdefault("inspector", ())
                found[action][1]["inspector"] = only + ((inspector,) if inspector in self.inspectors else ())
        return found

    def _verified(self, actions) -> dict[int, tuple[Since, dict]]:
        """Of those that were verified for good: when, and by which inspector."""
        rows = Action.objects.filter(DONE_WITH, pk__in=actions, state="verified").order_by().values("pk")
        decisions = Verification.objects.filter(action__in=rows, outcome="verified").order_by("at", "pk")
        return {
            action: (
                Since(london_day(at), f"verified {pk}"), {"verifier": (by,) if by in self.inspectors else ()}
            )
            for action, pk, at, by in decisions.values_list("action_id", "pk", "at", "verified_by_id")
        }  # fmt: skip

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
        owners = Action.objects.filter(pk__in=actions, owner_person__external=True)
        helpers = Action.helpers.through.objects.filter(action__in=actions, user__external=True)
        for action, person in [
            *owners.values_list("pk", "owner_person_id"), *helpers.values_list("action_id", "user_id")
        ]:  # fmt: skip
            found[action]["named"] += (person,)
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
        rows = FollowUp.objects.filter(pk__in=ids).order_by()
        rows = rows.values_list("pk", "addressee_id", "risk_accepted_by_id", "review_on", *_OWNED)
        return {
            pk: Matter(
                "assigned", "followup", pk, NO_DATE, cycle, self.lines[place], live, state in OPEN_FOLLOW_UP,
                person, post, state=state, people={"decider": _known(accepted)},
                since={"risk_ending": Since(review_on)} if (state, bool(accepted)) == ("not_implemented", True) else {},
            )
            for pk, place, accepted, review_on, cycle, live, state, person, post in rows
        }  # fmt: skip

    def date_changes(self, ids) -> dict[int, Matter]:
        rows = DateChange.objects.filter(pk__in=ids).order_by()
        rows = rows.values_list(
            "pk", "organisation_id", "asked_by_id", "asked_at", "decided_by_id", "action__cycle", "action__live",
            "state", "action__owner_person_id", "action__owner_post_id",
        )  # fmt: skip
        return {
            pk: Matter(
                "date_asked", "datechange", pk, NO_DATE, cycle, self.lines[place], live, state == "asked",
                person, post, state=state, people={"asker": _known(asker), "decider": _known(decider)},
                since={"date_waiting": Since(london_day(asked_at), f"asked {pk}")} if state == "asked" else {},
            )
            for pk, place, asker, asked_at, decider, cycle, live, state, person, post in rows
        }  # fmt: skip

    def posts(self, ids) -> dict[int, Matter]:
        """Offices; vacant ones with open work in their hands are spoken of."""
        rows = Post.objects.filter(pk__in=ids).order_by().annotate(works=OWNS_WORK)
        return {
            pk: Matter("post_vacant", "post", pk, since or NO_DATE, 1, self.lines[place], open=bool(since and works))
            for pk, place, since, works in rows.values_list("pk", "organisation_id", "vacant_since", "works")
        }

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

    def holds(self, ids) -> dict[int, Matter]:
        """Runs of mails that are held, or were."""
        rows = Hold.objects.filter(pk__in=ids).order_by().values_list("pk", "state")
        people = {"named": self.administrators}
        return {pk: Matter("run_held", "hold", pk, NO_DATE, 1, (), state=state, people=people) for pk, state in rows}

    def _plan(self, pk, place, due, waiting, turn) -> Matter:
        since = {}
        if waiting and due < self.today:
            since["overdue_step"] = Since(due, quiet=PAUSED if ("actionplan", pk) in self.paused else "")
        return Matter(
            "plan_due", "actionplan", pk, due, turn or 1, self.lines[place], open=waiting > 0, of_head=True,
            since=since,
        )  # fmt: skip


def _with_ids(rows, ids):
    """A batch is a stretch of ids, of which few are missing: a list of a thousand takes longer to put into words."""
    if len(ids) < 100 or max(ids) - min(ids) > 2 * len(ids):
        return rows.filter(pk__in=ids)
    wanted = set(ids)
    return (row for row in rows.filter(pk__range=(min(ids), max(ids))) if row[0] in wanted)


@cache
def _action_rows():
    """Every mail asks for some: naming the columns takes as long as reading them, and is done once."""
    return Action.objects.order_by().values_list("pk", "organisation_id", "due_by", *_OWNED, "alert_id", *_COUNTED)


def _known(person) -> tuple[int, ...]:
    return () if person is None else (person,)


def _line(place, parents) -> tuple[int, ...]:
    line = []
    while place is not None and place not in line:
        line.append(place)
        place = parents.get(place)
    return tuple(line)
