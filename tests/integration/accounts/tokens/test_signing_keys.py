"""The accounts' secret in a Secrets Manager, read once and again when it may be another."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from kith import settings as environment
from kith.accounts.tokens import signing_keys
from kith.accounts.tokens.signing_keys import KeysUnavailable, SecretsManagerStore, SigningKeys
from tests.clock import FrozenClock
from tests.signing import PAIR, KeyPair, OpenVault


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("KITH_SECRET_ID", "kith/keys")
    environment.settings.cache_clear()
    signing_keys._client.cache_clear()
    with mock_aws():
        client = boto3.client("secretsmanager", region_name="eu-central-1")
        client.create_secret(Name="kith/keys", SecretString=OpenVault(PAIR).open())
        yield client
    signing_keys._client.cache_clear()


def test_the_secret_is_read_from_secrets_manager_once(secret: Any) -> None:
    ours = SigningKeys(SecretsManagerStore())

    assert ours.pepper() == b"p" * 32
    secret.delete_secret(SecretId="kith/keys", ForceDeleteWithoutRecovery=True)
    assert ours.signing_key().kid == PAIR.kid


def test_without_the_secret_nobody_can_sign_in_for_now(secret: Any) -> None:
    secret.delete_secret(SecretId="kith/keys", ForceDeleteWithoutRecovery=True)

    with pytest.raises(KeysUnavailable):
        SigningKeys(SecretsManagerStore()).pepper()


def test_a_rotated_secret_is_seen_after_a_while(
    secret: Any, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set_offset(0)
    ours, new = SigningKeys(SecretsManagerStore()), KeyPair("new")
    published = {"keys": [PAIR.public, new.public]}
    monkeypatch.setenv("KITH_PUBLIC_KEYS", json.dumps(published))
    environment.settings.cache_clear()
    assert ours.signing_key().kid == PAIR.kid

    secret.put_secret_value(SecretId="kith/keys", SecretString=OpenVault(new, PAIR).open())
    assert ours.signing_key().kid == PAIR.kid
    clock.set_offset(16 * 60)
    assert ours.signing_key().kid == "new"

    secret.delete_secret(SecretId="kith/keys", ForceDeleteWithoutRecovery=True)
    clock.set_offset(33 * 60)
    assert ours.signing_key().kid == "new"


def test_the_keys_of_this_process_are_those_of_secrets_manager(
    secret: Any,
) -> None:
    assert signing_keys.signing_keys.make().signing_key().kid == PAIR.kid
