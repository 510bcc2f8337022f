"""Every fact of the reports that other people's tools converted (``tests/documents/converted``)."""

from pathlib import Path

import pytest

from inspections.reading import Reading, read_lines
from inspections.reading.formats import to_lines
from tests.documents.converted import converted, refused
from tests.documents.corpus import Document, differences


def read(data: bytes) -> Reading:
    """In this process: ``test_corpus.py`` and ``test_child.py`` go through the child."""
    return read_lines(to_lines(data))


@pytest.mark.parametrize("document", converted(), ids=lambda document: document.filename)
def test_every_fact_is_read(document: Document) -> None:
    reading = read(document.write())
    assert not reading.refused, f"{document.filename} was refused: {reading.refused}"
    found = differences(document.expected, reading.record.to_dict())
    assert not found, f"{document.filename}: {len(found)} facts differ\n" + "\n".join(found)


@pytest.mark.parametrize("path", refused(), ids=lambda path: path.name)
def test_what_is_no_report_is_refused(path: Path) -> None:
    assert read(path.read_bytes()).refused
