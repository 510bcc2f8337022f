"""The pages: reading what was published, and an import from the file to its undo."""

import io
import re
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from inspections.models import Inspection, Organisation
from inspections.reading.record import Alert, KeyQuestion, ResponseAction
from tests.cast import NOW, TODAY, follow_up
from tracker.intake import take_in
from tracker.plans.models import FollowUp
from tracker.plans.operations import answer
from tracker.published.models import ImportDraft

from .report import LAMBETH, REPORT

ALERT = Alert(993, 234, ("too many cases",), (ResponseAction("review all", "completed"),), "Regional Director")
FULL = replace(
    LAMBETH, key_questions=(KeyQuestion("2.2", "Does assessment focus on safety?", 26),), organisational_alert=ALERT
)


@pytest.fixture
def lambeth(cast):
    return take_in(FULL, by=cast.ivy, at=NOW, today=TODAY).inspection


@pytest.fixture
def ivy(client, cast):
    client.force_login(cast.ivy)
    return client


def words(response) -> str:
    """The page as text, in single spaces."""
    body = re.search(r"<main.*</main>", response.content.decode(), re.DOTALL)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", body).replace("&#34;", '"').split())


FILE = REPORT.encode()


def upload(client, data=FILE, name="lambeth.md", follow=True):
    page = client.get("/inspections/import/")
    key = re.search(r'name="key" value="([^"]+)"', page.content.decode())[1]
    return client.post("/inspections/import/", {"file": SimpleUploadedFile(name, data), "key": key}, follow=follow)


# --- Reading -----------------------------------------------------------------------------------------------------


def test_everybody_reads_what_was_published_and_only_insiders_what_is_done(client, cast, lambeth):
    client.force_login(cast.amira)  # Head of another PDU
    page = client.get("/inspections/lambeth/")
    said = words(page)
    for fact in ("Inadequate, 3 out of 27", "Wendy Stone", "engage with people on probation", "26%", "too many cases",
                 "993", "Completed", "Imported by Ivy Clarke", "Open Government Licence"):  # fmt: skip
        assert fact in said
    assert "/recommendations/" not in page.content.decode().partition("<main")[2]
    assert "Correct this report" not in said
    client.force_login(cast.ben)
    page = client.get("/inspections/lambeth/")
    assert page.content.decode().count(reverse("recommendation", args=[follow_up(lambeth, 1).pk])) == 1
    assert "Awaiting response" in words(page)


def test_a_list_asks_as_much_of_the_database_for_many_rows_as_for_one(
    client, cast, lambeth, django_assert_max_num_queries
):
    client.force_login(cast.ben)
    for n in range(12):
        place = Organisation.objects.create(level="pdu", name=f"Place {n}", slug=f"place-{n}", parent=cast.london)
        Inspection.objects.create(organisation=place, slug=f"place-{n}", overall_rating="Good")
    for address in ("/inspections/?region=london&sort=oldest", "/organisations/", "/organisations/?text=place"):
        with django_assert_max_num_queries(8):
            assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3), ("?organisation=lambeth", 1), ("?region=northmoor", 1), ("?rating=none", 1), ("?year=2026", 1),
        ("?text=wendy", 1), ("?text=EAST", 1), ("?rating=Good&region=london", 0), ("?year=nonsense", 3),
        ("?sort=name&after=z~9", 0), ("?sort=name&after=%00~9", 3), ("?after=nonsense~x", 3), ("?region=nowhere", 3),
    ],
)  # fmt: skip
def test_the_list_is_filtered(ivy, cast, lambeth, query, count):
    Inspection.objects.create(organisation=cast.eastvale, slug="eastvale", overall_rating="Good")
    Inspection.objects.create(organisation=cast.hfkcw, slug="hfkcw")
    page = ivy.get(f"/inspections/{query}")
    assert page.content.decode().count("app-list__row") == count


