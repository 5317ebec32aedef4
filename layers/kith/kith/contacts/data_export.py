"""The address book in a user's data export."""

from collections.abc import Sequence
from typing import Final

from pydantic_core import from_json
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from kith import clock
from kith.accounts.models import User
from kith.contacts.entities import Owner
from kith.contacts.exchange.exporter import Exporter
from kith.contacts.imports.repository import ImportRepository
from kith.contacts.imports.schemas import Import
from kith.contacts.owners import owner_of_account
from kith.contacts.presenter import ContactJson, present_contact
from kith.contacts.rows import ContactRow
from kith.contacts.search.cursors import encode_sort_cursor
from kith.contacts.search.repository import CursorValue, PageRequest, page_position
from kith.contacts.search.service import list_trashed_contacts
from kith.http.pagination import encode_cursor
from kith.http.response_size import Chunks, fit_items
from kith.settings import settings

_TRASH: Final = 20_000
_REST: Final = 65_536  # the links, the names of the members, and the imports


def export_address_book(connection: Connection, user: User, max_bytes: int) -> ContactJson:
    """``contacts`` and ``trash``, and where they go on if they are very long; ``imports``."""
    owner = owner_of_account(user)
    trash, trash_next = _trash(connection, owner, max_bytes // 4)
    part = Exporter(connection, owner).json(0, max_bytes - len(trash) - _REST)
    contacts_next = encode_cursor([part.last_id]) if part.last_id else None
    return {
        **from_json(part.content),
        "contacts_next": _url("contacts/export?format=json&cursor=", contacts_next),
        "trash": from_json(trash),
        "trash_next": _url("contacts/trash?limit=500&cursor=", trash_next),
        "imports": _imports(connection, user),
    }


def _url(path: str, cursor: str | None) -> str | None:
    return f"{settings().public_base_url}/api/{path}{cursor}" if cursor else None


def _imports(connection: Connection, user: User) -> list[ContactJson]:
    with Session(connection) as session:
        records = ImportRepository(session, user.id).newest(100)
    return [Import.of(each, clock.now()).model_dump(mode="json") for each in records]


def _trash(connection: Connection, owner: Owner, max_bytes: int) -> tuple[bytes, str | None]:
    def fetch(
        limit: int, after: Sequence[CursorValue] | None
    ) -> tuple[Sequence[ContactRow], Sequence[CursorValue] | None]:
        page = list_trashed_contacts(connection, owner.id, PageRequest("deleted", after, 0, limit))
        return page.items, page.last

    chunks = Chunks(_TRASH, fetch)
    fitted = fit_items(chunks, lambda row: present_contact(row, owner), max_bytes)
    last = page_position(fitted.last, "deleted") if fitted.last else chunks.last
    return fitted.json, encode_sort_cursor("deleted", last) if last else None
