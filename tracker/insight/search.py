"""Where some words stand: in recommendations, actions, updates and the names of evidence, as far as somebody sees them.

Each word has to be there, anywhere and in any order. It is looked for as it is (`LIKE`) on both databases: that finds
parts of words, says the same as the filter of the lists, and keeps no index in step with the rows. Each search reads
the texts in the reader's scope; where those are too many, full text (FTS5, tsvector) is to take its place here.
"""

import datetime as dt
import re
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from django.db.models import Q

from tracker.plans.models import Action, Evidence, FollowUp, Update

SHOWN = 20  # of each kind
LONGEST = 200  # characters of a question, as in the lists' own filter
MOST_WORDS = 8  # each is looked for by itself
AROUND = 110  # characters of a snippet before the first word, and as many after


@dataclass(frozen=True)
class Hit:
    """``snippet``: (text, whether it is one of the words) in turn. ``page``: the name of its page and its id."""

    page: str
    pk: int
    snippet: tuple[tuple[str, bool], ...]
    about: str
    on: dt.datetime | None = None


@dataclass(frozen=True)
class Kind:
    """``noun``: "recommendation"; ``hits``: at most `SHOWN`, the newest first; ``more``: there are others.
    ``list_name``: of the page that lists all of them under these words, where there is one."""

    noun: str
    hits: tuple[Hit, ...]
    more: bool
    list_name: str = ""


def words_of(text: str) -> list[str]:
    """The words to look for, each once. No database takes the character NUL in a text."""
    found = text.replace("\x00", " ")[:LONGEST].split()
    return list(dict.fromkeys(word.lower() for word in found))[:MOST_WORDS]


def search(user, text: str) -> list[Kind]:
    """The four kinds, also those of which nothing was found; none of them where there is no word. Four queries."""
    words = words_of(text)
    if not words:
        return []
    seen = Action.objects.visible_to(user).order_by().values("pk")
    rows = [
        FollowUp.objects.visible_to(user).filter(_all(words, "recommendation__wording"))
        .select_related("recommendation", "addressee").order_by("-pk"),
        Action.objects.visible_to(user).filter(_all(words, "what")).select_related("organisation").order_by("-pk"),
        Update.objects.filter(_all(words, "done", "next_step"), action__in=seen)
        .select_related("action__organisation").order_by("-at", "-pk"),
        # Of evidence what is there now: neither removed nor replaced, and nothing that a scanner held back.
        Evidence.objects.filter(_all(words, "name"), action__in=seen, removed_at=None, replaced_by=None)
        .exclude(scan="infected").select_related("action__organisation").order_by("-at", "-pk"),
    ]  # fmt: skip
    ways = [
        ("recommendation", lambda row: _recommendation(row, words), "recommendations"),
        ("action", lambda row: _action(row, words), "actions"),
        ("update", lambda row: _update(row, words), ""),
        ("piece of evidence", lambda row: _evidence(row, words), ""),
    ]
    found = []
    for (noun, hit, list_name), queryset in zip(ways, rows, strict=True):
        some = list(queryset[: SHOWN + 1])
        found.append(Kind(noun, tuple(hit(row) for row in some[:SHOWN]), len(some) > SHOWN, list_name))
    return found


def _all(words, *columns) -> Q:
    return reduce(and_, (reduce(or_, (Q(**{f"{column}__icontains": word}) for column in columns)) for word in words))


def _recommendation(row, words) -> Hit:
    said = row.recommendation
    return Hit(
        "recommendation", row.pk, snippet(said.wording, words), f"Recommendation {said.number} to {row.addressee}"
    )


def _action(row, words) -> Hit:
    return Hit("action", row.pk, snippet(row.what, words), str(row.organisation))


def _update(row, words) -> Hit:
    text = f"{row.done} Next: {row.next_step}" if row.next_step else row.done
    return Hit("action", row.action_id, snippet(text, words), _of(row.action), row.at)


def _evidence(row, words) -> Hit:
    return Hit("evidence", row.pk, snippet(row.name, words), _of(row.action), row.at)


def _of(action) -> str:
    what = action.what if len(action.what) <= 80 else action.what[:79] + "…"
    return f"{action.organisation}: {what}"


def snippet(text: str, words: list[str]) -> tuple[tuple[str, bool], ...]:
    """What stands around the first of the words in ``text``, each of them apart: (("to ", False), ("train", True))."""
    text = " ".join(text.split())
    # The longest first, so that "training" is not marked as "train" with an end.
    pattern = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))), re.IGNORECASE)
    first = pattern.search(text)
    begins, ends = first.span() if first else (0, 0)
    start, end = max(0, begins - AROUND), min(len(text), max(ends, AROUND) + AROUND)
    if start:  # not in the midst of a word, unless it is a very long one
        start = text.find(" ", start, begins) + 1 or start
    if end < len(text):
        blank = text.rfind(" ", ends, end)
        end = blank if blank > 0 else end
    cut, at, parts = text[start:end], 0, [("… " if start else "", False)]
    for found in pattern.finditer(cut):
        parts += [(cut[at : found.start()], False), (found[0], True)]
        at = found.end()
    parts += [(cut[at:], False), (" …" if end < len(text) else "", False)]
    return tuple(part for part in parts if part[0])
