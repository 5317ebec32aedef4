from typing import Final

from tests.book_owners import Person

IVAN: Final = {
    "first_name": "Іван",
    "last_name": "Шевченко",
    "email": "ivan@example.com",
    "phone": "067 123 45 67",
    "birthday": "1990-05-17",
}


def test_a_contact_is_created_listed_and_read_in_the_same_shape(alice: Person) -> None:
    created = alice.asks("POST", "/api/contacts", body=IVAN)

    assert created.status == 201
    assert created.headers["location"].endswith("/api/contacts/1")
    assert created.headers["etag"] == created.body["etag"]
    assert created.body["phone"] == "+380671234567"
    assert alice.asks("GET", "/api/contacts/1").body == created.body
    assert alice.asks("GET", "/api/contacts").body["items"] == [created.body]


def test_bob_finds_nothing_of_alice(alice: Person, bob: Person) -> None:
    alice.knows("Grace")

    assert bob.asks("GET", "/api/contacts/1").status == 404
    assert bob.asks("GET", "/api/contacts").body["items"] == []
