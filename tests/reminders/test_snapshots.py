"""Every mail as it is read, kept beside this file: text and HTML, each kind.

A change of words shows as a difference in `snapshots/`. Write them anew, and read what changed:

    RENEW_SNAPSHOTS=1 script/test tests/reminders/test_snapshots.py
"""

import ast
import os
import re
from pathlib import Path

import pytest
from django.core import mail
from django.utils import translation
from django.utils.translation import trans_real

from tests.alerts.stories import at, climb, raised
from tests.reminders.scenes import NOW, TODAY, action, given, london, timetable
from tracker.alerts import ladder
from tracker.journal.models import Event, Notice
from tracker.people import operations as offices
from tracker.people.models import User
from tracker.plans import dates, external, verifying
from tracker.plans.models import Action, ActionPlan
from tracker.plans.rules import TargetDate
from tracker.reminders import brake, delivery, digest, items, rules
from tracker.reminders.items import BECAUSE, GROUPS, PRIORITY, Due
from tracker.reminders.models import Hold, Mail
from tracker.reminders.rules import ABOVE, COPIED, HEAD, OWNER, PASSED_ON, PASSED_UP, REMINDERS, STAND_IN, STEPS, Told

pytestmark = pytest.mark.django_db
SNAPSHOTS = Path(__file__).parent / "snapshots"
SECRET = re.compile(r"(/(?:update|unsubscribe)/)[\w.-]+")
HASH = re.compile(r"\b[0-9a-f]{64}\b")
ROW = re.compile(r"(/(?:actions|recommendations|alerts|dates|plans|held|views)/)\d+/")


def as_kept(text: str) -> str:
    """Without what differs from one database to the next."""
    return HASH.sub("HASH", ROW.sub(r"\1N/", SECRET.sub(r"\1SECRET", text))).strip() + "\n"


def compare(name, subject, text, html):
    for ending, found in (("txt", f"Subject: {subject}\n\n{text}"), ("html", html)):
        path = SNAPSHOTS / f"{name}.{ending}"
        if os.environ.get("RENEW_SNAPSHOTS"):
            path.write_text(as_kept(found))
        assert as_kept(found) == path.read_text(), f"the words of {path.name} changed: see above how to renew it"


def mail_to(who) -> Mail:
    return Mail.objects.get(recipient=who)


def check(name, one: Mail):
    compare(name, one.subject, one.text, one.html)


@pytest.fixture
def work(cast):
    """What Amira has on Monday 23 November: something overdue, coming, given, and for her to know."""
    late = action(cast, -20, what="Allocate every case to a named practitioner")
    follow_up = late.follow_ups.get()
    action(cast, 3, what="Recruit two officers", follow_up=follow_up, post=cast.head_of_hfkcw)
    long = "Train all officers in risk of harm, and see by dip samples whether the training changed what they do"
    action(cast, 12, what=long, follow_up=follow_up)
    claimed = action(cast, 60, what="Publish the allocation policy", owner=cast.omar, follow_up=follow_up)
    verifying.claim(claimed, "Done", seen_version=claimed.version, by=cast.omar, at=london("12 November", "10:00"))
    Notice.objects.all().delete()
    given(cast, london("20 November", "12:00"), "amira", what="Write to the courts")
    mail.outbox.clear()
    return follow_up


def monday(clock="08:00"):
    timetable(london("23 November", "06:00"))
    return timetable(london("23 November", clock))


def test_a_digest_with_the_weekly_summary(cast, work):
    monday()
    check("digest", mail_to(cast.amira))


def test_only_the_weekly_summary(cast, work):
    monday()
    check("summary", mail_to(cast.ivy))


def test_urgent_overdue_work_passed_up(cast, work):
    timetable(london("20 November", "06:00"))
    timetable(london("20 November", "08:00"))
    check("urgent", mail_to(cast.rosa))


