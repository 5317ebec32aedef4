"""What follows from a contact is stored with it, whichever way it was written.

Each way is walked from a short and from a long text, and to both; then what is stored is compared
with what the stored contact says itself.
"""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select
from sqlalchemy.orm import Session

from kith.contacts.models import Contact
from kith.contacts.router import ROUTERS
from tests.clients import Client
from tests.databases import RolledBack

SHORT, LONG = "brief", "щодня " * 150
CARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:ivan\r\nN:Франко;Іван;;;\r\nTEL:067 123 45 67\r\n"
    "NICKNAME:Мирон\r\nORG:Житє\r\nNOTE:{}\r\nEND:VCARD\r\n"
)
FULL = {
    "first_name": "Іван",
    "last_name": "Франко",
    "emails": [{"address": "ivan@xn--80a1acn3a.xn--j1amh", "label": "home"}],
    "phones": [{"number": "067 123 45 67"}, {"number": "1-800-FLOWERS"}, {"number": "101"}],
    "tags": ["Поет"],
    "nickname": "Каменяр",
    "organization": "Світ",
    "addresses": [{"city": "Нагуєвичі", "street": "вул. Франка, 1"}],
    "urls": [{"url": "https://example.com/франко"}],
    "messengers": [{"service": "Telegram", "handle": "kameniar"}],
    "relations": [{"kind": "spouse", "name": "Ольга Хоружинська"}],
    "gift_ideas": ["Вудка"],
    "extra": {"company": "Kyivstar", "depth": [{"a": 1}, None, True]},
}


def unfaithful(database: RolledBack, owner: Client) -> list[int]:
    """The contacts whose stored columns are not those that follow from them."""
    with Session(database.connection) as session:
        mine = select(Contact).where(Contact.owner_id == owner.id)
        contacts = session.scalars(mine.execution_options(populate_existing=True)).all()
        session.expunge_all()
    assert contacts
    return [contact.id for contact in contacts if _changes_when_derived(contact)]


def _changes_when_derived(contact: Contact) -> bool:
    stored = _derived_columns(contact)
    contact.derive()
    return stored != _derived_columns(contact)


def _derived_columns(contact: Contact) -> tuple[object, ...]:
    return (contact.sort_name, contact.search, contact.search_long, contact.tag_keys)


def send(client: Client, method: str, path: str, body: Any = None, **request: Any) -> Any:
    response = client.request(method, f"/api/contacts{path}", body=body, **request)
    assert response.status < 300, response.body
    return response.body


def whole(client: Client, method: str, path: str, body: Any = None) -> None:
    assert client.request(method, path, body=body).status < 300


def import_card(client: Client, notes: str) -> None:
    card = CARD.format(notes).encode()
    send(client, "POST", "/import", raw=card, headers={"content-type": "text/vcard"})


def import_card_again(client: Client, notes: str) -> None:
    for text in (LONG, SHORT, f"{notes} and more"):
        import_card(client, text)


def bulk(client: Client, action: str, **more: str) -> None:
    results = send(client, "POST", "/bulk", {"action": action, "ids": [1, 2], **more})["items"]
    assert {each["status"] for each in results} == {"done"}


def restore(client: Client, _notes: str) -> None:
    bulk(client, "delete")
    send(client, "POST", "/1/restore")


def restore_many(client: Client, _notes: str) -> None:
    bulk(client, "delete")
    bulk(client, "restore")


def merge(client: Client, _notes: str) -> str:
    merge_id: str = send(client, "POST", "/merge", {"into": 1, "from": [2]})["merge_id"]
    return merge_id


def undo_merge(client: Client, notes: str) -> None:
    send(client, "POST", f"/merges/{merge(client, notes)}/undo")


def undo_import(client: Client, notes: str) -> None:
    import_card(client, notes)
    [newest, *_] = send(client, "GET", "/imports")["items"]
    send(client, "POST", f"/imports/{newest['id']}/undo")


