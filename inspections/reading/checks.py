"""What a person should look at before a record is taken: one small function per fault, nothing corrected.

Each check takes the record and the document and yields ``Problem``s. ``CHECKS`` is the list of them.
"""

import re
from collections.abc import Iterator

from .addressees import level_of
from .frameworks import POINTS, framework_of
from .headings import bare_name, is_contents_entry, is_recommendations
from .lines import Line
from .paragraphs import Document, document
from .ratings import chapter_ratings
from .recommendations import groups, heading_names
from .record import Problem, Recommendation, Record


def problems(record: Record, lines: list[Line]) -> tuple[Problem, ...]:
    """Everything worth a look, in the order of ``CHECKS``."""
    return problems_of(record, document(lines))


def problems_of(record: Record, doc: Document) -> tuple[Problem, ...]:
    """The same, for a document whose paragraphs are already put together."""
    return tuple(problem for check in CHECKS for problem in check(record, doc))


def number_missing(record: Record, doc: Document) -> Iterator[Problem]:
    for run in _runs(record.recommendations):
        numbers = {one.number for one in run}
        for missing in sorted(set(range(1 if run[0].group == 1 else min(numbers), max(numbers))) - numbers)[:20]:
            yield Problem(f"There is no recommendation {missing}; the numbers go on after it.", "Recommendations")


def number_repeated(record: Record, doc: Document) -> Iterator[Problem]:
    for run in _runs(record.recommendations):
        seen: set[int] = set()
        for one in run:
            if one.number in seen:
                yield Problem(f"The number {one.number} is used more than once.", _where(one))
            seen.add(one.number)


def number_not_printed(record: Record, doc: Document) -> Iterator[Problem]:
    for group in groups(doc):
        if any(item.number is None for item in group.items):
            yield Problem(
                "The document prints no numbers here; the recommendations were counted in their order.",
                f'"{group.addressee}", line {group.line}',
            )


def addressee_level_doubtful(record: Record, doc: Document) -> Iterator[Problem]:
    pdu, short = (record.pdu.name, record.pdu.short_name) if record.pdu else (None, None)
    for who in dict.fromkeys(one.addressee for one in record.recommendations):
        level, sure = level_of(who, pdu=pdu, short=short, region=record.region)
        if not sure:
            yield Problem(f'It is not clear at which level "{who}" is; taken as {_LEVELS[level]}.', f'"{who}"')


def addressee_twice(record: Record, doc: Document) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for one in record.recommendations:
        if seen.setdefault(one.addressee, one.group) != one.group:
            yield Problem(f'"{one.addressee}" has more than one list of recommendations.', _where(one))
            return


def wording_looks_broken(record: Record, doc: Document) -> Iterator[Problem]:
    for one in record.recommendations:
        if len(one.text) < 15 or re.search(r"(?:\b(?:a|an|and|by|for|from|in|of|or|the|to|with)|[,:-])$", one.text):
            yield Problem(f'The wording seems to break off: "{one.text[-60:]}".', _where(one))
        elif len(one.text) > 700:
            yield Problem("The wording is unusually long; other text may have run into it.", _where(one))


def recommendation_twice(record: Record, doc: Document) -> Iterator[Problem]:
    seen: dict[tuple[str, str], Recommendation] = {}
    for one in record.recommendations:
        before = seen.setdefault((one.addressee, one.text.lower()), one)
        if before is not one:
            yield Problem(f"The same wording stands at recommendation {before.number} already.", _where(one))


def ratings_do_not_sum(record: Record, doc: Document) -> Iterator[Problem]:
    if record.score and record.standards:
        total = sum(POINTS.get(one.rating, 0) for one in record.standards)
        if total != record.score.points:
            yield Problem(
                f"The ratings add up to {total} points, but the report prints a score of {record.score.points}.",
                "Ratings",
            )


def maximum_does_not_match(record: Record, doc: Document) -> Iterator[Problem]:
    rated = sum(one.rating in POINTS for one in record.standards)
    if record.score and rated and record.score.out_of != 3 * rated:
        yield Problem(
            f"{rated} rated standards give a maximum of {3 * rated}, but the report prints {record.score.out_of}.",
            "Ratings",
        )


def rating_incomplete(record: Record, doc: Document) -> Iterator[Problem]:
    if record.standards and not record.overall_rating:
        yield Problem("Standards are rated, but no overall rating was found.", "Ratings")
    if record.standards and not record.score:
        yield Problem("Standards are rated, but no score was found.", "Ratings")
    if record.score and not record.standards:
        yield Problem("There is a score, but no rating of a standard was found.", "Ratings")


def standard_missing(record: Record, doc: Document) -> Iterator[Problem]:
    framework = framework_of(record.standards)
    printed = {one.number for one in record.standards}
    for number, name in (framework.rated if framework else {}).items():
        if number not in printed:
            yield Problem(f"Standard {number} {name} has no rating, and the report does not say why.", "Ratings")


def chapter_says_otherwise(record: Record, doc: Document) -> Iterator[Problem]:
    chapters = chapter_ratings(doc)
    for one in record.standards:
        chapter = chapters.get(one.number)
        if chapter and chapter.rating != one.rating:
            yield Problem(
                f'The ratings page says "{one.rating}", the chapter says "{chapter.rating}".',
                f"Standard {one.number} {one.name}",
            )


