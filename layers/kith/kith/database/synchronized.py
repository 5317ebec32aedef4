"""A pg8000 connection that is never used again once it may have lost its place in the protocol.

PostgreSQL answers each exchange with messages that end in ReadyForQuery (PostgreSQL, 54.2). Bytes
that an exchange leaves unread would be taken for the answer to the next one: somebody else's rows,
as a success. So a connection stands at ReadyForQuery, or it is closed: it leaves that state before
anything is sent, and comes back to it only when the answer had exactly the messages that belong to
what was sent, as many rows as PostgreSQL counted, and a transaction status that fits.
``tests/integration/database/test_synchronization.py`` spoils every message of a request.
"""

import re
import select
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import BufferedRWPair
from typing import Final

from pg8000 import dbapi, native
from pg8000.core import (
    COMMAND_COMPLETE,
    DATA_ROW,
    ERROR_RESPONSE,
    NOTICE_RESPONSE,
    NOTIFICATION_RESPONSE,
    PARAMETER_STATUS,
    READY_FOR_QUERY,
    SYNC_MSG,
    TERMINATE_MSG,
    Context,
    CoreConnection,
    H_unpack,
    _flush,
    _write,
    ci_unpack,
    i_unpack,
)
from pg8000.exceptions import DatabaseError, Error, InterfaceError

from kith.database.arrays import array_literal
from kith.deadline import DeadlineExceeded, time_left
from kith.idle import IdleTimer

BEGIN: Final = "begin transaction"
_ENDS: Final = ("commit", "rollback")
_IDLE: Final = b"I"
_STATES: Final = (_IDLE, b"T", b"E")
_ASYNCHRONOUS: Final = (NOTICE_RESPONSE, NOTIFICATION_RESPONSE, PARAMETER_STATUS)
# SQLAlchemy takes a connection for lost when it reads "network error" or "connection is closed".
_LOST: Final = "network error: lost synchronization with the server"
_CLOSED: Final = "connection is closed"


def expected_answer(*steps: bytes) -> re.Pattern[bytes]:
    """The codes of an answer without its rows: the steps in order, or as far as an error."""
    until_an_error = b""
    for step in reversed(steps):
        until_an_error = b"(?:%s%s)?" % (step, until_an_error)
    return re.compile(b"(?:%s|%sE)Z" % (b"".join(steps), until_an_error))


_PROBE_SECONDS: Final = 0.25
_READY: Final = re.compile(b"Z")
_SIMPLE: Final = re.compile(b"(?:(?:T?[CI])+|(?:T?[CI])*T?E)Z")
# An error in between would leave behind what the stock driver has written ahead.
_STOCK: Final = re.compile(b"(?:E|1Zt[Tn]Z(?:E|2E|2[CI]E?))Z")
_RESULT: Final = (b"T", b"T2", b"TZ2")  # behind these, every row counts


