"""Ratings side by side, as published: organisations by standards, one table for each framework."""

from dataclasses import dataclass

from django.db.models import F, OuterRef, Prefetch, Subquery

from inspections.models import Framework, Inspection

# The words of the Inspectorate's four ratings, and how each looks beside its word.
LOOKS = {
    "Outstanding": "outstanding", "Good": "good", "Requires improvement": "improvement", "Inadequate": "inadequate",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One organisation's newest inspection: ``ratings`` as printed, one for each standard of its framework or ""."""

    inspection: Inspection
    ratings: tuple[str, ...]


@dataclass(frozen=True)
class Map:
    framework: Framework | None
    standards: tuple[tuple[str, str], ...]  # number, name
    lines: tuple[Line, ...]


def latest_ratings() -> list[Map]:
    """The newest inspection of each organisation, by framework, the newest framework first. Four queries."""
    newest = Inspection.objects.filter(organisation=OuterRef("organisation")).order_by(
        F("fieldwork_month").desc(nulls_last=True), "-pk"
    )
    rows = Inspection.objects.filter(pk=Subquery(newest.values("pk")[:1]))
    rows = rows.select_related("organisation", "framework").order_by("organisation__name")
    rows = rows.prefetch_related("ratings", Prefetch("framework__standards"))
    found: dict[int | None, list[Inspection]] = {}
    for row in rows:
        found.setdefault(row.framework_id, []).append(row)
    return [_map(its) for _, its in sorted(found.items(), key=lambda pair: -(pair[0] or 0))]


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
