"""Plain text and Markdown become lines; nothing of a format's own marks is left."""

import time

import pytest

from inspections.reading import read_lines
from inspections.reading.text import decode, to_lines
from tests.reading.invented import report


def texts(printed: str) -> list[str]:
    return [line.text for line in to_lines(printed.encode()) if line.text]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(encoding):
    words = "Leaders’ “vision” – a plan. " * 20
    assert decode(words.encode(encoding)) == words


def test_bytes_that_are_no_text_do_not_raise():
    assert isinstance(to_lines(bytes(range(256)) * 50), list)


@pytest.mark.parametrize(
    "printed, text",
    [
        ("**Fenwick PDU**", "Fenwick PDU"),
        ("<b>Fenwick</b> PDU", "Fenwick PDU"),
        ("probation services.<sup>1</sup>", "probation services.¹"),
        ("see [our website](https://example.org/a) now", "see our website now"),
        ("*The Equality Act 2010* applies", "The Equality Act 2010 applies"),
        ("a\x00b\x07c", "abc"),
        ("stop using <script> in letters", "stop using <script> in letters"),
        (r"stop using \<script\> in letters", "stop using <script> in letters"),
        ("R&amp;D", "R&D"),
        ("snake_case_stays and 2 * 3 * 4 too", "snake_case_stays and 2 * 3 * 4 too"),
    ],
)
def test_marks_of_emphasis_go(printed, text):
    assert texts(printed) == [text]


def test_what_lines_are():
    lines = to_lines(b"# Ratings\n\n1.1\tLeadership\tGood\n| a | b |\n|---|---|\n- 1. improve\n  - sub\nplain\x0cnext")
    assert [(line.kind, line.marker, line.cells) for line in lines] == [
        ("heading", "", ()),
        ("blank", "", ()),
        ("row", "", ("1.1", "Leadership", "Good")),
        ("row", "", ("a", "b")),
        ("blank", "", ()),
        ("item", "1.", ()),
        ("item", "-", ()),
        ("text", "", ()),
        ("page", "", ()),
        ("text", "", ()),
    ]
    assert [line.page for line in lines][-3:] == [1, 2, 2]
    assert [line.number for line in lines] == list(range(1, 11))


def test_markdown_counts_a_list_of_ones():
    lines = to_lines(b"# Recommendations\n\n1. a\n1. b\n\n## Next\n\n8. c\n1. d\n")
    assert [line.marker for line in lines if line.marker] == ["1.", "2.", "8.", "9."]


def test_a_number_left_out_is_not_mended():
    lines = to_lines(b"# Recommendations\n\n1. a\n2. b\n4. c\n")
    assert [line.marker for line in lines if line.marker] == ["1.", "2.", "4."]


@pytest.mark.parametrize(
    "filler",
    [
        "The quality of work was not sufficient in 23 out of 43 cases inspected, since June 2022. ",
        "Is it enough, is it enough, is it enough, is it enough, is it enough, is it enough ",
        "1. improve the work\n",
        "**_[a](b)**__ <b <sup> | \t| ?",
        "Fenwick, Marsh, and Fenwick, Marsh, and Fenwick and Marsh, ",
        "a-\n",
        "1\n",
        "fieldwork in the PDU in the PDU 12 345 red amber since PPF\n",
    ],
)
def test_long_texts_cost_time_in_proportion(filler):
    words = report(more=filler * (300_000 // len(filler)))
    begun = time.monotonic()
    read_lines(to_lines(words.encode()))
    assert time.monotonic() - begun < 20, "two seconds on an idle machine"
