"""What "Your work" shows: one function per kind of reader, each a fixed number of queries. Nothing here writes."""

import datetime as dt
from functools import reduce
from operator import or_
from urllib.parse import urlencode

from django.db.models import Case, Count, Exists, F, IntegerField, Max, Min, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Concat

from inspections.models import Organisation
from tracker.people.models import Post
from tracker.people.scope import organisations_of
from tracker.words import NO_DATE, plural, verb
from tracker.working_days import london_day

from .filters import stale
from .models import Action, ActionPlan, Claim, DateChange, FollowUp, Update, Verification
from .rules import OPEN_ACTION, OPEN_FOLLOW_UP, SOON, STALE, action_tag, is_stale, slip_words

# Nobody's, or still a leaver's; the same as the lists' "Nobody".
UNOWNED = Q(owner_post=None, owner_person=None) | Q(owner_person__is_active=False)
SHOWN = 20  # rows of each list; the link below it leads to all
NOTHING = "Nothing is overdue or due soon"
QUEUE_SHOWN = 5  # claims on the page of an inspector; the queue has a page of its own


def your_work(user, today, drafts, alerts=None) -> dict:
    """{"kind": "lead", "sentence": ..., and the lists of that kind}: the page of the role that has most to do.

    ``drafts``: the imports that wait to be checked, for an inspector. ``alerts``: what alerts ask of the reader
    (`alerts.asking.AskedOf`), which stands above all else; None: nothing could be asked.
    """
    work = _work(user, today, drafts) | {"alerts": alerts}
    if alerts and alerts.sentence:
        told = [one for one in (work["sentence"], *work.get("also", ())) if one != NOTHING]
        work |= {"sentence": alerts.sentence, "also": told}
    return work


def _work(user, today, drafts) -> dict:
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
    """What leads of a PDU, a region or HMPPS can move on themselves and what they decide for the level below; of the
    places below otherwise only how many actions are late."""
    ids = _led(user)
    places = list(Organisation.objects.filter(pk__in=ids))
    mine = Action.objects.visible_to(user).filter(Q(organisation__in=ids) | Action.owned_by(user))
    returned, claimed = _judged(mine, today)
    work = _dated(mine, today, but=returned)
    plans = _plans(user, ids)
    dates, questions = _date_changes(user, ids, today)
    answers = FollowUp.objects.visible_to(user).filter(addressee__in=ids, state="awaiting", live=True)
    late_ones = _counting(answers.filter(plan__due_by__lt=today), "state")
    awaiting_rows = list(_follow_ups(_counted(answers, "state").annotate(late=late_ones)))
    awaiting, awaiting_late = (awaiting_rows[0].count, awaiting_rows[0].late) if awaiting_rows else (0, 0)
    where = {"organisation": places[0].slug} if len(places) == 1 else {}
    below = None
    if any(place.level != "pdu" for place in places):
        late = Action.objects.visible_to(user).open().filter(live=True, due_by__lt=today)
        below = late.exclude(organisation__in=ids).count()
    passed_up = _passed_up(user, ids, today)
    sentences = worst_first(
        work, today,
        sent_back=[(len(plans["sent_back"]), "action plan"), (len(returned), "action")],
        to_decide=[(len(plans["to_decide"]), "action plan"), (len(dates), "date")],
        awaiting=awaiting,
        awaiting_late=awaiting_late,
        late_plans=sum(plan.due_by < today for plan in plans["unsent"]),
    )  # fmt: skip
    if passed_up:
        some = (
            plural(len(passed_up), "overdue action") if len(passed_up) < SHOWN else f"{SHOWN} or more overdue actions"
        )
        said = f"{some} {verb(len(passed_up), 'was', 'were')} passed up to you"
        sentences = [said] if sentences == [NOTHING] else [sentences[0], said, *sentences[1:]]
    return {
        "kind": "lead",
        "sentence": sentences[0],
        "also": sentences[1:],
        "places": places,
        **work,
        "sent_back": returned[:SHOWN],
        "sent_back_plans": plans["sent_back"][:SHOWN],
        "to_decide_plans": plans["to_decide"][:SHOWN],
        "to_decide_dates": dates[:SHOWN],
        "waiting_plans": plans["submitted"][:SHOWN],
        "claimed": claimed[:SHOWN],
        "claimed_more": len(claimed) > SHOWN,
        "questions": questions[:SHOWN],
        "awaiting": awaiting,
        "awaiting_rows": awaiting_rows,
        "plans": plans["unsent"],
        "passed_up": passed_up,
        "late_below": below,
        "below_link": _link("/actions/", {"overdue": "on"}),
        "links": _links(where),
    }


