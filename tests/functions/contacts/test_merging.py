"""Two contacts of one person become one, and two again."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from kith import clock
from kith import settings as environment
from kith.contacts.exchange.repository import ExchangeRepository
from kith.contacts.models import Contact
from tests.clients import Client, Response
from tests.databases import RolledBack, patient_engine

HISTORY = {"id", "etag", "created_at", "updated_at"}


def merges(person: Client, into: int, *losers: int, **more: Any) -> Response:
    body = {"into": into, "from": list(losers)}
    return person.request("POST", "/api/contacts/merge", body=body, **more)


def undoes(person: Client, merged: Response) -> Response:
    return person.request("POST", f"/api/contacts/merges/{merged.body['merge_id']}/undo")


def says(contact: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in contact.items() if key not in HISTORY}


@pytest.fixture
def grace(alice: Client) -> dict[str, Any]:
    created: dict[str, Any] = alice.create(
        "Grace",
        last_name="Hopper",
        email="grace@example.com",
        phone="067 123 45 67",
        tags=["navy"],
        notes="Met in Vassar.",
        organization="Navy",
        urls=[{"label": "home", "url": "https://example.com/grace"}],
        extra={"company": "Navy"},
    )
    return created


@pytest.fixture
def twin(alice: Client) -> dict[str, Any]:
    created: dict[str, Any] = alice.create(
        "Grace",
        last_name="Hopper",
        emails=[{"address": "grace@example.com"}, {"address": "hopper@example.com"}],
        phone="+380 44 123 45 67",
        birthday="1906-12-09",
        tags=["cobol"],
        favourite=True,
        notes="Likes clocks.",
        organization="Univac",
        job_title="Admiral",
        urls=[{"label": None, "url": "https://example.com/hopper"}],
        how_we_met="In a lecture.",
        extra={"company": "Univac", "rank": "Admiral"},
    )
    return created


def test_the_winner_has_all_that_the_loser_had(
    alice: Client, grace: dict[str, Any], twin: dict[str, Any]
) -> None:
    merged = merges(alice, grace["id"], twin["id"])

    contact = merged.body["contact"]
    assert merged.status == 200
    assert [each["address"] for each in contact["emails"]] == [
        "grace@example.com",
        "hopper@example.com",
    ]
    assert [each["e164"] for each in contact["phones"]] == ["+380671234567", "+380441234567"]
    assert contact["birthday"] == "1906-12-09"
    assert contact["tags"] == ["navy", "cobol"]
    assert contact["favourite"]
    assert contact["notes"] == "Met in Vassar.\n\nLikes clocks."
    assert contact["extra"]["company"] == "Navy"
    assert contact["extra"]["rank"] == "Admiral"
    assert contact["extra"]["merged"] == [
        {"organization": "Univac", "extra": {"company": "Univac"}}
    ]
    assert (contact["organization"], contact["job_title"]) == ("Navy", "Admiral")
    assert contact["how_we_met"] == "In a lecture."
    assert [each["label"] for each in contact["urls"]] == ["home", None]
    assert merged.headers["etag"] == contact["etag"]


def test_the_loser_is_in_the_trash(
    alice: Client, grace: dict[str, Any], twin: dict[str, Any]
) -> None:
    merges(alice, grace["id"], twin["id"])

    trash = alice.request("GET", "/api/contacts/trash").body["items"]
    assert [each["id"] for each in trash] == [twin["id"]]
    assert alice.request("GET", f"/api/contacts/{twin['id']}").status == 404


def test_undoing_makes_two_of_one_as_they_were(
    alice: Client, grace: dict[str, Any], twin: dict[str, Any]
) -> None:
    merged = merges(alice, grace["id"], twin["id"])

    undone = undoes(alice, merged)

    assert undone.status == 200
    assert undone.body["restored"] == [twin["id"]]
    assert says(undone.body["contact"]) == says(grace)
    assert says(alice.request("GET", f"/api/contacts/{twin['id']}").body) == says(twin)


def test_undoing_leaves_what_was_edited_since(
    alice: Client, grace: dict[str, Any], twin: dict[str, Any]
) -> None:
    merged = merges(alice, grace["id"], twin["id"])
    edits = {"birthday": "1906-12-10", "tags": ["navy", "cobol", "hero"], "first_name": "Amazing"}
    alice.request("PATCH", f"/api/contacts/{grace['id']}", body=edits)

    contact = undoes(alice, merged).body["contact"]

    assert contact["birthday"] == "1906-12-10"
    assert contact["tags"] == ["navy", "hero"]
    assert contact["first_name"] == "Amazing"
    assert contact["notes"] == "Met in Vassar."
    assert contact["extra"] == {"company": "Navy"}
    assert [each["address"] for each in contact["emails"]] == ["grace@example.com"]


def test_a_merge_is_undone_once(alice: Client, grace: dict[str, Any], twin: dict[str, Any]) -> None:
    merged = merges(alice, grace["id"], twin["id"])
    undoes(alice, merged)

    again = undoes(alice, merged)

    assert (again.status, again.body["code"]) == (409, "merge_undone")


def test_a_merge_of_a_month_ago_stays(
    alice: Client,
    grace: dict[str, Any],
    twin: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    merged = merges(alice, grace["id"], twin["id"])
    later = clock.now() + timedelta(days=30)
    monkeypatch.setattr(clock, "now", lambda: later)

    undone = undoes(alice, merged)

    assert (undone.status, undone.body["code"]) == (409, "merge_too_old")


def test_nothing_is_undone_when_a_loser_was_removed_for_good(
    alice: Client, grace: dict[str, Any], twin: dict[str, Any]
) -> None:
    merged = merges(alice, grace["id"], twin["id"])
    alice.request("DELETE", f"/api/contacts/trash/{twin['id']}")

    undone = undoes(alice, merged)

    assert (undone.status, undone.body["code"]) == (409, "merged_contact_gone")
    assert alice.request("GET", f"/api/contacts/{grace['id']}").body["birthday"] == "1906-12-09"


def test_merges_are_undone_in_their_order(
    alice: Client, grace: dict[str, Any], twin: dict[str, Any]
) -> None:
    third = alice.create("Amazing", last_name="Grace")
    first = merges(alice, grace["id"], twin["id"])
    second = merges(alice, third["id"], grace["id"])

    too_early = undoes(alice, first)
    undoes(alice, second)
    in_order = undoes(alice, first)

    assert (too_early.status, too_early.body["code"]) == (409, "merged_onwards")
    assert says(in_order.body["contact"]) == says(grace)


def test_a_merge_from_before_stands_in_nobodys_way(
    alice: Client, grace: dict[str, Any], twin: dict[str, Any]
) -> None:
    """Grace was merged into another once, and came back from the trash by hand."""
    third = alice.create("Amazing", last_name="Grace")
    merges(alice, third["id"], grace["id"])
    alice.request("POST", f"/api/contacts/{grace['id']}/restore")
    merged = merges(alice, grace["id"], twin["id"])

    undone = undoes(alice, merged)

    assert undone.status == 200, undone.body
    assert says(undone.body["contact"]) == says(grace)


def test_another_name_is_kept_with_the_merge(alice: Client, grace: dict[str, Any]) -> None:
    other = alice.create("Amazing Grace", birthday="1906-12-09")

    contact = merges(alice, grace["id"], other["id"]).body["contact"]

    assert contact["first_name"] == "Grace"
    assert contact["extra"]["merged"] == [{"name": "Amazing Grace"}]


def test_a_contact_that_cannot_hold_it_all_is_not_merged(alice: Client) -> None:
    for letter in "ab":
        alice.create(letter, extra={letter: "x" * 9_000})

    merged = merges(alice, 1, 2)

    assert (merged.status, merged.body["code"]) == (422, "extra_too_large")
    assert len(alice.request("GET", "/api/contacts").body["items"]) == 2


def test_the_only_picture_is_the_winners_and_goes_back(
    alice: Client, grace: dict[str, Any], twin: dict[str, Any], database: RolledBack
) -> None:
    picture = {"photo_url": "https://example.com/p.jpg", "photo_public_id": "p"}
    hers = (Contact.owner_id == alice.id) & (Contact.id == twin["id"])
    database.connection.execute(update(Contact).where(hers).values(picture))
    merged = merges(alice, grace["id"], twin["id"])
    assert merged.body["contact"]["photo_url"] == "https://example.com/p.jpg"

    undone = undoes(alice, merged)

    assert undone.body["contact"]["photo_url"] is None
    again = alice.request("GET", f"/api/contacts/{twin['id']}").body
    assert again["photo_url"] == "https://example.com/p.jpg"


def test_a_loser_that_was_brought_back_by_hand_stays_where_it_is(
    alice: Client, grace: dict[str, Any], twin: dict[str, Any]
) -> None:
    merged = merges(alice, grace["id"], twin["id"])
    alice.request("POST", f"/api/contacts/{twin['id']}/restore")

    undone = undoes(alice, merged)

    assert undone.status == 200
    assert says(undone.body["contact"]) == says(grace)


def test_losers_come_back_though_the_winner_was_removed_for_good(
    alice: Client, grace: dict[str, Any], twin: dict[str, Any]
) -> None:
    merged = merges(alice, grace["id"], twin["id"])
    alice.request("DELETE", f"/api/contacts/{grace['id']}")
    alice.request("DELETE", f"/api/contacts/trash/{grace['id']}")

    undone = undoes(alice, merged)

    assert undone.body == {"contact": None, "restored": [twin["id"]]}
    assert alice.request("GET", f"/api/contacts/{twin['id']}").status == 200


def test_a_full_book_has_no_room_for_an_undo(
    alice: Client, grace: dict[str, Any], twin: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    merged = merges(alice, grace["id"], twin["id"])
    monkeypatch.setenv("KITH_CONTACTS_LIVING", "1")
    environment.settings.cache_clear()

    undone = undoes(alice, merged)

    assert (undone.status, undone.body["code"]) == (429, "contact_quota")


def test_a_name_that_the_merge_gave_stays_when_no_other_is_left(alice: Client) -> None:
    alice.create("Grace")
    alice.create("Grace", last_name="Hopper")
    merged = merges(alice, 1, 2)
    alice.request("PATCH", "/api/contacts/1", body={"first_name": None})

    contact = undoes(alice, merged).body["contact"]

    assert (contact["first_name"], contact["last_name"]) == (None, "Hopper")


def test_while_an_import_runs_nothing_is_merged(
    alice: Client, grace: dict[str, Any], twin: dict[str, Any], postgres_url: str
) -> None:
    other = patient_engine(postgres_url)
    with other.begin() as connection:
        ExchangeRepository(connection, alice.id).claim()
        merged = merges(alice, grace["id"], twin["id"])
    other.dispose()

    assert (merged.status, merged.body["code"]) == (409, "import_running")


def test_a_repeated_merge_with_a_key_is_one_merge(
    alice: Client, grace: dict[str, Any], twin: dict[str, Any]
) -> None:
    key = {"Idempotency-Key": "merge-1"}
    first = merges(alice, grace["id"], twin["id"], headers=key)

    again = merges(alice, grace["id"], twin["id"], headers=key)

    assert again.body == first.body


@pytest.mark.parametrize(
    "body",
    [
        {"into": 1, "from": []},
        {"into": 1, "from": [1]},
        {"into": 1, "from": [2, 2]},
        {"into": 0, "from": [2]},
        {"into": 1, "from": [2**31]},
        {"into": "1", "from": [2]},
        {"into": 1},
    ],
)
def test_a_merge_that_makes_no_sense_is_refused(alice: Client, body: dict[str, Any]) -> None:
    assert alice.request("POST", "/api/contacts/merge", body=body).status == 422


def test_the_absent_and_the_trashed_cannot_be_merged(
    alice: Client, grace: dict[str, Any], twin: dict[str, Any]
) -> None:
    alice.request("DELETE", f"/api/contacts/{twin['id']}")

    assert merges(alice, grace["id"], twin["id"]).status == 404
    assert merges(alice, twin["id"], grace["id"]).status == 404
    assert merges(alice, grace["id"], 4711).body["code"] == "contact_not_found"


def test_bob_cannot_merge_or_undo_what_is_alices(
    alice: Client, bob: Client, grace: dict[str, Any], twin: dict[str, Any]
) -> None:
    merged = merges(alice, grace["id"], twin["id"])

    assert merges(bob, grace["id"], twin["id"]).status == 404
    assert undoes(bob, merged).body["code"] == "merge_not_found"
    assert bob.request("GET", "/api/contacts/duplicates").body["items"] == []


def test_a_merge_that_never_was_is_not_found(alice: Client) -> None:
    for name in (str(uuid4()), "x"):
        assert alice.request("POST", f"/api/contacts/merges/{name}/undo").status == 404


def test_duplicates_are_told_with_their_reasons(
    alice: Client, grace: dict[str, Any], twin: dict[str, Any]
) -> None:
    alice.create("Ada", last_name="Lovelace")

    found = alice.request("GET", "/api/contacts/duplicates", query={"count": "true"}).body

    assert found["total"] == 1
    assert found["items"] == [{"contacts": [grace, twin], "reasons": ["same_email", "same_name"]}]


def test_namesakes_with_other_birthdays_are_two_people(alice: Client) -> None:
    alice.create("Ada", birthday="1815-12-10")
    alice.create("ADA", birthday="--01-01")

    assert alice.request("GET", "/api/contacts/duplicates").body["items"] == []


def test_a_birthday_without_its_year_may_be_the_same(alice: Client) -> None:
    alice.create("Ada", birthday="1815-12-10")
    alice.create("ada", birthday="--12-10")
    alice.create("Áda")

    items = alice.request("GET", "/api/contacts/duplicates").body["items"]

    pairs = [[each["id"] for each in item["contacts"]] for item in items]
    assert pairs == [[1, 2], [1, 3]]
    assert items[0]["reasons"] == ["same_name"]


def test_pairs_come_page_by_page(alice: Client) -> None:
    for _ in range(4):
        alice.create("Ada", phone="+44 117 496 0123")

    first = alice.request("GET", "/api/contacts/duplicates", query={"limit": 2}).body
    second = alice.request(
        "GET", "/api/contacts/duplicates", query={"limit": 2, "cursor": first["next_cursor"]}
    ).body

    items = [*first["items"], *second["items"]]
    assert [item["contacts"][1]["id"] for item in items] == [2, 3, 4]
    assert items[0]["reasons"] == ["same_name", "same_phone"]
    assert second["next_cursor"] is None


def test_merges_are_listed_with_their_undo(alice: Client, bob: Client) -> None:
    for name in ("Ada", "Grace", "Mary"):
        alice.create(name)
    first, second = merges(alice, 1, 2), merges(alice, 3, 1)

    listed = alice.request("GET", "/api/contacts/merges", query={"limit": "1"})
    rest = alice.request(
        "GET", "/api/contacts/merges", query={"cursor": listed.body["next_cursor"]}
    )

    (newest,), (oldest,) = listed.body["items"], rest.body["items"]
    assert (newest["merge_id"], newest["into"], newest["from"]) == (
        second.body["merge_id"],
        3,
        [1],
    )
    assert newest["undo"].endswith(f"/api/contacts/merges/{second.body['merge_id']}/undo")
    assert newest["undo_until"] == second.body["undo_until"]
    assert (oldest["merge_id"], oldest["undo"]) == (first.body["merge_id"], None)
    assert rest.body["next_cursor"] is None
    assert bob.request("GET", "/api/contacts/merges").body["items"] == []


def test_a_merge_is_forgotten_by_the_list_when_it_can_no_longer_be_undone(
    alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Ada", "Grace"):
        alice.create(name)
    merges(alice, 1, 2)

    late = clock.now() + timedelta(days=30)
    monkeypatch.setattr(clock, "now", lambda: late)

    assert alice.request("GET", "/api/contacts/merges").body["items"] == []


def test_a_loser_that_was_merged_again_since_does_not_come_back_first(alice: Client) -> None:
    """It was brought back by hand, and merged into a third contact."""
    for name in ("Ada", "Grace", "Mary"):
        alice.create(name)
    first = merges(alice, 1, 2)
    alice.request("POST", "/api/contacts/2/restore")
    second = merges(alice, 3, 2)

    assert undoes(alice, first).body["code"] == "merged_onwards"
    assert undoes(alice, second).status == 200
    assert undoes(alice, first).status == 200


def test_a_clock_that_was_put_back_does_not_change_which_merge_came_first(
    alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Ada", "Grace", "Mary"):
        alice.create(name)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=1))
    merges(alice, 3, 1)
    alice.request("POST", "/api/contacts/1/restore")
    monkeypatch.setattr(clock, "now", lambda: now)

    later = merges(alice, 1, 2)

    assert undoes(alice, later).status == 200
