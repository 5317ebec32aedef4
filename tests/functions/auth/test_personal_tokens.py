"""Personal access tokens: made, listed and revoked by their user, and good for their scopes."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from functions.birthdays.app import handler as birthdays
from functions.contacts.app import handler as contacts
from kith.accounts.cleanup import clean_up_accounts
from kith.accounts.tokens.personal import digest_personal_token
from kith.clock import now
from tests import events
from tests.auth_client import PASSWORD, AuthClient
from tests.clients import Client, Response, send
from tests.clock import FrozenClock

TOKENS = "/api/users/me/tokens"


def make(client: AuthClient, **body: Any) -> Response:
    return client.request("POST", TOKENS, {"name": "Backup", "scopes": ["contacts:read"], **body})


def by_token(client: AuthClient, scopes: str, method: str, path: str, **more: Any) -> Response:
    """A request with a personal token of some scopes, as the authorizer describes it."""
    identity = events.signed_in(client.user_id, uuid4(), scopes=scopes)
    return client.request(method, path, identity=identity, **more)


def test_a_token_is_shown_once_and_kept_as_a_digest(client: AuthClient) -> None:
    client.sign_up_and_log_in()

    made = make(client, scopes=["contacts:write", "birthdays:read"])

    assert made.status == 201
    token = made.body.pop("token")
    assert token.startswith("kith_pat_")
    assert made.body["scopes"] == ["birthdays:read", "contacts:write"]
    assert client.request("GET", TOKENS).body == {"items": [made.body], "next_cursor": None}
    with client.database.reading() as connection:
        kept = connection.execute(text("SELECT digest FROM personal_tokens")).scalars().one()
    assert kept == digest_personal_token(token)


def test_a_revoked_token_is_gone_and_only_ones_own_can_be_revoked(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    bob = AuthClient(client.database).sign_up_and_log_in("bob@example.com")
    path = f"{TOKENS}/{make(client).body['id']}"

    assert bob.request("DELETE", path).body["code"] == "token_not_found"
    assert client.request("DELETE", path).status == 204
    assert client.request("DELETE", path).status == 404
    assert client.request("GET", TOKENS).body["items"] == []
    assert client.request("DELETE", f"{TOKENS}/7").status == 422


def test_there_are_at_most_twenty(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    for _ in range(20):
        last = make(client)
        assert last.status == 201

    refused = make(client)

    assert (refused.status, refused.body["code"]) == (409, "too_many_tokens")
    client.request("DELETE", f"{TOKENS}/{last.body['id']}")
    assert make(client).status == 201


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "a\nb"}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["contacts:read", "contacts:read"]}, "/scopes"),
        ({"scopes": ["admin"]}, "/scopes/0"),
        ({"expires_at": "tomorrow"}, "/expires_at"),
        ({"expires_at": 1}, "/expires_at"),
        ({"expires_at": "2027-01-01T00:00:00"}, "/expires_at"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"owner": "me"}, "/owner"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(
    client: AuthClient, body: dict[str, Any], pointer: str
) -> None:
    client.sign_up_and_log_in()

    refused = make(client, **body)

    assert refused.status == 422
    assert [each["pointer"] for each in refused.body["errors"]] == [pointer]


def test_the_owner_is_told_by_letter_and_in_the_events(client: AuthClient) -> None:
    client.sign_up_and_log_in(locale="uk")

    client.request("DELETE", f"{TOKENS}/{make(client, name='<b>Cron</b>').body['id']}")

    (letter,) = client.letters()
    assert "<b>Cron</b>" in letter.text
    assert "&lt;b&gt;Cron&lt;/b&gt;" in letter.html
    assert "contacts:read" in letter.text
    assert "kith_pat_" not in letter.text + letter.html
    kinds = [each["kind"] for each in client.request("GET", "/api/users/me/events").body["items"]]
    assert kinds[:2] == ["token_revoked", "token_created"]


def test_many_new_tokens_do_not_use_up_the_letters_of_a_reset(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    for _ in range(20):
        make(client)
    assert len(client.letters()) == 3

    client.request("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})

    assert len(client.letters()) == 1


def test_the_export_of_an_account_names_its_tokens_without_their_secrets(
    client: AuthClient,
) -> None:
    client.sign_up_and_log_in()
    made = make(client).body

    exported = client.request("GET", "/api/users/me/export").body

    assert exported["tokens"] == [{k: v for k, v in made.items() if k != "token"}]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", TOKENS),
        ("POST", TOKENS),
        ("DELETE", f"{TOKENS}/{uuid4()}"),
        ("PATCH", "/api/users/me"),
        ("DELETE", "/api/users/me"),
        ("GET", "/api/users/me/export"),
        ("GET", "/api/users/me/events"),
        ("GET", "/api/auth/sessions"),
        ("POST", "/api/auth/logout"),
        ("POST", "/api/auth/logout-all"),
        ("POST", "/api/auth/password/change"),
        ("POST", "/api/auth/email/change"),
    ],
)
def test_no_personal_token_gets_at_the_account(client: AuthClient, method: str, path: str) -> None:
    client.sign_up_and_log_in()
    every = "contacts:read contacts:write birthdays:read profile:read"

    refused = by_token(client, every, method, path)

    assert (refused.status, refused.body["code"]) == (403, "scope_missing")
    assert refused.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'


def test_the_profile_is_read_by_its_scope_only(client: AuthClient) -> None:
    client.sign_up_and_log_in()

    assert by_token(client, "profile:read", "GET", "/api/users/me").status == 200
    assert by_token(client, "contacts:read", "GET", "/api/users/me").status == 403
    assert by_token(client, "", "GET", "/api/users/me").status == 403


@pytest.mark.parametrize(
    ("door", "method", "path", "scope", "status"),
    [
        (contacts, "GET", "/api/contacts", "contacts:read", 200),
        (contacts, "POST", "/api/contacts", "contacts:write", 201),
        (contacts, "GET", "/api/contacts/export", "contacts:read", 200),
        (birthdays, "GET", "/api/contacts/upcoming_birthdays", "birthdays:read", 200),
        (birthdays, "GET", "/api/birthdays/feeds", "birthdays:read", 200),
    ],
)
def test_each_door_lets_in_by_the_scope_of_its_route(
    client: AuthClient, door: Any, method: str, path: str, scope: str, status: int
) -> None:
    client.sign_up_and_log_in()
    body = {"first_name": "Grace"} if method == "POST" else None
    others = " ".join({"contacts:read", "contacts:write", "birthdays:read"} - {scope})

    with_scope, without = (
        send(door, method, path, body=body, identity=identity)
        for identity in (
            Client(client.user_id, scopes=scope).identity,
            Client(client.user_id, scopes=others).identity,
        )
    )

    assert with_scope.status == status
    assert (without.status, without.body["code"]) == (403, "scope_missing")


def test_a_session_that_has_ended_meanwhile_makes_no_token(client: AuthClient) -> None:
    """A thief's request that was let in before the owner threw everybody out."""
    client.sign_up_and_log_in()
    client.request("POST", "/api/auth/logout-all")

    refused = make(client)

    assert (refused.status, refused.body["code"]) == (401, "session_revoked")


