"""Signing up: one account per address, one letter, and nothing in between."""

from typing import Any

import pytest

from kith.settings import settings
from tests.events import json_of
from tests.visitor import PASSWORD, Visitor


def test_a_taken_address_is_a_conflict_however_it_is_spelled(visitor: Visitor) -> None:
    visitor.sign_up("alice@example.com")

    again = visitor.sign_up("  ALICE@EXAMPLE.COM ")

    assert again["statusCode"] == 409
    assert json_of(again)["code"] == "email_taken"
    assert len(visitor.letters()) == 1


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
    visitor: Visitor, wrong: dict[str, Any], pointer: str
) -> None:
    refused = visitor.sign_up(**{"email": "new@example.com", **wrong})

    assert refused["statusCode"] == 422
    assert [each["pointer"] for each in json_of(refused)["errors"]] == [pointer]
    assert "x" * 20 not in refused["body"]
    assert visitor.letters() == []


def test_an_account_can_be_made_with_what_the_original_assignment_names(
    visitor: Visitor,
) -> None:
    made = visitor.sign_up("alice@example.com", username="alice")

    assert made["statusCode"] == 201
    assert json_of(made)["username"] == "alice"
    assert set(json_of(made)) == {
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


def test_an_origin_may_make_ten_accounts_an_hour_and_conflicts_do_not_count(
    visitor: Visitor,
) -> None:
    made = [visitor.sign_up(f"person{n}@example.com")["statusCode"] for n in range(10)]
    conflicts = [visitor.sign_up("person1@example.com")["statusCode"] for _ in range(12)]
    eleventh = visitor.sign_up("person11@example.com")

    assert set(made) == {201}
    assert set(conflicts) == {409}
    assert eleventh["statusCode"] == 429
    assert int(eleventh["headers"]["retry-after"]) >= 1
    assert Visitor(visitor.database, origin="198.51.100.7").sign_up()["statusCode"] == 201


def test_searching_for_accounts_by_signing_up_ends_soon(visitor: Visitor) -> None:
    visitor.sign_up()

    answers = [
        visitor.sign_up()["statusCode"] for _ in range(settings().signup_conflicts_per_origin + 1)
    ]

    assert answers[-2:] == [409, 429]


def test_the_links_come_from_the_settings_whatever_the_headers_say(visitor: Visitor) -> None:
    lies = {
        "host": "evil.example",
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "gopher",
        "forwarded": "host=evil.example",
        "origin": "https://evil.example",
        "referer": "https://evil.example",
    }
    body = {"email": "alice@example.com", "password": PASSWORD}

    made = visitor.send("POST", "/api/auth/signup", body, headers=lies)

    (letter,) = visitor.letters()
    said = letter.text + letter.html + str(made["headers"])
    assert "evil" not in said
    assert f"{settings().public_base_url}/verify-email?token=" in letter.text


@pytest.mark.parametrize(
    "password",
    ["a1" * 36, "a1" * 36 + "!", "b2" * 100, "🦆🦢 duck and swan 🦢🦆", "dziękuję"],
    ids=["72 bytes", "73 bytes", "200 bytes", "emoji", "accents"],
)
def test_passwords_of_any_size_and_script_work_whole(visitor: Visitor, password: str) -> None:
    visitor.sign_up(password=password)
    visitor.verify(visitor.letters()[0])

    assert visitor.log_in(password=password[:-1])["statusCode"] == 401
    assert visitor.log_in(password=password + "x")["statusCode"] == 401
    assert visitor.log_in(password=password)["statusCode"] == 200
