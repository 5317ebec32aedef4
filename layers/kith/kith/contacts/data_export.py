"""The address book in a user's data export."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from kith import clock
from kith.accounts.models import User
from kith.contacts.entities import Owner
from kith.contacts.exchange.exporter import Exporter
from kith.contacts.phones.number import region_of_locale
from kith.contacts.presenter import ContactJson, present_contact
from kith.contacts.search.repository import PageRequest
from kith.contacts.search.service import list_trashed_contacts
from kith.http.pagination import encode_cursor
from kith.settings import settings

_MOST_BYTES: Final = 4_000_000  # a function may answer with six million, and there is more to tell
_PAGE: Final = 500


def export_address_book(connection: Connection, user: User) -> ContactJson:
    """``contacts``, ``trash``, and where very large address books go on: ``contacts_next``."""
    today = clock.today(ZoneInfo(user.time_zone))
    owner = Owner(user.id, today, user.leap_day, region_of_locale(user.locale))
    part = Exporter(connection, owner).json(0, _MOST_BYTES)
    return {
        "contacts": json.loads(part.content)["contacts"],
        "contacts_next": _rest(part.last_id),
        "trash": list(_trash(connection, owner)),
    }


def _rest(last_id: int | None) -> str | None:
    if last_id is None:
        return None
    origin = settings().public_base_url
    return f"{origin}/api/contacts/export?format=json&cursor={encode_cursor([last_id])}"


def _trash(connection: Connection, owner: Owner) -> Iterator[ContactJson]:
    page_request = PageRequest("deleted", limit=_PAGE)
    while True:
        page = list_trashed_contacts(connection, owner.id, page_request)
        for row in page.items:
            yield present_contact(row, owner) | {"deleted_at": row.deleted_at}
        if page.last is None:
            return
        page_request = replace(page_request, after=page.last)
