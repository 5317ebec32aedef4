"""The Lambda Runtime API, byte by byte, without a socket."""

import asyncio
import json
import socket
from typing import Any, cast

import pytest

from infra.local.lambdas.invocation import RESPONSE_LIMIT_BYTES, Invocation
from infra.local.lambdas.runtime_api import RuntimeChannel
from infra.local.stack.model import Function

NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"


class Worker:
    """Remembers what it heard."""

    function = cast("Function", type("F", (), {"arn": "arn:aws:lambda:::function:F"}))

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.knows = "r1"

    def asked_for_next(self, channel: RuntimeChannel) -> None:
        self.heard.append("next")

    def answered(self, request_id: str, payload: bytes, *, error: bool) -> bool:
        self.heard.append((request_id, payload, error))
        return request_id == self.knows

    def answered_too_much(self, request_id: str, size: int) -> bool:
        self.heard.append((request_id, size))
        return True

    def could_not_start(self, payload: bytes) -> None:
        self.heard.append(("init", payload))

    def hung_up(self, channel: RuntimeChannel, *, unread: bool) -> None:
        self.heard.append(("hung up", unread))


class Wire:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written = b""
        self.closed = False
        self.socket, self.other = socket.socketpair()

    def get_extra_info(self, name: str) -> socket.socket:
        assert name == "socket"
        return self.socket

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def wire() -> Any:
    wire = Wire()
    yield wire
    wire.socket.close()
    wire.other.close()


@pytest.fixture
def channel(worker: Worker, wire: Wire) -> RuntimeChannel:
    channel = RuntimeChannel(worker)
    channel.connection_made(cast("asyncio.Transport", wire))
    return channel


def post(path: str, body: bytes, headers: str = "") -> bytes:
    head = f"POST /2018-06-01/runtime/{path} HTTP/1.1\r\nContent-Length: {len(body)}\r\n{headers}"
    return head.encode() + b"\r\n" + body


def test_next_is_kept_waiting_until_there_is_an_event(
    channel: RuntimeChannel, worker: Worker, wire: Wire
) -> None:
    channel.data_received(NEXT)

    assert worker.heard == ["next"]
    assert wire.written == b""


def test_an_event_has_lambdas_headers(channel: RuntimeChannel, wire: Wire) -> None:
    async def give() -> None:
        outcome = asyncio.get_running_loop().create_future()
        channel.give(Invocation(b'{"a": 1}', outcome, request_id="r1"), deadline_ms=1234)

    asyncio.run(give())

    head, _, body = wire.written.partition(b"\r\n\r\n")
    assert body == b'{"a": 1}'
    assert b"\r\nLambda-Runtime-Aws-Request-Id: r1\r\n" in head
    assert b"\r\nLambda-Runtime-Deadline-Ms: 1234\r\n" in head
    assert b"\r\nLambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:::function:F\r\n" in head
    assert b"\r\nLambda-Runtime-Trace-Id: Root=1-" in head


@pytest.mark.parametrize("pieces", [1, 2, 3, 7, 1000])
def test_a_response_may_come_in_pieces(
    channel: RuntimeChannel, worker: Worker, wire: Wire, pieces: int
) -> None:
    text = post("invocation/r1/response", b'"done"') + NEXT
    size = -(-len(text) // pieces)

    for start in range(0, len(text), size):
        channel.data_received(text[start : start + size])

    assert worker.heard == [("r1", b'"done"', False), "next"]
    assert wire.written.startswith(b"HTTP/1.1 202 Accepted\r\n")


def test_an_error_is_told_as_one(channel: RuntimeChannel, worker: Worker) -> None:
    channel.data_received(post("invocation/r1/error", b"{}"))

    assert worker.heard == [("r1", b"{}", True)]


def test_an_answer_to_an_unknown_request_is_refused(channel: RuntimeChannel, wire: Wire) -> None:
    channel.data_received(post("invocation/r2/response", b"{}"))

    assert wire.written.startswith(b"HTTP/1.1 400 ")
    assert json.loads(wire.written.partition(b"\r\n\r\n")[2])["errorType"] == "InvalidRequestID"


def test_an_init_error_is_accepted_and_told(
    channel: RuntimeChannel, worker: Worker, wire: Wire
) -> None:
    channel.data_received(post("init/error", b'{"errorType": "X"}'))

    assert worker.heard == [("init", b'{"errorType": "X"}')]
    assert wire.written.startswith(b"HTTP/1.1 202 ")


def test_a_response_that_is_too_large_is_read_and_refused(
    channel: RuntimeChannel, worker: Worker, wire: Wire
) -> None:
    size = RESPONSE_LIMIT_BYTES + 1
    head = f"POST /2018-06-01/runtime/invocation/r1/response HTTP/1.1\r\nContent-Length: {size}"
    channel.data_received(f"{head}\r\n\r\n".encode())
    for _ in range(size // 65_536):
        channel.data_received(b"x" * 65_536)
        assert not wire.written

    channel.data_received(b"x" * (size % 65_536))

    assert worker.heard == [("r1", size)]
    assert wire.written.startswith(b"HTTP/1.1 413 ")


def test_a_client_that_waits_for_a_sign_gets_it(channel: RuntimeChannel, wire: Wire) -> None:
    text = post("invocation/r1/response", b"{}", "Expect: 100-continue\r\n")

    channel.data_received(text[:-2])

    assert wire.written == b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.parametrize("text", [b"GET / HTTP/1.1\r\n\r\n", b"nonsense\r\n\r\n"])
def test_any_other_request_is_not_found(channel: RuntimeChannel, wire: Wire, text: bytes) -> None:
    channel.data_received(text)

    assert wire.written.startswith(b"HTTP/1.1 404 ")
    assert wire.closed


def test_the_line_is_held_until_the_other_side_lets_go(channel: RuntimeChannel, wire: Wire) -> None:
    assert channel.is_there()

    wire.other.close()

    assert not channel.is_there()


def test_a_reset_means_that_nobody_read(channel: RuntimeChannel, worker: Worker) -> None:
    channel.connection_lost(ConnectionResetError())

    assert worker.heard == [("hung up", True)]


def test_an_end_without_a_reset_means_that_it_may_have_been_read(
    channel: RuntimeChannel, worker: Worker
) -> None:
    channel.connection_lost(None)

    assert worker.heard == [("hung up", False)]
