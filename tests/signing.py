"""Keys for tests: real ones, made on the spot, in a vault that anybody may open."""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from kith.accounts.tokens.signing_keys import SigningKeys


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
