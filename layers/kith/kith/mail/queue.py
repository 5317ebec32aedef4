"""SQS: the queues that wake the workers. A lost message costs time, never work.

Letters of accounts and reminders have a queue each (a lane), so that a letter that somebody waits
for overtakes any number of reminders; a third queue carries the planner's slices, a fourth imports.
A message names a row of the database and the version of its shape, nothing else: everything is read
when it is used.
"""

import json
import math
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, Final, Literal, get_args
from uuid import UUID

from kith.deadline import DeadlineExceeded, call_in_time
from kith.idle import close_when_idle
from kith.json_types import JsonObject
from kith.settings import settings
from kith.telemetry import count_metric, log_warning

Lane = Literal["accounts", "reminders"]
LANES: Final[tuple[Lane, ...]] = get_args(Lane)

REMINDER_PREFIX: Final = "reminder_"  # kinds of letters that begin so travel in their lane
MESSAGE_VERSION: Final = 1
_BATCH: Final = 10  # SQS takes at most ten messages in one call
_LONGEST_DELAY: Final = timedelta(minutes=15)  # and delays them by no more
_AT_ONCE: Final = 8  # calls that are under way together
_NOW: Final = timedelta()
_CONNECT_SECONDS: Final = 1
_TIMEOUT_SECONDS: Final = 3  # of a call altogether; what it is given up for may still be taken
WAITING: Final = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed")
_STATES: Final = (*WAITING, "ApproximateNumberOfMessagesNotVisible")


class CircuitBreaker:
    """Open for some seconds after a failed call: what would be sent meanwhile fails at once.

    Without it a planner with thousands of letters waits for the timeout of each call.
    """

    SECONDS: Final = 2.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open_until = 0.0

    def is_open(self) -> bool:
        return self._clock() < self._open_until

    def record_failure(self) -> None:
        self._open_until = self._clock() + self.SECONDS

    def reset(self) -> None:
        self._open_until = 0.0


breaker: Final = CircuitBreaker()


def lane_of(kind: str) -> Lane:
    """The lane of a kind of letter."""
    return "reminders" if kind.startswith(REMINDER_PREFIX) else "accounts"


def post_letters(
    letter_ids: Sequence[int], lane: Lane = "accounts", delay: timedelta = _NOW
) -> list[int]:
    """Post letters that are committed to the queue of their lane.

    Returns:
        The ids that SQS did not take: their rows are to be marked, so that they are posted again.
    """
    seconds = math.ceil(min(delay, _LONGEST_DELAY).total_seconds())
    messages = {letter_id: {"letter_id": letter_id, "lane": lane} for letter_id in letter_ids}
    return _post(_lane_url(lane), messages, seconds)


def post_slices(slice_ids: Sequence[int]) -> list[int]:
    """Post slices of the planner; returns the ids that SQS did not take."""
    messages = {slice_id: {"slice_id": slice_id} for slice_id in slice_ids}
    return _post(settings().planner_queue_url, messages, 0)


def post_import(owner_id: UUID, import_id: UUID, *, delay_seconds: int = 0) -> bool:
    """Post an import to the queue of its worker; false: SQS did not take it."""
    message = {"owner_id": str(owner_id), "import_id": str(import_id)}
    return not _post(settings().imports_queue_url, {0: message}, delay_seconds)


def parse_message(body: object, name: str) -> int | None:
    """The id under that name in a message; ``None`` when it is another kind of message."""
    if not isinstance(body, dict) or body.get("version") != MESSAGE_VERSION:
        return None
    row_id = body.get(name)
    return row_id if isinstance(row_id, int) else None


def has_queue(lane: Lane) -> bool:
    """Whether letters of this lane can be posted at all."""
    return bool(_lane_url(lane))


def queue_depth(lane: Lane, states: Sequence[str] = _STATES) -> int | None:
    """How many messages SQS holds of a lane: waiting, delayed and in flight; ``None``: unknown."""
    url = _lane_url(lane)
    if not url or breaker.is_open():
        return None
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = _client().get_queue_attributes(QueueUrl=url, AttributeNames=list(states))
    except (BotoCoreError, ClientError, OSError) as error:
        _record_failure(type(error).__name__, 0)
        return None
    return sum(int(answer["Attributes"].get(name, 0)) for name in states)


def _lane_url(lane: Lane) -> str:
    urls = {
        "accounts": settings().letters_queue_url,
        "reminders": settings().reminders_queue_url,
    }
    return urls[lane]


def _post(url: str, messages: dict[int, JsonObject], delay_seconds: int) -> list[int]:
    ids = list(messages)
    if not url:
        return ids
    batches = [ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH)]

    def send(batch: list[int]) -> list[int]:
        return _send(url, {row_id: messages[row_id] for row_id in batch}, delay_seconds)

    if len(batches) < 2:
        return [refused for batch in batches for refused in send(batch)]
    from concurrent.futures import ThreadPoolExecutor

    _client()  # made before the threads ask for it
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return [refused for batch in threads.map(send, batches) for refused in batch]


def _send(url: str, messages: dict[int, JsonObject], delay_seconds: int) -> list[int]:
    """One call; returns the ids that were not taken."""
    if breaker.is_open():
        return list(messages)
    from botocore.exceptions import BotoCoreError, ClientError

    entries = [
        {
            "Id": str(row_id),
            "MessageBody": json.dumps({"version": MESSAGE_VERSION, **message}),
            "DelaySeconds": delay_seconds,
        }
        for row_id, message in messages.items()
    ]
    try:
        answer = call_in_time(
            lambda: _client().send_message_batch(QueueUrl=url, Entries=entries), _TIMEOUT_SECONDS
        )
    except DeadlineExceeded:
        return list(messages)
    except (BotoCoreError, ClientError, OSError) as error:
        _record_failure(type(error).__name__, len(entries))
        return list(messages)
    failed = answer.get("Failed", [])
    if failed:
        _record_failure(str(failed[0].get("Code")), len(failed))
    return [int(entry["Id"]) for entry in failed]


def _record_failure(reason: str, messages: int) -> None:
    breaker.record_failure()
    log_warning("queue_unavailable", reason=reason, messages=messages)
    count_metric("QueueAway")


@cache
def _client() -> Any:
    from botocore.config import Config
    from botocore.session import Session

    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_TIMEOUT_SECONDS - _CONNECT_SECONDS,
        retries={"total_max_attempts": 1},
        max_pool_connections=_AT_ONCE,
    )
    return close_when_idle(Session().create_client("sqs", config=config))
