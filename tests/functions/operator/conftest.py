"""The operator's function beside the auth function, with the same database."""

import pytest

from tests.auth_client import AuthClient
from tests.databases import RolledBack
from tests.signing import signing_keys

__all__ = ["signing_keys"]


@pytest.fixture
def alice(database: RolledBack, signing_keys: None) -> AuthClient:
    """Alice, who has signed in."""
    return AuthClient(database).sign_up_and_log_in()
