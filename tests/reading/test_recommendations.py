"""Recommendations: to whom, with which number, in which words."""

import pytest

from inspections.reading import Line, read_lines
from tests.reading.invented import record, report

PDU, REGION, HMPPS = "pdu", "region", "hmpps"


def listed(recommendations: str) -> list[tuple]:
    found = record(report(recommendations=recommendations)).recommendations
    return [(one.group, one.number, one.level, one.addressee, one.text) for one in found]


def wordings(recommendations: str) -> list[str]:
    return [one[4] for one in listed(recommendations)]


def test_numbering_runs_on_and_groups_count_the_headings():
    assert listed(
        """Recommendations

Fenwick and Marsh PDU should:

1. answer the telephone
2. keep the waiting room warm.

North West region should:

3. lend a second deputy.

His Majesty's Prison and Probation Service should:

4. pay for overtime.
"""
    ) == [
        (1, 1, PDU, "Fenwick and Marsh PDU", "answer the telephone"),
        (1, 2, PDU, "Fenwick and Marsh PDU", "keep the waiting room warm"),
        (2, 3, REGION, "North West region", "lend a second deputy"),
        (3, 4, HMPPS, "His Majesty's Prison and Probation Service", "pay for overtime"),
    ]


def test_numbering_may_begin_again_and_a_level_may_be_missing():
    found = listed("Recommendations\n\nThe Wales region should:\n1. plan\n2. act\n\nHMPPS should:\n1. pay.\n")
    assert [one[:4] for one in found] == [
        (1, 1, REGION, "The Wales region"),
        (1, 2, REGION, "The Wales region"),
        (2, 1, HMPPS, "HMPPS"),
    ]


@pytest.mark.parametrize(
    "heading, level, addressee",
    [
        ("Fenwick and Marsh PDU should:", PDU, "Fenwick and Marsh PDU"),
        ("Fenwick and Marsh should:", PDU, "Fenwick and Marsh"),
        ("**Fenwick and Marsh PDU should:**", PDU, "Fenwick and Marsh PDU"),
        ("### Fenwick and Marsh PDU", PDU, "Fenwick and Marsh PDU"),
        ("We recommend that Fenwick and Marsh PDU:", PDU, "Fenwick and Marsh PDU"),
        ("The head of Fenwick and Marsh PDU should:", PDU, "The head of Fenwick and Marsh PDU"),
        ("Fenwick and Marsh Probation Delivery Unit should:", PDU, "Fenwick and Marsh Probation Delivery Unit"),
        ("London region should", REGION, "London region"),
        ("The Wales region should:", REGION, "The Wales region"),
        ("For the Kent, Surrey and Sussex region:", REGION, "For the Kent, Surrey and Sussex region"),
        ("The Probation Service – London region should:", REGION, "The Probation Service – London region"),
        ("The regional probation director should:", REGION, "The regional probation director"),
        ("The Probation Service should", HMPPS, "The Probation Service"),
        ("HMPPS should:", HMPPS, "HMPPS"),
        ("HM Prison and Probation Service (HMPPS) should:", HMPPS, "HM Prison and Probation Service (HMPPS)"),
        ("Her Majesty’s Prison and Probation Service should:", HMPPS, "Her Majesty's Prison and Probation Service"),
        ("The Ministry of Justice should:", HMPPS, "The Ministry of Justice"),
    ],
)
def test_headings_that_address_somebody(heading, level, addressee):
    found = listed(f"Recommendations\n\n{heading}\n\n1. act soon.\n")
    assert found == [(1, 1, level, addressee, "act soon")]


@pytest.mark.parametrize(
    "heading",
    ["Recommendations", "4. Recommendations", "## Our recommendations", "RECOMMENDATIONS", "Recommendations:"],
)
def test_headings_of_the_section(heading):
    assert wordings(f"{heading}\n\nFenwick and Marsh PDU should:\n1. act soon.\n") == ["act soon"]


def test_the_word_in_the_contents_begins_nothing():
    contents = "Contents\n\nForeword....3\nRecommendations.....5\nBackground....6\n\n"
    assert len(record(contents + report()).recommendations) == 3


