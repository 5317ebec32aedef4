"""What letters lead to: verified addresses, new passwords, new addresses."""

from collections.abc import Callable

import pytest

from tests.auth_client import PASSWORD, AuthClient
from tests.clients import Response
from tests.clock import FrozenClock
from tests.outbox import token_in

Clock = Callable[[float], None]
ALICE = {"email": "alice@example.com"}
NEW = "nine loud herons"


def forgot(client: AuthClient, email: str = "alice@example.com") -> int:
    answer = client.request("POST", "/api/auth/password/forgot", {"email": email})
    return int(answer.status)


def reset(client: AuthClient, token: str, password: str = NEW) -> Response:
    body = {"token": token, "password": password}
    return client.request("POST", "/api/auth/password/reset", body)


def test_a_link_verifies_once(client: AuthClient) -> None:
    client.sign_up()
    (letter,) = client.letters()

    assert client.verify(letter).status == 200
    again = client.verify(letter)
    assert (again.status, again.body["code"]) == (400, "token_invalid")


def test_the_newest_link_is_the_one_that_counts(client: AuthClient) -> None:
    client.sign_up()
    (first,) = client.letters()
    assert client.request("POST", "/api/auth/verify/resend", ALICE).status == 202
    (second,) = client.letters()

    assert client.verify(first).status == 400
    assert client.verify(second).status == 200


def test_a_verification_lives_for_a_day_from_when_it_was_sent(
    client: AuthClient, clock: FrozenClock
) -> None:
    clock.set_offset(0)
    client.sign_up()
    (letter,) = client.letters()
    clock.set_offset(24 * 3600 + 1)

    assert client.verify(letter).status == 400


@pytest.mark.parametrize("token", ["", "x", "é", "\ud7ff", "x" * 200])
def test_a_made_up_token_verifies_nothing(client: AuthClient, token: str) -> None:
    answer = client.request("POST", "/api/auth/verify", {"token": token})

    assert (answer.status, answer.body["code"]) == (400, "token_invalid")


def test_known_and_unknown_addresses_are_answered_and_throttled_alike(client: AuthClient) -> None:
    client.sign_up_and_log_in()

    for path in ("/api/auth/verify/resend", "/api/auth/password/forgot"):
        known = [client.request("POST", path, ALICE) for _ in range(4)]
        unknown = [client.request("POST", path, {"email": "no@example.com"}) for _ in range(4)]

        assert [_seen(each) for each in known] == [_seen(each) for each in unknown]
    assert known[-1].status == 429


def _seen(answer: Response) -> tuple[object, object, set[str]]:
    return answer.status, answer.body, set(answer.headers)


def test_an_address_gets_five_letters_an_hour_of_all_kinds(
    client: AuthClient, clock: FrozenClock
) -> None:
    clock.set_offset(0)
    client.sign_up_and_log_in()  # one letter

    for _ in range(8):
        forgot(client)
    assert len(client.letters()) == 4
    clock.set_offset(3600)
    assert forgot(client) == 202
    assert len(client.letters()) == 1


