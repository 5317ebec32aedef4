"""Passwords that are known from a data breach: five digits leave, and nobody waits for long."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kith import settings as environment
from kith.accounts.passwords import breaches
from kith.accounts.passwords.policy import PasswordNotAcceptable, validate_password
from kith.settings import SettingsError, read_settings

BREACHED = "seven quiet geese"
DIGEST = hashlib.sha1(BREACHED.encode(), usedforsecurity=False).hexdigest().upper()

pytestmark = pytest.mark.enable_socket


class RangeApi:
    """A stand-in for the service: ``answer`` makes the body, ``asked`` are the paths."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Callable[[], bytes] = f"{'0' * 35}:7\r\n{DIGEST[5:]}:42\r\n".encode
        self.status = 200


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[RangeApi]:
    api = RangeApi()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            api.asked.append(self.path)
            assert self.headers["Add-Padding"] == "true"
            body = api.answer()
            self.send_response(api.status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is named there
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/range/"
    monkeypatch.setenv("KITH_BREACHED_PASSWORDS_URL", url)
    environment.settings.cache_clear()
    yield api
    server.shutdown()
    server.server_close()


def test_a_breached_password_is_refused_and_five_digits_leave(
    service: RangeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaches, "_TIMEOUT_SECONDS", 30)

    with pytest.raises(PasswordNotAcceptable) as refused:
        validate_password(BREACHED, "alice@example.com")

    assert refused.value.reason == "breached"
    assert service.asked == [f"/range/{DIGEST[:5]}"]


@pytest.mark.parametrize("body", [b"", f"{DIGEST[5:]}:0\r\n".encode(), b"\xff\0 nonsense", b"a:b"])
def test_what_pads_an_answer_or_is_none_refuses_nothing(
    service: RangeApi, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaches, "_TIMEOUT_SECONDS", 30)
    service.answer = lambda: body

    validate_password(BREACHED, "alice@example.com")

    assert len(service.asked) == 1


def test_a_service_that_does_not_answer_in_time_refuses_nothing(service: RangeApi) -> None:
    release = threading.Event()

    def hang() -> bytes:
        release.wait(30)
        return b""

    service.answer = hang

    assert not breaches.is_breached(BREACHED)
    release.set()


def test_a_service_that_fails_or_is_not_there_refuses_nothing(
    service: RangeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaches, "_TIMEOUT_SECONDS", 30)
    service.status = 503
    assert not breaches.is_breached(BREACHED)

    monkeypatch.setenv("KITH_BREACHED_PASSWORDS_URL", "http://127.0.0.1:9/range/")
    environment.settings.cache_clear()
    assert not breaches.is_breached(BREACHED)


def test_nobody_is_asked_about_a_password_that_is_weak_anyway(service: RangeApi) -> None:
    with pytest.raises(PasswordNotAcceptable):
        validate_password("password1", "alice@example.com")

    assert service.asked == []


def test_nobody_is_asked_without_a_setting_and_only_by_https() -> None:
    assert not breaches.is_breached(BREACHED)
    with pytest.raises(SettingsError, match="KITH_BREACHED_PASSWORDS_URL"):
        read_settings({"KITH_BREACHED_PASSWORDS_URL": "http://api.example.com/range/"})
