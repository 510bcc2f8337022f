"""The index in which words are looked for. The database itself keeps it true, by whatever way a row comes or changes.

PostgreSQL: a column `search_words` that it works out from the text, with a GIN index. SQLite: two FTS5 tables beside
each table, that hold no text of their own, and triggers. One has the words as stems, as PostgreSQL's `english` does;
the other as they are written, to tell how a word goes on that was only begun.

SQLite drops triggers when a later migration rebuilds a table of `SOURCES`: that migration must call `install` at its
end. PostgreSQL changes the type of such a column only after `remove`. `faults` tells where index and rows differ.
"""

import string
from dataclasses import dataclass

from django.db import DatabaseError, connection, transaction
from django.db.models.expressions import RawSQL

from .search_words import Question


@dataclass(frozen=True)
class Source:
    """A table and the columns of it that hold the texts."""

    table: str
    columns: tuple[str, ...]

    @property
    def stems(self) -> str:
        return f"{self.table}_search"

    @property
    def written(self) -> str:
        return f"{self.table}_search_written"

    @property
    def vocabulary(self) -> str:
        return f"{self.table}_search_vocabulary"

    def triggers(self) -> list[str]:
        return [f"{self.table}_search_{deed}" for deed in ("insert", "delete", "update")]


SOURCES = {
    "recommendation": Source("inspections_recommendation", ("wording",)),
    "action": Source("tracker_action", ("what",)),
    "update": Source("tracker_update", ("done", "next_step")),
    "evidence": Source("tracker_evidence", ("name",)),
}
# PostgreSQL takes "training/report.pdf" for one word, the name of a file; FTS5 parts words at all of these.
_NO_LETTERS = string.punctuation + "‘’“”„–—…•·«»£€\u00a0"
MOST_INDEXED = 50_000  # characters of a text; a tsvector has a greatest size, and a row beyond it would be refused
MOST_COLUMNS = max(len(source.columns) for source in SOURCES.values())
MOST_ENDINGS = 100  # ways in which a word that was begun goes on, on SQLite
BEGIN, END = "\x02", "\x03"  # around a found word


def _is_postgresql(connection) -> bool:
    return connection.vendor == "postgresql"


# --- Made and held against the rows ------------------------------------------------------------------------------


def install(connection) -> None:
    """Make the index from the rows that there are, whether or not some of it is there."""
    remove(connection)
    with connection.cursor() as cursor:
        for source in SOURCES.values():
            for statement in _made_on_postgresql(source) if _is_postgresql(connection) else _made_on_sqlite(source):
                cursor.execute(statement)


def remove(connection) -> None:
    with connection.cursor() as cursor:
        for source in SOURCES.values():
            if _is_postgresql(connection):
                cursor.execute(f"ALTER TABLE {source.table} DROP COLUMN IF EXISTS search_words")  # and its index
                continue
            for trigger in source.triggers():
                cursor.execute(f"DROP TRIGGER IF EXISTS {trigger}")
            for table in (source.vocabulary, source.stems, source.written):
                cursor.execute(f"DROP TABLE IF EXISTS {table}")


def faults(connection) -> list[str]:
    """Where the index is not what the rows say, a sentence each. Reads every row."""
    found = []
    for noun, source in SOURCES.items():
        if wrong := (_wrong_on_postgresql if _is_postgresql(connection) else _wrong_on_sqlite)(connection, source):
            found.append(f"{noun}: {wrong}.")
    return found


def _spaced(column) -> str:
    signs = _NO_LETTERS.replace("'", "''")
    return f"translate(left({column}, {MOST_INDEXED}), '{signs}', '{' ' * len(_NO_LETTERS)}')"


def _vector(source) -> str:
    """As stems, and behind that as written, so that a word that was only begun is found too."""
    text = _spaced(" || ' ' || ".join(f'"{column}"' for column in source.columns))
    return f"to_tsvector('pg_catalog.english', {text}) || to_tsvector('pg_catalog.simple', {text})"


