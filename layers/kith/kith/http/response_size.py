"""Response size: a Lambda function may answer with 6 MB, as its runtime client encodes them.

The client writes the body as a JSON string. On Python 3.11 it escapes what is not ASCII: two bytes
of Cyrillic become six, four of an emoji twelve; everywhere it escapes quotes, backslashes and
controls. Base64 always makes four bytes of three. So a long body leaves as base64, and whatever its
alphabet it fits as long as it has at most ``MAX_BODY_BYTES``.
"""

import base64
from typing import Final

from kith.json_types import JsonObject

_QUOTA_BYTES: Final = 6_291_556  # of the response of a synchronous invocation
_HEADER_BYTES: Final = 32_768  # API Gateway takes 10 240; the rest is JSON around them
_MOST_BYTES_PER_CHARACTER: Final = 12

MAX_BODY_BYTES: Final = (_QUOTA_BYTES - _HEADER_BYTES) // 4 * 3


def encode_long_body(response: JsonObject) -> JsonObject:
    """A response to API Gateway with its body in base64, where its text might become too long."""
    text: str = response["body"]
    if response["isBase64Encoded"] or len(text) * _MOST_BYTES_PER_CHARACTER <= MAX_BODY_BYTES:
        return response
    body = text.encode()
    if len(body) > MAX_BODY_BYTES:
        return response  # as text it has a chance
    return {**response, "body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def shorter_limit(items: int, body: bytes) -> int | None:
    """The ``limit`` of a page that fits, where a body with that many items does not."""
    if len(body) <= MAX_BODY_BYTES or items <= 1:
        return None
    return max(1, min(items - 1, items * MAX_BODY_BYTES // len(body)))
