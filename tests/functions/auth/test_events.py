"""Security events: who did what from where, in the log and for the user to see."""

import logging

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kith import clock as current_clock
from kith.accounts.cleanup import clean_up_accounts
from tests.auth_client import PASSWORD, AuthClient
from tests.clock import FrozenClock
from tests.databases import RolledBack
from tests.outbox import token_in

NEW = "nine loud herons"
WRONG = "wrong wrong wrong"


def kinds(client: AuthClient, **query: object) -> list[str]:
    response = client.request("GET", "/api/users/me/events", query=query)
    assert response.status == 200, response.body
    return [each["kind"] for each in response.body["items"]]


def test_what_happened_to_an_account_is_shown_the_latest_first(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    stranger = AuthClient(client.database, origin="198.51.100.66")
    stranger.log_in(password=WRONG)
    change = {"email": "new@example.com", "password": PASSWORD}
    client.request("POST", "/api/auth/email/change", change)
    client.verify(next(each for each in client.letters() if each.to == "new@example.com"))
    change = {"current_password": PASSWORD, "password": NEW}
    client.request("POST", "/api/auth/password/change", change)
    client.request("GET", "/api/users/me/export")

    items = client.request("GET", "/api/users/me/events").body["items"]

    assert [each["kind"] for each in items] == [
        "data_exported",
        "password_changed",
        "email_changed",
        "email_change_requested",
        "wrong_password",
        "signed_in",
        "email_verified",
        "signed_up",
    ]
    assert [each["origin"] for each in items][4:6] == ["198.51.100.66", "203.0.113.9"]
    assert set(items[0]) == {"id", "kind", "at", "origin", "device"}


def test_every_way_out_is_an_event(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    phone = AuthClient(client.database)
    phone.log_in()
    client.request("DELETE", f"/api/auth/sessions/{phone.session_id}")
    phone.log_in()
    phone.request("POST", "/api/auth/logout")
    client.request("POST", "/api/auth/logout-all")
    client.log_in()

    assert [each for each in kinds(client) if each.startswith("s") and each != "signed_in"] == [
        "signed_out_everywhere",
        "signed_out",
        "session_ended",
        "signed_up",
    ]


def test_a_reset_and_a_token_that_came_back_are_events(
    client: AuthClient, clock: FrozenClock
) -> None:
    client.sign_up_and_log_in()
    spent = client.refresh_token
    client.refresh()
    clock.set_offset(11)
    client.refresh(spent)
    client.request("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})
    letter = next(each for each in client.letters() if "/reset-password" in each.text)
    body = {"token": token_in(letter), "password": NEW}
    client.request("POST", "/api/auth/password/reset", body)
    client.log_in(password=NEW)

    assert kinds(client)[:4] == [
        "signed_in",
        "password_reset",
        "password_reset_requested",
        "refresh_token_reused",
    ]


def test_events_come_in_pages(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    first = client.request("GET", "/api/users/me/events", query={"limit": 2})

    cursor = first.body["next_cursor"]
    rest = client.request("GET", "/api/users/me/events", query={"cursor": cursor})

    assert [each["kind"] for each in first.body["items"]] == ["signed_in", "email_verified"]
    assert 'rel="next"' in first.headers["link"]
    assert [each["kind"] for each in rest.body["items"]] == ["signed_up"]
    assert rest.body["next_cursor"] is None
    wrong = client.request("GET", "/api/users/me/events", query={"cursor": "AAAA"})
    assert (wrong.status, wrong.body["code"]) == (422, "cursor_invalid")


def test_bob_does_not_see_alices_events(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    bob = AuthClient(client.database).sign_up_and_log_in("bob@example.com")

    assert kinds(bob) == ["signed_in", "email_verified", "signed_up"]
    assert bob.request("GET", "/api/users/me/events").body["items"][0]["id"] not in {
        each["id"] for each in client.request("GET", "/api/users/me/events").body["items"]
    }


def test_an_event_is_never_changed(client: AuthClient, database: RolledBack) -> None:
    client.sign_up()

    with pytest.raises(DBAPIError, match="append-only"), database.connection.begin_nested():
        database.connection.execute(text("UPDATE account_events SET origin = ''"))


def test_events_are_kept_for_ninety_days_or_as_long_as_the_account(
    client: AuthClient, clock: FrozenClock, database: RolledBack
) -> None:
    client.sign_up_and_log_in()
    clock.set_offset(90 * 86_400 - 60)
    client.log_in()
    with database.writing() as work:
        clean_up_accounts(work, current_clock.now())
    assert len(kinds(client)) == 4

    clock.set_offset(90 * 86_400 + 60)
    with database.writing() as work:
        clean_up_accounts(work, current_clock.now())

    assert kinds(client) == ["signed_in"]
    assert client.request("DELETE", "/api/users/me", {"password": PASSWORD}).status == 204
    assert database.connection.scalar(text("SELECT count(*) FROM account_events")) == 0


def lines(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, object]]:
    return [each.__dict__ for each in caplog.records if each.getMessage() == event]


def test_a_line_of_the_log_names_subject_origin_request_and_outcome(
    client: AuthClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client.sign_up_and_log_in()
    client.log_in(password=WRONG)

    for event, outcome in {"signed_in": "success", "wrong_password": "failure"}.items():
        (line,) = lines(caplog, event)
        assert line["user_id"] == str(client.user_id)
        assert line["origin"] == "203.0.113.9"
        assert line["request_id"] == "request-1"
        assert line["outcome"] == outcome


def test_an_unknown_address_is_named_by_a_keyed_digest(
    client: AuthClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for email in ("nobody@example.com", "NOBODY@example.com", "somebody@example.com"):
        client.log_in(email, WRONG)

    first, again, other = [each["account"] for each in lines(caplog, "wrong_password")]

    assert first == again != other
    assert len(str(first)) == 32
    assert "nobody" not in caplog.text


@pytest.mark.parametrize("email", ["alice@example.com", "nobody@example.com"])
def test_what_a_limit_refuses_names_its_origin(
    client: AuthClient, caplog: pytest.LogCaptureFixture, email: str
) -> None:
    client.sign_up()
    caplog.set_level(logging.INFO)
    for _ in range(11):
        client.log_in(email, WRONG)

    (line,) = lines(caplog, "throttled")

    assert (line["limit"], line["origin"], line["request_id"]) == (
        "login",
        "203.0.113.9",
        "request-1",
    )


def test_failures_throttles_and_reuse_are_counted(
    client: AuthClient, clock: FrozenClock, capsys: pytest.CaptureFixture[str]
) -> None:
    client.sign_up_and_log_in()
    for _ in range(11):
        client.log_in(password=WRONG)
    spent = client.refresh_token
    client.refresh()
    clock.set_offset(11)
    client.refresh(spent)

    written = capsys.readouterr().out

    assert written.count('"LoginFailures":[1.0]') == 10
    assert written.count('"Throttled":[1.0]') == 1
    assert written.count('"RefreshTokenReused":[1.0]') == 1
