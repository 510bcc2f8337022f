"""The numbers of a place as they were at the end of a past day in London: read from the journal, not from the rows.

One table for each kind of subject says what a deed changes of it; the lines about a subject, in the order in which they
were written, give what was so. What may be seen is today's to say; where a place belonged and what it was called is the
day's, so that a restructure does not rewrite the past.
"""

import datetime as dt
from collections import Counter, defaultdict
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from django.db.models import Min, Q

from inspections.models import Organisation
from tracker.alerts.models import AlertCase
from tracker.journal.models import Event
from tracker.plans.models import Action, FollowUp
from tracker.plans.rules import CLOSINGS, OPEN_ACTION, OPEN_FOLLOW_UP, RESPONSES, is_answered_anew
from tracker.working_days import NO_DATE, day_begins, london_day

from .numbers import (
    AGES,
    Overview,
    Slip,
    band,
    by_level,
    flow,
    in_bands,
    most_first,
    open_ones_first,
)

AT_ONCE = 5000  # lines held in memory

# --- What a deed changes: a value, or a function of (what is so, what the line says) that gives it ---------------

_RESPONSE_IN_WORDS = {words: response for response, words in RESPONSES.items()}


def _response(now, said):
    return _RESPONSE_IN_WORDS.get(said["after__response"], now["response"])


def _live(now, said):
    return said["after__live"] is not False  # of an action only said where it does not run


def _anew(now, said):
    return "awaiting" if is_answered_anew(now["response"]) else "open"


def _response_anew(now, said):
    return "awaiting" if is_answered_anew(now["response"]) else now["response"]


def _started(now, said):
    return now["started"] + (said["before__resting_actions"] or [])


@lru_cache(maxsize=20_000)
def _date(text) -> dt.date:
    return NO_DATE if text == "no date" else dt.date.fromisoformat(text)


def _due_by(now, said):
    return _date(said["after__due_by"]) if said["after__due_by"] else now["due_by"]


def _first_due_by(now, said):
    return _due_by(now, said) if now["first_due_by"] == NO_DATE else now["first_due_by"]


def _times_moved(now, said):
    return now["times_moved"] + bool(said["after__due_by"] and now["first_due_by"] != NO_DATE)


def _opened(now, said):
    return "responded" if said["after__actions"] else "raised"


GONE = None  # nothing is left of it
_NEW = {"state": "awaiting", "response": "awaiting", "live": _live}
_AGAIN = {"state": _anew, "response": _response_anew}
FOLLOW_UP = {
    "follow_up_opened": _NEW,
    "follow_up_moved_here": _NEW,
    "answered": {"state": "open", "response": _response},
    "clock_started": {"live": True, "started": _started},
    "closed": {"state": "implemented"},
    "closed_not_agreed": {"state": "not_implemented"},
    "risk_accepted": {"state": "not_implemented"},
    "superseded": {"state": "superseded"},
    "reopened": _AGAIN,
    "risk_review_due": _AGAIN,
    "follow_up_moved_away": GONE,
    "follow_up_withdrawn": GONE,
}
_MOVED = {"due_by": _due_by, "first_due_by": _first_due_by, "times_moved": _times_moved}
# Not "update_posted", of which there are most: it leads from one open state to another, and no number parts them.
ACTION = {
    "action_added": {"state": "not_started", "live": _live} | _MOVED,
    "action_changed": _MOVED,
    "date_moved": _MOVED,
    "date_agreed": _MOVED,
    "claimed": {"state": "claimed"},
    "verified": {"state": "verified"},
    "sent_back": {"state": "in_progress"},
    "action_cancelled": {"state": "cancelled"},
}
ALERT = {
    "alert_opened": {"state": _opened},
    "alert_raised": {"state": "raised"},
    "alert_acknowledged": {"state": "acknowledged"},
    "alert_responded": {"state": "responded"},
    "alert_accepted": {"state": "monitoring"},
    "alert_returned": {"state": "acknowledged"},
    "end_asked": {"state": "stand_down_asked"},
    "end_refused": {"state": "monitoring"},
    "alert_stood_down": {"state": "stood_down"},
    "alert_reopened": {"state": "monitoring"},
    "alert_withdrawn": {"state": "withdrawn"},
    "alert_clock_started": {"started": _started},
    "alert_taken_back": GONE,
}
# kind of subject: (table, what is so before its first line, what is read of each line)
KINDS = {
    "followup": (
        FOLLOW_UP, {"state": "awaiting", "response": "awaiting", "live": True, "started": []},
        ("after__response", "after__live", "before__resting_actions"),
    ),
    "action": (
        ACTION,
        {"state": "not_started", "live": True, "due_by": NO_DATE, "first_due_by": NO_DATE, "times_moved": 0},
        ("after__due_by", "after__live"),
    ),
    "alertcase": (ALERT, {"state": "raised", "started": []}, ("after__actions", "before__resting_actions")),
}  # fmt: skip


