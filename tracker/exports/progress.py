"""Progress against previous recommendations: the annexe of a report, with what the Inspectorate judged."""

from tracker.papers import Block, Heading, Paper, Paragraph, Table
from tracker.words import day, month, plural

COLUMNS = ("No.", "Recommendation", "Answer", "State", "Actions", "Judgement of the Inspectorate")
WIDTHS = (6, 34, 13, 18, 13, 16)
NOT_SEEN = "Not yours to see"


def name_of(inspection) -> str:
    return f"{inspection.organisation} progress against previous recommendations"


def paper_of(inspection, earlier, today) -> Paper:
    """``earlier``: what `tracker.plans.previous.what_became` gives to the reader."""
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
        f"As on {day(today)}.", landscape=True,
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
    if to := row.follow_up.carried_to:
        visited = f", {month(to.inspection.fieldwork_month)}" if to.inspection.fieldwork_month else ""
        state += (
            f"\nCarried forward to recommendation {to.recommendation.number}, {to.inspection.organisation}{visited}"
        )
    acts = f"{row.verified} of {row.actions} verified" if row.actions else "No action"
    return (number, wording, row.response, state, acts, row.judgement or "None yet")
