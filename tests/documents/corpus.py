"""Which reports are written in which formats; what each document states."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from .model import AMBIGUOUS, Either, NotCompared, Report, expected
from .reports import REPORTS
from .to_docx import docx
from .to_html import html, word_html
from .to_markdown import markdown
from .to_pdf import pdf
from .to_text import text

WRITERS: dict[str, tuple[str, Callable[[Report], bytes]]] = {
    "pdf": ("pdf", pdf),
    "pdf-columns": ("pdf", partial(pdf, columns_first=True)),
    "pdf-ligatures": ("pdf", partial(pdf, ligatures=True)),
    "docx": ("docx", docx),
    "docx-bold": ("docx", partial(docx, bold_headings=True)),
    "docx-tracked": ("docx", partial(docx, tracked=True)),
    "html": ("html", html),
    "html-word": ("html", word_html),
    "md": ("md", markdown),
    "md-ones": ("md", partial(markdown, ones=True)),
    "md-bold": ("md", partial(markdown, bold_headings=True)),
    "txt-wrapped": ("txt", partial(text, flavour="wrapped")),
    "txt-paged": ("txt", partial(text, flavour="paged")),
    "txt-sup": ("txt", partial(text, flavour="sup")),
    "txt-tabs": ("txt", partial(text, flavour="tabs")),
    "txt-mangled": ("txt", partial(text, flavour="mangled")),
}
PLAN = {
    "harrowmere": "pdf pdf-columns docx docx-tracked html html-word md txt-wrapped txt-paged",
    "wandle": "pdf docx-bold txt-sup txt-tabs txt-mangled",
    "saltmarsh": "pdf docx html md-bold txt-tabs txt-paged",
    "dunmoor": "pdf docx html html-word md-ones txt-wrapped txt-sup",
    "ottermouth": "pdf docx html-word md txt-sup txt-mangled",
    "kestrel": "pdf docx-bold html txt-tabs txt-wrapped",
    "coldharbour": "pdf docx txt-wrapped txt-paged",
    "wexcombe": "pdf docx html md txt-wrapped txt-tabs",
    "thistledon": "pdf docx-bold html-word txt-sup",
    "aldmouth": "pdf-ligatures docx md-bold txt-paged txt-mangled",
    "northmarch": "pdf docx html txt-sup",
    "national": "pdf docx md txt-wrapped",
    "pellbrook": "pdf docx-bold html html-word md txt-wrapped txt-tabs txt-mangled",
}
# Without the pages before the foreword these facts are stated nowhere. (The region is in its heading.)
NO_FRONT = {"title": None, "published": None, "isbn": None, "lead_inspector": None}


@dataclass(frozen=True)
class Document:
    name: str  # harrowmere-txt-wrapped
    extension: str
    write: Callable[[], bytes] = field(repr=False)
    expected: dict[str, Any] = field(repr=False)

    @property
    def filename(self) -> str:
        return f"{self.name}.{self.extension}"


def documents() -> list[Document]:
    out = []
    for slug, writers in PLAN.items():
        report = REPORTS[slug]
        for writer in writers.split():
            extension, write = WRITERS[writer]
            record = expected(report) | (NO_FRONT if writer == "txt-mangled" else {})
            out.append(Document(f"{slug}-{writer}", extension, partial(write, report), record))
    return out


def as_data(value: Any, where: str = "", left_open: list[str] | None = None) -> Any:
    """The expectation as plain data; ``left_open`` collects the facts that are not compared."""
    if isinstance(value, Either):
        return as_data(value.values[0])
    if isinstance(value, NotCompared):
        if left_open is not None:
            left_open.append(where)
        return None
    if isinstance(value, dict):
        return {key: as_data(part, f"{where}.{key}".strip("."), left_open) for key, part in value.items()}
    if isinstance(value, list):
        return [as_data(part, f"{where}[{i}]", left_open) for i, part in enumerate(value)]
    return value


def differences(want: Any, got: Any, where: str = "") -> list[str]:
    """Each fact that is not as expected: which field, expected, got."""
    if isinstance(want, NotCompared):
        return []
    if isinstance(want, Either):
        return [] if got in want.values else [f"{where}: expected {want!r}, got {got!r}"]
    if isinstance(want, dict) and isinstance(got, dict):
        out = [line for key, part in want.items() for line in differences(part, got.get(key), f"{where}.{key}")]
        return out + [f"{where}.{key}: not expected" for key in got if key not in want]
    if isinstance(want, list) and isinstance(got, list):
        out = [
            line for i, pair in enumerate(zip(want, got, strict=False)) for line in differences(*pair, f"{where}[{i}]")
        ]
        out += [f"{where}[{i}]: missing, expected {want[i]!r}" for i in range(len(got), len(want))]
        return out + [f"{where}[{i}]: not in the report, got {got[i]!r}" for i in range(len(want), len(got))]
    return [] if want == got else [f"{where}: expected {want!r}, got {got!r}"]


def facts(value: Any) -> int:
    """How many single facts are compared."""
    if isinstance(value, dict):
        return sum(facts(part) for part in value.values())
    if isinstance(value, list):
        return sum(facts(part) for part in value) + 1  # how many there are is a fact too
    return 0 if value is AMBIGUOUS else 1
