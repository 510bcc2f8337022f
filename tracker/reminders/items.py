"""One subject as a mail shows it: what it is, why it is said to this reader, what they do now, and where."""

import datetime as dt
import logging
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from inspections.models import Organisation
from tracker.alerts.models import AlertCase
from tracker.journal.models import Event
from tracker.people.models import Cover, Post, User
from tracker.people.operations import first_place
from tracker.plans.models import Action, ActionPlan, DateChange, FollowUp
from tracker.saved.models import SavedView
from tracker.working_days import NO_DATE

from .models import Hold
from .rules import ABOVE, COPIED, HEAD, OWNER, PASSED_ON, PASSED_UP, REMINDERS, STAND_IN, STEPS, Told

log = logging.getLogger(__name__)
WIDTH = 72
LONGEST_TITLE = 300
NOUNS = {
    "action": gettext_noop("action"), "actionplan": gettext_noop("action plan"),
    "followup": gettext_noop("recommendation"), "datechange": gettext_noop("date"), "post": gettext_noop("post"),
    "cover": gettext_noop("absence"), "hold": gettext_noop("run of mails"), "event": gettext_noop("journal"),
}  # fmt: skip
SAID = REMINDERS | STEPS
DATED = ("action_due", "plan_due")
# What matters most comes first: under the first of these a subject stands in the mail, whatever else is said of it.
PRIORITY = list(dict.fromkeys([
    *DATED, "overdue_step", *(kind for kind, said in SAID.items() if said.asks),
    *(kind for kind, said in SAID.items() if kind != "assigned"), "assigned",
]))  # fmt: skip
_RANKS = [OWNER, PASSED_UP, PASSED_ON, STAND_IN, COPIED]

# What the reader must do, worst first.
GROUPS = {
    "overdue": gettext_noop("Overdue: finish it, or ask for another date"),
    "above": gettext_noop("Overdue below you: see what holds it up"),
    "decide": gettext_noop("Waiting for you to decide"),
    "back": gettext_noop("Back with you: put it right"),
    "update": gettext_noop("Say how it goes"),
    "ahead": gettext_noop("Coming up"),
    "arrange": gettext_noop("To look at"),
    "given": gettext_noop("New for you"),
    "know": gettext_noop("For you to know"),
}
_GROUP_OF = {
    "overdue_step": "above", "assigned": "given", "run_held": "decide",
    **dict.fromkeys(["sent_back", "plan_sent_back", "reopened"], "back"),
    **dict.fromkeys(["update_expected", "update_asked", "no_date"], "update"),
    **dict.fromkeys(["post_vacant", "risk_ending", "sustain_due", "cover_named"], "arrange"),
}  # fmt: skip
# Why somebody reads of it, by the capacity in which they do: to themselves, and to whoever stands in for them.
BECAUSE = {
    ABOVE: (
        gettext_noop("It is for you to decide, as the level above."),
        gettext_noop("It is for %(name)s to decide, as the level above."),
    ),
    "submitter": (
        gettext_noop("It was sent for sign-off by you."), gettext_noop("It was sent for sign-off by %(name)s."),
    ),
    "asker": (gettext_noop("It was asked for by you."), gettext_noop("It was asked for by %(name)s.")),
    "claimant": (
        gettext_noop("Its completion was claimed by you."), gettext_noop("Its completion was claimed by %(name)s."),
    ),
    "judge": (
        gettext_noop("An earlier claim was decided by you."), gettext_noop("An earlier claim was decided by %(name)s."),
    ),
    "verifier": (gettext_noop("It was verified by you."), gettext_noop("It was verified by %(name)s.")),
    "inspector": (
        gettext_noop("It waits for any inspector."), gettext_noop("It waits for any inspector, %(name)s among them."),
    ),
    PASSED_UP: (
        gettext_noop("It has come to you because nobody nearer acted."),
        gettext_noop("It has come to %(name)s because nobody nearer acted."),
    ),
    PASSED_ON: (
        gettext_noop("The post whose turn it was is vacant, so it comes to you."),
        gettext_noop("The post whose turn it was is vacant, so it comes to %(name)s."),
    ),
    COPIED: (
        gettext_noop("Copied to you because it has been overdue for so long."),
        gettext_noop("Copied to %(name)s because it has been overdue for so long."),
    ),
    HEAD: (gettext_noop("It belongs to %(place)s."), gettext_noop("It belongs to %(place)s.")),
}  # fmt: skip


