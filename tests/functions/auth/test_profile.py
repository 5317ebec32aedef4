"""One's own account: looked at, changed, taken along, deleted."""

from typing import Any

import pytest
from sqlalchemy import func, select

from functions.contacts.app import handler as contacts
from kith.accounts.models import OrphanedPicture, User, UserSession
from tests.auth_client import PASSWORD, AuthClient
from tests.clients import Response, send
from tests.databases import RolledBack


def change(client: AuthClient, body: Any, **more: Any) -> Response:
    return client.request("PATCH", "/api/users/me", body, **more)


def test_only_what_was_given_is_changed(client: AuthClient) -> None:
    client.sign_up_and_log_in(username="Alice")

    changed = change(
        client, {"time_zone": "Europe/Kyiv", "reminders": {"lead_days": [0, 14, 7]}}
    ).body

    assert changed["time_zone"] == "Europe/Kyiv"
    assert changed["username"] == "Alice"
    assert changed["reminders"] == {
        "enabled": True,
        "at": "09:00",
        "lead_days": [14, 7, 0],
        "mode": "daily",
        "weekday": 1,
    }


def test_everything_can_be_changed(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    wanted = {
        "username": "Аліса",
        "time_zone": "Asia/Kathmandu",
        "locale": "uk",
        "leap_day": "mar1",
        "reminders": {
            "enabled": False,
            "at": "23:45",
            "lead_days": [],
            "mode": "weekly",
            "weekday": 7,
        },
    }

    changed = change(client, wanted)

    assert changed.status == 200
    me = client.request("GET", "/api/users/me").body
    assert {name: me[name] for name in wanted} == wanted


def test_a_name_can_be_taken_back_and_merge_patch_is_understood(client: AuthClient) -> None:
    client.sign_up_and_log_in(username="Alice")
    headers = {"content-type": "application/merge-patch+json"}

    changed = change(client, {"username": None}, headers=headers)

    assert changed.body["username"] is None


def test_the_hour_of_reminders_is_answered_as_it_was_sent(client: AuthClient) -> None:
    client.sign_up_and_log_in()

    changed = change(client, {"reminders": {"at": "23:45"}})

    assert changed.body["reminders"]["at"] == "23:45"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"time_zone": None}, "/time_zone"),
        ({"time_zone": "Mars/Olympus"}, "/time_zone"),
        ({"locale": "de"}, "/locale"),
        ({"locale": None}, "/locale"),
        ({"leap_day": "feb29"}, "/leap_day"),
        ({"reminders": None}, "/reminders"),
        ({"reminders": {"at": "24:00"}}, "/reminders/at"),
        ({"reminders": {"at": "9:00"}}, "/reminders/at"),
        ({"reminders": {"at": "09:00:00"}}, "/reminders/at"),
        ({"reminders": {"at": 900}}, "/reminders/at"),
        ({"reminders": {"at": "٠٩:٠٠"}}, "/reminders/at"),
        ({"reminders": {"at": None}}, "/reminders/at"),
        ({"reminders": {"lead_days": [-1]}}, "/reminders/lead_days/0"),
        ({"reminders": {"lead_days": [1, 1]}}, "/reminders/lead_days"),
        ({"reminders": {"lead_days": ["1"]}}, "/reminders/lead_days/0"),
        ({"reminders": {"lead_days": list(range(11))}}, "/reminders/lead_days"),
        ({"reminders": {"mode": "hourly"}}, "/reminders/mode"),
        ({"reminders": {"weekday": 0}}, "/reminders/weekday"),
        ({"reminders": {"weekday": True}}, "/reminders/weekday"),
        ({"email": "new@example.com"}, "/email"),
        ({"verified": False}, "/verified"),
        ({"id": "x"}, "/id"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_changed(
    client: AuthClient, wrong: Any, pointer: str
) -> None:
    before = client.sign_up_and_log_in().request("GET", "/api/users/me").body

    refused = change(client, {"username": "X", **wrong})

    assert refused.status == 422
    assert [each["pointer"] for each in refused.body["errors"]] == [pointer]
    assert client.request("GET", "/api/users/me").body == before


def test_a_change_on_top_of_an_older_state_is_refused(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    etag = client.request("GET", "/api/users/me").body["etag"]

    first = change(client, {"username": "A"}, headers={"If-Match": etag})
    late = change(client, {"username": "B"}, headers={"If-Match": etag})

    assert first.status == 200
    assert late.status == 412
    assert late.body["etag"] == first.body["etag"] == late.headers["etag"]


def test_changing_nothing_changes_nothing(client: AuthClient) -> None:
    client.sign_up_and_log_in()

    assert change(client, {}).body["etag"] == client.request("GET", "/api/users/me").body["etag"]


def test_everything_can_be_taken_along(client: AuthClient) -> None:
    client.sign_up_and_log_in(time_zone="Europe/Kyiv")
    identity = {**client.identity(), "time_zone": "Europe/Kyiv"}
    ivan = {"first_name": "Іван"}
    assert send(contacts, "POST", "/api/contacts", body=ivan, identity=identity).status == 201

    taken = client.request("GET", "/api/users/me/export")

    everything = taken.body
    assert everything["user"]["email"] == "alice@example.com"
    assert [each["first_name"] for each in everything["contacts"]] == ["Іван"]
    assert everything["contacts_next"] is None
    assert everything["trash"] == everything["reminders"] == everything["calendar_feeds"] == []
    assert [each["id"] for each in everything["sessions"]] == [str(client.session_id)]
    assert "attachment" in taken.headers["content-disposition"]
    for secret in ("hash", "seed", "digest", "family"):
        assert secret not in str(taken.body)


def test_a_long_export_is_compressed_so_that_a_function_may_answer_it(client: AuthClient) -> None:
    client.sign_up_and_log_in()

    taken = client.request("GET", "/api/users/me/export", headers={"Accept-Encoding": "gzip"})

    assert taken.headers["content-encoding"] == "gzip"
    everything = taken.body
    assert everything["user"]["email"] == "alice@example.com"


def test_an_account_that_changed_meanwhile_is_not_deleted(client: AuthClient) -> None:
    client.sign_up_and_log_in()

    kept = client.request(
        "DELETE", "/api/users/me", {"password": PASSWORD}, headers={"If-Match": '"77"'}
    )

    assert kept.status == 412
    assert client.request("GET", "/api/users/me").status == 200


def test_deleting_an_account_leaves_nothing_but_a_note_about_its_pictures(
    client: AuthClient, database: RolledBack
) -> None:
    client.sign_up_and_log_in()

    gone = client.request("DELETE", "/api/users/me", {"password": PASSWORD})

    assert gone.status == 204
    assert database.connection.scalar(select(func.count()).select_from(User)) == 0
    assert database.connection.scalar(select(func.count()).select_from(UserSession)) == 0
    noted = database.connection.scalars(select(OrphanedPicture.public_id)).all()
    assert noted == [f"kith/{client.user_id}/"]
    assert client.refresh().status == 401
    assert client.request("GET", "/api/users/me").status == 401
    assert client.sign_up().status == 201


def test_an_account_is_not_deleted_without_its_password(client: AuthClient) -> None:
    client.sign_up_and_log_in()

    wrong = client.request("DELETE", "/api/users/me", {"password": "no no no no"})

    assert (wrong.status, wrong.body["code"]) == (400, "bad_credentials")
    assert client.request("GET", "/api/users/me").status == 200
