"""Keys for tests: real ones, made on the spot, in a vault that anybody may open."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from kith import settings as environment
from kith.accounts.tokens.signing_keys import SigningKeys
from kith.accounts.tokens.signing_keys import signing_keys as keys


class KeyPair:
    """A key of ours, both halves."""

    def __init__(self, kid: str) -> None:
        self.kid = kid
        private = ec.generate_private_key(ec.SECP256R1())
        self.pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
        public: dict[str, Any] = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
        self.public = {**public, "kid": kid, "use": "sig", "alg": "ES256"}


def key_set(*pairs: KeyPair) -> str:
    """What is published of some keys."""
    return json.dumps({"keys": [each.public for each in pairs]})


class OpenVault:
    """A vault whose content a test can exchange; ``opened`` counts how often it was read."""

    def __init__(self, *pairs: KeyPair, pepper: bytes = b"p" * 32) -> None:
        self.pairs = pairs
        self.pepper = pepper
        self.opened = 0

    def open(self) -> str:
        self.opened += 1
        keys = [{"kid": each.kid, "private_key": each.pem} for each in self.pairs]
        pepper = base64.b64encode(self.pepper).decode()
        return json.dumps({"signing_keys": keys, "password_pepper": pepper})


def keys_of(*pairs: KeyPair) -> SigningKeys:
    return SigningKeys(OpenVault(*pairs))


PAIR = KeyPair("test-1")


@pytest.fixture(autouse=True)
def signing_keys(_environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A key that signs and is published, and passwords at a cost for tests."""
    monkeypatch.setenv("KITH_PUBLIC_KEYS", key_set(PAIR))
    monkeypatch.setenv("KITH_PASSWORD_COST", "4")
    environment.settings.cache_clear()
    with keys.override(keys_of(PAIR)):
        yield
