"""Access tokens: ours or not ours, and nothing between."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from kith import settings as environment
from kith.accounts.tokens.access import (
    InvalidAccessToken,
    TokenValidity,
    sign_access_token,
    verify_access_token,
)
from kith.accounts.tokens.jwks import load_public_keys
from kith.accounts.tokens.signing_keys import (
    KeysUnavailable,
    Secrets,
    SigningKeys,
    signing_keys,
)
from kith.settings import SettingsError
from tests.signing import KeyPair, OpenVault, key_set

OLD, NEW, FOREIGN = KeyPair("old"), KeyPair("new"), KeyPair("old")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LIFE = TokenValidity(NOW, NOW + timedelta(minutes=15))


@pytest.fixture(autouse=True)
def _published(_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(monkeypatch, OLD)


def publish(monkeypatch: pytest.MonkeyPatch, *pairs: KeyPair) -> None:
    monkeypatch.setenv("KITH_PUBLIC_KEYS", key_set(*pairs))
    environment.settings.cache_clear()


def sign(pair: KeyPair = OLD) -> str:
    return sign_access_token(uuid4(), uuid4(), LIFE, kid=pair.kid, private_key=pair.pem)


def forge(header: dict[str, Any] | None = None, **claims: Any) -> str:
    """A token by our own key that differs from ours in one thing; ``None`` leaves a claim out."""
    payload = {
        "iss": "kith",
        "aud": "kith-api",
        "sub": str(uuid4()),
        "sid": str(uuid4()),
        "jti": "1",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 900,
        **claims,
    }
    payload = {name: value for name, value in payload.items() if value is not None}
    headers = {"kid": OLD.kid, "typ": "at+jwt", **(header or {})}
    return jwt.encode(payload, OLD.pem, algorithm="ES256", headers=headers)


def test_a_token_says_who_and_for_how_long() -> None:
    user_id, session_id = uuid4(), uuid4()

    read = verify_access_token(
        sign_access_token(user_id, session_id, LIFE, kid=OLD.kid, private_key=OLD.pem)
    )

    assert (read.user_id, read.session_id) == (user_id, session_id)
    assert read.expires_at == LIFE.ends
    assert LIFE.seconds == 900


def test_what_differs_in_nothing_is_ours() -> None:
    assert verify_access_token(forge()).expires_at == NOW + timedelta(minutes=15)


@pytest.mark.parametrize("claim", ["exp", "iat", "iss", "aud", "sub", "sid", "jti"])
def test_every_claim_must_be_there(claim: str) -> None:
    with pytest.raises(InvalidAccessToken):
        verify_access_token(forge(**{claim: None}))


@pytest.mark.parametrize(
    "different",
    [
        {"iss": "somebody"},
        {"aud": "other-api"},
        {"aud": ["kith-api-admin"]},
        {"sub": "alice"},
        {"sid": "1"},
        {"exp": "soon"},
        {"exp": True},
        {"exp": 1e300},
        {"exp": -(10**30)},
    ],
)
def test_a_claim_that_is_not_as_ours_makes_it_not_ours(different: dict[str, Any]) -> None:
    with pytest.raises(InvalidAccessToken):
        verify_access_token(forge(**different))


@pytest.mark.parametrize("header", [{"typ": "JWT"}, {"typ": "reset+jwt"}, {"kid": "unknown"}])
def test_a_token_of_another_kind_or_key_is_not_ours(header: dict[str, Any]) -> None:
    with pytest.raises(InvalidAccessToken):
        verify_access_token(forge(header))


def test_another_key_under_our_kid_is_not_ours() -> None:
    with pytest.raises(InvalidAccessToken):
        verify_access_token(sign(FOREIGN))


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "é.é.é", ".", "..", "x" * 5000, "\0", "e30.e30.e30"]
)
def test_rubbish_is_not_ours(token: str) -> None:
    with pytest.raises(InvalidAccessToken):
        verify_access_token(token)


def test_a_token_has_one_spelling() -> None:
    """PyJWT ignores what is not of the alphabet, and the bits that are left over at the end."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = sign()
    last = alphabet[alphabet.index(token[-1]) ^ 1]
    header, claims, signature = token.split(".")

    for other in (
        token[:-1] + last,
        f"{header}.{claims}.!{signature}",
        f"{header}=.{claims}.{signature}",
        f"{header}.{claims}\n.{signature}",
        f"{header}.{claims}.{signature}==",
    ):
        with pytest.raises(InvalidAccessToken):
            verify_access_token(other)
    verify_access_token(token)


def test_no_algorithm_but_ours_is_believed() -> None:
    header, payload, _ = sign().split(".")
    without = {**json.loads(base64.urlsafe_b64decode(header + "==")), "alg": "none"}
    unsigned = base64.urlsafe_b64encode(json.dumps(without).encode()).rstrip(b"=").decode()

    with pytest.raises(InvalidAccessToken):
        verify_access_token(f"{unsigned}.{payload}.")


def test_a_public_key_is_no_shared_secret() -> None:
    claims = jwt.decode(sign(), options={"verify_signature": False})
    secret = OLD.public["x"] + OLD.public["y"]
    headers = {"kid": OLD.kid, "typ": "at+jwt"}
    forged = jwt.encode(claims, secret, algorithm="HS256", headers=headers)

    with pytest.raises(InvalidAccessToken):
        verify_access_token(forged)


def test_keys_are_rotated_without_anybody_being_signed_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vault = OpenVault(OLD)
    ours = SigningKeys(vault)
    before = sign(OLD)
    assert ours.signing_key().kid == "old"

    publish(monkeypatch, OLD, NEW)  # first the authorizer learns the new key
    assert ours.signing_key().kid == "old"
    vault.pairs = (NEW, OLD)  # then it lies in the secret
    renewed = SigningKeys(vault)
    after = sign(NEW)

    assert renewed.signing_key().kid == "new"
    assert [verify_access_token(each).expires_at for each in (before, after)] == [LIFE.ends] * 2


def test_a_new_key_that_nobody_could_check_does_not_sign_yet() -> None:
    assert SigningKeys(OpenVault(NEW, OLD)).signing_key().kid == "old"


def test_when_our_key_is_no_longer_published_the_secret_is_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vault = OpenVault(OLD)
    ours = SigningKeys(vault)
    ours.signing_key()
    vault.pairs = (NEW,)
    publish(monkeypatch, NEW)

    assert ours.signing_key().kid == "new"
    assert vault.opened == 2


def test_without_any_key_that_is_published_nothing_is_signed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(monkeypatch, NEW)

    with pytest.raises(KeysUnavailable):
        SigningKeys(OpenVault(OLD)).signing_key()


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"signing_keys": [], "password_pepper": ""}', "null", '{"signing_keys": 1}'],
)
def test_a_secret_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(KeysUnavailable):
        Secrets.read(text)


def test_a_short_pepper_is_refused() -> None:
    with pytest.raises(KeysUnavailable):
        SigningKeys(OpenVault(OLD, pepper=b"short")).pepper()


@pytest.mark.parametrize("text", ["", "{}", '{"keys": [{"kid": "1", "kty": "RSA"}]}', "[1]"])
def test_public_keys_that_are_none_are_a_mistake_of_the_settings(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_PUBLIC_KEYS", text)
    environment.settings.cache_clear()

    with pytest.raises(SettingsError, match="KITH_PUBLIC_KEYS"):
        load_public_keys()


def test_other_keys_can_be_chosen() -> None:
    ours = SigningKeys(OpenVault(OLD))

    with signing_keys.override(ours):
        assert signing_keys() is ours

    assert signing_keys() is not ours
