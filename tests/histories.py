"""Random histories: how many are played, and how each leaves nothing behind."""

import os
from contextlib import contextmanager

from django.db import transaction
from hypothesis import HealthCheck, Phase, settings


def histories(number):
    """So many, or as many as HISTORIES says, which `script/prove` sets."""
    return settings(
        max_examples=int(os.environ.get("HISTORIES", number)), deadline=None,
        derandomize="HISTORIES" not in os.environ,
        # A history takes a second or so: what fails is printed as it is found, and not made smaller for minutes.
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    )  # fmt: skip


class Undone(Exception):
    pass


@contextmanager
def undone():
    """Everything done inside is undone, so that the next history begins anew."""
    try:
        with transaction.atomic():
            yield
            raise Undone
    except Undone:
        pass
