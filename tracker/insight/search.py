"""Where some words stand: in recommendations, actions, updates and the names of evidence, as far as somebody sees them.

The rows in the reader's scope that have all the words, the newest `MOST` of each kind, are put in order by how well
they answer; `search_index` holds what the two databases do about that.
"""

import datetime as dt
from dataclasses import dataclass
from math import ceil

from tracker.plans.models import Action, Evidence, FollowUp, Update

from .search_index import BEGIN, END, ids_with, marked, ranks
from .search_words import WORD, Question

SHOWN = 20  # of each kind at once
MOST = 1_000  # of each kind are counted and put in order
AROUND = 110  # characters of a snippet before the first word, and as many after
NOUNS = {  # by the name of a kind in addresses
    "recommendations": "recommendation",
    "actions": "action",
    "updates": "update",
    "evidence": "evidence",
}
_LISTS = ("recommendations", "actions")  # that have a page which lists them, of the same name

Snippet = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Hit:
    """``snippet``: (text, whether it is one of the words) in turn. ``page``: the name of its page and its id."""

    page: str
    pk: int
    snippet: Snippet
    about: str
    on: dt.datetime | None = None


@dataclass(frozen=True)
class Kind:
    """``noun``: "recommendation"; ``hits``: those of one page, the best first. ``count``: all that were found, `MOST`
    where there are others. ``list_name``: of the page that lists all of them, where there is one."""

    name: str
    noun: str
    hits: tuple[Hit, ...]
    count: int
    capped: bool
    page: int  # the first is 1
    list_name: str = ""

    @property
    def pages(self) -> int:
        return ceil(self.count / SHOWN)

    @property
    def first(self) -> int:
        """The place of the first hit of the page among all."""
        return (self.page - 1) * SHOWN + 1


def search(user, question: Question, names=tuple(NOUNS), page=1) -> list[Kind]:
    """The kinds of ``names``, also those of which nothing was found; none where the question has no words.

    Two queries for each kind, and two more. A page that there is none of is the last.
    """
    if not question:
        return []
    # {noun: {id of the text: id of the row}}, the newest first
    found = {NOUNS[name]: dict(_found(user, NOUNS[name], question)[: MOST + 1]) for name in names}
    counts = {noun: len(ids) for noun, ids in found.items()}
    found = {noun: dict(list(ids.items())[:MOST]) for noun, ids in found.items()}
    rank = ranks({noun: list(ids) for noun, ids in found.items()}, question)
    pages, shown = {}, {}
    for noun, ids in found.items():
        # The sort leaves the newest first among those that answer equally well.
        best = sorted(ids, key=lambda text_id: -rank.get((noun, text_id), 0.0))
        pages[noun] = min(page, max(1, ceil(len(best) / SHOWN)))
        shown[noun] = best[(pages[noun] - 1) * SHOWN :][:SHOWN]
    marks = marked(shown, question)
    kinds = []
    for name in names:
        noun = NOUNS[name]
        rows = _rows(user, noun).in_bulk([found[noun][text_id] for text_id in shown[noun]])
        hits = tuple(
            _HITS[noun](rows[found[noun][text_id]], _Finder(question, marks.get((noun, text_id), ())))
            for text_id in shown[noun]
            if found[noun][text_id] in rows  # else it was taken away this moment
        )
        count = min(counts[noun], MOST)
        kinds.append(Kind(name, noun, hits, count, counts[noun] > MOST, pages[noun], name if name in _LISTS else ""))
    return kinds


def _visible(user, noun):
    if noun == "recommendation":
        return FollowUp.objects.visible_to(user)
    if noun == "action":
        return Action.objects.visible_to(user)
    seen = Action.objects.visible_to(user).order_by().values("pk")
    if noun == "update":
        return Update.objects.filter(action__in=seen)
    # Of evidence what is there now: neither removed nor replaced, and nothing that a scanner held back.
    return Evidence.objects.filter(action__in=seen, removed_at=None, replaced_by=None).exclude(scan="infected")


