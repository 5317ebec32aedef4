"""Signing up: one account per address, one letter, and nothing in between."""

from typing import Any

import pytest

from kith import settings as environment
from kith.settings import settings
from tests.auth_client import PASSWORD, AuthClient
from tests.clients import Response


def test_a_taken_address_is_a_conflict_however_it_is_spelled(client: AuthClient) -> None:
    client.sign_up("alice@example.com")

    again = client.sign_up("  ALICE@EXAMPLE.COM ")

    assert again.status == 409
    assert again.body["code"] == "email_taken"
    assert len(client.letters()) == 1


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"email": "nobody"}, "/email"),
        ({"email": 5}, "/email"),
        ({"email": None}, "/email"),
        ({"password": "short"}, "/password"),
        ({"password": "password1"}, "/password"),
        ({"password": "new@example.com"}, "/password"),
        ({"password": "x" * 5000}, "/password"),
        ({"time_zone": "Mars/Olympus"}, "/time_zone"),
        ({"time_zone": "../etc/passwd"}, "/time_zone"),
        ({"locale": "de"}, "/locale"),
        ({"username": ""}, "/username"),
        ({"username": "a\nb"}, "/username"),
        ({"verified": True}, "/verified"),
        ({"id": "1"}, "/id"),
    ],
)
def test_what_is_wrong_is_named_and_never_repeated(
    client: AuthClient, wrong: dict[str, Any], pointer: str
) -> None:
    refused = client.sign_up(**{"email": "new@example.com", **wrong})

    assert refused.status == 422
    assert [each["pointer"] for each in refused.body["errors"]] == [pointer]
    assert "x" * 20 not in str(refused.body)
    assert client.letters() == []


def test_an_account_can_be_made_with_what_the_original_assignment_names(
    client: AuthClient,
) -> None:
    made = client.sign_up("alice@example.com", username="alice")

    assert made.status == 201
    assert made.body["username"] == "alice"
    assert set(made.body) == {
        "id",
        "email",
        "username",
        "verified",
        "time_zone",
        "locale",
        "leap_day",
        "reminders",
        "avatar_url",
        "created_at",
        "etag",
    }


def test_an_origin_may_sign_up_ten_times_an_hour_whatever_comes_of_it(client: AuthClient) -> None:
    made = [client.sign_up(f"person{n}@example.com").status for n in range(5)]
    conflicts = [client.sign_up("person1@example.com").status for _ in range(5)]
    eleventh = client.sign_up("person11@example.com")

    assert set(made) == {201}
    assert set(conflicts) == {409}
    assert eleventh.status == 429
    assert int(eleventh.headers["retry-after"]) >= 1
    assert AuthClient(client.database, origin="198.51.100.7").sign_up().status == 201


def test_past_the_limit_nobody_learns_which_addresses_are_taken(client: AuthClient) -> None:
    for number in range(10):
        client.sign_up(f"person{number}@example.com")

    taken = [_seen(client.sign_up(f"person{number}@example.com")) for number in range(10)]
    free = [_seen(client.sign_up(f"nobody{number}@example.com")) for number in range(10)]

    assert taken == free
    assert {status for status, _, _ in free} == {429}
    assert not {"conflict", "signups"} & set(str(free).replace('"', " ").split())


def test_past_the_limit_not_even_a_password_is_looked_at(client: AuthClient) -> None:
    for _ in range(10):
        client.sign_up()

    refused = client.sign_up(password="password1")

    assert refused.status == 429


def test_a_password_that_is_refused_uses_nothing_up(client: AuthClient) -> None:
    for _ in range(11):
        assert client.sign_up(password="password1").status == 422

    assert client.sign_up().status == 201


def _seen(answer: Response) -> tuple[int, Any, dict[str, str]]:
    """What a client sees, but for the seconds that pass meanwhile."""
    headers = {**answer.headers, "retry-after": ""}
    headers["ratelimit"] = headers["ratelimit"].partition(";t=")[0]
    return answer.status, answer.body, headers


def test_the_links_come_from_the_settings_whatever_the_headers_say(client: AuthClient) -> None:
    lies = {
        "host": "evil.example",
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "gopher",
        "forwarded": "host=evil.example",
        "origin": "https://evil.example",
        "referer": "https://evil.example",
    }
    body = {"email": "alice@example.com", "password": PASSWORD}

    made = client.request("POST", "/api/auth/signup", body, headers=lies)

    (letter,) = client.letters()
    content = letter.text + letter.html + str(made.headers)
    assert "evil" not in content
    assert f"{settings().public_base_url}/verify-email?token=" in letter.text


@pytest.mark.parametrize(
    "password",
    ["a1" * 36, "a1" * 36 + "!", "b2" * 100, "🦆🦢 duck and swan 🦢🦆", "wdzięcznie"],
    ids=["72 bytes", "73 bytes", "200 bytes", "emoji", "accents"],
)
def test_passwords_of_any_size_and_script_work_whole(
    client: AuthClient, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_PASSWORD_SCORE", "0")  # which of them are good is another question
    environment.settings.cache_clear()
    client.sign_up(password=password)
    client.verify(client.letters()[0])

    assert client.log_in(password=password[:-1]).status == 401
    assert client.log_in(password=password + "x").status == 401
    assert client.log_in(password=password).status == 200
