"""The deadline of a request: every wait of every client takes what is left of it.

Whoever waits for PostgreSQL, Redis or a provider asks ``time_left`` for how long it may. Outside a
request (the planner, the letters, migrations) there is no deadline, only each client's patience.
Standard library only: the authorizer has a deadline too.
"""

import contextvars
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final, TypeVar

from kith.errors import Unavailable

_Result = TypeVar("_Result")


class DeadlineExceeded(Unavailable):
    """The time of this request is used up; whatever it was about to wait for was not begun."""

    detail = "This takes too long at the moment; try again shortly."


class Deadline:
    """A moment that comes some seconds from now, of which some are ``spent`` already.

    ``clock`` counts seconds.
    """

    def __init__(
        self, seconds: float, clock: Callable[[], float] = time.monotonic, *, spent: float = 0.0
    ) -> None:
        self._clock = clock
        self._start = clock() - spent
        self._seconds = seconds

    def left(self) -> float:
        """Seconds, negative when it has passed."""
        return self._start + self._seconds - self._clock()

    def extend(self, seconds: float) -> None:
        """Put it off until so many seconds from the start, for a request that may take longer."""
        self._seconds = max(self._seconds, seconds)


_current: Final[ContextVar[Deadline | None]] = ContextVar("deadline", default=None)


@contextmanager
def running_until(deadline: Deadline) -> Iterator[None]:
    """Context: what runs inside has this deadline."""
    token = _current.set(deadline)
    try:
        yield
    finally:
        _current.reset(token)


def extend_deadline(seconds: float) -> None:
    """Let the present request take so many seconds altogether."""
    deadline = _current.get()
    if deadline is not None:
        deadline.extend(seconds)


def has_time(seconds: float) -> bool:
    """Whether so many seconds are left."""
    deadline = _current.get()
    return deadline is None or deadline.left() >= seconds


def time_left(patience: float) -> float:
    """How many seconds to wait at most: ``patience``, or what the deadline leaves of it.

    Raises:
        DeadlineExceeded: nothing is left.
    """
    deadline = _current.get()
    if deadline is None:
        return patience
    left = deadline.left()
    if left <= 0:
        raise DeadlineExceeded
    return min(patience, left)


def call_in_time(call: Callable[[], _Result], patience: float) -> _Result:
    """The result of a call whose own timeouts add up to ``patience`` seconds at most.

    When less is left it runs on a thread of its own, which is given up in time: what it does after
    that is lost, so it must be something whose outcome may stay unknown.

    Raises:
        TimeoutError: it was given up.
        DeadlineExceeded: nothing is left; it was not begun.
    """
    seconds = time_left(patience)
    return call() if seconds >= patience else call_for(call, seconds)


def call_for(call: Callable[[], _Result], seconds: float) -> _Result:
    """The result of a call on a thread of its own.

    Raises:
        TimeoutError: there was none within so many seconds.
    """
    outcomes: SimpleQueue[tuple[_Result | None, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            outcomes.put((call(), None))
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            outcomes.put((None, error))

    Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()
    try:
        result, error = outcomes.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value] # without an error there is a result
