"""The clock that the functions follow: the machine's, moved by an offset that a file holds.

The functions read the file (`KITH_CLOCK_FILE`); the local cloud moves it through `/_local/clock`.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from infra.local.servers.process import write_private

EARLIEST_YEAR, LATEST_YEAR = 1971, 2999
_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)


class UnreadableTime(ValueError):
    """What was given is no instant; the message says what is wrong with it."""


@dataclass(frozen=True)
class Clock:
    file: Path

    @property
    def offset(self) -> timedelta:
        """Nothing but whole JSON is ever in the file; without a file the clock is the machine's."""
        try:
            return timedelta(seconds=float(json.loads(self.file.read_text())["offset_seconds"]))
        except FileNotFoundError:
            return timedelta()

    def now(self) -> datetime:
        return machine_time() + self.offset

    def move_to(self, instant: datetime) -> None:
        """Make it this time now; it runs on from there."""
        self._keep(instant - machine_time())

    def follow_the_machine(self) -> None:
        self._keep(timedelta())

    def _keep(self, offset: timedelta) -> None:
        write_private(self.file, json.dumps({"offset_seconds": offset.total_seconds()}))


def machine_time() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the one place where the local clock is made


def instant(text: object) -> datetime:
    """An RFC 3339 time, which always says its offset from UTC."""
    if not isinstance(text, str) or not _RFC_3339.fullmatch(text):
        raise UnreadableTime("now must be an RFC 3339 time such as 2027-02-28T12:00:00Z")
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise UnreadableTime(f"now is no time: {error}") from None
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise UnreadableTime(f"now must be in the years {EARLIEST_YEAR} to {LATEST_YEAR}")
    return moment.astimezone(UTC)


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
