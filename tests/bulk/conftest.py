"""Amira's HFKCW with its report, and who else there is."""

from tests.plans.conftest import add, at_once, first, report, signed_in  # noqa: F401