@dataclass(frozen=True)
class Due:
    """What the mail is to say about one subject. ``said``: each kind, and as what the reader is told of it."""

    subject_kind: str
    subject_id: int
    said: tuple[tuple[str, Told], ...]

    @cached_property
    def kinds(self) -> list[str]:
        """What matters most first."""
        return sorted({kind for kind, told in self.said}, key=PRIORITY.index)

    @cached_property
    def told(self) -> Told:
        """What is their own comes before what they read for somebody else."""
        return min(
            (told for kind, told in self.said),
            key=lambda told: (
                told.instead_of is not None, _RANKS.index(told.role) if told.role in _RANKS else len(_RANKS)
            ),
        )  # fmt: skip

    @property
    def lead(self) -> str:
        """The kind under which it stands."""
        if "overdue_step" in self.kinds and self.told.role in (PASSED_UP, PASSED_ON):
            return "overdue_step"
        return self.kinds[0]


@dataclass(frozen=True)
class Item:
    """One subject as the mail shows it. ``due`` None where there is no date to speak of; ``counted``: what the subject
    of the mail says of it, after the number."""

    noun: str  # of `NOUNS`
    title: str
    place: str
    due: dt.date | None
    days_left: int
    kind: str  # under which it stands
    group: str  # of `GROUPS`
    why: str
    link: str

    @property
    def overdue(self) -> bool:
        return self.due is not None and self.days_left < 0

    @property
    def heading(self) -> str:
        late = -self.days_left
        if self.kind == "overdue_step":
            words = ngettext("Overdue by %(n)d day, passed up to you", "Overdue by %(n)d days, passed up to you", late)
            return words % {"n": late}
        if self.kind not in DATED:
            words = SAID[self.kind].heading
            return _(words) if words else _("New %(noun)s for you") % {"noun": _(self.noun)}
        if self.overdue:
            return ngettext("Overdue by %(n)d day", "Overdue by %(n)d days", late) % {"n": late}
        if self.days_left in (0, 1):
            return _("Due tomorrow") if self.days_left else _("Due today")
        return ngettext("Due in %(n)d day", "Due in %(n)d days", self.days_left) % {"n": self.days_left}

    @property
    def lines(self) -> list[str]:
        """Below the title: how it stands, whose it is, and why it is said."""
        when = f" ({self.dated})" if self.due else ""
        place = f"{self.place}. " if self.place else ""
        return [f"{self.heading}{when}.".replace("?.", "?"), f"{place}{self.why}"]

    @property
    def dated(self) -> str:
        """Under a heading that speaks of more than its date, whose day it is."""
        if self.kind in DATED:
            return date_words(self.due)
        return _("due %(day)s") % {"day": date_words(self.due)}

    @property
    def order(self):
        """By what there is to do; there what is longest overdue, then what was said first in the tables."""
        return list(GROUPS).index(self.group), self.due or NO_DATE, PRIORITY.index(self.kind), self.title

    def wrapped(self, text: str) -> str:
        return wrapped(text)


def wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def date_words(date: dt.date) -> str:
    """ "30 November 2026" in the reader's language"""
    return format_date(date, "j F Y")


# --- Where it is seen ----------------------------------------------------------------------------------------


