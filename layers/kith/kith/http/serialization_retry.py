"""Retry of serialization failures: the one place where a transaction that lost is run again.

A transaction that PostgreSQL undid in favour of a concurrent one (a serialization failure, a
deadlock) has done nothing, and would probably succeed now. It cannot be run again by itself, since
it was computed from what it had read: the whole request is, as its client would after a 503. That
is safe for the same reason: what a flow with two transactions committed before stands by itself.
"""

import asyncio
import random
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kith.database.errors import SerializationFailure
from kith.deadline import has_time
from kith.telemetry import count_metric, log_warning

_ATTEMPTS: Final = 3
_LONGEST_PAUSE_SECONDS: Final = 0.05  # chosen by chance, so that two do not meet again
_LEAST_SECONDS: Final = 1.0


class SerializationRetry:
    """ASGI middleware that runs a request again; after some attempts the error goes on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        received: list[Message] = []
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                await self._app({**scope}, _replay(received, receive), send)
            except SerializationFailure:
                if attempt == _ATTEMPTS or not has_time(_LEAST_SECONDS):
                    raise
                log_warning("request_retried", attempt=attempt)
                count_metric("RequestsRetried")
                await asyncio.sleep(random.uniform(0, _LONGEST_PAUSE_SECONDS))  # noqa: S311 - no secret
            else:
                return


def _replay(received: list[Message], receive: Receive) -> Receive:
    """What was received by now, from the beginning, and then what comes."""
    position = 0

    async def receive_again() -> Message:
        nonlocal position
        if position == len(received):
            received.append(await receive())
        position += 1
        return received[position - 1]

    return receive_again
