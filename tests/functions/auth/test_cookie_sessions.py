"""Sessions of browsers: the refresh token in a cookie, for pages of our own origin only."""

from collections.abc import Mapping
from typing import Any

import pytest

from functions.auth.app import handler
from tests import events
from tests.auth_client import PASSWORD, AuthClient
from tests.clients import LambdaContext, Response

ORIGIN = "http://127.0.0.1:8000"
OURS = {"X-Session": "cookie", "Origin": ORIGIN}


class Page:
    """A page in a browser, which has its cookies sent and kept for it."""

    def __init__(self, headers: Mapping[str, str] = OURS) -> None:
        self.headers = dict(headers)
        self.cookie = ""
        self.set_cookies: list[str] = []

    def post(self, path: str, body: Any = None, **more: Any) -> Response:
        event = events.request("POST", path, body=body, headers=self.headers, **more)
        if self.cookie:
            event["cookies"] = [self.cookie]
        result = handler(event, LambdaContext())
        self.set_cookies = result.get("cookies") or []
        for each in self.set_cookies:
            self.cookie = each.partition(";")[0]
        return Response.of(result)

    def log_in(self, password: str = PASSWORD) -> Response:
        credentials = {"email": "alice@example.com", "password": password}
        return self.post("/api/auth/login", credentials)

    @property
    def token(self) -> str:
        return self.cookie.partition("=")[2]


@pytest.fixture
def alice(client: AuthClient) -> AuthClient:
    return client.sign_up_and_log_in()


@pytest.fixture
def page(alice: AuthClient) -> Page:
    page = Page()
    assert page.log_in().status == 200
    return page


def test_a_login_in_cookie_mode_puts_the_refresh_token_only_there(page: Page) -> None:
    logged_in = page.log_in()

    assert set(logged_in.body) == {"access_token", "token_type", "expires_in"}
    (cookie,) = page.set_cookies
    name, _, attributes = cookie.partition("=")[0], "", cookie.split("; ")[1:]
    assert name == "__Host-kith"
    assert set(attributes) == {
        "Path=/",
        "Max-Age=1209600",
        "Secure",
        "HttpOnly",
        "SameSite=Strict",
    }
    assert page.token
    assert page.token not in str(logged_in.body)


def test_a_refresh_rotates_the_cookie(page: Page) -> None:
    before = page.token

    refreshed = page.post("/api/auth/refresh")

    assert refreshed.status == 200
    assert "refresh_token" not in refreshed.body
    assert page.token != before
    assert page.post("/api/auth/refresh", {}).status == 200


def test_a_cookie_that_does_not_count_is_refused_and_thrown_away(page: Page) -> None:
    page.cookie = "__Host-kith=made.up"

    refused = page.post("/api/auth/refresh")

    assert (refused.status, refused.body["code"]) == (401, "refresh_token_invalid")
    assert page.set_cookies == [
        "__Host-kith=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict"
    ]


def test_cookie_mode_without_a_cookie_is_refused(page: Page) -> None:
    page.cookie = ""

    assert page.post("/api/auth/refresh").status == 401


def test_a_cookie_alone_is_never_taken(page: Page) -> None:
    """No header, no cookie: what a form of a foreign page could send is nothing."""
    del page.headers["X-Session"]

    refused = page.post("/api/auth/refresh", {})

    assert refused.status == 422
    assert refused.body["errors"][0]["pointer"] == "/refresh_token"
    assert page.post("/api/auth/refresh").status == 422


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "http://127.0.0.1:8001",
        "https://127.0.0.1:8000",
        f"{ORIGIN}.evil.example",
        f"{ORIGIN}/",
        f"{ORIGIN}, {ORIGIN}",
        None,
    ],
)
@pytest.mark.parametrize("path", ["login", "refresh"])
def test_a_foreign_origin_gets_nowhere(page: Page, origin: str | None, path: str) -> None:
    before = page.cookie
    page.headers = {"X-Session": "cookie"} | ({} if origin is None else {"Origin": origin})
    credentials = {"email": "alice@example.com", "password": PASSWORD}

    refused = page.post(f"/api/auth/{path}", credentials if path == "login" else None)

    assert (refused.status, refused.body["code"]) == (403, "origin_not_allowed")
    assert page.set_cookies == []
    assert page.cookie == before
    page.headers = dict(OURS)
    assert page.post("/api/auth/refresh").status == 200


def test_a_token_in_the_body_and_cookie_mode_contradict_each_other(page: Page) -> None:
    refused = page.post("/api/auth/refresh", {"refresh_token": page.token})

    assert refused.status == 422
    assert [each["pointer"] for each in refused.body["errors"]] == ["/refresh_token"]


def test_without_cookie_mode_the_body_counts_and_the_cookie_does_not(
    page: Page, alice: AuthClient
) -> None:
    page.headers = {}

    refreshed = page.post("/api/auth/refresh", {"refresh_token": alice.refresh_token})

    assert refreshed.status == 200
    assert refreshed.body["refresh_token"].startswith(str(alice.session_id))
    assert page.set_cookies == []


def test_another_mode_does_not_exist(page: Page) -> None:
    page.headers["X-Session"] = "token"

    assert page.log_in().status == 422


@pytest.mark.parametrize("path", ["logout", "logout-all"])
def test_a_logout_throws_the_cookie_away_and_ends_its_session(
    page: Page, alice: AuthClient, path: str
) -> None:
    alice.access = page.log_in().body["access_token"]
    spent = page.cookie

    ended = page.post(f"/api/auth/{path}", identity=alice.identity())

    assert ended.status == 204
    assert page.token == ""
    assert "Max-Age=0" in page.set_cookies[0]
    page.cookie = spent
    assert page.post("/api/auth/refresh").status == 401


def test_a_spent_cookie_within_the_grace_gets_the_same_successor(page: Page) -> None:
    """Two tabs at once."""
    spent = page.cookie
    page.post("/api/auth/refresh")
    first = page.token
    page.cookie = spent

    assert page.post("/api/auth/refresh").status == 200
    assert page.token == first


def test_a_wrong_password_sets_no_cookie(alice: AuthClient) -> None:
    page = Page()

    assert page.log_in("another long one").status == 401
    assert page.set_cookies == []
