"""Deeds on many rows at once: each row guarded by itself, all written in the same few statements.

The deed on one row is a list of one (`operations.assign`, `operations.reassign`). What is refused for one row does not
undo the others.
"""

import uuid
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import Case, F, OuterRef, Subquery, Value, When

from tracker.clocks.operations import Limits
from tracker.journal.models import Event
from tracker.journal.operations import notify_all, record_all
from tracker.refusals import AlreadyMoved, Refusal
from tracker.working_days import NO_DATE, london_day

from .dates import asked_already, why_no_other_date
from .guard import (
    changes,
    guard,
    is_same_deed,
    look_again_at_alerts,
    plain,
    refresh_next_due,
    standing_for_action,
    standing_for_follow_up,
    words_of_who_was_first,
)
from .models import Action, ActionPlan, BulkDeed, DateChange, FollowUp
from .rules import ACTION_STATES, ACTION_STEPS, FOLLOW_UP_STATES, FOLLOW_UP_STEPS, NOTE_STEPS, moves_at_once
from .telling import heads_above, readers

MOST = 500  # rows at once
PARTS = {
    FollowUp: ("recommendation", "addressee__parent__parent"),
    Action: ("organisation__parent__parent",),
}
OWNERS = ("owner_post__organisation", "owner_post__holder", "owner_person")
AT_ONCE, ASKED = "Moved at once", "Asked for: the level above decides"


@dataclass
class Outcome:
    """``done``: (row, how). ``same``: rows that were so already. ``told``: people who will be."""

    done: list = field(default_factory=list)
    same: list = field(default_factory=list)
    refused: list[tuple[object, Refusal]] = field(default_factory=list)
    told: list = field(default_factory=list)

    def of_one(self):
        """The row of a list of one, as it is now; raises what it was refused with."""
        for _, refusal in self.refused:
            raise refusal
        for row in self.same:
            row.refresh_from_db()
            return row
        return self.done[0][0]


@dataclass
class _Wanted:
    row: object
    deed: str  # of the event
    before: dict
    after: dict
    how: str = ""


def place_of(row):
    return row.addressee if isinstance(row, FollowUp) else row.organisation


def standings(rows, by) -> dict[int, frozenset[str]]:
    """What ``by`` is for each row. At most one query."""
    if all(isinstance(row, FollowUp) for row in rows):
        return {row.pk: standing_for_follow_up(row, by) for row in rows}
    helped = Action.helpers.through.objects.filter(action__in=[row.pk for row in rows], user__in=by.acts_for)
    helped = set(helped.values_list("action_id", flat=True))
    return {row.pk: standing_for_action(row, by, by.acts_for if row.pk in helped else ()) for row in rows}


def step_of(deed, row):
    """(the step, the words of the states) that ``deed`` is on this row. A date is asked for, or changed, by the same
    people in the same states."""
    if isinstance(row, FollowUp):
        return {"assign": FOLLOW_UP_STEPS["assign"], "note": NOTE_STEPS["follow_up"]}[deed], FOLLOW_UP_STATES
    steps = {"assign": ACTION_STEPS["reassign"], "move": ACTION_STEPS["ask_date"], "note": NOTE_STEPS["action"]}
    return steps[deed], ACTION_STATES


def offered(model, access) -> list[str]:
    """The deeds that somebody with these roles may be able to do to rows of this list."""
    could = {role for role, _, _ in access.roles}
    if "lead" in could:
        could.add("lead above")
    if could & {"lead", "contributor"}:
        could |= {"owner", "helper"}
    deeds = ("assign", "note") if model is FollowUp else ("assign", "move", "note")
    return [deed for deed in deeds if step_of(deed, model())[0].who & could]


def refusals(deed, rows, by) -> dict[int, Refusal]:
    """Which of the rows nobody could do it to now, or not this person, by id; for the page that asks first."""
    standing = standings(rows, by)
    found = {}
    for row in rows:
        step, states = step_of(deed, row)
        try:
            guard(step, row, standing[row.pk], states)
        except Refusal as refusal:
            found[row.pk] = refusal
    return found


# --- As it was seen ------------------------------------------------------------------------------------------


