"""What "Your work" shows: one function per kind of reader, each a fixed number of queries. Nothing here writes."""

import datetime as dt
from urllib.parse import urlencode

from django.db.models import Count, Exists, IntegerField, Max, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from inspections.models import Organisation
from tracker.people.models import Post
from tracker.people.scope import organisations_of
from tracker.words import NO_DATE, plural, verb
from tracker.working_days import london_day

from .filters import stale
from .models import Action, ActionPlan, FollowUp, Update
from .rules import OPEN_ACTION, SOON, action_tag, is_stale, slip_words

# Nobody's, or still a leaver's; the same as the lists' "Nobody".
UNOWNED = Q(owner_post=None, owner_person=None) | Q(owner_person__is_active=False)
SHOWN = 20  # rows of each list; the link below it leads to all


def your_work(user, today, drafts) -> dict:
    """{"kind": "lead", "sentence": ..., and the lists of that kind}: the page of the role that has most to do.

    ``drafts``: the imports that wait to be checked, for an inspector.
    """
    access = user.access
    if access.is_lead:
        return lead(user, today)
    if access.is_inspector:
        return inspector(user, today, drafts)
    if access.is_administrator:
        return administrator(user, today)
    if any(role == "contributor" for role, _, _ in access.roles):
        return contributor(user, today)
    if access.roles:
        return viewer(user, today)
    return {"kind": "nobody", "sentence": "You have no role in this service yet"}


def lead(user, today):
    """What leads of a PDU, a region or HMPPS can move on themselves; of the places below, only how many are late."""
    ids = [place for role, place, _ in user.access.roles if role == "lead"]
    places = list(Organisation.objects.filter(pk__in=ids))
    mine = Action.objects.visible_to(user).filter(Q(organisation__in=ids) | Action.owned_by(user))
    work = _dated(mine, today)
    plans = list(_plans_with_gaps(ActionPlan.objects.visible_to(user).filter(organisation__in=ids)))
    awaiting = sum(plan.awaiting for plan in plans)
    where = {"organisation": places[0].slug} if len(places) == 1 else {}
    below = None
    if any(place.level != "pdu" for place in places):
        late = Action.objects.visible_to(user).open().filter(live=True, due_by__lt=today)
        below = late.exclude(organisation__in=ids).count()
    return {
        "kind": "lead",
        "sentence": work_sentence(work, today, _awaiting_sentence(awaiting)),
        "places": places,
        **work,
        "awaiting": awaiting,
        "awaiting_rows": _follow_ups(
            FollowUp.objects.visible_to(user).filter(addressee__in=ids, state="awaiting", live=True)
        ),
        "plans": plans,
        "late_below": below,
        "below_link": _link("/actions/", {"overdue": "on"}),
        "links": _links(where),
    }


def contributor(user, today):
    """Just the actions this person owns, those to be updated this week first."""
    mine = Action.objects.visible_to(user).owned_by(user).open()
    now = Q(live=True, due_by__lte=today + dt.timedelta(days=SOON)) | stale(today)
    counts = mine.aggregate(
        all=Count("pk"),
        now=Count("pk", filter=now),
        next=Min("due_by", filter=Q(due_by__gte=today, due_by__lt=NO_DATE, live=True)),
    )
    rows = marked(_actions(mine.filter(now)), today)
    others = marked(_actions(mine.exclude(pk__in=[row.pk for row in rows])), today)
    sentence = f"Update {plural(counts['now'], 'action')} this week" if counts["now"] else "Nothing to update this week"
    return {
        "kind": "contributor",
        "sentence": sentence,
        "rows": rows,
        "others": others,
        "count": counts["now"],
        "all": counts["all"],
        "next_due": counts["next"],
        "links": _links({"owner": "me"}),
    }


def inspector(user, today, drafts):
    """Reports to check, answers that are late, and recommendations that nobody owns or whose clock stands still."""
    waiting = drafts.count()
    open_ones = FollowUp.objects.visible_to(user).open()
    counts = open_ones.aggregate(
        unowned=Count("pk", filter=UNOWNED & Q(live=True)),
        historic=Count("pk", filter=Q(live=False)),
        late=Count("pk", filter=Q(live=True, state="awaiting", plan__due_by__lt=today)),
    )
    late = _plans_with_gaps(ActionPlan.objects.visible_to(user).filter(due_by__lt=today), only_awaiting=True)
    parts = []
    if waiting:
        parts.append(f"{plural(waiting, 'report')} {verb(waiting, 'waits', 'wait')} for your check")
    if counts["late"]:
        parts.append(f"{plural(counts['late'], 'response')} {verb(counts['late'])} late")
    return {
        "kind": "inspector",
        "sentence": " and ".join(parts) or "No report waits for your check, and no response is late",
        "drafts": drafts[:SHOWN],
        "drafts_count": waiting,
        "late_plans": late[:SHOWN],
        **counts,
    }


def administrator(user, today):
    """Posts that nobody holds, and work whose owner is nobody."""
    vacant = Post.objects.filter(holder=None).select_related("organisation").order_by("vacant_since", "pk")
    owned = Action.objects.visible_to(user).open().filter(live=True)
    counts = owned.aggregate(
        left=Count("pk", filter=Q(owner_person__is_active=False)),
        vacant=Count("pk", filter=Q(owner_post__isnull=False, owner_post__holder=None)),
        unowned=Count("pk", filter=UNOWNED),
    )
    posts = vacant.count()
    return {
        "kind": "administrator",
        "sentence": f"{plural(posts, 'post')} {verb(posts)} vacant" if posts else "Every post is held",
        "posts": vacant[:SHOWN],
        "posts_count": posts,
        **counts,
    }


