"""How PostgreSQL finds what lists ask for: in an index of the owner, and pages without sorting."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, event, text

from kith.birthdate import Birthdate
from kith.contacts.creation_repository import ContactCreation, QuotaLimits
from kith.contacts.mapper import new_contact
from kith.contacts.models import Contact
from kith.contacts.schemas import ContactCreate
from kith.contacts.search.repository import ContactListing, Order, PageRequest, page_position
from kith.contacts.search.service import SearchQuery
from tests.databases import patient_engine
from tests.factories import create_user

NOON = datetime(2026, 5, 17, 12, tzinfo=UTC)
LARGE = 5000
PLENTY = QuotaLimits(10**6, 10**6, timedelta(days=1))


def person(number: int) -> Contact:
    name = f"{'Іван' if number % 3 else 'Grace'} {number}"
    birthday = Birthdate(None, number % 12 + 1, number % 28 + 1) if number % 7 else None
    return new_contact(ContactCreate(first_name=name, birthday=birthday), "UA")


class Book:
    """A large address book among others, and how it is read."""

    def __init__(self, connection: Connection, owner_id: UUID) -> None:
        self.listing = ContactListing(connection, owner_id)
        self._connection = connection

    def page(self, question: SearchQuery, stretch: PageRequest) -> list[Any]:
        return list(self.listing.page(question.filters(), stretch))

    def plan(self, question: SearchQuery, stretch: PageRequest) -> str:
        """What PostgreSQL did for a page."""
        asked: list[tuple[str, Any]] = []

        def note(*arguments: Any) -> None:
            asked.append((arguments[2], arguments[3]))

        event.listen(self._connection, "before_cursor_execute", note)
        try:
            self.page(question, stretch)
        finally:
            event.remove(self._connection, "before_cursor_execute", note)
        cursor = self._connection.connection.cursor()
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS OFF) {asked[0][0]}", asked[0][1])
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.fixture(scope="module")
def book(postgres_url: str) -> Iterator[Book]:
    engine = patient_engine(postgres_url)
    with engine.connect() as connection:
        owner, *others = [create_user(connection, name) for name in ("alice", "bob", "carol")]
        for each in (owner, *others):
            contacts = [person(number) for number in range(LARGE)]
            ContactCreation(connection, each, PLENTY).create(contacts, NOON, counted=False)
        connection.commit()
        connection.execution_options(isolation_level="AUTOCOMMIT")
        # Rows whose commit is not on the disk yet would keep their pages from being skipped.
        connection.execute(text("CHECKPOINT"))
        # Without it a few dead rows of other tests would stay, and their pages be looked into.
        connection.execute(text("VACUUM (ANALYZE, INDEX_CLEANUP ON) contacts"))
        yield Book(connection, owner)
        connection.execute(text("TRUNCATE users CASCADE"))
    engine.dispose()


@pytest.mark.parametrize(
    ("sort", "index"),
    [
        ("id", "(pk_contacts|ix_contacts_living)"),
        ("name", "ix_contacts_name"),
        ("updated", "ix_contacts_updated"),
        ("birthday", "ix_contacts_birthday"),
    ],
)
def test_a_page_at_any_depth_is_a_walk_along_an_index(book: Book, sort: Order, index: str) -> None:
    deep = book.page(SearchQuery(), PageRequest(sort, skip=LARGE - 500, limit=1))[0]
    first = book.plan(SearchQuery(), PageRequest(sort))
    last = book.plan(SearchQuery(), PageRequest(sort, after=page_position(deep, sort)))

    for plan in (first, last):
        walk = plan.split("Limit", 1)[1]
        assert "Seq Scan" not in plan
        assert any(f" using {name} " in walk for name in index.strip("()").split("|"))
        assert "Sort Key" not in walk
        assert "Rows Removed by Filter" not in walk


@pytest.mark.parametrize("words", [None, "іван"])
def test_which_rows_a_page_holds_is_found_out_once(book: Book, words: str | None) -> None:
    """Not with every row, as a planner without fresh statistics would do with an ``IN``."""
    plan = book.plan(SearchQuery(q=words), PageRequest("id"))

    assert "id = ANY ((InitPlan" in plan or "id = ANY ($" in plan


@pytest.mark.parametrize("words", ["немає такого", "nobody", "zz", "4999", "іван 4999"])
def test_a_search_reads_the_narrow_index_of_one_owner(book: Book, words: str) -> None:
    plan = book.plan(SearchQuery(q=words), PageRequest("id"))

    assert "Index Only Scan using ix_contacts_living" in plan
    assert "Heap Fetches: 0" in plan
    assert "Seq Scan" not in plan


def test_a_search_in_another_order_reads_it_too(book: Book) -> None:
    plan = book.plan(SearchQuery(q="іван 4999"), PageRequest("name"))

    assert "Index Only Scan using ix_contacts_living" in plan
    assert "Seq Scan on contacts" not in plan


def test_a_search_for_a_frequent_word_stops_when_the_page_is_full(book: Book) -> None:
    plan = book.plan(SearchQuery(q="іван"), PageRequest("id", limit=20))

    removed = plan.split("Rows Removed by Filter: ")[1].split("\n")[0]
    assert int(removed) < 50
