"""Files that come in, and what is told of them."""

from tests.book_owners import Answered, Person

HOPPER = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:hopper\r\nN:Hopper;Grace;;;\r\nFN:Grace Hopper\r\n"
    "BDAY;X-APPLE-OMIT-YEAR=1604:1604-12-09\r\nEND:VCARD\r\n"
)


def imports(person: Person, file: str, kind: str = "text/vcard", **query: str) -> Answered:
    return person.asks(
        "POST",
        "/api/contacts/import",
        raw=file.encode(),
        headers={"content-type": kind},
        query=query,
    )


def test_a_file_is_imported_once_however_often_it_comes(alice: Person) -> None:
    first = imports(alice, HOPPER)
    again = imports(alice, HOPPER)

    assert first.status == 200, first.body
    assert first.body["summary"]["created"] == 1
    assert again.body["summary"] == {
        "created": 0,
        "updated": 0,
        "skipped": 1,
        "failed": 0,
        "dry_run": False,
    }
