"""Whose mail goes now: what is decided and not yet said, held against what each person wants. A query or two."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Min, Q

from tracker.journal.models import Notice
from tracker.people.models import User
from tracker.working_days import day_begins, london_day

from .models import Mail
from .rules import ALERTS, URGENT_ONLY
from .times import ONE_DAY, URGENT, Turn, Wish, let_go, reached, turn, turn_at_once

# What comes each working day whatever was chosen; what has a switch of its own; what is told at once though nothing
# else goes.
ALWAYS = ("overdue_step", "journal_sealed")
SUMMARY = "weekly_summary"
VIEW = "view_changed"
OF_THE_WEEK = (SUMMARY, VIEW)
HELD = "run_held"
EACH_DAY = (*ALWAYS, *OF_THE_WEEK)
# What counts as the one mail of a day.
OF_THE_DAY = ("digest", "urgent", "summary", "views", "week")
# What is in none of these.
ALONE = frozenset((*ALERTS, HELD))


@dataclass(frozen=True)
class Waiting:
    """One person, and since when something of each sort waits for them."""

    person: int
    wish: Wish
    always: dt.datetime | None
    summary: dt.datetime | None
    chosen: dt.datetime | None

    def has(self, turn: Turn) -> bool:
        return self.has_news(turn) or reached(self.summary, turn.always)

    def has_news(self, turn: Turn) -> bool:
        """Anything but the weekly summary and saved views, which nobody needs to be warned of."""
        return reached(self.always, turn.always) or reached(self.chosen, turn.chosen)

    @property
    def since(self) -> dt.datetime:
        return min(filter(None, (self.always, self.summary, self.chosen)))


def wish_of(frequency, hour, summary) -> Wish:
    """Of the columns of a preference; None: there is no row."""
    return Wish() if frequency is None else Wish(frequency, hour, summary)


def waiting() -> list[Waiting]:
    """Everybody for whom something is decided, whoever waits longest first; but for what goes alone."""
    rows = Notice.objects.filter(state=Notice.State.DECIDED).exclude(kind__in=[*ALERTS, HELD]).order_by()
    rows = rows.values("recipient").annotate(
        always=Min("decided_at", filter=Q(kind__in=ALWAYS)),
        summary=Min("decided_at", filter=Q(kind__in=OF_THE_WEEK)),
        chosen=Min("decided_at", filter=~Q(kind__in=EACH_DAY)),
    )
    wishes = "recipient__preference__frequency", "recipient__preference__hour", "recipient__preference__summary"
    found = [
        Waiting(person, wish_of(*wish), *sorts)
        for person, *sorts, frequency, hour, summary in rows.values_list(
            "recipient", "always", "summary", "chosen", *wishes
        )
        for wish in [(frequency, hour, summary)]
    ]
    return sorted(found, key=lambda one: (one.since, one.person))


def mailed_on(day: dt.date, people: Iterable[int] | None = None) -> set[int]:
    """Who has had the one mail of that London day."""
    rows = Mail.objects.filter(
        kind__in=OF_THE_DAY, claimed_at__gte=day_begins(day), claimed_at__lt=day_begins(day + ONE_DAY)
    )
    if people is not None:
        rows = rows.filter(recipient__in=people)
    return set(rows.order_by().values_list("recipient", flat=True))


@dataclass(frozen=True)
class Run:
    """Those whose mail would go in one run. ``news``: how many have more than what comes once a week, and were not let
    go by somebody's word."""

    people: list[int]
    news: int


def run_at(now: dt.datetime, released_at: dt.datetime | None, *, at_once=False) -> Run:
    """Two queries. ``released_at``: when held mails were last let go. ``at_once``: whatever the hour and the day."""
    everybody = waiting()
    mailed = set() if at_once or not everybody else mailed_on(london_day(now))
    people, news = [], 0
    for one in everybody:
        if one.person in mailed:
            continue
        turn = turn_of(one.wish, now, at_once)
        on_word = released_at is not None and one.has(let_go(one.wish, released_at))
        if one.has(turn) or (on_word and london_day(released_at) == london_day(now)):
            people.append(one.person)
            news += one.has_news(turn) and not on_word
    return Run(people, news)


def turn_of(wish: Wish, now: dt.datetime, at_once: bool) -> Turn:
    return turn_at_once(wish, now) if at_once else turn(wish, now)


def notices_of(
    people: list[User], now: dt.datetime, released_at: dt.datetime | None, *, at_once=False
) -> dict[User, list[Notice]]:
    """What the mail of each of these that is written now may hold, the first decided first; nothing for whoever had
    theirs today. Two queries: all that waits for them is read, and chosen from here."""
    ids = {person.pk for person in people}
    ids -= set() if at_once else mailed_on(london_day(now), ids)
    waiting = defaultdict(list)
    rows = Notice.objects.filter(recipient__in=ids, state=Notice.State.DECIDED)
    for notice in rows.exclude(kind__in=ALONE).order_by("pk"):
        waiting[notice.recipient_id].append(notice)
    return {
        person: _of_this_turn(person, waiting[person.pk], now, released_at, at_once)
        for person in people if person.pk in waiting
    }  # fmt: skip


def _of_this_turn(person, notices, now, released_at, at_once) -> list[Notice]:
    wish = wish_for(person)
    wanted = [turn_of(wish, now, at_once)]
    if released_at is not None and london_day(released_at) == london_day(now):
        on_word = let_go(wish, released_at)
        if any(_is_in(notice, on_word) for notice in notices):
            wanted.append(turn_at_once(wish, released_at))
    return [notice for notice in notices if any(_is_in(notice, turn) for turn in wanted)]


def _is_in(notice, turn: Turn) -> bool:
    return reached(notice.decided_at, turn.always if notice.kind in EACH_DAY else turn.chosen)


def wish_for(person: User) -> Wish:
    preference = getattr(person, "preference", None)
    return Wish(preference.frequency, preference.hour, preference.summary) if preference else Wish()


def give_up_unwanted() -> int:
    """Nothing but what is urgent is kept for whoever asked for that; one statement."""
    unwanted = Notice.objects.filter(state=Notice.State.DECIDED, recipient__preference__frequency=URGENT)
    unwanted = unwanted.exclude(kind__in=[*ALERTS, HELD, *EACH_DAY])
    return unwanted.update(state=Notice.State.SUPERSEDED, why=URGENT_ONLY)


def want_again(person: User, *, at: dt.datetime) -> int:
    """What was not told because they wanted urgent mails only waits for their next mail, which asks what of it still is
    so."""
    given_up = Notice.objects.filter(recipient=person, state=Notice.State.SUPERSEDED, why=URGENT_ONLY)
    return given_up.update(state=Notice.State.DECIDED, why="", decided_at=at)


def kind_of_mail(kinds: set[str]) -> str:
    """What sort of mail carries notices of these kinds."""
    if kinds <= {HELD}:
        return "held"
    if kinds <= set(OF_THE_WEEK):
        return "summary" if VIEW not in kinds else "week" if SUMMARY in kinds else "views"
    return "urgent" if kinds <= set(ALWAYS) else "digest"