def address(row) -> str:
    """Where the subject of a notice is to be seen, without the service's own address in front."""
    if isinstance(row, Action):
        return reverse("action", args=[row.pk])
    if isinstance(row, FollowUp):
        return reverse("recommendation", args=[row.pk])
    if isinstance(row, AlertCase):
        return reverse("alert", args=[row.pk])
    if isinstance(row, Cover):
        return reverse("cover")
    if isinstance(row, Event):
        return reverse("sent")
    if isinstance(row, User):
        return reverse("work")
    if isinstance(row, Hold):
        return reverse("held_run", args=[row.pk])
    if isinstance(row, SavedView):
        return reverse("saved_view", args=[row.pk])
    if isinstance(row, Post):
        return f"{reverse('actions')}?{urlencode({'organisation': row.organisation.slug, 'owner': 'vacant'})}"
    if isinstance(row, DateChange):
        action = reverse("action", args=[row.action_id])
        return _page("decide_date", row.pk) or action if row.state == "asked" else action
    which = {"inspection": row.inspection.slug, "organisation": row.organisation.slug, "status": "awaiting"}
    return _page("plan", row.pk) or f"{reverse('recommendations')}?{urlencode(which)}"


def _page(name, *args) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


# --- What is read for it -------------------------------------------------------------------------------------

_OWNER = ("owner_post__holder", "owner_person")
_ROWS = {
    "action": lambda: Action.objects.select_related("organisation", *_OWNER),
    "actionplan": lambda: ActionPlan.objects.select_related("organisation", "inspection__organisation"),
    "followup": lambda: FollowUp.objects.select_related("recommendation", "addressee", "inspection", *_OWNER),
    "datechange": lambda: DateChange.objects.select_related(
        "action__organisation", "action__owner_post__holder", "action__owner_person"
    ),
    "post": lambda: Post.objects.select_related("organisation"),
    "cover": lambda: Cover.objects.select_related("person"),
    "hold": Hold.objects.all,
    "event": Event.objects.all,
}


def items_of(wanted: list[Due], today) -> Iterator[tuple[Due, Item]]:
    """A query for each kind of subject, however many there are; what cannot be written is left out."""
    kinds = {due.subject_kind for due in wanted}
    rows = {
        kind: _ROWS[kind]().in_bulk([due.subject_id for due in wanted if due.subject_kind == kind])
        for kind in _ROWS.keys() & kinds
    }
    absent = User.objects.in_bulk({due.told.instead_of for due in wanted if due.told.instead_of})
    for due in wanted:
        try:
            yield due, item_of(due, rows[due.subject_kind][due.subject_id], today, absent.get(due.told.instead_of))
        except Exception:  # the others are still said
            log.exception("No mail can be written about %s %s", due.subject_kind, due.subject_id)


def item_of(due: Due, row, today, absent=None) -> Item:
    """``absent``: the person for whom the reader stands in."""
    kind = due.lead
    title, place = _title(row, kind)
    dated = isinstance(row, Action | ActionPlan) and kind in (*DATED, "overdue_step", "assigned")
    when = row.due_by if dated and row.due_by != NO_DATE else None
    days_left = (when - today).days if when else 0
    return Item(
        noun=NOUNS[due.subject_kind],
        title=textwrap.shorten(title, LONGEST_TITLE, placeholder=" ..."),
        place=str(place or ""),
        due=when,
        days_left=days_left,
        kind=kind,
        group=_group(kind, days_left, due.told),
        why=" ".join([*_what_to_do(due, row, kind), *_why(due, row, place, absent)]),
        link=settings.BASE_URL + address(row),
    )


def _group(kind, days_left, told) -> str:
    if kind in DATED:
        if days_left >= 0:
            return "ahead"
        return "above" if told.role == COPIED else "overdue"
    return _GROUP_OF.get(kind) or ("decide" if SAID[kind].asks else "know")