def test_the_source_is_a_download_and_nothing_else(ivy, cast):
    upload(ivy, REPORT.encode(), "report <b>.md")
    draft = ImportDraft.objects.get()
    ivy.post(f"/inspections/import/{draft.pk}/", {"seen": 1, "framework": "0", "live": "historic"})
    answered = ivy.get("/inspections/lambeth/source/")
    assert b"".join(answered.streaming_content) == REPORT.encode()
    assert answered["Content-Type"] == "application/octet-stream"
    assert answered["Content-Disposition"].startswith("attachment")
    assert answered["X-Content-Type-Options"] == "nosniff"


def test_an_organisation_says_who_heads_it_and_what_is_open(client, cast, lambeth):
    client.force_login(cast.ben)
    said = words(client.get("/organisations/lambeth/"))
    assert "2 recommendations are open. The next date is 28 November 2026." in said or "overdue" in said
    assert "Head of PDU Ben Hall" in said and "Recommendation 1, Lambeth" in said
    client.force_login(cast.amira)
    said = words(client.get("/organisations/lambeth/"))
    assert "You can read what was published about Lambeth" in said and "Open work" not in said
    assert "Last rated Inadequate, August 2026" in said
    assert client.get("/organisations/nowhere/").status_code == 404


# --- Importing ---------------------------------------------------------------------------------------------------


def test_from_the_file_to_the_inspection_and_back(ivy, cast):
    page = upload(ivy)
    assert "We read 4 recommendations. Nothing needs your eye" in words(page)
    draft = ImportDraft.objects.get()
    here = f"/inspections/import/{draft.pk}/"
    page = ivy.post(here, {"seen": 1, "framework": "0", "live": "live"}, follow=True)
    assert "Imported the inspection of Lambeth with 4 recommendations. Clocks run from now on." in words(page)
    assert page.request["PATH_INFO"] == "/inspections/lambeth/"
    again = ivy.post(here, {"seen": 1, "framework": "0", "live": "live"}, follow=True)
    assert "nothing changed" in words(again) and Inspection.objects.count() == 1
    assert "This report is imported" in words(upload(ivy, name="the same.md"))
    assert "Undo the import of Lambeth PDU?" in words(ivy.get(f"{here}undo/"))
    assert Inspection.objects.exists()  # looking changes nothing
    page = ivy.post(f"{here}undo/", follow=True)
    assert "The import was undone" in words(page) and not Inspection.objects.exists()
    assert "Undone by Ivy Clarke" in words(page) and "Imported by Ivy Clarke" in words(page)


def test_undo_after_work_says_why_not(ivy, cast):
    upload(ivy)
    draft = ImportDraft.objects.get()
    ivy.post(f"/inspections/import/{draft.pk}/", {"seen": 1, "framework": "0", "live": "live"})
    row = follow_up(Inspection.objects.get(), 1)
    answer(row, "agreed", response_text="Yes", seen_version=1, by=cast.ben, at=NOW)
    page = ivy.post(f"/inspections/import/{draft.pk}/undo/")
    assert page.status_code == 409 and "can no longer be undone" in page.content.decode()
    assert FollowUp.objects.count() == 4


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "empty.pdf", "The file is empty."),
        (b"%PDF-1.4 broken", "broken.pdf", ""),
        (b"PK\x03\x04 not a document", "fake.docx", ""),
        (b"Minutes of the allotment society. We met on Tuesday.", "minutes.txt", ""),
        (b"x", "n" * 300 + ".txt", "The document has no text that can be read."),
    ],
)
def test_something_wrong_on_purpose_is_said_beside_the_field(ivy, data, name, sentence):
    page = upload(ivy, data, name)
    assert page.status_code == 200 and "There is a problem" in words(page) and sentence in words(page)
    assert not ImportDraft.objects.exists()


def test_too_large_a_file_is_refused_in_a_sentence(ivy, monkeypatch):
    monkeypatch.setattr("tracker.published.forms.MOST_BYTES", 100)
    assert "The file is larger than 30 MB." in words(upload(ivy))


