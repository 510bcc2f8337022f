"""Ratings and key questions side by side, of all organisations and of one over time. As published; none is computed."""

from dataclasses import dataclass

from django.db.models import Count, F, OuterRef, Prefetch, Q, Subquery

from inspections.models import Framework, Inspection, KeyQuestionResult, Standard

# The words of the Inspectorate's four ratings, and how each looks beside its word.
LOOKS = {
    "Outstanding": "outstanding", "Good": "good", "Requires improvement": "improvement", "Inadequate": "inadequate",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One inspection: ``ratings`` as printed, one for each standard of its framework or ""."""

    inspection: Inspection
    ratings: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """How many of a hundred cases were answered with yes, against the ``line`` of the framework where it has one."""

    inspection: Inspection
    percent: int | None
    line: int | None

    @property
    def words(self) -> str:
        if self.percent is None:
            return "Not counted"
        if self.line is None:
            return f"{self.percent}%"
        return f"{self.percent}%: {'above' if self.percent > self.line else 'not above'} {self.line}%"


@dataclass(frozen=True)
class Question:
    """``answers``: of one page's inspections; None where one has no such question."""

    text: str
    answers: tuple[Answer | None, ...]


@dataclass(frozen=True)
class Asked:
    """The key questions of one standard."""

    number: str
    name: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class OverTime:
    """One organisation's inspections, newest first; each question answers them in this order."""

    inspections: tuple[Inspection, ...]
    maps: tuple["Map", ...]
    asked: tuple[Asked, ...]


@dataclass(frozen=True)
class Map:
    framework: Framework | None
    standards: tuple[tuple[str, str], ...]  # number, name
    lines: tuple[Line, ...]


NEWEST_FIRST = (F("fieldwork_month").desc(nulls_last=True), "-pk")
MOST = 20  # inspections of one organisation


def newest_of_each():
    """The newest inspection of each organisation."""
    newest = Inspection.objects.filter(organisation=OuterRef("organisation")).order_by(*NEWEST_FIRST)
    return Inspection.objects.filter(pk=Subquery(newest.values("pk")[:1]))


def latest_ratings() -> list[Map]:
    """The newest inspection of each organisation, by framework, the newest framework first. Four queries.

    Each inspection has ``visits``, how many inspections of its organisation there are.
    """
    rows = newest_of_each().annotate(visits=Count("organisation__inspections"))
    rows = rows.select_related("organisation", "framework").order_by("organisation__name")
    return _maps(rows.prefetch_related("ratings", Prefetch("framework__standards")))


def _maps(rows) -> list[Map]:
    found: dict[int | None, list[Inspection]] = {}
    for row in rows:
        found.setdefault(row.framework_id, []).append(row)
    return [_map(its) for _, its in sorted(found.items(), key=lambda pair: -(pair[0] or 0))]


def over_time(organisation) -> OverTime:
    """The inspections of ``organisation`` and of those that it followed, at most the newest 20. Five queries."""
    mine = Q(organisation=organisation) | Q(organisation__successor=organisation)
    rows = Inspection.objects.filter(mine).select_related("organisation", "framework").order_by(*NEWEST_FIRST)
    rows = list(rows.prefetch_related("ratings", "key_question_results", Prefetch("framework__standards"))[:MOST])
    answers = [(n, row, one) for n, row in enumerate(rows) for one in row.key_question_results.all()]
    found: dict[str, dict[str, list]] = {}
    texts = {}
    for n, row, one in answers:
        same = texts.setdefault((one.standard, _alike(one.question)), one.question)
        its = found.setdefault(one.standard, {}).setdefault(same, [None] * len(rows))
        its[n] = _answer(row, one)
    names = {one.number: one.name for row in reversed(rows) if row.framework for one in row.framework.standards.all()}
    asked = tuple(
        Asked(number, names.get(number, ""), tuple(Question(text, tuple(its)) for text, its in found[number].items()))
        for number in sorted(found, key=_order)
    )
    return OverTime(tuple(rows), tuple(_maps(rows)), asked)


def standards_asked() -> list[tuple[str, str]]:
    """(number, name) of the standards of which key questions were answered. Two queries."""
    numbers = KeyQuestionResult.objects.order_by().values_list("standard", flat=True).distinct()
    names = dict(Standard.objects.order_by("framework__valid_from").values_list("number", "name"))
    return [(number, names.get(number, "")) for number in sorted(numbers, key=_order)]


def compared(standard: str) -> tuple[Question, ...]:
    """The key questions of ``standard`` in print order, each as the newest inspection of each organisation answers it,
    highest first. One query."""
    rows = KeyQuestionResult.objects.filter(standard=standard, inspection__in=newest_of_each().order_by().values("pk"))
    rows = rows.select_related("inspection__organisation", "inspection__framework").order_by("position", "pk")
    found: dict[str, tuple[str, list[Answer]]] = {}
    for one in rows:
        found.setdefault(_alike(one.question), (one.question, []))[1].append(_answer(one.inspection, one))
    return tuple(Question(text, tuple(sorted(answers, key=_highest_first))) for text, answers in found.values())


def _answer(inspection, one) -> Answer:
    return Answer(inspection, one.percent_yes, inspection.framework.line if inspection.framework else None)


def _highest_first(one: Answer):
    return (one.percent is None, -(one.percent or 0), one.inspection.organisation.name)


def _alike(question: str) -> str:
    """A question however its letters and blanks are set."""
    return " ".join(question.casefold().split())


def _map(rows) -> Map:
    framework = rows[0].framework
    named = {one.number: one.name for row in rows for one in row.ratings.all()}
    if framework:
        named = {one.number: one.name for one in framework.standards.all() if one.rated} | named
    numbers = sorted(named, key=_order)
    lines = []
    for row in rows:
        given = {one.number: one.rating for one in row.ratings.all()}
        lines.append(Line(row, tuple(given.get(number, "") for number in numbers)))
    return Map(framework, tuple((number, named[number]) for number in numbers), tuple(lines))


def _order(number: str):
    return [int(part) if part.isdigit() else 0 for part in number.split(".")]


def look_of(rating: str) -> str:
    return LOOKS.get(rating, "none")
