"""The weekly mail of what changed in saved views, to those who asked for it: decided once a week, written when it
goes."""

import datetime as dt
import textwrap
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracker.journal.models import Notice
from tracker.saved.asking import address
from tracker.saved.changes import Changes, Entry, changes_of
from tracker.saved.models import SavedView, Subscription
from tracker.saved.operations import note_seen
from tracker.working_days import london_day

from .rules import LATER, NOT_THEIRS, Saying
from .times import first_working_day
from .turns import VIEW
from .weekly import week_of

NOT_WANTED = "The reader no longer asks for it."
NOTHING = "Nothing changed in it."
LONGEST_TITLE = 200


@dataclass(frozen=True)
class Section:
    """One view as the mail shows it."""

    changes: Changes

    @property
    def heading(self) -> str:
        return _("Saved view: %(name)s") % {"name": self.changes.name}

    @property
    def sentence(self) -> str:
        """ "Since Monday 14 November: 3 came in, 2 went out, 4 changed." """
        if self.changes.trouble:
            return self.changes.trouble
        named = {"day": format_date(self.changes.since, "l j F"), "counted": self.changes.counted}
        return _("Since %(day)s: %(counted)s.") % named

    @property
    def unseen(self) -> str:
        n = self.changes.unseen
        words = ngettext("%(n)s that went out you may no longer see.", "%(n)s that went out you may no longer see.", n)
        return words % {"n": f"{n:,}"} if n else ""

    @property
    def link(self) -> str:
        view = self.changes.subscription.view
        return settings.BASE_URL + (reverse("saved_view", args=[view.pk]) if self.changes.trouble else address(view))

    @property
    def stop(self) -> str:
        return settings.BASE_URL + reverse("saved_view", args=[self.changes.subscription.view_id])

    @property
    def groups(self):
        return self.changes.groups

    @property
    def more(self) -> int:
        return self.changes.more

    @staticmethod
    def title(entry: Entry) -> str:
        return textwrap.shorten(entry.title, LONGEST_TITLE, placeholder=" ...")

    @staticmethod
    def link_of(entry: Entry) -> str:
        return settings.BASE_URL + entry.link


def to_mail(facts) -> list[Saying]:
    """Whose mails of views are still to be decided this week, on its first working day and no other: two queries.
    ``facts``: `facts.Facts` of the day."""
    today = facts.today
    if today != first_working_day(today):
        return []
    asked = set(Subscription.objects.order_by().values_list("person", "view"))
    if asked:
        told = Notice.objects.filter(kind=VIEW, subject_kind="savedview", occasion=week_of(today)).order_by()
        asked -= set(told.values_list("recipient", "subject_id"))
    in_use = facts.circle.in_use
    return [
        Saying(who, "named", VIEW, "savedview", view, week_of(today)) for who, view in sorted(asked) if who in in_use
    ]


def sections_of(person, notices, now: dt.datetime) -> tuple[list[Section], list[Notice], dict[str, list[int]]]:
    """(what the mail says, the notices of these that it carries, {why: [id]} of the others), each asked again now."""
    said, carried, untrue = [], [], {}
    week = week_of(london_day(now))
    wanted = Subscription.objects.filter(person=person, view__in={n.subject_id for n in notices}).select_related("view")
    asked = {one.view_id: one for one in wanted} if notices else {}
    seen = set(SavedView.objects.visible_to(person).filter(pk__in=asked).values_list("pk", flat=True)) if asked else ()
    for notice in notices:
        subscription, changes = asked.get(notice.subject_id), None
        if notice.occasion != week:
            why = LATER
        elif subscription is None:
            why = NOT_WANTED
        elif subscription.view_id not in seen:
            why = NOT_THEIRS
        else:
            why, changes = NOTHING, changes_of(subscription, person, week, now)
        if changes:
            said.append(Section(changes))
            carried.append(notice)
        else:
            untrue.setdefault(why, []).append(notice.pk)
    return said, carried, untrue


def headline_of(sections: list[Section]) -> str:
    """The subject of a mail that says nothing else."""
    if len(sections) == 1:
        changes = sections[0].changes
        return _("%(name)s: %(counted)s") % {"name": changes.name, "counted": changes.counted}
    names = ", ".join(section.changes.name for section in sections)
    words = ngettext("%(n)s saved view changed: %(names)s", "%(n)s saved views changed: %(names)s", len(sections))
    return words % {"n": len(sections), "names": names}


def keep_seen(sections, now: dt.datetime) -> None:
    """In the transaction that claims the mail: from now on its reader has seen what it says."""
    for section in sections:
        note_seen(section.changes.subscription, week_of(london_day(now)), list(section.changes.now), at=now)
