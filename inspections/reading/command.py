"""What ``manage.py read_report`` does, without Django: paths in, text out, exit code back."""

import json
from collections.abc import Callable
from typing import TextIO

from .child import read
from .record import Reading
from .summary import as_json, as_text

FORMATS = ("text", "json", "jsonl")


def read_report(paths: list[str], form: str, out: TextIO, err: TextIO, reader: Callable[[str], Reading] = read) -> int:
    """Read each path and write what was found; the exit code.

    ``jsonl``: one line per path, always 0, since the line says what was refused. ``json``: the record of the
    one path; a refusal is a sentence on ``err`` and 1. ``text``: for people; 1 if any was refused.
    """
    if form == "json":
        if len(paths) != 1:
            err.write("--format json takes one path; use jsonl for several.\n")
            return 2
        reading = reader(paths[0])
        if reading.record is None:
            err.write(f"{reading.refused}\n")
            return 1
        out.write(json.dumps(reading.record.to_dict(), ensure_ascii=False, indent=2) + "\n")
        return 0
    refused = False
    for number, path in enumerate(paths):
        reading = reader(path)
        if form == "jsonl":
            # A path that is not valid UTF-8 must not spoil the line.
            shown = path.encode("utf-8", "replace").decode()
            out.write(json.dumps(as_json(shown, reading), ensure_ascii=False) + "\n")
            out.flush()
        else:
            out.write(("\n" + "-" * 100 + "\n\n" if number else "") + as_text(path, reading))
            refused |= reading.record is None
    return int(refused)
