"""The reminders door: the scheduler's event in, letters in the outbox, one chore beside another."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from functions.reminders.app import handler
from kith import settings as environment
from kith.birthdays.reminders.job import TimeMissing, run_chores
from kith.mail.models import OutboxLetter
from tests.clock import FrozenClock
from tests.databases import FreshDatabase
from tests.factories import create_contact, create_user
from tests.recorders import RecordingQueue

EVENT = {"time": "2027-05-17T09:00:00Z"}


@pytest.fixture
def fresh(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch, clock: FrozenClock
) -> FreshDatabase:
    """A database of its own: the planner has a connection of its own."""
    monkeypatch.setenv("DATABASE_URL", fresh_database.url)
    environment.settings.cache_clear()
    clock.set(datetime(2027, 5, 17, 9, tzinfo=UTC))
    return fresh_database


def test_the_tick_plans_tells_the_queue_and_says_how_much(
    fresh: FreshDatabase, letters_queue: RecordingQueue
) -> None:
    with fresh.engine.begin() as connection:
        alice = create_user(connection)
        create_contact(connection, alice, "Grace", "1906-05-17")

    first, second = handler(EVENT, None), handler(EVENT, None)

    assert (first["planned"], second["planned"]) == (1, 0)
    with fresh.engine.connect() as connection:
        ids = list(connection.scalars(select(OutboxLetter.id)))
    assert letters_queue.letter_ids() == ids


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"time": None},
        {"time": 1},
        {"time": "soon"},
        {"time": "2027-05-17T09:00:00"},
        {"time": "9999-12-31T23:59:59Z"},
        {"time": "<aws.scheduler.scheduled-time>"},
    ],
)
def test_without_a_time_nothing_is_done(event: dict[str, Any]) -> None:
    with pytest.raises(TimeMissing, match='"time"'):
        handler(event, None)


def test_a_chore_that_fails_stops_no_other() -> None:
    def broken() -> int:
        raise ValueError("broken")

    done = run_chores({"planned": lambda: 3, "trash": broken, "pictures": lambda: 1})

    assert done == {"planned": 3, "pictures": 1}


def test_the_tick_fails_when_the_reminders_did_after_the_rest_was_done() -> None:
    done = []

    def broken() -> int:
        raise ValueError("broken")

    def other() -> int:
        done.append("other")
        return 1

    with pytest.raises(ValueError, match="broken"):
        run_chores({"planned": broken, "other": other})

    assert done == ["other"]