def _found(user, noun, question):
    text = "recommendation_id" if noun == "recommendation" else "pk"
    having = {f"{text.removesuffix('_id')}__in": ids_with(noun, question)}
    return _visible(user, noun).filter(**having).order_by("-pk").values_list(text, "pk")


def _rows(user, noun):
    """With what is said of them; asked for in the reader's scope once more, which costs nothing."""
    rows = _visible(user, noun).order_by()
    if noun == "recommendation":
        return rows.select_related("recommendation", "addressee")
    return rows.select_related("organisation" if noun == "action" else "action__organisation")


# --- What is said of each ----------------------------------------------------------------------------------------


class _Finder:
    """Where the words of a question stand in the texts of one row."""

    def __init__(self, question, texts):
        """``texts``: as `search_index.marked` gives them."""
        self.words = {term.text for term in question.terms if len(term.words) == 1}
        self.beginning = question.beginning
        self.texts = texts

    def spans(self, text: str, n=0) -> list[tuple[int, int]]:
        """(from, to) in ``text``, which is the row's text number ``n``; in order, none of them within another."""
        found = _places(self.texts[n], text) if n < len(self.texts) else []
        for word in WORD.finditer(text):
            said = word[0].lower()
            if said in self.words or (self.beginning and said.startswith(self.beginning)):
                found.append(word.span())
        joined = []
        for start, end in sorted(found):
            if joined and start < joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((start, end))
        return joined


def _places(marked_text: str, text: str) -> list[tuple[int, int]]:
    """What the database marked; nothing where its text is not this one, which has the marks in it itself."""
    if BEGIN in text or END in text:
        return []
    found, at, start = [], 0, None
    for sign in marked_text:
        if sign == BEGIN:
            start = at
        elif sign == END and start is not None:
            found.append((start, at))
            start = None
        else:
            at += 1
    return found if at <= len(text) else []


def _recommendation(row, finder) -> Hit:
    said = row.recommendation
    about = f"Recommendation {said.number} to {row.addressee}"
    return Hit("recommendation", row.pk, snippet(said.wording, finder.spans(said.wording)), about)


def _action(row, finder) -> Hit:
    return Hit("action", row.pk, snippet(row.what, finder.spans(row.what)), str(row.organisation))


def _update(row, finder) -> Hit:
    text, spans = row.done, finder.spans(row.done)
    if row.next_step:
        text += " Next: "
        spans += [(start + len(text), end + len(text)) for start, end in finder.spans(row.next_step, 1)]
        text += row.next_step
    return Hit("action", row.action_id, snippet(text, spans), _of(row.action), row.at)


def _evidence(row, finder) -> Hit:
    return Hit("evidence", row.pk, snippet(row.name, finder.spans(row.name)), _of(row.action), row.at)


_HITS = {"recommendation": _recommendation, "action": _action, "update": _update, "evidence": _evidence}


def _of(action) -> str:
    what = action.what if len(action.what) <= 80 else action.what[:79] + "…"
    return f"{action.organisation}: {what}"


def snippet(text: str, spans: list[tuple[int, int]]) -> Snippet:
    """What stands around the first of ``spans`` in ``text``, each of them apart: (("to ", False), ("train", True))."""
    begins, ends = spans[0] if spans else (0, 0)
    start, end = max(0, begins - AROUND), min(len(text), max(ends, AROUND) + AROUND)
    if start:  # not in the midst of a word, unless it is a very long one
        start = text.find(" ", start, begins) + 1 or start
    if end < len(text):
        blank = text.rfind(" ", ends, end)
        end = blank if blank > 0 else end
    at, parts = start, [("… " if start else "", False)]
    for begins, ends in spans:
        if ends > end:
            break
        parts += [(text[at:begins], False), (text[begins:ends], True)]
        at = ends
    parts += [(text[at:end], False), (" …" if end < len(text) else "", False)]
    return tuple(part for part in parts if part[0])