def _as_seen(wanted: list[_Wanted], seen: dict[int, int], from_, by, outcome) -> list[_Wanted]:
    """Those whose rows still are as ``by`` saw them; locks them. The others are refused, or were done already by a form
    that was sent twice. ``seen``: id to version."""
    if not wanted:
        return []
    model = type(wanted[0].row)
    locked = model.objects.filter(pk__in=[one.row.pk for one in wanted]).select_for_update().order_by("pk")
    now = {pk: (version, state) for pk, version, state in locked.values_list("pk", "version", "state")}
    free, late = [], []
    for one in wanted:
        version, state = now[one.row.pk]
        (free if version == seen[one.row.pk] and state in from_ else late).append(one)
    if late:
        ids = [one.row.pk for one in late]
        newest, theirs = _last_changes(model, ids), model.objects.in_bulk(ids)
        for one in late:
            last = newest.get(one.row.pk)
            if is_same_deed(last, one.deed, by, one.after):
                outcome.same.append(one.row)
            else:
                refusal = AlreadyMoved(words_of_who_was_first(last), theirs[one.row.pk])
                outcome.refused.append((one.row, refusal))
    return free


def _last_changes(model, ids) -> dict[int, Event]:
    """As `guard.last_change`, for many. Two queries."""
    about = Event.objects.filter(subject_kind=model._meta.model_name, subject_id=OuterRef("pk"))
    newest = about.exclude(deed="note_added").order_by("-at", "-pk").values("pk")[:1]
    wanted = list(model.objects.filter(pk__in=ids).order_by().values_list(Subquery(newest), flat=True))
    return {event.subject_id: event for event in Event.objects.filter(pk__in=wanted).select_related("actor")}


def _record(wanted: list[_Wanted], by, at) -> None:
    lines = [
        {"deed": one.deed, "subject": one.row, "organisation": place_of(one.row), "before": one.before,
         "after": one.after}
        for one in wanted
    ]  # fmt: skip
    if lines:
        record_all(lines, by=by, at=at)


# --- The deeds -----------------------------------------------------------------------------------------------


@transaction.atomic
def assign(rows, *, owner_post=None, owner_person=None, seen, by, at, places=None) -> Outcome:
    """Give follow-ups, or actions, to one owner: a post, a person, or nobody for now.

    ``places``: ids of those whose work this owner can be given; None: any.
    """
    outcome, owners = Outcome(), {"owner_post": owner_post, "owner_person": owner_person}
    standing = standings(rows, by)
    wanted = []
    for row in rows:
        step, states = step_of("assign", row)
        try:
            guard(step, row, standing[row.pk], states)
            if places is not None and place_of(row).pk not in places:
                raise Refusal(f"The owner you chose cannot be given work of {place_of(row)}.")
            if isinstance(row, FollowUp) and owner_person is not None and owner_person.external:
                raise Refusal("Somebody outside can own an action, and no recommendation.")
        except Refusal as refusal:
            outcome.refused.append((row, refusal))
            continue
        before, after = changes(row, **owners)
        if before:
            wanted.append(_Wanted(row, "assigned", before, after))
        else:
            outcome.same.append(row)
    look_again_at_alerts(one.row for one in wanted if isinstance(one.row, Action))
    wanted = _as_seen(wanted, seen, step_of("assign", rows[0])[0].from_ if rows else (), by, outcome)
    if not wanted:
        return outcome
    ids = [one.row.pk for one in wanted]
    type(rows[0]).objects.filter(pk__in=ids).update(version=F("version") + 1, **owners)
    for one in wanted:
        one.row.version = seen[one.row.pk] + 1
        one.row.owner_post, one.row.owner_person = owner_post, owner_person
        outcome.done.append((one.row, ""))
    _record(wanted, by, at)
    owner = wanted[0].row.owner
    live = [one.row for one in wanted if one.row.live and owner is not None and owner.pk != by.pk]
    notify_all(
        [(owner.pk, "assigned", row._meta.model_name, row.pk, f"cycle {row.cycle} version {row.version}")
         for row in live],
        at=at,
    )  # fmt: skip
    outcome.told = [owner] if live else []
    return outcome


