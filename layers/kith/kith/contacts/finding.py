"""Lists of contacts: from what is asked for to a page, and to where the next one begins."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from kith.contacts import answers, search
from kith.contacts.listing import ContactListing, Filters, Stretch, key_of
from kith.contacts.owner import Owner


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
    total: int | None


def find(
    connection: Connection, owner: Owner, question: Question, stretch: Stretch, *, count: bool
) -> Page:
    """The contacts that a question asks for, one page of them."""
    listing = ContactListing(connection, owner.id)
    filters = question.filters()
    one_more = replace(stretch, limit=stretch.limit + 1)
    rows = listing.page(filters, one_more)
    shown = rows[: stretch.limit]
    last = key_of(shown[-1], stretch.sort) if len(rows) > stretch.limit else None
    total = listing.count(filters) if count else None
    return Page([answers.contact(row, owner) for row in shown], last, total)
