"""The schema at /api/schema/: printed from the views and their serializers by drf-spectacular."""

import json
from functools import cache

import django_filters
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from .serializers import ErrorSerializer

_ERRORS = {
    400: "Something is wrong with what was sent",
    401: "No token, or none that works",
    403: "Somebody else may do this, not you",
    404: "Nothing is there that you may see",
    409: "The rules do not allow it now, or somebody was first",
    413: "Too much at once",
    415: "Not JSON",
    429: "Too many requests: wait as long as Retry-After says",
}


class BearerTokenScheme(OpenApiAuthenticationExtension):
    target_class = "tracker.api.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer"}


@cache
def printed() -> bytes:
    """OpenAPI 3.0, as JSON; the same for everybody, so it is made once."""
    found = SchemaGenerator().get_schema(request=None, public=True)
    return json.dumps(found, ensure_ascii=False, indent=1).encode()


def header(name, description) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True, description=description)


KEY = header("Idempotency-Key", "A key of your own choice. Sent again with the same key, a deed is done once.")
SEEN = header("If-Match", 'The version that was seen, such as "3": the record\'s version, or its ETag.')


# --- What the views are decorated with -------------------------------------------------------------------------


def listing(summary, serializer, filters, sorts):
    """A list with the filters and the order of its page."""
    name = summary.split()[-1].lower()
    return extend_schema(
        operation_id=f"list_{name}", summary=summary, parameters=_questions(filters, sorts),
        responses={200: serializer} | _errors(400),
    )  # fmt: skip


def detail(summary, serializer):
    name = summary.split()[-1].lower()
    return extend_schema(operation_id=f"read_{name}", summary=summary, responses={200: serializer} | _errors(404))


def deed(summary, given, answered, *headers):
    """201, and 200 when this very request was done before."""
    before = OpenApiResponse(answered, "Done before, with the same key: nothing was added")
    return extend_schema(
        operation_id=summary.split()[0].lower(), summary=summary, parameters=[KEY, *headers], request=given,
        responses={201: answered, 200: before} | _errors(400, 403, 404, 409, 413, 415),
    )  # fmt: skip


def _errors(*statuses: int) -> dict:
    return {status: OpenApiResponse(ErrorSerializer, _ERRORS[status]) for status in (*statuses, 401, 429)}


def _questions(filters, sorts) -> list[OpenApiParameter]:
    """The filters of a list: those of its page. Places and inspections are named by their slug."""
    found = [_question(name, one) for name, one in filters.base_filters.items()]
    if len(sorts) > 1:
        said = "; ".join(f"{key}: {sort.words}" for key, sort in sorts.items())
        found.append(OpenApiParameter("sort", str, enum=list(sorts), description=said))
    return [*found, OpenApiParameter("after", str, description="Take it from next: the page after this row")]


def _question(name, one) -> OpenApiParameter:
    choices = dict(one.extra.get("choices") or ())
    said = one.label + ("; " + "; ".join(f"{key}: {words}" for key, words in choices.items()) if choices else "")
    kinds = {django_filters.BooleanFilter: bool, django_filters.NumberFilter: OpenApiTypes.INT}
    return OpenApiParameter(name, kinds.get(type(one), str), description=said, enum=list(choices) or None)
