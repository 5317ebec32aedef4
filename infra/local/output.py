"""What `make run` prints: a line for each request, colour on a terminal, and `LOG=json` for all.

Functions log a JSON object a line. By default only what a person must know of these is shown,
warnings and errors, by their words; with `LOG=json` every line is passed on as it is.
"""

import contextlib
import json
from collections.abc import Mapping
from typing import Final, TextIO

from infra.local.request_log import LoggedRequest

SHOWN_LEVELS: Final = frozenset({"WARNING", "ERROR", "CRITICAL"})
_COLOURS: Final = {2: "32", 3: "36", 4: "33", 5: "31"}  # by the hundreds of a status


class Output:
    """Lines for whoever still listens: a closed terminal stops nothing."""

    def __init__(self, stream: TextIO, *, as_json: bool, colour: bool) -> None:
        self._stream = stream
        self._as_json = as_json
        self._colour = colour

    def say(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            print(line, file=self._stream, flush=True)

    def say_ready(self, line: str) -> None:
        self.say(self._in_colour(line, "1;32"))

    def say_logged(self, function: str, line: str) -> None:
        """A line that a function wrote."""
        shown = line if self._as_json else _for_people(line)
        if shown is not None:
            self.say(f"{function} | {shown}")

    def say_request(self, request: LoggedRequest) -> None:
        """A request that was answered."""
        code = request.status // 100 if isinstance(request.status, int) else 5
        status = self._in_colour(str(request.status), _COLOURS.get(code, "0"))
        self.say(f"{request.method} {request.path} {status} {request.outcome()}")

    def _in_colour(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colour else text


def _for_people(line: str) -> str | None:
    """A log line in words; ``None`` for one that only tells that all is well."""
    try:
        logged = json.loads(line)
    except ValueError:
        return line
    if not isinstance(logged, Mapping):
        return line
    level = logged.get("level")
    if level not in SHOWN_LEVELS:
        return None
    known = ("message", "error", "exception_name", "exception", "request_id")
    return " ".join([str(level), *(str(logged[name]) for name in known if logged.get(name))])
