"""The papers of an alert: its letter and the response to it, as Word and PDF. Rows in, bytes out."""

from dataclasses import dataclass, field

from tracker.papers import TYPES, Block, Facts, Heading, Items, Paper, Paragraph, Table, can_make_pdf
from tracker.papers import drawn as drawn_as
from tracker.words import day
from tracker.working_days import london_day

from .ladder import DUTIES
from .words import deadline_words, long_day

FIRST = ("acknowledge", "immediate", "response")


@dataclass(frozen=True)
class Section:
    """One heading with what stands under it: ``texts``, then ``items`` numbered, then a table of ``rows``."""

    heading: str
    texts: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = field(default_factory=list)


@dataclass(frozen=True)
class File:
    """One that can be had. ``kind``: "letter" or "response"; ``suffix``: "docx" or "pdf"."""

    kind: str
    suffix: str
    words: str


def available(case) -> list[File]:
    kinds = [("letter", "Alert letter")]
    if case.response_text or case.state not in ("raised", "acknowledged", "withdrawn"):
        kinds.append(("response", "Response"))
    formats = [("docx", "Word"), ("pdf", "PDF")] if can_make_pdf() else [("docx", "Word")]
    return [File(kind, suffix, f"{words} ({name})") for kind, words in kinds for suffix, name in formats]


def file_name(case, kind) -> str:
    return f"{'alert-letter' if kind == 'letter' else 'alert-response'}-{case.organisation.slug}"


# --- What they say ---------------------------------------------------------------------------------------------


def letter(case, concerns, measures, clock, inspectors) -> Paper:
    """``measures``: each with ``rows``, its readings by day. ``clock``: `facts.Clock`."""
    facts = [
        ("Organisation", case.organisation.full_name),
        ("About", case.get_kind_display()),
        ("Raised", long_day(london_day(case.raised_at)) if case.raised_at else "The report prints no day"),
    ]
    if case.raised_by:
        facts.append(("Raised by", case.raised_by.name))
    if inspectors:
        facts.append(("Inspectors", ", ".join(one.name for one in inspectors)))
    if case.restricted:
        facts.append(("Restricted", "Read by its circle only, until the report is published"))
    sections = [Section("What puts people at risk", items=[one.text for one in concerns])]
    if measures:
        rows = [
            (one.name, one.rows[0].words if one.rows else "No reading", _as_at(one), one.target_words or "None set")
            for one in measures
        ]
        sections.append(Section("What is watched", columns=("Measure", "First reading", "As at", "Target"), rows=rows))
    if case.required_text:
        sections.append(Section("What is required", texts=[case.required_text]))
    due = {duty.kind: duty.due for duty in reversed(clock.duties())}
    rows = [(DUTIES[kind], f"B{deadline_words(due[kind])[1:]}") for kind in FIRST if kind in due]
    if rows:
        sections.append(Section("What is due, and by when", columns=("What", "By when"), rows=rows))
    return _paper(f"Organisational alert about {case.organisation.full_name}", facts, sections)


def _as_at(measure) -> str:
    first = measure.rows[0] if measure.rows else None
    if first is None:
        return ""
    return day(first.as_at) if first.as_at else "As published"


def response(case, concerns, actions) -> Paper:
    """``concerns``: each with ``answered_by``, its actions; ``actions``: all of the alert, as the reader sees them."""
    facts = [("Organisation", case.organisation.full_name)]
    if case.respondent or (case.published and case.published.respondent):
        facts.append(("Response by", case.respondent or case.published.respondent))
    if case.responded_by:
        facts.append(("Sent by", f"{case.responded_by.name}, {day(case.responded_at)}"))
    if case.accepted_at and case.judged_by:
        facts.append(("Accepted", f"{day(case.accepted_at)}"))
    sections = []
    if case.response_text:
        sections.append(Section("Response", texts=[case.response_text]))
    rows = [
        (
            one.what, one.owner_words, day(one.due_by).capitalize() if not one.has_date else day(one.due_by),
            f"Published as: {one.published_status}" if one.published_status and one.state != "verified"
            else one.get_state_display(),
        )
        for one in actions
    ]  # fmt: skip
    sections.append(Section("Actions", columns=("What", "Owner", "By when", "State"), rows=rows))
    places = {one.pk: number for number, one in enumerate(actions, start=1)}
    answered = [f"{_sentence(one.text)} {_answered_by(one, places)}" for one in concerns]
    sections.append(Section("Concerns, and which actions answer them", items=answered))
    return _paper(f"Response to the organisational alert about {case.organisation.full_name}", facts, sections)


def _answered_by(concern, places) -> str:
    found = "; ".join(f"action {places[one.pk]}" for one in concern.answered_by if one.pk in places)
    return f"Answered by: {found}." if concern.answered_by else "No action answers it."


def _sentence(text: str) -> str:
    """With a full stop, where another sentence follows; reports end the points of a list without one."""
    text = text.rstrip()
    return text if text.endswith((".", "?", "!")) else f"{text}."


# --- How they are drawn ----------------------------------------------------------------------------------------


def _paper(title, facts, sections) -> Paper:
    blocks: list[Block] = [Facts(tuple(facts))]
    for one in sections:
        blocks.append(Heading(one.heading))
        blocks += [Paragraph(text) for text in one.texts]
        if one.items:
            blocks.append(Items(tuple(one.items)))
        if one.rows:
            blocks.append(Table(one.columns, tuple(one.rows)))
        elif one.columns or not (one.texts or one.items):
            blocks.append(Paragraph("None."))
    return Paper(title, tuple(blocks))


def drawn(paper: Paper, suffix: str) -> tuple[bytes, str]:
    """(bytes, content type)"""
    return drawn_as(paper, suffix), TYPES[suffix]
