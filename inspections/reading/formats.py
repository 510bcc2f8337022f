"""Which format a file is in, told by what it holds and never by its name."""

import re

from . import docx, html, pdf, text
from .archive import open_archive
from .lines import Line
from .record import Refused

ACCEPTED = "Reports are read from PDF, Word (.docx), HTML, Markdown and plain text files."

_PICTURES = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"BM", "a bitmap picture"),
)
_OTHERS = (
    (b"{\\rtf", "a rich text (RTF) file"),
    (b"%!PS", "a PostScript file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"SQLite format 3", "a database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"OggS", "a sound file"),
    (b"ID3", "a sound file"),
    (b"\0asm", "a program"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ODF = {
    b"application/vnd.oasis.opendocument.text": "an OpenDocument text (.odt)",
    b"application/vnd.oasis.opendocument.spreadsheet": "an OpenDocument spreadsheet (.ods)",
    b"application/epub+zip": "an e-book (EPUB)",
}
_HTML_START = re.compile(r"\s*(<\?xml[^>]*\?>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.I | re.S)
_HTML_TAGS = re.compile(r"<(p|div|h[1-6]|ul|ol|li|table|section|article|main|span)\b[^<>]*>", re.I)
_MARKDOWN = re.compile(r"^(#{1,6} |[-*] |\d+\. |\|.*\|\s*$)", re.M)


def to_lines(data: bytes) -> list[Line]:
    """The lines of a file in any accepted format; ``Refused`` with one plain sentence otherwise."""
    if not data.strip(b"\0 \t\r\n\f\xef\xbb\xbf"):
        raise Refused("The file is empty.")
    if b"%PDF-" in data[:1024]:
        return pdf.to_lines(data)
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"):
        return _from_archive(data)
    if data.startswith(_OLE):
        raise Refused(_of_ole(data))
    for start, what in (*_PICTURES, *_OTHERS):
        if data.startswith(start) and not (len(start) < 3 and _is_text(data)):
            raise Refused(f"This is {what}. {ACCEPTED}")
    if data[:4] == b"RIFF" or data[4:8] == b"ftyp":
        raise Refused(f"This is a picture, sound or film. {ACCEPTED}")
    if is_html(data):
        return html.to_lines(data)
    if not _is_text(data):
        raise Refused(f"This file holds no text. {ACCEPTED}")
    return text.to_lines(data)


def is_html(data: bytes) -> bool:
    """A page, or a fragment that is mostly elements; Markdown with a few tags in it is not HTML."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        sample = data[:200_000].decode("utf-16", "replace")
    else:
        sample = data[:200_000].decode("utf-8", "replace")
    sample = sample.lstrip("\ufeff\0")
    if _HTML_START.match(sample):
        return True
    tags = len(_HTML_TAGS.findall(sample))
    if tags < 2:
        return False
    starts = sample.lstrip().startswith("<") and not sample.lstrip().startswith("<http")
    return starts and tags > len(_MARKDOWN.findall(sample))


def _from_archive(data: bytes) -> list[Line]:
    with open_archive(data, "Word document or other archive") as archive:
        names = archive.names
        kind = archive.read("mimetype").strip() if "mimetype" in names else b""
        if kind in _ODF:
            raise Refused(f"This is {_ODF[kind]}. {ACCEPTED}")
        if any(name.startswith("xl/") for name in names):
            raise Refused(f"This is a spreadsheet. {ACCEPTED}")
        if any(name.startswith("ppt/") for name in names):
            raise Refused(f"This is a presentation. {ACCEPTED}")
        if not any(name.startswith("word/") for name in names):
            raise Refused(f"This is a zip archive, not a Word document. {ACCEPTED}")
    return docx.to_lines(data)


def _of_ole(data: bytes) -> str:
    """What an old Office file or an encrypted new one is: the names of its streams tell, in UTF-16."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "The Office document is protected with a password. Save a copy without one and try that file."
    if "WordDocument".encode("utf-16-le") in data:
        return f"This is an old Word file (.doc): save it as .docx in Word. {ACCEPTED}"
    return f"This is an old Office file. {ACCEPTED}"


def _is_text(data: bytes) -> bool:
    """Text in some encoding: few control bytes once NULs, which damaged text files have, are left aside."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    sample = data[:100_000].replace(b"\0", b"")
    odd = sum(sample.count(bytes([value])) for value in range(1, 32) if value not in (8, 9, 10, 11, 12, 13, 27))
    return odd * 50 <= len(sample) and bool(sample)
