"""One letter each: whatever is repeated, at once, five times, or in the wrong order."""

import heapq
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from pg8000.exceptions import DatabaseError
from sqlalchemy import func, select

from kith import clock
from kith.birthdays.models import ReminderLogEntry
from kith.birthdays.reminders.composer import REMINDER_COMPOSERS
from kith.database.native import NativeConnection
from kith.database.unit_of_work import Database
from kith.database.unit_of_work import database as current_database
from kith.mail.models import OutboxLetter
from kith.mail.sender import deliver_letter
from tests.clock import FrozenClock
from tests.databases import FreshDatabase, patient_engine
from tests.factories import create_contact, create_user
from tests.planning import plan_tick
from tests.recorders import RecordingQueue, RecordingSes

NINE = datetime(2027, 5, 17, 9, tzinfo=UTC)
USERS = 60


@pytest.fixture
def crowd(fresh_database: FreshDatabase, clock: FrozenClock) -> FreshDatabase:
    """Many users, each with somebody whose day it is."""
    clock.set(NINE)
    with fresh_database.engine.begin() as connection:
        for n in range(USERS):
            owner = create_user(connection, email=f"user{n}@example.com")
            create_contact(connection, owner, "Grace", "1906-05-17")
    return fresh_database


@pytest.fixture
def senders(crowd: FreshDatabase) -> Iterator[Database]:
    """A database that several senders can ask at once."""
    engine = patient_engine(crowd.url, size=10)
    with current_database.override(Database(engine)) as database:
        yield database
    engine.dispose()


def plan(crowd: FreshDatabase, at: datetime = NINE) -> int:
    database = NativeConnection(crowd.url)
    try:
        return plan_tick(database, at)
    finally:
        database.close()


def states(crowd: FreshDatabase) -> Counter[str]:
    with crowd.engine.connect() as connection:
        return Counter(connection.scalars(select(OutboxLetter.state)))


def test_two_planners_at_once_make_one_letter_each(
    crowd: FreshDatabase, letters_queue: RecordingQueue
) -> None:
    with ThreadPoolExecutor(4) as planners:
        planned = list(planners.map(lambda _: plan(crowd), range(4)))

    assert sum(planned) == USERS
    assert len(set(letters_queue.letter_ids())) == len(letters_queue.letter_ids()) == USERS
    with crowd.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(ReminderLogEntry)) == USERS


def test_each_message_delivered_five_times_in_parallel_is_one_letter(
    crowd: FreshDatabase, senders: Database, mail: RecordingSes, letters_queue: RecordingQueue
) -> None:
    for _ in range(3):
        plan(crowd)
    messages = letters_queue.letter_ids() * 5

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda letter_id: deliver_letter(letter_id, REMINDER_COMPOSERS), messages))

    assert mail.letters_to() == {f"user{n}@example.com": 1 for n in range(USERS)}
    assert states(crowd) == {"sent": USERS}


class Bench:
    """SQS in slow motion: brings each message when its delay is over, and moves the clock there."""

    def __init__(self, clock: FrozenClock, queue: RecordingQueue) -> None:
        self._clock = clock
        self._queue = queue
        self._order = count()
        self._waiting: list[tuple[datetime, int, int]] = []
        self.now = NINE
        self.gaps: dict[int, list[float]] = {}

    def run(self, until: datetime) -> None:
        self._take()
        while self._waiting and self._waiting[0][0] <= until:
            due, _, letter_id = heapq.heappop(self._waiting)
            self.now = max(self.now, due)
            self._clock.set(self.now)
            deliver_letter(letter_id, REMINDER_COMPOSERS)
            self._take()

    def _take(self) -> None:
        self.now = clock.now()
        for letter_id, delay in zip(self._queue.letter_ids(), self._queue.delays(), strict=True):
            if delay:
                self.gaps.setdefault(letter_id, []).append(delay)
            due = self.now + timedelta(seconds=delay)
            heapq.heappush(self._waiting, (due, next(self._order), letter_id))
        self._queue.messages.clear()


def test_a_bad_day_of_ses_loses_no_letter_and_repeats_none(
    crowd: FreshDatabase,
    senders: Database,
    mail: RecordingSes,
    letters_queue: RecordingQueue,
    clock: FrozenClock,
) -> None:
    """Ten minutes: 30 % throttled, then everything refused, then answers lost; then well."""
    plan(crowd)
    bench = Bench(clock, letters_queue)

    def moody(asked: int) -> str:
        since = (bench.now - NINE).total_seconds()
        if since < 120:
            return "throttle" if asked % 10 < 3 else ("pause", "take")[asked % 2]
        if since < 420:
            return "pause"
        return "swallow" if since < 600 else "take"

    mail.manner = moody
    bench.run(until=NINE + timedelta(hours=1))

    assert set(mail.letters_to().values()) == {1}
    assert len(mail.letters_to()) == USERS
    ended = states(crowd)
    assert set(ended) == {"sent", "unknown"}
    assert ended["unknown"] > 0
    assert all(gaps == sorted(gaps) for gaps in bench.gaps.values())
    assert mail.asked < USERS * 6


def test_a_planner_that_dies_between_its_slices_is_finished_by_the_next(
    crowd: FreshDatabase, letters_queue: RecordingQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dying:
        """A connection that breaks after two letters' slices."""

        def __init__(self) -> None:
            self._database = NativeConnection(crowd.url)
            self._slices = 0

        def run(self, statement: str, **values: Any) -> list[list[Any]]:
            self._slices += "INSERT INTO outbox" in statement
            if self._slices > 2:
                self._database.close()
                raise OSError("gone")
            return self._database.run(statement, **values)

    monkeypatch.setattr("kith.birthdays.reminders.planner._OWNERS_PER_SLICE", 10)

    with pytest.raises(OSError, match="gone"):
        plan_tick(Dying(), NINE)
    half = len(letters_queue.letter_ids())
    rest = plan(crowd)

    assert 0 < half < USERS
    assert half + rest == USERS


def test_a_planner_whose_connection_broke_makes_another(crowd: FreshDatabase) -> None:
    database = NativeConnection(crowd.url)
    with pytest.raises(DatabaseError):
        database.run("SELECT 1 / 0")

    assert database.run("SELECT 1") == [[1]]
    assert database._connection
    database._connection._usock.close()
    database.close()
    database.close()
