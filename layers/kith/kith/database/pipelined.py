"""A pg8000 connection that asks PostgreSQL once where the stock one asks three times.

The extended query protocol (PostgreSQL, 54.2.3) lets parse, describe, bind and execute travel
together; the stock driver waits for an answer after each. ``BEGIN`` waits here until the first
statement and travels with it, and a commit or a rollback of nothing is not sent at all. So a read
is one round trip, and a transaction is its statements and one more.

This module is the only one that knows. ``tests/integration/database/test_wire.py`` holds it to
the stock driver's answers; ``pipelined=false`` in the database's address switches it off.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from io import BytesIO
from typing import Any, Final

from pg8000.converters import make_params
from pg8000.core import NULL_BYTE, SYNC_MSG, Context, _flush, _write
from pg8000.dbapi import Connection, Cursor, convert_paramstyle
from pg8000.exceptions import InterfaceError

_BEGIN: Final = "begin transaction"
_DATE: Final = 1082
_TIMESTAMP_WITH_ZONE: Final = 1184


@lru_cache(maxsize=512)
def _numbered(statement: str) -> str:
    """A statement with ``$1`` where it has ``%s``; the driver finds them letter by letter."""
    numbered, _ = convert_paramstyle("format", statement, ())
    return str(numbered)


class PipelinedCursor(Cursor):  # type: ignore[misc] # pg8000 ships no types
    """A cursor that looks for the placeholders of a statement once, not at each execution."""

    _input_oids: Sequence[int]

    def execute(self, operation: str, args: Sequence[Any] = (), stream: Any = None) -> None:
        connection = self._c
        if stream is not None or not args or connection is None:
            super().execute(operation, args, stream)
            return
        if not connection.in_transaction and not connection.autocommit:
            connection.execute_simple(_BEGIN)
        self._context = connection.execute_unnamed(
            _numbered(operation), vals=args, oids=self._input_oids
        )
        self._row_iter = None if self._context.rows is None else iter(self._context.rows)
        self._input_oids = ()


class PipelinedConnection(Connection):  # type: ignore[misc] # pg8000 ships no types
    """A connection of the driver, with fewer round trips and quicker dates."""

    _sock: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._begin_waits = False
        super().__init__(*args, **kwargs)
        for oid, read in ((_DATE, date.fromisoformat), (_TIMESTAMP_WITH_ZONE, _moment)):
            self.register_in_adapter(oid, _or_stock(read, self.pg_types[oid]))

    @property
    def in_transaction(self) -> bool:
        return bool(self._in_transaction)

    def cursor(self) -> PipelinedCursor:
        return PipelinedCursor(self)

    def execute_simple(self, statement: str) -> Context:
        if statement == _BEGIN:
            self._begin_waits = True
            return Context(statement)
        if self._begin_waits:
            return self._together(statement, simple=True)
        return super().execute_simple(statement)

    def execute_unnamed(
        self, statement: str, vals: Sequence[Any] = (), oids: Sequence[int] = (), stream: Any = None
    ) -> Context:
        if stream is not None:
            return super().execute_unnamed(statement, vals=vals, oids=oids, stream=stream)
        return self._together(statement, vals, oids)

    def commit(self) -> None:
        self._end("commit")

    def rollback(self) -> None:
        self._end("rollback")

    def _end(self, statement: str) -> None:
        self._begin_waits = False
        if self._in_transaction:
            self.execute_simple(statement)

    def _together(
        self,
        statement: str,
        vals: Sequence[Any] = (),
        oids: Sequence[int] = (),
        *,
        simple: bool = False,
    ) -> Context:
        """Send a waiting ``BEGIN`` and a statement in one go, then read the answers."""
        begun = Context(_BEGIN) if self._begin_waits else None
        context = Context(statement)
        params = make_params(self.py_types, vals)
        with self._gathered():
            if begun:
                self.send_QUERY(_BEGIN)
            if simple:
                self.send_QUERY(statement)
            else:
                self._write_extended(statement, params, oids)
        self._begin_waits = False
        if begun:
            self.handle_messages(begun)
        self.handle_messages(context)
        return context

    def _write_extended(self, statement: str, params: Sequence[Any], oids: Sequence[int]) -> None:
        self.send_PARSE(NULL_BYTE, statement, oids)
        self.send_DESCRIBE_STATEMENT(NULL_BYTE)
        self.send_BIND(NULL_BYTE, params)
        self.send_EXECUTE()
        _write(self._sock, SYNC_MSG)

    @contextmanager
    def _gathered(self) -> Iterator[None]:
        """Messages written in the block leave together, or not at all when one cannot be made."""
        socket, self._sock = self._sock, BytesIO()
        try:
            yield
            messages = self._sock.getvalue()
        finally:
            self._sock = socket
        if socket is None:
            raise InterfaceError("connection is closed")
        _write(socket, messages)
        _flush(socket)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _or_stock(quick: Any, stock: Any) -> Any:
    """The quick reading; for what it does not know (``infinity``, years BC) the stock one."""

    def read(text: str) -> Any:
        try:
            return quick(text)
        except ValueError:
            return stock(text)

    return read


def connect_pipelined(**arguments: Any) -> PipelinedConnection:
    """A pipelined connection, with the arguments of ``pg8000.connect``."""
    return PipelinedConnection(**arguments)
