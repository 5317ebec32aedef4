"""An account's life, by what a person and their browser do, over nothing but HTTP."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.journeys.people import PASSWORD, Person, letter_to, letters_to, token_in
from tests.local_cloud import RunningCloud
from tests.waiting import wait_until

PROTECTED = ("/api/users/me", "/api/contacts", "/api/contacts/upcoming_birthdays")


def test_from_signing_up_to_leaving(stack: RunningCloud) -> None:
    with stack.client() as browser:
        email = f"Carol-{uuid4().hex[:8]}@Example.com"
        wanted = {"email": email, "password": PASSWORD, "username": "Carol", "locale": "pl"}
        assert browser.post("/api/auth/signup", json=wanted).status_code == 201
        assert browser.post("/api/auth/signup", json=wanted).status_code == 409

        # Not verified yet: the right password hears so, the wrong one does not.
        assert sign_in(browser, email, PASSWORD).json()["code"] == "email_not_verified"
        assert sign_in(browser, email, "wrong wrong").json()["code"] == "bad_credentials"

        # A mail scanner opens the link first, then Carol presses the button.
        link = link_in(letter_to(browser, email.replace("Example", "example")))
        for _ in range(3):
            assert "Potwierdź" in browser.get(link).text
        assert press_the_button(browser, link).status_code == 200

        carol = Person(browser, email, {})
        carol.sign_in()
        assert browser.get("/api/users/me").json()["verified"] is True
        changed = browser.patch("/api/users/me", json={"time_zone": "Europe/Warsaw"})
        assert (
            browser.get("/api/contacts/upcoming_birthdays").json()["time_zone"]
            == (changed.json()["time_zone"])
        )

        carol.create_contact(first_name="Iwan", birthday="1990-05-17")
        taken = browser.get("/api/users/me/export").json()
        assert taken["user"]["email"] == email.replace("Example", "example")

        deleted = browser.request("DELETE", "/api/users/me", json={"password": PASSWORD})
        assert deleted.status_code == 204
        for path in PROTECTED:
            assert browser.get(path).json()["code"] == "session_revoked"


def test_a_forgotten_password(stack: RunningCloud, alice: Person) -> None:
    browser = alice.http
    assert browser.post("/api/auth/password/forgot", json={"email": alice.email}).status_code == 202
    nobody = {"email": f"nobody-{uuid4().hex}@example.com"}
    assert browser.post("/api/auth/password/forgot", json=nobody).status_code == 202
    link = link_in(letter_to(browser, alice.email, 2))

    weak = press_the_button(browser, link, password="password1")
    good = press_the_button(browser, link, password="nine loud herons")
    again = press_the_button_on(browser, link, weak.text, password="nine loud herons")

    assert (weak.status_code, good.status_code, again.status_code) == (422, 200, 400)
    assert "most common" in weak.text
    assert browser.get("/api/users/me").json()["code"] == "session_revoked"
    assert sign_in(browser, alice.email, PASSWORD).status_code == 401
    alice.sign_in("nine loud herons")
    notice = letter_to(browser, alice.email, 3)
    assert "password" in notice["subject"]


def test_links_lead_to_us_whatever_the_request_claims(stack: RunningCloud) -> None:
    email = f"mallory-{uuid4().hex[:8]}@example.com"
    lies = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    with stack.client() as browser:
        browser.post("/api/auth/signup", json={"email": email, "password": PASSWORD}, headers=lies)

        letter = letter_to(browser, email)

    assert "evil" not in letter["text"] + letter["html"]
    assert link_in(letter).startswith(stack.origin)


def test_twenty_sign_ups_at_once_make_one_account_and_one_letter(stack: RunningCloud) -> None:
    email = f"twenty-{uuid4().hex[:8]}@example.com"

    def sign_up(number: int) -> int:
        spelled = email.upper() if number % 2 else email
        with stack.client() as browser:
            wanted = {"email": spelled, "password": PASSWORD}
            return browser.post("/api/auth/signup", json=wanted).status_code

    assert sorted(at_once(20, sign_up)) == [201] + [409] * 19
    with stack.client() as browser:
        letters = wait_until(lambda: letters_to(browser, email))
    assert len(letters) == 1


def test_twenty_refreshes_at_once_have_one_successor_and_a_late_copy_ends_the_session(
    stack: RunningCloud, alice: Person
) -> None:
    spent = alice.tokens["refresh_token"]
    with stack.client() as phone:
        other = Person(phone, alice.email, {})
        other.sign_in()

        def refresh(_: int) -> httpx.Response:
            with stack.client() as browser:
                return browser.post("/api/auth/refresh", json={"refresh_token": spent})

        answers = at_once(20, refresh)
        assert {each.status_code for each in answers} == {200}
        assert len({each.json()["refresh_token"] for each in answers}) == 1

        with later(alice.http, seconds=602):
            assert refresh(0).status_code == 401
            for path in PROTECTED:
                assert alice.http.get(path).json()["code"] == "session_revoked"
            assert phone.get("/api/users/me").status_code == 200
        notice = wait_until(lambda: [s for s in subjects(alice) if "session" in s])
    assert len(notice) == 1


@pytest.mark.parametrize("harm", ["up", "flushed", "frozen", "killed"])
def test_a_log_out_counts_at_once_everywhere(stack: RunningCloud, alice: Person, harm: str) -> None:
    for path in PROTECTED:
        assert alice.http.get(path).status_code == 200
    with harmed(stack, harm):
        assert alice.http.post("/api/auth/logout").status_code == 204
        for path in PROTECTED:
            refused = alice.http.get(path)
            assert (refused.status_code, refused.json()["code"]) == (401, "session_revoked")
        picture = alice.http.delete("/api/users/avatar")
        assert picture.json()["code"] == "session_revoked"


@contextmanager
def harmed(stack: RunningCloud, harm: str) -> Iterator[None]:
    """Redis failing for as long as the block lasts; the local cloud revives what was killed."""
    pid = int(valkey(stack)["pid"])
    if harm == "frozen":
        os.kill(pid, signal.SIGSTOP)
    if harm in {"flushed", "killed"}:  # killed and revived at once is flushed
        os.kill(pid, signal.SIGKILL)
    if harm == "flushed":
        wait_until(lambda: is_revived(stack, pid))
    try:
        yield
    finally:
        if harm == "frozen":
            os.kill(pid, signal.SIGCONT)
        wait_until(lambda: valkey(stack)["state"] == "running")


def valkey(stack: RunningCloud) -> dict[str, Any]:
    found: dict[str, Any] = stack.state()["valkey"]
    return found


def is_revived(stack: RunningCloud, former: int) -> bool:
    state = valkey(stack)
    return bool(state["state"] == "running" and state["pid"] != former)


@contextmanager
def later(http: httpx.Client, *, seconds: int) -> Iterator[None]:
    """The functions' clock, moved on for a while."""
    now = http.get("/_local/clock").json()["now"]
    moved = datetime.fromisoformat(now) + timedelta(seconds=seconds)
    http.put("/_local/clock", json={"now": moved.isoformat().replace("+00:00", "Z")})
    try:
        yield
    finally:
        http.delete("/_local/clock")


def sign_in(browser: httpx.Client, email: str, password: str) -> httpx.Response:
    return browser.post("/api/auth/login", json={"email": email, "password": password})


def subjects(person: Person) -> list[str]:
    return [each["subject"] for each in person.letters()]


def link_in(letter: dict[str, Any]) -> str:
    found = re.search(r"https?://\S+", letter["text"])
    assert found
    assert token_in(letter) in found[0]
    return found[0]


def press_the_button(browser: httpx.Client, link: str, **typed: str) -> httpx.Response:
    """Open a page and send its form, as a browser without JavaScript does."""
    return press_the_button_on(browser, link, browser.get(link).text, **typed)


def press_the_button_on(
    browser: httpx.Client, link: str, page: str, **typed: str
) -> httpx.Response:
    action = re.search(r'<form method="post" action="([^"]+)"', page)
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    assert action, page
    form = {name: unescape(value) for name, value in hidden} | typed
    return browser.post(httpx.URL(link).join(unescape(action[1])), data=form)


def at_once(number: int, act: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(number) as crowd:
        return list(crowd.map(act, range(number)))
