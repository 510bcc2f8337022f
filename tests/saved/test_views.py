"""Saved views: kept, opened, shared, taken back, started with; and what a shared one does not give away."""

import uuid

import pytest
from bs4 import BeautifulSoup
from django.db import IntegrityError
from django.test import Client

from tests.cast import NOW, follow_up, inspection, person
from tests.reminders.scenes import action
from tracker.journal.models import Event
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal
from tracker.saved import operations
from tracker.saved.models import SavedView
from tracker.saved.rules import MOST_OWN

pytestmark = pytest.mark.django_db
HOW = {"at": NOW}


def signed_in(who) -> Client:
    client = Client()
    client.force_login(who)
    return client


def saved(by, name="Late here", page="actions", query="overdue=on", **how) -> SavedView:
    return operations.save_view(name, page, query, by=by, **HOW, **how)


def shared(cast, by=None, place=None, **how) -> SavedView:
    by = by or cast.amira
    return operations.share_view(saved(by, **how), place or cast.hfkcw, by=by, **HOW)


def deeds() -> list[str]:
    kinds = ("savedview", "user")
    return list(Event.objects.filter(subject_kind__in=kinds).order_by("pk").values_list("deed", flat=True))


def said(page) -> str:
    return " ".join(BeautifulSoup(page.content, "html.parser").get_text(" ").split())


def posted(page) -> dict:
    """What the form that saves this list would send, with nothing typed."""
    form = BeautifulSoup(page.content, "html.parser").find("form", action="/views/save/")
    return {field["name"]: field.get("value", "") for field in form.find_all("input")}


# ---- kept and opened ----


def test_amira_saves_the_filters_and_the_order_that_are_set(cast, now):
    amira = signed_in(cast.amira)
    page = amira.get(
        "/recommendations/?sort=latest&status=open&text=++staff+&organisation=hfkcw&after=2026-01-01~7&x=1"
    )
    form = posted(page) | {"name": "  Open,   latest first "}
    page = amira.post("/views/save/", form, follow=True)
    view = SavedView.objects.get()
    assert (view.name, view.list) == ("Open, latest first", "recommendations")
    assert view.query == "text=staff&status=open&organisation=hfkcw&sort=latest" or sorted(view.query.split("&")) == [
        "organisation=hfkcw", "sort=latest", "status=open", "text=staff",
    ]  # fmt: skip
    assert page.redirect_chain[-1][0] == f"/recommendations/?{view.query}"
    assert "Saved as “Open, latest first”" in said(page)
    current = BeautifulSoup(page.content, "html.parser").find("strong", attrs={"aria-current": "true"})
    assert current.get_text() == "Open, latest first"
    assert deeds() == ["view_saved"]


