"""Refresh tokens: one successor, and a seal that tells a copy from an invention."""

import secrets
from uuid import uuid4

import pytest

from kith.accounts.tokens import refresh as refreshing

KEY = refreshing.make_family_key()


def test_a_token_comes_back_as_it_was_written() -> None:
    session_id, secret = uuid4(), refreshing.make_secret(KEY)

    assert refreshing.parse_refresh_token(refreshing.format_refresh_token(session_id, secret)) == (
        session_id,
        secret,
    )


def test_a_secret_has_one_successor_and_each_is_sealed() -> None:
    first = refreshing.make_secret(KEY)
    second = refreshing.successor_secret(first, KEY)

    assert second == refreshing.successor_secret(first, KEY)
    assert second != first
    assert refreshing.is_secret_of_family(first, KEY)
    assert refreshing.is_secret_of_family(second, KEY)


def test_what_was_made_up_is_not_sealed() -> None:
    for length in (0, 1, 31, 32, 47, 48, 49):
        assert not refreshing.is_secret_of_family(secrets.token_bytes(length), KEY)


def test_another_sessions_secret_is_not_sealed() -> None:
    assert not refreshing.is_secret_of_family(
        refreshing.make_secret(refreshing.make_family_key()), KEY
    )


def test_the_successor_cannot_be_told_without_the_secret() -> None:
    secret = refreshing.make_secret(KEY)

    assert refreshing.successor_secret(
        refreshing.digest_secret(secret), KEY
    ) != refreshing.successor_secret(secret, KEY)


@pytest.mark.parametrize(
    "token", ["", ".", "x.y", f"{uuid4()}", f"{uuid4()}.!", f"{uuid4()}.é", "x" * 300]
)
def test_what_is_no_token_is_none(token: str) -> None:
    found = refreshing.parse_refresh_token(token)

    assert found is None or found.secret == b""


def test_an_endless_token_is_none() -> None:
    assert (
        refreshing.parse_refresh_token(refreshing.format_refresh_token(uuid4(), b"x" * 300)) is None
    )
