"""The second factor: an authenticator app and recovery codes, from set-up to removal."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlparse
from uuid import uuid4

import pytest
from sqlalchemy import select

from kith import clock as current_clock
from kith.accounts.cleanup import clean_up_accounts
from kith.accounts.models import Challenge, RecoveryCode, TotpSecret
from tests.auth_client import PASSWORD, AuthClient
from tests.authenticator_app import (
    AuthenticatorApp,
    add_app,
    add_recovery_codes,
    answer,
    challenge_of,
)
from tests.clients import Response
from tests.clock import FrozenClock
from tests.outbox import token_in

FACTORS = "/api/users/me/factors"
CONFIRM = f"{FACTORS}/totp/confirm"


@pytest.fixture
def alice(client: AuthClient, clock: FrozenClock) -> AuthClient:
    clock.set_offset(0)
    client.sign_up_and_log_in()
    return client


def kinds(client: AuthClient) -> list[str]:
    return [each["kind"] for each in client.request("GET", "/api/users/me/events").body["items"]]


def test_setting_up_gives_a_seed_and_its_address_and_counts_once_confirmed(
    alice: AuthClient,
) -> None:
    setup = alice.request("POST", f"{FACTORS}/totp")

    assert setup.status == 201
    address = urlparse(setup.body["otpauth_uri"])
    assert (address.scheme, address.netloc, address.path) == (
        "otpauth",
        "totp",
        "/Kith:alice%40example.com",
    )
    assert parse_qs(address.query)["secret"] == [setup.body["secret"]]
    assert alice.request("GET", FACTORS).body["items"] == []
    assert alice.log_in().status == 200

    code = AuthenticatorApp(setup.body["secret"]).code()
    confirmed = alice.request("POST", CONFIRM, {"code": code})

    assert confirmed.status == 200
    assert alice.request("GET", FACTORS).body["items"] == [confirmed.body]
    assert confirmed.body["kind"] == "totp"


def test_a_wrong_code_confirms_nothing(alice: AuthClient) -> None:
    app = AuthenticatorApp(alice.request("POST", f"{FACTORS}/totp").body["secret"])

    refused = alice.request("POST", CONFIRM, {"code": app.wrong_code()})

    assert (refused.status, refused.body["code"]) == (400, "bad_credentials")
    assert alice.log_in().status == 200


def test_a_seed_that_was_never_confirmed_gives_way_to_another(alice: AuthClient) -> None:
    lost = AuthenticatorApp(alice.request("POST", f"{FACTORS}/totp").body["secret"])
    app = AuthenticatorApp(alice.request("POST", f"{FACTORS}/totp").body["secret"])

    assert alice.request("POST", CONFIRM, {"code": lost.code()}).status == 400
    assert alice.request("POST", CONFIRM, {"code": app.code()}).status == 200


def test_adding_an_app_never_replaces_one(alice: AuthClient) -> None:
    app = add_app(alice)

    second = alice.request("POST", f"{FACTORS}/totp")
    again = alice.request("POST", CONFIRM, {"code": app.code()})

    assert (second.status, second.body["code"]) == (409, "factor_exists")
    assert (again.status, again.body["code"]) == (409, "no_totp_pending")
    assert answer(alice, challenge_of(alice), "totp", code=app.code()).status == 200


def test_the_password_alone_gets_a_challenge_and_the_code_gets_the_tokens(
    alice: AuthClient,
) -> None:
    app = add_app(alice)
    stranger = AuthClient(alice.database)

    asked = stranger.log_in()

    assert asked.status == 401
    assert asked.headers["www-authenticate"] == "Bearer"
    assert (asked.body["code"], asked.body["methods"]) == ("second_factor_needed", ["totp"])
    pair = answer(stranger, asked.body["challenge"], "totp", code=app.code())
    assert pair.status == 200
    assert set(pair.body) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert stranger.identity()["aal"] == "2"
    assert stranger.request("GET", FACTORS).status == 200


def test_the_form_is_no_way_around_the_second_factor(alice: AuthClient) -> None:
    add_app(alice)

    asked = alice.request(
        "POST",
        "/api/auth/token",
        raw=f"username=alice@example.com&password={PASSWORD.replace(' ', '+')}".encode(),
        headers={"content-type": "application/x-www-form-urlencoded"},
        identity=None,
    )

    assert (asked.status, asked.body["code"]) == (401, "second_factor_needed")


def test_a_wrong_password_says_nothing_of_a_second_factor(alice: AuthClient) -> None:
    add_app(alice)

    refused = alice.log_in(password="wrong wrong")

    assert (refused.status, refused.body["code"]) == (401, "bad_credentials")
    assert "methods" not in refused.body


def test_a_reset_by_letter_is_no_way_around_it_either(alice: AuthClient) -> None:
    app = add_app(alice)
    alice.letters()
    alice.request("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})
    (letter,) = alice.letters()
    body = {"token": token_in(letter), "password": "nine loud herons"}
    assert alice.request("POST", "/api/auth/password/reset", body).status == 204

    asked = alice.log_in(password="nine loud herons")

    assert asked.body["code"] == "second_factor_needed"
    assert answer(alice, asked.body["challenge"], "totp", code=app.code()).status == 200


@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_a_clock_may_be_one_step_off(alice: AuthClient, clock: FrozenClock, drift: int) -> None:
    app = add_app(alice)
    clock.set_offset(120)

    assert answer(alice, challenge_of(alice), "totp", code=app.code(drift)).status == 200


@pytest.mark.parametrize("drift", [-2, 2])
def test_a_clock_may_not_be_two_steps_off(
    alice: AuthClient, clock: FrozenClock, drift: int
) -> None:
    app = add_app(alice)
    clock.set_offset(120)

    refused = answer(alice, challenge_of(alice), "totp", code=app.code(drift))

    assert (refused.status, refused.body["code"]) == (401, "bad_credentials")


def test_a_code_counts_once_and_none_before_it_counts_afterwards(alice: AuthClient) -> None:
    app = add_app(alice)
    code = app.code()
    assert answer(alice, challenge_of(alice), "totp", code=code).status == 200

    assert answer(alice, challenge_of(alice), "totp", code=code).status == 401
    assert alice.request("POST", "/api/auth/proof", {"code": code}).status == 400
    assert answer(alice, challenge_of(alice), "totp", code=app.code(-1)).status == 401
    assert answer(alice, challenge_of(alice), "totp", code=app.code(1)).status == 200


def test_the_code_that_confirmed_an_app_is_used_up(alice: AuthClient) -> None:
    app = AuthenticatorApp(alice.request("POST", f"{FACTORS}/totp").body["secret"])
    code = app.code()
    assert alice.request("POST", CONFIRM, {"code": code}).status == 200

    assert answer(alice, challenge_of(alice), "totp", code=code).status == 401


def test_a_challenge_can_be_answered_once(alice: AuthClient, clock: FrozenClock) -> None:
    app = add_app(alice)
    challenge = challenge_of(alice)
    assert answer(alice, challenge, "totp", code=app.code()).status == 200
    clock.set_offset(60)

    again = answer(alice, challenge, "totp", code=app.code())

    assert (again.status, again.body["code"]) == (401, "challenge_invalid")


def test_a_challenge_lives_five_minutes(alice: AuthClient, clock: FrozenClock) -> None:
    app = add_app(alice)
    challenge = challenge_of(alice)
    clock.set_offset(301)

    refused = answer(alice, challenge, "totp", code=app.code())

    assert (refused.status, refused.body["code"]) == (401, "challenge_invalid")


@pytest.mark.parametrize("challenge", ["", "x", "A" * 43, "é\U0001f511"])
def test_a_challenge_that_nobody_gave_out_is_refused(alice: AuthClient, challenge: str) -> None:
    app = add_app(alice)

    refused = answer(alice, challenge, "totp", code=app.code())

    assert (refused.status, refused.body["code"]) == (401, "challenge_invalid")


def test_a_challenge_is_its_owners(alice: AuthClient) -> None:
    app = add_app(alice)
    bob = AuthClient(alice.database)
    alice.letters()
    bob.sign_up_and_log_in("bob@example.com")
    add_app(bob)
    bobs = bob.log_in("bob@example.com").body["challenge"]

    assert answer(bob, bobs, "totp", code=app.code()).status == 401


def test_five_answers_to_a_challenge_are_enough(alice: AuthClient) -> None:
    app = add_app(alice)
    challenge = challenge_of(alice)

    wrong = [answer(alice, challenge, "totp", code=app.wrong_code()) for _ in range(6)]

    assert [each.body["code"] for each in wrong] == ["bad_credentials"] * 5 + ["challenge_invalid"]
    assert answer(alice, challenge, "totp", code=app.code()).body["code"] == "challenge_invalid"
    assert answer(alice, challenge_of(alice), "totp", code=app.code()).status == 200


def test_wrong_codes_are_failures_of_the_account_whoever_knows_the_password(
    alice: AuthClient,
) -> None:
    """The right password of the first step does not take the failures of the second back."""
    app = add_app(alice)
    alice.letters()
    thief = AuthClient(alice.database, origin="198.51.100.66")
    statuses = []
    for _ in range(6):
        asked = thief.log_in()
        statuses.append(asked.status)
        if asked.status == 401:
            challenge = asked.body["challenge"]
            statuses.append(answer(thief, challenge, "totp", code=app.wrong_code()).status)

    assert statuses == [401] * 10 + [429]
    assert {each.subject for each in alice.letters()} == {
        "Wrong passwords for your account on Kith"
    }
    assert "wrong_second_factor" in kinds(alice)


def test_a_second_factor_that_is_right_forgets_the_failures_before_it(alice: AuthClient) -> None:
    app = add_app(alice)
    for _ in range(4):
        answer(alice, challenge_of(alice), "totp", code=app.wrong_code())
    assert answer(alice, challenge_of(alice), "totp", code=app.code()).status == 200

    for _ in range(4):
        answer(alice, challenge_of(alice), "totp", code=app.wrong_code())

    assert answer(alice, challenge_of(alice), "totp", code=app.code(1)).status == 200


CHANGES: dict[str, Callable[[AuthClient, str], Response]] = {
    "password": lambda v, _: v.request(
        "POST",
        "/api/auth/password/change",
        {"current_password": PASSWORD, "password": "nine loud herons"},
    ),
    "logout-all": lambda v, _: v.request("POST", "/api/auth/logout-all"),
    "factor removed": lambda v, factor_id: v.request("DELETE", f"{FACTORS}/{factor_id}"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_credentials_voids_the_challenges(alice: AuthClient, change: str) -> None:
    app = add_app(alice)
    factor_id = alice.request("GET", FACTORS).body["items"][0]["id"]
    challenge = challenge_of(AuthClient(alice.database))

    assert CHANGES[change](alice, factor_id).status == 204

    refused = answer(alice, challenge, "totp", code=app.code())
    assert (refused.status, refused.body["code"]) == (401, "challenge_invalid")


def test_ten_recovery_codes_count_once_each(alice: AuthClient) -> None:
    add_app(alice)
    codes = add_recovery_codes(alice)
    asked = alice.log_in()

    assert asked.body["methods"] == ["totp", "recovery"]
    assert len(set(codes)) == 10
    for code in codes:
        assert answer(alice, challenge_of(alice), "recovery", code=code).status == 200
    assert alice.request("GET", FACTORS).body["recovery_codes_left"] == 0
    assert alice.log_in().body["methods"] == ["totp"]
    assert answer(alice, challenge_of(alice), "recovery", code=codes[0]).status == 401


def test_a_recovery_code_is_read_as_people_type_it(alice: AuthClient) -> None:
    add_app(alice)
    code = add_recovery_codes(alice)[0].replace("-", " ").upper()

    assert answer(alice, challenge_of(alice), "recovery", code=f" {code} ").status == 200


def test_new_recovery_codes_void_the_old_ones(alice: AuthClient) -> None:
    add_app(alice)
    old = add_recovery_codes(alice)
    new = add_recovery_codes(alice)

    assert answer(alice, challenge_of(alice), "recovery", code=old[0]).status == 401
    assert answer(alice, challenge_of(alice), "recovery", code=new[0]).status == 200


def test_recovery_codes_alone_are_no_second_factor(alice: AuthClient) -> None:
    codes = add_recovery_codes(alice)

    assert alice.log_in().status == 200
    assert alice.request("POST", "/api/auth/proof", {"code": codes[0]}).status == 400


def test_removing_one_factor_leaves_the_others_and_writes_a_letter(alice: AuthClient) -> None:
    add_app(alice)
    add_recovery_codes(alice)
    alice.letters()
    factor_id = alice.request("GET", FACTORS).body["items"][0]["id"]

    assert alice.request("DELETE", f"{FACTORS}/{factor_id}").status == 204

    left = alice.request("GET", FACTORS).body
    assert (left["items"], left["recovery_codes_left"]) == ([], 10)
    (letter,) = alice.letters()
    assert "authenticator app was removed" in letter.text
    assert alice.log_in().status == 200
    assert alice.request("DELETE", f"{FACTORS}/{factor_id}").status == 404


def test_a_factor_is_its_owners(alice: AuthClient) -> None:
    add_app(alice)
    factor_id = alice.request("GET", FACTORS).body["items"][0]["id"]
    alice.letters()
    bob = AuthClient(alice.database).sign_up_and_log_in("bob@example.com")

    assert bob.request("DELETE", f"{FACTORS}/{factor_id}").status == 404
    assert bob.request("DELETE", f"{FACTORS}/{uuid4()}").status == 404
    assert bob.request("DELETE", f"{FACTORS}/7").status == 422
    assert bob.request("GET", FACTORS).body["items"] == []
    assert len(alice.request("GET", FACTORS).body["items"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", FACTORS, None),
        ("POST", f"{FACTORS}/totp", None),
        ("POST", CONFIRM, {"code": "123456"}),
        ("POST", f"{FACTORS}/recovery-codes", None),
        ("DELETE", f"{FACTORS}/{uuid4()}", None),
    ],
)
def test_every_route_of_the_factors_asks_for_a_recent_proof(
    alice: AuthClient, clock: FrozenClock, method: str, path: str, body: object
) -> None:
    clock.set_offset(601)

    refused = alice.request(method, path, body)

    assert (refused.status, refused.body["code"]) == (401, "fresh_proof_needed")
    assert alice.request(method, path, body, identity=None).status == 401


def test_a_code_is_a_proof_too(alice: AuthClient, clock: FrozenClock) -> None:
    app = add_app(alice)
    codes = add_recovery_codes(alice)
    clock.set_offset(1200)
    for code in (app.code(), codes[0]):
        assert alice.request("GET", FACTORS).status == 401
        assert alice.request("POST", "/api/auth/proof", {"code": code}).status == 204
        assert alice.request("GET", FACTORS).status == 200
        clock.set_offset(2400)


def test_a_session_from_before_the_factor_has_to_show_it(alice: AuthClient) -> None:
    """Whoever got in with a stolen password cannot remove what the owner adds against them."""
    thief = AuthClient(alice.database)
    thief.log_in()
    app = add_app(alice)

    assert thief.request("GET", FACTORS).body["code"] == "fresh_proof_needed"
    refused = thief.request("POST", "/api/auth/proof", {"password": PASSWORD})

    assert (refused.status, refused.body["code"]) == (401, "second_factor_needed")
    assert refused.body["methods"] == ["totp"]
    assert thief.request("GET", FACTORS).body["code"] == "fresh_proof_needed"
    assert thief.request("POST", "/api/auth/proof", {"code": app.code()}).status == 204
    assert thief.request("GET", FACTORS).status == 200


def test_adding_a_factor_and_using_a_recovery_code_are_told_by_letter(alice: AuthClient) -> None:
    add_app(alice)
    codes = add_recovery_codes(alice)
    answer(alice, challenge_of(alice), "recovery", code=codes[0])

    texts = [each.text for each in alice.letters()]

    assert "an authenticator app" in texts[0]
    assert "new recovery codes" in texts[1]
    assert "Codes that are left: 9" in texts[2]
    assert kinds(alice)[:5] == [
        "signed_in",
        "recovery_code_used",
        "second_factor_needed",
        "recovery_codes_made",
        "totp_added",
    ]


@pytest.mark.parametrize("locale", ["uk", "pl"])
def test_the_letters_are_written_in_every_language(client: AuthClient, locale: str) -> None:
    client.sign_up_and_log_in(locale=locale)
    add_app(client)
    codes = add_recovery_codes(client)
    answer(client, challenge_of(client), "recovery", code=codes[0])
    factor_id = client.request("GET", FACTORS).body["items"][0]["id"]
    client.request("DELETE", f"{FACTORS}/{factor_id}")

    assert len(client.letters()) == 4


def test_nothing_that_opens_an_account_is_kept_as_it_is(alice: AuthClient) -> None:
    app = AuthenticatorApp(alice.request("POST", f"{FACTORS}/totp").body["secret"])
    alice.request("POST", CONFIRM, {"code": app.code(-1)})
    codes = add_recovery_codes(alice)
    challenge = challenge_of(alice)
    with alice.database.reading() as connection:
        rows = [
            value
            for table in (TotpSecret, RecoveryCode, Challenge)
            for row in connection.execute(select(*table.__table__.columns))
            for value in row
            if isinstance(value, bytes)
        ]

    assert len(rows) == 12
    for secret in (app.seed, challenge.encode(), *(code.encode() for code in codes)):
        assert all(secret not in row for row in rows)


def test_a_seed_in_another_users_row_is_worth_nothing(alice: AuthClient) -> None:
    app = add_app(alice)
    alice.letters()
    bob = AuthClient(alice.database).sign_up_and_log_in("bob@example.com")
    add_app(bob)
    with alice.database.writing() as work:
        stolen = work.session.get(TotpSecret, alice.user_id)
        copied = work.session.get(TotpSecret, bob.user_id)
        assert stolen is not None
        assert copied is not None
        copied.encrypted_seed = stolen.encrypted_seed
    challenge = bob.log_in("bob@example.com").body["challenge"]

    assert answer(bob, challenge, "totp", code=app.code()).status == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"challenge": "x", "method": "totp"},
        {"challenge": "x", "method": "sms", "code": "1"},
        {"challenge": "x", "code": "123456"},
        {"challenge": 7, "method": "totp", "code": "123456"},
        {"challenge": "x", "method": "totp", "code": 123456},
        {"challenge": "x", "method": "totp", "code": "1" * 101},
        {"challenge": "x", "method": "totp", "code": "123456", "more": 1},
    ],
)
def test_a_body_that_is_none_is_refused(client: AuthClient, body: object) -> None:
    assert client.request("POST", "/api/auth/login/second-factor", body).status == 422


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "１２３４５６", "12345a", "-12345", "\x00"]
)
def test_what_is_no_code_is_wrong(alice: AuthClient, code: str) -> None:
    add_app(alice)

    assert answer(alice, challenge_of(alice), "totp", code=code).status == 401


def test_the_export_names_the_factors_and_no_secret(alice: AuthClient) -> None:
    app = add_app(alice)

    document = alice.request("GET", "/api/users/me/export")

    assert [each["kind"] for each in document.body["factors"]["items"]] == ["totp"]
    assert app.secret not in str(document.body)


def test_expired_challenges_are_removed(alice: AuthClient, clock: FrozenClock) -> None:
    add_app(alice)
    challenge_of(alice)
    clock.set_offset(301)

    with alice.database.writing() as work:
        clean_up_accounts(work, current_clock.now())

    with alice.database.reading() as connection:
        assert connection.execute(select(Challenge.digest)).all() == []
