"""A person's dates as a calendar (RFC 5545): what they own, what they answer for, and the alerts whose limits run for
them. Each date is one event of a whole day with an identity that stays, so that a calendar moves it when it moves; what
is done, or no longer theirs, is not in it any more."""

import datetime as dt
import hashlib
from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Max, Q
from django.urls import reverse
from icalendar import Calendar
from icalendar import Event as CalendarEvent

from tracker.alerts.facts import clocks
from tracker.alerts.models import AlertCase
from tracker.journal.models import Event
from tracker.people.models import Post
from tracker.plans.models import Action, ActionPlan, FollowUp
from tracker.plans.sentences import shortened
from tracker.words import day
from tracker.working_days import NO_DATE, london_day

MOST = 500  # dates of one kind, the earliest first
REFRESH = dt.timedelta(hours=4)  # how often a calendar is asked to look
BY = "By 11:59pm in London."
# Which limits run for whom: the place itself, the level above, and inspectors named on the alert.
OF_PLACE = {"acknowledge", "immediate", "response", "reading"}
OF_ABOVE = {"checkpoint"}
OF_NAMED = {"acknowledge", "response", "checkpoint"}


@dataclass(frozen=True)
class Entry:
    """One date. ``subject``: (kind, id) in the journal; ``turn`` tells apart several dates of one subject."""

    subject: tuple[str, int]
    on: dt.date
    summary: str
    said: list[str]
    link: str
    turn: str = ""

    @property
    def uid(self) -> str:
        # What the limit is about is not to be read from the identity either.
        turn = f"-{hashlib.sha256(self.turn.encode()).hexdigest()[:16]}" if self.turn else ""
        return f"{self.subject[0]}-{self.subject[1]}{turn}@{urlsplit(settings.BASE_URL).hostname}"


def calendar_of(person, now: dt.datetime) -> bytes:
    """The whole calendar, the same text as long as nothing in it changes. A fixed number of queries."""
    person.acting_on = london_day(now)  # what they stand in for is theirs for those days
    entries = entries_of(person, now)
    changes = _changes(entries)
    calendar = Calendar()
    calendar.add("prodid", "-//Track inspection recommendations//Dates//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    name = f"Inspection recommendations: {person.name}"
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", "Europe/London")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", f"PT{REFRESH.seconds // 3600}H")
    for entry in entries:
        calendar.add_component(_event(entry, *changes.get(entry.subject, (0, person.added_at))))
    return calendar.to_ical()


def _event(entry, sequence, changed_at) -> CalendarEvent:
    event = CalendarEvent()
    event.add("uid", entry.uid)
    event.add("dtstamp", changed_at.astimezone(dt.UTC).replace(microsecond=0))
    event.add("last-modified", changed_at.astimezone(dt.UTC).replace(microsecond=0))
    event.add("sequence", sequence)
    event.add("dtstart", entry.on)
    event.add("dtend", entry.on + dt.timedelta(days=1))
    event.add("summary", entry.summary)
    event.add("description", "\n".join([*entry.said, entry.link]))
    event.add("url", entry.link)
    event.add("transp", "TRANSPARENT")  # a deadline does not make anybody busy
    event.add("class", "PRIVATE")
    return event


def entries_of(person, now) -> list[Entry]:
    found = [*_actions(person), *_plans(person), *_alerts(person, now), *_risks(person)]
    return sorted(found, key=lambda entry: (entry.on, entry.uid))


def _link(name, pk) -> str:
    return settings.BASE_URL + reverse(name, args=[pk])


def _actions(person):
    rows = Action.objects.owned_by(person).open().filter(live=True, due_by__lt=NO_DATE)
    rows = rows.select_related("organisation", "alert", "owner_post").order_by("due_by", "pk")
    for row in rows[:MOST]:
        restricted = row.alert is not None and row.alert.restricted
        what = "An action of an organisational alert" if restricted else shortened(row.what)
        said = [BY] if restricted else [BY, *_written(row), *_as_what(row)]
        yield Entry(("action", row.pk), row.due_by, f"{what}: {row.organisation}", said, _link("action", row.pk))


def _written(row) -> list[str]:
    return [f"Written as “{row.target_wording}”."] if row.target_precision not in ("day", "none") else []


def _as_what(row) -> list[str]:
    return [f"Owner: {row.owner_post.title}."] if row.owner_post else []


