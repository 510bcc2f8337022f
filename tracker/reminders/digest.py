"""One mail for one person: everything that is to be said to them now, by what they must do, worst first."""

import datetime as dt
import textwrap
from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from django.conf import settings
from django.template import engines
from django.urls import reverse
from django.utils.dateformat import format as format_date
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from .items import DATED, GROUPS, SAID, Due, Item, items_of, wrapped
from .outside import for_outside
from .view_mails import Section
from .view_mails import headline_of as headline_of_views

MOST = 20  # items in one mail; the rest are a link away
MOST_COUNTED = 4  # things in the subject


@dataclass(frozen=True)
class Letter:
    """A digest as it goes out. ``about``: the (subject kind, id) pairs that it speaks of. ``views``: the saved views
    whose changes it tells."""

    subject: str
    text: str
    html: str
    about: frozenset[tuple[str, int]]
    views: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Group:
    heading: str
    items: list[Item]
    overdue: bool


def compose(
    recipient, wanted: list[Due], today: dt.date, at: dt.datetime | None = None, *, week=None, views=()
) -> Letter | None:
    """The digest as it goes out: a query for each kind of subject, whatever it holds. None when nothing of it could be
    written. ``at``: when it is written to go out; None: to be looked at only. ``week``: the weekly summary, after
    that; ``views``: sections of saved views, last."""
    found = list(items_of(wanted, today))
    if recipient.external:
        found = for_outside(found, recipient, at)
    if not (found or week or views):
        return None
    items = sorted((item for due, item in found), key=lambda item: item.order)
    # Somebody outside has no page on which the rest would stand.
    shown = items if recipient.external else items[:MOST]
    counts, places = headline_of(items, today), places_of(items)
    subject = _("%(counts)s: %(places)s") % {"counts": counts, "places": places} if places else counts
    if not items:
        subject = week.subject if week else headline_of_views(views)
    subject = " ".join(subject.split())[:200]
    context = {
        "subject": subject,
        "groups": groups_of(shown),
        "left_out": len(items) - len(shown),
        "week": week,
        "views": views,
        "wrapped": wrapped,
        "outside": recipient.external,
        "language": get_language()[:2],
        "home": settings.BASE_URL + "/",
        "work": settings.BASE_URL + reverse("work"),
        "preferences": settings.BASE_URL + reverse("preferences"),
    }
    engine = engines["jinja2"]
    return Letter(
        subject=subject,
        text=engine.get_template("mail/digest.txt").render(context),
        html=engine.get_template("mail/digest.html").render(context),
        about=frozenset((due.subject_kind, due.subject_id) for due, item in found),
        views=tuple(views),
    )


def groups_of(items: list[Item]) -> list[Group]:
    """In the order of the items: those of one group stand together."""
    return [
        Group(_(GROUPS[name]), found := list(its), any(item.overdue for item in found))
        for name, its in groupby(items, key=lambda item: item.group)
    ]


def headline_of(items: list[Item], today: dt.date) -> str:
    """ "1 action overdue, 2 due by 30 November": counts in the order of the items, the noun only where it changes."""
    last = {
        noun: max(item.due for item in items if item.noun == noun and item.group == "ahead")
        for noun in {item.noun for item in items if item.group == "ahead"}
    }
    counts = Counter((item.noun, _counted(item, last.get(item.noun), today)) for item in items)
    parts, said = [], None
    for (noun, words), number in list(counts.items())[:MOST_COUNTED]:
        parts.append(f"{number:,} {words}" if said == noun else f"{things(noun, number)} {words}")
        said = noun
    if left := sum(list(counts.values())[MOST_COUNTED:]):
        parts.append(_("%(n)s more") % {"n": left})
    return ", ".join(parts)


def _counted(item: Item, last: dt.date | None, today: dt.date) -> str:
    if item.group == "ahead":
        if last == today:
            return _("due today")
        return _("due by %(day)s") % {"day": format_date(last, "j F Y" if last.year != today.year else "j F")}
    if item.kind in DATED:
        return _("overdue")
    return _(SAID[item.kind].counted) if SAID[item.kind].counted else _("given to you")


def things(noun: str, number: int) -> str:
    """ "1 action", "4 action plans" """
    words = {
        "action": ngettext("%(n)s action", "%(n)s actions", number),
        "action plan": ngettext("%(n)s action plan", "%(n)s action plans", number),
        "recommendation": ngettext("%(n)s recommendation", "%(n)s recommendations", number),
        "date": ngettext("%(n)s date", "%(n)s dates", number),
        "post": ngettext("%(n)s post", "%(n)s posts", number),
        "absence": ngettext("%(n)s absence", "%(n)s absences", number),
        "run of mails": ngettext("%(n)s run of mails", "%(n)s runs of mails", number),
        "journal": ngettext("%(n)s journal", "%(n)s journals", number),
    }
    return words[noun] % {"n": f"{number:,}"}


def places_of(items: list[Item]) -> str:
    places = list(dict.fromkeys(item.place for item in items if item.place))
    if len(places) > 2:
        return ngettext("%(n)s organisation", "%(n)s organisations", len(places)) % {"n": len(places)}
    return textwrap.shorten(_(" and ").join(places), 100, placeholder=" ...")