@transaction.atomic
def note(rows, text, *, seen=None, by, at) -> Outcome:
    """Add a note to the timeline of each; nothing else changes and nobody is told."""
    if not text.strip():
        raise Refusal("Write the note.")
    outcome, standing, wanted = Outcome(), standings(rows, by), []
    for row in rows:
        step, states = step_of("note", row)
        try:
            guard(step, row, standing[row.pk], states)
        except Refusal as refusal:
            outcome.refused.append((row, refusal))
        else:
            wanted.append(_Wanted(row, "note_added", {}, {"note": text.strip()}))
            outcome.done.append((row, ""))
    _record(wanted, by, at)
    return outcome


@transaction.atomic
def move(rows, target, reason, *, seen, by, at) -> Outcome:
    """Give actions another date. At once while their plan is being written, or up to `free_slip` days after the first
    date; else it is asked for and the level above decides. The first date stays on show either way."""
    if not reason.strip():
        raise Refusal("Say why the date moves: the first date stays on show beside the new one.")
    if target.due_by == NO_DATE:
        raise Refusal("Give the date to which they move.")
    if target.due_by < london_day(at):
        raise Refusal("The new date is already past.")
    outcome, standing, limits, wanted = Outcome(), standings(rows, by), Limits(), []
    plans = ActionPlan.objects.filter(pk__in={row.plan_id for row in rows if row.plan_id}).select_for_update()
    plans = dict(plans.order_by("pk").values_list("pk", "state"))
    open_ones = DateChange.objects.filter(action__in=[row.pk for row in rows], state="asked").select_related("asked_by")
    open_ones = {question.action_id: question for question in open_ones}
    for row in rows:
        written = plans.get(row.plan_id) in ("draft", "sent_back")
        try:
            one = _moved(row, target, reason.strip(), written, open_ones.get(row.pk), standing[row.pk], limits, at)
        except Refusal as refusal:
            outcome.refused.append((row, refusal))
        else:
            wanted.append(one)
    wanted = _as_seen(wanted, seen, ACTION_STEPS["ask_date"].from_, by, outcome)
    wanted, questions = _questions(wanted, target, reason.strip(), by, at, outcome)
    _set_dates([one.row for one in wanted if one.how == AT_ONCE], target)
    DateChange.objects.filter(
        action__in=[one.row.pk for one in wanted if one.deed == "action_changed"], state="asked"
    ).update(state="withdrawn")
    outcome.done += [(one.row, one.how) for one in wanted]
    _record(wanted, by, at)
    _tell_above([q for q in questions.values() if q.state == "asked"], by, at, outcome)
    return outcome


def _moved(row, target, reason, written, question, standing, limits, at) -> _Wanted:
    step = ACTION_STEPS["edit" if written else "ask_date"]
    guard(step, row, standing, ACTION_STATES)
    if written and row.due_by == target.due_by:
        raise Refusal(f"The date is {plain(row.due_by)} already.")
    if written:
        new = {"due_by": target.due_by, "target_wording": target.wording, "target_precision": target.precision}
        before, after = changes(row, **new)
        return _Wanted(row, "action_changed", before, after | {"reason": reason}, AT_ONCE)
    if sentence := why_no_other_date(row, target, reason, at):
        raise Refusal(sentence)
    if question is not None:
        raise AlreadyMoved(asked_already(question), row)
    before, after = {"due_by": plain(row.due_by)}, {"due_by": plain(target.due_by), "reason": reason}
    free = moves_at_once(row.first_due_by, target.due_by, limits.for_line(row.organisation.line)["free_slip"])
    return _Wanted(row, *(("date_moved", before, after, AT_ONCE) if free else ("date_asked", before, after, ASKED)))


