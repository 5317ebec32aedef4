"""Passkeys with a software authenticator: registered, used in three ways, forged in many."""

import random
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kith import settings as environment
from kith.base64url import decode_base64url, encode_base64url
from tests.auth_client import PASSWORD, AuthClient
from tests.authenticator_app import add_app, add_recovery_codes, answer, challenge_of
from tests.clock import FrozenClock
from tests.software_authenticator import (
    USER_PRESENT,
    USER_VERIFIED,
    SoftwareAuthenticator,
    add_passkey,
    creation_options_of,
    log_in_with,
    request_options_of,
    send_registration,
)

FACTORS = "/api/users/me/factors"


@pytest.fixture
def alice(client: AuthClient, clock: FrozenClock) -> AuthClient:
    clock.set_offset(0)
    return client.sign_up_and_log_in()


def kinds(client: AuthClient) -> list[str]:
    return [each["kind"] for each in client.request("GET", "/api/users/me/events").body["items"]]


def refusal(response: Any) -> tuple[int, str]:
    return response.status, response.body["code"]


def test_the_options_ask_for_a_discoverable_credential_of_a_verified_user(
    alice: AuthClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_PUBLIC_BASE_URL", "https://kith.example.com:8443")
    environment.settings.cache_clear()

    options = creation_options_of(alice)

    assert options["rp"] == {"id": "kith.example.com", "name": "Kith"}
    assert decode_base64url(options["user"]["id"]) == alice.user_id.bytes
    assert options["user"]["name"] == "alice@example.com"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert len(decode_base64url(options["challenge"])) == 32
    asked = request_options_of(alice)
    assert (asked["rpId"], asked["userVerification"]) == ("kith.example.com", "required")


def test_a_passkey_is_registered_and_signs_in_without_an_address(alice: AuthClient) -> None:
    phone = SoftwareAuthenticator()

    added = send_registration(alice, phone.create(creation_options_of(alice)), "Alice's phone")

    assert added.status == 201
    assert (added.body["kind"], added.body["name"]) == ("passkey", "Alice's phone")
    assert alice.request("GET", FACTORS).body["items"] == [added.body]
    stranger = AuthClient(alice.database)
    pair = log_in_with(stranger, phone.get(request_options_of(stranger)))
    assert pair.status == 200
    assert set(pair.body) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert stranger.user_id == alice.user_id
    assert stranger.identity()["aal"] == "2"
    assert stranger.request("GET", FACTORS).body["items"][0]["last_used_at"] is not None


def test_an_authenticator_that_is_known_is_named_to_the_browser(alice: AuthClient) -> None:
    phone = add_passkey(alice)

    known = creation_options_of(alice)["excludeCredentials"]

    assert known == [{"type": "public-key", "id": encode_base64url(phone.credential_id)}]


@pytest.mark.parametrize("source", ["the login's challenge", "options"])
def test_a_passkey_is_a_second_factor(alice: AuthClient, source: str) -> None:
    phone = add_passkey(alice)
    stranger = AuthClient(alice.database)
    asked = stranger.log_in()
    assert asked.body["methods"] == ["passkey"]
    options = request_options_of(stranger)
    if source != "options":
        options = {**options, "challenge": asked.body["challenge"]}

    credential = phone.get(options)

    challenge = asked.body["challenge"]
    assert answer(stranger, challenge, "passkey", credential=credential).status == 200
    assert stranger.identity()["aal"] == "2"


def test_a_passkey_is_a_proof(alice: AuthClient, clock: FrozenClock) -> None:
    phone = add_passkey(alice)
    clock.set_offset(601)
    assert refusal(alice.request("GET", FACTORS)) == (401, "fresh_proof_needed")

    credential = phone.get(request_options_of(alice))

    assert alice.request("POST", "/api/auth/proof", {"credential": credential}).status == 204
    assert alice.request("GET", FACTORS).status == 200
    again = alice.request("POST", "/api/auth/proof", {"credential": credential})
    assert refusal(again) == (400, "bad_credentials")


def test_somebody_elses_passkey_proves_nothing(alice: AuthClient) -> None:
    add_passkey(alice)
    alice.letters()
    bob = AuthClient(alice.database).sign_up_and_log_in("bob@example.com")
    bobs = add_passkey(bob)

    credential = bobs.get(request_options_of(alice))

    proof = alice.request("POST", "/api/auth/proof", {"credential": credential})
    assert refusal(proof) == (400, "bad_credentials")
    login = answer(
        alice, challenge_of(alice), "passkey", credential=bobs.get(request_options_of(alice))
    )
    assert refusal(login) == (401, "bad_credentials")


LIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "wrong origin": ({"origin": "https://evil.example.com"}, {}),
    "origin with another port": ({"origin": "http://127.0.0.1:8001"}, {}),
    "origin with another scheme": ({"origin": "https://127.0.0.1:8000"}, {}),
    "in a foreign frame": ({"cross_origin": True}, {}),
    "wrong challenge": ({}, {"challenge": encode_base64url(bytes(32))}),
    "no challenge": ({}, {"challenge": ""}),
    "wrong ceremony": ({}, {"type": "webauthn.else"}),
    "wrong relying party": ({}, {"rp_id": "evil.example.com"}),
    "user not verified": ({"flags": USER_PRESENT}, {}),
    "user not present": ({"flags": USER_VERIFIED}, {}),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_registration_that_lies_is_refused(alice: AuthClient, lie: str) -> None:
    attributes, members = LIES[lie]
    liar = SoftwareAuthenticator(**attributes)

    refused = send_registration(alice, liar.create(creation_options_of(alice), **members))

    assert refusal(refused) == (400, "passkey_invalid")
    assert alice.request("GET", FACTORS).body["items"] == []
    assert alice.log_in().status == 200


@pytest.mark.parametrize("lie", LIES)
def test_a_login_that_lies_is_refused(alice: AuthClient, lie: str) -> None:
    phone = add_passkey(alice)
    attributes, members = LIES[lie]
    for name, value in attributes.items():
        setattr(phone, name, value)

    refused = log_in_with(alice, phone.get(request_options_of(alice), **members))

    assert refusal(refused) == (401, "bad_credentials")


@pytest.mark.parametrize(
    "members",
    [{"key": ec.generate_private_key(ec.SECP256R1())}, {"user_handle": bytes(16)}],
    ids=["another key", "another user"],
)
def test_a_login_with_what_is_not_the_passkeys_is_refused(
    alice: AuthClient, members: dict[str, Any]
) -> None:
    phone = add_passkey(alice)

    refused = log_in_with(alice, phone.get(request_options_of(alice), **members))

    assert refusal(refused) == (401, "bad_credentials")
    assert "wrong_second_factor" in kinds(alice)


def test_a_passkey_that_nobody_registered_is_refused_in_the_same_words(alice: AuthClient) -> None:
    phone = add_passkey(alice)
    forged = phone.get(request_options_of(alice), key=ec.generate_private_key(ec.SECP256R1()))
    unknown = SoftwareAuthenticator().get(request_options_of(alice))

    bodies = [log_in_with(alice, each).body for each in (forged, unknown)]

    assert bodies[0] == bodies[1]


def test_a_registration_that_is_replayed_is_refused(alice: AuthClient) -> None:
    credential = SoftwareAuthenticator().create(creation_options_of(alice))
    assert send_registration(alice, credential).status == 201

    assert refusal(send_registration(alice, credential)) == (400, "passkey_invalid")


def test_a_login_that_is_replayed_is_refused(alice: AuthClient) -> None:
    phone = add_passkey(alice, SoftwareAuthenticator(counts=False))
    credential = phone.get(request_options_of(alice))
    assert log_in_with(alice, credential).status == 200

    assert refusal(log_in_with(alice, credential)) == (401, "bad_credentials")


def test_a_challenge_of_one_ceremony_is_none_of_the_other(alice: AuthClient) -> None:
    phone = add_passkey(alice)
    registering, using = creation_options_of(alice), request_options_of(alice)

    login = log_in_with(alice, phone.get({**using, "challenge": registering["challenge"]}))
    other = SoftwareAuthenticator()
    added = send_registration(
        alice, other.create({**creation_options_of(alice), "challenge": using["challenge"]})
    )

    assert refusal(login) == (401, "bad_credentials")
    assert refusal(added) == (400, "passkey_invalid")


def test_a_challenge_to_register_is_its_owners(alice: AuthClient) -> None:
    alice.letters()
    bob = AuthClient(alice.database).sign_up_and_log_in("bob@example.com")

    stolen = SoftwareAuthenticator().create(creation_options_of(alice))

    assert refusal(send_registration(bob, stolen)) == (400, "passkey_invalid")


def test_challenges_live_five_minutes(alice: AuthClient, clock: FrozenClock) -> None:
    phone = add_passkey(alice)
    registering, using = creation_options_of(alice), request_options_of(alice)
    clock.set_offset(301)

    assert refusal(log_in_with(alice, phone.get(using))) == (401, "bad_credentials")
    late = SoftwareAuthenticator().create(registering)
    assert refusal(send_registration(alice, late)) == (400, "passkey_invalid")


def test_a_change_of_credentials_voids_a_registration(alice: AuthClient) -> None:
    options = creation_options_of(alice)
    change = {"current_password": PASSWORD, "password": "nine loud herons"}
    assert alice.request("POST", "/api/auth/password/change", change).status == 204

    late = SoftwareAuthenticator().create(options)

    assert refusal(send_registration(alice, late)) == (400, "passkey_invalid")


@pytest.mark.parametrize("behind", [0, 1, 5])
def test_a_counter_that_does_not_go_on_is_that_of_a_copy(alice: AuthClient, behind: int) -> None:
    phone = add_passkey(alice)
    for _ in range(6):
        assert log_in_with(alice, phone.get(request_options_of(alice))).status == 200
    alice.letters()
    phone.sign_count -= behind + 1

    refused = log_in_with(alice, phone.get(request_options_of(alice)))

    assert refusal(refused) == (401, "bad_credentials")
    assert "passkey_copied" in kinds(alice)
    (letter,) = alice.letters()
    assert "My phone" in letter.text
    phone.sign_count += behind + 1
    assert log_in_with(alice, phone.get(request_options_of(alice))).status == 200


def test_a_forged_answer_with_an_old_counter_accuses_nobody(alice: AuthClient) -> None:
    phone = add_passkey(alice)
    log_in_with(alice, phone.get(request_options_of(alice)))
    phone.sign_count = 0
    forged = phone.get(request_options_of(alice), key=ec.generate_private_key(ec.SECP256R1()))

    assert refusal(log_in_with(alice, forged)) == (401, "bad_credentials")

    assert "passkey_copied" not in kinds(alice)


def test_a_passkey_without_a_counter_goes_on_at_nought(alice: AuthClient) -> None:
    phone = add_passkey(alice, SoftwareAuthenticator(counts=False))

    for _ in range(3):
        assert log_in_with(alice, phone.get(request_options_of(alice))).status == 200


def test_a_passkey_belongs_to_one_account(alice: AuthClient) -> None:
    phone = add_passkey(alice)
    again = send_registration(alice, phone.create(creation_options_of(alice)))
    alice.letters()
    bob = AuthClient(alice.database).sign_up_and_log_in("bob@example.com")

    bobs = send_registration(bob, phone.create(creation_options_of(bob)))

    assert refusal(again) == (409, "passkey_exists")
    assert refusal(bobs) == (409, "passkey_exists")


def test_there_is_room_for_so_many_passkeys(
    alice: AuthClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_PASSKEYS_PER_USER", "2")
    environment.settings.cache_clear()
    options = creation_options_of(alice)
    add_passkey(alice)
    add_passkey(alice)

    full = alice.request("POST", f"{FACTORS}/passkeys/options")
    late = send_registration(alice, SoftwareAuthenticator().create(options))

    assert refusal(full) == (409, "too_many_passkeys")
    assert refusal(late) == (409, "too_many_passkeys")


def test_losing_one_factor_leaves_the_others(alice: AuthClient) -> None:
    app = add_app(alice)
    phone, key = add_passkey(alice), add_passkey(alice, name="Key")
    codes = add_recovery_codes(alice)
    alice.letters()
    named = {each["name"]: each["id"] for each in alice.request("GET", FACTORS).body["items"]}

    assert alice.request("DELETE", f"{FACTORS}/{named['My phone']}").status == 204

    assert alice.log_in().body["methods"] == ["totp", "passkey", "recovery"]
    assert refusal(log_in_with(alice, phone.get(request_options_of(alice))))[0] == 401
    assert log_in_with(alice, key.get(request_options_of(alice))).status == 200
    assert answer(alice, challenge_of(alice), "totp", code=app.code()).status == 200
    assert answer(alice, challenge_of(alice), "recovery", code=codes[0]).status == 200
    removed, _ = alice.letters()
    assert "a passkey was removed" in removed.text
    assert "passkey_removed" in kinds(alice)


def test_a_passkey_opens_no_account_that_is_gone(alice: AuthClient) -> None:
    phone = add_passkey(alice)
    options = request_options_of(alice)
    assert alice.request("DELETE", "/api/users/me", {"password": PASSWORD}).status == 204

    assert log_in_with(AuthClient(alice.database), phone.get(options)).status == 401


def test_logins_by_passkey_are_throttled_by_origin(
    client: AuthClient, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_LOGINS_PER_ORIGIN_PER_MINUTE", "3")
    environment.settings.cache_clear()
    path = "/api/auth/passkeys/login"

    asked = [client.request("POST", f"{path}/options").status for _ in range(4)]

    assert asked == [200, 200, 200, 429]
    assert client.request("POST", path, {"credential": {}}).status == 429


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"id": "x"},
        {"id": "x", "rawId": "x", "type": "public-key", "response": {}},
        {"id": "AA", "rawId": "AA", "type": "public-key", "response": []},
        {"id": "AA", "rawId": "AA", "response": {"clientDataJSON": "W10"}},
        {"id": "AA", "rawId": "AA", "response": {"clientDataJSON": "e30"}},
        {"id": "AA", "rawId": 7, "response": {"clientDataJSON": 7}},
        {"id": "\ud800", "rawId": "é", "response": {"clientDataJSON": "é"}},
    ],
)
def test_what_is_no_credential_is_refused_everywhere(
    alice: AuthClient, credential: dict[str, Any]
) -> None:
    add_passkey(alice)

    assert log_in_with(alice, credential).status == 401
    assert send_registration(alice, credential).status == 400
    assert alice.request("POST", "/api/auth/proof", {"credential": credential}).status == 400
    second = answer(alice, challenge_of(alice), "passkey", credential=credential)
    assert second.status == 401


