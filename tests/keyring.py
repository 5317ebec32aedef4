"""What tests of the accounts share: real keys, quick hashes, and a clock that can be moved."""

from collections.abc import Callable, Iterator

import pytest

from kith import settings as environment
from kith.accounts.tokens.signing_keys import signing_keys as keys
from tests.clock import FrozenClock
from tests.signing import KeyPair, key_set, keys_of

PAIR = KeyPair("test-1")


@pytest.fixture(autouse=True)
def signing_keys(_environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A key that signs and is published, and passwords at a cost for tests."""
    monkeypatch.setenv("KITH_PUBLIC_KEYS", key_set(PAIR))
    monkeypatch.setenv("KITH_PASSWORD_COST", "4")
    environment.settings.cache_clear()
    with keys.override(keys_of(PAIR)):
        yield


@pytest.fixture
def move_clock(clock: FrozenClock) -> Callable[[float], None]:
    """Put the clock to so many seconds after the beginning of the test, and stop it there."""
    return clock.set_offset