def ends(day: dt.date) -> dt.datetime:
    """The first moment after the day."""
    return day_begins(day + dt.timedelta(days=1))


def _lines(kind: str, places, until: dt.datetime):
    return Event.objects.filter(
        subject_kind=kind, organisation__in=places, deed__in=KINDS[kind][0], at__lt=until
    ).order_by("subject_id", "pk")


def lives(kind: str, places, until: dt.datetime):
    """(id, {"place": id, "state": ..., ...}) of every subject of this kind that ``places`` (ids) had then. One query,
    read as it comes."""
    read = KINDS[kind][2]
    rows = _lines(kind, places, until).values_list("subject_id", "organisation_id", "deed", *read)
    for pk, lines in groupby(rows.iterator(chunk_size=AT_ONCE), key=itemgetter(0)):
        facts = fold(kind, ((place, deed, dict(zip(read, said, strict=True))) for _, place, deed, *said in lines))
        if facts is not None:
            yield pk, facts


def fold(kind: str, lines) -> dict | None:
    """What is so of one subject after these lines: (place, deed, {"after__state": ...}) each; None: it is not here."""
    table, begins, _ = KINDS[kind]
    now = None
    for place, deed, said in lines:
        if (changes := table[deed]) is GONE:
            now = None
            continue
        now = dict(begins) if now is None else now
        now |= {name: value(now, said) if callable(value) else value for name, value in changes.items()}
        now["place"] = place
    return now


# --- Places --------------------------------------------------------------------------------------------------


def places_as_at(day: dt.date) -> dict[int, Organisation]:
    """Every place that was here at the end of ``day``, by id, called as it was and below what it was below then. These
    are copies to read from, with their ``parent`` at hand. Two queries."""
    places = {place.pk: place for place in Organisation.objects.order_by("name")}
    since = Event.objects.filter(
        subject_kind="organisation", deed__in=["organisation_added", "organisation_changed"], at__gte=ends(day)
    )
    # Backwards: most places came with the reference data, before there was anybody to write it down.
    for pk, deed, before in since.order_by("-pk").values_list("subject_id", "deed", "before"):
        if deed == "organisation_added":
            places.pop(pk, None)
            continue
        for name in ("name", "short_name", "parent_id"):
            if name in before and pk in places:
                setattr(places[pk], name, before[name])
    for place in places.values():
        if place.parent_id in places:
            place.parent = places[place.parent_id]
    return places


def below(places: dict[int, Organisation], place: Organisation) -> list[int]:
    """Ids of ``place`` and of all that was below it."""
    return [one.pk for one in places.values() if place.pk in one.line]


def journal_begins() -> dt.date | None:
    """The day of its first line."""
    first = Event.objects.aggregate(first=Min("at"))["first"]
    return london_day(first) if first else None


# --- Numbers -------------------------------------------------------------------------------------------------


