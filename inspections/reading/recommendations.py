"""The recommendations: found under their heading, grouped by addressee, numbered as printed."""

import re
from dataclasses import dataclass, field

from .addressees import addressee, level_of
from .headings import (
    bare_name,
    is_about_earlier,
    is_annexe,
    is_contents_entry,
    is_known,
    is_recommendations,
    standard_heading,
)
from .paragraphs import Block, Document
from .record import Recommendation
from .wording import without_full_stop

_NUMBER = re.compile(r"(?:R(?:ec(?:ommendation)?)?\.?\s?)?\(?(\d{1,3})\s?[.):]*", re.I)


@dataclass
class Item:
    """One recommendation while it is collected; ``number`` is None where none is printed."""

    number: int | None
    parts: list[str]
    level: int
    line: int


@dataclass
class Group:
    """One addressee heading with what stands under it."""

    addressee: str
    line: int
    items: list[Item] = field(default_factory=list)


def groups(document: Document) -> list[Group]:
    """The groups of the first recommendations section that has any; else of headings standing by themselves."""
    blocks = document.blocks
    for start in _starts(blocks):
        if found := _collect(blocks, start + 1, blocks[start]):
            return found
    return []


def recommendations(
    found: list[Group], *, pdu: str | None, short: str | None, region: str | None
) -> tuple[Recommendation, ...]:
    """Groups as the record keeps them; an item without a printed number takes the next one of the report."""
    out: list[Recommendation] = []
    for at, group in enumerate(found, 1):
        level, _ = level_of(group.addressee, pdu=pdu, short=short, region=region)
        for item in group.items:
            number = item.number if item.number is not None else (out[-1].number if out else 0) + 1
            text = without_full_stop(" ".join(part for part in item.parts if part))
            out.append(Recommendation(number, at, level, group.addressee, text))
    return tuple(out)


def _starts(blocks: tuple[Block, ...]) -> list[int]:
    """Where a recommendations section of this report may begin: not in the contents, not in an annexe."""
    out, aside, aside_level = [], False, 0
    for i, block in enumerate(blocks):
        if not _may_be_heading(block):
            continue
        if is_recommendations(block.text):
            if not aside or (aside_level and 0 < block.level <= aside_level):
                out.append(i)
                aside = False
        elif is_annexe(block.text) or is_about_earlier(block.text):
            aside, aside_level = True, block.level if block.kind == "heading" else 0
        elif is_known(block.text) and not (aside_level and block.level > aside_level):
            aside = False
    return out


def _may_be_heading(block: Block) -> bool:
    return block.kind != "row" and len(block.text) < 130 and not is_contents_entry(block.text)


def _ends(block: Block, opening: Block, in_list: bool) -> bool:
    """Whether a block is the heading of whatever comes after the recommendations."""
    if not _may_be_heading(block):
        return False
    if block.kind == "heading":
        if opening.kind == "heading" and opening.level and block.level <= opening.level:
            return True
        return is_known(block.text) or is_annexe(block.text) or is_about_earlier(block.text)
    if block.kind == "item" and not is_annexe(block.text) and not is_known(block.text):
        return False
    if is_known(block.text) or is_about_earlier(block.text) or standard_heading(block.text):
        return not is_recommendations(block.text)
    # Printed as large as the opening heading itself, after at least one list: the next section.
    if block.size and opening.size and block.prominent and opening.prominent and in_list:
        return block.size > opening.size - 0.6 and block.size != _common_size(block)
    return False


def _common_size(block: Block) -> float | None:
    return block.size if not block.prominent else None


def _collect(blocks: tuple[Block, ...], start: int, opening: Block) -> list[Group]:
    found: list[Group] = []
    stray = False  # something that is neither item nor heading came after the last item
    for block in blocks[start:]:
        # A row of one cell stands across the table, as a heading does.
        across = block.kind == "row" and sum(map(bool, block.cells)) == 1
        who = addressee(block.text, marked=block.prominent) if block.kind != "row" or across else None
        if who:
            found.append(Group(who, block.line))
            stray = False
            continue
        if _ends(block, opening, any(group.items for group in found)):
            break
        if found:
            stray = _take(found[-1], found, block, stray)
    return [group for group in found if group.items]


def _take(group: Group, found: list[Group], block: Block, stray: bool) -> bool:
    """Give a block to the open group; answers whether a following item needs to prove its place."""
    number = _printed_number(block)
    last = group.items[-1] if group.items else None
    if number is not None:
        if stray and not _is_next(number, found):
            return True
        text = block.text if block.kind == "item" else " ".join(block.cells[1:]).strip()
        group.items.append(Item(number, [text], block.level, block.line))
        return False
    if block.kind == "item":
        if last and (block.level > last.level or last.number is not None):
            # "(a)" is part of the wording; a bullet is not.
            lettered = re.search(r"[a-z]", block.marker, re.I)
            last.parts.append(f"{block.marker} {block.text}" if lettered else block.text)
        elif not stray:
            group.items.append(Item(None, [block.text], block.level, block.line))
        return stray
    if block.kind == "heading" and group.items:
        return True
    return stray or bool(group.items)


def _printed_number(block: Block) -> int | None:
    mark = block.marker if block.kind == "item" else block.cells[0] if block.kind == "row" and block.cells else ""
    printed = _NUMBER.fullmatch(mark.strip())
    return int(printed[1]) if printed and not is_known(f"{mark} {block.text}") else None


def _is_next(number: int, found: list[Group]) -> bool:
    """After stray text only the number that is due (or the one after it) goes on with the list."""
    numbers = [item.number for group in found for item in group.items if item.number is not None]
    return bool(numbers) and numbers[-1] < number <= numbers[-1] + 2


def heading_names(document: Document) -> set[str]:
    """The bare names of everything that can be a heading, for comparing with the contents."""
    return {bare_name(block.text) for block in document.blocks if _may_be_heading(block)}
