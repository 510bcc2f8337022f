"""What a list shows, all its pages, as CSV or as a worksheet. Both are written row by row: the memory that they take
does not grow with the rows.

The filterset, the scope and the sorts are the page's own, so that neither can show what the other does not.
"""

import datetime as dt
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import xlsxwriter
from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from inspections.models import Inspection
from tracker.alerts.filters import LATEST
from tracker.alerts.filters import SORTS as ALERT_SORTS
from tracker.alerts.ladder import DUTIES, ONE_DAY
from tracker.alerts.models import AlertCase, Pause
from tracker.alerts.rules import OPEN_ALERT
from tracker.plans.filters import OWNER_NAMED
from tracker.plans.models import Action, FollowUp, Update
from tracker.plans.rules import CONFIDENCE, OPEN_ACTION, OPEN_FOLLOW_UP
from tracker.published.filters import BEFORE_ALL
from tracker.saved.asking import LISTS
from tracker.working_days import NO_DATE, london_day

from .sheets import AS_TEXT, MOST_IN_A_CELL, as_paper, height

AT_A_TIME = 500  # rows read at once
MOST_IN_A_SHEET = 20_000  # rows while somebody waits; `long_lists` makes longer ones
MOST_IN_A_LONG_SHEET = 1_048_000  # rows; a worksheet holds hardly more


class Month(dt.date):
    """Its first day, where no day is known: 2022-10, not 2022-10-01."""

    def __str__(self) -> str:
        return f"{self:%Y-%m}"


Cell = str | int | dt.date | None


@dataclass(frozen=True)
class Listing:
    """``columns``: heading and width in characters each. ``cells(rows, places)`` gives what stands in them for each of
    the rows, in their order; ``places``: every organisation by its id."""

    name: str
    columns: tuple[tuple[str, int], ...]
    cells: Callable[[list, dict], Iterable[list[Cell]]]

    @property
    def headings(self) -> list[str]:
        return [heading for heading, _ in self.columns] + ["Page"]


# --- The four lists --------------------------------------------------------------------------------------------


def _region(place, places) -> str:
    above = places.get(place.parent_id) if place.level == "pdu" else place if place.level == "region" else None
    return above.name if above else ""


def _month(value) -> Month | None:
    return value and Month(value.year, value.month, 1)


def _published(inspection) -> dt.date | None:
    return inspection.published if inspection.published_to_the_day else _month(inspection.published)


def _clock(is_open, live) -> str:
    return ("Running" if live else "Historic: no clock") if is_open else ""


def _clock_of_alert(case, is_open) -> str:
    """As its page says it."""
    if is_open and case.live and case.raised_at is None:
        return "Not running: no day on which it was raised"
    return "Paused" if is_open and case.live and case.stands_still else _clock(is_open, case.live)


def _due_on(case) -> dt.date:
    """A reading that got worse is late at once: stored is the day before it, shown the day on which it was read."""
    return case.next_due + ONE_DAY if case.next_duty == "worsened" else case.next_due


def _late(is_open, live, date, today) -> str:
    return "Yes" if is_open and live and date < today else "No"


def follow_ups(today) -> Listing:
    def cells(rows, places):
        for row in rows:
            said, visit, place = row.recommendation, row.inspection, places[row.addressee_id]
            is_open = row.state in OPEN_FOLLOW_UP
            yield [
                places[visit.organisation_id].full_name, _month(visit.fieldwork_month), _published(visit), said.number,
                said.wording, place.full_name, place.get_level_display(), _region(place, places),
                row.get_state_display(), row.get_response_display(), row.owner_words, row.next_due,
                _late(is_open, row.live, row.next_due, today), _clock(is_open, row.live),
            ]  # fmt: skip

    columns = (
        ("Inspection of", 30), ("Fieldwork", 12), ("Published", 12), ("Number", 8), ("Recommendation", 80), ("To", 30),
        ("Level", 8), ("Region", 18), ("State", 22), ("Response", 18), ("Owner", 30), ("Next date", 12),
        ("Overdue", 8), ("Clock", 18),
    )  # fmt: skip
    return Listing("Recommendations", columns, cells)


def with_what_is_said(actions, user) -> QuerySet:
    """The actions with what their row says beyond themselves: the last update, and the recommendations that they answer
    as far as ``user`` may see those."""
    last = Update.objects.filter(action=OuterRef("pk")).order_by("-at", "-pk")
    answered = FollowUp.objects.visible_to(user).select_related("recommendation").order_by("pk")
    return actions.select_related("plan__inspection").annotate(
        said=Subquery(last.values("done")[:1]),
        said_at=Subquery(last.values("at")[:1]),
        confidence=Subquery(last.values("confidence")[:1]),
    ).prefetch_related(Prefetch("follow_ups", answered, to_attr="answered"))  # fmt: skip


