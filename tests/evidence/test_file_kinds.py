"""What a file is told to be: by its content, with its name only as a witness."""

import io
import os
import zipfile

import pytest

from tests.evidence.conftest import JPEG, MAIL, OFFICE, PDF, PNG, odf, ole, ooxml, zipped
from tracker.plans import file_kinds
from tracker.plans.file_kinds import ending_of, kept_name, kind_of, size_words
from tracker.refusals import Refusal


def told(content, name):
    return kind_of(io.BytesIO(content), name)


def refused(content, name) -> str:
    with pytest.raises(Refusal) as refusal:
        told(content, name)
    return refusal.value.sentence


def encrypted() -> bytes:
    """An archive with the flag of encryption set on its only part, here and in its directory."""
    made = bytearray(ooxml())
    made[6] |= 1
    made[made.index(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


def named(value):
    """A name that is the same each time: what is zipped holds the time of day."""
    return "content" if isinstance(value, bytes) else None


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (PDF, "plan.pdf", "application/pdf"),
        (PDF, "PLAN.PDF", "application/pdf"),
        (PNG, "chart.png", "image/png"),
        (JPEG, "board.jpeg", "image/jpeg"),
        (b"Cases: 12\r\n", "note.txt", "text/plain; charset=utf-8"),
        ("month;cost £\nMay;3\n".encode(), "costs.csv", "text/csv; charset=utf-8"),
        ("\ufeffmonth,cost\n".encode(), "from-excel.csv", "text/csv; charset=utf-8"),
        (MAIL, "rota.eml", "message/rfc822"),
        (ooxml(), "plan.docx", f"{OFFICE}wordprocessingml.document"),
        (ooxml("spreadsheetml.sheet.main+xml"), "figures.xlsx", f"{OFFICE}spreadsheetml.sheet"),
        (ooxml("presentationml.presentation.main+xml"), "talk.pptx", f"{OFFICE}presentationml.presentation"),
        (odf(), "plan.odt", "application/vnd.oasis.opendocument.text"),
        (odf("spreadsheet"), "figures.ods", "application/vnd.oasis.opendocument.spreadsheet"),
        (odf("presentation"), "talk.odp", "application/vnd.oasis.opendocument.presentation"),
        (ole("WordDocument", "1Table"), "plan.doc", "application/msword"),
        (ole("Workbook", "\x05SummaryInformation"), "figures.xls", "application/vnd.ms-excel"),
        (ole("Current User", "PowerPoint Document"), "talk.ppt", "application/vnd.ms-powerpoint"),
        (ole("a", "b", "c", "d", "e", "__properties_version1.0"), "rota.msg", "application/vnd.ms-outlook"),
        # What is put into a document does not make it another: only the top of the file counts
        (ole("Workbook", inside=("WordDocument",)), "figures.xls", "application/vnd.ms-excel"),
    ],
    ids=named,
)
def test_what_is_accepted(content, name, media_type):
    assert told(content, name).media_type == media_type


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"<!DOCTYPE html><p>Hello", "plan.pdf", "The file is called plan.pdf but is a web page."),
        (b"\n\n  <ScRiPt>alert(1)</script>", "note.txt", "The file is called note.txt but is a web page."),
        (b"\xef\xbb\xbf<html>", "page.html", "page.html is a web page. Accepted are PDF"),
        (b'<svg xmlns="x"><script/></svg>', "chart.png", "chart.png but is an SVG drawing"),
        (b'<?xml version="1.0"?><svg/>', "chart.svg", "chart.svg is an SVG drawing"),
        (b'<?xml version="1.0"?><a/>', "a.xml", "a.xml is an XML file"),
        (b"MZ\x90\0\x03" + b"\0" * 60, "plan.pdf", "plan.pdf but is a program"),
        (b"\x7fELF\x02", "plan", "plan is a program"),
        (b"#!/bin/sh\nrm -rf /\n", "note.txt", "note.txt but is a script"),
        (b"@ECHO off\r\n", "run.bat", "run.bat is a script"),
        (b"alert(1)\n", "run.js", "The file is called run.js but is text."),
        (b"month,cost\n", "costs.xlsx", "The file is called costs.xlsx but is text."),
        (PDF, "plan.docx", "The file is called plan.docx but is a PDF. If that is right"),
        (PDF, "plan.pdf.exe", "plan.pdf.exe but is a PDF"),
        (PDF, "plan", "plan but is a PDF"),
        (ooxml(), "figures.xlsx", "figures.xlsx but is a Word document"),
        (ooxml("word.document.macroEnabled.main+xml", prefix="application/vnd.ms-"), "plan.docm", "holds macros"),
        (ooxml("wordprocessingml.document.main+xml", "word/vbaProject.bin"), "plan.docx", "holds macros"),
        (ole("WordDocument", "Macros", inside=("_VBA_PROJECT",)), "plan.doc", "holds macros"),
        (odf(Basic__Standard__Module1_xml="x"), "plan.odt", "holds macros"),
        (encrypted(), "plan.docx", "protected with a password"),
        (ole("EncryptionInfo", "EncryptedPackage"), "plan.docx", "protected with a password"),
        (odf(**{"META-INF__manifest.xml": "<manifest:encryption-data/>"}), "plan.odt", "protected with a password"),
        (zipped(a="x"), "all.zip", "all.zip is an archive. Add the files in it one by one."),
        (zipped(a="x"), "plan.docx", "is an archive"),
        (ooxml("wordprocessingml.template.main+xml"), "plan.dotx", "an Office file of another kind"),
        (ooxml()[:60], "plan.docx", "damaged or incomplete"),
        (ole("WordDocument")[:700], "plan.doc", "damaged or incomplete"),
        (ole("Something"), "setup.msi", "setup.msi is of a kind that we do not know"),
        (b"", "plan.pdf", "plan.pdf is empty"),
        (b"a\0b", "note.txt", "note.txt but is of a kind that we do not know"),
        (b"\x1b[2J bell \x07", "note.txt", "of a kind that we do not know"),
        ("cost £".encode("cp1252"), "costs.csv", "costs.csv is not text in UTF-8"),
        ("cost".encode("utf-16"), "costs.csv", "another encoding than UTF-8"),
        (b"ok " * 50_000 + b"\xff", "note.txt", "not text in UTF-8"),  # far beyond the first piece
        (b"{\\rtf1 x}", "plan.rtf", "plan.rtf is a Rich Text file"),
        (b"From here on: nothing\n", "rota.eml", "rota.eml but is text"),
    ],
    ids=named,
)  # fmt: skip
def test_what_is_refused_and_in_which_words(content, name, sentence):
    assert sentence in refused(content, name)