def _made_on_postgresql(source) -> list[str]:
    return [
        f"ALTER TABLE {source.table} ADD COLUMN search_words tsvector GENERATED ALWAYS AS ({_vector(source)}) STORED",
        f"CREATE INDEX {source.stems} ON {source.table} USING gin (search_words)",
    ]


def _made_on_sqlite(source) -> list[str]:
    columns = ", ".join(source.columns)
    both = (source.stems, source.written)

    def written_for(row):
        return ", ".join(f"{row}.{column}" for column in source.columns)

    adds = " ".join(f"INSERT INTO {fts}(rowid, {columns}) VALUES (NEW.id, {written_for('NEW')});" for fts in both)
    takes = " ".join(
        f"INSERT INTO {fts}({fts}, rowid, {columns}) VALUES ('delete', OLD.id, {written_for('OLD')});" for fts in both
    )
    changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in ("id", *source.columns))
    of = f"content='{source.table}', content_rowid='id'"
    inserted, deleted, updated = source.triggers()
    return [
        f"CREATE VIRTUAL TABLE {source.stems} USING fts5({columns}, {of}, "
        "tokenize='porter unicode61 remove_diacritics 0')",
        f"CREATE VIRTUAL TABLE {source.written} USING fts5({columns}, {of}, "
        "tokenize='unicode61 remove_diacritics 0', detail=none, columnsize=0)",
        f"CREATE VIRTUAL TABLE {source.vocabulary} USING fts5vocab('{source.written}', 'row')",
        *(f"INSERT INTO {fts}({fts}) VALUES ('rebuild')" for fts in both),
        f"CREATE TRIGGER {inserted} AFTER INSERT ON {source.table} BEGIN {adds} END",
        f"CREATE TRIGGER {deleted} AFTER DELETE ON {source.table} BEGIN {takes} END",
        f"CREATE TRIGGER {updated} AFTER UPDATE ON {source.table} WHEN {changed} BEGIN {takes} {adds} END",
    ]


def _wrong_on_postgresql(connection, source) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
            "WHERE relname = %s AND indrelid = to_regclass(%s) AND indisvalid",
            [source.stems, source.table],
        )
        if not cursor.fetchone()[0]:
            return "there is no index"
        cursor.execute(f"SELECT count(*) FROM {source.table} WHERE search_words IS DISTINCT FROM ({_vector(source)})")
        count = cursor.fetchone()[0]
    return f"{count} rows are indexed wrongly" if count else ""


def _wrong_on_sqlite(connection, source) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE tbl_name = %s AND type = 'trigger'", [source.table])
        there = {name for (name,) in cursor.fetchall()}
        if gone := [trigger for trigger in source.triggers() if trigger not in there]:
            return f"nothing keeps it true, {', '.join(gone)} missing"
        try:
            with transaction.atomic(using=connection.alias):
                for fts in (source.stems, source.written):
                    # FTS5 works out each row's words again and compares.
                    cursor.execute(f"INSERT INTO {fts}({fts}, rank) VALUES ('integrity-check', 1)")
        except DatabaseError:
            return "the index does not say what the rows say"
    return ""


# --- Asked -------------------------------------------------------------------------------------------------------


def ids_with(noun: str, question: Question) -> RawSQL:
    """Ids of the rows of a source that answer the question: `filter(pk__in=ids_with("action", question))`. None where
    it has no terms."""
    source = SOURCES[noun]
    if not question:
        return RawSQL(f"SELECT id FROM {source.table} WHERE 1 = 0", [])
    if _is_postgresql(connection):
        asked, params = _tsquery(question)
        return RawSQL(f"SELECT id FROM {source.table} WHERE search_words @@ ({asked})", params)
    asked, params = _fts5_query(source, question)
    return RawSQL(f"SELECT rowid FROM {source.stems} WHERE {source.stems} MATCH ({asked})", params)


