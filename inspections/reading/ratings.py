"""The ratings page: score, overall rating, and a rating for each standard, however the table was mangled."""

import re

from .frameworks import Framework, framework_of
from .headings import bare_name, is_contents_entry, is_known, standard_heading
from .paragraphs import Document
from .record import RatingWord, Score, Standard, StandardRating

_RATING = re.compile(
    r"\b(outstanding|good|requires\s+improvement|inadequate|not\s+(?:applicable|rated|inspected|assessed))\b", re.I
)
_SPLIT_REQUIRES = re.compile(r"\brequires\b(?P<between>[a-z ,&-]{1,60}?)\bimprovement\b", re.I)
_NUMBER = re.compile(r"(?<![\d.,/])(?P<number>(?:[A-Z]\s?)?[1-9]\.\d{1,2})\.?(?=\s|$)(?!\s*(?:per cent|%|days))")
_CHAPTER = re.compile(r"(?<![\d.])[1-9]\.?\s+[A-Z][a-z]+(?:\s+[a-z]+)*")
_OVERALL = re.compile(r"o\s?v\s?e\s?r\s?a\s?l\s?l\s+rating", re.I)
_SCORE = re.compile(r"\bscore\b[^\d]{0,60}?(\d{1,3})\s*(?:/|out of|of)\s*(\d{1,3})\b", re.I)
_FRACTION = re.compile(r"(?<![\d/])(\d{1,2})\s*(?:/|out of)\s*(\d{1,2})(?![\d/])")
_SAID_OVERALL = re.compile(
    r"\b(?:overall|rated|rate)\b[^.]{0,80}?['\"](outstanding|good|requires improvement|inadequate)['\"]", re.I
)
_EARLIER = re.compile(r"\b[Ii]n 20[01]\d\b|\b(?:previous|last|former|earlier|then)\b")
_NOT_INSPECTED = re.compile(
    r"\b(?:was|were|is|are|been)\s+not\s+(?:been\s+)?(?:inspected|rated|assessed)\b|\bdid not (?:inspect|rate)\b"
    r"|\bnot\s+applicable\b|\bnot (?:inspected|rated)\b",
    re.I,
)


def ratings_text(document: Document) -> str:
    """The ratings page as one line: from its heading to the next section's; empty if there is none."""
    blocks = document.blocks
    best = ""
    for i, block in enumerate(blocks):
        if not _is_ratings(block.text) or is_contents_entry(block.text):
            continue
        end = i + 1
        while end < len(blocks) and end - i < 120 and not _is_next_section(blocks[end].text):
            end += 1
        text = " ".join(f"{b.marker} {b.text}".strip() for b in blocks[i + 1 : end])
        if len(_RATING.findall(text)) > len(_RATING.findall(best)):
            best = text
    return best


def standards(document: Document) -> tuple[Standard, ...]:
    """Rated standards in print order, with those that the report says were not inspected added in their place."""
    found = _read(ratings_text(document)) or _from_chapters(document)
    framework = framework_of(found)
    if framework:
        for number, name in framework.rated.items():
            if number not in {one.number for one in found} and says_not_inspected(document, number, name):
                found.append(Standard(number, name, "Not applicable"))
        order = list(framework.rated)
        found.sort(key=lambda one: order.index(one.number))
    return tuple(found)


def score(document: Document) -> Score | None:
    """The score as printed: "Score 3/27", "9 out of 27"."""
    page = ratings_text(document)
    found = _SCORE.search(page) or _FRACTION.search(page)
    return Score(int(found[1]), int(found[2])) if found else None


def overall(document: Document) -> RatingWord | None:
    """The overall rating of the ratings page; else as a sentence of the report says it."""
    page = ratings_text(document)
    if label := _OVERALL.search(page):
        ahead = page[label.end() :]
        first_standard = _NUMBER.search(ahead)
        if rating := _RATING.search(ahead[: first_standard.start() if first_standard else 80]):
            return _overall_word(rating[1])
    first_standard = _NUMBER.search(page)
    before = _RATING.search(page[: first_standard.start()]) if first_standard else None
    if before:
        return _overall_word(before[1])
    text = document.text()
    for said in _SAID_OVERALL.finditer(text):
        if not _EARLIER.search(text[max(0, said.start() - 100) : said.end()].rsplit(". ", 1)[-1]):
            return _overall_word(said[1])
    return None


def says_not_inspected(document: Document, number: str, name: str) -> bool:
    """Whether the report says, near its name, that a standard was not inspected."""
    blocks = document.blocks
    for i, block in enumerate(blocks):
        text = block.text
        if not _NOT_INSPECTED.search(text) or "do not currently rate" in text:
            continue
        about = " ".join(b.text for b in blocks[max(0, i - 6) : i + 1]).lower()
        if re.search(rf"\b{re.escape(name.lower())}\b", about) or f"{number} " in about:
            return True
    return False


