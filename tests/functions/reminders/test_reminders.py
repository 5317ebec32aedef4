"""The reminders function: ticks, slices and the cleanup, each by its own event."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from functions.reminders.app import handler
from kith import settings as environment
from kith.birthdays.models import PlannerSlice
from kith.birthdays.reminders import job
from kith.birthdays.reminders.job import TimeMissing, run_steps
from kith.database.unit_of_work import Database, database
from kith.mail import queue
from kith.mail.models import OutboxLetter
from tests.clock import FrozenClock
from tests.databases import FreshDatabase
from tests.factories import create_contact, create_user
from tests.recorders import RecordingQueue

EVENT = {"time": "2027-05-17T09:00:00Z"}


@pytest.fixture
def fresh(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch, clock: FrozenClock
) -> Iterator[FreshDatabase]:
    """A database of its own: the planner has a connection of its own."""
    monkeypatch.setenv("DATABASE_URL", fresh_database.url)
    environment.settings.cache_clear()
    clock.set(datetime(2027, 5, 17, 9, tzinfo=UTC))
    with database.override(Database(fresh_database.engine)):
        yield fresh_database


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A breaker that closes at once, so that nobody waits for it."""
    monkeypatch.setattr(queue.CircuitBreaker, "SECONDS", 0.0)


def friend_of_alice(fresh: FreshDatabase) -> None:
    with fresh.engine.begin() as connection:
        create_contact(connection, create_user(connection), "Grace", "1906-05-17")


def invoke(event: dict[str, Any], seconds: float = 180) -> dict[str, Any]:
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: int(seconds * 1_000))
    return handler(event, context)


def slice_messages(recorded: RecordingQueue) -> dict[str, Any]:
    """What SQS would invoke the function with."""
    bodies = [body for body, _ in recorded.messages if "slice_id" in body]
    return {"Records": [{"messageId": f"m{n}", "body": body} for n, body in enumerate(bodies)]}


def letters(fresh: FreshDatabase) -> list[int]:
    with fresh.engine.connect() as connection:
        return list(connection.scalars(select(OutboxLetter.id)))


def slices(fresh: FreshDatabase) -> list[int]:
    with fresh.engine.connect() as connection:
        return list(connection.scalars(select(PlannerSlice.id)))


def test_a_tick_only_makes_slices_and_posts_them(
    fresh: FreshDatabase, letters_queue: RecordingQueue
) -> None:
    friend_of_alice(fresh)

    done = invoke({**EVENT, "job": "plan"})

    assert (done["slices"], done["posted"], done["planned"]) == (1, 1, 0)
    assert letters_queue.slice_ids() == slices(fresh)
    assert letters_queue.lanes() == ["planner"]
    assert letters(fresh) == []


def test_a_slice_makes_letters_once_however_often_its_message_comes(
    fresh: FreshDatabase, letters_queue: RecordingQueue
) -> None:
    friend_of_alice(fresh)
    invoke({**EVENT, "job": "plan"})
    messages = slice_messages(letters_queue)

    answers = [invoke(messages) for _ in range(3)]

    assert answers == [{"batchItemFailures": []}] * 3
    assert letters_queue.letter_ids() == letters(fresh)
    assert (len(letters(fresh)), slices(fresh)) == (1, [])


def test_a_message_that_names_no_slice_comes_back(letters_queue: RecordingQueue) -> None:
    records = [{"messageId": "m1", "body": "{}"}, {"messageId": "m2", "body": "no json"}]

    failed = invoke({"Records": records})["batchItemFailures"]

    assert [each["itemIdentifier"] for each in failed] == ["m1", "m2"]


def test_a_slice_that_runs_out_of_time_goes_on_where_it_stopped(
    fresh: FreshDatabase, letters_queue: RecordingQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kith.birthdays.reminders.planner._CONTACTS_PER_BATCH", 1)
    for _ in range(3):
        friend_of_alice(fresh)
    invoke({**EVENT, "job": "plan"})
    looks = iter([True, True, False])
    monkeypatch.setattr(job, "within", lambda _: lambda: next(looks, True))

    first = invoke(slice_messages(letters_queue))
    made = len(letters(fresh))
    left = slices(fresh)
    invoke(slice_messages(letters_queue))

    assert (first, made, len(left)) == ({"batchItemFailures": []}, 2, 1)
    assert letters_queue.slice_ids() == left * 2
    assert (len(letters(fresh)), slices(fresh)) == (3, [])


def test_without_its_queue_the_tick_plans_by_itself(
    fresh: FreshDatabase, letters_queue: RecordingQueue, no_pauses: None
) -> None:
    friend_of_alice(fresh)
    letters_queue.away = True

    done = invoke({**EVENT, "job": "plan"})

    assert (done["slices"], done["posted"], done["planned"], done["left"]) == (1, 0, 1, 0)
    assert len(letters(fresh)) == 1


def test_a_slice_that_sqs_did_not_take_is_posted_by_the_next_tick(
    fresh: FreshDatabase, letters_queue: RecordingQueue, no_pauses: None
) -> None:
    friend_of_alice(fresh)
    letters_queue.away = True
    invoke({**EVENT, "job": "plan"}, seconds=0)
    left = slices(fresh)
    letters_queue.away = False
    queue.breaker.reset()

    invoke({"time": "2027-05-17T09:15:00Z", "job": "plan"})

    assert len(left) == 1
    assert letters_queue.slice_ids() == left


def test_the_heartbeat_tells_the_age_of_the_oldest_slice(
    fresh: FreshDatabase,
    letters_queue: RecordingQueue,
    clock: FrozenClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    friend_of_alice(fresh)
    invoke({**EVENT, "job": "plan"})
    clock.set(datetime(2027, 5, 17, 9, 10, tzinfo=UTC))
    capsys.readouterr()

    done = invoke({"time": "2027-05-17T09:10:00Z", "job": "plan"})

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    ages = [line["OldestSliceSeconds"][0] for line in lines if "OldestSliceSeconds" in line]
    assert done["left"] == 1
    assert 600 <= ages[0] < 900


def test_by_hand_everything_is_done_at_once(
    fresh: FreshDatabase, letters_queue: RecordingQueue
) -> None:
    friend_of_alice(fresh)

    first, second = invoke(EVENT), invoke(EVENT)

    assert (first["planned"], second["planned"]) == (1, 0)
    assert first["trash"] == first["accounts"] == first["pictures"] == 0
    assert letters_queue.letter_ids() == letters(fresh)


def test_the_cleanup_does_not_stand_behind_the_planner(
    fresh: FreshDatabase, letters_queue: RecordingQueue
) -> None:
    friend_of_alice(fresh)

    done = invoke({**EVENT, "job": "cleanup"})

    assert set(done) == {"imports", "trash", "accounts", "retention", "pictures"}
    assert slices(fresh) == []


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
        invoke(event)


def test_a_step_that_fails_stops_no_other() -> None:
    def broken() -> int:
        raise ValueError("broken")

    done = run_steps({"slices": lambda: 3, "trash": broken, "pictures": lambda: 1})

    assert done == {"slices": 3, "pictures": 1}


def test_the_tick_fails_when_the_reminders_did_after_the_rest_was_done() -> None:
    done = []

    def broken() -> int:
        raise ValueError("broken")

    def other() -> int:
        done.append("other")
        return 1

    with pytest.raises(ValueError, match="broken"):
        run_steps({"slices": broken, "other": other})

    assert done == ["other"]
