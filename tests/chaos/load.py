"""One client at work: what it asks for at random, and what it expects of the answers."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from tests.chaos.answers import Answer, Violation
from tests.chaos.client import Client
from tests.chaos.model import Book, Place, State, Tracked, state_of

IF_MATCH: Final = 0.8  # of the writes whose etag is known
# Something else of this user is going on; a client that waits is served.
PASSING: Final = {"request_in_flight", "import_running"}

Operation = Callable[["Load"], Awaitable[None]]


@dataclass
class Merged:
    """A merge that can be undone, and the states that it came from."""

    id: str
    winner: Tracked
    loser: Tracked
    winner_before: State
    loser_before: State
    winner_after: State


@dataclass
class Load:
    """One client and its model. `pause_s` is the average between two requests."""

    client: Client
    book: Book
    rng: Random
    pause_s: float
    profile: Tracked | None  # one client of each user keeps it
    merges: list[Merged] = field(default_factory=list)
    stopped: bool = False  # after the operation at work, whose outcome is to be known
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, operations: Mapping[Operation, int]) -> None:
        """Until it is stopped; a weight says how often an operation is chosen."""
        choices, weights = list(operations), list(operations.values())
        while not self.stopped:
            (operation,) = self.rng.choices(choices, weights)
            await self.do(operation)
            await asyncio.sleep(self.rng.uniform(0, 2 * self.pause_s))

    async def do(self, operation: Operation) -> None:
        """One operation, when the one before it has ended."""
        async with self.lock:
            try:
                await operation(self)
            except (LookupError, TypeError, ValueError) as error:
                about = f"{operation.__name__} cannot read its answer: {error!r}"
                self.client.journal.report(Violation.BODY, about)

    def pick(self, place: Place) -> Tracked | None:
        """A contact that is there for certain."""
        return self.book.pick(self.rng, place, time.monotonic())

    async def write(
        self, row: Tracked, after: State, method: str, route: str, **request: Any
    ) -> Answer:
        """A write that leads to `after`; its etag is told by the answer."""
        path = {"contact_id": row.id, **request.pop("path", {})}
        headers = self._if_match(row) | request.pop("headers", {})
        answer = await self.client.ask(method, route, path=path, headers=headers, **request)
        if not answer.succeeded and not answer.unknown:
            self.judge_refusal(row, answer)
        row.written(answer, self.shown(row, after, answer))
        return answer

    def shown(self, row: Tracked, after: State, answer: Answer, member: str = "") -> State:
        """The state that the answer to a write shows, which must be the one that was asked for."""
        body = answer.json() if answer.acknowledged else None
        contact = body[member] if body and member else body
        if not contact or "tags" not in contact:
            return after._replace(etag=answer.headers.get("etag"))
        row.learn(contact)
        seen = state_of(contact, after.place)
        if not after.allows(seen):
            self.report(Violation.LOST, f"asked for {after}, got {seen}", answer)
        return seen

    def judge_refusal(self, row: Tracked, answer: Answer) -> None:
        """A request that suits the state of its row was refused."""
        if answer.status in {401, 403, 429} or answer.code in PASSING:
            return
        broken = Violation.LOST if answer.status in {404, 412} else Violation.REFUSED
        broken = Violation.REVIVED if answer.code == "not_in_trash" else broken
        self.report(broken, f"{row.serial} in {row.possible}", answer)
        row.possible = [State(place) for place in Place]

    def compare(self, found: list[tuple[Violation, str]], answer: Answer) -> None:
        for broken, about in found:
            self.report(broken, about, answer)

    def report(self, broken: Violation, about: str, answer: Answer) -> None:
        self.client.report(broken, f"{answer.method} {answer.route}: {about}", answer)

    def _if_match(self, row: Tracked) -> dict[str, str]:
        etag = row.state.etag
        return {"if-match": etag} if etag and self.rng.random() < IF_MATCH else {}
