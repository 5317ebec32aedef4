"""Signing in: the same for unknown and wrong, and only so often."""

from urllib.parse import urlencode

import pytest

from kith import settings as environment
from tests.auth_client import PASSWORD, AuthClient
from tests.clock import FrozenClock


def test_unknown_and_wrong_are_answered_alike(client: AuthClient) -> None:
    client.sign_up_and_log_in()

    unknown = client.log_in("nobody@example.com")
    wrong = client.log_in(password="seven quiet swans")

    assert unknown.status == wrong.status == 401
    assert unknown.body == wrong.body
    assert unknown.headers == wrong.headers
    assert wrong.body["code"] == "bad_credentials"
    assert wrong.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("email", ["", "nobody", "а@b.c", "alice@example.com\0"])
def test_what_can_be_no_address_is_wrong_too(client: AuthClient, email: str) -> None:
    assert client.log_in(email).status in {401, 422}


def test_only_the_right_password_learns_that_the_address_is_not_verified(
    client: AuthClient,
) -> None:
    client.sign_up()

    right = client.log_in()
    wrong = client.log_in(password="seven quiet swans")

    assert (right.status, right.body["code"]) == (403, "email_not_verified")
    assert (wrong.status, wrong.body["code"]) == (401, "bad_credentials")


def test_the_form_of_oauth_clients_signs_in_too(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    form = {"grant_type": "password", "username": "alice@example.com", "password": PASSWORD}

    answer = client.request(
        "POST",
        "/api/auth/token",
        raw=urlencode(form).encode(),
        headers={"content-type": "application/x-www-form-urlencoded"},
        identity=None,
    )

    assert answer.status == 200
    assert set(answer.body) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert answer.headers["cache-control"] == "no-store"


def test_after_ten_failures_nobody_gets_in_until_the_window_ends(
    client: AuthClient, clock: FrozenClock
) -> None:
    clock.set_offset(0)
    client.sign_up()
    client.verify(client.letters()[0])

    failures = [client.log_in(password="wrong wrong").status for _ in range(10)]
    locked = client.log_in()
    clock.set_offset(15 * 60)
    later = client.log_in()

    assert set(failures) == {401}
    assert (locked.status, locked.body["code"]) == (429, "too_many_attempts")
    assert 1 <= int(locked.headers["retry-after"]) <= 900
    assert later.status == 200


def test_an_unknown_address_is_locked_alike(client: AuthClient) -> None:
    answers = [client.log_in("nobody@example.com").status for _ in range(11)]

    assert answers == [401] * 10 + [429]


def test_the_case_of_an_address_opens_no_second_account_of_failures(client: AuthClient) -> None:
    spellings = ["nobody@example.com", "NOBODY@example.com", " nobody@EXAMPLE.com"]

    answers = [client.log_in(spellings[n % 3]).status for n in range(11)]

    assert answers[-1] == 429


def test_success_clears_the_failures(client: AuthClient) -> None:
    client.sign_up_and_log_in()

    for _ in range(3):
        for _ in range(9):
            client.log_in(password="wrong wrong")
        assert client.log_in().status == 200


def test_strangers_cannot_lock_the_owner_out_of_where_they_are_at_home(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    stranger = AuthClient(client.database, origin="198.51.100.66")

    answers = [stranger.log_in(password="wrong wrong").status for _ in range(12)]

    assert answers[-1] == 429
    assert client.log_in().status == 200


def test_an_origin_may_try_sixty_times_a_minute_whoever_it_tries(
    client: AuthClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_LOGINS_PER_ORIGIN_PER_MINUTE", "6")
    environment.settings.cache_clear()

    answers = [client.log_in(f"person{n}@example.com").status for n in range(7)]

    assert answers == [401] * 6 + [429]


def test_a_throttled_account_keeps_its_sessions_and_its_way_back(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    for _ in range(11):
        client.log_in(password="wrong wrong")

    assert client.refresh().status == 200
    forgot = client.request("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})
    assert forgot.status == 202


def test_a_hash_of_yesterdays_cost_is_renewed_by_signing_in(
    client: AuthClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.sign_up_and_log_in()
    monkeypatch.setenv("KITH_PASSWORD_COST", "5")
    environment.settings.cache_clear()

    assert client.log_in().status == 200
    (kept,) = client.database.connection.exec_driver_sql(  # type: ignore[attr-defined] # the test's database is one connection
        "SELECT password_hash FROM users"
    ).scalars()
    assert kept.startswith("v1$$2b$05$")
    assert client.log_in().status == 200


def test_nothing_secret_gets_into_the_log(
    client: AuthClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    client.sign_up_and_log_in()
    client.log_in(password="wrong wrong")
    client.refresh()

    events = {each.getMessage() for each in caplog.records}
    assert {"signed_up", "email_verified", "signed_in", "wrong_password"} <= events
    logged = str([each.__dict__ for each in caplog.records])
    for secret in (PASSWORD, "wrong wrong", "alice@", client.refresh_token, client.access):
        assert secret not in logged
