"""Pages on which a recommendation ends, or comes back. Each calls one operation of `closing`."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.models.functions import Coalesce
from django.shortcuts import redirect, render
from django.utils import timezone

from tracker.refusals import Refusal
from tracker.words import day
from tracker.working_days import london_day

from . import closing, guard, rules
from .closing_forms import AcceptRiskForm, CloseForm, CloseNotAgreedForm, ReopenForm, SupersedeForm
from .models import FollowUp
from .previous import likeness
from .replies import may_step, name_of, read_or_post, refused, warn
from .views import follow_up_for

COMPARED = 300  # the newest later recommendations, whose wording is compared
OFFERED = 60
OPEN_STAYS = "What is still open among its actions stays open, and whoever owns it is still reminded."


@dataclass(frozen=True)
class Page:
    """What one of these pages says. ``then``: what is so afterwards, a sentence each."""

    deed: str
    title: str  # "Close as implemented": the heading, and with the number the page's name
    button: str
    then: tuple[str, ...]
    hindrance: str = ""  # why it cannot be done yet: shown instead of the form


def _row(request, pk, deed) -> FollowUp:
    """The recommendation, for who may do this to it: 404 out of scope, 403 in the wrong role, 409 too late."""
    row = follow_up_for(request.user, pk)
    standing = guard.standing_for_follow_up(row, request.user)
    if deed == "accept_risk":
        standing |= guard.standing_above(row.addressee, request.user)
    may_step(request, row, rules.FOLLOW_UP_STEPS[deed], standing, rules.FOLLOW_UP_STATES)
    return row


def _answer(request, row, page: Page, form, do, done):
    """Show the form; on a POST do the deed. ``do(given, at)`` calls the operation; ``done``: the banner's words."""
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            do(form.cleaned_data, timezone.now())
        except Refusal as refusal:
            status, conflict = refused(form, refusal, lambda theirs: {})
            if conflict:
                row = follow_up_for(request.user, row.pk)
        else:
            messages.success(request, f"{done(form.cleaned_data)} {_told(row)}".strip())
            warn(request, form.cleaned_data["reason"])
            return redirect("recommendation", row.pk)
    return render(request, "recommendations/end.html", {"row": row, "page": page, "form": form}, status=status)


def _told(row) -> str:
    """Who is told, as the end of the banner; nothing where nobody is, nor when the button was pressed twice."""
    names = sorted(person.name for person in getattr(row, "told", []))
    return f"{' and '.join(names)} will be told by e-mail." if names else ""


@read_or_post
def close(request, pk):
    row = _row(request, pk, "close")
    page = Page(
        "close", "Close as implemented", "Close as implemented",
        ("It counts as implemented, and nobody is reminded of it any more.",
         "An inspector can open it again, with a reason."),
        hindrance=(closing.what_stands_in_the_way(row) or "") if row.state == "open" else "",
    )  # fmt: skip
    return _answer(
        request, row, page, CloseForm(request.POST or None, initial={"seen": row.version}),
        lambda given, at: closing.close(row, given["reason"], seen_version=given["seen"], by=request.user, at=at),
        lambda given: f"Closed as implemented: {name_of(row)}.",
    )  # fmt: skip


@read_or_post
def close_not_agreed(request, pk):
    row = _row(request, pk, "close_not_agreed")
    page = Page(
        "close_not_agreed", "Close as not agreed", "Close as not agreed",
        ("It counts as not implemented, with the reason and the approver that were given for not agreeing.",
         "An inspector can open it again. It is then answered anew."),
        hindrance=(closing.why_not_as_not_agreed(row) or "") if row.state == "open" else "",
    )  # fmt: skip
    return _answer(
        request, row, page, CloseNotAgreedForm(request.POST or None, initial={"seen": row.version}),
        lambda given, at: closing.close_not_agreed(
            row, given["reason"], seen_version=given["seen"], by=request.user, at=at
        ),
        lambda given: f"Closed as not agreed: {name_of(row)}.",
    )  # fmt: skip


@read_or_post
def accept_risk(request, pk):
    row = _row(request, pk, "accept_risk")
    page = Page(
        "accept_risk", "Accept the risk of not acting", "Accept the risk",
        ("It counts as not implemented until that day.", OPEN_STAYS,
         "Your name, your reason and the day stand on its page."),
    )  # fmt: skip
    form = AcceptRiskForm(
        request.POST or None, initial={"seen": row.version}, today=london_day(timezone.now())
    )  # fmt: skip
    return _answer(
        request, row, page, form,
        lambda given, at: closing.accept_risk(
            row, given["reason"], given["review_on"], seen_version=given["seen"], by=request.user, at=at
        ),
        lambda given: f"The risk of not acting is accepted until {day(given['review_on'])}: {name_of(row)}.",
    )  # fmt: skip


@read_or_post
def supersede(request, pk):
    row = _row(request, pk, "supersede")
    rows = successors(row, request.user)
    page = Page(
        "supersede", "Mark as superseded", "Mark as superseded",
        ("Its page links to the one that takes its place, and that one to it.", OPEN_STAYS),
        hindrance="" if rows else f"No later inspection has an open one to {row.addressee} or a level above.",
    )  # fmt: skip
    return _answer(
        request, row, page, SupersedeForm(request.POST or None, initial={"seen": row.version}, rows=rows),
        lambda given, at: closing.supersede(
            row, given["successor"], given["reason"], seen_version=given["seen"], by=request.user, at=at
        ),
        lambda given: f"Superseded by recommendation {given['successor'].recommendation.number} "
        f"of a later inspection: {name_of(row)}.",
    )  # fmt: skip


@read_or_post
def reopen(request, pk):
    row = _row(request, pk, "reopen")
    anew = row.response in ("awaiting", "not_agreed")
    page = Page(
        "reopen", "Open this recommendation again", "Open it again",
        (f"{row.addressee} answers it anew." if anew else "Its response stays as it is.",
         "It counts as implemented only when work is verified after it was opened again."),
    )  # fmt: skip
    return _answer(
        request, row, page, ReopenForm(request.POST or None, initial={"seen": row.version}),
        lambda given, at: closing.reopen(row, given["reason"], seen_version=given["seen"], by=request.user, at=at),
        lambda given: f"Open again: {name_of(row)}.",
    )  # fmt: skip


def successors(row, user) -> list[FollowUp]:
    """Open recommendations of later inspections to the same place or a level above: nearest place first, and then the
    most alike. One query."""
    this = row.inspection.fieldwork_month or row.inspection.published
    if this is None:
        return []
    when = Coalesce("inspection__fieldwork_month", "inspection__published")
    rows = FollowUp.objects.visible_to(user).open().filter(addressee__in=row.addressee.line)
    rows = rows.annotate(when=when).filter(when__gt=this)
    rows = list(
        rows.select_related("recommendation", "inspection__organisation", "addressee").order_by("-when", "pk")[
            :COMPARED
        ]
    )
    line, mine = row.addressee.line, _words(row)
    rows.sort(key=lambda one: (line.index(one.addressee_id), -likeness(mine, _words(one))))
    return rows[:OFFERED]


def _words(row) -> list[str]:
    return row.recommendation.wording.casefold().split()
