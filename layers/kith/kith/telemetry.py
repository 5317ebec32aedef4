"""Structured logging and metrics: JSON lines, and CloudWatch's embedded metric format.

A log line is an event with keys, never a sentence with values in it, and never holds a token, a
password, an address or a bound value. What libraries and the interpreter itself have to say becomes
such lines too, and every line has the id of its request.
"""

import hashlib
import logging
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from itertools import count
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

EventT = TypeVar("EventT", bound=Mapping[str, object])
ContextT = TypeVar("ContextT")
ResultT = TypeVar("ResultT")

_SERVICE: Final = "kith"
_request_id: Final[ContextVar[str]] = ContextVar("request_id", default="")
# What every line of an invocation says of it, as Powertools' inject_lambda_context would; but
# that needs a logger when a handler is decorated, and the authorizer starts without one.
_invocation: Final[ContextVar[Mapping[str, object]]] = ContextVar("invocation", default={})  # noqa: B039


@cache
def _logger() -> "Logger":
    """Made by the first line: the authorizer, which hardly ever writes one, starts without it."""
    from aws_lambda_powertools import Logger

    # Where a line was written is always this module: the event's name says more.
    return Logger(service=_SERVICE, use_rfc3339=True, utc=True, location=None)


def load_logger() -> None:
    """Load what the first line would have to wait for."""
    _logger()


def log(event: str, /, **facts: object) -> None:
    """One thing that happened."""
    _logger().info(event, extra=_with_request_id(facts))


def log_warning(event: str, /, **facts: object) -> None:
    """One thing that should not happen often."""
    _logger().warning(event, extra=_with_request_id(facts))


def log_exception(event: str, /, **facts: object) -> None:
    """One thing that nobody expected, with the exception that is being handled."""
    _logger().exception(event, extra=_with_request_id(facts))


def fingerprint_of(error: BaseException) -> str:
    """The same 12 characters for every error of one type at one place of the code."""
    places = [
        f"{PurePath(frame.f_code.co_filename).name}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    text = "\n".join([type(error).__qualname__, *places])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def report_outage(event: str, metric: str, error: BaseException, /, **facts: object) -> None:
    """A service that could not be reached: an event with the kind of the error, and a metric."""
    log_warning(event, error=type(error).__name__, **facts)
    count_metric(metric)


def count_metric(
    metric: str, value: float = 1, *, about: Mapping[str, str] | None = None, **dimensions: str
) -> None:
    """Add to a metric of ``Kith/<stage>``; written at once: a freeze loses nothing.

    ``about`` is in the log line only; a dimension makes another metric of each of its values.
    """
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    from kith.settings import settings

    namespace = f"Kith/{settings().stage}"  # two installations in one account do not mix
    with single_metric(
        name=metric, unit=MetricUnit.Count, value=value, namespace=namespace
    ) as metric_:
        for key, text in {"request_id": _request_id.get(), **(about or {})}.items():
            metric_.add_metadata(key=key, value=text)
        for name, text in dimensions.items():
            metric_.add_dimension(name=name, value=text)


@contextmanager
def request_context(
    request_id: str, invocation: Mapping[str, object] | None = None
) -> Iterator[None]:
    """Context: every line written inside has this id, and what is said of the invocation."""
    token, of_invocation = _request_id.set(request_id), _invocation.set(invocation or {})
    try:
        yield
    finally:
        _request_id.reset(token)
        _invocation.reset(of_invocation)


def with_telemetry(
    handler: Callable[[EventT, ContextT], ResultT],
) -> Callable[[EventT, ContextT], ResultT]:
    """Decorator: a Lambda handler whose lines have their request's id, and whose errors are JSON.

    The id (Powertools' correlation id) is the gateway's, else the invocation's; the invocation's
    own id and whether it was the first of this process are there too.
    """
    capture_library_logs()
    invocations = count()

    @wraps(handler)
    def handle(event: EventT, context: ContextT) -> ResultT:
        own = {
            "function_request_id": str(getattr(context, "aws_request_id", "")),
            "cold_start": next(invocations) == 0,
        }
        with request_context(_id_of(event, context), own):
            try:
                return handler(event, context)
            except Exception:
                log_exception("invocation_failed")
                raise

    return handle


def capture_library_logs() -> None:
    """Write as JSON what libraries log and warn of, and what the interpreter has to say.

    Only in Lambda's runtime, which would write it as text: elsewhere somebody else listens.
    """
    root = logging.getLogger()
    of_runtime = [each for each in root.handlers if type(each).__name__.startswith("LambdaLogger")]
    if not of_runtime:
        return
    root.handlers = [each for each in root.handlers if each not in of_runtime] + [_LibraryLogs()]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = lambda *uncaught: _log_uncaught("uncaught_exception", uncaught[1])
    sys.unraisablehook = lambda args: _log_uncaught("exception_ignored", args.exc_value)
    threading.excepthook = lambda args: _log_uncaught("thread_failed", args.exc_value)


class _LibraryLogs(logging.Handler):
    """Passes records of other loggers to ours, whose own come by here too."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == _SERVICE:
            return
        facts = {"logger": record.name, "detail": record.getMessage()}
        write = _logger().error if record.levelno >= logging.ERROR else _logger().warning
        write("library_log", exc_info=record.exc_info, extra=_with_request_id(facts))


def _log_uncaught(event: str, error: BaseException | None) -> None:
    _logger().error(event, exc_info=error, extra=_with_request_id({}))


def _with_request_id(facts: Mapping[str, object]) -> dict[str, object]:
    return {"request_id": _request_id.get(), **_invocation.get(), **facts}


def _id_of(event: Mapping[str, object], context: object) -> str:
    gateway = event.get("requestContext")
    if isinstance(gateway, Mapping) and "requestId" in gateway:
        return str(gateway["requestId"])
    return str(getattr(context, "aws_request_id", ""))
