"""What the clocks of an alert came to, stored with it: what is due first, for lists; and the day from which on there is
a rung to record, for the climb, which so asks for those alerts only.

Stored by every deed that the clocks depend on, while it holds the alert's row, and by the climb. What changes for many
alerts at once (a limit, a post, a bank holiday, a place that moves) is seen by `ground`: an alert that was worked out
on another one is worked out anew by the next climb, as is one that a deed has just changed.
"""

import hashlib
import json

from django.db import connection

from inspections.models import Organisation
from tracker.clocks.operations import Limits
from tracker.clocks.rules import DEFAULT_LIMITS
from tracker.working_days import NO_DATE, bank_holidays, london_day

from . import ladder
from .counting import forget
from .facts import clocks, is_running
from .models import AlertCase, Escalation
from .posts import Posts

STORED = ["next_due", "next_duty", "next_moment", "worked_out_on"]


def ground(posts: Posts, limits: Limits, places: dict[int, Organisation]) -> str:
    """What the moments of all alerts rest on, beside the alerts themselves, as a short hash."""
    of_alerts = [name for name in sorted(DEFAULT_LIMITS) if name.startswith(("alert_", "rung_"))]
    held = []
    for pk, place in sorted(places.items()):
        in_force = limits.for_line(place.line)
        held.append([pk, place.line, [in_force[name] for name in of_alerts]])
    known = [of_alerts, held, sorted(posts.areas), sorted(day.isoformat() for day in bank_holidays())]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:40]


def recorded_of(ids) -> dict[int, dict[tuple[str, str], int | None]]:
    """{alert: {(occasion, rung): id of the post that was told}} of what was recorded. One query."""
    found = {pk: {} for pk in ids}
    rows = Escalation.objects.filter(alert__in=ids).values_list("alert_id", "occasion", "rung", "post_id")
    for alert, occasion, rung, post in rows:
        found[alert][occasion, rung] = post
    return found


def write_down(case, look: ladder.Look, moment, worked_out_on) -> None:
    """Set the fields of `STORED` on the row, without saving it."""
    first = look.first
    case.next_due, case.next_duty = (first.due, first.kind) if first else (NO_DATE, "")
    case.next_moment, case.worked_out_on = moment, worked_out_on


def store(cases) -> None:
    """Write the fields of `STORED` of many alerts in one statement, by hand: composing that of ``bulk_update`` takes
    longer than all else that a climb does. SQLite and PostgreSQL both call the values of a row column1 and so on."""
    if not cases:
        return
    table, date = connection.ops.quote_name(AlertCase._meta.db_table), connection.ops.adapt_datefield_value
    columns = ", ".join(f"{name} = told.column{n}" for n, name in enumerate(STORED, start=2))
    rows = ", ".join(["(%s, %s, %s, %s, %s)"] * len(cases))
    values = [
        value
        for case in cases
        for value in (case.pk, date(case.next_due), case.next_duty, date(case.next_moment), case.worked_out_on)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {columns} FROM (VALUES {rows}) AS told WHERE {table}.id = told.column1", values
        )


def refresh(case, at) -> None:
    """Store what the clocks of ``case`` come to now. Part of the deed that changed them, which holds the row: nobody
    writes down what was read before somebody else's deed."""
    now = AlertCase.objects.select_related("organisation__parent__parent").get(pk=case.pk)
    found = ladder.Look([], [], frozenset(), None)
    if is_running(now):
        posts, limits = Posts(london_day(at)), Limits()
        found = clocks([now], at, posts, limits)[now.pk].look(at, recorded_of([now.pk])[now.pk])
    # The climb looks at it once more, on the ground of all.
    write_down(case, found, found.next_moment, "")
    store([case])
    forget()
