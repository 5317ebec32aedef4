"""Access tokens: signed by the auth function, checked by the authorizer (RFC 9068, ES256).

One algorithm, pinned. ``kid`` is only an index into the keys that we published. Expiry is checked
here against our own clock, since PyJWT would ask the machine's.

PyJWT and its cryptography are loaded by the first token; the authorizer sees to that at its start.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

from kith.accounts.tokens.jwks import load_public_keys
from kith.base64url import decode_base64url

_ALGORITHM: Final = "ES256"
_TYPE: Final = "at+jwt"
_ISSUER: Final = "kith"
_AUDIENCE: Final = "kith-api"
_REQUIRED: Final = ["exp", "iat", "iss", "aud", "sub", "sid", "jti"]
_LONGEST: Final = 4096


class InvalidAccessToken(Exception):
    """We never signed this, or not as an access token."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """The claims of a token of ours; whether it still counts is another question."""

    user_id: UUID
    session_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenValidity:
    """From when to when a token counts."""

    begins: datetime
    ends: datetime

    @property
    def seconds(self) -> int:
        return int((self.ends - self.begins).total_seconds())


def sign_access_token(
    user_id: UUID, session_id: UUID, life: TokenValidity, *, kid: str, private_key: str
) -> str:
    """An access token for a session."""
    claims = {
        "iss": _ISSUER,
        "aud": _AUDIENCE,
        "sub": str(user_id),
        "sid": str(session_id),
        "jti": uuid4().hex,
        "iat": int(life.begins.timestamp()),
        "exp": int(life.ends.timestamp()),
    }
    import jwt

    header = {"kid": kid, "typ": _TYPE}
    return jwt.encode(claims, private_key, algorithm=_ALGORITHM, headers=header)


def verify_access_token(token: str) -> AccessToken:
    """The claims of a token, once its signature and type were verified.

    Raises:
        InvalidAccessToken: it is anything else.
    """
    import jwt

    try:
        return _read(token)
    except (jwt.PyJWTError, ArithmeticError, LookupError, OSError, TypeError, ValueError) as error:
        raise InvalidAccessToken from error


def _read(token: str) -> AccessToken:
    import jwt

    if len(token) > _LONGEST:
        raise InvalidAccessToken
    for segment in token.split("."):
        decode_base64url(segment)  # PyJWT takes many spellings of one token
    header = jwt.get_unverified_header(token)
    if header.get("typ") != _TYPE:
        raise InvalidAccessToken
    claims = jwt.decode(
        token,
        load_public_keys()[header["kid"]],
        algorithms=[_ALGORITHM],
        audience=_AUDIENCE,
        issuer=_ISSUER,
        options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False},
    )
    expires_at = claims["exp"]
    if type(expires_at) is not int:
        raise InvalidAccessToken
    return AccessToken(
        user_id=UUID(claims["sub"]),
        session_id=UUID(claims["sid"]),
        expires_at=datetime.fromtimestamp(expires_at, UTC),
    )
