"""Carries messages from a queue to its function, as Lambda's own poller does.

A batch is deleted when the function has done it; what it reports as failed, and everything after an
error, stays and is seen again after the visibility timeout, until the redrive policy takes it away.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import httpx

from infra.local.servers.aws import Aws, AwsError
from infra.local.stack.model import REGION, Queue, QueueSource

LONG_POLL_S = 20
LARGEST_RECEIVE = 10
USUAL_CONCURRENCY = 5
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 2.0
FINISH_WITHIN_S = 5.0

Message = Mapping[str, Any]
# What the function answered; `None` when it failed as a whole.
Work = Callable[[str, bytes], Awaitable[bytes | None]]


class Poller:
    def __init__(self, source: QueueSource, queue: Queue, aws: Aws, work: Work) -> None:
        self._source = source
        self._queue = queue
        self._aws = aws
        self._work = work
        self._places = asyncio.Semaphore(source.maximum_concurrency or USUAL_CONCURRENCY)
        self._busy: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until it is cancelled; what is being worked on then may still finish."""
        try:
            while True:
                await self._places.acquire()
                self._begin(await self._next_batch())
        finally:
            if self._busy:
                await asyncio.wait(self._busy, timeout=FINISH_WITHIN_S)

    def _begin(self, batch: Sequence[Message]) -> None:
        task = asyncio.create_task(self._deliver(batch))
        self._busy.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self._places.release()

    async def _next_batch(self) -> list[Message]:
        """At least one message; more as long as the window is open and there is room."""
        batch: list[Message] = []
        while not batch:
            batch = await self._receive(self._source.batch_size, LONG_POLL_S)
        closes = time.monotonic() + self._source.window_seconds
        while len(batch) < self._source.batch_size and (left := closes - time.monotonic()) > 0:
            batch += await self._receive(self._source.batch_size - len(batch), int(left) + 1)
        return batch

    async def _receive(self, count: int, wait_s: int) -> list[Message]:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                answered = await self._aws.sqs(
                    "ReceiveMessage",
                    QueueUrl=self._aws.queue_url(self._queue),
                    MaxNumberOfMessages=min(count, LARGEST_RECEIVE),
                    WaitTimeSeconds=min(wait_s, LONG_POLL_S),
                    AttributeNames=["All"],
                    MessageAttributeNames=["All"],
                )
            except (httpx.HTTPError, AwsError):
                await asyncio.sleep(pause_s)  # it is being started again
                pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
            else:
                return list(answered.get("Messages", []))

    async def _deliver(self, batch: Sequence[Message]) -> None:
        event = {"Records": [_record(message, self._queue) for message in batch]}
        answer = await self._work(self._source.function, json.dumps(event).encode())
        done = _done(batch, answer, reports=self._source.reports_failures)
        with contextlib.suppress(httpx.HTTPError, AwsError):
            await self._delete(done)

    async def _delete(self, messages: Sequence[Message]) -> None:
        for start in range(0, len(messages), LARGEST_RECEIVE):
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages[start : start + LARGEST_RECEIVE])
            ]
            await self._aws.sqs(
                "DeleteMessageBatch", QueueUrl=self._aws.queue_url(self._queue), Entries=entries
            )


def _done(batch: Sequence[Message], answer: bytes | None, *, reports: bool) -> list[Message]:
    """What may be deleted. A report that cannot be read is a failure of the whole batch."""
    if answer is None:
        return []
    if not reports:
        return list(batch)
    try:
        report = json.loads(answer) or {}
        failed = {item["itemIdentifier"] for item in report.get("batchItemFailures") or ()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
    if not failed <= {message["MessageId"] for message in batch}:
        return []
    return [message for message in batch if message["MessageId"] not in failed]


def _record(message: Message, queue: Queue) -> dict[str, Any]:
    """A message as Lambda shows it to a function."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.arn,
        "awsRegion": REGION,
    }


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name[0].lower() + name[1:]: text for name, text in value.items()}
    return {"stringListValues": [], "binaryListValues": [], **shown}
