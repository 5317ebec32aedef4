"""Strict Base64url without padding (RFC 4648, 5): one spelling for each value.

Python's decoder takes both alphabets at once and ignores the bits that are left over at the end, so
that one token would have many spellings.
"""

import base64


def encode_base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decode_base64url(text: str) -> bytes:
    """The bytes that a text stands for. Raises ValueError: it is not how we would write them."""
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    value = base64.b64decode(padded, altchars=b"-_", validate=True)
    if encode_base64url(value) != text:
        raise ValueError("not canonical")
    return value
