"""A year in which people do things, machines fail, and the oracle keeps watch.

The deeds go through the service's own operations and the mails through its own delivery; only how a mail reads is left
out, which other tests look at. After each time that mail goes, what was sent is held against the oracle's word.
"""

import datetime as dt
import gc
import random
import uuid
from collections import Counter, defaultdict
from contextlib import contextmanager

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SMTPBackend
from django.db import connection
from django.db.models import Max

from inspections.models import Inspection, Organisation, Recommendation
from tests.reminders import oracle as o
from tracker.clocks.operations import set_limit
from tracker.journal.models import Notice
from tracker.people.models import Membership, Post, User
from tracker.people.operations import end_cover, hold_post, name_stand_in, stand_ins_for, switch_off
from tracker.plans import closing, dates, operations, verifying
from tracker.plans.models import Action, DateChange, FollowUp
from tracker.plans.opening import open_follow_ups
from tracker.plans.rules import read_target_date
from tracker.refusals import Refusal
from tracker.reminders import delivery, overdue
from tracker.reminders.digest import Letter
from tracker.reminders.models import Mail
from tracker.reminders.preferences import set_preference
from tracker.reminders.sweep import sweep
from tracker.working_days import NO_DATE

START = dt.date(2025, 3, 3)
HOURS = (7, 8, 9, 13, 16)
DEEDS_AT = ((6, 15), (10, 20), (15, 40), (20, 10))
LOOKS_AT = {(0, 10): 0.75, (12, 5): 0.25}  # at that time, with that chance: whenever it looks, it has to be right


class ServerAway(SMTPBackend):
    """The mail server takes no connection."""

    def open(self):
        raise ConnectionRefusedError("nobody there")


class Taken(BaseEmailBackend):
    """The mail server takes every mail; what was sent is read in the ledger."""

    def send_messages(self, messages):
        return len(messages)


def plain_letter(recipient, wanted, today, at=None, *, week=None, views=()):
    """What a mail says is looked at elsewhere; here, of what."""
    about = frozenset((due.subject_kind, due.subject_id) for due in wanted)
    return Letter("Reminder", "text", "html", about)


@contextmanager
def plain_letters():
    written = delivery.compose
    delivery.compose = plain_letter
    try:
        yield
    finally:
        delivery.compose = written


