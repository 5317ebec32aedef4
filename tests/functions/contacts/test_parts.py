"""Phones and tags over HTTP, one at a time."""

from tests.clients import Client

PHONES = "/api/contacts/1/phones"
TAGS = "/api/contacts/1/tags"


def test_a_phone_is_added_read_changed_and_removed_by_itself(alice: Client) -> None:
    alice.create(last_name="Hopper")

    added = alice.request("POST", PHONES, body={"number": "067 123 45 67", "label": "mobile"})
    assert added.status == 201
    assert added.headers["location"].endswith("/api/contacts/1/phones/1")
    assert added.body["e164"] == "+380671234567"

    changed = alice.request("PUT", f"{PHONES}/1", body={"number": "050 123 45 67"})
    assert changed.status == 200
    assert (changed.body["id"], changed.body["e164"]) == (1, "+380501234567")
    assert alice.request("GET", PHONES).body["items"] == [changed.body]
    assert alice.request("GET", "/api/contacts", query={"phone": "0501234567"}).body["items"]

    assert alice.request("DELETE", f"{PHONES}/1").status == 204
    assert alice.request("GET", PHONES).body["items"] == []
    assert alice.request("GET", "/api/contacts/1").body["last_name"] == "Hopper"


def test_an_id_is_never_given_to_another_number(alice: Client) -> None:
    alice.create(phones=[{"number": "111"}, {"number": "222"}])
    alice.request("DELETE", f"{PHONES}/2")

    assert alice.request("POST", PHONES, body={"number": "333"}).body["id"] == 3


def test_the_same_number_is_the_same_phone(alice: Client) -> None:
    alice.create(phone="067 123 45 67")

    again = alice.request("POST", PHONES, body={"number": "+38 (067) 123-45-67"})

    assert again.status == 200
    assert again.body["number"] == "067 123 45 67"
    assert len(alice.request("GET", PHONES).body["items"]) == 1


def test_two_phones_do_not_become_the_same_number(alice: Client) -> None:
    alice.create(phones=[{"number": "067 123 45 67"}, {"number": "222"}])

    answered = alice.request("PUT", f"{PHONES}/2", body={"number": "+380671234567"})

    assert answered.status == 409
    assert answered.body["code"] == "phone_already_there"


def test_equal_numbers_of_one_contact_collapse(alice: Client) -> None:
    shown = alice.create(phones=[{"number": "067 123 45 67"}, {"number": "+380 67 123 45 67"}])

    assert [each["number"] for each in shown["phones"]] == ["067 123 45 67"]


def test_a_list_of_phones_can_be_sent_back_as_it_was_read(alice: Client) -> None:
    before = alice.create(phones=[{"number": "067 123 45 67"}, {"number": "222"}])["phones"]

    after = alice.request("PATCH", "/api/contacts/1", body={"phones": before[::-1]}).body["phones"]

    assert after == before[::-1]


def test_a_phone_keeps_its_meaning_when_its_owner_moves(alice: Client) -> None:
    before = alice.create(phone="067 123 45 67")["phones"]
    alice.identity["locale"] = "pl"

    after = alice.request("PATCH", "/api/contacts/1", body={"phones": before}).body["phones"]

    assert after == before
    assert alice.request("GET", "/api/contacts", query={"phone": "0671234567"}).body["items"]


def test_there_is_room_for_fifty_phones(alice: Client) -> None:
    alice.create(phones=[{"number": f"{number}"} for number in range(100, 150)])

    answered = alice.request("POST", PHONES, body={"number": "999"})

    assert answered.status == 422
    assert answered.body["code"] == "too_many_phones"


def test_a_phone_that_is_not_there_is_not_found(alice: Client) -> None:
    alice.create()

    for method, body in (("PUT", {"number": "123"}), ("DELETE", None)):
        assert alice.request(method, f"{PHONES}/1", body=body).body["code"] == "phone_not_found"
        assert alice.request(method, f"{PHONES}/99999999999", body=body).status == 404


def test_a_part_is_not_changed_by_whoever_knows_an_old_version(alice: Client) -> None:
    old = alice.create(phone="111", tags=["a"])["etag"]
    alice.request("PATCH", "/api/contacts/1", body={"notes": "newer"})
    stale = {"If-Match": old}

    for method, path, body in (
        ("POST", PHONES, {"number": "222"}),
        ("PUT", f"{PHONES}/1", {"number": "222"}),
        ("DELETE", f"{PHONES}/1", None),
        ("PUT", f"{TAGS}/b", None),
        ("DELETE", f"{TAGS}/a", None),
    ):
        assert alice.request(method, path, body=body, headers=stale).status == 412


def test_a_tag_is_put_on_and_taken_off(alice: Client) -> None:
    alice.create(tags=["old"], notes="kept")

    tagged = alice.request("PUT", f"{TAGS}/родина")

    assert tagged.status == 200
    assert tagged.body["tags"] == ["old", "родина"]
    assert alice.request("PUT", f"{TAGS}/родина").body["tags"] == ["old", "родина"]
    assert alice.request("GET", "/api/contacts", query={"q": "rodyna kept"}).body["items"]
    assert alice.request("DELETE", f"{TAGS}/родина").status == 204
    assert alice.request("DELETE", f"{TAGS}/родина").body["code"] == "tag_not_found"
    assert alice.request("GET", "/api/contacts/1").body["tags"] == ["old"]


def test_there_is_room_for_fifty_tags(alice: Client) -> None:
    alice.create(tags=[str(number) for number in range(50)])

    assert alice.request("PUT", f"{TAGS}/one-more").body["code"] == "too_many_tags"
    assert alice.request("PUT", f"{TAGS}/49").status == 200


def test_a_tag_that_is_too_long_is_refused(alice: Client) -> None:
    alice.create()

    assert alice.request("PUT", f"{TAGS}/{'x' * 51}").status == 422