@pytest.mark.parametrize("who", ["ben", "helen", "ada", "vera"])
def test_importing_is_for_inspectors(client, cast, who):
    client.force_login(getattr(cast, who))
    draft = ImportDraft.objects.create(as_corrected=LAMBETH.to_dict(), at=NOW)
    here = f"import/{draft.pk}/"
    for address in ("import/", "enter/", here, f"{here}undo/", f"{here}?part=facts"):
        assert client.get(f"/inspections/{address}").status_code == 403
    assert client.post("/inspections/lambeth/correct/").status_code == 403


def test_a_stranger_is_sent_to_sign_in(client, db):
    assert client.get("/inspections/import/").status_code == 302


def boxes(client, address) -> dict:
    """What a browser would send back from the page's form."""
    from html.parser import HTMLParser

    sent, state = {}, {}

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            a = dict(attributes)
            if tag == "main":
                state["main"] = True
            if not state.get("main") or ("name" not in a and tag != "option"):
                return
            if tag == "input" and a.get("type") not in ("checkbox", "radio", "file", "submit"):
                sent[a["name"]] = a.get("value") or ""
            elif tag == "input" and "checked" in a:
                sent[a["name"]] = a.get("value") or "on"
            elif tag == "textarea":
                state["text"], sent[a["name"]] = a["name"], ""
            elif tag == "select":
                state["select"] = a["name"]
            elif tag == "option" and ("selected" in a or state["select"] not in sent):
                sent[state["select"]] = a.get("value") or ""  # of a list that nobody touched, the first

        def handle_endtag(self, tag):
            if tag == "textarea":
                state.pop("text", None)

        def handle_data(self, data):
            if "text" in state:
                sent[state["text"]] += data

    Reader().feed(client.get(address).content.decode())
    return {name: value for name, value in sent.items() if name != "csrfmiddlewaretoken"}


@pytest.fixture
def draft(ivy):
    upload(ivy)
    return ImportDraft.objects.get()


@pytest.mark.parametrize("part", ["facts", "ratings", "questions", "recommendations", "alert", "places"])
def test_saving_a_part_as_it_is_changes_nothing(ivy, draft, part):
    record = FULL.to_dict()
    ImportDraft.objects.filter(pk=draft.pk).update(as_read=record, as_corrected=record)
    here = f"/inspections/import/{draft.pk}/"
    ivy.post(f"{here}?part={part}", boxes(ivy, f"{here}?part={part}"))
    draft.refresh_from_db()
    assert draft.as_corrected == record
    assert part == "places" or draft.version == 1


@pytest.mark.parametrize(
    ("part", "typed", "kept"),
    [
        ("ratings", {"row-0-name": "Leading"}, "standards"),
        ("questions", {"row-0-percent": "27"}, "key_questions"),
        ("recommendations", {"row-0-text": "answer the telephone"}, "recommendations"),
        ("alert", {"row-0-text": "review some"}, "organisational_alert"),
    ],
)
@pytest.mark.parametrize("wants", ["a change", "a row more"])
def test_rows_that_nobody_touched_are_left_out(ivy, draft, part, typed, kept, wants):
    record = FULL.to_dict()
    ImportDraft.objects.filter(pk=draft.pk).update(as_read=record, as_corrected=record)
    here = f"/inspections/import/{draft.pk}/"
    sent = boxes(ivy, f"{here}?part={part}")
    have, all_rows = int(sent["row-INITIAL_FORMS"]), int(sent["row-TOTAL_FORMS"])
    assert all_rows > have > 0
    if wants == "a row more":
        typed = {
            f"row-{have}-{name}": text
            for name, text in {
                "number": "9", "name": "New", "standard": "2.3", "question": "Is it new?", "addressee": "Lambeth PDU",
                "text": "do this too",
            }.items()
            if f"row-{have}-{name}" in sent
        }  # fmt: skip
    page = ivy.post(f"{here}?part={part}", sent | typed, follow=True)
    assert " saved. What was read is kept beside it." in words(page)
    draft.refresh_from_db()
    rows = draft.as_corrected[kept]
    rows = rows["response_actions"] if part == "alert" else rows
    assert len(rows) == have + (wants == "a row more")
    assert set(typed.values()) <= {str(value) for row in rows for value in row.values()}