def test_a_double_click_saves_it_once(cast, now):
    amira = signed_in(cast.amira)
    form = posted(amira.get("/actions/?overdue=on")) | {"name": "Late here"}
    answers = [amira.post("/views/save/", form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert SavedView.objects.count() == 1
    assert deeds() == ["view_saved"]


def test_the_same_question_in_other_words_is_the_same_view(cast, now):
    view = saved(cast.amira, query="organisation=hfkcw&overdue=on")
    page = signed_in(cast.amira).get("/actions/?overdue=true&text=&organisation=hfkcw&sort=due")
    assert 'aria-current="true">Late here' in page.text
    assert f"/views/{view.pk}/open/" in signed_in(cast.amira).get("/actions/?overdue=on").text, "a link from elsewhere"
    assert "Late here" not in signed_in(cast.amira).get("/recommendations/").text, "another list"


def test_what_is_wrong_is_said_with_what_was_typed(cast, now):
    amira = signed_in(cast.amira)
    saved(cast.amira, "Late")
    form = posted(amira.get("/actions/?overdue=on"))
    page = amira.post("/views/save/", form | {"name": " "})
    assert page.status_code == 422 and "Give the view a name." in said(page)
    page = amira.post("/views/save/", form | {"name": "LATE"})
    assert page.status_code == 409 and "You have a view called “LATE” already" in said(page)
    assert 'value="LATE"' in page.text and 'value="overdue=on"' in page.text
    page = amira.post("/views/save/", form | {"name": "Other", "query": "organisation=atlantis"})
    assert page.status_code == 409 and "does not understand what was chosen for: Organisation" in said(page)
    assert amira.post("/views/save/", form | {"name": "Other", "list": "mails"}).status_code == 422
    assert SavedView.objects.count() == 1


def test_each_list_can_be_saved_and_comes_back_as_it_was(cast, now):
    inspection(cast.hfkcw, [(cast.hfkcw, 1)])
    asked = {
        "recommendations": "status=awaiting&sort=newest", "actions": "due=45&sort=latest", "alerts": "state=all",
        "inspections": "rating=none&year=2022&sort=name",
    }  # fmt: skip
    ivy = signed_in(cast.ivy)
    for name, query in asked.items():
        page = ivy.post("/views/save/", posted(ivy.get(f"/{name}/?{query}")) | {"name": f"My {name}"}, follow=True)
        assert page.status_code == 200, name
        view = SavedView.objects.get(list=name)
        assert sorted(view.query.split("&")) == sorted(query.split("&"))
        assert ivy.get(f"/views/{view.pk}/open/").headers["location"] == f"/{name}/?{view.query}"
    page = said(ivy.get("/views/"))
    for words in ("Status: Awaiting response", "Due: In the next 45 days", "State: All, ended ones too",
                  "Year of publication: 2022; In this order: Organisation"):  # fmt: skip
        assert words in page


def test_nobody_keeps_views_without_end(cast):
    SavedView.objects.bulk_create(
        SavedView(owner=cast.amira, name=f"View {n}", list="actions", saved_at=NOW) for n in range(MOST_OWN)
    )
    with pytest.raises(Refusal, match="Delete one"):
        saved(cast.amira)
    assert saved(cast.rosa).pk


# ---- renamed and deleted ----


def test_amira_renames_and_deletes_her_view(cast, now):
    amira, view = signed_in(cast.amira), saved(cast.amira)
    saved(cast.amira, "Other")
    at = f"/views/{view.pk}/"
    for _ in range(2):
        page = amira.post(at, {"deed": "rename", "name": "Overdue", "key": uuid.uuid4()}, follow=True)
        assert "Renamed to “Overdue”" in said(page)
    page = amira.post(at, {"deed": "rename", "name": "other", "key": uuid.uuid4()})
    assert page.status_code == 409 and "You have a view called “other” already" in said(page)
    for _ in range(2):  # pressed twice
        assert amira.post(at, {"deed": "delete"}).headers["location"] == "/views/"
    assert [view.name for view in SavedView.objects.all()] == ["Other"]
    assert deeds() == ["view_saved", "view_saved", "view_renamed", "view_deleted"]
    assert amira.get(at).status_code == 404
    assert signed_in(cast.ben).post(at, {"deed": "delete"}).status_code == 404


def test_what_is_not_ones_own_stays_as_it_is(cast, now):
    view = shared(cast)
    omar = signed_in(cast.omar)
    page = said(omar.get(f"/views/{view.pk}/"))
    assert "Saved 20 November 2026 by Amira" in page and "Rename it" not in page and "Stop sharing" not in page
    for deed in ("delete", "unshare"):
        assert omar.post(f"/views/{view.pk}/", {"deed": deed}).status_code == 403
    answer = omar.post(f"/views/{view.pk}/", {"deed": "rename", "name": "Mine now", "key": uuid.uuid4()})
    assert answer.status_code == 403
    assert omar.post(f"/views/{view.pk}/", {"deed": "steal"}).status_code == 404
    assert SavedView.objects.get().name == "Late here"


# ---- shared ----


def test_a_shared_view_is_found_by_the_people_of_the_place_and_by_nobody_else(cast, now):
    view = shared(cast)
    for who in (cast.amira, cast.omar):
        assert "Late here" in signed_in(who).get("/actions/").text
        assert signed_in(who).get(f"/views/{view.pk}/open/").headers["location"] == "/actions/?overdue=on"
    for who in (cast.ben, cast.vera, cast.rosa, cast.helen, cast.ivy, cast.ada, cast.niall):
        client = signed_in(who)
        assert "Late here" not in client.get("/actions/").text, who
        for address in (f"/views/{view.pk}/", f"/views/{view.pk}/open/"):
            assert client.get(address).status_code == 404, who
        assert client.post(f"/views/{view.pk}/", {"deed": "subscribe"}).status_code == 404, who


def test_what_is_shared_within_a_region_reaches_its_offices(cast, now):
    shared(cast, by=cast.rosa, place=cast.london, name="London's late")
    shared(cast, by=cast.helen, place=cast.hmpps, name="Everybody's late")
    found = {
        who.first_name: [name for name in ("London's late", "Everybody's late")
                         if name in signed_in(who).get("/views/").text.replace("&#39;", "'")]
        for who in (cast.amira, cast.omar, cast.ben, cast.niall, cast.ivy)
    }  # fmt: skip
    both = ["London's late", "Everybody's late"]
    assert found == {"Amira": both, "Omar": both, "Ben": both, "Niall": both[1:], "Ivy": []}


def test_a_shared_view_holds_the_question_and_each_reader_sees_their_own_rows(cast, now):
    theirs = follow_up(inspection(cast.lambeth, [(cast.lambeth, 1)]), 1)
    ours = action(cast, -20, what="Recruit two officers")
    omars = action(cast, -20, what="Train the officers", owner=cast.omar, follow_up=ours.follow_ups.get())
    theirs.recommendation.__class__.objects.filter(pk=theirs.recommendation_id).update(wording="Lambeth's own")
    shared(cast, by=cast.rosa, place=cast.london, query="overdue=on", name="Late in London")
    late = {
        who.first_name: [what for what in (ours.what, omars.what)
                         if what in signed_in(who).get("/views/1/open/".replace("1", str(SavedView.objects.get().pk)),
                                                       follow=True).text]
        for who in (cast.amira, cast.omar, cast.ben)
    }  # fmt: skip
    assert late == {"Amira": [ours.what, omars.what], "Omar": [omars.what], "Ben": []}


def test_only_a_lead_shares_and_only_where_they_lead(cast, now):
    with pytest.raises(NotAllowed, match="only a lead of the organisation can"):
        shared(cast, by=cast.omar)
    with pytest.raises(NotAllowed):
        shared(cast, by=cast.amira, place=cast.london, name="Too high")
    with pytest.raises(NotAllowed):
        shared(cast, by=cast.rosa, place=cast.hfkcw, name="Not her own people")
    with pytest.raises(NotAllowed, match="Only whoever saved"):
        operations.share_view(saved(cast.rosa), cast.hfkcw, by=cast.amira, **HOW)
    view = SavedView.objects.get(owner=cast.omar)
    page = signed_in(cast.omar).get(f"/views/{view.pk}/")
    assert "Share it" not in said(page)
    answer = signed_in(cast.omar).post(
        f"/views/{view.pk}/", {"deed": "share", "place": cast.hfkcw.pk, "key": uuid.uuid4()}
    )
    assert answer.status_code == 422
    assert not SavedView.objects.exclude(shared_with=None).exists()


def test_amira_shares_on_the_page_and_takes_it_back(cast, now):
    view, amira = saved(cast.amira), signed_in(cast.amira)
    at, form = f"/views/{view.pk}/", {"deed": "share", "place": cast.hfkcw.pk, "key": uuid.uuid4()}
    for _ in range(2):
        assert "Shared within HFKCW" in said(amira.post(at, form, follow=True))
    operations.choose_start(view, by=cast.omar, **HOW)
    operations.subscribe(view, by=cast.omar, **HOW)
    operations.subscribe(view, by=cast.amira, **HOW)
    for _ in range(2):
        assert "Not shared any more" in said(amira.post(at, {"deed": "unshare"}, follow=True))
    assert signed_in(cast.omar).get(at).status_code == 404
    assert signed_in(cast.omar).get("/").status_code == 200, "his own work again"
    assert [one.person for one in view.subscriptions.all()] == [cast.amira]
    assert deeds().count("view_shared") == deeds().count("view_unshared") == 1


def test_another_lead_of_the_place_can_stop_what_somebody_left_behind(cast, now):
    view = shared(cast)
    deputy = person("Dee", "Poole", "lead", cast.hfkcw)
    page = signed_in(deputy).post(f"/views/{view.pk}/", {"deed": "unshare"})
    assert page.status_code == 302
    assert SavedView.objects.get().shared_with is None
    with pytest.raises(AlreadyMoved):
        operations.unshare_view(view, by=deputy, **HOW)


def test_two_people_share_the_same_name_at_once_and_one_is_told(cast, monkeypatch):
    deputy = person("Dee", "Poole", "lead", cast.hfkcw)
    first, second = saved(cast.amira, "Late"), saved(deputy, "LATE")
    operations.share_view(first, cast.hfkcw, by=cast.amira, **HOW)
    with pytest.raises(Refusal, match="shares a view called “Late” within HFKCW already"):
        operations.share_view(second, cast.hfkcw, by=deputy, **HOW)
    # As if Amira's had come in between the question and the answer: the database has the last word.
    ask, asked = operations._refuse_taken_within, []

    def too_early(*about):
        asked.append(about)
        return ask(*about) if len(asked) > 1 else None

    monkeypatch.setattr(operations, "_refuse_taken_within", too_early)
    with pytest.raises(Refusal, match="already"):
        operations.share_view(second, cast.hfkcw, by=deputy, **HOW)
    assert len(asked) == 2
    second.refresh_from_db()
    assert second.shared_with is None
    with pytest.raises(IntegrityError):
        SavedView.objects.filter(pk=second.pk).update(shared_with=cast.hfkcw)


def test_a_shared_view_is_not_renamed_to_what_another_is_called(cast):
    shared(cast, name="Late")
    deputy = person("Dee", "Poole", "lead", cast.hfkcw)
    view = shared(cast, by=deputy, name="Soon")
    with pytest.raises(Refusal, match="within HFKCW already"):
        operations.rename_view(view, "late", by=deputy, **HOW)


# ---- what is no longer understood ----


def test_a_view_that_is_no_longer_understood_says_so_and_does_not_break(cast, now):
    view = shared(cast)
    SavedView.objects.filter(pk=view.pk).update(query="organisation=atlantis&overdue=on&mood=dark&sort=loudest")
    amira = signed_in(cast.amira)
    assert amira.get(f"/views/{view.pk}/open/").headers["location"] == f"/views/{view.pk}/"
    page = said(amira.get(f"/views/{view.pk}/"))
    assert "The list no longer understands this view" in page
    assert "“Organisation”: what was chosen is no longer there." in page
    assert "“Mood” is no longer a filter of this list." in page
    assert "The order that was chosen is no longer there." in page
    assert "Organisation: atlantis; Overdue: Yes; Mood: dark" in said(amira.get("/views/"))
    assert amira.get("/actions/").status_code == 200
    with pytest.raises(Refusal, match="no longer understands"):
        operations.subscribe(view, by=cast.amira, **HOW)
    operations.choose_start(view, by=cast.omar, **HOW)
    page = signed_in(cast.omar).get("/", follow=True)
    assert page.status_code == 200 and "no longer understands" in said(page)


# ---- the page to start with ----


def test_amira_starts_with_her_view_and_her_work_is_one_click_away(cast, now):
    view, amira = saved(cast.amira), signed_in(cast.amira)
    at = f"/views/{view.pk}/"
    for _ in range(2):
        assert "This is your start page now" in said(amira.post(at, {"deed": "start"}, follow=True))
    page = amira.get("/", follow=True)
    assert page.redirect_chain[-1][0] == "/actions/?overdue=on"
    assert "You start with this view." in said(page)
    work = BeautifulSoup(page.content, "html.parser").find("a", string="Go to Your work")["href"]
    assert amira.get(work).status_code == 200 and amira.get(work).request["PATH_INFO"] == "/your-work/"
    assert 'href="/your-work/"' in amira.get("/sent/").text, "and by the navigation of every page"
    assert signed_in(cast.omar).get("/").status_code == 200, "nobody else's"
    for _ in range(2):
        assert "You start with Your work again" in said(amira.post(at, {"deed": "no_start"}, follow=True))
    assert amira.get("/").status_code == 200
    assert deeds() == ["view_saved", "start_page_chosen", "start_page_chosen"]


def test_a_start_page_that_was_deleted_gives_way_to_your_work(cast, now):
    view = shared(cast)
    operations.choose_start(view, by=cast.omar, **HOW)
    operations.delete_view(view, by=cast.amira, **HOW)
    assert signed_in(cast.omar).get("/").status_code == 200


def test_nobody_starts_with_what_they_may_not_see(cast):
    view = saved(cast.amira)
    for deed in (operations.choose_start, operations.subscribe):
        with pytest.raises(AlreadyMoved):
            deed(view, by=cast.ben, **HOW)
