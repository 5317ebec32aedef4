"""Lists of contacts: from a query to a page, and to where the next one begins."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection

from kith.contacts.fields import normalize_tag
from kith.contacts.rows import ContactRow
from kith.contacts.search.folding import tag_key
from kith.contacts.search.repository import (
    ContactFilters,
    ContactListing,
    CursorValue,
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
            [*patterns, *patterns_anywhere(self.q or "")],
            tag_key(normalize_tag(self.tag)) if self.tag else None,
            self.favourite,
        )


@dataclass(frozen=True, slots=True)
class ContactSlice:
    """A page of contacts; ``last`` is the position after which the next page begins, if any."""

    items: Sequence[ContactRow]
    last: Sequence[CursorValue] | None


def search_contacts(
    connection: Connection, owner_id: UUID, query: SearchQuery, page_request: PageRequest
) -> ContactSlice:
    """One page of the living contacts that match a query."""
    listing, filters = ContactListing(connection, owner_id), query.filters()
    return _cut(page_request, lambda more: listing.page(filters, more))


def count_contacts(connection: Connection, owner_id: UUID, query: SearchQuery) -> int:
    """How many living contacts match a query."""
    return ContactListing(connection, owner_id).count(query.filters())


def list_trashed_contacts(
    connection: Connection, owner_id: UUID, page_request: PageRequest
) -> ContactSlice:
    """One page of the trash, in the order ``deleted``."""
    return _cut(page_request, ContactListing(connection, owner_id).trash)


def _cut(
    page_request: PageRequest, fetch: Callable[[PageRequest], list[ContactRow]]
) -> ContactSlice:
    """Whether there is another page is seen by fetching one row more than is shown."""
    limit = page_request.limit
    rows = fetch(replace(page_request, limit=limit + 1))
    last = page_position(rows[limit - 1], page_request.sort) if len(rows) > limit else None
    return ContactSlice(rows[:limit], last)
