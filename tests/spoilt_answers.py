"""Requests of which each of PostgreSQL's messages is spoilt in turn, and what must hold then.

The spoilt request is answered rightly or with 503; those that follow, of other people and over the
same pool, see their own rows or 503; and what was refused before its COMMIT left was not done, nor
is it later.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, delete, text

from kith import cache as caches
from kith import settings as environment
from kith.accounts.models import User
from kith.cache import Cache, NoCache
from kith.database.engine import make_engine
from kith.database.unit_of_work import Database, database
from kith.limits.models import LimitCount
from tests.clients import Client, Response
from tests.factories import create_contact, create_user
from tests.postgres_proxy import Fault, PostgresProxy, postgres_proxy

DRIVERS: Final = {"pipelined": "", "stock": "?pipelined=false"}
PATIENCE: Final = 0.25  # of the client with a server that says nothing: in seconds
NAMES: Final = ("Ada", "Grace")  # whom Alice knows, and whom Bob does
MANY: Final = 20  # requests, after which somebody must have been answered


@dataclass
class Stack:
    """Two people, one pool of one connection through the proxy, and the way around it."""

    proxy: PostgresProxy
    pool: Engine
    around: Connection  # autocommits
    alice: Client
    bob: Client

    def stored(self) -> list[str]:
        """The names of Alice's contacts, as they really are."""
        statement = text("SELECT first_name FROM contacts WHERE owner_id = :id ORDER BY id")
        return list(self.around.scalars(statement, {"id": self.alice.id}))

    def expected(self, person: Client) -> list[str]:
        return [NAMES[0 if person is self.alice else 1]]

    def listed(self, person: Client) -> list[str] | None:
        """What a person is shown; nothing where that was refused."""
        response = person.request("GET", "/api/contacts")
        if is_refused(response):
            return None
        return [each["first_name"] for each in response.body["items"]]


def is_refused(response: Response) -> bool:
    assert response.status in {200, 201, 503}, response
    return response.status == 503


@pytest.fixture(scope="module")
def proxy(postgres_url: str) -> Iterator[PostgresProxy]:
    with postgres_proxy(postgres_url) as proxy:
        yield proxy


@pytest.fixture
def people(engine: Engine) -> Iterator[list[UUID]]:
    with engine.begin() as connection:
        people = [create_user(connection, name) for name in ("alice", "bob")]
        for person, name in zip(people, NAMES, strict=True):
            create_contact(connection, person, name)
    yield people
    with engine.begin() as connection:
        for model in (User, LimitCount):
            connection.execute(delete(model))  # TRUNCATE takes 60 ms, and this runs 140 times


@pytest.fixture
def stack(
    request: pytest.FixtureRequest,
    proxy: PostgresProxy,
    engine: Engine,
    people: list[UUID],
    cache: Cache,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Stack]:
    for name in ("KITH_CONTACTS_REQUESTS_PER_MINUTE", "KITH_CONTACTS_CREATED_PER_DAY"):
        monkeypatch.setenv(name, "1000000")
    environment.settings.cache_clear()
    pool = make_engine(
        proxy.url + DRIVERS[request.param], patience=PATIENCE, connect_patience=PATIENCE
    )
    with database.override(Database(pool)), engine.connect() as around:
        autocommitting = around.execution_options(isolation_level="AUTOCOMMIT")
        yield Stack(proxy, pool, autocommitting, *map(Client, people))
    proxy.disarm()
    pool.dispose()


def read(stack: Stack) -> bool:
    """Whether Alice was shown her book; then it was hers."""
    shown = stack.listed(stack.alice)
    assert shown in (None, stack.expected(stack.alice))
    return shown is not None


def read_over_a_new_connection(stack: Stack) -> bool:
    """The messages of signing in to PostgreSQL are spoilt too."""
    stack.pool.dispose()
    return read(stack)


def read_without_a_cache(stack: Stack) -> bool:
    """The request is counted in a transaction, whose failure does not stop it."""
    with caches.cache.override(NoCache()):
        return read(stack)


def write(stack: Stack) -> bool:
    """Whether Alice's contact was created; then it is there, and without a COMMIT it is not."""
    name = f"Friend {uuid4()}"
    created = not is_refused(
        stack.alice.request("POST", "/api/contacts", body={"first_name": name})
    )
    stack.proxy.disarm()
    there = name in stack.stored()
    assert there or not created
    assert created or not there or stack.proxy.commit_at is not None
    if there:
        removed = text("DELETE FROM contacts WHERE first_name = :name")
        stack.around.execute(removed, {"name": name})
    return created


def others_see_their_own(stack: Stack) -> None:
    """Requests after the spoilt one, until everybody was answered again."""
    waiting = [stack.bob, stack.alice]
    for _ in range(MANY):
        for person in tuple(waiting):
            shown = stack.listed(person)
            assert shown in (None, stack.expected(person))
            if shown is not None:
                waiting.remove(person)
        if not waiting:
            return
    pytest.fail("nobody was answered any more")


def spoil_each_message(stack: Stack, act: Callable[[Stack], bool], fault: Fault) -> list[bool]:
    """Every message of a request spoilt in turn; returns what ``act`` returned for each."""
    stack.proxy.arm()
    assert act(stack)
    done: list[bool] = []
    for number in stack.proxy.disarm():
        stack.proxy.arm(number, fault)
        done.append(act(stack))
        stack.proxy.disarm()
        others_see_their_own(stack)
        assert stack.stored() == stack.expected(stack.alice), "it came to be later"
    return done
