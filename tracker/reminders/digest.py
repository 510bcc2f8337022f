"""One mail for one person: everything that is to be said to them now, worst first."""

import datetime as dt
import logging
import textwrap
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.template import engines
from django.urls import NoReverseMatch, reverse

from inspections.models import Organisation
from tracker.alerts.models import AlertCase
from tracker.journal.models import Event
from tracker.people.models import Cover, User
from tracker.people.operations import first_place
from tracker.plans.models import Action, ActionPlan, DateChange, FollowUp
from tracker.words import day, days, plural
from tracker.working_days import NO_DATE

from .outside import for_outside
from .rules import ABOVE, COPIED, HEAD, OWNER, STAND_IN, STEPS

log = logging.getLogger(__name__)
MOST = 20  # items in one mail; the rest are a link away
WIDTH = 72
NOUNS = {
    "action": "action", "actionplan": "action plan", "followup": "recommendation", "datechange": "date",
    "cover": "absence", "event": "journal",
}  # fmt: skip
# Why somebody reads of a step, by the capacity in which they do; "{}": you, or whom you stand in for.
BECAUSE = {
    ABOVE: "It is for {} to decide, as the level above.",
    HEAD: "It belongs to {place}.",
    "submitter": "It was sent for sign-off by {}.",
    "asker": "It was asked for by {}.",
    "claimant": "Its completion was claimed by {}.",
    "judge": "An earlier claim was decided by {}.",
    "named": "",
}


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
    if isinstance(row, DateChange):
        action = reverse("action", args=[row.action_id])
        return _page("decide_date", row.pk) or action if row.state == "asked" else action
    which = {"inspection": row.inspection.slug, "organisation": row.organisation.slug, "status": "awaiting"}
    return _page("plan", row.pk) or f"{reverse('recommendations')}?{urlencode(which)}"


def _page(name, pk) -> str:
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""


@dataclass(frozen=True)
class Due:
    """What the mail is to say about one subject. ``role``: owner, stand-in, copied, or the capacity of a step;
    ``given``: newly theirs; ``steps``: kinds of `STEPS`, what matters most first."""

    subject_kind: str
    subject_id: int
    role: str
    given: bool
    reminded: bool  # a date is spoken of, not only that it was given
    steps: tuple[str, ...] = ()
    instead_of: int | None = None  # for whom the reader stands in
    away: bool = False


@dataclass(frozen=True)
class Item:
    """One subject as the mail shows it. ``due`` None where there is no date to speak of."""

    noun: str  # action, action plan, recommendation, date, absence
    title: str
    place: str
    due: dt.date | None
    days_left: int
    reminded: bool
    why: str
    link: str
    step: str = ""  # the one that it stands under; empty where it stands under its date

    @property
    def overdue(self) -> bool:
        return self.due is not None and self.days_left < 0

    @property
    def heading(self) -> str:
        if self.step:
            return STEPS[self.step].heading
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
        """What is overdue, what waits for the reader, what is due, what is only to be known."""
        if self.step:
            return (1 if STEPS[self.step].asks else 3, list(STEPS).index(self.step), NO_DATE, self.title)
        return (0 if self.overdue else 2, 0, self.due or NO_DATE, self.title)

    def wrapped(self, text: str) -> str:
        return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


@dataclass(frozen=True)
class Letter:
    """A digest as it goes out. ``about``: the (subject kind, id) pairs that it speaks of."""

    subject: str
    text: str
    html: str
    about: frozenset[tuple[str, int]]