def chapter_ratings(document: Document) -> dict[str, Standard]:
    """What the chapters of the single standards print after a heading "2.2. Assessment".

    Of several such headings the last counts: the ratings page comes before the chapters.
    """
    out: dict[str, Standard] = {}
    blocks = document.blocks
    for i, block in enumerate(blocks):
        heading = standard_heading(f"{block.marker} {block.text}".strip())
        if not heading or is_contents_entry(block.text):
            continue
        for near in blocks[i + 1 : i + 7]:
            if standard_heading(near.text) or len(near.text) > 400:
                break
            rating = re.search(rf"(?:^|[.:]\s+|\s){_RATING.pattern}\W*$", near.text, re.I)
            if rating and (near.text.lower() == rating[1].lower() or near.text[: rating.start()].endswith((".", ""))):
                out[heading[0]] = Standard(heading[0], heading[1], _word(rating[1]))
                break
    return out


def _is_ratings(text: str) -> bool:
    return len(text) < 80 and bool(
        re.fullmatch(
            r"(?:(?:our|inspection|summary of|summary of the|the|overall|table of)\s+)?ratings?", bare_name(text)
        )
    )


def _is_next_section(text: str) -> bool:
    """The ratings page names the chapters too ("1. Organisational delivery"); those do not end it."""
    name = bare_name(text)
    if re.match(r"[1-9]\.?\d?\.?\s", text) and not name.startswith("recommendation"):
        return False
    inside = {"overall rating", "ratings", "organisational delivery", "court work and case supervision", "standards",
              "service delivery", "leadership", "outcomes", "court work", "case supervision", "overview",
              "organisational arrangements and activity"}  # fmt: skip
    return is_known(text) and name not in inside


def _read(page: str) -> list[Standard]:
    """Standards of one line of text, each number followed by a name and, somewhere, its rating."""
    numbers = list(_NUMBER.finditer(page))
    pieces: list[tuple[str, str, str | None]] = []
    spare: list[str] = []
    for i, found in enumerate(numbers):
        end = numbers[i + 1].start() if i + 1 < len(numbers) else min(len(page), found.end() + 400)
        name, rating, rest = _piece(page[found.end() : end])
        pieces.append((re.sub(r"^([A-Z])\s?", r"\1 ", found["number"]), name, rating))
        spare += rest
    # A table read column by column: all the names, then all the ratings in the same order.
    unrated = [piece for piece in pieces if piece[2] is None]
    last_rated = len(pieces) - 1 if pieces and pieces[-1][2] else None
    if unrated and last_rated is not None and len(unrated) == len(pieces) - 1 == len(spare):
        ratings = [pieces[-1][2], *spare]
        pieces = [(number, name, rating) for (number, name, _), rating in zip(pieces, ratings, strict=True)]
    out, seen = [], set()
    for number, name, rating in pieces:
        if rating and name and number not in seen:
            seen.add(number)
            out.append(Standard(number, name, _word(rating)))
    return out


def _piece(text: str) -> tuple[str, str | None, list[str]]:
    """Name, rating and further ratings in the text between two numbers."""
    if split := _SPLIT_REQUIRES.search(text):
        # "Information and Requires facilities improvement": two cells, both printed over two lines.
        text = f"{text[: split.start()]}{split['between']} Requires improvement {text[split.end() :]}"
    rating = _RATING.search(text)
    if not rating:
        chapter = _CHAPTER.search(text, 1)
        return _name(text[: chapter.start()] if chapter else text), None, []
    name, after = text[: rating.start()], text[rating.end() :]
    chapter = _CHAPTER.search(name, 1)
    if chapter:
        name = name[: chapter.start()]
    # "Implementation and Inadequate delivery": the name's second printed line follows the rating.
    tail = re.match(r"\s*([a-z][a-z ]{2,40}?)\s*(?:$|(?=[1-9]\.))", after)
    if tail and re.search(r"\b(?:and|of|for|the|,)\s*$", name):
        name = f"{name} {tail[1]}"
    return _name(name), rating[1], [m[1] for m in _RATING.finditer(after)]


def _name(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip(" .:|–-•")


def _word(text: str) -> StandardRating:
    text = re.sub(r"\s+", " ", text).capitalize()
    return "Not applicable" if text.startswith("Not") else text  # type: ignore[return-value]


def _overall_word(text: str) -> RatingWord | None:
    word = _word(text)
    return None if word == "Not applicable" else word


def _from_chapters(document: Document) -> list[Standard]:
    return list(chapter_ratings(document).values())


def framework(document: Document) -> Framework | None:
    """The framework that the report's standards belong to, where it is one we know."""
    return framework_of(standards(document))
