"""How fast a list and a record are at 100,000 recommendations, beside Django's admin list and raw SQL.

Gunicorn with 2 workers on PostgreSQL; our list (25 rows, filters shown), the admin list of the same rows and the
bare SQL of one page are asked in turn in one run, so that a noisy machine is noisy for all three. Prints medians,
ratios, query counts, bytes and the workers' memory. `script/bench pages [N]`: N recommendations (100,000).
"""

import os
import re
import statistics
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from script.lib.servers import ROOT, end, free_port, start, wait_until

ROUNDS = 40


def main(count="100000"):
    os.environ["DATABASE_URL"] = os.environ["POSTGRESQL_URL"]
    os.environ["DJANGO_SETTINGS_MODULE"] = "script.benches._pages_settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", verbosity=0)
    began = time.monotonic()
    call_command("make_data", recommendations=int(count), seed=1)
    print(f"made in {time.monotonic() - began:.0f} s")
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    people = cast()
    sessions = {name: session_of(user) for name, user in people.items()}
    record_address = f"/recommendations/{a_record()}/"
    addresses = {
        "our list, inspector": ("inspector", "/recommendations/"),
        "our list, late only": ("inspector", "/recommendations/?overdue=on"),
        "our list, a region": ("region", "/recommendations/"),
        "our list, a PDU": ("pdu", "/recommendations/"),
        "our actions, inspector": ("inspector", "/actions/"),
        "one recommendation": ("inspector", record_address),
        "your work, a PDU": ("pdu", "/"),
        "admin list": ("administrator", "/admin/tracker/followup/"),
    }
    queries = {}
    for label, (who, address) in addresses.items():
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(people[who])
        queries[label] = counted(client, address)
    # a page deep inside the list, reached by its own links
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(people["inspector"])
    addresses["our list, page 11"] = ("inspector", deep(client, "/recommendations/", 10))
    queries["our list, page 11"] = counted(client, addresses["our list, page 11"][1])

    with served() as (port, server):
        times = {label: [] for label in addresses} | {"raw SQL of one page": []}
        sizes = {}
        for round_ in range(ROUNDS + 5):
            for label, (who, address) in addresses.items():
                began = time.perf_counter()
                sizes[label] = len(fetch(port, address, sessions[who]))
                if round_ >= 5:
                    times[label].append(time.perf_counter() - began)
            began = time.perf_counter()
            raw_page(connection)
            if round_ >= 5:
                times["raw SQL of one page"].append(time.perf_counter() - began)
        memory = worker_memory(server.pid)
    medians = {label: statistics.median(values) * 1000 for label, values in times.items()}
    admin = medians["admin list"]
    print(f"{'':28}{'median ms':>10}{'x admin':>9}{'queries':>9}{'bytes':>9}")
    for label, median in medians.items():
        print(f"{label:28}{median:10.1f}{median / admin:9.2f}{queries.get(label, 1):9}{sizes.get(label, 0):9}")
    print("memory of the workers: " + ", ".join(f"{mb} MB" for mb in memory))


@contextmanager
def served():
    """(port, process) of the service as it runs in production: two workers of two threads each."""
    port, log = free_port(), Path(os.environ["DATA_DIR"]) / "gunicorn.log"
    with open(log, "wb") as out:
        server = start(
            [sys.executable, "-m", "gunicorn", "tracker.wsgi", "--workers", "2", "--worker-class", "gthread",
             "--threads", "2", "--bind", f"127.0.0.1:{port}", "--no-control-socket"],
            stdout=out, stderr=subprocess.STDOUT, cwd=ROOT,
        )  # fmt: skip
    try:
        wait_until(lambda: fetch(port, "/healthz", None), server, "gunicorn", log)
        yield port, server
    finally:
        end(server)


def cast():
    from django.utils import timezone

    from inspections.models import Organisation
    from tracker.people.models import Membership, User

    pdu = Organisation.objects.filter(level="pdu").order_by("pk").first()
    roles = {"inspector": None, "administrator": None, "region": pdu.parent, "pdu": pdu}
    people = {}
    for role, place in roles.items():
        who = User.objects.create(
            email=f"{role}@bench.example", first_name=role, last_name="B", added_at=timezone.now()
        )
        Membership.objects.create(user=who, role="lead" if place else role, organisation=place)
        people[role] = who
    return people


def a_record():
    from tracker.plans.models import Action

    return Action.objects.order_by("-pk").first().follow_ups.first().pk


def session_of(user):
    from django.test import Client

    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def counted(client, address):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    if answer.status_code != 200:
        sys.exit(f"{address} answered {answer.status_code}")
    return len(captured)


def deep(client, address, pages):
    for _ in range(pages):
        text = client.get(address).content.decode()
        found = re.search(r'href="([^"]*[?&;]after=[^"]*)"', text)
        if not found:
            break
        address = "/recommendations/" + found[1].replace("&amp;", "&").removeprefix("/recommendations/")
    return address


def fetch(port, address, session):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{address}")
    if session:
        request.add_header("Cookie", f"sessionid={session}")
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.read()
    except ConnectionError:
        return b""


def raw_page(connection):
    with connection.cursor() as cursor:
        cursor.execute(
            "select f.id, f.state, f.next_due, r.number, r.wording, o.name, i.title, p.title, u.first_name, u.last_name"
            " from tracker_followup f join inspections_recommendation r on r.id = f.recommendation_id"
            " join inspections_organisation o on o.id = f.addressee_id"
            " join inspections_inspection i on i.id = f.inspection_id"
            " left join tracker_post p on p.id = f.owner_post_id left join tracker_user u on u.id = p.holder_id"
            " order by f.next_due, f.id limit 25"
        )
        return cursor.fetchall()


def worker_memory(master, which="VmRSS"):
    """MB in each worker of gunicorn, resident now or ("VmHWM") at most; from /proc, so only on Linux."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except OSError:
            continue
        if f"\nPPid:\t{master}\n" in text and (held := re.search(rf"{which}:\s+(\d+) kB", text)):
            found.append(int(held[1]) // 1024)
    return sorted(found)


if __name__ == "__main__":
    main(*sys.argv[1:])
