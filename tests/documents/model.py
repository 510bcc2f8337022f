"""What one invented report says (the facts) and how it is laid out (the choices)."""

from dataclasses import dataclass, field
from typing import Any, Literal

RATINGS = {"O": "Outstanding", "G": "Good", "R": "Requires improvement", "I": "Inadequate"}


class Either:
    """Several readings that are all right; the first is the one that is written to the .json."""

    def __init__(self, *values: Any) -> None:
        self.values = values

    def __repr__(self) -> str:
        return " or ".join(repr(value) for value in self.values)


class NotCompared:
    """The schema leaves it open and careful readers would differ."""

    def __repr__(self) -> str:
        return "not compared"


AMBIGUOUS = NotCompared()


# --- blocks: the neutral form that every writer turns into its own format. Inline: «bold», ⟦footnote⟧,
# --- ⏎ a line that ends here where lines are hard (PDF, wrapped text), elsewhere a space.
@dataclass(frozen=True)
class H:
    level: int
    text: str


@dataclass(frozen=True)
class P:
    text: str
    joined: bool = False  # a line that follows the one before without a gap


@dataclass(frozen=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True)
class Numbered:
    items: tuple[tuple[int, str], ...]
    restart: bool = False


@dataclass(frozen=True)
class Table:
    rows: tuple[tuple[str, ...], ...]  # the first row is the header


@dataclass(frozen=True)
class RatingsPage:
    report: "Report"


@dataclass(frozen=True)
class TitlePage:
    report: "Report"


@dataclass(frozen=True)
class Contents:
    entries: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Break:
    """A new page."""


@dataclass(frozen=True)
class Gap:
    """Room left empty on a printed page, so that what follows runs over the page's end."""

    points: int


Block = H | P | Bullets | Numbered | Table | RatingsPage | TitlePage | Contents | Break | Gap


@dataclass(frozen=True)
class Group:
    """One addressee and what is recommended to it."""

    heading: str  # as printed: "The Wales region should:"
    level: Literal["pdu", "region", "hmpps"]
    addressee: Any
    items: tuple[str, ...]
    tail: str = ""  # printed after each item but the last: ";" (and "; and" after the last but one)


@dataclass(frozen=True)
class Alert:
    """The organisational alert: ``blocks`` is what is printed, the rest is what it states."""

    blocks: tuple[Block, ...]
    unallocated: Any
    no_appointment: Any
    concerns: tuple[Any, ...]
    actions: tuple[tuple[Any, Any], ...]
    respondent: Any
    heading: str = "Annexe two – Organisational alert"


@dataclass(frozen=True)
class Report:
    slug: str
    kicker: str  # above the name on the title page
    place: str  # the name on the title page, in the foreword and the ratings
    title: Any
    pdu: tuple[str, str | None] | None
    region: Any
    region_line: str
    published: tuple[int, int] | None
    imprint: str  # "HM Inspectorate of Probation, May 2023"
    lead: str | None
    lead_sentence: str
    isbn: str | None
    fieldwork: tuple[Any, Any, Any]
    ratings_note: str  # "Fieldwork started March 2023"
    background: tuple[str, ...]
    foreword: tuple[str, ...]
    cases: int | None
    interviews: int | None
    score: tuple[int, int] | None
    overall: str | None
    standards: tuple[tuple[str, str, str], ...]  # number, name, rating ("Not applicable": not printed)
    domains: tuple[tuple[str, tuple[str, ...]], ...]  # heading and numbers of its standards
    questions: tuple[tuple[str, str, int | None], ...]  # standard, question (with footnotes), percentage
    groups: tuple[Group, ...]
    ppf: tuple[Any, Any] | None = None
    alert: Alert | None = None
    percent: str = "{}%"
    no_percent: str = "Not applicable"
    score_form: str = "Score {}/{}"
    restart: bool = False  # numbering starts again at every addressee
    after_foreword: tuple[Block, ...] = ()
    annexes: tuple[tuple[str, tuple[Block, ...]], ...] = ()
    recommendations_heading: str = "Recommendations"
    recommendations_intro: str = (
        "Our findings lead to the following recommendations. We believe that acting on them would make "
        "services safer and better.⟦What was done about earlier recommendations is set out in annexe one.⟧"
    )
    not_inspected_note: str = ""
    curly: bool = False
    hyphenate: bool = False
    gap: int = 0  # printed pages: room above the recommendations
    extra: dict[str, Any] = field(default_factory=dict)  # facts that differ from the ones above


def plain(text: str) -> str:
    """The inline marks taken off: what the schema calls verbatim."""
    import re

    text = re.sub(r"⟦.*?⟧", "", text).replace("«", "").replace("»", "").replace("⏎", " ")
    return re.sub(r"\s+", " ", text).strip()


def numbered(report: Report) -> list[tuple[Group, list[tuple[int, str]]]]:
    """The groups with the numbers that are printed before their items."""
    out, next_number = [], 1
    for group in report.groups:
        if report.restart:
            next_number = 1
        out.append((group, [(next_number + i, text) for i, text in enumerate(group.items)]))
        next_number += len(group.items)
    return out


def _text(group: Group, index: int) -> Any:
    text, last = plain(group.items[index]), len(group.items) - 1
    if not group.tail or index == last:
        return text
    endings = ("", group.tail) if index < last - 1 else ("", group.tail, group.tail + " and")
    return Either(*(text + ending for ending in endings))


def expected(report: Report) -> dict[str, Any]:
    """The full record, assembled from the facts written in the report's description."""
    record: dict[str, Any] = {
        "title": report.title,
        "pdu": report.pdu and {"name": report.pdu[0], "short_name": report.pdu[1]},
        "region": report.region,
        "published": report.published and {"year": report.published[0], "month": report.published[1]},
        "isbn": report.isbn,
        "lead_inspector": report.lead,
        "fieldwork": dict(zip(("started_month", "start_date", "end_date"), report.fieldwork, strict=True)),
        "cases_inspected": report.cases,
        "practitioner_interviews": report.interviews,
        "score": report.score and {"points": report.score[0], "out_of": report.score[1]},
        "overall_rating": report.overall,
        "standards": [{"number": n, "name": name, "rating": r} for n, name, r in report.standards],
        "key_questions": [{"standard": s, "question": plain(q), "percent_yes": p} for s, q, p in report.questions],
        "recommendations": [
            {
                "number": number,
                "group": place,
                "level": group.level,
                "addressee": group.addressee,
                "text": _text(group, i),
            }
            for place, (group, items) in enumerate(numbered(report), 1)
            for i, (number, _) in enumerate(items)
        ],
        "organisational_alert": report.alert
        and {
            "unallocated_caseload": report.alert.unallocated,
            "cases_with_no_next_appointment": report.alert.no_appointment,
            "concerns": list(report.alert.concerns),
            "response_actions": [{"text": t, "status": s} for t, s in report.alert.actions],
            "respondent": report.alert.respondent,
        },
        "ppf_status": report.ppf and {"status": report.ppf[0], "since": report.ppf[1]},
    }
    return record | report.extra
