"""The operator's function: what it does to accounts, and what everybody else sees of it."""

import logging
from typing import Any
from uuid import uuid4

import pytest

from functions.operator.app import handler
from kith.birthdays.feeds.repository import find_subscription
from kith.birthdays.feeds.service import create_feed_token, digest_feed_token
from kith.birthdays.reminders.repository import ReminderRepository
from kith.clock import now
from tests.auth_client import AuthClient
from tests.clients import LambdaContext, Response
from tests.databases import RolledBack


def operate(command: str, account: object = "", **more: Any) -> dict[str, Any]:
    event = {"command": command, "account": str(account), "operator": "olena", **more}
    return handler(event, LambdaContext())  # type: ignore[arg-type] # as much of it as is used


def told(response: Response) -> tuple[int, str]:
    return response.status, response.body["code"]


def kinds(client: AuthClient) -> list[str]:
    events = client.request("GET", "/api/users/me/events").body["items"]
    return [event["kind"] for event in events if event["origin"] == "operator"]


@pytest.mark.parametrize("spelling", ["alice@example.com", " ALICE@Example.COM ", None])
def test_an_account_is_looked_up_by_address_or_id(alice: AuthClient, spelling: str | None) -> None:
    found = operate("lookup", spelling or alice.user_id)

    assert found["id"] == str(alice.user_id)
    assert found["email"] == "alice@example.com"
    assert found["disabled_at"] is None
    assert (found["sessions"], found["personal_tokens"], found["contacts"]) == (1, 0, 0)
    assert kinds(alice) == ["looked_up_by_operator"]


@pytest.mark.parametrize("account", ["", "bob@example.com", "7", "@", str(uuid4())])
def test_who_is_not_there_is_an_error_and_no_event(alice: AuthClient, account: str) -> None:
    assert operate("lookup", account) == {"error": "there is no such account"}


def test_an_unknown_command_does_nothing(alice: AuthClient) -> None:
    assert "no such command" in operate("delete", "alice@example.com")["error"]
    assert handler({}, LambdaContext())["error"]  # type: ignore[arg-type] # as above


def test_a_disabled_account_lets_nobody_in_and_says_so_to_who_knows_the_password(
    alice: AuthClient,
) -> None:
    unknown = alice.log_in("nobody@example.com")
    wrong_before = alice.log_in(password="another long one")

    assert operate("disable", "alice@example.com")["disabled_at"]

    assert told(alice.log_in()) == (403, "account_disabled")
    assert alice.refresh().status == 401
    wrong = alice.log_in(password="another long one")
    assert wrong == wrong_before == unknown


def test_the_right_password_of_a_disabled_account_is_no_failure(alice: AuthClient) -> None:
    operate("disable", "alice@example.com")

    for _ in range(12):
        assert told(alice.log_in()) == (403, "account_disabled")


def test_an_unverified_account_that_is_disabled_is_disabled_first(database: RolledBack) -> None:
    bob = AuthClient(database)
    bob.sign_up("bob@example.com")
    operate("disable", "bob@example.com")

    assert told(bob.log_in("bob@example.com")) == (403, "account_disabled")


def test_a_new_password_by_letter_does_not_enable_an_account(alice: AuthClient) -> None:
    operate("disable", "alice@example.com")
    alice.request("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})
    (letter,) = alice.letters()
    token = letter.text.partition("token=")[2].split()[0]
    body = {"token": token, "password": "eight loud herons"}
    assert alice.request("POST", "/api/auth/password/reset", body).status == 204

    assert told(alice.log_in(password="eight loud herons")) == (403, "account_disabled")


def test_an_enabled_account_is_as_before(alice: AuthClient) -> None:
    operate("disable", "alice@example.com")

    assert operate("enable", "alice@example.com")["disabled_at"] is None

    assert alice.log_in().status == 200
    assert kinds(alice) == ["account_enabled", "account_disabled"]


def test_calendar_addresses_and_reminders_sleep_while_an_account_is_disabled(
    alice: AuthClient, database: RolledBack
) -> None:
    with database.writing() as work:
        feed = create_feed_token(work, alice.user_id, now())
    digest = digest_feed_token(feed.url.rpartition("/")[2].removesuffix(".ics"))

    def awake() -> tuple[bool, bool]:
        with database.reading() as connection:
            recipient = ReminderRepository(connection, alice.user_id).recipient()
            return find_subscription(connection, digest) is not None, recipient is not None

    assert awake() == (True, True)
    operate("disable", "alice@example.com")
    assert awake() == (False, False)
    operate("enable", "alice@example.com")
    assert awake() == (True, True)


def test_ending_sessions_ends_personal_tokens_too(alice: AuthClient) -> None:
    body = {"name": "Backup", "scopes": ["contacts:read"]}
    alice.request("POST", "/api/users/me/tokens", body)

    after = operate("end-sessions", alice.user_id)

    assert (after["sessions"], after["personal_tokens"]) == (0, 0)
    assert alice.refresh().status == 401
    assert alice.log_in().status == 200
    assert kinds(alice) == ["signed_out_everywhere"]


def test_a_locked_account_is_unlocked(alice: AuthClient) -> None:
    guesser = AuthClient(alice.database, origin="198.51.100.66")
    for _ in range(10):
        guesser.log_in(password="another long one")
    assert operate("lookup", alice.user_id)["login_failures"] == 10
    assert guesser.log_in().status == 429

    assert operate("unlock", "alice@example.com")["login_failures"] == 0

    assert guesser.log_in().status == 200
    assert "account_unlocked" in kinds(alice)


def test_a_verification_is_sent_again_to_who_is_not_verified(database: RolledBack) -> None:
    bob = AuthClient(database)
    bob.sign_up("bob@example.com")
    bob.letters()

    operate("resend", "bob@example.com")

    (letter,) = bob.letters()
    assert bob.verify(letter).status == 200
    assert operate("resend", "bob@example.com") == {"error": "the address is verified already"}


def test_counts_name_nobody(alice: AuthClient) -> None:
    operate("disable", "alice@example.com")

    assert operate("counts") == {
        "accounts": 1,
        "verified": 1,
        "disabled": 1,
        "contacts": 0,
        "sessions": 0,
        "personal_tokens": 0,
        "password_hashes": {"v1": 1},
    }


def test_no_line_of_the_log_holds_the_address(
    alice: AuthClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    operate("lookup", "alice@example.com")

    lines = [record.__dict__ for record in caplog.records]
    assert [line["operator"] for line in lines if line["msg"] == "operator_command"] == ["olena"]
    assert "alice@" not in repr(lines)
