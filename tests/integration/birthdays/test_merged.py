"""Contacts that were merged are one person to the planner."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from kith.contacts.entities import Owner
from kith.contacts.merge.service import MergeResult, MergeService
from kith.contacts.service import ContactService
from tests.databases import RolledBack, RolledBackStatements
from tests.factories import create_contact, create_user
from tests.planning import plan_tick

NINE = datetime(2027, 5, 17, 9, tzinfo=UTC)


def tick(database: RolledBack) -> int:
    return plan_tick(RolledBackStatements(database), NINE)


@contextmanager
def merging(database: RolledBack, owner_id: UUID) -> Iterator[MergeService]:
    owner = Owner(owner_id, date(2027, 5, 17), "feb28", None)
    with database.writing() as work:
        yield MergeService(ContactService(work.session, owner, NINE))


@pytest.fixture
def alice(database: RolledBack) -> UUID:
    """She has Grace twice: once with her birthday, once without."""
    alice: UUID = create_user(database.connection, reminders_mode="per_contact")
    create_contact(database.connection, alice, "Grace Hopper", "1906-05-17")
    create_contact(database.connection, alice, "Grace")
    return alice


def merged(database: RolledBack, alice: UUID) -> MergeResult:
    with merging(database, alice) as merges:
        return merges.merge(2, [1])


def test_the_one_who_stays_is_announced_and_the_one_in_the_trash_is_not(
    database: RolledBack, alice: UUID
) -> None:
    merged(database, alice)

    assert [tick(database), tick(database)] == [1, 0]


def test_who_was_announced_before_the_merge_is_not_announced_after_it(
    database: RolledBack, alice: UUID
) -> None:
    assert tick(database) == 1

    merged(database, alice)

    assert tick(database) == 0


def test_an_undo_announces_nobody_twice(database: RolledBack, alice: UUID) -> None:
    tick(database)
    merge = merged(database, alice)

    with merging(database, alice) as merges:
        merges.undo(merge.merge_id)

    assert tick(database) == 0


def chain(database: RolledBack, alice: UUID) -> tuple[MergeResult, MergeResult]:
    """Contact 1 was merged into 2, and 2 into 3."""
    create_contact(database.connection, alice, "Grace B. M. Hopper")
    with merging(database, alice) as merges:
        return merges.merge(2, [1]), merges.merge(3, [2])


def test_who_was_announced_before_a_chain_of_merges_is_not_announced_after_it(
    database: RolledBack, alice: UUID
) -> None:
    assert tick(database) == 1

    chain(database, alice)

    assert tick(database) == 0


def test_a_chain_of_merges_hides_nobody_who_was_not_announced(
    database: RolledBack, alice: UUID
) -> None:
    chain(database, alice)

    assert [tick(database), tick(database)] == [1, 0]


def test_an_undo_in_a_chain_announces_nobody_twice(database: RolledBack, alice: UUID) -> None:
    tick(database)
    _, second = chain(database, alice)

    with merging(database, alice) as merges:
        merges.undo(second.merge_id)

    assert tick(database) == 0
