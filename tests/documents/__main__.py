"""``python -m tests.documents OUTDIR``: write all documents, the expected record beside each."""

import json
import sys
from pathlib import Path

from .corpus import as_data, documents, facts


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    for document in documents():
        (folder / document.filename).write_bytes(document.write())
        left_open: list[str] = []
        record = as_data(document.expected, "", left_open)
        if left_open:
            record["_not_compared"] = left_open
        written = json.dumps(record, indent=1, ensure_ascii=False)
        (folder / f"{document.name}.json").write_text(written + "\n", encoding="utf-8")
        total += facts(document.expected)
    print(f"{len(documents())} documents, {total} facts, in {folder}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.documents OUTDIR")
    main(Path(sys.argv[1]))
