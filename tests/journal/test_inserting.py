"""Thousands of rows in one statement: those that are there stay, the others are whole, and nonsense is refused."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.cast import NOW
from tracker.journal.inserting import insert_many
from tracker.journal.models import Notice
from tracker.journal.operations import notify_all

pytestmark = pytest.mark.django_db
NAMES = ("recipient_id", "kind", "subject_kind", "subject_id", "occasion", "decided_at")


def rows(cast, *subjects):
    return [(cast.amira.pk, "action_due", "action", subject, "now", NOW) for subject in subjects]


def test_what_is_there_already_stays(cast):
    insert_many(Notice, NAMES, rows(cast, 1, 2))
    Notice.objects.filter(subject_id=1).update(state="superseded", why="Said")
    insert_many(Notice, NAMES, rows(cast, 1, 2, 3, 3))
    assert list(Notice.objects.values_list("subject_id", "state", "why", "mail")) == [
        (1, "superseded", "Said", None), (2, "decided", "", None), (3, "decided", "", None),
    ]  # fmt: skip
    assert Notice.objects.last().decided_at == NOW


def test_nothing_is_no_statement(cast):
    with CaptureQueriesContext(connection) as said:
        insert_many(Notice, NAMES, [])
        notify_all([], at=NOW)
    assert not said


@pytest.mark.parametrize("wrong", [(0, None), (3, None), (5, None)])
def test_the_database_still_refuses(cast, wrong):
    column, value = wrong
    row = list(rows(cast, 1)[0])
    row[column] = value
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_many(Notice, NAMES, [tuple(row)])


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite does not mind")
def test_a_text_that_is_too_long_is_not_cut(cast):
    row = list(rows(cast, 1)[0])
    row[4] = "x" * 200
    with pytest.raises(DatabaseError), transaction.atomic():
        insert_many(Notice, NAMES, [tuple(row)])
