import pytest

from kith.http.pagination import CursorInvalid, decode_cursor, encode_cursor, link_to_next


def test_a_cursor_brings_back_the_position_that_it_was_made_of() -> None:
    cursor = encode_cursor(["шевченко", 7, None])

    assert decode_cursor(cursor, (str, int, type(None))) == ["шевченко", 7, None]


@pytest.mark.parametrize(
    "cursor",
    ["", "!", "abc", "\u0456", encode_cursor([1]), encode_cursor(["a", "b"]), "W10", "bnVsbA"],
)
def test_what_we_did_not_write_is_no_cursor(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        decode_cursor(cursor, (str, int))


def test_the_link_to_the_next_page_begins_at_the_configured_origin() -> None:
    link = link_to_next("/api/contacts", {"limit": "2", "cursor": "abc"})

    assert link == '<http://127.0.0.1:8000/api/contacts?limit=2&cursor=abc>; rel="next"'
