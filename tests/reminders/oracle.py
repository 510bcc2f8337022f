"""What each person should have been told by when, worked out from a diary of what people did.

Written from the words of the service's promise, and sharing nothing with its rules: no import of theirs, no look into
the database, its own calendar and its own numbers. It is slow and simple on purpose. `year.py` keeps the diary while
it lets people do things, asks `look` whenever the service looks for what is due, and `mails` whenever it sends.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
ONE_DAY = dt.timedelta(days=1)
# England and Wales, from the published list.
BANK_HOLIDAYS = {
    dt.date(*day) for day in (
        (2025, 1, 1), (2025, 4, 18), (2025, 4, 21), (2025, 5, 5), (2025, 5, 26), (2025, 8, 25), (2025, 12, 25),
        (2025, 12, 26), (2026, 1, 1), (2026, 4, 3), (2026, 4, 6), (2026, 5, 4), (2026, 5, 25), (2026, 8, 31),
    )
}  # fmt: skip
DAYS = {
    "first_reminder": 45, "second_reminder": 14, "weekly_for": 28, "then_every": 28, "stale_after": 30,
    "claim_waiting": 20, "date_waiting": 5, "risk_ending": 28, "sustain_after": 182, "vacant_after": 7,
    "no_date_after": 14, "overdue_head": 7, "overdue_region": 14, "overdue_hmpps": 28,
}  # fmt: skip
STAGES = ("overdue_head", "overdue_region", "overdue_hmpps")
# Told to one person of those whose turn it is; whoever comes after them is not told the same again.
ONCE = ("overdue_step", "risk_ending", "sustain_due")
ALWAYS = ("overdue_step",)  # comes daily whatever was chosen
OPEN = ("not_started", "in_progress")
# What may be to be said of an action in which state.
UNDONE = ("action_due", "update_expected", "no_date", "overdue_step")
SPOKEN_OF = {"claimed": ("claim_waiting",), "verified": ("sustain_due",), **dict.fromkeys(OPEN, UNDONE)}
# What is told once when it happens: to whom (see `Oracle.in_capacity`), as long as what, and who did it.
HAPPENED = {
    "assigned": (("given",), OPEN, ""),
    "sent_back": (("claimant", "owner"), OPEN, "decider"),
    "verified": (("claimant", "owner"), ("verified",), "decider"),
    "claimed": (("judge",), ("claimed",), "claimant"),
    "date_asked": (("above",), ("asked",), "asker"),
    "date_agreed": (("asker", "owner"), ("agreed",), "decider"),
    "date_refused": (("asker", "owner"), ("refused",), "decider"),
    "cover_named": (("named",), ("named",), ""),
    "closed": (("owner",), ("implemented",), ""),
    "risk_accepted": (("owner",), ("not_implemented",), "decider"),
    "risk_review_due": (("above", "head"), ("awaiting", "open"), ""),
    "reopened": (("owner",), ("awaiting", "open"), ""),
}


def is_working(day):
    return day.weekday() < 5 and day not in BANK_HOLIDAYS


def working_days_after(day, count):
    while count:
        day += ONE_DAY
        count -= is_working(day)
    return day


def in_london(at):
    return at.astimezone(LONDON).date()


# --- The diary -----------------------------------------------------------------------------------------------


@dataclass
class Human:
    pk: int
    roles: set  # of (role, place)
    active: bool = True
    hour: int = 8
    wish: str = "daily"  # weekly, urgent


@dataclass
class Office:
    pk: int
    place: int
    head: bool
    holder: int | None
    lead: bool = True
    vacant_since: dt.date | None = None


@dataclass
class Piece:
    """A recommendation (follow-up): the plan that it is in, and what has become of it."""

    pk: int
    place: int
    plan: int
    state: str = "awaiting"
    cycle: int = 1
    review_on: dt.date | None = None
    people: dict = field(default_factory=dict)


@dataclass
class Plan:
    pk: int
    place: int
    due: dt.date
    pieces: list = field(default_factory=list)


@dataclass
class Work:
    """An action."""

    pk: int
    place: int
    piece: int
    due: dt.date | None
    running: dt.date
    person: int | None = None
    office: int | None = None
    state: str = "not_started"
    heard: dt.date | None = None
    cycle: int = 1
    claim: tuple | None = None  # (number, day)
    verified: tuple | None = None  # (number, day, by)
    people: dict = field(default_factory=lambda: {"judge": []})


@dataclass
class Question:
    """Another date that was asked for."""

    pk: int
    work: int
    asked: dt.date
    new_due: dt.date
    state: str = "asked"
    people: dict = field(default_factory=dict)


@dataclass
class Away:
    pk: int
    person: int
    stand_in: int
    starts: dt.date
    ends: dt.date
    over: bool = False


@dataclass
class Pause:
    subject: tuple
    starts: dt.date
    ends: dt.date
    over: bool = False


@dataclass
class Diary:
    parents: dict = field(default_factory=dict)
    humans: dict = field(default_factory=dict)
    offices: dict = field(default_factory=dict)
    plans: dict = field(default_factory=dict)
    pieces: dict = field(default_factory=dict)
    works: dict = field(default_factory=dict)
    questions: dict = field(default_factory=dict)
    aways: dict = field(default_factory=dict)
    pauses: list = field(default_factory=list)
    limits: dict = field(default_factory=lambda: defaultdict(dict))  # {place: {name: days}}
    lines: dict = field(default_factory=dict)  # {place: it and those above}

    def line(self, place):
        if place not in self.lines:  # places stay where they are
            found = [place]
            while self.parents[found[-1]] is not None:
                found.append(self.parents[found[-1]])
            self.lines[place] = found
        return self.lines[place]

    def days(self, place, name):
        for p in self.line(place):
            if name in self.limits[p]:
                return self.limits[p][name]
        return DAYS[name]


# --- The oracle ----------------------------------------------------------------------------------------------


@dataclass
class Word:
    """Something that one person is to be told. ``state``: waiting, said, or dropped with why."""

    decided: dt.datetime
    state: str = "waiting"
    why: str = ""


class Oracle:
    def __init__(self, diary):
        self.diary = diary
        self.words: dict[tuple, Word] = {}  # (person, kind, subject, occasion)
        self.about = defaultdict(list)  # {(kind, subject): keys}
        self.waiting: dict[int, set] = defaultdict(set)  # {person: keys that wait}
        self.mailed: dict[dt.date, set] = defaultdict(set)

    # Who is who today

    def begin(self, day):
        d = self.diary
        holders = {o.holder for o in d.offices.values()}
        self.day = day
        self.in_use = {h.pk for h in d.humans.values() if h.active and (h.roles or h.pk in holders)}
        self.heads = {o.place: o.holder for o in d.offices.values() if o.head and o.holder in self.in_use}
        self.away = {
            a.person: a.stand_in for a in d.aways.values()
            if a.starts <= day <= a.ends and not a.over and d.humans[a.person].active
        }  # fmt: skip
        self.leads = defaultdict(list)
        for office in d.offices.values():
            if office.lead and office.holder in self.in_use:
                self.leads[office.place].append(office.holder)
        self.inspectors = []
        for human in d.humans.values():
            for role, place in human.roles:
                if human.pk in self.in_use and role == "lead":
                    self.leads[place].append(human.pk)
                if human.pk in self.in_use and role == "inspector":
                    self.inspectors.append(human.pk)

    def reader(self, person):
        """Who reads what is meant for this person: they, or whoever stands in; None: nobody."""
        if person not in self.in_use:
            return None
        if person not in self.away:
            return person
        other = self.away[person]
        return other if other in self.in_use and other not in self.away else None

    def readers(self, people, but=()):
        found = [self.reader(p) for p in people if p is not None and p not in but]
        return [r for r in found if r is not None and r not in but]

    def nearest_head(self, line):
        for place in line:
            if found := self.readers([self.heads.get(place)]):
                return found
        return []

    def owner(self, work):
        if work.person is not None:
            return work.person if work.person in self.in_use else None
        holder = self.diary.offices[work.office].holder if work.office else None
        return holder if holder in self.in_use else None

    def answering(self, owner, line):
        if found := self.readers([owner]) or self.nearest_head(line):
            return found
        return [owner] if owner in self.in_use else []

    def in_capacity(self, capacity, line, people, owner, but):
        def nearest(line):
            for place in line:
                for some in ([self.heads.get(place)], self.leads.get(place, [])):
                    if found := self.readers(some, but):
                        return found
            return []

        if capacity == "named":
            return [p for p in people.get("named", []) if p in self.in_use]
        if capacity == "given":
            return self.readers([owner], but)
        if capacity == "owner":
            return self.readers([owner], but) or nearest(line)
        if capacity == "head":
            return nearest(line[:1]) or nearest(line[1:])
        if capacity == "above":
            if len(line) > 1:
                return nearest(line[1:])
            return self.readers([self.heads.get(line[0]), *self.leads.get(line[0], [])], but)
        return self.readers(people.get(capacity, []), but)

    # What stays undone

    def _dated(self, place, due, owner, cycle, days):
        """The latest of 45 and 14 days before, the day, each week for four weeks, then every fourth week."""
        passed = (self.day - due).days
        latest = self._latest_moment(passed, days)
        if latest is None:
            return None
        line = self.diary.line(place)
        told = self.answering(owner(), line)
        if latest > days("weekly_for"):
            told = told + [p for p in self.nearest_head(line[1:]) if p not in told]
        return f"{due} {cycle} {latest}", told

    @staticmethod
    def _latest_moment(passed, days):
        if passed < 0:
            before = [-days(name) for name in ("first_reminder", "second_reminder") if -days(name) <= passed]
            return max(before) if before else None
        weekly, then = days("weekly_for"), days("then_every")
        if passed < weekly + then:
            return min(passed - passed % 7, weekly - weekly % 7)
        return weekly + then * ((passed - weekly) // then)

    def _passed_up(self, subject, place, due, cycle, days):
        if due >= self.day:
            return None
        if any(p.subject == subject and p.starts <= self.day <= p.ends and not p.over for p in self.diary.pauses):
            return None
        line, passed = self.diary.line(place), (self.day - due).days
        levels = {"overdue_head": 0, "overdue_region": max(len(line) - 2, 0), "overdue_hmpps": len(line) - 1}
        reached, posts = None, set()
        for stage in STAGES:  # a post whose turn comes twice has the first
            if levels[stage] not in posts and passed >= days(stage):
                reached = stage
            posts.add(levels[stage])
        if reached is None:
            return None
        above = line[levels[reached] :]
        return f"{due} {cycle} {reached}", self.nearest_head(above) or self.readers(self.leads.get(line[-1], []))

    def undone(self):
        """(kind, subject, occasion, people) of everything of which something is to be said today."""
        d = self.diary
        for work in d.works.values():
            subject = ("action", work.pk)
            for kind in SPOKEN_OF.get(work.state, ()):
                if found := self.about_work(kind, work):
                    yield kind, subject, *found
        for plan in d.plans.values():
            for kind in ("plan_due", "overdue_step"):
                if found := self.about_plan(kind, plan):
                    yield kind, ("actionplan", plan.pk), *found
        for question in d.questions.values():
            if found := self.about_question(question):
                yield "date_waiting", ("datechange", question.pk), *found
        for piece in d.pieces.values():
            if found := self.about_piece(piece):
                yield "risk_ending", ("followup", piece.pk), *found
        for office in d.offices.values():
            if found := self.about_office(office):
                yield "post_vacant", ("post", office.pk), *found

    def about_work(self, kind, work):
        line = self.diary.line(work.place)

        def days(name):
            return self.diary.days(work.place, name)

        if kind == "sustain_due":
            piece = self.diary.pieces[work.piece]
            if work.state != "verified" or piece.state != "implemented":
                return None
            number, on, by = work.verified
            if (self.day - on).days < days("sustain_after"):
                return None
            head = self.in_capacity("head", line, {}, None, ())
            return f"verified {number}", head + [p for p in self.readers([by] if by in self.inspectors else [])
                                                 if p not in head]  # fmt: skip
        if kind == "claim_waiting":
            if work.state != "claimed":
                return None
            number, on = work.claim
            times = self._working_times(on, days("claim_waiting"))
            judges = self.readers([p for p in dict.fromkeys(work.people["judge"]) if p in self.inspectors])
            return times and (f"claim {number} {times}", judges or self.readers(self.inspectors))
        if work.state not in OPEN:
            return None
        if kind == "update_expected":
            since = max(filter(None, (work.running, work.heard)))
            times = (self.day - since).days // days("stale_after")
            return (f"{since} {work.cycle} {times}", self.answering(self.owner(work), line)) if times else None
        if kind == "no_date":
            if work.due is not None or (self.day - work.running).days < days("no_date_after"):
                return None
            times = ((self.day - work.running).days - days("no_date_after")) // days("then_every")
            return f"{work.running} {work.cycle} {times}", self.answering(self.owner(work), line)
        if work.due is None:
            return None
        if kind == "action_due":
            return self._dated(work.place, work.due, lambda: self.owner(work), work.cycle, days)
        return self._passed_up(("action", work.pk), work.place, work.due, work.cycle, days)

    def about_plan(self, kind, plan):
        waits = [piece for piece in plan.pieces if piece.state == "awaiting"]
        if not waits:
            return None

        def days(name):
            return self.diary.days(plan.place, name)

        cycle = max(p.cycle for p in waits)
        if kind == "plan_due":
            return self._dated(plan.place, plan.due, lambda: self.heads.get(plan.place), cycle, days)
        return self._passed_up(("actionplan", plan.pk), plan.place, plan.due, cycle, days)

    def about_question(self, question):
        if question.state != "asked":
            return None
        work = self.diary.works[question.work]
        times = self._working_times(question.asked, self.diary.days(work.place, "date_waiting"))
        above = self.in_capacity("above", self.diary.line(work.place), {}, None, question.people["asker"])
        return times and (f"asked {question.pk} {times}", above)

    def about_piece(self, piece):
        if piece.state != "not_implemented" or piece.review_on is None or self.day >= piece.review_on:
            return None
        if (piece.review_on - self.day).days > self.diary.days(piece.place, "risk_ending"):
            return None
        line = self.diary.line(piece.place)
        head, above = (self.in_capacity(c, line, {}, None, ()) for c in ("head", "above"))
        return f"{piece.review_on} {piece.cycle}", head + [p for p in above if p not in head]

    def about_office(self, office):
        if office.vacant_since is None:
            return None
        if not any(w.office == office.pk and w.state in OPEN for w in self.diary.works.values()):
            return None
        first, then = (self.diary.days(office.place, name) for name in ("vacant_after", "then_every"))
        passed = (self.day - office.vacant_since).days
        if passed < first:
            return None
        times = (passed - first) // then
        return f"{office.vacant_since} {times}", self.nearest_head(self.diary.line(office.place))

    def _working_times(self, since, span):
        """How often ``span`` working days have gone by since that day."""
        times, on = 0, working_days_after(since, span)
        while on <= self.day:
            times, on = times + 1, working_days_after(on, span)
        return times

    def again(self, kind, subject):
        """(occasion, people) of what stays undone, as it is now; None: nothing is to be said."""
        d, (name, pk) = self.diary, subject
        if name == "action":
            return self.about_work(kind, d.works[pk])
        if name == "actionplan":
            return self.about_plan(kind, d.plans[pk])
        if name == "datechange":
            return self.about_question(d.questions[pk])
        return self.about_piece(d.pieces[pk]) if name == "followup" else self.about_office(d.offices[pk])

    # Deciding

    def _decide(self, key, now):
        self.words[key] = Word(now)
        self.about[key[1], key[2]].append(key)
        self.waiting[key[0]].add(key)

    def _wait_again(self, key, now):
        self.words[key] = Word(now)
        self.waiting[key[0]].add(key)

    def _drop(self, key, why):
        self.words[key].state, self.words[key].why = "dropped", why
        self.waiting[key[0]].discard(key)

    def look(self, now):
        """The service looks for what is due."""
        self.begin(in_london(now))
        for kind, subject, occasion, people in self.undone():
            earlier = [(key, self.words[key]) for key in self.about[kind, subject]] if kind in ONCE else []
            told = any(key[3] == occasion and word.state != "dropped" for key, word in earlier)
            for person in dict.fromkeys(people):
                key = (person, kind, subject, occasion)
                for other in [k for k in self.waiting[person] if k[1] == kind and k[2] == subject and k != key]:
                    self._drop(other, "later")  # only the latest is said
                word = self.words.get(key)
                if kind in ONCE and (told or self._passed_up_before(kind, person, occasion, earlier)):
                    continue
                if word is None:
                    self._decide(key, now)
                elif word.state == "dropped" and word.why != "urgent":
                    self._wait_again(key, now)

    @staticmethod
    def _passed_up_before(kind, person, occasion, earlier):
        """Whoever was told of an earlier turn of the same overdue work is told once."""
        count = occasion.rpartition(" ")[0]
        return kind == "overdue_step" and any(
            key[0] == person and word.state == "said" and key[3].rpartition(" ")[0] == count for key, word in earlier
        )

    def happened(self, kind, subject, occasion, people, by, now, *, by_hand=False):
        """Somebody did something of which these people are told; ``by_hand``: they themselves, away or not."""
        self.begin(in_london(now))
        told = []
        for person in people:
            if person is None or person == by or not self.diary.humans[person].active:
                continue
            other = None if by_hand else self.away.get(person)
            told.append(other if other is not None and self.diary.humans[other].active else person)
        for person in dict.fromkeys(told):
            if person != by and (person, kind, subject, occasion) not in self.words:
                self._decide((person, kind, subject, occasion), now)

    def _audience(self, kind, subject):
        """(people to whom it still is to be told, whether it still is worth saying)"""
        capacities, while_, did = HAPPENED[kind]
        d, (name, pk) = self.diary, subject
        row = {"action": d.works, "datechange": d.questions, "followup": d.pieces, "cover": d.aways}[name][pk]
        if name == "cover":
            so = row.ends >= self.day and not row.over and d.humans[row.person].active
            return ([row.stand_in] if row.stand_in in self.in_use else []), so
        work = row if name == "action" else d.works[row.work] if name == "datechange" else None
        place = work.place if work else row.place
        owner, but = self.owner(work) if work else None, row.people.get(did, [])
        told = []
        for capacity in capacities:
            told += self.in_capacity(capacity, d.line(place), row.people, owner, but)
        return list(dict.fromkeys(told)), row.state in while_

    # Sending

    def give_up_unwanted(self):
        """Whoever wants urgent mails only is not told the rest later either: each time that mail is to go, also when
        the mail server is away."""
        for person, keys in self.waiting.items():
            if self.diary.humans[person].wish == "urgent":
                for key in [key for key in keys if key[1] not in ALWAYS]:
                    self._drop(key, "urgent")

    def wants_again(self, person, now):
        """Whoever no longer wants urgent mails only is told what they missed, as far as it still is so."""
        for key in [k for k, word in self.words.items() if k[0] == person and word.why == "urgent"]:
            self._wait_again(key, now)

    def mails(self, now):
        """{person: {(kind, subject)}} of the mails that go now."""
        day = in_london(now)
        self.begin(day)
        sent = {}
        turns = [p for p, keys in self.waiting.items() if keys and p not in self.mailed[day] and self._now(p, now)]
        oldest = {p: min(self.words[key].decided for key in self.waiting[p]) for p in turns}
        for person in sorted(turns, key=lambda p: (oldest[p], p)):
            if said := self._mail(person, now):
                sent[person] = said
                self.mailed[day].add(person)
        return sent

    def _now(self, person, now):
        """Those of their words that go in a mail at this moment: decided by the hour of their mail."""
        human = self.diary.humans[person]
        today, hour = in_london(now), dt.time(human.hour)
        due = dt.datetime.combine(today, hour, LONDON).astimezone(dt.UTC)
        if not is_working(today) or now < due:
            return []
        chosen = due
        if human.wish == "weekly":  # the last first working day of a week that has come
            on = today
            while on != self._first_of_week(on):
                on -= ONE_DAY
            chosen = dt.datetime.combine(on, hour, LONDON).astimezone(dt.UTC)
        return [
            key for key in self.waiting[person]
            if self.words[key].decided <= (due if key[1] in ALWAYS else chosen)
        ]  # fmt: skip

    @staticmethod
    def _first_of_week(day):
        monday = day - ONE_DAY * day.weekday()
        return next((monday + ONE_DAY * n for n in range(7) if is_working(monday + ONE_DAY * n)), None)

    def _mail(self, person, now):
        keys, said, others = self._now(person, now), set(), []
        since = min((self.words[key].decided for key in keys), default=now)
        for key in keys:
            _, kind, subject, occasion = key
            if kind in HAPPENED:
                people, so = self._audience(kind, subject)
                again = kind == "reopened" or kind == "risk_review_due" or kind.startswith(("closed", "risk_accepted"))
                if again and occasion.split()[1] != str(self.diary.pieces[subject[1]].cycle):
                    so = False
                right = person in people and person in self.in_use
            else:
                found = self.again(kind, subject)
                so = bool(found) and found[0] == occasion
                people = found[1] if so else []
                right = person in people and person in self.in_use
            if so and right:
                said.add((kind, subject))
                self.words[key].state = "said"
                self.waiting[person].discard(key)
                continue
            self._drop(key, "others" if so else "over")
            if so and (kind in HAPPENED or kind in ONCE):
                others += [(p, kind, subject, occasion) for p in people]
        for key in dict.fromkeys(others):
            word = self.words.get(key)
            if word is None:
                self._decide(key, since)
            elif word.state == "dropped" and word.why == "others":
                self._wait_again(key, since)
        return said
