"""The committee pack of a place and a period: the same numbers as the overview, and what lies behind them."""

import datetime as dt
import io

import docx
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.cast import PASSWORD, follow_up, inspection
from tracker.alerts import answering, raising
from tracker.alerts.models import AlertCase
from tracker.exports.pack import months_of, pack_of
from tracker.insight.numbers import overview, places_of
from tracker.papers import Heading, Table
from tracker.plans import closing, dates, verifying
from tracker.plans.models import Action, DateChange, FollowUp
from tracker.plans.operations import add_action, edit_action
from tracker.plans.rules import TargetDate, read_target_date
from tracker.working_days import london_day


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def busy(cast, now):
    """HFKCW: an action late since yesterday, one whose date Amira asked to move, one whose date she moved
    in the draft, one that Ivy verified."""
    today = london_day(now)
    report = inspection(cast.hfkcw, [(cast.hfkcw, 2), (cast.london, 1)], by=cast.ivy, at=now, published=today)

    def act(what, days):
        due = today + dt.timedelta(days=days)
        target = read_target_date(due.isoformat())
        how = {"owner_post": cast.head_of_hfkcw, "target": target, "by": cast.amira, "at": now}
        return add_action(follow_up(report, 1), what, date_reason="It was under way", **how)

    act("Late since yesterday", -1)
    moved = act("To be moved", 20)
    later = today + dt.timedelta(days=90)
    dates.ask_date(
        moved, TargetDate(later.isoformat(), "day", later), "The trainer left", seen_version=moved.version,
        by=cast.amira, at=now,
    )  # fmt: skip
    drafted = act("To be moved in the draft", 30)
    edit_action(
        drafted, what=drafted.what, owner_post=drafted.owner_post, target=read_target_date(later.isoformat()),
        date_reason="Nobody answered", seen_version=drafted.version, by=cast.amira, at=now,
    )  # fmt: skip
    done = act("Done and claimed", 5)
    claimed = verifying.claim(done, "All were trained", seen_version=done.version, by=cast.amira, at=now)
    verifying.verify(
        Action.objects.get(pk=claimed.action_id), "good", seen_version=Action.objects.get(pk=done.pk).version,
        by=cast.ivy, at=now,
    )  # fmt: skip
    return report


def pack(client, ask=""):
    return client.get(f"/overview/hfkcw/pack.docx{ask}")


def said(answered):
    document = docx.Document(io.BytesIO(answered.content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


@pytest.fixture
def as_(client, cast):
    def entered(name):
        client.login(email=getattr(cast, name).email, password=PASSWORD)
        return client

    return entered


def test_amira_takes_to_the_committee_what_happened(as_, cast, busy):
    answered = pack(as_("amira"))
    text = said(answered)
    for part in (
        "Late since yesterday",
        "The trainer left",
        "Nobody answered",
        "Moved in the draft",
        "Done and claimed",
        "Good progress",
        "No alert.",
    ):
        assert part in text, part
    assert "HFKCW committee pack" in answered["Content-Disposition"]
    page = as_("amira").get("/overview/hfkcw/pack/")
    assert page.status_code == 200 and "The trainer left" in page.content.decode()


def test_a_period_before_all_of_it_holds_none_of_it(as_, cast, busy):
    text = said(pack(as_("amira"), "?from=2020-01-01&to=2020-03-31"))
    assert (
        "The trainer left" not in text
        and "Nobody answered" not in text
        and "Late since yesterday" not in text
        and "January 2020" in text
    )


def test_the_flow_is_that_of_the_overview_and_of_a_past_day_too(cast, busy, now):
    today = london_day(now)
    numbers = overview(cast.rosa, cast.london, today)
    below = places_of(cast.london)
    since = numbers.months[-3].first
    assert months_of(below, since, today, numbers.open, today) == numbers.months[-3:]
    before = months_of(below, since, today - dt.timedelta(days=1), numbers.open, today)
    assert before[-1].closing == 0 and numbers.months[-1].closing == 3
    table = next(one for one in pack_of(cast.rosa, cast.london, since, today, today).blocks if isinstance(one, Table))
    assert table.rows[-1][-1] == "3"


def test_ben_and_a_contributor_are_refused_and_a_stranger_reads_nothing(as_, cast, busy):
    for name in ("ben", "omar", "vera"):
        assert pack(as_(name)).status_code == 403
    assert as_("ben").get("/overview/lambeth/pack/").status_code == 200
    assert "The trainer left" not in as_("ben").get("/overview/lambeth/pack/").content.decode()


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        ("?from=2099-01-01&to=2099-02-01", "The last day cannot be after today"),
        ("?from=2026-02-01&to=2026-01-01", "The first day cannot be after the last"),
        ("?from=soon", "enter a day such as"),
        ("?from=2020-01-01", "at most 36 months"),
        ("?from=0001-01-01&to=0001-02-01", "2000 at the earliest"),
    ],
)
def test_a_period_that_cannot_be_is_said(as_, cast, ask, sentence):
    client = as_("amira")
    page = client.get(f"/overview/hfkcw/pack/{ask}")
    assert page.status_code == 422 and sentence in page.content.decode()
    assert pack(client, ask).status_code == 409


