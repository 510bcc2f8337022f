"""How long the nightly decision takes over 100,000 open actions of 5,000 owners on PostgreSQL, writing included.

`script/bench reminders [N]`: N open actions (100,000) in 200 places: one in six overdue, one in four without an update
for over a month, one in twenty without a date, one in twenty claimed. Prints seconds, queries for each batch and memory
of the first night, which decides all of it, of the same night again and of the next one, beside a plain loop over the
same rows that asks for the owner of each (over 2,000 of them: it takes too long otherwise). Fails when a night takes
more than 10 s for each 100,000, or when there are more than 100,000 and memory grows: 200 MB.
"""

import datetime as dt
import os
import resource
import subprocess
import sys
import time

SECONDS, MEGABYTES, LOOPED = 10, 200, 2000
TODAY = dt.date(2026, 11, 20)


def main(count="100000", only=""):
    os.environ["DATABASE_URL"] = os.environ["POSTGRESQL_URL"]
    os.environ["DJANGO_SETTINGS_MODULE"] = "tracker.settings"
    import django

    django.setup()
    if only:
        return nights(int(count))
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    fill(int(count))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()
    # In a process of its own, so that what filling took does not count.
    sys.exit(subprocess.call([sys.executable, "-m", "script.benches.reminders", count, "nights"]))


def nights(count):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tracker.plans.models import Action
    from tracker.reminders.sweep import BATCH, sweep

    wrong, most = [], SECONDS * max(count / 100_000, 1)
    first = None
    for words, days in (("first night", 0), ("the same night again", 0), ("the next night", 1)):
        began, worked = time.perf_counter(), time.process_time()
        outcome = sweep(at(days))
        took, worked = time.perf_counter() - began, time.process_time() - worked
        first = first or took
        print(f"{words}: {took:.2f} s, {worked:.2f} s of it our own. {outcome.sentence}", flush=True)
        wrong += [words] if took > most else []
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{used:.0f} MB at most")
    wrong += ["memory"] if used > MEGABYTES else []
    with CaptureQueriesContext(connection) as said:
        sweep(at(1))
    print(f"{len(said)} queries, {len(said) / max(count / BATCH, 1):.1f} for each batch of {BATCH:,}")
    began = time.perf_counter()
    names = [action.owner for action in Action.objects.order_by("pk")[:LOOPED]]
    loop = (time.perf_counter() - began) * count / len(names)
    print(f"A plain loop over the same rows, `action.owner`: {loop:.1f} s, {loop / first:.1f} times the first night")
    if wrong:
        print(f"Over the budget of {most:.0f} s and {MEGABYTES} MB: {', '.join(wrong)}")
    sys.exit(bool(wrong))


def at(days=0) -> dt.datetime:
    return dt.datetime.combine(TODAY + dt.timedelta(days=days), dt.time(2), tzinfo=dt.UTC)


def fill(count, batch=5000):
    from inspections.models import Inspection, Organisation
    from tracker.people.models import Membership, Post, User
    from tracker.plans.models import Action, ActionPlan, Claim
    from tracker.working_days import NO_DATE

    top = Organisation.objects.create(level="hmpps", name="HMPPS", slug="hmpps")
    regions = [
        Organisation.objects.create(level="region", name=f"Region {n}", slug=f"region-{n}", parent=top)
        for n in range(12)
    ]
    places = [
        Organisation.objects.create(level="pdu", name=f"Place {n}", slug=f"place-{n}", parent=regions[n % 12])
        for n in range(200)
    ]
    owners = User.objects.bulk_create(
        User(email=f"o{n}@probation.example", first_name="Pat", last_name=str(n), added_at=at()) for n in range(5000)
    )
    Membership.objects.bulk_create(
        Membership(user=owner, role="contributor", organisation=places[n % 200]) for n, owner in enumerate(owners)
    )
    heads = User.objects.bulk_create(
        User(email=f"h{n}@probation.example", first_name="Head", last_name=str(n), added_at=at()) for n in range(213)
    )
    Post.objects.bulk_create(
        Post(organisation=place, title="Head", head=True, role="lead", holder=head)
        for place, head in zip([top, *regions, *places], heads, strict=True)
    )
    inspector = User.objects.create(email="i@inspection.example", first_name="I", last_name="N", added_at=at())
    Membership.objects.create(user=inspector, role="inspector")
    visits = Inspection.objects.bulk_create(
        Inspection(organisation=place, slug=place.slug, title="A visit", fieldwork_month=TODAY.replace(day=1))
        for place in places
    )
    plans = ActionPlan.objects.bulk_create(ActionPlan(inspection=visit, organisation=visit.organisation)
                                           for visit in visits)  # fmt: skip
    for first in range(0, count, batch):
        actions = Action.objects.bulk_create(
            Action(
                plan=plans[n % 200], organisation=places[n % 200], what=f"Step {n}", owner_person=owners[n % 5000],
                state="claimed" if n % 20 == 7 else "in_progress", live=True, added_at=at(-100 - n % 50),
                due_by=NO_DATE if n % 20 == 3 else TODAY + dt.timedelta(days=n * 7 % 360 - 60),
                heard_on=TODAY - dt.timedelta(days=n * 11 % 40),
            )
            for n in range(first, min(first + batch, count))
        )  # fmt: skip
        Claim.objects.bulk_create(
            Claim(action=action, by=action.owner_person, at=at(-action.pk % 60 - 60), comment="Done", cycle=1)
            for action in actions
            if action.state == "claimed"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
