"""Requests with pauses behind a network that drops idle connections: none is refused."""

import pytest

from tests.clock import FrozenClock
from tests.databases import FreshDatabase
from tests.idle_network import idle_network
from tests.signing import signing_keys

__all__ = ["signing_keys"]

REQUESTS = 60


def test_requests_with_pauses_are_served_and_their_letters_posted_at_once(
    fresh_database: FreshDatabase,
    valkey_url: str,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with idle_network(fresh_database.url, valkey_url, clock, monkeypatch, seed=1) as network:
        network.serve(REQUESTS)

        assert set(network.statuses) <= {200, 201}
        assert network.late_letters() == set()
