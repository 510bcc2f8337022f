"""A long list as a file: made by itself, truthful about how far it is, one person's own, and gone after its week."""

import datetime as dt
import io
import uuid

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from tests.cast import NOW, TODAY, follow_up, inspection
from tracker.exports import lists, long_lists
from tracker.exports.models import Export
from tracker.journal.models import Event
from tracker.people.models import Membership, Post
from tracker.plans import operations
from tracker.plans.rules import read_target_date
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_files(now):
    yield
    for folder in long_lists.folders_below(long_lists.FOLDER):
        for name in default_storage.listdir(folder)[1]:
            default_storage.delete(f"{folder}/{name}")


@pytest.fixture
def report(cast):
    return inspection(cast.hfkcw, [(cast.hfkcw, 5), (cast.london, 2)])


def browser(person):
    client = Client()
    client.force_login(person)
    return client


def ask(person, name="recommendations", query="", **how):
    return long_lists.ask_for(person, name, query, **{"by": person, "at": NOW} | how)


def after(**how):
    return lambda: NOW + dt.timedelta(**how)


def rows_of(person, export) -> list[tuple]:
    answer = browser(person).get(f"/exports/{export.pk}/file/")
    assert answer.status_code == 200 and answer["Cache-Control"] == "private, no-store"
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    return list(sheet.iter_rows(values_only=True))


def files() -> list[str]:
    return [
        name for folder in long_lists.folders_below(long_lists.FOLDER) for name in default_storage.listdir(folder)[1]
    ]


def text(answer) -> str:
    return " ".join(answer.text.split())


def test_amira_asks_goes_on_and_finds_her_file(cast, report, monkeypatch):
    monkeypatch.setattr(lists, "MOST_IN_A_SHEET", 3)
    client = browser(cast.amira)
    page = text(client.get("/exports/new/recommendations/?organisation=hfkcw&sort=newest&after=2026-01-01~3&text="))
    assert "These are 5 rows." in page and "HFKCW" in page and "Newest first" in page
    answer = client.post(
        "/exports/new/recommendations/?organisation=hfkcw&sort=newest&after=2026-01-01~3&text=", {"key": uuid.uuid4()}
    )
    export = Export.objects.get()
    assert answer["Location"] == f"/exports/{export.pk}/" and export.query == "organisation=hfkcw&sort=newest"
    page = text(client.get(f"/exports/{export.pk}/"))
    assert "Your file waits to be made" in page and "It is the next one." in page
    assert client.get(f"/exports/{export.pk}/file/").status_code == 404
    assert long_lists.make(after(minutes=1)).sentence == "1 file of lists made."
    page = text(client.get(f"/exports/{export.pk}/"))
    assert "Your file is ready" in page and "5 rows, as you could see them on 20 November 2026." in page
    assert "until 27 November 2026" in page and f'href="/exports/{export.pk}/file/"' in page
    headings, *rows = rows_of(cast.amira, export)
    assert headings[-1] == "Page" and [row[3] for row in rows] == [5, 4, 3, 2, 1]
    assert "Ready: 5 rows" in text(client.get("/exports/"))
    assert list(Event.objects.filter(deed__startswith="export").values_list("deed", "actor")) == [
        ("export_asked", cast.amira.pk)
    ]


