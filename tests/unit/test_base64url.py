"""One spelling for each value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.base64url import decode_base64url, encode_base64url


@given(st.binary())
def test_what_is_written_is_read_back(value: bytes) -> None:
    assert decode_base64url(encode_base64url(value)) == value


@pytest.mark.parametrize(
    "text", ["Zg==", "Zh", "Z", "Zm9v\n", "Zm 9v", "-_+/", "Zm9v=", "é", "Zm9*", "____+w"]
)
def test_every_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of whatever kind
        decode_base64url(text)
