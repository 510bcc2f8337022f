"""The five published reports, where they are at hand (``../shared/reports``), against the records kept of them."""

import json
from pathlib import Path

import pytest

from inspections.reading import read_lines
from inspections.reading.text import to_lines

HERE = Path(__file__).parents[2]
SHARED = HERE.parent / "shared"
RECORDS = HERE / "inspections/data/records"
# Slug, beginning of the file's name, recommendations to the PDU, the region and HMPPS, rows of key questions.
REPORTS = [
    ("ealing-and-hillingdon", "000_", (7, 1, 3), 14),
    ("hfkcw", "001_", (8, 4, 2), 14),
    ("barking-dagenham-and-havering", "002_", (7, 4, 2), 14),
    ("leicester-leicestershire-and-rutland", "003_", (8, 3, 2), 14),
    ("lambeth", "004_", (6, 4, 2), 13),
]
AT_HAND = [one for one in REPORTS if list((SHARED / "reports").glob(f"{one[1]}*.txt"))]
if len(AT_HAND) < len(REPORTS):
    print(f"published reports not tried: {len(REPORTS) - len(AT_HAND)}")


def kept(slug: str) -> dict:
    return json.loads((RECORDS / f"{slug}.json").read_text(encoding="utf-8"))


def test_each_report_is_read_as_its_record_says():
    # One test and no parametrised list: an empty one would be a skip, and a skip is not looked at.
    for slug, start, _, _ in AT_HAND:
        file = next((SHARED / "reports").glob(f"{start}*.txt"))
        reading = read_lines(to_lines(file.read_bytes()))
        assert reading.refused is None
        assert reading.record.to_dict() == kept(slug), slug


@pytest.mark.parametrize("slug, _, counts, rows", REPORTS)
def test_counts(slug, _, counts, rows):
    record = kept(slug)
    levels = [one["level"] for one in record["recommendations"]]
    assert tuple(levels.count(level) for level in ("pdu", "region", "hmpps")) == counts
    assert [one["number"] for one in record["recommendations"]] == list(range(1, sum(counts) + 1))
    assert len(record["standards"]) == 9
    assert len(record["key_questions"]) == rows


def test_all_together():
    records = [kept(slug) for slug, *_ in REPORTS]
    assert sum(len(one["recommendations"]) for one in records) == 63
    assert sum(len(one["standards"]) for one in records) == 45
    assert [(one["score"]["points"], one["score"]["out_of"]) for one in records] == [
        (3, 27), (0, 27), (5, 24), (2, 27), (3, 24),
    ]  # fmt: skip
    assert [(one["ppf_status"]["status"], one["ppf_status"]["since"]) for one in records] == [
        ("red", "2022-06"), ("red", None), ("green", None), ("red", "2022-09"), ("amber", None),
    ]  # fmt: skip


def test_the_alert():
    alert = kept("hfkcw")["organisational_alert"]
    assert (alert["unallocated_caseload"], alert["cases_with_no_next_appointment"]) == (993, 234)
    assert (len(alert["concerns"]), len(alert["response_actions"])) == (8, 4)
    assert [one["status"] for one in alert["response_actions"]] == [None, "completed", "in progress", "ongoing"]


def test_the_example():
    example = SHARED / "example-record.json"
    if example.exists():
        assert json.loads(example.read_text(encoding="utf-8")) == kept("ealing-and-hillingdon")
