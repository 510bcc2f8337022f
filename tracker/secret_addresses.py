"""Addresses that are a secret by themselves: whoever has one needs no account. What is kept of one, and that it is
nowhere shown or logged. Read with the settings, before any table is known."""

import hashlib
import logging
import re
import secrets

from django.utils.cache import add_never_cache_headers

# The one part of each that is secret; see `tracker.urls`.
_SECRET = re.compile(r"(/(?:update|calendar|unsubscribe)/)([A-Za-z0-9_.-]{16,})(?=/|\.ics)")
HIDDEN = "..."


def new_token() -> str:
    """256 random bits, in letters that an address can hold."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """All that is kept of a token: SHA-256, 64 letters. It is random and long, so it needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def masked(text: str) -> str:
    return _SECRET.sub(rf"\1{HIDDEN}", text)


class Masked(logging.Filter):
    """On every handler: a secret address is written to no log."""

    def filter(self, record):
        if isinstance(record.msg, str):
            record.msg = masked(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(masked(one) if isinstance(one, str) else one for one in record.args)
        return True


def keep_secret(response):
    """No copy on the way, no word of the address to any other site, no search engine."""
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
