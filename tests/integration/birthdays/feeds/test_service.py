"""Calendars that are too long for a response."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from kith.birthdays.feeds.repository import FeedRepository
from kith.birthdays.feeds.service import Calendar, digest_feed_token, open_feed
from tests.databases import RolledBack
from tests.factories import create_contact, create_user

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def calendar(database: RolledBack) -> Calendar:
    """Of ten people."""
    alice = create_user(database.connection, "alice")
    FeedRepository(database.connection, alice).add(uuid4(), digest_feed_token("t"), NOON, limit=5)
    for number in range(10):
        create_contact(database.connection, alice, f"Grace {number}", "1906-12-09")
    return open_feed(database.connection, "t")


@pytest.mark.parametrize(
    ("max_bytes", "events"), [(100_000, 30), (6_000, 20), (4_000, 10), (1_500, 5), (500, 0)]
)
def test_a_calendar_has_fewer_years_and_then_fewer_people(
    calendar: Calendar, database: RolledBack, max_bytes: int, events: int
) -> None:
    text = calendar.text(database.connection, max_bytes)

    assert len(text) <= max_bytes
    assert abs(text.count(b"BEGIN:VEVENT") - events) <= 1
    assert text.startswith(b"BEGIN:VCALENDAR\r\n")
    assert text.endswith(b"END:VCALENDAR\r\n")
