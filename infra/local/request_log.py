"""The last requests, for the console: what was asked, what came of it, and what was logged."""

import re
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

KEPT: Final = 200
_LINES: Final = 50  # of a request
_REQUEST_ID: Final = re.compile(r'"request_id": ?"([^"]+)"')


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request.

    Attributes:
        id: the request id of the gateway, which the function's log lines bear.
        at: RFC 3339, by the machine's clock; that of the functions may stand elsewhere.
        path: names secrets instead of showing them, and has no query.
        status: what was answered, or ``hung up`` by the client.
        temperature: ``cold``, ``warm``, or empty when no function was asked.
    """

    id: str
    at: str
    method: str
    path: str
    status: int | str
    milliseconds: float
    function: str
    temperature: str

    def outcome(self) -> str:
        """How long it took and who answered."""
        return f"{self.milliseconds:.1f} ms {self.function} {self.temperature}".rstrip()


class RequestLog:
    """The newest requests, in memory."""

    def __init__(self) -> None:
        self._requests: deque[LoggedRequest] = deque(maxlen=KEPT)
        self._lines: OrderedDict[str, list[str]] = OrderedDict()

    def add(self, request: LoggedRequest) -> None:
        self._requests.append(request)

    def add_line(self, line: str) -> None:
        """A line that a function logged, often only after its answer has left."""
        if found := _REQUEST_ID.search(line):
            lines = self._lines.setdefault(found[1], [])
            lines[_LINES:] = []
            lines.append(line)
            if len(self._lines) > KEPT:
                self._lines.popitem(last=False)

    def newest_first(self) -> Iterator[dict[str, object]]:
        """Each request with its ``log``."""
        for request in reversed(self._requests):
            yield {**asdict(request), "log": "\n".join(self._lines.get(request.id, ()))}
