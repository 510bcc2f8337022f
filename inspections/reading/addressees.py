"""To whom a recommendation is addressed: the heading above a list, and the level it means."""

import re
from functools import lru_cache

from .record import Level
from .wording import tidy

# The probation regions of England and Wales since June 2021.
REGIONS = (
    "East Midlands", "East of England", "Greater Manchester", "Kent, Surrey and Sussex", "London", "North East",
    "North West", "South Central", "South West", "Wales", "West Midlands", "Yorkshire and the Humber",
)  # fmt: skip

_SHOULD = re.compile(
    r"(?:we (?:also )?(?:therefore )?recommend that\s+|in addition,?\s+)?(?P<who>[^:.?]{2,140}?)"
    r"\s+(?:should|must)(?:\s+also)?\s*[:;,–-]?",
    re.I,
)
_RECOMMEND_THAT = re.compile(r"we (?:also )?(?:therefore )?recommend that\s+(?P<who>[^:.?]{2,140}?)\s*:", re.I)
_FOR = re.compile(r"(?:recommendations?\s+)?(?:for|to)\s+(?P<who>[^:.?]{2,140}?)\s*:?", re.I)
_FOR_PLACE = re.compile(r"recommendations?\s+(?:for|to)\s+(?P<who>[^:.?]{2,140})", re.I)
_NAMED = re.compile(r"(?P<who>[^:.?]{2,140}?)\s*:?")

_REGION = re.compile(r"\bregions?\b|\bregional\b", re.I)
_PDU = re.compile(r"\bPDUs?\b|\bdelivery units?\b|\bhead of service\b", re.I)
_HMPPS = re.compile(
    r"\bHMPPS\b|\bprison and probation service\b|\bthe probation service$|^probation service$|\bministry of justice\b"
    r"|\bchief probation officer\b|\bchief executive\b|\bsecretary of state\b|\bnational\b",
    re.I,
)


@lru_cache(maxsize=2048)
def addressee(text: str, *, marked: bool = False) -> str | None:
    """Whom a line addresses, as printed without "should" and the colon; None if it addresses nobody.

    ``marked`` says that the format shows the line as a heading: then a place alone is enough.
    """
    if len(text) > 200:
        return None
    text = tidy(text).strip(" *")
    if len(text) > 170 or not text:
        return None
    for shape in (_SHOULD, _RECOMMEND_THAT):
        if (found := shape.fullmatch(text)) and _is_somebody(found["who"]):
            return found["who"].strip(" ,")
    if (found := _FOR.fullmatch(text)) and (text.endswith(":") or marked) and level_by_words(found["who"]):
        return re.sub(r"\s*:$", "", text)
    if (found := _FOR_PLACE.fullmatch(text)) and _is_place(found["who"]):
        return text
    found = _NAMED.fullmatch(text)
    if found and (marked or text.endswith(":")) and _is_place(found["who"]):
        return found["who"].strip()
    return None


def _is_somebody(who: str) -> bool:
    """Not a clause such as "Where this happens, staff" that only ends in "should" by a line's end."""
    return len(who.split()) <= 22 and (who[0].isupper() or who.lower().startswith("the "))


def _is_place(who: str) -> bool:
    """A body alone, without a sentence around it."""
    who = re.sub(r"^the\s+", "", who.strip(), flags=re.I)
    if re.search(r"\b(?:PDU|region|probation delivery unit)$|\(HMPPS\)$|^HMPPS$", who):
        return who[0].isupper() and not re.search(r"\b(?:was|is|of the PDU|inspection|the)\b", who)
    return bool(re.fullmatch(r"(?:H\w+ Majesty's|HM) Prison and Probation Service|The Probation Service", who))


def level_by_words(who: str) -> Level | None:
    """The level that the words themselves name."""
    if _PDU.search(who):
        return "pdu"
    if _REGION.search(who) or re.sub(r"^the\s+", "", who, flags=re.I) in REGIONS:
        return "region"
    if (part := re.search(r"\bprobation service\b\W+(?:in\s+)?(?P<where>\w.*)", who, re.I)) and part[
        "where"
    ] in REGIONS:
        return "region"
    if _HMPPS.search(who):
        return "hmpps"
    return None


def level_of(who: str, *, pdu: str | None, short: str | None, region: str | None) -> tuple[Level, bool]:
    """The level of an addressee, and whether that is sure. The document's own names decide where words do not."""
    if sure := level_by_words(who):
        return sure, True
    name = _key(who)
    if name in {_key(one) for one in (pdu, short) if one}:
        return "pdu", True
    if region and (name == _key(region) or name == _key(f"{region} probation")):
        return "region", True
    for known in REGIONS:
        if name in (_key(f"{known} probation service"), _key(f"{known} probation")):
            return "region", True
    if re.search(r"\bprobation service\b", who, re.I):
        return "hmpps", False
    return ("pdu" if pdu else "region" if region else "hmpps"), False


def _key(name: str) -> str:
    return re.sub(r"[^a-z]+", " ", re.sub(r"^the\s+", "", name.lower())).strip()