def test_a_letter_that_is_cut_between_two_pieces_is_still_a_letter():
    text = ("x" * (file_kinds.PIECE - 1) + "é").encode()
    assert told(text, "note.txt") is file_kinds.TEXT


def test_an_archive_of_very_many_files_is_not_opened(monkeypatch):
    monkeypatch.setattr(file_kinds, "MOST_PARTS", 10)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert "very many files" in refused(zip_of_many, "plan.docx")


out = io.BytesIO()
with zipfile.ZipFile(out, "w") as many:
    for n in range(11):
        many.writestr(str(n), "")
zip_of_many = out.getvalue()


def test_a_part_that_expands_without_end_is_read_only_so_far():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b" " * (file_kinds.MOST_PART + 10) + OFFICE.encode())
    assert "another kind" in refused(out.getvalue(), "plan.docx")


def test_an_old_office_file_whose_directory_runs_in_a_circle_ends():
    content = bytearray(ole("WordDocument"))
    content[512 + 4 : 512 + 8] = (1).to_bytes(4, "little")  # after sector 1 comes sector 1
    assert "damaged" in refused(bytes(content), "plan.doc")


@pytest.mark.parametrize("seed", range(30))
def test_whatever_comes_there_is_an_answer(seed):
    """Office files with bytes changed anywhere: a kind or a sentence, never another error."""
    import random

    chance = random.Random(seed)
    for whole, name in ((ole("WordDocument", "1Table"), "a.doc"), (ooxml(), "a.docx"), (odf(), "a.odt")):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 40)):
            content[chance.randrange(8, len(content))] = chance.randrange(256)
        try:
            told(bytes(content), name)
        except Refusal as refusal:
            assert refusal.sentence


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\omar\\plan.pdf", "plan.pdf"),
        ("plan\r\nSet-Cookie: x.pdf", "plan Set-Cookie: x.pdf"),
        ("plan\0.pdf", "plan.pdf"),
        ("plan\u202efdp.exe", "planfdp.exe"),
        ("  the   plan\u00a0v2.pdf ", "the plan v2.pdf"),
        ("Überblick “Mai”.pdf", "Überblick “Mai”.pdf"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_the_name_that_is_kept(given, kept):
    assert kept_name(given) == kept


@pytest.mark.parametrize("given", ["", "..", "a/", "\u202e", " . "])
def test_no_name_at_all(given):
    with pytest.raises(Refusal, match="no name"):
        kept_name(given)


def test_endings_and_sizes():
    assert [ending_of(n) for n in ("a.tar.GZ", ".pdf", "a", "a.p f")] == [".gz", "", "", ""]
    assert [size_words(n) for n in (999, 1000, 20_400, 999_600, 1_440_000, 25_000_000)] == [
        "999 bytes", "1 KB", "20 KB", "1 MB", "1.4 MB", "25 MB",
    ]  # fmt: skip
    assert os.path.basename(kept_name("/a/b.pdf")) == "b.pdf"