def contributor(user, today):
    """Just the actions this person owns or helps with: what was sent back, then those to be updated this week."""
    theirs = Action.objects.visible_to(user).filter(Action.owned_by(user) | Q(pk__in=Action.helped_by(user)))
    returned, claimed = _judged(theirs, today)
    mine = theirs.open().exclude(pk__in=[row.pk for row in returned])
    now = Q(live=True, due_by__lte=today + dt.timedelta(days=SOON)) | stale(today)
    counts = mine.aggregate(
        all=Count("pk"),
        now=Count("pk", filter=now),
        next=Min("due_by", filter=Q(due_by__gte=today, due_by__lt=NO_DATE, live=True)),
    )
    rows = marked(_actions(mine.filter(now)), today)
    others = marked(_actions(mine.exclude(pk__in=[row.pk for row in rows])), today)
    sentences = [f"{_things([(len(returned), 'action')], 'was', 'were')} sent back to you"] if returned else []
    if counts["now"] or not sentences:
        update = f"Update {plural(counts['now'], 'action')} this week"
        sentences.append(update if counts["now"] else "Nothing to update this week")
    return {
        "kind": "contributor",
        "sentence": sentences[0],
        "also": sentences[1:],
        "sent_back": returned[:SHOWN],
        "claimed": claimed[:SHOWN],
        "rows": rows,
        "others": others,
        "count": counts["now"],
        "all": counts["all"],
        "next_due": counts["next"],
        # All that somebody sees who only contributes is theirs.
        "links": _links({} if user.access.only_contributes else {"owner": "me"}),
    }


def inspector(user, today, drafts):
    """Claims to verify, what can be closed, ties to alerts; reports to check, answers that are late, and
    recommendations that nobody owns or whose clock stands still."""
    waiting = drafts.count()
    claims = _claims(user, today)
    open_ones = FollowUp.objects.visible_to(user).open()
    counts = open_ones.aggregate(
        unowned=Count("pk", filter=UNOWNED & Q(live=True)),
        historic=Count("pk", filter=Q(live=False)),
        late=Count("pk", filter=Q(live=True, state="awaiting", plan__due_by__lt=today)),
    )
    parts = []
    if waiting:
        parts.append(f"{plural(waiting, 'report')} {verb(waiting, 'waits', 'wait')} for your check")
    if counts["late"]:
        parts.append(f"{plural(counts['late'], 'response')} {verb(counts['late'])} late")
    sentences = [claims_sentence(claims[0].count, claims[0].days)] if claims else []
    if parts or not sentences:
        sentences.append(" and ".join(parts) or "No report waits for your check, and no response is late")
    return {
        "kind": "inspector",
        "sentence": sentences[0],
        "also": sentences[1:],
        "claims": claims,
        "claims_count": claims[0].count if claims else 0,
        "closable": list(_closable(user)),
        "ties": list(_ties(user)),
        "drafts": drafts[:SHOWN],
        "drafts_count": waiting,
        "late_plans": _late_plans(user, today)[:SHOWN],
        **counts,
    }