def ranks(ids: dict[str, list[int]], question: Question) -> dict[tuple[str, int], float]:
    """{(noun, id): the higher the better} of rows that answer the question. One query; compare within a noun only."""

    def of(noun, source):
        if _is_postgresql(connection):
            asked, params = _tsquery(question)
            # By how near the words stand to each other; a long text is worth less than a short one.
            return f"SELECT '{noun}', id, ts_rank_cd(search_words, {asked}, 1) FROM {source.table} WHERE id", params
        asked, params = _fts5_query(source, question)
        # "+": the index of words is gone through once, and not for each row.
        return (
            f"SELECT '{noun}', rowid, -bm25({source.stems}) FROM {source.stems} "
            f"WHERE {source.stems} MATCH ({asked}) AND +rowid",
            params,
        )

    return {(noun, pk): rank for noun, pk, rank in _together(of, ids)}


def marked(ids: dict[str, list[int]], question: Question) -> dict[tuple[str, int], tuple[str, ...]]:
    """{(noun, id): each of its texts, with `BEGIN` and `END` around what the question found in it}. As long as the text
    itself without these; signs may have become blanks, and the end be missing. One query."""

    def of(noun, source):
        if _is_postgresql(connection):
            asked, params = _tsquery(question)
            how = f"HighlightAll=true, StartSel={BEGIN}, StopSel={END}"
            texts = [
                f"ts_headline('pg_catalog.english', {_spaced(column).replace('%', '%%')}, {asked}, '{how}')"
                for column in source.columns
            ]
            table, pk, where, params = source.table, "id", "id", params * len(texts)
        else:
            asked, params = _fts5_query(source, question)
            texts = [f"highlight({source.stems}, {n}, '{BEGIN}', '{END}')" for n in range(len(source.columns))]
            table, pk, where = source.stems, "rowid", f"{source.stems} MATCH ({asked}) AND rowid"
        texts += ["''"] * (MOST_COLUMNS - len(texts))
        return f"SELECT '{noun}', {pk}, {', '.join(texts)} FROM {table} WHERE {where}", params

    return {(noun, pk): tuple(texts[: len(SOURCES[noun].columns)]) for noun, pk, *texts in _together(of, ids)}


def _together(select, ids) -> list[tuple]:
    """The rows of one SELECT for each noun that has ids; ``select(noun, source)`` is its SQL up to the ids."""
    parts, params = [], []
    for noun, some in ids.items():
        if some:
            sql, given = select(noun, SOURCES[noun])
            parts.append(f"{sql} IN ({', '.join(['%s'] * len(some))})")
            params += [*given, *some]
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        return cursor.fetchall()


def _tsquery(question) -> tuple[str, list[str]]:
    parts, params = [], []
    for term in question.terms:
        parts.append(f"phraseto_tsquery('pg_catalog.{'simple' if term.as_written else 'english'}', %s)")
        params.append(term.text)
    if question.begins:
        parts[-1] = f"({parts[-1]} || to_tsquery('pg_catalog.simple', %s))"
        params.append(f"{question.beginning}:*")
    return f"({' && '.join(parts)})", params


def _fts5_query(source, question) -> tuple[str, list]:
    """An expression that gives the text of the query; all in it stands in quotation marks, and so is no operator."""
    quoted = " AND ".join(f'"{term.text}"' for term in question.terms)
    if not question.begins:
        return "%s", [quoted]
    word = question.beginning
    first = quoted.removesuffix(f'"{word}"')
    goes_on = (
        f"SELECT term FROM {source.vocabulary} WHERE term >= %s AND term < %s ORDER BY doc DESC LIMIT {MOST_ENDINGS}"
    )
    return (
        f"""%s || coalesce((SELECT group_concat(' OR "' || term || '"', '') FROM ({goes_on})), '') || ')'""",
        [f'{first}("{word}"', word, f"{word}\U0010ffff"],
    )