def actions(today) -> Listing:
    def cells(rows, places):
        for row in rows:
            place, is_open = places[row.organisation_id], row.state in OPEN_ACTION
            # An alert is not named: who helps with one of its actions need not be in its circle.
            visit = row.plan.inspection if row.plan else None
            yield [
                row.what, row.success_measure, place.full_name, _region(place, places),
                places[visit.organisation_id].full_name if visit else "", visit and _month(visit.fieldwork_month),
                ", ".join(str(one.recommendation.number) for one in row.answered),
                row.owner_words, row.get_state_display(), CONFIDENCE.get(row.confidence, ""),
                row.said or "", row.said_at and london_day(row.said_at), row.target_wording, row.due_by,
                row.first_due_by, row.times_moved, _late(is_open, row.live, row.due_by, today),
                _clock(is_open, row.live),
            ]  # fmt: skip

    columns = (
        ("Action", 60), ("How success shows", 30), ("Organisation", 30), ("Region", 18), ("Inspection of", 30),
        ("Fieldwork", 12), ("For recommendations", 12), ("Owner", 30), ("State", 22), ("Confidence", 12),
        ("Last update", 60), ("Updated on", 12), ("Date as written", 16), ("Date", 12), ("First date", 12),
        ("Times moved", 8), ("Overdue", 8), ("Clock", 18),
    )  # fmt: skip
    return Listing("Actions", columns, cells)


def alerts(today) -> Listing:
    def cells(rows, places):
        for row in rows:
            place, is_open = places[row.organisation_id], row.state in OPEN_ALERT
            yield [
                place.full_name, place.get_level_display(), _region(place, places), row.get_kind_display(),
                row.get_state_display(), row.raised_at and london_day(row.raised_at),
                DUTIES[row.next_duty] if row.next_duty else "", _due_on(row),
                "Yes" if row.next_duty and row.next_due < today else "No", _clock_of_alert(row, is_open),
                row.ended_at and london_day(row.ended_at), "Yes" if row.restricted else "No", row.required_text,
            ]  # fmt: skip

    columns = (
        ("About", 30), ("Level", 8), ("Region", 18), ("Kind", 24), ("State", 22), ("Raised on", 12), ("Due first", 30),
        ("Due", 12), ("Overdue", 8), ("Clock", 22), ("Ended on", 12), ("Restricted", 10), ("What is required", 60),
    )  # fmt: skip
    return Listing("Alerts", columns, cells)


def inspections(today) -> Listing:
    def cells(rows, places):
        for row in rows:
            place = places[row.organisation_id]
            yield [
                place.full_name, place.get_level_display(), _region(place, places), row.title,
                _month(row.fieldwork_month), _published(row), row.overall_rating or "Not rated", row.score_points,
                row.score_out_of, row.recommended, row.lead_inspector,
            ]  # fmt: skip

    columns = (
        ("Organisation", 30), ("Level", 8), ("Region", 18), ("Report", 60), ("Fieldwork", 12), ("Published", 12),
        ("Overall rating", 20), ("Points", 8), ("Out of", 8), ("Recommendations", 10), ("Lead inspector", 24),
    )  # fmt: skip
    return Listing("Inspections", columns, cells)


# --- Asked -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A list under a question, for one reader. ``found``: its filterset, which has read all places; ``rows``: what that
    lets through, in order; ``page``: the name of a row's own page."""

    listing: Listing
    found: object
    rows: QuerySet
    page: str

    @property
    def places(self) -> dict:
        return {place.pk: place for place in self.found.places.values()}

    def count(self, most: int) -> int:
        """At most so many and one."""
        return self.rows.order_by().values("pk")[: most + 1].count()

    def addresses(self, base: str) -> Callable[[object], str]:
        """What gives the address of a row's page; ``base``: "https://host"."""
        pattern = base + reverse(self.page, args=["0"]).removesuffix("0/")
        named = "slug" if self.page == "inspection" else "pk"
        return lambda row: f"{pattern}{getattr(row, named)}/"


