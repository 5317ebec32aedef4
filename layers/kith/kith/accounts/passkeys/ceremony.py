"""The two ceremonies of WebAuthn, by the `webauthn` package: registration and authentication.

The relying party is the host of the public address; origin, challenge, user verification and
signature are verified here, and a page in a foreign frame is refused. Which challenge it is, and
whether it still counts, is for the caller: it is a row.
"""

import hmac
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from kith.base64url import decode_base64url, encode_base64url
from kith.json_types import JsonObject
from kith.settings import settings

TIMEOUT_MILLISECONDS: Final = 300_000
# EdDSA, ECDSA with SHA-256, RSASSA-PKCS1-v1_5 with SHA-256 (IANA, COSE algorithms).
ALGORITHMS: Final = (-8, -7, -257)
_LONGEST_ID_BYTES: Final = 1023


class PasskeyRefused(Exception):
    """The answer of the authenticator is malformed, or proves nothing."""


class RegisteredPasskey(NamedTuple):
    """What is kept of a new credential."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


class PasskeyClaim(NamedTuple):
    """What an answer says of itself; nothing about it has been verified yet."""

    credential: JsonObject
    challenge: str
    credential_id: bytes
    user_handle: bytes | None


def relying_party_id() -> str:
    """The host of the public address."""
    return urlsplit(settings().public_base_url).hostname or ""


def claimed_challenge(credential: JsonObject) -> str:
    """The challenge that an answer of either ceremony is to. Raises PasskeyRefused."""
    from webauthn.helpers import parse_client_data_json

    with _refusing():
        client_data = parse_client_data_json(
            decode_base64url(credential["response"]["clientDataJSON"])
        )
        if client_data.cross_origin:
            raise PasskeyRefused
        return encode_base64url(client_data.challenge)


def parse_assertion(credential: JsonObject) -> PasskeyClaim:
    """Whose answer it claims to be, to which challenge. Raises PasskeyRefused."""
    with _refusing():
        user_handle = credential["response"].get("userHandle")
        return PasskeyClaim(
            credential,
            challenge=claimed_challenge(credential),
            credential_id=decode_base64url(credential["rawId"]),
            user_handle=decode_base64url(user_handle) if user_handle else None,
        )


def verify_registration(credential: JsonObject, challenge: str) -> RegisteredPasskey:
    """A new credential, whose user was verified. Raises PasskeyRefused."""
    from webauthn import verify_registration_response
    from webauthn.helpers.cose import COSEAlgorithmIdentifier

    with _refusing():
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=decode_base64url(challenge),
            expected_rp_id=relying_party_id(),
            expected_origin=settings().public_base_url,
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(each) for each in ALGORITHMS],
        )
        named = decode_base64url(credential["rawId"])
        if not hmac.compare_digest(named, verified.credential_id) or len(named) > _LONGEST_ID_BYTES:
            raise PasskeyRefused
        return RegisteredPasskey(
            verified.credential_id, verified.credential_public_key, verified.sign_count
        )


def verify_assertion(claim: PasskeyClaim, public_key: bytes) -> int:
    """The signature counter of an answer that is right. Raises PasskeyRefused.

    Whether the counter went on is for the caller: one that did not says that the key was copied.
    """
    from webauthn import verify_authentication_response

    with _refusing():
        verified = verify_authentication_response(
            credential=claim.credential,
            expected_challenge=decode_base64url(claim.challenge),
            expected_rp_id=relying_party_id(),
            expected_origin=settings().public_base_url,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    return verified.new_sign_count


@contextmanager
def _refusing() -> Iterator[None]:
    """What the parsers raise when somebody sends them anything."""
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        yield
    except (
        WebAuthnException,
        ArithmeticError,
        AttributeError,
        EOFError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
        struct.error,
    ) as error:
        raise PasskeyRefused from error
