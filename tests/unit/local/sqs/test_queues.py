"""The stand-in for SQS: what a standard queue promises, by a clock that stands still."""

import asyncio
import json
from typing import Any

import pytest

from infra.local.sqs.app import QueueServer, SqsError
from infra.local.sqs.queues import MessageQueue, State


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> MessageQueue:
    dead = MessageQueue("dead", clock)
    return MessageQueue("letters", clock, maximum_receives=2, dead_letters=dead)


def bodies(queue: MessageQueue, limit: int = 10) -> list[str]:
    return [message.body for message in queue.receive(limit)]


def counts(queue: MessageQueue) -> tuple[int, int, int]:
    found = queue.counts()
    return found[State.WAITING], found[State.IN_FLIGHT], found[State.DELAYED]


def test_a_message_in_flight_is_seen_by_nobody_else(queue: MessageQueue) -> None:
    queue.send("a")

    assert (bodies(queue), bodies(queue)) == (["a"], [])
    assert counts(queue) == (0, 1, 0)


def test_it_is_seen_again_when_its_receiver_died(queue: MessageQueue, clock: Clock) -> None:
    queue.send("a")
    bodies(queue)

    clock.now += 30

    assert bodies(queue) == ["a"]


def test_after_so_many_receives_it_is_a_dead_letter(queue: MessageQueue, clock: Clock) -> None:
    queue.send("a")
    for _ in range(2):
        bodies(queue)
        clock.now += 30

    assert bodies(queue) == []
    assert queue.dead_letters
    assert bodies(queue.dead_letters) == ["a"]


def test_a_deleted_message_never_comes_back(queue: MessageQueue, clock: Clock) -> None:
    queue.send("a")
    [message] = queue.receive(1)

    queue.delete(message.receipt)
    clock.now += 60

    assert (bodies(queue), counts(queue)) == ([], (0, 0, 0))


def test_an_old_receipt_deletes_nothing(queue: MessageQueue, clock: Clock) -> None:
    queue.send("a")
    old = queue.receive(1)[0].receipt
    clock.now += 30
    queue.receive(1)

    queue.delete(old)

    assert counts(queue) == (0, 1, 0)


def test_a_delayed_message_waits_for_its_time(queue: MessageQueue, clock: Clock) -> None:
    queue.send("later", delay=60)
    queue.send("now")

    assert (counts(queue), bodies(queue)) == ((1, 0, 1), ["now"])
    clock.now += 60
    assert sorted(bodies(queue)) == ["later", "now"]


def test_the_visibility_of_a_message_can_be_changed(queue: MessageQueue, clock: Clock) -> None:
    queue.send("a")
    receipt = queue.receive(1)[0].receipt

    assert queue.change_visibility(receipt, 0)
    assert bodies(queue) == ["a"]
    assert not queue.change_visibility(receipt, 0)


def test_what_is_older_than_the_retention_is_gone(queue: MessageQueue, clock: Clock) -> None:
    queue.send("a")

    clock.now += queue.retention

    assert (bodies(queue), counts(queue)) == ([], (0, 0, 0))


def test_ten_thousand_waiting_messages_with_dying_receivers_lose_none(
    queue: MessageQueue, clock: Clock
) -> None:
    """Every third batch is received by somebody who dies, and comes back."""
    for number in range(10_000):
        queue.send(str(number))
    done: list[str] = []
    batch = 0

    while any(counts(queue)):
        received = queue.receive(10)
        batch += 1
        if not received:
            clock.now += 30
        elif batch % 3:
            for message in received:
                queue.delete(message.receipt)
            done += [message.body for message in received]

    dead = queue.dead_letters
    assert dead
    lost = [message.body for _ in range(2_000) for message in dead.receive(10)]
    assert sorted(map(int, done + lost)) == list(range(10_000))


# ------------------------------------------------------------------ the protocol

URL = "http://127.0.0.1:1/000000000000"


def speak(*operations: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    async def run() -> list[dict[str, Any]]:
        server = QueueServer()
        return [await server.handle(name, request, URL) for name, request in operations]

    return asyncio.run(run())


def create(name: str = "q", **attributes: str) -> tuple[str, dict[str, Any]]:
    return "CreateQueue", {"QueueName": name, "Attributes": attributes}


def test_messages_are_sent_received_and_deleted_in_batches() -> None:
    queue = {"QueueUrl": f"{URL}/q"}
    entries = [{"Id": str(n), "MessageBody": f"m{n}", "DelaySeconds": 0} for n in range(3)]

    created, sent, received, depth = speak(
        create(),
        ("SendMessageBatch", {**queue, "Entries": entries}),
        ("ReceiveMessage", {**queue, "MaxNumberOfMessages": 10, "AttributeNames": ["All"]}),
        ("GetQueueAttributes", {**queue, "AttributeNames": ["All"]}),
    )

    assert created == {"QueueUrl": f"{URL}/q"}
    assert [each["Id"] for each in sent["Successful"]] == ["0", "1", "2"]
    assert [each["Body"] for each in received["Messages"]] == ["m0", "m1", "m2"]
    assert depth["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "3"


def test_a_long_poll_ends_with_the_first_message() -> None:
    async def run() -> dict[str, Any]:
        server = QueueServer()
        await server.handle(*create(), URL)
        queue = {"QueueUrl": f"{URL}/q"}
        poll = server.handle("ReceiveMessage", {**queue, "WaitTimeSeconds": 20}, URL)
        waiting = asyncio.create_task(poll)
        await asyncio.sleep(0)
        await server.handle("SendMessage", {**queue, "MessageBody": "hello"}, URL)
        return await waiting

    assert [each["Body"] for each in asyncio.run(run())["Messages"]] == ["hello"]


def test_dead_letters_are_those_of_the_redrive_policy() -> None:
    policy = {"deadLetterTargetArn": "arn:aws:sqs:eu-central-1:000000000000:dead"}
    redrive = json.dumps({**policy, "maxReceiveCount": 1})
    hidden = ("ReceiveMessage", {"QueueUrl": f"{URL}/q", "VisibilityTimeout": 0})

    *_, received = speak(
        create("dead"),
        create("q", RedrivePolicy=redrive),
        ("SendMessage", {"QueueUrl": f"{URL}/q", "MessageBody": "a"}),
        hidden,
        hidden,
        ("ReceiveMessage", {"QueueUrl": f"{URL}/dead"}),
    )

    assert [each["Body"] for each in received["Messages"]] == ["a"]


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("SendMessage", {"QueueUrl": f"{URL}/none", "MessageBody": "a"}, "QueueDoesNotExist"),
        ("SendMessageBatch", {"QueueUrl": f"{URL}/q", "Entries": []}, "EmptyBatchRequest"),
        ("ListQueueTags", {"QueueUrl": f"{URL}/q"}, "UnsupportedOperation"),
    ],
)
def test_what_sqs_would_refuse_is_refused(
    operation: str, request_: dict[str, Any], code: str
) -> None:
    with pytest.raises(SqsError) as refused:
        speak(create(), (operation, request_))

    assert refused.value.code == code
