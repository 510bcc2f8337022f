"""Search: who finds what, what is marked, that it costs the same however much there is, and that the index is true."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client, TransactionTestCase
from django.test.utils import CaptureQueriesContext

from inspections.models import Recommendation
from tests.cast import NOW, follow_up, inspection
from tracker.alerts.models import AlertCase
from tracker.insight import search as searching
from tracker.insight import search_index
from tracker.insight.search import SHOWN, search, snippet
from tracker.insight.search_words import Term, read
from tracker.plans import evidence, operations
from tracker.plans.models import Action, Evidence, Update
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
    return [kind.count for kind in search(person, read(text))]


def page(person, question, address="/search/"):
    client = Client()
    client.force_login(person)
    answer = client.get(address, question)
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
    text = page(cast.person(who), {"q": "heron"})
    assert ("moved" in text) == bool(sees)
    assert (f"/actions/{act.pk}/" in text) == bool(sees)
    listed = page(cast.person(who), {"text": "heron"}, "/actions/")
    assert ("1 action, with" in listed, "0 actions, with" in listed) == (bool(sees), not sees)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("heron train", [0, 1, 1, 0]),  # both words, in any order, of an update also in what is next
        ("HERON", [0, 1, 1, 1]),
        ("ask trainer", [0, 0, 1, 0]),  # what is next counts too
        ("learnt trainer", [0, 0, 1, 0]),
        ("heron zebra", [0, 0, 0, 0]),
        ("heron\x00", [0, 1, 1, 1]),
        ("training", [0, 1, 0, 0]),  # "train"
        ("training herons", [0, 1, 0, 0]),
        ("herons' trainings", [0, 1, 0, 0]),
        ("Heron's registers", [0, 0, 0, 1]),
        ("learning", [0, 0, 0, 0]),
        ("learn", [0, 0, 1, 0]),  # "learnt" begins with it
        ("hero", [0, 1, 1, 1]),
        ("hero method", [0, 0, 0, 0]),  # only the last may be a beginning
        ("method hero", [0, 1, 0, 0]),
        ("traine", [0, 1, 1, 0]),
        ("trainer", [0, 0, 1, 0]),
        ("regist", [0, 0, 0, 1]),
        ("the heron in the method", [0, 1, 0, 0]),
        ("the in", [0, 1, 0, 0]),  # nothing but stop words: those
        ('"heron method"', [0, 1, 0, 0]),
        ('"herons methods"', [0, 1, 0, 0]),
        ("“the heron method”", [0, 1, 0, 0]),
        ('"method heron"', [0, 0, 0, 0]),
        ('"train all" method', [0, 1, 0, 0]),
        ('"heron meth"', [0, 0, 0, 0]),  # a phrase is whole words
        ('heron "method', [0, 1, 0, 0]),
        ("heron-method", [0, 1, 0, 0]),
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
    assert "1 action, with “herons training”" in client.get("/actions/?text=herons+training").text
    assert "0 actions, with “%”" in client.get("/actions/?text=%25").text
    assert 'href="/actions/?text=train+heron"' in page(cast.amira, {"q": "Train HERON"})


def test_what_is_typed_and_what_is_found_is_text(cast, work):
    Action.objects.filter(pk=work.pk).update(what="<script>x</script> heron <b>")
    text = page(cast.amira, {"q": '"><script>heron'})
    assert "<script>heron" not in text
    assert "&lt;script&gt;x&lt;/script&gt; <mark>heron</mark> &lt;b&gt;" in page(cast.amira, {"q": "heron"})


NASTY = [
    "", " ", "\x00", "x" * 1000, "a " * 500, "\\", "'", "(", "%", "ß", '"', '""', '"*"', "*", "OR", "AND", "NOT heron",
    "NEAR(", "NEAR(heron method, 2)", "what:heron", "^heron", "heron*", "heron AND", "- heron", "+", "{what}:x", "🦩",
    "heron & | ! <-> :*", "heron:*", "'heron'", "$$", "%s", "%(x)s", "; DROP TABLE tracker_action", "the of and",
    "e\u0301te", "İstanbul", "²", "１２", "_", "ﬁ", "a" * 150 + "*", '"' * 199, "\u202e", "1" * 199, "heron\n\there",
    "[heron]", "\x02\x03", '"heron" "method" OR', "héron", "中文", "x\x00*", "🦩🦩 heron", "\ufeff", "\\'; --",
]  # fmt: skip


def test_whatever_is_asked_is_answered(cast, work):
    for q in NASTY:
        search(cast.amira, read(q))
        assert list(Action.objects.filter(pk__in=search_index.ids_with("action", read(q)))) in ([], [work]), q
    client = Client()
    client.force_login(cast.amira)
    for q in [*NASTY[1:-1:7], "NEAR(", '"', "*", "🦩"]:
        for address in ({"q": q}, {"q": q, "kind": "updates", "page": "2"}):
            assert client.get("/search/", address).status_code == 200, q
        for address in ("/actions/", "/recommendations/"):
            assert client.get(address, {"text": q}).status_code == 200, q


def test_signs_are_no_operators(cast, work):
    plain = numbers(cast.amira, "heron")
    for q in (
        "heron*",
        "^heron",
        "- heron",
        "heron & | ! <-> :*",
        "'heron'",
        "(heron",
        "🦩🦩 heron",
        "[heron]",
        '""heron',
    ):
        assert numbers(cast.amira, q) == plain, q
    assert numbers(cast.amira, "heron OR zebra") == numbers(cast.amira, "NOT zebra heron") == [0, 0, 0, 0]
    assert numbers(cast.amira, "%") == numbers(cast.amira, "🦩") == []
    assert "There is no word in “🦩”." in page(cast.amira, {"q": "🦩"})


def test_a_number_is_found_and_its_beginning(cast, work):
    operations.post_update(
        work, "1,993 cases and 12.5%", confidence="on_track", key=None, by=cast.omar, at=NOW, next_step="",
    )  # fmt: skip
    assert numbers(cast.amira, "1,993") == numbers(cast.amira, "993 cases") == numbers(cast.amira, "99") == [0, 0, 1, 0]
    assert numbers(cast.amira, "93") == numbers(cast.amira, '"993 1"') == [0, 0, 0, 0]


def test_the_parts_of_a_file_name_are_words(cast, work):
    evidence.add_link(work, "https://example.org/y", "Owl_training-2026.pdf", by=cast.omar, at=NOW)
    for q in ("owl", "owl trained", "2026", "pdf owl", "Owl_training-2026.pdf"):
        assert numbers(cast.amira, q)[3] == 1, q


def test_a_long_question_is_cut_and_the_page_says_so(cast, work):
    assert "Only the first 8 words" in page(cast.amira, {"q": " ".join("bcefghjkl")})
    assert "Only the first 8 words" in page(cast.amira, {"q": "x" * 1000})
    assert read("x" * 1000).terms == (Term(("x" * 200,)),)


@pytest.mark.parametrize(
    ("typed", "again", "begins"),
    [
        ("Train  HERON", "train heron", True),
        ("the “Heron  Method” train", '"heron method" train', True),
        ('train "heron method"', 'train "heron method"', False),
        ("case-load", '"case load"', False),
        ("staff in", "staff", False),
        ("the", "the", False),
        ('heron heron "heron"', "heron", False),
        ("* ( %", "", False),
    ],
)
def test_a_question_is_read_and_said_again(typed, again, begins):
    question = read(typed)
    assert (question.text, question.begins) == (again, begins)
    assert read(question.text).terms == question.terms


def made(cast, work, texts, **more):
    return Action.objects.bulk_create(
        Action(plan=work.plan, organisation=cast.hfkcw, what=what, live=True, added_at=NOW, **more) for what in texts
    )


def test_at_most_twenty_of_each_and_as_many_queries_for_many(cast, work):
    client = Client()
    client.force_login(cast.amira)

    def asked(address="/search/?q=heron"):
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    asked()  # the number of open alerts is remembered for a while
    few, few_of_one = asked(), asked("/search/?q=heron&kind=actions")
    acts = made(cast, work, [f"Heron {n}" for n in range(110)])
    Update.objects.bulk_create(
        Update(action=act, by=cast.omar, at=NOW + dt.timedelta(minutes=n), done=f"Heron {n}", confidence="on_track")
        for n, act in enumerate(acts)
    )
    assert asked() == few <= 16
    assert asked("/search/?q=heron&kind=actions&page=3") == few_of_one <= 10
    kinds = search(cast.amira, read("heron"))
    assert [(len(kind.hits), kind.count, kind.pages) for kind in kinds[1:3]] == [(SHOWN, 111, 6), (SHOWN, 111, 6)]
    assert kinds[2].hits[0].snippet == (("Heron", True), (" 109", False)), "the newest first where all are as good"


def test_more_of_a_kind_comes_page_by_page(cast, work):
    made(cast, work, [f"Heron {n}" for n in range(44)])
    seen = []
    for number in (1, 2, 3):
        text = page(cast.amira, {"q": "heron", "kind": "actions", "page": number})
        assert "45 actions" in text and "update" not in text.split("<main")[1].split("heron")[-1]
        seen += [hit.pk for hit in search(cast.amira, read("heron"), ["actions"], number)[0].hits]
    assert sorted(seen) == sorted(Action.objects.values_list("pk", flat=True)), "each once"
    assert "More actions" not in text and "Better matches among the actions" in text and "41 to 45" in text
    assert 'href="/search/?q=heron&amp;kind=actions&amp;page=2"' in page(cast.amira, {"q": "heron"})
    for nonsense in ("99", "0", "-1", "x", "9" * 40, "²"):
        assert "45 actions" in page(cast.amira, {"q": "heron", "kind": "actions", "page": nonsense})
    assert "45 actions" in page(cast.amira, {"q": "heron", "kind": "zebras"})


def test_more_than_are_counted_is_said(cast, work, monkeypatch):
    monkeypatch.setattr(searching, "MOST", 30)
    made(cast, work, [f"Heron {n}" for n in range(30)])
    text = page(cast.amira, {"q": "heron"})
    assert "More than 30 actions" in text and "1 to 20 of the newest 30, the best match first." in text
    assert "More actions" not in page(cast.amira, {"q": "heron", "kind": "actions", "page": 2})


def test_the_best_match_comes_first(cast, work):
    made(cast, work, ["Heron " + "and many other birds of the water " * 20, "Zebra"])
    short, long = (hit.pk for hit in search(cast.amira, read("heron"), ["actions"])[0].hits)
    assert short == work.pk < long
    close, far = made(cast, work, ["Owl method", "Owl " + "then something else " * 20 + "method"])
    assert [hit.pk for hit in search(cast.amira, read("owl method"), ["actions"])[0].hits] == [close.pk, far.pk]


# ---- what is marked ----


def found_snippet(person, text, name="actions"):
    return search(person, read(text), [name])[0].hits[0].snippet


def test_every_form_of_a_word_is_marked(cast, work):
    Action.objects.filter(pk=work.pk).update(what="They recruit; recruiting/recruited – “Recruitment” <recruits>")
    parts = found_snippet(cast.amira, "recruit")
    assert [text for text, is_word in parts if is_word] == [
        "recruit", "recruiting", "recruited", "Recruitment", "recruits",
    ]  # fmt: skip
    assert "".join(text for text, _ in parts) == "They recruit; recruiting/recruited – “Recruitment” <recruits>"


def test_beginnings_and_stop_words_are_marked(cast, work):
    assert found_snippet(cast.amira, "metho")[1] == ("method", True)
    assert ("the", True) in found_snippet(cast.amira, "the") and ("in", True) not in found_snippet(cast.amira, "the")


def test_what_is_next_is_marked_too(cast, work):
    assert found_snippet(cast.amira, "trainers", "updates") == (
        ("Ten learnt of herons. Next: Ask the ", False), ("trainer", True),
    )  # fmt: skip


def test_a_text_with_odd_signs_is_shown_as_it_is(cast, work):
    for odd in (
        "\x02heron\x03 x",
        "heron \u2028 %s [x] é́ 🦩 heron",
        "heron & <b>heron</b> http://heron.example/heron?x=heron",
    ):
        Action.objects.filter(pk=work.pk).update(what=odd)
        parts = found_snippet(cast.amira, "heron")
        assert "".join(text for text, _ in parts) == odd
        assert {text for text, is_word in parts if is_word} == {"heron"}


@pytest.mark.parametrize(
    ("text", "spans", "parts"),
    [
        ("to train all", [(3, 8)], (("to ", False), ("train", True), (" all", False))),
        ("Training trains", [(0, 8), (9, 14)], (("Training", True), (" ", False), ("train", True), ("s", False))),
        ("nothing of it", [], (("nothing of it", False),)),
    ],
)
def test_a_snippet_has_each_word_apart(text, spans, parts):
    assert snippet(text, spans) == parts


@pytest.mark.parametrize("text", ["one " * 100 + "heron " + "two " * 100, "o" * 400 + "heron" + "t" * 400])
def test_a_snippet_of_a_long_text_is_short_and_holds_the_word(text):
    parts = snippet(text, [(400, 405), (700, 703)])
    whole = "".join(said for said, _ in parts)
    assert ("heron", True) in parts and whole.startswith("… ") and whole.endswith(" …") and len(whole) < 300


# ---- the index is what the rows say ----


def test_the_index_follows_every_way_in_which_a_row_changes(cast, work):
    assert search_index.faults(connection) == []
    made(cast, work, ["Bulk of owls", "Two owls"])
    assert numbers(cast.amira, "owl") == [0, 2, 0, 0]
    Action.objects.filter(what="Two owls").update(what="Two zebras")
    assert (numbers(cast.amira, "owl")[1], numbers(cast.amira, "zebra")[1]) == (1, 1)
    Recommendation.objects.filter(number=1).update(wording="Count the owls")
    assert numbers(cast.amira, "owl")[0] == 1
    row = Action.objects.get(what="Two zebras")
    row.what = "Three owls"
    row.save()
    Action.objects.bulk_update([Action(pk=work.pk, what="Owls again")], ["what"])
    assert numbers(cast.amira, "owl")[1] == 3 and numbers(cast.amira, "zebra")[1] == 0
    row.delete()
    Evidence.objects.update(name="Owl.pdf")
    assert numbers(cast.amira, "owl") == [1, 2, 0, 1]
    with pytest.raises(IntegrityError), transaction.atomic():
        made(cast, work, ["Owls that never were", ""])
    assert numbers(cast.amira, "owl") == [1, 2, 0, 1]
    assert search_index.faults(connection) == []


def test_a_row_whose_words_stay_costs_the_index_nothing(cast, work):
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        before = cursor.execute("SELECT total_changes()").fetchone()[0]
        work.save()
        assert cursor.execute("SELECT total_changes()").fetchone()[0] == before + 1


def test_an_index_that_is_not_true_is_found_out_and_made_anew(cast, work, capsys):
    call_command("check_search")
    connection.check_constraints()  # or PostgreSQL would not alter a table of which it still has to check rows
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER tracker_action_search_insert")
            made(cast, work, ["An owl"])
        else:
            cursor.execute("DROP INDEX tracker_action_search")
    with pytest.raises(CommandError):
        call_command("check_search")
    assert "action: " in capsys.readouterr().out
    if connection.vendor == "sqlite":
        cursor = connection.cursor()
        trigger = next(s for s in search_index._made_on_sqlite(search_index.SOURCES["action"]) if "_insert " in s)
        cursor.execute(trigger)
        with pytest.raises(CommandError):
            call_command("check_search")
        assert "does not say what the rows say" in capsys.readouterr().out
    call_command("check_search", "--rebuild")
    assert "The search finds what the rows say." in capsys.readouterr().out
    assert search_index.faults(connection) == []


def test_rows_that_were_there_before_the_index_are_in_it(cast, work):
    connection.check_constraints()  # or PostgreSQL would not alter a table of which it still has to check rows
    search_index.remove(connection)
    made(cast, work, ["An owl"])
    connection.check_constraints()
    search_index.install(connection)
    assert numbers(cast.amira, "owl") == [0, 1, 0, 0] and search_index.faults(connection) == []


@pytest.mark.django_db(transaction=True)
def test_emptied_tables_leave_an_empty_index_that_still_follows(cast, work):
    TransactionTestCase()._fixture_teardown()
    with connection.cursor() as cursor:
        for source in search_index.SOURCES.values():
            table = source.stems if connection.vendor == "sqlite" else source.table
            if connection.vendor == "sqlite":
                cursor.execute(f"SELECT count(*) FROM {source.vocabulary}")
            else:
                cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (0,)
    assert search_index.faults(connection) == []
