"""The letters of the accounts: every one in every language, to the right person, or not at all."""

from collections.abc import Callable

import pytest

from kith.accounts.notifications import LetterKind
from kith.settings import settings
from tests.databases import RolledBack
from tests.visitor import PASSWORD, Visitor


@pytest.fixture
def visitor(database: RolledBack) -> Visitor:
    return Visitor(database)


@pytest.mark.parametrize(
    ("locale", "word"), [("en", "Confirm"), ("uk", "Підтверд"), ("pl", "Potwierdź")]
)
def test_a_verification_speaks_the_users_language(visitor: Visitor, locale: str, word: str) -> None:
    visitor.sign_up(locale=locale)

    (letter,) = visitor.letters()

    assert letter.subject.startswith(word)
    assert f"{settings().public_base_url}/verify-email?token=" in letter.text
    assert f"{settings().public_base_url}/verify-email?token=" in letter.html
    assert f'lang="{locale}"' in letter.html


def test_nobody_can_send_their_own_words_to_a_strangers_address(visitor: Visitor) -> None:
    visitor.sign_up(username="You won! https://evil.example")
    visitor.send("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})

    verification, resetting = visitor.letters()

    for letter in (verification, resetting):
        assert "evil" not in letter.text + letter.html + letter.subject


def test_a_proven_address_is_greeted_by_name_and_the_name_is_escaped(visitor: Visitor) -> None:
    visitor.settle(username="Ганна <b>")
    visitor.send("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})

    (letter,) = visitor.letters()

    assert "Ганна <b>" in letter.text
    assert "Ганна &lt;b&gt;" in letter.html


def test_who_has_verified_meanwhile_gets_no_second_letter(visitor: Visitor) -> None:
    visitor.sign_up()
    (letter,) = visitor.letters()
    visitor.send("POST", "/api/auth/verify/resend", {"email": "alice@example.com"})
    visitor.verify(letter)

    assert visitor.letters() == []


def test_a_change_of_address_that_is_no_longer_wanted_sends_nothing(visitor: Visitor) -> None:
    visitor.settle()
    visitor.send("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})
    (letter,) = visitor.letters()
    change = {"email": "new@example.com", "password": PASSWORD}
    visitor.send("POST", "/api/auth/email/change", change)
    token = letter.text.split("token=")[1].split()[0]
    visitor.send(
        "POST", "/api/auth/password/reset", {"token": token, "password": "nine loud herons"}
    )

    assert [each.to for each in visitor.letters()] == ["alice@example.com"]


@pytest.mark.parametrize("locale", ["en", "uk", "pl"])
def test_every_notice_can_be_written_in_every_language(
    visitor: Visitor, move_clock: Callable[[float], None], locale: str
) -> None:
    move_clock(0)
    visitor.settle(locale=locale, time_zone="Europe/Kyiv")
    change = {"email": "new@example.com", "password": PASSWORD}
    visitor.send("POST", "/api/auth/email/change", change)
    confirm, changing = sorted(visitor.letters(), key=lambda each: each.to, reverse=True)
    visitor.verify(confirm)
    spent = visitor.refresh_token
    visitor.refresh()
    move_clock(11)
    visitor.refresh(spent)

    changed, reused = visitor.letters()

    assert changed.to == changing.to == "alice@example.com"
    assert reused.to == "new@example.com"
    assert "new@example.com" in changed.text
    assert "Europe/Kyiv" in reused.text
    for letter in (confirm, changing, changed, reused):
        assert f'lang="{locale}"' in letter.html
        assert "{" not in letter.text
        assert "{" not in letter.html.partition("<body")[2]


def test_a_letter_for_somebody_who_has_left_is_not_written(visitor: Visitor) -> None:
    visitor.settle()
    visitor.send("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})
    visitor.send("DELETE", "/api/users/me", {"password": PASSWORD})

    assert visitor.letters() == []


def test_every_kind_of_letter_has_its_composer() -> None:
    from kith.accounts.email_composers import ACCOUNT_COMPOSERS

    assert set(ACCOUNT_COMPOSERS) == {each.value for each in LetterKind}
