"""What the title page and the pages after it say: title, PDU, region, publication, ISBN, lead inspector."""

import re
from dataclasses import dataclass

from .addressees import REGIONS, addressee, level_by_words
from .dates import MONTH, month_and_year
from .headings import bare_name, is_contents_entry, is_known
from .paragraphs import Block, Document
from .record import Month, Pdu

_TITLE = re.compile(
    r"(?P<lead>(?:an?|the)?\s*(?:[\w-]+\s+){0,3}?inspection of (?:the )?probation(?: services?| delivery| work)?"
    r"(?: (?:in|of|for|by|across))?\s*:?)\s*(?P<place>.{0,170})",
    re.I,
)
_PLACE_END = re.compile(r"\b(?:PDU|Probation Delivery Unit|(?:probation )?region)\b")
_AFTER_TITLE = re.compile(
    rf"\s*(?:\bThe Probation Service\b|"
    rf"\bHM Inspectorate|\bH\w+ Majesty's Inspectorate|\bPublished\b|\b{MONTH}\s+20\d\d|"
    r"\bContents\b|\bFieldwork\b).*",
    re.S,
)
_SERVICE_REGION = re.compile(
    r"\bProbation Service\s*(?:[–—:,-]|in)\s*(?:the\s+)?"
    r"([A-Z][A-Za-z, ]{2,50}?)\s+(?:probation )?region\b"
)
_SERVICE_PLACE = re.compile(rf"\bProbation Service\s*[–—:,-]\s*({'|'.join(REGIONS)})\b")
_IN_REGION = re.compile(
    r"\b(?:the|within|in|of)\s+((?:[A-Z][a-z]+|and|of|the|,)(?:,?\s(?:[A-Z][a-z]+|and|of|the)){0,4}?)\s+(?:probation\s+)?region\b"
)
_PUBLISHED = (
    re.compile(
        rf"\bpublish(?:ed|ing)?(?: (?:on|in|date))?\s*:?\s+(?:\d{{1,2}}(?:st|nd|rd|th)?\s+)?({MONTH}\s+\d{{4}})", re.I
    ),
    re.compile(
        rf"\b(?:date of publication|publication date)\s*:?\s+(?:\d{{1,2}}(?:st|nd|rd|th)?\s+)?({MONTH}\s+\d{{4}})", re.I
    ),
    re.compile(rf"\bInspectorate of Probation\s*[,–—|-]?\s+(?:\d{{1,2}}(?:st|nd|rd|th)?\s+)?({MONTH}\s+\d{{4}})", re.I),
    re.compile(rf"^(?:\d{{1,2}}(?:st|nd|rd|th)?\s+)?({MONTH}\s+\d{{4}})$", re.I | re.M),
)
_ISBN = re.compile(
    r"\bISBN\b[\s:.]{0,4}(?:\(?(?:13|10|online|pdf"
    r"|web)\)?[\s:]+)?((?:\d[\s–-]?){9,12}[\dXx])\b",
    re.I,
)
_NAME = r"(?P<name>[A-Z][^,.;:()\d]{2,60}?)"
_NAME_ENDS = (
    r"(?=\s*(?:[,.;(]|$|\bsupported\b|\bwith\b|\bassisted\b|\balongside\b|\band (?:a|an|the|her|his|their"
    r"|supported)\b|\bof HM\b))"
)
_INSPECTOR = (
    r"(?:HMI|(?:HM|H\w+ Majesty's)?\s*(?:(?:lead|senior|chief|assistant chief|deputy chief"
    r"|assistant)\s+)*inspectors?)"
)
_LEAD = (
    re.compile(rf"\bled by\s+{_INSPECTOR}(?: of probation)?,?\s+{_NAME}{_NAME_ENDS}", re.I),
    re.compile(
        rf"\blead inspectors?\s*(?::|was|is|–|-)\s*(?:HM (?:lead )?inspectors?\s+)?{_NAME}{_NAME_ENDS}", re.I | re.M
    ),
    re.compile(rf"\blead inspector for (?:this|the) inspection was\s+{_NAME}{_NAME_ENDS}", re.I),
    re.compile(
        r"(?m)(?:^|[.!?]\s+)(?:HM Inspector |HMI )?(?P<name>[A-Z][\w'.-]+(?: (?:de|la|van|von|der|of"
        r"|[A-Z][\w'-]+)){1,4})(?:,[^,.]{2,50},)? led (?:this|the) inspection"
    ),
    re.compile(rf"\binspection was led by\s+{_NAME}{_NAME_ENDS}", re.I),
)
_FIELDWORK_IN = re.compile(
    r"\bfieldwork (?:was \w+ )?(?:in|at|across) ((?:the )?[A-Z][A-Za-z,'& -]{2,100}?)\s*"
    r"(?:\bPDU\b|\bProbation Delivery Unit\b|\(|\b(?:over|between|ran|took|was|were|from|during|on|in the|for)\b)"
)