def _questions(wanted, target, reason, by, at, outcome) -> tuple[list[_Wanted], dict[int, DateChange]]:
    """A `DateChange` for each that is not simply rewritten; without those about whose date somebody asked meanwhile."""
    made = []
    for one in wanted:
        if one.deed == "action_changed":
            continue
        free = one.how == AT_ONCE
        made.append(
            DateChange(
                action=one.row, organisation=one.row.organisation, old_due_by=one.row.due_by,
                old_wording=one.row.target_wording, new_due_by=target.due_by, new_wording=target.wording,
                new_precision=target.precision, reason=reason, asked_by=by, asked_at=at, form_key=uuid.uuid4(),
                at_once=free, state="agreed" if free else "asked", decided_at=at if free else None,
            )
        )  # fmt: skip
    DateChange.objects.bulk_create(made, ignore_conflicts=True)
    saved = DateChange.objects.filter(form_key__in=[one.form_key for one in made])
    saved = dict(saved.values_list("action_id", "pk"))
    kept = {}
    for question in made:
        if question.action_id in saved:
            question.pk = saved[question.action_id]
            kept[question.action_id] = question
    lost = [one for one in wanted if one.deed != "action_changed" and one.row.pk not in kept]
    for one in lost:
        refusal = AlreadyMoved("Somebody asked for another date meanwhile, and it is not decided yet.", one.row)
        outcome.refused.append((one.row, refusal))
    return [one for one in wanted if one not in lost], kept


def _set_dates(actions, target) -> None:
    ids = [action.pk for action in actions]
    if not ids:
        return
    Action.objects.filter(pk__in=ids).update(
        due_by=target.due_by, target_wording=target.wording, target_precision=target.precision,
        version=F("version") + 1,
        times_moved=Case(When(first_due_by=NO_DATE, then=F("times_moved")), default=F("times_moved") + 1),
        first_due_by=Case(When(first_due_by=NO_DATE, then=Value(target.due_by)), default=F("first_due_by")),
    )  # fmt: skip
    answered = Action.follow_ups.through.objects.filter(action__in=ids)
    refresh_next_due(FollowUp.objects.filter(pk__in=answered.values("followup")))


def _tell_above(questions, by, at, outcome) -> None:
    """Those who decide; asked once for each place."""
    of, wanted, told = {}, [], {}
    for question in questions:
        if not question.action.live:
            continue
        place = question.organisation
        if place.pk not in of:
            of[place.pk] = readers(heads_above(place, by), by=by, at=at)
        for person in of[place.pk]:
            told[person.pk] = person
            wanted.append((person.pk, "date_asked", "datechange", question.pk, f"asked {question.pk}"))
    notify_all(wanted, at=at)
    outcome.told = list(told.values())


# --- From a page ---------------------------------------------------------------------------------------------

DEEDS = {"assign": assign, "move": move, "note": note}


@transaction.atomic
def do(deed, model, seen: dict[int, int], *, said="", key, by, at, **how) -> BulkDeed:
    """Do ``deed`` to the rows of ``model`` in ``seen`` (id to version), as far as ``by`` may; gives what became of it.

    Rows that ``by`` may not see are counted and never named. The same ``key`` gives the same answer.
    """
    if earlier := BulkDeed.objects.filter(form_key=key, by=by).first():
        return earlier
    if not seen:
        raise Refusal("Nothing is selected.")
    if len(seen) > MOST:
        raise Refusal(f"At most {MOST} can be changed at once: {len(seen)} are selected.")
    try:
        # First of all, so that a second click waits here for the first.
        with transaction.atomic():
            made = BulkDeed.objects.create(
                deed=deed, kind=model._meta.model_name, by=by, at=at, said=said, form_key=key
            )
    except IntegrityError:
        return BulkDeed.objects.get(form_key=key, by=by)
    rows = model.objects.visible_to(by).filter(pk__in=seen).select_related(*PARTS[model], *OWNERS)
    rows = list(rows.order_by("pk"))
    outcome = DEEDS[deed](rows, seen=seen, by=by, at=at, **how) if rows else Outcome()
    made.done = [[row.pk, words] for row, words in outcome.done]
    made.skipped = [[row.pk, refusal.sentence] for row, refusal in outcome.refused]
    made.skipped += [[row.pk, "It is so already."] for row in outcome.same]
    made.unseen = len(seen) - len(rows)
    made.told = sorted(person.name for person in outcome.told)
    made.save(update_fields=["done", "skipped", "unseen", "told"])
    return made
