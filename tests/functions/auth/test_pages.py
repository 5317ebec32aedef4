"""The letters' pages: GET burns nothing, POST acts, and all of it without a script."""

from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from kith import cache as caches
from kith import settings as environment
from kith.accounts.flows.unsubscribe import make_unsubscribe_link, unsubscribe_headers
from kith.accounts.models import User
from kith.accounts.passwords import hashing
from kith.cache import Cache
from kith.settings import settings
from tests.auth_client import PASSWORD, AuthClient
from tests.databases import RolledBack
from tests.outbox import token_in


def get(client: AuthClient, path: str, **more: Any) -> Any:
    return client.request("GET", path, identity=None, **more)


def post(client: AuthClient, path: str, **form: str) -> Any:
    return client.request(
        "POST",
        path,
        raw=urlencode(form).encode(),
        headers={"content-type": "application/x-www-form-urlencoded"},
        identity=None,
    )


def test_a_scanner_that_opens_the_link_burns_nothing(client: AuthClient) -> None:
    client.sign_up()
    token = token_in(client.letters()[0])

    seen = [get(client, "/verify-email", query={"token": token}) for _ in range(3)]
    done = post(client, "/verify-email", token=token)

    assert {each.status for each in seen} == {200}
    assert "alice@example.com" in seen[0].body
    assert done.status == 200
    assert client.log_in().status == 200
    assert post(client, "/verify-email", token=token).status == 400
    assert get(client, "/verify-email", query={"token": token}).status == 400


def test_a_weak_password_is_explained_and_a_good_one_is_set(client: AuthClient) -> None:
    client.sign_up_and_log_in(locale="uk")
    client.request("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})
    token = token_in(client.letters()[0])

    shown = get(client, "/reset-password", query={"token": token})
    weak = post(client, "/reset-password", token=token, password="password1")
    good = post(client, "/reset-password", token=token, password="nine loud herons")

    assert shown.status == 200
    assert weak.status == 422
    assert "найпоширеніших" in weak.body
    assert good.status == 200
    assert client.log_in(password="nine loud herons").status == 200
    assert post(client, "/reset-password", token=token, password="x").status == 400


def test_the_pages_defend_themselves(client: AuthClient) -> None:
    page = get(client, "/verify-email", query={"token": "x"})

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


def test_a_dead_link_speaks_the_browsers_language(client: AuthClient) -> None:
    page = get(client, "/verify-email", headers={"accept-language": "pl-PL,pl;q=0.9"})

    assert page.status == 400
    assert "stracił ważność" in page.body


def link_of(database: RolledBack) -> str:
    with database.loading() as session:
        user = session.scalars(select(User)).one()
    link = make_unsubscribe_link(user.id, user.unsubscribe_seed)
    return link.removeprefix(settings().public_base_url)


def test_unsubscribing_takes_a_post_and_can_be_repeated(
    client: AuthClient, database: RolledBack
) -> None:
    client.sign_up_and_log_in()
    path = link_of(database)

    shown = get(client, path)
    assert client.request("GET", "/api/users/me").body["reminders"]["enabled"] is True
    done = [post(client, path).status for _ in range(2)]

    assert shown.status == 200
    assert "@" not in shown.body.partition("<body>")[2], "whoever has the link may be anybody"
    assert done == [200, 200]
    assert client.request("GET", "/api/users/me").body["reminders"]["enabled"] is False


def test_a_mail_program_unsubscribes_with_one_click(
    client: AuthClient, database: RolledBack
) -> None:
    client.sign_up_and_log_in()

    done = post(client, link_of(database), **{"List-Unsubscribe": "One-Click"})

    assert done.status == 200
    assert client.request("GET", "/api/users/me").body["reminders"]["enabled"] is False


def test_the_one_click_headers_name_the_link() -> None:
    assert unsubscribe_headers("https://kith.example.com/unsubscribe/x") == {
        "List-Unsubscribe": "<https://kith.example.com/unsubscribe/x>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@pytest.mark.parametrize("token", ["x", "A" * 43, "é", "A" * 44, "====", "A" * 5000])
def test_a_made_up_unsubscribe_link_leads_nowhere(client: AuthClient, token: str) -> None:
    assert get(client, f"/unsubscribe/{token}").status == 404
    assert post(client, f"/unsubscribe/{token}").status == 404


def test_alive_ready_and_the_public_keys(client: AuthClient, cache: object) -> None:
    for path in ("/healthchecker", "/api/healthchecker", "/api/readiness"):
        assert get(client, path).status == 200
    keys = get(client, "/.well-known/jwks.json").body["keys"]
    assert [each["kid"] for each in keys] == ["test-1"]
    assert not any("d" in each for each in keys)


def test_not_ready_without_redis(
    client: AuthClient, cache: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    environment.settings.cache_clear()
    assert get(client, "/api/readiness").status == 200

    with caches.cache.override(Cache("redis://127.0.0.1:9/0")):
        answer = get(client, "/api/readiness")

    assert (answer.status, answer.body["code"]) == (503, "not_ready")
    assert get(client, "/healthchecker").status == 200


def test_pages_for_links_that_are_no_good_any_more(client: AuthClient) -> None:
    assert get(client, "/reset-password", query={"token": "x"}).status == 400
    assert post(client, "/reset-password", token="x", password="y").status == 400


def test_a_new_address_that_was_taken_meanwhile_gets_a_page_that_says_so(
    client: AuthClient,
) -> None:
    client.sign_up_and_log_in()
    change = {"email": "new@example.com", "password": PASSWORD}
    client.request("POST", "/api/auth/email/change", change)
    confirm = next(each for each in client.letters() if each.to == "new@example.com")
    shown = get(client, "/verify-email", query={"token": token_in(confirm)})
    AuthClient(client.database).sign_up("new@example.com")

    late = post(client, "/verify-email", token=token_in(confirm))

    assert "new@example.com" in shown.body
    assert late.status == 409
    assert "in use" in late.body


def test_with_all_hands_busy_the_page_asks_to_try_again(
    client: AuthClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.sign_up_and_log_in()
    client.request("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})
    token = token_in(client.letters()[0])
    monkeypatch.setattr(hashing, "_SLOT_TIMEOUT_SECONDS", 0.01)
    for _ in range(hashing._SLOTS):
        hashing._slots.acquire()
    try:
        busy = post(client, "/reset-password", token=token, password="nine loud herons")
    finally:
        for _ in range(hashing._SLOTS):
            hashing._slots.release()

    assert busy.status == 503
    assert int(busy.headers["retry-after"]) >= 1
    assert post(client, "/reset-password", token=token, password="nine loud herons").status == 200


def test_the_security_page_and_its_script_are_for_everybody(client: AuthClient) -> None:
    page = client.request("GET", "/security", headers={"accept-language": "uk"})
    script = client.request("GET", "/security.js")

    assert (page.status, script.status) == (200, 200)
    assert page.headers["content-language"] == "uk"
    assert "trusted-types 'none'" in page.headers["content-security-policy"]
    assert script.headers["content-type"].startswith("text/javascript")
