"""Personal access tokens: their one spelling, and what is told from them without asking anybody."""

from uuid import uuid4

import pytest

from kith.accounts.tokens.personal import (
    InvalidPersonalToken,
    digest_personal_token,
    generate_personal_token,
    parse_personal_token,
)


def test_a_token_says_whose_it_is_and_under_which_digest_it_is_kept() -> None:
    user_id = uuid4()
    token = generate_personal_token(user_id)

    parsed = parse_personal_token(token)

    assert parsed == (user_id, digest_personal_token(token))
    assert token.startswith("kith_pat_")
    assert generate_personal_token(user_id) != token


def test_a_token_with_any_character_changed_is_none() -> None:
    token = generate_personal_token(uuid4())

    for index in range(len("kith_pat_"), len(token)):
        other = "A" if token[index] != "A" else "B"
        with pytest.raises(InvalidPersonalToken):
            parse_personal_token(token[:index] + other + token[index + 1 :])


@pytest.mark.parametrize("change", [(0, -1, ""), (0, None, "A"), (0, None, "=")])
def test_a_token_of_another_length_or_spelling_is_none(change: tuple[int, int | None, str]) -> None:
    start, end, more = change
    token = generate_personal_token(uuid4())

    with pytest.raises(InvalidPersonalToken):
        parse_personal_token(token[start:end] + more)


@pytest.mark.parametrize("text", ["kith_pat_", "kith_pat_ї", "kith_pat_" + "A" * 5000])
def test_what_is_no_token_is_none(text: str) -> None:
    with pytest.raises(InvalidPersonalToken):
        parse_personal_token(text)
