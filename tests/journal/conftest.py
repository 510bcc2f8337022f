"""Ways to tamper with the journal behind the service's back, as somebody with the database's password could."""

import contextlib

import pytest
from django.db import connection

from tracker.journal import triggers


@pytest.fixture
def tamper(db):
    """`tamper("UPDATE tracker_event SET deed = 'x' WHERE id = %s", 7)`: raw SQL, with the triggers out of the way."""

    def tamper(statement, *values):
        with lifted(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            assert cursor.rowcount, "nothing was tampered with"

    return tamper


@contextlib.contextmanager
def lifted():
    connection.check_constraints()  # PostgreSQL drops no trigger while checks of the table are still to be made
    triggers.lift(connection)
    yield
    connection.check_constraints()
    triggers.install(connection)
