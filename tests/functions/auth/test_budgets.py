"""How often somebody may ask: one budget of letters over all routes, a limit on every route."""

from typing import Any

import pytest
from fastapi.dependencies.models import Dependant

from kith import settings as environment
from kith.accounts.dependencies import get_account_user
from kith.avatars.router import get_uploader
from kith.http.authentication import get_current_user
from kith.http.rate_limit import get_rate_limited_user
from kith.reference.document import all_routes
from tests.auth_client import PASSWORD, AuthClient
from tests.clock import FrozenClock

LIMITERS = {get_account_user, get_rate_limited_user, get_uploader}


def limit(monkeypatch: pytest.MonkeyPatch, **variables: int) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"KITH_{name}", str(value))
    environment.settings.cache_clear()


def dependencies(dependant: Dependant) -> set[Any]:
    found: set[Any] = {dependant.call}
    return found.union(*(dependencies(each) for each in dependant.dependencies))


def test_every_route_for_signed_in_users_has_a_limit() -> None:
    unlimited = [
        route.path
        for route in all_routes()
        if get_current_user in (found := dependencies(route.dependant)) and not found & LIMITERS
    ]

    assert unlimited == []


def ask_to_move(client: AuthClient, number: int) -> int:
    change = {"email": f"new{number}@example.com", "password": PASSWORD}
    return client.request("POST", "/api/auth/email/change", change).status


def test_a_user_may_ask_for_so_many_letters_an_hour_to_whomever(
    client: AuthClient, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.sign_up_and_log_in()
    limit(monkeypatch, LETTERS_PER_USER_PER_HOUR=3)

    answers = [ask_to_move(client, number) for number in range(4)]
    clock.set_offset(3600)

    assert answers == [202, 202, 202, 429]
    assert ask_to_move(client, 5) == 202


def test_a_change_of_password_is_of_the_same_budget(
    client: AuthClient, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.sign_up_and_log_in()
    limit(monkeypatch, LETTERS_PER_USER_PER_HOUR=3)
    changes = [(PASSWORD, "nine loud herons"), ("nine loud herons", PASSWORD)]

    answers = [ask_to_move(client, 1)]
    for current, new in [*changes, changes[0]]:
        change = {"current_password": current, "password": new}
        answers.append(client.request("POST", "/api/auth/password/change", change).status)

    assert answers == [202, 204, 204, 429]
    assert client.log_in().status == 200, "a refused change counts as no failure"


def test_an_origin_has_one_budget_over_all_routes_that_send(
    client: AuthClient, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.sign_up_and_log_in()
    bob = AuthClient(client.database, origin="198.51.100.7")
    limit(monkeypatch, LETTERS_PER_ORIGIN_PER_HOUR=6)
    unknown = {"email": "nobody@example.com"}

    first = [  # the sign-up was the first of six
        ask_to_move(client, 1),
        client.request("POST", "/api/auth/password/forgot", unknown).status,
        client.request("POST", "/api/auth/verify/resend", unknown).status,
        client.sign_up("carol@example.com").status,
        client.sign_up("carol@example.com").status,
    ]
    then = [
        ask_to_move(client, 2),
        client.request("POST", "/api/auth/password/forgot", unknown).status,
        client.request("POST", "/api/auth/verify/resend", unknown).status,
        client.sign_up("dave@example.com").status,
        client.sign_up("carol@example.com").status,
    ]

    assert first == [202, 202, 202, 201, 409]
    assert then == [429] * 5
    assert bob.request("POST", "/api/auth/password/forgot", unknown).status == 202


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/users/me"),
        ("PATCH", "/api/users/me"),
        ("GET", "/api/auth/sessions"),
        ("DELETE", "/api/auth/sessions/5f0c3f5e-8f0a-4d4e-9a55-0c8f3f6f2b11"),
    ],
)
def test_a_user_may_ask_so_often_a_minute(
    client: AuthClient,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
) -> None:
    client.sign_up_and_log_in()
    limit(monkeypatch, ACCOUNT_REQUESTS_PER_MINUTE=3)
    body: dict[str, Any] | None = {} if method == "PATCH" else None

    answers = [client.request(method, path, body) for _ in range(4)]

    assert 429 not in {each.status for each in answers[:3]}
    assert answers[3].status == 429
    assert answers[3].headers["ratelimit-policy"] == '"account";q=3;w=60'
    assert int(answers[3].headers["retry-after"]) >= 1


def test_an_export_is_dearer(
    client: AuthClient, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.sign_up_and_log_in()
    limit(monkeypatch, EXPORTS_PER_HOUR=2)

    answers = [client.request("GET", "/api/users/me/export").status for _ in range(3)]

    assert answers == [200, 200, 429]


def test_an_origin_may_refresh_so_often_a_minute(
    client: AuthClient, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.sign_up_and_log_in()
    limit(monkeypatch, REFRESHES_PER_ORIGIN_PER_MINUTE=2)

    answers = [client.refresh().status for _ in range(3)]

    assert answers == [200, 200, 429]
    elsewhere = AuthClient(client.database, origin="198.51.100.7")
    assert elsewhere.refresh(client.refresh_token).status == 200
