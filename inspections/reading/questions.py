"""The tables of key questions: which share of the inspected cases was judged sufficient."""

import re
from dataclasses import replace

from .frameworks import FRAMEWORKS
from .headings import standard_heading
from .paragraphs import Block, Document
from .record import KeyQuestion, Standard
from .wording import tidy

_PERCENT = re.compile(r"(\d{1,3})(?:\.\d+)?\s*(?:%|per\s*cent\b|percent\b)")
_BESIDE = re.compile(r"\d{1,3}(?:\.\d+)?\s*(?:%|per\s*cent\b|percent\b)(?:\s+\d{1,3}(?:\.\d+)?\s*%)*")
_BARE = re.compile(r"\d{1,3}(?=\s|$)")
_NONE = re.compile(
    r"(?:(?:data\s+)?not\s+(?:applicable|inspected|available|reported)|n\s?/\s?a|no\s+data|–|-)(?=\s|$|[.])", re.I
)
_HEADER = re.compile(
    r"\b(?:key\s+questions?|outcomes?|questions?)\b[\s:|]*(?:(?:percentages?|per\s*cent|%|yes"
    r"|no|20[12]\d)[\s'\"():,%|]*)+",
    re.I,
)
_SCRAMBLED = re.compile(r"\bpercentages?\s+(?:key\s+)?(?:questions?|outcomes?)\s+['\"(]*yes\b['\")]*", re.I)
_BEGINS = re.compile(r"(?:Is|Are|Was|Were|Do|Does|Did|Has|Have|Can|To what|How|What|Where|In what)\b")
_RATING_FOR = re.compile(r"\b(?:our|the) rating (?:for|of) (?P<name>[a-z][a-z, ]{3,50}?) (?:is|was) based on", re.I)
_REST_OF_HEADER = re.compile(r"\A(?:\s*['\"(]*(?:yes|no|%|per\s*cent|percentages?|20[12]\d)['\")]*(?=\s))+", re.I)
_LONGEST = 600  # letters of one question


def key_questions(document: Document, standards: tuple[Standard, ...]) -> tuple[KeyQuestion, ...]:
    """All rows of all such tables, in print order, each under the standard of its chapter."""
    out: list[tuple[int, KeyQuestion]] = []  # with the block that each begins in
    names = _names(standards)
    current = ""
    blocks = _merged_rows(document.blocks)
    i = 0
    yes = 0  # which of several percentages of a row is the one for "Yes"
    while i < len(blocks):
        block = blocks[i]
        current = _standard_here(block, current, names)
        if block.kind == "row":
            yes = _yes_column(block.cells, yes)
            if row := _row(block, yes):
                out.append((i, KeyQuestion(current, *row)))
        if header := (block.kind != "row" or not _row(block, 0)) and _header(block.text):
            end = _table_end(blocks, i)
            text = " ".join([block.text[header.end() :], *(b.text for b in blocks[i + 1 : end] if b.kind != "row")])
            wanted = _first_is_no(header[0])
            mixed = any(block.kind == "row" and _row(block, yes) for block in blocks[i + 1 : end])
            for row in _from_text(text, second=wanted):
                at = next((j for j in range(i, end) if mixed and row[0][-25:] in blocks[j].text), i)
                out.append((at, KeyQuestion(current, *row)))
        i += 1
    out.sort(key=lambda found: found[0])
    return tuple(_once([row for _, row in out]))