def overview_as_at(user, place: Organisation, day: dt.date, places: dict[int, Organisation] | None = None) -> Overview:
    """What `numbers.overview` gave, or would have given, at the end of ``day``, for somebody who may see the work of
    ``place`` today. ``places``: what `places_as_at` gives. Thirteen queries, and time and no memory for many lines."""
    places = places_as_at(day) if places is None else places
    ids, until, first = below(places, place), ends(day), day.replace(day=1)
    hidden = AlertCase.objects.hidden_from(user).order_by()
    count, published, answers = Counter(), Counter(), defaultdict(Counter)
    days, started, awaited = _published(ids, until), set(), set()
    for pk, one in lives("followup", ids, until):
        started.update(one["started"])
        answers[places[one["place"]].level][one["response"]] += 1
        if one["state"] in OPEN_FOLLOW_UP:
            count["open"] += 1
            count["historic"] += not one["live"]
            count["awaiting"] += one["state"] == "awaiting"
            if one["state"] == "awaiting" and one["live"]:
                awaited.add(pk)
            published[days.get(pk)] += 1
    states, unseen = Counter(), set(hidden.values_list("pk", flat=True))
    for pk, one in lives("alertcase", ids, until):
        started.update(one["started"])
        states[one["state"]] += pk not in unseen
    slips, responses = defaultdict(Counter), Awaited(awaited, ids, until)
    unseen = _unseen_actions(user, hidden)
    for pk, one in lives("action", ids, until):
        responses.look(pk, one)
        if pk in unseen:
            continue
        count["claimed"] += one["state"] == "claimed"
        if _is_late(pk, one, day, started):
            # Due on the last of a month, it is late on the first of the next.
            count["newly" if one["due_by"] >= first - dt.timedelta(days=1) else "carried"] += 1
        if NO_DATE not in (one["due_by"], one["first_due_by"]):
            slips[one["place"]].update(
                dated=1, moved=one["times_moved"] > 0, times=one["times_moved"],
                days=(one["due_by"] - one["first_due_by"]).days,
            )  # fmt: skip
    return Overview(
        day=day,
        **{name: count[name] for name in ("open", "historic", "awaiting", "claimed", "newly", "carried")},
        late_responses=sum(due < day for due in responses.due.values()),
        closed=_closed(ids, first, until),
        months=flow(ids, day, count["open"]),
        ages=in_bands(_in_bands(published, day)),
        slips=most_first(
            Slip(places[pk], one["dated"], one["moved"], one["times"], one["days"])
            for pk, one in slips.items()
            if one["moved"]
        ),
        responses=by_level(answers),
        alerts=open_ones_first(+states),
    )


class Awaited:
    """When something was due of each response that was awaited: its plan's day, or that of its earliest open action.

    ``due``: {follow-up: day}, once `look` has seen every action. Three queries.
    """

    def __init__(self, follow_ups: set[int], ids, until: dt.datetime):
        self.due, self._of = {}, defaultdict(list)
        rows = FollowUp.objects.filter(pk__in=_opened(ids, until)).order_by()
        then = plans_due(until)
        for pk, plan, due in rows.values_list("pk", "plan_id", "plan__due_by").iterator(chunk_size=AT_ONCE):
            if pk in follow_ups:
                self.due[pk] = then.get(plan, due)
        links = Action.follow_ups.through.objects.filter(followup__in=_opened(ids, until)).order_by()
        for follow_up, action in links.values_list("followup", "action").iterator(chunk_size=AT_ONCE):
            if follow_up in self.due:
                self._of[action].append(follow_up)

    def look(self, pk: int, one: dict) -> None:
        """``one``: what was so of the action, from `lives`."""
        if pk in self._of and one["state"] in OPEN_ACTION:
            for follow_up in self._of[pk]:
                self.due[follow_up] = min(self.due[follow_up], one["due_by"])


