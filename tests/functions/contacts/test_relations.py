"""Relations between two contacts are kept in both directions, whatever becomes of either."""

from typing import Any

import pytest

from tests.clients import Client, Response


def relate(client: Client, contact_id: int, *relations: dict[str, Any]) -> Response:
    body = {"relations": list(relations)}
    return client.request("PATCH", f"/api/contacts/{contact_id}", body=body)


def relations(client: Client, contact_id: int) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = client.request("GET", f"/api/contacts/{contact_id}").body[
        "relations"
    ]
    return shown


def link(kind: str, contact_id: int) -> dict[str, Any]:
    return {"kind": kind, "contact_id": contact_id}


def named(kind: str, name: str) -> dict[str, Any]:
    return {"kind": kind, "name": name}


@pytest.fixture
def family(alice: Client) -> Client:
    """Ada (1), a child of Anna (2); Carl (3) has nobody."""
    for name in ("Ada", "Anna", "Carl"):
        alice.create(name, last_name="L")
    relate(alice, 1, link("mother", 2))
    return alice


def test_the_other_has_a_relation_as_well(family: Client) -> None:
    assert relations(family, 1) == [link("mother", 2)]
    assert relations(family, 2) == [link("child", 1)]


def test_a_contact_is_created_with_a_relation(family: Client) -> None:
    created = family.create("Dora", relations=[link("wife", 3), named("friend", "Eve")])

    assert created["relations"] == [link("wife", 3), named("friend", "Eve")]
    assert relations(family, 3) == [link("spouse", 4)]


def test_what_is_read_can_be_sent_back(family: Client) -> None:
    before = [relations(family, each) for each in (1, 2)]
    for contact_id in (2, 1):
        shown = family.request("GET", f"/api/contacts/{contact_id}").body
        body = {"first_name": shown["first_name"], "relations": shown["relations"]}
        assert family.request("PUT", f"/api/contacts/{contact_id}", body=body).status == 200

    assert [relations(family, each) for each in (1, 2)] == before


def test_both_go_when_one_goes(family: Client) -> None:
    relate(family, 2)

    assert (relations(family, 1), relations(family, 2)) == ([], [])


def test_another_kind_is_another_kind_on_both_sides(family: Client) -> None:
    relate(family, 1, link("friend", 2))

    assert (relations(family, 1), relations(family, 2)) == (
        [link("friend", 2)],
        [link("friend", 1)],
    )


def test_a_word_of_the_others_own_stays(family: Client) -> None:
    relate(family, 2, link("daughter", 1))

    assert (relations(family, 1), relations(family, 2)) == (
        [link("mother", 2)],
        [link("daughter", 1)],
    )


def test_a_name_that_is_there_already_becomes_the_contact(family: Client) -> None:
    relate(family, 3, named("buddy", "Ada L"))

    relate(family, 1, link("mother", 2), link("friend", 3))

    assert relations(family, 3) == [link("buddy", 1)]


@pytest.mark.parametrize("contact_id", [1, 4, 2**31, 99])
def test_a_relation_to_nobody_or_to_oneself_is_refused(family: Client, contact_id: int) -> None:
    refused = relate(family, 1, named("friend", "Eve"), link("friend", contact_id))

    assert refused.status == 422
    assert refused.body["errors"][0]["pointer"] == "/relations/1/contact_id"
    assert relations(family, 1) == [link("mother", 2)]


def test_a_relation_to_somebody_elses_contact_is_refused(family: Client, bob: Client) -> None:
    refused = bob.request(
        "POST", "/api/contacts", body={"first_name": "B", "relations": [link("friend", 1)]}
    )

    assert refused.status == 422
    assert relations(family, 1) == [link("mother", 2)]


def test_the_other_has_a_new_version(family: Client) -> None:
    before = family.request("GET", "/api/contacts/3").body["etag"]

    relate(family, 1, link("friend", 3))

    assert family.request("GET", "/api/contacts/3").body["etag"] != before


