"""The pages of evidence: what each person sees, what a browser is given, and what a form does when it is refused."""

import io
import tracemalloc
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http.multipartparser import MultiPartParser
from django.test import Client, RequestFactory
from django.utils import timezone

from tests.cast import NOW, follow_up, inspection
from tests.evidence.conftest import PDF, PNG, upload
from tracker.plans import evidence, operations
from tracker.plans.evidence_forms import OneFile
from tracker.plans.models import Action, Evidence
from tracker.plans.rules import read_target_date


def said(response) -> str:
    return " ".join(response.content.decode().split())


def read(response) -> bytes:
    """All of a page or a download. Left unread, a download would keep its file open."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def pdf(name="rota.pdf", content=PDF):
    return SimpleUploadedFile(name, content, content_type="text/html")  # what the browser says counts for nothing


@pytest.fixture
def page(action):
    return f"/actions/{action.pk}/evidence/new/"


class TestAdding:
    def test_a_file_is_added_and_the_page_says_so(self, cast, action, page, signed_in, form):
        client = signed_in(cast.omar)
        text = said(client.get(page))
        for words in ("Give a file or a link, not both", "At most 25 MB", "names or case numbers", "Allocate all"):
            assert words in text
        given = form(file=pdf(), note="The rota of May", effective_on="31 May 2026")
        answer = client.post(page, given)
        assert (answer.status_code, answer["location"]) == (302, f"/actions/{action.pk}/")
        row = Evidence.objects.get()
        assert (row.name, row.note, str(row.effective_on), row.media_type) == (
            "rota.pdf", "The rota of May", "2026-05-31", "application/pdf",
        )  # fmt: skip
        text = said(client.get(answer["location"]))
        assert "Evidence added: “rota.pdf”. It is not scanned. No e-mail is sent." in text

    def test_a_link_is_added(self, cast, page, signed_in, form):
        signed_in(cast.omar).post(page, form(url="https://www.example.org/rota", name="The rota"))
        assert Evidence.objects.get().url == "https://www.example.org/rota"

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({}, "Choose a file, or enter the address of a link."),
            ({"url": "https://www.example.org/"}, "Say what the link leads to."),
            ({"url": "https://www.example.org/", "name": "x", "effective_on": "May 2026"}, "is not a day"),
            (
                {"url": "https://www.example.org/", "name": "x", "effective_on": "1 December 2099"},
                "1 December 2099 has not been yet.",
            ),
            (
                {"url": "https://www.example.org/", "name": "x", "effective_on": "31/2/26"},
                "There is no 31 February 2026.",
            ),
            ({"url": "javascript:alert(1)", "name": "x"}, "Give the whole address of the link"),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_stays(self, cast, page, signed_in, form, given, sentence):
        answer = signed_in(cast.omar).post(page, form(note="Typed & kept", **given))
        assert answer.status_code in (409, 422) and "There is a problem" in said(answer)
        for words in (sentence, "Typed &amp; kept", *(v for v in given.values() if v != "x")):
            assert words in said(answer)
        assert not Evidence.objects.exists()

    def test_a_file_and_a_link_are_one_too_many(self, cast, page, signed_in, form):
        answer = signed_in(cast.omar).post(page, form(file=pdf(), url="https://www.example.org/", name="x"))
        assert "not both" in said(answer) and "Choose the file again" in said(answer)

    def test_a_file_has_to_be_chosen_again_when_something_else_is_wrong(self, cast, page, signed_in, form):
        answer = signed_in(cast.omar).post(page, form(file=pdf(), effective_on="soon"))
        assert "is not a day" in said(answer) and "Choose the file again: it was not kept." in said(answer)

    def test_a_lie_is_told_at_the_file(self, cast, page, signed_in, form):
        answer = signed_in(cast.omar).post(page, form(file=pdf("plan.pdf", b"<html>"), note="Kept"))
        assert answer.status_code == 409
        assert "The file is called plan.pdf but is a web page." in said(answer) and "Kept" in said(answer)
        assert 'href="#id_file"' in said(answer)

    def test_a_case_number_is_warned_about(self, cast, action, page, signed_in, form):
        client = signed_in(cast.omar)
        client.post(page, form(file=pdf("X123456.pdf"), note="About A1234BC"))
        text = said(client.get(f"/actions/{action.pk}/"))
        assert "X123456 (a CRN)" in text and "A1234BC (a prison number)" in text

    def test_a_double_click_is_one_row(self, cast, page, signed_in, form, on_disk):
        client, given = signed_in(cast.omar), form(note="Once")
        for _ in range(2):
            assert client.post(page, given | {"file": pdf()}).status_code == 302
        assert Evidence.objects.count() == 1 == len(on_disk())

    def test_an_empty_file(self, cast, page, signed_in, form):
        assert "rota.pdf is empty" in said(signed_in(cast.omar).post(page, form(file=pdf(content=b""))))


class TestTooLarge:
    def test_it_is_said_with_both_sizes_and_the_text_stays(self, cast, page, signed_in, form, settings, on_disk):
        settings.EVIDENCE_MOST_BYTES = 100_000
        answer = signed_in(cast.omar).post(page, form(note="Typed & kept", file=pdf(content=PDF.ljust(300_000))))
        assert answer.status_code == 422
        assert "rota.pdf is 300 KB. The most that is kept is 100 KB" in said(answer)
        assert "Typed &amp; kept" in said(answer)
        assert on_disk() == []

    def test_neither_memory_nor_disk_takes_it_in(self, settings, db):
        settings.EVIDENCE_MOST_BYTES = 1_000_000
        request = RequestFactory().post("/")
        handler = OneFile(request, "file")
        written = []
        body = Body(20_000_000)
        headers = {"CONTENT_TYPE": "multipart/form-data; boundary=B", "CONTENT_LENGTH": str(body.length)}
        original = handler.new_file

        def new_file(*args, **kwargs):
            original(*args, **kwargs)
            handler.file.file.write = written.append

        handler.new_file = new_file
        tracemalloc.start()
        try:
            posted, files = MultiPartParser(headers, body, [handler], "utf-8").parse()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert (posted["note"], dict(files)) == ("kept", {})
        assert request.too_large.startswith("big.pdf is 20 MB. The most that is kept is 1 MB")
        assert sum(map(len, written)) <= 1_000_000 and peak < 5_000_000

    def test_a_second_file_and_one_of_another_name_are_not_taken(self, cast, page, signed_in, form, on_disk):
        given = form(file=[pdf(), pdf("b.png", PNG)], other=pdf("c.png", PNG + b"c"))
        assert signed_in(cast.omar).post(page, given).status_code == 302
        assert Evidence.objects.get().name == "rota.pdf" and len(on_disk()) == 1


class Body(io.RawIOBase):
    """A form with a large file and then a text, made while it is read."""

    def __init__(self, size):
        start = b'--B\r\nContent-Disposition: form-data; name="file"; filename="big.pdf"\r\n\r\n%PDF-'
        end = b'\r\n--B\r\nContent-Disposition: form-data; name="note"\r\n\r\nkept\r\n--B--\r\n'
        self.parts, self.left, self.end = start, size - 5, end
        self.length = len(start) + self.left + len(end)

    def read(self, size=-1):
        while len(self.parts) < size and self.left:
            more = min(self.left, 65_536)
            self.parts += b"x" * more
            self.left -= more
            if not self.left:
                self.parts += self.end
        out, self.parts = self.parts[:size], self.parts[size:]
        return out


class TestWhoMay:
    def urls(self, piece):
        one = f"/evidence/{piece.pk}/"
        return [f"/actions/{piece.action_id}/evidence/new/", one, one + "file/", one + "replace/", one + "remove/"]

    def test_out_of_scope_is_not_there(self, cast, piece, signed_in, form):
        for person in (cast.ben, cast.vera, cast.niall):
            client = signed_in(person)
            for path in self.urls(piece):
                assert client.get(path).status_code == 404, path
            for path in (p for p in self.urls(piece) if p.endswith(("new/", "replace/", "remove/"))):
                assert client.post(path, form(reason="x", file=pdf())).status_code == 404, path
        assert Evidence.objects.get() == piece and not piece.removed_at

    def test_who_only_reads_downloads_and_changes_nothing(self, cast, action, piece, signed_in, form):
        from tests.cast import person

        london_viewer = person("Lena", "Roy", "viewer", cast.london)
        for reader in (london_viewer, cast.rosa, cast.helen, cast.ivy):
            client = signed_in(reader)
            new, one, file, replace, remove = self.urls(piece)
            assert client.get(one).status_code == 200 and read(client.get(file)) == PDF
            for path in (new, replace, remove):
                assert client.get(path).status_code == 403, path
                assert client.post(path, form(reason="x", file=pdf())).status_code == 403, path
            assert "Remove<" not in said(client.get(one)) and "Replace<" not in said(client.get(one))

    def test_a_stranger_signs_in_first(self, piece):
        for path in self.urls(piece):
            assert Client().get(path)["location"].startswith("/account/login/")

    def test_another_contributor_does_not_see_it(self, cast, piece, signed_in):
        from tests.cast import person

        assert (
            signed_in(person("Olga", "Ward", "contributor", cast.hfkcw)).get(f"/evidence/{piece.pk}/").status_code
            == 404
        )

    def test_the_forms_need_their_token(self, cast, piece, form):
        client = Client(enforce_csrf_checks=True)
        client.force_login(cast.omar)
        for path in self.urls(piece):
            if path.endswith(("new/", "replace/", "remove/")):
                assert client.post(path, form(reason="x", file=pdf(content=PDF + b"2"))).status_code == 403
        new = self.urls(piece)[0]
        client.get(new)
        token = client.cookies["csrftoken"].value
        given = form(file=pdf(content=PDF + b"2"), csrfmiddlewaretoken=token)
        assert client.post(new, given).status_code == 302
        assert Evidence.objects.count() == 2 and not Evidence.objects.exclude(removed_at=None).exists()

    def test_nobody_downloads_by_post(self, cast, piece, signed_in):
        assert signed_in(cast.omar).post(f"/evidence/{piece.pk}/file/").status_code == 405

    def test_closed_work_offers_no_form(self, cast, action, piece, page, signed_in):
        Action.objects.filter(pk=action.pk).update(state="verified")
        answer = signed_in(cast.omar).get(page)
        assert answer.status_code == 409 and "You cannot add evidence while it is verified." in said(answer)


class TestDownload:
    def test_it_is_always_an_attachment_that_nothing_runs(self, cast, piece, signed_in):
        answer = signed_in(cast.omar).get(f"/evidence/{piece.pk}/file/")
        assert read(answer) == PDF
        assert answer["Content-Disposition"] == 'attachment; filename="rota.pdf"'
        assert answer["Content-Type"] == "application/pdf"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer["Cache-Control"] == "private, no-store"

    @pytest.mark.parametrize(
        ("name", "header"),
        [
            ('a"; filename="b.exe" .pdf', r'attachment; filename="a\"; filename=\"b.exe\" .pdf"'),
            ("a\r\nSet-Cookie: x=1.pdf", 'attachment; filename="a Set-Cookie: x=1.pdf"'),
            ("Überblick.pdf", "attachment; filename*=utf-8''%C3%9Cberblick.pdf"),
            ("../../x.pdf", 'attachment; filename="x.pdf"'),
            ("<script>alert(1)</script>.pdf", 'attachment; filename="script>.pdf"'),
        ],
    )
    def test_no_name_gets_out_of_its_header(self, cast, action, signed_in, name, header):
        row = evidence.add_file(action, upload(name), by=cast.omar, at=NOW)
        client = signed_in(cast.omar)
        answer = client.get(f"/evidence/{row.pk}/file/")
        read(answer)
        assert answer["Content-Disposition"] == header and "Set-Cookie" not in answer.headers
        assert "<script>alert" not in said(client.get(f"/evidence/{row.pk}/"))

    def test_removed_and_blocked_files_are_never_given_out(self, cast, action, piece, signed_in):
        client, path = signed_in(cast.omar), f"/evidence/{piece.pk}/file/"
        Evidence.objects.filter(pk=piece.pk).update(scan="infected")
        answer = client.get(path)
        assert answer.status_code == 409 and "This file is blocked" in said(answer) and b"%PDF" not in answer.content
        piece.refresh_from_db()
        evidence.remove(piece, "Bad <b>file</b>", by=cast.omar, at=NOW)
        answer = client.get(path)
        assert answer.status_code == 410 and b"%PDF" not in answer.content
        assert "Removed by Omar Farah on 20 November 2026 at 9:30am because: Bad &lt;b&gt;file&lt;/b&gt;" in said(
            answer
        )

    def test_where_the_scanner_did_not_answer_it_can_still_be_read(self, cast, piece, signed_in):
        Evidence.objects.filter(pk=piece.pk).update(scan="failed")
        answer = signed_in(cast.omar).get(f"/evidence/{piece.pk}/file/")
        assert read(answer) == PDF

    def test_a_lost_file_and_a_link(self, cast, action, piece, signed_in, on_disk):
        on_disk()[0].unlink()
        client = signed_in(cast.omar)
        answer = client.get(f"/evidence/{piece.pk}/file/")
        assert answer.status_code == 410 and "tell an administrator" in said(answer)
        link = evidence.add_link(action, "https://www.example.org/", "Rota", by=cast.omar, at=NOW)
        assert client.get(f"/evidence/{link.pk}/file/").status_code == 404


class TestOnePiece:
    def test_all_its_versions_whichever_was_asked_for(self, cast, action, piece, signed_in):
        new = evidence.replace(piece, upload=upload("june.pdf", PDF + b"2"), by=cast.amira, at=NOW)
        client = signed_in(cast.omar)
        for pk in (piece.pk, new.pk):
            text = said(client.get(f"/evidence/{pk}/"))
            assert text.index("Version 2, the latest") < text.index("Version 1<")
            assert piece.sha256 in text and new.sha256 in text and "Not scanned" in text
            assert text.count("Replace<") == 1 and text.count("Remove<") == 1  # his own, not the lead's
        assert said(signed_in(cast.amira).get(f"/evidence/{pk}/")).count("Remove<") == 2

    def test_a_link_shows_where_it_leads_and_says_nothing_of_us(self, cast, action, signed_in):
        row = evidence.add_link(action, "https://www.example.org/a?b=1&c=2", "Rota", by=cast.omar, at=NOW)
        text = said(signed_in(cast.omar).get(f"/evidence/{row.pk}/"))
        assert 'href="https://www.example.org/a?b=1&amp;c=2" rel="noreferrer nofollow"' in text
        assert "(link to www.example.org)" in text and "Not scanned" not in text


class TestReplacing:
    def test_another_version(self, cast, action, piece, signed_in, form):
        client = signed_in(cast.amira)
        assert "Yours becomes version 2" in said(client.get(f"/evidence/{piece.pk}/replace/"))
        answer = client.post(f"/evidence/{piece.pk}/replace/", form(file=pdf("june.pdf", PDF + b"2")))
        assert answer.status_code == 302
        assert Evidence.objects.get(number=2).replaces == piece

    def test_who_was_second_reads_who_was_first_and_keeps_the_text(self, cast, piece, signed_in, form):
        evidence.replace(piece, upload=upload("june.pdf", PDF + b"2"), by=cast.amira, at=NOW)
        given = form(file=pdf(content=PDF + b"3"), note="Typed & kept")
        answer = signed_in(cast.omar).post(f"/evidence/{piece.pk}/replace/", given)
        assert answer.status_code == 409
        assert "Amira Khan replaced it by “june.pdf”" in said(answer) and "Typed &amp; kept" in said(answer)


class TestRemoving:
    def test_it_takes_a_reason_and_stays_on_show(self, cast, action, piece, signed_in, form):
        client, path = signed_in(cast.omar), f"/evidence/{piece.pk}/remove/"
        assert "deleted for good" in said(client.get(path))
        answer = client.post(path, form(reason=" "))
        assert answer.status_code == 422 and "Say why it is removed." in said(answer)
        answer = client.post(path, form(reason="Names in it"))
        assert answer["location"] == f"/actions/{action.pk}/"
        text = said(client.get(f"/evidence/{piece.pk}/"))
        assert "rota.pdf</strong> was removed" in text and "because: Names in it" in text
        assert "Remove<" not in text and "Download" not in text
        assert client.get(path).status_code == 409

    def test_an_administrator_removes_what_has_names_in_it(self, cast, piece, signed_in, form):
        answer = signed_in(cast.ada).post(f"/evidence/{piece.pk}/remove/", form(reason="Names in it"))
        assert answer.status_code == 302


def test_the_list_of_an_action_says_all_of_each(cast, action, piece, signed_in, rf):
    """As the page of an action includes it."""
    from django.template import engines
    from django.template.loader import render_to_string

    evidence.replace(piece, upload=upload("june.pdf", PDF + b"2"), note="Better", by=cast.amira, at=NOW)
    gone = evidence.add_file(action, upload("gone.png", PNG), by=cast.omar, at=NOW)
    evidence.remove(gone, "Names in it", by=cast.omar, at=NOW)
    request = rf.get("/")
    request.user, request._messages = cast.omar, []
    context = {"action": action, "may": {"add_evidence"}, "evidence": evidence.evidence_of(action)}
    text = " ".join(render_to_string("evidence/list.html", context, request, using=engines.all()[0].name).split())
    for words in (
        "Download june.pdf", "Better", "Version 2", "1 earlier version", "added by Amira Khan on 20 November 2026",
        "gone.png</strong> was removed", "Removed by Omar Farah on 20 November 2026 at 9:30am because: Names in it",
        "Not scanned", "Add evidence",
    ):  # fmt: skip
        assert words in text
    assert text.count("Replace<") == 1 and "Remove<" not in text  # june.pdf is Amira's, the other is gone


@pytest.mark.parametrize("number", [3, 40])
def test_the_pages_have_a_budget_whatever_is_there(cast, action, signed_in, number, django_assert_max_num_queries):
    row = None
    for n in range(number):
        row = evidence.add_file(action, upload(content=PDF + bytes([n])), by=cast.omar, at=NOW)
    for person in (cast.omar, cast.amira):
        client = signed_in(person)
        for path, budget in (
            (f"/actions/{action.pk}/evidence/new/", 8), (f"/evidence/{row.pk}/", 8), (f"/evidence/{row.pk}/file/", 8),
            (f"/evidence/{row.pk}/replace/", 8), (f"/evidence/{row.pk}/remove/", 8),
        ):  # fmt: skip
            with django_assert_max_num_queries(budget):
                answer = client.get(path)
            assert answer.status_code == 200
            read(answer)
        with django_assert_max_num_queries(16):
            given = {"key": str(uuid.uuid4()), "file": pdf(content=PDF + person.email.encode())}
            assert client.post(f"/actions/{action.pk}/evidence/new/", given).status_code == 302


def test_evidence_of_another_place_is_its_own(cast, signed_in):
    row = follow_up(inspection(cast.lambeth, [(cast.lambeth, 1)]), 1)
    theirs = operations.add_action(
        row, "Train all", target=read_target_date("June 2099"), by=cast.ben, at=timezone.now()
    )
    piece = evidence.add_file(theirs, upload(), by=cast.ben, at=NOW)
    assert signed_in(cast.vera).get(f"/evidence/{piece.pk}/").status_code == 200
    assert signed_in(cast.vera).get(f"/evidence/{piece.pk}/remove/").status_code == 403
    assert signed_in(cast.amira).get(f"/evidence/{piece.pk}/").status_code == 404
