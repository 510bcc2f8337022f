"""The HMPPS action plan of an inspection in its six columns, out of the plans of its organisations, in report order.

Only what the reader may see is in it, and it says how much is left out.
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from inspections.models import Inspection, Recommendation
from tracker.insight.as_at import places_as_at
from tracker.insight.put_back import actions_as_at, answered_then, follow_ups_as_at, inspection_as_at, plans_as_at
from tracker.papers import Block, Heading, Paper, Paragraph, Table
from tracker.plans.models import Action, ActionPlan, FollowUp
from tracker.words import day, month, plural, published_on, verb

COLUMNS = (
    "Rec no.", "Recommendation", "Agreed / Partly agreed / Not agreed", "Response: action taken or planned",
    "Responsible owner", "Target date",
)  # fmt: skip
WIDTHS = (6, 24, 14, 30, 13, 13)
ADDRESSED = "Addressed to"  # after the six, where all organisations stand in one sheet
SHEET_WIDTHS = (*WIDTHS, 20)
AS_ABOVE = "As above"


@dataclass(frozen=True)
class Line:
    """One action of a recommendation, or a recommendation without any. ``first``: of its recommendation."""

    number: str
    wording: str
    agreed: str
    response: str
    action: str
    owner: str
    target: str
    first: bool

    def for_paper(self) -> tuple[str, ...]:
        """What was said in the row above is not said again; nothing is left empty either."""
        said = "\n\n".join(filter(None, [self.response if self.first else "", self.action])) or "None yet"
        wording, agreed = (self.wording, self.agreed) if self.first else (AS_ABOVE, AS_ABOVE)
        return (self.number, wording, agreed, said, self.owner, self.target)

    def for_sheet(self) -> tuple[str, ...]:
        """Each row whole, so that it can be sorted and filtered."""
        said = "\n\n".join(filter(None, [self.response, self.action])) or "None yet"
        return (self.number, self.wording, self.agreed, said, self.owner, self.target)


@dataclass(frozen=True)
class Part:
    """The recommendations to one addressee. ``plans``: how far each plan behind them is, for who may know."""

    addressee: str
    plans: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class JoinedPlan:
    inspection: Inspection
    day: dt.date
    parts: tuple[Part, ...]
    seen: int
    left_out: int  # recommendations
    past: bool = False

    @property
    def name(self) -> str:
        return f"{self.inspection.organisation} action plan"


def joined_plan(user, inspection, on, past=False) -> JoinedPlan:
    """Five queries, however long the plan. ``past``: as it was at the end of the day ``on``, with seven more; of what
    the reader may see today."""
    count = Recommendation.objects.filter(inspection=inspection).count()
    seen = FollowUp.objects.visible_to(user).filter(inspection=inspection)
    seen = seen.select_related("recommendation", "owner_post", "owner_person")
    seen = list(seen.order_by("recommendation__group", "recommendation__number", "pk"))
    left_out = count - len(seen)
    ids = [one.pk for one in seen]
    answers = Action.follow_ups.through.objects.filter(followup__in=ids).order_by().values_list("followup", "action")
    answers = list(answers)
    which = Q(pk__in={act for _, act in answers})
    if past:  # also what answers something else today
        which |= Q(plan__inspection=inspection)
    acts = Action.objects.visible_to(user).filter(which)
    acts = list(acts.select_related("organisation", "owner_post", "owner_person").order_by("position", "pk"))
    plans = ActionPlan.objects.visible_to(user).filter(inspection=inspection).select_related("organisation")
    plans = {one.pk: one for one in plans}
    of: dict[int, set[int]] = {}
    for follow_up, act in answers:
        of.setdefault(follow_up, set()).add(act)
    if past:
        places = places_as_at(on)
        inspection = inspection_as_at(inspection, places)
        seen, acts = follow_ups_as_at(seen, on, places), actions_as_at(acts, on, places)
        plans_as_at(plans.values(), on, places)
        answered_then(of, seen, acts)
    acts = [act for act in acts if act.state != "cancelled"]
    groups: dict[int, list[FollowUp]] = {}
    for one in seen:
        groups.setdefault(one.recommendation.group, []).append(one)
    parts = []
    for rows in groups.values():
        behind = dict.fromkeys(row.plan_id for row in rows if row.plan_id in plans)
        lines = [line for row in rows for line in _lines(row, [act for act in acts if act.pk in of.get(row.pk, ())])]
        said = tuple(_how_far(plans[pk]) for pk in behind)
        parts.append(Part(rows[0].recommendation.addressee_as_printed, said, tuple(lines)))
    return JoinedPlan(inspection, on, tuple(parts), len(seen), left_out, past)


def _how_far(plan) -> str:
    signed = f", {day(plan.decided_at)}" if plan.state == "signed_off" and plan.decided_at else ""
    return f"Action plan of {plan.organisation}: {plan.get_state_display().lower()}{signed}."


def _lines(row, acts):
    parts = [("Part agreed", row.part_agreed), ("Not agreed", row.part_not_agreed), ("Why not", row.reason)]
    said = "\n\n".join([row.response_text, *(f"{label}: {text}" for label, text in parts if text)]).strip()
    known = (str(row.recommendation.number), row.recommendation.wording, row.get_response_display(), said)
    if not acts:
        yield Line(*known, "", owner_of(row), _ended(row), True)
    for n, act in enumerate(acts):
        yield Line(*known, act.what, owner_of(act), _target(act), n == 0)


def owner_of(row) -> str:
    """By post, as published plans name them: who holds it changes."""
    if then := getattr(row, "owner_then", ""):
        return then
    if row.owner_post:
        return row.owner_post.title
    return row.owner_words


def _ended(row) -> str:
    return row.get_state_display() if row.state not in ("awaiting", "open") else "None yet"


def _target(act) -> str:
    lasting = act.target_precision not in ("day", "none") and act.target_wording
    said = [act.target_wording] if lasting else []
    if act.has_date:
        said.append(f"{'by ' if lasting else ''}{day(act.due_by)}")
    lines = [", ".join(said) or "No date"]
    if act.slip_days:
        lines.append(f"First {day(act.first_due_by)}")
    if act.state == "verified":
        lines.append("Completed, verified")
    elif act.state == "claimed":
        lines.append("Said to be completed, not verified")
    return "\n".join(lines)


def as_on(on: dt.date, past: bool) -> str:
    return f"As at {day(on)}, from the journal" if past else f"As on {day(on)}"


def left_out_words(count: int) -> str:
    return f"{plural(count, 'recommendation')} of this inspection {verb(count)} left out: not yours to see."


def paper_of(plan: JoinedPlan) -> Paper:
    inspection = plan.inspection
    blocks: list[Block] = []
    if plan.left_out:
        blocks.append(Paragraph(left_out_words(plan.left_out)))
    for part in plan.parts:
        blocks.append(Heading(f"To {part.addressee}"))
        blocks += [Paragraph(words) for words in part.plans]
        rows = tuple(line.for_paper() for line in part.lines)
        blocks.append(Table(COLUMNS, rows, widths=WIDTHS))
    visited = f"Fieldwork in {month(inspection.fieldwork_month)}. " if inspection.fieldwork_month else ""
    published = f"Published {published_on(inspection)}. " if inspection.published else ""
    return Paper(
        f"Action plan: inspection of {inspection.organisation.full_name}", tuple(blocks),
        f"{visited}{published}{as_on(plan.day, plan.past)}.",
        landscape=True,
    )  # fmt: skip


def table_of(plan: JoinedPlan) -> Table:
    """All organisations in one; the six columns, then to whom."""
    rows = [(*line.for_sheet(), part.addressee) for part in plan.parts for line in part.lines]
    if plan.left_out:
        rows.append(("", left_out_words(plan.left_out), "", "", "", "", ""))
    return Table((*COLUMNS, ADDRESSED), tuple(rows), widths=SHEET_WIDTHS)
