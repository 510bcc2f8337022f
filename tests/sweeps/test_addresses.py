"""What holds for every address of the service: who may open it, what reading may not do, what it may cost, its HTML."""

import re
from collections import Counter
from copy import deepcopy

import pytest
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.db import connection
from django.template.backends.django import Template
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse

from tracker.jinja import SERVICE_NAME

from .addresses import ADDRESSES, EVERYBODY, NOWHERE
from .world import World, build, grow

PEOPLE = EVERYBODY.split()
POSTED = [address for address in ADDRESSES if address.posts]
BOOKKEEPING = {"django_session", "cache", "django_migrations"}  # of the framework; nobody's record
EMPTIED = {"csrfmiddlewaretoken": "-"}  # what a browser sends of a form in which nothing is filled in
MOST_BYTES = 100_000
HEADERS = {"key": "Idempotency-Key", "seen": "If-Match"}

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made(made_once) -> World:
    return build()


@pytest.fixture
def world(made, db) -> World:
    return deepcopy(made)


def browser_of(world, who, **how) -> Client:
    """A client with that person's session and API token, or without any."""
    client = Client(**how)
    client.token = world.tokens[who] if who else ""
    if who:
        client.force_login(world.cast.person(who))
    return client


def ask(client, url, data=None):
    """The answer to a GET, or a POST of ``data``, read to its end."""
    if url.startswith("/api/"):
        answer = ask_api(client, url, data)
    else:
        answer = client.get(url) if data is None else client.post(url, data)
    if answer.streaming:
        b"".join(answer)  # its end closes the file
    return answer


def ask_api(client, url, data):
    """With the token, and never by the session alone; ``key`` and ``seen`` are headers there."""
    given = {"Authorization": f"Bearer {client.token}"} if client.token else {}
    if data is None:
        return client.get(url, headers=given)
    given |= {header: str(data[name]) for name, header in HEADERS.items() if name in data}
    body = {name: value for name, value in data.items() if name not in HEADERS}
    return client.post(url, body, content_type="application/json", headers=given)


def posted(address, world) -> dict:
    return address.post(world) if callable(address.post) else address.post


