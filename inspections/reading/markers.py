"""List markers and footnote marks: what HTML, Word and PDF count or draw beside a text."""

import re

BULLET = "•"
_NOTE_MARK = re.compile(r"[\[(]?\s*(\d{1,3}|[*†‡§]{1,3}|[ivx]{1,5}|[a-z])\s*[\])]?(\s*,\s*\d{1,3})*$", re.I)


def is_note_mark(raised: str) -> bool:
    """Whether raised text is a footnote's mark ("3", "[3]", "*", "iv"), not part of a word ("th", "st")."""
    return bool(_NOTE_MARK.match(raised.strip()))


def marker(value: int, style: str) -> str:
    """The marker of the item counted ``value`` in HTML's list styles 1, a, A, i and I: "3.", "c.", "iii."."""
    return f"{numeral(value, style)}."


def numeral(value: int, style: str) -> str:
    if style in ("a", "A") and value > 0:
        letters = _letters(value)
    elif style in ("i", "I") and 0 < value < 4000:
        letters = _roman(value)
    else:
        return str(value)
    return letters.upper() if style in ("A", "I") else letters


def _letters(value: int) -> str:
    out = ""
    while value:
        value, rest = divmod(value - 1, 26)
        out = chr(ord("a") + rest) + out
    return out


def _roman(value: int) -> str:
    out = ""
    for worth, letters in (
        (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
        (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
    ):  # fmt: skip
        while value >= worth:
            out += letters
            value -= worth
    return out