def test_every_fact_is_corrected_by_hand_and_what_was_read_is_shown_beside(ivy, draft):
    here = f"/inspections/import/{draft.pk}/"
    sent = boxes(ivy, f"{here}?part=facts") | {"rating": "Good", "points": "20", "published": "12 October 2026"}
    page = ivy.post(f"{here}?part=facts", sent, follow=True)
    assert "20 out of 27 Read as: 3 out of 27" in words(page) and "12 October 2026" in words(page)
    sent = boxes(ivy, f"{here}?part=recommendations")
    sent |= {"row-0-text": "improve  all\nwork", "row-1-DELETE": "on", "row-4-number": "5", "row-4-level": "region",
             "row-4-addressee": "London region", "row-4-text": "open an office"}  # fmt: skip
    page = ivy.post(f"{here}?part=recommendations", sent, follow=True)
    draft.refresh_from_db()
    assert [(r["group"], r["number"], r["text"]) for r in draft.as_corrected["recommendations"]][::3] == [
        (1, 1, "improve all work"),
        (3, 4, "consider incentives to improve recruitment and staff retention"),
    ]
    assert draft.as_corrected["recommendations"][2]["text"] == "open an office"
    assert "Read as: improve the quality of work" in words(page)


@pytest.mark.parametrize(
    ("part", "changes", "sentence"),
    [
        ("facts", {"points": "30"}, "The score is more than its maximum."),
        ("facts", {"published": "sometime"}, '"sometime" is not a date we can read.'),
        ("facts", {"month": "12 August 2026"}, "Write it like June 2026"),
        ("facts", {"title": "a\0b"}, "Null characters are not allowed."),
        ("facts", {"month": "August 2036"}, "August 2036 has not been yet."),
        ("facts", {"month": "", "start": "1 August 2036"}, "1 August 2036 has not been yet."),
        ("facts", {"start": "31/2/26"}, "There is no 31 February 2026."),
        ("facts", {"month": "soon"}, "Write it like June 2026."),
        ("facts", {"cases": "many"}, "Cases inspected: enter a whole number"),
        ("ratings", {"row-0-name": ""}, "Standard 1, name: Enter the name."),
        ("ratings", {"row-9-name": "Late"}, "Standard to add, 1 of 2, number: Enter the number."),
        ("recommendations", {"row-0-number": "many"}, "Recommendation 1, number: Enter a whole number."),
        ("recommendations", {"row-4-number": "5"}, "Recommendation to add, 1 of 3, wording: Enter the wording."),
        ("recommendations", {"row-1-number": "1"}, "The number 1 is used more than once"),
        ("recommendations", {"row-TOTAL_FORMS": "9999"}, ""),
    ],
)
def test_a_mistake_changes_nothing_and_what_was_typed_stays(ivy, draft, part, changes, sentence):
    address = f"/inspections/import/{draft.pk}/?part={part}"
    sent = boxes(ivy, address)
    more = {"facts": {"lead_inspector": "Typed by hand"}, "ratings": {"row-1-name": "Typed by hand"}}
    page = ivy.post(address, sent | more.get(part, {"row-2-text": "Typed by hand"}) | changes)
    assert page.status_code in (200, 409)
    assert sentence in words(page) and "Typed by hand" in page.content.decode()
    draft.refresh_from_db()
    assert draft.version == 1


def test_two_who_correct_the_same_lose_nothing(ivy, client, cast, draft):
    address = f"/inspections/import/{draft.pk}/?part=facts"
    mine = boxes(ivy, address) | {"lead_inspector": "Mine Typed"}
    client.force_login(cast.idris)
    client.post(address, boxes(client, address) | {"lead_inspector": "Theirs Saved"})
    client.force_login(cast.ivy)
    page = ivy.post(address, mine)
    assert page.status_code == 409
    assert "Idris Cole corrected this report" in words(page) and "Theirs Saved" in words(page)
    assert 'value="Mine Typed"' in page.content.decode()
    ivy.post(address, mine | {"seen": "2"})
    draft.refresh_from_db()
    assert draft.as_corrected["lead_inspector"] == "Mine Typed"