@dataclass(frozen=True, slots=True)
class Identity:
    """What was inspected, as far as the document says."""

    title: str | None
    pdu: Pdu | None
    region: str | None


def front(document: Document) -> str:
    """The text before the first chapter of substance, one block a line."""
    for i, block in enumerate(document.blocks):
        if (
            bare_name(block.text) in ("foreword", "background", "introduction")
            and not is_contents_entry(block.text)
            and i > 25
        ):
            return document.text(0, i)
    return document.text(0, 80)


def identity(document: Document, addressees: list[str]) -> Identity:
    """Title, PDU and region; ``addressees`` are those of the recommendations."""
    title, place = _title(document)
    name = _unit_name(place)
    if not name and not (place and _is_region(place)):
        name = _from_ratings_page(document) or _from_addressees(addressees) or _from_fieldwork(document)
    pdu = Pdu(name, _short_name(document, name, addressees)) if name else None
    return Identity(title, pdu, _region(document, place, addressees))


def published(document: Document) -> Month | None:
    """Month of publication, from the title page or beside "Published"."""
    text = front(document)
    for shape in _PUBLISHED:
        if (found := shape.search(text)) and (month := month_and_year(found[1])):
            return Month(*month)
    return None


def isbn(document: Document) -> str | None:
    """The ISBN as printed."""
    found = _ISBN.search(front(document)) or _ISBN.search(document.text())
    return re.sub(r"[–—]", "-", found[1].strip()) if found else None


def lead_inspector(document: Document) -> str | None:
    """Who led the inspection."""
    for text in (front(document), document.text()):
        flat = text.replace("\n", " ")
        for shape in _LEAD:
            found = shape.search(text) or shape.search(flat)
            if found and found["name"][0].isupper():
                return " ".join(found["name"].split())
    return None


def _title(document: Document) -> tuple[str | None, str | None]:
    """The title up to and with the place, and the place."""
    blocks = document.blocks[:60]
    for i, block in enumerate(blocks):
        if is_contents_entry(block.text) or len(block.text) > 300:
            continue
        found = _TITLE.match(block.text)
        if not found or block.text[0].islower():
            continue
        flat = " ".join(b.text for b in _until_heading(blocks[i : i + 5]))
        found = _TITLE.match(flat)
        # A report on a region may name nothing but "The Probation Service – Wales region".
        place = (_AFTER_TITLE.sub("", found["place"]) or found["place"]).strip(" –-")
        if end := _PLACE_END.search(place):
            place = place[: end.end()]
        elif len(place) > 90 or place.endswith("."):
            continue
        if place:
            return f"{found['lead'].strip()} {place}", place
    return _plain_title(blocks), None


def _until_heading(blocks: tuple[Block, ...]) -> list[Block]:
    """The first block and those after it that can still be its title."""
    out = [blocks[0]]
    for block in blocks[1:]:
        if is_known(block.text) or is_contents_entry(block.text) or len(block.text) > 200:
            break
        out.append(block)
    return out


def _plain_title(blocks: tuple[Block, ...]) -> str | None:
    for block in blocks[:25]:
        if re.match(r"(?:an?|the)\s+(?:[\w-]+\s+){0,4}inspection\b", block.text, re.I) and len(block.text) < 160:
            return None if block.text.endswith(".") else block.text
    return None


