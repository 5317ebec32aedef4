"""The authorizer's door: an event of payload format 2.0 in, a simple response out."""

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from kith import settings as environment
from kith.accounts.sessions.lookup import SessionLookup, session_lookup
from kith.database.unit_of_work import Database
from tests.auth_client import AuthClient
from tests.signing import signing_keys

__all__ = ["signing_keys"]


@pytest.fixture
def door(postgres_url: str, monkeypatch: pytest.MonkeyPatch, signing_keys: None) -> Iterator[Any]:
    """Opened anew, since it looks at its settings when it is."""
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    environment.settings.cache_clear()
    session_lookup.cache_clear()
    sys.modules.pop("functions.authorizer.app", None)
    yield importlib.import_module("functions.authorizer.app").handler
    lookup: SessionLookup = session_lookup()
    lookup.close()
    session_lookup.cache_clear()


def test_a_token_of_ours_is_let_in_with_who_it_is(door: Any, crowded_database: Database) -> None:
    alice = AuthClient(crowded_database).sign_up_and_log_in(time_zone="Europe/Kyiv", locale="uk")

    answer = door({"version": "2.0", "identitySource": [f"Bearer {alice.access}"]}, None)

    identity = alice.identity()
    assert int(identity["authenticated_at"]) > 0
    assert answer == {
        "isAuthorized": True,
        "context": {
            "user_id": str(alice.user_id),
            "session_id": str(alice.session_id),
            "verified": "true",
            "time_zone": "Europe/Kyiv",
            "locale": "uk",
            "leap_day": "feb28",
            "authenticated_at": identity["authenticated_at"],
            "aal": "1",
        },
    }


@pytest.mark.parametrize("event", [{}, {"identitySource": None}, {"identitySource": ["x"]}])
def test_anything_else_is_not(door: Any, event: dict[str, Any]) -> None:
    assert door(event, None) == {"isAuthorized": False, "context": {}}
