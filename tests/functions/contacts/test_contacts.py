"""One contact over HTTP: created, read, replaced, patched, deleted."""

from typing import Any, Final

import pytest

from kith.contacts.details.entities import DETAIL_NAMES, DETAIL_TEXTS
from kith.contacts.schemas import Contact, ContactPage
from tests.clients import Client

IVAN: Final = {
    "first_name": "Іван",
    "last_name": "Шевченко",
    "email": "ivan@example.com",
    "phone": "067 123 45 67",
    "birthday": "1990-05-17",
}
EVERYTHING: Final[dict[str, Any]] = {
    "first_name": "Grace",
    "last_name": "Hopper",
    "emails": [
        {"address": "grace@Example.COM", "label": "work"},
        {"address": "amazing@example.org", "label": None},
    ],
    "phones": [{"number": "+1 202 555 0123", "label": "mobile"}, {"number": "911"}],
    "birthday": "--12-09",
    "tags": ["navy", "cobol"],
    "favourite": True,
    "muted": True,
    "deceased": True,
    "lead_days": [14, 7, 0],
    "notes": "It is easier to ask forgiveness.\nThan permission.",
    "middle_name": "Brewster Murray",
    "name_prefix": "Dr.",
    "name_suffix": "PhD",
    "nickname": "Amazing Grace",
    "organization": "US Navy",
    "job_title": "Rear admiral",
    "addresses": [
        {
            "label": "home",
            "street": "1 Main St\nApt 2",
            "city": "Arlington",
            "region": "VA",
            "postal_code": "22201",
            "country": "USA",
        }
    ],
    "urls": [{"label": None, "url": "https://example.com/grace?a=1,2"}],
    "messengers": [{"service": "Signal", "handle": "+1 202 555 0123"}],
    "relations": [{"kind": "spouse", "name": "Vincent"}],
    "how_we_met": "At Harvard,\nbeside the Mark I.",
    "gift_ideas": ["A nanosecond of wire", "A clock that runs backwards"],
    "extra": {"rank": "Rear admiral", "ships": [{"hull": 70, "active": True, "since": None}]},
}


def test_a_contact_is_created_listed_and_read_in_the_same_shape(alice: Client) -> None:
    created = alice.request("POST", "/api/contacts", body=IVAN)

    assert created.status == 201
    assert created.headers["location"].endswith("/api/contacts/1")
    assert created.headers["etag"] == created.body["etag"]
    assert created.body["phone"] == "+380671234567"
    assert alice.request("GET", "/api/contacts/1").body == created.body
    assert alice.request("GET", "/api/contacts").body["items"] == [created.body]


@pytest.mark.parametrize("sent", [IVAN, EVERYTHING, {"last_name": "Cher"}])
def test_what_is_shown_has_the_documented_shape(alice: Client, sent: dict[str, Any]) -> None:
    created = alice.request("POST", "/api/contacts", body=sent).body

    assert list(Contact.model_fields) == list(created)
    Contact.model_validate(created)
    ContactPage.model_validate(alice.request("GET", "/api/contacts").body)


def test_everything_that_is_written_can_be_read(alice: Client) -> None:
    created = alice.create(**EVERYTHING)

    for name in ("first_name", "last_name", "birthday", "tags", "favourite", "muted", "deceased"):
        assert created[name] == EVERYTHING[name]
    for name in ("lead_days", "notes", "extra", *DETAIL_NAMES):
        assert created[name] == EVERYTHING[name]
    assert [each["address"] for each in created["emails"]] == [
        "grace@example.com",
        "amazing@example.org",
    ]
    assert [each["e164"] for each in created["phones"]] == ["+12025550123", None]
    assert created["turns"] is None


def test_ids_count_up_for_each_owner(alice: Client, bob: Client) -> None:
    assert [alice.create()["id"], alice.create()["id"], bob.create()["id"]] == [1, 2, 1]


def test_put_replaces_everything_and_keeps_the_ids_of_phones(alice: Client) -> None:
    alice.create(phones=[{"number": "111"}, {"number": "222"}], notes="gone")

    replaced = alice.request(
        "PUT",
        "/api/contacts/1",
        body={"last_name": "Hopper", "phones": [{"number": "222"}, {"number": "333"}]},
    )

    assert replaced.status == 200
    assert replaced.body["first_name"] is None
    assert replaced.body["notes"] is None
    assert [(each["id"], each["number"]) for each in replaced.body["phones"]] == [
        (2, "222"),
        (3, "333"),
    ]


def test_patch_changes_what_is_named_and_nothing_else(alice: Client) -> None:
    before = alice.create(last_name="Hopper", notes="kept", phones=[{"number": "111"}])

    after = alice.request("PATCH", "/api/contacts/1", body={"last_name": "Murray"}).body

    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"last_name", "updated_at", "etag"}


