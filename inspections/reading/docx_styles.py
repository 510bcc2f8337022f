"""Word's styles and automatic numbers: what a paragraph looks like and which number Word prints before it."""

import re
from dataclasses import dataclass, field, replace

from lxml import etree

from .markers import BULLET, numeral

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING = re.compile(
    r"(?:heading|überschrift|titre|título|titolo|rubrik|kop|otsikko|overskrift|nagłówek)\s*([1-9])$", re.I
)
_FORMATS = {"lowerLetter": "a", "upperLetter": "A", "lowerRoman": "i", "upperRoman": "I"}
_SYMBOL_FONTS = re.compile(r"symbol|wingdings|webdings|courier", re.I)


@dataclass(frozen=True)
class Style:
    heading: int = 0  # 1 to 6
    bold: bool = False
    size: float = 0
    hidden: bool = False
    raised: bool = False
    breaks_before: bool = False
    number: str | None = None  # numId
    level: int | None = None  # ilvl
    id: str = ""


class Styles:
    """styles.xml, each style with what it inherits."""

    def __init__(self, root: etree._Element | None) -> None:
        self._raw: dict[str, etree._Element] = {}
        self._done: dict[str, Style] = {}
        self._defaults = Style()
        self._default_paragraph = ""
        if root is None:
            return
        self._defaults = _add_run(Style(), root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr"))
        for style in root.iter(W + "style"):
            identity = style.get(W + "styleId", "")
            self._raw[identity] = style
            if style.get(W + "type") == "paragraph" and style.get(W + "default") in ("1", "true", "on"):
                self._default_paragraph = identity

    def named(self, identity: str) -> Style:
        """A style by its id; an unknown one, or a chain that bites its own tail, gives the defaults."""
        if identity in self._done:
            return self._done[identity]
        chain = []
        while identity in self._raw and identity not in chain and len(chain) < 50:
            chain.append(identity)
            based = self._raw[identity].find(W + "basedOn")
            identity = based.get(W + "val", "") if based is not None else ""
        style = self._defaults
        for one in reversed(chain):
            style = self._inherit(style, one)
            self._done[one] = style
        return style

    def _inherit(self, base: Style, identity: str) -> Style:
        element = self._raw[identity]
        style = replace(_add_run(base, element.find(W + "rPr")), id=identity)
        name = element.find(W + "name")
        spoken = name.get(W + "val", "") if name is not None else identity
        if match := _HEADING.match(spoken):
            style = replace(style, heading=min(int(match[1]), 6))
        elif spoken.lower() in ("title", "titel"):
            style = replace(style, heading=1)
        elif spoken.lower().startswith(("toc ", "normal", "body text", "list")):
            style = replace(style, heading=0)
        return _add_paragraph(style, element.find(W + "pPr"))

    def of_paragraph(self, properties: etree._Element | None) -> Style:
        named = properties.find(W + "pStyle") if properties is not None else None
        style = self.named(named.get(W + "val", "") if named is not None else self._default_paragraph)
        return _add_paragraph(style, properties)

    def of_run(self, properties: etree._Element | None, paragraph: Style) -> Style:
        """How a run looks: the paragraph's style, the run's own style, the run's own settings."""
        named = properties.find(W + "rStyle") if properties is not None else None
        if named is not None and (element := self._raw.get(named.get(W + "val", ""))) is not None:
            paragraph = _add_run(paragraph, element.find(W + "rPr"))
        return _add_run(paragraph, properties)

    def breaks_before(self, properties: etree._Element | None) -> bool:
        return self.of_paragraph(properties).breaks_before

    def number_style(self, identity: str) -> str | None:
        """The numId of a numbering style."""
        element = self._raw.get(identity)
        number = element.find(f"{W}pPr/{W}numPr/{W}numId") if element is not None else None
        return number.get(W + "val") if number is not None else None


def _on(parent: etree._Element, name: str, otherwise: bool) -> bool:
    element = parent.find(W + name)
    return otherwise if element is None else element.get(W + "val", "1") not in ("0", "false", "off", "none")


def _add_run(style: Style, properties: etree._Element | None) -> Style:
    if properties is None or not len(properties):
        return style
    size = properties.find(W + "sz")
    raised = properties.find(W + "vertAlign")
    position = properties.find(W + "position")
    points = size.get(W + "val", "") if size is not None else ""
    lifted = position is not None and _integer(position.get(W + "val", "0")) >= 5
    return replace(
        style,
        bold=_on(properties, "b", style.bold),
        hidden=_on(properties, "vanish", style.hidden),
        size=int(points) / 2 if points.isdecimal() else style.size,
        raised=(raised.get(W + "val") == "superscript" if raised is not None else style.raised) or lifted,
    )


def _add_paragraph(style: Style, properties: etree._Element | None) -> Style:
    if properties is None:
        return style
    outline = properties.find(W + "outlineLvl")
    if outline is not None:
        level = _integer(outline.get(W + "val", "9"))
        style = replace(style, heading=level + 1 if 0 <= level < 6 else 0)
    number = properties.find(f"{W}numPr/{W}numId")
    level = properties.find(f"{W}numPr/{W}ilvl")
    return replace(
        style,
        breaks_before=_on(properties, "pageBreakBefore", style.breaks_before),
        number=number.get(W + "val") if number is not None else style.number,
        level=_integer(level.get(W + "val", "0")) if level is not None else style.level,
    )


def _integer(value: str) -> int:
    try:
        return int(value)
    except ValueError:
        return 0


@dataclass
class _Level:
    start: int = 1
    format: str = "decimal"
    text: str = ""
    font: str = ""
    restart: int | None = None  # after which level, counted from 1; 0 is never
    legal: bool = False  # all numbers in it are shown as decimals


@dataclass(frozen=True)
class Marker:
    marker: str
    level: int  # from 1


@dataclass
class _Abstract:
    levels: dict[int, _Level] = field(default_factory=dict)
    by_style: dict[str, int] = field(default_factory=dict)
    link: str = ""
    counts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """numbering.xml, counting as Word does while the paragraphs go by in order."""

    def __init__(self, root: etree._Element | None, styles: Styles) -> None:
        self._styles = styles
        self._abstracts: dict[str, _Abstract] = {}
        self._nums: dict[str, tuple[str, dict[int, int], dict[int, _Level]]] = {}
        self._started: set[tuple[str, int]] = set()
        if root is None:
            return
        for element in root.iter(W + "abstractNum"):
            self._abstracts[element.get(W + "abstractNumId", "")] = _abstract(element)
        for element in root.iter(W + "num"):
            abstract = element.find(W + "abstractNumId")
            starts, levels = {}, {}
            for override in element.iter(W + "lvlOverride"):
                number = _integer(override.get(W + "ilvl", "0"))
                if (own := override.find(W + "lvl")) is not None:
                    levels[number] = _level(own)
                if (start := override.find(W + "startOverride")) is not None:
                    starts[number] = _integer(start.get(W + "val", "1"))
            identity = abstract.get(W + "val", "") if abstract is not None else ""
            self._nums[element.get(W + "numId", "")] = (identity, starts, levels)

    def is_listed(self, properties: etree._Element | None) -> bool:
        return self._styles.of_paragraph(properties).number in self._nums

    def next(self, properties: etree._Element | None) -> Marker | None:
        """Count this paragraph and give its marker; None where it has no automatic number or bullet."""
        style = self._styles.of_paragraph(properties)
        if style.number not in self._nums:
            return None
        identity, starts, own = self._nums[style.number]
        abstract = self._linked(self._abstracts.get(identity))
        if abstract is None:
            return None
        depth = style.level if style.level is not None else abstract.by_style.get(style.id, 0)
        depth = min(max(depth, 0), 8)
        levels = {**abstract.levels, **own}
        level = levels.get(depth, _Level())
        if depth in starts and (style.number, depth) not in self._started:
            abstract.counts[depth] = starts[depth] - 1
        self._started.add((style.number, depth))
        abstract.counts[depth] = abstract.counts.get(depth, level.start - 1) + 1
        for deeper in [one for one in abstract.counts if one > depth]:
            after = levels.get(deeper, _Level()).restart
            if after is None or 0 < after >= depth + 1:
                del abstract.counts[deeper]
        return Marker(_shown(level, levels, abstract.counts), depth + 1)

    def _linked(self, abstract: _Abstract | None) -> _Abstract | None:
        for _ in range(5):
            if abstract is None or not abstract.link:
                return abstract
            number = self._styles.number_style(abstract.link)
            identity = self._nums[number][0] if number in self._nums else ""
            following = self._abstracts.get(identity)
            if following is abstract:
                return abstract
            abstract = following
        return abstract


def _abstract(element: etree._Element) -> _Abstract:
    out = _Abstract()
    link = element.find(W + "numStyleLink")
    out.link = link.get(W + "val", "") if link is not None else ""
    for level in element.iter(W + "lvl"):
        depth = _integer(level.get(W + "ilvl", "0"))
        out.levels[depth] = _level(level)
        if (style := level.find(W + "pStyle")) is not None:
            out.by_style[style.get(W + "val", "")] = depth
    return out


def _level(element: etree._Element) -> _Level:
    def value(name: str, otherwise: str) -> str:
        found = element.find(W + name)
        if found is None:  # a format that old Word does not know is wrapped in AlternateContent
            found = next(element.iter(W + name), None)
        return found.get(W + "val", otherwise) if found is not None else otherwise

    fonts = element.find(f"{W}rPr/{W}rFonts")
    restart = element.find(W + "lvlRestart")
    return _Level(
        start=_integer(value("start", "0")),
        format=value("numFmt", "decimal"),
        text=value("lvlText", ""),
        font=fonts.get(W + "ascii", "") if fonts is not None else "",
        restart=_integer(restart.get(W + "val", "0")) if restart is not None else None,
        legal=_on(element, "isLgl", False),
    )


def _shown(level: _Level, levels: dict[int, _Level], counts: dict[int, int]) -> str:
    if level.format == "none":
        return ""
    if level.format == "bullet":
        mark = level.text.strip()
        private = any("\ue000" <= sign <= "\uf8ff" for sign in mark)
        return BULLET if not mark or private or (_SYMBOL_FONTS.search(level.font) and mark != "o") else mark

    def number(match: re.Match) -> str:
        depth = int(match[1]) - 1
        other = levels.get(depth, _Level())
        count = counts.get(depth, other.start)
        style = "1" if level.legal else _FORMATS.get(other.format, "1")
        return f"{count:02}" if other.format == "decimalZero" else numeral(count, style)

    return re.sub(r"%([1-9])", number, level.text).strip()