def test_an_unknown_pdu_is_chosen_or_added(ivy, cast):
    upload(ivy, REPORT.replace("Lambeth", "Kestrel Vale").encode())
    draft = ImportDraft.objects.get()
    here = f"/inspections/import/{draft.pk}/"
    page = ivy.get(here)
    assert "1 thing needs your eye" in words(page) and "Choose which organisation Kestrel Vale is." in words(page)
    assert 'href="#id_organisation"' in page.content.decode()
    sent = boxes(ivy, here)
    page = ivy.post(here, sent | {"organisation": ""})
    assert "Choose the organisation that was inspected." in words(page)
    page = ivy.post(here, sent | {"organisation": "new", "live": "live"}, follow=True)
    assert "Imported the inspection of Kestrel Vale" in words(page)
    assert Organisation.objects.get(name="Kestrel Vale").parent == cast.london


def test_an_unknown_addressee_is_chosen(ivy, cast):
    upload(ivy, REPORT.replace("London region should", "The Mayor of London should").encode())
    here = f"/inspections/import/{ImportDraft.objects.get().pk}/"
    page = ivy.get(here)
    name = re.search(r'href="#id_(addressee_\d)"', page.content.decode())[1]
    page = ivy.post(here, boxes(ivy, here))
    assert "Choose who The Mayor of London is." in words(page)
    page = ivy.post(here, boxes(ivy, here) | {name: str(cast.london.pk)}, follow=True)
    assert "Imported the inspection of Lambeth with 4 recommendations" in words(page)
    row = follow_up(Inspection.objects.get(), 3)
    assert (row.addressee, row.recommendation.level) == (cast.london, "region")


def test_an_inspection_is_typed_in(ivy, cast):
    sent = boxes(ivy, "/inspections/enter/") | {"fieldwork": "August 2026", "published": "October 2026"}
    page = ivy.post("/inspections/enter/", sent)
    assert "Choose the organisation from the list" in words(page) and 'value="August 2026"' in page.content.decode()
    page = ivy.post("/inspections/enter/", sent | {"organisation": str(cast.lambeth.pk)}, follow=True)
    assert "Correct: Recommendations" in words(page) or "Recommendations" in words(page)
    draft = ImportDraft.objects.get()
    address = f"/inspections/import/{draft.pk}/?part=recommendations"
    sent = boxes(ivy, address) | {
        "row-0-number": "1",
        "row-0-level": "pdu",
        "row-0-addressee": "Lambeth PDU",
        "row-0-text": "answer the telephone",
    }
    page = ivy.post(address, sent, follow=True)
    assert "You have entered 1 recommendation." in words(page)
    here = f"/inspections/import/{draft.pk}/"
    page = ivy.post(here, boxes(ivy, here) | {"live": "live"}, follow=True)
    assert "answer the telephone" in words(page) and "Typed in without a file." in words(page)


def test_fieldwork_is_not_typed_in_before_it_was(ivy, cast):
    sent = boxes(ivy, "/inspections/enter/") | {"organisation": str(cast.lambeth.pk)}
    page = ivy.post("/inspections/enter/", sent | {"fieldwork": "August 2099"})
    assert "August 2099 has not been yet." in words(page) and 'href="#id_fieldwork"' in page.content.decode()
    page = ivy.post("/inspections/enter/", sent | {"fieldwork": "last summer"})
    assert "Write it like June 2026." in words(page) and "Ongoing" not in words(page)
    assert not ImportDraft.objects.exists()


