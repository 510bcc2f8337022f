"""``read_report``: lines of JSON, one record, or text for people."""

import io
import json
from pathlib import Path

import pytest

from inspections.reading.command import read_report
from inspections.reading.record import (
    Alert,
    Fieldwork,
    KeyQuestion,
    Month,
    Pdu,
    PpfStatus,
    Problem,
    Reading,
    Recommendation,
    Record,
    ResponseAction,
    Score,
    Standard,
)

RECORD = Record(
    title="An inspection of probation services in: Northmoor PDU",
    pdu=Pdu("Northmoor", "NM"),
    region="West Region",
    published=Month(2023, 10),
    isbn=None,
    lead_inspector="Zoë Müller",
    fieldwork=Fieldwork("2023-08", "2023-08-14", "2023-08-18"),
    cases_inspected=50,
    practitioner_interviews=37,
    score=Score(3, 27),
    overall_rating="Inadequate",
    standards=(Standard("1.1", "Leadership", "Requires improvement"), Standard("1.2", "Staff", "Good")),
    key_questions=(KeyQuestion("2.2", "Is it safe?", 57), KeyQuestion("2.6", "Is it better?", None)),
    recommendations=(
        Recommendation(1, 1, "pdu", "Northmoor PDU", "improve the work " * 12),
        Recommendation(2, 2, "hmpps", "HMPPS", "help"),
    ),
    organisational_alert=Alert(1993, None, ("cases without a practitioner",), (ResponseAction("find one"),), None),
    ppf_status=PpfStatus("red", "2022-06"),
)
READINGS = {
    "good.pdf": Reading(RECORD, None, (Problem("The ISBN was not found.", "Facts"),)),
    "bad.pdf": Reading(None, "The file is empty."),
}


def run(*paths: str, form: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = read_report(list(paths), form, out, err, READINGS.__getitem__)
    return code, out.getvalue(), err.getvalue()


def test_jsonl_is_one_line_each_and_ends_well() -> None:
    code, out, err = run("good.pdf", "bad.pdf", form="jsonl")
    first, second = map(json.loads, out.splitlines())
    assert (code, err) == (0, "")
    assert first == {
        "path": "good.pdf",
        "record": RECORD.to_dict(),
        "refused": None,
        "problems": ["Facts: The ISBN was not found."],
    }
    assert second == {"path": "bad.pdf", "record": None, "refused": "The file is empty.", "problems": []}
    assert "Zoë Müller" in out


def test_jsonl_of_paths_that_are_no_files(tmp_path: Path) -> None:
    out = io.StringIO()
    assert read_report([str(tmp_path), f"{tmp_path}/none", "\udcff"], "jsonl", out, io.StringIO()) == 0
    assert [json.loads(line)["refused"] for line in out.getvalue().splitlines()] == [
        "This is a folder, not a file.",
        "There is no file here.",
        "There is no file here.",
    ]
    out.getvalue().encode("utf-8")


def test_json_is_the_record() -> None:
    code, out, _ = run("good.pdf", form="json")
    assert code == 0
    assert json.loads(out) == RECORD.to_dict()
    assert '\n  "title"' in out


def test_json_refusal_goes_to_the_other_stream() -> None:
    assert run("bad.pdf", form="json") == (1, "", "The file is empty.\n")
    assert run("good.pdf", "bad.pdf", form="json")[0] == 2


def test_text_is_aligned_and_narrow() -> None:
    code, out, _ = run("good.pdf", "bad.pdf", form="text")
    assert code == 1
    assert max(map(len, out.splitlines())) <= 100
    for line in (
        "  PDU              Northmoor (NM)",
        "  Published        October 2023",
        "  ISBN             not stated",
        "  Fieldwork        14 August 2023 to 18 August 2023",
        "  PPF status       red since June 2022",
        "  1.1 Leadership  Requires improvement",
        "  1.2 Staff       Good",
        "  2.2      57%  Is it safe?",
        "  Northmoor PDU [pdu]",
        "     2. help",
        "  Unallocated cases         1,993",
        "    - find one [no state printed]",
        "  ! Facts: The ISBN was not found.",
        "  Refused: The file is empty.",
    ):
        assert line in out.splitlines()


@pytest.mark.parametrize("form", ["text", "json", "jsonl"])
def test_management_command(form: str, tmp_path: Path, capsys) -> None:
    management = pytest.importorskip("django.core.management")
    path = tmp_path / "empty.txt"
    path.write_bytes(b"")
    try:
        management.call_command("read_report", "--format", form, str(path))
        code = 0
    except SystemExit as end:
        code = end.code
    assert code == (0 if form == "jsonl" else 1)
    said = capsys.readouterr()
    assert "The file is empty." in said.out + said.err