def _title(row, kind) -> tuple[str, Organisation | None]:
    if isinstance(row, Action):
        return row.what, row.organisation
    if isinstance(row, ActionPlan):
        asked = kind in (*DATED, "overdue_step")
        what = _("Respond to the recommendations of: %(visit)s") if asked else _("Action plan for: %(visit)s")
        of_place = _("the inspection of %(place)s") % {"place": row.inspection.organisation}  # some have no title
        return what % {"visit": row.inspection.title or of_place}, row.organisation
    if isinstance(row, DateChange):
        return row.action.what, row.action.organisation
    if isinstance(row, Post):
        return row.title, row.organisation
    if isinstance(row, Hold):
        words = ngettext("%(n)s mail is held", "%(n)s mails are held", row.mails)
        return words % {"n": f"{row.mails:,}"}, None
    if isinstance(row, Event):
        named = {"day": date_words(row.at), "hash": row.hash}
        return _("The journal's newest hash on %(day)s is %(hash)s.") % named, None
    if isinstance(row, Cover):
        named = {"name": row.person.name, "first": date_words(row.starts), "last": date_words(row.ends)}
        return _("%(name)s is away from %(first)s to %(last)s") % named, first_place(row.person)
    named = {"number": row.recommendation.number, "wording": row.recommendation.wording}
    return _("Recommendation %(number)s: %(wording)s") % named, row.addressee


# --- Why, and what now ---------------------------------------------------------------------------------------


def _what_to_do(due: Due, row, lead) -> list[str]:
    """What happened to it and what the reader does now, a sentence or two for each kind."""
    said = []
    if isinstance(row, DateChange):
        moved = {"old": date_words(row.old_due_by), "new": date_words(row.new_due_by)}
        said.append(_("From %(old)s to %(new)s.") % moved)
    for kind in due.kinds:
        words = SAID[kind]
        if kind != lead and words.heading:
            said.append(f"{_(words.heading)}.".replace("?.", "?"))
        if words.do:
            said.append(_(words.do))
    return said


def _why(due: Due, row, place, absent) -> list[str]:
    """Why this person reads about this row; another sentence when they do so for somebody who is away."""
    said = _because(due, row, place, absent)
    stands_in = []
    if absent and due.told.role == HEAD:
        stands_in = [_("You stand in for %(name)s.") % {"name": absent.name}]
    elif absent:
        stands_in = [_("You stand in for them.")]
    return ([said] if said else []) + stands_in


def _because(due, row, place, absent) -> str:
    role, named = due.told.role, {"name": absent.name if absent else "", "place": place}
    if role == "named":
        return ""
    if isinstance(row, DateChange):
        row = row.action
    if role in BECAUSE:
        said = _(BECAUSE[role][bool(absent)]) % named
        if role in (COPIED, PASSED_UP, PASSED_ON) and isinstance(row, Action):
            said += " " + _("Owner: %(owner)s.") % {"owner": row.owner_words}
        return said
    if role == STAND_IN:
        named["lack"] = _lack(due, row)
        return _("%(lack)s, so it comes to %(name)s.") % named if absent else _("%(lack)s, so it comes to you.") % named
    if isinstance(row, ActionPlan):
        if absent:
            return _("%(name)s answers for it as head of %(place)s.") % named
        return _("You answer for it as head of %(place)s.") % named
    return _of_owner(due, row, absent)


def _of_owner(due, row, absent) -> str:
    named = {"name": absent.name if absent else "", "noun": _(NOUNS[row._meta.model_name])}
    given = "assigned" in due.kinds
    if row.owner_post_id:
        named["post"] = row.owner_post.title
        words = {
            (True, False): _("It was given to you as %(post)s."),
            (True, True): _("It was given to %(name)s as %(post)s."),
            (False, False): _("You own this %(noun)s as %(post)s."),
            (False, True): _("%(name)s owns this %(noun)s as %(post)s."),
        }
    else:
        words = {
            (True, False): _("It was given to you."),
            (True, True): _("It was given to %(name)s."),
            (False, False): _("You own this %(noun)s."),
            (False, True): _("%(name)s owns this %(noun)s."),
        }
    return words[given, bool(absent)] % named


def _lack(due, row) -> str:
    """Why it does not go to whom it belongs to."""
    if isinstance(row, ActionPlan):
        return _("The head is away and nobody stands in") if due.told.away else _("The head's post is vacant")
    if due.told.away and row.owner:
        return _("%(name)s is away and nobody stands in") % {"name": row.owner.name}
    if row.owner_person_id or row.owner_post_id:
        return _("Owner: %(owner)s") % {"owner": row.owner_words}
    return _("Nobody owns it")
