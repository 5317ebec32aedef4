"""The security page in a real browser, with the virtual authenticator of Chromium."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.authenticator_app import AuthenticatorApp
from tests.journeys import browser as browsers
from tests.journeys.browser import Browser
from tests.journeys.people import PASSWORD, Person
from tests.local_cloud import RunningCloud, cloud

pytestmark = pytest.mark.skipif(browsers.PROGRAM is None, reason="there is no Chromium here")


@pytest.fixture(scope="module")
def named_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """A stack at a name: browsers take no address of numbers for a relying party."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "KITH_PASSWORD_COST": "4",
        "PORT": str(port),
        "KITH_PUBLIC_BASE_URL": f"http://localhost:{port}",
    }
    with cloud(tmp_path_factory.mktemp("kith"), environment=environment) as stack:
        yield stack
        assert stack.stop() == 0, stack.log.read_text()


@pytest.fixture
def alice(named_stack: RunningCloud) -> Iterator[Person]:
    with named_stack.client() as client:
        yield Person.signed_up(client, "alice")


@pytest.fixture
def browser(tmp_path: Path, named_stack: RunningCloud) -> Iterator[Browser]:
    with browsers.running(tmp_path / "profile", scripts=True) as browser:
        browser.add_authenticator()
        browser.open(f"{named_stack.origin.replace('127.0.0.1', 'localhost')}/security")
        yield browser


def fill(browser: Browser, **fields: str) -> None:
    for name, text in fields.items():
        element = f"document.getElementById({name.replace('_', '-')!r})"
        browser.evaluate(f"{element}.value = {text!r}")


def submit(browser: Browser, form: str) -> None:
    browser.evaluate(f"document.getElementById({form!r}).requestSubmit()")


def click(browser: Browser, selector: str) -> None:
    browser.evaluate(f"document.querySelector({selector!r}).click()")


def wait_for_section(browser: Browser, section: str) -> None:
    browser.wait_for(f"!document.getElementById({section!r}).hidden")


def wait_for_factors(browser: Browser, *names: str) -> None:
    shown = "[...document.querySelectorAll('#list span')].map((each) => each.textContent).join()"
    browser.wait_for(f"{shown} === {','.join(names)!r}")


def sign_in(browser: Browser, alice: Person) -> None:
    fill(browser, email=alice.email, password=PASSWORD)
    submit(browser, "sign-in")


def test_a_passkey_is_made_and_used_in_every_way(
    browser: Browser, alice: Person, tmp_path: Path
) -> None:
    browser.wear("phone", "light")
    sign_in(browser, alice)
    wait_for_section(browser, "factors")
    fill(browser, name="Laptop")
    submit(browser, "add-passkey")
    wait_for_factors(browser, "Passkey: Laptop")
    browser.picture(tmp_path / "factors.png")
    assert not browser.overflows()

    submit(browser, "sign-out")
    wait_for_section(browser, "sign-in")
    click(browser, "#passkey-sign-in")
    wait_for_factors(browser, "Passkey: Laptop")

    submit(browser, "sign-out")
    wait_for_section(browser, "sign-in")
    sign_in(browser, alice)
    wait_for_section(browser, "second-factor")
    click(browser, "#passkey-factor")
    wait_for_factors(browser, "Passkey: Laptop")

    click(browser, "#list button")
    wait_for_factors(browser)
    assert [each for each in browser.complaints if "401" not in each] == []


def test_an_app_and_recovery_codes_are_set_up(browser: Browser, alice: Person) -> None:
    sign_in(browser, alice)
    wait_for_section(browser, "factors")
    submit(browser, "add-totp")
    wait_for_section(browser, "confirm-totp")
    app = AuthenticatorApp(browser.evaluate("document.getElementById('secret').textContent"))
    fill(browser, totp_code=app.code())
    submit(browser, "confirm-totp")
    wait_for_factors(browser, "Authenticator app")
    submit(browser, "recovery")
    browser.wait_for("document.querySelectorAll('#codes li').length === 10")
    code = browser.evaluate("document.querySelector('#codes li').textContent")

    submit(browser, "sign-out")
    wait_for_section(browser, "sign-in")
    sign_in(browser, alice)
    wait_for_section(browser, "second-factor")
    fill(browser, code=app.code())
    submit(browser, "second-factor")
    browser.wait_for("document.getElementById('message').textContent")
    fill(browser, code=code)
    submit(browser, "second-factor")

    wait_for_factors(browser, "Authenticator app")
    assert browser.evaluate("document.getElementById('left').textContent").endswith(" 9")


def test_nothing_is_fetched_from_elsewhere(browser: Browser, named_stack: RunningCloud) -> None:
    origin = named_stack.origin.replace("127.0.0.1", "localhost")

    assert {address for address in browser.requested if not address.startswith(origin)} <= {
        "about:blank"
    }
    assert browser.complaints == []
