"""Limits over HTTP: requests in a minute, creations in a day, contacts in a book."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from kith import settings as environment
from kith.cache import Cache
from tests.clients import Client
from tests.databases import RolledBack

Setting = Callable[[str, object], None]


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Setting:
    def set_(variable: str, value: object) -> None:
        monkeypatch.setenv(variable, str(value))
        environment.settings.cache_clear()

    return set_


@pytest.fixture
def noon(setting: Setting, tmp_path: Path) -> Callable[[timedelta], None]:
    """Moves the clock."""
    file = tmp_path / "clock.json"

    def move(later: timedelta) -> None:
        file.write_text(f'{{"offset_seconds": {later.total_seconds()}}}')
        setting("KITH_CLOCK_FILE", file)

    return move


def total(person: Client) -> int:
    count: int = person.request("GET", "/api/contacts", query={"count": "true"}).body["total"]
    return count


def test_a_refused_request_says_when_to_come_back_and_does_nothing(
    alice: Client, cache: Cache, setting: Setting
) -> None:
    setting("KITH_CONTACTS_REQUESTS_PER_MINUTE", 3)
    for _ in range(3):
        alice.create()

    refused = alice.request("POST", "/api/contacts", body={"first_name": "One too many"})

    assert refused.status == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit-policy"] == '"contacts";q=3;w=60'
    assert re.fullmatch(r'"contacts";r=0;t=\d+', refused.headers["ratelimit"])
    setting("KITH_CONTACTS_REQUESTS_PER_MINUTE", 100)
    assert total(alice) == 3


def test_the_limit_of_one_is_not_that_of_another(
    alice: Client, bob: Client, cache: Cache, setting: Setting
) -> None:
    setting("KITH_CONTACTS_REQUESTS_PER_MINUTE", 1)
    alice.request("GET", "/api/contacts")

    assert alice.request("GET", "/api/contacts").status == 429
    assert bob.request("GET", "/api/contacts").status == 200


def test_a_deletion_gives_nothing_back_of_the_day(alice: Client, setting: Setting) -> None:
    setting("KITH_CONTACTS_CREATED_PER_DAY", 2)
    alice.create()
    alice.create()
    alice.request("DELETE", "/api/contacts/1")
    alice.request("DELETE", "/api/contacts/trash/1")

    refused = alice.request("POST", "/api/contacts", body={"first_name": "Third"})

    assert refused.status == 429
    assert refused.body["code"] == "contact_quota"
    assert 86_000 < int(refused.headers["retry-after"]) <= 86_400
    assert total(alice) == 1


def test_the_next_day_there_is_room_again(
    alice: Client, setting: Setting, noon: Callable[[timedelta], None]
) -> None:
    setting("KITH_CONTACTS_CREATED_PER_DAY", 1)
    alice.create()
    assert alice.request("POST", "/api/contacts", body={"first_name": "A"}).status == 429

    noon(timedelta(hours=24, minutes=1))

    assert alice.request("POST", "/api/contacts", body={"first_name": "A"}).status == 201
    assert alice.request("POST", "/api/contacts", body={"first_name": "B"}).status == 429


def test_a_full_book_takes_nobody_until_somebody_leaves(alice: Client, setting: Setting) -> None:
    setting("KITH_CONTACTS_LIVING", 2)
    alice.create()
    alice.create()

    refused = alice.request("POST", "/api/contacts", body={"first_name": "Third"})

    assert refused.status == 429
    assert refused.body["code"] == "contact_quota"
    alice.request("POST", "/api/contacts/bulk", body={"action": "delete", "ids": [1]})
    alice.create("Third")


def test_a_full_book_is_told_in_bulk_as_well(alice: Client, setting: Setting) -> None:
    alice.create()
    alice.request("DELETE", "/api/contacts/1")
    alice.create()
    setting("KITH_CONTACTS_LIVING", 1)

    answered = alice.request("POST", "/api/contacts/bulk", body={"action": "restore", "ids": [1]})

    assert answered.body["items"] == [{"id": 1, "status": "failed", "code": "contact_quota"}]


def test_an_invalid_contact_costs_no_creation(alice: Client, setting: Setting) -> None:
    setting("KITH_CONTACTS_CREATED_PER_DAY", 1)
    alice.request("POST", "/api/contacts", body={"first_name": "A", "birthday": "2999-01-01"})

    alice.create()


def test_whoever_is_gone_creates_nothing(database: RolledBack) -> None:
    nobody = Client(uuid4())

    answered = nobody.request("POST", "/api/contacts", body={"first_name": "Grace"})

    assert answered.status == 401
