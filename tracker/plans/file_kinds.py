"""What a file is, told from its content and never from its name. Bytes in, kind out; nothing is run or unpacked.

Files can be as large as the limit allows, so all is read in pieces.
"""

import codecs
import lzma
import re
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass

from tracker.refusals import Refusal

PIECE = 1 << 16  # bytes read at a time
MOST_PARTS = 5_000  # of an Office file; its directory alone would fill the memory otherwise
MOST_PART = 1_000_000  # bytes of a part that we look into
MOST_SECTORS = 4_000  # of the directory of an old Office file
LONGEST_NAME = 200
ACCEPTED = (
    "Accepted are PDF, Word, Excel and PowerPoint files, their OpenDocument forms, PNG and JPEG pictures, text and CSV "
    "files, and saved e-mails."
)


@dataclass(frozen=True)
class Kind:
    """``words`` complete "The file is ...". ``endings``: of names that go with it."""

    words: str
    media_type: str
    endings: tuple[str, ...]


PDF = Kind("a PDF", "application/pdf", (".pdf",))
PNG = Kind("a PNG picture", "image/png", (".png",))
JPEG = Kind("a JPEG picture", "image/jpeg", (".jpg", ".jpeg"))
TEXT = Kind("text", "text/plain; charset=utf-8", (".txt",))
CSV = Kind("text", "text/csv; charset=utf-8", (".csv",))
EMAIL = Kind("a saved e-mail", "message/rfc822", (".eml",))
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OOXML = {  # content type of the main part
    f"{_OFFICE}{inner}.main+xml": Kind(words, f"{_OFFICE}{inner}", (ending,))
    for inner, words, ending in [
        ("wordprocessingml.document", "a Word document", ".docx"),
        ("spreadsheetml.sheet", "an Excel workbook", ".xlsx"),
        ("presentationml.presentation", "a PowerPoint presentation", ".pptx"),
    ]
}
_ODF = {
    f"application/vnd.oasis.opendocument.{inner}": Kind(words, f"application/vnd.oasis.opendocument.{inner}", (ending,))
    for inner, words, ending in [
        ("text", "an OpenDocument text", ".odt"),
        ("spreadsheet", "an OpenDocument spreadsheet", ".ods"),
        ("presentation", "an OpenDocument presentation", ".odp"),
    ]
}
_OLE = {  # a stream that only this kind has at its top
    "WordDocument": Kind("an old Word document", "application/msword", (".doc",)),
    "Workbook": Kind("an old Excel workbook", "application/vnd.ms-excel", (".xls",)),
    "Book": Kind("an old Excel workbook", "application/vnd.ms-excel", (".xls",)),
    "PowerPoint Document": Kind("an old PowerPoint presentation", "application/vnd.ms-powerpoint", (".ppt",)),
    "__properties_version1.0": Kind("an Outlook message", "application/vnd.ms-outlook", (".msg",)),
}
_REFUSED_STARTS = [
    (b"\x7fELF", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"#!", "a script"),
    (b"{\\rtf", "a Rich Text file"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a picture, sound or film"),
    (b"Rar!", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"\x1f\x8b", "an archive"),
]
_DAMAGED = (EOFError, NotImplementedError, OSError, ValueError, OverflowError)
_MARKUP = re.compile(rb"<(!doctype|!--|\?|/?[a-z][a-z0-9:-]*[\s/>])", re.IGNORECASE)
_HEADER = re.compile(rb"[!-9;-~]+:[ \t]*\S")  # of a mail
_MAIL_HEADERS = (b"\nfrom:", b"\nsubject:", b"\ndate:", b"\nmime-version:", b"\nreceived:", b"\nmessage-id:")


def kind_of(opened, name: str) -> Kind:
    """What the seekable binary file ``opened`` is. Raises `Refusal` with a sentence when it is not accepted, or when
    ``name`` says something else."""
    kind = _of_content(opened, name)
    if isinstance(kind, str):
        raise Refusal(_not_accepted(kind, name))
    ending = ending_of(name)
    if kind is TEXT and ending in CSV.endings:
        kind = CSV
    if ending not in kind.endings:
        raise Refusal(
            f"The file is called {name} but is {kind.words}. If that is right, give it a name that ends in "
            f"{' or '.join(kind.endings)} and choose it again."
        )
    return kind


def _not_accepted(what: str, name: str) -> str:
    if what.endswith("."):  # a sentence of its own
        return what
    claimed = _claimed(name)
    if claimed:
        return f"The file is called {name} but is {what}. {ACCEPTED}"
    return f"{name} is {what}. {ACCEPTED}"


def _claimed(name: str) -> bool:
    """Whether the name says that it is one of the accepted kinds."""
    kinds = [PDF, PNG, JPEG, TEXT, CSV, EMAIL, *_OOXML.values(), *_ODF.values(), *_OLE.values()]
    return any(ending_of(name) in kind.endings for kind in kinds)


def _of_content(opened, name) -> Kind | str:
    """A kind that is accepted, or the words for one that is not."""
    opened.seek(0)
    start = opened.read(4096)
    if not start:
        return f"{name} is empty. Choose the file again."
    if start.startswith(b"%PDF-"):
        return PDF
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if start.startswith(b"\xff\xd8\xff"):
        return JPEG
    if start.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _of_ole(opened, name)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _of_zip(opened, name)
    if start.startswith(b"MZ") and b"\0" in start:
        return "a program"
    for begins, words in _REFUSED_STARTS:
        if start.startswith(begins):
            return words
    if start[:5].lower() == b"@echo":
        return "a script"
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return f"{name} is text in another encoding than UTF-8. Save it as UTF-8, in Excel as “CSV UTF-8”."
    shown = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if _MARKUP.match(shown):
        return _markup(shown.lower())
    return _of_text(opened, start, name)


def _markup(start: bytes) -> str:
    if b"<svg" in start:
        return "an SVG drawing, which can hold a program"
    if start.startswith(b"<?xml") and b"<html" not in start:
        return "an XML file"
    return "a web page"


def _of_text(opened, start, name) -> Kind | str:
    """Text is UTF-8 to its end, without control characters; an e-mail begins with its headers and may be otherwise."""
    is_mail = _HEADER.match(start) and sum(h in b"\n" + start.lower() for h in _MAIL_HEADERS) >= 2
    decoder = codecs.getincrementaldecoder("utf-8")()
    opened.seek(0)
    while True:
        piece = opened.read(PIECE)
        if b"\0" in piece or (not is_mail and re.search(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]", piece)):
            return "of a kind that we do not know"
        if not is_mail:
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeDecodeError:
                return (
                    f"{name} is not text in UTF-8. If it is a text or CSV file, save it as UTF-8, in Excel as "
                    f"“CSV UTF-8”. {ACCEPTED}"
                )
        if not piece:
            return EMAIL if is_mail else TEXT


# --- Office files of today: zip archives ----------------------------------------------------------------------


def _of_zip(opened, name) -> Kind | str:
    if _occurrences(opened, b"PK\x01\x02") > MOST_PARTS:
        return "an archive of very many files"
    try:
        with zipfile.ZipFile(opened) as archive:
            return _of_archive(archive, name)
    except (*_DAMAGED, struct.error, zipfile.BadZipFile, zlib.error, lzma.LZMAError):
        return f"{name} is damaged or incomplete. Open it, save it again and choose it again."
    except RuntimeError:  # zipfile's word for "a password is needed"
        return _protected(name)


def _of_archive(archive, name) -> Kind | str:
    parts = {entry.filename for entry in archive.infolist()}
    if any(entry.flag_bits & 0x1 for entry in archive.infolist()):
        return _protected(name)
    if "[Content_Types].xml" in parts:
        types = _part(archive, "[Content_Types].xml").decode("utf-8", "replace")
        if "macroenabled" in types.lower() or any(part.lower().endswith("vbaproject.bin") for part in parts):
            return _macros(name)
        found = [kind for main, kind in _OOXML.items() if f'"{main}"' in types.replace("'", '"')]
        return found[0] if len(found) == 1 else "an Office file of another kind"
    if "mimetype" in parts:
        kind = _ODF.get(_part(archive, "mimetype").decode("ascii", "replace").strip())
        if kind is None:
            return "an archive"
        if "META-INF/manifest.xml" in parts and b"encryption-data" in _part(archive, "META-INF/manifest.xml"):
            return _protected(name)
        return _macros(name) if any(part.startswith(("Basic/", "Scripts/")) for part in parts) else kind
    return f"{name} is an archive. Add the files in it one by one. {ACCEPTED}"


def _part(archive, part) -> bytes:
    with archive.open(part) as opened:
        return opened.read(MOST_PART)


def _protected(name) -> str:
    return f"{name} is protected with a password, so that nobody could check it. Save a copy without one and add that."


def _macros(name) -> str:
    return f"{name} holds macros, which are programs. Save a copy without macros, or as a PDF, and add that."


def _occurrences(opened, mark: bytes) -> int:
    opened.seek(0)
    found, tail = 0, b""
    while piece := opened.read(PIECE):
        found += (tail + piece).count(mark)
        tail = piece[-(len(mark) - 1) :]
    return found


# --- Office files of before 2007: a small file system in one file ---------------------------------------------


def _of_ole(opened, name) -> Kind | str:
    try:
        top, everywhere = _ole_names(opened)
    except (struct.error, ValueError, IndexError):
        return f"{name} is damaged or incomplete. Open it, save it again and choose it again."
    if "EncryptedPackage" in top:
        return _protected(name)
    # An old Outlook message may carry an Office file with macros inside it: as any attachment may.
    if "__properties_version1.0" not in top and everywhere & {"_VBA_PROJECT", "_VBA_PROJECT_CUR", "Macros"}:
        return _macros(name)
    return next((kind for stream, kind in _OLE.items() if stream in top), "of a kind that we do not know")


def _ole_names(opened) -> tuple[set[str], set[str]]:
    """The names at the top of the directory, and all names in it. Raises ValueError and the like when damaged."""
    opened.seek(0)
    header = opened.read(512)
    size = 1 << struct.unpack_from("<H", header, 30)[0]
    if size not in (512, 4096):
        raise ValueError("sector size")
    per_sector = size // 4

    def sector(number):
        opened.seek((number + 1) * size)
        found = opened.read(size)
        if len(found) < size:
            raise ValueError("sector beyond the end")
        return found

    tables = list(struct.unpack_from("<109I", header, 76))
    more, seen = struct.unpack_from("<I", header, 68)[0], 0
    while more < 0xFFFFFFFA and seen < MOST_SECTORS:
        *further, more = struct.unpack(f"<{per_sector}I", sector(more))
        tables += further
        seen += 1
    directory, here = [], struct.unpack_from("<I", header, 48)[0]
    while here < 0xFFFFFFFA:
        if len(directory) > MOST_SECTORS:
            raise ValueError("a directory without an end")
        directory.append(sector(here))
        here = struct.unpack_from("<I", sector(tables[here // per_sector]), here % per_sector * 4)[0]
    entries = [block[at : at + 128] for block in directory for at in range(0, size, 128)]
    names = [entry[: max(struct.unpack_from("<H", entry, 64)[0] - 2, 0)].decode("utf-16-le") for entry in entries]
    top, wait, met = set(), [struct.unpack_from("<I", entries[0], 76)[0]], set()
    while wait:
        number = wait.pop()
        if number < len(entries) and number not in met:
            met.add(number)
            top.add(names[number])
            wait += struct.unpack_from("<2I", entries[number], 68)
    return top, set(names)


# --- Names and sizes -------------------------------------------------------------------------------------------


def kept_name(name: str) -> str:
    """The name under which a file is kept on show: no folders, nothing invisible, at most 200 characters.

    Raises `Refusal` when nothing is left.
    """
    name = re.split(r"[/\\]", name)[-1]
    # Control characters, and those that turn the direction of writing, so that "fdp.exe" cannot read as "exe.pdf".
    name = "".join(
        " " if c.isspace() else c
        for c in unicodedata.normalize("NFC", name)
        if c.isspace() or unicodedata.category(c)[0] != "C"
    )
    name = " ".join(name.split())
    if not name.strip(". "):
        raise Refusal("The file has no name. Give it one and choose it again.")
    ending = ending_of(name)
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - len(ending)] + ending


def ending_of(name: str) -> str:
    """ ".pdf"; empty when there is none."""
    found = re.search(r"(?<=.)\.[A-Za-z0-9]{1,10}$", name)
    return found[0].lower() if found else ""


def size_words(size: int) -> str:
    """ "512 bytes", "20 KB", "1.4 MB"."""
    if size < 1000:
        return f"{size} bytes"
    return f"{round(size / 1000)} KB" if size < 999_500 else f"{size / 1_000_000:.1f}".removesuffix(".0") + " MB"
