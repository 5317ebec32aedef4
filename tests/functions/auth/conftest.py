"""The auth door with real keys, a real database, and a clock that a test can move."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kith import settings as environment
from kith.accounts import keys
from tests.signing import KeyPair, key_set, keys_of
from tests.visitor import Visitor

_PAIR = KeyPair("test-1")


@pytest.fixture(autouse=True)
def _keys(_environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("KITH_PUBLIC_KEYS", key_set(_PAIR))
    monkeypatch.setenv("KITH_PASSWORD_COST", "4")
    environment.settings.cache_clear()
    keys.choose(keys_of(_PAIR))
    yield
    keys.choose(None)


@pytest.fixture
def move_clock(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, _keys: None
) -> Callable[[float], None]:
    """Move the clock to so many seconds from now; it runs on from there."""
    file = tmp_path / "clock.json"
    monkeypatch.setenv("KITH_CLOCK_FILE", str(file))
    environment.settings.cache_clear()

    def move(seconds: float) -> None:
        file.write_text(json.dumps({"offset_seconds": seconds}))

    return move


@pytest.fixture
def visitor(database: Any) -> Visitor:
    """Somebody at the door, who has not signed in."""
    return Visitor(database)
