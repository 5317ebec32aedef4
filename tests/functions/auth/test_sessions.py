"""Sessions: refreshed, listed, ended; and a stolen copy that ends itself."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from kith import settings as environment
from tests.auth_client import AuthClient
from tests.clock import FrozenClock

Clock = Callable[[float], None]


def test_a_refresh_gives_the_next_pair_of_the_same_session(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    before, session_id = client.refresh_token, client.session_id

    answer = client.refresh()

    assert answer.status == 200
    assert client.refresh_token != before
    assert client.session_id == session_id


def test_an_answer_that_was_lost_can_be_had_again_for_ten_seconds(
    client: AuthClient, clock: FrozenClock
) -> None:
    clock.set_offset(0)
    client.sign_up_and_log_in()
    spent = client.refresh_token

    first = client.refresh(spent).body["refresh_token"]
    clock.set_offset(9)
    second = client.refresh(spent).body["refresh_token"]

    assert first == second
    assert client.refresh(first).status == 200


def test_a_spent_token_after_the_grace_ends_its_session_and_no_other(
    client: AuthClient, clock: FrozenClock
) -> None:
    clock.set_offset(0)
    client.sign_up_and_log_in()
    spent = client.refresh_token
    other = AuthClient(client.database)
    other.log_in()
    client.refresh()
    clock.set_offset(11)

    reused = client.refresh(spent)

    assert reused.status == 401
    assert client.refresh().status == 401
    assert other.refresh().status == 200
    (notice,) = client.letters()
    assert notice.to == "alice@example.com"
    assert "session" in notice.subject


def test_a_token_two_steps_back_is_reuse_even_within_the_grace(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    spent = client.refresh_token
    client.refresh()
    client.refresh()

    assert client.refresh(spent).status == 401
    assert client.refresh().status == 401


def test_a_made_up_token_ends_nobodys_session(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    made_up = f"{client.session_id}.{'A' * 64}"

    refused = client.refresh(made_up)

    assert (refused.status, refused.body["code"]) == (401, "refresh_token_invalid")
    assert client.refresh().status == 200


def test_tokens_of_one_kind_are_no_good_as_another(client: AuthClient) -> None:
    client.sign_up_and_log_in()

    assert client.refresh(client.access[:200]).status == 401
    assert client.refresh("x").status == 401
    reset = client.request("POST", "/api/auth/verify", {"token": client.refresh_token})
    assert reset.status == 400


def test_a_session_ends_after_fourteen_idle_days(client: AuthClient, clock: FrozenClock) -> None:
    clock.set_offset(0)
    client.sign_up_and_log_in()
    clock.set_offset(14 * 86400 + 1)

    assert client.refresh().status == 401


def test_a_session_ends_after_thirty_days_however_busy(
    client: AuthClient, clock: FrozenClock
) -> None:
    clock.set_offset(0)
    client.sign_up_and_log_in()
    for day in (10, 20, 29):
        clock.set_offset(day * 86400)
        assert client.refresh().status == 200
    clock.set_offset(30 * 86400 - 60)
    last = client.refresh().body
    clock.set_offset(30 * 86400 + 60)

    assert last["expires_in"] <= 60
    assert client.refresh().status == 401


def test_sessions_are_listed_with_device_and_origin(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    phone = AuthClient(client.database, origin="198.51.100.7")
    phone.log_in()

    listed = client.request("GET", "/api/auth/sessions").body["items"]

    assert {each["id"]: each["current"] for each in listed} == {
        str(client.session_id): True,
        str(phone.session_id): False,
    }
    assert {each["origin"] for each in listed} == {"203.0.113.9", "198.51.100.7"}


def test_one_session_can_be_ended_and_only_ones_own(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    phone = AuthClient(client.database)
    phone.log_in()
    bob = AuthClient(client.database).sign_up_and_log_in("bob@example.com")
    path = f"/api/auth/sessions/{phone.session_id}"

    assert bob.request("DELETE", path).status == 404
    assert phone.refresh().status == 200
    assert client.request("DELETE", path).status == 204
    assert phone.refresh().status == 401
    assert client.request("DELETE", path).status == 404
    assert client.request("DELETE", f"/api/auth/sessions/{uuid4()}").status == 404
    assert client.request("DELETE", "/api/auth/sessions/7").status == 422


def test_logging_out_ends_this_session_and_doing_it_twice_is_no_mistake(
    client: AuthClient,
) -> None:
    client.sign_up_and_log_in()
    phone = AuthClient(client.database)
    phone.log_in()

    assert client.request("POST", "/api/auth/logout").status == 204
    assert client.request("POST", "/api/auth/logout").status == 204
    assert client.refresh().status == 401
    assert phone.refresh().status == 200


def test_logging_out_everywhere_ends_them_all_and_lets_one_in_again(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    phone = AuthClient(client.database)
    phone.log_in()

    assert client.request("POST", "/api/auth/logout-all").status == 204
    assert client.refresh().status == 401
    assert phone.refresh().status == 401
    assert phone.log_in().status == 200
    assert phone.refresh().status == 200


def test_of_too_many_sessions_the_one_that_was_used_least_lately_ends(
    client: AuthClient, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_SESSIONS_PER_USER", "3")
    environment.settings.cache_clear()
    client.sign_up_and_log_in()
    others = [AuthClient(client.database) for _ in range(2)]
    for minute, other in enumerate(others, start=1):
        clock.set_offset(minute * 60)
        other.log_in()
    clock.set_offset(180)
    client.refresh()

    newest = AuthClient(client.database)
    newest.log_in()

    assert others[0].refresh().status == 401
    assert [each.refresh().status for each in (client, others[1], newest)] == [200] * 3


def test_a_refresh_token_has_one_spelling(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    session_id, secret = client.refresh_token.split(".")
    plain = session_id.replace("-", "")

    for other in (
        f"{session_id.upper()}.{secret}",
        f"{plain}.{secret}",
        f"{{{session_id}}}.{secret}",
        f"{session_id}.{secret}=",
        f"{session_id}.{secret}.",
        f" {client.refresh_token}",
    ):
        assert client.refresh(other).status == 401
    assert client.refresh().status == 200


def test_nobody_is_anybody_without_the_authorizers_word(client: AuthClient) -> None:
    for method, path in [
        ("GET", "/api/users/me"),
        ("GET", "/api/auth/sessions"),
        ("POST", "/api/auth/logout"),
        ("GET", "/api/users/me/export"),
    ]:
        refused = client.request(method, path, identity=None)
        assert (refused.status, refused.body["code"]) == (401, "not_authenticated")


def test_when_nobody_can_tell_whether_a_session_lives_the_answer_is_later(
    client: AuthClient,
) -> None:
    answer = client.request("GET", "/api/users/me", identity={"denied": "unavailable"})

    assert answer.status == 503
    assert int(answer.headers["retry-after"]) >= 1
