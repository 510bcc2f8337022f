"""The filters of the two lists. The same filterset serves the page, and later the export and the API."""

import datetime as dt
import re

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q

from inspections.models import Inspection, Level, Organisation
from tracker.insight import search_words
from tracker.insight.search_index import ids_with
from tracker.journal.models import Event
from tracker.lists import Sort
from tracker.people.models import Post, User
from tracker.words import month
from tracker.working_days import NO_DATE, day_begins, first_of

from .models import Action, DateChange, FollowUp, Update, Verification
from .rules import CLOSINGS, OPEN_ACTION, OPEN_FOLLOW_UP, SOON, STALE

MONTHS_OFFERED = 12  # and whichever an address names
FOLLOW_UP_SORTS = {
    "due": Sort("Next date", "next_due"),
    "latest": Sort("Latest date first", "next_due", descending=True),
    "newest": Sort("Newest first", "pk", descending=True),
}
ACTION_SORTS = {
    "due": Sort("Date", "due_by"),
    "latest": Sort("Latest date first", "due_by", descending=True),
    "newest": Sort("Newest first", "pk", descending=True),
}
OWNER_NAMED = ("owner_post__holder", "owner_person")  # what `owner_words` reads
INSPECTIONS_OFFERED = 40  # the newest; the page stays small, and an organisation narrows the choice
OWNERS = [("me", "You"), ("none", "Nobody"), ("vacant", "A vacant post")]
DUE = [(str(SOON), f"In the next {SOON} days"), ("45", "In the next 45 days"), ("none", "No date")]
FOLLOW_UP_STATUS = [
    ("open", "Open"),
    ("awaiting", "Awaiting response"),
    ("answered", "Open, answered"),
    ("closed", "Closed"),
    ("superseded", "Superseded"),
    ("historic", "Historic: no clock"),
]
ACTION_STATUS = [
    ("open", "Open"),
    ("not_started", "Not started"),
    ("in_progress", "In progress"),
    ("sent_back", "Sent back"),
    ("date_asked", "Waiting for a date decision"),
    ("claimed", "Claimed, not verified"),
    ("verified", "Verified"),
    ("cancelled", "Cancelled"),
]
_STATES = {
    "open": OPEN_FOLLOW_UP,
    "awaiting": ("awaiting",),
    "answered": ("open",),
    "closed": ("implemented", "not_implemented"),
    "superseded": ("superseded",),
}


def choice(label, method, choices=()):
    return django_filters.ChoiceFilter(label=label, method=method, choices=choices, empty_label="Any")


def tick(label, method):
    return django_filters.BooleanFilter(label=label, method=method, widget=forms.CheckboxInput)


