"""Figures that a report gives in passing: entered by an inspector with the page they stand on, and taken back."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction

from inspections.models import ContextFigure, Inspection, Organisation
from tracker.journal.models import Event
from tracker.journal.operations import record
from tracker.refusals import NotAllowed, Refusal
from tracker.words import month
from tracker.working_days import london_day

Measure = ContextFigure.Measure
UNITS = {Measure.STAFF: "FTE", Measure.VACANCIES: "%", Measure.OFFICERS: "%", Measure.WORKLOAD: "%"}
OF_ALL = (Measure.VACANCIES, Measure.OFFICERS)  # shares of a whole
MOST = Decimal("9999999.9")
SHOWN = 60  # of one organisation


def require_inspector(by) -> None:
    if not by.access.is_inspector:
        raise NotAllowed("Only an inspector can enter figures of a report and take them back.")


@transaction.atomic
def enter_figure(
    organisation: Organisation, measure: str, value: Decimal, as_at: dt.date, *, inspection: Inspection | None = None,
    page: int | None = None, source: str = "", form_key=None, by, at,
) -> ContextFigure:  # fmt: skip
    """``as_at``: a day of the month that it holds for. From a page of the report of ``inspection``, or ``source``."""
    require_inspector(by)
    if form_key and (earlier := ContextFigure.objects.filter(form_key=form_key).first()):
        return earlier
    as_at, source = as_at.replace(day=1), source.strip()
    if sentence := why_not(measure, value, as_at, inspection, page, source, london_day(at)):
        raise Refusal(sentence)
    if inspection:
        source = ""
    else:
        page = None
    try:
        with transaction.atomic():
            figure = ContextFigure.objects.create(
                organisation=organisation, inspection=inspection, measure=measure, value=value, as_at=as_at, page=page,
                unit=UNITS.get(measure, ""), source=source, form_key=form_key,
            )  # fmt: skip
    except IntegrityError:
        there = ContextFigure.objects.filter(organisation=organisation, measure=measure, as_at=as_at).first()
        if there is None:
            raise
        if form_key and there.form_key == form_key:
            return there
        raise Refusal(f"{there} in {month(as_at)} is here already. Take it back first if it is wrong.") from None
    record("figure_entered", organisation, by=by, at=at, organisation=organisation, after=_said(figure))
    return figure


def why_not(measure, value, as_at, inspection, page, source, today) -> str | None:
    """Why such a figure cannot be entered; None when it can."""
    if measure not in Measure.values:
        return "Choose what the figure is of."
    if not 0 <= value <= MOST:
        return "A figure is not negative, and not over nine million."
    if measure in OF_ALL and value > 100:
        return "A share of posts is at most 100%."
    if as_at > today:
        return "The month is still to come."
    if inspection is None and not source:
        return "Say what the figure is from: a report with its page, or the name of another source."
    if inspection is not None and not page:
        return "Enter the page of the report, so that others find the figure."
    return None


@transaction.atomic
def take_back_figure(figure: ContextFigure, *, by, at) -> None:
    """It was entered wrongly. The journal keeps what it was; taken back already, nothing happens."""
    require_inspector(by)
    place, said = figure.organisation, _said(figure)
    if ContextFigure.objects.filter(pk=figure.pk).delete()[0]:
        record("figure_taken_back", place, by=by, at=at, organisation=place, before=said)


def _said(figure) -> dict[str, str]:
    return {
        "figure": f"{figure.get_measure_display()}, {month(figure.as_at)}: {figure.words}",
        "source": source_words(figure),
    }


def source_words(figure) -> str:
    """ "Page 9 of the report of August 2022" """
    if figure.inspection is None:
        return figure.source
    visited = figure.inspection.fieldwork_month
    return f"Page {figure.page} of the report" + (f" of {month(visited)}" if visited else "")


@dataclass(frozen=True)
class Series:
    """One measure of a place: its newest figure, and those before it, newest first."""

    latest: ContextFigure
    earlier: tuple[ContextFigure, ...]


def by_measure(organisation, until: dt.datetime | None = None) -> list[Series]:
    """Of the newest figures, in the order of the measures; one query. ``until``: without those entered from that moment
    on, with one more; what was taken back since is not here either."""
    entered = []
    if until:
        later = Event.objects.about(organisation).filter(deed="figure_entered", at__gte=until)
        entered = list(later.order_by().values_list("after__figure", flat=True))
    found: dict[str, list[ContextFigure]] = {}
    for one in organisation.figures.select_related("inspection").order_by("-as_at", "-pk")[:SHOWN]:
        if not entered or _said(one)["figure"] not in entered:
            found.setdefault(one.measure, []).append(one)
    return [Series(rows[0], tuple(rows[1:])) for measure in Measure if (rows := found.get(measure))]
