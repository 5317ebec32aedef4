"""The letters' pages: GET burns nothing, POST acts, and all of it without a script."""

from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from kith import cache as caches
from kith import settings as environment
from kith.accounts import passwords
from kith.accounts.flows.unsubscribe import make_unsubscribe_link, unsubscribe_headers
from kith.accounts.models import User
from kith.cache import Cache
from kith.settings import settings
from tests.databases import RolledBack
from tests.events import json_of
from tests.mailroom import token_in
from tests.visitor import PASSWORD, Visitor


def get(visitor: Visitor, path: str, **more: Any) -> Any:
    return visitor.send("GET", path, identity=None, **more)


def post(visitor: Visitor, path: str, **form: str) -> Any:
    return visitor.send(
        "POST",
        path,
        raw=urlencode(form).encode(),
        headers={"content-type": "application/x-www-form-urlencoded"},
        identity=None,
    )


def test_a_scanner_that_opens_the_link_burns_nothing(visitor: Visitor) -> None:
    visitor.sign_up()
    token = token_in(visitor.letters()[0])

    seen = [get(visitor, "/verify-email", query={"token": token}) for _ in range(3)]
    done = post(visitor, "/verify-email", token=token)

    assert {each["statusCode"] for each in seen} == {200}
    assert "alice@example.com" in seen[0]["body"]
    assert done["statusCode"] == 200
    assert visitor.log_in()["statusCode"] == 200
    assert post(visitor, "/verify-email", token=token)["statusCode"] == 400
    assert get(visitor, "/verify-email", query={"token": token})["statusCode"] == 400


def test_a_weak_password_is_explained_and_a_good_one_is_set(visitor: Visitor) -> None:
    visitor.settle(locale="uk")
    visitor.send("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})
    token = token_in(visitor.letters()[0])

    shown = get(visitor, "/reset-password", query={"token": token})
    weak = post(visitor, "/reset-password", token=token, password="password1")
    good = post(visitor, "/reset-password", token=token, password="nine loud herons")

    assert shown["statusCode"] == 200
    assert weak["statusCode"] == 422
    assert "найпоширеніших" in weak["body"]
    assert good["statusCode"] == 200
    assert visitor.log_in(password="nine loud herons")["statusCode"] == 200
    assert post(visitor, "/reset-password", token=token, password="x")["statusCode"] == 400


def test_the_pages_defend_themselves(visitor: Visitor) -> None:
    page = get(visitor, "/verify-email", query={"token": "x"})

    assert page["headers"]["content-type"] == "text/html; charset=utf-8"
    assert page["headers"]["cache-control"] == "no-store"
    assert page["headers"]["referrer-policy"] == "no-referrer"
    assert page["headers"]["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in page["headers"]["content-security-policy"]
    assert "frame-ancestors 'none'" in page["headers"]["content-security-policy"]


def test_a_dead_link_speaks_the_browsers_language(visitor: Visitor) -> None:
    page = get(visitor, "/verify-email", headers={"accept-language": "pl-PL,pl;q=0.9"})

    assert page["statusCode"] == 400
    assert "stracił ważność" in page["body"]


def link_of(database: RolledBack) -> str:
    with database.loading() as session:
        user = session.scalars(select(User)).one()
    link = make_unsubscribe_link(user.id, user.unsubscribe_seed)
    return link.removeprefix(settings().public_base_url)


def test_unsubscribing_takes_a_post_and_can_be_repeated(
    visitor: Visitor, database: RolledBack
) -> None:
    visitor.settle()
    path = link_of(database)

    shown = get(visitor, path)
    assert json_of(visitor.send("GET", "/api/users/me"))["reminders"]["enabled"] is True
    done = [post(visitor, path)["statusCode"] for _ in range(2)]

    assert shown["statusCode"] == 200
    assert done == [200, 200]
    assert json_of(visitor.send("GET", "/api/users/me"))["reminders"]["enabled"] is False


def test_a_mail_program_unsubscribes_with_one_click(visitor: Visitor, database: RolledBack) -> None:
    visitor.settle()

    done = post(visitor, link_of(database), **{"List-Unsubscribe": "One-Click"})

    assert done["statusCode"] == 200
    assert json_of(visitor.send("GET", "/api/users/me"))["reminders"]["enabled"] is False


def test_the_one_click_headers_name_the_link() -> None:
    assert unsubscribe_headers("https://kith.example.com/unsubscribe/x") == {
        "List-Unsubscribe": "<https://kith.example.com/unsubscribe/x>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@pytest.mark.parametrize("token", ["x", "A" * 43, "é", "A" * 44, "====", "A" * 5000])
def test_a_made_up_unsubscribe_link_leads_nowhere(visitor: Visitor, token: str) -> None:
    assert get(visitor, f"/unsubscribe/{token}")["statusCode"] == 404
    assert post(visitor, f"/unsubscribe/{token}")["statusCode"] == 404


def test_alive_ready_and_the_public_keys(visitor: Visitor, cache: object) -> None:
    for path in ("/healthchecker", "/api/healthchecker", "/api/readiness"):
        assert get(visitor, path)["statusCode"] == 200
    keys = json_of(get(visitor, "/.well-known/jwks.json"))["keys"]
    assert [each["kid"] for each in keys] == ["test-1"]
    assert not any("d" in each for each in keys)


def test_not_ready_without_redis(
    visitor: Visitor, cache: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    environment.settings.cache_clear()
    assert get(visitor, "/api/readiness")["statusCode"] == 200

    with caches.cache.override(Cache("redis://127.0.0.1:9/0")):
        answer = get(visitor, "/api/readiness")

    assert (answer["statusCode"], json_of(answer)["code"]) == (503, "not_ready")
    assert get(visitor, "/healthchecker")["statusCode"] == 200


def test_pages_for_links_that_are_no_good_any_more(visitor: Visitor) -> None:
    assert get(visitor, "/reset-password", query={"token": "x"})["statusCode"] == 400
    assert post(visitor, "/reset-password", token="x", password="y")["statusCode"] == 400


def test_a_new_address_that_was_taken_meanwhile_gets_a_page_that_says_so(
    visitor: Visitor,
) -> None:
    visitor.settle()
    change = {"email": "new@example.com", "password": PASSWORD}
    visitor.send("POST", "/api/auth/email/change", change)
    confirm = next(each for each in visitor.letters() if each.to == "new@example.com")
    shown = get(visitor, "/verify-email", query={"token": token_in(confirm)})
    Visitor(visitor.database).sign_up("new@example.com")

    late = post(visitor, "/verify-email", token=token_in(confirm))

    assert "new@example.com" in shown["body"]
    assert late["statusCode"] == 409
    assert "in use" in late["body"]


def test_with_all_hands_busy_the_page_asks_to_try_again(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.settle()
    visitor.send("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})
    token = token_in(visitor.letters()[0])
    monkeypatch.setattr(passwords, "_SLOT_TIMEOUT_SECONDS", 0.01)
    for _ in range(passwords._SLOTS):
        passwords._slots.acquire()
    try:
        busy = post(visitor, "/reset-password", token=token, password="nine loud herons")
    finally:
        for _ in range(passwords._SLOTS):
            passwords._slots.release()

    assert busy["statusCode"] == 503
    assert int(busy["headers"]["retry-after"]) >= 1
    assert (
        post(visitor, "/reset-password", token=token, password="nine loud herons")["statusCode"]
        == 200
    )
