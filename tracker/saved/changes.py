"""What changed in a saved view since its reader was last told: which rows came in, went out, or had something done to
them. Reads only.

What is in the view is compared as ids; what was done comes from the journal, as any filter may let a row in or out by
the mere passing of a day.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from tracker.journal.models import Event
from tracker.journal.sentences import title_of
from tracker.working_days import london_day

from .asking import LISTS
from .models import Subscription
from .operations import rows_now
from .rules import MOST_ROWS

SHOWN = 20  # rows of one view in one mail
DEEDS_SHOWN = 3  # of one row, the latest
CAME, CHANGED, WENT = gettext_noop("Came in"), gettext_noop("Changed"), gettext_noop("Went out")
NOT_UNDERSTOOD = gettext_noop("Its list no longer understands it. See what is lacking, and save it anew.")
TOO_MANY = gettext_noop("It shows more than %(n)s rows now: too many to compare. Save a narrower one.")
BY_ITSELF = gettext_noop("Nothing was done to it: a day passed, or something that it belongs to changed.")


@dataclass(frozen=True)
class Entry:
    """One row. ``said``: what was done to it, in a sentence. ``about``: the kind of row, as the journal names it, and
    its id; ``link``: to its page, without the service's own address in front."""

    title: str
    place: str
    said: str
    link: str
    about: tuple[str, int]


@dataclass(frozen=True)
class Changes:
    """Of one view for one reader. ``came``, ``changed``, ``went``: how many. ``groups``: (heading, entries) of the
    first of them; ``more`` are not among these, ``unseen`` went out of the reader's sight. ``trouble``: instead of all
    that, why it could not be compared. ``now``: ids of the rows in it."""

    subscription: Subscription
    since: dt.date
    came: int = 0
    changed: int = 0
    went: int = 0
    groups: tuple[tuple[str, tuple[Entry, ...]], ...] = ()
    more: int = 0
    unseen: int = 0
    trouble: str = ""
    now: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        return self.subscription.view.name

    @property
    def counted(self) -> str:
        """ "3 came in, 2 went out, 4 changed" """
        parts = [
            ngettext("%(n)s came in", "%(n)s came in", self.came) % {"n": f"{self.came:,}"} if self.came else "",
            ngettext("%(n)s went out", "%(n)s went out", self.went) % {"n": f"{self.went:,}"} if self.went else "",
            ngettext("%(n)s changed", "%(n)s changed", self.changed) % {"n": f"{self.changed:,}"}
            if self.changed else "",
        ]  # fmt: skip
        return ", ".join(filter(None, parts)) or _("could not be compared")

    @property
    def about(self) -> frozenset[tuple[str, int]]:
        return frozenset(entry.about for _, entries in self.groups for entry in entries)


def changes_of(subscription, person, week: str, now: dt.datetime) -> Changes | None:
    """What a mail of ``week`` says now; None when nothing changed. Seven queries at most, whatever the view holds.
    ``subscription``: with its view; ``person``: whose scope it is, as they are now."""
    view, told = subscription.view, subscription.week == week
    before = frozenset(subscription.before if told else subscription.latest)
    since = subscription.before_at if told else subscription.latest_at
    ids = rows_now(view, person, london_day(now))
    if ids is None or len(ids) > MOST_ROWS:
        said = _(NOT_UNDERSTOOD) if ids is None else _(TOO_MANY) % {"n": f"{MOST_ROWS:,}"}
        return Changes(subscription, london_day(since), trouble=said, now=tuple(sorted(before)))
    listing, held = LISTS[view.list], frozenset(ids)
    came, went = held - before, before - held
    rows = listing.rows(person)
    seen = set(rows.filter(pk__in=went).order_by().values_list("pk", flat=True)) if went else set()
    done = _done(listing.kind, held | seen, since, now)
    changed = {pk for pk in held & before if pk in done}
    if not (came or went or changed):
        return None
    order = [
        (heading, pk) for heading, those in ((CAME, came), (CHANGED, changed), (WENT, seen)) for pk in sorted(those)
    ]
    by_pk = rows.in_bulk([pk for _heading, pk in order[:SHOWN]])
    groups = defaultdict(list)
    for heading, pk in order[:SHOWN]:
        if pk in by_pk:
            groups[heading].append(_entry(by_pk[pk], listing, done.get(pk, ())))
    return Changes(
        subscription, london_day(since), len(came), len(changed), len(went),
        tuple((_(heading), tuple(entries)) for heading, entries in groups.items()), max(len(order) - SHOWN, 0),
        len(went) - len(seen), now=tuple(ids),
    )  # fmt: skip


def _done(kind, ids, since, now) -> dict[int, list[str]]:
    """What the journal says was done to each of these since then, oldest first, each thing once. One query."""
    events = Event.objects.filter(subject_kind=kind, subject_id__in=ids, at__gt=since, at__lte=now).order_by("at", "pk")
    found = defaultdict(dict)
    for pk, deed, before, after in events.values_list("subject_id", "deed", "before", "after"):
        found[pk][title_of(deed, before, after)] = None
    return {pk: list(titles) for pk, titles in found.items()}


def _entry(row, listing, done) -> Entry:
    kind, key = listing.kind, row.pk
    if kind == "alertcase" and row.restricted:
        # A mail may be read over a shoulder.
        title = _("A restricted organisational alert")
        return Entry(title, str(row.organisation), "", reverse(listing.noun, args=[key]), (kind, row.pk))
    if kind == "followup":
        named = {"number": row.recommendation.number, "wording": row.recommendation.wording}
        title, place = _("Recommendation %(number)s: %(wording)s") % named, row.addressee
    elif kind == "action":
        title, place = row.what, row.organisation
    elif kind == "alertcase":
        title, place = (
            _("Organisational alert about %(place)s") % {"place": row.organisation.full_name},
            row.organisation,
        )
    else:
        title, place, key = str(row), row.organisation, row.slug
    said = "; ".join(_(title) for title in list(done)[-DEEDS_SHOWN:])
    link = reverse(listing.noun, args=[key])
    return Entry(title, str(place), f"{said}." if said else _(BY_ITSELF), link, (kind, row.pk))
