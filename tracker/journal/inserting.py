"""Thousands of rows at once, those that are there already left alone: one statement, and no instance for any of them.

`bulk_create` takes many times as long, which a night that decides a hundred thousand notices has not got.
"""

from django.db import connection


def insert_many(model, names, rows) -> None:
    """``names``: of the columns' attributes ("recipient_id"); ``rows``: tuples of their values. The other columns get
    their default."""
    if not rows:
        return
    fields = [model._meta.get_field(name) for name in names]
    values = [_prepared(field, column) for field, column in zip(fields, zip(*rows, strict=True), strict=True)]
    for field in model._meta.concrete_fields:
        if field not in fields and not field.primary_key and not field.null:
            fields.append(field)
            values.append(_prepared(field, [field.get_default()]) * len(rows))
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    into = f"INSERT INTO {quote(model._meta.db_table)} ({columns})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Without the length of a text: a cast would cut what is too long, and so it is refused.
            arrays = ", ".join(f"%s::{field.db_type(connection).partition('(')[0]}[]" for field in fields)
            cursor.execute(f"{into} SELECT * FROM UNNEST({arrays}) ON CONFLICT DO NOTHING", values)
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"{into} VALUES ({marks}) ON CONFLICT DO NOTHING", list(zip(*values, strict=True)))


def _prepared(field, column) -> list:
    """As the database takes them; most values stand in many rows."""
    known = {value: field.get_db_prep_save(value, connection) for value in set(column)}
    return [known[value] for value in column]
