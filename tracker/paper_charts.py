"""The chart of a paper: columns, as places for an SVG and as Word's own. Numbers in, places and XML out."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 170
TOP, BOTTOM = 20, 132
EDGE = 10  # for what is wider than its column at either end
BLUE = "1D70B8"  # as the columns of the pages
EACH_SAID = 8  # columns whose numbers the words beside the chart repeat one by one
DIGIT = 8  # width of a digit, in the units of the view box
LABEL = 44  # room of a label


@dataclass(frozen=True)
class Column:
    """``number``: "" where there is no room for it; ``label``: its lines."""

    x: float
    y: float
    width: float
    height: float
    number: str
    label: tuple[str, ...]

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


def described(name: str, labels, numbers) -> str:
    """What the columns show, in words."""
    if len(numbers) <= EACH_SAID:
        said = "; ".join(f"{label}: {number}" for label, number in zip(labels, numbers, strict=True))
        return f"{name}. {said}."
    most = max(numbers)
    return (
        f"{name}, from {numbers[0]} in {labels[0]} to {numbers[-1]} in {labels[-1]}; the most is {most}, first in "
        f"{labels[numbers.index(most)]}. The table below holds every number."
    )


def columns(labels, numbers) -> list[Column]:
    """Places in a view box of 720 by 170. Where columns are narrow, only the ends and the highest carry a number, and
    only every so many a label."""
    step, most = (WIDTH - 2 * EDGE) / len(numbers), max(numbers)
    every = 1 + int(LABEL / step) if step < LABEL else 1
    found = []
    for n, (label, number) in enumerate(zip(labels, numbers, strict=True)):
        height = round((BOTTOM - TOP) * number / most, 1) if most else 0
        has_room = step >= DIGIT * (len(str(most)) + 1) or n in (0, len(numbers) - 1) or number == most
        found.append(
            Column(
                round(EDGE + step * (n + 0.15), 1), round(BOTTOM - height, 1), round(step * 0.7, 1), height,
                str(number) if has_room else "", tuple(label.split("\n")) if n % every == 0 else (),
            )
        )  # fmt: skip
    return found


_SPACES = (
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
_TEXT = (
    '<c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr><a:defRPr sz="900"><a:latin typeface="Arial"/></a:defRPr></a:pPr>'
    '<a:endParaRPr lang="en-GB"/></a:p></c:txPr>'
)
_LINE = '<c:spPr><a:ln w="9525"><a:solidFill><a:srgbClr val="505A5F"/></a:solidFill></a:ln></c:spPr>'


def word_chart(name: str, labels, numbers) -> bytes:
    """DrawingML of a column chart whose numbers stand in itself: no workbook behind it, nothing to fetch."""

    def points(texts):
        found = (f'<c:pt idx="{n}"><c:v>{escape(str(text))}</c:v></c:pt>' for n, text in enumerate(texts))
        return f'<c:ptCount val="{len(texts)}"/>{"".join(found)}'

    labels = [label.replace("\n", " ") for label in labels]
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<c:chartSpace {_SPACES}><c:roundedCorners val="0"/>'
        '<c:chart><c:autoTitleDeleted val="1"/><c:plotArea><c:layout/><c:barChart><c:barDir val="col"/>'
        '<c:grouping val="clustered"/><c:varyColors val="0"/><c:ser><c:idx val="0"/><c:order val="0"/>'
        f'<c:tx><c:strRef><c:f>"name"</c:f><c:strCache>{points([name])}</c:strCache></c:strRef></c:tx>'
        f'<c:spPr><a:solidFill><a:srgbClr val="{BLUE}"/></a:solidFill></c:spPr><c:invertIfNegative val="0"/>'
        f'<c:dLbls>{_TEXT}<c:showLegendKey val="0"/><c:showVal val="1"/><c:showCatName val="0"/>'
        '<c:showSerName val="0"/><c:showPercent val="0"/><c:showBubbleSize val="0"/></c:dLbls>'
        f"<c:cat><c:strLit>{points(labels)}</c:strLit></c:cat>"
        f"<c:val><c:numLit><c:formatCode>General</c:formatCode>{points(numbers)}</c:numLit></c:val></c:ser>"
        '<c:gapWidth val="45"/><c:axId val="1"/><c:axId val="2"/></c:barChart>'
        '<c:catAx><c:axId val="1"/><c:scaling><c:orientation val="minMax"/></c:scaling><c:delete val="0"/>'
        '<c:axPos val="b"/><c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/>'
        f'<c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>{_LINE}{_TEXT}<c:crossAx val="2"/>'
        '<c:crosses val="autoZero"/><c:auto val="0"/><c:lblAlgn val="ctr"/><c:lblOffset val="100"/>'
        '<c:noMultiLvlLbl val="1"/></c:catAx>'
        '<c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/><c:min val="0"/></c:scaling>'
        '<c:delete val="1"/><c:axPos val="l"/><c:numFmt formatCode="General" sourceLinked="0"/>'
        '<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/><c:crossAx val="1"/>'
        '<c:crosses val="autoZero"/><c:crossBetween val="between"/></c:valAx></c:plotArea>'
        '<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>'
        "<c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr></c:chartSpace>"
    ).encode()