class Synchronized(CoreConnection):  # type: ignore[misc] # pg8000 ships no types
    """What makes a connection stand at ReadyForQuery or be closed. It does not expect ``COPY``."""

    _usock: socket.socket
    _sock: BufferedRWPair

    def __init__(self, *, patience: float, timeout: float, **kwargs: object) -> None:
        """Seconds: ``timeout`` to connect, ``patience`` with the silence of the server then."""
        self._codes = bytearray()
        self._rows = 0
        self._in_sync = False
        self._patience = patience
        try:
            super().__init__(timeout=time_left(timeout), **kwargs)
        except (Error, OSError, DeadlineExceeded):
            raise
        except Exception as error:
            raise InterfaceError(_LOST) from error
        self.register_out_adapter(list, array_literal)
        self._usock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._polling = select.poll()
        self._polling.register(self._usock, select.POLLIN)
        self._idle = IdleTimer()
        self._in_sync = True

    @property
    def is_open(self) -> bool:
        """Whether it was not closed; what was, has been rolled back by that."""
        return self._in_sync

    def is_alive(self) -> bool:
        """Whether it is usable and, where it slept, answers a Sync: to be asked before it is used.

        A network that has forgotten the connection says nothing, so that the answer has its time.
        """
        if not self.is_usable():
            return False
        return not self._idle.has_slept() or self._answers_sync()

    def is_usable(self) -> bool:
        """Whether it stands at ReadyForQuery, and nothing has come since that needs an answer."""
        if not self._in_sync:
            return False
        readable = bool(self._polling.poll(0))
        first = self._unread()[:1]
        return first in _ASYNCHRONOUS or not (first or readable)

    def close(self) -> None:
        """Close it, with Terminate where the server can still understand one; twice is fine."""
        if self._in_sync:
            with suppress(OSError):
                self._sock.write(TERMINATE_MSG)
                self._sock.flush()
        self.abort()

    def abort(self) -> None:
        """Close it at once; what was written and has not left yet never leaves."""
        self._in_sync = False
        with suppress(OSError):
            self._usock.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            self._sock.close()
        self._usock.close()

    def execute_simple(self, statement: str) -> Context:
        with self.exchange(_SIMPLE, statement, begins=statement.startswith(BEGIN)):
            return super().execute_simple(statement)

    def execute_unnamed(
        self,
        statement: str,
        vals: Sequence[object] = (),
        oids: Sequence[int] = (),
        stream: object = None,
    ) -> Context:
        with self.exchange(_STOCK, statement):
            return super().execute_unnamed(statement, vals=vals, oids=oids, stream=stream)

    def handle_messages(self, context: Context) -> None:
        """Read the messages of an answer as far as ReadyForQuery, and note their codes."""
        code = b""
        while code != READY_FOR_QUERY:
            code, length = ci_unpack(self._read(5))
            if length < 4 or code not in self.message_types:
                raise InterfaceError(_LOST)
            data = self._read(length - 4)
            self.message_types[code](data, context)
            if code == DATA_ROW:
                self._rows += 1
            elif code not in _ASYNCHRONOUS:
                self._note(code, data)
        if context.error is not None:
            raise context.error

    def handle_DATA_ROW(self, data: bytes, context: Context) -> None:  # noqa: N802 - pg8000's name
        """Read a row, which has as many values as were announced and not a byte more."""
        row, at = [], 2
        for read in context.input_funcs:
            (length,) = i_unpack(data, at)
            at += 4
            row.append(None if length == -1 else read(data[at : at + length].decode()))
            at += max(length, 0)
        if at != len(data) or H_unpack(data)[0] != len(row):
            raise InterfaceError(_LOST)
        context.rows.append(row)

    @contextmanager
    def exchange(
        self, expected: re.Pattern[bytes], statement: str, *, begins: bool = False
    ) -> Iterator[None]:
        """Send something and read its answer inside the block; ``begins`` where BEGIN comes first.

        Raises:
            InterfaceError: the connection is closed, or lost its place and is closed now.
            DeadlineExceeded: there is no time left; nothing was sent.
        """
        if not self.is_usable():
            self.abort()
            raise InterfaceError(_CLOSED)
        self._usock.settimeout(self._time_left())
        in_transaction = self._transaction_status not in (None, _IDLE)
        self._codes.clear()
        self._rows = 0
        self._in_sync = False
        try:
            yield
        except BaseException as error:
            began = begins and self._codes.startswith((b"C", b"12C"))
            if not self._is_answered(expected, statement, in_transaction or began):
                self.abort()
                if isinstance(error, DatabaseError):  # nobody knows to what it was the answer
                    raise InterfaceError(_LOST) from error
            raise
        if not self._is_answered(expected, statement, in_transaction or begins):
            self.abort()
            raise InterfaceError(_LOST)

    def _answers_sync(self) -> bool:
        patience, self._patience = self._patience, min(self._patience, _PROBE_SECONDS)
        try:
            with self.exchange(_READY, ""):
                _write(self._sock, SYNC_MSG)
                _flush(self._sock)
                self.handle_messages(Context(None))
        except (Error, DeadlineExceeded):
            return False
        finally:
            self._patience = patience
        return True

    def _time_left(self) -> float:
        try:
            return time_left(self._patience)
        except DeadlineExceeded:
            self.abort()  # a transaction that is open could not be ended in time either
            raise

    def _is_answered(
        self,
        expected: re.Pattern[bytes],
        statement: str,
        in_transaction: bool,  # noqa: FBT001
    ) -> bool:
        """Whether the answer is whole; a transaction ends by a statement of ours, nothing else."""
        ended = in_transaction and self._transaction_status == _IDLE
        fits = not ended or statement.lower().startswith(_ENDS)
        self._in_sync = fits and expected.fullmatch(self._codes) is not None
        self._idle.touch()
        return self._in_sync

    def _note(self, code: bytes, data: bytes) -> None:
        if code == COMMAND_COMPLETE and self._codes.endswith(_RESULT):
            self._check_rows(data)
        if code in (COMMAND_COMPLETE, ERROR_RESPONSE):
            self._rows = 0
        if code == READY_FOR_QUERY and (self._rows or data not in _STATES):
            raise InterfaceError(_LOST)
        self._codes += code

    def _check_rows(self, tag: bytes) -> None:
        """Behind as many rows comes ``SELECT 5``, or ``UPDATE 5`` where they were asked for."""
        number = tag[:-1].rpartition(b" ")[2]
        if number.isdigit() and int(number) != self._rows:
            raise InterfaceError(_LOST)

    def _read(self, size: int) -> bytes:
        try:
            data = self._sock.read(size)
        except OSError as error:
            raise InterfaceError("network error") from error
        if len(data) < size:
            raise InterfaceError("network error")
        return data

    def _unread(self) -> bytes:
        """What has arrived and was not read, without waiting for more."""
        self._usock.settimeout(0)
        try:
            return self._sock.peek(1)
        except OSError:  # nothing yet, says TLS
            return b""
        finally:
            self._usock.settimeout(self._patience)


class StockConnection(Synchronized, dbapi.Connection):  # type: ignore[misc] # as above
    """The DB-API connection of the driver."""

    def rollback(self) -> None:
        if self.is_open:
            super().rollback()


class StatementConnection(Synchronized, native.Connection):  # type: ignore[misc] # as above
    """The driver's connection for whole statements."""
