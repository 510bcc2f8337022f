"""The reading child: ``python -m inspections.reading SECONDS MEGABYTES MOST_BYTES < file > reading.json``.

Started by ``child.py`` and by nothing else. It limits itself before it looks at the file, and always ends by
writing one JSON object, unless it is stopped.
"""

import dataclasses
import json
import resource
import sys

from .limits import SAID, Limits, limit_this_process


def main(limits: Limits) -> None:
    limit_this_process(limits)
    try:
        answer = _read(sys.stdin.buffer.read(limits.most_bytes + 1), limits)
    except MemoryError:
        answer = {"refused": SAID["memory"].format(limits)}
    json.dump(answer, sys.stdout)
    sys.stdout.flush()


def _read(data: bytes, limits: Limits) -> dict:
    # Imported here so that the readers, too, are loaded inside the limits.
    from . import read_lines
    from .formats import to_lines
    from .record import Reading, Refused

    if len(data) > limits.most_bytes:
        return {"refused": SAID["size"].format(limits)}
    try:
        reading = read_lines(to_lines(data))
    except Refused as refusal:
        reading = Reading(None, str(refusal))
    except MemoryError:
        raise
    except Exception:
        # Parsers say in many ways that they could not get memory; how much was used tells it apart from damage.
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 << 20 if sys.platform == "darwin" else 1 << 10)
        if used > limits.megabytes * 0.8:
            raise MemoryError from None
        return {"refused": SAID["fault"]}
    return {
        "record": reading.record.to_dict() if reading.record else None,
        "refused": reading.refused,
        "problems": [dataclasses.asdict(problem) for problem in reading.problems],
    }


if __name__ == "__main__":
    main(Limits(*map(int, sys.argv[1:4])))