def _unit_name(place: str | None) -> str | None:
    found = re.fullmatch(
        r"(?:the\s+)?(.+?)\s+(?:PDU|Probation Delivery Unit)"
        r"(?:\s*\(PDU\))?",
        (place or "").strip(),
    )
    return found[1] if found else None


def _is_region(place: str) -> bool:
    return bool(re.search(r"\bregion$", place)) or re.sub(r"^the\s+", "", place.strip(), flags=re.I) in REGIONS


def _from_ratings_page(document: Document) -> str | None:
    """The unit named above the ratings, before "Fieldwork started"."""
    blocks = document.blocks
    for i, block in enumerate(blocks):
        if bare_name(block.text) != "ratings" or is_contents_entry(block.text):
            continue
        above = " ".join(b.text for b in blocks[i + 1 : i + 4])
        found = re.match(r"(?:The\s+)?([A-Z][A-Za-z,'& -]{2,100}?)\s+(?:PDU|Probation Delivery Unit)\b", above)
        if found:
            return found[1]
    return None


def _from_addressees(addressees: list[str]) -> str | None:
    for who in addressees:
        name = _unit_name(who)
        if name and level_by_words(who) == "pdu" and not re.search(r"\b(?:head|leaders?|managers?)\b", name, re.I):
            return name
    return None


def _from_fieldwork(document: Document) -> str | None:
    """The unit that "We conducted fieldwork in X PDU" names, where the report elsewhere calls X a PDU too."""
    text = document.text()
    found = _FIELDWORK_IN.search(text)
    if not found:
        return None
    name = re.sub(r"^the\s+|,$", "", found[1].strip())
    named = re.search(rf"{re.escape(name)},?\s+(?:PDU|Probation Delivery Unit|\([A-Z]{{2,9}}\))", text)
    return name if named else None


def _short_name(document: Document, name: str, addressees: list[str]) -> str | None:
    """The abbreviation that stands in brackets behind the PDU's name."""
    parts = [re.escape(part) for part in re.split(r"[,\s]+", name)]
    found = re.search(
        r"[,\s]+".join(parts) + r"\s*(?:PDU\s*)?\(['\"]?([A-Z][A-Za-z&]{1,9})['\"]?\)",
        document.text().replace("\n", " "),
    )
    if found and found[1] not in ("PDU", "HMPPS"):
        return found[1]
    for who in addressees:
        if re.fullmatch(r"(?:the\s+)?[A-Z]{2,8}(?:\s+PDU)?", who) and "HMPPS" not in who:
            short = who.split()[-2] if who.endswith(" PDU") else who.split()[-1]
            initials = "".join(word[0] for word in re.findall(r"[A-Z]\w+", name))
            if set(short) <= set(initials):
                return short
    return None


def _region(document: Document, place: str | None, addressees: list[str]) -> str | None:
    """The region, without "region"."""
    text = front(document)
    for shape in (_SERVICE_REGION, _SERVICE_PLACE):
        if found := shape.search(text):
            return found[1].strip()
    if place and _is_region(place):
        return _without_region(place)
    for who in addressees:
        if level_by_words(who) == "region" and (
            found := re.search(r"([A-Z].*?)\s+(?:probation\s+)?region\b", _core(who))
        ):
            return found[1]
        if _core(who) in REGIONS:
            return _core(who)
    whole = document.text().replace("\n", " ")
    for shape in (_SERVICE_REGION, _IN_REGION):
        for found in shape.finditer(whole):
            if (name := found[1].strip()) in REGIONS:
                return name
    return None


def _core(who: str) -> str:
    return re.sub(
        r"^(?:for\s+)?(?:the\s+)?(?:probation service\s*[–—,-]\s*)?(?:in\s+)?"
        r"(?:the\s+)?",
        "",
        who.strip(),
        flags=re.I,
    )


def _without_region(place: str) -> str:
    return re.sub(r"^the\s+|\s+(?:probation\s+)?region$", "", place.strip(), flags=re.I)


def names_addressed(document: Document) -> list[str]:
    """All addressee headings of a document, for documents whose title page is missing."""
    return [who for block in document.blocks if (who := addressee(block.text, marked=block.prominent))]
