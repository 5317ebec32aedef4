"""Whatever happens to PostgreSQL's messages, nobody is answered with somebody else's rows.

Here over the pipelined driver; ``tests/slow`` spoils the stock one's messages too.
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, insert, text

from kith import clock
from kith.accounts.models import UserSession
from kith.accounts.sessions.cache import SessionUser
from kith.accounts.sessions.lookup import LookupUnavailable, SessionLookup
from kith.database.dsn import DatabaseUrl
from kith.database.native import NativeConnection
from kith.database.pipelined import PipelinedConnection
from kith.database.synchronized import StockConnection
from tests.factories import LONG_AGO
from tests.postgres_proxy import ASYNCHRONOUS, FAULTS, Fault, PostgresProxy
from tests.spoilt_answers import (
    DRIVERS,
    PATIENCE,
    Stack,
    others_see_their_own,
    people,
    proxy,
    read,
    spoil_each_message,
    stack,
    write,
)

__all__ = ["people", "proxy", "stack"]

EVERYTHING: Final[dict[str, Fault]] = {**FAULTS, **ASYNCHRONOUS}


@pytest.mark.parametrize("stack", ["pipelined"], indirect=True)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("act", [read, write])
def test_nobody_sees_what_was_meant_for_another(
    stack: Stack, act: Callable[[Stack], bool], fault: str
) -> None:
    assert spoil_each_message(stack, act, FAULTS[fault])


@pytest.mark.parametrize("stack", ["pipelined"], indirect=True)
@pytest.mark.parametrize("fault", ASYNCHRONOUS)
@pytest.mark.parametrize("act", [read, write])
def test_what_postgresql_may_say_at_any_time_disturbs_nobody(
    stack: Stack, act: Callable[[Stack], bool], fault: str
) -> None:
    assert all(spoil_each_message(stack, act, ASYNCHRONOUS[fault]))


@pytest.mark.parametrize("stack", DRIVERS, indirect=True)
def test_a_statement_does_not_commit_alone_when_its_begin_fails(stack: Stack) -> None:
    assert write(stack)
    stack.proxy.refuse_begin()

    assert not write(stack)

    others_see_their_own(stack)
    assert write(stack)


@pytest.fixture
def sessions(engine: Engine, people: list[UUID]) -> list[tuple[UUID, UUID, SessionUser]]:
    """Of both, each with what is to be found."""
    found = []
    with engine.begin() as connection:
        for user_id, locale in zip(people, ("uk", "pl"), strict=True):
            connection.execute(
                text("UPDATE users SET locale = :locale WHERE id = :id"),
                {"locale": locale, "id": user_id},
            )
            session_id = uuid4()
            row = {
                "id": session_id,
                "user_id": user_id,
                "family_key": b"key",
                "secret_digest": b"digest",
                "created_at": LONG_AGO,
                "used_at": LONG_AGO,
                "expires_at": LONG_AGO.replace(year=9000),
            }
            connection.execute(insert(UserSession).values(row))
            user = SessionUser(verified=True, time_zone="UTC", locale=locale, leap_day="feb28")
            found.append((user_id, session_id, user))
    return found


@pytest.mark.parametrize("driver", [PipelinedConnection, StockConnection])
@pytest.mark.parametrize("fault", EVERYTHING)
def test_a_living_session_is_never_taken_for_an_ended_one(
    proxy: PostgresProxy,
    sessions: list[tuple[UUID, UUID, SessionUser]],
    driver: type[StockConnection],
    fault: str,
) -> None:
    def connect() -> StockConnection:
        connection = driver(**DatabaseUrl.read(proxy.url).arguments(PATIENCE, PATIENCE))
        connection.autocommit = True
        return connection

    lookup, (alice, bob) = SessionLookup(connect), sessions
    proxy.arm()
    find(lookup, alice)
    for number in proxy.disarm():
        proxy.arm(number, EVERYTHING[fault])
        find(lookup, alice)
        proxy.disarm()
        while not find(lookup, bob):
            pass
    lookup.close()


def find(lookup: SessionLookup, session: tuple[UUID, UUID, SessionUser]) -> bool:
    """Whether the session was found; then it was this one."""
    user_id, session_id, expected = session
    try:
        assert lookup.find(user_id, session_id, clock.now()) == expected
    except LookupUnavailable:
        return False
    return True


@pytest.mark.parametrize("statement", ["SELECT :text_sent::text", "SELECT 'either'"])
@pytest.mark.parametrize("fault", EVERYTHING)
def test_a_whole_statement_is_answered_with_its_own_rows(
    proxy: PostgresProxy, statement: str, fault: str
) -> None:
    connection = NativeConnection(proxy.url, patience=PATIENCE)
    proxy.arm()
    assert run(connection, statement, "either")
    for number in proxy.disarm():
        proxy.arm(number, EVERYTHING[fault])
        run(connection, statement, "one")
        proxy.disarm()
        while not run(connection, statement, "another"):
            pass
    connection.close()


def run(connection: NativeConnection, statement: str, text_sent: str) -> bool:
    """Whether the statement was answered; then with this."""
    values = {"text_sent": text_sent} if ":text_sent" in statement else {}
    try:
        rows = connection.run(statement.replace("either", text_sent), **values)
    except Exception:  # noqa: BLE001 - a broken connection breaks in many ways
        return False
    assert rows == [[text_sent]]
    return True
