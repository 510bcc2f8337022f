"""A long file, and the worker that makes it killed in the middle: a process as in production, ended by SIGKILL."""

import datetime as dt

import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone

from script.lib import servers
from tests.cast import inspection
from tracker.exports import long_lists
from tracker.exports.models import Export
from tracker.plans.models import FollowUp
from tracker.reminders.models import Run
from tracker.tasks import make_long_lists

pytestmark = pytest.mark.django_db(transaction=True)
KILLS = long_lists.MOST_TRIES - 1


@pytest.fixture
def asked(cast):
    inspection(cast.hfkcw, [(cast.hfkcw, 2)], by=cast.ivy)
    call_command("make_data", recommendations=1_300, verbosity=0)
    return long_lists.ask_for(cast.ivy, "recommendations", "", by=cast.ivy, at=timezone.now())


def test_ivys_file_is_whole_although_two_workers_died_over_it(cast, asked, start_worker, eventually):
    def so_far():
        return Export.objects.get(pk=asked.pk)

    for _ in range(KILLS):
        worker = start_worker()
        make_long_lists.delay()
        eventually(lambda: so_far().state == "making" and so_far().rows_done >= long_lists.SAID_EVERY, patience=60)
        servers.kill(worker)
        found = so_far()
        assert (found.state, found.file.name) == ("making", ""), "killed in the middle"
        # Five minutes go by without a word of it.
        Export.objects.update(held_until=timezone.now() - dt.timedelta(seconds=1))
        Run.objects.filter(finished_at=None).update(started_at=timezone.now() - dt.timedelta(hours=1))
    start_worker()
    make_long_lists.delay()
    eventually(lambda: so_far().state == "ready", patience=60)
    found = so_far()
    with found.file.open("rb") as opened:
        book = openpyxl.load_workbook(opened, read_only=True)
        rows = list(book.active.iter_rows(values_only=True))
        book.close()
    count = FollowUp.objects.count()
    assert count > 1_300 and found.rows_done == found.rows_in_all == count
    assert len([row for row in rows if row[0] is not None]) >= count
    # One that was killed between the file and its row left it without a name: it goes after a day.
    long_lists.tidy(timezone.now() + dt.timedelta(days=2))
    folders = long_lists.folders_below(long_lists.FOLDER)
    assert len([name for folder in folders for name in default_storage.listdir(folder)[1]]) == 1
