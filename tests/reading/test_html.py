"""HTML pages, fragments and what Word saves as HTML."""

import time

import pytest

from inspections.reading.html import to_lines


def items(page: str) -> list[tuple[str, int, str]]:
    return [(line.marker, line.level, line.text) for line in to_lines(page) if line.kind == "item"]


def texts(page: str) -> list[str]:
    return [line.text for line in to_lines(page) if line.text]


@pytest.mark.parametrize(
    ("page", "markers"),
    [
        ("<ol><li>a<li>b</ol>", ["1.", "2."]),
        ("<ol start=7><li>a<li>b</ol>", ["7.", "8."]),
        ("<ol><li>a<li value=5>b<li>c</ol>", ["1.", "5.", "6."]),
        ("<ol reversed><li>a<li>b<li>c</ol>", ["3.", "2.", "1."]),
        ("<ol type=a start=26><li>a<li>b</ol>", ["z.", "aa."]),
        ("<ol type=I start=4><li>a<li>b</ol>", ["IV.", "V."]),
        ("<ol style='list-style-type: lower-roman'><li>a<li>b</ol>", ["i.", "ii."]),
        ("<ol style='list-style: none'><li>1. a</ol>", [""]),
        ("<ul><li>a<li>b</ul>", ["•", "•"]),
        ("<ol start=x><li value=y>a</ol>", ["1."]),
        ("<ol><li>a</ol><ol start=2><li>b</ol>", ["1.", "2."]),
        ("<ul><li><ol start=3><li>a</ol></ul>", ["3."]),
    ],
)
def test_numbers_as_a_browser_shows_them(page: str, markers: list[str]) -> None:
    assert [marker for marker, _, _ in items(page)] == markers


def test_nested_lists_and_second_paragraphs() -> None:
    page = "<ol><li><p>improve</p><p>the work</p><ul><li>first</li></ul></li><li>ensure<br>this</li></ol>"
    assert items(page) == [("1.", 1, "improve the work"), ("•", 2, "first"), ("2.", 1, "ensure this")]


def test_headings_and_bold_paragraphs() -> None:
    page = (
        "<h2>Ratings</h2><p><b>London region</b> <strong>should:</strong></p><p><b>x</b> y</p><div role=heading>z</div>"
    )
    found = [(line.kind, line.level, line.bold, line.text) for line in to_lines(page)]
    assert found == [
        ("heading", 2, False, "Ratings"),
        ("text", 0, True, "London region should:"),
        ("text", 0, False, "x y"),
        ("heading", 2, False, "z"),
    ]


def test_line_breaks_in_a_paragraph_give_printed_lines() -> None:
    lines = to_lines("<p>1. improve<br>2. ensure</p>")
    assert [(line.kind, line.text, line.whole) for line in lines] == [
        ("blank", "", True), ("text", "1. improve", False), ("text", "2. ensure", False), ("blank", "", True),
    ]  # fmt: skip
    assert texts("<h1>An inspection of probation services in:<br>Lambeth PDU</h1>") == [
        "An inspection of probation services in: Lambeth PDU"
    ]


@pytest.mark.parametrize(
    "mark",
    [
        "<sup>3</sup>",
        "<sup>[3]</sup>",
        '<sup id="fnref1"><a href="#fn1">3</a></sup>',
        '<a href="#fn1" class="footnote-ref" role="doc-noteref">3</a>',
        '<a href="#_ftn1" name="_ftnref1"><span class=MsoFootnoteReference>[3]</span></a>',
        "<span style='vertical-align:super;font-size:8pt'>3</span>",
    ],
)
def test_footnote_marks_go(mark: str) -> None:
    assert texts(f"<p>15,372{mark} people on the 15<sup>th</sup></p>") == ["15,372 people on the 15th"]


