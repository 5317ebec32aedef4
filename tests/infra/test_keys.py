"""The keys of an installation, kept in moto's Secrets Manager and Parameter Store."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import jwt
import pytest
from moto import mock_aws

from infra import keys
from infra.keys import Installation, WrongStep
from kith.accounts.tokens.signing_keys import Secrets


@pytest.fixture
def aws() -> Iterator[Any]:
    with mock_aws():
        yield boto3


def kept(aws: Any) -> dict[str, Any]:
    client = aws.client("secretsmanager")
    value: dict[str, Any] = json.loads(
        client.get_secret_value(SecretId="kith/test/keys")["SecretString"]
    )
    return value


def published(aws: Any) -> dict[str, jwt.PyJWK]:
    client = aws.client("ssm")
    value = client.get_parameter(Name="/kith/test/public-keys")["Parameter"]["Value"]
    return {key["kid"]: jwt.PyJWK(key) for key in json.loads(value)["keys"]}


def sign(secret: dict[str, Any]) -> str:
    """As auth signs: with the first key."""
    key = secret["signing_keys"][0]
    return jwt.encode({"sub": "alice"}, key["private_key"], "ES256", headers={"kid": key["kid"]})


def is_known(token: str, known: dict[str, jwt.PyJWK]) -> bool:
    kid = jwt.get_unverified_header(token)["kid"]
    return kid in known and jwt.decode(token, known[kid], ["ES256"])["sub"] == "alice"


def test_a_rotation_logs_nobody_out(aws: Any) -> None:
    """At every step both what was signed before it and what is signed after it is known."""
    installation = Installation("test", aws)
    installation.run_step("first")
    old = sign(kept(aws))
    for step in ("next", "switch"):
        before = published(aws)
        installation.run_step(step)
        # Functions that have seen only one of the two, the new secret or the new public keys.
        assert is_known(sign(kept(aws)), before)
        assert is_known(old, published(aws))
    new = sign(kept(aws))

    installation.run_step("retire")

    assert is_known(new, published(aws))
    assert not is_known(old, published(aws))


def test_the_pepper_stays_through_a_rotation(aws: Any) -> None:
    installation = Installation("test", aws)
    installation.run_step("first")
    pepper = kept(aws)["password_pepper"]

    for step in ("next", "switch", "retire"):
        installation.run_step(step)

    assert kept(aws)["password_pepper"] == pepper


def test_nobody_replaces_the_pepper_by_making_first_keys_twice(aws: Any) -> None:
    installation = Installation("test", aws)
    installation.run_step("first")

    with pytest.raises(WrongStep, match="pepper"):
        installation.run_step("first")


def test_the_steps_have_an_order() -> None:
    secret = keys.create_secret()

    with pytest.raises(WrongStep, match="no next key"):
        keys.switch_keys(secret)
    with pytest.raises(WrongStep, match="next key already"):
        keys.add_next_key(keys.add_next_key(secret))


def test_what_is_public_holds_nothing_private() -> None:
    (key,) = json.loads(keys.public_jwks(keys.create_secret()))["keys"]

    assert set(key) == {"kty", "crv", "x", "y", "kid", "alg", "use"}


def test_a_newer_pepper_leaves_the_older_ones_and_the_keys(aws: Any) -> None:
    installation = Installation("test", aws)
    installation.run_step("first")
    before = kept(aws)

    installation.run_step("pepper")
    installation.run_step("pepper")

    after = kept(aws)
    assert list(after.pop("password_peppers")) == ["v2", "v3"]
    assert after == before
    assert list(Secrets.read(json.dumps(kept(aws))).peppers) == ["v1", "v2", "v3"]
