"""The figures of a place: what reports said in passing, read by everyone signed in, entered by inspectors."""

from django.contrib import messages
from django.db.models import F, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from inspections.models import ContextFigure, Inspection, Organisation
from tracker.plans.replies import read_or_post, warn
from tracker.refusals import Refusal
from tracker.words import month

from . import figures as operations
from .figure_forms import FigureForm

OFFERED = 20  # inspections


@read_or_post
def organisation_figures(request, slug):
    row = get_object_or_404(Organisation.objects.select_related("parent"), slug=slug)
    form, status = None, 200
    if request.user.access.is_inspector:
        reports = Inspection.objects.filter(Q(organisation=row) | Q(organisation__parent=row))
        reports = reports.select_related("organisation").order_by(F("fieldwork_month").desc(nulls_last=True), "-pk")
        reports = list(reports[:OFFERED])
        form = FigureForm(request.POST or None, inspections=reports)
    elif request.method == "POST":
        operations.require_inspector(request.user)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            chosen = next((one for one in reports if one.pk == given["inspection"]), None)
            try:
                figure = operations.enter_figure(
                    row, given["measure"], given["value"], given["month"].due_by, inspection=chosen,
                    page=given["page"], source=given["source"], form_key=given["key"], by=request.user,
                    at=timezone.now(),
                )  # fmt: skip
            except Refusal as refusal:
                form.add_error(None, refusal.sentence)
                status = 409
            else:
                messages.success(request, f"{figure} in {month(figure.as_at)} is entered.")
                warn(request, given["source"])
                return redirect("organisation_figures", slug)
    series = operations.by_measure(row)
    context = {
        "row": row, "may_enter": form is not None, "series": series, "source_words": operations.source_words,
        "most": operations.SHOWN, "shown": sum(1 + len(one.earlier) for one in series),
    } | ({"form": form} if form is not None else {})  # fmt: skip
    return render(request, "organisations/figures.html", context, status=status)


@require_POST
def take_back_figure(request, slug, pk):
    operations.require_inspector(request.user)
    row = get_object_or_404(Organisation, slug=slug)
    figure = ContextFigure.objects.filter(organisation=row, pk=pk).select_related("organisation", "inspection").first()
    if figure:
        operations.take_back_figure(figure, by=request.user, at=timezone.now())
        messages.success(request, f"{figure} in {month(figure.as_at)} is taken back.")
    return redirect("organisation_figures", slug)
