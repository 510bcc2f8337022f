"""Zip archives, opened only after what they would expand to has been counted."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .record import Refused

MOST_FILES = 5_000
MOST_BYTES = 150_000_000  # of all that the archive holds, inflated
MOST_PART = 60_000_000  # of one part that we read
MOST_RATIO = 200  # Word's XML is seldom packed more than 30 to 1

_FLAG_ENCRYPTED = 0x1
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Archive:
    """An archive whose declared sizes are acceptable; ``read`` counts the actual ones."""

    zip: zipfile.ZipFile
    names: frozenset[str]
    what: str

    def read(self, name: str) -> bytes:
        """One part; ``Refused`` if it is damaged or longer than it says."""
        out = bytearray()
        try:
            with self.zip.open(name) as part:
                while piece := part.read(_CHUNK):
                    out += piece
                    if len(out) > MOST_PART:
                        raise Refused(_expands(self.what))
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise Refused(_damaged(self.what)) from error
        except RuntimeError as error:  # zipfile's word for "a password is needed"
            raise Refused(_protected(self.what)) from error
        return bytes(out)


@contextmanager
def open_archive(data: bytes, what: str) -> Iterator[Archive]:
    """Open a zip archive; ``what`` names it in the sentence of a refusal ("Word document")."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, OverflowError) as error:
        raise Refused(_damaged(what)) from error
    with archive:
        entries = archive.infolist()
        inflated = sum(entry.file_size for entry in entries)
        if len(entries) > MOST_FILES or inflated > MOST_BYTES:
            raise Refused(_expands(what))
        if inflated > 20_000_000 and inflated > MOST_RATIO * max(len(data), 1):
            raise Refused(_expands(what))
        if any(entry.flag_bits & _FLAG_ENCRYPTED for entry in entries):
            raise Refused(_protected(what))
        yield Archive(archive, frozenset(entry.filename for entry in entries), what)


def _damaged(what: str) -> str:
    return f"The {what} is damaged or incomplete. Fetch it again and try that file."


def _protected(what: str) -> str:
    return f"The {what} is protected with a password. Save a copy without one and try that file."


def _expands(what: str) -> str:
    return f"The {what} was refused: it would expand to far more than any report holds."
