"""An action of HFKCW that Omar owns, files of every kind, and a scanner that does as it is told."""

import io
import socket
import struct
import threading
import uuid
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import NOW
from tests.plans.conftest import add, at_once, first, report, signed_in  # noqa: F401
from tracker.plans import evidence
from tracker.plans.models import Action

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 32
MAIL = b"From: a@probation.example\r\nSubject: Rota\r\nDate: Fri, 20 Nov 2026 09:00:00 +0000\r\n\r\nHello \xe9\r\n"
OFFICE = "application/vnd.openxmlformats-officedocument."


def zipped(**parts) -> bytes:
    """A zip archive; names of parts with "__" for "/"."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/"), text)
    return out.getvalue()


def ooxml(main="wordprocessingml.document.main+xml", *more, prefix=OFFICE) -> bytes:
    types = f'<Types><Override PartName="/main.xml" ContentType="{prefix}{main}"/></Types>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", types)
        for name in more:
            archive.writestr(name, "x")
    return out.getvalue()


def odf(inner="text", **more) -> bytes:
    return zipped(mimetype=f"application/vnd.oasis.opendocument.{inner}", **more)


def ole(*names, inside=()) -> bytes:
    """A compound file with these streams at its top and, in a folder "Inside", others; all of them empty."""
    none = 0xFFFFFFFF

    def entry(name, kind, left=none, right=none, child=none):
        raw = name.encode("utf-16-le")
        head = raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw) + 2, kind, 1)
        return (head + struct.pack("<3I", left, right, child)).ljust(128, b"\0")

    top = [*names, *(["Inside"] if inside else [])]
    entries = [entry("Root Entry", 5, child=1)]
    for number, name in enumerate(top, start=1):
        last = number == len(top)
        child = len(top) + 1 if name == "Inside" and inside else none
        entries.append(entry(name, 1 if child == none else 2, right=none if last else number + 1, child=child))
    for number, name in enumerate(inside, start=len(top) + 1):
        last = number == len(top) + len(inside)
        entries.append(entry(name, 2, right=none if last else number + 1))
    while len(entries) % 4:
        entries.append(b"\0" * 128)
    sectors = len(entries) // 4
    chain = [0xFFFFFFFD, *range(2, sectors + 1), 0xFFFFFFFE]
    table = struct.pack("<128I", *chain, *[none] * (128 - len(chain)))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(24, b"\0") + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6)
    header = header.ljust(44, b"\0") + struct.pack("<2I", 1, 1)  # one table sector; the directory begins in sector 1
    header = header.ljust(68, b"\0") + struct.pack("<2I", 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *[none] * 108)
    return header + table + b"".join(entries)


def upload(name="rota.pdf", content=PDF) -> SimpleUploadedFile:
    found = SimpleUploadedFile("x", content)
    found._name = name  # past Django's own cleaning, as from a command or the API
    return found


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    """A folder for this test's files."""
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.CLAMAV_ADDRESS = ""
    return settings.MEDIA_ROOT


@pytest.fixture
def action(cast, add):  # noqa: F811
    made = add("Allocate all", owner_person=cast.omar)
    return Action.objects.select_related("organisation__parent__parent").get(pk=made.pk)


@pytest.fixture
def piece(cast, action):
    """Omar's rota.pdf."""
    return evidence.add_file(action, upload(), note="The rota of May", by=cast.omar, at=NOW)


@pytest.fixture
def form():
    """`form(note="x")`: what the page sends, with a key of its own."""
    return lambda **given: {"key": str(uuid.uuid4())} | given


@pytest.fixture
def on_disk(files):
    """`on_disk()`: the files that are kept."""
    return lambda: sorted(path for path in files.rglob("*") if path.is_file())


class Clamd:
    """Speaks clamd's INSTREAM on a port of this machine. ``how``: "scan" finds what holds EICAR; "hang" says nothing;
    "close" hangs up at once; "full" refuses half-way, as with a file over its limit; "half" answers incompletely."""

    def __init__(self):
        self.how, self.seen, self.asked = "scan", [], 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.asked += 1
            with connection:
                try:
                    self.converse(connection)
                except (OSError, AssertionError):
                    continue

    def converse(self, connection):
        if self.how == "close":
            return
        if self.how == "hang":
            self.ended.wait(5)
            return
        with connection.makefile("rb") as said:
            assert said.read(10) == b"zINSTREAM\0"
            content = b""
            while size := struct.unpack("!I", said.read(4))[0]:
                content += said.read(size)
                if self.how == "full":
                    connection.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                    return
        self.seen.append(content)
        if self.how == "half":
            connection.sendall(b"stream: O")
        elif b"EICAR" in content:
            connection.sendall(b"stream: Eicar-Signature FOUND\0")
        else:
            connection.sendall(b"stream: OK\0")

    def close(self):
        self.ended.set()
        # Closing alone would leave the thread in accept().
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(5)


@pytest.fixture
def clamd():
    server = Clamd()
    yield server
    server.close()