def test_an_inspection_without_recommendations_is_asked_about(ivy, cast):
    sent = boxes(ivy, "/inspections/enter/") | {"organisation": str(cast.lambeth.pk), "fieldwork": "August 2026"}
    ivy.post("/inspections/enter/", sent)
    here = f"/inspections/import/{ImportDraft.objects.get().pk}/"
    page = ivy.get(here)
    assert "There are no recommendations. Add them, or say that the report makes none." in words(page)
    assert "Nothing needs your eye" not in words(page) and 'href="#id_none_made"' in page.content.decode()
    page = ivy.post(here, boxes(ivy, here) | {"live": "live"})
    assert "Add the recommendations, or tick that the report makes none." in words(page)
    assert not Inspection.objects.exists()
    assert "none_made" not in ivy.get(f"{here}?part=places").content.decode()
    page = ivy.post(here, boxes(ivy, here) | {"live": "live", "none_made": "on"}, follow=True)
    assert "Imported the inspection of Lambeth without recommendations. No clock runs" in words(page)


def test_a_correction_later_shows_what_it_changes(ivy, cast, draft):
    here = f"/inspections/import/{draft.pk}/"
    ivy.post(here, boxes(ivy, here) | {"live": "live"})
    page = ivy.post("/inspections/lambeth/correct/", follow=True)
    assert "Nothing is different yet" in words(page)
    here = page.request["PATH_INFO"]
    address = f"{here}?part=facts"
    page = ivy.post(address, boxes(ivy, address) | {"rating": "Good"}, follow=True)
    assert "Overall rating: Inadequate" in words(page) and "becomes Good" in words(page).replace("→ ", "")
    page = ivy.post(here, boxes(ivy, here), follow=True)
    assert "Corrected the inspection of Lambeth." in words(page) and "Good, 3 out of 27" in words(page)
    assert "Undo what came later first" in words(ivy.get(f"/inspections/import/{draft.pk}/undo/"))
    assert "Undo the last correction of Lambeth PDU?" in words(ivy.get(f"{here}undo/"))
    page = ivy.post(f"{here}undo/", follow=True)
    assert "the inspection of Lambeth is as it was" in words(page) and "Inadequate, 3 out of 27" in words(page)


def test_a_correction_of_what_came_in_without_a_draft_is_undone_too(ivy, cast, lambeth):
    here = ivy.post("/inspections/lambeth/correct/").url
    address = f"{here}?part=facts"
    ivy.post(address, boxes(ivy, address) | {"rating": "Good"})
    ivy.post(here, boxes(ivy, here))
    lambeth.refresh_from_db()
    assert lambeth.overall_rating == "Good"
    ivy.post(f"{here}undo/")
    lambeth.refresh_from_db()
    assert lambeth.overall_rating == "Inadequate" and lambeth.recommendations.count() == 4


def test_a_draft_is_discarded(ivy, draft):
    here = f"/inspections/import/{draft.pk}/"
    page = ivy.post(here, {"deed": "discard", "seen": "1"}, follow=True)
    assert "Discarded. Nothing was imported" in words(page)
    assert "This import was discarded" in words(ivy.get(here))
    assert ivy.get(f"{here}?part=facts").status_code == 409


def test_commands_do_the_same(db, tmp_path, capsys):
    from django.core.management import CommandError, call_command

    call_command("load_reference")
    path = tmp_path / "lambeth.md"
    path.write_text(REPORT)
    out = io.StringIO()
    call_command("import_report", str(path), stdout=out)
    call_command("import_report", str(path), stdout=out)
    assert "Imported" in out.getvalue() and "nothing changed" in out.getvalue()
    assert FollowUp.objects.count() == 4
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_report", str(tmp_path / "none.pdf"))
    places = tmp_path / "places.csv"
    places.write_text("region,pdu\nLondon,Brent\nLondon,\n")
    err = io.StringIO()
    with pytest.raises(CommandError, match="1 error: nothing was changed"):
        call_command("import_organisations", str(places), stderr=err)
    assert "Row 3, pdu: this is empty." in err.getvalue() and not Organisation.objects.filter(name="Brent").exists()
    places.write_text("region,pdu\nLondon,Brent\n")
    call_command("import_organisations", str(places), "--preview", stdout=out)
    assert not Organisation.objects.filter(name="Brent").exists()
    call_command("import_organisations", str(places), "--yes", stdout=out)
    assert Organisation.objects.get(name="Brent").parent.name == "London"
