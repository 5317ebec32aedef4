"""Signing in: the same for unknown and wrong, and only so often."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from kith import settings as environment
from tests.events import json_of
from tests.visitor import PASSWORD, Visitor


def test_unknown_and_wrong_are_answered_alike(visitor: Visitor) -> None:
    visitor.settle()

    unknown = visitor.log_in("nobody@example.com")
    wrong = visitor.log_in(password="seven quiet swans")

    assert unknown["statusCode"] == wrong["statusCode"] == 401
    assert unknown["body"] == wrong["body"]
    assert unknown["headers"] == wrong["headers"]
    assert json_of(wrong)["code"] == "bad_credentials"
    assert wrong["headers"]["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("email", ["", "nobody", "а@b.c", "alice@example.com\0"])
def test_what_can_be_no_address_is_wrong_too(visitor: Visitor, email: str) -> None:
    assert visitor.log_in(email)["statusCode"] in {401, 422}


def test_only_the_right_password_learns_that_the_address_is_not_verified(
    visitor: Visitor,
) -> None:
    visitor.sign_up()

    right = visitor.log_in()
    wrong = visitor.log_in(password="seven quiet swans")

    assert (right["statusCode"], json_of(right)["code"]) == (403, "email_not_verified")
    assert (wrong["statusCode"], json_of(wrong)["code"]) == (401, "bad_credentials")


def test_the_form_of_oauth_clients_signs_in_too(visitor: Visitor) -> None:
    visitor.settle()
    form = {"grant_type": "password", "username": "alice@example.com", "password": PASSWORD}

    answer = visitor.send(
        "POST",
        "/api/auth/token",
        raw=urlencode(form).encode(),
        headers={"content-type": "application/x-www-form-urlencoded"},
        identity=None,
    )

    assert answer["statusCode"] == 200
    assert set(json_of(answer)) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert answer["headers"]["cache-control"] == "no-store"


def test_after_ten_failures_nobody_gets_in_until_the_window_ends(
    visitor: Visitor, move_clock: Callable[[float], None]
) -> None:
    move_clock(0)
    visitor.sign_up()
    visitor.verify(visitor.letters()[0])

    failures = [visitor.log_in(password="wrong wrong")["statusCode"] for _ in range(10)]
    locked = visitor.log_in()
    move_clock(15 * 60)
    later = visitor.log_in()

    assert set(failures) == {401}
    assert (locked["statusCode"], json_of(locked)["code"]) == (429, "too_many_attempts")
    assert 1 <= int(locked["headers"]["retry-after"]) <= 900
    assert later["statusCode"] == 200


def test_an_unknown_address_is_locked_alike(visitor: Visitor) -> None:
    answers = [visitor.log_in("nobody@example.com")["statusCode"] for _ in range(11)]

    assert answers == [401] * 10 + [429]


def test_the_case_of_an_address_opens_no_second_account_of_failures(visitor: Visitor) -> None:
    spellings = ["nobody@example.com", "NOBODY@example.com", " nobody@EXAMPLE.com"]

    answers = [visitor.log_in(spellings[n % 3])["statusCode"] for n in range(11)]

    assert answers[-1] == 429


def test_success_forgives_the_failures(visitor: Visitor) -> None:
    visitor.settle()

    for _ in range(3):
        for _ in range(9):
            visitor.log_in(password="wrong wrong")
        assert visitor.log_in()["statusCode"] == 200


def test_strangers_cannot_lock_the_owner_out_of_where_they_are_at_home(visitor: Visitor) -> None:
    visitor.settle()
    stranger = Visitor(visitor.database, origin="198.51.100.66")

    answers = [stranger.log_in(password="wrong wrong")["statusCode"] for _ in range(12)]

    assert answers[-1] == 429
    assert visitor.log_in()["statusCode"] == 200


def test_an_origin_may_try_sixty_times_a_minute_whoever_it_tries(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_LOGINS_PER_ORIGIN_PER_MINUTE", "6")
    environment.settings.cache_clear()

    answers = [visitor.log_in(f"person{n}@example.com")["statusCode"] for n in range(7)]

    assert answers == [401] * 6 + [429]


def test_a_throttled_account_keeps_its_sessions_and_its_way_back(visitor: Visitor) -> None:
    visitor.settle()
    for _ in range(11):
        visitor.log_in(password="wrong wrong")

    assert visitor.refresh()["statusCode"] == 200
    forgot = visitor.send("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})
    assert forgot["statusCode"] == 202


def test_a_hash_of_yesterdays_cost_is_renewed_by_signing_in(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.settle()
    monkeypatch.setenv("KITH_PASSWORD_COST", "5")
    environment.settings.cache_clear()

    assert visitor.log_in()["statusCode"] == 200
    (kept,) = visitor.database.connection.exec_driver_sql(  # type: ignore[attr-defined] # the test's database is one connection
        "SELECT password_hash FROM users"
    ).scalars()
    assert kept.startswith("v1$$2b$05$")
    assert visitor.log_in()["statusCode"] == 200


def test_nothing_secret_gets_into_the_log(
    visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    visitor.settle()
    visitor.log_in(password="wrong wrong")
    visitor.refresh()

    events = {each.getMessage() for each in caplog.records}
    assert {"signed_up", "email_verified", "signed_in", "login_failed"} <= events
    said = str([each.__dict__ for each in caplog.records])
    for secret in (PASSWORD, "wrong wrong", "alice@", visitor.refresh_token, visitor.access):
        assert secret not in said
