"""Refresh tokens: ``<session id>.<secret>``, where the secret is 32 random bytes and their seal.

Of a secret only the digest is kept. The seal is made with a key of the session: it tells a secret
that was given out long ago (somebody kept a copy: the session must end) from one that was made up
(which must not end anybody's session).

The successor of a secret is derived from it, so that a client that lost our answer gets the very
same one again, and no two successors are ever alive. Nobody can derive it from what we keep:
that takes the secret itself.
"""

import hashlib
import hmac
import secrets
from typing import Final, NamedTuple
from uuid import UUID

from kith.base64url import decode_base64url, encode_base64url

_RANDOM_BYTES: Final = 32
_SEAL_BYTES: Final = 16
_LONGEST: Final = 200


class RefreshToken(NamedTuple):
    """A token taken apart; nothing about it has been checked yet."""

    session_id: UUID
    secret: bytes


def make_family_key() -> bytes:
    return secrets.token_bytes(32)


def make_secret(family_key: bytes) -> bytes:
    """The first secret of a session."""
    return _sealed(secrets.token_bytes(_RANDOM_BYTES), family_key)


def successor_secret(secret: bytes, family_key: bytes) -> bytes:
    """The one secret that comes after this one."""
    return _sealed(hmac.digest(family_key, b"successor:" + secret, hashlib.sha256), family_key)


def is_secret_of_family(secret: bytes, family_key: bytes) -> bool:
    """Whether a secret was once given out for the session of this key."""
    made = _sealed(secret[:_RANDOM_BYTES], family_key)
    return hmac.compare_digest(made, secret)


def digest_secret(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()


def format_refresh_token(session_id: UUID, secret: bytes) -> str:
    """The token that a client gets."""
    return f"{session_id}.{encode_base64url(secret)}"


def parse_refresh_token(token: str) -> RefreshToken | None:
    """A token taken apart, or ``None`` for what is none."""
    try:
        session_id, secret = token.split(".")
        parsed = RefreshToken(UUID(session_id), decode_base64url(secret))
    except ValueError:
        return None
    return parsed if str(parsed.session_id) == session_id and len(token) <= _LONGEST else None


def _sealed(random: bytes, family_key: bytes) -> bytes:
    return random + hmac.digest(family_key, b"seal:" + random, hashlib.sha256)[:_SEAL_BYTES]
