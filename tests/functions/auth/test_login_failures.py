"""Wrong passwords: ever longer delays, an end at a hundred, a letter, and nothing to learn."""

from typing import Any

from tests.auth_client import PASSWORD, AuthClient
from tests.clients import Response
from tests.clock import FrozenClock
from tests.outbox import token_in

WRONG = "wrong wrong wrong"
NEW = "nine loud herons"
MINUTE, DAY = 60, 86_400


def stranger(client: AuthClient, number: int = 66) -> AuthClient:
    """Somebody at an address that nobody signed in from."""
    return AuthClient(client.database, origin=f"198.51.100.{number}")


def fail(client: AuthClient, times: int, email: str = "alice@example.com") -> list[int]:
    return [client.log_in(email, WRONG).status for _ in range(times)]


def reset_password(client: AuthClient, password: str = NEW) -> None:
    client.request("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})
    letter = next(each for each in client.letters() if "/reset-password" in each.text)
    body = {"token": token_in(letter), "password": password}
    assert client.request("POST", "/api/auth/password/reset", body).status == 204


def exhaust(client: AuthClient, clock: FrozenClock, email: str = "alice@example.com") -> int:
    """Guess from ever new addresses for a month; the number of guesses that were judged."""
    judged, now = 0, 0
    for number in range(200):
        answer = stranger(client, number).log_in(email, WRONG)
        if answer.status == 401:
            judged += 1
        else:
            now += int(answer.headers["retry-after"])
            clock.set_offset(now)
        if now > 30 * DAY:
            break
    return judged


def test_a_hundred_wrong_passwords_in_a_row_are_the_end_of_guessing(
    client: AuthClient, clock: FrozenClock
) -> None:
    client.sign_up_and_log_in()

    judged = exhaust(client, clock)

    assert judged == 100
    assert stranger(client, 250).log_in().status == 429
    assert client.log_in().status == 429, "not even from where the owner is at home"


def test_an_unknown_address_is_exhausted_alike(client: AuthClient, clock: FrozenClock) -> None:
    assert exhaust(client, clock, "nobody@example.com") == 100


def test_a_letter_opens_an_account_whose_guesses_are_used_up(
    client: AuthClient, clock: FrozenClock
) -> None:
    client.sign_up_and_log_in()
    exhaust(client, clock)

    reset_password(client)

    assert stranger(client, 250).log_in(password=NEW).status == 200
    assert fail(stranger(client, 251), 11) == [401] * 10 + [429]


def test_sessions_and_the_way_back_stay_open_when_the_guesses_are_used_up(
    client: AuthClient, clock: FrozenClock
) -> None:
    client.sign_up_and_log_in()
    exhaust(client, clock)
    clock.set_offset(10)

    assert client.refresh().status == 200
    assert client.request("GET", "/api/users/me").status == 200


def test_each_ten_failures_take_twice_as_long(client: AuthClient, clock: FrozenClock) -> None:
    client.sign_up_and_log_in()
    now, delays = 0, []
    for number in range(4):
        assert fail(stranger(client, number), 10) == [401] * 10
        delays.append(int(stranger(client, number).log_in().headers["retry-after"]))
        now += delays[-1]
        clock.set_offset(now)

    assert delays == [15 * MINUTE, 30 * MINUTE, 60 * MINUTE, 120 * MINUTE]


def test_success_begins_anew(client: AuthClient, clock: FrozenClock) -> None:
    client.sign_up_and_log_in()
    fail(client, 10)
    clock.set_offset(15 * MINUTE)
    assert client.log_in().status == 200

    fail(client, 10)

    assert client.log_in().headers["retry-after"] == str(15 * MINUTE)


def test_a_reset_clears_the_counter_of_a_known_origin_too(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    fail(client, 10)
    assert client.log_in().status == 429

    reset_password(client)

    assert client.log_in(password=NEW).status == 200


def test_the_owner_is_told_once_when_somebody_guesses(
    client: AuthClient, clock: FrozenClock
) -> None:
    client.sign_up_and_log_in()
    guesser = stranger(client)

    fail(guesser, 9)
    assert client.letters() == []
    fail(guesser, 3)
    (letter,) = client.letters()
    clock.set_offset(15 * MINUTE)
    fail(guesser, 10)

    assert letter.to == "alice@example.com"
    assert guesser.origin in letter.text
    assert client.letters() == []


def test_the_owner_is_told_when_the_guesses_are_used_up(
    client: AuthClient, clock: FrozenClock
) -> None:
    client.sign_up_and_log_in()

    exhaust(client, clock)

    guessed, closed = client.letters()
    assert guessed.subject != closed.subject
    assert "?token=" not in closed.text


def test_nobody_is_written_to_whose_address_was_never_proven(client: AuthClient) -> None:
    client.sign_up()
    client.letters()

    fail(client, 11)

    assert client.letters() == []


def seen(answer: Response) -> tuple[int, Any, dict[str, str]]:
    return answer.status, answer.body, dict(answer.headers)


def test_nobody_learns_from_where_an_owner_signs_in(client: AuthClient, clock: FrozenClock) -> None:
    """A stranger behind the owner's own address is answered like anybody, also for nobody."""
    client.sign_up_and_log_in()
    neighbour = AuthClient(client.database, origin=client.origin)
    for email in ("alice@example.com", "nobody@example.com"):
        assert fail(stranger(client, 1), 10, email) == [401] * 10

    at_home = [seen(neighbour.log_in(password=WRONG)) for _ in range(12)]
    elsewhere = [seen(stranger(client, 2).log_in(password=WRONG)) for _ in range(12)]
    nobody = [seen(stranger(client, 3).log_in("nobody@example.com", WRONG)) for _ in range(12)]

    assert at_home == elsewhere == nobody
    assert {status for status, _, _ in at_home} == {429}


def test_what_is_tried_at_home_during_a_lock_changes_nothing_for_others(
    client: AuthClient, clock: FrozenClock
) -> None:
    client.sign_up_and_log_in()
    for email in ("alice@example.com", "nobody@example.com"):
        fail(stranger(client, 1), 10, email)
        fail(AuthClient(client.database, origin=client.origin), 10, email)
    assert client.log_in().status == 429
    clock.set_offset(15 * MINUTE)
    assert client.log_in().status == 200

    after = {
        email: [seen(stranger(client, 4).log_in(email, WRONG)) for _ in range(11)]
        for email in ("alice@example.com", "nobody@example.com")
    }

    assert [each[0] for each in after["nobody@example.com"]] == [401] * 10 + [429]
    assert [each[0] for each in after["alice@example.com"]] == [401] * 10 + [429]


def test_the_right_password_counts_at_home_while_strangers_guess(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    fail(stranger(client), 12)

    assert stranger(client, 7).log_in().status == 429
    assert client.log_in().status == 200
    assert stranger(client, 7).log_in(password=WRONG).status == 429, "the lock of others stays"


def test_a_signed_in_user_is_held_to_the_same_count(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    wrong = {"current_password": WRONG, "password": NEW}

    answers = [client.request("POST", "/api/auth/password/change", wrong).status for _ in range(11)]

    assert answers == [400] * 10 + [429]
    assert client.log_in().status == 429
    right = {"current_password": PASSWORD, "password": NEW}
    assert client.request("POST", "/api/auth/password/change", right).status == 429


def test_a_deleted_account_leaves_no_count_behind(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    fail(client, 3)
    client.request("DELETE", "/api/users/me", {"password": PASSWORD})
    client.letters()
    client.access = ""

    client.sign_up_and_log_in()

    assert fail(client, 11) == [401] * 10 + [429]