def test_an_expired_token_is_listed_for_thirty_days(client: AuthClient, clock: FrozenClock) -> None:
    clock.set_offset(0)
    client.sign_up_and_log_in()
    soon = now() + timedelta(days=1)
    make(client, expires_at=soon.isoformat())
    make(client)

    with client.database.writing() as work:
        clean_up_accounts(work, soon + timedelta(days=29))
    assert len(client.request("GET", TOKENS).body["items"]) == 2
    with client.database.writing() as work:
        clean_up_accounts(work, soon + timedelta(days=31))
    assert len(client.request("GET", TOKENS).body["items"]) == 1


def test_a_change_of_the_password_leaves_tokens_and_a_logout_everywhere_does_not(
    client: AuthClient,
) -> None:
    client.sign_up_and_log_in()
    make(client)
    new = "eight loud herons"
    body = {"current_password": PASSWORD, "password": new}
    assert client.request("POST", "/api/auth/password/change", body).status == 204
    assert len(client.request("GET", TOKENS).body["items"]) == 1

    client.request("POST", "/api/auth/logout-all")
    client.log_in(password=new)

    assert client.request("GET", TOKENS).body["items"] == []


def test_a_new_token_asks_for_a_recent_proof_and_an_end_of_one_does_not(
    client: AuthClient, clock: FrozenClock
) -> None:
    clock.set_offset(0)
    client.sign_up_and_log_in()
    token_id = make(client).body["id"]
    clock.set_offset(601)

    refused = make(client)

    assert (refused.status, refused.body["code"]) == (401, "fresh_proof_needed")
    assert client.request("DELETE", f"{TOKENS}/{token_id}").status == 204


def test_what_a_logout_everywhere_ended_does_not_pile_up(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    for _ in range(3):
        make(client)
        client.request("POST", "/api/auth/logout-all")
        client.log_in()
    make(client)

    with client.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM personal_tokens")).scalar() == 1
