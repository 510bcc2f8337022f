"""How fast the numbers of an overview, the groups, a long CSV and a pack are at 100,000 recommendations on PostgreSQL.

Gunicorn with 2 workers. The overviews are asked in turn with Django's admin list of the same rows and a bare count of
them, so that a noisy machine is noisy for all. `script/bench insight [N]`: N recommendations (100,000), each with three
actions and with its journal. Fails when something takes longer, or more memory, than the budgets below.
"""

import datetime as dt
import os
import statistics
import sys
import time
import urllib.request
from urllib.parse import urlencode, urlsplit, urlunsplit

from script.benches import pages
from script.lib.servers import end, start

ROUNDS = 30
OVERVIEW_MS, QUERIES = 150, 15
PACK_SECONDS, IN_THE_PACK = 5, 60
MEGABYTES = 20  # that a worker may grow by, for ten times as many rows
RECURRING = "5000"


def main(count="100000"):
    os.environ["DATABASE_URL"] = os.environ["POSTGRESQL_URL"]
    os.environ["DJANGO_SETTINGS_MODULE"] = "script.benches._pages_settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    wrong = [] if recurring(connection) else ["recurring groups"]
    call_command("migrate", verbosity=0)
    sixty = place_of_sixty()
    began = time.monotonic()
    call_command("make_data", recommendations=int(count), seed=1)
    print(f"made in {time.monotonic() - began:.0f} s", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    people = pages.cast()
    sessions = {name: pages.session_of(user) for name, user in people.items()}
    with pages.served() as (port, server):
        wrong += overviews(port, people, sessions, connection)
        past_days(port, server, sessions)
        wrong += csv(port, server, sessions["inspector"], int(count))
        wrong += packs(port, sessions["inspector"], sixty)
    sys.exit(f"Over the budget: {', '.join(wrong)}" if wrong else 0)


def recurring(connection) -> bool:
    """`script/bench recurring` in a database of its own, where nothing else recurs."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE recurring")
    url = urlunsplit(urlsplit(os.environ["POSTGRESQL_URL"])._replace(path="/recurring"))
    ours = {"POSTGRESQL_URL": url, "DATABASE_URL": url}
    bench = start([sys.executable, "-m", "script.benches.recurring", RECURRING], env=os.environ | ours)
    try:
        return bench.wait() == 0
    finally:
        end(bench)


def place_of_sixty():
    """A PDU with so many recommendations of its own, by the reports that name it."""
    from django.utils import timezone

    from inspections.models import Organisation
    from tracker.demonstration import bulk
    from tracker.plans.models import FollowUp
    from tracker.working_days import london_day

    top = Organisation.objects.create(level="hmpps", name="HM Prison and Probation Service", slug="hmpps")
    region = Organisation.objects.create(level="region", name="The region", slug="the-region", parent=top)
    place = Organisation.objects.create(level="pdu", name="The sixty", slug="sixty", parent=region)
    now, whole = timezone.now(), IN_THE_PACK // bulk.TO_THE_PDU
    more = whole * bulk.PER_REPORT + IN_THE_PACK % bulk.TO_THE_PDU
    bulk.make(more, 2, today=london_day(now), at=now, among=[place])
    found = FollowUp.objects.filter(addressee=place).count()
    if found != IN_THE_PACK:
        sys.exit(f"{found} recommendations for the pack, not {IN_THE_PACK}")
    return place


def overviews(port, people, sessions, connection) -> list[str]:
    from django.test import Client

    from inspections.models import Organisation

    top = Organisation.objects.get(level="hmpps")
    pdu = Organisation.objects.filter(level="pdu").order_by("pk").first()
    asked = {
        "overview of HMPPS": ("inspector", f"/overview/{top.slug}/"),
        "overview of a region": ("region", f"/overview/{pdu.parent.slug}/"),
        "overview of a PDU": ("pdu", f"/overview/{pdu.slug}/"),
        "admin list": ("administrator", "/admin/tracker/followup/"),
    }
    queries = {}
    for label, (who, address) in asked.items():
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(people[who])
        queries[label] = pages.counted(client, address)
    times = {label: [] for label in asked} | {"SELECT COUNT(*) of them": []}
    for round_ in range(ROUNDS + 5):
        for label, (who, address) in asked.items():
            times[label].append(timed(lambda who=who, address=address: pages.fetch(port, address, sessions[who])))
        times["SELECT COUNT(*) of them"].append(timed(lambda: bare_count(connection)))
        if round_ == 4:
            times = {label: [] for label in times}  # the first ones fill caches
    medians = {label: statistics.median(values) * 1000 for label, values in times.items()}
    print(f"{'':28}{'median ms':>10}{'fastest':>9}{'x admin':>9}{'x count':>9}{'queries':>9}")
    for label, median in medians.items():
        ratios = (median / medians[other] for other in ("admin list", "SELECT COUNT(*) of them"))
        print(
            f"{label:28}{median:10.1f}{min(times[label]) * 1000:9.1f}"
            + "".join(f"{ratio:9.2f}" for ratio in ratios)
            + f"{queries.get(label, 1):9}"
        )
    sys.stdout.flush()
    slow = medians["overview of HMPPS"] > OVERVIEW_MS
    many = [label for label, number in queries.items() if "overview" in label and number > QUERIES]
    return ["overview of HMPPS"] * slow + [f"queries of the {label}" for label in many]


def past_days(port, server, sessions) -> None:
    """Without a budget: a past day may take seconds."""
    from inspections.models import Organisation

    top = Organisation.objects.get(level="hmpps")
    pdu = Organisation.objects.filter(level="pdu").order_by("pk").first()
    on = dt.date.today() - dt.timedelta(days=90)
    for who, place in (("pdu", pdu), ("region", pdu.parent), ("inspector", top)):
        address = f"/overview/{place.slug}/?on={on}"
        took = statistics.median(
            timed(lambda at=address, by=who: pages.fetch(port, at, sessions[by])) for _ in range(3)
        )
        most = max(pages.worker_memory(server.pid, "VmHWM"), default=0)
        print(f"overview of {place} as at {on}: {took:.2f} s; a worker had {most} MB at most", flush=True)


def timed(deed) -> float:
    began = time.perf_counter()
    deed()
    return time.perf_counter() - began


def bare_count(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM tracker_followup")
        return cursor.fetchall()


def csv(port, server, session, count) -> list[str]:
    """A tenth of the rows or so, then all of them: the most memory that a worker had after each."""
    from inspections.models import Organisation

    region = Organisation.objects.filter(level="region").order_by("pk").first()
    address, most = "/recommendations/export.csv", []
    for words, query in (("CSV of a region", f"?region={region.slug}"), ("CSV of all", "")):
        began = time.perf_counter()
        rows, size = streamed(port, address + query, session)
        took = time.perf_counter() - began
        most.append(max(pages.worker_memory(server.pid, "VmHWM"), default=0))
        print(f"{words}: {rows:,} rows, {size / 1e6:.1f} MB in {took:.1f} s; a worker had {most[-1]} MB at most")
    if rows < count:
        sys.exit(f"The CSV has {rows:,} rows, not {count:,}")
    sys.stdout.flush()
    return ["memory of the CSV"] if most[1] - most[0] > MEGABYTES else []


def streamed(port, address, session) -> tuple[int, int]:
    """(lines after the headings, bytes). Wordings of `make_data` have no line breaks."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{address}", headers={"Cookie": f"sessionid={session}"})
    lines = size = 0
    with urllib.request.urlopen(request, timeout=600) as answer:
        while chunk := answer.read(1 << 16):
            lines, size = lines + chunk.count(b"\n"), size + len(chunk)
    return lines - 1, size


def packs(port, session, place) -> list[str]:
    until = dt.date.today()
    period = urlencode({"from": (until - dt.timedelta(days=365)).isoformat(), "to": until.isoformat()})
    slow = []
    for suffix in ("docx", "pdf"):
        times = []
        for _ in range(3):
            began = time.perf_counter()
            _, size = streamed(port, f"/overview/{place.slug}/pack.{suffix}?{period}", session)
            times.append(time.perf_counter() - began)
        print(f"pack of {IN_THE_PACK} as {suffix}: {statistics.median(times):.2f} s, the first {times[0]:.2f} s, "
              f"{size:,} bytes", flush=True)  # fmt: skip
        slow += [f"pack as {suffix}"] if max(times) > PACK_SECONDS else []
    return slow


if __name__ == "__main__":
    main(*sys.argv[1:])
