"""Where a page begins, written as an opaque text that only a list of the same order takes back."""

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from kith.contacts.search.repository import CursorValue, Order
from kith.http.pagination import CursorInvalid, decode_cursor, encode_cursor

_Kind = type | tuple[type, ...]

_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LARGEST_ID: Final = 2**31 - 1
_LARGEST_KEY: Final = 1231
_LARGEST_MOMENT: Final = (datetime(9999, 1, 1, tzinfo=UTC) - _BEGINNING) // _MICROSECOND
# What each order is sorted by: the kind of each part, and the largest where it is a number.
_PARTS: Final[dict[Order, tuple[tuple[_Kind, int], ...]]] = {
    "id": ((int, _LARGEST_ID),),
    "name": ((str, 0), (int, _LARGEST_ID)),
    "updated": ((int, _LARGEST_MOMENT), (int, _LARGEST_ID)),
    "deleted": ((int, _LARGEST_MOMENT), (int, _LARGEST_ID)),
    "birthday": (((int, type(None)), _LARGEST_KEY), (str, 0), (int, _LARGEST_ID)),
}


def encode_sort_cursor(sort: Order, last: Sequence[CursorValue]) -> str:
    """A cursor behind the row whose key is ``last``."""
    return encode_cursor([sort, *map(_written, last)])


def decode_sort_cursor(sort: Order, cursor: str) -> list[CursorValue]:
    """The key that a cursor of this order stands for.

    Raises:
        CursorInvalid: it is none of ours, or one of another order.
    """
    parts = _PARTS[sort]
    order, *after = decode_cursor(cursor, (str, *(kind for kind, _ in parts)))
    largest = [most for _, most in parts]
    if order != sort or not all(map(_storable, after, largest)):
        raise CursorInvalid
    if sort in {"updated", "deleted"}:
        after[0] = _BEGINNING + after[0] * _MICROSECOND
    return after


def _written(value: CursorValue) -> str | int | None:
    return (value - _BEGINNING) // _MICROSECOND if isinstance(value, datetime) else value


def _storable(value: str | int | None, largest: int) -> bool:
    """Whoever forges a cursor must not reach what PostgreSQL cannot hold."""
    if isinstance(value, str):
        return not any(unicodedata.category(each) in {"Cc", "Cs"} for each in value)
    return value is None or 0 <= value <= largest