def administrator(user, today):
    """Posts that nobody holds, those with work first, and work whose owner is nobody."""
    its = Action.objects.filter(owner_post=OuterRef("pk"), live=True, state__in=OPEN_ACTION).order_by()
    work = Coalesce(Subquery(its.values("owner_post").annotate(n=Count("pk")).values("n")), 0)
    vacant = Post.objects.filter(holder=None).select_related("organisation").annotate(work=work)
    vacant = vacant.order_by("-work", "vacant_since", "pk")
    owned = Action.objects.visible_to(user).open().filter(live=True)
    counts = owned.aggregate(
        left=Count("pk", filter=Q(owner_person__is_active=False)),
        vacant=Count("pk", filter=Q(owner_post__isnull=False, owner_post__holder=None)),
        with_work=Count("owner_post", distinct=True, filter=Q(owner_post__isnull=False, owner_post__holder=None)),
        unowned=Count("pk", filter=UNOWNED),
    )
    posts = vacant.count()
    return {
        "kind": "administrator",
        "sentence": _vacant_words(posts, counts["with_work"]),
        "posts": vacant[:SHOWN],
        "posts_count": posts,
        **counts,
    }


def _vacant_words(posts, with_work) -> str:
    if not posts:
        return "Every post is held"
    said = f"{plural(posts, 'post')} {verb(posts)} vacant"
    return f"{said}, {with_work} of them with open work" if with_work else said


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


def work_sentence(work, today, late_plans=0) -> str:
    """ "3 actions are overdue and 4 are due by 30 November"; "2 actions and 1 action plan are overdue, and 4 actions
    are due by 30 November"; with nothing pressing, that."""
    late, soon = work["overdue"], work["soon"]
    by = short(work["last_soon"], today)
    if late_plans:
        said = f"{_things([(late, 'action'), (late_plans, 'action plan')], 'is', 'are')} overdue"
        return f"{said}, and {plural(soon, 'action')} {verb(soon)} due by {by}" if soon else said
    if late and soon:
        return f"{plural(late, 'action')} {verb(late)} overdue and {soon} {verb(soon)} due by {by}"
    if late:
        return f"{plural(late, 'action')} {verb(late)} overdue"
    if soon:
        return f"{plural(soon, 'action')} {verb(soon)} due by {by}"
    return NOTHING


def worst_first(work, today, sent_back, to_decide, awaiting, awaiting_late=0, late_plans=0) -> list[str]:
    """At least one sentence. ``sent_back`` and ``to_decide``: (number, noun) of each kind. ``late_plans``: action plans
    to be written whose day is past; ``awaiting_late``: of the recommendations ``awaiting`` those whose day is past."""
    overdue = work["overdue"] or late_plans
    dated = work_sentence(work, today, late_plans) if overdue or work["soon"] else ""
    back, decide = _things(sent_back, "was", "were"), _things(to_decide, "waits", "wait")
    sentences = [
        dated if overdue else "",
        f"{back} sent back to you" if back else "",
        f"{decide} for your decision" if decide else "",
        "" if overdue else dated,
        _responses(awaiting, awaiting_late),
    ]
    return [one for one in sentences if one] or [work_sentence(work, today)]


def _responses(awaiting, late) -> str:
    """ "10 recommendations await your response, 4 of them late" """
    if not awaiting:
        return ""
    said = f"{plural(awaiting, 'recommendation')} {verb(awaiting, 'awaits', 'await')} your response"
    which = "and it is" if awaiting == 1 else f"{'all' if late == awaiting else f'{late:,}'} of them"
    return f"{said}, {which} late" if late else said


def _things(counts, one, many) -> str:
    """ "1 action plan and 2 actions were"; empty when there is none. ``counts``: of lists cut off after `SHOWN`."""
    said = [plural(n, noun) if n <= SHOWN else f"more than {SHOWN} {noun}s" for n, noun in counts if n]
    text = " and ".join(said)
    return f"{text[:1].upper()}{text[1:]} {verb(sum(n for n, _ in counts), one, many)}" if said else ""