@contextmanager
def seldom_tidied():
    """Hardly anything here ends in a circle, and looking for those takes a fifth of the year."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def moment(day, hour, minute=0):
    return dt.datetime.combine(day, dt.time(hour, minute), o.LONDON).astimezone(dt.UTC)


class Year:
    """``regions`` with ``pdus`` each, ``actions`` from the first day on, and ``deeds`` on each day. ``closing``: how
    many times as often as elsewhere work is claimed, verified and closed; ``spread``: days over which what is there at
    first is due."""

    def __init__(self, *, seed=1, regions=2, pdus=3, actions=60, deeds=6, days=70, closing=1, spread=150):
        self.random = random.Random(seed)
        self.deeds, self.days, self.spread = deeds, days, spread
        self.often = OFTEN | {name: OFTEN[name] * closing for name in ("claim", "verify", "close")}
        self.works_of = defaultdict(list)  # {piece: its works}
        self.diary = o.Diary()
        self.oracle = o.Oracle(self.diary)
        self.done, self.wrong, self.sent, self.downs = Counter(), [], 0, Counter()
        self.last_mail = Mail.objects.aggregate(last=Max("pk"))["last"] or 0
        self._places(regions, pdus)
        self._work(actions)

    # --- The world on the first day

    def _places(self, regions, pdus):
        make, d = Organisation.objects.create, self.diary
        self.place = {}

        def place(level, name, parent=None):
            one = make(level=level, name=name, slug=name.lower().replace(" ", "-"), parent=parent)
            self.place[one.pk] = one
            d.parents[one.pk] = parent.pk if parent else None
            return one

        hmpps = place("hmpps", "National service")
        self.people = {}
        self._head(hmpps)
        self._person("Second lead", ("lead", hmpps))
        self.pdus = []
        for r in range(regions):
            region = place("region", f"Region {r}", hmpps)
            self._head(region)
            for p in range(pdus):
                pdu = place("pdu", f"Place {r} {p}", region)
                self.pdus.append(pdu)
                self._head(pdu)
                for n in range(2):
                    self._person(f"Officer {n} of {pdu.name}", ("contributor", pdu))
                self._office(pdu, "Senior officer", self._person(f"Senior of {pdu.name}", ("contributor", pdu)))
        self.inspectors = [self._person(f"Inspector {n}", ("inspector", None)) for n in range(3)]
        self.ada = self._person("Administrator", ("administrator", None))

    def _person(self, name, *roles):
        pk = User.objects.create(
            email=f"{name.lower().replace(' ', '.')}@probation.example", first_name=name, last_name="Person",
            password="!", added_at=moment(START, 0),
        ).pk  # fmt: skip
        for role, place in roles:
            Membership.objects.create(user_id=pk, role=role, organisation=place)
        human = o.Human(pk, {(role, place.pk if place else None) for role, place in roles})
        self.diary.humans[pk] = human
        if self.random.random() < 0.6:
            human.hour = self.random.choice(HOURS)
            human.wish = self.random.choices(("daily", "weekly", "urgent"), (12, 3, 1))[0]
        # The weekly summary has a test of its own.
        set_preference(self.user(pk), frequency=human.wish, hour=human.hour, summary=False, by=self.user(pk),
                       at=moment(START, 0))  # fmt: skip
        return pk

    def _head(self, place):
        return self._office(place, "Head", self._person(f"Head of {place.name}"), head=True)

    def _office(self, place, title, holder, head=False):
        role = "lead" if head else "contributor"
        post = Post.objects.create(organisation=place, title=title, holder_id=holder, head=head, role=role)
        self.diary.offices[post.pk] = o.Office(post.pk, place.pk, head, holder, lead=head)
        return post

    def _work(self, count):
        early = self.pdus[: (2 * len(self.pdus) + 2) // 3]
        self.unpublished = [*self.pdus[len(early) :], *(p for p in self.place.values() if p.level == "region")]
        for place in early:
            self._publish(place, START, moment(START, 0))
        pieces = list(self.diary.pieces.values())
        made, ties = [], []
        for _ in range(count):
            piece = self.random.choice(pieces)
            due = None if self.random.random() < 0.08 else START + o.ONE_DAY * self.random.randint(3, self.spread)
            person, office = self._some_owner(piece.place)
            made.append(
                Action(
                    plan_id=piece.plan, organisation=self.place[piece.place], what="do it", owner_person_id=person,
                    owner_post_id=office, due_by=due or NO_DATE, first_due_by=due or NO_DATE, live=True,
                    added_at=moment(START, 0), target_precision="day" if due else "none",
                )
            )  # fmt: skip
            ties.append((piece, due, person, office))
        Action.objects.bulk_create(made)
        through = Action.follow_ups.through
        through.objects.bulk_create(
            through(action=action, followup_id=piece.pk) for action, (piece, *_) in zip(made, ties, strict=True)
        )
        for action, (piece, due, person, office) in zip(made, ties, strict=True):
            self._note_work(action.pk, piece, due, START, person, office)

    def _note_work(self, pk, piece, due, day, person, office):
        work = o.Work(pk, piece.place, piece.pk, due, day, person, office)
        self.diary.works[pk] = work
        self.works_of[piece.pk].append(work)
        return work

    def _some_owner(self, place):
        """(person, post) of that place; at times nobody, or a post that is vacant."""
        d = self.diary
        officers = [h.pk for h in d.humans.values() if h.active and ("contributor", place) in h.roles]
        offices = [x.pk for x in d.offices.values() if x.place == place]
        kind = self.random.random()
        if kind < 0.5 and officers:
            return self.random.choice(officers), None
        return (None, self.random.choice(offices)) if kind < 0.93 else (None, None)

    def _publish(self, place, day, at):
        report = Inspection.objects.create(
            organisation=place, slug=f"report-{place.pk}", title=f"Report on {place.name}", published=day,
            published_to_the_day=True, fieldwork_month=day.replace(day=1),
        )  # fmt: skip
        for number in (1, 2, 3):
            Recommendation.objects.create(
                inspection=report, group=1, number=number, level=place.level, addressee=place, wording=f"mend {number}"
            )
        for one in open_follow_ups(report, live=True, by=None, at=at):
            piece = o.Piece(one.pk, place.pk, one.plan_id)
            self.diary.pieces[one.pk] = piece
            plan = self.diary.plans.setdefault(one.plan_id, o.Plan(one.plan_id, place.pk, one.plan.due_by))
            plan.pieces.append(piece)

    # --- Days

    def user(self, pk):
        return User.objects.get(pk=pk)

    def head(self, place):
        """The head of a place, able to act; None when vacant."""
        office = next(x for x in self.diary.offices.values() if x.head and x.place == place)
        return office.holder

    def play(self):
        """Live through it all; gives the differences between what was said and what should have been."""
        with plain_letters(), seldom_tidied():
            for n in range(self.days):
                if n % 50 == 49:
                    gc.collect()
                if n % 20 == 1 and connection.vendor == "postgresql":
                    with connection.cursor() as cursor:
                        cursor.execute("ANALYZE")  # else it takes each table to be as empty as before this test
                day = START + o.ONE_DAY * n
                outage = self._outage(n)
                looks = [t for t, chance in LOOKS_AT.items() if self.random.random() < chance]
                for at, happens in sorted(
                    [(t, self._look) for t in looks] + [(t, self._deeds) for t in DEEDS_AT]
                    + [((hour, 2), self._mail) for hour in HOURS],
                    key=lambda one: one[0],
                ):  # fmt: skip
                    happens(moment(day, *at), outage)
                if self.wrong:
                    break
        return self.wrong

    def _outage(self, n):
        """What is down on this day: some days nothing looks, nothing is sent, or the mail server is away."""
        if getattr(self, "down_until", -1) >= n:
            return self.down
        self.down = ""
        if self.random.random() < 0.12:
            self.down = self.random.choice(("scheduler", "worker", "broker", "mail server", "worker until noon"))
            self.down_until = n + self.random.choice((0, 0, 1, 3))
            self.downs[self.down] += 1
        return self.down

    def _look(self, at, outage):
        if outage in ("scheduler", "worker", "broker"):
            return
        closing.return_accepted_risks(today=o.in_london(at), at=at)
        self._risks_back(at)
        found = sweep(at)
        assert not found.failed, found.sentence
        self.oracle.look(at)
        self._compare_waiting(at)

    def _compare_waiting(self, at):
        """What is decided and not said yet, each as often as it waits: of two moments only the later one does."""
        rows = Notice.objects.filter(state="decided").order_by()
        rows = rows.values_list("recipient_id", "kind", "subject_kind", "subject_id")
        waits = Counter((person, kind, (name, pk)) for person, kind, name, pk in rows)
        should = Counter(key[:3] for keys in self.oracle.waiting.values() for key in keys)
        if waits != should:
            self.wrong.append(
                (f"{at:%Y-%m-%d %H:%M}", "waits only in the service", sorted((waits - should).elements()),
                 "only with the oracle", sorted((should - waits).elements()))
            )  # fmt: skip

    def _mail(self, at, outage):
        if outage in ("scheduler", "worker", "broker") or (outage == "worker until noon" and at.hour < 11):
            return
        away = outage == "mail server"
        outcome = delivery.deliver(lambda: at, release=True, connection=ServerAway() if away else Taken())
        assert not outcome.broken, outcome.sentence
        self.oracle.give_up_unwanted()
        expected = {} if away else self.oracle.mails(at)
        rows = Mail.objects.filter(pk__gt=self.last_mail).order_by("pk").prefetch_related("notices")
        said = defaultdict(set)
        for row in rows:
            self.last_mail, self.sent = row.pk, self.sent + 1
            assert row.state == "sent", row.error
            said[row.recipient_id] |= {(n.kind, (n.subject_kind, n.subject_id)) for n in row.notices.all()}
        for person in {*said, *expected}:
            if said.get(person, set()) != expected.get(person, set()):
                self.wrong.append(
                    (f"{at:%Y-%m-%d %H:%M}", person, "said only by the service",
                     sorted(said.get(person, set()) - expected.get(person, set())), "only by the oracle",
                     sorted(expected.get(person, set()) - said.get(person, set())))
                )  # fmt: skip

    def _deeds(self, at, outage):
        for _ in range(self.deeds // len(DEEDS_AT) + (self.random.random() < self.deeds % len(DEEDS_AT) / 4)):
            name = self.random.choices([*self.often], self.often.values())[0]
            try:
                if getattr(self, f"do_{name}")(at) is not False:
                    self.done[name] += 1
            except Refusal as refusal:
                self.done[f"{name} refused: {refusal}"[:90]] += 1

    def told(self):
        """{kind: how often it was said}"""
        return dict(Counter(key[1] for key, word in self.oracle.words.items() if word.state == "said"))

    # --- What people do. Each keeps the diary, and says who is told of it.

    def some(self, rows, wanted=lambda row: True):
        found = [row for row in rows.values() if wanted(row)]
        return self.random.choice(found) if found else None

    def some_open_work(self, wanted=lambda work: True):
        return self.some(self.diary.works, lambda work: work.state in o.OPEN and wanted(work))

    def action(self, work):
        rows = Action.objects.select_related(
            "organisation__parent__parent", "owner_post__holder", "owner_person", "plan"
        )
        return rows.get(pk=work.pk)

    def do_add(self, at):
        piece = self.some(self.diary.pieces, lambda p: p.state in ("awaiting", "open"))
        head = piece and self.head(piece.place)
        if not head:
            return False
        day = o.in_london(at)
        due = None if self.random.random() < 0.1 else day + o.ONE_DAY * self.random.randint(1, 90)
        person, office = self._some_owner(piece.place)
        made = operations.add_action(
            FollowUp.objects.get(pk=piece.pk), f"do more, {len(self.diary.works)}",
            owner_post=office and Post.objects.get(pk=office), owner_person=person and self.user(person),
            target=read_target_date(due.isoformat() if due else ""),
            key=uuid.UUID(int=self.random.getrandbits(128)), by=self.user(head), at=at,
        )  # fmt: skip
        work = self._note_work(made.pk, piece, due, day, person, office)
        self._given(work, made, head, at)
        return None

    def _given(self, work, made, by, at):
        self.oracle.begin(o.in_london(at))
        holder = self.diary.offices[work.office].holder if work.office else None
        owner = work.person or holder
        occasion = f"cycle {made.cycle} version {made.version}"
        self.oracle.happened("assigned", ("action", work.pk), occasion, [owner], by, at, by_hand=True)

    def do_update(self, at):
        work = self.some_open_work()
        self.oracle.begin(o.in_london(at))
        by = work and (self.oracle.owner(work) or self.head(work.place))
        if not by:
            return False
        operations.post_update(self.action(work), "did it", confidence="on_track", by=self.user(by), at=at)
        work.state, work.heard = "in_progress", o.in_london(at)
        return None

    def do_claim(self, at):
        work = self.some_open_work()
        self.oracle.begin(o.in_london(at))
        by = work and (self.oracle.owner(work) or self.head(work.place))
        if not by:
            return False
        action = self.action(work)
        made = verifying.claim(action, "done", seen_version=action.version, by=self.user(by), at=at)
        work.state, work.claim = "claimed", (made.pk, o.in_london(at))
        work.people["claimant"] = [by]
        self._drop_question(work)
        judges = [p for p in dict.fromkeys(work.people["judge"]) if self.diary.humans[p].active]
        self.oracle.happened("claimed", ("action", work.pk), f"claim {made.pk}", sorted(judges), by, at)
        return None

    def _drop_question(self, work):
        for question in self.diary.questions.values():
            if question.work == work.pk and question.state == "asked":
                question.state = "withdrawn"

    def _decide_claim(self, at, outcome):
        work = self.some(self.diary.works, lambda w: w.state == "claimed")
        if work is None:
            return False
        by, action = self.random.choice(self.inspectors), self.action(work)
        decide = verifying.verify if outcome == "verified" else verifying.send_back
        made = decide(action, "reasonable", "not yet", seen_version=action.version, by=self.user(by), at=at)
        claimant = work.people["claimant"]
        if outcome == "verified":
            work.state, work.verified = "verified", (made.pk, o.in_london(at), by)
        else:
            work.state, work.heard = "in_progress", o.in_london(at)
        work.people |= {"decider": [by], "judge": [*work.people["judge"], by]}
        self.oracle.begin(o.in_london(at))
        told = [*claimant, self.oracle.owner(work)]
        self.oracle.happened(outcome, ("action", work.pk), f"claim {work.claim[0]}", told, by, at)
        return None

    def do_verify(self, at):
        return self._decide_claim(at, "verified")

    def do_send_back(self, at):
        return self._decide_claim(at, "sent_back")

    def do_cancel(self, at):
        work = self.some_open_work()
        head = work and self.head(work.place)
        if not head:
            return False
        action = self.action(work)
        operations.cancel_action(action, "not needed", seen_version=action.version, by=self.user(head), at=at)
        work.state = "cancelled"
        self._drop_question(work)
        return None

    def do_reassign(self, at):
        work = self.some_open_work()
        head = work and self.head(work.place)
        person, office = self._some_owner(work.place) if head else (None, None)
        if not (person or office) or (person, office) == (work.person, work.office):
            return False
        action = self.action(work)
        changed = operations.reassign(
            action, owner_post=office and Post.objects.get(pk=office), owner_person=person and self.user(person),
            seen_version=action.version, by=self.user(head), at=at,
        )  # fmt: skip
        work.person, work.office = person, office
        self._given(work, self.action(work) if changed is None else changed, head, at)
        return None

    def do_ask_date(self, at):
        day = o.in_london(at)
        asked = {q.work for q in self.diary.questions.values() if q.state == "asked"}
        work = self.some_open_work(lambda w: w.due is not None and w.pk not in asked)
        head = work and self.head(work.place)
        if not head:
            return False
        due, action = max(day, work.due) + o.ONE_DAY * self.random.randint(1, 60), self.action(work)
        made = dates.ask_date(
            action, read_target_date(due.isoformat()), "ill", seen_version=action.version, by=self.user(head), at=at
        )
        question = o.Question(made.pk, work.pk, day, due, people={"asker": [head]})
        self.diary.questions[made.pk] = question
        self.oracle.begin(day)
        line = self.diary.line(work.place)
        above = self._heads_above(line, head)
        self.oracle.happened("date_asked", ("datechange", made.pk), f"asked {made.pk}", above, head, at)
        return None

    def _heads_above(self, line, asker):
        """The head, else the leads, of the nearest level above where somebody is in use; stand-ins read it for them."""
        for place in line[1:]:
            for people in ([self.oracle.heads.get(place)], self.oracle.leads.get(place, [])):
                if found := [p for p in people if p is not None and p != asker]:
                    return found
        return []

    def _answer_date(self, at, agree):
        question = self.some(self.diary.questions, lambda q: q.state == "asked")
        if question is None:
            return False
        work = self.diary.works[question.work]
        above = self.head(self.diary.parents[work.place]) if self.diary.parents[work.place] else None
        if not above or above in question.people["asker"]:
            return False
        change = DateChange.objects.select_related("action__organisation__parent__parent", "asked_by").get(
            pk=question.pk
        )
        decide = dates.agree_date if agree else dates.refuse_date
        decide(change, "so be it", by=self.user(above), at=at)
        question.state = "agreed" if agree else "refused"
        question.people["decider"] = [above]
        if agree:
            work.due = question.new_due
        self.oracle.begin(o.in_london(at))
        told = [*question.people["asker"], self.oracle.owner(work)]
        kind = "date_agreed" if agree else "date_refused"
        self.oracle.happened(kind, ("datechange", question.pk), f"decided {question.pk}", told, above, at)
        return None

    def do_agree_date(self, at):
        return self._answer_date(at, True)

    def do_refuse_date(self, at):
        return self._answer_date(at, False)

    def do_answer(self, at):
        piece = self.some(self.diary.pieces, lambda p: p.state == "awaiting")
        head = piece and self.head(piece.place)
        if not head:
            return False
        row = self.follow_up(piece)
        operations.answer(row, "agreed", seen_version=row.version, by=self.user(head), at=at)
        piece.state = "open"
        return None

    def follow_up(self, piece):
        rows = FollowUp.objects.select_related(
            "addressee__parent__parent", "owner_post__holder", "owner_person", "plan"
        )
        return rows.get(pk=piece.pk)

    def do_close(self, at):
        def ready(piece):
            works = self.works_of[piece.pk]
            now = any(w.state == "verified" and w.cycle == piece.cycle for w in works)
            return piece.state == "open" and now and all(w.state in ("verified", "cancelled") for w in works)

        piece = self.some(self.diary.pieces, ready)
        if piece is None:
            return False
        by, row = self.random.choice(self.inspectors), self.follow_up(piece)
        closing.close(row, seen_version=row.version, by=self.user(by), at=at)
        piece.state = "implemented"
        self._tell_owner("closed", piece, row, by, at)
        return None

    def _tell_owner(self, kind, piece, row, by, at):
        self.oracle.begin(o.in_london(at))
        people = [self.oracle.heads.get(piece.place)]
        if people == [None]:
            people = self.oracle.leads.get(piece.place, [])
        occasion = f"cycle {row.cycle} version {row.version}"
        self.oracle.happened(kind, ("followup", piece.pk), occasion, people, by, at)

    def do_accept_risk(self, at):
        piece = self.some(self.diary.pieces, lambda p: p.state == "open")
        above = piece and self.diary.parents[piece.place] and self.head(self.diary.parents[piece.place])
        if not above:
            return False
        row, review = self.follow_up(piece), o.in_london(at) + o.ONE_DAY * self.random.randint(10, 80)
        closing.accept_risk(row, "no money", review, seen_version=row.version, by=self.user(above), at=at)
        piece.state, piece.review_on = "not_implemented", review
        piece.people["decider"] = [above]
        self._tell_owner("risk_accepted", piece, row, above, at)
        return None

    def _risks_back(self, at):
        """Of what was accepted until a day that is reached."""
        day = o.in_london(at)
        for piece in sorted(self.diary.pieces.values(), key=lambda p: p.pk):
            if piece.state == "not_implemented" and piece.review_on <= day:
                self._opened_again(piece, day)
                self.oracle.begin(day)
                people = self._heads_above(self.diary.line(piece.place), None)
                own = [self.oracle.heads.get(piece.place)]
                people = people + (own if own != [None] else self.oracle.leads.get(piece.place, []))
                self.oracle.happened(
                    "risk_review_due", ("followup", piece.pk), f"cycle {piece.cycle}", people, None, at
                )

    def _opened_again(self, piece, day):
        row = FollowUp.objects.get(pk=piece.pk)
        piece.state, piece.cycle, piece.review_on = row.state, piece.cycle + 1, None
        piece.people.pop("decider", None)
        for work in self.diary.works.values():
            if work.piece == piece.pk and work.state in o.OPEN:
                work.running = day

    def do_reopen(self, at):
        piece = self.some(self.diary.pieces, lambda p: p.state == "implemented")
        if piece is None:
            return False
        by, row = self.random.choice(self.inspectors), self.follow_up(piece)
        closing.reopen(row, "it came back", seen_version=row.version, by=self.user(by), at=at)
        self._opened_again(piece, o.in_london(at))
        self._tell_owner("reopened", piece, FollowUp.objects.get(pk=piece.pk), by, at)
        return None

    def do_go_away(self, at):
        human = self.some(self.diary.humans, lambda h: h.active and h.pk != self.ada)
        person, day = self.user(human.pk), o.in_london(at)
        candidates = list(stand_ins_for(person).values_list("pk", flat=True))
        if not candidates:
            return False
        other = self.random.choice(sorted(candidates))
        starts = day + o.ONE_DAY * self.random.randint(0, 5)
        ends = starts + o.ONE_DAY * self.random.randint(0, 12)
        cover = name_stand_in(person, self.user(other), starts, ends, by=self.user(self.ada), at=at)
        self.diary.aways[cover.pk] = o.Away(cover.pk, human.pk, other, starts, ends)
        self.diary.aways[cover.pk].state = "named"
        self.oracle.happened("cover_named", ("cover", cover.pk), "named", [other], self.ada, at, by_hand=True)
        return None

    def do_come_back(self, at):
        day = o.in_london(at)
        away = self.some(self.diary.aways, lambda a: not a.over and a.ends >= day)
        if away is None:
            return False
        from tracker.people.models import Cover

        end_cover(Cover.objects.get(pk=away.pk), by=self.user(self.ada), at=at)
        away.over = True
        return None

    def do_leave(self, at):
        contributors = [h for h in self.diary.humans.values() if h.active and not h.roles & {("inspector", None)}]
        human = self.random.choice([h for h in contributors if h.pk != self.ada])
        switch_off(self.user(human.pk), by=self.user(self.ada), at=at)
        human.active = False
        for office in self.diary.offices.values():
            if office.holder == human.pk:
                office.holder, office.vacant_since = None, o.in_london(at)
        return None

    def do_fill(self, at):
        office = self.some(self.diary.offices, lambda x: x.holder is None)
        if office is None:
            return False
        new = self._person(f"New {len(self.diary.humans)}")
        hold_post(Post.objects.get(pk=office.pk), self.user(new), by=self.user(self.ada), at=at)
        office.holder, office.vacant_since = new, None
        return None

    def do_vacate(self, at):
        office = self.some(self.diary.offices, lambda x: x.holder is not None)
        hold_post(Post.objects.get(pk=office.pk), None, by=self.user(self.ada), at=at)
        office.holder, office.vacant_since = None, o.in_london(at)
        return None

    def do_choose(self, at):
        human = self.some(self.diary.humans, lambda h: h.active)
        wish = self.random.choices(("daily", "weekly", "urgent"), (6, 3, 1))[0]
        hour, user = self.random.choice(HOURS), self.user(human.pk)
        set_preference(user, frequency=wish, hour=hour, summary=False, by=user, at=at)
        if human.wish == "urgent" != wish:
            self.oracle.wants_again(human.pk, at)
        human.wish, human.hour = wish, hour
        return None

    def do_pause(self, at):
        day = o.in_london(at)
        paused = {p.subject for p in self.diary.pauses if not p.over and p.ends >= day}
        dated = [w for w in self.diary.works.values() if w.due is not None and w.state in o.OPEN]
        free = {w.pk: w for w in dated if ("action", w.pk) not in paused}
        # What is about to be passed up is paused rather than what may be one day.
        soon = {k[2][1] for keys in self.oracle.waiting.values() for k in keys if k[1:2] == ("overdue_step",)}
        work = self.some(free, lambda w: w.pk in soon) or self.some(free, lambda w: w.due < day) or self.some(free)
        above = work and self.diary.parents[work.place] and self.head(self.diary.parents[work.place])
        if not above:
            return False
        ends = day + o.ONE_DAY * self.random.randint(1, 30)
        overdue.pause_escalation(self.action(work), ends, "ill", by=self.user(above), at=at)
        self.diary.pauses.append(o.Pause(("action", work.pk), day, ends))
        return None

    def do_set_limit(self, at):
        place = self.random.choice(list(self.place.values()))
        name, days = self.random.choice((
            ("stale_after", 14), ("stale_after", 45), ("overdue_head", 3), ("no_date_after", 5), ("then_every", 14),
            ("claim_waiting", 10), ("second_reminder", 7), ("vacant_after", 3),
        ))  # fmt: skip
        set_limit(place, name, days, by=self.user(self.ada), at=at)
        self.diary.limits[place.pk][name] = days
        return None

    def do_publish(self, at):
        if not self.unpublished:
            return False
        self._publish(self.unpublished.pop(0), o.in_london(at), at)
        return None


OFTEN = {
    "add": 20, "update": 30, "claim": 16, "verify": 9, "send_back": 6, "cancel": 3, "reassign": 7, "ask_date": 8,
    "agree_date": 4, "refuse_date": 2, "answer": 4, "close": 6, "reopen": 1, "accept_risk": 1, "go_away": 4,
    "come_back": 1, "leave": 0.4, "fill": 2, "vacate": 1, "choose": 1.5, "pause": 2, "set_limit": 0.6, "publish": 1,
}  # fmt: skip
