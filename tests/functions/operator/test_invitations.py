"""Who may sign up: everybody, the invited, or nobody."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from functions.operator.app import handler
from kith import settings as environment
from kith.accounts.cleanup import clean_up_accounts
from kith.clock import now
from tests.auth_client import AuthClient
from tests.clients import LambdaContext, Response
from tests.clock import FrozenClock
from tests.databases import RolledBack


@pytest.fixture
def client(database: RolledBack, signing_keys: None) -> AuthClient:
    return AuthClient(database)


@pytest.fixture
def by_invitation(_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_SIGNUP", "invited")
    environment.settings.cache_clear()


def invite(address: str = "") -> str:
    answer: Any = handler({"command": "invite", "account": address}, LambdaContext())  # type: ignore[arg-type] # as much of it as is used
    return str(answer["invitation"])


def told(response: Response) -> tuple[int, str]:
    return response.status, response.body["code"]


def test_a_closed_installation_takes_nobody(
    client: AuthClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_SIGNUP", "closed")
    environment.settings.cache_clear()

    assert told(client.sign_up()) == (403, "signup_closed")
    assert told(client.sign_up(invitation=invite())) == (403, "signup_closed")
    assert told(client.sign_up("no address")) == (403, "signup_closed")


def test_without_an_invitation_nobody_signs_up(client: AuthClient, by_invitation: None) -> None:
    assert told(client.sign_up()) == (403, "invitation_needed")
    assert told(client.sign_up(invitation="made up")) == (403, "invitation_needed")
    assert client.letters() == []


def test_an_invitation_is_for_one_sign_up(client: AuthClient, by_invitation: None) -> None:
    invitation = invite()

    assert client.sign_up(invitation=invitation).status == 201

    assert told(client.sign_up("bob@example.com", invitation=invitation)) == (
        403,
        "invitation_needed",
    )


def test_an_invitation_for_an_address_is_for_no_other(
    client: AuthClient, by_invitation: None
) -> None:
    invitation = invite("ALICE@example.com")

    assert told(client.sign_up("bob@example.com", invitation=invitation)) == (
        403,
        "invitation_needed",
    )
    assert client.sign_up("alice@Example.com", invitation=invitation).status == 201


def test_an_invitation_survives_a_refusal(client: AuthClient, by_invitation: None) -> None:
    assert client.sign_up(invitation=invite()).status == 201
    invitation = invite()

    assert told(client.sign_up(invitation=invitation)) == (409, "email_taken")
    assert client.sign_up("bob@example.com", invitation=invitation).status == 201


def test_an_invitation_expires_and_is_forgotten(
    client: AuthClient, by_invitation: None, clock: FrozenClock
) -> None:
    clock.set_offset(0)
    invitation = invite()
    clock.set_offset(7 * 86_400 + 1)

    assert told(client.sign_up(invitation=invitation)) == (403, "invitation_needed")
    with client.database.writing() as work:
        clean_up_accounts(work, now() + timedelta(seconds=1))
        assert work.connection.execute(text("SELECT count(*) FROM invitations")).scalar() == 0


def test_guesses_at_invitations_are_counted_like_sign_ups(
    client: AuthClient, by_invitation: None
) -> None:
    for _ in range(10):
        assert told(client.sign_up(invitation="made up")) == (403, "invitation_needed")

    assert client.sign_up(invitation=invite()).status == 429


def test_neither_token_nor_address_is_kept(client: AuthClient, database: RolledBack) -> None:
    invitation = invite("alice@example.com")

    with database.reading() as connection:
        kept = repr(connection.execute(text("SELECT * FROM invitations")).all())

    assert invitation not in kept
    assert "alice" not in kept


def test_where_all_may_sign_up_an_invitation_changes_nothing(client: AuthClient) -> None:
    assert client.sign_up(invitation="made up").status == 201
    assert client.sign_up("bob@example.com", invitation=None).status == 201


def test_no_address_is_no_invitation(client: AuthClient) -> None:
    answer: Any = handler({"command": "invite", "account": "no address"}, LambdaContext())  # type: ignore[arg-type] # as above

    assert answer == {"error": "that is no address"}