@pytest.mark.parametrize(
    "printed, meant",
    [
        ("1. manage risk by planning the manage-\nment of cases.", "manage risk by planning the management of cases"),
        ("1. keep face-to-\nface contact.", "keep face-to-face contact"),
        ("1. offer short-\nand long-term help.", "offer short- and long-term help"),
        ("1. share what is ‘known’\nwith “partners”.", "share what is 'known' with \"partners\""),
        ("1. share it with   the\n\npolice and with others.", "share it with the police and with others"),
        ("1. plan; write it down; tell the person;", "plan; write it down; tell the person"),
        ("1. improve **all** of the work.", "improve all of the work"),
        ("1. improve the work.<sup>2</sup>", "improve the work"),
        ("1. improve the work².", "improve the work"),
        ("- 1. improve the work", "improve the work"),
        ("1) improve the work", "improve the work"),
        ("1. write a plan which:\n   - is short\n   - is clear.", "write a plan which: is short is clear"),
        ("1. write a plan which:\n(a) is short;\n(b) is clear.", "write a plan which: (a) is short; (b) is clear"),
        ("1. be ready by 31\nMarch 2024 and no later.", "be ready by 31 March 2024 and no later"),
    ],
)
def test_wording(printed, meant):
    assert wordings(f"Recommendations\n\nFenwick and Marsh PDU should:\n\n{printed}\n") == [meant]


def test_a_hyphen_stays_where_the_word_is_printed_with_it_elsewhere():
    more = "The follow-up was late."
    words = "Recommendations\n\nFenwick and Marsh PDU should:\n\n1. see to the follow-\nup of missed visits.\n\n" + more
    assert wordings(words) == ["see to the follow-up of missed visits"]


def test_over_a_page_between_a_footnote_and_a_footer():
    found = wordings(
        """Recommendations

We have made a number of recommendations.1

Fenwick and Marsh PDU should:

1. make sure that staff who hold cases have the time to

1 Progress against earlier recommendations is in annexe one.

Inspection of probation services: Fenwick and Marsh PDU 5
\fread the whole file before the first meeting
2. keep the waiting room warm under the Prioritising

6
\fProbation Framework.
"""
    )
    assert found == [
        "make sure that staff who hold cases have the time to read the whole file before the first meeting",
        "keep the waiting room warm under the Prioritising Probation Framework",
    ]


@pytest.mark.parametrize(
    "after",
    [
        "Background\n\n1. Organisational delivery\n",
        "1. Organisational delivery\n\n1.1 Leadership\n",
        "What happens next\n\nThe service answers within 28 days.\n\n1. It writes a plan.\n",
        "---\n\n¹ Progress is set out in annexe one.\n",
    ],
)
def test_where_the_list_ends(after):
    found = wordings(f"Recommendations\n\nFenwick and Marsh PDU should:\n\n1. act soon\n2. act well.\n\n{after}")
    assert found == ["act soon", "act well"]


def test_addressees_printed_over_two_lines_and_a_footnote_without_its_mark():
    found = listed(
        """   4.   Recommendations
   Hammersmith, Fulham, Kensington, Chelsea,
   and Westminster PDU should:
        1.    improve the work of all

   His Majesty's Prison and
   Probation Service should:
        2.    pay for more pro-
              grammes

        Inspection of probation services: Fenwick and Marsh PDU       12

   1    Progress is in annexe one.
"""
    )
    assert [one[1:] for one in found] == [
        (1, PDU, "Hammersmith, Fulham, Kensington, Chelsea, and Westminster PDU", "improve the work of all"),
        (2, HMPPS, "His Majesty's Prison and Probation Service", "pay for more programmes"),
    ]


def test_an_earlier_inspections_recommendations_do_not_count():
    more = """Annexe two – Recommendations from the 2019 inspection

Fenwick and Marsh PDU should:

1. mend the roof.

Annexe three – Earlier work

Recommendations

Fenwick CRC should:

1. mend the door.
"""
    assert len(record(report(more=more)).recommendations) == 3


def test_numbers_that_the_format_counts_by_itself():
    lines = [
        Line("An inspection of probation services in: Fenwick PDU", "heading", 1, whole=True),
        Line("Recommendations", "heading", 2, whole=True),
        Line("Fenwick PDU should:", "heading", 3, whole=True),
        Line("answer the telephone", "item", 1, "1.", whole=True),
        Line("in working hours", "item", 2, "•", whole=True),
        Line("keep warm.", "item", 1, "2.", whole=True),
        Line("Background", "heading", 2, whole=True),
        Line("people on probation", "item", 1, "1.", whole=True),
    ]
    found = read_lines(lines).record.recommendations
    assert [(one.number, one.text) for one in found] == [
        (1, "answer the telephone in working hours"),
        (2, "keep warm"),
    ]


def test_bullets_are_counted_and_said_to_be():
    found = record(
        report(recommendations="Recommendations\n\nFenwick and Marsh PDU should:\n\n• act soon\n• act well.\n")
    )
    assert [(one.number, one.text) for one in found.recommendations] == [(1, "act soon"), (2, "act well")]


def test_printed_numbers_are_kept_even_if_one_is_missing():
    found = listed("Recommendations\n\nFenwick and Marsh PDU should:\n\n1. act soon\n3. act well.\n")
    assert [one[1] for one in found] == [1, 3]
