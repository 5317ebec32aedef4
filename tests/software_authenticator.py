"""A software authenticator of WebAuthn, level 3: ES256, discoverable credentials, user verified.

It answers options as a browser's `navigator.credentials` would, in the JSON forms of the standard,
and lies in whatever a test asks it to lie in.
"""

import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from kith.base64url import decode_base64url, encode_base64url
from kith.settings import settings
from tests.auth_client import AuthClient
from tests.clients import Response

USER_PRESENT, USER_VERIFIED, ATTESTED = 0x01, 0x04, 0x40
Credential = dict[str, Any]


@dataclass
class SoftwareAuthenticator:
    """One authenticator with one credential.

    Attributes:
        origin: of the page that asks; ours unless a test says something else.
        counts: whether the counter goes on; many passkeys have none, which is 0 for ever.
    """

    origin: str = field(default_factory=lambda: settings().public_base_url)
    flags: int = USER_PRESENT | USER_VERIFIED
    counts: bool = True
    cross_origin: bool = False
    sign_count: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: bytes = b""
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def create(self, options: dict[str, Any], **lies: Any) -> Credential:
        """The answer to ``PublicKeyCredentialCreationOptionsJSON``."""
        self.user_handle = decode_base64url(options["user"]["id"])
        attested = (
            bytes(16)
            + struct.pack(">H", len(self.credential_id))
            + self.credential_id
            + self._cose_key()
        )
        rp_id = lies.get("rp_id", options["rp"]["id"])
        data = self._authenticator_data(rp_id, self.flags | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self._client_data("webauthn.create", options["challenge"], lies)
        return self._credential(
            {
                "clientDataJSON": encode_base64url(client_data),
                "attestationObject": encode_base64url(lies.get("attestation", attestation)),
                "transports": ["internal"],
            }
        )

    def get(self, options: dict[str, Any], **lies: Any) -> Credential:
        """The answer to ``PublicKeyCredentialRequestOptionsJSON``."""
        if self.counts:
            self.sign_count += 1
        data = self._authenticator_data(lies.get("rp_id", options["rpId"]), self.flags)
        client_data = self._client_data("webauthn.get", options["challenge"], lies)
        signed = data + hashlib.sha256(client_data).digest()
        key = lies.get("key", self.key)
        return self._credential(
            {
                "clientDataJSON": encode_base64url(client_data),
                "authenticatorData": encode_base64url(data),
                "signature": encode_base64url(key.sign(signed, ec.ECDSA(hashes.SHA256()))),
                "userHandle": encode_base64url(lies.get("user_handle", self.user_handle)),
            }
        )

    def _credential(self, response: dict[str, Any]) -> Credential:
        identifier = encode_base64url(self.credential_id)
        return {
            "id": identifier,
            "rawId": identifier,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        }

    def _client_data(self, kind: str, challenge: str, lies: dict[str, Any]) -> bytes:
        members = {
            "type": lies.get("type", kind),
            "challenge": lies.get("challenge", challenge),
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        }
        return json.dumps(members).encode()

    def _authenticator_data(self, rp_id: str, flags: int) -> bytes:
        counter = self.sign_count if self.counts else 0
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, counter)

    def _cose_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        point = {-2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        return cbor2.dumps({1: 2, 3: -7, -1: 1, **point})


def add_passkey(
    client: AuthClient, authenticator: SoftwareAuthenticator | None = None, name: str = "My phone"
) -> SoftwareAuthenticator:
    """A passkey that is registered."""
    authenticator = authenticator or SoftwareAuthenticator()
    credential = authenticator.create(creation_options_of(client))
    added = send_registration(client, credential, name)
    assert added.status == 201, added.body
    return authenticator


def creation_options_of(client: AuthClient) -> dict[str, Any]:
    asked = client.request("POST", "/api/users/me/factors/passkeys/options")
    assert asked.status == 200, asked.body
    options: dict[str, Any] = asked.body
    return options


def send_registration(client: AuthClient, credential: Any, name: str = "My phone") -> Response:
    body = {"name": name, "credential": credential}
    return client.request("POST", "/api/users/me/factors/passkeys", body)


def request_options_of(client: AuthClient) -> dict[str, Any]:
    asked = client.request("POST", "/api/auth/passkeys/login/options", identity=None)
    assert asked.status == 200, asked.body
    options: dict[str, Any] = asked.body
    return options


def log_in_with(client: AuthClient, credential: Any) -> Response:
    body = {"credential": credential}
    return client.keep_tokens(
        client.request("POST", "/api/auth/passkeys/login", body, identity=None)
    )