class Work(django_filters.FilterSet):
    """What follow-ups and actions are both filtered by. Needs ``request`` (who is "you") and ``today``.

    Two queries for the choices: places, inspections.
    """

    text = django_filters.CharFilter(label="Words", method="by_text", max_length=200)
    owner = choice("Owner", "by_owner", OWNERS)
    owner_name = django_filters.CharFilter(label="Owner's name or post", method="by_owner_name", max_length=100)
    region = choice("Region", "by_region")
    organisation = choice("Organisation", "by_organisation")
    inspection = choice("Inspection", "by_inspection")
    due = choice("Due", "by_due", DUE)
    overdue = tick("Overdue", "only_overdue")

    place_field = date_field = inspection_field = text_field = text_of = ""
    open_states = ()

    def __init__(self, data, queryset, *, request, today):
        super().__init__(data, queryset, request=request)
        self.today = today
        self.places = {p.slug: p for p in Organisation.objects.only("slug", "name", "short_name", "level", "parent_id")}
        self.filters["organisation"].extra["choices"] = [(p.slug, str(p)) for p in self.places.values()]
        self.filters["region"].extra["choices"] = [
            (p.slug, p.name) for p in self.places.values() if p.level == Level.REGION
        ]
        inspections = Inspection.objects.filter(Q(pk__in=self._newest()) | Q(slug=self._given("inspection")))
        self.inspections = {i.slug: i for i in inspections.only("slug", "organisation_id", "fieldwork_month")}
        by_pk = {p.pk: p for p in self.places.values()}
        self.filters["inspection"].extra["choices"] = [
            (i.slug, _visit(by_pk[i.organisation_id], i.fieldwork_month)) for i in self.inspections.values()
        ]

    def name_places(self, rows) -> None:
        """Give the rows of a page their organisations, which are read already: three joins to one table would take
        PostgreSQL longer to plan than the page takes to read."""
        by_pk = {place.pk: place for place in self.places.values()}
        for row in rows:
            setattr(row, self.place_field.removesuffix("_id"), by_pk[getattr(row, self.place_field)])
            if "inspection" in row._state.fields_cache:
                row.inspection.organisation = by_pk[row.inspection.organisation_id]

    def _given(self, name) -> str:
        return self.data.get(name, "").replace("\x00", "")  # PostgreSQL takes no such character

    def _newest(self):
        found = Inspection.objects.order_by("-published", "slug")
        place = self.places.get(self._given("organisation") or self._given("region"))
        if place is not None:
            found = found.filter(organisation_id__in=self._with_those_below(place))
        return found.values("pk")[:INSPECTIONS_OFFERED]

    def _with_those_below(self, place):
        return [place.pk] + [p.pk for p in self.places.values() if p.parent_id == place.pk]

    def by_text(self, queryset, name, value):
        """As the search does, which leads here."""
        return queryset.filter(**{f"{self.text_field}__in": ids_with(self.text_of, search_words.read(value))})

    def by_owner(self, queryset, name, value):
        if value == "me":
            return queryset.filter(Action.owned_by(self.request.user))  # the same two columns on a follow-up
        if value == "vacant":
            return queryset.filter(owner_post__in=Post.objects.filter(holder=None).values("pk"))
        gone = User.objects.filter(is_active=False).order_by().values("pk")
        return queryset.filter(Q(owner_post=None, owner_person=None) | Q(owner_person__in=gone))

    def by_owner_name(self, queryset, name, value):
        people = User.objects.all()
        for part in value.split():
            people = people.filter(Q(first_name__icontains=part) | Q(last_name__icontains=part))
        posts = Post.objects.filter(Q(title__icontains=value) | Q(holder__in=people.order_by().values("pk")))
        return queryset.filter(
            Q(owner_person__in=people.order_by().values("pk")) | Q(owner_post__in=posts.order_by().values("pk"))
        )

    def by_region(self, queryset, name, value):
        return queryset.filter(**{f"{self.place_field}__in": self._with_those_below(self.places[value])})

    def by_organisation(self, queryset, name, value):
        return queryset.filter(**{self.place_field: self.places[value].pk})

    def by_inspection(self, queryset, name, value):
        return queryset.filter(**{self.inspection_field: self.inspections[value].pk})

    def by_due(self, queryset, name, value):
        queryset = queryset.filter(state__in=self.open_states, live=True)
        if value == "none":
            return queryset.filter(**{self.date_field: NO_DATE})
        last = self.today + dt.timedelta(days=int(value))
        return queryset.filter(**{f"{self.date_field}__gte": self.today, f"{self.date_field}__lte": last})

    def only_overdue(self, queryset, name, value):
        if not value:
            return queryset
        return queryset.filter(**{"state__in": self.open_states, "live": True, f"{self.date_field}__lt": self.today})

    def words(self) -> str:
        """The filters in force as the end of a sentence: " to HFKCW, open, overdue"."""
        given = self.form.cleaned_data if self.form.is_valid() else {}
        place = []
        if given.get("level"):
            place.append(f"to {dict(LEVELS)[given['level']]}")
        if given.get("organisation"):
            place.append(f"{self.to_place} {self.places[given['organisation']]}")
        if given.get("region"):
            place.append(f"in {self.places[given['region']].full_name}")
        if given.get("inspection"):
            place.append(f"from the inspection of {dict(self.form.fields['inspection'].choices)[given['inspection']]}")
        rest = []
        if status := given.get("status"):
            rest.append(dict(self.form.fields["status"].choices)[status].lower())
        if closed := given.get("closed_in"):
            rest.append(f"closed in {dict(self.form.fields['closed_in'].choices)[closed]}")
        if given.get("overdue"):
            rest.append("overdue")
        if due := given.get("due"):
            rest.append("with no date" if due == "none" else f"due in the next {due} days")
        if given.get("stale"):
            rest.append(f"with no update for {STALE} days")
        if owner := given.get("owner"):
            rest.append({"me": "owned by you", "none": "owned by nobody", "vacant": "owned by a vacant post"}[owner])
        if given.get("owner_name"):
            rest.append(f"owned by “{given['owner_name']}”")
        if given.get("text"):
            rest.append(f"with “{given['text']}”")
        said = " ".join(place)
        return (f" {said}" if said else "") + "".join(f", {part}" for part in rest)


