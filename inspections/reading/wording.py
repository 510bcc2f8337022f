"""How wording is made plain: straight quotes, single spaces, words joined again that a line end broke.

Nothing else of the wording changes: spelling mistakes and real hyphens stay.
"""

import re
from collections.abc import Iterable
from itertools import pairwise

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("\u2010\u2011", "-"),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", None),
        **dict.fromkeys("\u00a0\u2007\u2009\u200a\u202f", " "),
        **{"ﬁ": "fi", "ﬂ": "fl", "ﬀ": "ff", "ﬃ": "ffi", "ﬄ": "ffl", "…": "..."},
    }
)
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_RAISED_MARK = re.compile(rf"\s?[{_RAISED}]+(?:\s?,\s?[{_RAISED}]+)*")
_BROKEN = re.compile(r"([^\W_]+)-$")
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
# "short-\nand long-term": the hyphen stands for a word left out, and a space follows it.
_SUSPENDED = {"and", "or", "to", "nor"}
# What follows a hyphen in compounds, and is no end of a longer word: "decision-making", "trauma-informed".
_SECOND = {"agency", "based", "being", "centred", "custody", "focused", "going", "informed", "led", "making", "quality",
           "related", "sharing", "specific", "term", "wide"}  # fmt: skip


def tidy(text: str) -> str:
    """One line's text with plain quotation marks and spaces; a soft hyphen at its end is kept for ``join``."""
    text = re.sub(r"\s+", " ", text.translate(_PLAIN)).strip()
    # A mark taken out by the reader of a format leaves a space before the stop.
    text = re.sub(r"(?<=\w) ([,.;:])(?=\s|$)", r"\1", text)
    if "\u00ad" in text:
        text = text[:-1].replace("\u00ad", "") + text[-1]
    return text


def drop_raised_marks(text: str) -> str:
    """Take footnote marks such as ¹ out."""
    return _RAISED_MARK.sub("", text).strip()


def starts_raised(text: str) -> int | None:
    """The number that a footnote's text begins with ("¹ Progress against ..."), if it does."""
    found = re.match(rf"([{_RAISED}]{{1,3}})", text)
    return int("".join(str(_RAISED.index(mark)) for mark in found[1])) if found else None


def without_full_stop(text: str) -> str:
    """The wording of an item of a list: no full stop at its end, nor what only joins it to the next item."""
    text = re.sub(r"\s*(?:;|[;,]\s+(?:and|or))$", "", text.strip())
    return text[:-1].rstrip() if text.endswith(".") and not text.endswith("..") else text


class Vocabulary:
    """The words of one document, which decide whether a hyphen at a line's end belongs to the word."""

    def __init__(self, texts: Iterable[str]):
        self.words: set[str] = set()
        self.pairs: set[tuple[str, str]] = set()
        broken = False
        for text in texts:
            if not text:
                continue
            found = _WORD.findall(text.lower())
            # The halves of a word that a line end broke are no words.
            whole = found[1 if broken else 0 : -1 if text.endswith("-") else None]
            broken = text.endswith(("-", "\u00ad"))
            for word in whole:
                parts = word.split("-")
                if len(parts) == 1:
                    self.words.add(word)
                self.pairs.update(pairwise(parts))

    def join(self, left: str, right: str) -> str:
        """Put the next printed line behind this one.

        A hyphen at the line's end stays where the same compound is printed elsewhere, or where both halves are
        words of this document and the joined word is not; else it was only the typesetter's.
        """
        if not left or not right:
            return left or right
        if left.endswith("\u00ad"):
            return left[:-1] + right
        broken = _BROKEN.search(left)
        if not broken:
            return left + ("" if left.endswith(("/", "—")) else " ") + right
        ahead = _WORD.match(right)
        if not ahead:
            return f"{left} {right}"
        before, after = broken[1].lower(), ahead[0].lower()
        first = after.split("-")[0]
        if after in _SUSPENDED and (before, first) not in self.pairs:
            return f"{left} {right}"
        return left + right if self._hyphenated(left, before, first, ahead[0]) else left[:-1] + right

    def _hyphenated(self, left: str, before: str, after: str, printed: str) -> bool:
        if not self.pairs.isdisjoint(((before, after), (before, f"{after}s"), (before, after.removesuffix("s")))):
            return True
        if before + after in self.words:
            return False
        if before.isdigit() or after[0].isdigit() or printed[0].isupper():
            return True
        if (after in _SECOND and len(before) > 2) or before in ("self", "non"):
            return True
        # "face-to-" and "face": a third part of a compound is never a broken syllable.
        if re.search(r"[^\W_]-[^\W_]+-$", left):
            return True
        return len(before) > 1 and len(after) > 1 and before in self.words and after in self.words
