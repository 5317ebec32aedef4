"""The letters' pages in a real browser, with JavaScript off, on a phone and on a desk."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.journeys import browser as browsers
from tests.journeys.browser import Browser
from tests.journeys.people import PASSWORD, Person, letter_to
from tests.local_cloud import RunningCloud

pytestmark = pytest.mark.skipif(browsers.PROGRAM is None, reason="there is no Chromium here")
LOOKS = [("phone", "light"), ("phone", "dark"), ("desktop", "light"), ("desktop", "dark")]


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with browsers.running(tmp_path / "profile") as browser:
        yield browser


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_an_address_is_confirmed_by_one_press(
    stack: RunningCloud, browser: Browser, tmp_path: Path, size: str, scheme: str
) -> None:
    email = f"dora-{uuid4().hex[:8]}@example.com"
    with stack.client() as http:
        wanted = {"email": email, "password": PASSWORD, "locale": "uk"}
        assert http.post("/api/auth/signup", json=wanted).status_code == 201
        browser.wear(size, scheme)

        browser.open(link_in(letter_to(http, email)))
        browser.picture(tmp_path / "asked.png")
        assert not browser.overflows()
        browser.press("button")
        browser.picture(tmp_path / "confirmed.png")

        assert "підтверджено" in browser.text()
        Person(http, email, {}).sign_in()


def test_a_weak_password_is_explained_and_a_good_one_is_set(
    stack: RunningCloud, browser: Browser, alice: Person, tmp_path: Path
) -> None:
    alice.http.post("/api/auth/password/forgot", json={"email": alice.email})
    browser.wear("phone", "light")
    browser.open(link_in(letter_to(alice.http, alice.email, 2)))

    browser.type("password1")
    browser.press("button")
    browser.picture(tmp_path / "weak.png")
    assert "most common" in browser.text()
    browser.type("nine loud herons")
    browser.press("button")
    browser.picture(tmp_path / "set.png")

    assert "is set" in browser.text()
    alice.sign_in("nine loud herons")


def link_in(letter: dict[str, str]) -> str:
    found = re.search(r"https?://\S+", letter["text"])
    assert found
    return found[0]