def _merged_rows(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Rows printed over two lines or pages put together: a question without its mark, then the rest of its cells.

    On a new page the table's header may come again between the two.
    """
    out: list[Block] = []
    for block in blocks:
        last = out[-1] if out else None
        header = bool(last and last.kind == "row" and out[-2:-1] and _HEADER.search(last.text))
        if header and _is_rest(out[-2], block):
            cells = (f"{out[-2].cells[0]} {block.text}", *out[-2].cells[1:])
            out[-2:] = [replace(out[-2], cells=cells, text=" ".join(cells))]
            continue
        if last and last.kind == block.kind == "row" and len(last.cells) == len(block.cells) > 1:
            begun = _BEGINS.match(last.cells[0]) and "?" not in last.cells[0]
            if begun and not _BEGINS.match(block.cells[0]) and not _header(block.text):
                cells = tuple(f"{a} {b}".strip() for a, b in zip(last.cells, block.cells, strict=True))
                out[-1] = replace(last, cells=cells, text=" ".join(cells))
                continue
        out.append(block)
    return tuple(out)


def _header(text: str) -> re.Match | None:
    """The header of a table of percentages, also where its two cells were read across."""
    return _HEADER.search(text) or _SCRAMBLED.search(text)


def _is_rest(row: Block, block: Block) -> bool:
    """Whether a block is the end of the question that a row begins."""
    begun = row.kind == "row" and len(row.cells) > 1 and _BEGINS.match(row.cells[0]) and "?" not in row.cells[0]
    return bool(begun) and block.kind == "text" and block.text[:1].islower() and block.text.endswith("?")


def _names(standards: tuple[Standard, ...]) -> dict[str, str]:
    """Names to numbers: those of the ratings page first, then of the frameworks known."""
    out: dict[str, str] = {}
    for framework in FRAMEWORKS:
        out |= {name.lower(): number for number, name in (framework.rated | framework.reported).items()}
    return out | {one.name.lower(): one.number for one in standards}


def _standard_here(block: Block, current: str, names: dict[str, str]) -> str:
    """The standard whose chapter we are in after this block."""
    heading = standard_heading(f"{block.marker} {block.text}".strip())
    if heading:
        return re.sub(r"^([A-Z])\s?", r"\1 ", heading[0])
    if (found := _RATING_FOR.search(block.text)) and found["name"].lower() in names:
        return names[found["name"].lower()]
    bare = re.sub(r"^[\d. ]+", "", block.text).strip(" .:").lower()
    if block.prominent and bare in names:
        return names[bare]
    if re.match(r"outcomes?\s", block.text, re.I) and _HEADER.search(block.text) and not current.endswith(".6"):
        return names.get("outcomes", current)
    return current


def _row(block: Block, yes: int) -> tuple[str, int | None] | None:
    """(question, percentage) of a table's row; None for any other row."""
    cells = [cell for cell in block.cells if cell.strip()]
    if len(cells) < 2:
        return None
    question = next((cell for cell in cells if "?" in cell or _BEGINS.match(cell)), "")
    if len(question) < 15:
        return None
    rest = [cell for cell in cells[cells.index(question) + 1 :] if _value(cell) is not False]
    if not rest:
        return None
    return question.strip(), _value(rest[min(yes, len(rest) - 1)]) or _zero(rest[min(yes, len(rest) - 1)])


def _zero(cell: str) -> int | None:
    return 0 if re.match(r"0(?!\d)", cell.strip()) else None


def _value(cell: str) -> int | bool | None:
    """A percentage; None where the cell says that there is none; False where it says neither."""
    cell = cell.strip()
    if found := (_PERCENT.fullmatch(cell) or re.fullmatch(r"(\d{1,3})", cell)):
        return int(found[1])
    return (
        None
        if _NONE.fullmatch(cell)
        or re.match(r"(?:data )?not (?:applicable|inspected|available|reported)|no data|n/a", cell, re.I)
        else False
    )


def _yes_column(cells: tuple[str, ...], before: int) -> int:
    """Where, among the columns of numbers, the one for "Yes" stands."""
    heads = [tidy(cell).lower().strip(" '\"") for cell in cells]
    if not any(re.search(r"percent|per cent|%|\byes\b", head) for head in heads) or any("?" in h for h in heads):
        return before
    columns = [head for head in heads[1:] if head]
    for i, head in enumerate(columns):
        if re.search(r"\byes\b", head):
            return i
    return 0


def _first_is_no(header: str) -> bool:
    yes, no = re.search(r"\byes\b", header, re.I), re.search(r"\bno\b", header, re.I)
    return bool(yes and no and no.start() < yes.start())


def _table_end(blocks: tuple[Block, ...], start: int) -> int:
    end = start + 1
    while end < len(blocks) and end - start < 40:
        block = blocks[end]
        if block.kind == "heading" or standard_heading(block.text) or block.text.lower().startswith(_AFTER):
            break
        end += 1
    return end


_AFTER = ("strengths", "areas for improvement", "annexe", "recommendations")


def _from_text(text: str, *, second: bool) -> list[tuple[str, int | None]]:
    """Rows of a table whose cells ran together: "Does planning ...? 40% Does ...?"."""
    out: list[tuple[str, int | None]] = []
    text = _REST_OF_HEADER.sub("", text)
    waiting: list[str] = []  # questions whose percentages come after all of them
    at = 0
    while found := re.compile(rf"\s*([^?]{{10,{_LONGEST}}}\?)").match(text, at):
        question, inside = found[1], None
        # The percentage stands beside the middle line of a question that is printed over several.
        if middle := _BESIDE.search(question):
            shares = [int(one[1]) for one in _PERCENT.finditer(middle[0])]
            inside = shares[-1 if second else 0]
            question = f"{question[: middle.start()].strip()} {question[middle.end() :].strip()}"
        if not _BEGINS.match(question):
            break
        # A footnote's mark glued to the question, "enough?3 72%", where the footnote itself was not found.
        mark = re.compile(r"\d{1,2}(?=\s+(?:\d|not\b|n/a)|\s*$)", re.I).match(text, found.end())
        values, after = _values(text, mark.end() if mark else found.end())
        if inside is None and not values:
            waiting.append(question)
        elif waiting and len(values) == len(waiting) + 1:
            out += zip([*waiting, question], values, strict=True)
            waiting = []
        else:
            out.append((question, inside if inside is not None else values[-1 if second and len(values) > 1 else 0]))
        at = after
    return out + [(question, None) for question in waiting]


def _values(text: str, at: int) -> tuple[list[int | None], int]:
    """Percentages one after the other from a place, and where they end."""
    out: list[int | None] = []
    while True:
        while at < len(text) and text[at] in " \n|":
            at += 1
        if found := (_PERCENT.match(text, at) or _BARE.match(text, at)):
            out.append(int(found[1] if found.lastindex else found[0]))
        elif found := _NONE.match(text, at):
            out.append(None)
        else:
            return out, at
        at = found.end()


def _once(rows: list[KeyQuestion]) -> list[KeyQuestion]:
    """A table whose header comes again on the next page is still one table."""
    out: list[KeyQuestion] = []
    for row in rows:
        if row not in out:
            out.append(row)
    return out
