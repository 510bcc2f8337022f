"""The schema says what the API does: it is valid, names every address, and the answers are of the shape it gives."""

import json

import jsonschema
import pytest
from django.test import Client
from django.urls import get_resolver
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from tracker.api.schema import printed

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema():
    return json.loads(printed())


def test_it_is_valid_and_made_without_a_doubt(schema):
    validate_schema(schema)
    assert not GENERATOR_STATS


def test_it_is_open_to_every_generator_of_clients(schema):
    answer = Client().get("/api/schema/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/vnd.oai.openapi+json")
    assert answer.json() == schema


def test_it_names_every_address_of_the_api(schema):
    routes = {
        "/" + str(pattern.pattern).replace("<int:pk>", "{id}")
        for pattern in get_resolver().url_patterns
        if (getattr(pattern, "name", None) or "").startswith("api_")
    }
    assert set(schema["paths"]) == routes - {"/api/schema/", "/api/<path:rest>"}
    operations = [one for path in schema["paths"].values() for one in path.values()]
    assert len(operations) == 11
    assert all(one["security"] == [{"token": []}] and {"401", "429"} <= set(one["responses"]) for one in operations)


def test_answers_are_what_it_says(cast, schema, report, action, case, program_of):
    amira = program_of(cast.amira)
    updates, readings = f"/api/actions/{action.pk}/updates/", f"/api/alerts/{case.pk}/readings/"
    reading = {"measure": case.measures.first().pk, "value": 612, "as_at": "2026-11-13"}
    asked = [
        *(("get", path, amira.get(path)) for path in schema["paths"] if "{" not in path),
        ("get", "/api/recommendations/{id}/", amira.get(f"/api/recommendations/{action.follow_ups.get().pk}/")),
        ("get", "/api/actions/{id}/", amira.get(f"/api/actions/{action.pk}/")),
        ("get", "/api/alerts/{id}/", amira.get(f"/api/alerts/{case.pk}/")),
        ("get", "/api/actions/", amira.get("/api/actions/?status=x")),
        ("get", "/api/actions/{id}/", amira.get("/api/actions/987654321/")),
        ("post", "/api/actions/{id}/updates/", amira.post(updates, {"done": "Half", "confidence": "on_track"})),
        ("post", "/api/actions/{id}/updates/", amira.post(updates, {})),
        ("post", "/api/alerts/{id}/readings/", amira.post(readings, {"readings": [reading]})),
        ("post", "/api/actions/{id}/claim/", amira.post(f"/api/actions/{action.pk}/claim/", {"comment": "Done"},
                                                        If_Match=str(action.version))),
    ]  # fmt: skip
    for method, path, answer in asked:
        said = schema["paths"][path][method]["responses"][str(answer.status_code)]
        wanted = said["content"]["application/json"]["schema"] | {"components": schema["components"]}
        jsonschema.validate(answer.json(), strict(wanted))


def strict(part):
    """OpenAPI 3.0 in the words of JSON Schema, with nothing left unsaid: no field more than those it names."""
    if isinstance(part, list):
        return [strict(one) for one in part]
    if not isinstance(part, dict):
        return part
    found = {name: strict(inner) for name, inner in part.items() if name != "nullable"}
    if part.get("type") == "object" and "properties" in part:
        found["additionalProperties"] = False
        found["required"] = list(part["properties"])
    return {"anyOf": [found, {"type": "null"}]} if part.get("nullable") is True else found
