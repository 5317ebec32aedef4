"""The local clock, moved: everything under test asks ``kith.clock``, which reads a file."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kith import settings as environment


class Moments:
    """Moves the clock of the code under test; it runs on from there."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def set(self, moment: str | datetime) -> None:
        wanted = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        offset = wanted - datetime.now(UTC)  # noqa: TID251 - the machine's clock is what is moved
        self._file.write_text(json.dumps({"offset_seconds": offset.total_seconds()}))


def moved_clock(monkeypatch: pytest.MonkeyPatch, file: Path) -> Moments:
    monkeypatch.setenv("KITH_CLOCK_FILE", str(file))
    environment.settings.cache_clear()
    return Moments(file)
