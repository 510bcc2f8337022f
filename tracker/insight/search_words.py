"""What somebody looks for, read from what they typed. Plain Python.

Words, and phrases in quotation marks. Nothing that is typed is an operator of a database: all that is kept of it are
letters and digits, so that "NEAR(", "*" and "%" are no words and do no harm.
"""

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 200  # characters of a question, as in the lists' own filter
MOST_WORDS = 8  # words and phrases
_PIECE = re.compile(r'["“”„]([^"“”„]*)["“”]|[^\s"“”„]+')
_OF_IT = re.compile(r"['’]s$", re.IGNORECASE)  # "Lambeth's"
WORD = re.compile(r"[^\W_]+")
# Nearly every text has them, so they are not looked for beside others. PostgreSQL leaves out the same.
_STOP_WORDS = """
    i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself
    it its itself they them their theirs themselves what which who whom this that these those am is are was were be been
    being have has had having do does did doing a an the and but if or because as until while of at by for with about
    against between into through during before after above below to from up down in out on off over under again further
    then once here there when where why how all any both each few more most other some such no nor not only own same so
    than too very s t can will just don should now"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


@dataclass(frozen=True)
class Term:
    """One word, or several that stand side by side. ``as_written``: they are nothing but stop words and are looked for
    as they are; others in any form, "recruiting" as "recruit"."""

    words: tuple[str, ...]
    as_written: bool = False

    @property
    def text(self) -> str:
        return " ".join(self.words)


@dataclass(frozen=True)
class Question:
    """All of ``terms`` have to be there. ``begins``: the last of them is a word that may go on: "recruitm"."""

    terms: tuple[Term, ...] = ()
    begins: bool = False
    cut: bool = False  # more was asked than is looked for

    def __bool__(self):
        return bool(self.terms)

    @property
    def beginning(self) -> str:
        return self.terms[-1].text if self.begins else ""

    @property
    def text(self) -> str:
        """Typed again, it is the same question."""
        return " ".join(f'"{term.text}"' if len(term.words) > 1 else term.text for term in self.terms)


def read(typed: str) -> Question:
    """No terms where there is no letter and no digit."""
    asked = unicodedata.normalize("NFC", typed.replace("\x00", " ")).strip()
    pieces = []
    for piece in _PIECE.finditer(asked[:LONGEST]):
        quoted = piece[1] is not None
        if words := tuple(WORD.findall((piece[0] if quoted else _OF_IT.sub("", piece[0])).lower())):
            pieces.append((words, quoted))
    telling = [(words, quoted) for words, quoted in pieces if not STOP_WORDS.issuperset(words)]
    # Where there are nothing but stop words, somebody looks for those.
    terms = dict.fromkeys(Term(words, STOP_WORDS.issuperset(words)) for words, _ in telling or pieces)
    kept = tuple(terms)[:MOST_WORDS]
    words, quoted = pieces[-1] if pieces else ((), True)
    begins = not quoted and len(words) == 1 and kept[-1] == Term(words)
    return Question(kept, begins, len(asked) > LONGEST or len(terms) > MOST_WORDS)