@pytest.mark.parametrize("name", ["recommendations", "actions", "alerts", "inspections"])
def test_each_list_has_the_rows_of_its_own_download(cast, report, name):
    operations.add_action(
        follow_up(report, 1), "=1+1", target=read_target_date(""), date_reason="Soon", by=cast.amira, at=NOW
    )
    export = ask(cast.ivy, name)
    assert long_lists.make(after(minutes=1)).ready == 1
    at_once = browser(cast.ivy).get(f"/{name}/export.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(at_once.streaming_content))).active
    kept = [row[:-1] for row in rows_of(cast.ivy, export)]
    assert kept == [row[:-1] for row in sheet.iter_rows(values_only=True)]


def leaves(person):
    Membership.objects.filter(user=person).delete()
    Post.objects.filter(holder=person).update(holder=None, vacant_since=TODAY)


def test_it_holds_what_its_person_may_see_when_it_is_made(cast, report):
    hers, his = ask(cast.amira), ask(cast.ben)
    later = ask(cast.rosa)
    leaves(cast.rosa)
    long_lists.make(after(minutes=1))
    assert [len(rows_of(who, one)) for who, one in ((cast.amira, hers), (cast.ben, his))] == [1 + 7, 1]
    assert len(rows_of(cast.person("rosa"), later)) == 1
    leaves(cast.amira)
    assert len(rows_of(cast.person("amira"), hers)) == 1 + 7, "what she could see then"


@pytest.mark.parametrize("who", ["rosa", "ben", "ivy", "ada", "vera", "omar"])
def test_nobody_else_sees_or_gets_or_cancels_it(cast, report, who):
    export = ask(cast.amira)
    client = browser(cast.person(who))
    assert client.post(f"/exports/{export.pk}/").status_code == 404
    with pytest.raises(NotAllowed):
        long_lists.cancel(export, by=cast.person(who), at=NOW)
    long_lists.make(after(minutes=1))
    assert client.get(f"/exports/{export.pk}/").status_code == 404
    assert client.get(f"/exports/{export.pk}/file/").status_code == 404
    assert f"/exports/{export.pk}/" not in client.get("/exports/").text
    assert Client().get(f"/exports/{export.pk}/file/").status_code == 302


def test_how_far_it_is_is_true(cast, report, monkeypatch):
    monkeypatch.setattr(long_lists, "SAID_EVERY", 3)
    export, seen, client = ask(cast.amira), [], browser(cast.amira)
    page = text(client.get(f"/exports/{export.pk}/"))

    def clock():
        export.refresh_from_db()
        if export.state == "making":
            seen.append((export.rows_done, export.rows_in_all))
            if export.rows_done == 3:
                page = text(client.get(f"/exports/{export.pk}/"))
                assert "Your file is being made" in page and "3 of 7 rows are written." in page
                assert 'max="7" value="3"></progress>' in page
        return NOW

    long_lists.make(clock)
    assert seen[0] == (0, None) and (0, 7) in seen and (3, 7) in seen and seen == sorted(seen, key=lambda at: at[0])
    export.refresh_from_db()
    assert (export.state, export.rows_done, export.rows_in_all) == ("ready", 7, 7)
    assert 'value="0"></progress>' in page


def test_the_page_looks_again_by_itself_only_for_who_wants_that(cast, report):
    export, client = ask(cast.amira), browser(cast.amira)
    assert "Refresh" not in client.get(f"/exports/{export.pk}/")
    assert client.get(f"/exports/{export.pk}/?again=on")["Refresh"] == "10"
    long_lists.make(after(minutes=1))
    assert "Refresh" not in client.get(f"/exports/{export.pk}/?again=on")


def test_amira_cancels_what_waits(cast, report):
    export = ask(cast.amira)
    answer = browser(cast.amira).post(f"/exports/{export.pk}/", follow=True)
    assert "Your file was cancelled" in answer.text and "Ask for it again" in answer.text
    browser(cast.amira).post(f"/exports/{export.pk}/")
    assert not long_lists.make(after(minutes=1)) and files() == []
    assert Event.objects.filter(deed="export_cancelled").count() == 1


@pytest.mark.parametrize("when", [0, 2, 4, 7])
def test_amira_cancels_while_it_is_being_made_and_nothing_is_left(cast, report, monkeypatch, when):
    monkeypatch.setattr(long_lists, "SAID_EVERY", 2)
    export = ask(cast.amira)
    say, save = long_lists._say, default_storage.save

    def cancelling(row, at, **how_far):
        say(row, at, **how_far)
        if how_far.get("rows_done", 0) == when:
            long_lists.cancel(Export.objects.get(pk=row.pk), by=cast.amira, at=at)

    def cancelling_at_the_end(name, content):
        if when == 7:
            long_lists.cancel(Export.objects.get(pk=export.pk), by=cast.amira, at=NOW)
        return save(name, content)

    monkeypatch.setattr(long_lists, "_say", cancelling)
    monkeypatch.setattr(long_lists.default_storage, "save", cancelling_at_the_end)
    assert not long_lists.make(after(minutes=1))
    export.refresh_from_db()
    assert export.state == "cancelled" and files() == []


def test_what_is_ready_is_not_cancelled(cast, report):
    export = ask(cast.amira)
    long_lists.make(after(minutes=1))
    assert browser(cast.amira).post(f"/exports/{export.pk}/").status_code == 409
    with pytest.raises(AlreadyMoved):
        long_lists.cancel(export, by=cast.amira, at=NOW)
    assert len(rows_of(cast.amira, export)) == 8


class Killed(BaseException):
    """As when the worker is killed: nothing more is said."""


def killed_after(asked):
    times = iter(range(1000))

    def clock():
        if next(times) >= asked:
            raise Killed
        return NOW

    return clock


def test_what_a_killed_worker_had_begun_is_taken_up_again(cast, report, monkeypatch):
    monkeypatch.setattr(long_lists, "SAID_EVERY", 2)
    export = ask(cast.amira)
    with pytest.raises(Killed):
        long_lists.make(killed_after(5))
    export.refresh_from_db()
    assert (export.state, export.tries, export.rows_done) == ("making", 1, 2)
    assert not long_lists.make(after(minutes=4)), "it may still be at work"
    assert long_lists.make(after(minutes=6)).ready == 1
    assert len(rows_of(cast.amira, export)) == 8 and len(files()) == 1


def test_what_is_killed_again_and_again_fails_with_a_sentence(cast, report):
    export = ask(cast.amira)
    for n in range(long_lists.MOST_TRIES):
        Export.objects.filter(state="making").update(held_until=NOW - dt.timedelta(minutes=1))
        with pytest.raises(Killed):
            long_lists.make(killed_after(3))
        assert Export.objects.get().tries == n + 1
    made = long_lists.make(after(minutes=10))
    assert (made.failed, made.trouble) == (1, True) and not long_lists.make(after(minutes=20))
    page = text(browser(cast.amira).get(f"/exports/{export.pk}/"))
    assert "Your file could not be made" in page and "It was begun 3 times and came to no end." in page


def test_a_try_that_was_given_up_says_nothing_more(cast, report, monkeypatch):
    """A worker slept through its time, another made the file: the first one wakes up."""
    monkeypatch.setattr(long_lists, "SAID_EVERY", 2)
    export = ask(cast.amira)
    say, woken = long_lists._say, []

    def sleeping(row, at, **how_far):
        if how_far.get("rows_done") == 4 and not woken:
            woken.append(True)
            assert long_lists.make(after(minutes=6)).ready == 1
        say(row, at, **how_far)

    monkeypatch.setattr(long_lists, "_say", sleeping)
    assert not long_lists.make(lambda: NOW)
    export.refresh_from_db()
    assert (export.state, export.tries) == ("ready", 2) and len(files()) == 1


def test_what_one_worker_has_taken_is_no_other_ones(cast, report):
    first, second = ask(cast.amira), ask(cast.ivy)
    assert [long_lists._take(NOW, long_lists.Made()) for _ in range(3)] == [first, second, None]


def test_what_breaks_fails_and_the_next_is_made_all_the_same(cast, report, monkeypatch, caplog):
    broken, whole = ask(cast.amira), ask(cast.ivy)
    asked = lists.asked

    def breaking(name, data, reader, today):
        if reader == cast.amira:
            raise ValueError("Heron")
        return asked(name, data, reader, today)

    monkeypatch.setattr(lists, "asked", breaking)
    made = long_lists.make(after(minutes=1))
    assert made.sentence == "1 file of lists made. 1 file failed." and "Heron" in caplog.text
    broken.refresh_from_db()
    assert broken.state == "failed" and "Heron" not in broken.why and len(rows_of(cast.ivy, whole)) == 8


def test_who_has_left_gets_no_file(cast, report):
    export = ask(cast.amira)
    type(cast.amira).objects.filter(pk=cast.amira.pk).update(is_active=False)
    long_lists.make(after(minutes=1))
    export.refresh_from_db()
    assert (export.state, export.why) == ("failed", long_lists.LEFT) and files() == []


def test_a_double_click_is_one_and_three_at_once_are_enough(cast, report):
    key = uuid.uuid4()
    assert ask(cast.amira, key=key) == ask(cast.amira, key=key)
    with pytest.raises(Refusal):
        ask(cast.ben, key=key)
    ask(cast.amira)
    third = ask(cast.amira)
    with pytest.raises(Refusal):
        ask(cast.amira)
    assert ask(cast.amira, key=key) and ask(cast.ben)
    long_lists.cancel(third, by=cast.amira, at=NOW)
    assert ask(cast.amira) and Export.objects.filter(person=cast.amira).count() == 4
    for name, query in (("zebras", ""), ("actions", "text=" + "x" * 1000)):
        with pytest.raises(Refusal):
            ask(cast.ivy, name, query)
    assert browser(cast.ivy).get("/exports/new/zebras/").status_code == 404


def test_a_file_is_deleted_after_its_week_and_so_is_one_without_a_row(cast, report, monkeypatch):
    export = ask(cast.amira)
    long_lists.make(lambda: NOW)
    default_storage.save("exports/2026/11/left.xlsx", ContentFile(b"x"))
    monkeypatch.setattr(default_storage, "get_modified_time", lambda name: NOW)
    assert long_lists.tidy(NOW + dt.timedelta(hours=20)) == 0 and len(files()) == 2
    assert long_lists.tidy(NOW + dt.timedelta(days=2)) == 1 and len(files()) == 1
    assert len(rows_of(cast.amira, export)) == 8
    assert long_lists.tidy(NOW + dt.timedelta(days=7, seconds=1)) == 1 and files() == []
    page = text(browser(cast.amira).get(f"/exports/{export.pk}/"))
    assert "Your file was deleted" in page and "It was kept until 27 November 2026." in page
    assert browser(cast.amira).get(f"/exports/{export.pk}/file/").status_code == 404


def test_a_file_past_its_day_is_not_handed_over_though_it_is_still_there(cast, report, now):
    export = ask(cast.amira)
    long_lists.make(lambda: NOW)
    now(NOW + dt.timedelta(days=7, seconds=1))
    assert browser(cast.amira).get(f"/exports/{export.pk}/file/").status_code == 404
    assert "Your file was deleted" in browser(cast.amira).get(f"/exports/{export.pk}/").text


def test_the_list_offers_it_where_there_are_very_many_rows(cast, report, monkeypatch):
    link = 'href="/exports/new/recommendations/?sort=latest"'
    assert link not in browser(cast.ivy).get("/recommendations/?sort=latest").text
    monkeypatch.setattr("tracker.lists.PAGE_SIZE", 2)
    monkeypatch.setattr("tracker.lists.COUNT_CAP", 3)
    assert link in browser(cast.ivy).get("/recommendations/?sort=latest").text


def test_few_rows_come_at_once(cast, report):
    page = text(browser(cast.amira).get("/exports/new/recommendations/?sort=latest"))
    assert "These are 7 rows, so few that you need not wait" in page and "Make the file" not in page
    assert 'href="/recommendations/export.xlsx?sort=latest"' in page


def test_more_rows_than_a_worksheet_holds_are_said(cast, report, monkeypatch):
    monkeypatch.setattr(lists, "MOST_IN_A_SHEET", 2)
    monkeypatch.setattr(lists, "MOST_IN_A_LONG_SHEET", 4)
    assert "A worksheet holds no more than 4 rows" in text(browser(cast.amira).get("/exports/new/recommendations/"))
    export = ask(cast.amira, query="sort=newest")
    long_lists.make(lambda: NOW)
    first, _, *rows = rows_of(cast.amira, export)
    assert first[0].startswith("Only the first 4 rows are here.") and len(rows) == 4
    assert first[0].endswith("/recommendations/export.csv?sort=newest")
    export.refresh_from_db()
    assert (export.rows_done, export.rows_in_all) == (4, 4)
