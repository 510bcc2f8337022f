"""What every deed on plans does first and last: who may, is it as it was seen, what changed, which date is next."""

import datetime as dt

from django.db.models import Case, DateField, F, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce, Least

from tracker.journal.models import Event
from tracker.journal.operations import notify
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal
from tracker.words import time_of_day
from tracker.working_days import NO_DATE

from .models import Action, ActionPlan, DateChange
from .rules import OPEN_ACTION, why_not_allowed, why_not_now, why_not_while_with_the_level_above

SENT_AGAIN_WITHIN = dt.timedelta(minutes=10)


def standing_for_follow_up(follow_up, by) -> frozenset[str]:
    return by.access.standing(follow_up.addressee.line)


def standing_for_action(action, by, helpers=None) -> frozenset[str]:
    """ "owner" and "helper" too, for the person and for whoever stands in for them that day; of somebody outside
    "outside", whichever of the two they are.

    ``helpers``: their ids, where a page has read them already; else a query, and only when it matters.
    """
    standing = by.access.standing(action.organisation.line)
    owner = action.owner
    if owner is not None and owner.pk in by.acts_for:
        standing |= {"owner"}
    elif not standing & {"lead"}:
        if helpers is None:
            helpers = action.helpers.filter(pk__in=by.acts_for).values_list("pk", flat=True)
        if set(helpers) & set(by.acts_for):
            standing |= {"helper"}
    if by.external:
        return frozenset({"outside"} if standing else ())
    return standing


def standing_above(organisation, by, asked_by=None) -> frozenset[str]:
    """What ``by`` is for what ``asked_by`` put before the level above ``organisation``.

    HMPPS has no level above: there a second lead, not the one who asked, is it.
    """
    standing = by.access.standing(organisation.line)
    if organisation.level == "hmpps" and "lead" in standing and (asked_by is None or asked_by.pk not in by.acts_for):
        standing |= {"lead above"}
    return standing


def guard(step, row, standing, states):
    if sentence := why_not_allowed(step, standing):
        raise NotAllowed(sentence)
    if sentence := why_not_now(step, row.state, states):
        raise Refusal(sentence)


def claim_row(row, seen_version, from_, deed, by, after, **changes) -> bool:
    """Change the row only if it still is what was seen; else raise `AlreadyMoved`, saying who was first.

    False when it was changed already by this very deed: a form that was sent twice. Then there is nothing to record.
    """
    changed = (
        type(row)
        .objects.filter(pk=row.pk, version=seen_version, state__in=from_)
        .update(version=F("version") + 1, **changes)
    )
    if changed:
        row.refresh_from_db(fields=["version", *changes])
        return True
    if is_repeat(row, deed, by, after):
        row.refresh_from_db()
        return False
    raise AlreadyMoved(who_was_first(row), type(row).objects.get(pk=row.pk))


def last_change(row):
    """The newest event of the row; a note changes nothing."""
    return Event.objects.about(row).exclude(deed="note_added").select_related("actor").first()


def who_was_first(row) -> str:
    """ "Ben Hall changed this at 10:42am while you were writing. Nothing of yours was saved yet." """
    return words_of_who_was_first(last_change(row))


def words_of_who_was_first(last) -> str:
    """``last``: the newest event of the row, or None."""
    who = last.actor.name if last and last.actor else "Somebody"
    when = f" at {time_of_day(last.at)}" if last else ""
    return f"{who} changed this{when} while you were writing. Nothing of yours was saved yet."


def lock(row) -> None:
    """Nobody else changes the row until this deed is done."""
    type(row).objects.select_for_update().filter(pk=row.pk).values_list("pk").get()


def plan_allows(words: str, plan_id: int | None, response: str) -> None:
    """Refuse a change to what the level above is looking at, or has signed. Locks the plan: it is not submitted
    meanwhile."""
    if plan_id is None:  # an alert's action
        return
    state = ActionPlan.objects.select_for_update().values_list("state", flat=True).get(pk=plan_id)
    if sentence := why_not_while_with_the_level_above(words, state, response):
        raise Refusal(sentence)


def is_repeat(row, deed, by, after) -> bool:
    """Whether the last thing that happened to the row is the same deed by the same person with the same values."""
    return is_same_deed(last_change(row), deed, by, after)


def done_lately(events, deed, by, at) -> list[Event]:
    """Of ``events``, this deed by this person minutes ago, newest first: with the same values it is the same deed.

    A browser that goes back shows what was typed in a form that is new, so no key tells that it was sent already.
    Whoever calls holds a lock, or two at once would not see each other.
    """
    lately = events.filter(deed=deed, actor=by, at__gt=at - SENT_AGAIN_WITHIN, at__lt=at + SENT_AGAIN_WITHIN)
    return list(lately.order_by("-at", "-pk"))


def is_same_deed(last, deed, by, after) -> bool:
    return last is not None and (last.deed, last.actor_id, last.after) == (deed, by and by.pk, after)


def changes(row, **new):
    """(before, after) of the fields that differ, as text."""
    before = {name: getattr(row, name) for name in new}
    differ = [name for name in new if before[name] != new[name]]
    return {n: plain(before[n]) for n in differ}, {n: plain(new[n]) for n in differ}


def plain(value):
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, dt.date):
        return "no date" if value == NO_DATE else value.isoformat()
    return str(value)


def said_of_clock(action) -> dict:
    """For the event of a new action: that no clock of it runs. Most run, and nothing is said."""
    return {} if action.live else {"live": False}


def tell_new_owner(row, *, by, at):
    owner = row.owner
    if row.live and owner is not None and (by is None or owner.pk != by.pk):
        notify(owner, "assigned", row, f"cycle {row.cycle} version {row.version}", at=at)


def refresh_next_due(follow_ups) -> None:
    """Set each follow-up's ``next_due``: its earliest open action's date, or the response's while that is awaited
    and comes first."""
    earliest = (
        Action.objects.filter(follow_ups=OuterRef("pk"), state__in=OPEN_ACTION).order_by("due_by").values("due_by")
    )
    response = ActionPlan.objects.filter(pk=OuterRef("plan_id")).values("due_by")
    follow_ups.update(
        next_due=Least(
            Coalesce(Subquery(earliest[:1]), Value(NO_DATE)),
            Case(When(state="awaiting", live=True, then=Subquery(response)), default=Value(NO_DATE)),
            output_field=DateField(),
        )
    )


def look_again_at_alerts(actions) -> None:
    """An owner or a date of these actions changes, and so may the clocks of their alerts: the next climb works them out
    anew. Before the actions themselves are locked, as everywhere: the alert first, then its actions."""
    ids = {action.alert_id for action in actions} - {None}
    if ids:
        alerts = Action.alert.field.related_model.objects.filter(pk__in=ids)
        list(alerts.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
        alerts.update(worked_out_on="")


def drop_question(action, at) -> None:
    """The question about a date falls away with the step that the action takes; part of that deed."""
    DateChange.objects.filter(action=action, state="asked").update(state="withdrawn", decided_at=at)
