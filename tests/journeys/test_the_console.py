"""The console of the local cloud, by a program and in a browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.journeys import browser as browsers
from tests.journeys.browser import Browser
from tests.journeys.people import PASSWORD, Person
from tests.local_cloud import RunningCloud
from tests.waiting import wait_until

in_a_browser = pytest.mark.skipif(browsers.PROGRAM is None, reason="there is no Chromium here")
PAGES = [
    "/",
    "/_local/mail",
    "/_local/requests",
    "/_local/functions",
    "/_local/tables",
    "/_local/tables/contacts",
    "/_local/users",
    "/docs",
    "/redoc",
    "/verify-email?token=none",
    "/reset-password?token=none",
    "/unsubscribe/none",
]
SIGN_IN = """
(() => {
  const write = (id, text) => {
    const field = document.getElementById(id);
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  write("oauth_username", %r);
  write("oauth_password", %r);
  document.querySelector("[aria-label='Apply given OAuth2 credentials']").click();
})()
"""


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with browsers.running(tmp_path / "profile", scripts=True) as browser:
        yield browser


def test_the_last_requests_are_listed_with_what_was_logged(alice: Person) -> None:
    name = uuid4().hex
    answer = alice.http.get("/api/contacts", params={"q": name})

    def logged() -> dict[str, Any] | None:
        items = alice.http.get("/_local/requests").json()["items"]
        [mine] = [each for each in items if each["id"] == answer.headers["x-request-id"]]
        return mine if mine["log"] else None

    mine = wait_until(logged)
    assert (mine["method"], mine["path"], mine["status"]) == ("GET", "/api/contacts", 200)
    assert (mine["function"], name in str(mine)) == ("ContactsFunction", False)
    assert mine["id"] in mine["log"]


def test_a_table_is_shown_with_its_rows_and_no_other_is(alice: Person) -> None:
    tables = {each["name"]: each for each in alice.http.get("/_local/tables").json()["items"]}
    shown = alice.http.get("/_local/tables/users").json()

    assert tables["users"]["rows"] >= 1
    column = shown["columns"].index("email")
    assert alice.email in [row[column] for row in shown["rows"]]
    for name in ("pg_shadow", "users%22%3B--", "nothing"):
        assert alice.http.get(f"/_local/tables/{name}").status_code == 404
    assert alice.http.get("/_local/tables/users?skip=-1").status_code == 422


def test_a_developer_becomes_a_user_without_a_password(alice: Person) -> None:
    users = alice.http.get("/_local/users").json()["items"]
    [alices_id] = [each["id"] for each in users if each["email"] == alice.email]

    tokens = alice.http.post(f"/_local/users/{alices_id}/sign-in").json()

    alice.http.headers["authorization"] = f"Bearer {tokens['access_token']}"
    assert alice.http.get("/api/users/me").json()["email"] == alice.email
    assert alice.http.post(f"/_local/users/{uuid4()}/sign-in").status_code == 404
    assert alice.http.post("/_local/users/nobody/sign-in").status_code == 404


def test_every_function_has_an_event_that_it_understands(alice: Person) -> None:
    events = alice.http.get("/_local/functions").json()["items"]

    assert set(alice.http.get("/_local/state").json()["functions"]) == set(events)
    for name, event in events.items():
        invoked = alice.http.post(f"/2015-03-31/functions/{name}/invocations", json=event)
        assert "x-amz-function-error" not in invoked.headers, (name, invoked.text)


@in_a_browser
@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_nobody_else_and_complains_of_nothing(
    stack: RunningCloud, browser: Browser, page: str
) -> None:
    browser.open(stack.origin + page)
    browser.wait_for("document.readyState == 'complete' && document.querySelector('main, h1')")
    if page in {"/docs", "/redoc"}:
        browser.wait_for("document.querySelector('.opblock, [data-section-id]')")

    foreign = [
        each
        for each in browser.requested
        if not each.startswith((stack.origin, "data:", "blob:", "about:"))
    ]
    # A page about a token that is none has a status of 400, which the console names.
    about_others = [each for each in browser.complaints if not each.endswith(page)]
    assert (foreign, about_others) == ([], [])


@in_a_browser
def test_a_function_is_invoked_by_a_press(stack: RunningCloud, browser: Browser) -> None:
    browser.open(f"{stack.origin}/_local/functions?name=MigrateFunction")
    browser.evaluate("document.querySelector('#invocation button').click()")

    browser.wait_for("!document.getElementById('answer').hidden")

    assert browser.evaluate("document.getElementById('outcome').textContent").startswith("200")
    assert not browser.complaints


@in_a_browser
def test_somebody_signs_in_at_the_documentation(
    stack: RunningCloud, browser: Browser, alice: Person
) -> None:
    """With an address and a password, and without a field that does nothing."""
    browser.open(f"{stack.origin}/docs")
    browser.wait_for("document.querySelector('button.authorize')")
    browser.evaluate("document.querySelector('button.authorize').click()")
    browser.wait_for("document.getElementById('oauth_username')")
    fields = "[...document.querySelectorAll('.auth-container :is(input, select)')]"
    shown = f"{fields}.filter((each) => each.checkVisibility()).map((each) => each.id)"
    assert browser.evaluate(shown) == ["auth-bearer-value", "oauth_username", "oauth_password"]

    browser.evaluate(SIGN_IN % (alice.email, PASSWORD))

    browser.wait_for("document.querySelector('.modal-ux').innerText.includes('Logout')")
