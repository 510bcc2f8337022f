"""Rows as they were at the end of a past day, for a paper: today's rows, with what the journal says put back into them.

States and dates are read forward, as in `as_at`. A text or an owner is what the first line after that day says that it
was before; where none does, it is as it is today. None of these rows is ever saved.
"""

import copy
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from tracker.journal.models import Event
from tracker.plans.models import DateChange
from tracker.plans.rules import RESPONSES, is_answered_anew, read_target_date

from .as_at import KINDS, ends, fold

PLAN = {
    "plan_opened": "draft",
    "plan_submitted": "submitted",
    "plan_taken_back": "draft",
    "plan_signed_off": "signed_off",
    "plan_sent_back": "sent_back",
}
TEXTS = ("response_text", "part_agreed", "part_not_agreed", "reason", "approver")
_RESPONSE = {words: response for response, words in RESPONSES.items()}


@dataclass
class _Lines:
    """About one subject, in the order in which they were written."""

    up_to: list[Event] = field(default_factory=list)
    later: list[Event] = field(default_factory=list)

    def before(self, name, default=None):
        """What it was before the first change after the day."""
        return next((event.before[name] for event in self.later if name in event.before), default)


def _lines(kind: str, rows, until: dt.datetime) -> dict[int, _Lines]:
    found = defaultdict(_Lines)
    events = Event.objects.filter(subject_kind=kind, subject_id__in=[row.pk for row in rows]).order_by("pk")
    for event in events:
        lines = found[event.subject_id]
        (lines.later if event.at >= until else lines.up_to).append(event)
    return found


def _facts(kind: str, lines: _Lines) -> dict | None:
    table, _, read = KINDS[kind]

    def said(event):
        return {name: getattr(event, side).get(key) for name in read for side, _, key in [name.partition("__")]}

    return fold(
        kind, ((event.organisation_id, event.deed, said(event)) for event in lines.up_to if event.deed in table)
    )


def inspection_as_at(inspection, places):
    """A copy, of the place as it was called then. ``places``: what `as_at.places_as_at` gives."""
    then = copy.copy(inspection)
    then.organisation = places.get(inspection.organisation_id, inspection.organisation)
    return then


def came_later(inspections, until: dt.datetime) -> set[int]:
    """Which of these inspections (ids) were brought in after that moment. One query."""
    imported = Event.objects.filter(
        subject_kind="inspection", subject_id__in=inspections, deed="inspection_imported", at__gte=until
    )
    return set(imported.order_by().values_list("subject_id", flat=True))


def follow_ups_as_at(rows, day: dt.date, places) -> list:
    """Those of ``rows`` that were here then. Each gets ``owner_then`` (words, "" where the owner is today's) and
    ``carried_then`` (words, "nothing", or "" where that is as today). One query."""
    until, found = ends(day), []
    of = _lines("followup", rows, until)
    for row in rows:
        lines = of[row.pk]
        if (facts := _facts("followup", lines)) is None:
            continue
        row.state, row.response, row.live = facts["state"], facts["response"], facts["live"]
        for name, text in _texts(lines.up_to).items():
            setattr(row, name, text)
        row.owner_then, row.carried_then = _owner(lines, row.addressee_id, places), lines.before("carried_to", "")
        if row.carried_then:  # a page that draws the row asks for the row itself
            row.carried_to = None
        found.append(row)
    return found


def _texts(events) -> dict[str, str]:
    texts, response = dict.fromkeys(TEXTS, ""), "awaiting"
    for event in events:
        if event.deed == "answered":
            response = _RESPONSE.get(event.after.get("response"), response)
            texts |= {name: event.after[name] for name in TEXTS if name in event.after}
        elif event.deed in ("reopened", "risk_review_due") and is_answered_anew(response):
            texts, response = dict.fromkeys(TEXTS, ""), "awaiting"
    return texts


def actions_as_at(rows, day: dt.date, places) -> list:
    """Those of ``rows`` that were here then. Each gets ``owner_then`` as above and ``answers_then``: the numbers of the
    recommendations that it answered, None where they are as today. Two queries."""
    until, found = ends(day), []
    of = _lines("action", rows, until)
    moved = defaultdict(list)
    later = DateChange.objects.filter(action__in=[row.pk for row in rows], state="agreed", decided_at__gte=until)
    for change in later.order_by("decided_at", "pk"):
        moved[change.action_id].append(change)
    for row in rows:
        lines = of[row.pk]
        if (facts := _facts("action", lines)) is None:
            continue
        for name in ("state", "due_by", "first_due_by", "times_moved"):
            setattr(row, name, facts[name])
        row.what = lines.before("what", row.what)
        row.target_wording, row.target_precision = _target(row, lines, moved[row.pk])
        row.owner_then = _owner(lines, row.organisation_id, places)
        answers = lines.before("answers")
        row.answers_then = None if answers is None else {int(n) for n in answers.split(", ") if n}
        found.append(row)
    return found


def answered_then(of, follow_ups, acts) -> None:
    """Put back in ``of``, {follow-up: {action}} of ids, which recommendations of its plan each action answered.
    ``acts``: from `actions_as_at`."""
    for act in acts:
        if act.answers_then is None:
            continue
        for row in follow_ups:
            if row.plan_id == act.plan_id:
                answers = row.recommendation.number in act.answers_then
                (set.add if answers else set.discard)(of.setdefault(row.pk, set()), act.pk)


def _target(row, lines, moved) -> tuple[str, str]:
    """(wording, precision) of the date: of the first change after the day, whether it was made or agreed."""
    for event in lines.later:
        if event.deed in ("date_moved", "date_agreed") and moved:
            return moved[0].old_wording, _precision(moved[0].old_wording)
        if "target_wording" in event.before:
            wording = event.before["target_wording"]
            return wording, event.before.get("target_precision", row.target_precision)
    return row.target_wording, row.target_precision


def _precision(wording: str) -> str:
    try:
        return read_target_date(wording).precision
    except ValueError:
        return "none"


def _owner(lines, place: int, places) -> str:
    """As the papers name owners: by post without its place, or by name."""
    for event in lines.later:
        if {"owner_post", "owner_person"} & set(event.before):
            post = (event.before.get("owner_post") or "").removesuffix(f", {places.get(place, '')}")
            return event.before.get("owner_person") or post or "No owner"
    return ""


def plans_as_at(rows, day: dt.date, places) -> list:
    """The plans with the state that they had, when that was decided, and their places as called then. One query."""
    of = _lines("actionplan", rows, ends(day))
    for row in rows:
        row.state, row.decided_at = "draft", None
        row.organisation = places.get(row.organisation_id, row.organisation)
        for event in of[row.pk].up_to:
            if event.deed in PLAN:
                row.state, row.decided_at = PLAN[event.deed], event.at
    return rows
