"""As every day, but a thousand requests."""

import pytest

from tests.clock import FrozenClock
from tests.databases import FreshDatabase
from tests.idle_network import idle_network
from tests.signing import signing_keys

__all__ = ["signing_keys"]


def test_a_thousand_requests_with_pauses_are_served_and_no_letter_is_late(
    fresh_database: FreshDatabase,
    valkey_url: str,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with idle_network(fresh_database.url, valkey_url, clock, monkeypatch, seed=2) as network:
        network.serve(1_000)

        assert set(network.statuses) <= {200, 201}
        assert network.late_letters() == set()