def rows() -> dict[str, Counter]:
    """Every row of every table."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - BOOKKEEPING):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found[table] = Counter(map(repr, cursor.fetchall()))
    return found


def changed_since(before) -> list[str]:
    after = rows()
    return [table for table in after if after[table] != before[table]]


# ---- the table ----


def test_the_table_names_every_address():
    named = {pattern.name for pattern in get_resolver().url_patterns if getattr(pattern, "name", None)}
    assert named == {address.name for address in ADDRESSES}, "add the page to tests/sweeps/addresses.py"


# ---- who may ----


@pytest.mark.one_database
def test_a_stranger_is_sent_to_sign_in(world):
    client, wrong = browser_of(world, None), []
    for address in ADDRESSES:
        for data in (None, {}):
            answer = ask(client, address.url(world), data)
            to_sign_in = answer.status_code == 302 and answer["Location"].startswith(reverse("account_login"))
            as_meant = answer.status_code == address.signed_out or (data is not None and address.signed_out == 200)
            if not as_meant or (address.signed_out == 302 and not to_sign_in):
                wrong.append((str(address), "GET" if data is None else "POST", answer.status_code))
    assert not wrong


# On PostgreSQL those are tried for whom, together, every page opens.
WIDEST = ("amira", "rosa", "ivy", "ada")


def test_what_opens_for_anybody_opens_for_one_of_those_tried_on_both_databases():
    few = {str(one) for one in ADDRESSES if any(one.get_status(who) == 200 for who in WIDEST)}
    assert few == {str(one) for one in ADDRESSES if any(one.get_status(who) == 200 for who in PEOPLE)}


@pytest.mark.parametrize(
    "who", [pytest.param(who, marks=() if who in WIDEST else pytest.mark.one_database) for who in PEOPLE]
)
def test_each_person_opens_what_is_theirs_and_reading_changes_nothing(world, who):
    client, wrong = browser_of(world, who), []
    before = rows()
    for address in ADDRESSES:
        for answer in [ask(client, address.url(world)), *([client.head(address.url(world))] if address.html else [])]:
            if answer.status_code != address.get_status(who):
                wrong.append((str(address), answer.status_code, f"and not {address.get_status(who)}"))
    assert not wrong
    assert changed_since(before) == []


@pytest.mark.one_database
@pytest.mark.parametrize("who", PEOPLE)
def test_nobody_posts_what_is_not_theirs(world, who):
    client, wrong = browser_of(world, who), []
    before = rows()
    for address in POSTED:
        if who in address.posts.split():
            continue
        answer = ask(client, address.url(world), posted(address, world))
        if answer.status_code != address.post_status(who):
            wrong.append((str(address), answer.status_code, f"and not {address.post_status(who)}"))
    assert not wrong
    assert changed_since(before) == []


@pytest.mark.parametrize(
    ("address", "who"), [(a, who) for a in POSTED for who in a.posts.split()], ids=lambda value: str(value)
)
def test_who_may_post_changes_something_once_and_needs_the_token_of_the_form(world, address, who):
    client, without_token = browser_of(world, who), browser_of(world, who, enforce_csrf_checks=True)
    url, data, before = address.url(world), posted(address, world), rows()
    if address.api:
        without_token.token = ""  # and so with a session only
    refused, done, again = (401, 201, [200]) if address.api else (403, 302, [302, 409, 422])
    assert ask(without_token, url, data).status_code == refused
    assert changed_since(before) == []
    assert ask(client, url, data).status_code == done
    assert changed_since(before) != []
    after = rows()
    assert ask(client, url, data).status_code in again
    assert changed_since(after) == [], "the same form sent twice is one deed"


@pytest.mark.one_database
@pytest.mark.parametrize("who", ["amira", "ivy", "ada"])
def test_pages_that_are_read_take_no_post(world, who):
    client, before = browser_of(world, who), rows()
    read = [a for a in ADDRESSES if not (a.posts or a.mistake is not None or a.signing_in or a.ask.startswith("?part"))]
    wrong = [
        (str(a), answer.status_code)
        for a in read
        if a.name not in ("import_draft", "unsubscribe", "export")  # one that is ready can no longer be cancelled
        and str(a) != "action?outside"  # where updates are posted
        and (answer := ask(client, a.url(world), {})).status_code not in (403, 404, 405)
    ]
    assert not wrong
    assert changed_since(before) == []


def test_what_is_out_of_sight_is_not_there(world):
    client = browser_of(world, "amira")
    before = rows()
    for address in ADDRESSES:
        if address.far:
            url = reverse(address.name, args=address.far(world))
            assert ask(client, url, posted(address, world)).status_code in (404, 405), address
            if address.opens != "":
                assert ask(client, url).status_code == 404, address
    assert changed_since(before) == []


@pytest.mark.one_database
def test_an_unknown_number_or_name_is_not_found(world):
    clients = {who: browser_of(world, who) for who in ("amira", "ivy", "ada", "rosa", "helen")}
    for address in ADDRESSES:
        given = address.args(world)
        if not given or address.signing_in:
            continue
        who = next(who for who in clients if who in (address.openers or address.posts.split()))
        for unknown in [NOWHERE] if isinstance(given[0], int) else ["no-such-place"]:
            url = reverse(address.name, args=[unknown, *given[1:]])
            if address.opens != "":
                assert ask(clients[who], url).status_code == 404, address
            if address.posts:
                assert ask(clients[who], url, posted(address, world)).status_code == 404, address


# ---- what it costs ----


@pytest.mark.one_database  # that each page opens is tried on both, by each person
@pytest.mark.parametrize("who", PEOPLE)
def test_queries_are_few_and_do_not_grow_with_rows(world, who, monkeypatch):
    monkeypatch.setattr("tracker.middleware.banner", lambda now: "")  # asked once a minute, whatever the page
    # Counted anew each minute, whatever the address.
    monkeypatch.setattr("rest_framework.throttling.UserRateThrottle.allow_request", lambda *about: True)
    monkeypatch.setattr("tracker.jinja.open_alerts", lambda user: 0)  # twice a minute; see tests/alerts
    assert connection.features.supports_json_field  # Django asks SQLite once for each process
    client = browser_of(world, who)

    def asked() -> dict:
        found = {}
        for address in ADDRESSES:
            if address.get_status(who) == 200 and address.name != "readyz":
                with CaptureQueriesContext(connection) as queries:
                    ask(client, address.url(world))
                found[address] = len(queries)
        return found

    grow(world, 50)  # more than a page for each reader: a list that shows all it has need not count it
    few = asked()
    grow(world, 60)
    many = asked()
    assert {str(a): (few[a], many[a]) for a in few if few[a] != many[a]} == {}, "queries with 50 rows, and with 110"
    assert {str(a): many[a] for a in many if many[a] > a.budget} == {}, "more queries than the budget of the page"


# ---- the page ----


def faults(answer) -> list[str]:
    """What every page owes its reader and its policy."""
    found = []
    soup = BeautifulSoup(answer.content, "html.parser")
    if len(soup.find_all("h1")) != 1:
        found.append(f"{len(soup.find_all('h1'))} h1")
    if not (soup.html and soup.html.get("lang") == "en"):
        found.append("no language")
    title = soup.title.get_text() if soup.title else ""
    if not (title.endswith(f" - {SERVICE_NAME}") and len(title) > len(SERVICE_NAME) + 4):
        found.append(f"title {title!r}")
    policy = answer.headers.get("Content-Security-Policy", "")
    if "default-src 'self'" not in policy or "unsafe" in policy:
        found.append(f"policy {policy!r}")
    for tag in soup.find_all(True):
        inline = [name for name in tag.attrs if name == "style" or name.startswith("on")]
        if inline or tag.name == "style" or (tag.name == "script" and not tag.get("src")):
            found.append(f"inline {inline or tag.name} in {str(tag)[:80]}")
    for form in soup.find_all("form", method=re.compile("post", re.IGNORECASE)):
        if not form.find("input", attrs={"name": "csrfmiddlewaretoken"}):
            found.append(f"no token in {str(form)[:80]}")
    ids = Counter(tag["id"] for tag in soup.find_all(id=True))
    found += [f"id {name} {count} times" for name, count in ids.items() if count > 1]
    if len(answer.content) > MOST_BYTES:
        found.append(f"{len(answer.content):,} bytes")
    return found


@pytest.fixture
def drawn_by_django(monkeypatch):
    """The names of what Django's own template engine draws while the test runs."""
    drawn, render = [], Template.render

    def noted(self, *args, **kwargs):
        drawn.append(self.template.name)
        return render(self, *args, **kwargs)

    monkeypatch.setattr(Template, "render", noted)
    return drawn


