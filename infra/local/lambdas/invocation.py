"""One call of a function, and the answers that Lambda itself gives when the function cannot.

The wordings are Lambda's, so that what is learned here is true on AWS.
"""

import asyncio
import json
import secrets
import time
import uuid
from dataclasses import dataclass, field

REQUEST_LIMIT_BYTES = 6_291_456  # of a synchronous invocation
EVENT_LIMIT_BYTES = 1_048_576  # of an asynchronous one
RESPONSE_LIMIT_BYTES = 6_291_556


class UnknownFunction(Exception):
    """There is no function of this name."""


class Throttled(Exception):
    """Every worker is busy and enough requests are waiting already."""


class PayloadTooLarge(Exception):
    """The event is larger than Lambda takes."""

    def __init__(self, size: int, limit: int, kind: str) -> None:
        super().__init__(
            f"{size} byte payload is too large for the {kind} invocation type (limit {limit} bytes)"
        )


@dataclass(frozen=True, slots=True)
class Invoked:
    """What came out. `error` is None, or what Lambda says in `X-Amz-Function-Error`."""

    payload: bytes
    error: str | None = None
    cold: bool = False
    log_tail: str = ""


@dataclass(eq=False, slots=True)
class Invocation:
    """One event on its way through a worker."""

    payload: bytes
    outcome: asyncio.Future[Invoked]
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    attempts: int = 0
    waits_since: float = 0.0  # by the loop's clock
    patience: asyncio.TimerHandle | None = None  # how long it may wait for a worker

    def trace_id(self) -> str:
        return f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Sampled=0"

    def answer(self, invoked: Invoked) -> None:
        """Whoever asked may have gone away meanwhile."""
        self.wait_no_longer()
        if not self.outcome.done():
            self.outcome.set_result(invoked)

    def refuse(self) -> None:
        self.wait_no_longer()
        if not self.outcome.done():
            self.outcome.set_exception(Throttled())

    def wait_no_longer(self) -> None:
        if self.patience is not None:
            self.patience.cancel()
            self.patience = None


def failed(error_type: str, message: str, *, cold: bool = False, log_tail: str = "") -> Invoked:
    """An error that did not come out of the function but befell it."""
    payload = json.dumps({"errorType": error_type, "errorMessage": message})
    return Invoked(payload.encode(), "Unhandled", cold, log_tail)


def timed_out(request_id: str, seconds: float) -> tuple[str, str]:
    message = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
    return "Sandbox.Timedout", message


def exited(request_id: str, how: str) -> tuple[str, str]:
    return "Runtime.ExitError", f"RequestId: {request_id} Error: Runtime {how}"


def too_large(size: int) -> tuple[str, str]:
    message = (
        f"Response payload size ({size} bytes) exceeded maximum allowed payload size "
        f"({RESPONSE_LIMIT_BYTES} bytes)."
    )
    return "Function.ResponseSizeTooLarge", message
