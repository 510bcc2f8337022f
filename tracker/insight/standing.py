"""How one place stands by itself, without those below it: what is open there, how its dates moved, its alerts; today
from the rows, on a past day from the journal, in the same form.
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from inspections.models import Organisation
from tracker.alerts.models import AlertCase
from tracker.plans import dates
from tracker.plans.models import Action, DateChange, FollowUp
from tracker.plans.rules import OPEN_ACTION, OPEN_FOLLOW_UP
from tracker.words import day as day_words
from tracker.words import plural
from tracker.working_days import NO_DATE

from .as_at import ends, lives, plans_due
from .put_back import actions_as_at, answered_then, follow_ups_as_at

SHOWN = 3  # of the open recommendations
_NAMED = ("recommendation", "inspection__organisation", "owner_post__holder", "owner_person")


@dataclass(frozen=True)
class Standing:
    """``next``: the next day on which something is due, from ``on`` on; None: none is set. ``work``: the open
    recommendations that come first, with ``next_due`` and ``owner_then`` ("" where the owner is today's). ``slip``: as
    `plans.dates.slip_of` gives it."""

    on: dt.date
    open: int
    late: int
    next: dt.date | None
    work: tuple[FollowUp, ...]
    slip: dict[str, int]
    alerts: tuple[AlertCase, ...]

    def sentence(self, past: bool) -> str:
        """ "12 recommendations are open, 2 of them overdue. The next date is 3 March 2026." """
        if not self.open:
            return f"No recommendations {'were' if past else 'are'} open."
        is_, are = ("was", "were") if past else ("is", "are")
        said = f"{plural(self.open, 'recommendation')} {is_ if self.open == 1 else are} open"
        if self.late:
            said += f", {self.late} of them overdue"
        if self.next:
            said += f". The next date {is_} {day_words(self.next)}"
        return f"{said}."


def standing(user, place: Organisation, today: dt.date) -> Standing:
    """Of what ``user`` may see. Four queries."""
    rows = FollowUp.objects.visible_to(user).filter(addressee=place).open()
    alerts = AlertCase.objects.visible_to(user).filter(organisation=place).select_related("inspection", "organisation")
    return _standing(
        today, rows.values_list("next_due", "live"),
        rows.select_related(*_NAMED).order_by("next_due", "pk")[:SHOWN],
        dates.slip_of(Action.objects.visible_to(user).filter(organisation=place)), alerts,
    )  # fmt: skip


def standing_as_at(user, place: Organisation, on: dt.date, places: dict[int, Organisation]) -> Standing:
    """What `standing` gave, or would have given, at the end of a past day, of what ``user`` may see today. ``places``:
    what `as_at.places_as_at` gives. A fixed number of queries."""
    until = ends(on)
    ids = [pk for pk, one in lives("followup", [place.pk], until) if one["state"] in OPEN_FOLLOW_UP]
    rows = FollowUp.objects.visible_to(user).filter(pk__in=ids).select_related("plan", *_NAMED)
    rows = _with_dates(follow_ups_as_at(list(rows.order_by("pk")), on, places), on, places)
    rows.sort(key=lambda row: (row.next_due, row.pk))
    states = {pk: one["state"] for pk, one in lives("alertcase", [place.pk], until)}
    alerts = AlertCase.objects.visible_to(user).filter(pk__in=states).select_related("inspection", "organisation")
    alerts = list(alerts)
    for case in alerts:
        case.state = states[case.pk]
    return _standing(
        on, [(row.next_due, row.live) for row in rows], rows[:SHOWN], _slip_as_at(user, place, until), alerts
    )


def _standing(on, open_ones, work, slip, alerts) -> Standing:
    """``open_ones``: (next date, whether its clock runs) of each that is open."""
    open_ones = list(open_ones)
    return Standing(
        on, len(open_ones), sum(live and due < on for due, live in open_ones),
        min((due for due, live in open_ones if live and on <= due < NO_DATE), default=None),
        tuple(work), slip, tuple(alerts),
    )  # fmt: skip


def _with_dates(rows, on, places) -> list:
    """``next_due`` of open follow-ups as it was: of the open actions that answered each, and of the response while it
    was awaited. Five queries."""
    of: dict[int, set[int]] = {}
    links = Action.follow_ups.through.objects.filter(followup__in=[row.pk for row in rows]).order_by()
    for follow_up, act in links.values_list("followup", "action"):
        of.setdefault(follow_up, set()).add(act)
    # Also those of the same plans that answer something else today.
    which = Q(pk__in={act for acts in of.values() for act in acts}) | Q(plan__in={row.plan_id for row in rows})
    acts = actions_as_at(list(Action.objects.filter(which).select_related("plan")), on, places)
    answered_then(of, rows, acts)
    open_acts = {act.pk: act.due_by for act in acts if act.state in OPEN_ACTION}
    answers_by = {row.plan_id: row.plan.due_by for row in rows} | plans_due(ends(on))
    for row in rows:
        due = [open_acts[pk] for pk in of.get(row.pk, ()) if pk in open_acts]
        if row.state == "awaiting" and row.live:
            due.append(answers_by[row.plan_id])
        row.next_due = min(due, default=NO_DATE)
    return rows


def _slip_as_at(user, place, until) -> dict[str, int]:
    facts = dict(lives("action", [place.pk], until))
    seen = Action.objects.visible_to(user).filter(pk__in=facts)
    moved = [one for pk in seen.order_by().values_list("pk", flat=True) if (one := facts[pk])["times_moved"]]
    asked = DateChange.objects.filter(action__in=seen.order_by().values("pk"), asked_at__lt=until)
    asked = asked.filter(Q(state="asked") | Q(decided_at__gte=until))
    return {
        "moved": len(moved), "times": sum(one["times_moved"] for one in moved),
        "asked": asked.order_by().values("action").distinct().count(),
        "days": sum(
            (one["due_by"] - one["first_due_by"]).days for one in moved
            if NO_DATE not in (one["due_by"], one["first_due_by"])
        ),
    }  # fmt: skip