def test_a_new_password_ends_all_sessions_and_its_owner_is_told(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    forgot(client)
    (letter,) = client.letters()

    assert reset(client, token_in(letter)).status == 204
    assert client.refresh().status == 401
    assert client.log_in().status == 401
    assert client.log_in(password=NEW).status == 200
    (notice,) = client.letters()
    assert "password" in notice.subject
    assert "?token=" not in notice.text


def test_a_weak_password_leaves_the_link_as_it_was(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    forgot(client)
    token = token_in(client.letters()[0])

    weak = reset(client, token, "password1")

    assert weak.status == 422
    assert weak.body["errors"][0]["code"] == "password_common"
    assert reset(client, token).status == 204
    assert reset(client, token).status == 400


def test_a_reset_lives_for_half_an_hour(client: AuthClient, clock: FrozenClock) -> None:
    clock.set_offset(0)
    client.sign_up_and_log_in()
    forgot(client)
    token = token_in(client.letters()[0])
    clock.set_offset(30 * 60 + 1)

    assert reset(client, token).status == 400


def test_a_reset_is_void_once_the_password_changed(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    forgot(client)
    token = token_in(client.letters()[0])
    change = {"current_password": PASSWORD, "password": NEW}

    assert client.request("POST", "/api/auth/password/change", change).status == 204
    assert reset(client, token).status == 400


def test_a_token_of_one_purpose_is_no_good_for_another(client: AuthClient) -> None:
    client.sign_up()
    (verification,) = client.letters()
    forgot(client)
    (resetting,) = client.letters()

    assert reset(client, token_in(verification)).status == 400
    assert client.verify(resetting).status == 400


def test_whoever_could_read_the_reset_letter_owns_the_address(client: AuthClient) -> None:
    client.sign_up()
    client.letters()
    forgot(client)

    reset(client, token_in(client.letters()[0]))

    assert client.log_in(password=NEW).status == 200


def test_a_reset_opens_a_locked_account(client: AuthClient) -> None:
    client.sign_up()
    client.letters()
    for _ in range(11):
        client.log_in(password="wrong wrong")
    forgot(client)

    reset(client, token_in(client.letters()[0]))

    assert client.log_in(password=NEW).status == 200


def test_changing_the_password_ends_the_other_sessions_only(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    phone = AuthClient(client.database)
    phone.log_in()
    change = {"current_password": PASSWORD, "password": NEW}

    assert client.request("POST", "/api/auth/password/change", change).status == 204

    assert client.refresh().status == 200
    assert phone.refresh().status == 401
    (notice,) = client.letters()
    assert "password" in notice.subject


def test_the_password_is_not_changed_without_the_current_one(client: AuthClient) -> None:
    client.sign_up_and_log_in()

    wrong = client.request(
        "POST", "/api/auth/password/change", {"current_password": "no no no", "password": NEW}
    )
    weak = client.request(
        "POST", "/api/auth/password/change", {"current_password": PASSWORD, "password": "12345678"}
    )

    assert (wrong.status, wrong.body["code"]) == (400, "bad_credentials")
    assert weak.status == 422
    assert client.log_in().status == 200


def test_a_new_address_counts_once_its_letter_is_answered(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    change = {"email": "Alice@New.example.com", "password": PASSWORD}

    assert client.request("POST", "/api/auth/email/change", change).status == 202
    confirm, asked = sorted(client.letters(), key=lambda each: "@New" in each.to, reverse=True)
    assert client.request("GET", "/api/users/me").body["email"] == "alice@example.com"
    confirmed = client.verify(confirm)

    assert confirm.to == "Alice@new.example.com"
    assert asked.to == "alice@example.com"
    assert confirmed.body["email"] == "Alice@new.example.com"
    (letter_sent,) = client.letters()
    assert letter_sent.to == "alice@example.com"
    assert client.log_in("alice@example.com").status == 401
    assert client.log_in("alice@new.example.com").status == 200


def test_an_address_that_somebody_else_has_cannot_become_ones_own(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    bob = AuthClient(client.database)
    bob.sign_up_and_log_in("bob@example.com")

    asked = bob.request(
        "POST", "/api/auth/email/change", {"email": "ALICE@example.com", "password": PASSWORD}
    )

    assert asked.status == 202
    assert [each.to for each in bob.letters()] == ["bob@example.com"]


def test_whoever_signs_up_first_has_the_address(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    change = {"email": "new@example.com", "password": PASSWORD}
    client.request("POST", "/api/auth/email/change", change)
    confirm = next(each for each in client.letters() if each.to == "new@example.com")
    AuthClient(client.database).sign_up("new@example.com")

    late = client.verify(confirm)

    assert (late.status, late.body["code"]) == (409, "email_taken")


def test_a_change_of_address_is_stopped_by_a_change_of_password(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    change = {"email": "new@example.com", "password": PASSWORD}
    client.request("POST", "/api/auth/email/change", change)
    confirm = next(each for each in client.letters() if each.to == "new@example.com")
    client.request(
        "POST", "/api/auth/password/change", {"current_password": PASSWORD, "password": NEW}
    )

    assert client.verify(confirm).status == 400


def test_the_same_address_is_no_change(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    same = {"email": "alice@example.com", "password": PASSWORD}

    refused = client.request("POST", "/api/auth/email/change", same)

    assert (refused.status, refused.body["code"]) == (422, "same_address")
