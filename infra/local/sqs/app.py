"""The queues over HTTP: the JSON protocol of Amazon SQS, as far as Kith speaks it."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from infra.local.asgi import ASGIApp, ClientGone, Receive, Scope, Send, answer_json, read_body
from infra.local.sqs.queues import Message, MessageQueue, State

LIMIT_BYTES = 1_048_576  # of a request of SQS
LONGEST_WAIT_S = 20.0
LARGEST_BATCH = 10

Json = dict[str, Any]


class SqsError(Exception):
    """A refusal; ``code`` is SQS's name for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class QueueServer:
    """All queues of one account; long polls wait for ``sent``."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._queues: dict[str, MessageQueue] = {}
        self._sent = asyncio.Condition()

    async def handle(self, operation: str, request: Json, base_url: str) -> Json:
        """The response to one operation.

        Raises:
            SqsError: SQS would refuse it, or it is not spoken here.
        """
        if operation == "CreateQueue":
            self._create(request["QueueName"], request.get("Attributes", {}))
            return {"QueueUrl": f"{base_url}/{request['QueueName']}"}
        if operation == "ListQueues":
            return {"QueueUrls": [f"{base_url}/{name}" for name in self._queues]}
        if operation == "GetQueueUrl":
            return {"QueueUrl": f"{base_url}/{self._named(request['QueueName']).name}"}
        queue = self._named(str(request.get("QueueUrl", "")).rpartition("/")[2])
        waiting = {
            "SendMessage": self._send_message,
            "SendMessageBatch": self._send_batch,
            "ReceiveMessage": self._receive,
        }
        if operation in waiting:
            return await waiting[operation](queue, request)
        if operation in _AT_ONCE:
            return _AT_ONCE[operation](queue, request)
        raise SqsError("UnsupportedOperation", f"{operation} is not spoken here")

    async def _send_message(self, queue: MessageQueue, request: Json) -> Json:
        sent = await self._send(queue, [{"Id": "0", **request}])
        return dict(sent["Successful"][0])

    async def _send_batch(self, queue: MessageQueue, request: Json) -> Json:
        return await self._send(queue, _entries(request))

    def _create(self, name: str, attributes: Mapping[str, str]) -> None:
        queue = self._queues.setdefault(name, MessageQueue(name, self._clock))
        queue.visibility = float(attributes.get("VisibilityTimeout", queue.visibility))
        queue.delay = float(attributes.get("DelaySeconds", queue.delay))
        queue.retention = float(attributes.get("MessageRetentionPeriod", queue.retention))
        policy = json.loads(attributes.get("RedrivePolicy") or "{}")
        if policy:
            target = str(policy["deadLetterTargetArn"]).rpartition(":")[2]
            queue.dead_letters = self._named(target)
            queue.maximum_receives = int(policy["maxReceiveCount"])

    def _named(self, name: str) -> MessageQueue:
        if name not in self._queues:
            raise SqsError("QueueDoesNotExist", "The specified queue does not exist.")
        return self._queues[name]

    async def _send(self, queue: MessageQueue, entries: list[Json]) -> Json:
        done = []
        for entry in entries:
            delay = entry.get("DelaySeconds")
            message = queue.send(entry["MessageBody"], delay, entry.get("MessageAttributes"))
            named = {"MessageId": message.id, "MD5OfMessageBody": message.md5}
            done.append({"Id": entry["Id"], **named})
        async with self._sent:
            self._sent.notify_all()
        return {"Successful": done, "Failed": []}

    async def _receive(self, queue: MessageQueue, request: Json) -> Json:
        limit = min(int(request.get("MaxNumberOfMessages") or 1), LARGEST_BATCH)
        wait = min(float(request.get("WaitTimeSeconds") or 0), LONGEST_WAIT_S)
        loop = asyncio.get_running_loop()
        end = loop.time() + wait
        while True:
            messages = queue.receive(limit, request.get("VisibilityTimeout"))
            left = end - loop.time()
            if messages or left <= 0:
                return {"Messages": [_shown(message) for message in messages]} if messages else {}
            await self._wait(min(left, queue.seconds_to_next() or left))

    async def _wait(self, seconds: float) -> None:
        """Until somebody sends a message, or one is seen again."""
        async with self._sent:
            try:
                async with asyncio.timeout(max(0.01, seconds)):
                    await self._sent.wait()
            except TimeoutError:
                return


def create_app(server: QueueServer, account: str) -> ASGIApp:
    """An ASGI application: one operation per request, named by ``X-Amz-Target``."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        operation = headers.get(b"x-amz-target", "").removeprefix("AmazonSQS.")
        base_url = f"http://{headers.get(b'host', '')}/{account}"
        try:
            request = json.loads(await read_body(receive, LIMIT_BYTES) or b"{}")
            answer = await server.handle(operation, request, base_url)
        except ClientGone:
            return
        except SqsError as error:
            refusal = {"__type": f"com.amazonaws.sqs#{error.code}", "message": str(error)}
            await answer_json(send, 400, refusal)
        except (KeyError, TypeError, ValueError) as error:
            refusal = {"__type": "com.amazonaws.sqs#InvalidParameterValue", "message": str(error)}
            await answer_json(send, 400, refusal)
        else:
            await answer_json(send, 200, answer)

    return app


