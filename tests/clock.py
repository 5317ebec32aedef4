"""The clock of the code under test: everything there asks ``kith.clock``, which reads a file.

It stands still until a test moves it: no window rolls over because the machine is slow.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kith import settings as environment


class FrozenClock:
    """A clock that stands where it was put."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._start = datetime.now(UTC)  # noqa: TID251 - the machine's clock is what is stopped
        self.set(self._start)

    def set(self, moment: str | datetime) -> None:
        wanted = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        self._file.write_text(json.dumps({"frozen_at": wanted.isoformat()}))

    def set_offset(self, seconds: float) -> None:
        """So many seconds after the test began."""
        self.set(self._start + timedelta(seconds=seconds))


def freeze_clock(monkeypatch: pytest.MonkeyPatch, file: Path) -> FrozenClock:
    """The clock of the code under test, stopped now."""
    monkeypatch.setenv("KITH_CLOCK_FILE", str(file))
    environment.settings.cache_clear()
    return FrozenClock(file)
