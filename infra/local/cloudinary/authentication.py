"""Who may call the API: signed uploads, and HTTP Basic for the Admin API."""

import base64
import binascii
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from infra.local.cloudinary import signatures
from infra.local.cloudinary.errors import ApiError

_STALE_AFTER_SECONDS: Final = 3600
_UNDERSTOOD: Final = {
    "allowed_formats", "api_key", "format", "invalidate", "overwrite", "public_id",
    "signature", "timestamp", "transformation", "type",
}  # fmt: skip


@dataclass(frozen=True)
class Account:
    """One account: the name of its cloud, its API key and its secret."""

    cloud: str
    key: str
    secret: str


def check_signature(account: Account, fields: Mapping[str, str]) -> None:
    for name in ("api_key", "timestamp", "signature"):
        if not fields.get(name):
            raise ApiError(400, f"Missing required parameter - {name}")
    if fields["api_key"] != account.key:
        raise ApiError(401, "Unknown API key")
    if not signatures.is_valid(fields["signature"], fields, account.secret):
        signed = signatures.string_to_sign(fields)
        raise ApiError(401, f"Invalid Signature. String to sign - '{signed}'.")
    _check_age(fields["timestamp"])
    unknown = sorted(set(fields) - _UNDERSTOOD)
    if unknown:
        raise ApiError(400, f"The stand-in does not know the parameter {unknown[0]}")


def check_basic(account: Account, authorization: str) -> None:
    kind, _, credentials = authorization.partition(" ")
    try:
        given = base64.b64decode(credentials, validate=True)
    except binascii.Error:
        given = b""
    expected = f"{account.key}:{account.secret}".encode()
    if kind.lower() != "basic" or not hmac.compare_digest(given, expected):
        raise ApiError(401, "unknown api_key")


def _check_age(timestamp: str) -> None:
    if not timestamp.isascii() or not timestamp.isdigit():
        raise ApiError(400, f"Invalid timestamp {timestamp[:20]}")
    if abs(time.time() - int(timestamp)) > _STALE_AFTER_SECONDS:
        reported = datetime.fromtimestamp(min(int(timestamp), 2**31), UTC)
        raise ApiError(
            400,
            f"Stale request - reported time is {reported:%Y-%m-%d %H:%M:%S} +0000 "
            "which is more than 1 hour ago",
        )