@pytest.mark.parametrize("credential", [None, "x", 7, []])
def test_what_is_no_object_is_invalid(alice: AuthClient, credential: Any) -> None:
    assert log_in_with(alice, credential).status == 422
    assert send_registration(alice, credential).status == 422
    assert alice.request("POST", "/api/auth/proof", {"credential": credential}).status == 422


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb", None])
def test_a_passkey_has_a_name(alice: AuthClient, name: Any) -> None:
    credential = SoftwareAuthenticator().create(creation_options_of(alice))

    assert send_registration(alice, credential, name).status == 422


def test_a_method_comes_with_its_own_proof(client: AuthClient) -> None:
    bodies: list[dict[str, Any]] = [
        {"method": "passkey", "code": "123456"},
        {"method": "totp", "credential": {}},
        {"method": "passkey", "credential": {}, "code": "123456"},
        {"method": "passkey"},
    ]
    for body in bodies:
        refused = client.request(
            "POST", "/api/auth/login/second-factor", {"challenge": "x", **body}
        )
        assert refused.status == 422


@pytest.mark.parametrize("seed", range(4))
def test_altered_answers_are_refused_and_break_nothing(
    alice: AuthClient, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Bytes of every part, altered and cut; whatever a parser raises is a refusal."""
    monkeypatch.setenv("KITH_LOGINS_PER_ORIGIN_PER_MINUTE", "1000")
    monkeypatch.setenv("KITH_ACCOUNT_REQUESTS_PER_MINUTE", "1000")
    environment.settings.cache_clear()
    chance, phone = random.Random(seed), add_passkey(alice)
    for _ in range(10):
        credential = phone.get(request_options_of(alice))
        part = chance.choice(["clientDataJSON", "authenticatorData", "signature"])
        _spoil(credential["response"], part, chance)
        assert log_in_with(alice, credential).status == 401
        created = SoftwareAuthenticator().create(creation_options_of(alice))
        _truncate(created["response"], chance)
        assert send_registration(alice, created).status == 400


def _spoil(response: dict[str, Any], part: str, chance: random.Random) -> None:
    content = bytearray(decode_base64url(response[part]))
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    response[part] = encode_base64url(bytes(content))


def _truncate(response: dict[str, Any], chance: random.Random) -> None:
    content = decode_base64url(response["attestationObject"])
    cut = content[: chance.randrange(len(content))]
    response["attestationObject"] = encode_base64url(cut)
