"""One mail for one person: everything that is to be said to them now, worst first."""

import datetime as dt
import logging
import textwrap
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.template import engines
from django.urls import reverse

from inspections.models import Organisation
from tracker.plans.models import Action, ActionPlan, FollowUp
from tracker.words import day, days, plural
from tracker.working_days import NO_DATE

from .rules import COPIED, OWNER, STAND_IN

log = logging.getLogger(__name__)
MOST = 20  # items in one mail; the rest are a link away
WIDTH = 72
NOUNS = {"action": "action", "actionplan": "action plan", "followup": "recommendation"}


def address(row) -> str:
    """Where the subject of a notice is to be seen, without the service's own address in front."""
    if isinstance(row, Action):
        return reverse("action", args=[row.pk])
    if isinstance(row, FollowUp):
        return reverse("recommendation", args=[row.pk])
    which = {"inspection": row.inspection.slug, "organisation": row.organisation.slug, "status": "awaiting"}
    return f"{reverse('recommendations')}?{urlencode(which)}"


@dataclass(frozen=True)
class Due:
    """What the mail is to say about one subject. ``role``: owner, stand-in or copied; ``given``: newly theirs."""

    subject_kind: str
    subject_id: int
    role: str
    given: bool
    reminded: bool  # a date is spoken of, not only that it was given


@dataclass(frozen=True)
class Item:
    """One subject as the mail shows it. ``due`` None where there is no date to speak of."""

    noun: str  # action, action plan, recommendation
    title: str
    place: str
    due: dt.date | None
    days_left: int
    reminded: bool
    why: str
    link: str

    @property
    def overdue(self) -> bool:
        return self.due is not None and self.days_left < 0

    @property
    def heading(self) -> str:
        if self.due is None:
            return f"New {self.noun} for you"
        if self.overdue:
            return f"Overdue by {days(-self.days_left)}"
        return {0: "Due today", 1: "Due tomorrow"}.get(self.days_left, f"Due in {days(self.days_left)}")

    @property
    def date_words(self) -> str:
        return day(self.due) if self.due else "no date yet"

    @property
    def order(self):
        return (self.due or NO_DATE, self.title)

    def wrapped(self, text: str) -> str:
        return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


@dataclass(frozen=True)
class Letter:
    """A digest as it goes out. ``about``: the (subject kind, id) pairs that it speaks of."""

    subject: str
    text: str
    html: str
    about: frozenset[tuple[str, int]]


def compose(recipient, wanted: list[Due], today: dt.date) -> Letter | None:
    """The digest as it goes out: three queries whatever it holds. None when nothing of it could be written."""
    found = list(_items(wanted, today))
    if not found:
        return None
    items = sorted((item for _, item in found), key=lambda item: item.order)
    headline = headline_of(items, today)
    context = {
        "headline": headline,
        "places": places_of(items),
        "name": recipient.name,
        "items": items[:MOST],
        "left_out": len(items) - MOST if len(items) > MOST else 0,
        "home": settings.BASE_URL + "/",
        "roles": {due.role for due in wanted},
        "OWNER": OWNER,
        "STAND_IN": STAND_IN,
        "COPIED": COPIED,
    }
    engine = engines["jinja2"]
    subject = " ".join(engine.get_template("mail/digest.subject.txt").render(context).split())
    context["subject"] = subject
    return Letter(
        subject=subject[:200],
        text=engine.get_template("mail/digest.txt").render(context),
        html=engine.get_template("mail/digest.html").render(context),
        about=frozenset((due.subject_kind, due.subject_id) for due, _ in found),
    )


def headline_of(items: list[Item], today: dt.date) -> str:
    """ "1 action overdue, 2 due by 30 November": counts, worst first, the noun only where it changes."""
    parts, said = [], None
    for noun in ("action", "action plan", "recommendation"):
        dated = [item for item in items if item.noun == noun and item.reminded]
        overdue = [item for item in dated if item.overdue]
        ahead = [item for item in dated if not item.overdue]
        given = [item for item in items if item.noun == noun and not item.reminded]
        for found, words in (
            (overdue, "overdue"),
            (ahead, _by(max((item.due for item in ahead), default=today), today)),
            (given, "given to you"),
        ):
            if found:
                parts.append(f"{len(found)} {words}" if said == noun else f"{plural(len(found), noun)} {words}")
                said = noun
    return ", ".join(parts)


def _by(last: dt.date, today: dt.date) -> str:
    if last == today:
        return "due today"
    return "due by " + (day(last) if last.year != today.year else f"{last.day} {last:%B}")


def places_of(items: list[Item]) -> str:
    places = list(dict.fromkeys(item.place for item in items))
    if len(places) > 2:
        return plural(len(places), "organisation")
    return textwrap.shorten(" and ".join(places), 100, placeholder=" ...")


def _items(wanted, today):
    ids = {kind: [due.subject_id for due in wanted if due.subject_kind == kind] for kind in NOUNS}
    places = ("organisation", "owner_post", "owner_person")
    actions = Action.objects.select_related(*places, "owner_post__holder").in_bulk(ids["action"])
    plans = ActionPlan.objects.select_related("organisation", "inspection").in_bulk(ids["actionplan"])
    follow_ups = FollowUp.objects.select_related(
        "recommendation", "addressee", "inspection", "owner_post__holder", "owner_person"
    ).in_bulk(ids["followup"])
    rows = {"action": actions, "actionplan": plans, "followup": follow_ups}
    for due in wanted:
        try:
            yield due, _item(due, rows[due.subject_kind][due.subject_id], today)
        except Exception:  # the others are still said
            log.exception("No mail can be written about %s %s", due.subject_kind, due.subject_id)


def _item(due: Due, row, today) -> Item:
    noun = NOUNS[due.subject_kind]
    when = None if due.subject_kind == "followup" or row.due_by == NO_DATE else row.due_by
    if isinstance(row, Action):
        title, place = row.what, row.organisation
    elif isinstance(row, ActionPlan):
        title, place = f"Respond to the recommendations of: {row.inspection}", row.organisation
    else:
        title, place = f"Recommendation {row.recommendation.number}: {row.recommendation.wording}", row.addressee
    return Item(
        noun=noun,
        title=textwrap.shorten(title, 300, placeholder=" ..."),
        place=str(place),
        due=when,
        days_left=(when - today).days if when else 0,
        reminded=due.reminded,
        why=_why(due, noun, row, place),
        link=settings.BASE_URL + address(row),
    )


def _why(due: Due, noun: str, row, place: Organisation) -> str:
    """One sentence: why this person reads about this row."""
    if due.role == COPIED:
        owner = "" if isinstance(row, ActionPlan) else f" Owner: {row.owner_words}."
        return f"Copied to you because it has been overdue for so long.{owner}"
    if due.role == STAND_IN:
        named = not isinstance(row, ActionPlan) and (row.owner_person_id or row.owner_post_id)
        lack = f"Owner: {row.owner_words}" if named else "Nobody owns it"
        lack = "The head's post is vacant" if isinstance(row, ActionPlan) else lack
        return f"{lack}, so it comes to you."
    if isinstance(row, ActionPlan):
        return f"You answer for it as head of {place}."
    post = f" as {row.owner_post.title}" if row.owner_post_id else ""
    return f"It was given to you{post}." if due.given else f"You own this {noun}{post}."
