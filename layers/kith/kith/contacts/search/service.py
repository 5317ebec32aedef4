"""Lists of contacts: from what is asked for to a page, and to where the next one begins."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from kith.contacts.entities import Owner
from kith.contacts.presenter import present_contact
from kith.contacts.repository import StoredContact
from kith.contacts.search.repository import (
    ContactFilters,
    ContactListing,
    PageRequest,
    page_position,
)
from kith.contacts.search.text import patterns_anywhere, patterns_in_field


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is asked for, field by field; blank or ``None`` asks for nothing."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    q: str | None = None
    tag: str | None = None
    favourite: bool | None = None

    def filters(self) -> ContactFilters:
        parts = {
            "first_name": self.first_name,
            "last_name": self.last_name,
            "emails": self.email,
            "phones": self.phone,
        }
        patterns = [patterns_in_field(name, text) for name, text in parts.items() if text]
        return ContactFilters(
            [*patterns, *patterns_anywhere(self.q or "")], self.tag, self.favourite
        )


@dataclass(frozen=True, slots=True)
class ContactSlice:
    """A page of contacts as they are shown; ``last`` is where the next page begins, if any."""

    items: list[dict[str, Any]]
    last: list[Any] | None
    total: int | None = None


def search_contacts(
    connection: Connection,
    owner: Owner,
    question: SearchQuery,
    stretch: PageRequest,
    *,
    count: bool,
) -> ContactSlice:
    """The contacts that a question asks for, one page of them."""
    listing = ContactListing(connection, owner.id)
    filters = question.filters()
    rows, last = _cut(listing.page(filters, _one_more(stretch)), stretch)
    total = listing.count(filters) if count else None
    return ContactSlice([present_contact(row, owner) for row in rows], last, total)


def list_trashed_contacts(
    connection: Connection, owner: Owner, stretch: PageRequest
) -> ContactSlice:
    """One page of the trash, in the order ``deleted``."""
    listing = ContactListing(connection, owner.id)
    rows, last = _cut(listing.trash(_one_more(stretch)), stretch)
    items = [{**present_contact(row, owner), "deleted_at": row.deleted_at} for row in rows]
    return ContactSlice(items, last)


def _one_more(stretch: PageRequest) -> PageRequest:
    """Whether there is another page is seen by fetching one row more than is shown."""
    return replace(stretch, limit=stretch.limit + 1)


def _cut(
    rows: Sequence[StoredContact], stretch: PageRequest
) -> tuple[Sequence[StoredContact], list[Any] | None]:
    shown = rows[: stretch.limit]
    return shown, page_position(shown[-1], stretch.sort) if len(rows) > stretch.limit else None
