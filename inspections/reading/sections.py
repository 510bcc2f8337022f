"""From lines of any format to the record: each fact is found by the module named after it."""

from .alert import alert
from .fieldwork import cases_inspected, fieldwork, practitioner_interviews, sentences
from .identity import identity, isbn, lead_inspector, names_addressed, published
from .lines import Line
from .paragraphs import Document, document
from .ppf import ppf_status
from .questions import key_questions
from .ratings import overall, ratings_text, score, standards
from .recommendations import groups, recommendations
from .record import Record


def extract(lines: list[Line]) -> Record:
    """The record of one report; what the document does not state is None, what it does not list is empty."""
    return record_of(document(lines))


def record_of(doc: Document) -> Record:
    """The record of a document whose paragraphs are already put together."""
    found = groups(doc)
    what = identity(doc, [group.addressee for group in found] or names_addressed(doc))
    rated = standards(doc)
    said = sentences(doc)
    name, short = (what.pdu.name, what.pdu.short_name) if what.pdu else (None, None)
    return Record(
        title=what.title,
        pdu=what.pdu,
        region=what.region,
        published=published(doc),
        isbn=isbn(doc),
        lead_inspector=lead_inspector(doc),
        fieldwork=fieldwork(said, ratings_text(doc)),
        cases_inspected=cases_inspected(said),
        practitioner_interviews=practitioner_interviews(said),
        score=score(doc),
        overall_rating=overall(doc),
        standards=rated,
        key_questions=key_questions(doc, rated),
        recommendations=recommendations(found, pdu=name, short=short, region=what.region),
        organisational_alert=alert(doc),
        ppf_status=ppf_status(said, [one for one in (name, short, what.region) if one]),
    )
