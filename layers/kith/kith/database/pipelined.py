"""A pg8000 connection that asks PostgreSQL once where the stock one asks three times.

The extended query protocol (PostgreSQL, 54.2.3) lets parse, describe, bind and execute travel
together; the stock driver waits for an answer after each. ``BEGIN`` waits here until the first
statement and travels with it, before the same Sync: where it fails, PostgreSQL skips the statement,
which so never commits alone. A commit or a rollback of nothing is not sent at all. So a read is one
round trip, and a transaction is its statements and one more.

This module is the only one that knows. ``tests/integration/database/test_pipelined.py`` holds it to
the stock driver's answers; ``pipelined=false`` in the database's address switches it off.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Final, TypeVar

from pg8000.converters import make_params
from pg8000.core import (
    BIND,
    DESCRIBE,
    EXECUTE_MSG,
    NULL_BYTE,
    PARSE,
    STATEMENT,
    SYNC_MSG,
    Context,
    H_pack,
    _create_message,
    _flush,
    _write,
    i_pack,
)
from pg8000.dbapi import Cursor, convert_paramstyle

from kith.database.synchronized import BEGIN, StockConnection, expected_answer

_DATE: Final = 1082
_TIMESTAMP_WITH_ZONE: Final = 1184
_EXTENDED: Final = (b"1", b"t", b"[Tn]", b"2", b"[CI]")
_ANSWER: Final = expected_answer(*_EXTENDED)
_BEGUN_ANSWER: Final = expected_answer(b"1", b"2", b"C", *_EXTENDED)
ValueT = TypeVar("ValueT")


@lru_cache(maxsize=512)
def _numbered(statement: str) -> str:
    """A statement with ``$1`` where it has ``%s``; the driver finds them letter by letter."""
    numbered, _ = convert_paramstyle("format", statement, ())
    return str(numbered)


class PipelinedCursor(Cursor):  # type: ignore[misc] # pg8000 ships no types
    """A cursor that looks for the placeholders of a statement once, not at each execution."""

    _c: "PipelinedConnection | None"
    _input_oids: Sequence[int]

    def execute(self, operation: str, args: Sequence[object] = (), stream: object = None) -> None:
        connection = self._c
        if stream is not None or not args or connection is None:
            super().execute(operation, args, stream)
            return
        connection.begin_with_next()
        self._context = connection.execute_unnamed(
            _numbered(operation), vals=args, oids=self._input_oids
        )
        self._row_iter = None if self._context.rows is None else iter(self._context.rows)
        self._input_oids = ()


class PipelinedConnection(StockConnection):
    """A connection of the driver, with fewer round trips and quicker dates."""

    def __init__(self, *, patience: float, timeout: float, **kwargs: object) -> None:
        self._begin_waits = False
        super().__init__(patience=patience, timeout=timeout, **kwargs)
        for oid, read in ((_DATE, date.fromisoformat), (_TIMESTAMP_WITH_ZONE, _moment)):
            self.register_in_adapter(oid, _or_stock(read, self.pg_types[oid]))

    def cursor(self) -> PipelinedCursor:
        return PipelinedCursor(self)

    def begin_with_next(self) -> None:
        """Begin a transaction with the next statement, unless one is open or nobody wants one."""
        self._begin_waits = not (self._in_transaction or self.autocommit)

    def execute_simple(self, statement: str) -> Context:
        """Two statements in one message are carried out until the first that fails."""
        if statement == BEGIN:
            self._begin_waits = True
            return Context(statement)
        if not self._begin_waits:
            return super().execute_simple(statement)
        self._begin_waits = False
        return super().execute_simple(f"{BEGIN};{statement}")

    def execute_unnamed(
        self,
        statement: str,
        vals: Sequence[object] = (),
        oids: Sequence[int] = (),
        stream: object = None,
    ) -> Context:
        if stream is not None:
            return super().execute_unnamed(statement, vals=vals, oids=oids, stream=stream)
        begins, self._begin_waits = self._begin_waits, False
        values = make_params(self.py_types, vals)
        messages = _parse(statement, oids) + _DESCRIBE + _bind(values) + EXECUTE_MSG + SYNC_MSG
        context = Context(statement)
        with self.exchange(_BEGUN_ANSWER if begins else _ANSWER, statement, begins=begins):
            _write(self._sock, _BEGIN + messages if begins else messages)
            _flush(self._sock)
            self.handle_messages(context)
        return context

    def commit(self) -> None:
        self._end("commit")

    def rollback(self) -> None:
        if self.is_open:
            self._end("rollback")

    def _end(self, statement: str) -> None:
        self._begin_waits = False
        if self._in_transaction:
            self.execute_simple(statement)


def _parse(statement: str, oids: Sequence[int] = ()) -> bytes:
    types = b"".join(i_pack(max(oid, 0)) for oid in oids)
    text = NULL_BYTE + statement.encode() + NULL_BYTE
    return bytes(_create_message(PARSE, text + H_pack(len(oids)) + types))


def _bind(values: Sequence[str | None]) -> bytes:
    """Values as text, results as text: their formats are left out."""
    sent = [H_pack(0), H_pack(len(values))]
    for value in values:
        text = b"" if value is None else value.encode()
        sent += [i_pack(-1 if value is None else len(text)), text]
    return bytes(_create_message(BIND, NULL_BYTE * 2 + b"".join(sent) + H_pack(0)))


_DESCRIBE: Final = _create_message(DESCRIBE, STATEMENT + NULL_BYTE)
_BEGIN: Final = _parse(BEGIN) + _bind(()) + EXECUTE_MSG


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _or_stock(
    quick: Callable[[str], ValueT], stock: Callable[[str], ValueT]
) -> Callable[[str], ValueT]:
    """The quick reading; for what it does not know (``infinity``, years BC) the stock one."""

    def read(text: str) -> ValueT:
        try:
            return quick(text)
        except ValueError:
            return stock(text)

    return read
