"""The weekly summary for leads and inspectors: a few numbers of what they see, each with the list behind it."""

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, Max, Min, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracker.alerts.models import AlertCase
from tracker.journal.models import Notice
from tracker.plans.filters import stale
from tracker.plans.models import Action
from tracker.plans.rules import OPEN_ACTION, SOON
from tracker.working_days import london_day, working_days_until

from .models import Preference
from .preferences import SUMS_UP
from .rules import LATER, NO_LONGER_SO, Saying
from .times import first_working_day
from .turns import SUMMARY, wish_for

NOT_WANTED = "The reader wants no weekly summary."
NOTHING = "There is nothing to sum up."


@dataclass(frozen=True)
class Line:
    """ "12 actions are overdue", and the address of these twelve."""

    words: str
    link: str


@dataclass(frozen=True)
class Week:
    heading: str
    subject: str
    lines: list[Line]


def week_of(today: dt.date) -> str:
    """The occasion of a summary: its week, by its Monday."""
    return f"week of {today - dt.timedelta(days=today.weekday())}"


def to_sum_up(facts) -> list[Saying]:
    """For whom this week's summary is still to be decided, on its first working day and no other: three queries.
    ``facts``: `facts.Facts` of the day."""
    today = facts.today
    if today != first_working_day(today):
        return []
    told = Notice.objects.filter(kind=SUMMARY, subject_kind="user", occasion=week_of(today)).order_by()
    without = Preference.objects.filter(summary=False).order_by().values_list("person", flat=True)
    readers = readers_of(facts) - {*told.values_list("recipient", flat=True), *without}
    return [Saying(pk, "summary", SUMMARY, "user", pk, week_of(today)) for pk in sorted(readers)]


def readers_of(facts) -> set[int]:
    """Ids of everybody who leads or inspects, by a role or a post of their own."""
    return {*facts.inspectors, *(person for leads in facts.circle.leads.values() for person in leads)}


def why_not_summed_up(person, occasion: str, today: dt.date) -> str | None:
    """Why a summary is not to be sent after all; None when it is."""
    if occasion != week_of(today):
        return LATER
    if not wish_for(person).summary:
        return NOT_WANTED
    if not any(role in SUMS_UP for role, _, _ in person.access.roles):
        return NO_LONGER_SO
    return None


def sum_up(person, now: dt.datetime) -> Week | None:
    """Five queries for whoever leads or inspects; None when there is nothing to say."""
    today = london_day(now)
    seen = Action.objects.visible_to(person).order_by()
    open_live = Q(state__in=OPEN_ACTION, live=True)
    counts = seen.aggregate(
        open=Count("pk", filter=Q(state__in=OPEN_ACTION)),
        overdue=Count("pk", filter=open_live & Q(due_by__lt=today)),
        soon=Count("pk", filter=open_live & Q(due_by__gte=today, due_by__lte=today + dt.timedelta(days=SOON))),
    )
    silent = seen.filter(stale(today)).count()
    claimed = (
        seen.filter(state="claimed").annotate(since=Max("claims__at")).aggregate(all=Count("pk"), oldest=Min("since"))
    )
    alerts = AlertCase.objects.visible_to(person).open().count()
    lines = [
        _line(_overdue(counts["overdue"]), "actions", overdue="on") if counts["overdue"] else None,
        _line(_claims(claimed, today, person), "verify_queue" if person.access.is_inspector else "actions",
              **({} if person.access.is_inspector else {"status": "claimed"})) if claimed["all"] else None,
        _line(_alerts(alerts), "alerts") if alerts else None,
        _line(_soon(counts["soon"]), "actions", due=SOON) if counts["soon"] else None,
        _line(_silent(silent), "actions", stale="on") if silent else None,
    ]  # fmt: skip
    lines = [line for line in lines if line]
    if not lines and not counts["open"]:
        return None
    lines.append(_line(_open(counts["open"]), "actions", status="open"))
    heading = _("Your week")
    return Week(heading, f"{heading}: {', '.join(line.words for line in lines[:3])}", lines)


def _line(words, page, **which) -> Line:
    query = f"?{urlencode(which)}" if which else ""
    return Line(words, f"{settings.BASE_URL}{reverse(page)}{query}")


def _overdue(n):
    return ngettext("%(n)s action overdue", "%(n)s actions overdue", n) % {"n": f"{n:,}"}


def _claims(claimed, today, person):
    n, waited = claimed["all"], working_days_until(today, london_day(claimed["oldest"])) if claimed["oldest"] else 0
    said = ngettext("%(n)s claim waits to be verified", "%(n)s claims wait to be verified", n) % {"n": f"{n:,}"}
    oldest = ngettext("%(n)d working day", "%(n)d working days", waited) % {"n": waited}
    return _("%(claims)s, the oldest for %(days)s") % {"claims": said, "days": oldest}


def _alerts(n):
    return ngettext("%(n)s alert open", "%(n)s alerts open", n) % {"n": f"{n:,}"}


def _soon(n):
    words = ngettext("%(n)s action due in %(days)d days", "%(n)s actions due in %(days)d days", n)
    return words % {"n": f"{n:,}", "days": SOON}


def _silent(n):
    return ngettext("%(n)s action without an update", "%(n)s actions without an update", n) % {"n": f"{n:,}"}


def _open(n):
    return ngettext("%(n)s action open in all", "%(n)s actions open in all", n) % {"n": f"{n:,}"}