def test_a_stand_in(cast, work):
    offices.name_stand_in(cast.amira, cast.rosa, TODAY, TODAY.replace(day=30), by=cast.amira, at=NOW)
    action(cast, 5, what="Send the timetable to the courts", follow_up=work)
    timetable(london("24 November", "06:00"))
    timetable(london("24 November", "08:00"))
    check("stand_in", mail_to(cast.rosa))


def test_held_mails(cast):
    brake.hold(312, 40, at=NOW)
    delivery.deliver(lambda: NOW)
    check("held", mail_to(cast.ada))


def test_somebody_outside(cast, work):
    step = Action.objects.get(what="Recruit two officers")
    external.name_external(
        step, "Grace", "Obi", "Crown Lodge Housing", "grace.obi@crownlodge.example", seen_version=step.version,
        by=cast.amira, at=london("20 November", "12:00"),
    )  # fmt: skip
    timetable(london("24 November", "06:00"))
    timetable(london("24 November", "08:00"))
    check("outside", mail_to(User.objects.get(external=True)))


def test_an_alert_raised(cast):
    raised(cast, at(2))
    delivery.deliver(lambda: at(2))
    check("alert", mail_to(cast.amira))


def test_a_limit_of_an_alert_passed(cast):
    raised(cast, at(2))
    delivery.deliver(lambda: at(2))
    climb(at(5, 8))
    delivery.deliver(lambda: at(5, 8))
    check("alert_late", Mail.objects.filter(recipient=cast.rosa).latest("pk"))


def test_a_restricted_alert(cast):
    raised(cast, at(2), restricted=True)
    delivery.deliver(lambda: at(2))
    check("alert_restricted", mail_to(cast.amira))


# ---- every kind in one ----


def every_due(cast) -> list[Due]:
    """One subject for each kind that a digest can speak of, told in the capacity in which it is."""
    overdue = action(cast, -40, what="An overdue action")
    follow_up = overdue.follow_ups.get()
    coming = action(cast, 5, what="An action", follow_up=follow_up)
    ActionPlan.objects.update(due_by=TODAY)
    asked = dates.ask_date(
        coming,
        TargetDate("", "day", TODAY.replace(month=12)),
        "The court moved",
        seen_version=coming.version,
        by=cast.amira,
        at=NOW,
    )
    cover = offices.name_stand_in(cast.amira, cast.rosa, TODAY, TODAY.replace(day=30), by=cast.amira, at=NOW)
    subjects = {
        "action": coming.pk, "actionplan": ActionPlan.objects.get().pk, "followup": follow_up.pk,
        "datechange": asked.pk, "post": cast.spo_of_hfkcw.pk, "cover": cover.pk,
        "hold": Hold.objects.create(held_at=NOW, mails=312, usual=40).pk,
        "event": Event.objects.order_by("pk").first().pk,
    }  # fmt: skip
    roles = {
        **dict.fromkeys(["plan_submitted", "date_asked", "date_waiting", "risk_ending"], ABOVE),
        **dict.fromkeys(["claimed", "claim_waiting"], "judge"),
        **dict.fromkeys(["risk_review_due", "post_vacant"], HEAD),
        **dict.fromkeys(["plan_sent_back", "plan_signed_off"], "submitter"),
        **dict.fromkeys(["date_refused", "date_agreed"], "asker"),
        **dict.fromkeys(["cover_named", "run_held", "journal_sealed", "update_asked"], "named"),
        "sent_back": "claimant", "overdue_step": PASSED_UP, "sustain_due": "verifier",
    }  # fmt: skip
    found = [
        Due(
            kind,
            overdue.pk if said == "overdue_step" else subjects[kind],
            ((said, Told(cast.amira.pk, roles.get(said, OWNER))),),
        )
        for said in PRIORITY
        for kind in [_about(said)]
    ]
    more = [
        (overdue.pk, "action_due", OWNER), (overdue.pk, "action_due", STAND_IN), (overdue.pk, "action_due", COPIED),
        (overdue.pk, "overdue_step", PASSED_ON), (coming.pk, "claim_waiting", "inspector"),
    ]  # fmt: skip
    return found + [Due("action", pk, ((said, Told(cast.amira.pk, role)),)) for pk, said, role in more]


