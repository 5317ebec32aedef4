"""Tokens that count once: 256 random bits in a link, of which only the digest is kept.

A token is bound to one purpose and to what it depends on: when the credentials or the address
change, the fingerprint is another one, and the token is void without anybody having to revoke it.
"""

import hashlib
import secrets
from datetime import timedelta
from enum import StrEnum
from typing import Final

from kith.accounts.models import User
from kith.errors import Unreadable
from kith.settings import settings

_BYTES: Final = 32


class Purpose(StrEnum):
    """What a token is good for."""

    VERIFY = "verify"
    RESET = "reset"
    CHANGE_EMAIL = "change_email"


class TokenInvalid(Unreadable):
    """Used, expired, replaced by a newer one, or never given out: nobody learns which."""

    code = "token_invalid"
    detail = "This link has been used already, has expired, or was replaced by a newer one."


def generate_token() -> str:
    return secrets.token_urlsafe(_BYTES)


def digest_token(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def token_fingerprint(*depends_on: str) -> bytes:
    """One digest over everything that must stay as it is for a token to count."""
    return hashlib.sha256("\0".join(depends_on).encode()).digest()


def token_lifetime(purpose: Purpose) -> timedelta:
    return settings().reset_life if purpose is Purpose.RESET else settings().verification_life


def current_fingerprint(user: User, purpose: Purpose) -> bytes:
    """The fingerprint that a token for this purpose must have, as the user is now.

    Every token is void once the address or the credentials are others, a change of address also
    once another one is asked for.
    """
    pending = (user.pending_email or "") if purpose is Purpose.CHANGE_EMAIL else ""
    return token_fingerprint(purpose, user.email_key, str(user.credentials_version), pending)
