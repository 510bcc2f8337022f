"""Asking ClamAV about a file, over its socket: the file goes there in pieces, one line comes back."""

import contextlib
import socket
import struct

PIECE = 1 << 16  # bytes; clamd takes what is below its StreamMaxLength in all
PATIENCE = 60  # seconds for each step of the conversation
LONGEST_ANSWER = 4096  # bytes


class NoAnswer(Exception):
    """The scanner said neither that the file is clean nor that it found something."""


class Unreachable(NoAnswer):
    """Nobody listens there: asking about another file is no use now."""


def scan(opened, address: str, patience: float = PATIENCE) -> str:
    """What ClamAV found in the binary file ``opened``; empty when nothing. Raises `NoAnswer`.

    ``address``: the path of a Unix socket, or host:port.
    """
    with _connected(address, patience) as connection:
        try:
            connection.sendall(b"zINSTREAM\0")
            while piece := opened.read(PIECE):
                connection.sendall(struct.pack("!I", len(piece)) + piece)
            connection.sendall(struct.pack("!I", 0))
        except TimeoutError as error:
            raise NoAnswer(f"it took nothing for {patience} seconds") from error
        except OSError:
            # It hung up: perhaps with a reason, such as that the file is too large for it.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        return _found(_answer(connection))


@contextlib.contextmanager
def _connected(address, patience):
    try:
        if address.startswith("/"):
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                connection.settimeout(patience)
                connection.connect(address)
            except OSError:
                connection.close()
                raise
        else:
            host, _, port = address.rpartition(":")
            connection = socket.create_connection((host.strip("[]"), int(port)), timeout=patience)
    except (OSError, ValueError) as error:
        raise Unreachable(f"{address} cannot be reached: {error}") from error
    with connection:
        yield connection


def _answer(connection) -> str:
    said = b""
    try:
        while b"\0" not in said and len(said) < LONGEST_ANSWER and (piece := connection.recv(1024)):
            said += piece
    except OSError as error:
        raise NoAnswer(f"it broke off: {error}") from error
    # Without the closing NUL the answer was cut off, and half an answer is none.
    if b"\0" not in said:
        raise NoAnswer("it hung up without an answer")
    return said.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _found(said: str) -> str:
    if said == "stream: OK":
        return ""
    if said.startswith("stream: ") and said.endswith(" FOUND"):
        return said.removeprefix("stream: ").removesuffix(" FOUND")
    raise NoAnswer(f"it said: {said[:200]}")
