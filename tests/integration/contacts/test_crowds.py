"""Many requests at once, on connections of their own, against a database that commits."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from kith import cache as caches
from kith import settings as environment
from kith.accounts.models import User
from kith.cache import Cache
from kith.contacts.models import Contact
from kith.database.unit_of_work import Database
from tests.clients import Client
from tests.clock import FrozenClock
from tests.factories import create_user

CROWD = 12


@pytest.fixture
def alice(
    crowded_database: Database, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> Client:
    monkeypatch.setenv("KITH_CONTACTS_REQUESTS_PER_MINUTE", "10000")
    environment.settings.cache_clear()
    with crowded_database.writing() as work:
        return Client(create_user(work.connection, "alice"))


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each act gives; each runs in a thread with an event loop, as in a worker of its own."""
    loops = [asyncio.new_event_loop() for _ in range(CROWD)]
    free = iter(loops)
    try:
        with ThreadPoolExecutor(
            CROWD, initializer=lambda: asyncio.set_event_loop(next(free))
        ) as crowd:
            return [each.result() for each in [crowd.submit(act) for act in acts]]
    finally:
        for loop in loops:
            loop.close()


def statuses(acts: Sequence[Callable[[], Any]]) -> Counter[int]:
    return Counter(answered.status for answered in at_once(acts))


def stored(database: Database, owner_id: UUID) -> tuple[list[int], int]:
    """The ids of the contacts that are there, and how many the owner's row says."""
    with database.reading() as connection:
        ids = connection.scalars(select(Contact.id).where(Contact.owner_id == owner_id))
        living = select(User.contacts_living).where(User.id == owner_id)
        return sorted(ids), connection.scalar(living) or 0


@pytest.mark.parametrize("variable", ["KITH_CONTACTS_CREATED_PER_DAY", "KITH_CONTACTS_LIVING"])
def test_three_times_the_cap_at_once_creates_exactly_the_cap(
    crowded_database: Database,
    alice: Client,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    monkeypatch.setenv(variable, "15")
    environment.settings.cache_clear()

    def create() -> Any:
        return alice.request("POST", "/api/contacts", body={"first_name": "Grace"})

    assert statuses([create] * 45) == {201: 15, 429: 30}
    assert stored(crowded_database, alice.id) == (list(range(1, 16)), 15)


def test_five_times_the_limit_at_once_passes_at_most_the_limit(
    crowded_database: Database, cache: Cache, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_CONTACTS_REQUESTS_PER_MINUTE", "20")
    environment.settings.cache_clear()

    def ask() -> Any:
        return alice.request("GET", "/api/contacts")

    def lose_the_cache() -> Any:
        lost.enter_context(caches.cache.override(Cache("redis://127.0.0.1:1")))
        return ask()

    with ExitStack() as lost:
        passed = statuses([*[ask] * 50, lose_the_cache, *[ask] * 49])[200]

    assert 1 <= passed <= 20


def test_two_patches_of_different_fields_are_both_kept(alice: Client) -> None:
    monday = alice.create("Grace")
    assert monday["id"] == 1

    for number in range(50):
        wishes = [{"notes": f"note {number}"}, {"last_name": f"name {number}"}]
        answered = statuses(
            [partial(alice.request, "PATCH", "/api/contacts/1", body=wish) for wish in wishes]
        )
        assert answered == {200: 2}
        now = alice.request("GET", "/api/contacts/1").body
        assert (now["notes"], now["last_name"]) == (f"note {number}", f"name {number}")
        words = {"last_name": f"name {number}", "q": f"note {number}"}
        assert alice.request("GET", "/api/contacts", query=words).body["items"] == [now]


def test_of_two_puts_that_know_one_version_one_is_refused(alice: Client) -> None:
    alice.create("Grace")

    for number in range(20):
        etag = alice.request("GET", "/api/contacts/1").body["etag"]
        put = partial(alice.request, "PUT", "/api/contacts/1", headers={"If-Match": etag})
        puts = [partial(put, body={"first_name": f"{name} {number}"}) for name in ("Ada", "Joan")]
        assert statuses(puts) == {200: 1, 412: 1}


def test_phones_that_are_added_at_once_are_all_there(alice: Client) -> None:
    alice.create("Grace")

    add = partial(alice.request, "POST", "/api/contacts/1/phones")
    added = [partial(add, body={"number": f"{number}"}) for number in range(100, 130)]

    assert statuses(added) == {201: 30}
    phones = alice.request("GET", "/api/contacts/1/phones").body["items"]
    assert sorted(each["id"] for each in phones) == list(range(1, 31))


def test_a_key_that_is_used_many_times_at_once_creates_one_contact(
    crowded_database: Database, alice: Client
) -> None:
    def create() -> Any:
        headers = {"Idempotency-Key": "one"}
        return alice.request("POST", "/api/contacts", body={"first_name": "G"}, headers=headers)

    answered = statuses([create] * 30)

    assert set(answered) <= {201, 409}
    assert answered[201] >= 1
    assert stored(crowded_database, alice.id) == ([1], 1)


def test_a_living_contact_is_counted_once_whatever_happens_at_once(
    crowded_database: Database, alice: Client
) -> None:
    for _ in range(4):
        alice.create("Grace")

    def bulk(action: str) -> Callable[[], Any]:
        ids = [1, 2, 3, 4] if action == "delete" else [4, 3, 2, 1]
        body = {"action": action, "ids": ids}
        return lambda: alice.request("POST", "/api/contacts/bulk", body=body)

    one = [
        lambda: alice.request("DELETE", "/api/contacts/2"),
        lambda: alice.request("POST", "/api/contacts/2/restore"),
    ]
    answered = statuses([bulk("delete"), *one, bulk("restore"), *one] * 5)

    assert set(answered) <= {200, 204, 404, 409}
    listed = alice.request("GET", "/api/contacts").body["items"]
    assert stored(crowded_database, alice.id)[1] == len(listed)
