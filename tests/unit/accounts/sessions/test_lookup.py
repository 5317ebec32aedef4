"""A connection that lost its place in the protocol never answers for another session."""

import struct
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from pg8000.exceptions import InterfaceError

from kith.accounts.sessions.cache import SessionEnded, SessionUser
from kith.accounts.sessions.lookup import LookupUnavailable, SessionLookup

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LEFT_UNREAD = (True, "Europe/Kyiv", "uk", "feb28")
# What pg8000 raises in the middle of an answer that was altered on its way.
GARBLED = (
    KeyError(b"\x00"),
    AttributeError("'NoneType' object has no attribute 'append'"),
    struct.error("unpack requires a buffer of 4 bytes"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    InterfaceError("network error"),
)


class Garbled:
    """Raises in the middle of its first answer, and gives the rest of it to the next question."""

    def __init__(self, raised: Exception) -> None:
        self._raised: list[Exception] = [raised]
        self._usock = self
        self.closed = False

    def cursor(self) -> "Garbled":
        return self

    def execute(self, _query: str, _parameters: tuple[object, ...]) -> None:
        if self._raised:
            raise self._raised.pop()

    def fetchone(self) -> tuple[Any, ...]:
        return LEFT_UNREAD

    def is_alive(self) -> bool:
        return not self.closed

    def close(self) -> None:
        self.closed = True


class Sound(Garbled):
    """Knows no session that is alive."""

    def execute(self, _query: str, _parameters: tuple[object, ...]) -> None:
        return

    def fetchone(self) -> Any:
        return None


@pytest.mark.parametrize("raised", GARBLED, ids=repr)
def test_an_answer_that_cannot_be_read_ends_its_connection(raised: Exception) -> None:
    garbled = Garbled(raised)
    connections = [Sound(raised), garbled]
    sessions = SessionLookup(connections.pop)

    with pytest.raises(SessionEnded):
        sessions.find(uuid4(), uuid4(), NOON)

    assert garbled.closed


@pytest.mark.parametrize("raised", GARBLED, ids=repr)
def test_two_in_a_row_are_a_database_that_is_away(raised: Exception) -> None:
    connections = [Garbled(raised), Garbled(raised)]
    sessions = SessionLookup(connections.pop)

    with pytest.raises(LookupUnavailable):
        sessions.find(uuid4(), uuid4(), NOON)

    assert connections == []


def test_a_connection_that_works_is_kept() -> None:
    connections = [Garbled(KeyError())]
    connections[0]._raised.clear()
    sessions = SessionLookup(connections.pop)

    found = [sessions.find(uuid4(), uuid4(), NOON) for _ in range(2)]

    assert found == [SessionUser(*LEFT_UNREAD)] * 2