def claims_sentence(count, days, words="", where="") -> str:
    """ "5 claims wait for verification in London, the oldest for 18 days". ``days``: since the oldest was made.

    ``words``: the number in words, where it is not exact.
    """
    if not count:
        return f"No claim waits for verification{where}"
    since = f"for {plural(days, 'day')}" if days else "since today"
    which = f", the oldest {since}" if count > 1 else f", {since}"
    return f"{words or plural(count, 'claim')} {verb(count, 'waits', 'wait')} for verification{where}{which}"


def short(day, today) -> str:
    """ "30 November", with the year where it is another one."""
    if day is None:
        return ""
    return f"{day.day} {day:%B}" + ("" if day.year == today.year else f" {day.year}")


# --- Queries -------------------------------------------------------------------------------------------------


def _dated(actions, today, but=()) -> dict:
    """Counts and the two lists, overdue or due soon and without a date, of the open, live ones. Three queries.

    ``but``: actions that stand elsewhere on the page; they count, and are not listed again.
    """
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
    rest = work.exclude(pk__in=[action.pk for action in but]) if but else work
    return counts | {
        "rows": list(_actions(rest.filter(due_by__lte=horizon))),
        "no_date_rows": list(_actions(rest.filter(due_by=NO_DATE))),
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
    # Beside the tag: without it there is no update at all.
    action.silent = f"for {STALE} days" if said else ""


def _counted(rows, group):
    """The rows, each with ``count``: how many there are in all. ``group``: a column that is the same in all of them."""
    return rows.annotate(count=_counting(rows, group))


def _counting(rows, group):
    number = rows.order_by().values(group).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(number, output_field=IntegerField()), 0)


def _in_turn(rows, *turns):
    """Those of the rows that one of ``turns`` holds for, those of the first before those of the next, and not more
    than the page shows of so many lists."""
    kept = rows.filter(reduce(or_, turns))
    turn = Case(*(When(one, then=Value(n)) for n, one in enumerate(turns)), output_field=IntegerField())
    return kept.annotate(turn=turn), len(turns) * (SHOWN + 1)


def _led(user) -> list[int]:
    return [place for role, place, _ in user.access.roles if role == "lead"]


def _put_before(user, ids):
    """What those one level below the places ``ids`` ask; at HMPPS, above which nothing is, what its own leads ask."""
    top = [place for role, place, level in user.access.roles if role == "lead" and level == "hmpps"]
    asking = Organisation.objects.filter(Q(parent__in=ids) | Q(pk__in=top)).order_by()
    return Q(organisation__in=asking.values("pk"))


def _is_put_before(user, ids, place, asker_id) -> bool:
    """`_put_before`, of a row that was read, by somebody for whom ``user`` does not act."""
    return asker_id not in user.acts_for and (place.parent_id in ids or (place.level == "hmpps" and place.pk in ids))


def plans_to_decide(user):
    """The plans that ``user`` is to sign off, as a lead of the nearest level above and not of those who sent them."""
    plans = ActionPlan.objects.visible_to(user).filter(_put_before(user, _led(user)), state="submitted")
    return plans.exclude(submitted_by__in=user.acts_for)


def _plans(user, ids) -> dict[str, list]:
    """{"sent_back", "unsent", "submitted", "to_decide"}: the plans of the places ``ids`` by what is to be done with
    them, and those of the level below that wait for a decision. One query."""
    own = Q(organisation__in=ids)
    working = FollowUp.objects.filter(plan=OuterRef("pk"), live=True, state__in=OPEN_FOLLOW_UP)
    to_write = Q(Exists(working), state="draft") | Q(Exists(working.filter(_lacking())), state="signed_off")
    turns = [
        own & Q(state="sent_back"),
        _put_before(user, ids) & Q(state="submitted") & ~Q(submitted_by__in=user.acts_for),
        own & Q(state="submitted"),
        own & to_write,
    ]
    plans, most = _in_turn(ActionPlan.objects.visible_to(user), *turns)
    plans = _with_gaps(plans).select_related(
        "organisation__parent", "inspection__organisation", "submitted_by", "decided_by"
    )
    found = {"sent_back": [], "unsent": [], "submitted": [], "to_decide": []}
    for plan in plans.order_by("turn", "due_by", "pk")[:most]:
        plan.ready = plan.number - plan.lacking
        if plan.state == "submitted" and _is_put_before(user, ids, plan.organisation, plan.submitted_by_id):
            found["to_decide"].append(plan)
        else:
            found[plan.state if plan.state in found else "unsent"].append(plan)
    found["to_decide"].sort(key=lambda plan: (plan.submitted_at, plan.pk))
    return found