def _entries(request: Json) -> list[Json]:
    entries: list[Json] = request["Entries"]
    if not entries:
        raise SqsError("EmptyBatchRequest", "There should be at least one entry.")
    if len(entries) > LARGEST_BATCH:
        raise SqsError("TooManyEntriesInBatchRequest", "Maximum number of entries is ten.")
    if len({entry["Id"] for entry in entries}) < len(entries):
        raise SqsError("BatchEntryIdsNotDistinct", "The ids are not distinct.")
    return entries


def _delete(queue: MessageQueue, request: Json) -> Json:
    queue.delete(request["ReceiptHandle"])
    return {}


def _delete_batch(queue: MessageQueue, request: Json) -> Json:
    entries = _entries(request)
    for entry in entries:
        queue.delete(entry["ReceiptHandle"])
    return {"Successful": [{"Id": entry["Id"]} for entry in entries], "Failed": []}


def _change_visibility(queue: MessageQueue, request: Json) -> Json:
    if not queue.change_visibility(request["ReceiptHandle"], request["VisibilityTimeout"]):
        raise SqsError("MessageNotInflight", "the message is not in flight")
    return {}


def _describe(queue: MessageQueue, request: Json) -> Json:
    return {"Attributes": _attributes(queue, request.get("AttributeNames") or [])}


def _purge(queue: MessageQueue, _request: Json) -> Json:
    queue.purge()
    return {}


_AT_ONCE: Final[Mapping[str, Callable[[MessageQueue, Json], Json]]] = {
    "DeleteMessage": _delete,
    "DeleteMessageBatch": _delete_batch,
    "ChangeMessageVisibility": _change_visibility,
    "GetQueueAttributes": _describe,
    "PurgeQueue": _purge,
}


def _attributes(queue: MessageQueue, names: list[str]) -> dict[str, str]:
    counts = queue.counts()
    known = {state.value: str(counts[state]) for state in State}
    known["VisibilityTimeout"] = str(int(queue.visibility))
    return known if "All" in names else {name: known[name] for name in names if name in known}


def _shown(message: Message) -> Json:
    return {
        "MessageId": message.id,
        "ReceiptHandle": message.receipt,
        "MD5OfBody": message.md5,
        "Body": message.body,
        "Attributes": {
            "SentTimestamp": str(int(message.sent_at * 1_000)),
            "ApproximateReceiveCount": str(message.received),
        },
        "MessageAttributes": dict(message.attributes),
    }
