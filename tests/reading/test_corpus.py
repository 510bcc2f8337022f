"""Every fact of every invented report, in every format in which it is written (see ``tests/documents``)."""

import pytest

from inspections.reading.child import read
from tests.documents.corpus import Document, differences, documents


@pytest.mark.parametrize("document", documents(), ids=lambda document: document.name)
def test_every_fact_is_read(document: Document, tmp_path) -> None:
    path = tmp_path / document.filename
    path.write_bytes(document.write())
    reading = read(path)
    assert not reading.refused, f"{document.filename} was refused: {reading.refused}"
    found = differences(document.expected, reading.record.to_dict())
    assert not found, f"{document.filename}: {len(found)} facts differ\n" + "\n".join(found)


@pytest.mark.parametrize("document", documents()[::9], ids=lambda document: document.name)
def test_documents_are_the_same_each_time(document: Document) -> None:
    assert document.write() == document.write()
