"""Progress against previous recommendations: the annexe of a report, with what the Inspectorate judged."""

from tracker.insight.as_at import ends, places_as_at
from tracker.insight.put_back import actions_as_at, came_later, follow_ups_as_at, inspection_as_at
from tracker.journal.models import Event
from tracker.papers import Block, Heading, Paper, Paragraph, Table
from tracker.plans.models import Action, Verification
from tracker.plans.previous import Earlier, became
from tracker.plans.rules import CLOSINGS
from tracker.words import day, month, plural

from .action_plan import as_on

COLUMNS = ("No.", "Recommendation", "Answer", "State", "Actions", "Judgement of the Inspectorate")
WIDTHS = (6, 34, 13, 18, 13, 16)
NOT_SEEN = "Not yours to see"


def name_of(inspection) -> str:
    return f"{inspection.organisation} progress against previous recommendations"


def as_at(user, inspection, earlier, on) -> tuple:
    """(``inspection``, ``earlier``) as they were at the end of a past day, of what ``user`` may see today: without the
    inspections that came later. Nine queries."""
    until, places, found = ends(on), places_as_at(on), []
    rows = [row.follow_up for one in earlier for row in one.rows if row.follow_up is not None]
    kept = {row.pk: row for row in follow_ups_as_at(rows, on, places)}
    links = Action.follow_ups.through.objects.filter(followup__in=kept).order_by().values_list("followup", "action")
    links = list(links)
    acts = Action.objects.visible_to(user).filter(pk__in={act for _, act in links})
    acts = {act.pk: act for act in actions_as_at(acts, on, places)}
    decided = Verification.objects.filter(action__in=acts, at__lt=until).order_by("at", "pk")
    judgements = {act: (at, said) for act, at, said in decided.values_list("action_id", "at", "judgement")}
    ended = Event.objects.filter(subject_kind="followup", subject_id__in=kept, deed__in=CLOSINGS, at__lt=until)
    closed = dict(ended.order_by("at", "pk").values_list("subject_id", "at"))
    of: dict[int, list] = {}
    for pk, act in links:
        if act in acts and acts[act].state != "cancelled":
            of.setdefault(pk, []).append((acts[act].state, judgements.get(act)))
    later = came_later([one.inspection.pk for one in earlier], until)
    for one in earlier:
        here = [row for row in one.rows if row.follow_up is None or row.follow_up.pk in kept]
        if one.inspection.pk not in later and (here or not one.rows):
            rows = [became(row.recommendation, row.follow_up, of, closed) for row in here]
            for row in rows:
                to = row.recommendation
                to.addressee = places.get(to.addressee_id, to.addressee)
            found.append(Earlier(inspection_as_at(one.inspection, places), tuple(rows)))
    return inspection_as_at(inspection, places), found


def paper_of(inspection, earlier, today, past=False) -> Paper:
    """``earlier``: what `tracker.plans.previous.what_became` gives to the reader, or `as_at`."""
    blocks: list[Block] = []
    if not earlier:
        blocks.append(Paragraph(f"No earlier inspection of {inspection.organisation} is here."))
    for one in earlier:
        visited = one.inspection.fieldwork_month or one.inspection.published
        blocks.append(Heading(f"{one.inspection.organisation.full_name}{f', {month(visited)}' if visited else ''}"))
        blocks.append(Paragraph(_counted(one)))
        if one.rows:
            rows = tuple(_row(row) for row in one.rows)
            blocks.append(Table(COLUMNS, rows, widths=WIDTHS))
    return Paper(
        f"Progress against previous recommendations: {inspection.organisation.full_name}", tuple(blocks),
        f"{as_on(today, past)}.", landscape=True,
    )  # fmt: skip


def _counted(one) -> str:
    if not one.rows:
        return "No recommendation is recorded."
    said = f"{one.inspection.overall_rating or 'No overall rating'}. {plural(len(one.rows), 'recommendation')}"
    if one.closed or one.open:
        said += f": {one.closed} closed, {one.open} open"
    if one.unseen:
        said += f". What became of {one.unseen if one.closed or one.open else 'them'} is not yours to see"
    return f"{said}."


def _row(row) -> tuple[str, ...]:
    number, wording = str(row.recommendation.number), f"To {row.recommendation.addressee}: {row.recommendation.wording}"
    if row.follow_up is None:
        return (number, wording, NOT_SEEN, NOT_SEEN, NOT_SEEN, NOT_SEEN)
    state = row.follow_up.get_state_display() + (f", {day(row.closed_at)}" if row.closed_at else "")
    if to := _carried_to(row.follow_up):
        state += f"\nCarried forward to {to}"
    acts = f"{row.verified} of {row.actions} verified" if row.actions else "No action"
    return (number, wording, row.response, state, acts, row.judgement or "None yet")


def _carried_to(follow_up) -> str:
    if then := getattr(follow_up, "carried_then", ""):
        return "" if then == "nothing" else then[0].lower() + then[1:]
    if (to := follow_up.carried_to) is None:
        return ""
    visited = f", {month(to.inspection.fieldwork_month)}" if to.inspection.fieldwork_month else ""
    return f"recommendation {to.recommendation.number}, {to.inspection.organisation}{visited}"
