"""One's own account: looked at, changed, taken along, deleted."""

import base64
import gzip
import json
from typing import Any

import pytest
from sqlalchemy import func, select

from functions.contacts.app import handler as contacts
from kith.accounts.models import OrphanedPicture, User, UserSession
from tests.databases import RolledBack
from tests.events import json_of, request
from tests.visitor import PASSWORD, Visitor


def change(visitor: Visitor, body: Any, **more: Any) -> Any:
    return visitor.send("PATCH", "/api/users/me", body, **more)


def test_only_what_was_given_is_changed(visitor: Visitor) -> None:
    visitor.settle(username="Alice")

    changed = json_of(
        change(visitor, {"time_zone": "Europe/Kyiv", "reminders": {"lead_days": [0, 14, 7]}})
    )

    assert changed["time_zone"] == "Europe/Kyiv"
    assert changed["username"] == "Alice"
    assert changed["reminders"] == {
        "enabled": True,
        "at": "09:00",
        "lead_days": [14, 7, 0],
        "mode": "daily",
        "weekday": 1,
    }


def test_everything_can_be_changed(visitor: Visitor) -> None:
    visitor.settle()
    wish = {
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

    change(visitor, wish)

    me = json_of(visitor.send("GET", "/api/users/me"))
    assert {name: me[name] for name in wish} == wish


def test_a_name_can_be_taken_back_and_merge_patch_is_understood(visitor: Visitor) -> None:
    visitor.settle(username="Alice")
    headers = {"content-type": "application/merge-patch+json"}

    changed = change(visitor, {"username": None}, headers=headers)

    assert json_of(changed)["username"] is None


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
    visitor: Visitor, wrong: Any, pointer: str
) -> None:
    before = visitor.settle().send("GET", "/api/users/me")["body"]

    refused = change(visitor, {"username": "X", **wrong})

    assert refused["statusCode"] == 422
    assert [each["pointer"] for each in json_of(refused)["errors"]] == [pointer]
    assert visitor.send("GET", "/api/users/me")["body"] == before


def test_a_change_on_top_of_an_older_state_is_refused(visitor: Visitor) -> None:
    visitor.settle()
    etag = json_of(visitor.send("GET", "/api/users/me"))["etag"]

    first = change(visitor, {"username": "A"}, headers={"If-Match": etag})
    late = change(visitor, {"username": "B"}, headers={"If-Match": etag})

    assert first["statusCode"] == 200
    assert late["statusCode"] == 412
    assert json_of(late)["etag"] == json_of(first)["etag"] == late["headers"]["etag"]


def test_changing_nothing_changes_nothing(visitor: Visitor) -> None:
    visitor.settle()

    assert (
        json_of(change(visitor, {}))["etag"]
        == json_of(visitor.send("GET", "/api/users/me"))["etag"]
    )


def test_everything_can_be_taken_along(visitor: Visitor) -> None:
    visitor.settle(time_zone="Europe/Kyiv")
    identity = {**visitor.identity(), "time_zone": "Europe/Kyiv"}
    event = request("POST", "/api/contacts", body={"first_name": "Іван"}, identity=identity)
    assert contacts(event, None)["statusCode"] == 201

    taken = visitor.send("GET", "/api/users/me/export")

    everything = json_of(taken)
    assert everything["user"]["email"] == "alice@example.com"
    assert [each["first_name"] for each in everything["contacts"]] == ["Іван"]
    assert everything["contacts_next"] is None
    assert everything["trash"] == everything["reminders"] == everything["calendar_feeds"] == []
    assert [each["id"] for each in everything["sessions"]] == [str(visitor.session_id)]
    assert "attachment" in taken["headers"]["content-disposition"]
    for secret in ("hash", "seed", "digest", "family"):
        assert secret not in taken["body"]


def test_a_long_export_is_compressed_so_that_a_function_may_answer_it(visitor: Visitor) -> None:
    visitor.settle()

    taken = visitor.send("GET", "/api/users/me/export", headers={"Accept-Encoding": "gzip"})

    assert taken["headers"]["content-encoding"] == "gzip"
    everything = json.loads(gzip.decompress(base64.b64decode(taken["body"])))
    assert everything["user"]["email"] == "alice@example.com"


def test_an_account_that_changed_meanwhile_is_not_deleted(visitor: Visitor) -> None:
    visitor.settle()

    kept = visitor.send(
        "DELETE", "/api/users/me", {"password": PASSWORD}, headers={"If-Match": '"77"'}
    )

    assert kept["statusCode"] == 412
    assert visitor.send("GET", "/api/users/me")["statusCode"] == 200


def test_deleting_an_account_leaves_nothing_but_a_note_about_its_pictures(
    visitor: Visitor, database: RolledBack
) -> None:
    visitor.settle()

    gone = visitor.send("DELETE", "/api/users/me", {"password": PASSWORD})

    assert gone["statusCode"] == 204
    assert database.connection.scalar(select(func.count()).select_from(User)) == 0
    assert database.connection.scalar(select(func.count()).select_from(UserSession)) == 0
    noted = database.connection.scalars(select(OrphanedPicture.public_id)).all()
    assert noted == [f"kith/{visitor.user_id}/"]
    assert visitor.refresh()["statusCode"] == 401
    assert visitor.send("GET", "/api/users/me")["statusCode"] == 401
    assert visitor.sign_up()["statusCode"] == 201


def test_an_account_is_not_deleted_without_its_password(visitor: Visitor) -> None:
    visitor.settle()

    wrong = visitor.send("DELETE", "/api/users/me", {"password": "no no no no"})

    assert (wrong["statusCode"], json_of(wrong)["code"]) == (400, "bad_credentials")
    assert visitor.send("GET", "/api/users/me")["statusCode"] == 200
