"""Word documents: what python-docx writes, and what only Word writes, put in as XML."""

import io

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from inspections.reading.docx import to_lines

from .refused_files import repacked

W = nsdecls("w")


def saved(document) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def body(xml: str, numbering: str = "", styles: str = "") -> list:
    """The lines of a document whose body, numbering and further styles are given as XML."""
    document = docx.Document()
    for child in reversed(parse_xml(f"<w:body {W} {nsdecls('wp', 'a')}>{xml}</w:body>")):
        document.element.body.insert(0, child)
    if numbering:
        root = document.part.numbering_part.element
        for child in list(root):
            root.remove(child)
        for child in parse_xml(f"<w:numbering {W}>{numbering}</w:numbering>"):
            root.append(child)
    for child in parse_xml(f"<w:styles {W}>{styles}</w:styles>"):
        document.styles.element.append(child)
    return to_lines(saved(document))


def level(depth: int, form: str = "decimal", text: str = "", more: str = "", start: int = 1) -> str:
    text = text or f"%{depth + 1}."
    return (
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def number(identity: int, abstract: int = 0, more: str = "") -> str:
    return f'<w:num w:numId="{identity}"><w:abstractNumId w:val="{abstract}"/>{more}</w:num>'


def p(text: str, num: int | None = None, depth: int = 0, style: str = "", more: str = "") -> str:
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    if num is not None:
        properties += f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{num}"/></w:numPr>'
    return f"<w:p><w:pPr>{properties}{more}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def markers(lines: list) -> list[str]:
    return [line.marker for line in lines if line.kind == "item"]


ONE = f'<w:abstractNum w:abstractNumId="0">{level(0)}{level(1, "lowerLetter", "(%2)")}'
ONE += f"{level(2, 'lowerRoman')}</w:abstractNum>"


@pytest.mark.parametrize(
    ("xml", "numbering", "expected"),
    [
        (p("a", 1) + p("b", 1), ONE + number(1), ["1.", "2."]),
        (p("a", 1) + p("x") + p("b", 1), ONE + number(1), ["1.", "2."]),
        (p("a", 1) + p("b", 2), ONE + number(1) + number(2), ["1.", "2."]),
        (
            p("a", 1) + p("b", 2) + p("c", 2),
            ONE + number(1) + number(2, 0, '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'),
            ["1.", "1.", "2."],
        ),
        (
            p("a", 1) + p("b", 1, 1) + p("c", 1, 1) + p("d", 1) + p("e", 1, 1) + p("f", 1, 2),
            ONE + number(1),
            ["1.", "(a)", "(b)", "2.", "(a)", "i."],
        ),
        (
            p("a", 1) + p("b", 1, 1) + p("c", 1) + p("d", 1, 1),
            f'<w:abstractNum w:abstractNumId="0">{level(0)}'
            + level(1, text="%1.%2", more='<w:lvlRestart w:val="0"/>')
            + "</w:abstractNum>"
            + number(1),
            ["1.", "1.1", "2.", "2.2"],
        ),
        (p("a", 1), f'<w:abstractNum w:abstractNumId="0">{level(0, start=7)}</w:abstractNum>' + number(1), ["7."]),
        (
            p("a", 1),
            '<w:abstractNum w:abstractNumId="0">' + level(0, "bullet", "\uf0b7") + "</w:abstractNum>" + number(1),
            ["•"],
        ),
        (p("a", 9) + p("b", 0), ONE + number(1), []),
    ],
    ids=["counts", "goes on", "two lists of one", "starts again", "levels", "no restart", "start", "bullet", "unknown"],
)
def test_automatic_numbers(xml: str, numbering: str, expected: list[str]) -> None:
    assert markers(body(xml, numbering)) == expected


def test_number_from_the_style_and_from_the_style_it_is_based_on() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="Rec"><w:name w:val="Recommendation"/><w:pPr><w:numPr>'
        '<w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Rec2"><w:name w:val="Rec 2"/><w:basedOn w:val="Rec"/></w:style>'
    )
    xml = p("a", style="Rec") + p("b", style="Rec2") + p("c", 0, style="Rec")
    assert markers(body(xml, ONE + number(1), styles)) == ["1.", "2."]