def _headed(person):
    """Ids of the places whose head the person is, or stands in for."""
    return Post.objects.filter(head=True, holder__in=person.acts_for).order_by().values("organisation")


def _plans(person):
    waits = FollowUp.objects.filter(state="awaiting", live=True).order_by()
    rows = ActionPlan.objects.visible_to(person).filter(organisation__in=_headed(person), due_by__lt=NO_DATE)
    rows = rows.filter(pk__in=waits.values("plan")).select_related("organisation", "inspection__organisation")
    for row in rows.order_by("due_by", "pk")[:MOST]:
        said = [f"The response to the recommendations of the inspection of {row.inspection.organisation}.", BY]
        yield Entry(
            ("actionplan", row.pk), row.due_by, f"Action plan due: {row.organisation}", said, _link("plan", row.pk)
        )


def _alerts(person, now):
    led = {place for role, place, _ in person.access.roles if role == "lead"}
    top = {place for role, place, level in person.access.roles if role == "lead" and level == "hmpps"}
    named = set(
        AlertCase.inspectors.through.objects.filter(user__in=person.acts_for).values_list("alertcase", flat=True)
    )
    rows = AlertCase.objects.visible_to(person).running()
    rows = rows.filter(Q(organisation__in=led) | Q(organisation__parent__in=led) | Q(pk__in=named))
    cases = list(rows.select_related("organisation__parent__parent").order_by("-raised_at", "pk")[:MOST])
    found = clocks(cases, now) if cases else {}
    for case in cases:
        place = case.organisation
        kinds = OF_NAMED if case.pk in named else set()
        kinds = kinds | (OF_PLACE if place.pk in led else set())
        kinds = kinds | (OF_ABOVE if place.parent_id in led or place.pk in top else set())
        for duty in found[case.pk].duties():
            if duty.done_on is None and duty.kind in kinds:
                yield _of_alert(case, duty)


def _of_alert(case, duty) -> Entry:
    summary, said = f"{duty.words}: {case.organisation}", [BY]
    if case.restricted:
        summary, said = f"An organisational alert: {case.organisation}", ["Sign in to read what is due."]
    return Entry(("alertcase", case.pk), duty.due, summary, said, _link("alert", case.pk), duty.occasion)


def _risks(person):
    headed = _headed(person)
    theirs = Q(addressee__in=headed) | Q(addressee__parent__in=headed) | Q(risk_accepted_by__in=person.acts_for)
    rows = FollowUp.objects.visible_to(person).filter(theirs, state="not_implemented", review_on__lt=NO_DATE, live=True)
    rows = rows.select_related("recommendation", "addressee", "inspection__organisation")
    for row in rows.order_by("review_on", "pk")[:MOST]:
        what = f"Recommendation {row.recommendation.number}, inspection of {row.inspection.organisation}"
        said = [f"{what}: the risk of not acting is accepted until {day(row.review_on)}, then it is opened again."]
        yield Entry(
            ("followup", row.pk), row.review_on, f"Accepted risk comes back: {row.addressee}", said,
            _link("recommendation", row.pk),
        )  # fmt: skip


def _changes(entries) -> dict[tuple[str, int], tuple[int, dt.datetime]]:
    """{subject: (how often anything happened to it, when last)}, out of the journal: a number that only grows, whatever
    moved the date. Limits move those of alerts too, and count there. Two queries."""
    wanted = defaultdict(set)
    for kind, pk in (entry.subject for entry in entries):
        wanted[kind].add(pk)
    if not wanted:
        return {}
    about = Q()
    for kind, ids in wanted.items():
        about |= Q(subject_kind=kind, subject_id__in=ids)
    rows = Event.objects.filter(about).order_by().values_list("subject_kind", "subject_id")
    found = {(kind, pk): (n, last) for kind, pk, n, last in rows.annotate(Count("pk"), Max("at"))}
    if "alertcase" in wanted:
        limits = Event.objects.filter(subject_kind__in=["limit", "organisation"], deed__startswith="limit_")
        limits = limits.aggregate(n=Count("pk"), last=Max("at"))
        for pk in wanted["alertcase"]:
            n, last = found.get(("alertcase", pk), (0, None))
            if moments := [at for at in (last, limits["last"]) if at]:
                found["alertcase", pk] = (n + limits["n"], max(moments))
    return found