def test_queries_do_not_grow(as_, cast, busy, now):
    client = as_("amira")
    pack(client)

    def count():
        with CaptureQueriesContext(connection) as caught:
            assert pack(client).status_code == 200
        return len(caught)

    few = count()
    late = Action.objects.get(what="Late since yesterday")
    answering = FollowUp.objects.get(actions=late)
    for n in range(7):
        late.pk, late.what = None, f"Late {n}"
        late.save()
        late.follow_ups.add(answering)
        change = DateChange.objects.first()
        change.pk, change.action, change.form_key, change.state = None, late, None, "withdrawn"
        change.save()
    assert count() == few <= 16


def test_made_again_after_much_was_done_the_pack_of_a_period_says_the_same(cast, busy, now):
    """As Rosa took it to the committee; in the weeks after, what was late is done, the date is agreed, and so on."""
    today = london_day(now)
    since, later = today - dt.timedelta(days=40), now + dt.timedelta(days=20)
    raising.raise_alert(
        cast.hfkcw, "staffing", concerns=["Nobody knows them"], required_text="Act now", by=cast.ivy, at=now
    )
    before = pack_of(cast.rosa, cast.london, since, today, today)
    late, moved = (Action.objects.get(what=what) for what in ("Late since yesterday", "To be moved"))
    claimed = verifying.claim(late, "It is done", seen_version=late.version, by=cast.amira, at=later)
    late = Action.objects.get(pk=claimed.action_id)
    verifying.verify(late, "good", seen_version=late.version, by=cast.ivy, at=later)
    dates.agree_date(DateChange.objects.get(action=moved), by=cast.rosa, at=later)
    second = follow_up(busy, 2)
    closing.supersede(
        second, follow_up(busy, 1), "It says the same", seen_version=second.version, by=cast.ivy, at=later
    )
    case = AlertCase.objects.get()
    answering.acknowledge(case, seen_version=case.version, by=cast.amira, at=later)
    after = pack_of(cast.rosa, cast.london, since, today, london_day(later))
    now_told = pack_of(cast.rosa, cast.london, since, london_day(later), london_day(later))
    assert after.blocks[1:] == before.blocks[1:] != now_told.blocks[1:]
    assert (
        dict(after.blocks[0].rows)["Open at its end"] == dict(before.blocks[0].rows)["Open now"] == "3 recommendations"
    )


def test_a_period_before_the_journal_begins_says_as_on_which_day_it_counts(cast, busy, now):
    paper = pack_of(cast.rosa, cast.london, dt.date(2020, 1, 1), dt.date(2020, 3, 31), london_day(now))
    headings = [block.text for block in paper.blocks if isinstance(block, Heading)]
    assert any("as on" in text and str(now.year) in text for text in headings)
