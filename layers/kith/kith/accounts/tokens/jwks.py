"""The public keys, as a JSON Web Key Set (RFC 7517) out of the settings.

Several at once: a new key is published before it signs, an old one until its last token expired.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Final, cast

from kith.settings import SettingsError, settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

_VARIABLE: Final = "KITH_PUBLIC_KEYS"


def load_public_keys() -> "Mapping[str, EllipticCurvePublicKey]":
    """The keys by ``kid``, ready to verify with."""
    return _read(settings().public_keys)


def build_jwks() -> str:
    """The JSON document that clients may fetch."""
    return settings().public_keys or '{"keys":[]}'


@cache
def _read(text: str) -> "Mapping[str, EllipticCurvePublicKey]":
    from jwt.algorithms import ECAlgorithm

    try:
        return {
            each["kid"]: cast("EllipticCurvePublicKey", ECAlgorithm.from_jwk(_on_our_curve(each)))
            for each in json.loads(text)["keys"]
        }
    except Exception as error:
        raise SettingsError(f"{_VARIABLE}: not a set of public EC keys on P-256") from error


def _on_our_curve(key: dict[str, str]) -> dict[str, str]:
    """Only what ES256 needs, so that no private half is ever read from here."""
    if key["kty"] != "EC" or key["crv"] != "P-256":
        raise ValueError("another kind of key")
    return {name: key[name] for name in ("kty", "crv", "x", "y")}
