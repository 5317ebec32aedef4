"""What every table that grows forgets, in batches."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, func, insert, select

from kith.birthdays import retention
from kith.birthdays.models import ReminderLogEntry
from kith.birthdays.retention import apply_retention
from kith.contacts.models import KnownCard, Merge
from kith.database.base import Base
from kith.mail.models import OutboxLetter, Suppression
from tests.databases import RolledBack, RolledBackStatements
from tests.factories import create_contact, create_user

NOW = datetime(2027, 5, 17, 9, tzinfo=UTC)
OLD, YOUNG = NOW - timedelta(days=397), NOW - timedelta(days=395)


@pytest.fixture
def connection(database: RolledBack) -> Connection:
    return database.connection


def always() -> bool:
    return True


def count(connection: Connection, table: type[Base]) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def letter(connection: Connection, at: datetime) -> None:
    """A letter of that moment, with the birthday in it."""
    user = create_user(connection)
    times = {"not_before": at, "created_at": at}
    row = {"kind": "reminder_daily", "user_id": user, "key": str(user), "data": {}, **times}
    letter_id = connection.scalar(insert(OutboxLetter).values(row).returning(OutboxLetter.id))
    entry = {"user_id": user, "contact_id": 1, "occurrence": at.date(), "lead": 0, "mode": "daily"}
    more = {"local_date": at.date(), "letter_id": letter_id, "planned_at": at}
    connection.execute(insert(ReminderLogEntry).values({**entry, **more}))


def test_letters_and_their_log_are_kept_for_13_months(
    database: RolledBack, connection: Connection
) -> None:
    letter(connection, OLD)
    letter(connection, YOUNG)

    deleted = apply_retention(RolledBackStatements(database), NOW, always)

    assert deleted == 2
    assert count(connection, OutboxLetter) == count(connection, ReminderLogEntry) == 1
    assert connection.scalar(select(ReminderLogEntry.local_date)) == date(2026, 4, 17)


def test_a_card_is_known_as_long_as_its_contact_lives(
    database: RolledBack, connection: Connection
) -> None:
    user = create_user(connection)
    living = create_contact(connection, user, "Grace")
    for number, contact_id in enumerate((living, 99)):
        row = {"owner_id": user, "digest": bytes([number]), "contact_id": contact_id}
        connection.execute(insert(KnownCard).values(**row, imported_at=OLD))

    apply_retention(RolledBackStatements(database), NOW, always)

    assert list(connection.scalars(select(KnownCard.contact_id))) == [living]


def test_complaints_and_bounces_are_never_forgotten(
    database: RolledBack, connection: Connection
) -> None:
    for address, facts in (
        ("transient@example.com", {"transient_bounces": 3}),
        ("complained@example.com", {"complained_at": OLD}),
        ("bounced@example.com", {"bounced_at": OLD}),
    ):
        row = {"address": address, "updated_at": OLD, **facts}
        connection.execute(insert(Suppression).values(row))

    apply_retention(RolledBackStatements(database), NOW, always)

    left = set(connection.scalars(select(Suppression.address)))
    assert left == {"complained@example.com", "bounced@example.com"}


def test_it_goes_on_batch_by_batch_as_far_as_its_time_goes(
    database: RolledBack, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_BATCH", 2)
    for _ in range(5):
        letter(connection, OLD)
    looks: Iterator[bool] = iter([True, True, False])

    first = apply_retention(RolledBackStatements(database), NOW, lambda: next(looks, False))
    second = apply_retention(RolledBackStatements(database), NOW, always)

    assert (first, second) == (4, 6)
    assert count(connection, OutboxLetter) == count(connection, Merge) == 0
