"""The matrix of who may do what holds for the API too, by the same table."""

import json
from copy import deepcopy

import pytest
from django.test import Client
from django.utils import timezone

from tests.permissions.matrix import MATRIX
from tests.permissions.scene import build
from tests.permissions.test_matrix import undone
from tracker.alerts.models import Measure
from tracker.api.operations import make_token

pytestmark = pytest.mark.django_db

TRIED = {
    "see_recommendation": lambda s: (f"/api/recommendations/{s.follow_ups['open'].pk}/", None),
    "see_action": lambda s: (f"/api/actions/{s.actions['open'].pk}/", None),
    "see_alert": lambda s: (f"/api/alerts/{s.alert.pk}/", None),
    "see_restricted_alert": lambda s: (f"/api/alerts/{s.restricted.pk}/", None),
    "post_update": lambda s: (
        f"/api/actions/{s.actions['open'].pk}/updates/", {"done": "Half", "confidence": "on_track"}
    ),
    "claim": lambda s: (f"/api/actions/{s.actions['open'].pk}/claim/", {"comment": "Done"}),
    "alert_add_reading": lambda s: (
        f"/api/alerts/{s.alert.pk}/readings/",
        {"readings": [{"measure": s.alert.measures.get().pk, "value": 5, "as_at": "2026-11-13"}]},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def made(made_once):
    found = build()
    Measure.objects.create(alert=found.alert, position=1, name="Vacancies", worse="up")
    return found


@pytest.fixture
def scene(made, db):
    return deepcopy(made)


@pytest.mark.parametrize("name", TRIED)
def test_by_api(scene, name):
    address, posted = TRIED[name](scene)
    headers = {"Idempotency-Key": "1", "If-Match": f'"{scene.action("open").version}"'}
    wrong = []
    for column, cell in MATRIX[name].items():

        def attempt(column=column):
            if column == "stranger":
                given = headers
            else:
                text = make_token("Matrix", 30, by=scene.who(column), at=timezone.now())[1]
                given = headers | {"Authorization": f"Bearer {text}"}
            if posted is None:
                return Client().get(address, headers=given)
            return Client().post(address, json.dumps(posted), content_type="application/json", headers=given)

        answer = undone(attempt)
        meant = {"y": 200 if posted is None else 201, "n": 403, "h": 404, "s": 401}[cell]
        if answer.status_code != meant:
            wrong.append((column, answer.status_code, f"not {meant}", answer.text))
    assert not wrong
