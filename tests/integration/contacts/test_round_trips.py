"""How often a request waits for PostgreSQL: each time costs the latency of a network."""

from typing import Any, Final

import pytest

from kith.cache import Cache
from kith.database.unit_of_work import Database, database
from tests.clients import Client
from tests.factories import create_contact, create_user

BODY: Final = {"first_name": "Ada", "birthday": "1815-12-10"}


@pytest.fixture
def alice(crowded_database: Database, cache: Cache) -> Client:
    """Alice, who knows contact 1; her function's connection is open."""
    with database().writing() as work:
        alice = Client(create_user(work.connection, "alice"))
        create_contact(work.connection, alice.id)
    alice.request("GET", "/api/contacts")
    return alice


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/api/contacts", None, 1),
        ("GET", "/api/contacts?q=grace", None, 1),
        ("GET", "/api/contacts/1", None, 1),
        ("POST", "/api/contacts", BODY, 2),
        ("PATCH", "/api/contacts/1", BODY, 3),
        ("PUT", "/api/contacts/1", BODY, 3),
        ("DELETE", "/api/contacts/1", None, 4),
    ],
)
def test_a_request_waits_so_often_for_postgresql(
    alice: Client, round_trips: list[int], method: str, path: str, body: Any, expected: int
) -> None:
    path, _, searched = path.partition("?q=")
    round_trips.clear()

    response = alice.request(method, path, body=body, query={"q": searched} if searched else None)

    assert response.status < 300
    assert len(round_trips) == expected
