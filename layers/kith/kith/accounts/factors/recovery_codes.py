"""Recovery codes: ten, each good for one sign-in, for whoever has lost the other factors.

125 random bits each; only digests are kept. They are written in groups, and typed in any case.
"""

import base64
import hashlib
import re
import secrets
from typing import Final

RECOVERY_CODES: Final = 10
_RANDOM_BYTES: Final = 16
_LENGTH: Final = 25
_GROUP: Final = 5


def generate_recovery_codes() -> list[str]:
    """``xxxxx-xxxxx-xxxxx-xxxxx-xxxxx``, in the alphabet of Base32."""
    return [_generate() for _ in range(RECOVERY_CODES)]


def digest_recovery_code(code: str) -> bytes:
    """The digest to keep; blanks, dashes and case do not count."""
    text = re.sub(r"[\s-]", "", code).lower()
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


def _generate() -> str:
    text = base64.b32encode(secrets.token_bytes(_RANDOM_BYTES)).decode().lower()[:_LENGTH]
    return "-".join(text[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))
