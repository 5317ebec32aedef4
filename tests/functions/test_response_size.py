"""Every route with a list, over contacts as long as they may be, in the worst alphabets."""

import base64
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from awslambdaric.lambda_runtime_marshaller import Encoder
from sqlalchemy import Connection, text

from functions.auth.app import handler as auth
from functions.birthdays.app import handler as birthdays
from functions.contacts.app import handler as contacts
from kith.contacts.models import Contact
from tests.clients import Client, Handler, LambdaContext
from tests.databases import RolledBack
from tests.factories import create_user

QUOTA = 6_291_556
HOW_MANY = 200
# Two, four and one byte; escaped by JSON once, and by the runtime client again.
WORST = 'ї😀"\\\n'
TRASHED = datetime(2026, 11, 1, tzinfo=UTC)
LISTS = {
    "list": (contacts, "/api/contacts?limit=500"),
    "list by name": (contacts, "/api/contacts?limit=500&sort=name"),
    "search": (contacts, "/api/contacts?limit=500&first_name=grace"),
    "trash": (contacts, "/api/contacts/trash?limit=500"),
    "duplicates": (contacts, "/api/contacts/duplicates?limit=500"),
    "upcoming": (birthdays, "/api/contacts/upcoming_birthdays?limit=500&days=366"),
}
FILES = {
    "vCard": (contacts, "/api/contacts/export?format=vcard"),
    "vCard 4": (contacts, "/api/contacts/export?format=vcard&version=4.0"),
    "CSV": (contacts, "/api/contacts/export?format=csv"),
    "JSON": (contacts, "/api/contacts/export?format=json"),
}


@pytest.fixture
def alice(database: RolledBack) -> Client:
    """An owner of 200 contacts of 18 000 characters each, and as many in the trash."""
    connection = database.connection
    user_id = create_user(connection, "alice")
    sent: dict[str, Any] = {
        "first_name": "Grace",
        "birthday": "1906-12-09",
        "email": "grace@example.com",
        "notes": WORST * 2_000,
        "extra": {"a": WORST * 1_600},
    }
    Client(user_id).create(**sent)
    copy_contact(connection, user_id, 2, HOW_MANY, None)
    copy_contact(connection, user_id, HOW_MANY + 1, 2 * HOW_MANY, TRASHED)
    return Client(user_id)


def copy_contact(
    connection: Connection, owner_id: UUID, first: int, last: int, deleted_at: datetime | None
) -> None:
    """The owner's contact 1 once more, under each of some ids."""
    table = Contact.__table__
    kept = [column.name for column in table.columns if not column.computed]
    new = {"id": "number", "deleted_at": "CAST(:deleted_at AS timestamptz)"}
    statement = text(
        f"INSERT INTO contacts ({', '.join(kept)})"  # noqa: S608 - names of the table's columns
        f" SELECT {', '.join(new.get(name, name) for name in kept)}"
        " FROM contacts, generate_series(CAST(:first AS int), CAST(:last AS int)) AS number"
        " WHERE owner_id = :owner_id AND id = 1"
    )
    values = {"owner_id": owner_id, "first": first, "last": last, "deleted_at": deleted_at}
    connection.execute(statement, values)


def get(client: Client, handler: Handler, url: str, **headers: str) -> dict[str, Any]:
    """The response as it leaves the function, which the runtime client can send."""
    parts = urlsplit(url)
    event = client.event("GET", parts.path, query=dict(parse_qsl(parts.query)), headers=headers)
    response = handler(event, LambdaContext())
    assert response["statusCode"] == 200, response["body"][:500]
    assert len(Encoder().encode(response).encode()) <= QUOTA
    return response


def body_of(response: dict[str, Any]) -> bytes:
    body: str = response["body"]
    return base64.b64decode(body) if response["isBase64Encoded"] else body.encode()


def pages(client: Client, handler: Handler, url: str) -> Iterator[bytes]:
    """All pages, by their `Link`."""
    while url:
        response = get(client, handler, url)
        yield body_of(response)
        url = response["headers"].get("link", "").partition(">")[0].removeprefix("<")


@pytest.mark.parametrize("name", LISTS)
def test_every_page_of_a_list_fits_and_none_is_left_out(alice: Client, name: str) -> None:
    handler, url = LISTS[name]

    found = [json.loads(page) for page in pages(alice, handler, url)]

    assert len(found) > 1
    items = [item for page in found for item in page["items"]]
    ids = [item["contacts"][1]["id"] if name == "duplicates" else item["id"] for item in items]
    assert len(set(ids)) == len(ids) == (HOW_MANY - 1 if name == "duplicates" else HOW_MANY)


@pytest.mark.parametrize("name", FILES)
def test_every_part_of_an_export_fits_and_nobody_is_left_out(alice: Client, name: str) -> None:
    handler, url = FILES[name]

    parts = list(pages(alice, handler, url))

    assert len(parts) > 1
    assert sum(part.count(b"Grace") for part in parts) >= HOW_MANY


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_the_export_of_an_account_fits_and_says_where_it_goes_on(
    alice: Client, encoding: str
) -> None:
    response = get(alice, auth, "/api/users/me/export", **{"accept-encoding": encoding})

    body = body_of(response)
    document = json.loads(gzip.decompress(body) if encoding == "gzip" else body)
    ids = {each["id"] for each in document["contacts"]}
    for page in pages(alice, contacts, document["contacts_next"]):
        ids |= {each["id"] for each in json.loads(page)["contacts"]}
    assert len(ids) == HOW_MANY
    trashed = {each["id"] for each in document["trash"]}
    for page in pages(alice, contacts, document["trash_next"]):
        trashed |= {each["id"] for each in json.loads(page)["items"]}
    assert len(trashed) == HOW_MANY


def test_an_import_report_of_very_many_cards_fits(database: RolledBack) -> None:
    alice = Client(create_user(database.connection, "alice"))
    file = b"BEGIN:VCARD\r\nEND:VCARD\r\n" * 20_000
    event = alice.event(
        "POST",
        "/api/contacts/import",
        raw=file,
        query={"dry_run": "true"},
        headers={"content-type": "text/vcard"},
    )

    response = contacts(event, LambdaContext())

    assert response["statusCode"] == 200
    assert len(Encoder().encode(response).encode()) <= QUOTA
    report = json.loads(body_of(response))
    assert sum(report["summary"][each] for each in ("skipped", "failed")) == 20_000