LEVELS = [("pdu", "PDUs"), ("region", "regions"), ("hmpps", "HMPPS")]


class FollowUpFilter(Work):
    level = choice("Level", "by_level", [("pdu", "PDU"), ("region", "Region"), ("hmpps", "HMPPS")])
    status = choice("Status", "by_status", FOLLOW_UP_STATUS)
    closed_in = choice("Closed in", "by_month_closed")

    place_field, date_field, inspection_field = "addressee_id", "next_due", "inspection_id"
    text_field, text_of = "recommendation", "recommendation"
    open_states, to_place = OPEN_FOLLOW_UP, "to"

    class Meta:
        model = FollowUp
        fields = []

    def __init__(self, data, queryset, *, request, today):
        super().__init__(data, queryset, request=request, today=today)
        months = {first_of(today, back) for back in range(MONTHS_OFFERED)} | {_month(self._given("closed_in"))}
        self.filters["closed_in"].extra["choices"] = [
            (f"{first:%Y-%m}", month(first)) for first in sorted(months - {None}, reverse=True)
        ]

    def by_month_closed(self, queryset, name, value):
        return queryset.filter(closed_in(_month(value)))

    def by_level(self, queryset, name, value):
        return queryset.filter(addressee__level=value)

    def by_status(self, queryset, name, value):
        if value == "historic":
            return queryset.filter(state__in=OPEN_FOLLOW_UP, live=False)
        states = _STATES[value]
        return queryset.filter(state=states[0]) if len(states) == 1 else queryset.filter(state__in=states)


class ActionFilter(Work):
    status = choice("State", "by_status", ACTION_STATUS)
    stale = tick(f"No update for {STALE} days", "only_stale")

    place_field, date_field, inspection_field = "organisation_id", "due_by", "plan__inspection_id"
    text_field, text_of = "pk", "action"
    open_states, to_place = OPEN_ACTION, "of"

    class Meta:
        model = Action
        fields = []

    def by_inspection(self, queryset, name, value):
        visit = self.inspections[value]
        plans, alerts = (rows.order_by().values("pk") for rows in (visit.plans, visit.alerts))
        return queryset.filter(Q(plan__in=plans) | Q(alert__in=alerts))

    def by_status(self, queryset, name, value):
        if value == "sent_back":
            back = Verification.objects.filter(action=OuterRef("pk"), claim__cycle=OuterRef("cycle"))
            return queryset.filter(Exists(back.filter(outcome="sent_back")), state__in=OPEN_ACTION)
        if value == "date_asked":
            asked = DateChange.objects.filter(state="asked").order_by().values("action")
            return queryset.filter(pk__in=asked)
        return queryset.filter(state__in=OPEN_ACTION) if value == "open" else queryset.filter(state=value)

    def only_stale(self, queryset, name, value):
        return queryset.filter(stale(self.today)) if value else queryset


def stale(today) -> Q:
    """Open, live actions of which nobody has said anything for `STALE` days; the same as `rules.is_stale`."""
    since = day_begins(today - dt.timedelta(days=STALE - 1))
    said = Update.objects.filter(action=OuterRef("pk"), at__gte=since)
    return Q(state__in=OPEN_ACTION, live=True, added_at__lt=since) & ~Exists(said)


def closed_in(first) -> Q:
    """Follow-ups that were closed, in whichever way, in the month that begins on ``first``: once, or again after they
    were opened again, and also those that are open now. Each is one row, and so it is counted once."""
    closed = Event.objects.filter(
        subject_kind="followup", deed__in=CLOSINGS, at__gte=day_begins(first), at__lt=day_begins(first_of(first, -1))
    )
    return Q(pk__in=closed.order_by().values("subject_id"))


def _month(text) -> dt.date | None:
    """The first day of "2026-11"; None when it is none."""
    return dt.date.fromisoformat(f"{text}-01") if re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", text) else None


def _visit(place, month) -> str:
    return f"{place}, {month:%B %Y}" if month else str(place)
