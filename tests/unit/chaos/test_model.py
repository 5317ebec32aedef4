"""The model knows what may be stored, and calls everything else by its name."""

from typing import Any

import pytest

from tests.chaos.answers import Answer, Violation
from tests.chaos.model import LATE_WRITE_S, Book, Place, State, Tracked

ALICE = "owner-aaaaaaaaaaaa"
LONG_AFTER = 1000.0
FIRST = State(Place.LIVING, '"1"', "one", frozenset({"a"}), ("1",))
SECOND = FIRST._replace(etag='"2"', notes="two")
TRASHED = FIRST._replace(place=Place.TRASHED, etag='"2"')
GONE = State(Place.GONE)
ACKNOWLEDGED = Answer("PATCH", "/", 200)
LOST_ANSWER = Answer("PATCH", "/", None, answered_at=10.0)
ALTERED = Answer("PATCH", "/", 200, answered_at=10.0, trusted=False)


def tracked(*possible: State) -> Tracked:
    return Tracked("serial", list(possible))


def test_an_acknowledged_write_must_be_there() -> None:
    contact = tracked(FIRST)

    contact.written(ACKNOWLEDGED, SECOND)

    assert contact.seen(SECOND, LONG_AFTER) is None
    assert contact.seen(FIRST, LONG_AFTER) is Violation.LOST


def test_one_of_unknown_outcome_may_be_there_or_not() -> None:
    for outcome in (FIRST, SECOND):
        contact = tracked(FIRST)

        contact.written(LOST_ANSWER, SECOND)

        assert contact.seen(outcome, 11.0) is None


def test_until_it_has_settled_it_may_still_arrive_late() -> None:
    contact = tracked(FIRST)
    contact.written(LOST_ANSWER, SECOND)

    early = contact.seen(FIRST, 10.0 + LATE_WRITE_S - 1)

    assert early is None
    assert contact.seen(SECOND, 10.0 + LATE_WRITE_S) is None
    assert contact.seen(FIRST, LONG_AFTER) is Violation.LOST


def test_what_was_written_of_altered_bytes_may_be_anything_but_elsewhere() -> None:
    contact = tracked(FIRST)

    contact.written(ALTERED, SECOND)

    assert contact.seen(FIRST._replace(notes="someth1ng"), 11.0) is None
    assert contact.seen(TRASHED, 11.0) is Violation.LOST


@pytest.mark.parametrize(
    ("stored", "seen", "broken"),
    [
        (FIRST, FIRST._replace(notes="other"), Violation.LOST),
        (FIRST, FIRST._replace(tags=frozenset()), Violation.LOST),
        (FIRST, FIRST._replace(etag='"2"'), Violation.TWICE),
        (FIRST, TRASHED, Violation.LOST),
        (TRASHED, FIRST, Violation.REVIVED),
        (GONE, FIRST, Violation.REVIVED),
        (GONE, TRASHED, Violation.REVIVED),
    ],
)
def test_what_is_seen_against_a_promise_has_a_name(
    stored: State, seen: State, broken: Violation
) -> None:
    assert tracked(stored).seen(seen, LONG_AFTER) is broken


def test_what_must_live_and_is_missing_is_lost() -> None:
    assert tracked(FIRST).missed(Place.LIVING, LONG_AFTER) is Violation.LOST
    assert tracked(TRASHED).missed(Place.LIVING, LONG_AFTER) is None


def test_nobody_writes_to_a_contact_that_has_not_settled() -> None:
    book = Book(ALICE, 0)
    contact = book.track()
    contact.written(ACKNOWLEDGED, FIRST)

    contact.written(LOST_ANSWER, SECOND)

    assert book.in_place(Place.LIVING, LONG_AFTER) == []


def row(serial: str, contact_id: int = 1, owner: str = ALICE) -> dict[str, Any]:
    shown = {"id": contact_id, "first_name": owner, "last_name": serial, "etag": '"1"'}
    return shown | {"notes": "one", "tags": ["a"], "phones": [{"id": 1, "number": "1"}]}


def book_of_one() -> tuple[Book, str]:
    book = Book(ALICE, 0)
    contact = book.track()
    contact.written(ACKNOWLEDGED, FIRST)
    contact.id = 1
    return book, contact.serial


def kinds(found: list[tuple[Violation, str]]) -> list[Violation]:
    return [broken for broken, _ in found]


def test_a_list_of_all_that_was_made_breaks_nothing() -> None:
    book, serial = book_of_one()

    assert book.compare_all([row(serial), row(f"{ALICE}-1-00000", 2)], Place.LIVING, 1.0) == []


def test_a_list_without_it_has_lost_it() -> None:
    book, _ = book_of_one()

    assert kinds(book.compare_all([], Place.LIVING, 1.0)) == [Violation.LOST]


def test_the_same_create_in_two_rows_was_done_twice() -> None:
    book, serial = book_of_one()

    found = book.compare_all([row(serial), row(serial, 2)], Place.LIVING, 1.0)

    assert kinds(found) == [Violation.TWICE]


def test_a_row_without_the_mark_of_its_owner_is_foreign() -> None:
    book, serial = book_of_one()

    found = book.compare([row(serial, owner="owner-bbbbbbbbbbbb")], Place.LIVING, 1.0)

    assert kinds(found) == [Violation.FOREIGN]


def test_a_row_that_nobody_made_is_foreign() -> None:
    book, _ = book_of_one()

    assert kinds(book.compare([row(f"{ALICE}-0-00099", 7)], Place.LIVING, 1.0)) == [
        Violation.FOREIGN
    ]