def _about(kind) -> str:
    if kind in REMINDERS:
        return REMINDERS[kind].about[0]
    other = {
        "plan_submitted": "actionplan", "plan_sent_back": "actionplan", "plan_signed_off": "actionplan",
        "date_asked": "datechange", "date_refused": "datechange", "date_agreed": "datechange", "cover_named": "cover",
        "run_held": "hold", "journal_sealed": "event",
    }  # fmt: skip
    of_recommendation = ("risk_review_due", "reopened", "closed", "closed_not_agreed", "risk_accepted", "superseded")
    return "followup" if kind in of_recommendation else other.get(kind, "action")


def test_every_kind_that_a_digest_can_speak_of(cast, monkeypatch):
    monkeypatch.setattr(digest, "MOST", 99)
    every = every_due(cast)
    letter = digest.compose(cast.amira, every, TODAY)
    assert {kind for due in every for kind in due.kinds} == set(STEPS) | set(REMINDERS)
    assert len(letter.about) == len({(due.subject_kind, due.subject_id) for due in every}), "each could be written"
    headings = [heading for heading in GROUPS.values() if heading.upper() in letter.text]
    assert headings == list(GROUPS.values()), "each group is there, in this order"
    assert sorted(headings, key=lambda heading: letter.text.index(heading.upper())) == headings
    compare("every_kind", letter.subject, letter.text, letter.html)


# ---- Welsh is possible ----


class Marked:
    """A language in which every text stands in guillemets: what does not was never asked for."""

    def gettext(self, text):
        return f"«{text}»"

    def ngettext(self, one, many, number):
        return self.gettext(one if number == 1 else many)


def test_every_text_of_a_digest_can_be_translated(cast, work, monkeypatch):
    monkeypatch.setitem(trans_real._translations, "cy", Marked())
    every = every_due_in_pieces(cast)
    with translation.override("cy"):
        letter = digest.compose(cast.amira, every, TODAY)
    said = " ".join(letter.text.split())
    assert said.count("«") == said.count("»") > 20
    while "«" in said:
        said = re.sub(r"«[^«»]*»", " ", said)
    data = [
        "Track inspection recommendations",
        "http://127.0.0.1:8000/",
        *Action.objects.values_list("what", flat=True),
    ]
    for known in sorted(data, key=len, reverse=True):
        said = said.replace(known, " ")
    assert re.findall(r"[A-Za-z]{3,}", re.sub(r"\b(HFKCW|actions|preferences|November|December)\b", " ", said)) == []


def test_translators_find_what_stands_in_a_table():
    """What `_` is called with, as makemessages reads it."""
    tables = [rules.__file__, ladder.__file__, items.__file__]
    calls = [node for path in tables for node in ast.walk(ast.parse(Path(path).read_text())) if is_call(node)]
    found = {node.args[0].value for node in calls if isinstance(node.args[0], ast.Constant)}
    said = [text for one in (rules.TOLD_ONCE | REMINDERS).values() for text in (one.heading, one.counted, one.do)]
    said += [
        *ladder.DUTIES.values(),
        *items.NOUNS.values(),
        *GROUPS.values(),
        *(t for two in BECAUSE.values() for t in two),
    ]
    assert [text for text in said if text and text not in found] == []


def is_call(node) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "gettext_noop")


def every_due_in_pieces(cast) -> list[Due]:
    steps = Action.objects.order_by("pk")
    return [
        Due("action", step.pk, ((kind, Told(cast.amira.pk, role)),))
        for step, (kind, role) in zip(
            steps, [("action_due", OWNER), ("action_due", OWNER), ("update_expected", OWNER), ("sent_back", "claimant"),
                    ("assigned", OWNER)], strict=False,
        )
    ]  # fmt: skip