WAYS: dict[str, Callable[[Client, str], object]] = {
    "put": lambda client, notes: send(client, "PUT", "/1", FULL | {"notes": notes}),
    "patch-name": lambda client, _: send(client, "PATCH", "/1", {"last_name": "Ґава"}),
    "patch-notes": lambda client, notes: send(client, "PATCH", "/1", {"notes": notes}),
    "patch-extra": lambda client, notes: send(client, "PATCH", "/1", {"extra": {"a": notes}}),
    "patch-details": lambda client, notes: send(client, "PATCH", "/1", {"how_we_met": notes}),
    "link": lambda client, _: send(
        client, "PATCH", "/1", {"relations": [{"kind": "friend", "contact_id": 2}]}
    ),
    "patch-relations": lambda client, _: send(client, "PATCH", "/1", {"relations": None}),
    "patch-flag": lambda client, _: send(client, "PATCH", "/1", {"favourite": True}),
    "patch-birthday": lambda client, _: send(client, "PATCH", "/1", {"birthday": "--08-27"}),
    "add-phone": lambda client, _: send(client, "POST", "/1/phones", {"number": "44 555"}),
    "replace-phone": lambda client, _: send(client, "PUT", "/1/phones/1", {"number": "+1 911"}),
    "remove-phone": lambda client, _: send(client, "DELETE", "/1/phones/1"),
    "add-tag": lambda client, _: send(client, "PUT", "/1/tags/діяч"),
    "remove-tag": lambda client, _: send(client, "DELETE", "/1/tags/Поет"),
    "tag-many": lambda client, _: bulk(client, "tag", tag="Класик"),
    "untag-many": lambda client, _: bulk(client, "untag", tag="Поет"),
    "rename-tag": lambda client, _: whole(client, "PATCH", "/api/tags/поет", {"name": "Діяч"}),
    "delete-tag": lambda client, _: whole(client, "DELETE", "/api/tags/ПОЕТ"),
    "delete": lambda client, _: send(client, "DELETE", "/1"),
    "delete-many": lambda client, _: bulk(client, "delete"),
    "restore": restore,
    "restore-many": restore_many,
    "import": import_card,
    "import-again": import_card_again,
    "merge": merge,
    "undo-merge": undo_merge,
    "undo-import": undo_import,
}


@pytest.fixture(params=[SHORT, LONG], ids=["from-short", "from-long"])
def book(request: pytest.FixtureRequest, alice: Client) -> Client:
    """Two contacts, with a phone of each kind."""
    for name in ("Іван", "Ivan"):
        alice.create(**FULL | {"first_name": name, "notes": request.param})
    return alice


def test_what_is_created_has_what_follows_from_it(database: RolledBack, book: Client) -> None:
    assert unfaithful(database, book) == []


@pytest.mark.parametrize("notes", [SHORT, LONG], ids=["to-short", "to-long"])
@pytest.mark.parametrize("way", WAYS)
def test_what_is_written_has_what_follows_from_it(
    database: RolledBack, book: Client, notes: str, way: str
) -> None:
    WAYS[way](book, notes)

    assert unfaithful(database, book) == []


def test_no_route_that_writes_is_left_out() -> None:
    """A new one belongs among the ways above, then here; jobs are in ``test_import_jobs``."""
    routes = (route for router in ROUTERS for route in router.routes)
    found = [
        f"{method} {route.path.removeprefix('/api/contacts')}"
        for route in routes
        if isinstance(route, APIRoute)
        for method in (route.methods or set()) - {"GET"}
    ]

    assert sorted(found) == [
        "DELETE /api/tags/{tag}",
        "DELETE /imports/{import_id}",
        "DELETE /trash/{contact_id}",
        "DELETE /{contact_id}",
        "DELETE /{contact_id}/phones/{phone_id}",
        "DELETE /{contact_id}/tags/{tag}",
        "PATCH /api/tags/{tag}",
        "PATCH /{contact_id}",
        "POST ",
        "POST /",
        "POST /bulk",
        "POST /import",
        "POST /imports",
        "POST /imports/{import_id}/start",
        "POST /imports/{import_id}/undo",
        "POST /merge",
        "POST /merges/{merge_id}/undo",
        "POST /{contact_id}/phones",
        "POST /{contact_id}/restore",
        "PUT /{contact_id}",
        "PUT /{contact_id}/phones/{phone_id}",
        "PUT /{contact_id}/tags/{tag}",
    ]
