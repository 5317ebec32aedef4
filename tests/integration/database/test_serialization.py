"""Serialization failures: whoever loses to a concurrent transaction is run again, once as a whole.

PostgreSQL really refuses here: a trigger raises the error, or transactions of one isolation level
meet.
"""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
from sqlalchemy import Engine, event, text

from kith import settings as environment
from kith.cache import Cache
from kith.database.unit_of_work import Database, database
from tests.clients import Client, Response
from tests.databases import patient_engine
from tests.factories import create_contact, create_user

ATTEMPTS: Final = 3
VCARD: Final = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Grace Hopper\r\nEND:VCARD\r\n"
WRITES: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "create": ("POST", "/api/contacts", {"body": {"first_name": "Grace"}}),
    "create once": (
        "POST",
        "/api/contacts",
        {"body": {"first_name": "Grace"}, "headers": {"idempotency-key": "one"}},
    ),
    "replace": ("PUT", "/api/contacts/1", {"body": {"first_name": "Grace"}}),
    "patch": ("PATCH", "/api/contacts/1", {"body": {"notes": "new"}}),
    "delete": ("DELETE", "/api/contacts/1", {}),
    "tag": ("PUT", "/api/contacts/1/tags/navy", {}),
    "bulk": ("POST", "/api/contacts/bulk", {"body": {"action": "delete", "ids": [1]}}),
    "merge": ("POST", "/api/contacts/merge", {"body": {"into": 1, "from": [2]}}),
    "import": (
        "POST",
        "/api/contacts/import",
        {"raw": VCARD.encode(), "headers": {"content-type": "text/vcard"}},
    ),
}


@pytest.fixture
def pool(postgres_url: str) -> Iterator[Engine]:
    """Connections whose transactions are REPEATABLE READ."""
    engine = patient_engine(postgres_url, size=8)

    def ask_for_it(_dialect: object, _record: object, _args: object, named: Any) -> None:
        isolation = {"default_transaction_isolation": "repeatable read"}
        named["startup_params"] = {**named["startup_params"], **isolation}

    event.listen(engine, "do_connect", ask_for_it, insert=True)
    yield engine
    engine.dispose()


@pytest.fixture
def people(pool: Engine, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Client]]:
    """Two with the same two contacts."""
    monkeypatch.setenv("KITH_CONTACTS_REQUESTS_PER_MINUTE", "1000000")
    environment.settings.cache_clear()
    with pool.begin() as connection:
        people = [Client(create_user(connection, name)) for name in ("alice", "bob")]
        for person in people:
            for name in ("Ada Lovelace", "Augusta Ada King"):
                create_contact(connection, person.id, name)
    with database.override(Database(pool)):
        yield people
    with pool.begin() as connection:
        connection.execute(text("TRUNCATE users, limit_counts CASCADE"))


@pytest.fixture
def conflicts(pool: Engine) -> Iterator[Any]:
    """Lets the next changes of contacts fail; a sequence counts them, which nothing undoes."""

    def fail(times: int, sqlstate: str, *, when: str) -> None:
        timing = {
            "at once": "TRIGGER refuse BEFORE INSERT OR UPDATE ON contacts",
            "at the commit": "CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE ON contacts"
            " DEFERRABLE INITIALLY DEFERRED",
        }[when]
        with pool.begin() as connection:
            for statement in (
                "CREATE SEQUENCE conflicts",
                f"""
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                  IF nextval('conflicts') <= {times} THEN
                    RAISE EXCEPTION 'conflict' USING ERRCODE = '{sqlstate}';
                  END IF;
                  RETURN NEW;
                END $$
                """,
                f"CREATE {timing} FOR EACH ROW EXECUTE FUNCTION refuse()",
            ):
                connection.exec_driver_sql(statement)

    yield fail
    with pool.begin() as connection:
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS refuse CASCADE")
        connection.exec_driver_sql("DROP SEQUENCE IF EXISTS conflicts")


def ask(person: Client, name: str) -> Response:
    method, path, request = WRITES[name]
    return person.request(method, path, **request)


def stored(person: Client, pool: Engine) -> list[Any]:
    columns = "id, first_name, notes, tags, deleted_at IS NULL, version"
    with pool.connect() as connection:
        statement = text(f"SELECT {columns} FROM contacts WHERE owner_id = :id ORDER BY id")  # noqa: S608 - constant
        return list(connection.execute(statement, {"id": person.id}))


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
@pytest.mark.parametrize("when", ["at once", "at the commit"])
@pytest.mark.parametrize("name", WRITES)
def test_a_write_that_lost_is_done_once_all_the_same(
    people: list[Client], pool: Engine, conflicts: Any, name: str, when: str, sqlstate: str
) -> None:
    alice, bob = people
    undisturbed = ask(bob, name)
    conflicts(1, sqlstate, when=when)

    response = ask(alice, name)

    assert response.status == undisturbed.status
    assert response.status in {200, 201, 204}
    assert stored(alice, pool) == stored(bob, pool)


@pytest.mark.parametrize("name", WRITES)
def test_a_write_that_loses_every_time_is_refused_and_not_done(
    people: list[Client], pool: Engine, conflicts: Any, name: str
) -> None:
    alice = people[0]
    before = stored(alice, pool)
    conflicts(ATTEMPTS, "40001", when="at once")

    response = ask(alice, name)

    assert (response.status, response.body["code"]) == (503, "database_unavailable")
    assert response.headers["retry-after"] == "1"
    assert stored(alice, pool) == before
    assert ask(alice, name).status in {200, 201, 204}, "by then the other one is through"


def test_a_crowd_of_one_owner_is_served_under_repeatable_read(
    people: list[Client], pool: Engine
) -> None:
    """Everybody wants the next number of the same owner; some lose more often than is tried."""
    loops = [asyncio.new_event_loop() for _ in range(4)]
    free = iter(loops)
    with ThreadPoolExecutor(4, initializer=lambda: asyncio.set_event_loop(next(free))) as crowd:
        responses = list(crowd.map(lambda _: ask(people[0], "create"), range(24)))
    for loop in loops:
        loop.close()

    created = [each.body["id"] for each in responses if each.status == 201]
    assert {each.status for each in responses} <= {201, 503}
    assert sorted([1, 2, *created]) == [row.id for row in stored(people[0], pool)]


def test_without_time_a_write_that_lost_is_not_tried_again(
    people: list[Client], conflicts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    conflicts(1, "40001", when="at once")
    monkeypatch.setenv("KITH_REQUEST_SECONDS", "1")  # as much as another attempt needs
    environment.settings.cache_clear()

    assert ask(people[0], "create").status == 503
    assert ask(people[0], "create").status == 201