def test_patch_takes_the_media_type_of_merge_patches(alice: Client) -> None:
    alice.create()

    answered = alice.request(
        "PATCH",
        "/api/contacts/1",
        body={"notes": "x"},
        headers={"content-type": "application/merge-patch+json"},
    )

    assert answered.status == 200


def test_null_clears_what_may_be_absent(alice: Client) -> None:
    alice.create(**EVERYTHING)
    nothing = dict.fromkeys(
        (*EVERYTHING.keys() - {"first_name", "favourite", "muted", "deceased"},)
    )

    after = alice.request("PATCH", "/api/contacts/1", body=nothing).body

    assert after["emails"] == after["phones"] == after["tags"] == []
    assert after["birthday"] is after["notes"] is after["lead_days"] is None
    assert after["extra"] == {}
    assert {name: after[name] for name in DETAIL_NAMES} == {
        name: None if name in DETAIL_TEXTS else [] for name in DETAIL_NAMES
    }


def test_a_patch_of_one_detail_leaves_the_others(alice: Client) -> None:
    before = alice.create(**EVERYTHING)

    after = alice.request("PATCH", "/api/contacts/1", body={"gift_ideas": ["Tea", "Tea"]}).body

    assert after["gift_ideas"] == ["Tea"]
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"gift_ideas", "updated_at", "etag"}


def test_what_is_read_can_be_sent_back(alice: Client) -> None:
    before = alice.create(**EVERYTHING)
    sent = {name: before[name] for name in EVERYTHING}

    after = alice.request("PUT", "/api/contacts/1", body=sent).body

    assert after == before


def test_extra_is_merged_key_by_key(alice: Client) -> None:
    alice.create(extra={"company": "Kyivstar", "pets": {"cat": "Murka", "dog": "Sirko"}})

    after = alice.request(
        "PATCH", "/api/contacts/1", body={"extra": {"pets": {"dog": None}, "city": "Lviv"}}
    ).body

    assert after["extra"] == {"company": "Kyivstar", "pets": {"cat": "Murka"}, "city": "Lviv"}


def test_a_contact_never_loses_its_last_name_of_both(alice: Client) -> None:
    alice.create("Grace")

    answered = alice.request("PATCH", "/api/contacts/1", body={"first_name": None})

    assert answered.status == 422
    assert answered.body["errors"][0]["pointer"] == "/first_name"


def test_delete_hides_a_contact_from_everything_but_the_trash(alice: Client) -> None:
    alice.create()

    deleted = alice.request("DELETE", "/api/contacts/1")

    assert deleted.status == 204
    assert alice.request("GET", "/api/contacts/1").status == 404
    assert alice.request("DELETE", "/api/contacts/1").status == 404
    assert alice.request("GET", "/api/contacts", query={"count": "true"}).body["total"] == 0


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_whoever_knows_an_old_version_changes_nothing(alice: Client, method: str) -> None:
    old = alice.create()
    now = alice.request("PATCH", "/api/contacts/1", body={"notes": "newer"}).body
    body = None if method == "DELETE" else {"first_name": "Ada"}

    refused = alice.request(method, "/api/contacts/1", body=body, headers={"If-Match": old["etag"]})

    assert refused.status == 412
    assert refused.headers["etag"] == refused.body["etag"] == now["etag"]
    assert alice.request("GET", "/api/contacts/1").body == now


def test_whoever_knows_the_newest_version_may_change_it(alice: Client) -> None:
    known = alice.create()

    answered = alice.request(
        "PUT", "/api/contacts/1", body={"first_name": "Ada"}, headers={"If-Match": known["etag"]}
    )

    assert answered.status == 200
    assert answered.body["etag"] != known["etag"]


def test_a_birthday_is_seen_from_the_day_of_the_owner(alice: Client) -> None:
    shown = alice.create(birthday="--02-29")

    assert shown["next_birthday"] is not None
    assert shown["age"] is shown["turns"] is None
    assert 0 <= shown["days_until_birthday"] <= 366


@pytest.mark.parametrize("contact_id", ["0", "2147483648", "9999999999999999999", "7"])
def test_an_id_that_nobody_has_is_not_found(alice: Client, contact_id: str) -> None:
    answered = alice.request("GET", f"/api/contacts/{contact_id}")

    assert answered.status == 404
    assert answered.body["code"] == "contact_not_found"


@pytest.mark.parametrize("contact_id", ["me", "1.0", "-1", "1_0", "٣"])
def test_what_is_no_id_is_nobodys(alice: Client, contact_id: str) -> None:
    assert alice.request("GET", f"/api/contacts/{contact_id}").status == 404
