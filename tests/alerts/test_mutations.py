"""Each small proof holds; and each limit shifted by a day, each check that is dropped, makes one fail."""

import pytest

from tests.alerts.proofs import CHECKS, PROOFS, limits
from tracker.clocks.rules import DEFAULT_LIMITS

pytestmark = pytest.mark.django_db
NOTICED = (AssertionError, pytest.fail.Exception)


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.__name__)
def test_it_holds(cast, proof):
    proof(cast)


@pytest.mark.parametrize(("name", "days", "proof"), list(limits()))
def test_a_limit_shifted_by_one_is_noticed(monkeypatch, name, days, proof):
    monkeypatch.setitem(DEFAULT_LIMITS, name, days)
    with pytest.raises(NOTICED):
        proof()


@pytest.mark.parametrize("mutation", CHECKS, ids=lambda one: one.words)
def test_a_check_that_is_dropped_is_noticed(monkeypatch, cast, mutation):
    monkeypatch.setattr(mutation.target, mutation.value)
    with pytest.raises((Exception, pytest.fail.Exception)):
        mutation.proof(cast)