def plans_due(until: dt.datetime) -> dict[int, dt.date]:
    """{plan: when it was to be answered} of those plans whose day was set anew since: what the first line after that
    moment says that it was. One query."""
    later = Event.objects.filter(subject_kind="actionplan", deed="plan_due_set", at__gte=until).order_by("-pk")
    return {plan: _date(due) for plan, due in later.values_list("subject_id", "before__due_by")}


def late_responses(ids, day: dt.date) -> dict[int, tuple[dt.date, int]]:
    """{follow-up: (due, place)} of the responses that these places owed at the end of ``day`` and that were late. Five
    queries."""
    until = ends(day)
    places = {
        pk: one["place"] for pk, one in lives("followup", ids, until) if one["state"] == "awaiting" and one["live"]
    }
    awaited = Awaited(set(places), ids, until)
    for pk, one in lives("action", ids, until):
        awaited.look(pk, one)
    return {pk: (due, places[pk]) for pk, due in awaited.due.items() if due < day}


def _is_late(pk, one, day, started) -> bool:
    """Whether an action was open, with a clock, and due before ``day``. ``started``: those whose clock began later than
    they were added."""
    return one["state"] in OPEN_ACTION and one["due_by"] < day and (one["live"] or pk in started)


def overdue(ids, since: dt.date, day: dt.date) -> dict[int, tuple[dt.date, int]]:
    """{action: (due, place)} of the open actions, with a clock, of these places that were late at the end of ``day``
    and due on ``since`` or after. Three queries."""
    until = ends(day)
    started = {pk for kind in ("followup", "alertcase") for _, one in lives(kind, ids, until) for pk in one["started"]}
    return {
        pk: (one["due_by"], one["place"])
        for pk, one in lives("action", ids, until)
        if since <= one["due_by"] and _is_late(pk, one, day, started)
    }


def _published(ids, until) -> dict[int, dt.date | None]:
    """{follow-up: day of publication, as it was known then}. Two queries."""
    rows = FollowUp.objects.filter(pk__in=_opened(ids, until)).order_by()
    of = {pk: (inspection, day) for pk, inspection, day in
          rows.values_list("pk", "inspection_id", "inspection__published")}  # fmt: skip
    since = Event.objects.filter(at__gte=until, before__has_key="published").filter(
        Q(subject_kind="inspection", deed="inspection_corrected")
        | Q(subject_kind="followup", deed="follow_up_withdrawn")
    )
    corrected, gone = {}, {}
    for kind, pk, day in since.order_by("-pk").values_list("subject_kind", "subject_id", "before__published"):
        (gone if kind == "followup" else corrected)[pk] = day and dt.date.fromisoformat(day)
    return gone | {pk: corrected.get(inspection, day) for pk, (inspection, day) in of.items()}


def _opened(ids, until):
    """The follow-ups that these places ever had up to then, as a subquery of ids."""
    opened = _lines("followup", ids, until).filter(deed__in=["follow_up_opened", "follow_up_moved_here"])
    return opened.order_by().values("subject_id")


def _in_bands(published: Counter, day: dt.date) -> Counter:
    spans = [band(day, youngest, oldest) for youngest, oldest in AGES]
    found = Counter()
    for on, count in published.items():
        found[next((n for n, (first, last) in enumerate(spans) if on and first <= on <= last), -1)] += count
    return found


def _unseen_actions(user, hidden) -> set[int]:
    """Actions of alerts whose circle the reader does not belong to, but for their own."""
    theirs = Action.objects.filter(Action.owned_by(user) | Q(pk__in=Action.helped_by(user))).order_by()
    unseen = Action.objects.filter(alert__in=hidden.values("pk")).exclude(pk__in=theirs.values("pk"))
    return set(unseen.order_by().values_list("pk", flat=True))


def _closed(ids, first: dt.date, until: dt.datetime) -> int:
    closed = Event.objects.filter(
        subject_kind="followup", organisation__in=ids, deed__in=CLOSINGS, at__gte=day_begins(first), at__lt=until
    )
    return closed.order_by().values("subject_id").distinct().count()
