"""Files that must be refused, each really made; ``make`` by name, with words the sentence must contain."""

import io
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import docx
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
LOREM = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor. "
YOUTH = (
    "An inspection of youth justice services in Northmoor\n\nHM Inspectorate of Probation, May 2024\n\n"
    "Ratings\nFieldwork started March 2024\nOverall rating Good\nScore 22/36\n\n1. Organisational delivery\n"
    "1.1 Governance and leadership Good\n2. Court disposals\n3. Out-of-court disposals\n\n"
    "Recommendations\nNorthmoor Youth Justice Service should:\n1. improve the assessment of children's safety\n"
)


@dataclass(frozen=True)
class Refusal:
    name: str
    make: Callable[[], bytes]
    says: tuple[str, ...]


def pdf(*lines: str, encrypt: StandardEncryption | None = None, pages: int = 1) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, encrypt=encrypt)
    for _ in range(pages):
        for i, line in enumerate(lines):
            canvas.drawString(72, 760 - 15 * i, line)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def pictures_only() -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    for _ in range(3):
        canvas.drawImage(ImageReader(Image.new("L", (60, 80), 200)), 0, 0, 595, 842)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def word(*texts: str) -> bytes:
    document = docx.Document()
    for text in texts:
        document.add_paragraph(text)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def repacked(data: bytes, change: Callable[[str, bytes], bytes], extra: dict[str, bytes] | None = None) -> bytes:
    """A zip archive with each part changed and some added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return buffer.getvalue()


def archive(parts: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return buffer.getvalue()


def in_document(before: str, after: str = "") -> bytes:
    """A Word document whose main part begins with ``before``."""

    def change(name: str, content: bytes) -> bytes:
        if name != "word/document.xml":
            return content
        head, _, rest = content.partition(b"?>")
        return head + b"?>" + before.encode() + rest.replace(b"needle", after.encode())

    return repacked(word("needle"), change)


def billion_laughs() -> bytes:
    entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    return in_document(f"<!DOCTYPE x [{entities}]>", "&a9;")


def bomb() -> bytes:
    """A Word document of 200 MB of spaces in 200 kB."""
    spaces = b" " * 200_000_000
    return repacked(word("x"), lambda name, content: content, {"word/media/image1.png": spaces})


def lying_bomb() -> bytes:
    """The same in the part that is read, and the archive's directory says it is small."""
    data = repacked(word("x"), lambda n, c: c + b" " * 90_000_000 if n == "word/document.xml" else c)
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        size = opened.getinfo("word/document.xml").file_size
    return data.replace(struct.pack("<L", size), struct.pack("<L", 5_000))


def many_files() -> bytes:
    return archive({"word/document.xml": b"<x/>", **{f"word/{i}.xml": b"" for i in range(6_000)}})


def flagged_encrypted() -> bytes:
    data = bytearray(archive({"word/document.xml": b"<x/>"}))
    for start, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(start) + at] |= 1
    return bytes(data)


def ole(stream: str) -> bytes:
    return OLE + bytes(504) + stream.encode("utf-16-le") + bytes(2_000)


ACCEPTED = ("PDF", "Word", "HTML", "Markdown", "text")
REFUSALS = (
    Refusal("empty", lambda: b"", ("empty",)),
    Refusal("only spaces", lambda: b" \n\0\n " * 50, ("empty",)),
    Refusal("pictures only", pictures_only, ("OCR",)),
    Refusal("pdf without pages of text", lambda: pdf(""), ("OCR",)),
    Refusal("encrypted pdf", lambda: pdf("x", encrypt=StandardEncryption("secret")), ("PDF", "password")),
    Refusal("encrypted pdf, 128 bit", lambda: pdf("x", encrypt=StandardEncryption("s", strength=128)), ("password",)),
    Refusal("truncated pdf", lambda: pdf(LOREM, pages=9)[:-900], ("PDF", "damaged")),
    Refusal("half a pdf", lambda: (lambda d: d[: len(d) // 2])(pdf(LOREM, pages=9)), ("damaged",)),
    Refusal("pdf header only", lambda: b"%PDF-1.7\n%%EOF", ("damaged",)),
    Refusal("pdf of noise", lambda: b"%PDF-1.4\n" + bytes(range(256)) * 40 + b"%%EOF", ("damaged",)),
    Refusal("encrypted word", lambda: ole("EncryptedPackage"), ("password",)),
    Refusal("old word", lambda: ole("WordDocument"), (".doc", *ACCEPTED)),
    Refusal("old excel", lambda: ole("Workbook"), ("old Office", *ACCEPTED)),
    Refusal("truncated word", lambda: (lambda d: d[: len(d) * 2 // 3])(word(LOREM)), ("damaged",)),
    Refusal("word with broken xml", lambda: in_document("<broken"), ("damaged",)),
    Refusal("word without its main part", lambda: archive({"word/styles.xml": "<x/>"}), ("damaged",)),
    Refusal("word with flipped bytes", lambda: word(LOREM * 40).replace(b"PK\x05\x06", b"PK\x05\x00"), ("damaged",)),
    Refusal("zip with a password", flagged_encrypted, ("password",)),
    Refusal("bomb", bomb, ("expand",)),
    Refusal("lying bomb", lying_bomb, ("Word",)),
    Refusal("many files", many_files, ("expand",)),
    Refusal("billion laughs", billion_laughs, ("entities",)),
    Refusal(
        "external entity",
        lambda: in_document('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', "&e;"),
        ("entities",),
    ),
    Refusal(
        "spreadsheet",
        lambda: archive({"[Content_Types].xml": TYPES, "xl/workbook.xml": "<x/>"}),
        ("spreadsheet", *ACCEPTED),
    ),
    Refusal("presentation", lambda: archive({"ppt/presentation.xml": "<x/>"}), ("presentation", *ACCEPTED)),
    Refusal("odt", lambda: archive({"mimetype": "application/vnd.oasis.opendocument.text"}), ("OpenDocument",)),
    Refusal("zip", lambda: archive({"report.pdf": pdf("x")}), ("zip archive", *ACCEPTED)),
    Refusal("rtf", lambda: rb"{\rtf1\ansi Recommendations}", ("RTF", *ACCEPTED)),
    Refusal("png", lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), ("PNG", *ACCEPTED)),
    Refusal("jpeg", lambda: b"\xff\xd8\xff\xe0" + bytes(range(256)), ("JPEG",)),
    Refusal("gzip", lambda: b"\x1f\x8b\x08" + bytes(range(256)), ("gzip",)),
    Refusal("noise", lambda: bytes(range(256)) * 100, ("no text", *ACCEPTED)),
    Refusal("youth justice", lambda: YOUTH.encode(), ("youth",)),
    Refusal("three megabytes of nothing", lambda: (LOREM * 40_000).encode(), ("inspection report",)),
    Refusal("one endless line", lambda: b"a" * 3_000_000, ("inspection report",)),
    Refusal("html without a report", lambda: b"<!DOCTYPE html><p>Hello</p>", ("inspection report",)),
    Refusal("deep html", lambda: b"<html>" + b"<div>" * 50_000 + b"hello", ("inspection report",)),
    Refusal("word without a report", lambda: word(LOREM), ("inspection report",)),
    Refusal("pdf without a report", lambda: pdf(LOREM * 2), ("inspection report",)),
)
