"""The inspections before this one: what became of their recommendations, and carrying unfinished ones forward."""

import datetime as dt
import difflib
import re
from collections import Counter
from dataclasses import dataclass

from django.db import transaction

from inspections.models import Inspection, Organisation, Recommendation
from tracker.journal.models import Event
from tracker.journal.operations import record
from tracker.refusals import Refusal

from .guard import claim_row, guard, standing_for_follow_up
from .models import Action, FollowUp, Verification
from .rules import CLOSED_FOLLOW_UP, FOLLOW_UP_STATES, FOLLOW_UP_STEPS, JUDGEMENTS, OPEN_FOLLOW_UP, RESPONSES

ENDS = ("closed", "closed_not_agreed", "risk_accepted", "superseded")  # deeds with which a follow-up ends
OFFERED = 60  # recommendations to choose from when one is carried forward

# --- Which inspections come before and after -----------------------------------------------------------------


def _successors() -> dict[int, int]:
    return dict(Organisation.objects.exclude(successor=None).values_list("pk", "successor_id"))


def _later_places(place: int, successors) -> set[int]:
    """The place and what followed it."""
    found = {place}
    while (place := successors.get(place)) is not None and place not in found:
        found.add(place)
    return found


def _earlier_places(place: int, successors) -> set[int]:
    """The place and those that it followed."""
    return {place} | {one for one in successors if place in _later_places(one, successors)}


def _when(inspection) -> dt.date | None:
    return inspection.fieldwork_month or inspection.published


def before(inspection) -> list[Inspection]:
    """The earlier inspections of the same place and of those that it followed, newest first. Two queries."""
    return earlier_of(inspection, with_predecessors(inspection))


def with_predecessors(inspection, followed=True) -> list[Inspection]:
    """All other inspections of the same place and of those that it followed. Two queries; one when the place is known
    to have ``followed`` none."""
    return _others(inspection, _earlier_places(inspection.organisation_id, _successors() if followed else {}))


def earlier_of(inspection, others) -> list[Inspection]:
    this = _when(inspection)
    found = [one for one in others if this and _when(one) and _when(one) < this]
    return sorted(found, key=_when, reverse=True)


def after(inspection) -> list[Inspection]:
    """The later inspections of the same place and of what followed it, newest first. At most two queries."""
    # Nothing followed most places, and then nobody need ask what did.
    known = _successors() if inspection.organisation.successor_id else {}
    this = _when(inspection)
    others = _others(inspection, _later_places(inspection.organisation_id, known))
    return sorted((one for one in others if this and _when(one) and _when(one) > this), key=_when, reverse=True)


def _others(inspection, places) -> list[Inspection]:
    rows = Inspection.objects.filter(organisation__in=places).exclude(pk=inspection.pk)
    return list(rows.select_related("organisation"))


# --- What became of them -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Became:
    """One recommendation of an earlier inspection. ``follow_up`` None: what is done about it is not the reader's to
    see, and all below is empty."""

    recommendation: Recommendation
    follow_up: FollowUp | None = None
    response: str = ""
    verified: int = 0
    actions: int = 0  # those not cancelled
    judgement: str = ""  # of the latest decision on a claim
    closed_at: dt.datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.follow_up is not None and self.follow_up.state in OPEN_FOLLOW_UP


@dataclass(frozen=True)
class Earlier:
    inspection: Inspection
    rows: tuple[Became, ...]

    @property
    def closed(self) -> int:
        return sum(row.follow_up is not None and not row.is_open for row in self.rows)

    @property
    def open(self) -> int:
        return sum(row.is_open for row in self.rows)

    @property
    def unseen(self) -> int:
        return sum(row.follow_up is None for row in self.rows)


def what_became(user, inspection) -> list[Earlier]:
    """Every recommendation of the earlier inspections with what became of it, as far as ``user`` may see that.

    Seven queries, whatever the number of inspections and recommendations.
    """
    inspections = before(inspection)
    recommendations = list(Recommendation.objects.filter(inspection__in=inspections).select_related("addressee"))
    seen = FollowUp.objects.visible_to(user).filter(inspection__in=inspections)
    seen = seen.select_related("carried_to__recommendation", "carried_to__inspection__organisation")
    follow_ups = {one.recommendation_id: one for one in seen}
    ids = [one.pk for one in follow_ups.values()]
    acts = Action.objects.visible_to(user).filter(follow_ups__in=ids).exclude(state="cancelled").order_by()
    answers = list(acts.values_list("pk", "state", "follow_ups"))
    decided = Verification.objects.filter(action__in={pk for pk, *_ in answers}).order_by("at", "pk")
    judgements = {action: (at, said) for action, at, said in decided.values_list("action_id", "at", "judgement")}
    ended = Event.objects.filter(subject_kind="followup", subject_id__in=ids, deed__in=ENDS).order_by("at", "pk")
    ends = dict(ended.values_list("subject_id", "at"))
    of: dict[int, list] = {}
    for action, state, follow_up in answers:
        of.setdefault(follow_up, []).append((state, judgements.get(action)))
    shown: dict[int, list] = {one.pk: [] for one in inspections}
    for recommendation in recommendations:
        row = became(recommendation, follow_ups.get(recommendation.pk), of, ends)
        shown[recommendation.inspection_id].append(row)
    return [Earlier(one, tuple(shown[one.pk])) for one in inspections]


