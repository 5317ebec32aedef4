"""Personal access tokens: ``kith_pat_<user id, secret and checksum in Base64url>``.

Of a token only the digest is kept. The checksum tells what was mistyped or made up without asking
anybody; the user's id leads to the row. Standard library only: the authorizer reads them.
"""

import hashlib
import secrets
from typing import Final, NamedTuple
from uuid import UUID
from zlib import crc32

from kith.base64url import decode_base64url, encode_base64url

PERSONAL_TOKEN_PREFIX: Final = "kith_pat_"  # noqa: S105 - what a token begins with
_ID_BYTES: Final = 16
_SECRET_BYTES: Final = 32
_CHECKSUM_BYTES: Final = 4
_LENGTH: Final = _ID_BYTES + _SECRET_BYTES + _CHECKSUM_BYTES


class InvalidPersonalToken(Exception):
    """It is none of our making."""


class ParsedPersonalToken(NamedTuple):
    """Whose token it says it is, and the digest under which its row would be."""

    user_id: UUID
    digest: bytes


def generate_personal_token(user_id: UUID) -> str:
    """A token with 256 random bits."""
    content = user_id.bytes + secrets.token_bytes(_SECRET_BYTES)
    return PERSONAL_TOKEN_PREFIX + encode_base64url(content + _checksum(content))


def parse_personal_token(text: str) -> ParsedPersonalToken:
    """A token taken apart; whether it counts is another question.

    Raises:
        InvalidPersonalToken: it is no token, or its checksum is wrong.
    """
    try:
        value = decode_base64url(text.removeprefix(PERSONAL_TOKEN_PREFIX))
    except ValueError:
        raise InvalidPersonalToken from None
    content, checksum = value[:-_CHECKSUM_BYTES], value[-_CHECKSUM_BYTES:]
    if len(value) != _LENGTH or checksum != _checksum(content):
        raise InvalidPersonalToken
    return ParsedPersonalToken(UUID(bytes=content[:_ID_BYTES]), digest_personal_token(text))


def digest_personal_token(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _checksum(content: bytes) -> bytes:
    return crc32(PERSONAL_TOKEN_PREFIX.encode() + content).to_bytes(_CHECKSUM_BYTES, "big")
