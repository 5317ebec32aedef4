"""The auth door with real keys, a real database, and a clock that a test can move."""

import pytest

from tests.databases import RolledBack
from tests.keyring import move_clock, signing_keys
from tests.visitor import Visitor

__all__ = ["move_clock", "signing_keys"]


@pytest.fixture
def visitor(database: RolledBack) -> Visitor:
    """Somebody at the door, who has not signed in."""
    return Visitor(database)
