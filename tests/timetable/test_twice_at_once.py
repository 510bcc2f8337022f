"""Several schedulers may run: each job twice at the same moment does its work once. Of sweeping, sending, climbing,
scanning and sealing the tests of their own folders say so; here are the others."""

import datetime as dt
import threading

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from tests import cast as people
from tests.cast import NOW
from tracker.clocks.models import Limit
from tracker.clocks.operations import change_limits
from tracker.journal.models import Event, Notice
from tracker.plans import closing, evidence, operations
from tracker.refusals import Refusal
from tracker.reminders.models import Heartbeat
from tracker.reminders.runs import Done, run_job

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*deeds):
    """What each returned, or how it was refused; any other error fails the test."""
    gate, results, faults = threading.Barrier(len(deeds), timeout=10), [None] * len(deeds), []

    def run(place, deed):
        try:
            gate.wait()
            results[place] = deed()
        except Refusal as refusal:
            results[place] = refusal
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not faults, faults
    return results


def test_an_accepted_risk_comes_back_once(cast):
    report = people.inspection(cast.hfkcw, [(cast.hfkcw, 2)])
    for number in (1, 2):
        row = people.follow_up(report, number)
        operations.answer(row, "agreed", response_text="Soon", seen_version=row.version, by=cast.amira, at=NOW)
        row = people.follow_up(report, number)
        until = dt.date(2026, 12, 1)
        closing.accept_risk(row, "Rare", until, seen_version=row.version, by=cast.rosa, at=NOW)
    Notice.objects.all().delete()
    later = NOW + dt.timedelta(days=30)

    def job():
        return closing.return_accepted_risks(today=later.date(), at=later)

    assert sum(at_once(job, job, job)) == 2
    assert Event.objects.filter(deed="risk_review_due").count() == 2
    assert sorted({people.follow_up(report, n).cycle for n in (1, 2)}) == [2]
    told = Notice.objects.filter(kind="risk_review_due")
    assert told.count() == told.values("recipient", "subject_id").distinct().count() > 0


def test_files_without_a_row_are_deleted_once(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    names = [default_storage.save(f"{evidence.FOLDER}/2026-11/{n}.pdf", ContentFile(b"x")) for n in range(6)]
    later = timezone.now() + dt.timedelta(days=3)
    done = at_once(*[lambda: evidence.tidy(later)] * 3)
    assert sum(one.orphans for one in done) == len(names)
    assert not any(default_storage.exists(name) for name in names)


def test_a_job_that_ran_twice_at_once_has_one_heartbeat():
    at_once(*[lambda: run_job("climb", lambda: Done("", 0), lambda: NOW, worth_keeping=lambda done: False)] * 4)
    assert list(Heartbeat.objects.values_list("job", "looked_at", "failed")) == [("climb", NOW, False)]


def test_of_two_administrators_at_once_one_is_told(cast):
    bea = people.person("Bea", "Novak", "administrator")
    results = at_once(
        lambda: change_limits(cast.london, {"stale_after": 21}, seen={}, by=cast.ada, at=NOW),
        lambda: change_limits(cast.london, {"stale_after": 14}, seen={}, by=bea, at=NOW),
    )
    (refused,) = [one for one in results if isinstance(one, Refusal)]
    assert "changed these limits at" in refused.sentence
    assert Limit.objects.count() == Event.objects.filter(deed="limit_set").count() == 1


def test_a_region_and_a_place_below_it_cannot_contradict_each_other_at_once(cast):
    results = at_once(
        lambda: change_limits(cast.london, {"first_reminder": 20}, seen={}, by=cast.ada, at=NOW),
        lambda: change_limits(cast.lambeth, {"second_reminder": 30}, seen={}, by=cast.ada, at=NOW),
    )
    assert sum(isinstance(one, Refusal) for one in results) == 1
    assert Limit.objects.count() == 1
