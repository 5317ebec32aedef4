"""Letters about sign-ins with a new device, and about the end of an account."""

import pytest
from sqlalchemy import func, select

from kith import clock as current_clock
from kith.accounts.cleanup import clean_up_accounts
from kith.accounts.models import User
from kith.mail.models import OutboxLetter
from tests.auth_client import PASSWORD, AuthClient
from tests.authenticator_app import add_app, answer, challenge_of
from tests.clock import FrozenClock
from tests.software_authenticator import add_passkey, log_in_with, request_options_of

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"
NEWER_FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0.1"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) Safari/605.1"
SUBJECT = "A new device signed in to your account on Kith"


@pytest.fixture
def alice(client: AuthClient, clock: FrozenClock) -> AuthClient:
    clock.set_offset(0)
    client.device = FIREFOX
    client.sign_up_and_log_in()
    return client


def device(client: AuthClient, user_agent: str) -> AuthClient:
    other = AuthClient(client.database, origin="198.51.100.7")
    other.device = user_agent
    return other


def test_the_first_sign_in_is_nothing_new(alice: AuthClient) -> None:
    assert alice.letters() == []


def test_a_sign_in_with_a_new_device_is_told_by_letter(alice: AuthClient) -> None:
    assert device(alice, SAFARI).log_in().status == 200

    (letter,) = alice.letters()

    assert (letter.to, letter.subject) == ("alice@example.com", SUBJECT)
    assert SAFARI in letter.text
    assert "198.51.100.7" in letter.text


@pytest.mark.parametrize("user_agent", [FIREFOX, NEWER_FIREFOX])
def test_a_device_that_is_known_is_not_announced(alice: AuthClient, user_agent: str) -> None:
    assert device(alice, user_agent).log_in().status == 200

    assert alice.letters() == []


def test_a_device_is_announced_once(alice: AuthClient) -> None:
    for _ in range(2):
        device(alice, SAFARI).log_in()

    assert [each.subject for each in alice.letters()] == [SUBJECT]


def test_a_device_that_says_nothing_is_a_device_too(alice: AuthClient) -> None:
    device(alice, "").log_in()

    (letter,) = alice.letters()

    assert "it did not say its name" in letter.text


def test_a_wrong_password_announces_no_device(alice: AuthClient) -> None:
    assert device(alice, SAFARI).log_in(password="wrong wrong").status == 401

    assert alice.letters() == []


def test_the_second_factor_and_a_passkey_announce_it_as_well(alice: AuthClient) -> None:
    app, phone = add_app(alice), add_passkey(alice)
    alice.letters()
    safari, other = device(alice, SAFARI), device(alice, "curl")
    challenge = challenge_of(safari)
    assert alice.letters() == []

    assert answer(safari, challenge, "totp", code=app.code()).status == 200
    assert log_in_with(other, phone.get(request_options_of(other))).status == 200

    assert [each.subject for each in alice.letters()] == [SUBJECT] * 2


def test_the_letter_says_what_was_true_when_it_happened(alice: AuthClient) -> None:
    device(alice, SAFARI).log_in()
    alice.request("PATCH", "/api/users/me", {"locale": "pl", "username": "Ala"})

    (letter,) = alice.letters()

    assert letter.subject == SUBJECT
    assert "Ala" not in letter.text


def test_a_deletion_is_told_to_the_address_that_it_was(alice: AuthClient) -> None:
    assert alice.request("DELETE", "/api/users/me", {"password": PASSWORD}).status == 204
    with alice.database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(User)) == 0

    (letter,) = alice.letters()

    assert letter.to == "alice@example.com"
    assert letter.subject == "Your account on Kith was deleted"


def test_a_deletion_that_is_refused_is_told_to_nobody(alice: AuthClient) -> None:
    assert alice.request("DELETE", "/api/users/me", {"password": "wrong wrong"}).status == 400

    assert alice.letters() == []


def test_nothing_of_a_deleted_account_is_kept_once_its_letter_was_sent(
    alice: AuthClient, clock: FrozenClock
) -> None:
    alice.request("DELETE", "/api/users/me", {"password": PASSWORD})
    clock.set_offset(2 * 86_400)
    with alice.database.writing() as work:
        clean_up_accounts(work, current_clock.now())
    assert len(alice.letters()) == 1  # it waited, and was not forgotten
    clock.set_offset(4 * 86_400)

    with alice.database.writing() as work:
        clean_up_accounts(work, current_clock.now())

    with alice.database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(OutboxLetter)) == 0


def test_a_disabled_account_lets_nobody_in_by_its_factors(alice: AuthClient) -> None:
    app, phone = add_app(alice), add_passkey(alice)
    challenge, options = challenge_of(alice), request_options_of(alice)
    with alice.database.writing() as work:
        user = work.session.get(User, alice.user_id)
        assert user is not None
        user.disabled_at = current_clock.now()

    assert answer(alice, challenge, "totp", code=app.code()).status == 401
    assert log_in_with(alice, phone.get(options)).status == 401


@pytest.mark.parametrize("locale", ["uk", "pl"])
def test_they_are_written_in_every_language(client: AuthClient, locale: str) -> None:
    client.sign_up_and_log_in(locale=locale)
    device(client, SAFARI).log_in()
    client.request("DELETE", "/api/users/me", {"password": PASSWORD})

    (last,) = client.letters()

    assert last.to == "alice@example.com"
    assert "Kith" in last.subject