def _lacking() -> Q:
    """The follow-ups that keep their plan from being submitted, as `rules.missing_from_answer` has it."""
    steps = Action.objects.filter(follow_ups=OuterRef("pk")).exclude(state="cancelled")
    unready = Q(owner_post=None, owner_person=None) | Q(due_by=NO_DATE)
    unready = Exists(steps.exclude(state="verified").filter(unready))
    agreed = Q(response__in=["agreed", "partly_agreed"])
    return Q(state__in=OPEN_FOLLOW_UP) & (Q(response="awaiting") | agreed & (~Exists(steps) | unready))


def _count_of(rows):
    counted = rows.order_by().values("plan").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _with_gaps(plans):
    """Each with ``number`` of its recommendations, how many are ``lacking`` something, and how many of what."""
    its = FollowUp.objects.filter(plan=OuterRef("pk"))
    working = Action.objects.filter(plan=OuterRef("pk")).exclude(state__in=["cancelled", "verified"])
    # Asked of each of the few, not listed for all: "not in" a list of every recommendation with an action is slow.
    with_action = Action.objects.filter(follow_ups=OuterRef("pk")).exclude(state="cancelled")
    agreed = its.filter(state="open", response__in=["agreed", "partly_agreed"])
    return plans.annotate(
        number=_count_of(its),
        lacking=_count_of(its.filter(_lacking())),
        awaiting=_count_of(its.filter(state="awaiting")),
        no_action=_count_of(agreed.filter(~Exists(with_action))),
        no_owner=_count_of(working.filter(owner_post=None, owner_person=None)),
        no_date=_count_of(working.filter(due_by=NO_DATE)),
    )


def _late_plans(user, today):
    """Those with a live recommendation that nobody answered in time, each with how many; the earliest date first."""
    its = FollowUp.objects.filter(plan=OuterRef("pk"), live=True, state="awaiting")
    plans = ActionPlan.objects.visible_to(user).filter(due_by__lt=today).annotate(awaiting=_count_of(its))
    plans = plans.filter(awaiting__gt=0).select_related("organisation", "inspection__organisation")
    return plans.order_by("due_by", "pk")


def _passed_up(user, ids, today) -> list:
    """What is overdue at other places and has come to a post of theirs, or of whom they stand in for. One query."""
    steps = {"due": F("due_by"), "cycle": F("cycle"), "post__holder__in": user.acts_for}
    late = Action.objects.open().filter(live=True, due_by__lt=today)
    theirs = late.filter(**{f"overdue_steps__{name}": value for name, value in steps.items()})
    return list(
        _actions(Action.objects.visible_to(user).filter(pk__in=theirs.values("pk")).exclude(organisation__in=ids))
    )


def _judged(actions, today) -> tuple[list, list]:
    """Of these actions what the inspectors sent back, with who, when and why; and what waits for them. One query."""
    judged = Verification.objects.filter(action=OuterRef("pk"), claim__cycle=OuterRef("cycle"))
    last = judged.order_by("-at", "-pk")
    claim = Claim.objects.filter(action=OuterRef("pk")).order_by("-at", "-pk")
    name = Concat("verified_by__first_name", Value(" "), "verified_by__last_name")
    # An action that is open again after a decision in this cycle was sent back: "verified" does not open.
    rows, most = _in_turn(actions, Q(Exists(judged), state__in=OPEN_ACTION), Q(state="claimed"))
    rows = rows.annotate(
        judged_by=Subquery(last.annotate(name=name).values("name")[:1]),
        judged_at=Subquery(last.values("at")[:1]),
        reason=Subquery(last.values("reason")[:1]),
        claimed_at=Subquery(claim.values("at")[:1]),
    )
    rows = rows.select_related("organisation", "owner_post__holder", "owner_person")
    rows = list(rows.order_by("turn", "due_by", "pk")[:most])
    for row in rows:
        if row.claimed_at:
            row.days = (today - london_day(row.claimed_at)).days
    claimed = [row for row in rows if row.state == "claimed"]
    return [row for row in rows if row.state != "claimed"], claimed


