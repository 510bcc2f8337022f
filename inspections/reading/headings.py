"""What a heading of these reports looks like, whether or not the format marks it as one."""

import re
from functools import lru_cache

_NUMBERING = re.compile(
    r"^(?:(?:chapter|section|part|domain)\s+\w{1,5}\s*[:.–-]?\s+|[A-Z]?\d{1,2}(?:\.\d{1,2})?[.):]?\s+)", re.I
)
_LEADERS = re.compile(r"(?:\.{2,}|…|\s\.(?:\s\.)+|_{3,})[\s.]*\d{1,3}$")
_PAGE_AT_END = re.compile(r"\s\d{1,3}$")
_RECOMMENDATIONS = re.compile(
    r"(?:(?:our|key|main|the|new|summary of|summary of our|summary of the|list of|full list of)\s+)?"
    r"recommendations?(?:\s+(?:summary|for improvement|arising from this inspection|of this inspection|"
    r"from this inspection|made in this report))?"
)
_ANNEXE = re.compile(r"(?:annexe?|appendix|appendices|annexes)\b")
_EARLIER = re.compile(
    r"\b(?:previous|earlier|last|prior|past|former|20[01]\d)\b.{0,60}\b(?:inspections?|recommendations?|reports?)\b"
    r"|\brecommendations?\b.{0,60}\b(?:previous|earlier|last|prior|past|former|20[01]\d)\b"
    r"|\bprogress (?:against|on|since|made)\b"
)
# Names that stand alone on a line in every report of this Inspectorate, in any extraction.
_NAMES = {
    "acknowledgements", "areas for improvement", "background", "background and context", "case supervision",
    "chief inspector's overview", "contents", "context", "contextual facts", "court work",
    "court work and case supervision", "diversity and inclusion", "effective practice", "executive summary",
    "explanatory notes", "feedback from people on probation", "findings", "foreword", "glossary", "inspection ratings",
    "introduction", "key facts", "key findings", "leadership", "methodology", "next steps", "organisational alert",
    "organisational arrangements and activity", "organisational delivery", "our findings", "outcomes", "overall rating",
    "overview", "performance information", "ratings", "resettlement work", "scope", "service delivery",
    "standards", "strengths", "summary of findings", "summary of ratings", "table of contents", "terms of reference",
    "the role of hm inspectorate of probation", "web links", "what we found", "why we inspected",
}  # fmt: skip


@lru_cache(maxsize=2048)
def bare_name(text: str) -> str:
    """A heading without its numbering and end colon, in lower case: "4. Recommendations:" is "recommendations"."""
    return _NUMBERING.sub("", text.strip(), count=1).strip(" :.–-—").lower()


def is_contents_entry(text: str) -> bool:
    """A line of a contents page: "Recommendations ..... 5" or, with a known name, "Recommendations 5"."""
    if _LEADERS.search(text):
        return True
    return bool(_PAGE_AT_END.search(text)) and is_known(_PAGE_AT_END.sub("", text))


def is_recommendations(text: str) -> bool:
    """The heading above the recommendations of this report (not of an earlier one)."""
    return len(text) < 90 and bool(_RECOMMENDATIONS.fullmatch(bare_name(text)))


def is_annexe(text: str) -> bool:
    """The heading of an annexe or appendix."""
    return len(text) < 120 and bool(_ANNEXE.match(bare_name(text)))


def is_about_earlier(text: str) -> bool:
    """A heading about an earlier inspection, whose recommendations are not this report's."""
    return len(text) < 120 and bool(_EARLIER.search(bare_name(text)))


@lru_cache(maxsize=2048)
def is_known(text: str) -> bool:
    """A line that is a heading by its words alone."""
    if len(text) > 120:
        return False
    if text.rstrip().endswith((".", ",", ";")) and not re.match(r"\d", text):
        return False
    name = bare_name(text)
    if name in _NAMES:
        return True
    return is_recommendations(text) or (is_annexe(text) and (bool(re.search(r"[–:-]", text)) or len(name) < 14))


_TITLE_PAGE = re.compile(
    r"(?:An?|The)\s+(?:[\w-]+\s+){0,3}?[Ii]nspection of .{0,80}(?:\bin:?|\bof:?|:|\bPDU|\bregion)"
    r"|The Probation Service\s*[–-].{3,60}"
    r"|(?:HM|H\w{2} Majesty's) Inspectorate of Probation(?:,.{0,25}\d{4})?"
)


@lru_cache(maxsize=2048)
def is_of_title_page(text: str) -> bool:
    """A line that stands by itself on a title page: the kind of report, the region, the publisher and month."""
    return len(text) < 120 and bool(_TITLE_PAGE.fullmatch(text.strip()))


_STANDARD = re.compile(r"(?P<number>(?:[A-Z]\s?)?\d\.\d{1,2})\.?\s+(?P<name>[A-Z][A-Za-z ,'&/-]{2,70})$")


def standard_heading(text: str) -> tuple[str, str] | None:
    """("2.2", "Assessment") from "2.2. Assessment"; None for any other line."""
    found = _STANDARD.fullmatch(text.strip())
    return (found["number"], found["name"].strip()) if found else None