@pytest.mark.parametrize(
    "notes",
    [
        '<section class="footnotes"><ol><li id="fn1">A note <a href="#fnref1" class="footnote-backref">↩</a></ol>',
        "<p><sup>1</sup> A note</p>",
        '<aside role="doc-footnote">A note</aside>',
        '<div style="mso-element:footnote-list"><div id=ftn1><p class=MsoFootnoteText>A note</p></div></div>',
        '<div class="footnote">A note</div>',
    ],
)
def test_footnotes_are_marked(notes: str) -> None:
    [text, note] = to_lines(f"<p>Text</p>{notes}")
    assert (text.footnote, note.footnote, note.text) == (False, True, "A note")


def test_tables() -> None:
    page = (
        "<table><caption>Ratings</caption><tr><th colspan=2>Standard<th>Rating<tr><td rowspan=2>1<td>Leadership<td>Good"
        "<tr><td>Staff<td><b>Requires<br>improvement</b><tr><td>2<td>Court<td><img src=x alt=Inadequate></table>"
    )
    assert texts(page)[0] == "Ratings"
    assert [line.cells for line in to_lines(page) if line.kind == "row"] == [
        ("Standard", "", "Rating"),
        ("1", "Leadership", "Good"),
        ("1", "Staff", "Requires improvement"),
        ("2", "Court", "Inadequate"),
    ]


def test_tables_that_only_lay_out_are_walked_through() -> None:
    page = "<table><tr><td><h2>Left</h2><ol><li>a<li>b</ol><td><table><tr><td>1.1<td>Good</table></table>"
    assert texts(page) == ["Left", "a", "b", "1.1 Good"]


def test_definition_list_is_rows() -> None:
    assert [line.cells for line in to_lines("<dl><dt>Score<dd>3/27<dt>Rating<dd>Good</dl>")] == [
        ("Score", "3/27"),
        ("Rating", "Good"),
    ]


def test_what_is_not_text_goes_and_escaped_text_stays() -> None:
    page = """<html><head><title>t</title><style>p{}</style></head><body><nav>Home</nav><script>alert(1)</script>
    <p hidden>no</p><p style="display:none">no</p><!-- no --><ol><li>stop using &lt;script&gt;alert(1)&lt;/script&gt;
    <del>never</del><ins>now</ins> co\u00adop\u200berate \ufb01nd</li></ol></body></html>"""
    assert texts(page) == ["stop using <script>alert(1)</script> now cooperate find"]


def test_lists_as_word_saves_them() -> None:
    page = """<p class=MsoListParagraph style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span
    style='mso-list:Ignore'>1.<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp; </span></span><![endif]>improve
    this<o:p></o:p></p>
    <p class=MsoListParagraph style='text-indent:-18.0pt'>2.<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;
    </span>ensure that</p>
    <p class=MsoListParagraph style='mso-list:l1 level2 lfo2'><span style='font-family:Symbol'><span
    style='mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp; </span></span></span>a point</p>"""
    assert items(page) == [("1.", 1, "improve this"), ("2.", 1, "ensure that"), ("•", 2, "a point")]


@pytest.mark.parametrize(
    "data",
    [
        "<p>It’s</p>".encode(),
        b"\xef\xbb\xbf" + "<p>It’s</p>".encode(),
        "<p>It’s</p>".encode("utf-16"),
        "<p>It’s</p>".encode("cp1252"),
        "<meta charset=iso-8859-1><p>It’s</p>".encode("cp1252"),
        "<meta charset=iso-8859-1><p>It’s</p>".encode(),
        "<?xml version='1.0' encoding='windows-1252'?><html><p>It’s</p></html>".encode("cp1252"),
        "<meta charset=no-such><p>It’s</p>".encode("cp1252"),
        b"<p>I\0t\xe2\x80\x99s</p>",
    ],
)
def test_encodings(data: bytes) -> None:
    assert texts(data) == ["It’s"]


@pytest.mark.parametrize(
    "page",
    ["<div>" * 20_000, "<b>" * 20_000, "<ul><li>" * 2_000, "<table><tr><td>" * 500, "<p>a</p>" * 5_000, "<", "", "]]>"],
)
def test_hostile_shapes_neither_fail_nor_lose_the_end(page: str) -> None:
    started = time.monotonic()
    assert "the end" in " ".join(texts(page + "<p>the end</p>"))
    assert time.monotonic() - started < 10
