"""One-time passwords by time (TOTP, RFC 6238): six digits, SHA-1, a new one each 30 seconds."""

import base64
import hmac
import re
import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pyotp import TOTP

_ISSUER: Final = "Kith"
_SEED_BYTES: Final = 20  # as long as the digest, as RFC 4226 recommends
_STEP_SECONDS: Final = 30
_CODE: Final = re.compile("[0-9]{6}")
# A clock may be one step off. The present step is the likeliest.
_DRIFTS: Final = (0, -1, 1)


def generate_seed() -> bytes:
    return secrets.token_bytes(_SEED_BYTES)


def is_totp_code(text: str) -> bool:
    """Whether a text has the form of a code."""
    return _CODE.fullmatch(text) is not None


def matching_step(seed: bytes, code: str, at: datetime) -> int | None:
    """The time step that a code belongs to: the present one or one beside it."""
    if not is_totp_code(code):
        return None
    totp, now = _totp(seed), int(at.timestamp()) // _STEP_SECONDS
    steps = (now + drift for drift in _DRIFTS)
    return next((s for s in steps if hmac.compare_digest(totp.generate_otp(s), code)), None)


def encode_seed(seed: bytes) -> str:
    """The seed as people type it: Base32 without padding."""
    return base64.b32encode(seed).decode().rstrip("=")


def provisioning_uri(seed: bytes, email: str) -> str:
    """The ``otpauth://`` address that an authenticator app reads out of a QR code."""
    return _totp(seed).provisioning_uri(name=email, issuer_name=_ISSUER)


def _totp(seed: bytes) -> "TOTP":
    from pyotp import TOTP

    return TOTP(encode_seed(seed), interval=_STEP_SECONDS)
