"""Reports laid out and converted by other people's tools; the files themselves are kept, in ``converted/``.

Each invented report was written as a web page, Markdown or a Word file and then printed by Chromium, WeasyPrint or
LibreOffice, saved again by Word's and LibreOffice's HTML writers, converted by pandoc or taken apart by pdftotext.
``NAME.json`` is the record that every ``NAME.*`` beside it states; in it ``{"_either": [...]}`` lists readings that
are all right, ``{"_any": true}`` marks what careful readers would not agree on. ``refused/`` holds what is no report.
"""

import json
from pathlib import Path
from typing import Any

from .corpus import Document
from .model import AMBIGUOUS, Either

FOLDER = Path(__file__).parent / "converted"


def converted() -> list[Document]:
    """Every kept file with the record it states."""
    files = sorted(path for path in FOLDER.iterdir() if path.is_file() and path.suffix != ".json")
    return [Document(path.stem, path.suffix[1:], path.read_bytes, _expected(path)) for path in files]


def refused() -> list[Path]:
    """Files that are no inspection report, or one that has lost its recommendations."""
    return sorted((FOLDER / "refused").iterdir())


def _expected(path: Path) -> dict[str, Any]:
    """The record beside a file: ``kent-grid.md`` has its own ``kent-grid.json`` or shares ``kent.json``."""
    own = path.with_suffix(".json")
    shared = path.with_name(path.stem.split("-")[0] + ".json")
    return _marked(json.loads((own if own.exists() else shared).read_text(encoding="utf-8")))


def _marked(value: Any) -> Any:
    """The marks for "either" and "any" in their place."""
    if isinstance(value, list):
        return [_marked(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "_any" in value:
        return AMBIGUOUS
    if "_either" in value:
        return Either(*value["_either"])
    return {key: _marked(one) for key, one in value.items()}
