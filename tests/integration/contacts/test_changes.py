"""Changes since: nothing is lost, however many write and however late they commit."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from kith import clock as code_clock
from kith import settings as environment
from kith.contacts.changes.tokens import TOKEN_LIFE, SyncToken
from kith.contacts.trash.purge import TOMBSTONE_LIFE, purge_contacts
from kith.database.unit_of_work import Database
from kith.http.pagination import encode_cursor
from tests.clients import Client
from tests.clock import FrozenClock
from tests.factories import create_user
from tests.integration.contacts.test_crowds import at_once

PATH = "/api/contacts/changes"


@pytest.fixture
def alice(
    crowded_database: Database, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> Client:
    monkeypatch.setenv("KITH_CONTACTS_REQUESTS_PER_MINUTE", "100000")
    environment.settings.cache_clear()
    with crowded_database.writing() as work:
        return Client(create_user(work.connection, "alice"))


def read(client: Client, since: str | None = None, **query: str) -> tuple[list[Any], str]:
    """All pages of one reading, and the token for the next one."""
    items: list[Any] = []
    while True:
        asked = {**query, "since": since} if since else query
        page = client.request("GET", PATH, query=asked)
        assert page.status == 200, page.body
        items += page.body["items"]
        since = page.body["next_since"]
        if "link" not in page.headers:
            return items, since


def book(client: Client) -> dict[int, Any]:
    items = client.request("GET", "/api/contacts", query={"limit": "500"}).body["items"]
    return {each["id"]: each for each in items}


def now() -> datetime:
    return code_clock.now()


def later(clock: FrozenClock, by: timedelta) -> None:
    clock.set(now() + by)


def keep(copy: dict[int, Any], items: list[Any]) -> None:
    """What a client does with an answer."""
    for each in items:
        if "etag" in each:
            copy[each["id"]] = each
        else:
            copy.pop(each["id"], None)


def test_the_first_reading_gives_everything_and_the_next_one_what_is_new(alice: Client) -> None:
    for name in ("Ada", "Grace", "Alan"):
        alice.create(name)
    items, since = read(alice, limit="2")
    nothing, since_then = read(alice, since)
    changed = alice.request("PATCH", "/api/contacts/2", body={"last_name": "Hopper"}).body

    news, _ = read(alice, since_then)

    assert [each["first_name"] for each in items] == ["Ada", "Grace", "Alan"]
    assert nothing == []
    assert news == [changed]


def test_the_trash_counts_as_deleted_and_a_restored_contact_as_changed(
    alice: Client, clock: FrozenClock
) -> None:
    alice.create()
    _, since = read(alice)
    later(clock, timedelta(minutes=1))
    alice.request("DELETE", "/api/contacts/1")
    trashed, since_trash = read(alice, since)
    restored = alice.request("POST", "/api/contacts/1/restore").body

    news, _ = read(alice, since_trash)

    assert [set(each) for each in trashed] == [{"id", "deleted_at"}]
    assert news == [restored]


def test_who_was_purged_is_still_told_of(alice: Client, clock: FrozenClock) -> None:
    alice.create()
    alice.create()
    _, since = read(alice)
    for path in ("/api/contacts/1", "/api/contacts/trash/1", "/api/contacts/2"):
        assert alice.request("DELETE", path).status == 204
    items, after = read(alice, since)
    later(clock, timedelta(days=31))
    assert purge_contacts(now()).contacts == 1

    assert [each["id"] for each in items] == [1, 2]
    assert [each["id"] for each in read(alice, since)[0]] == [1, 2]
    assert read(alice, after)[0] == []
    assert read(alice)[0] == []


def test_a_tombstone_outlives_every_token(alice: Client, clock: FrozenClock) -> None:
    alice.create()
    _, since = read(alice)
    alice.request("DELETE", "/api/contacts/1")
    alice.request("DELETE", "/api/contacts/trash/1")
    later(clock, TOKEN_LIFE - timedelta(minutes=1))
    assert purge_contacts(now()).tombstones == 0
    assert [each["id"] for each in read(alice, since)[0]] == [1]
    later(clock, timedelta(minutes=2))

    refused = alice.request("GET", PATH, query={"since": since})

    assert (refused.status, refused.body["code"]) == (410, "sync_token_expired")
    later(clock, timedelta(days=1))
    assert purge_contacts(now()).tombstones == 1
    assert TOMBSTONE_LIFE > TOKEN_LIFE


@pytest.mark.parametrize("act", ["update", "trash", "insert"])
def test_a_commit_that_comes_late_is_not_missed(
    alice: Client, crowded_database: Database, engine: Engine, act: str
) -> None:
    """The transaction began before the reading, and its time lies before those that were read."""
    alice.create("Ada")
    alice.create("Grace")
    statements = {
        "update": "UPDATE contacts SET notes = 'late', version = version + 1, updated_at = :at,"
        " changed_in = pg_current_xact_id()::text::bigint WHERE owner_id = :owner AND id = 1",
        "trash": "UPDATE contacts SET deleted_at = :at, updated_at = :at,"
        " changed_in = pg_current_xact_id()::text::bigint WHERE owner_id = :owner AND id = 1",
        "insert": "INSERT INTO contacts (owner_id, id, created_at, updated_at, first_name,"
        " sort_name, search) VALUES (:owner, 99, :at, :at, 'Late', '', '')",
    }
    with engine.connect() as late:
        at = late.scalar(
            text("SELECT max(updated_at) FROM contacts WHERE owner_id = :owner"),
            {"owner": alice.id},
        )
        late.execute(text(statements[act]), {"owner": alice.id, "at": at})
        _, since = read(alice)
        changed = alice.request("PATCH", "/api/contacts/2", body={"notes": "early"}).body
        early, since = read(alice, since)
        late.commit()

    news, since = read(alice, since)

    assert early == [changed]
    assert [each["id"] for each in news] == [99 if act == "insert" else 1]
    assert read(alice, since)[0] == []


@pytest.mark.parametrize("limit", ["1", "3", "100"])
def test_a_copy_agrees_after_any_changes_while_it_is_read(alice: Client, limit: str) -> None:
    chance = random.Random(limit)
    for number in range(8):
        alice.create(f"Person {number}")

    def change() -> Any:
        contact_id = chance.randrange(1, 12)
        acts: list[Callable[[], Any]] = [
            lambda: alice.create("New"),
            lambda: alice.request("DELETE", f"/api/contacts/{contact_id}"),
            lambda: alice.request("POST", f"/api/contacts/{contact_id}/restore"),
            lambda: alice.request("DELETE", f"/api/contacts/trash/{contact_id}"),
            lambda: alice.request(
                "PATCH", f"/api/contacts/{contact_id}", body={"notes": str(chance.random())}
            ),
        ]
        return chance.choice(acts)()

    copy: dict[int, Any] = {}
    since: str | None = None
    for _ in range(4):
        query = {"limit": limit} | ({"since": since} if since else {})

        def read_some(query: dict[str, str] = query) -> Any:
            return alice.request("GET", PATH, query=query)

        answers = at_once([*[change] * 6, read_some])
        keep(copy, answers[-1].body["items"])
        since = answers[-1].body["next_since"]
    for _ in range(2):  # what is left of this reading, and what changed behind its back
        items, since = read(alice, since, limit=limit)
        keep(copy, items)

    assert copy == book(alice)


def test_nobody_reads_the_changes_of_somebody_else(
    alice: Client, crowded_database: Database
) -> None:
    with crowded_database.writing() as work:
        bob = Client(create_user(work.connection, "bob"))
    _, since = read(alice)
    alice.create()

    assert read(bob, since)[0] == read(bob)[0] == []


@pytest.mark.parametrize(
    "token",
    [
        "x",
        encode_cursor([1]),
        encode_cursor(["", 0, None, 0, 0, 0]),
        encode_cursor(["1:1:1", 0, None, 0, 0, 0]),
        encode_cursor(["5:9:7,6", 0, None, 0, 0, 0]),
        encode_cursor(["1:99999999999999999999:", 0, None, 0, 0, 0]),
        encode_cursor([None, -1, None, 0, 0, 0]),
        encode_cursor([None, 10**30, None, 0, 0, 0]),
        encode_cursor([None, 0, None, 0, 0, 2**31]),
    ],
)
def test_what_is_no_token_is_refused(alice: Client, token: str) -> None:
    refused = alice.request("GET", PATH, query={"since": token})

    assert (refused.status, refused.body["code"]) == (422, "sync_token_invalid")


def test_a_token_of_a_later_database_begins_again(alice: Client) -> None:
    """One that was restored from a backup has not had these transactions, or this time."""
    at = SyncToken.first(now()).known_at
    for token in (
        SyncToken("9000000000:9000000000:", at),
        SyncToken(None, at + 2 * 3600 * 10**6),
    ):
        assert alice.request("GET", PATH, query={"since": str(token)}).status == 410
