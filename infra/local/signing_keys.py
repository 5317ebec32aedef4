"""The secrets of the auth function, made once for this directory.

Deployed, they are made by an operator and kept in Secrets Manager; here they are kept in a private
file, so that sessions and passwords survive a restart, and put into moto's Secrets Manager.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from infra.local.configuration import StartupError
from infra.local.servers.process import write_private

COORDINATE_BYTES = 32
PEPPER_BYTES = 32


@dataclass(frozen=True)
class Keys:
    """`secret` is what Secrets Manager holds, `public` what the authorizer is given (a JWKS)."""

    secret: str
    public: str


def kept_in(file: Path) -> Keys:
    """The keys of this directory; the first time they are made."""
    if not file.exists():
        write_private(file, json.dumps(_make()))
    secret = file.read_text()
    try:
        signing_keys = json.loads(secret)["signing_keys"]
        jwks = {"keys": [_public(key["kid"], _opened(key["private_key"])) for key in signing_keys]}
    except (ValueError, KeyError, TypeError) as error:
        raise StartupError(f"{file} does not hold signing keys; remove it for new ones") from error
    return Keys(secret=secret, public=json.dumps(jwks, separators=(",", ":")))


def _make() -> dict[str, Any]:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "signing_keys": [{"kid": _thumbprint(key), "private_key": pem.decode()}],
        "password_pepper": base64.b64encode(secrets.token_bytes(PEPPER_BYTES)).decode(),
    }


def _opened(pem: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("an ES256 key is an elliptic curve key")
    return key


def _public(kid: str, key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    return {**_coordinates(key), "kid": kid, "alg": "ES256", "use": "sig"}


def _coordinates(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    point = key.public_key().public_numbers()
    return {"crv": "P-256", "kty": "EC", "x": _base64url(point.x), "y": _base64url(point.y)}


def _thumbprint(key: ec.EllipticCurvePrivateKey) -> str:
    """RFC 7638: the name of a key follows from the key."""
    canonical = json.dumps(_coordinates(key), sort_keys=True, separators=(",", ":"))
    return _encoded(hashlib.sha256(canonical.encode()).digest())


def _base64url(coordinate: int) -> str:
    return _encoded(coordinate.to_bytes(COORDINATE_BYTES, "big"))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
