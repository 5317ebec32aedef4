"""Lists of contacts: from what is asked for to a page, and to where the next one begins."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from kith.contacts import answers, search
from kith.contacts.listing import ContactListing, Filters, Stretch, key_of
from kith.contacts.owner import Owner
from kith.contacts.repository import Stored


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for, field by field; blank or ``None`` asks for nothing."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    q: str | None = None
    tag: str | None = None
    favourite: bool | None = None

    def filters(self) -> Filters:
        parts = {
            "first_name": self.first_name,
            "last_name": self.last_name,
            "emails": self.email,
            "phones": self.phone,
        }
        patterns = [search.within(name, text) for name, text in parts.items() if text]
        return Filters([*patterns, *search.anywhere(self.q or "")], self.tag, self.favourite)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of contacts as they are shown; ``last`` is where the next page begins, if any."""

    items: list[dict[str, Any]]
    last: list[Any] | None
    total: int | None = None


def find(
    connection: Connection, owner: Owner, question: Question, stretch: Stretch, *, count: bool
) -> Page:
    """The contacts that a question asks for, one page of them."""
    listing = ContactListing(connection, owner.id)
    filters = question.filters()
    rows, last = _cut(listing.page(filters, _one_more(stretch)), stretch)
    total = listing.count(filters) if count else None
    return Page([answers.contact(row, owner) for row in rows], last, total)


def find_in_trash(connection: Connection, owner: Owner, stretch: Stretch) -> Page:
    """One page of the trash, in the order ``deleted``."""
    listing = ContactListing(connection, owner.id)
    rows, last = _cut(listing.trash(_one_more(stretch)), stretch)
    items = [{**answers.contact(row, owner), "deleted_at": row.deleted_at} for row in rows]
    return Page(items, last)


def _one_more(stretch: Stretch) -> Stretch:
    """Whether there is another page is seen by fetching one row more than is shown."""
    return replace(stretch, limit=stretch.limit + 1)


def _cut(rows: Sequence[Stored], stretch: Stretch) -> tuple[Sequence[Stored], list[Any] | None]:
    shown = rows[: stretch.limit]
    return shown, key_of(shown[-1], stretch.sort) if len(rows) > stretch.limit else None
