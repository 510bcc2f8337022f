"""What is read of a request before anything looks at it: a body of JSON, the filters, the headers of a deed."""

import uuid

import django_filters
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from .errors import BadInput, TooLarge

MOST_BYTES = 1_000_000  # of a body; a thousand readings with notes are a third of it
MOST_LETTERS = 200  # of a key
KEYS = uuid.UUID("5f0f3b5e-6a0e-5c8e-9a53-6d1f0c2b7a11")


class Body(JSONParser):
    def parse(self, stream, media_type=None, parser_context=None):
        length = parser_context["request"].META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > MOST_BYTES:
            raise TooLarge(f"Send at most {MOST_BYTES:,} bytes.")
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("This JSON is nested too deep.") from None


def check_question(request, filters: dict, sorts) -> None:
    """Refuse what a page passes over: on a page the reader sees which filters are in force, a program does not."""
    known = [*filters, *(["sort"] if len(sorts) > 1 else []), "after"]
    for name, given in request.GET.lists():
        if name not in known:
            raise BadInput(name, f"There is no such filter here, only {', '.join(known)}.")
        if len(given) > 1:
            raise BadInput(name, "Give it once.")
        if "\x00" in given[0]:
            raise BadInput(name, "It holds a character that no text has.")
        ticked = isinstance(filters.get(name), django_filters.BooleanFilter)
        if ticked and given[0].casefold() not in ("true", "false", ""):
            raise BadInput(name, "Write true or false.")
    if request.GET.get("sort") and request.GET["sort"] not in sorts:
        raise BadInput("sort", f"Choose one of {', '.join(sorts)}.")


def key_of(request, deed: str, pk: int) -> uuid.UUID:
    """The form key of the operation: the same for the same key of the same person for the same deed on the same row,
    and so never one that somebody else's request had."""
    given = request.headers.get("Idempotency-Key", "").strip()
    if not given:
        sentence = "Send a key of your own choice with each deed, and the same one when you send it again."
        raise BadInput("Idempotency-Key", sentence)
    if len(given) > MOST_LETTERS:
        raise BadInput("Idempotency-Key", f"A key has at most {MOST_LETTERS} letters.")
    return uuid.uuid5(KEYS, f"{request.user.pk} {deed} {pk} {given}")


def version_of(request) -> int:
    """What If-Match names: the version that was seen."""
    given = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not (given.isascii() and given.isdecimal() and len(given) < 10):
        raise BadInput("If-Match", 'Send the version that you saw, such as If-Match: "3".')
    return int(given)
