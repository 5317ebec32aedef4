"""A factor that the owner did not add is removed by the letter that announced it."""

import pytest

from tests.auth_client import PASSWORD, AuthClient
from tests.authenticator_app import add_app, add_recovery_codes, answer, challenge_of
from tests.clients import Response
from tests.clock import FrozenClock
from tests.outbox import token_in
from tests.software_authenticator import add_passkey, log_in_with, request_options_of


@pytest.fixture
def alice(client: AuthClient, clock: FrozenClock) -> AuthClient:
    clock.set_offset(0)
    return client.sign_up_and_log_in()


def follow(client: AuthClient, token: str) -> Response:
    """Press the button of the page."""
    return client.request(
        "POST",
        "/undo-factor",
        raw=f"token={token}".encode(),
        headers={"content-type": "application/x-www-form-urlencoded"},
        identity=None,
    )


def letter_token(client: AuthClient) -> str:
    return token_in(next(each for each in client.letters() if "/undo-factor" in each.text))


def test_an_app_of_somebody_else_is_removed_and_everybody_is_signed_out(
    alice: AuthClient,
) -> None:
    thief = AuthClient(alice.database, origin="198.51.100.66")
    thief.log_in()
    add_app(thief)
    token = letter_token(alice)
    shown = alice.request("GET", "/undo-factor", query={"token": token}, identity=None)
    assert shown.status == 200
    assert alice.log_in().status == 401

    assert follow(alice, token).status == 200

    assert thief.refresh().status == 401
    assert alice.log_in().status == 200
    subjects = [each.subject for each in alice.letters()]
    assert "A second factor was removed from your account on Kith" in subjects
    assert any("password" in subject for subject in subjects)


def test_the_link_to_a_new_password_that_follows_works(alice: AuthClient) -> None:
    add_app(alice)
    follow(alice, letter_token(alice))
    reset = next(each for each in alice.letters() if "/reset-password" in each.text)

    body = {"token": token_in(reset), "password": "nine loud herons"}

    assert alice.request("POST", "/api/auth/password/reset", body).status == 204


def test_a_new_password_of_the_thief_does_not_void_the_link(alice: AuthClient) -> None:
    add_app(alice)
    change = {"current_password": PASSWORD, "password": "nine loud herons"}
    assert alice.request("POST", "/api/auth/password/change", change).status == 204

    assert follow(alice, letter_token(alice)).status == 200


def test_a_passkey_and_recovery_codes_can_be_removed_likewise(alice: AuthClient) -> None:
    app = add_app(alice)
    alice.letters()
    phone = add_passkey(alice)
    passkey_token = letter_token(alice)
    codes = add_recovery_codes(alice)
    codes_token = letter_token(alice)

    assert follow(alice, passkey_token).status == 200
    assert follow(alice, codes_token).status == 200

    assert log_in_with(alice, phone.get(request_options_of(alice))).status == 401
    assert alice.log_in().body["methods"] == ["totp"]
    assert answer(alice, challenge_of(alice), "recovery", code=codes[0]).status == 401
    assert answer(alice, challenge_of(alice), "totp", code=app.code()).status == 200


def test_a_link_works_once_and_for_three_days(alice: AuthClient, clock: FrozenClock) -> None:
    add_app(alice)
    token = letter_token(alice)
    clock.set_offset(72 * 3600 + 1)
    assert follow(alice, token).status == 400
    clock.set_offset(72 * 3600 - 1)

    assert follow(alice, token).status == 200

    assert follow(alice, token).status == 400


@pytest.mark.parametrize("token", ["", "x", "A" * 43])
def test_a_token_that_nobody_gave_out_removes_nothing(alice: AuthClient, token: str) -> None:
    add_app(alice)

    shown = alice.request("GET", "/undo-factor", query={"token": token}, identity=None)

    assert (shown.status, follow(alice, token).status) == (400, 400)
    assert alice.log_in().body["methods"] == ["totp"]


def test_undoing_a_change_of_address_removes_what_was_added_since(
    alice: AuthClient, clock: FrozenClock
) -> None:
    own = add_app(alice)
    clock.set_offset(60)
    change = {"email": "thief@example.com", "password": PASSWORD}
    assert alice.request("POST", "/api/auth/email/change", change).status == 202
    alice.verify(next(each for each in alice.letters() if each.to == "thief@example.com"))
    undo = next(each for each in alice.letters() if "/undo-email-change" in each.text)
    clock.set_offset(120)
    passkey = add_passkey(alice)
    codes = add_recovery_codes(alice)

    body = {"token": token_in(undo)}
    assert alice.request("POST", "/api/auth/email/undo", body, identity=None).status == 200

    assert alice.log_in().body["methods"] == ["totp"]
    assert log_in_with(alice, passkey.get(request_options_of(alice))).status == 401
    assert answer(alice, challenge_of(alice), "recovery", code=codes[0]).status == 401
    assert answer(alice, challenge_of(alice), "totp", code=own.code()).status == 200