def test_numbered_heading_prints_its_number() -> None:
    [heading] = body(p("Leadership", 1, style="Heading2"), ONE + number(1))[:1]
    assert (heading.kind, heading.level, heading.text) == ("heading", 2, "1. Leadership")


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ('<w:name w:val="heading 3"/>', 3),
        ('<w:name w:val="Überschrift 2"/>', 2),
        ('<w:name w:val="Title"/>', 1),
        ('<w:name w:val="Own"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr>', 2),
        ('<w:name w:val="Own"/><w:basedOn w:val="Heading1"/>', 1),
        ('<w:name w:val="Own"/><w:basedOn w:val="Own"/>', 0),
        ('<w:name w:val="toc 1"/>', 0),
    ],
)
def test_headings_by_style(style: str, expected: int) -> None:
    own = f'<w:style w:type="paragraph" w:styleId="Own">{style}</w:style>'
    assert body(p("Ratings", style="Own"), styles=own)[0].level == expected


def test_bold_paragraph() -> None:
    document = docx.Document()
    document.add_paragraph().add_run("London region should:").bold = True
    mixed = document.add_paragraph("plain ")
    mixed.add_run("bold").bold = True
    assert [line.bold for line in to_lines(saved(document))] == [True, False]


def test_tables_with_merged_cells() -> None:
    document = docx.Document()
    document.add_paragraph("before")
    table = document.add_table(3, 3)
    for row, values in zip(table.rows, (("S", "", "R"), ("1", "Lead", "Good"), ("", "Staff", "Poor")), strict=True):
        for cell, value in zip(row.cells, values, strict=True):
            cell.text = value
    table.cell(0, 0).merge(table.cell(0, 1))
    table.cell(1, 0).merge(table.cell(2, 0))
    document.add_paragraph("after")
    lines = to_lines(saved(document))
    assert [line.cells or line.text for line in lines] == [
        "before", ("S", "", "R"), ("1", "Lead", "Good"), ("1", "Staff", "Poor"), "after",
    ]  # fmt: skip


