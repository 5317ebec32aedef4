"""The queue that wakes the sender. Losing a message costs time, never a letter."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from kith.settings import settings
from kith.telemetry import count, warn

_BATCH: Final = 10  # SQS takes at most ten messages in one call


def post(letter_ids: Sequence[int]) -> None:
    """Tell the sender of letters that are in the outbox for good.

    When SQS is away the letters wait: the scheduled tick finds them in the outbox.
    """
    if not settings().letters_queue_url:
        return
    for start in range(0, len(letter_ids), _BATCH):
        _send(letter_ids[start : start + _BATCH])


def _send(letter_ids: Sequence[int]) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    entries = [
        {"Id": str(letter_id), "MessageBody": json.dumps({"letter_id": letter_id})}
        for letter_id in letter_ids
    ]
    try:
        _client().send_message_batch(QueueUrl=settings().letters_queue_url, Entries=entries)
    except (BotoCoreError, ClientError, OSError) as trouble:
        warn("queue_away", trouble=type(trouble).__name__, letters=len(entries))
        count("QueueAway")


@cache
def _client() -> Any:
    import boto3
    from botocore.config import Config

    manners = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
    return boto3.client("sqs", config=manners)
