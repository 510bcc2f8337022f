"""The evidence pack of a recommendation: what was done and what proves it, and the files in a ZIP."""

import datetime as dt
import hashlib
import io
import zipfile

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import NOW, PASSWORD, follow_up, inspection
from tracker.exports.evidence_pack import name_in_pack
from tracker.plans import evidence, operations
from tracker.plans.models import Evidence
from tracker.plans.operations import add_action, post_update
from tracker.plans.rules import read_target_date

REGISTER = b"name,trained\nA,yes\n"


@pytest.fixture
def proved(cast, settings, tmp_path):
    """Amira's action with an update, a file that may be read, one that was blocked, one that was removed, a link."""
    settings.MEDIA_ROOT = tmp_path
    report = inspection(cast.hfkcw, [(cast.hfkcw, 2)], by=cast.ivy)
    how = {"by": cast.amira, "at": NOW}
    action = add_action(
        follow_up(report, 1), "Train everyone", owner_post=cast.head_of_hfkcw, target=read_target_date("Ongoing"), **how
    )
    post_update(action, "Thirty were trained.", confidence="on_track", next_step="The last ten", **how)
    for name, content in (("register.csv", REGISTER), ("bad.csv", b"a,b\n1,2\n"), ("gone.csv", b"c,d\n3,4\n")):
        evidence.add_file(action, SimpleUploadedFile(name, content), **how)
    evidence.add_link(action, "https://example.org/minutes", "Minutes", **how)
    Evidence.objects.filter(name="bad.csv").update(scan="infected")
    evidence.remove(Evidence.objects.get(name="gone.csv"), "It names somebody", **how)
    return follow_up(report, 1)


@pytest.fixture
def pack(client, cast, proved):
    def taken(who, suffix):
        client.login(email=getattr(cast, who).email, password=PASSWORD)
        return client.get(f"/recommendations/{proved.pk}/evidence-pack.{suffix}")

    return taken


def test_the_paper_says_what_was_done_and_what_proves_it(pack):
    document = docx.Document(io.BytesIO(pack("amira", "docx").content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    text = "\n".join([*(p.text for p in document.paragraphs), *cells])
    for part in ("Thirty were trained.", "The last ten", hashlib.sha256(REGISTER).hexdigest(), "Amira Khan",
                 "Removed: what was in it is gone", "Blocked: the scanner found something in it",
                 "https://example.org/minutes", "2 files left out of the pack"):  # fmt: skip
        assert part in text, part


def test_the_zip_is_streamed_and_holds_only_what_may_be_handed_out(pack):
    answered = pack("ivy", "zip")
    assert answered.streaming and "recommendation 1 evidence pack" in answered["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(b"".join(answered.streaming_content))) as made:
        assert made.testzip() is None
        names = made.namelist()
        assert len(names) == 3 and "evidence pack" in names[0] and names[2] == "SHA256.txt"
        assert names[1].endswith("register.csv") and made.read(names[1]) == REGISTER
        said = made.read("SHA256.txt").decode()
    assert hashlib.sha256(REGISTER).hexdigest() in said and "NOT as handed in" not in said
    assert "bad.csv: Blocked" in said and "gone.csv: Removed" in said


def test_a_file_that_was_changed_on_the_disk_is_said(pack, tmp_path):
    (path,) = [one for one in tmp_path.rglob("*") if one.is_file() and one.read_bytes() == REGISTER]
    path.write_bytes(b"changed")
    with zipfile.ZipFile(io.BytesIO(b"".join(pack("ivy", "zip").streaming_content))) as made:
        assert "NOT as handed in" in made.read("SHA256.txt").decode()


@pytest.mark.parametrize("suffix", ["docx", "pdf", "zip"])
def test_ben_of_lambeth_gets_none_of_it(pack, suffix):
    assert pack("ben", suffix).status_code == 404


def test_no_name_leads_out_of_the_pack():
    assert name_in_pack(3, Evidence(name="../../etc/passwd")) == "03 etc passwd"
    assert name_in_pack(12, Evidence(name="..\\x\n.pdf")) == "12 x .pdf"


def test_a_date_is_written_as_everywhere(pack, proved):
    proved.actions.update(due_by=dt.date(2026, 11, 13))
    assert "13 November 2026" in str(rows_of(pack("amira", "docx")))


class TestPastDay:
    """A year goes by: more is done, the action gets another owner, one more file comes and goes."""

    @pytest.fixture
    def later(self, cast, proved, now):
        at = NOW + dt.timedelta(days=300)
        action, how = proved.actions.get(), {"by": cast.amira, "at": at}
        post_update(action, "All were trained.", confidence="on_track", next_step="", **how)
        operations.reassign(action, owner_person=cast.omar, seen_version=action.version, **how)
        evidence.add_file(action, SimpleUploadedFile("late.csv", b"e,f\n5,6\n"), **how)
        add_action(proved, "Train the next ones", owner_person=cast.omar, target=read_target_date("Ongoing"), **how)
        now(at + dt.timedelta(days=2))

    def taken(self, client, cast, row, suffix, on):
        client.force_login(cast.amira)
        return client.get(f"/recommendations/{row.pk}/evidence-pack.{suffix}", {"on": on})

    def test_what_came_later_is_not_in_it(self, client, cast, proved, later):
        then = str(rows_of(self.taken(client, cast, proved, "docx", "21 November 2026")))
        assert "Thirty were trained." in then and "Head of PDU" in then and "In progress" in then
        for part in ("All were trained", "Omar", "late.csv", "Train the next ones"):
            assert part not in then, part
            assert part in str(rows_of(self.taken(client, cast, proved, "docx", ""))), part

    def test_the_zip_holds_the_files_of_that_day_and_is_named_by_it(self, client, cast, proved, later):
        answered = self.taken(client, cast, proved, "zip", "21 November 2026")
        with zipfile.ZipFile(io.BytesIO(b"".join(answered.streaming_content))) as made:
            assert [name.partition(" ")[2] for name in made.namelist()][1:-1] == ["register.csv"]
        assert "2026-11-21" in answered["Content-Disposition"]

    @pytest.mark.parametrize(("on", "why"), [
        ("1 January 2036", "The day cannot be after today"), ("31 February 2026", "Enter a day such as"),
        ("19 November 2026", "The journal begins on"),
    ])  # fmt: skip
    def test_a_day_that_cannot_be_is_said(self, client, cast, proved, later, on, why):
        answered = self.taken(client, cast, proved, "zip", on)
        assert answered.status_code == 409 and why in answered.content.decode()


def rows_of(answered):
    document = docx.Document(io.BytesIO(answered.content))
    return [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
