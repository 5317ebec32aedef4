"""The queue that wakes the sender. Losing a message costs time, never a letter.

A message names letters and the version of this shape, nothing else: whom a letter goes to and what
it says is read from the database when it is sent.
"""

import json
import math
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any, Final

from kith.settings import settings
from kith.telemetry import count_metric, log_warning

MESSAGE_VERSION: Final = 1
_BATCH: Final = 10  # SQS takes at most ten messages in one call
_LONGEST_DELAY: Final = timedelta(minutes=15)  # and delays them by no more
_AT_ONCE: Final = 8  # calls that are under way together
_NOW: Final = timedelta()


def post_letters(letter_ids: Sequence[int], delay: timedelta = _NOW) -> bool:
    """Tell the sender of letters that are in the outbox for good; returns whether SQS took it all.

    When SQS is away the letters wait: the scheduled tick finds them in the outbox.
    """
    if not settings().letters_queue_url:
        return False
    seconds = math.ceil(min(delay, _LONGEST_DELAY).total_seconds())
    batches = [letter_ids[start : start + _BATCH] for start in range(0, len(letter_ids), _BATCH)]
    if len(batches) < 2:
        return all(_send(batch, seconds) for batch in batches)
    from concurrent.futures import ThreadPoolExecutor

    _client()  # made before the threads ask for it
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return all(list(threads.map(lambda batch: _send(batch, seconds), batches)))


def parse_message(body: object) -> int | None:
    """The letter that a message is about; ``None`` when it is another kind of message."""
    if not isinstance(body, dict) or body.get("version") != MESSAGE_VERSION:
        return None
    letter_id = body.get("letter_id")
    return letter_id if isinstance(letter_id, int) else None


def _send(letter_ids: Sequence[int], delay_seconds: int) -> bool:
    from botocore.exceptions import BotoCoreError, ClientError

    entries = [
        {
            "Id": str(letter_id),
            "MessageBody": json.dumps({"version": MESSAGE_VERSION, "letter_id": letter_id}),
            "DelaySeconds": delay_seconds,
        }
        for letter_id in letter_ids
    ]
    url = settings().letters_queue_url
    try:
        answer = _client().send_message_batch(QueueUrl=url, Entries=entries)
    except (BotoCoreError, ClientError, OSError) as trouble:
        return _without_queue(type(trouble).__name__, len(entries))
    failed = answer.get("Failed", [])
    return not failed or _without_queue(str(failed[0].get("Code")), len(failed))


def _without_queue(trouble: str, letters: int) -> bool:
    log_warning("queue_away", trouble=trouble, letters=letters)
    count_metric("QueueAway")
    return False


@cache
def _client() -> Any:
    from botocore.config import Config
    from botocore.session import Session

    manners = Config(
        connect_timeout=1,
        read_timeout=2,
        retries={"total_max_attempts": 1},
        max_pool_connections=_AT_ONCE,
    )
    return Session().create_client("sqs", config=manners)