def became(recommendation, follow_up, of, ends) -> Became:
    """``of``: {follow-up: [(state, (moment, judgement) or None) of each action not cancelled]}; ``ends``: {follow-up:
    moment}."""
    if follow_up is None:
        return Became(recommendation)
    mine = of.get(follow_up.pk, [])
    last = max((said for _, said in mine if said), default=None)
    return Became(
        recommendation, follow_up, RESPONSES[follow_up.response], sum(state == "verified" for state, _ in mine),
        len(mine), JUDGEMENTS[last[1]] if last else "",
        ends.get(follow_up.pk) if follow_up.state in CLOSED_FOLLOW_UP else None,
    )  # fmt: skip


def last_time(user, inspection, earlier) -> dict | None:
    """How the recommendations of the inspection before this one stand: {"inspection", "closed", "open"}, counting
    those that ``user`` may see; None when there was none before. One query. ``earlier``: what `before` gives."""
    if not earlier:
        return None
    states = FollowUp.objects.visible_to(user).filter(inspection=earlier[0]).order_by().values_list("state", flat=True)
    counted = Counter("open" if state in OPEN_FOLLOW_UP else "closed" for state in states)
    return {"inspection": earlier[0], "closed": counted["closed"], "open": counted["open"]}


# --- Carrying forward ----------------------------------------------------------------------------------------


def carried(row, user) -> dict:
    """{"to": follow-up or None, "from": [follow-ups], "later": whether there is a later inspection, for those who may
    carry forward}: the same matter in a later and in earlier inspections, as far as ``user`` may see them. One query;
    at most three for an inspector."""
    parts = ("recommendation", "inspection__organisation", "addressee")
    wanted = FollowUp.objects.visible_to(user).select_related(*parts)
    found = list(wanted.filter(carried_to=row.pk) | wanted.filter(pk=row.carried_to_id or 0))
    return {
        "to": next((one for one in found if one.pk == row.carried_to_id), None),
        "from": [one for one in found if one.carried_to_id == row.pk],
        "later": bool(user.access.is_inspector and after(row.inspection)),
    }


def offered(follow_up, user) -> list[FollowUp]:
    """What it can be carried forward to: recommendations of later inspections to the same level, most similar first."""
    rows = FollowUp.objects.visible_to(user).filter(
        inspection__in=after(follow_up.inspection), addressee__level=follow_up.addressee.level
    )
    rows = rows.select_related("recommendation", "inspection__organisation", "addressee").order_by("pk")
    mine = _words(follow_up.recommendation.wording)
    return sorted(rows, key=lambda one: likeness(mine, _words(one.recommendation.wording)), reverse=True)[:OFFERED]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def likeness(one: list[str], other: list[str]) -> float:
    """0 to 1: how much of two wordings, word by word, is the same."""
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()


@transaction.atomic
def carry_forward(earlier, later, *, seen_version, by, at) -> FollowUp:
    """Say that an unfinished recommendation goes on as one of a later inspection; ``later`` None takes that back.

    It is a link: the state of neither changes.
    """
    step = FOLLOW_UP_STEPS["carry_forward"]
    guard(step, earlier, standing_for_follow_up(earlier, by), FOLLOW_UP_STATES)
    if later is not None and later.inspection_id not in {one.pk for one in after(earlier.inspection)}:
        raise Refusal("Choose a recommendation of a later inspection of the same place.")
    if later is not None and later.addressee.level != earlier.addressee.level:
        raise Refusal(f"Choose a recommendation to the same level: this one is to {earlier.addressee}.")
    if earlier.carried_to_id == (later.pk if later else None):
        return earlier
    was = {"carried_to": _named(earlier.carried_to) if earlier.carried_to else "nothing"}
    now = {"carried_to": _named(later) if later else "nothing"}
    if claim_row(earlier, seen_version, step.from_, "carried_forward", by, now, carried_to=later):
        record("carried_forward", earlier, by=by, at=at, organisation=earlier.addressee, before=was, after=now)
    return earlier


def _named(follow_up) -> str:
    month = follow_up.inspection.fieldwork_month
    visit = f"{follow_up.inspection.organisation}, {month:%B %Y}" if month else str(follow_up.inspection.organisation)
    return f"Recommendation {follow_up.recommendation.number}, inspection of {visit}"
