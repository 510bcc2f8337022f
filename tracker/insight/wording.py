"""What a recommendation says, as weighted terms. No database, no Django.

The words of a sentence become terms by a small table of the field's words (`recurring_words.txt`): "constabulary" and
"police force" are one term. A term is a matter ("oversight") or an ask ("have the skills"), or light: it says little.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("recurring_words.txt")
UNKNOWN_WEIGHT = 0.65
PURPOSE = 0.5  # what a thing is for says less than what is to be done
_PURPOSE = re.compile(
    r"\b(?:so that|so as to|in order (?:to|that)|with a view to|to (?:support|inform|enable|help|assist|reduce|drive|"
    r"deliver|address|protect|enhance|achieve|allow|benefit|meet)\b(?! the needs)|and used? (?:it |this )?to)\b"
)
_WORD = re.compile(r"[a-z0-9][a-z0-9'-]*")
_ENDINGS = ("isations", "isation", "ations", "ation", "ingly", "ments", "ment", "ness", "ings", "ing", "ies", "ers",
            "ed", "ly", "es", "er", "s", "e", "y")  # fmt: skip


@dataclass(frozen=True)
class Term:
    name: str
    kind: str  # "matter", "ask", "light", "nothing"
    weight: float


@dataclass(frozen=True)
class Expression:
    words: tuple[str, ...]  # one that ends in "*" has any ending
    terms: tuple[Term, ...]

    def goes_on(self, words, at: int) -> bool:
        """Whether the words after its first stand after ``at``."""
        return len(words) >= at + len(self.words) and all(
            _is(words[at + i], word) for i, word in enumerate(self.words[1:], start=1)
        )


def _is(word: str, meant: str) -> bool:
    return word.startswith(meant[:-1]) if meant[-1] == "*" else word == meant


@cache
def table(path: Path = TABLE) -> dict[str, list[Expression]]:
    """The expressions by the first two letters of their first word, in the order in which they are tried: the longest
    first, whole words before beginnings."""
    terms, meant = {}, {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        head, _, says = line.partition(":")
        kind, weight, name = head.split(" ", 2)
        term = terms.setdefault(name, Term(name, kind, float(weight)))
        for words in filter(None, (tuple(expression.split()) for expression in says.split(","))):
            meant.setdefault(words, []).append(term)
    found = {}
    for words, all_meant in meant.items():
        found.setdefault(words[0][:2], []).append(Expression(words, tuple(dict.fromkeys(all_meant))))
    for expressions in found.values():
        expressions.sort(key=lambda e: (-len(e.words), e.words[0].endswith("*"), -sum(map(len, e.words)), e.words))
    return found


@lru_cache(maxsize=20_000)
def _beginning(word: str) -> tuple[Expression, ...]:
    return tuple(e for e in table().get(word[:2], ()) if _is(word, e.words[0]))


def words_of(text: str) -> list[str]:
    text = text.casefold().replace("\u2019", "'").replace("\u2018", "'").replace("\u2013", "-")
    return [word.strip("'-").removesuffix("'s") if word != "children's" else word for word in _WORD.findall(text)]


def stem(word: str) -> str:
    """Without its ending, so that "supervise" and "supervision" are near; good enough for words of no table."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def terms_of(text: str, leave_out: frozenset[str] = frozenset()) -> dict[Term, float]:
    """Each term of the sentence with its weight in it. ``leave_out``: words of the names of places."""
    found = {}
    text = text.casefold()
    cut = next((m.start() for m in _PURPOSE.finditer(text) if m.start() > 25), len(text))
    for part, factor in ((text[:cut], 1.0), (text[cut:], PURPOSE)):
        for term in _terms(words_of(part), leave_out):
            found[term] = max(found.get(term, 0.0), term.weight * factor)
    return found


def _terms(words, leave_out):
    at = 0
    while at < len(words):
        word = words[at]
        fit = next((e for e in _beginning(word) if e.goes_on(words, at)), None)
        if fit:
            yield from (term for term in fit.terms if term.kind != "nothing")
            at += len(fit.words)
            continue
        if word not in leave_out and len(word) > 1:
            yield Term(stem(word), "matter", UNKNOWN_WEIGHT)
        at += 1


def in_common(one: dict[Term, float], other: dict[Term, float]) -> float:
    """0 to 1: the share of their weight that two sentences have in common; for a first order of a few."""
    both = sum(one.values()) + sum(other.values())
    return 2 * sum(min(weight, other[term]) for term, weight in one.items() if term in other) / both if both else 0.0
