"""Signatures as Cloudinary computes them: parameters in order of name, the secret, one digest.

https://cloudinary.com/documentation/authentication_signatures
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

# What a request carries besides its signed parameters.
_NEVER_SIGNED: Final = {"file", "cloud_name", "resource_type", "api_key", "signature"}
_DIGESTS: Final = {40: hashlib.sha1, 64: hashlib.sha256}  # by the length of the signature


def string_to_sign(parameters: Mapping[str, str]) -> str:
    """``name=value`` pairs in order, with ``&`` escaped, so that no value can pose as a pair."""
    signed = {name: text for name, text in parameters.items() if name not in _NEVER_SIGNED and text}
    return "&".join(sorted(f"{name}={text}".replace("&", "%26") for name, text in signed.items()))


def is_valid(signature: str, parameters: Mapping[str, str], secret: str) -> bool:
    """Whether it is the SHA-1 or SHA-256 signature of these parameters, in hexadecimal."""
    digest = _DIGESTS.get(len(signature))
    if digest is None or not signature.isascii():
        return False
    expected = digest((string_to_sign(parameters) + secret).encode()).hexdigest()
    return hmac.compare_digest(expected, signature)


def of_answer(public_id: str, version: int, secret: str) -> str:
    """The signature that an answer carries: the first form, where ``&`` is not escaped."""
    signed = f"public_id={public_id}&version={version}{secret}"
    return hashlib.sha1(signed.encode()).hexdigest()  # noqa: S324 - Cloudinary's default digest