def viewer(user, today):
    """What is late and what is due in the places this person may read about."""
    work = _dated(Action.objects.visible_to(user).filter(organisation__in=organisations_of(user, "viewer")), today)
    return {
        "kind": "viewer",
        "sentence": work_sentence(work, today),
        "places": list(Organisation.objects.filter(pk__in=[p for _, p, _ in user.access.roles])),
        **work,
        "links": _links({}),
    }


# --- Sentences -----------------------------------------------------------------------------------------------


def work_sentence(work, today, otherwise="") -> str:
    """ "3 actions are overdue and 4 are due by 30 November"; with nothing pressing, ``otherwise`` or that."""
    late, soon = work["overdue"], work["soon"]
    by = short(work["last_soon"], today)
    if late and soon:
        return f"{plural(late, 'action')} {verb(late)} overdue and {soon} {verb(soon)} due by {by}"
    if late:
        return f"{plural(late, 'action')} {verb(late)} overdue"
    if soon:
        return f"{plural(soon, 'action')} {verb(soon)} due by {by}"
    return otherwise or "Nothing is overdue or due soon"


def _awaiting_sentence(awaiting):
    if not awaiting:
        return ""
    return f"{plural(awaiting, 'recommendation')} {verb(awaiting, 'awaits', 'await')} your response"


def short(day, today) -> str:
    """ "30 November", with the year where it is another one."""
    if day is None:
        return ""
    return f"{day.day} {day:%B}" + ("" if day.year == today.year else f" {day.year}")


# --- Queries -------------------------------------------------------------------------------------------------


def _dated(actions, today) -> dict:
    """Counts and the two lists, overdue or due soon and without a date, of the open, live ones. Three queries."""
    work = actions.open().filter(live=True)
    horizon = today + dt.timedelta(days=SOON)
    soon = Q(due_by__gte=today, due_by__lte=horizon)
    counts = work.aggregate(
        overdue=Count("pk", filter=Q(due_by__lt=today)),
        soon=Count("pk", filter=soon),
        last_soon=Max("due_by", filter=soon),
        next_due=Min("due_by", filter=Q(due_by__gt=horizon, due_by__lt=NO_DATE)),
        no_date=Count("pk", filter=Q(due_by=NO_DATE)),
    )
    return counts | {
        "rows": list(_actions(work.filter(due_by__lte=horizon))),
        "no_date_rows": list(_actions(work.filter(due_by=NO_DATE))),
    }


def _actions(actions):
    found = actions.select_related("organisation", "owner_post__holder", "owner_person")
    return found.order_by("due_by", "pk")[:SHOWN]


def _follow_ups(follow_ups):
    found = follow_ups.select_related("recommendation", "inspection__organisation", "addressee", "plan")
    return found.order_by("next_due", "pk")[:SHOWN]


def with_last_updates(actions) -> list:
    """The actions as a list, each with ``last_update`` (an `Update` with its author, or None). One query more."""
    actions = list(actions)
    newest = Update.objects.filter(action=OuterRef("pk")).order_by("-at", "-pk").values("pk")[:1]
    ids = Action.objects.filter(pk__in=[a.pk for a in actions]).order_by().values_list(Subquery(newest))
    found = {u.action_id: u for u in Update.objects.filter(pk__in=ids).select_related("by")} if actions else {}
    for action in actions:
        action.last_update = found.get(action.pk)
    return actions


def marked(actions, today) -> list:
    """The actions with all that a row shows: last update, tag, slip in words, whether nobody said anything for long."""
    actions = with_last_updates(actions)
    for action in actions:
        mark(action, action.last_update, today)
    return actions


def mark(action, said, today) -> None:
    """``said``: its last update, or None."""
    action.is_open = action.state in OPEN_ACTION
    action.tag = action_tag(action.state, said.confidence if said else None)
    action.slip = slip_words(action.times_moved, action.slip_days)
    last_word = london_day(said.at if said else action.added_at)
    action.stale = is_stale(action.state, action.live, last_word, today)


def _plans_with_gaps(plans, only_awaiting=False):
    """Plans of live recommendations that lack something, each with how many of what; the earliest date first."""

    def number(rows):
        counted = rows.order_by().values("plan").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(counted, output_field=IntegerField()), 0)

    mine = FollowUp.objects.filter(plan=OuterRef("pk"), live=True)
    working = Action.objects.filter(plan=OuterRef("pk"), live=True, state__in=OPEN_ACTION)
    # Asked of each of the few, not listed for all: "not in" a list of every recommendation with an action is slow.
    with_action = Action.objects.filter(follow_ups=OuterRef("pk")).exclude(state="cancelled")
    agreed = mine.filter(state="open", response__in=["agreed", "partly_agreed"])
    plans = plans.annotate(awaiting=number(mine.filter(state="awaiting")))
    lacking = Q(awaiting__gt=0)
    if not only_awaiting:
        plans = plans.annotate(
            no_action=number(agreed.filter(~Exists(with_action))),
            no_owner=number(working.filter(UNOWNED)),
        )
        lacking |= Q(no_action__gt=0) | Q(no_owner__gt=0)
    return plans.filter(lacking).select_related("organisation", "inspection__organisation").order_by("due_by", "pk")


def _links(where) -> dict:
    return {
        "overdue": _link("/actions/", where | {"overdue": "on"}),
        "soon": _link("/actions/", where | {"due": str(SOON)}),
        "no_date": _link("/actions/", where | {"due": "none"}),
        "open": _link("/actions/", where | {"status": "open"}),
        "awaiting": _link("/recommendations/", where | {"status": "awaiting"}),
    }


def _link(path, query) -> str:
    return f"{path}?{urlencode(query)}"