def test_who_is_in_the_trash_is_a_name(family: Client) -> None:
    family.request("DELETE", "/api/contacts/2")

    (trashed,) = family.request("GET", "/api/contacts/trash").body["items"]
    assert relations(family, 1) == [named("mother", "Anna L")]
    assert trashed["relations"] == [named("child", "Ada L")]


def test_who_comes_back_is_a_relation_again(family: Client) -> None:
    family.request("DELETE", "/api/contacts/2")

    restored = family.request("POST", "/api/contacts/2/restore").body

    assert restored["relations"] == [link("child", 1)]
    assert relations(family, 1) == [link("mother", 2)]
    assert family.request("GET", "/api/contacts/2").body == restored


def test_two_who_went_and_came_back_in_any_order_have_each_other(family: Client) -> None:
    for contact_id in (1, 2):
        family.request("DELETE", f"/api/contacts/{contact_id}")
    for contact_id in (1, 2):
        family.request("POST", f"/api/contacts/{contact_id}/restore")

    assert (relations(family, 1), relations(family, 2)) == ([link("mother", 2)], [link("child", 1)])


def test_many_go_and_come_back_together(family: Client) -> None:
    relate(family, 3, link("friend", 1))
    for action in ("delete", "restore"):
        family.request("POST", "/api/contacts/bulk", body={"action": action, "ids": [1, 2]})

    assert relations(family, 1) == [link("mother", 2), link("friend", 3)]
    assert relations(family, 2) == [link("child", 1)]
    assert relations(family, 3) == [link("friend", 1)]


def test_who_is_gone_for_good_stays_a_name(family: Client) -> None:
    family.request("DELETE", "/api/contacts/1")
    family.request("DELETE", "/api/contacts/2")
    family.request("DELETE", "/api/contacts/trash/2")

    restored = family.request("POST", "/api/contacts/1/restore").body

    assert restored["relations"] == [named("mother", "Anna L")]


def test_a_new_name_is_the_name_that_is_searched(family: Client) -> None:
    family.request("PATCH", "/api/contacts/2", body={"first_name": "Zoe"})

    found = family.request("GET", "/api/contacts", query={"q": "zoe"}).body["items"]

    assert [each["id"] for each in found] == [1, 2]
    family.request("DELETE", "/api/contacts/2")
    assert relations(family, 1) == [named("mother", "Zoe L")]


def test_a_merge_hands_relations_on_and_its_undo_gives_them_back(family: Client) -> None:
    family.create("Annie", last_name="L", relations=[named("friend", "Eve")])
    relate(family, 4, link("friend", 2), link("spouse", 3))
    merged = family.request("POST", "/api/contacts/merge", body={"into": 4, "from": [2]})

    assert merged.body["contact"]["relations"] == [link("spouse", 3), link("child", 1)]
    assert relations(family, 1) == [link("mother", 4)]

    undone = family.request("POST", f"/api/contacts/merges/{merged.body['merge_id']}/undo")

    assert undone.status == 200
    assert relations(family, 1) == [link("parent", 2)]
    assert relations(family, 2) == [link("child", 1), link("friend", 4)]
    assert sorted(map(str, relations(family, 4))) == sorted(
        map(str, [link("friend", 2), link("spouse", 3)])
    )
    assert relations(family, 3) == [link("spouse", 4)]


@pytest.mark.parametrize(
    ("form", "kind"),
    [("vcard", "text/vcard"), ("csv", "text/csv"), ("json", "application/json")],
)
def test_a_file_knows_names_and_changes_nothing_when_it_comes_back(
    family: Client, form: str, kind: str
) -> None:
    file = family.handler(
        family.event("GET", "/api/contacts/export", query={"format": form}), context()
    )["body"]

    report = family.request(
        "POST", "/api/contacts/import", raw=file.encode(), headers={"content-type": kind}
    ).body

    assert "Anna L" in file
    assert {each["status"] for each in report["items"]} == {"skipped"}
    assert (relations(family, 1), relations(family, 2)) == ([link("mother", 2)], [link("child", 1)])


def context() -> Any:
    from types import SimpleNamespace

    return SimpleNamespace(aws_request_id="1", function_name="contacts")
