"""A browser that keeps its session in a cookie, and a page of somebody else that would use it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

import pytest

from tests.journeys import browser as browsers
from tests.journeys.browser import Browser
from tests.journeys.people import PASSWORD, Person
from tests.local_cloud import RunningCloud

pytestmark = pytest.mark.skipif(browsers.PROGRAM is None, reason="there is no Chromium here")
COOKIE: Final = "__Host-kith"
FORM: Final = """<main>a page of somebody else<form method="post" action="{url}" enctype="{kind}">
<input name='{{"refresh_token":"x","y' value='"}}'><button>press</button></form></main>"""


class ForeignPage(BaseHTTPRequestHandler):
    """Whatever is asked for: a form that posts to the address in the query."""

    def do_GET(self) -> None:
        url, _, kind = self.path.partition("?")[2].partition("&")
        body = FORM.format(url=url, kind=kind or "text/plain").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody wants to know."""


@contextmanager
def foreign_server() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), ForeignPage) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with browsers.running(tmp_path / "profile", scripts=True) as browser:
        yield browser


def post(browser: Browser, url: str, body: Any = None, **headers: str) -> Any:
    """``[status, body]`` as the page that is open sees them, or the error that it gets."""
    options = {"method": "POST", "credentials": "include", "headers": headers}
    if body is not None:
        options["body"] = body if isinstance(body, str) else json.dumps(body)
    call = f"fetch({json.dumps(url)}, {json.dumps(options)})"
    answered = f"{call}.then(async answer => [answer.status, await answer.text()])"
    return browser.evaluate(f"{answered}.catch(error => String(error))")


def refresh(browser: Browser, url: str) -> Any:
    return post(browser, f"{url}/api/auth/refresh", **{"X-Session": "cookie"})


@pytest.fixture
def signed_in(stack: RunningCloud, browser: Browser, alice: Person) -> Browser:
    browser.open(f"{stack.origin}/healthchecker")
    credentials = {"email": alice.email, "password": PASSWORD}
    headers = {"Content-Type": "application/json", "X-Session": "cookie"}
    status, _ = post(browser, f"{stack.origin}/api/auth/login", credentials, **headers)
    assert status == 200
    return browser


def test_a_page_of_ours_goes_on_by_its_cookie_and_cannot_read_it(
    stack: RunningCloud, signed_in: Browser
) -> None:
    """127.0.0.1 is a trustworthy origin to Chromium: it keeps a Secure cookie over HTTP there."""
    before = signed_in.cookies(stack.origin)[COOKIE]

    status, body = refresh(signed_in, stack.origin)

    assert status == 200
    assert "refresh_token" not in body
    after = signed_in.cookies(stack.origin)[COOKIE]
    assert after["value"] != before["value"]
    assert (after["httpOnly"], after["secure"], after["sameSite"]) == (True, True, "Strict")
    assert signed_in.evaluate("document.cookie") == ""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_foreign_page_cannot_use_the_cookie(
    stack: RunningCloud, signed_in: Browser, host: str
) -> None:
    """From another port the cookie is even sent: that is the same site, and another origin."""
    before = signed_in.cookies(stack.origin)[COOKIE]["value"]
    url = f"{stack.origin}/api/auth/refresh"
    with foreign_server() as port:
        signed_in.open(f"http://{host}:{port}/")

        assert "TypeError" in refresh(
            signed_in, stack.origin
        )  # the preflight allows no such header
        assert "TypeError" in post(signed_in, url, "", **{"Content-Type": "text/plain"})
        assert "TypeError" in post(
            signed_in, f"{stack.origin}/api/auth/logout", **{"X-Session": "cookie"}
        )
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            signed_in.open(f"http://{host}:{port}/?{url}&{kind}")
            signed_in.press("button")

    assert signed_in.cookies(stack.origin)[COOKIE]["value"] == before
    signed_in.open(f"{stack.origin}/healthchecker")
    assert refresh(signed_in, stack.origin)[0] == 200


def test_whoever_forges_the_header_is_given_away_by_the_origin(
    stack: RunningCloud, signed_in: Browser
) -> None:
    """As if a preflight had been allowed: cookie and header are there, the origin is not."""
    value = signed_in.cookies(stack.origin)[COOKIE]["value"]
    headers = {
        "X-Session": "cookie",
        "Cookie": f"{COOKIE}={value}",
        "Origin": "http://127.0.0.1:1",
    }

    with stack.client() as http:
        refused = http.post("/api/auth/refresh", headers=headers)
        allowed = http.post("/api/auth/refresh", headers={**headers, "Origin": stack.origin})

    assert (refused.status_code, refused.json()["code"]) == (403, "origin_not_allowed")
    assert allowed.status_code == 200
    assert allowed.headers["set-cookie"].startswith(f"{COOKIE}=")
