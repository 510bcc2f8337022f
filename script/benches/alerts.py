"""How long the climb takes over 10,000 open alerts on PostgreSQL: each worked out anew, as after a limit was changed;
none waiting; and rungs reached by all of them at once.

`script/bench alerts [N]`: N open alerts (10,000), each with two concerns and actions, two measures and four weeks of
readings. Prints seconds, those that this process computed, queries for each batch and memory; fails when any of it
takes more than 10 s or 150 MB.
"""

import datetime as dt
import os
import resource
import sys
import time

SECONDS, MEGABYTES = 10, 150


def main(count="10000"):
    os.environ["DATABASE_URL"] = os.environ["POSTGRESQL_URL"]
    os.environ["DJANGO_SETTINGS_MODULE"] = "tracker.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    fill(int(count))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    from tracker.alerts import escalating

    wrong, batches = [], max(int(count) / escalating.BATCH, 1)
    for words, moment in (("all anew", at(29)), ("none waits", at(29)), ("rungs for all", at(31)), ("again", at(31))):
        began, worked, asked = time.perf_counter(), time.process_time(), Asked()
        with connection.execute_wrapper(asked):
            outcome = escalating.climb(moment)
        took, worked = time.perf_counter() - began, time.process_time() - worked
        print(
            f"{words}: {took:.2f} s, {worked:.2f} of them computing here; {asked.times} queries, "
            f"{asked.times / batches:.1f} for each batch. {outcome.sentence}",
            flush=True,
        )
        wrong += [words] if took > SECONDS else []
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{used:.0f} MB at most, the filling included")
    wrong += ["memory"] if used > MEGABYTES else []
    sys.exit(f"Over the budget of {SECONDS} s and {MEGABYTES} MB: {', '.join(wrong)}" if wrong else 0)


class Asked:
    """Counts, and keeps none: what is counted by keeping takes memory."""

    times = 0

    def __call__(self, execute, *args):
        self.times += 1
        return execute(*args)


def at(day, hour=10) -> dt.datetime:
    return dt.datetime(2022, 8, day, hour, tzinfo=dt.UTC)


def fill(count, batch=1000):
    """Monitored alerts whose readings are due on the 30th."""
    from inspections.models import Organisation
    from tracker.alerts.models import AlertCase, Concern, Measure, Reading
    from tracker.people.models import Post, User
    from tracker.plans.models import Action

    top = Organisation.objects.create(level="hmpps", name="HMPPS", slug="hmpps")
    region = Organisation.objects.create(level="region", name="London", slug="london", parent=top)
    places = [
        Organisation.objects.create(level="pdu", name=f"Place {n}", slug=f"place-{n}", parent=region)
        for n in range(100)
    ]
    for n, place in enumerate([top, region, *places]):
        user = User.objects.create(email=f"head{n}@probation.example", first_name="H", last_name=str(n), added_at=at(1))
        Post.objects.create(organisation=place, title="Head", head=True, role="lead", holder=user)
    for first in range(0, count, batch):
        cases = AlertCase.objects.bulk_create(
            AlertCase(
                organisation=places[n % len(places)], live=True, state="monitoring", opened_at=at(1), raised_at=at(1),
                raised_by=user, acknowledged_at=at(1), responded_at=at(1), accepted_at=at(2),
            )
            for n in range(first, min(first + batch, count))
        )  # fmt: skip
        pairs = [(case, n) for case in cases for n in (1, 2)]
        concerns = Concern.objects.bulk_create(Concern(alert=case, position=n, text="One") for case, n in pairs)
        actions = Action.objects.bulk_create(
            Action(
                alert=case, organisation=case.organisation, what="Act", owner_person=user, live=True, added_at=at(1),
                due_by=dt.date(2022, 9, 30),
            )
            for case, _ in pairs
        )  # fmt: skip
        link = Action.concerns.through
        link.objects.bulk_create(
            link(action=action, concern=concern) for action, concern in zip(actions, concerns, strict=True)
        )
        measures = Measure.objects.bulk_create(
            Measure(alert=case, position=n, name=f"Measure {n}", worse="up") for case, n in pairs
        )
        Reading.objects.bulk_create(
            Reading(measure=one, value=100, as_at=dt.date(2022, 8, day), by=user, at=at(day))
            for one in measures for day in (5, 11, 17, 23)
        )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
