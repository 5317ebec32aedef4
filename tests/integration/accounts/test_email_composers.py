"""The letters of the accounts: every one in every language, to the right person, or not at all."""

import pytest

from kith.accounts.notifications import LetterKind
from kith.settings import settings
from tests.auth_client import PASSWORD, AuthClient
from tests.clock import FrozenClock
from tests.databases import RolledBack


@pytest.fixture
def client(database: RolledBack) -> AuthClient:
    return AuthClient(database)


@pytest.mark.parametrize(
    ("locale", "word"), [("en", "Confirm"), ("uk", "Підтверд"), ("pl", "Potwierdź")]
)
def test_a_verification_speaks_the_users_language(
    client: AuthClient, locale: str, word: str
) -> None:
    client.sign_up(locale=locale)

    (letter,) = client.letters()

    assert letter.subject.startswith(word)
    assert f"{settings().public_base_url}/verify-email?token=" in letter.text
    assert f"{settings().public_base_url}/verify-email?token=" in letter.html
    assert f'lang="{locale}"' in letter.html


def test_nobody_can_send_their_own_words_to_a_strangers_address(client: AuthClient) -> None:
    client.sign_up(username="You won! https://evil.example")
    client.request("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})

    verification, resetting = client.letters()

    for letter in (verification, resetting):
        assert "evil" not in letter.text + letter.html + letter.subject


def test_a_proven_address_is_greeted_by_name_and_the_name_is_escaped(client: AuthClient) -> None:
    client.sign_up_and_log_in(username="Ганна <b>")
    client.request("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})

    (letter,) = client.letters()

    assert "Ганна <b>" in letter.text
    assert "Ганна &lt;b&gt;" in letter.html


def test_who_has_verified_meanwhile_gets_no_second_letter(client: AuthClient) -> None:
    client.sign_up()
    (letter,) = client.letters()
    client.request("POST", "/api/auth/verify/resend", {"email": "alice@example.com"})
    client.verify(letter)

    assert client.letters() == []


def test_a_change_of_address_that_is_void_sends_nothing_but_the_notices(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    client.request("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})
    (letter,) = client.letters()
    change = {"email": "new@example.com", "password": PASSWORD}
    client.request("POST", "/api/auth/email/change", change)
    token = letter.text.split("token=")[1].split()[0]
    client.request(
        "POST", "/api/auth/password/reset", {"token": token, "password": "nine loud herons"}
    )

    asked, reset = client.letters()
    assert asked.to == reset.to == "alice@example.com"
    assert "?token=" not in asked.text + reset.text


@pytest.mark.parametrize("locale", ["en", "uk", "pl"])
def test_every_notice_can_be_written_in_every_language(
    client: AuthClient, clock: FrozenClock, locale: str
) -> None:
    clock.set_offset(0)
    client.sign_up_and_log_in(locale=locale, time_zone="Europe/Kyiv")
    change = {"email": "new@example.com", "password": PASSWORD}
    client.request("POST", "/api/auth/email/change", change)
    confirm, changing = sorted(client.letters(), key=lambda each: each.to, reverse=True)
    client.verify(confirm)
    spent = client.refresh_token
    client.refresh()
    clock.set_offset(11)
    client.refresh(spent)

    changed, reused = client.letters()

    assert changed.to == changing.to == "alice@example.com"
    assert reused.to == "new@example.com"
    assert "new@example.com" in changed.text
    assert "Europe/Kyiv" in reused.text
    for letter in (confirm, changing, changed, reused):
        assert f'lang="{locale}"' in letter.html
        assert "{" not in letter.text
        assert "{" not in letter.html.partition("<body")[2]


def test_a_letter_for_somebody_who_has_left_is_not_written(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    client.request("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})
    client.request("DELETE", "/api/users/me", {"password": PASSWORD})

    assert [each.subject for each in client.letters()] == ["Your account on Kith was deleted"]


def test_every_kind_of_letter_has_its_composer() -> None:
    from kith.accounts.email_composers import ACCOUNT_COMPOSERS

    assert set(ACCOUNT_COMPOSERS) == {each.value for each in LetterKind}