def compose(recipient, wanted: list[Due], today: dt.date, at: dt.datetime | None = None) -> Letter | None:
    """The digest as it goes out: a query for each kind of subject, whatever it holds. None when nothing of it could be
    written. ``at``: when it is written to go out; None: to be looked at only."""
    found = list(_items(wanted, today))
    if recipient.external:
        found = for_outside(found, recipient, at)
    if not found:
        return None
    items = sorted((item for _, item in found), key=lambda item: item.order)
    headline = headline_of(items, today)
    context = {
        "headline": headline,
        "places": places_of(items),
        "name": recipient.name,
        # Somebody outside has no page on which the rest would stand.
        "items": items if recipient.external else items[:MOST],
        "left_out": len(items) - MOST if len(items) > MOST and not recipient.external else 0,
        "outside": recipient.external,
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
    for noun in NOUNS.values():
        its = [item for item in items if item.noun == noun]
        dated = [item for item in its if item.reminded and not item.step]
        overdue = [item for item in dated if item.overdue]
        ahead = [item for item in dated if not item.overdue]
        given = [item for item in its if not item.reminded and not item.step]
        counts = [(overdue, "overdue")]
        counts += [([i for i in its if i.step == kind], step.counted) for kind, step in STEPS.items() if step.asks]
        counts += [(ahead, _by(max((i.due for i in ahead), default=today), today)), (given, "given to you")]
        counts += [([i for i in its if i.step == kind], step.counted) for kind, step in STEPS.items() if not step.asks]
        for found, words in counts:
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
    changes = DateChange.objects.select_related(
        "action__organisation", "action__owner_post__holder", "action__owner_person"
    ).in_bulk(ids["datechange"])
    covers = Cover.objects.select_related("person").in_bulk(ids["cover"])
    rows = {"action": actions, "actionplan": plans, "followup": follow_ups, "datechange": changes, "cover": covers}
    rows["event"] = Event.objects.in_bulk(ids["event"])
    absent = User.objects.in_bulk({due.instead_of for due in wanted if due.instead_of})
    for due in wanted:
        try:
            yield due, _item(due, rows[due.subject_kind][due.subject_id], today, absent.get(due.instead_of))
        except Exception:  # the others are still said
            log.exception("No mail can be written about %s %s", due.subject_kind, due.subject_id)


def _item(due: Due, row, today, absent=None) -> Item:
    noun = NOUNS[due.subject_kind]
    step = "" if due.reminded or not due.steps else due.steps[0]
    dated = isinstance(row, Action | ActionPlan) and not step and row.due_by != NO_DATE
    when = row.due_by if dated else None
    title, place = _title(row, step)
    return Item(
        noun=noun,
        title=textwrap.shorten(title, 300, placeholder=" ..."),
        place=str(place or "National"),
        due=when,
        days_left=(when - today).days if when else 0,
        reminded=due.reminded,
        why=" ".join(filter(None, [*_steps(due, row, step), _why(due, noun, row, place, absent)])),
        link=settings.BASE_URL + address(row),
        step=step,
    )


def _title(row, step) -> tuple[str, Organisation | None]:
    if isinstance(row, Action):
        return row.what, row.organisation
    if isinstance(row, ActionPlan):
        what = "Action plan for" if step else "Respond to the recommendations of"
        return f"{what}: {row.inspection}", row.organisation
    if isinstance(row, DateChange):
        return row.action.what, row.action.organisation
    if isinstance(row, Event):
        return f"The journal's newest hash on {day(row.at)} is {row.hash}.", None
    if isinstance(row, Cover):
        return f"{row.person.name} is away from {day(row.starts)} to {day(row.ends)}", first_place(row.person)
    return f"Recommendation {row.recommendation.number}: {row.recommendation.wording}", row.addressee


def _steps(due: Due, row, step) -> list[str]:
    """What happened to it and what the reader does now, a sentence or two for each step."""
    said = [f"From {day(row.old_due_by)} to {day(row.new_due_by)}."] if isinstance(row, DateChange) else []
    for kind in due.steps:
        said += [STEPS[kind].do] if kind == step else [f"{STEPS[kind].heading}.", STEPS[kind].do]
    return said


def _why(due: Due, noun: str, row, place: Organisation | None, absent=None) -> str:
    """One sentence: why this person reads about this row; another when they do so for somebody who is away."""
    who = absent.name if absent else "you"
    said = _because(due, noun, row, place, who)
    said = said[:1].upper() + said[1:]
    return f"{said} You stand in for them." if absent and due.role != HEAD else said


def _because(due, noun, row, place, who) -> str:
    if isinstance(row, DateChange):
        row, noun = row.action, "action"
    if due.role in BECAUSE:
        stands_in = f" You stand in for {who}." if due.role == HEAD and who != "you" else ""
        return BECAUSE[due.role].format(who, place=place) + stands_in
    if due.role == COPIED:
        owner = "" if isinstance(row, ActionPlan) else f" Owner: {row.owner_words}."
        return f"Copied to {who} because it has been overdue for so long.{owner}"
    if due.role == STAND_IN:
        return f"{_lack(due, row)}, so it comes to {who}."
    does = "" if who == "you" else "s"
    if isinstance(row, ActionPlan):
        return f"{who} answer{does} for it as head of {place}."
    post = f" as {row.owner_post.title}" if row.owner_post_id else ""
    return f"It was given to {who}{post}." if due.given else f"{who} own{does} this {noun}{post}."


def _lack(due, row) -> str:
    """Why it does not go to whom it belongs to."""
    if isinstance(row, ActionPlan):
        return "The head is away and nobody stands in" if due.away else "The head's post is vacant"
    if due.away and row.owner:
        return f"{row.owner.name} is away and nobody stands in"
    return f"Owner: {row.owner_words}" if row.owner_person_id or row.owner_post_id else "Nobody owns it"
