"""The database itself refuses to change or remove an event, whoever asks it and by whatever way.

The migration puts the triggers in place. SQLite drops them when a later migration rebuilds the table: that migration
must call `install` at its end; `Event.check` says when it did not.
"""

TABLE = "tracker_event"
SENTENCE = "The journal is append-only"
_POSTGRESQL = (
    f"""
    CREATE OR REPLACE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    f"""
    CREATE TRIGGER event_stays BEFORE UPDATE OR DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION journal_is_append_only()
    """,
    f"""
    CREATE TRIGGER events_stay BEFORE TRUNCATE ON {TABLE}
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only()
    """,
)
_SQLITE = (
    f"""
    CREATE TRIGGER event_is_not_changed BEFORE UPDATE ON {TABLE}
    BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END
    """,
    f"""
    CREATE TRIGGER event_is_not_removed BEFORE DELETE ON {TABLE}
    BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END
    """,
    # "INSERT OR REPLACE" removes the row in its way without asking the trigger above.
    f"""
    CREATE TRIGGER event_is_not_replaced BEFORE INSERT ON {TABLE}
    WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id) OR (NEW.link > 0 AND EXISTS (
        SELECT 1 FROM {TABLE} WHERE organisation_id IS NEW.organisation_id AND link = NEW.link AND link > 0))
    BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END
    """,
)
NAMES = {
    "postgresql": ("event_stays", "events_stay"),
    "sqlite": ("event_is_not_changed", "event_is_not_removed", "event_is_not_replaced"),
}


def install(connection) -> None:
    """Put the triggers in place, whether or not some are there."""
    lift(connection)
    with connection.cursor() as cursor:
        for statement in _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE:
            cursor.execute(statement)


def lift(connection) -> None:
    """Take the triggers away: for a migration that goes back, and for the tests, which empty their tables."""
    on = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in NAMES[connection.vendor]:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def missing(connection) -> list[str]:
    """Names of the triggers that are not there, or do not fire."""
    if connection.vendor == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgenabled IN ('O', 'A')"
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
    with connection.cursor() as cursor:
        cursor.execute(query, [TABLE])
        there = {name for (name,) in cursor.fetchall()}
    return [name for name in NAMES[connection.vendor] if name not in there]
