"""The pipelined connection answers as the stock one does, and asks less often."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pg8000
import pytest
from pg8000.exceptions import DatabaseError, InterfaceError

from kith.database.pipelined import PipelinedConnection
from tests.waiting import HANG_SECONDS

STATEMENTS: list[tuple[str, tuple[Any, ...]]] = [
    ("SELECT %s::int + %s::int", (1, 2)),
    ("SELECT %s::text, NULL::int, %s::uuid", ("Іван", UUID(int=7))),
    ("SELECT %s::date, %s::timestamptz", (date(1906, 12, 9), datetime(2026, 1, 2, 3, tzinfo=UTC))),
    ("SELECT now() - now(), %s::jsonb", ('{"a": [1, null]}',)),
    ("SELECT 'infinity'::timestamptz, '0044-03-15 BC'::date, %s::int", (1,)),
    ("SELECT generate_series(1, %s::int)", (1000,)),
    ("SELECT repeat('x', %s::int)", (200_000,)),
    ("SELECT 1 WHERE false AND %s::bool", (True,)),
    ("SET statement_timeout = 3000", ()),
]


def arguments(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "user": parts.username,
        "password": parts.password,
        "host": parts.hostname,
        "port": parts.port,
        "database": parts.path.lstrip("/"),
        "startup_params": {"TimeZone": "UTC"},
    }


def pipelined_connection(url: str) -> PipelinedConnection:
    return PipelinedConnection(**arguments(url), patience=HANG_SECONDS, timeout=HANG_SECONDS)


@pytest.fixture
def stock(postgres_url: str) -> Iterator[Any]:
    connection = pg8000.connect(**arguments(postgres_url))
    yield connection
    connection.close()


@pytest.fixture
def pipelined(postgres_url: str) -> Iterator[Any]:
    connection = pipelined_connection(postgres_url)
    yield connection
    connection.close()


def answer(connection: Any, statement: str, values: tuple[Any, ...]) -> Any:
    cursor = connection.cursor()
    cursor.execute(statement, values)
    rows = None if cursor.description is None else cursor.fetchall()
    return rows, cursor.rowcount, cursor.description


@pytest.mark.parametrize(("statement", "values"), STATEMENTS)
def test_every_answer_is_the_stock_drivers(
    stock: Any, pipelined: Any, statement: str, values: tuple[Any, ...]
) -> None:
    assert answer(pipelined, statement, values) == answer(stock, statement, values)


def test_a_read_is_one_round_trip(pipelined: Any, round_trips: list[int]) -> None:
    pipelined.autocommit = True

    answer(pipelined, "SELECT %s::int", (1,))
    pipelined.rollback()

    assert len(round_trips) == 1


def test_a_transaction_is_its_statements_and_one_more(
    pipelined: Any, round_trips: list[int]
) -> None:
    answer(pipelined, "SELECT %s::int", (1,))
    answer(pipelined, "SELECT %s::int", (2,))
    pipelined.commit()

    assert len(round_trips) == 2 + 1


def test_ending_what_never_began_asks_nothing(pipelined: Any, round_trips: list[int]) -> None:
    pipelined.commit()
    pipelined.rollback()

    assert round_trips == []


def test_what_was_rolled_back_is_gone_and_what_was_committed_stays(
    pipelined: Any, stock: Any
) -> None:
    answer(pipelined, "CREATE TABLE wired (n int)", ())
    pipelined.commit()
    answer(pipelined, "INSERT INTO wired VALUES (%s)", (1,))
    pipelined.rollback()
    answer(pipelined, "INSERT INTO wired VALUES (%s)", (2,))
    pipelined.commit()

    rows, _, _ = answer(stock, "SELECT n FROM wired", ())
    stock.rollback()
    answer(pipelined, "DROP TABLE wired", ())
    pipelined.commit()

    assert list(map(list, rows)) == [[2]]


@pytest.mark.parametrize(
    "statement", ["SELEKT %s", "SELECT %s::int / 0", "SELECT * FROM nowhere WHERE n = %s"]
)
def test_after_an_error_the_connection_is_as_usable_as_the_stock_one(
    stock: Any, pipelined: Any, statement: str
) -> None:
    complaints = []
    for connection in (stock, pipelined):
        with pytest.raises(DatabaseError) as raised:
            answer(connection, statement, (1,))
        complaints.append(raised.value.args[0]["C"])
        connection.rollback()

    assert complaints[0] == complaints[1]
    assert answer(pipelined, "SELECT %s::int", (1,)) == answer(stock, "SELECT %s::int", (1,))


def test_a_value_that_cannot_be_sent_leaves_the_connection_usable(pipelined: Any) -> None:
    with pytest.raises(UnicodeEncodeError):
        answer(pipelined, "SELECT %s::text", ("\ud800",))
    pipelined.rollback()

    rows, _, _ = answer(pipelined, "SELECT %s::int", (1,))

    assert list(map(list, rows)) == [[1]]


def test_a_closed_connection_says_so(postgres_url: str) -> None:
    connection = pipelined_connection(postgres_url)
    cursor = connection.cursor()
    connection.close()

    with pytest.raises(InterfaceError, match="connection is closed"):
        cursor.execute("SELECT %s::int", (1,))


def test_times_are_read_with_their_microseconds(pipelined: Any) -> None:
    moment = datetime(2026, 11, 21, 2, 42, 18, 123456, tzinfo=UTC)

    rows, _, _ = answer(pipelined, "SELECT %s::timestamptz", (moment,))

    assert rows[0][0] == moment
    assert rows[0][0].utcoffset() == timedelta(0)
