"""The auth door with real keys, a real database, and a clock that a test can move."""

import pytest

from tests.auth_client import AuthClient
from tests.databases import RolledBack
from tests.signing import signing_keys

__all__ = ["signing_keys"]


@pytest.fixture
def client(database: RolledBack) -> AuthClient:
    """Somebody at the door, who has not signed in."""
    return AuthClient(database)