def test_tables_that_only_lay_out_and_nested_ones() -> None:
    document = docx.Document()
    outer = document.add_table(1, 2)
    outer.cell(0, 0).text = "left"
    inner = outer.cell(0, 1).add_table(1, 2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "1.1", "Good"
    box = document.add_table(1, 1)
    box.cell(0, 0).text = "in a box"
    box.cell(0, 0).add_paragraph("item", "List Number")
    found = [line.cells or line.text for line in to_lines(saved(document)) if line.text]
    assert found == ["left", ("1.1", "Good"), "in a box", "item"]


def test_number_in_a_cell() -> None:
    document = docx.Document()
    table = document.add_table(2, 2)
    for row, text in zip(table.rows, ("improve", "ensure"), strict=True):
        row.cells[0].paragraphs[0].style = "List Number"
        row.cells[0].paragraphs[0].text = "\u200b"
        row.cells[1].text = text
    assert [line.cells[1] for line in to_lines(saved(document))] == ["improve", "ensure"]


def test_tracked_changes_are_taken_as_accepted() -> None:
    gone = (
        p("gone", 1, more="<w:rPr><w:del/></w:rPr>")
        .replace("<w:r>", "<w:del><w:r>")
        .replace("</w:r>", "</w:r></w:del>")
    )
    gone = gone.replace("w:t>", "w:delText>")
    kept = (
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>improve </w:t></w:r>'
        "<w:del><w:r><w:delText>all </w:delText></w:r></w:del><w:ins><w:r><w:t>some</w:t></w:r></w:ins>"
        "<w:moveFrom><w:r><w:t>x</w:t></w:r></w:moveFrom></w:p>"
    )
    lines = body(gone + p("first", 1) + kept, ONE + number(1))
    assert [(line.marker, line.text) for line in lines] == [("1.", "first"), ("2.", "improve some")]


def test_deleted_end_of_a_paragraph_joins_it_to_the_next() -> None:
    lines = body(
        p("improve the ", more="<w:rPr><w:del/></w:rPr>").replace("<w:t>", '<w:t xml:space="preserve">') + p("work")
    )
    assert [line.text for line in lines] == ["improve the work"]


def test_runs_of_every_kind() -> None:
    xml = (
        '<w:p><w:r><w:t xml:space="preserve">face</w:t><w:noBreakHyphen/><w:t>to</w:t>'
        "<w:softHyphen/><w:t>face</w:t></w:r>"
        "<w:hyperlink><w:r><w:t> link</w:t></w:r></w:hyperlink>"
        "<w:sdt><w:sdtContent><w:r><w:t> control</w:t></w:r></w:sdtContent></w:sdt>"
        '<w:fldSimple w:instr="REF x"><w:r><w:t> field</w:t></w:r></w:fldSimple>'
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>'
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
        '<w:r><w:t xml:space="preserve"> 15,372</w:t></w:r><w:r><w:rPr>'
        '<w:vertAlign w:val="superscript"/></w:rPr><w:t>3</w:t></w:r>'
        '<w:r><w:t xml:space="preserve"> on the 15</w:t></w:r><w:r><w:rPr>'
        '<w:vertAlign w:val="superscript"/></w:rPr><w:t>th</w:t></w:r>'
        "</w:p>"
    )
    xml = xml.replace("<w:t> ", '<w:t xml:space="preserve"> ')
    assert body(xml)[0].text == "face-toface link control field 15,372 on the 15th"


def test_breaks() -> None:
    xml = '<w:p><w:r><w:t>one</w:t><w:br/><w:t>two</w:t></w:r></w:p><w:p><w:r><w:br w:type="page"/></w:r></w:p>' + p(
        "three"
    )
    found = [(line.kind, line.text, line.whole) for line in body(xml) if line.kind != "blank"]
    assert found == [("text", "one", False), ("text", "two", False), ("page", "", False), ("text", "three", True)]


def test_text_box_comes_once_though_written_twice() -> None:
    box = f"<w:txbxContent>{p('boxed')}</w:txbxContent>"
    xml = (
        '<w:p xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
        ' xmlns:v="urn:schemas-microsoft-com:vml"'
        ">"
        f"<w:r><w:t>anchor</w:t><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing>"
        f"<wps:txbx>{box}</wps:txbx></w:drawing>"
        f"</mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback>"
        f"</mc:AlternateContent></w:r></w:p>"
    )
    assert [line.text for line in body(xml)] == ["anchor", "boxed"]


def test_headers_and_footers_are_left_out() -> None:
    document = docx.Document()
    document.sections[0].footer.paragraphs[0].text = "Inspection of probation services: Lambeth PDU 12"
    document.add_paragraph("text")
    assert [line.text for line in to_lines(saved(document))] == ["text"]


def test_footnotes_come_last_and_are_marked() -> None:
    document = docx.Document()
    document.add_paragraph("15,372 people")
    notes = (
        f'<?xml version="1.0"?><w:footnotes {W}><w:footnote w:id="-1" w:type="separator"><w:p/></w:footnote>'
        "<w:footnote w:id='1'><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t> Progress</w:t></w:r>"
        "</w:p></w:footnote></w:footnotes>"
    )
    reference = b'<w:r><w:footnoteReference w:id="1"/></w:r></w:p>'

    def change(name: str, content: bytes) -> bytes:
        return content.replace(b"</w:p>", reference, 1) if name == "word/document.xml" else content

    lines = to_lines(repacked(saved(document), change, {"word/footnotes.xml": notes.encode()}))
    assert [(line.text, line.footnote) for line in lines] == [("15,372 people", False), ("Progress", True)]


def test_strict_and_macro_enabled_documents_are_read() -> None:
    document = docx.Document()
    document.add_paragraph("text")
    transitional = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"

    def strict(name: str, content: bytes) -> bytes:
        content = content.replace(transitional, b"http://purl.oclc.org/ooxml/wordprocessingml/main")
        content = content.replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        )
        return content.replace(b"wordprocessingml.document.main", b"document.macroEnabled.main")

    assert [line.text for line in to_lines(repacked(saved(document), strict))] == ["text"]


def test_deeply_nested_tables_do_not_break_the_reader() -> None:
    xml = "<w:tbl><w:tr><w:tc>" * 60 + p("deep") + "</w:tc></w:tr></w:tbl>" * 60
    assert "deep" in [line.text for line in body(xml)]
