"""The intermediate form that every format is turned into before anything is looked for in it.

A reader (``text.py``, ``pdf.py``, ``html.py``, ``docx.py``, ...) knows its format and nothing about
inspections; it gives a list of lines. ``sections.py`` and its neighbours know inspections and nothing about
formats.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a document, in reading order.

    ``whole`` says whether ``text`` is a complete paragraph, list item or heading as the format itself
    marks it (HTML, Word, Markdown), or only one printed line that the next may continue (PDF, plain text).
    """

    text: str
    kind: Literal["text", "heading", "item", "row", "blank", "page"] = "text"
    level: int = 0  # of a heading: 1 to 6; of an item: its depth, from 1
    marker: str = ""  # of an item: "1.", "b)", "•", also where the format counts by itself
    cells: tuple[str, ...] = ()  # of a table's row; text is then the cells joined by spaces
    whole: bool = False
    page: int | None = None  # from 1, where the format has pages
    number: int = 0  # from 1, counted over the whole document
    size: float | None = None  # in points, where the format tells
    bold: bool = False
    column: int = 0  # of two printed columns, 0 the left
    footnote: bool = False  # where the format itself marks a footnote's text
