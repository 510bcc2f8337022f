"""Search: who finds what, what is marked, and that it costs the same however much there is."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import NOW, follow_up, inspection
from tracker.alerts.models import AlertCase
from tracker.insight.search import SHOWN, search, snippet, words_of
from tracker.plans import evidence, operations
from tracker.plans.models import Action, Update
from tracker.plans.rules import read_target_date

pytestmark = pytest.mark.django_db


@pytest.fixture
def work(cast):
    """HFKCW has recommendations on "matter", and Omar an action on heron training with an update and evidence."""
    report = inspection(cast.hfkcw, [(cast.hfkcw, 3), (cast.london, 1)], by=cast.ivy)
    made = operations.add_action(
        follow_up(report, 1), "Train all in the heron method", target=read_target_date(""), date_reason="Soon",
        owner_person=cast.omar, by=cast.amira, at=NOW,
    )  # fmt: skip
    operations.post_update(
        made,
        "Ten learnt of herons.",
        next_step="Ask the trainer",
        confidence="on_track",
        key=None,
        by=cast.omar,
        at=NOW,
    )
    evidence.add_link(made, "https://example.org/x", "Heron register", by=cast.omar, at=NOW)
    return made


def numbers(person, text) -> list[int]:
    """How many recommendations, actions, updates and pieces of evidence."""
    return [len(kind.hits) for kind in search(person, text)]


def page(person, question):
    client = Client()
    client.force_login(person)
    answer = client.get("/search/", question)
    assert answer.status_code == 200
    return " ".join(answer.text.split())


@pytest.mark.parametrize(
    ("who", "found"),
    [
        ("amira", [0, 1, 1, 1]), ("omar", [0, 1, 1, 1]), ("rosa", [0, 1, 1, 1]), ("ivy", [0, 1, 1, 1]),
        ("ben", [0, 0, 0, 0]), ("vera", [0, 0, 0, 0]), ("niall", [0, 0, 0, 0]),
    ],
)  # fmt: skip
def test_each_finds_what_they_may_see(cast, work, who, found):
    assert numbers(cast.person(who), "heron") == found


def test_ben_of_lambeth_is_told_nothing_of_hfkcw(cast, work):
    text = page(cast.ben, {"q": "matter"})
    assert "Nothing that you may see has this word in it." in text and "improve" not in text
    assert numbers(cast.amira, "matter")[0] == 4 and numbers(cast.omar, "matter")[0] == 1


@pytest.mark.parametrize(("who", "sees"), [("idris", 1), ("amira", 1), ("ivy", 0), ("ada", 0), ("omar", 0), ("ben", 0)])
def test_a_restricted_alert_is_found_by_its_circle_only(cast, who, sees):
    case = AlertCase.objects.create(
        organisation=cast.hfkcw, restricted=True, live=True, raised_at=NOW, raised_by=cast.idris, opened_at=NOW
    )
    case.inspectors.add(cast.idris)
    act = Action.objects.create(alert=case, organisation=cast.hfkcw, what="Heron", live=True, added_at=NOW)
    Update.objects.create(action=act, by=cast.amira, at=NOW, done="Herons moved", confidence="on_track")
    assert numbers(cast.person(who), "heron") == [0, sees, sees, 0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("heron train", [0, 1, 1, 0]),  # both words, in any order, of an update also in what is next
        ("HERON", [0, 1, 1, 1]),
        ("ask trainer", [0, 0, 1, 0]),  # what is next counts too
        ("learnt trainer", [0, 0, 1, 0]),
        ("heron zebra", [0, 0, 0, 0]),
        ("%", [0, 0, 0, 0]),
        ("_", [0, 0, 0, 0]),
        ("heron\x00", [0, 1, 1, 1]),
    ],
)
def test_every_word_has_to_be_there(cast, work, text, found):
    assert numbers(cast.amira, text) == found


def test_removed_evidence_is_not_found(cast, work):
    piece = work.evidence.get()
    evidence.remove(piece, "It names somebody", by=cast.amira, at=NOW)
    assert numbers(cast.amira, "heron") == [0, 1, 1, 0]


def test_the_page_marks_the_words_and_leads_to_where_they_stand(cast, work):
    text = page(cast.amira, {"q": "heron"})
    assert f'<a class="govuk-link" href="/actions/{work.pk}/">Train all in the <mark>heron</mark> method</a>' in text
    assert f'href="/evidence/{work.evidence.get().pk}/"><mark>Heron</mark> register' in text
    assert 'href="/actions/?text=heron"' in text and "1 piece of evidence" in text


def test_the_list_shows_what_the_search_counts(cast, work):
    client = Client()
    client.force_login(cast.amira)
    assert "1 action, with “train heron”" in client.get("/actions/?text=train+heron").text
    assert 'href="/actions/?text=train+heron"' in page(cast.amira, {"q": "Train HERON"})


def test_what_is_typed_and_what_is_found_is_text(cast, work):
    Action.objects.filter(pk=work.pk).update(what="<script>x</script> heron <b>")
    text = page(cast.amira, {"q": '"><script>heron'})
    assert "<script>heron" not in text
    assert "&lt;script&gt;x&lt;/script&gt; <mark>heron</mark> &lt;b&gt;" in page(cast.amira, {"q": "heron"})


@pytest.mark.parametrize("q", ["", " ", "\x00", "x" * 1000, "a " * 500, "\\", "'", "(", "%", "ß"])
def test_whatever_is_asked_is_answered(cast, work, q):
    assert "<h1" in page(cast.ivy, {"q": q})


def test_a_long_question_is_cut_and_the_page_says_so(cast, work):
    assert "Only the first 8 words" in page(cast.amira, {"q": " ".join("abcdefghi")})
    assert "Only the first 8 words" in page(cast.amira, {"q": "x" * 1000})
    assert words_of("x" * 1000) == ["x" * 200]


def test_at_most_twenty_of_each_and_as_many_queries_for_many(cast, work):
    client = Client()
    client.force_login(cast.amira)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            client.get("/search/?q=heron")
        return len(queries)

    asked()  # the number of open alerts is remembered for a while
    few = asked()
    for n in range(110):
        act = Action.objects.create(plan=work.plan, organisation=cast.hfkcw, what=f"Heron {n}", live=True, added_at=NOW)
        Update.objects.create(
            action=act, by=cast.omar, at=NOW + dt.timedelta(minutes=n), done=f"Heron {n}", confidence="on_track"
        )
    assert asked() == few
    kinds = search(cast.amira, "heron")
    assert [(len(kind.hits), kind.more) for kind in kinds[1:3]] == [(SHOWN, True), (SHOWN, True)]
    assert kinds[2].hits[0].snippet == (("Heron", True), (" 109", False)), "the newest first"


@pytest.mark.parametrize(
    ("text", "words", "parts"),
    [
        ("to train all", ["train"], (("to ", False), ("train", True), (" all", False))),
        ("Training trains", ["train", "training"], (("Training", True), (" ", False), ("train", True), ("s", False))),
        ("nothing of it", ["x"], (("nothing of it", False),)),
        ("a.c abc", ["a.c"], (("a.c", True), (" abc", False))),
    ],
)
def test_a_snippet_marks_each_word(text, words, parts):
    assert snippet(text, words) == parts


@pytest.mark.parametrize("text", ["one " * 100 + "heron " + "two " * 100, "o" * 400 + "heron" + "t" * 400])
def test_a_snippet_of_a_long_text_is_short_and_holds_the_word(text):
    parts = snippet(text, ["heron"])
    whole = "".join(said for said, _ in parts)
    assert ("heron", True) in parts and whole.startswith("… ") and whole.endswith(" …") and len(whole) < 300