def _date_changes(user, ids, today) -> tuple[list, list]:
    """Questions about dates: which this person decides, as `plans_to_decide`, and which those ``ids`` asked others.
    One query. Leads see all actions of their places and of the level below, those of restricted alerts too."""
    decide = _put_before(user, ids) & ~Q(asked_by__in=user.acts_for)
    rows, most = _in_turn(DateChange.objects.filter(state="asked"), decide, Q(organisation__in=ids))
    rows = rows.select_related("asked_by", "organisation__parent", "action")
    rows = list(rows.order_by("turn", "asked_at", "pk")[:most])
    for row in rows:
        row.days = (today - london_day(row.asked_at)).days
    mine = [row for row in rows if _is_put_before(user, ids, row.organisation, row.asked_by_id)]
    return mine, [row for row in rows if row not in mine]


def _claims(user, today) -> list:
    """The claims that have waited longest, each with ``days`` and the ``count`` of all. One query."""
    claimed = Action.objects.visible_to(user).filter(state="claimed").order_by()
    number = claimed.values("state").annotate(n=Count("pk")).values("n")
    claims = Claim.objects.filter(verification=None, action__in=claimed.values("pk"))
    claims = claims.annotate(count=Coalesce(Subquery(number, output_field=IntegerField()), 0))
    claims = list(claims.select_related("by", "action__organisation").order_by("at", "pk")[:QUEUE_SHOWN])
    for claim in claims:
        claim.days = (today - london_day(claim.at)).days
    return claims


def _closable(user):
    """Recommendations that an inspector can close as implemented, as `rules.why_not_closed` has it. One query."""
    steps = Action.objects.filter(follow_ups=OuterRef("pk"))
    required = Action.objects.filter(alert=OuterRef("alert"), required=True)
    untied = Q(tie__in=["none", "declined"])
    tied = Q(Exists(required), ~Exists(required.exclude(state="verified")), tie="confirmed")
    # Where nothing is left to do, nothing is due: that is the few, read from the index.
    rows = FollowUp.objects.visible_to(user).filter(untied | tied, state="open", next_due=NO_DATE)
    rows = rows.exclude(response="not_agreed")
    rows = rows.filter(Exists(steps.filter(state="verified", cycle=OuterRef("cycle"))))
    return _follow_ups(rows.filter(~Exists(steps.exclude(state__in=["verified", "cancelled"]))))


def _ties(user):
    """Recommendations that the import proposes to tie to an alert. One query."""
    rows = (
        FollowUp.objects.visible_to(user).open().filter(tie="proposed", alert__in=_alerts(user).order_by().values("pk"))
    )
    return _follow_ups(rows)


def _alerts(user):
    return FollowUp.alert.field.related_model.objects.visible_to(user)


def _links(where) -> dict:
    return {
        "overdue": _link("/actions/", where | {"overdue": "on"}),
        "soon": _link("/actions/", where | {"due": str(SOON)}),
        "no_date": _link("/actions/", where | {"due": "none"}),
        "open": _link("/actions/", where | {"status": "open"}),
        "claimed": _link("/actions/", where | {"status": "claimed"}),
        "awaiting": _link("/recommendations/", where | {"status": "awaiting"}),
    }


def _link(path, query) -> str:
    return f"{path}?{urlencode(query)}"
