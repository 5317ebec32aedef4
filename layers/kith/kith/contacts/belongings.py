"""What a user takes along of their address book, when they ask for all that we know of them."""

import json
from collections.abc import Iterator
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from kith import clock
from kith.accounts.vocabulary import User
from kith.contacts.exporting import Export
from kith.contacts.finding import find_in_trash
from kith.contacts.listing import Stretch
from kith.contacts.owner import Owner
from kith.contacts.phones import region_of
from kith.http.paging import write_cursor
from kith.settings import settings

_MOST_BYTES: Final = 4_000_000  # a function may answer with six million, and there is more to tell
_PAGE: Final = 500


def taken_along(connection: Connection, user: User) -> dict[str, Any]:
    """``contacts``, ``trash``, and where very large address books go on: ``contacts_next``."""
    today = clock.today(ZoneInfo(user.time_zone))
    owner = Owner(user.id, today, user.leap_day, region_of(user.locale))
    part = Export(connection, owner).json(0, _MOST_BYTES)
    return {
        "contacts": json.loads(part.content)["contacts"],
        "contacts_next": _rest(part.last_id),
        "trash": list(_trash(connection, owner)),
    }


def _rest(last_id: int | None) -> str | None:
    if last_id is None:
        return None
    origin = settings().public_base_url
    return f"{origin}/api/contacts/export?format=json&cursor={write_cursor([last_id])}"


def _trash(connection: Connection, owner: Owner) -> Iterator[Any]:
    after = None
    while True:
        page = find_in_trash(connection, owner, Stretch("deleted", after, 0, _PAGE))
        yield from page.items
        if page.last is None:
            return
        after = page.last