def asked(name, data, reader, today) -> Asked:
    """``name``: of the list, "recommendations"; ``data``: a QueryDict of its address."""
    its, (rows, listing) = LISTS[name], _LISTS[name]
    found = its.filter(data, rows(reader), reader, today)
    sorts = its.sorts or (LATEST if found.only_open else ALERT_SORTS)
    sort = sorts.get(found.data.get("sort", "")) or next(iter(sorts.values()))
    sign = "-" if sort.descending else ""
    rows = found.qs
    if name == "actions":
        rows = with_what_is_said(rows, reader)
    elif name == "alerts":
        pauses = Pause.objects.filter(alert=OuterRef("pk"), starts__lte=today, ends__gte=today)
        rows = rows.annotate(stands_still=Exists(pauses))
    return Asked(listing(today), found, rows.order_by(f"{sign}{sort.field}", f"{sign}pk"), its.noun)


# What a reader may see, with what is written of it, and the columns.
_LISTS = {
    "recommendations": (
        lambda reader: FollowUp.objects.visible_to(reader).select_related("recommendation", "inspection", *OWNER_NAMED),
        follow_ups,
    ),
    "actions": (lambda reader: Action.objects.visible_to(reader).select_related(*OWNER_NAMED), actions),
    "alerts": (lambda reader: AlertCase.objects.visible_to(reader), alerts),
    "inspections": (
        lambda reader: Inspection.objects.annotate(
            listed=Coalesce("published", Value(BEFORE_ALL)), recommended=Count("recommendations")
        ),
        inspections,
    ),
}


# --- Written ---------------------------------------------------------------------------------------------------


def lines(listing, queryset, places, address_of) -> Iterator[list[Cell]]:
    """The cells of every row, the address of its page last; a date that there is none of is empty. A query for each
    `AT_A_TIME` rows at most, where something is prefetched; else one in all."""
    rows = iter(queryset.iterator(chunk_size=AT_A_TIME))
    while batch := list(islice(rows, AT_A_TIME)):
        for row, cells in zip(batch, listing.cells(batch, places), strict=True):
            yield [None if cell == NO_DATE else cell for cell in cells] + [address_of(row)]


def worksheet(listing, rows, *, all_of_them: str | None, most: int | None = None):
    """A temporary file with the first ``most`` of ``rows`` (`MOST_IN_A_SHEET`), to be read from its beginning.
    ``all_of_them``: the address of the CSV, where there are more; it is said above the headings."""
    most = most or MOST_IN_A_SHEET
    out = tempfile.TemporaryFile()  # noqa: SIM115, whoever sends it closes it
    try:
        _write_sheet(out, listing, rows, all_of_them, most)
    except BaseException:
        out.close()
        raise
    out.seek(0)
    return out


def _write_sheet(out, listing, rows, all_of_them, most):
    with xlsxwriter.Workbook(out, {"constant_memory": True, "default_date_format": "d mmm yyyy"} | AS_TEXT) as book:
        sheet = book.add_worksheet(listing.name)
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        headed = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        days = {
            its: book.add_format({"num_format": words, "align": "left", "valign": "top"})
            for its, words in ((dt.date, "d mmm yyyy"), (Month, "mmm yyyy"))
        }
        widths = [width for _, width in listing.columns] + [40]
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        top = 0
        if all_of_them:
            said = f"Only the first {most:,} rows are here. All of them are in the CSV: {all_of_them}"
            sheet.write_string(0, 0, said[:MOST_IN_A_CELL], bold)
            top = 1
        as_paper(sheet, top)
        sheet.freeze_panes(top + 1, 0)
        sheet.set_row(top, height(zip(listing.headings, widths, strict=True)))
        for column, heading in enumerate(listing.headings):
            sheet.write_string(top, column, heading, headed)
        line = top
        for line, row in enumerate(islice(rows, most), start=top + 1):
            if line <= MOST_IN_A_SHEET:  # the heights of all rows are kept in memory
                texts = ((cell, width) for cell, width in zip(row, widths, strict=True) if isinstance(cell, str))
                sheet.set_row(line, height(texts))
            for column, cell in enumerate(row):
                _write(sheet, line, column, cell, wrapped, days)
        sheet.autofilter(top, 0, max(line, top), len(listing.headings) - 1)


def _write(sheet, line, column, cell, wrapped, days):
    if isinstance(cell, dt.date):
        sheet.write_datetime(line, column, cell, days[type(cell)])
    elif isinstance(cell, int):
        sheet.write_number(line, column, cell, wrapped)
    elif cell:
        sheet.write_string(line, column, cell[:MOST_IN_A_CELL], wrapped)