@pytest.mark.one_database
@pytest.mark.parametrize("more", [0, 60])
def test_every_page_is_whole_safe_and_small(world, drawn_by_django, more):
    grow(world, more)
    clients, wrong = {who: browser_of(world, who) for who in [None, *PEOPLE]}, {}
    for address in ADDRESSES:
        readers = [None] if address.signed_out == 200 else address.openers
        for who in readers if address.name == "your_work" else readers[:1]:
            if address.html:
                wrong[f"{address} {who}"] = faults(ask(clients[who], address.url(world)))
    assert {page: found for page, found in wrong.items() if found} == {}
    assert not drawn_by_django, "pages are Jinja2; Django's engine is for /admin/"


@pytest.mark.one_database
def test_a_refusal_is_a_page_like_any_other(world, drawn_by_django):
    client, met = browser_of(world, "ben"), Counter()
    for address in ADDRESSES:
        # What answers GOV.UK Notify is no page.
        if address.get_status("ben") in (403, 404) and address.name != "notify_callback":
            answer = ask(client, address.url(world))
            met[answer.status_code] += 1
            assert answer.json()["error"] if address.api else not faults(answer), address
    assert met[403] and met[404]
    assert not drawn_by_django


@pytest.mark.one_database
def test_a_form_with_mistakes_is_a_page_like_any_other_and_changes_nothing(world, drawn_by_django):
    clients = {who: browser_of(world, who) for who in [None, *PEOPLE]}
    wrong, before = {}, rows()
    for address in ADDRESSES:
        if address.mistake is not None:
            who = address.posts.split()[0] if address.posts else address.openers[0]
            answer = ask(
                clients[None if address.signed_out == 200 else who], address.url(world), EMPTIED | address.mistake
            )
            if answer.status_code not in (200, 409, 422):
                wrong[str(address)] = answer.status_code
            elif found := faults(answer):
                wrong[str(address)] = found
            elif "govuk-error-summary" not in answer.text:
                wrong[str(address)] = "no summary of what is wrong"
            elif "<title>Error: " not in answer.text:
                wrong[str(address)] = "the title does not say Error"
    assert wrong == {}
    assert changed_since(before) == []
    assert not drawn_by_django


@pytest.mark.one_database
@pytest.mark.parametrize("who", [None, "amira", "ada"])
def test_an_address_that_does_not_exist_is_a_page_too(world, who, drawn_by_django):
    answer = ask(browser_of(world, who), "/no/such/page/")
    assert (answer.status_code, faults(answer), drawn_by_django) == (404, [], [])


def test_the_site_map_is_what_the_deployment_check_accepts():
    call_command("check", fail_level="WARNING")
