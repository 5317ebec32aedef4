"""A standard queue: delays, visibility, receipts, dead letters. Pure, but for what time it is."""

import hashlib
import heapq
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from typing import Any

Attributes = Mapping[str, str]
Clock = Callable[[], float]


class State(Enum):
    WAITING = "ApproximateNumberOfMessages"
    IN_FLIGHT = "ApproximateNumberOfMessagesNotVisible"
    DELAYED = "ApproximateNumberOfMessagesDelayed"


@dataclass
class Message:
    """``turn`` counts the changes of its state: an older entry of the timetable is void."""

    body: str
    attributes: Mapping[str, Any]
    sent_at: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: State = State.WAITING
    received: int = 0
    turn: int = 0

    @property
    def receipt(self) -> str:
        return f"{self.id}#{self.received}"

    @property
    def md5(self) -> str:
        return hashlib.md5(self.body.encode(), usedforsecurity=False).hexdigest()


@dataclass
class MessageQueue:
    """One queue. Times are seconds of ``clock``; a message is seen again after ``visibility``."""

    name: str
    clock: Clock
    visibility: float = 30.0
    delay: float = 0.0
    retention: float = 345_600.0
    maximum_receives: int | None = None
    dead_letters: "MessageQueue | None" = None
    _messages: dict[str, Message] = field(default_factory=dict)
    _ready: deque[tuple[str, int]] = field(default_factory=deque)
    _timetable: list[tuple[float, int, str, int]] = field(default_factory=list)
    _counts: dict[State, int] = field(default_factory=lambda: dict.fromkeys(State, 0))
    _order: Iterator[int] = field(default_factory=count)

    def send(
        self, body: str, delay: float | None = None, attributes: Mapping[str, Any] | None = None
    ) -> Message:
        message = Message(body, attributes or {}, self.clock())
        self._messages[message.id] = message
        self._counts[message.state] += 1
        wait = self.delay if delay is None else delay
        if wait > 0:
            self._hide(message, State.DELAYED, wait)
        else:
            self._ready.append((message.id, message.turn))
        return message

    def receive(self, limit: int, visibility: float | None = None) -> list[Message]:
        """At most so many messages that wait, hidden from others from now on."""
        self._wake()
        received: list[Message] = []
        while self._ready and len(received) < limit:
            message_id, turn = self._ready.popleft()
            message = self._messages.get(message_id)
            if message is None or message.turn != turn or self._is_expired(message):
                continue
            if self.maximum_receives and message.received >= self.maximum_receives:
                self._bounce(message)
                continue
            message.received += 1
            wait = self.visibility if visibility is None else visibility
            self._hide(message, State.IN_FLIGHT, wait)
            received.append(message)
        return received

    def delete(self, receipt: str) -> None:
        """Delete a message by its latest receipt; an older one deletes nothing."""
        message = self._by(receipt)
        if message:
            self._forget(message)

    def change_visibility(self, receipt: str, seconds: float) -> bool:
        """Hide a message in flight for so long from now on; false: it is not in flight."""
        self._wake()
        message = self._by(receipt)
        if message is None or message.state is not State.IN_FLIGHT:
            return False
        self._hide(message, State.IN_FLIGHT, seconds)
        return True

    def counts(self) -> dict[State, int]:
        self._wake()
        return dict(self._counts)

    def seconds_to_next(self) -> float | None:
        """Until a hidden message is seen again; ``None``: there is none."""
        return max(0.0, self._timetable[0][0] - self.clock()) if self._timetable else None

    def purge(self) -> None:
        for message in list(self._messages.values()):
            self._forget(message)

    def _by(self, receipt: str) -> Message | None:
        message = self._messages.get(receipt.partition("#")[0])
        return message if message and message.receipt == receipt else None

    def _hide(self, message: Message, state: State, seconds: float) -> None:
        self._move(message, state)
        at = self.clock() + seconds
        heapq.heappush(self._timetable, (at, next(self._order), message.id, message.turn))

    def _wake(self) -> None:
        """What was hidden long enough waits again."""
        now = self.clock()
        while self._timetable and self._timetable[0][0] <= now:
            *_, message_id, turn = heapq.heappop(self._timetable)
            message = self._messages.get(message_id)
            if message and message.turn == turn:
                self._move(message, State.WAITING)
                self._ready.append((message.id, message.turn))

    def _move(self, message: Message, state: State) -> None:
        self._counts[message.state] -= 1
        self._counts[state] += 1
        message.state = state
        message.turn += 1

    def _is_expired(self, message: Message) -> bool:
        if self.clock() - message.sent_at < self.retention:
            return False
        self._forget(message)
        return True

    def _bounce(self, message: Message) -> None:
        self._forget(message)
        if self.dead_letters:
            self.dead_letters.send(message.body, 0, message.attributes)

    def _forget(self, message: Message) -> None:
        del self._messages[message.id]
        self._counts[message.state] -= 1
