"""SES and SQS as far as the wire goes: what would leave is recorded, and answered as asked.

botocore does everything up to the socket, so that its own handling of errors and retries is tested
with ours.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from threading import Lock
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError

from kith.mail import pacing, queue, ses

Answer = Callable[[AWSPreparedRequest], AWSResponse]


def _answer(request: AWSPreparedRequest, status: int, body: dict[str, Any]) -> AWSResponse:
    raw = _Raw(json.dumps(body).encode())
    headers: Any = {"content-type": "application/json"}
    return AWSResponse(request.url, status, headers, raw)


def _sent(request: AWSPreparedRequest) -> dict[str, Any]:
    body: Any = request.body
    sent: dict[str, Any] = json.loads(body)
    return sent


class _Raw:
    """Just enough of urllib3's response."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content


class RecordingSes:
    """Letters that SES took, and how it is to behave from now on."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.asked = 0
        self.manner: Callable[[int], str] = lambda _: "take"
        self._ids = count(1)
        self._lock = Lock()

    def behave(self, manner: str) -> None:
        """Take, throttle, pause, reject, not know, swallow (the answer), break, be unreachable."""
        self.manner = lambda _: manner

    def letters_to(self) -> Counter[str]:
        return Counter(each["Destination"]["ToAddresses"][0] for each in self.taken)

    def __call__(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        with self._lock:
            self.asked += 1
            return self._said(self.manner(self.asked), request)

    def _said(self, manner: str, request: AWSPreparedRequest) -> AWSResponse:
        if manner == "unreachable":
            raise EndpointConnectionError(endpoint_url=request.url)
        refusals = {
            "throttle": (429, "TooManyRequestsException"),
            "pause": (400, "SendingPausedException"),
            "reject": (400, "MessageRejected"),
            "not know": (400, "MessageRejected"),
            "break": (500, "InternalFailure"),
        }
        if manner in refusals:
            status, code = refusals[manner]
            why = "Email address is not verified." if manner == "not know" else "no"
            return _answer(request, status, {"__type": code, "message": why})
        self.taken.append(_sent(request))
        if manner == "swallow":
            raise ConnectionClosedError(endpoint_url=request.url)
        return _answer(request, 200, {"MessageId": f"ses-{next(self._ids)}"})


class RecordingQueue:
    """Messages that SQS took, in order, with their delays in seconds.

    ``depth`` is how many messages it says that it holds; as many as it took, if nothing is set.
    """

    def __init__(self) -> None:
        self.messages: list[tuple[str, int]] = []
        self.urls: list[str] = []
        self.calls = 0
        self.away = False
        self.depth: int | None = None
        self._lock = Lock()

    def letter_ids(self) -> list[int]:
        return self._ids("letter_id")

    def slice_ids(self) -> list[int]:
        return self._ids("slice_id")

    def delays(self) -> list[int]:
        return [delay for _, delay in self.messages]

    def lanes(self) -> list[str]:
        """The queues that the messages went to, by their names."""
        return [url.rpartition("/")[2] for url in self.urls]

    def forget(self) -> None:
        self.messages.clear()
        self.urls.clear()

    def _ids(self, name: str) -> list[int]:
        bodies = [json.loads(body) for body, _ in self.messages]
        return [body[name] for body in bodies if name in body]

    def __call__(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        with self._lock:
            self.calls += 1
        if self.away:
            raise EndpointConnectionError(endpoint_url=request.url)
        sent = _sent(request)
        if "Entries" not in sent:
            depth = len(self.messages) if self.depth is None else self.depth
            return _answer(request, 200, {"Attributes": {"ApproximateNumberOfMessages": depth}})
        entries = sent["Entries"]
        with self._lock:
            self.messages += [(each["MessageBody"], each["DelaySeconds"]) for each in entries]
            self.urls += [sent["QueueUrl"]] * len(entries)
        taken = [
            {"Id": each["Id"], "MessageId": each["Id"], "MD5OfMessageBody": ""} for each in entries
        ]
        return _answer(request, 200, {"Successful": taken, "Failed": []})


@contextmanager
def recording() -> Iterator[tuple[RecordingSes, RecordingQueue]]:
    """The clients of this process, with a recorder where the socket would be."""
    mail, letters = RecordingSes(), RecordingQueue()
    for module in (ses, queue):
        module._client.cache_clear()
    ses._client().meta.events.register("before-send.sesv2.SendEmail", mail)
    queue._client().meta.events.register("before-send.sqs", letters)
    queue.breaker.reset()
    with pacing.reminders_pace.override(pacing.Pace(0.0)):
        yield mail, letters
    queue.breaker.reset()
    for module in (ses, queue):
        module._client.cache_clear()
