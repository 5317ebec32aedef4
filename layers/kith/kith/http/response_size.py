"""Response size: a Lambda function may answer with 6 MB, as its runtime client encodes them.

The client writes the body as a JSON string. On Python 3.11 it escapes what is not ASCII: two bytes
of Cyrillic become six, four of an emoji twelve; everywhere it escapes quotes, backslashes and
controls. Base64 always makes four bytes of three. So a long body leaves as base64, and whatever its
alphabet it fits as long as it has at most ``MAX_BODY_BYTES``.
"""

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from pydantic_core import to_json

from kith.json_types import JsonObject

_ItemT = TypeVar("_ItemT")
_PositionT = TypeVar("_PositionT")

_QUOTA_BYTES: Final = 6_291_556  # of the response of a synchronous invocation
_HEADER_BYTES: Final = 32_768  # API Gateway takes 10 240; the rest is JSON around them
_MOST_BYTES_PER_CHARACTER: Final = 12
_CHUNK: Final = 100  # items in memory at once; the longest contact has a quarter of a megabyte

MAX_BODY_BYTES: Final = (_QUOTA_BYTES - _HEADER_BYTES) // 4 * 3
# For the items of a list, beside which there are a cursor, a total, and the like.
MAX_ITEMS_BYTES: Final = MAX_BODY_BYTES - 4_096


def encode_long_body(response: JsonObject) -> JsonObject:
    """A response to API Gateway with its body in base64, where its text might become too long."""
    text: str = response["body"]
    if response["isBase64Encoded"] or len(text) * _MOST_BYTES_PER_CHARACTER <= MAX_BODY_BYTES:
        return response
    body = text.encode()
    if len(body) > MAX_BODY_BYTES:
        return response  # as text it has a chance
    return {**response, "body": base64.b64encode(body).decode(), "isBase64Encoded": True}


class Chunks(Generic[_ItemT, _PositionT]):
    """The items of a page, fetched a hundred at a time.

    Attributes:
        last: once all are fetched, the position after which the next page begins, if any.
    """

    def __init__(
        self,
        limit: int,
        fetch: Callable[[int, _PositionT | None], tuple[Sequence[_ItemT], _PositionT | None]],
    ) -> None:
        """``fetch`` gets a limit and the position to go on after, ``None`` at the beginning."""
        self._limit = limit
        self._fetch = fetch
        self.last: _PositionT | None = None

    def __iter__(self) -> Iterator[Sequence[_ItemT]]:
        missing = self._limit
        while missing > 0:
            items, self.last = self._fetch(min(missing, _CHUNK), self.last)
            yield items
            missing -= len(items)
            if self.last is None:
                return


@dataclass(frozen=True, slots=True)
class FittedItems(Generic[_ItemT]):
    """A JSON list of the first items that fit in a response.

    Attributes:
        json: the list.
        last: the last item in it, where others did not fit; else ``None``.
    """

    json: bytes
    last: _ItemT | None


def fit_items(
    chunks: Iterable[Sequence[_ItemT]],
    present: Callable[[_ItemT], object],
    max_bytes: int = MAX_ITEMS_BYTES,
) -> FittedItems[_ItemT]:
    """A JSON list of as many items as fit; ``present`` makes of one what is shown of it."""
    texts: list[bytes] = []
    room, last = max_bytes, None
    for chunk in chunks:
        text, items = _fit(chunk, present, room)
        if items:
            texts.append(text[1:-1])
            room, last = room - len(text), items[-1]
        if len(items) < len(chunk):
            return FittedItems(b"[%b]" % b",".join(texts), last)
    return FittedItems(b"[%b]" % b",".join(texts), None)


def _fit(
    items: Sequence[_ItemT], present: Callable[[_ItemT], object], room: int
) -> tuple[bytes, Sequence[_ItemT]]:
    """About the longest beginning of the items that fits, found in steps that aim at it."""
    text = to_json([present(item) for item in items])
    while items and len(text) > room:
        items = items[: min(len(items) - 1, len(items) * room // len(text))]
        text = to_json([present(item) for item in items])
    return text, items
