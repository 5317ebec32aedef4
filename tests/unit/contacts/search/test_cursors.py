from datetime import UTC, datetime

import pytest

from kith.contacts.search.cursors import decode_sort_cursor, encode_sort_cursor
from kith.contacts.search.repository import CursorValue, Order
from kith.http.pagination import CursorInvalid, encode_cursor

NOON = datetime(2026, 5, 17, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("id", [8]),
        ("name", ["иван\uf8ff", 8]),
        ("updated", [NOON, 8]),
        ("deleted", [NOON, 8]),
        ("birthday", [229, "a", 8]),
        ("birthday", [None, "a", 8]),
    ],
)
def test_a_cursor_is_read_as_it_was_written(order: Order, key: list[CursorValue]) -> None:
    assert decode_sort_cursor(order, encode_sort_cursor(order, key)) == key


@pytest.mark.parametrize(
    ("order", "position"),
    [
        ("id", ["id", 2**31]),
        ("id", ["id", -1]),
        ("id", ["id", "8"]),
        ("id", ["name", 8]),
        ("id", [8]),
        ("id", 8),
        ("name", ["name", "\0", 8]),
        ("name", ["name", "\ud800", 8]),
        ("birthday", ["birthday", 40_000, "a", 8]),
        ("updated", ["updated", 2**80, 8]),
    ],
)
def test_a_forged_cursor_reaches_nothing(order: Order, position: list[str | int | None]) -> None:
    with pytest.raises(CursorInvalid):
        decode_sort_cursor(order, encode_cursor(position))
