"""Every answer that is not what was asked for has one shape:

{"error": a sentence, "where": the field, header or part of the address it is about, or null,
 "mistakes": all of these, of bad input, "version": the row's as it is now, when somebody changed it first, or null}
"""

import logging

from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from tracker.refusals import Refusal
from tracker.words import plural

log = logging.getLogger(__name__)

NOT_HERE = "There is nothing at this address that you may see. Every address ends with a slash."
NO_TOKEN = "Send a token of yours with each request: Authorization: Bearer tir_... You make one at /account/tokens/."
OURS = "Something went wrong here, and it was noted. Ask again before you send anything twice."


class BadInput(exceptions.ValidationError):
    """One thing is wrong with what was sent."""

    def __init__(self, where: str, sentence: str):
        super().__init__({where: [sentence]})


class TooLarge(exceptions.APIException):
    status_code = 413


def body(sentence, where=None, mistakes=(), version=None) -> dict:
    return {"error": str(sentence), "where": where, "mistakes": list(mistakes), "version": version}


def answer(fault, context) -> Response:
    """For REST framework's EXCEPTION_HANDLER."""
    if isinstance(fault, Refusal):
        theirs = getattr(fault, "theirs", None)
        return Response(body(fault.sentence, version=getattr(theirs, "version", None)), status=fault.status)
    response = exception_handler(fault, context)  # its headers are right: WWW-Authenticate, Retry-After
    if response is None:
        log.error("The API failed at %s", context["request"].path, exc_info=fault)
        return Response(body(OURS), status=500)
    if isinstance(fault, exceptions.ValidationError):
        mistakes = [{"error": sentence, "where": where or None} for where, sentence in faults(fault.detail)]
        response.data = body(mistakes[0]["error"], mistakes[0]["where"], mistakes)
    elif isinstance(fault, Http404 | exceptions.NotFound):
        response.data = body(NOT_HERE)
    elif isinstance(fault, exceptions.NotAuthenticated):
        response.data = body(NO_TOKEN)
    elif isinstance(fault, exceptions.Throttled):
        response.data = body(f"Too many requests. Ask again in {plural(round(fault.wait or 1), 'second')}.")
    else:
        response.data = body(fault.detail)
    return response


def faults(detail, where="") -> list[tuple[str, str]]:
    """(where, sentence) of each, as deep as it lies: "readings[1].value"."""
    if isinstance(detail, dict):
        found = []
        for name, inner in detail.items():
            if isinstance(name, int):
                found += faults(inner, f"{where}[{name}]")
            else:
                found += faults(inner, where if name == "non_field_errors" else f"{where}.{name}".strip("."))
        return found
    if isinstance(detail, list):
        if any(isinstance(inner, dict | list) for inner in detail):
            return [one for n, inner in enumerate(detail) for one in faults(inner, f"{where}[{n}]")]
        return [(where, str(sentence)) for sentence in detail]
    return [(where, str(detail))]