def percentage_missing(record: Record, doc: Document) -> Iterator[Problem]:
    not_rated = {one.number for one in record.standards if one.rating == "Not applicable"}
    for row in record.key_questions:
        if row.percent_yes is None and row.standard not in not_rated:
            yield Problem(f'No percentage was found for "{row.question}".', f"Standard {row.standard or 'unknown'}")
        if not row.standard:
            yield Problem(f'It is not clear to which standard "{row.question}" belongs.', "Key questions")


def questions_missing(record: Record, doc: Document) -> Iterator[Problem]:
    """Standards of case supervision have a table each; if some have one, the others should."""
    with_table = {row.standard for row in record.key_questions}
    chapters = {number.split(".")[0] for number in with_table if number}
    for one in record.standards:
        in_such_a_chapter = one.number.split(".")[0] in chapters
        if in_such_a_chapter and one.rating != "Not applicable" and one.number not in with_table:
            yield Problem("No table of key questions was found for this standard.", f"Standard {one.number} {one.name}")


def section_not_found(record: Record, doc: Document) -> Iterator[Problem]:
    names = heading_names(doc)
    for block in doc.blocks[:120]:
        if not is_contents_entry(block.text):
            continue
        entry = re.sub(r"[\s.…_]*\d{1,3}$", "", f"{block.marker} {block.text}").strip()
        name = bare_name(entry)
        if name and len(name) > 3 and not any(name == one or one.startswith(name) for one in names):
            yield Problem(
                f'The contents name "{entry}", but no such section was found.', f"Contents, line {block.line}"
            )


def two_reports(record: Record, doc: Document) -> Iterator[Problem]:
    isbns = set(re.findall(r"\bISBN[\s:]*((?:\d[\s–-]?){9,12}[\dX])", doc.text()))
    titles = {
        re.sub(r"[^a-z]+", " ", found.lower()).strip()
        for found in re.findall(
            r"(?m)^An? (?:\w+ ){0,2}?inspection of probation services in:?\s*\S.{3,100}?(?:PDU|region)\b", doc.text()
        )
    }
    sections = [b for b in doc.blocks if is_recommendations(b.text) and bare_name(b.text) == "recommendations"]
    scores = set(re.findall(r"(?i)\bscore\s*:?\s*(\d{1,2}\s*/\s*\d{1,2})", doc.text()))
    if len(isbns) > 1 or len(titles) > 1 or (len(scores) > 1 and len(sections) > 1):
        yield Problem("There seem to be two reports in this file; only the first was read.", "Whole document")


def fact_not_found(record: Record, doc: Document) -> Iterator[Problem]:
    for name, value in (
        ("title", record.title),
        ("month of publication", record.published),
        ("start of the fieldwork", record.fieldwork.started_month),
        ("name of a PDU or region", record.pdu or record.region or _is_national(record)),
    ):
        if not value:
            yield Problem(f"The {name} was not found.", "Facts")


def alert_doubtful(record: Record, doc: Document) -> Iterator[Problem]:
    alert = record.organisational_alert
    if not alert:
        if re.search(r"organisational(?:[ -]level)? alert", doc.text(), re.I):
            yield Problem("The report speaks of an organisational alert, but its details were not found.", "Alert")
        return
    if not alert.concerns:
        yield Problem("No concerns were found in the organisational alert.", "Alert")
    if not alert.response_actions:
        yield Problem("No response actions were found in the organisational alert.", "Alert")
    for i, action in enumerate(alert.response_actions, 1):
        # One printed state may be meant for the last of several steps only.
        if action.status == "completed" and re.search(r"\band\b.*\. ", action.text):
            yield Problem(
                "The bullet names more than one step; its printed state, completed, may be that of the last only.",
                f"Alert, response action {i}",
            )


CHECKS = (
    number_missing,
    number_repeated,
    number_not_printed,
    addressee_level_doubtful,
    addressee_twice,
    wording_looks_broken,
    recommendation_twice,
    ratings_do_not_sum,
    maximum_does_not_match,
    rating_incomplete,
    standard_missing,
    chapter_says_otherwise,
    percentage_missing,
    questions_missing,
    section_not_found,
    two_reports,
    fact_not_found,
    alert_doubtful,
)

_LEVELS = {"pdu": "a PDU", "region": "a region", "hmpps": "HMPPS"}


def _where(one: Recommendation) -> str:
    return f'Recommendation {one.number}, "{one.addressee}"'


def _is_national(record: Record) -> bool:
    return bool(record.title and re.search(r"\bnational|HMPPS|Prison and Probation Service", record.title))


def _runs(recommendations: tuple[Recommendation, ...]) -> list[list[Recommendation]]:
    """The recommendations that share one numbering: all of them, or those of each group that begins again at 1."""
    out: list[list[Recommendation]] = []
    group = None
    for one in recommendations:
        begins_again = one.number == 1 and one.group != group
        if not out or begins_again:
            out.append([])
        group = one.group
        out[-1].append(one)
    return out
