"""PDF reports: order, columns, tables, marks, footers and what runs over the end of a page."""

import io

import pytest
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    FrameBreak,
    ListFlowable,
    ListItem,
    PageTemplate,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from inspections.reading.pdf import to_lines

BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=11, leading=13.5, spaceAfter=6)
HEAD = ParagraphStyle("head", parent=BODY, fontName="Helvetica-Bold", fontSize=18, leading=22, spaceAfter=8)
BOLD = ParagraphStyle("bold", parent=BODY, fontName="Helvetica-Bold")
QUESTIONS = (
    ("Does assessment focus sufficiently on engaging the person on probation at every stage of the order?", "57%"),
    ("Does assessment focus sufficiently on safety?", "49%"),
    ("Does assessment focus sufficiently on the factors linked to offending and to desistance from it?", "31%"),
)


def drawn(*texts: tuple, pages: int = 1, each=None) -> bytes:
    """Text at given places: (x, distance from the top, text[, size[, font]])."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    for number in range(1, pages + 1):
        for x, y, text, *look in texts:
            canvas.setFont(look[1] if len(look) > 1 else "Helvetica", look[0] if look else 11)
            canvas.drawString(x, A4[1] - y, text)
        if each:
            each(canvas, number)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def flowing(story: list, footer: str = "") -> bytes:
    buffer = io.BytesIO()

    def at_foot(canvas: Canvas, document: object) -> None:
        if footer:
            canvas.setFont("Helvetica", 9)
            canvas.drawString(72, 40, footer)
            canvas.drawRightString(A4[0] - 72, 40, str(canvas.getPageNumber()))

    SimpleDocTemplate(buffer, pagesize=A4).build(story, onFirstPage=at_foot, onLaterPages=at_foot)
    return buffer.getvalue()


def texts(data: bytes, *kinds: str) -> list[str]:
    return [line.text for line in to_lines(data) if line.kind in (kinds or ("text", "heading", "item", "row"))]


def cells(data: bytes) -> list[tuple[str, ...]]:
    return [line.cells for line in to_lines(data) if line.cells]


def test_paragraph_is_one_line_with_its_page() -> None:
    data = flowing([Paragraph("Recommendations", HEAD), Paragraph("The quality of this work was poor. " * 9, BODY)])
    head, text, end = to_lines(data)
    assert (head.text, head.kind, head.level, head.bold, head.page) == ("Recommendations", "heading", 1, True, 1)
    assert text.text == ("The quality of this work was poor. " * 9).strip()
    assert text.whole and text.size == 11
    assert end.kind == "page"


@pytest.mark.parametrize("interleaved", [False, True], ids=["column by column", "line by line"])
def test_two_columns(interleaved: bool) -> None:
    left = [(60, 100 + 14 * i, f"left column line {i} has so many words") for i in range(12)]
    right = [(310, 100 + 14 * i, f"right column line {i} has so many words") for i in range(12)]
    pairs = [one for pair in zip(left, right, strict=True) for one in pair] if interleaved else [*left, *right]
    found = " ".join(texts(drawn((60, 70, "Ratings", 18, "Helvetica-Bold"), *pairs)))
    assert found.startswith("Ratings left column line 0")
    assert found.index("left column line 11") < found.index("right column line 0")


def test_two_columns_with_a_list_that_goes_on_in_the_second() -> None:
    buffer = io.BytesIO()
    frames = [Frame(60, 80, 225, 680, id="a"), Frame(310, 80, 225, 680, id="b")]
    document = BaseDocTemplate(buffer, pagesize=A4, pageTemplates=[PageTemplate(frames=frames)])
    items = [f"improve the way in which cases of kind {i} are planned, managed and reviewed by staff" for i in range(6)]
    story = [Paragraph("Northmoor PDU should:", BOLD), ListFlowable([ListItem(Paragraph(i, BODY)) for i in items[:3]])]
    story += [FrameBreak(), ListFlowable([ListItem(Paragraph(i, BODY)) for i in items[3:]], start=4)]
    document.build(story)
    found = [line for line in to_lines(buffer.getvalue()) if line.kind == "item"]
    assert [line.text for line in found] == items
    assert [line.column for line in found] == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("style", ["grid", "rows shaded", "space only", "tight"])
@pytest.mark.parametrize("valign", ["TOP", "MIDDLE", "BOTTOM"])
def test_wrapped_cells_of_key_questions(style: str, valign: str) -> None:
    looks = [("VALIGN", (0, 0), (-1, -1), valign)]
    if style == "grid":
        looks.append(("GRID", (0, 0), (-1, -1), 0.5, colors.black))
    if style == "rows shaded":
        looks.append(("ROWBACKGROUNDS", (0, 0), (-1, -1), [colors.lightgrey, colors.white]))
    if style == "tight":
        looks += [("TOPPADDING", (0, 0), (-1, -1), 0), ("BOTTOMPADDING", (0, 0), (-1, -1), 0)]
    style_of_cell = ParagraphStyle("cell", parent=BODY, spaceAfter=0)
    rows = [[Paragraph("Key question", BOLD), Paragraph("Percentage 'Yes'", BOLD)]]
    rows += [[Paragraph(question, style_of_cell), Paragraph(percent, style_of_cell)] for question, percent in QUESTIONS]
    table = Table(rows, colWidths=[95 * mm, 35 * mm], style=looks)
    data = flowing([Paragraph("Our rating is based on three key questions:", BODY), table, Paragraph("After.", BODY)])
    assert [found for found in cells(data) if "?" in found[0]] == list(QUESTIONS)
    assert texts(data, "text")[0] == "Our rating is based on three key questions:"
    assert texts(data, "text")[-1] == "After."


@pytest.mark.parametrize("ratings_first", [False, True])
def test_ratings_table(ratings_first: bool) -> None:
    names = ["1.1 Leadership", "1.2 Staff", "1.3 Services", "1.4 Information and facilities"]
    ratings = ["Inadequate", "Requires improvement", "Good", "Outstanding"]
    left = [(72, 200 + 24 * i, name) for i, name in enumerate(names)]
    right = [(360, 200 + 24 * i, rating, 10) for i, rating in enumerate(ratings)]
    data = drawn(*right, *left) if ratings_first else drawn(*left, *right)
    assert cells(data) == list(zip(names, ratings, strict=True))


def test_rating_over_two_lines_in_a_narrow_cell() -> None:
    rows = [
        [Paragraph(n, BODY), Paragraph(r, BODY)]
        for n, r in (("1.1 Leadership", "Requires improvement"), ("1.2 Staff", "Good"))
    ]
    table = Table(rows, colWidths=[80 * mm, 34 * mm], style=[("GRID", (0, 0), (-1, -1), 0.5, colors.black)])
    assert cells(flowing([table])) == [("1.1 Leadership", "Requires improvement"), ("1.2 Staff", "Good")]


def test_raised_marks_are_left_out_and_raised_letters_kept() -> None:
    text = "There were 15,372<super>3</super> cases, on the 15<super>th</super> of May<super>12</super>. Then it ended."
    data = flowing([Paragraph(text, BODY), Paragraph("Longer body text so that its size is known. " * 4, BODY)])
    assert texts(data)[0] == "There were 15,372 cases, on the 15th of May. Then it ended."


def footed(canvas: Canvas, number: int) -> None:
    canvas.setFont("Helvetica", 9)
    canvas.drawString(72, 36, "Inspection of probation services: Lambeth PDU")
    canvas.drawRightString(523, 36, str(number))


def test_running_lines_are_left_out() -> None:
    body = [(72, 100 + 14 * i, f"This is line {i} of the body of this page of the report.") for i in range(6)]
    found = " ".join(texts(drawn(*body, pages=4, each=footed)))
    assert "Lambeth" not in found
    assert found.count("This is line 0") == 4


def test_item_over_the_end_of_a_page_with_footnote_and_footer() -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    for number, (above, at) in enumerate(((True, 690), (False, 100)), 1):
        canvas.setFont("Helvetica", 11)
        y = A4[1] - at
        if above:
            canvas.drawString(72, y + 40, "Text that comes before the list of what we recommend to the PDU.")
            canvas.drawString(72, y, "7.")
            canvas.drawString(92, y, "improve the way in which managers plan, oversee and review all work and")
            canvas.line(72, 96, 200, 96)
            canvas.setFont("Helvetica", 5.5)
            canvas.drawString(72, 86, "1")
            canvas.setFont("Helvetica", 8.5)
            canvas.drawString(76, 83, "Progress against earlier recommendations is in annexe one,")
            canvas.drawString(72, 73, "which holds web links.")
        else:
            canvas.drawString(92, y, "Planning in every office of the unit")
            canvas.drawString(72, y - 14, "8.")
            canvas.drawString(92, y - 14, "keep it up.")
        footed(canvas, number)
        canvas.showPage()
    canvas.save()
    lines = to_lines(buffer.getvalue())
    items = [(line.marker, line.text) for line in lines if line.kind == "item"]
    assert items == [
        (
            "7.",
            "improve the way in which managers plan, oversee and review all work and "
            "Planning in every office of the unit",
        ),
        ("8.", "keep it up."),
    ]
    notes = [line.text for line in lines if line.footnote]
    assert notes == ["Progress against earlier recommendations is in annexe one, which holds web links."]


def test_heading_at_the_top_of_a_page_is_no_part_of_the_item_before() -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    for rows in (
        [(72, 700, "1."), (92, 700, "ensure that everybody on probation sees the same officer in every")],
        [(72, 90, "London region should:", 11, "Helvetica-Bold"), (72, 110, "2."), (92, 110, "keep it up.")],
    ):
        for x, y, text, *look in rows:
            canvas.setFont(look[1] if look else "Helvetica", 11)
            canvas.drawString(x, A4[1] - y, text)
        canvas.showPage()
    canvas.save()
    assert "London region should:" in texts(buffer.getvalue(), "text")


@pytest.mark.parametrize(
    ("font", "sign"), [("Symbol", "\u2022"), ("ZapfDingbats", "\u25cf"), ("Helvetica", "•"), ("Courier", "o")]
)
def test_bullets(font: str, sign: str) -> None:
    rows = [(72, 100, sign, 11, font), (90, 100, "first point that is made here"), (72, 116, sign, 11, font)]
    lines = to_lines(drawn(*rows, (90, 116, "second point")))
    assert [line.text for line in lines if line.kind == "item"] == ["first point that is made here", "second point"]
    assert lines[0].marker in ("•", "o")


def test_words_broken_at_line_ends() -> None:
    data = drawn(
        (72, 90, "The probation practitioners whom we met knew of risk and of related matters."),
        (72, 104, "They spoke of risk-related work, and several proba-"),
        (72, 118, "tion officers said that a face-to-"),
        (72, 132, "face meeting was high\u00ad"),
        (72, 146, "lighted as best for risk-"),
        (72, 160, "related work and for move-"),
        (72, 174, "on places."),
    )
    assert texts(data) == [
        "The probation practitioners whom we met knew of risk and of related matters. They spoke of risk-related "
        "work, and several probation officers said that a face-to-face meeting was highlighted as best for "
        "risk-related work and for move-on places."
    ]


def test_watermark_along_the_diagonal_is_left_out() -> None:
    def stamp(canvas: Canvas, number: int) -> None:
        canvas.saveState()
        canvas.translate(200, 400)
        canvas.rotate(45)
        canvas.setFont("Helvetica-Bold", 60)
        canvas.drawString(0, 0, "DRAFT")
        canvas.restoreState()

    assert texts(drawn((72, 100, "The text of the page."), each=stamp)) == ["The text of the page."]


def test_page_turned_on_its_side() -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    canvas.rotate(90)
    canvas.drawString(100, -200, "1.1 Leadership")
    canvas.drawString(400, -200, "Good")
    canvas.drawString(100, -230, "1.2 Staff")
    canvas.drawString(400, -230, "Inadequate")
    canvas.setPageRotation(90)
    canvas.save()
    assert cells(buffer.getvalue()) == [("1.1 Leadership", "Good"), ("1.2 Staff", "Inadequate")]


def test_scaled_text_has_its_size_on_paper() -> None:
    def scaled(canvas: Canvas, number: int) -> None:
        canvas.saveState()
        canvas.scale(0.24, 0.24)
        canvas.setFont("Helvetica", 46)
        canvas.drawString(300, 3000, "Printed by a browser.")
        canvas.restoreState()

    assert to_lines(drawn(each=scaled))[0].size == pytest.approx(11.0, abs=0.1)


def test_list_made_by_a_library_keeps_its_items_apart() -> None:
    items = ["improve the quality of work to assess, plan for, manage and review risk of harm in every case " * 2] * 3
    story = [Paragraph("Northmoor PDU should:", BOLD), ListFlowable([ListItem(Paragraph(one, BODY)) for one in items])]
    lines = to_lines(flowing([*story, Spacer(1, 12), Paragraph("After the list.", BODY)]))
    assert [(line.marker, line.text) for line in lines if line.kind == "item"] == [
        (f"{number}.", one.strip()) for number, one in enumerate(items, 1)
    ]
    assert lines[-2].text == "After the list."


def test_gaps_of_justified_text_make_no_cells() -> None:
    style = ParagraphStyle("justified", parent=BODY, alignment=4)
    text = "Notwithstanding extraordinarily disproportionate responsibilities, practitioners' intercommunication. " * 6
    data = flowing([Table([[Paragraph(text, style)]], colWidths=[60 * mm])])
    assert not cells(data)
    assert texts(data) == [text.strip()]
