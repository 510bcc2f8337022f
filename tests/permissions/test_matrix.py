"""The matrix of who may do what, tried: every deed by every kind of person, by its operation and by its page."""

from copy import deepcopy
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tracker import permissions
from tracker.refusals import NotAllowed

from .deeds import TRIES
from .matrix import COLUMNS, MATRIX
from .scene import build

LETTERS = {"yes": "y", "no": "n", "hidden": "h", "sign in": "s"}
DOCUMENT = Path(settings.BASE_DIR) / "docs" / "permissions.md"

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made(made_once):
    return build()


@pytest.fixture
def scene(made, db):
    return deepcopy(made)


def undone(deed):
    """What ``deed()`` gives; what it did to the database is undone."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                return deed()
        finally:
            transaction.set_rollback(True)


def test_every_deed_is_tried():
    assert set(TRIES) == set(MATRIX)
    assert len(MATRIX) * len(COLUMNS) >= 900


def test_the_rules_say_what_was_written_by_hand():
    said = {name: {c: LETTERS[cell] for c, cell in zip(COLUMNS, cells, strict=True)}
            for name, cells in permissions.table().items()}  # fmt: skip
    assert said == MATRIX


def test_the_document_is_printed_from_the_rules():
    assert DOCUMENT.read_text() == permissions.page(), "script/manage print_permissions > docs/permissions.md"


@pytest.mark.parametrize("name", [name for name, tried in TRIES.items() if tried.operation])
def test_by_operation(scene, name):
    wrong = []
    for column, cell in MATRIX[name].items():
        if column == "stranger":
            continue  # nobody signed in: no operation is called

        def attempt(column=column):
            try:
                TRIES[name].operation(scene, scene.who(column))
            except NotAllowed:
                return False
            return True

        if undone(attempt) is not (cell == "y"):
            wrong.append((column, f"not {cell}"))
    assert not wrong


@pytest.mark.one_database
@pytest.mark.parametrize("name", [name for name, tried in TRIES.items() if tried.page])
def test_by_page(scene, name):
    address, args, posted = TRIES[name].page
    wrong = []
    for column, cell in MATRIX[name].items():

        def attempt(column=column):
            client = Client()
            if column != "stranger":
                client.force_login(scene.people[column])
            url = reverse(address, args=args(scene))
            if posted is None:
                return client.get(url)
            return client.post(url, posted(scene))

        answer = undone(attempt)
        meant = {"y": 200 if posted is None else 302, "n": 403, "h": 404, "s": 302}[cell]
        to_sign_in = answer.status_code == 302 and answer["Location"].startswith(reverse("account_login"))
        if answer.status_code != meant or to_sign_in is not (cell == "s"):
            wrong.append((column, answer.status_code, f"not {meant}"))
    assert not wrong
